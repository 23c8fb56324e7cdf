package seeds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/models"
	"anju/models/cases"
	"anju/workflow"
)

// Clock is the clock that the demo is played on; it only goes forward.
type Clock interface {
	Now() time.Time
	Set(time.Time) error
}

// Reach moves a clock that stands still, and on the way takes every rung at its own instant.
func Reach(ctx context.Context, store *models.Store, svc *workflow.Service, clock Clock, to time.Time) error {
	var last cases.Due
	for {
		due, err := store.DueRungs(ctx, to, 1)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		r := due[0]
		if r == last {
			return fmt.Errorf("rung %s of case %d is due and does not go", r.Rung, r.Case)
		}
		last = r
		if r.At.After(clock.Now()) {
			if err := clock.Set(r.At); err != nil {
				return err
			}
		}
		err = svc.Escalate(ctx, r.Case, r.Deadline, r.Generation, r.Rung)
		if err != nil && !errors.Is(err, workflow.ErrMovedOn) {
			return fmt.Errorf("rung %s of case %d: %w", r.Rung, r.Case, err)
		}
	}
	if to.After(clock.Now()) {
		return clock.Set(to)
	}
	return nil
}
