package backend

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"anju/models"
)

// The settings of a demo database.
const (
	demoMark     = "demo"       // present: the database holds the demo county
	demoClockKey = "demo.clock" // the instant from which the clock goes on at the next start
)

// Clock is the clock of the demo: it stands still until it is let run, then goes at the pace of the real one, and
// can be moved forward. What it may show is kept ahead of time in the settings, so that it never goes back, not even
// after a crash.
type Clock struct {
	moving sync.Mutex // one move at a time; keeping may ask the clock, so it is never held by Now
	keep   func(time.Time) error

	mu    sync.Mutex
	at    time.Time // what it showed …
	since time.Time // … at this real instant; zero while it stands still
}

// keptAhead is how far the clock may run before it is kept again; after a crash it jumps by no more.
const keptAhead = 30 * time.Second

// NewClock returns a clock that stands at an instant.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

// Set moves the clock to an instant. It fails on one before what it shows: time does not go back.
func (c *Clock) Set(to time.Time) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	return c.set(to)
}

// Advance moves the clock forward. It fails on a negative duration.
func (c *Clock) Advance(by time.Duration) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	return c.set(c.Now().Add(by))
}

func (c *Clock) set(to time.Time) error {
	if now := c.Now(); to.Before(now) {
		return fmt.Errorf("the clock shows %s and never goes back to %s", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if err := c.keepAhead(to); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); to.Before(now) {
		to = now // it ran on while it was kept
	}
	c.at = to
	if !c.since.IsZero() {
		c.since = time.Now()
	}
	return nil
}

// keepAhead keeps an instant a little after the given one: the next start begins no earlier.
func (c *Clock) keepAhead(to time.Time) error {
	if c.keep == nil {
		return nil
	}
	if err := c.keep(to.Add(keptAhead)); err != nil {
		return fmt.Errorf("keep the clock: %w", err)
	}
	return nil
}

// Start lets the clock go from where it stands and stores nothing, as for a database that is thrown away.
func (c *Clock) Start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// Run lets the clock go and keeps what it shows in the settings until the context ends.
func (c *Clock) Run(ctx context.Context, store *models.Store, failed func(error)) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	c.keep = func(t time.Time) error {
		return store.SetSetting(context.WithoutCancel(ctx), demoClockKey, t.UTC().Format(time.RFC3339Nano))
	}
	if err := c.keepAhead(c.Now()); err != nil {
		return err
	}
	c.Start()
	go func() {
		tick := time.NewTicker(keptAhead / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			c.moving.Lock()
			var err error
			if ctx.Err() == nil {
				err = c.keepAhead(c.Now())
			}
			c.moving.Unlock()
			if err != nil {
				failed(err)
			}
		}
	}()
	return nil
}

// Stop stores what the clock shows, to the instant. It cannot be moved afterwards.
func (c *Clock) Stop() error {
	c.moving.Lock()
	defer c.moving.Unlock()
	if c.keep == nil {
		return nil
	}
	err := c.keep(c.Now())
	c.keep = func(time.Time) error { return errors.New("it was stopped") }
	return err
}

// StoredClock reads where the clock of a demo database goes on.
func StoredClock(ctx context.Context, store *models.Store) (time.Time, error) {
	text, ok, err := store.Setting(ctx, demoClockKey)
	if err != nil || !ok {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, text)
}
