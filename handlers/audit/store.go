package audit

import (
	"context"

	"anju/models"
	"anju/workflow"
)

// Store is what the audit pages ask of the database.
type Store interface {
	Cases(ctx context.Context, by workflow.OfficerID, q models.CaseQuery) ([]workflow.Case, int, error)
	Distribution(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery) ([]int, error)
	Summary(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery) ([]models.SummaryRow, error)
	StagesBehind(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery, light workflow.Light, page, perPage int) ([]models.StageLine, int, error)
	Breaches(ctx context.Context, by workflow.OfficerID, q models.BreachQuery) ([]models.BreachLine, int, error)
}
