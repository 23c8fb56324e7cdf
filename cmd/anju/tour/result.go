package tour

import (
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
)

// Result is the shape that scripts read.
type Result struct {
	Cases   []Case `json:"cases"`
	History struct {
		Entries  int  `json:"entries"`
		Verified bool `json:"verified"`
	} `json:"history"`
}

// Case is one case of the tour.
type Case struct {
	Chain     workflow.ChainID `json:"chain"`
	Household string           `json:"household"`
	Outcome   workflow.Ending  `json:"outcome"`
	Timeline  []Event          `json:"timeline"`
}

// Event is one line of its timeline.
type Event struct {
	At      time.Time      `json:"at"`
	Stage   workflow.State `json:"stage"`
	By      string         `json:"by"`
	Verb    string         `json:"verb"`
	DueOn   *calendar.Day  `json:"due_on"`
	Light   workflow.Light `json:"light"`
	Issued  []Document     `json:"issued"`
	Refused string         `json:"refused,omitempty"` // the rule, where the verb was refused
}

// Document is a paper that was issued.
type Document struct {
	Form   string `json:"form"`
	Number string `json:"number"`
	Title  string `json:"title"`
}
