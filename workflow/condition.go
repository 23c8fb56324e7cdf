package workflow

import (
	"time"

	"anju/workflow/law"
)

// Facts is what a condition may look at: the case, who acts, the county, the instant. A condition writes nothing.
type Facts struct {
	Chain  Chain
	Case   Case
	By     Actor
	County County
	Now    time.Time
	Data   any // the form sent with the move, decoded; nil while only the case is judged
}

// Condition is one requirement as data: what must hold, under which rule, what people are told when it does not, and
// what would meet it (record:KIND, material:CODE, time, case; empty where only another decision can).
type Condition struct {
	Name    string
	Rule    law.Rule
	Message string
	By      string
	Holds   func(Facts) bool
	Detail  func(Facts) string // said instead of Message when set and not empty
	Meets   func(Facts) string // what would meet it now, where By depends on the case
}

// Conditions are all to hold.
type Conditions []Condition

// All joins conditions in the order in which a refusal names them.
func All(groups ...Conditions) Conditions {
	var all Conditions
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// Unmet lists the conditions that do not hold.
func (cs Conditions) Unmet(f Facts) []Unmet {
	var open []Unmet
	for _, c := range cs {
		if c.Holds(f) {
			continue
		}
		msg := c.Message
		if c.Detail != nil {
			if d := c.Detail(f); d != "" {
				msg = d
			}
		}
		by := c.By
		if c.Meets != nil {
			by = c.Meets(f)
		}
		open = append(open, Unmet{Condition: c.Name, Rule: c.Rule, Message: msg, By: by})
	}
	return open
}
