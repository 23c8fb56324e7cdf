package escalation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"anju/jobs/queue"
	"anju/models/cases"
	"anju/workflow"
)

// rungs takes due rungs until none is left but those that wait. What a rung causes may be due already (accepted by
// lapse of time, and the next limit is over too), so it looks again after each look.
func (p *pass) rungs(ctx context.Context) error {
	due := func(limit int) ([]cases.Due, error) { return p.store.DueRungs(ctx, p.cfg.Now(), limit) }
	if err := drain(ctx, p, due, queue.RungItem, p.take); err != nil {
		return fmt.Errorf("take due rungs: %w", err)
	}
	p.lastSweep.Store(time.Now().UnixNano())
	return nil
}

// take takes rungs in batches. No case is in two batches at once: its second rung has its turn at the next look.
func (p *pass) take(ctx context.Context, due []cases.Due) {
	seen := make(map[workflow.CaseID]bool, len(due))
	due = slices.DeleteFunc(due, func(d cases.Due) bool {
		again := seen[d.Case]
		seen[d.Case] = true
		return again
	})
	var all sync.WaitGroup
	for range min(sweepers, p.cfg.Workers, 1+len(due)/p.cfg.Batch) {
		all.Go(func() {
			for batch := p.next(&due); len(batch) > 0; batch = p.next(&due) {
				began := time.Now()
				bisect(ctx, batch, p.many, p.one)
				p.fit(len(batch), time.Since(began))
			}
		})
	}
	all.Wait()
}

// next cuts the next batch off.
func (p *pass) next(due *[]cases.Due) []cases.Due {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(p.size, len(*due))
	batch := (*due)[:n:n]
	*due = (*due)[n:]
	return batch
}

// fit makes batches smaller where one takes longer than people should wait for its cases, or on SQLite for the one
// writer, and lets them grow again where there is time.
func (p *pass) fit(n int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case took > longestLocked && n == p.size:
		p.size = max(p.size/2, 1)
	case took < longestLocked/4:
		p.size = min(p.size*2, p.cfg.Batch)
	}
}

// many takes the rungs of a batch in one transaction, and behind it those that act, each in its own. It fails where
// nothing could be written.
func (p *pass) many(ctx context.Context, due []cases.Due) error {
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
	var acts []cases.Due
	for i, d := range due {
		switch {
		case errors.Is(errs[i], workflow.ErrAlone):
			acts = append(acts, d)
		case p.done(ctx, queue.RungItem(d), errs[i]):
			fired++
		}
	}
	p.observe(fired)
	for _, d := range acts {
		p.one(ctx, d)
	}
	return nil
}

// one takes one rung in a transaction of its own.
func (p *pass) one(ctx context.Context, d cases.Due) {
	err := p.try(ctx, func(ctx context.Context) error { return p.Escalate(ctx, d) })
	if p.done(ctx, queue.RungItem(d), err) {
		p.observe(1)
	}
}
