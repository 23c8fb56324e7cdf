// Package cases keeps cases: a judgement of package workflow goes in, and everything it wants written is written in one
// transaction, or nothing is.
//
// One move is one transaction (move.go): the case's row is locked, the case and the officer's rights are read under the
// lock, the judgement is made in memory, and case, stage, history line, deadlines, papers, outbox row and the key of
// the request are written.
package cases

import (
	"context"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// offices knows who asks, and at which office a party of a case sits.
type offices interface {
	ActiveOfficer(ctx context.Context, id workflow.OfficerID) (org.Officer, error)
	AreaScope(ctx context.Context, by workflow.OfficerID) (org.Officer, func(*gorm.DB) *gorm.DB, error)
	Office(ctx context.Context, kind glossary.Party, division string) (org.Office, error)
	OfficeByID(ctx context.Context, id workflow.OfficeID) (org.Office, error)
	Desk(ctx context.Context, p glossary.Party, c workflow.Case) (org.Office, error)
}

// householdReader finds households, and what was entered of one.
type householdReader interface {
	Entry(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (households.Entry, error)
	MatchHouseholds(ctx context.Context, text string) (*gorm.DB, bool)
	Change(t *db.Tx, by org.Officer, id workflow.HouseholdID, a households.Asked) (households.Change, []households.Touched,
		error)
}

// calendars writes a new version of the county's calendar.
type calendars interface {
	WriteYears(t *db.Tx, by workflow.OfficerID, years []calendar.Year) (*calendar.Calendar, workflow.Imported, error)
}

// Store keeps cases. It is safe for use by many goroutines.
type Store struct {
	db         *db.DB
	chains     workflow.Chains
	org        offices
	households householdReader
	registry   calendars
	files      fileCache
}

// NewStore makes a store of cases of the chains on an open database.
func NewStore(db *db.DB, chains workflow.Chains, org offices, households householdReader, calendars calendars) *Store {
	return &Store{db: db, chains: chains, org: org, households: households, registry: calendars}
}
