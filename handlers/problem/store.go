package problem

import (
	"context"

	"anju/models/history"
	"anju/workflow"
)

// Store is what answers ask of the database.
type Store interface {
	History(ctx context.Context, c workflow.Case) ([]history.Line, error)
}
