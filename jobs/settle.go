package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/models/cases"
)

const (
	handedAtMost = 3 // then a rung counts as stuck
	askEvery     = 20 * time.Millisecond
)

// Settle is for a clock that was moved: it sweeps, relays the outbox and hands over every rung that is left, again for what
// that causes, until nothing is due, unsent or queued, and delivers what no queue has; then the rungs of the next 24
// hours are scheduled by the new clock, and what was told is planned, sent and looked at. It says how many rungs fired in this
// process. Without Redis the sweep does the rungs, and the outbox waits. It fails when ctx ends, when neither Redis answers nor
// the sweep is on, and when a rung stays due although it was tried.
func (r *Runner) Settle(ctx context.Context) (fired int, err error) {
	if err := r.settling.take(ctx); err != nil {
		return 0, err
	}
	defer r.settling.release()
	before := r.fired.Load()
	err = r.settle(ctx)
	if ctx.Err() == nil {
		err = errors.Join(err, r.plan(ctx), r.dispatch(ctx), r.redrive(ctx), r.lookAround(ctx))
	}
	return int(r.fired.Load() - before), err
}

func (r *Runner) settle(ctx context.Context) error {
	if r.cfg.Sweep { // many at once, and the register is cleared; what another holds, the queue takes
		if _, err := r.sweep(ctx); err != nil {
			return err
		}
	}
	handed := map[string]int{}
	for {
		if _, err := r.look(ctx); err != nil {
			if ctx.Err() != nil || !r.cfg.Sweep {
				return fmt.Errorf("settle without the sweep: the queue does not answer: %w", err)
			}
			return errors.Join(r.settleBySweep(ctx, handed), r.deliver(ctx, true))
		}
		quiet, err := r.settleByQueue(ctx, handed)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !r.link.up():
			continue // Redis went away meanwhile
		case err != nil:
			return err
		case quiet:
			if err := r.wake(ctx, true); err != nil && r.link.up() {
				return err
			}
			return r.stuck(ctx, handed)
		}
	}
}

// settleByQueue goes one round by asynq.
func (r *Runner) settleByQueue(ctx context.Context, handed map[string]int) (quiet bool, err error) {
	if err := errors.Join(r.relayAll(ctx), r.deliver(ctx, false)); err != nil {
		return false, err
	}
	due, err := r.due(ctx)
	if err != nil {
		return false, err
	}
	send, open := r.sender(), 0
	for _, d := range due {
		id := rungID(d)
		if handed[id] >= handedAtMost {
			continue
		}
		if err := r.place(ctx, send, d, how{stale: handed[id] > 0, hurry: true}); err != nil {
			if ctx.Err() == nil {
				r.link.set(err)
			}
			return false, err
		}
		handed[id]++
		open++
	}
	if err := r.drain(ctx); err != nil {
		return false, err
	}
	if open > 0 {
		return false, nil
	}
	if len(due) > 0 && r.cfg.Sweep {
		if err := r.settleBySweep(ctx, handed); err != nil {
			return false, err
		}
	}
	if err := r.deliver(ctx, true); err != nil {
		return false, err
	}
	b, err := r.store.Backlog(ctx, r.now())
	if err != nil {
		return false, fmt.Errorf("read the backlog: %w", err)
	}
	if b.Unsent > 0 {
		pause(ctx, askEvery, nil) // another process relays them
		return false, nil
	}
	// the handlers that ran while we counted may have caused more
	now, err := r.due(ctx)
	return err == nil && len(now) <= len(due), err
}

// settleBySweep takes what is due from the database until it is nothing, or only what does not fire.
func (r *Runner) settleBySweep(ctx context.Context, handed map[string]int) error {
	for {
		if _, err := r.sweep(ctx); err != nil {
			return err
		}
		due, err := r.due(ctx)
		if err != nil {
			return err
		}
		open := 0
		for _, d := range due {
			if handed[rungID(d)] < 2*handedAtMost {
				handed[rungID(d)]++
				open++
			}
		}
		if open == 0 {
			return r.stuck(ctx, handed)
		}
		if !pause(ctx, r.pace.settle/8, nil) { // another holds the case, or asynq has just taken the rung
			return ctx.Err()
		}
		r.rests.wakeUp()
	}
}

// due reads the rungs that are due, without those that were given up.
func (r *Runner) due(ctx context.Context) ([]cases.Due, error) {
	now := r.now()
	due, err := readAll(func(limit int) ([]cases.Due, error) { return r.store.DueRungs(ctx, now, limit) })
	if err != nil {
		return nil, fmt.Errorf("read due rungs: %w", err)
	}
	open := due[:0:0]
	for _, d := range due {
		if !r.rests.gaveUp(rungID(d)) {
			open = append(open, d)
		}
	}
	return open, nil
}

// stuck names the first rung that stays due after it was tried. One that has just fallen due is nobody's fault.
func (r *Runner) stuck(ctx context.Context, handed map[string]int) error {
	now := r.now()
	due, err := readAll(func(limit int) ([]cases.Due, error) { return r.store.DueRungs(ctx, now, limit) })
	if err != nil {
		return fmt.Errorf("read due rungs: %w", err)
	}
	for _, d := range due {
		if id := rungID(d); r.rests.gaveUp(id) || handed[id] >= handedAtMost {
			return fmt.Errorf("case %d deadline %d: the rung %s stays due although it was tried", d.Case, d.Deadline, d.Rung)
		}
	}
	return nil
}

// drain waits until no task of ours is waiting or at work. Tasks that stand still for a while are another process's, or
// were orphaned by one that was killed: those are not waited for.
func (r *Runner) drain(ctx context.Context) error {
	var last counts
	since := time.Now()
	for {
		n, err := r.counts(ctx)
		if err != nil {
			return err
		}
		n = counts{pending: n.pending, active: n.active}
		if n == (counts{}) && r.running.Load() == 0 {
			return nil
		}
		if n != last || r.running.Load() > 0 {
			last, since = n, time.Now()
		}
		if time.Since(since) > r.pace.settle {
			return nil
		}
		if !pause(ctx, askEvery, nil) {
			return ctx.Err()
		}
	}
}
