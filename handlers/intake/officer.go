package intake

import (
	"context"
	"fmt"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

func minutesOf(clock string) int {
	h, m := 0, 0
	_, _ = fmt.Sscanf(clock, "%d:%d", &h, &m) // the schema has held it to HH:MM, or it is empty
	return h*60 + m
}

// LeaveBody is an absence as it is sent.
type LeaveBody struct {
	Officer    string       `json:"officer,omitempty" doc:"离岗人员账号（不填为本人）" maxLength:"60"`
	From       calendar.Day `json:"from" doc:"离岗首日" format:"date" example:"2026-03-09"`
	To         calendar.Day `json:"to" doc:"离岗末日" format:"date" example:"2026-03-13"`
	Substitute string       `json:"substitute,omitempty" doc:"AB岗替岗人员账号（同一单位）" maxLength:"60"`
	Reason     string       `json:"reason" doc:"事由" minLength:"1" maxLength:"200" example:"外出培训"`
}

// SetContact keeps how the caller is reached.
func (a *Service) SetContact(ctx context.Context, by *request.Caller, raw []byte) (view.Contact, error) {
	var b view.Contact
	if err := schema.DecodeJSON(raw, &b); err != nil {
		return b, err
	}
	c := notices.Contact{Phone: b.Phone, Mail: b.Mail, Chat: b.Chat, AnyHour: b.AnyHour, QuietFrom: minutesOf(b.QuietFrom),
		QuietTo: minutesOf(b.QuietTo), DailyDigest: b.DailyDigest}
	return view.NewContact(c), a.store.SetContact(ctx, by.ID, c)
}

// SetLeave plans an absence and the officer who stands in.
func (a *Service) SetLeave(ctx context.Context, by *request.Caller, raw []byte) (view.Leave, error) {
	var b LeaveBody
	if err := schema.DecodeJSON(raw, &b); err != nil {
		return view.Leave{}, err
	}
	list, err := a.store.Officers(ctx)
	if err != nil {
		return view.Leave{}, err
	}
	find := func(login, field string) (workflow.OfficerID, string, error) {
		for _, o := range list {
			if o.Login == login {
				return o.ID, o.Name, nil
			}
		}
		return 0, "", schema.Invalid(field, "没有账号为 "+login+" 的人员，请核对")
	}
	l := org.Leave{Officer: by.ID, OfficerName: by.Name, From: b.From, To: b.To, Reason: b.Reason}
	if b.Officer != "" {
		if l.Officer, l.OfficerName, err = find(b.Officer, "officer"); err != nil {
			return view.Leave{}, err
		}
	}
	if !a.lookup.MayPlan(ctx, by, l.Officer) {
		return view.Leave{}, problem.ErrNoPlanner
	}
	if b.Substitute != "" {
		if l.Substitute, l.SubstituteName, err = find(b.Substitute, "substitute"); err != nil {
			return view.Leave{}, err
		}
	}
	act := LeaveAct(by, "登记离岗", l)
	if l.ID, err = a.store.SetLeave(ctx, l, act); err != nil {
		return view.Leave{}, err
	}
	return view.NewLeave(l), nil
}

// LeaveAct is the act of an administrator on a leave: of whom, and from when to when. It is the zero Act for anyone
// else, for whom the leave itself says who entered it.
func LeaveAct(by *request.Caller, what string, l org.Leave) org.Act {
	if by.Handles() {
		return org.Act{}
	}
	return Act(by, what, fmt.Sprintf("%s，%s 至 %s", l.OfficerName, l.From, l.To))
}
