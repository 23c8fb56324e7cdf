package jobs

import (
	"context"
	"errors"
	"sync"

	"anju/workflow"
)

// errHeld is what a rung's task ends with in Redis while a hold lasts; the waker knows the task by it.
var errHeld = errors.New("escalation is held")

// isHeld reports whether an act was only held back, so that it is tried again when the hold ends.
func isHeld(err error) bool {
	var held *workflow.Held
	return errors.Is(err, errHeld) || errors.As(err, &held)
}

// holds is the hold that escalation was last kept by.
type holds struct {
	mu   sync.Mutex
	last *workflow.Held // nil: none
}

// set keeps the answer to a question, and tells whether the hold came, changed its kind or went.
func (h *holds) set(err error) (changed bool) {
	var held *workflow.Held
	errors.As(err, &held)
	h.mu.Lock()
	defer h.mu.Unlock()
	changed = (held == nil) != (h.last == nil) || held != nil && held.Hold != h.last.Hold
	h.last = held
	return changed
}

// mayEscalate fails while no rung may fire. It is asked before every transaction: a clock that jumps lets everything fall due
// in that moment. The alarms are looked at as soon as a hold comes or goes.
func (r *Runner) mayEscalate(ctx context.Context) error {
	if r.cfg.MayEscalate == nil {
		return nil
	}
	err := r.cfg.MayEscalate(ctx)
	if (err == nil || isHeld(err)) && r.holds.set(err) {
		nudge(r.alarmed)
	}
	return err
}

// maySend fails while nothing may be told to anybody, neither in the inboxes nor by message.
func (r *Runner) maySend(ctx context.Context) error {
	if r.cfg.MaySend == nil {
		return nil
	}
	return r.cfg.MaySend(ctx)
}

// unlessHeld is nil for an error that is only a hold: what waits is sent when it ends.
func unlessHeld(err error) error {
	if isHeld(err) {
		return nil
	}
	return err
}
