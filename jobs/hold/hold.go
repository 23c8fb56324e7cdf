// Package hold answers whether background work may act now. While the clock is in doubt or a restore is not confirmed,
// no rung may fire; while a restore is not confirmed, nothing may be sent. What is held back is tried again when the
// hold ends.
package hold

import (
	"context"
	"errors"
	"sync"

	"anju/workflow"
)

// ErrEscalation is the error that a rung's task ends with in Redis while a hold lasts; the waker recognizes the task by
// it.
var ErrEscalation = errors.New("escalation is held")

// Is reports whether an act was only held back, so that it is tried again when the hold ends.
func Is(err error) bool {
	var held *workflow.Held
	return errors.Is(err, ErrEscalation) || errors.As(err, &held)
}

// IsFrozen reports whether a single case is held because its record does not verify. The sweep finds the case again
// when it is released.
func IsFrozen(err error) bool {
	var held *workflow.Held
	return errors.As(err, &held) && held.Hold == workflow.HoldRecord
}

// Ignore returns nil for a hold, and every other error as it is.
func Ignore(err error) error {
	if Is(err) {
		return nil
	}
	return err
}

// Check fails with *workflow.Held while something may not be done; nil allows it always.
type Check = func(context.Context) error

// Gate asks the checks, and calls changed as soon as a hold of escalation begins, becomes another kind or ends.
type Gate struct {
	escalate, send Check
	changed        func()

	mu   sync.Mutex
	last *workflow.Held // nil: none
}

// NewGate returns a gate over two checks, each of which may be nil.
func NewGate(escalate, send Check, changed func()) *Gate {
	return &Gate{escalate: escalate, send: send, changed: changed}
}

// MayEscalate fails while no rung may fire. It is asked before every transaction: a clock that jumps lets everything
// fall due in that moment.
func (g *Gate) MayEscalate(ctx context.Context) error {
	if g.escalate == nil {
		return nil
	}
	err := g.escalate(ctx)
	if (err == nil || Is(err)) && g.set(err) {
		g.changed()
	}
	return err
}

// MaySend fails while nothing may be delivered, neither to the inboxes nor by message.
func (g *Gate) MaySend(ctx context.Context) error {
	if g.send == nil {
		return nil
	}
	return g.send(ctx)
}

// set keeps the answer of a check, and reports whether the hold began, became another kind or ended.
func (g *Gate) set(err error) (changed bool) {
	var held *workflow.Held
	errors.As(err, &held)
	g.mu.Lock()
	defer g.mu.Unlock()
	changed = (held == nil) != (g.last == nil) || held != nil && held.Hold != g.last.Hold
	g.last = held
	return changed
}
