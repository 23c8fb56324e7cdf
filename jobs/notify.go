package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"anju/workflow"
)

// notifyHandler delivers what a move tells to the inboxes of the offices.
type notifyHandler struct {
	store  Store
	flight *flight
}

// ProcessTask implements asynq.Handler. Delivering twice changes nothing.
func (h *notifyHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	n, err := readNotify(t)
	if err != nil {
		return err
	}
	err = h.store.DeliverMoved(ctx, n.Outbox)
	if errors.Is(err, workflow.ErrNotFound) {
		// a Redis older than the database, as after a restore: the row will not come
		h.flight.landed(n.Outbox)
		return fmt.Errorf("deliver outbox row %d: %w: %w", n.Outbox, err, asynq.SkipRetry)
	}
	if err != nil {
		return fmt.Errorf("deliver outbox row %d: %w", n.Outbox, err)
	}
	h.flight.landed(n.Outbox)
	return nil
}

// flight remembers the rows that were handed to Redis and not yet delivered here. The database says sent, so that an
// emptied Redis would lose them: after a while they are delivered without it. Another process may have delivered
// them meanwhile, which harms nothing.
type flight struct {
	mu   sync.Mutex
	rows map[int64]time.Time
}

func (f *flight) began(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = map[int64]time.Time{}
	}
	f.rows[id] = time.Now()
}

func (f *flight) landed(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.rows, id)
}

// overdue are the rows that began before the instant.
func (f *flight) overdue(before time.Time) []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []int64
	for id, at := range f.rows {
		if at.Before(before) {
			ids = append(ids, id)
		}
	}
	return ids
}

// redeliver delivers what Redis has had for too long; all of it when Redis was emptied.
func (r *Runner) redeliver(ctx context.Context, all bool) {
	before := time.Now()
	if !all {
		before = before.Add(-r.pace.lost)
	}
	for _, id := range r.flight.overdue(before) {
		if ctx.Err() != nil {
			return
		}
		if err := r.store.DeliverMoved(ctx, id); err != nil {
			// asynq's own tries end in failed_jobs; here one line is enough
			r.log.Warn("a notice could not be delivered", "outbox", id, "error", err)
			r.flight.began(id)
			continue
		}
		r.flight.landed(id)
	}
}
