package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	casesstore "anju/models/cases"
	"anju/workflow"
)

// caseAnswer is the JSON of a case that may be an answer given before, repeated byte by byte.
type caseAnswer struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (caseAnswer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[view.Case](), true, "Case")
}

type caseOut struct {
	Status int
	Body   caseAnswer
}

func (a *API) showCase(ctx context.Context, v workflow.View) (*caseOut, error) {
	j, err := a.views.NewCase(ctx, v)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(j)
	return &caseOut{Status: http.StatusOK, Body: caseAnswer{b}}, err
}

type openBody struct {
	Chain       string          `json:"chain" doc:"事项" minLength:"1" maxLength:"40" example:"homestead"`
	HouseholdID string          `json:"household_id" doc:"户档编号" minLength:"1" maxLength:"20" example:"1"`
	Application json.RawMessage `json:"application" doc:"申请内容，结构见事项的 application"`
}

// answerEntry answers a program that entered something with the case, and answers the same to the same.
func (a *API) answerEntry(ctx context.Context, by *request.Caller, e intake.Entry) (*caseOut, error) {
	switch {
	case len(e.Answer) > 0:
		return &caseOut{Status: http.StatusOK, Body: caseAnswer{e.Answer}}, nil
	case e.Before != nil:
		v, err := a.svc.View(ctx, e.ID, by.ID)
		if err != nil {
			return nil, err
		}
		return a.showCase(ctx, v)
	}
	o, err := func() (*caseOut, error) {
		v, err := a.svc.Show(e.Case, by.Actor())
		if err != nil {
			return nil, err
		}
		return a.showCase(ctx, v)
	}()
	if err != nil {
		a.log.ErrorContext(ctx, "show what was done", slog.Int64("case", int64(e.ID)), slog.Any("error", err))
		return nil, problem.ErrLater
	}
	kept, err := json.Marshal(request.Reply{Asked: e.Asked, Answer: o.Body.RawMessage})
	if err == nil {
		err = a.store.SaveReply(ctx, e.Place, by.ID, e.Key, kept)
	}
	if err != nil { // the move stands; a repetition will be answered with the case as it is then
		a.log.WarnContext(ctx, "keep reply", "case", e.ID, "error", err)
	}
	return o, nil
}

// Keyed carries the one-time key of a submission.
type Keyed struct {
	Key string `header:"Idempotency-Key" doc:"每次提交一个不重复的值；重试沿用同一个值"`
}

func (k Keyed) must() (string, error) {
	key := strings.TrimSpace(k.Key)
	if key == "" {
		return "", problem.ErrNoKey
	}
	if !request.KeyHolds(key) {
		return "", problem.ErrBadKey
	}
	return key, nil
}

type actIn struct {
	CaseIn
	Keyed
	Sent
}

func (in *actIn) idKey() (workflow.CaseID, string, error) {
	id, err := in.key()
	if err != nil {
		return 0, "", err
	}
	key, err := in.must()
	return id, key, err
}

// caseOperations open, list and show cases.
func (a *API) caseOperations(ops operations) {
	type openIn struct {
		Keyed
		Sent
	}
	describe(a, ops, huma.Operation{OperationID: "open-case", DefaultStatus: http.StatusCreated, Summary: "新建草稿"},
		typeOf[openBody](), func(ctx context.Context, by *request.Caller, in *openIn) (*caseOut, error) {
			var b openBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			e, err := a.intake.Open(ctx, by, b.Chain, b.HouseholdID, in.Key, b.Application)
			if err != nil {
				return nil, err
			}
			o, err := a.answerEntry(ctx, by, e)
			if o != nil {
				o.Status = http.StatusCreated
			}
			return o, err
		})
	describe(a, ops, huma.Operation{OperationID: "list-cases", Summary: "辖区内的办件"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			request.Paging
			Chain    string `query:"chain" doc:"事项"`
			State    string `query:"state" doc:"环节"`
			Division string `query:"division" doc:"区划代码"`
			Light    string `query:"light" doc:"灯" enum:"green,yellow,red,grey"`
			Q        string `query:"q" maxLength:"100" doc:"办件编号或户主姓名"`
		}) (*out[listOf[view.CaseLine]], error) {
			if err := a.lookup.Known(in.Chain, in.State, in.Division); err != nil {
				return nil, err
			}
			cases, total, err := a.store.Cases(ctx, by.ID,
				casesstore.CaseQuery{Chain: in.Chain, State: in.State, Division: in.Division, Light: in.Light, Q: in.Q,
					Page: in.Page, PerPage: in.PerPage})
			if err != nil {
				return nil, err
			}
			lines := make([]view.CaseLine, len(cases))
			for i, c := range cases {
				lines[i] = a.views.NewCaseLine(c)
			}
			return &out[listOf[view.CaseLine]]{Status: http.StatusOK, Body: pageOf(lines, total, in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "get-case", Summary: "一个办件"}, nil,
		func(ctx context.Context, by *request.Caller, in *CaseIn) (*caseOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			return a.showCase(ctx, v)
		})
}

// caseActOperations move a case on, and record in it.
func (a *API) caseActOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "move-case", Summary: "办理一个动作"}, typeOf[intake.MoveBody](),
		func(ctx context.Context, by *request.Caller, in *actIn) (*caseOut, error) {
			id, key, err := in.idKey()
			if err != nil {
				return nil, err
			}
			var b intake.MoveBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			e, err := a.intake.Move(ctx, by, id, key, b.Asked(), b)
			if err != nil {
				return nil, err
			}
			return a.answerEntry(ctx, by, e)
		})
	describe(a, ops, huma.Operation{OperationID: "record-case", Summary: "登记一项"}, typeOf[intake.RecordBody](),
		func(ctx context.Context, by *request.Caller, in *actIn) (*caseOut, error) {
			id, key, err := in.idKey()
			if err != nil {
				return nil, err
			}
			var b intake.RecordBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			e, err := a.intake.Record(ctx, by, id, key, b.Asked(), b)
			if err != nil {
				return nil, err
			}
			return a.answerEntry(ctx, by, e)
		})
}
