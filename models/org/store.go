// Package org keeps who acts: divisions and offices, officers with their accounts, sessions, leaves, seals and drafts,
// and the log of what administrators did.
package org

import (
	"context"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"anju/models/attempts"
	"anju/models/db"
)

// counter counts the tries of a login.
type counter interface {
	CountAttempt(ctx context.Context, a attempts.Attempt, now time.Time) error
	AttemptsSpent(ctx context.Context, a attempts.Attempt, now time.Time) (bool, error)
	ForgiveAttempt(g *gorm.DB, a attempts.Attempt) error
}

// Store keeps officers and offices. It is safe for use by many goroutines.
type Store struct {
	db       *db.DB
	attempts counter
	desks    atomic.Pointer[officeCopy]
	hashers  chan struct{}
}

// NewStore makes a store on an open database.
func NewStore(db *db.DB, attempts counter) *Store {
	return &Store{db: db, attempts: attempts, hashers: make(chan struct{}, 2)}
}
