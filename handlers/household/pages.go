// Package household serves the page on which a household's file is changed.
package household

import (
	"context"
	"net/url"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
)

// Pages serve the changes of households.
type Pages struct {
	problems *problem.Translator
	lookup   *lookup.Reader
	intake   *intake.Service
	site     *web.Site
	drafts   Drafts
}

// Drafts keeps what was typed and not sent.
type Drafts interface {
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
func NewPages(problems *problem.Translator, lookup *lookup.Reader, intake *intake.Service, site *web.Site,
	drafts Drafts) *Pages {
	return &Pages{problems: problems, lookup: lookup, intake: intake, site: site, drafts: drafts}
}

// Address is the page of a change: of a kind, or of what settles another.
func Address(id string, by url.Values) string { return "/households/" + id + "/change?" + by.Encode() }
