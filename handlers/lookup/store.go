package lookup

import (
	"context"
	"time"

	"anju/models/cases"
	"anju/models/history"
	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/glossary"
)

// Store is what lookups ask of the database.
type Store interface {
	Office(ctx context.Context, kind glossary.Party, division string) (org.Office, error)
	DivisionExists(ctx context.Context, code string) (bool, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (cases.HouseholdFile, error)
	Changes(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) ([]households.Change, error)
	History(ctx context.Context, c workflow.Case) ([]history.Line, error)
	AllDeadlines(ctx context.Context, c workflow.Case) ([]workflow.Deadline, error)
	Stays(ctx context.Context, c workflow.Case) ([]attribution.Stay, error)
	Divisions(ctx context.Context) ([]org.Division, error)
	Summary(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery) ([]statistics.SummaryRow, error)
	Grants(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery) ([]statistics.Grant, error)
	Breach(ctx context.Context, by workflow.OfficerID, id workflow.BreachID) (cases.BreachLine, error)
	OfficersByID(ctx context.Context, ids ...workflow.OfficerID) ([]org.Officer, error)
	Backlog(ctx context.Context, now time.Time) (notices.Backlog, error)
	Alarms(ctx context.Context) ([]notices.Alarm, error)
}
