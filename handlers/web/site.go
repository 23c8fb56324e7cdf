package web

import (
	"log/slog"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow/casework"
)

// Site renders pages: their templates, the layout around them, and what several of them show.
type Site struct {
	settings request.Settings
	svc      *casework.Service
	store    Store
	log      *slog.Logger
	pages    *pages
	labels   schema.Labels
	views    *view.Builder
	problems *problem.Translator
	lookup   *lookup.Reader
}

// NewSite parses the templates. It fails on a broken one.
func NewSite(settings request.Settings, svc *casework.Service, store Store, log *slog.Logger, labels schema.Labels,
	views *view.Builder,
	problems *problem.Translator, reader *lookup.Reader) (*Site, error) {
	parsed, err := parsePages(embedded)
	if err != nil {
		return nil, err
	}
	return &Site{settings: settings, svc: svc, store: store, log: log, pages: parsed, labels: labels, views: views,
		problems: problems, lookup: reader}, nil
}
