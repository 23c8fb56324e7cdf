// Package notices tells offices and officers what moves and deadlines want them told: the outbox and its delivery, the
// inboxes of the offices, the messages to officers and their channels, and what an administrator must see to.
package notices

import (
	"context"
	"sync"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// offices knows who asks, and at which office a party of a case sits.
type offices interface {
	ActiveOfficer(ctx context.Context, id workflow.OfficerID) (org.Officer, error)
	AreaScope(ctx context.Context, by workflow.OfficerID) (org.Officer, func(*gorm.DB) *gorm.DB, error)
	Office(ctx context.Context, kind workflow.Party, division string) (org.Office, error)
	OfficeByID(ctx context.Context, id workflow.OfficeID) (org.Office, error)
	Desk(ctx context.Context, p workflow.Party, c workflow.Case) (org.Office, error)
}

// Store keeps notices and messages. It is safe for use by many goroutines.
type Store struct {
	db     *db.DB
	chains workflow.Chains
	org    offices
	relay  sync.Mutex
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, chains workflow.Chains, org offices) *Store {
	return &Store{db: db, chains: chains, org: org}
}
