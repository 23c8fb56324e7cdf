package audit

import (
	"context"

	"anju/models/cases"
	"anju/models/statistics"
	"anju/workflow"
)

// Store is what the audit pages ask of the database.
type Store interface {
	Cases(ctx context.Context, by workflow.OfficerID, q cases.CaseQuery) ([]workflow.Case, int, error)
	Distribution(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery) ([]int, error)
	Summary(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery) ([]statistics.SummaryRow, error)
	StagesBehind(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery, light workflow.Light,
		page, perPage int) ([]statistics.StageLine, int, error)
	Breaches(ctx context.Context, by workflow.OfficerID, q cases.BreachQuery) ([]cases.BreachLine, int, error)
}
