package view

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/glossary"
)

type holderJSON struct {
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
	Household    holderJSON       `json:"household"`
	Division     string           `json:"division"`
	GroupNo      string           `json:"group_no"`
	OpenedAt     string           `json:"opened_at"`
	ClosedAt     *string          `json:"closed_at"`
	Outcome      *workflow.Ending `json:"outcome"`
}

// CaseLineJSON is a case in a list.
type CaseLineJSON struct {
	CaseHead
	Light     workflow.Light `json:"light"`
	DueOn     *string        `json:"due_on"`
	DueBefore *string        `json:"due_before"`
	Paused    bool           `json:"paused"`
}

func headOf(c workflow.Case) CaseHead {
	h := CaseHead{ID: fmt.Sprint(c.ID), Number: c.Number, Chain: c.Chain, ChainVersion: c.ChainVersion, State: c.State,
		Title: c.State.Title(), Seen: c.Seen,
		Household: holderJSON{fmt.Sprint(c.Household), c.Householder}, Division: c.Division, GroupNo: c.GroupNo,
		OpenedAt: Shanghai(c.OpenedAt)}
	if c.ClosedAt != nil {
		h.ClosedAt = Stamp(*c.ClosedAt)
	}
	if c.Outcome != "" {
		h.Outcome = &c.Outcome
	}
	return h
}

// Day is when a deadline ends; null while its clock stands.
func Day(d workflow.Deadline) (on, before *string, paused bool) {
	if d.Paused {
		return nil, nil, true
	}
	due := d.DueOn.String()
	return &due, Stamp(d.DueBefore), false
}

// LineOf shows a case as a line of a list.
func (a *Builder) LineOf(c workflow.Case) CaseLineJSON {
	l := CaseLineJSON{CaseHead: headOf(c), Light: workflow.Grey}
	ch, err := a.svc.Chains().At(c.Chain, c.ChainVersion)
	if err != nil {
		return l
	}
	l.Light = ch.Light(c, a.svc.Now())
	st, _ := ch.Stage(c.State)
	for _, d := range c.Deadlines {
		if d.Live() && d.Limit == st.Within.ID {
			l.DueOn, l.DueBefore, l.Paused = Day(d)
		}
	}
	return l
}
