package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/calendar"
)

// ExplanationBody is an explanation as it is sent.
type ExplanationBody struct {
	Text   string       `json:"text" doc:"超期原因和已采取的措施" minLength:"1" maxLength:"2000" example:"现场核查时遇连续降雨，已于3月9日补做"`
	MoveBy calendar.Day `json:"move_by,omitempty" required:"false" doc:"承诺办结的日期" format:"date" example:"2026-03-20"`
}

// RulingBody is a ruling as it is sent.
type RulingBody struct {
	Ruling string `json:"ruling" doc:"裁定：upheld 红牌成立，excused 情况属实、撤牌" enum:"upheld,excused" example:"upheld"`
	Ground string `json:"ground" doc:"裁定理由" minLength:"1" maxLength:"2000" example:"说明的情况不影响按期办理，红牌成立"`
}

// speak enters an explanation or a ruling once under a key. A request without a key gets one.
func (a *Service) speak(ctx context.Context, by *request.Caller, id workflow.BreachID, key, asked string,
	do func(key string) (workflow.Case, error)) (Entry, error) {
	key, err := request.KeyOr(key)
	if err != nil {
		return Entry{}, err
	}
	e, err := a.Enter(0, key, asked, do)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		return e, lookup.ErrNoBreach
	case err != nil:
		w := problem.RequestInfo{Path: request.APIRoot + "/sla/breaches", By: by.OfficerID()}
		if l, err := a.store.Breach(ctx, by.ID, id); err == nil {
			w.ID = l.Case
		}
		return e, a.problems.ToProblem(ctx, err, w)
	}
	return e, nil
}

// KeepReply keeps what was asked and answered beside the key of a breach's entry.
func (a *Service) KeepReply(ctx context.Context, by *request.Caller, e Entry, answer json.RawMessage) {
	saved, err := json.Marshal(request.Reply{Asked: e.Asked, Answer: answer})
	if err == nil {
		err = a.store.SaveReply(ctx, e.ID, by.ID, e.Key, saved)
	}
	if err != nil { // it stands; a repetition will be answered with the entry as it is then
		a.log.WarnContext(ctx, "keep reply", "case", e.ID, "error", err)
	}
}

// ExplainBreach enters the explanation of the office that was late.
func (a *Service) ExplainBreach(ctx context.Context, by *request.Caller, id workflow.BreachID, key string,
	raw []byte) (Entry, error) {
	var b ExplanationBody
	if err := schema.DecodeJSON(raw, &b); err != nil {
		return Entry{}, err
	}
	today := calendar.DayOf(a.svc.Now())
	if b.MoveBy != 0 && (b.MoveBy < today || b.MoveBy > today.AddMonths(12)) {
		return Entry{}, schema.Invalid("move_by",
			fmt.Sprintf("承诺办结的日期应在 %s 至 %s 之间，填写的是 %s", today, today.AddMonths(12), b.MoveBy))
	}
	asked := request.Digest([]byte("explain"), []byte(fmt.Sprint(id)), []byte(b.Text), []byte(b.MoveBy.String()))
	return a.speak(ctx, by, id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Explain(ctx, id, by.ID, key, workflow.Explanation{Text: b.Text, MoveBy: b.MoveBy})
	})
}

// RuleBreach enters the auditor's ruling.
func (a *Service) RuleBreach(ctx context.Context, by *request.Caller, id workflow.BreachID, key string,
	raw []byte) (Entry, error) {
	var b RulingBody
	if err := schema.DecodeJSON(raw, &b); err != nil {
		return Entry{}, err
	}
	asked := request.Digest([]byte("rule"), []byte(fmt.Sprint(id)), []byte(b.Ruling), []byte(b.Ground))
	return a.speak(ctx, by, id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Rule(ctx, id, by.ID, key, workflow.Ruling{Verdict: workflow.Verdict(b.Ruling), Ground: b.Ground})
	})
}
