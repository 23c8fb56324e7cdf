package lookup

import (
	"context"

	"anju/handlers/request"
	"anju/workflow"
	"anju/workflow/glossary"
)

// MayPlan tells whether the caller may know and set when an officer is away: he himself, the head of his office, the
// administrator of the system.
func (a *Reader) MayPlan(ctx context.Context, by *request.Caller, officer workflow.OfficerID) bool {
	if officer == by.ID || by.Role == glossary.SystemAdmin {
		return true
	}
	list, err := a.store.OfficersByID(ctx, officer)
	return err == nil && len(list) == 1 && list[0].Office == by.Office && by.Role.Signs()
}
