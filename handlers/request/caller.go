package request

import (
	"context"

	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

// Housing tells whether the caller is of the county housing bureau, which keeps the register (R13, A27).
func (c *Caller) Housing() bool { return c.OfficeKind == glossary.CountyHousingBureau }

// Caller is who asks: the officer of a session as the database knows him now.
type Caller struct {
	org.Officer
	Token  string
	CSRF   string
	Cookie bool // came by cookie, so a browser may have been made to send it
}

// Handles tells whether the caller's role sees cases at all (administrators of the system never do).
func (c *Caller) Handles() bool { return c.Role.Handles() }

// OfficerID is the number of the caller; 0 for a request without a session.
func (c *Caller) OfficerID() workflow.OfficerID {
	if c == nil {
		return 0
	}
	return c.ID
}

// CallerKey is the key of the caller in a context.
type CallerKey struct{}

// CallerOf returns the caller of a request; nil without a login.
func CallerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(CallerKey{}).(*Caller)
	return c
}
