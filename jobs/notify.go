package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hibiken/asynq"

	"anju/models/notices"
	"anju/workflow"
)

// notifyHandler delivers what a move tells to the inboxes of the offices.
type notifyHandler struct{ store Store }

// ProcessTask implements asynq.Handler. Delivering twice changes nothing: the database knows what was delivered.
func (h *notifyHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	n, err := readNotify(t)
	if err != nil {
		return err
	}
	err = h.store.DeliverMoved(ctx, n.Outbox)
	if errors.Is(err, workflow.ErrNotFound) {
		// a Redis newer than the database, as after a restore: the row will not come
		return fmt.Errorf("deliver outbox row %d: %w: %w", n.Outbox, err, asynq.SkipRetry)
	}
	if err != nil {
		return fmt.Errorf("deliver outbox row %d: %w", n.Outbox, err)
	}
	return nil
}

const deliverBatch = 1_000

// deliverLoop delivers without Redis, soon after a nudge and otherwise a few times a second.
func (r *Runner) deliverLoop(ctx context.Context) {
	failing := false
	all := r.broker.embedded != nil // what another process handed to its own Redis ended with it
	for pause(ctx, r.pace.relay, r.told) {
		err := r.deliver(ctx, all)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("the outbox could not be delivered", "error", err)
		}
		failing = err != nil
		all = all && failing
		if failing && !pause(ctx, 5*r.pace.relay, nil) {
			return
		}
	}
}

// deliver delivers from the database what needs no queue, and what was handed to Redis and whose task has not come for too long:
// an emptied Redis forgets it without a word. With all nothing is waited for.
func (r *Runner) deliver(ctx context.Context, all bool) error {
	if err := r.delivering.take(ctx); err != nil {
		return err
	}
	defer r.delivering.release()
	if err := r.maySend(ctx); err != nil {
		return unlessHeld(err)
	}
	before := r.now().Add(-r.pace.lost)
	if all {
		before = r.now().AddDate(100, 0, 0)
	}
	for after := int64(0); ; {
		ids, err := r.store.Undelivered(ctx, before, after, deliverBatch)
		if err != nil {
			return fmt.Errorf("read what is undelivered: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		after = ids[len(ids)-1]
		ids = slices.DeleteFunc(ids, func(id int64) bool { return r.rests.resting(notifyID(id)) })
		if err := r.deliverMany(ctx, ids); err != nil {
			return err
		}
		nudge(r.changed) // what the law did at expiry may have begun deadlines
		nudge(r.plans)
	}
}

// deliverMany fails where the database does.
func (r *Runner) deliverMany(ctx context.Context, ids []int64) error {
	failed, err := r.store.DeliverMany(ctx, ids)
	switch {
	case errors.Is(err, workflow.ErrBusy):
		return nil // SQLite, and another writes: the next time
	case err != nil:
		return fmt.Errorf("deliver %d rows of the outbox: %w", len(ids), err)
	}
	for _, id := range ids {
		r.delivered(ctx, id, failed[id])
	}
	return nil
}

// delivered takes in what became of one row. One that cannot be delivered is kept for an administrator after the last try, and
// goes on being tried ever more rarely.
func (r *Runner) delivered(ctx context.Context, id int64, err error) {
	key := notifyID(id)
	if err == nil {
		r.rests.forget(key)
		return
	}
	var of workflow.CaseID
	var undeliverable *notices.Undeliverable
	if errors.As(err, &undeliverable) {
		of = undeliverable.Case
	}
	switch n := r.rests.failed(key, r.pace.retry); {
	case n == tries:
		r.giveUp(ctx, key, NewNotifyTask(id, of), err)
	case n < tries:
		r.log.Info("a row of the outbox could not be delivered and is tried again", "outbox", id, "case", of, "try", n, "error", err)
	}
}
