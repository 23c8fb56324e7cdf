package serve

import (
	"context"

	"anju/handlers"
	"anju/jobs"
	"anju/models/org"
)

// queueFigures are the jobs of this process as the pages ask for them.
type queueFigures struct{ r *jobs.Runner }

// Figures implements handlers.Queue.
func (f queueFigures) Figures(ctx context.Context) (handlers.QueueFigures, error) {
	h, err := f.r.Health(ctx)
	return handlers.QueueFigures{Kind: h.Kind, Answers: h.Answers, Problem: h.Problem, LastSweep: h.LastSweep,
		Pending: h.Pending, Active: h.Active,
		Scheduled: h.Scheduled, Retry: h.Retry, Archived: h.Archived}, err
}

// Redrive implements handlers.Queue.
func (f queueFigures) Redrive(ctx context.Context, id int64, act org.Act) error {
	return f.r.Redrive(ctx, id, act)
}
