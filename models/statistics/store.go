// Package statistics counts the stages of the county's cases: how many were left in time, and how long they took.
package statistics

import (
	"context"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// areas knows which part of the county an officer sees.
type areas interface {
	AreaScope(ctx context.Context, by workflow.OfficerID) (org.Officer, func(*gorm.DB) *gorm.DB, error)
}

// Store counts stages. It is safe for use by many goroutines.
type Store struct {
	db  *db.DB
	org areas
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, org areas) *Store { return &Store{db: db, org: org} }
