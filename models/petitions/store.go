// Package petitions keeps what people without an account send about a case, and what they are answered.
package petitions

import (
	"context"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// officers knows who answers.
type officers interface {
	ActiveOfficer(ctx context.Context, id workflow.OfficerID) (org.Officer, error)
	AreaScope(ctx context.Context, by workflow.OfficerID) (org.Officer, func(*gorm.DB) *gorm.DB, error)
}

// memberships knows to which households a person belongs.
type memberships interface {
	HouseholdsOf(ctx context.Context, person string) ([]workflow.HouseholdID, error)
}

// caseStore reads cases, one under its lock, and writes what is decided on one.
type caseStore interface {
	CasesByID(ctx context.Context, ids []int64) (map[int64]workflow.Case, error)
	Lock(t *db.Tx, id workflow.CaseID, by workflow.OfficerID, also func()) (workflow.Case, workflow.Actor, error)
	UpdateIn(t *db.Tx, id workflow.CaseID, judge func(workflow.Case, workflow.Actor) (workflow.Outcome,
		error)) (workflow.Case, error)
}

// Store keeps petitions. It is safe for use by many goroutines.
type Store struct {
	db         *db.DB
	chains     workflow.Chains
	org        officers
	households memberships
	cases      caseStore
}

// NewStore makes a store about cases of the chains on an open database.
func NewStore(db *db.DB, chains workflow.Chains, org officers, households memberships, cases caseStore) *Store {
	return &Store{db: db, chains: chains, org: org, households: households, cases: cases}
}
