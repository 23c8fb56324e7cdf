package jobs

import (
	"context"
	"maps"
	"slices"
	"time"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

// A world has no officer who could be told by message; telling is tested on the databases.

func (w *world) PlanNotices(context.Context, workflow.County, int) (int, error) { return 0, nil }
func (w *world) Climb(context.Context, int) (int, error)                        { return 0, nil }
func (w *world) TakeDelivery(context.Context, workflow.County, []int64) (*notices.Delivery, error) {
	return nil, nil
}
func (w *world) FinishDelivery(context.Context, notices.Delivery, string, string, time.Time) error {
	return nil
}
func (w *world) StalledDeliveries(context.Context, time.Time) (int, error) { return 0, nil }

func (w *world) Redrive(_ context.Context, id int64, _ org.Act) (notices.FailedJob, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id < 1 || id > int64(len(w.kept)) {
		return notices.FailedJob{}, workflow.ErrNotFound
	}
	job := w.kept[id-1]
	job.ID, job.RedrivenAt = id, w.clock()
	return job, nil
}
func (w *world) Redriven(context.Context) ([]notices.FailedJob, error) { return nil, nil }
func (w *world) ResolveFailed(context.Context) (int, error)            { return 0, nil }

func (w *world) Unmanned(context.Context, calendar.Day) ([]notices.Unmanned, error) { return nil, nil }
func (w *world) SetAlarms(_ context.Context, kind string, now []notices.Alarm) (opened, closed int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.alarms == nil {
		w.alarms = map[string][]notices.Alarm{}
	}
	for i := range now {
		now[i].Kind = kind
	}
	w.alarms[kind] = now
	return 0, 0, nil
}

func (w *world) Alarms(context.Context) ([]notices.Alarm, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Values(w.alarms))...), nil
}
