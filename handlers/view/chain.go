package view

import (
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Limit is a limit with its article.
type Limit struct {
	ID        law.LimitID    `json:"id"`
	N         int            `json:"n"`
	Unit      calendar.Unit  `json:"unit"`
	Kind      calendar.Bound `json:"kind"`
	Rule      law.Rule       `json:"rule"`
	Article   string         `json:"article"`
	Statutory bool           `json:"statutory"`
}

// NewLimit writes a limit; null where there is none, and for one that ends on the day a notice states, which no chain
// knows.
func NewLimit(l workflow.Limit) *Limit {
	if l.ID == "" || l.Until != "" {
		return nil
	}
	kind := l.Bound
	if kind == "" {
		kind = calendar.Max
	}
	return &Limit{l.ID, l.N, l.Unit, kind, l.Rule, l.Under.String(), l.Statutory}
}

// newRunningLimit writes the limit as it runs: where a notice states the last day, with the days that it gives.
func newRunningLimit(l workflow.Limit, d workflow.Deadline) *Limit {
	if l.Until != "" {
		l.N, l.Until = l.N+d.Extend, ""
	}
	return NewLimit(l)
}

// ActingParty is the party that takes a verb: its own, or that of the stage.
func ActingParty(ac workflow.Action, st workflow.Stage) glossary.Party {
	if ac.By != "" {
		return ac.By
	}
	return st.By
}

// OrEmpty returns the list, an empty one instead of nil, which JSON would write as null.
func OrEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
