package lookup

import (
	"context"
	"errors"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/breaches"
	"anju/workflow/glossary"
)

// Register is what the breach register is narrowed to, as it is sent.
type Register struct {
	From   string `query:"from" doc:"到期日起始（含当日），写作 2026-03-01；不填不限"`
	To     string `query:"to" doc:"到期日截止（不含当日），写作 2026-04-01；不填为明天"`
	Status string `query:"status" doc:"状态：open 待说明，explained 待裁定，upheld 红牌成立，excused 已撤牌，closed 已销号" enum:"open,explained,upheld,excused,closed"`
	CaseID string `query:"case_id" doc:"办件编号"`
	Narrow
}

// BreachQuery reads the filter of the register. It fails where a field is wrong.
func (a *Reader) BreachQuery(ctx context.Context, by *request.Caller, in Register,
	p request.Paging) (cases.BreachQuery, error) {
	var found schema.Findings
	q := cases.BreachQuery{Chain: in.Chain, Stage: in.Stage, Status: workflow.BreachStatus(in.Status), Page: p.Page,
		PerPage: p.PerPage}
	q.From, q.To = a.span(in.From, in.To, true, &found)
	if in.CaseID != "" {
		n, err := request.Number(in.CaseID)
		if err != nil {
			found.Add("case_id", "case_id 应为办件编号的数字，例如 12")
		}
		q.Case = workflow.CaseID(n)
	}
	var err error
	if q.Township, err = a.narrow(ctx, by, in.Narrow, &found); err != nil {
		return q, err
	}
	return q, found.Refusal()
}

// ErrNoBreach is the answer where the caller's area has no such breach.
var ErrNoBreach = problem.New(404, "未找到该红牌记录，请核对编号")

func (a *Reader) breachLine(ctx context.Context, by *request.Caller, id workflow.BreachID) (cases.BreachLine, error) {
	l, err := a.store.Breach(ctx, by.ID, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return l, ErrNoBreach
	}
	return l, err
}

// BreachDetail returns a breach with its shares, explanations and rulings.
func (a *Reader) BreachDetail(ctx context.Context, by *request.Caller,
	id workflow.BreachID) (view.BreachDetail, error) {
	l, err := a.breachLine(ctx, by, id)
	if err != nil {
		return view.BreachDetail{}, err
	}
	v, err := a.svc.View(ctx, l.Case, by.ID)
	if err != nil {
		return view.BreachDetail{}, err
	}
	stays, err := a.store.Stays(ctx, v.Case)
	if err != nil {
		return view.BreachDetail{}, err
	}
	lines, err := a.store.History(ctx, v.Case)
	if err != nil {
		return view.BreachDetail{}, err
	}
	who, err := a.views.Names(ctx, l)
	if err != nil {
		return view.BreachDetail{}, err
	}
	j := view.BreachDetail{Breach: a.views.NewBreach(l, who), LateBy: []view.Share{},
		History:    []view.Line{},
		MayExplain: l.Office == by.Office && l.Explainable(a.svc.Now()), MayRule: by.Role == glossary.Auditor &&
			l.ClosedAt == nil}
	for _, s := range attribution.LateBy(v.Chain, l.Breach, v.Case, stays, a.svc.County(), a.svc.Now()) {
		j.LateBy = append(j.LateBy, view.Share{Party: s.Party, Office: s.Office, Working: s.Working,
			Hours: view.Hours(s.Working)})
	}
	for _, x := range lines {
		if breaches.About(x.Data) == l.ID {
			j.History = append(j.History, view.NewLine(v.Chain, x))
		}
	}
	return j, nil
}
