package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"anju/cmd/anju/backend"
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

// heartbeat looks at the clock of this process and writes its heartbeat.
type heartbeat struct {
	store   *models.Store
	guard   *clock.Guard
	swept   func() time.Time // end of the last sweep; nil in the role web
	log     *slog.Logger
	process registry.Process
	looked  bool                  // the confirmations up to process.Confirmation are known to the guard
	beaten  time.Time             // zero: not yet
	failed  atomic.Pointer[error] // why the last look failed; nil: it did not
}

func newHeartbeat(store *models.Store, guard *clock.Guard, role, version string, log *slog.Logger) *heartbeat {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &heartbeat{store: store, guard: guard, log: log,
		process: registry.Process{ID: rand.Text(), Role: role, Host: host, Version: version, Started: backend.Wall()}}
}

// run looks until the context ends.
func (w *heartbeat) run(ctx context.Context) {
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
func (w *heartbeat) beat(ctx context.Context) {
	err := w.check(ctx)
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
func (w *heartbeat) failure() error {
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Stop says in the last heartbeat that the process was stopped. A process that never reported has nothing to end.
func (w *heartbeat) Stop() error {
	if w.beaten.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), StopsWithin/5)
	defer cancel()
	w.process.Ended = true
	if err := w.store.Beat(ctx, w.process); err != nil {
		w.log.Warn("the last heartbeat of this process could not be written", "error", err)
	}
	return nil
}

// check looks once, and writes a heartbeat where one is due or the doubt has changed.
func (w *heartbeat) check(ctx context.Context) error {
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
