package jobs

import (
	"context"

	"github.com/hibiken/asynq"
)

// Handle runs the handler of a rung as asynq would, in the caller's goroutine.
func (r *Runner) Handle(ctx context.Context, t *asynq.Task) error {
	return (&rungHandler{r.now, r.escalate}).ProcessTask(ctx, t)
}
