package serve

import (
	"time"

	"anju/cmd/anju/backend"
)

// webClock is the clock in the hands of the web: it was asked forward already, and what is not kept is logged.
type webClock struct {
	*backend.Clock
	failed func(error)
}

// Advance moves the clock forward.
func (p webClock) Advance(by time.Duration) { p.logFailure(p.Clock.Advance(by)) }

// Set moves the clock to an instant.
func (p webClock) Set(to time.Time) { p.logFailure(p.Clock.Set(to)) }

func (p webClock) logFailure(err error) {
	if err != nil {
		p.failed(err)
	}
}
