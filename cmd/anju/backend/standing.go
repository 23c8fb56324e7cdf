package backend

import (
	"context"
	"time"
)

// StandingClock is the clock of a command that looks at a database: the real one, or in a demo the instant at which its
// clock stands.
type StandingClock struct{ at time.Time }

// Now returns the instant at which the clock stands; without a demo, that of the wall clock.
func (s *StandingClock) Now() time.Time {
	if s.at.IsZero() {
		return time.Now()
	}
	return s.at
}

// Read asks the database which it is.
func (s *StandingClock) Read(ctx context.Context, b *Backend) error {
	is, err := b.IsDemo(ctx)
	if err != nil || !is {
		return err
	}
	s.at, err = StoredClock(ctx, b.Store)
	return err
}
