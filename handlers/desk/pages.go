package desk

import (
	"log/slog"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow/casework"
)

// Pages serve those who handle cases.
type Pages struct {
	settings request.Settings
	svc      *casework.Service
	store    Store
	log      *slog.Logger
	labels   schema.Labels
	gate     *request.Gate
	views    *view.Builder
	problems *problem.Translator
	lookup   *lookup.Reader
	intake   *intake.Service
	site     *web.Site
}

// NewPages returns the pages over a store.
func NewPages(settings request.Settings, svc *casework.Service, store Store, log *slog.Logger, labels schema.Labels,
	gate *request.Gate, views *view.Builder, problems *problem.Translator, lookup *lookup.Reader, intake *intake.Service,
	site *web.Site) *Pages {
	return &Pages{settings: settings, svc: svc, store: store, log: log, labels: labels, gate: gate, views: views,
		problems: problems, lookup: lookup, intake: intake, site: site}
}
