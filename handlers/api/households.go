package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/forms"
)

func (a *API) householdOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "save-household", DefaultStatus: http.StatusCreated,
		Summary: "登记一户：201 新建，200 该户主已有的户档"}, typeOf[forms.Household](),
		func(ctx context.Context, by *request.Caller, in *struct {
			Keyed
			Sent
		}) (*out[view.Household], error) {
			id, created, err := a.intake.SaveHousehold(ctx, by, in.Key, in.raw)
			if err != nil {
				return nil, err
			}
			h, err := a.lookup.HouseholdFile(ctx, by, id)
			if err != nil {
				a.log.ErrorContext(ctx, "show what was done", slog.Int64("household", int64(id)), slog.Any("error", err))
				return nil, problem.ErrLater
			}
			o := &out[view.Household]{Status: http.StatusOK, Body: h}
			if created {
				o.Status = http.StatusCreated
			}
			return o, nil
		})
	ops["save-household"].edit = func(o *huma.Operation) {
		there := *o.Responses["201"]
		there.Description = "该户主已有的户档"
		o.Responses["200"] = &there
	}
	describe(a, ops, huma.Operation{OperationID: "get-household", Summary: "一户一档"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			ID string `path:"id" doc:"户档编号"`
		}) (*out[view.Household], error) {
			n, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			h, err := a.lookup.HouseholdFile(ctx, by, workflow.HouseholdID(n))
			return &out[view.Household]{Status: http.StatusOK, Body: h}, err
		})
}
