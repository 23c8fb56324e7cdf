package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/request"
	"anju/handlers/view"
)

func (a *API) attributionOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "case-attribution", Summary: "办件的时间归谁：逐段列出，不重不漏"}, nil,
		func(ctx context.Context, by *request.Caller, in *CaseIn) (*out[view.Attribution], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			j, err := a.lookup.Attribution(ctx, v)
			return &out[view.Attribution]{Status: http.StatusOK, Body: j}, err
		})
}
