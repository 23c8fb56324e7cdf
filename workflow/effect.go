package workflow

import (
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Effect is what a row does beyond its target, marks, papers and people told. The signed table shows what it says.
type Effect struct {
	Name   string
	Says   string                      // in Chinese, for the table
	Before func(*Case, Facts) error    // changes the case before it is judged; nil for nothing
	Apply  func(*Outcome, Facts) error // changes the outcome before marks are set and deadlines begin; nil for nothing
}

// Effects lists the effects of a row in the order in which they apply.
func Effects(groups ...[]Effect) []Effect {
	var all []Effect
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// IssueRow is a paper that a row issues, numbered in the order of the row in the transaction of the move (A12).
type IssueRow struct {
	Doc    glossary.DocumentKind
	By     glossary.Party // issues it
	Served Serving        // whether it is served, and what begins then
	Valid  Validity       // how long it may be used; zero for always
	Once   bool           // not again while the case holds one
	If     string         // when it is issued at all, in Chinese; empty for always
	When   func(Facts) bool
}

// Validity is how long a certificate may be used.
type Validity struct {
	Says string
	To   func(Outcome, Facts) calendar.Day // the last day
}

// Serving says whether a paper is served (送达), and what begins and ends on the day of its service.
type Serving struct {
	Says   string                                // in Chinese, for the table
	Owed   bool                                  // it is served: until then it is a task of the counter
	Terms  []law.Term                            // periods of the receiver, of which pages and papers show the last day
	Starts []Clock                               // limits that begin
	Stops  []law.LimitID                         // limits that end once no paper that ends them is unserved
	Begins func(*Outcome, Document, Facts) error // what else begins, with the paper as it was served; nil for nothing
}

// OnFile is the serving of a paper that stays with the offices.
var OnFile = Serving{Says: "不送达"}

// Docs lists papers that go out in the name of one party and are served alike.
func Docs(by glossary.Party, served Serving, kinds ...glossary.DocumentKind) []IssueRow {
	list := make([]IssueRow, len(kinds))
	for i, k := range kinds {
		list[i] = IssueRow{Doc: k, By: by, Served: served}
	}
	return list
}

// Kinds lists the papers of a row.
func Kinds(list []IssueRow) []glossary.DocumentKind {
	kinds := make([]glossary.DocumentKind, len(list))
	for i, is := range list {
		kinds[i] = is.Doc
	}
	return kinds
}
