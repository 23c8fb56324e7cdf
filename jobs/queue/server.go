package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/hold"
	"anju/workflow"
)

// The parts of Stop end within these.
const (
	handlersEndIn = 6 * time.Second
	serverEndsIn  = 9 * time.Second
	cutEndsIn     = 2 * time.Second
)

// ErrEarly is the error of a handler that was woken before its instant: the task comes again, and no try is counted.
var ErrEarly = errors.New("woken before its instant")

// isUntimely reports whether a task only came at the wrong moment, so that no try is counted.
func isUntimely(err error) bool {
	return errors.Is(err, ErrEarly) || errors.Is(err, workflow.ErrBusy) || hold.Is(err)
}

func (q *Queue) newServer(ctx context.Context) *asynq.Server {
	return asynq.NewServerFromRedisClient(q.broker.client, asynq.Config{
		Concurrency:              q.cfg.Workers,
		BaseContext:              func() context.Context { return ctx },
		Queues:                   map[string]int{QueueUrgent: 6, QueueNormal: 3}, // weights, not strict: notices get on too
		TaskCheckInterval:        100 * time.Millisecond,
		DelayedTaskCheckInterval: 500 * time.Millisecond,
		ShutdownTimeout:          handlersEndIn,
		RetryDelayFunc:           q.retryIn,
		IsFailure:                func(err error) bool { return !isUntimely(err) },
		ErrorHandler:             asynq.ErrorHandlerFunc(q.taskFailed),
		Logger:                   queueLog{q.log, q.link},
		LogLevel:                 asynq.WarnLevel,
	})
}

func (q *Queue) newMux(handlers map[string]asynq.HandlerFunc) *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.Use(func(next asynq.Handler) asynq.Handler {
		return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
			q.running.Add(1)
			defer q.running.Add(-1)
			return next.ProcessTask(ctx, t)
		})
	})
	for kind, handler := range handlers {
		mux.Handle(kind, handler)
	}
	return mux
}

// Start begins to run tasks by their type. ctx ends the handlers, which Close lets finish first.
func (q *Queue) Start(ctx context.Context, handlers map[string]asynq.HandlerFunc) error {
	work, abandon := context.WithCancel(ctx)
	q.abandon = abandon
	q.server = q.newServer(work)
	if err := q.server.Start(q.newMux(handlers)); err != nil {
		abandon()
		return fmt.Errorf("start the queue's server: %w", err)
	}
	return nil
}

// Stop ends the handlers, those at work after a few seconds. It fails where the server does not end in time.
func (q *Queue) Stop(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		q.server.Shutdown()
	}()
	inTime := WaitFor(ctx, ended, serverEndsIn)
	q.abandon()
	if !inTime {
		// it waits for a Redis that is mute: with its connections broken it ends
		q.broker.cut()
		if !WaitFor(context.WithoutCancel(ctx), ended, cutEndsIn) {
			return errors.New("the queue's server did not end in time")
		}
	}
	return nil
}

// retryIn returns how long a task waits for its next try.
func (q *Queue) retryIn(n int, err error, t *asynq.Task) time.Duration {
	switch {
	case errors.Is(err, ErrEarly):
		d, err := ReadRung(t)
		if err != nil {
			return time.Minute
		}
		// asynq counts whole seconds, and the injected clock may stand still
		return min(max(d.At.Sub(q.cfg.Now()), 0)+time.Second, time.Hour)
	case errors.Is(err, workflow.ErrBusy):
		return time.Second + rand.N(2*time.Second)
	case hold.Is(err):
		return q.cfg.HeldDelay
	}
	return q.cfg.Delay(n)
}

// taskFailed keeps what was given up: after the last try, or when another try cannot help.
func (q *Queue) taskFailed(ctx context.Context, t *asynq.Task, cause error) {
	tried, _ := asynq.GetRetryCount(ctx)
	most, ok := asynq.GetMaxRetry(ctx)
	if isUntimely(cause) {
		return
	}
	if !errors.Is(cause, asynq.SkipRetry) && ok && tried < most {
		q.log.Info("a task failed and is tried again", "task", t.Type(), "case", TaskCase(t), "try", tried+1, "error", cause)
		return
	}
	key := taskKey(t)
	if q.failed.GiveUp(ctx, key, t, cause) {
		q.failed.Archive(key)
	}
}

// queueLog takes asynq's lines into ours. While Redis does not answer they repeat what the link said once.
type queueLog struct {
	log  *slog.Logger
	link *link
}

func (l queueLog) write(level slog.Level, args []any) {
	if !l.link.up() {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, "queue: "+strings.TrimSpace(fmt.Sprint(args...)))
}

// Debug implements asynq.Logger.
func (l queueLog) Debug(args ...any) { l.write(slog.LevelDebug, args) }

// Info implements asynq.Logger.
func (l queueLog) Info(args ...any) { l.write(slog.LevelDebug, args) }

// Warn implements asynq.Logger.
func (l queueLog) Warn(args ...any) { l.write(slog.LevelInfo, args) }

// Error implements asynq.Logger.
func (l queueLog) Error(args ...any) { l.write(slog.LevelWarn, args) }

// Fatal implements asynq.Logger; only main exits.
func (l queueLog) Fatal(args ...any) { l.write(slog.LevelError, args) }
