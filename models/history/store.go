// Package history seals the lines of the cases' histories, each with a keyed hash over itself and the one before it,
// and verifies them. A case of which something does not verify is frozen.
package history

import (
	"context"

	"anju/models/db"
	"anju/workflow"
)

// marks compares the database with the mark that outlives it.
type marks interface {
	BehindMark(ctx context.Context, dir string) ([]string, error)
}

// Store verifies histories. It is safe for use by many goroutines.
type Store struct {
	db       *db.DB
	chains   workflow.Chains
	registry marks
}

// NewStore makes a store of cases of the chains on an open database.
func NewStore(db *db.DB, chains workflow.Chains, marks marks) *Store {
	return &Store{db: db, chains: chains, registry: marks}
}
