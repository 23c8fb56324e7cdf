// Package attempts counts what may be tried only so often: passwords, codes, letters without an account. The counts are
// rows, so that all processes of the county share them.
package attempts

import "anju/models/db"

// Store keeps the counts. It is safe for use by many goroutines.
type Store struct{ db *db.DB }

// NewStore makes a store on an open database.
func NewStore(db *db.DB) *Store { return &Store{db: db} }
