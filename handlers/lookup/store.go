package lookup

import (
	"context"
	"time"

	"anju/models"
	"anju/workflow"
)

// Store is what lookups ask of the database.
type Store interface {
	Office(ctx context.Context, kind workflow.Party, division string) (models.Office, error)
	DivisionExists(ctx context.Context, code string) (bool, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (models.HouseholdFile, error)
	History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]models.Line, error)
	AllDeadlines(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]workflow.Deadline, error)
	Stays(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]workflow.Stay, error)
	Divisions(ctx context.Context) ([]models.Division, error)
	Summary(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery) ([]models.SummaryRow, error)
	Breach(ctx context.Context, by workflow.OfficerID, id workflow.BreachID) (models.BreachLine, error)
	Officers(ctx context.Context) ([]models.Officer, error)
	Backlog(ctx context.Context, now time.Time) (models.Backlog, error)
	Alarms(ctx context.Context) ([]models.Alarm, error)
}
