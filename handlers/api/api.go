package api

import (
	"context"
	"log/slog"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/workflow/casework"
)

// API serves the JSON operations under /api/v1.
type API struct {
	settings      request.Settings
	svc           *casework.Service
	store         Store
	log           *slog.Logger
	gate          *request.Gate
	views         *view.Builder
	problems      *problem.Translator
	lookup        *lookup.Reader
	intake        *intake.Service
	papers        lookup.Papers
	countyChanged func(context.Context) error
}

// New returns the operations over a store.
func New(settings request.Settings, svc *casework.Service, store Store, log *slog.Logger, gate *request.Gate,
	views *view.Builder, problems *problem.Translator, lookup *lookup.Reader, intake *intake.Service, papers lookup.Papers,
	countyChanged func(context.Context) error) *API {
	return &API{settings: settings, svc: svc, store: store, log: log, gate: gate, views: views, problems: problems,
		lookup: lookup, intake: intake, papers: papers, countyChanged: countyChanged}
}
