// Package papers reads the printed papers, what they are made from, what is made public, and the codes on them.
package papers

import (
	"context"
	"time"

	"gorm.io/gorm"

	"anju/models/attempts"
	"anju/models/cases"
	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// counter counts the tries of a code.
type counter interface {
	CountAttempt(ctx context.Context, a attempts.Attempt, now time.Time) error
	ForgiveAttempt(g *gorm.DB, a attempts.Attempt) error
}

// numbers reads the numbers of persons in clear.
type numbers interface {
	Unmask(ctx context.Context, id workflow.HouseholdID, h *forms.Household) error
	HouseholderNumber(ctx context.Context, id workflow.CaseID) (number string, known bool, err error)
}

// caseReader reads a case with its history and the file of its household.
type caseReader interface {
	Read(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case, workflow.Actor, error)
	History(ctx context.Context, c workflow.Case) ([]history.Line, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (cases.HouseholdFile, error)
}

// register names offices and says how they are reached.
type register interface {
	OfficeByID(ctx context.Context, id workflow.OfficeID) (org.Office, error)
	OfficeNames(ctx context.Context, c workflow.Case) (map[glossary.Party]string, error)
}

// Store reads papers. It is safe for use by many goroutines.
type Store struct {
	db         *db.DB
	attempts   counter
	households numbers
	cases      caseReader
	offices    register
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, attempts counter, households numbers, cases caseReader,
	offices register) *Store {
	return &Store{db: db, attempts: attempts, households: households, cases: cases, offices: offices}
}
