package backend

import (
	"context"

	"anju/models"
	database "anju/models/db"
)

// WebStore is the store with the health of its database.
type WebStore struct {
	*models.Store
	db *database.DB
}

// Ping tells whether the database answers.
func (w WebStore) Ping(ctx context.Context) error { return w.db.Ping(ctx) }

// Web returns the store with the health of its database, as the web application asks for it.
func (b *Backend) Web() WebStore { return WebStore{b.Store, b.DB} }
