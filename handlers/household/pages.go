// Package household serves the file of a household, and the page on which it is changed.
package household

import (
	"context"
	"net/url"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/models/households"
	"anju/workflow"
)

// Pages serve the files of households and their changes.
type Pages struct {
	store    Store
	views    *view.Builder
	problems *problem.Translator
	lookup   *lookup.Reader
	intake   *intake.Service
	site     *web.Site
	desk     Desk
}

// Store is what the pages ask of the database.
type Store interface {
	RevealPerson(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, position int,
		reason string) (idNumber, phone string, err error)
	Accesses(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID) ([]households.Access, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (cases.HouseholdFile, error)
}

// Desk knows what the caller may open, and keeps what was typed and not sent.
type Desk interface {
	Opens(by *request.Caller) []workflow.Chain
	Kept(ctx context.Context, by *request.Caller, page string) (Kept, error)
	Forget(ctx context.Context, by *request.Caller, page string)
}

// Kept is what a form needs so that nothing typed into it is lost, and what was typed before; Form is nil without
// anything.
type Kept struct {
	Page, Who string
	Revision  int
	SavedAt   string
	Form      url.Values
}

// NewPages returns the pages.
func NewPages(store Store, views *view.Builder, problems *problem.Translator, lookup *lookup.Reader,
	intake *intake.Service, site *web.Site, desk Desk) *Pages {
	return &Pages{store: store, views: views, problems: problems, lookup: lookup, intake: intake, site: site, desk: desk}
}

// Address is the page of a change: of a kind, or of what settles another.
func Address(id string, by url.Values) string { return "/households/" + id + "/change?" + by.Encode() }
