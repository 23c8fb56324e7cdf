package delivery

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"

	"anju/jobs/hold"
	"anju/workflow"
)

const (
	planBatch  = 5_000
	climbBatch = 500
)

// noticeStore is what Planner calls of the database.
type noticeStore interface {
	// PlanNotices decides for a batch of notices which officers are told of them by message; 0 when none is left.
	PlanNotices(ctx context.Context, county workflow.County, limit int) (int, error)
	// Climb tells the superior authority of a batch of notices that were not acknowledged in time.
	Climb(ctx context.Context, limit int) (int, error)
}

// Planner decides which officers are told of notices by message.
type Planner struct {
	store    noticeStore
	county   func() workflow.County
	gate     *hold.Gate
	planned  func()              // called after notices were planned: messages may be due
	planning *semaphore.Weighted // one plan at a time in this process
}

// NewPlanner returns a planner, which calls planned after notices were planned.
func NewPlanner(store noticeStore, county func() workflow.County, gate *hold.Gate, planned func()) *Planner {
	return &Planner{store, county, gate, planned, semaphore.NewWeighted(1)}
}

// Plan plans until nothing is unplanned, and lets climb what was not acknowledged in time. While escalation is held
// nothing climbs: it would be as hard to take back as a card.
func (p *Planner) Plan(ctx context.Context) error {
	if err := p.planning.Acquire(ctx, 1); err != nil {
		return err
	}
	defer p.planning.Release(1)
	if err := p.gate.MaySend(ctx); err != nil {
		return hold.Ignore(err)
	}
	for climbed := 1; climbed > 0; {
		planned, err := repeat(func() (int, error) { return p.store.PlanNotices(ctx, p.county(), planBatch) })
		if err != nil {
			return fmt.Errorf("plan notices: %w", err)
		}
		if planned > 0 {
			p.planned()
		}
		err = p.gate.MayEscalate(ctx)
		if hold.Is(err) {
			return nil
		}
		if err == nil {
			climbed, err = repeat(func() (int, error) { return p.store.Climb(ctx, climbBatch) })
		}
		if err != nil {
			return fmt.Errorf("let notices climb: %w", err)
		}
	}
	return nil
}

// repeat calls do until it has nothing left to do, and returns the sum. Where another holds the database the rest is
// left for the next time.
func repeat(do func() (int, error)) (sum int, err error) {
	for {
		n, err := do()
		if errors.Is(err, workflow.ErrBusy) {
			return sum, nil
		}
		if err != nil || n == 0 {
			return sum, err
		}
		sum += n
	}
}
