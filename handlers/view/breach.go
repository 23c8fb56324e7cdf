package view

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/schema"
	"anju/models/cases"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Explanation is what the office says of its breach.
type Explanation struct {
	At     Instant `json:"at"`
	By     string  `json:"by"`
	Text   string  `json:"text"`
	MoveBy *Day    `json:"move_by" doc:"承诺办结的日期；没有写的为 null"`
}

// Ruling is what an auditor decided on a breach.
type Ruling struct {
	At     Instant          `json:"at"`
	By     string           `json:"by"`
	Ruling workflow.Verdict `json:"ruling" enum:"upheld,excused"`
	Title  string           `json:"title"`
	Ground string           `json:"ground"`
}

// Breach is one entry of the breach register.
type Breach struct {
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
	Kind        workflow.Kind         `json:"kind" enum:"statutory,promised" doc:"超过的是法定期限还是承诺期限"`
	DueBefore   Instant               `json:"due_before"`
	LateHours   float64               `json:"late_hours" doc:"自到期至办结（未办结的至现在）的工作小时数"`
	OpenedAt    Instant               `json:"opened_at"`
	ExplainBy   *Instant              `json:"explain_by" doc:"应在此刻之前说明"`
	MetAt       *Instant              `json:"met_at" doc:"办结的时刻；未办结的为 null"`
	ClosedAt    *Instant              `json:"closed_at" doc:"销号的时刻"`
	Status      workflow.BreachStatus `json:"status" enum:"open,explained,upheld,excused,closed"`
	StatusTitle string                `json:"status_title"`
	Explanation *Explanation          `json:"explanation"`
	Ruling      *Ruling               `json:"ruling" doc:"最近一次裁定"`

	ChainTitle  string `json:"-"`
	LateMinutes int    `json:"-"` // of working time
}

// Href returns the address of the breach's page.
func (b Breach) Href() string { return "/audit/breaches/" + b.ID }

// LastDay returns the last day on which the office was in time.
func (b Breach) LastDay() Day { return NewDay(calendar.DayOf(b.DueBefore.Time) - 1) }

// Late says how late the office is, in working time; what ended at the very instant was not late by any.
func (b Breach) Late() string {
	if b.LateMinutes == 0 {
		return "期满即办结"
	}
	return "已超 " + FormatWork(b.LateMinutes)
}

// TransformSchema implements huma.SchemaTransformer.
func (Breach) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "explanation", "ruling")
}

// Share is the part of an office in late hours.
type Share struct {
	Party   glossary.Party `json:"party"`
	Office  string         `json:"office"`
	Working int            `json:"working_minutes"`
	Hours   float64        `json:"hours"`
}

// BreachDetail is an entry with the office that the late hours belong to, what was said about it, and what the
// caller may do.
type BreachDetail struct {
	Breach
	LateBy     []Share `json:"late_by" doc:"逾期的工作时间归谁"`
	History    []Line  `json:"history" doc:"历次说明、裁定与销号"`
	MayExplain bool    `json:"may_explain" doc:"本单位可以说明"`
	MayRule    bool    `json:"may_rule" doc:"本人可以裁定"`
}

// Names are the names of officers by their ids.
type Names map[workflow.OfficerID]string

func newNames(list []org.Officer) Names {
	names := make(Names, len(list))
	for _, o := range list {
		names[o.ID] = o.Name
	}
	return names
}

// Names returns the names of the officers who explained or ruled on the breaches.
func (a *Builder) Names(ctx context.Context, lines ...cases.BreachLine) (Names, error) {
	var ids []workflow.OfficerID
	for _, l := range lines {
		if l.Explained != nil {
			ids = append(ids, l.Explained.Officer)
		}
		if l.Ruled != nil {
			ids = append(ids, l.Ruled.Officer)
		}
	}
	list, err := a.store.OfficersByID(ctx, ids...)
	return newNames(list), err
}

// AllNames returns the names of all officers, for a register that is read row by row and can ask nothing meanwhile.
func (a *Builder) AllNames(ctx context.Context) (Names, error) {
	list, err := a.store.Officers(ctx)
	return newNames(list), err
}

// late returns the working minutes from the due instant of a breach until it was met, or now.
func (a *Builder) late(b workflow.Breach) int {
	end, county := a.svc.Now(), a.svc.County()
	if b.MetAt != nil {
		end = *b.MetAt
	}
	return int(county.Calendar.Between(county.Parameters.WorkHours(), b.DueBefore, end).Minutes())
}

// NewBreach shows a line of the register; names are those of the officers who spoke, nil where that is not shown.
func (a *Builder) NewBreach(l cases.BreachLine, who Names) Breach {
	j := Breach{ID: fmt.Sprint(l.ID), CaseID: fmt.Sprint(l.Case), Number: l.Number, Chain: l.Chain, Stage: l.Stage,
		StageTitle: l.Stage.Title(), Division: l.Division,
		GroupNo: l.GroupNo, Head: l.Householder, Party: l.Party, OfficeID: fmt.Sprint(l.Office), Office: l.OfficeName,
		Rule: l.Rule, Article: l.Under.String(), Limit: l.Limit, Kind: l.Kind,
		DueBefore: NewInstant(l.DueBefore), OpenedAt: NewInstant(l.OpenedAt),
		ExplainBy: OptionalInstant(l.ExplainBy), Status: l.Status(), StatusTitle: l.Status().Title()}
	j.LateMinutes, j.ChainTitle = a.late(l.Breach), string(l.Chain)
	j.LateHours = Hours(j.LateMinutes)
	if ch, err := a.svc.Chains().At(l.Chain, l.ChainVersion); err == nil {
		j.ChainTitle = ch.Title
	}
	if l.OfficerName != "" {
		j.Officer = &l.OfficerName
	}
	if l.MetAt != nil {
		j.MetAt = OptionalInstant(*l.MetAt)
	}
	if l.ClosedAt != nil {
		j.ClosedAt = OptionalInstant(*l.ClosedAt)
	}
	if e := l.Explained; e != nil {
		j.Explanation = &Explanation{At: NewInstant(e.At), By: who[e.Officer], Text: e.Text,
			MoveBy: OptionalDay(e.MoveBy)}
	}
	if r := l.Ruled; r != nil {
		j.Ruling = &Ruling{NewInstant(r.At), who[r.Officer], r.Verdict, r.Verdict.Title(), r.Ground}
	}
	return j
}
