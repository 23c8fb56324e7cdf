package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"

	"anju/models/notices"
)

const relayBatch = 200

// relayLoop carries the outbox to Redis, soon after a nudge and otherwise a few times a second.
func (r *Runner) relayLoop(ctx context.Context) {
	var failing bool
	for pause(ctx, r.pace.relay, r.nudged) {
		if !r.link.up() {
			continue // the watch looks for it; the rows wait
		}
		err := r.relayAll(ctx)
		switch {
		case err == nil:
			failing = false
		case ctx.Err() == nil && !failing && r.link.up():
			failing = true // the database, then: said once, tried on
			r.log.Error("the outbox could not be relayed", "error", err)
		}
		if err != nil && !pause(ctx, 5*r.pace.relay, nil) {
			return
		}
	}
}

// relayAll relays until nothing is unsent.
func (r *Runner) relayAll(ctx context.Context) error {
	for {
		sent, err := r.relay(ctx)
		if sent > 0 {
			nudge(r.changed) // the moves behind it may have begun deadlines
		}
		if err != nil || sent == 0 {
			return err
		}
	}
}

// relay hands one batch of unsent rows to asynq. The rows are locked meanwhile, so that the first error ends the batch: a
// mute Redis holds them for one wait, not for two hundred.
func (r *Runner) relay(ctx context.Context) (int, error) {
	if err := r.relayed.take(ctx); err != nil {
		return 0, err
	}
	defer r.relayed.release()
	if err := r.maySend(ctx); err != nil {
		return 0, unlessHeld(err)
	}
	send := r.sender()
	var away error
	sent, err := r.store.RelayOutbox(ctx, relayBatch, func(ctx context.Context, row notices.OutboxRow) error {
		if away != nil {
			return away
		}
		err := send(ctx, NewNotifyTask(row.ID, row.Case))
		if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) { // taken: it was sent, and the mark was lost
			away = fmt.Errorf("relay outbox row %d: %w", row.ID, err)
			return away
		}
		return nil
	})
	if away != nil {
		if ctx.Err() == nil {
			r.link.set(away)
		}
		return sent, away
	}
	if err != nil {
		return sent, fmt.Errorf("relay the outbox: %w", err)
	}
	return sent, nil
}

// sender enqueues with a bound on each wait. Each sender has a client of its own, which costs nothing but one command:
// a client registers a queue once in its life, and after Redis was emptied the queue would stay unknown.
func (r *Runner) sender() func(context.Context, *asynq.Task, ...asynq.Option) error {
	client := asynq.NewClientFromRedisClient(r.broker.client)
	return func(ctx context.Context, t *asynq.Task, opts ...asynq.Option) error {
		ctx, cancel := r.shortly(ctx)
		defer cancel()
		_, err := client.EnqueueContext(ctx, t, opts...)
		return err
	}
}
