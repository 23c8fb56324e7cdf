package web

import (
	"context"

	"anju/models"
	"anju/workflow"
)

// Store is what the site ask of the database.
type Store interface {
	AccountNotices(ctx context.Context, by workflow.OfficerID) ([]models.AccountChange, error)
	Officers(ctx context.Context) ([]models.Officer, error)
	Notices(ctx context.Context, by workflow.OfficerID, q models.NoticeQuery) ([]models.Notice, int, error)
}
