package escalation

import (
	"context"
	"errors"

	"github.com/hibiken/asynq"

	"anju/jobs/hold"
	"anju/jobs/queue"
	"anju/workflow"
)

// HandleRung runs the task of one rung: it takes one step of a ladder, which tells an office or does what the law does
// at expiry. It may be called twice for one rung: the row of the deadline makes it once.
func (s *Sweeper) HandleRung(ctx context.Context, t *asynq.Task) error {
	d, err := queue.ReadRung(t)
	if err != nil {
		return err
	}
	if s.cfg.Now().Before(d.At) {
		return queue.ErrEarly // the service would say that nothing is owed, and the wake-up would be gone
	}
	err = s.Escalate(ctx, d)
	switch {
	case errors.Is(err, workflow.ErrMovedOn), hold.IsFrozen(err):
		return nil // met in time, or left to the sweep
	case hold.Is(err):
		return hold.ErrEscalation // by which the waker knows it again in Redis
	}
	return err
}
