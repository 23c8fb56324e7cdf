package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
)

func (a *API) demoOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "turn-clock", Summary: "把演示时钟向前拨（仅演示）"}, typeOf[intake.ClockBody](),
		func(ctx context.Context, _ *request.Caller, in *struct{ Sent }) (*out[intake.ClockAnswer], error) {
			var b intake.ClockBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			ans, err := a.intake.TurnClock(ctx, b)
			return &out[intake.ClockAnswer]{Status: http.StatusOK, Body: ans}, err
		})
}
