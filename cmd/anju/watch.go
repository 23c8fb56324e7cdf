package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"anju/models"
	"anju/models/clock"
	"anju/models/registry"
	"anju/workflow"
)

// rungsApart is the least time between two rungs of one deadline of a county: its ladders are in days, and a server
// that was off climbs them step by step.
const rungsApart = time.Hour

// lookEvery is how often a process looks at its clock and for a confirmation of it.
const lookEvery = 2 * time.Second

// wall is the wall clock of this machine.
func wall() time.Time { return readClocks().Wall }

// readClocks reads the clocks of this machine; a test may shift the wall clock.
func readClocks() clock.Reading {
	r := clock.Read()
	if shifted != nil {
		r.Wall = r.Wall.Add(shifted())
	}
	return r
}

// databaseClock asks the database for its time. It is nil for SQLite, which goes by the program's clock.
func (b *backend) databaseClock() func(context.Context) (time.Time, error) {
	if b.db.Dialect() == "sqlite" {
		return nil
	}
	return func(ctx context.Context) (time.Time, error) {
		at, err := b.store.DatabaseNow(ctx)
		if shifted != nil {
			at = at.Add(shifted())
		}
		return at, err
	}
}

// guard is the guard of this machine's clock, with what the database knows of it. A demo goes by a clock of its own.
func (b *backend) guard(ctx context.Context, demo bool, log *slog.Logger) (*clock.Guard, error) {
	trust, err := b.store.ClockTrust(ctx, readClocks().Boot)
	if err != nil {
		return nil, err
	}
	return clock.New(clock.Config{Read: readClocks, Database: b.databaseClock(), Injected: demo, Trust: trust,
		Log: log}), nil
}

// watch looks at the clock of this process and writes its heartbeat.
type watch struct {
	store   *models.Store
	guard   *clock.Guard
	swept   func() time.Time // end of the last sweep; nil in the role web
	log     *slog.Logger
	process registry.Process
	looked  bool                  // the confirmations up to process.Confirmation are known to the guard
	beaten  time.Time             // zero: not yet
	failed  atomic.Pointer[error] // why the last look failed; nil: it did not
}

func newWatch(store *models.Store, guard *clock.Guard, role string, log *slog.Logger) *watch {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &watch{store: store, guard: guard, log: log,
		process: registry.Process{ID: rand.Text(), Role: role, Host: host, Version: version, Started: wall()}}
}

// run looks until the context ends.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.beat(ctx)
	}
}

// beat looks once, and keeps and logs why it failed.
func (w *watch) beat(ctx context.Context) {
	err := w.look(ctx)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		w.failed.Store(nil)
		return
	}
	if w.failed.Swap(&err) == nil {
		w.log.Warn("the heartbeat of this process could not be written", "error", err)
	}
}

// failure is why the last heartbeat could not be written; nil where it was, or where none was due.
func (w *watch) failure() error {
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// end says in the last heartbeat that the process was stopped. A process that never reported has nothing to end.
func (w *watch) end() error {
	if w.beaten.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopsWithin/5)
	defer cancel()
	w.process.Ended = true
	if err := w.store.Beat(ctx, w.process); err != nil {
		w.log.Warn("the last heartbeat of this process could not be written", "error", err)
	}
	return nil
}

// look looks once, and writes a heartbeat where one is due or the doubt has changed.
func (w *watch) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registry.BeatEvery)
	defer cancel()
	said, err := w.store.Confirmed(ctx)
	if err != nil {
		return err
	}
	if w.looked && said.ID > w.process.Confirmation {
		w.guard.Confirm(said.Clock)
		w.log.Info("the clock was confirmed", "operator", said.Operator)
	}
	w.process.Confirmation, w.looked = said.ID, true
	was := w.process.Doubt
	var held *workflow.Held
	switch err := w.guard.Look(ctx); {
	case errors.As(err, &held):
		w.process.Doubt = held.Cause
	case err != nil:
		return err
	default:
		w.process.Doubt = ""
	}
	if !w.beaten.IsZero() && time.Since(w.beaten) < registry.BeatEvery && was == w.process.Doubt {
		return nil
	}
	w.process.Trust = w.guard.Trusted()
	if w.swept != nil {
		w.process.Swept = w.swept()
	}
	if err := w.store.Beat(ctx, w.process); err != nil {
		return err
	}
	w.beaten = time.Now()
	return nil
}

// together joins what each may forbid; the first that does is asked no further.
func together(may ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, m := range may {
			if err := m(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// heldNow lists the holds that are on now. A check that fails otherwise is no hold.
func heldNow(checks ...func() error) func() []*workflow.Held {
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
