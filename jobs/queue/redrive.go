package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"anju/models/cases"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
)

// redriveStore is what Redriver calls of the database.
type redriveStore interface {
	// Redrive marks a failed job to be tried again, and writes the line of the act with the mark;
	// workflow.ErrNotFound where it is not open.
	Redrive(ctx context.Context, id int64, act org.Act) (notices.FailedJob, error)
	// Redriven returns what is to be tried again, in whichever process it was asked for.
	Redriven(ctx context.Context) ([]notices.FailedJob, error)
	// ResolveFailed closes what has been done since, or is not owed any more.
	ResolveFailed(ctx context.Context) (int, error)
}

// Redriver tries failed jobs again when an administrator asks for it.
type Redriver struct {
	store   redriveStore
	failed  *FailedJobs
	deliver func(context.Context, []int64) error
	wake    func()
	done    sync.Map // failed jobs, and when they were redriven
}

// NewRedriver returns a redriver. deliver delivers rows of the outbox, wake lets the sweep and the waker look again.
func NewRedriver(store redriveStore, failed *FailedJobs, deliver func(context.Context, []int64) error,
	wake func()) *Redriver {
	return &Redriver{store: store, failed: failed, deliver: deliver, wake: wake}
}

// Redrive tries a failed job again: a rung by the next sweep, a row of the outbox at once. What cannot be done at once
// is left to RedriveAll: that it is to be tried again is written. It fails with workflow.ErrNotFound where the job is
// not open any more.
func (r *Redriver) Redrive(ctx context.Context, id int64, act org.Act) error {
	job, err := r.store.Redrive(ctx, id, act)
	if err != nil {
		return fmt.Errorf("redrive failed job %d: %w", id, err)
	}
	if err := r.retry(ctx, job); err != nil {
		r.failed.log.Warn("a failed job is tried again later", "failed_job", id, "error", err)
	}
	return nil
}

// RedriveAll tries again what an administrator has redriven in another process, and closes what has been done.
func (r *Redriver) RedriveAll(ctx context.Context) error {
	list, err := r.store.Redriven(ctx)
	if err != nil {
		return fmt.Errorf("read redriven jobs: %w", err)
	}
	for _, job := range list {
		err = errors.Join(err, r.retry(ctx, job))
	}
	n, resolved := r.store.ResolveFailed(ctx)
	if n > 0 {
		r.failed.log.Info("failed jobs have been done", "tasks", n)
	}
	if errors.Is(resolved, workflow.ErrBusy) {
		resolved = nil
	}
	return errors.Join(err, resolved)
}

// retry tries a job once for each time that it was redriven.
func (r *Redriver) retry(ctx context.Context, job notices.FailedJob) error {
	if last, known := r.done.Load(job.ID); known && last.(time.Time).Equal(job.RedrivenAt) {
		return nil
	}
	r.failed.log.Info("a failed job is tried again", "task", job.Task, "case", job.Case, "failed_job", job.ID)
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
		r.failed.Forget(NotifyID(about.Outbox))
		if err := r.deliver(ctx, []int64{about.Outbox}); err != nil {
			return fmt.Errorf("deliver failed job %d: %w", job.ID, err)
		}
		r.done.Store(job.ID, job.RedrivenAt)
		return nil
	case TypeRung:
		r.failed.Forget(RungID(cases.Due(about.RungTask)))
	case TypeClear:
		r.failed.Forget(ClearItem(about.Breach).Key)
	case TypeRecount:
		r.failed.Forget(RecountItem(about.Case).Key)
	}
	r.done.Store(job.ID, job.RedrivenAt)
	r.wake()
	return nil
}
