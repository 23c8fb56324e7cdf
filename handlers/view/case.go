package view

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/glossary"
)

// Clock is a limit that runs beside that of the stage.
type Clock struct {
	Limit       *Limit         `json:"limit"`
	StartedOn   Day            `json:"started_on"`
	DueOn       *Day           `json:"due_on"`
	DueBefore   *Instant       `json:"due_before"`
	Light       workflow.Light `json:"light"`
	Paused      bool           `json:"paused"`
	Provisional bool           `json:"provisional"`
	Promise
	By glossary.Party `json:"by" doc:"由谁承担"`
}

// Stage is where a case is, and until when.
type Stage struct {
	Office    *Office  `json:"office"`
	EnteredAt Instant  `json:"entered_at"`
	Limit     *Limit   `json:"limit"`
	DueOn     *Day     `json:"due_on"`
	DueBefore *Instant `json:"due_before"`
	Promise
	Light  workflow.Light `json:"light"`
	Paused bool           `json:"paused"`
	Also   []Clock        `json:"also" doc:"同时在走的其他期限"`
}

// Verb is what may be done with a case, and what it still waits for.
type Verb struct {
	Verb    glossary.Verb    `json:"verb"`
	Title   string           `json:"title"`
	To      glossary.State   `json:"to"`
	Allowed bool             `json:"allowed"`
	Blocked []workflow.Unmet `json:"blocked"`
}

// Record is what may be entered in a case.
type Record struct {
	Kind     glossary.RecordKind `json:"kind"`
	Allowed  bool                `json:"allowed"`
	Optional bool                `json:"optional"`
}

// Case is a case as one caller sees it.
type Case struct {
	CaseHead
	AcceptedAt  *Instant     `json:"accepted_at"`
	Deemed      bool         `json:"deemed" doc:"逾期未告知补正，视为受理"`
	Frozen      *string      `json:"frozen" doc:"历史记录校验发现的问题：该件已冻结，不能办理；没有冻结的为 null"`
	Stage       Stage        `json:"stage"`
	Suspensions []Suspension `json:"suspensions" doc:"停表台账"`
	Extended    *Extension   `json:"extended,omitempty" doc:"办理期限的一次延长；没有延长的没有此项"`
	Verbs       []Verb       `json:"verbs"`
	Records     []Record     `json:"records"`
	Materials   []Material   `json:"materials"`
	Documents   []Document   `json:"documents"`
	Application Application  `json:"application"`
}

// Application is the application as it was taken in; its shape is that of the chain's schema.
type Application struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (Application) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "申请内容，结构见事项的 application", AdditionalProperties: true}
}

// TransformSchema implements huma.SchemaTransformer.
func (Stage) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "office", "limit")
}

// TransformSchema implements huma.SchemaTransformer.
func (Clock) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "limit")
}

// NewCase writes a view. It fails only where the office of the stage cannot be looked up.
func (a *Builder) NewCase(ctx context.Context, v workflow.View) (Case, error) {
	c := v.Case
	j := Case{CaseHead: NewCaseHead(v.Chain, c), AcceptedAt: OptionalInstant(c.File.Marks[glossary.Accepted]),
		Deemed: c.File.Deemed,
		Stage: Stage{EnteredAt: NewInstant(c.EnteredAt), Limit: NewLimit(v.Stage.Within), Light: v.Light,
			Also: []Clock{}},
		Suspensions: newSuspensions(c.File), Extended: newExtension(c), Verbs: []Verb{}, Records: []Record{},
		Materials: []Material{}, Documents: a.NewDocuments(c),
		Application: Application{c.Application}}
	if c.Frozen != "" {
		j.Frozen = &c.Frozen
	}
	if len(c.Application) == 0 {
		j.Application = Application{json.RawMessage("{}")}
	}
	if v.Office != "" {
		o, err := a.store.Office(ctx, v.Office, glossary.OfficeDivision(v.Office.Level(), c.Division, c.GroupNo))
		switch {
		case errors.Is(err, workflow.ErrNotFound):
			j.Stage.Office = &Office{Kind: v.Office, Name: v.Office.Title()}
		case err != nil:
			return j, err
		default:
			j.Stage.Office = &Office{ID: fmt.Sprint(o.ID), Kind: v.Office, Name: o.Name}
		}
	}
	for i := range v.Deadlines {
		d := v.Deadlines[i]
		on, before, paused := DueDates(d.Deadline)
		if v.Own != nil && d.Deadline.ID == v.Own.Deadline.ID && d.Limit.ID == v.Own.Limit.ID {
			j.Stage.DueOn, j.Stage.DueBefore, j.Stage.Paused = on, before, paused
			j.Stage.Limit, j.Stage.Promise = newRunningLimit(d.Limit, d.Deadline), NewPromise(d.Promise)
			continue
		}
		j.Stage.Also = append(j.Stage.Also, Clock{newRunningLimit(d.Limit, d.Deadline), NewDay(d.Deadline.StartedOn), on,
			before, d.Light, paused, d.Deadline.Provisional, NewPromise(d.Promise), v.Chain.Desk(d.By, c)})
	}
	for _, vv := range v.Verbs {
		j.Verbs = append(j.Verbs, Verb{vv.Action.Do, vv.Action.Title, vv.To, vv.Allowed, OrEmpty(vv.Blocked)})
	}
	for _, r := range v.Records {
		// What the caller has written already is optional for him from then on.
		j.Records = append(j.Records, Record{r.Row.Kind, r.Allowed, !r.Owed && (r.Row.Optional || r.Allowed)})
	}
	for _, m := range v.Materials {
		j.Materials = append(j.Materials, Material{m.Paper.Code, m.Paper.Name, m.Owed, m.Present, m.Source})
	}
	return j, nil
}

// OfficeName is what the office is called that acts as a party of a case; the party's own title where the store knows
// none.
func (a *Builder) OfficeName(ctx context.Context, p glossary.Party, c workflow.Case) string {
	p = a.svc.Chains().Desk(p, c)
	if o, err := a.store.Office(ctx, p, glossary.OfficeDivision(p.Level(), c.Division, c.GroupNo)); err == nil {
		return o.Name
	}
	return p.Title()
}
