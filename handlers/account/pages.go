package account

import (
	"context"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Pages serve an officer's own account: login and logout, the password, contact and absences.
type Pages struct {
	settings request.Settings
	store    Store
	gate     *request.Gate
	problems *problem.Translator
	lookup   *lookup.Reader
	intake   *intake.Service
	site     *web.Site
}

// NewPages returns the pages over a store.
func NewPages(settings request.Settings, store Store, gate *request.Gate, problems *problem.Translator,
	reader *lookup.Reader, entries *intake.Service, site *web.Site) *Pages {
	return &Pages{settings: settings, store: store, gate: gate, problems: problems, lookup: reader, intake: entries,
		site: site}
}

// Store is what the account pages ask of the database.
type Store interface {
	EndSession(ctx context.Context, token string) error
	ContactOf(ctx context.Context, id workflow.OfficerID) (notices.Contact, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	Leaves(ctx context.Context, from calendar.Day) ([]org.Leave, error)
	EndLeave(ctx context.Context, id int64, back calendar.Day, act org.Act) error
}
