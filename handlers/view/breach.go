package view

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/schema"
	"anju/models/cases"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

type explanationJSON struct {
	At     string  `json:"at"`
	By     string  `json:"by"`
	Text   string  `json:"text"`
	MoveBy *string `json:"move_by" doc:"承诺办结的日期；没有写的为 null"`
}

type rulingJSON struct {
	At     string           `json:"at"`
	By     string           `json:"by"`
	Ruling workflow.Verdict `json:"ruling" enum:"upheld,excused"`
	Title  string           `json:"title"`
	Ground string           `json:"ground"`
}

// BreachJSON is one entry of the breach register.
type BreachJSON struct {
	ID          string                `json:"id"`
	CaseID      string                `json:"case_id"`
	Number      string                `json:"number"`
	Chain       workflow.ChainID      `json:"chain"`
	Stage       glossary.State        `json:"stage" doc:"期限届满时办件所在的环节"`
	StageTitle  string                `json:"stage_title"`
	Division    string                `json:"division" doc:"村级区划代码"`
	GroupNo     string                `json:"group_no"`
	Head        string                `json:"householder"`
	Party       glossary.Party        `json:"party" doc:"责任单位的种类"`
	OfficeID    string                `json:"office_id"`
	Office      string                `json:"office" doc:"责任单位"`
	Officer     *string               `json:"officer" doc:"当时的承办人或负责人；没有的为 null"`
	Rule        law.Rule              `json:"rule"`
	Article     string                `json:"article"`
	Limit       law.LimitID           `json:"limit" doc:"期限编号"`
	DueBefore   string                `json:"due_before"`
	LateHours   float64               `json:"late_hours" doc:"自到期至办结（未办结的至现在）的工作小时数"`
	OpenedAt    string                `json:"opened_at"`
	ExplainBy   *string               `json:"explain_by" doc:"应在此刻之前说明"`
	MetAt       *string               `json:"met_at" doc:"办结的时刻；未办结的为 null"`
	ClosedAt    *string               `json:"closed_at" doc:"销号的时刻"`
	Status      workflow.BreachStatus `json:"status" enum:"open,explained,upheld,excused,closed"`
	StatusTitle string                `json:"status_title"`
	Explanation *explanationJSON      `json:"explanation"`
	Ruling      *rulingJSON           `json:"ruling" doc:"最近一次裁定"`
}

// TransformSchema implements huma.SchemaTransformer.
func (BreachJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "explanation", "ruling")
}

// ShareJSON is the part of an office in late hours.
type ShareJSON struct {
	Party   glossary.Party `json:"party"`
	Office  string         `json:"office"`
	Working int            `json:"working_minutes"`
	Hours   float64        `json:"hours"`
}

// BreachDetailJSON is an entry with the office that the late hours belong to, what was said about it, and what the
// caller may do.
type BreachDetailJSON struct {
	BreachJSON
	LateBy     []ShareJSON `json:"late_by" doc:"逾期的工作时间归谁"`
	History    []LineJSON  `json:"history" doc:"历次说明、裁定与销号"`
	MayExplain bool        `json:"may_explain" doc:"本单位可以说明"`
	MayRule    bool        `json:"may_rule" doc:"本人可以裁定"`
}

// Names are those of officers, read once, and only where an officer is to be named.
type Names struct {
	ask func() ([]org.Officer, error)
	of  map[workflow.OfficerID]string
	Err error
}

// Names returns names of officers, read on first use.
func (a *Builder) Names(ctx context.Context) *Names {
	return &Names{ask: func() ([]org.Officer, error) { return a.store.Officers(ctx) }}
}

// Name returns the name of an officer, "" where there is none; Err says what kept it from reading them.
func (n *Names) Name(id workflow.OfficerID) string {
	if n.of == nil {
		var list []org.Officer
		n.of = map[workflow.OfficerID]string{}
		list, n.Err = n.ask()
		for _, o := range list {
			n.of[o.ID] = o.Name
		}
	}
	return n.of[id]
}

// Late is the working minutes from the due instant of a breach until it was met, or now.
func (a *Builder) Late(b workflow.Breach) int {
	end, county := a.svc.Now(), a.svc.County()
	if b.MetAt != nil {
		end = *b.MetAt
	}
	return int(county.Calendar.Between(county.Parameters.WorkHours(), b.DueBefore, end).Minutes())
}

// BreachOf shows a line of the register.
func (a *Builder) BreachOf(l cases.BreachLine, who *Names) BreachJSON {
	j := BreachJSON{ID: fmt.Sprint(l.ID), CaseID: fmt.Sprint(l.Case), Number: l.Number, Chain: l.Chain, Stage: l.Stage,
		StageTitle: l.Stage.Title(), Division: l.Division,
		GroupNo: l.GroupNo, Head: l.Householder, Party: l.Party, OfficeID: fmt.Sprint(l.Office), Office: l.OfficeName,
		Rule: l.Rule, Article: l.Under.String(), Limit: l.Limit,
		DueBefore: Shanghai(l.DueBefore), LateHours: Hours(a.Late(l.Breach)), OpenedAt: Shanghai(l.OpenedAt),
		ExplainBy: Stamp(l.ExplainBy), Status: l.Status(), StatusTitle: l.Status().Title()}
	if l.OfficerName != "" {
		j.Officer = &l.OfficerName
	}
	if l.MetAt != nil {
		j.MetAt = Stamp(*l.MetAt)
	}
	if l.ClosedAt != nil {
		j.ClosedAt = Stamp(*l.ClosedAt)
	}
	if e := l.Explained; e != nil {
		j.Explanation = &explanationJSON{At: Shanghai(e.At), By: who.Name(e.Officer), Text: e.Text}
		if e.MoveBy != 0 {
			on := e.MoveBy.String()
			j.Explanation.MoveBy = &on
		}
	}
	if r := l.Ruled; r != nil {
		j.Ruling = &rulingJSON{Shanghai(r.At), who.Name(r.Officer), r.Verdict, r.Verdict.Title(), r.Ground}
	}
	return j
}
