package view

import (
	"context"

	"anju/models"
	"anju/workflow"
)

// Store is what views ask of the database.
type Store interface {
	Office(ctx context.Context, kind workflow.Party, division string) (models.Office, error)
	Officers(ctx context.Context) ([]models.Officer, error)
	VerifyCode(document int64) string
}
