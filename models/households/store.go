// Package households keeps the households of the county and the keys under which they are found, who read their
// numbers, the register of contractors, and the services bought for them.
package households

import (
	"context"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// offices knows who asks, and what offices there are.
type offices interface {
	ActiveOfficer(ctx context.Context, id workflow.OfficerID) (org.Officer, error)
	AreaScope(ctx context.Context, by workflow.OfficerID) (org.Officer, func(*gorm.DB) *gorm.DB, error)
	Office(ctx context.Context, kind workflow.Party, division string) (org.Office, error)
	DivisionExists(ctx context.Context, code string) (bool, error)
}

// Store keeps households. It is safe for use by many goroutines.
type Store struct {
	db  *db.DB
	org offices
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, org offices) *Store { return &Store{db: db, org: org} }
