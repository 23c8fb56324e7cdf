package public

import (
	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow/casework"
)

// Pages serve those who have no account: progress, notices, verification, guidance, signing by link.
type Pages struct {
	settings request.Settings
	svc      *casework.Service
	store    Store
	gate     *request.Gate
	views    *view.Builder
	problems *problem.Translator
	intake   *intake.Service
	site     *web.Site
	papers   lookup.Papers
}

// NewPages returns the pages over a store.
func NewPages(settings request.Settings, svc *casework.Service, store Store, gate *request.Gate, views *view.Builder,
	problems *problem.Translator, intake *intake.Service, site *web.Site, papers lookup.Papers) *Pages {
	return &Pages{settings: settings, svc: svc, store: store, gate: gate, views: views, problems: problems, intake: intake,
		site: site, papers: papers}
}
