package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/retry"
	"anju/workflow"
)

// failedJobStore keeps the tasks that were given up.
type failedJobStore interface {
	// FailedJob keeps a task that was given up, for an administrator.
	FailedJob(ctx context.Context, task string, payload []byte, cause error, id workflow.CaseID) error
}

// FailedJobs counts failures, and keeps what failed for good where an administrator sees it.
type FailedJobs struct {
	*retry.Backoff
	store failedJobStore
	log   *slog.Logger
}

// NewFailedJobs returns the failures of one process.
func NewFailedJobs(store failedJobStore, backoff *retry.Backoff, log *slog.Logger) *FailedJobs {
	return &FailedJobs{backoff, store, log}
}

// GiveUp writes the row that an administrator sees, once per task in the life of this process: the sweep and asynq may
// both have failed at the same rung. The deadline itself is not given up: the sweep goes on trying, ever more rarely.
// It reports whether the row was written; where the database does not answer nothing was given up, since that was the
// failure.
func (f *FailedJobs) GiveUp(ctx context.Context, key string, t *asynq.Task, cause error) bool {
	if !f.Report(key) {
		return true
	}
	f.log.Error("a task failed for good", "task", t.Type(), "case", TaskCase(t), "error", cause)
	// the task's own context may be over
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := f.store.FailedJob(ctx, t.Type(), t.Payload(), cause, TaskCase(t)); err != nil {
		f.Unreport(key)
		f.log.Error("a failed task could not be kept", "task", t.Type(), "case", TaskCase(t), "error", err)
		return false
	}
	return true
}
