package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/request"
	"anju/handlers/view"
)

// Slice pages a list that is whole in memory.
func Slice[T any](all []T, p request.Paging) []T {
	from := min(len(all), (p.Page-1)*p.PerPage)
	return all[from:min(len(all), from+p.PerPage)]
}

type caseListIn struct {
	CaseIn
	request.Paging
}

func (a *API) listOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "case-history", Summary: "办理经过，一行一步"}, nil,
		func(ctx context.Context, by *request.Caller, in *caseListIn) (*out[listOf[view.Line]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			lines, err := a.store.History(ctx, v.Case)
			if err != nil {
				return nil, err
			}
			list := []view.Line{}
			for _, l := range Slice(lines, in.Paging) {
				list = append(list, view.NewLine(v.Chain, l))
			}
			return &out[listOf[view.Line]]{Status: http.StatusOK, Body: pageOf(list, len(lines), in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "case-deadlines", Summary: "每个期限与逐日说明"}, nil,
		func(ctx context.Context, by *request.Caller, in *caseListIn) (*out[listOf[view.Deadline]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			all, err := a.lookup.Deadlines(ctx, v)
			return &out[listOf[view.Deadline]]{Status: http.StatusOK,
				Body: pageOf(Slice(all, in.Paging), len(all), in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "case-documents", Summary: "已出具的文书与证书"}, nil,
		func(ctx context.Context, by *request.Caller, in *caseListIn) (*out[listOf[view.Document]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			docs := a.views.NewDocuments(v.Case)
			return &out[listOf[view.Document]]{Status: http.StatusOK,
				Body: pageOf(Slice(docs, in.Paging), len(docs), in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "tasks", Summary: "本单位待办，最急的在前"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			request.Paging
			Kind string `query:"kind" doc:"service：只列窗口待送达的文书，最早出具的在前；不填为其余待办" enum:"service"`
		}) (*out[listOf[view.Task]], error) {
			list := a.store.Tasks
			if in.Kind == "service" {
				list = a.store.Unserved
			}
			tasks, total, err := list(ctx, by.ID, in.Page, in.PerPage)
			if err != nil {
				return nil, err
			}
			items := []view.Task{}
			for _, t := range tasks {
				items = append(items, a.views.NewTask(t))
			}
			return &out[listOf[view.Task]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, nil
		})
}
