package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/semaphore"

	"anju/jobs/hold"
	"anju/jobs/queue"
	"anju/models/notices"
)

const relayBatch = 200

// outboxStore is what Relay calls of the database.
type outboxStore interface {
	// RelayOutbox hands unsent rows that need a queue to send and marks as sent those for which it returned nil.
	RelayOutbox(ctx context.Context, limit int, send func(context.Context, notices.OutboxRow) error) (sent int, err error)
}

// Relay hands the outbox to Redis.
type Relay struct {
	store    outboxStore
	queue    *queue.Queue
	gate     *hold.Gate
	relayed  func()              // called after rows were handed over: the moves behind them may have begun deadlines
	relaying *semaphore.Weighted // one relay at a time in this process
}

// NewRelay returns a relay, which calls relayed after rows were handed over.
func NewRelay(store outboxStore, q *queue.Queue, gate *hold.Gate, relayed func()) *Relay {
	return &Relay{store, q, gate, relayed, semaphore.NewWeighted(1)}
}

// Run relays where Redis answers; where it does not the rows wait. It fails where the database does.
func (r *Relay) Run(ctx context.Context) error {
	if !r.queue.Up() {
		return nil // the watch looks for it
	}
	if err := r.RelayAll(ctx); err != nil && r.queue.Up() {
		return err
	}
	return nil
}

// RelayAll relays until nothing is unsent.
func (r *Relay) RelayAll(ctx context.Context) error {
	for {
		sent, err := r.Relay(ctx)
		if sent > 0 {
			r.relayed()
		}
		if err != nil || sent == 0 {
			return err
		}
	}
}

// Relay hands one batch of unsent rows to asynq. The rows are locked meanwhile, so that the first error ends the batch:
// a mute Redis holds them for one wait, not for two hundred.
func (r *Relay) Relay(ctx context.Context) (int, error) {
	if err := r.relaying.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer r.relaying.Release(1)
	if err := r.gate.MaySend(ctx); err != nil {
		return 0, hold.Ignore(err)
	}
	send := r.queue.Sender()
	var away error
	sent, err := r.store.RelayOutbox(ctx, relayBatch, func(ctx context.Context, row notices.OutboxRow) error {
		if away != nil {
			return away
		}
		err := send(ctx, queue.NewNotifyTask(row.ID, row.Case))
		if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) { // taken: it was sent, and the mark was lost
			away = fmt.Errorf("relay outbox row %d: %w", row.ID, err)
			return away
		}
		return nil
	})
	if away != nil {
		r.queue.Note(ctx, away)
		return sent, away
	}
	if err != nil {
		return sent, fmt.Errorf("relay the outbox: %w", err)
	}
	return sent, nil
}
