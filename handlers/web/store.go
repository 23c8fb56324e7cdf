package web

import (
	"context"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
)

// Store is what the site ask of the database.
type Store interface {
	AccountNotices(ctx context.Context, by workflow.OfficerID) ([]org.AccountChange, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	Notices(ctx context.Context, by workflow.OfficerID, q notices.NoticeQuery) ([]notices.Notice, int, error)
}
