package request

import (
	"context"
	"time"

	"anju/workflow/glossary"
)

// Demo is what only the demo county has: a clock that can be moved forward.
type Demo struct {
	Clock    DemoClock
	Accounts map[glossary.Party]string                        // login of the account at each desk of the demo village
	Settle   func(ctx context.Context) (fired int, err error) // runs all that the clock passed, answers once quiet
}

// DemoClock is a clock that a person may move.
type DemoClock interface {
	Now() time.Time
	Advance(d time.Duration)
	Set(t time.Time)
}
