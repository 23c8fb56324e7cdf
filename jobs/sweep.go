package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"anju/models"
	"anju/workflow"
)

const (
	batchOf  = 500 // cases in one transaction: its COMMIT is shared by all, and nobody at a desk waits long for one of them
	sweepers = 2   // batches at once: one leaves the database idle while it judges; more gained little here, and people wait
	ofALook  = 10  // batches read at once

	holdAtMost = time.Second // how long a batch may hold its cases
)

// Sweep takes everything that is due, once and without a queue, as the running jobs do every few seconds. observe, where it
// is given, is told after each transaction how many rungs have fired, by one goroutine at a time. It fails as soon as the
// database does not answer, and while escalation is held.
func Sweep(ctx context.Context, cfg Config, store Store, svc Escalator, observe func(fired int)) (fired int, err error) {
	r := newRunner(cfg, store, svc, unhurried)
	r.observe = observe
	return r.sweep(ctx)
}

// sweepLoop takes the rungs that are due in the database, whatever Redis does.
func (r *Runner) sweepLoop(ctx context.Context) {
	var failing bool
	for {
		_, err := r.sweep(ctx)
		if err != nil && ctx.Err() == nil && !failing && !isHeld(err) { // of which the hold speaks
			r.log.Error("the sweep could not go through", "error", err)
		}
		failing = err != nil
		if !pause(ctx, r.cfg.SweepEvery, r.again) {
			return
		}
	}
}

// pass is one sweep.
type pass struct {
	*Runner
	end   context.CancelCauseFunc // nothing more can be done now
	mu    sync.Mutex
	size  int // of the next batch
	fired int
}

// sweep recounts what another process counted by an older calendar, since its due days are wrong; then it takes the due
// rungs, and then it clears the register.
func (r *Runner) sweep(ctx context.Context) (fired int, err error) {
	if err := r.swept.take(ctx); err != nil {
		return 0, err
	}
	defer r.swept.release()
	if err := r.mayEscalate(ctx); err != nil {
		return 0, err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	p := &pass{Runner: r, end: end, size: r.cfg.Batch}
	for _, part := range []func(context.Context) error{p.recount, p.rungs, p.clear} {
		if ctx.Err() == nil {
			err = errors.Join(err, part(ctx))
		}
	}
	return p.fired, err
}

// rungs takes due rungs until none is left but those that rest. What a rung causes may be due already (accepted by lapse of
// time, and the next limit is over too), so it looks again after each look.
func (p *pass) rungs(ctx context.Context) error {
	due := func(limit int) ([]models.Due, error) { return p.store.DueRungs(ctx, p.now(), limit) }
	if err := untilNone(ctx, p, due, errandOf, p.take); err != nil {
		return fmt.Errorf("take due rungs: %w", err)
	}
	p.lastSweep.Store(time.Now().UnixNano())
	return nil
}

// take takes rungs in batches. No case is in two batches at once: its second rung has its turn at the next look.
func (p *pass) take(ctx context.Context, due []models.Due) {
	seen := make(map[workflow.CaseID]bool, len(due))
	due = slices.DeleteFunc(due, func(d models.Due) bool {
		again := seen[d.Case]
		seen[d.Case] = true
		return again
	})
	var all sync.WaitGroup
	for range min(sweepers, p.cfg.Workers, 1+len(due)/p.cfg.Batch) {
		all.Go(func() {
			for batch := p.next(&due); len(batch) > 0; batch = p.next(&due) {
				began := time.Now()
				halved(ctx, batch, p.many, p.one)
				p.fit(len(batch), time.Since(began))
			}
		})
	}
	all.Wait()
}

// next cuts the next batch off.
func (p *pass) next(due *[]models.Due) []models.Due {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(p.size, len(*due))
	batch := (*due)[:n:n]
	*due = (*due)[n:]
	return batch
}

// fit makes batches smaller where one takes longer than people should wait for its cases, or on SQLite for the one writer, and
// lets them grow again where there is time.
func (p *pass) fit(n int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case took > holdAtMost && n == p.size:
		p.size = max(p.size/2, 1)
	case took < holdAtMost/4:
		p.size = min(p.size*2, p.cfg.Batch)
	}
}

// many takes the rungs of a batch in one transaction, and behind it those that act, each in its own. It fails where nothing
// could be written.
func (p *pass) many(ctx context.Context, due []models.Due) error {
	var errs []error
	err := p.try(ctx, func(ctx context.Context) (err error) {
		errs, err = p.escalateMany(ctx, due)
		return err
	})
	switch {
	case errors.Is(err, workflow.ErrBusy): // SQLite, and another writes
		errs = slices.Repeat([]error{err}, len(due))
	case err != nil:
		return err
	}
	fired := 0
	var acts []models.Due
	for i, d := range due {
		switch {
		case errors.Is(errs[i], workflow.ErrNotBatchable):
			acts = append(acts, d)
		case p.done(ctx, errandOf(d), errs[i]):
			fired++
		}
	}
	p.count(fired)
	for _, d := range acts {
		p.one(ctx, d)
	}
	return nil
}

// one takes one rung in a transaction of its own.
func (p *pass) one(ctx context.Context, d models.Due) {
	err := p.try(ctx, func(ctx context.Context) error { return p.escalate(ctx, d) })
	if p.done(ctx, errandOf(d), err) {
		p.count(1)
	}
}

func (p *pass) count(fired int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fired += fired
	if fired > 0 && p.observe != nil {
		p.observe(p.fired)
	}
}

// errand is one thing that the sweep does, as failed_jobs would name it.
type errand struct {
	key, kind string
	what      any
}

func errandOf(d models.Due) errand { return errand{rungID(d), TypeRung, RungTask(d)} }

// done tells whether an errand was done. What was not rests before it is looked at again.
func (p *pass) done(ctx context.Context, e errand, err error) bool {
	switch {
	case err == nil:
		p.rests.forget(e.key)
		return true
	case ctx.Err() != nil:
	case errors.Is(err, workflow.ErrNothingDue), isFrozen(err):
		p.rests.rest(e.key, time.Minute) // done by another meanwhile
	case errors.Is(err, workflow.ErrBusy):
		p.rests.rest(e.key, time.Second)
	default:
		p.again(ctx, e, err)
	}
	return false
}

// again counts a failure, and keeps the errand for an administrator after the last try.
func (p *pass) again(ctx context.Context, e errand, err error) {
	n := p.rests.failed(e.key, p.pace.retry)
	if n > tries {
		return
	}
	task := newTask(e.kind, QueueUrgent, e.key, e.what)
	var panicked *panicError
	switch {
	case n == tries:
		p.giveUp(ctx, e.key, task, err)
	case errors.As(err, &panicked):
		p.log.Error("a judgement panicked", "task", e.key, "case", caseOf(task), "try", n, "error", err, "stack", panicked.stack)
	default:
		p.log.Info("a task of the sweep failed and is tried again", "task", e.key, "case", caseOf(task), "try", n, "error", err)
	}
}

// try does something within the time that a task has. A panic becomes an error: one poisoned case must not stop the others.
// Where the database is away or full, or a hold came, the pass ends: all the rest would fail for the same reason.
func (p *pass) try(ctx context.Context, do func(context.Context) error) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	short, cancel := context.WithTimeout(ctx, taskFor)
	defer cancel()
	defer func() {
		if x := recover(); x != nil {
			err = &panicError{x, string(debug.Stack())}
		}
		if errors.Is(err, models.ErrUnavailable) || errors.Is(err, models.ErrOutcomeUnknown) || errors.Is(err, models.ErrFull) ||
			isHeld(err) && !isFrozen(err) {
			p.end(err)
		}
	}()
	return do(short)
}

type panicError struct {
	what  any
	stack string
}

// Error implements error.
func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.what) }

// halved does a batch at once. Where that fails each half is done apart, down to one by one: what is wrong with one thing
// costs the others a few transactions and nothing more.
func halved[T any](ctx context.Context, batch []T, together func(context.Context, []T) error, alone func(context.Context, T)) {
	switch {
	case len(batch) == 1:
		alone(ctx, batch[0])
	case together(ctx, batch) != nil && ctx.Err() == nil:
		half := len(batch) / 2
		halved(ctx, batch[:half], together, alone)
		halved(ctx, batch[half:], together, alone)
	}
}

// untilNone reads and takes until nothing is left but what rests. take leaves nothing that is neither done nor rests.
func untilNone[T any](ctx context.Context, p *pass, read func(limit int) ([]T, error), name func(T) errand, take func(context.Context, []T)) error {
	for {
		// what rests is read too, and must not fill the look
		list, err := read(ofALook*p.cfg.Batch + p.rests.count())
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(t T) bool { return p.rests.resting(name(t).key) })
		if len(list) == 0 {
			return nil
		}
		take(ctx, list)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// escalateMany takes one step each of the ladders of many cases.
func (r *Runner) escalateMany(ctx context.Context, due []models.Due) ([]error, error) {
	if err := r.mayEscalate(ctx); err != nil {
		return nil, err
	}
	turns := make([]workflow.Turn, len(due))
	for i, d := range due {
		turns[i] = workflow.Turn{Case: d.Case, Deadline: d.Deadline, Run: d.Generation, Rung: d.Rung}
	}
	errs, err := r.svc.EscalateMany(ctx, turns)
	if err != nil {
		return nil, fmt.Errorf("escalate %d cases: %w", len(due), err)
	}
	fired := 0
	for _, err := range errs {
		if err == nil {
			fired++
		}
	}
	r.took(fired)
	return errs, nil
}

// took counts rungs that fired, and lets what they tell be relayed.
func (r *Runner) took(n int) {
	if n > 0 {
		r.fired.Add(int64(n))
		r.Nudge()
	}
}
