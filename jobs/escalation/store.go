package escalation

import (
	"context"
	"time"

	"anju/models/cases"
	"anju/models/notices"
	"anju/workflow"
)

// RungStore reads rungs.
type RungStore interface {
	// DueRungs are the rungs with an instant not after now that have not fired, the oldest first.
	DueRungs(ctx context.Context, now time.Time, limit int) ([]cases.Due, error)
	// UpcomingRungs are the next rungs of open deadlines with an instant between the two, the soonest first.
	UpcomingRungs(ctx context.Context, from, until time.Time, limit int) ([]cases.Due, error)
	Backlog(ctx context.Context, now time.Time) (notices.Backlog, error)
}

// Store is what escalation calls of the database.
type Store interface {
	RungStore
	// Clearable are entries of the breach register that were ruled on and are not closed, and their case has moved on.
	Clearable(ctx context.Context, limit int) ([]workflow.BreachID, error)
	// Behind are cases with an open deadline that was counted by an older calendar than the version.
	Behind(ctx context.Context, version, limit int) ([]workflow.CaseID, error)
}

// Service does what falls due by itself; workflow.Service is one. It fails with workflow.ErrMovedOn when nothing is
// owed.
type Service interface {
	// Escalate takes one step of the ladder of a deadline.
	Escalate(ctx context.Context, id workflow.CaseID, d workflow.DeadlineID, generation int, rung workflow.RungName) error
	// EscalateMany takes one step each of many cases in one transaction; workflow.ErrAlone is for Escalate.
	EscalateMany(ctx context.Context, turns []workflow.Turn) (errs []error, err error)
	// RecountMany brings the deadlines of cases up to date with the calendar of County.
	RecountMany(ctx context.Context, ids []workflow.CaseID) (failed map[workflow.CaseID]error, err error)
	// Clear closes an entry of the breach register.
	Clear(ctx context.Context, id workflow.BreachID) error
	County() workflow.County
}
