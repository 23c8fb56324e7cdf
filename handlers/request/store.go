package request

import (
	"context"
	"time"

	"anju/models/org"
	"anju/workflow"
)

// Store is what the gate ask of the database.
type Store interface {
	Authenticate(ctx context.Context, login, password, remoteIP, device string, now time.Time) (org.Officer, error)
	NewSession(ctx context.Context, officer workflow.OfficerID, ttl time.Duration) (token string, expires time.Time,
		csrf string, err error)
	SessionOfficer(ctx context.Context, token string) (org.Officer, string, error)
	EndSession(ctx context.Context, token string) error
}
