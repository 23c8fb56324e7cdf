package serve

import (
	"context"
	"errors"

	"anju/workflow"
)

// allPermit joins what each may forbid; the first that does is asked no further.
func allPermit(may ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, m := range may {
			if err := m(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// currentHolds lists the holds that are on now. A check that fails otherwise is no hold.
func currentHolds(checks ...func() error) func() []*workflow.Held {
	return func() []*workflow.Held {
		var list []*workflow.Held
		for _, check := range checks {
			var held *workflow.Held
			if errors.As(check(), &held) {
				list = append(list, held)
			}
		}
		return list
	}
}
