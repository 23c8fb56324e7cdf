package lookup

import (
	"context"

	"anju/handlers/view"
)

// Queue returns the state of queue, jobs and deliveries.
func (a *Reader) Queue(ctx context.Context) (view.Queue, error) {
	now := a.svc.Now()
	b, err := a.store.Backlog(ctx, now)
	if err != nil {
		return view.Queue{}, err
	}
	j := view.Queue{Alarms: []view.Alarm{},
		Database: view.Backlog{DueUnfired: b.DueUnfired, Undelivered: b.Undelivered,
			OldestUndelivered: view.OptionalInstant(b.OldestUndelivered), Failed: b.FailedJobs, Waiting: b.Waiting,
			Unsure:        b.Unsure,
			Undeliverable: b.Failed, OpenCases: b.OpenCases,
			OpenDeadlines: b.OpenDeadlines}}
	alarms, err := a.store.Alarms(ctx)
	if err != nil {
		return j, err
	}
	for _, x := range alarms {
		j.Alarms = append(j.Alarms, view.Alarm{Kind: x.Kind, Text: x.Text, OpenedAt: view.NewInstant(x.OpenedAt)})
	}
	if a.jobs == nil {
		return j, nil
	}
	f, err := a.jobs.Figures(ctx)
	j.Redis = &view.Redis{Kind: f.Kind, Answers: f.Answers, Problem: f.Problem,
		LastSweep: view.OptionalInstant(f.LastSweep),
		Pending:   f.Pending, Active: f.Active, Scheduled: f.Scheduled, Retry: f.Retry, Archived: f.Archived}
	return j, err
}
