package admin

import (
	"context"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/web"
	"anju/workflow/casework"
)

// Pages serve the three administrators.
type Pages struct {
	svc           *casework.Service
	store         Store
	problems      *problem.Translator
	lookup        *lookup.Reader
	intake        *intake.Service
	site          *web.Site
	build         lookup.Build
	countyChanged func(context.Context) error
}

// NewPages returns the pages over a store.
func NewPages(svc *casework.Service, store Store, problems *problem.Translator, lookup *lookup.Reader,
	intake *intake.Service, site *web.Site, build lookup.Build, countyChanged func(context.Context) error) *Pages {
	return &Pages{svc: svc, store: store, problems: problems, lookup: lookup, intake: intake, site: site, build: build,
		countyChanged: countyChanged}
}
