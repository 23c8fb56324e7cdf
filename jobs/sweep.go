package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"anju/models"
	"anju/workflow"
)

const sweepBatch = 500

// sweepLoop takes the rungs that are due in the database, whatever Redis does.
func (r *Runner) sweepLoop(ctx context.Context) {
	var failing bool
	for {
		_, err := r.sweep(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("the sweep could not read the deadlines", "error", err)
		}
		failing = err != nil
		if !pause(ctx, r.cfg.SweepEvery, nil) {
			return
		}
	}
}

// sweep takes due rungs until none is left but those that rest. What a rung causes may be due already (accepted by lapse of
// time, and the next limit is over too), so it looks again after each batch.
func (r *Runner) sweep(ctx context.Context) (fired int, err error) {
	if err := r.swept.take(ctx); err != nil {
		return 0, err
	}
	defer r.swept.release()
	for {
		// those that rest are due too, and must not fill the batch
		due, err := r.store.DueRungs(ctx, r.now(), sweepBatch+r.rests.count())
		if err != nil {
			return fired, fmt.Errorf("read due rungs: %w", err)
		}
		due = r.rests.awake(due)
		if len(due) == 0 {
			r.lastSweep.Store(time.Now().UnixNano())
			return fired, nil
		}
		fired += r.escalateAll(ctx, due)
		if ctx.Err() != nil {
			return fired, ctx.Err()
		}
	}
}

// escalateAll takes rungs, several cases at once and those of one case in turn: they would wait for the same row.
func (r *Runner) escalateAll(ctx context.Context, due []models.Due) int {
	var order []workflow.CaseID
	of := map[workflow.CaseID][]models.Due{}
	for _, d := range due {
		if of[d.Case] == nil {
			order = append(order, d.Case)
		}
		of[d.Case] = append(of[d.Case], d)
	}
	var (
		fired atomic.Int64
		all   sync.WaitGroup
		next  = make(chan workflow.CaseID)
	)
	for range min(r.cfg.Workers, len(order)) {
		all.Go(func() {
			for id := range next {
				for _, d := range of[id] {
					if ctx.Err() == nil && r.sweepOne(ctx, d) {
						fired.Add(1)
					}
				}
			}
		})
	}
	for _, id := range order {
		next <- id
	}
	close(next)
	all.Wait()
	return int(fired.Load())
}

// sweepOne takes one rung. Whatever does not fire rests before it is looked at again.
func (r *Runner) sweepOne(ctx context.Context, d models.Due) (fired bool) {
	err := r.escalateSafely(ctx, d)
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil:
	case errors.Is(err, workflow.ErrMovedOn):
		r.rests.rest(rungID(d), time.Minute) // taken by asynq meanwhile
	case errors.Is(err, workflow.ErrBusy):
		r.rests.rest(rungID(d), time.Second)
	default:
		n := r.rests.failed(rungID(d), r.pace.retry)
		if n < tries {
			r.log.Info("a rung failed and is tried again", "case", d.Case, "deadline", d.Deadline, "rung", d.Rung, "try", n, "error", err)
		}
		if n == tries {
			r.giveUp(rungID(d), NewRungTask(d), err)
		}
	}
	return false
}

// escalateSafely turns a panic into an error: one poisoned case must not stop the others.
func (r *Runner) escalateSafely(ctx context.Context, d models.Due) (err error) {
	defer func() {
		if x := recover(); x != nil {
			r.log.Error("a rung panicked", "case", d.Case, "deadline", d.Deadline, "rung", d.Rung, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", x)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, taskFor)
	defer cancel()
	return r.escalate(ctx, d)
}

// rests are the rungs that did not fire when they were tried: they are left alone for a while, longer after each failure.
type rests struct {
	mu    sync.Mutex
	until map[string]*resting
}

type resting struct {
	until time.Time // for the sweep
	queue time.Time // for the waker: asynq has given it up, and a new task would fail as the old one
	fails int
	told  bool // a row in failed_jobs was written
}

const (
	longestRest = time.Hour
	forgetAfter = 24 * time.Hour
)

func (s *rests) entry(key string) *resting {
	if s.until == nil {
		s.until = map[string]*resting{}
	}
	e := s.until[key]
	if e == nil {
		e = &resting{until: time.Now()}
		s.until[key] = e
	}
	return e
}

func (s *rests) rest(key string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).until = time.Now().Add(d)
}

func (s *rests) failed(key string, delay func(int) time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entry(key)
	e.until = time.Now().Add(min(delay(e.fails), longestRest))
	e.fails++
	return e.fails
}

// archived keeps the waker from handing over again at once what asynq has given up. The sweep is not kept.
func (s *rests) archived(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).queue = time.Now().Add(longestRest)
}

// unarchived leaves out the rungs that asynq has given up lately.
func (s *rests) unarchived(due []models.Due) []models.Due {
	return s.without(due, func(e *resting) time.Time { return e.queue })
}

// tell is true for the first who asks.
func (s *rests) tell(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entry(key)
	first := !e.told
	e.told = true
	return first
}

func (s *rests) untell(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).told = false
}

func (s *rests) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, key)
}

// count is how many rest now; what was forgotten by all is dropped.
func (s *rests) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, n := time.Now(), 0
	for key, e := range s.until {
		switch {
		case e.until.After(now):
			n++
		case e.until.Before(now.Add(-forgetAfter)):
			delete(s.until, key)
		}
	}
	return n
}

// awake leaves out the rungs that rest.
func (s *rests) awake(due []models.Due) []models.Due {
	return s.without(due, func(e *resting) time.Time { return e.until })
}

func (s *rests) without(due []models.Due, until func(*resting) time.Time) []models.Due {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	left := due[:0:0]
	for _, d := range due {
		if e := s.until[rungID(d)]; e == nil || !until(e).After(now) {
			left = append(left, d)
		}
	}
	return left
}

// gaveUp tells whether a row in failed_jobs was written.
func (s *rests) gaveUp(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.until[key]
	return e != nil && e.told
}

// wakeUp ends every rest but those of what was given up: somebody waits.
func (s *rests) wakeUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, e := range s.until {
		if !e.told && e.until.After(now) {
			e.until = now
		}
	}
}
