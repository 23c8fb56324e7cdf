package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
)

func (a *API) signOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "make-sign-link",
		Summary: "生成一次性签字链接：参建方在手机上签署竣工验收意见，不需要账号", DefaultStatus: http.StatusCreated}, typeOf[intake.SignLinkBody](),
		func(ctx context.Context, by *request.Caller, in *struct {
			CaseIn
			Peer
			Sent
			Once
		}) (*out[view.SignLink], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			var b intake.SignLinkBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			j, err := a.intake.MakeSignLink(ctx, by, id, b.Kind, a.gate.Base(in.web))
			return &out[view.SignLink]{Status: http.StatusCreated, Body: j}, err
		})
}
