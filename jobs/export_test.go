package jobs

import (
	"context"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/escalation"
)

// Handle runs the handler of a rung as asynq would, in the caller's goroutine.
func (r *Runner) Handle(ctx context.Context, t *asynq.Task) error {
	return r.sweeper.HandleRung(ctx, t)
}

// StartFast is Start with services that look often.
func StartFast(ctx context.Context, cfg Config, store Store, svc escalation.Service) (*Runner, error) {
	every := defaultIntervals
	every.relay, every.plan, every.send = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	every.watch, every.verify = 200*time.Millisecond, 50*time.Millisecond
	return start(ctx, cfg, store, svc, every)
}

// StartWithoutPolls is Start with services that only a nudge wakes.
func StartWithoutPolls(ctx context.Context, cfg Config, store Store, svc escalation.Service) (*Runner, error) {
	every := defaultIntervals
	every.relay, every.watch, every.plan, every.send = time.Hour, time.Hour, time.Hour, time.Hour
	every.redrive, every.alarm = time.Hour, time.Hour
	return start(ctx, cfg, store, svc, every)
}
