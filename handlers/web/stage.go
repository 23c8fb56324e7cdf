package web

import (
	"fmt"

	"anju/handlers/view"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// LateLine is who is late now: at which desk, since when.
type LateLine struct {
	CaseID, Href, CaseHref, Number, Head, Office, Officer, Chain, Stage, Due, Late, Status string
}

// StageName is the title of a stage of a chain.
func (a *Site) StageName(chain, stage string) string {
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		return ch.Title + "　" + glossary.State(stage).Title()
	}
	return glossary.State(stage).Title()
}

// LateLine shows a red card as a line.
func (a *Site) LateLine(l cases.BreachLine) LateLine {
	chain := string(l.Chain)
	if ch, err := a.svc.Chains().At(l.Chain, l.ChainVersion); err == nil {
		chain = ch.Title
	}
	return LateLine{CaseID: fmt.Sprint(l.Case), Href: fmt.Sprintf("/audit/breaches/%d", l.ID),
		CaseHref: CaseAddress(l.Case), Number: l.Number, Head: l.Householder, Office: l.OfficeName, Officer: l.OfficerName,
		Chain: chain, Stage: l.Stage.Title(), Due: DayText((calendar.DayOf(l.DueBefore) - 1).String()) + "止",
		Late: lateText(a.views.Late(l.Breach)), Status: l.Status().Title()}
}

// lateText says how late an office is, in working time; what ended at the very instant was not late by any.
func lateText(minutes int) string {
	if minutes == 0 {
		return "期满即办结"
	}
	return "已超 " + HoursText(minutes)
}

// HoursText writes working minutes as people say them.
func HoursText(minutes int) string {
	if minutes < 60 {
		return fmt.Sprintf("%d 分钟", minutes)
	}
	return fmt.Sprintf("%g 工时", view.Hours(minutes))
}
