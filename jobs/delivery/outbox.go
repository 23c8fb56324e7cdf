package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/semaphore"

	"anju/jobs/hold"
	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/notices"
	"anju/workflow"
)

const deliverBatch = 1_000

// inboxStore is what Inbox calls of the database.
type inboxStore interface {
	// DeliverMoved writes the notices of one row of the outbox; a second time it changes nothing.
	DeliverMoved(ctx context.Context, outbox int64) error
	// Undelivered are rows behind a number that are to be delivered without a queue.
	Undelivered(ctx context.Context, sentBefore time.Time, after int64, limit int) ([]int64, error)
	// DeliverMany delivers many rows in one transaction, but for those that cannot be.
	DeliverMany(ctx context.Context, ids []int64) (failed map[int64]error, err error)
}

// InboxConfig is what an Inbox is made from.
type InboxConfig struct {
	Lost      time.Duration // a row that was handed to Redis and not delivered for longer is delivered without
	Embedded  bool          // what another process handed to its own Redis ended with it
	Now       func() time.Time
	Log       *slog.Logger
	Delivered func() // called after rows were delivered: there may be notices to plan
	Began     func() // called after rows of rungs were delivered: what the law did at expiry may have begun deadlines
}

// Inbox delivers the outbox to the inboxes of the offices.
type Inbox struct {
	cfg        InboxConfig
	log        *slog.Logger
	store      inboxStore
	gate       *hold.Gate
	failed     *queue.FailedJobs
	delivering *semaphore.Weighted // one delivery at a time in this process
	all        atomic.Bool         // nothing is waited for: true until the first delivery of an embedded queue
}

// NewInbox returns an inbox.
func NewInbox(cfg InboxConfig, store inboxStore, gate *hold.Gate, failed *queue.FailedJobs) *Inbox {
	in := &Inbox{cfg: cfg, log: cfg.Log, store: store, gate: gate, failed: failed, delivering: semaphore.NewWeighted(1)}
	in.all.Store(cfg.Embedded)
	return in
}

// HandleNotify runs the task of one row of the outbox. Delivering twice changes nothing: the database knows what was
// delivered.
func (in *Inbox) HandleNotify(ctx context.Context, t *asynq.Task) error {
	n, err := queue.ReadNotify(t)
	if err != nil {
		return err
	}
	err = in.store.DeliverMoved(ctx, n.Outbox)
	if errors.Is(err, workflow.ErrNotFound) {
		// a Redis newer than the database, as after a restore: the row will not come
		return fmt.Errorf("deliver outbox row %d: %w: %w", n.Outbox, err, asynq.SkipRetry)
	}
	if err != nil {
		return fmt.Errorf("deliver outbox row %d: %w", n.Outbox, err)
	}
	in.cfg.Delivered()
	return nil
}

// Run delivers what needs no queue, and at first also what an embedded queue held when its process ended.
func (in *Inbox) Run(ctx context.Context) error {
	if err := in.Deliver(ctx, in.all.Load()); err != nil {
		return err
	}
	in.all.Store(false)
	return nil
}

// Deliver delivers from the database what needs no queue, and what was handed to Redis and not delivered by its task
// for too long: an emptied Redis forgets it without a word. With all nothing is waited for.
func (in *Inbox) Deliver(ctx context.Context, all bool) error {
	if err := in.delivering.Acquire(ctx, 1); err != nil {
		return err
	}
	defer in.delivering.Release(1)
	if err := in.gate.MaySend(ctx); err != nil {
		return hold.Ignore(err)
	}
	before := in.cfg.Now().Add(-in.cfg.Lost)
	if all {
		before = in.cfg.Now().AddDate(100, 0, 0)
	}
	for after := int64(0); ; {
		ids, err := in.store.Undelivered(ctx, before, after, deliverBatch)
		if err != nil {
			return fmt.Errorf("read what is undelivered: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		after = ids[len(ids)-1]
		ids = slices.DeleteFunc(ids, func(id int64) bool { return in.failed.Waiting(queue.NotifyID(id)) })
		if err := in.DeliverMany(ctx, ids); err != nil {
			return err
		}
		in.cfg.Began()
		in.cfg.Delivered()
	}
}

// DeliverMany delivers rows of the outbox without a queue. It fails where the database does.
func (in *Inbox) DeliverMany(ctx context.Context, ids []int64) error {
	failed, err := in.store.DeliverMany(ctx, ids)
	switch {
	case errors.Is(err, workflow.ErrBusy):
		return nil // SQLite, and another writes: the next time
	case err != nil:
		return fmt.Errorf("deliver %d rows of the outbox: %w", len(ids), err)
	}
	for _, id := range ids {
		in.note(ctx, id, failed[id])
	}
	return nil
}

// note keeps what became of one row. One that cannot be delivered is kept for an administrator after the last try, and
// goes on being tried ever more rarely.
func (in *Inbox) note(ctx context.Context, id int64, err error) {
	key := queue.NotifyID(id)
	if err == nil {
		in.failed.Forget(key)
		return
	}
	var of workflow.CaseID
	var undeliverable *notices.Undeliverable
	if errors.As(err, &undeliverable) {
		of = undeliverable.Case
	}
	switch n := in.failed.Fail(key); {
	case n == retry.Tries:
		in.failed.GiveUp(ctx, key, queue.NewNotifyTask(id, of), err)
	case n < retry.Tries:
		in.log.Info("a row of the outbox could not be delivered and is tried again", "outbox", id, "case", of, "try", n,
			"error", err)
	}
}
