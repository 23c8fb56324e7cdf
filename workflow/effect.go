package workflow

import (
	"anju/workflow/calendar"
	"anju/workflow/glossary"
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
	By     glossary.Party             // issues it
	InName func(Facts) glossary.Party // the issuer where the case decides; nil: By
	Valid  Validity                   // how long it may be used; zero for always
	Once   bool                       // not again while the case holds one
	If     string                     // when it is issued at all, in Chinese; empty for always
	When   func(Facts) bool
}

// Validity is how long a certificate may be used.
type Validity struct {
	Says string
	To   func(Outcome, Facts) calendar.Day // the last day
}

// Docs lists papers that go out in the name of one party.
func Docs(by glossary.Party, kinds ...glossary.DocumentKind) []IssueRow {
	list := make([]IssueRow, len(kinds))
	for i, k := range kinds {
		list[i] = IssueRow{Doc: k, By: by}
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
