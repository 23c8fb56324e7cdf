package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"

	"anju/models"
	"anju/workflow"
)

// rungHandler takes one step of a ladder: tells, or does what the law does at expiry.
type rungHandler struct {
	now      func() time.Time
	escalate func(context.Context, models.Due) error
}

// ProcessTask implements asynq.Handler. It may be called twice for one rung: the row of the deadline makes it once.
func (h *rungHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	d, err := readRung(t)
	if err != nil {
		return err
	}
	if h.now().Before(d.At) {
		return errEarly // the service would say that nothing is owed, and the wake-up would be gone
	}
	err = h.escalate(ctx, d)
	switch {
	case errors.Is(err, workflow.ErrNothingDue), isFrozen(err):
		return nil // met in time, or left to the sweep
	case isHeld(err):
		return errHeld // by which the waker knows it again in Redis
	}
	return err
}
