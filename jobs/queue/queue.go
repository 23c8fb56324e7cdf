package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// markerKey is a key of ours that Redis keeps as long as it is not emptied.
const markerKey = "anju:jobs:marker"

// Config is what a queue is made from.
type Config struct {
	Address   string // embedded, or an address
	Workers   int    // handlers at once
	HeldDelay time.Duration
	Delay     func(failures int) time.Duration // before the next try of a task
	Now       func() time.Time
	Log       *slog.Logger
}

// Queue is the client of one Redis, and the asynq server that runs its tasks.
type Queue struct {
	cfg       Config
	log       *slog.Logger
	broker    *broker
	link      *link
	inspector *asynq.Inspector
	failed    *FailedJobs
	server    *asynq.Server
	running   atomic.Int64 // handlers at work
	abandon   context.CancelFunc
}

// Open makes the client; it asks Redis nothing. It fails on an address that cannot be read.
func Open(cfg Config, failed *FailedJobs) (*Queue, error) {
	l := &link{log: cfg.Log}
	b, err := openBroker(cfg.Address, l)
	if err != nil {
		return nil, err
	}
	return &Queue{cfg: cfg, log: cfg.Log, broker: b, link: l, failed: failed,
		inspector: asynq.NewInspectorFromRedisClient(b.client)}, nil
}

// Kind names the kind of Redis: redis, sentinel, cluster or embedded.
func (q *Queue) Kind() string { return q.broker.kind }

// Embedded reports whether Redis runs inside this process and ends with it.
func (q *Queue) Embedded() bool { return q.broker.embedded != nil }

// Running returns how many handlers are at work in this process.
func (q *Queue) Running() int64 { return q.running.Load() }

// Up reports whether Redis answered when it was last asked.
func (q *Queue) Up() bool { return q.link.up() }

// Note keeps the error of a question to Redis, unless the caller gave up, which says nothing about Redis.
func (q *Queue) Note(ctx context.Context, err error) {
	if ctx.Err() == nil {
		q.link.set(err)
	}
}

// Ping asks Redis now whether it answers, and remembers it; back reports that it did not before.
func (q *Queue) Ping(ctx context.Context) (back bool, err error) {
	short, cancel := q.shorten(ctx)
	defer cancel()
	err = q.broker.client.Ping(short).Err()
	if ctx.Err() != nil {
		return false, ctx.Err() // the caller gave up: that says nothing about Redis
	}
	return q.link.set(err), err
}

// shorten bounds one question to Redis.
func (q *Queue) shorten(ctx context.Context) (context.Context, context.CancelFunc) {
	if q.Embedded() {
		return context.WithTimeout(ctx, embeddedTimeout)
	}
	return context.WithTimeout(ctx, answerTimeout)
}

// Ready asks Redis once. A Redis that does not answer is no error: up is false, and the jobs join it when it comes. It
// fails on a Redis that refuses us or throws keys away.
func (q *Queue) Ready(ctx context.Context) (up bool, err error) {
	if _, err := q.Ping(ctx); err != nil {
		if refusal(err) {
			return false, fmt.Errorf("Redis refuses us; check the account, the password and the database of the queue's address: %w", err)
		}
		return false, nil
	}
	return true, q.CheckSettings(ctx)
}

// CheckSettings checks the settings of a Redis that answers, and fails with *RefusedRedis where Redis throws keys away.
func (q *Queue) CheckSettings(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*answerTimeout) // three questions
	defer cancel()
	warning, err := q.broker.check(ctx)
	if warning != "" {
		q.log.Warn(warning)
	}
	var refused *RefusedRedis
	if errors.As(err, &refused) {
		return err
	}
	if err != nil {
		q.log.Warn("the settings of Redis could not be read", "error", err)
	}
	return nil
}

// Marker returns the value that Redis keeps as long as it is not emptied, and sets a new one where there is none.
func (q *Queue) Marker(ctx context.Context) (string, error) {
	ctx, cancel := q.shorten(ctx)
	defer cancel()
	got, err := q.broker.client.Get(ctx, markerKey).Result()
	if errors.Is(err, redis.Nil) {
		// several processes may do so at once: what stands there afterwards counts
		if err = q.broker.client.SetNX(ctx, markerKey, rand.Text(), 0).Err(); err == nil {
			got, err = q.broker.client.Get(ctx, markerKey).Result()
		}
	}
	if err != nil {
		return "", fmt.Errorf("ask Redis for the marker: %w", err)
	}
	return got, nil
}

// Send enqueues a task.
type Send func(context.Context, *asynq.Task, ...asynq.Option) error

// Sender returns a Send with a bound on each wait. Each has a client of its own, which costs nothing but one command: a
// client registers a queue once in its life, and after Redis was emptied the queue would stay unknown.
func (q *Queue) Sender() Send {
	client := asynq.NewClientFromRedisClient(q.broker.client)
	return func(ctx context.Context, t *asynq.Task, opts ...asynq.Option) error {
		ctx, cancel := q.shorten(ctx)
		defer cancel()
		_, err := client.EnqueueContext(ctx, t, opts...)
		return err
	}
}

// Counts are the tasks of our queues by state.
type Counts struct{ Pending, Active, Scheduled, Retry, Archived int }

// Counts adds up our queues. A queue that was never used, or forgotten by an emptied Redis, counts nothing.
func (q *Queue) Counts(ctx context.Context) (Counts, error) {
	var sum Counts
	if _, err := q.Ping(ctx); err != nil {
		return sum, err
	}
	for _, name := range queues {
		info, err := q.info(name)
		if err != nil {
			return Counts{}, fmt.Errorf("ask for the queue %s: %w", name, err)
		}
		sum.Pending += info.Pending
		sum.Active += info.Active
		sum.Scheduled += info.Scheduled
		sum.Retry += info.Retry
		sum.Archived += info.Archived
	}
	return sum, nil
}

// info asks for one queue; one that Redis does not know is empty. asynq does not say by a value which error is that of
// an unknown queue, so the list of queues tells. The queue may begin between the two questions: then it is asked again.
func (q *Queue) info(name string) (*asynq.QueueInfo, error) {
	for left := 3; ; left-- {
		info, err := q.inspector.GetQueueInfo(name)
		if err == nil {
			return info, nil
		}
		known, knownErr := q.inspector.Queues()
		switch {
		case knownErr != nil:
			return nil, knownErr
		case !slices.Contains(known, name):
			return &asynq.QueueInfo{}, nil
		case left == 0:
			return nil, err
		}
	}
}

// Close ends the client. A server that was started must have ended by Stop.
func (q *Queue) Close() error { return q.broker.close() }

// WaitFor waits for ended, no longer than d and ctx, and reports whether it came.
func WaitFor(ctx context.Context, ended <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ended:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	select {
	case <-ended:
		return true
	default:
		return false
	}
}
