package jobs

import (
	"context"
	"time"

	"github.com/hibiken/asynq"
)

// Handle runs the handler of a rung as asynq would, in the caller's goroutine.
func (r *Runner) Handle(ctx context.Context, t *asynq.Task) error {
	return (&rungHandler{r.now, r.escalate}).ProcessTask(ctx, t)
}

// StartLooking is Start, and looks at the record at once.
func StartLooking(ctx context.Context, cfg Config, store Store, svc Escalator) (*Runner, error) {
	p := unhurried
	p.verify = 50 * time.Millisecond
	return start(ctx, cfg, store, svc, p)
}
