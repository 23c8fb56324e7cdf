package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"anju/models/cases"
	"anju/workflow"
)

// errEarly is what a handler answers that was woken before its instant: it comes again, and no try is counted.
var errEarly = errors.New("woken before its instant")

// comesAgain tells whether a task only came at the wrong moment, so that no try is counted.
func comesAgain(err error) bool {
	return errors.Is(err, errEarly) || errors.Is(err, workflow.ErrBusy) || isHeld(err)
}

func (r *Runner) newServer() *asynq.Server {
	return asynq.NewServerFromRedisClient(r.broker.client, asynq.Config{
		Concurrency:              r.cfg.Workers,
		BaseContext:              r.work,
		Queues:                   map[string]int{QueueUrgent: 6, QueueNormal: 3}, // weights, not strict: notices get on too
		TaskCheckInterval:        100 * time.Millisecond,
		DelayedTaskCheckInterval: 500 * time.Millisecond,
		ShutdownTimeout:          handlersEndIn,
		RetryDelayFunc:           r.retryIn,
		IsFailure:                func(err error) bool { return !comesAgain(err) },
		ErrorHandler:             asynq.ErrorHandlerFunc(r.failed),
		Logger:                   queueLog{r.log, r.link},
		LogLevel:                 asynq.WarnLevel,
	})
}

func (r *Runner) mux() *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.Use(func(next asynq.Handler) asynq.Handler {
		return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
			r.running.Add(1)
			defer r.running.Add(-1)
			return next.ProcessTask(ctx, t)
		})
	})
	mux.Handle(TypeRung, &rungHandler{r.now, r.escalate})
	mux.Handle(TypeNotify, &notifyHandler{r.store})
	return mux
}

// retryIn says how long a task waits for its next try.
func (r *Runner) retryIn(n int, err error, t *asynq.Task) time.Duration {
	switch {
	case errors.Is(err, errEarly):
		d, err := readRung(t)
		if err != nil {
			return time.Minute
		}
		// asynq counts whole seconds, and the injected clock may stand still
		return min(max(d.At.Sub(r.now()), 0)+time.Second, time.Hour)
	case errors.Is(err, workflow.ErrBusy):
		return time.Second + rand.N(2*time.Second)
	case isHeld(err):
		return r.cfg.SweepEvery
	}
	return r.pace.retry(n)
}

// backoff is 2, 4, 8, 16 … seconds and up to half as much more, so that what failed together does not come together.
func backoff(n int) time.Duration {
	d := 2 * time.Second << min(n, 8)
	return d + rand.N(d/2)
}

// failed keeps what was given up: after the last try, or when another try cannot help.
func (r *Runner) failed(ctx context.Context, t *asynq.Task, cause error) {
	tried, _ := asynq.GetRetryCount(ctx)
	most, ok := asynq.GetMaxRetry(ctx)
	if comesAgain(cause) {
		return
	}
	if !errors.Is(cause, asynq.SkipRetry) && ok && tried < most {
		r.log.Info("a task failed and is tried again", "task", t.Type(), "case", caseOf(t), "try", tried+1, "error", cause)
		return
	}
	key := keyOf(t)
	if r.giveUp(ctx, key, t, cause) {
		r.rests.archived(key)
	}
}

// giveUp writes the row that an administrator sees, once per task in the life of this process: the sweep and asynq may
// both have failed at the same rung. The deadline itself is not given up: the sweep goes on trying, ever more rarely. It
// tells whether the row is there; where the database is away nothing was given up, since that was the failure.
func (r *Runner) giveUp(ctx context.Context, key string, t *asynq.Task, cause error) bool {
	if !r.rests.tell(key) {
		return true
	}
	r.log.Error("a task failed for good", "task", t.Type(), "case", caseOf(t), "error", cause)
	// the task's own context may be over
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := r.store.FailedJob(ctx, t.Type(), t.Payload(), cause, caseOf(t)); err != nil {
		r.rests.untell(key)
		r.log.Error("a failed task could not be kept", "task", t.Type(), "case", caseOf(t), "error", err)
		return false
	}
	return true
}

// escalate takes one step of a ladder, for the handler and for the sweep alike.
func (r *Runner) escalate(ctx context.Context, d cases.Due) error {
	if err := r.mayEscalate(ctx); err != nil {
		return err
	}
	err := r.svc.Escalate(ctx, d.Case, d.Deadline, d.Generation, d.Rung)
	if err != nil {
		return fmt.Errorf("escalate case %d deadline %d %s: %w", d.Case, d.Deadline, d.Rung, err)
	}
	r.rests.forget(rungID(d))
	r.took(1)
	return nil
}

// queueLog takes asynq's lines into ours. While Redis is away they repeat what the link said once.
type queueLog struct {
	log  *slog.Logger
	link *link
}

func (l queueLog) say(level slog.Level, args []any) {
	if !l.link.up() {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, "queue: "+strings.TrimSpace(fmt.Sprint(args...)))
}

// Debug implements asynq.Logger.
func (l queueLog) Debug(args ...any) { l.say(slog.LevelDebug, args) }

// Info implements asynq.Logger.
func (l queueLog) Info(args ...any) { l.say(slog.LevelDebug, args) }

// Warn implements asynq.Logger.
func (l queueLog) Warn(args ...any) { l.say(slog.LevelInfo, args) }

// Error implements asynq.Logger.
func (l queueLog) Error(args ...any) { l.say(slog.LevelWarn, args) }

// Fatal implements asynq.Logger; only main exits.
func (l queueLog) Fatal(args ...any) { l.say(slog.LevelError, args) }
