package escalation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/cases"
)

const (
	handedAtMost = 3 // then a rung counts as stuck
	askEvery     = 20 * time.Millisecond
)

// outbox carries what moves and rungs tell.
type outbox interface {
	// RelayAll hands the outbox to Redis until nothing is unsent.
	RelayAll(ctx context.Context) error
	deliverer
}

// Settler takes everything that is due after the clock was moved.
type Settler struct {
	sweeper *Sweeper
	waker   *Waker
	queue   *queue.Queue
	outbox  outbox
	sweep   bool
	quiet   time.Duration // the queues are taken for quiet when they have stood still for that long
}

// NewSettler returns a settler. With sweep the sweep may take what the queue does not.
func NewSettler(s *Sweeper, w *Waker, q *queue.Queue, o outbox, sweep bool, quiet time.Duration) *Settler {
	return &Settler{s, w, q, o, sweep, quiet}
}

// Settle sweeps, relays the outbox and hands over every rung that is left, again for what that causes, until nothing is
// due, unsent or queued, and delivers what no queue has; then the rungs of the next 24 hours are scheduled by the new
// clock. Without Redis the sweep does the rungs, and the outbox waits. It fails when ctx ends, when neither Redis
// answers nor the sweep is on, and when a rung stays due although it was tried.
func (s *Settler) Settle(ctx context.Context) error {
	if s.sweep { // many at once, and the register is cleared; what another holds, the queue takes
		if _, err := s.sweeper.Sweep(ctx); err != nil {
			return err
		}
	}
	handed := map[string]int{}
	for {
		if _, err := s.queue.Ping(ctx); err != nil {
			if ctx.Err() != nil || !s.sweep {
				return fmt.Errorf("settle without the sweep: the queue does not answer: %w", err)
			}
			return errors.Join(s.settleBySweep(ctx, handed), s.outbox.Deliver(ctx, true))
		}
		quiet, err := s.settleByQueue(ctx, handed)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !s.queue.Up():
			continue // Redis went away meanwhile
		case err != nil:
			return err
		case quiet:
			if err := s.waker.Wake(ctx, true); err != nil && s.queue.Up() {
				return err
			}
			return s.stuck(ctx, handed)
		}
	}
}

// settleByQueue goes one round by asynq.
func (s *Settler) settleByQueue(ctx context.Context, handed map[string]int) (quiet bool, err error) {
	if err := errors.Join(s.outbox.RelayAll(ctx), s.outbox.Deliver(ctx, false)); err != nil {
		return false, err
	}
	due, err := s.due(ctx)
	if err != nil {
		return false, err
	}
	send, open := s.queue.Sender(), 0
	for _, d := range due {
		id := queue.RungID(d)
		if handed[id] >= handedAtMost {
			continue
		}
		placing := queue.Placing{Stale: handed[id] > 0, Hurry: true, Sender: send}
		if err := s.queue.Place(ctx, d, placing); err != nil {
			s.queue.Note(ctx, err)
			return false, err
		}
		handed[id]++
		open++
	}
	if err := s.awaitQuiet(ctx); err != nil {
		return false, err
	}
	if open > 0 {
		return false, nil
	}
	if len(due) > 0 && s.sweep {
		if err := s.settleBySweep(ctx, handed); err != nil {
			return false, err
		}
	}
	if err := s.outbox.Deliver(ctx, true); err != nil {
		return false, err
	}
	b, err := s.sweeper.store.Backlog(ctx, s.sweeper.cfg.Now())
	if err != nil {
		return false, fmt.Errorf("read the backlog: %w", err)
	}
	if b.Unsent > 0 {
		retry.Wait(ctx, askEvery) // another process relays them
		return false, nil
	}
	// the handlers that ran while we counted may have caused more
	now, err := s.due(ctx)
	return err == nil && len(now) <= len(due), err
}

// settleBySweep takes what is due from the database until it is nothing, or only what does not fire.
func (s *Settler) settleBySweep(ctx context.Context, handed map[string]int) error {
	for {
		if _, err := s.sweeper.Sweep(ctx); err != nil {
			return err
		}
		due, err := s.due(ctx)
		if err != nil {
			return err
		}
		open := 0
		for _, d := range due {
			if handed[queue.RungID(d)] < 2*handedAtMost {
				handed[queue.RungID(d)]++
				open++
			}
		}
		if open == 0 {
			return s.stuck(ctx, handed)
		}
		if !retry.Wait(ctx, s.quiet/8) { // another holds the case, or asynq has just taken the rung
			return ctx.Err()
		}
		s.sweeper.failed.EndWaits()
	}
}

// due reads the rungs that are due, without those that were given up.
func (s *Settler) due(ctx context.Context) ([]cases.Due, error) {
	now := s.sweeper.cfg.Now()
	due, err := readAll(func(limit int) ([]cases.Due, error) { return s.sweeper.store.DueRungs(ctx, now, limit) })
	if err != nil {
		return nil, fmt.Errorf("read due rungs: %w", err)
	}
	open := due[:0:0]
	for _, d := range due {
		if !s.sweeper.failed.Reported(queue.RungID(d)) {
			open = append(open, d)
		}
	}
	return open, nil
}

// stuck names the first rung that stays due after it was tried. One that has just fallen due is no fault.
func (s *Settler) stuck(ctx context.Context, handed map[string]int) error {
	now := s.sweeper.cfg.Now()
	due, err := readAll(func(limit int) ([]cases.Due, error) { return s.sweeper.store.DueRungs(ctx, now, limit) })
	if err != nil {
		return fmt.Errorf("read due rungs: %w", err)
	}
	for _, d := range due {
		if id := queue.RungID(d); s.sweeper.failed.Reported(id) || handed[id] >= handedAtMost {
			return fmt.Errorf("case %d deadline %d: the rung %s stays due although it was tried", d.Case, d.Deadline, d.Rung)
		}
	}
	return nil
}

// awaitQuiet waits until no task of ours is waiting or at work. Tasks that stand still for a while are another
// process's, or were orphaned by one that was killed: those are not waited for.
func (s *Settler) awaitQuiet(ctx context.Context) error {
	var last queue.Counts
	since := time.Now()
	for {
		n, err := s.queue.Counts(ctx)
		if err != nil {
			return err
		}
		n = queue.Counts{Pending: n.Pending, Active: n.Active}
		if n == (queue.Counts{}) && s.queue.Running() == 0 {
			return nil
		}
		if n != last || s.queue.Running() > 0 {
			last, since = n, time.Now()
		}
		if time.Since(since) > s.quiet {
			return nil
		}
		if !retry.Wait(ctx, askEvery) {
			return ctx.Err()
		}
	}
}
