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

type clockJSON struct {
	Limit       *LimitJSON     `json:"limit"`
	StartedOn   string         `json:"started_on"`
	DueOn       *string        `json:"due_on"`
	DueBefore   *string        `json:"due_before"`
	Light       workflow.Light `json:"light"`
	Paused      bool           `json:"paused"`
	Provisional bool           `json:"provisional"`
}

type stageJSON struct {
	Office    *officeJSON    `json:"office"`
	EnteredAt string         `json:"entered_at"`
	Limit     *LimitJSON     `json:"limit"`
	DueOn     *string        `json:"due_on"`
	DueBefore *string        `json:"due_before"`
	Light     workflow.Light `json:"light"`
	Paused    bool           `json:"paused"`
	Also      []clockJSON    `json:"also" doc:"同时在走的其他期限"`
}

type verbJSON struct {
	Verb    glossary.Verb    `json:"verb"`
	Title   string           `json:"title"`
	To      glossary.State   `json:"to"`
	Allowed bool             `json:"allowed"`
	Blocked []workflow.Unmet `json:"blocked"`
}

type recordJSON struct {
	Kind     glossary.RecordKind `json:"kind"`
	Allowed  bool                `json:"allowed"`
	Optional bool                `json:"optional"`
}

// CaseJSON is a case as one caller sees it.
type CaseJSON struct {
	CaseHead
	AcceptedAt  *string          `json:"accepted_at"`
	Deemed      bool             `json:"deemed" doc:"逾期未告知补正，视为受理"`
	Frozen      *string          `json:"frozen" doc:"历史记录校验发现的问题：该件已冻结，不能办理；没有冻结的为 null"`
	Stage       stageJSON        `json:"stage"`
	Suspensions []suspensionJSON `json:"suspensions" doc:"停表台账"`
	Extended    *extendedJSON    `json:"extended,omitempty" doc:"办理期限的一次延长；没有延长的没有此项"`
	Verbs       []verbJSON       `json:"verbs"`
	Records     []recordJSON     `json:"records"`
	Materials   []materialJSON   `json:"materials"`
	Documents   []DocumentJSON   `json:"documents"`
	Application applicationJSON  `json:"application"`
}

// applicationJSON is the application as it was taken in; its shape is that of the chain's schema.
type applicationJSON struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (applicationJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "申请内容，结构见事项的 application", AdditionalProperties: true}
}

// TransformSchema implements huma.SchemaTransformer.
func (stageJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "office", "limit")
}

// TransformSchema implements huma.SchemaTransformer.
func (clockJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "limit")
}

// CaseOf writes a view. It fails only where the office of the stage cannot be looked up.
func (a *Builder) CaseOf(ctx context.Context, v workflow.View) (CaseJSON, error) {
	c := v.Case
	j := CaseJSON{CaseHead: headOf(c), AcceptedAt: Stamp(c.File.Marks[glossary.Accepted]), Deemed: c.File.Deemed,
		Stage: stageJSON{EnteredAt: Shanghai(c.EnteredAt), Limit: LimitOf(v.Stage.Within), Light: v.Light,
			Also: []clockJSON{}},
		Suspensions: suspensionsOf(c.File), Extended: extendedOf(c.File), Verbs: []verbJSON{}, Records: []recordJSON{},
		Materials: []materialJSON{}, Documents: a.DocumentsOf(c.File.Documents),
		Application: applicationJSON{c.Application}}
	if c.Frozen != "" {
		j.Frozen = &c.Frozen
	}
	if len(c.Application) == 0 {
		j.Application = applicationJSON{json.RawMessage("{}")}
	}
	if v.Office != "" {
		o, err := a.store.Office(ctx, v.Office, glossary.OfficeDivision(v.Office.Level(), c.Division, c.GroupNo))
		switch {
		case errors.Is(err, workflow.ErrNotFound):
			j.Stage.Office = &officeJSON{Kind: v.Office, Name: v.Office.Title()}
		case err != nil:
			return j, err
		default:
			j.Stage.Office = &officeJSON{ID: fmt.Sprint(o.ID), Kind: v.Office, Name: o.Name}
		}
	}
	for i := range v.Deadlines {
		d := v.Deadlines[i]
		on, before, paused := Day(d.Deadline)
		if v.Own != nil && d.Deadline.ID == v.Own.Deadline.ID && d.Limit.ID == v.Own.Limit.ID {
			j.Stage.DueOn, j.Stage.DueBefore, j.Stage.Paused = on, before, paused
			j.Stage.Limit = runOf(d.Limit, d.Deadline)
			continue
		}
		j.Stage.Also = append(j.Stage.Also, clockJSON{runOf(d.Limit, d.Deadline), d.Deadline.StartedOn.String(), on, before,
			d.Light, paused, d.Deadline.Provisional})
	}
	for _, vv := range v.Verbs {
		j.Verbs = append(j.Verbs, verbJSON{vv.Action.Do, vv.Action.Title, vv.To, vv.Allowed, OrEmpty(vv.Blocked)})
	}
	for _, r := range v.Records {
		// What the caller has written already is optional for him from then on.
		j.Records = append(j.Records, recordJSON{r.Row.Kind, r.Allowed, !r.Owed && (r.Row.Optional || r.Allowed)})
	}
	for _, m := range v.Materials {
		j.Materials = append(j.Materials, materialJSON{m.Paper.Code, m.Paper.Name, m.Owed, m.Present, m.Source})
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
