package view

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// Holder is the household of a case.
type Holder struct {
	ID   string `json:"id"`
	Head string `json:"head"`
}

// CaseHead is what each list says of a case.
type CaseHead struct {
	ID           string           `json:"id"`
	Number       string           `json:"number"`
	Chain        workflow.ChainID `json:"chain"`
	ChainVersion int              `json:"chain_version"`
	State        glossary.State   `json:"state"`
	Title        string           `json:"title"`
	Seen         int              `json:"seen"`
	Household    Holder           `json:"household"`
	Division     string           `json:"division"`
	GroupNo      string           `json:"group_no"`
	OpenedAt     Instant          `json:"opened_at"`
	ClosedAt     *Instant         `json:"closed_at"`
	Outcome      *workflow.Ending `json:"outcome"`
}

// Href returns the address of the case's page.
func (h CaseHead) Href() string { return "/cases/" + h.ID }

// CaseLine is a case in a list.
type CaseLine struct {
	CaseHead
	Light     workflow.Light `json:"light"`
	DueOn     *Day           `json:"due_on"`
	DueBefore *Instant       `json:"due_before"`
	Paused    bool           `json:"paused"`
	Promise
}

// NewCaseHead returns what each list says of a case.
func NewCaseHead(ch workflow.Chain, c workflow.Case) CaseHead {
	h := CaseHead{ID: fmt.Sprint(c.ID), Number: c.Number, Chain: c.Chain, ChainVersion: c.ChainVersion, State: c.State,
		Title: lines.State(ch, c.State), Seen: c.Seen,
		Household: Holder{fmt.Sprint(c.Household), c.Householder}, Division: c.Division, GroupNo: c.GroupNo,
		OpenedAt: NewInstant(c.OpenedAt)}
	if c.ClosedAt != nil {
		h.ClosedAt = OptionalInstant(*c.ClosedAt)
	}
	if c.Outcome != "" {
		h.Outcome = &c.Outcome
	}
	return h
}

// DueDates returns the last day of a deadline and the instant before which it must be met; nil while its clock stands.
func DueDates(d workflow.Deadline) (on *Day, before *Instant, paused bool) {
	if d.Paused {
		return nil, nil, true
	}
	due := NewDay(d.DueOn)
	return &due, OptionalInstant(d.DueBefore), false
}

// NewCaseLine shows a case as a line of a list.
func (a *Builder) NewCaseLine(c workflow.Case) CaseLine {
	ch, err := a.svc.Chains().At(c.Chain, c.ChainVersion)
	l := CaseLine{CaseHead: NewCaseHead(ch, c), Light: workflow.Grey}
	if err != nil {
		return l
	}
	l.Light = ch.Light(c, a.svc.Now())
	st, _ := ch.Stage(c.State)
	for _, d := range c.Deadlines {
		if d.Live() && d.Limit == st.Within.ID && !d.Beside {
			l.DueOn, l.DueBefore, l.Paused = DueDates(d)
			if p, ok := c.Promise(d); ok {
				l.Promise = NewPromise(&workflow.PromiseView{Deadline: p, Light: workflow.LightOf(p, a.svc.Now())})
			}
		}
	}
	return l
}
