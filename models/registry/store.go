// Package registry keeps what the county as a whole has: settings, parameters, the versions of its calendar, the
// processes at work, and the mark by which a database that fell behind is known and held.
package registry

import (
	"context"
	"time"

	"anju/models/db"
	"anju/workflow/glossary"
	"anju/workflow/trades"
)

// contractorLister reads the register of contractors.
type contractorLister interface {
	ContractorsByCode(ctx context.Context) (map[string]trades.Contractor, error)
}

// officerLister reads the officers with an open account.
type officerLister interface {
	OpenOfficers(ctx context.Context) ([]glossary.Officer, error)
}

// Store keeps the county's registry. It is safe for use by many goroutines.
type Store struct {
	db         *db.DB
	households contractorLister
	org        officerLister

	// BeatWait is how long a start without its mark waits for another process to report; 0: one and a half of BeatEvery.
	BeatWait time.Duration
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, contractors contractorLister, officers officerLister) *Store {
	return &Store{db: db, households: contractors, org: officers}
}
