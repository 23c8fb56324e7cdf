package view

import (
	"context"

	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

// Store is what views ask of the database.
type Store interface {
	Office(ctx context.Context, kind glossary.Party, division string) (org.Office, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	OfficersByID(ctx context.Context, ids ...workflow.OfficerID) ([]org.Officer, error)
	VerifyCode(document int64) string
}
