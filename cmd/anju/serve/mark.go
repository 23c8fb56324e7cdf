package serve

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"anju/models"
	"anju/models/registry"
	"anju/workflow"
)

// markEvery is how often the mark is brought up to date, and how soon a process knows that a restore was confirmed.
const markEvery = 2 * time.Second

// markShare bounds the part of the time that the mark may take in a large county: it waits this many times as long as
// it took.
const markShare = 20

// markKeeper keeps the mark of the database in the data folder, and knows whether a restore waits to be confirmed.
type markKeeper struct {
	store  *models.Store
	marker *registry.Marker
	log    *slog.Logger
	held   atomic.Pointer[workflow.Held] // nil: not held
}

func (m *markKeeper) behind(cause string) {
	m.log.Error("nothing is escalated or sent until `anju restore confirm`; see `anju restore status`", "cause", cause)
}

// run brings the mark up to date until the context ends.
func (m *markKeeper) run(ctx context.Context) {
	failing := false
	for wait := markEvery; pauseFor(ctx, wait); {
		began := time.Now()
		cause, err := m.marker.Write(ctx)
		if cause != "" {
			m.behind(cause)
		}
		var held *workflow.Held
		if lookErr := m.look(ctx); !errors.As(lookErr, &held) {
			err = errors.Join(err, lookErr)
		}
		if err != nil && ctx.Err() == nil && !failing {
			m.log.Error("the mark of the database could not be kept", "error", err)
		}
		failing = err != nil
		wait = max(markEvery, markShare*time.Since(began))
	}
}

func pauseFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// look asks the database whether a restore waits to be confirmed; it fails with *workflow.Held then.
func (m *markKeeper) look(ctx context.Context) error {
	hold, err := m.store.OpenRestore(ctx)
	if err != nil {
		return err
	}
	var held *workflow.Held
	if hold != nil {
		held = hold.Held()
	}
	if was := m.held.Swap(held); was != nil && held == nil {
		m.log.Info("the restore was confirmed: what waited is taken")
	}
	return m.check()
}

// check is look as the database answered last.
func (m *markKeeper) check() error {
	if held := m.held.Load(); held != nil {
		return held
	}
	return nil
}
