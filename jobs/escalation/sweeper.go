package escalation

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"anju/jobs/hold"
	"anju/jobs/queue"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/law"
)

// DefaultBatch is how many cases one transaction takes: its COMMIT is shared by all, and an officer does not wait long
// for one of them.
const DefaultBatch = 500

const (
	sweepers      = 2           // batches at once: the database idles while one is judged; more gained little
	batchesARead  = 10          // batches read at once
	longestLocked = time.Second // how long a batch may hold its cases
)

// SweepConfig is what a Sweeper is made from.
type SweepConfig struct {
	Workers, Batch int
	RecountEvery   time.Duration
	Now            func() time.Time
	Log            *slog.Logger
	Fired          func()          // called after rungs have fired or deadlines were recounted: the outbox has rows
	Observe        func(fired int) // called after each transaction of a sweep; nil: it is not told
}

// Sweeper takes everything that is due from the database, whatever Redis does.
type Sweeper struct {
	cfg    SweepConfig
	log    *slog.Logger
	store  Store
	svc    Service
	gate   *hold.Gate
	failed *queue.FailedJobs

	sweeping  *semaphore.Weighted // one sweep at a time in this process
	recounted recounted           // under sweeping

	fired     atomic.Int64 // rungs that fired, in this process
	lastSweep atomic.Int64 // Unix nanoseconds
}

// recounted is the calendar that stragglers were last looked for by, and when.
type recounted struct {
	version  int
	promises map[law.LimitID]int
	at       time.Time
}

// NewSweeper returns a sweeper that has not swept yet.
func NewSweeper(cfg SweepConfig, store Store, svc Service, gate *hold.Gate, failed *queue.FailedJobs) *Sweeper {
	return &Sweeper{cfg: cfg, log: cfg.Log, store: store, svc: svc, gate: gate, failed: failed,
		sweeping: semaphore.NewWeighted(1)}
}

// Fired returns how many rungs have fired in this process.
func (s *Sweeper) Fired() int64 { return s.fired.Load() }

// LastSweep returns the end of the last sweep, and the zero time before the first.
func (s *Sweeper) LastSweep() time.Time {
	if n := s.lastSweep.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// escalateMany takes one step each of the ladders of many cases.
func (s *Sweeper) escalateMany(ctx context.Context, due []cases.Due) ([]error, error) {
	if err := s.gate.MayEscalate(ctx); err != nil {
		return nil, err
	}
	turns := make([]workflow.Turn, len(due))
	for i, d := range due {
		turns[i] = workflow.Turn{Case: d.Case, Deadline: d.Deadline, Run: d.Generation, Rung: d.Rung}
	}
	errs, err := s.svc.EscalateMany(ctx, turns)
	if err != nil {
		return nil, fmt.Errorf("escalate %d cases: %w", len(due), err)
	}
	fired := 0
	for _, err := range errs {
		if err == nil {
			fired++
		}
	}
	s.count(fired)
	return errs, nil
}

// Escalate takes one step of a ladder, for the handler of the queue and for the sweep alike.
func (s *Sweeper) Escalate(ctx context.Context, d cases.Due) error {
	if err := s.gate.MayEscalate(ctx); err != nil {
		return err
	}
	err := s.svc.Escalate(ctx, d.Case, d.Deadline, d.Generation, d.Rung)
	if err != nil {
		return fmt.Errorf("escalate case %d deadline %d %s: %w", d.Case, d.Deadline, d.Rung, err)
	}
	s.failed.Forget(queue.RungID(d))
	s.count(1)
	return nil
}

// count adds rungs that fired, and lets what they tell be delivered.
func (s *Sweeper) count(n int) {
	if n > 0 {
		s.fired.Add(int64(n))
		s.cfg.Fired()
	}
}
