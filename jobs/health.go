package jobs

import (
	"context"
	"fmt"
	"time"

	"anju/jobs/queue"
	"anju/models/notices"
)

// Health is how the jobs are, for the status page and metrics. What matters comes from the database; the numbers of
// Redis are only shown, since they lie after it was emptied.
type Health struct {
	Kind      string // redis, sentinel, cluster, embedded
	Answers   bool
	Problem   string // why it does not answer
	Backlog   notices.Backlog
	LastSweep time.Time // zero: none yet, or the sweep is off
	queue.Counts
	Alarms   []notices.Alarm // open
	Services []ServiceState
}

// LastSweep returns the end of the last sweep; zero: none yet, or the sweep is off.
func (r *Runner) LastSweep() time.Time { return r.sweeper.LastSweep() }

// Health tells how the jobs are. It fails when the database does not answer; a Redis that does not is an answer.
func (r *Runner) Health(ctx context.Context) (Health, error) {
	h := Health{Kind: r.queue.Kind(), LastSweep: r.LastSweep()}
	for _, s := range r.services.list {
		h.Services = append(h.Services, s.health())
	}
	var err error
	if h.Backlog, err = r.store.Backlog(ctx, r.cfg.Now()); err != nil {
		return h, fmt.Errorf("read the backlog: %w", err)
	}
	if h.Alarms, err = r.store.Alarms(ctx); err != nil {
		return h, fmt.Errorf("read the alarms: %w", err)
	}
	if h.Counts, err = r.queue.Counts(ctx); err != nil {
		h.Problem = err.Error()
		return h, nil
	}
	h.Answers = true
	return h, nil
}
