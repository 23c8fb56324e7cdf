package main

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

// movableClock is the clock of the demo: it stands still until it is let run, then goes at the pace of the real one, and
// can be moved forward. What it may show is kept ahead of time in the settings, so that it never goes back, not even
// after a crash.
type movableClock struct {
	moving sync.Mutex // one move at a time; keeping may ask the clock, so it is never held by Now
	keep   func(time.Time) error

	mu    sync.Mutex
	at    time.Time // what it showed …
	since time.Time // … at this real instant; zero while it stands still
}

// ahead is how far the clock may run before it is kept again; after a crash it jumps by no more.
const ahead = 30 * time.Second

func newClock(at time.Time) *movableClock { return &movableClock{at: at} }

// Now is what the clock shows.
func (c *movableClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *movableClock) now() time.Time {
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

// Set moves the clock to an instant. It fails on one before what it shows: time does not go back.
func (c *movableClock) Set(to time.Time) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	return c.set(to)
}

// Advance moves the clock forward. It fails on a negative duration.
func (c *movableClock) Advance(by time.Duration) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	return c.set(c.Now().Add(by))
}

func (c *movableClock) set(to time.Time) error {
	if now := c.Now(); to.Before(now) {
		return fmt.Errorf("the clock shows %s and never goes back to %s", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if err := c.promise(to); err != nil {
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

// promise keeps an instant a little after the given one: the next start begins no earlier.
func (c *movableClock) promise(to time.Time) error {
	if c.keep == nil {
		return nil
	}
	if err := c.keep(to.Add(ahead)); err != nil {
		return fmt.Errorf("keep the clock: %w", err)
	}
	return nil
}

// let lets the clock go from where it stands, and keeps nothing: in a database that is thrown away nobody asks for it.
func (c *movableClock) let() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// run lets the clock go and keeps what it shows in the settings until the context ends.
func (c *movableClock) run(ctx context.Context, store *models.Store, failed func(error)) error {
	c.moving.Lock()
	defer c.moving.Unlock()
	c.keep = func(t time.Time) error {
		return store.SetSetting(context.WithoutCancel(ctx), demoClockKey, t.UTC().Format(time.RFC3339Nano))
	}
	if err := c.promise(c.Now()); err != nil {
		return err
	}
	c.let()
	go func() {
		tick := time.NewTicker(ahead / 3)
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
				err = c.promise(c.Now())
			}
			c.moving.Unlock()
			if err != nil {
				failed(err)
			}
		}
	}()
	return nil
}

// stop keeps what the clock shows, to the instant, and lets nobody move it any more.
func (c *movableClock) stop() error {
	c.moving.Lock()
	defer c.moving.Unlock()
	if c.keep == nil {
		return nil
	}
	err := c.keep(c.Now())
	c.keep = func(time.Time) error { return errors.New("it was stopped") }
	return err
}

// keptClock reads where the clock of a demo database goes on.
func keptClock(ctx context.Context, store *models.Store) (time.Time, error) {
	text, ok, err := store.Setting(ctx, demoClockKey)
	if err != nil || !ok {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, text)
}

// standing is the clock of a command that looks at a database: the real one, or in a demo the instant at which its clock stands.
type standing struct{ at time.Time }

func (s *standing) now() time.Time {
	if s.at.IsZero() {
		return time.Now()
	}
	return s.at
}

// read asks the database which it is.
func (s *standing) read(ctx context.Context, b *backend) error {
	is, err := b.isDemo(ctx)
	if err != nil || !is {
		return err
	}
	s.at, err = keptClock(ctx, b.store)
	return err
}

// pushed is the clock in the hands of the web: it was asked forward already, and what is not kept is logged.
type pushed struct {
	*movableClock
	failed func(error)
}

// Advance moves the clock forward.
func (p pushed) Advance(by time.Duration) { p.say(p.movableClock.Advance(by)) }

// Set moves the clock to an instant.
func (p pushed) Set(to time.Time) { p.say(p.movableClock.Set(to)) }

func (p pushed) say(err error) {
	if err != nil {
		p.failed(err)
	}
}
