package audit

import (
	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow/casework"
)

// Pages serve the board of time limits, its stages and the register of breaches.
type Pages struct {
	svc      *casework.Service
	store    Store
	views    *view.Builder
	problems *problem.Translator
	lookup   *lookup.Reader
	intake   *intake.Service
	site     *web.Site
}

// NewPages returns the pages over a store.
func NewPages(svc *casework.Service, store Store, views *view.Builder, problems *problem.Translator,
	lookup *lookup.Reader, intake *intake.Service, site *web.Site) *Pages {
	return &Pages{svc: svc, store: store, views: views, problems: problems, lookup: lookup, intake: intake, site: site}
}
