package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anju/models/cases"
	"anju/models/notices"
	"anju/workflow"
)

// undertakers is what the tasks that were given up need of the database.
type undertakers interface {
	// Redrive has what was given up tried again; workflow.ErrNotFound where it is not open.
	Redrive(ctx context.Context, id int64, by workflow.OfficerID) (notices.FailedJob, error)
	// Redriven is what is to be tried again, by whichever process it was said.
	Redriven(ctx context.Context) ([]notices.FailedJob, error)
	// ResolveFailed closes what has been done since, or is not owed any more.
	ResolveFailed(ctx context.Context) (int, error)
}

// Redrive tries again what was given up: a rung by the next sweep, a row of the outbox at once. It fails with
// workflow.ErrNotFound where it is not open any more.
func (r *Runner) Redrive(ctx context.Context, id int64, by workflow.OfficerID) error {
	job, err := r.store.Redrive(ctx, id, by)
	if err != nil {
		return fmt.Errorf("redrive failed job %d: %w", id, err)
	}
	return r.drive(ctx, job)
}

// redriveLoop tries again what an administrator has redriven in another process, and closes what has been done.
func (r *Runner) redriveLoop(ctx context.Context) {
	failing := false
	for pause(ctx, r.pace.redrive, nil) {
		err := r.redrive(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("what was given up could not be looked at", "error", err)
		}
		failing = err != nil
	}
}

func (r *Runner) redrive(ctx context.Context) error {
	list, err := r.store.Redriven(ctx)
	if err != nil {
		return fmt.Errorf("read what is to be tried again: %w", err)
	}
	for _, job := range list {
		err = errors.Join(err, r.drive(ctx, job))
	}
	n, resolved := r.store.ResolveFailed(ctx)
	if n > 0 {
		r.log.Info("what was given up has been done", "tasks", n)
	}
	if errors.Is(resolved, workflow.ErrBusy) {
		resolved = nil
	}
	return errors.Join(err, resolved)
}

// drive tries again once what was said once.
func (r *Runner) drive(ctx context.Context, job notices.FailedJob) error {
	if last, known := r.driven.Swap(job.ID, job.RedrivenAt); known && last.(time.Time).Equal(job.RedrivenAt) {
		return nil
	}
	r.log.Info("a task that was given up is tried again", "task", job.Task, "case", job.Case, "failed_job", job.ID)
	var about struct {
		RungTask
		Outbox int64             `json:"outbox"`
		Breach workflow.BreachID `json:"breach"`
	}
	if err := json.Unmarshal(job.Payload, &about); err != nil {
		return fmt.Errorf("payload of failed job %d: %w", job.ID, err)
	}
	switch job.Task {
	case TypeNotify:
		r.rests.forget(notifyID(about.Outbox))
		return r.deliverMany(ctx, []int64{about.Outbox})
	case TypeRung:
		r.rests.forget(rungID(cases.Due(about.RungTask)))
	case typeClear:
		r.rests.forget(clearOf(about.Breach).key)
	case typeRecount:
		r.rests.forget(recountOf(about.Case).key)
	}
	nudge(r.again)
	nudge(r.changed)
	return nil
}
