package household

import (
	"time"

	"anju/workflow"
	"anju/workflow/law"
)

// Told is what a running case must know of its household after a change.
type Told struct {
	Householder string
	People      int
	Current     workflow.CurrentHomestead // as recorded
	Recorded    time.Time                 // when; zero: with the file
	Text        string
	Rule        law.Rule
}

// Line is what a change of the household writes on a running case: who is its householder, how many its people are and
// what it holds from here on. Nothing moves and no deadline changes.
func Line(c workflow.Case, by workflow.Actor, at time.Time, h Told) workflow.Outcome {
	c.Householder, c.File.Members = h.Householder, h.People
	c.File.Current = Held(h.Current, h.Recorded, c.Siblings)
	c.Seen++
	return workflow.Outcome{Case: c, Entry: workflow.Entry{At: at, By: by, Verb: "household_change", From: c.State,
		To: c.State, Reason: h.Text, Rule: h.Rule}}
}
