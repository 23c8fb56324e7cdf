package workflow

import (
	"slices"

	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Parties lists parties inside a row.
func Parties(p ...glossary.Party) []glossary.Party { return p }

// Limits lists the limits that a record meets.
func Limits(list ...law.Term) []law.LimitID {
	ids := make([]law.LimitID, len(list))
	for i, l := range list {
		ids[i] = l.ID
	}
	return ids
}

// Marks lists the instants that an action sets.
func Marks(m ...glossary.Mark) []glossary.Mark { return m }

// Rows joins the records of a stage.
func Rows(groups ...[]RecordRow) []RecordRow { return slices.Concat(groups...) }
