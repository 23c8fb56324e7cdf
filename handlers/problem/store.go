package problem

import (
	"context"

	"anju/models"
	"anju/workflow"
)

// Store is what answers ask of the database.
type Store interface {
	History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]models.Line, error)
}
