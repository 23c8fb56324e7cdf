package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
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
				return o, nil
			}
			if o.Body.Differences, err = a.intake.Differences(ctx, by, id, in.raw); err != nil {
				return nil, err
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
	describe(a, ops, huma.Operation{OperationID: "change-household", Summary: "户档变更；需要第二人确认的，待乡镇负责人确认后生效"},
		typeOf[intake.HouseholdChange](), func(ctx context.Context, by *request.Caller, in *struct {
			ID string `path:"id" doc:"户档编号"`
			Sent
			Once
		}) (*out[view.HouseholdChange], error) {
			n, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			var b intake.HouseholdChange
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			done, err := a.intake.ChangeHousehold(ctx, by, workflow.HouseholdID(n), b)
			return &out[view.HouseholdChange]{Status: http.StatusOK, Body: view.NewHouseholdChange(done)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "household-changes", Summary: "户档变更记录"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			ID string `path:"id" doc:"户档编号"`
		}) (*out[listOf[view.HouseholdChange]], error) {
			n, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			list, err := a.lookup.HouseholdChanges(ctx, by, workflow.HouseholdID(n))
			return &out[listOf[view.HouseholdChange]]{Status: http.StatusOK,
				Body: pageOf(list, len(list), request.Paging{Page: 1, PerPage: len(list)})}, err
		})
}
