package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/request"
)

func (a *API) materialOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "attach-material", Summary: "上传一份材料的扫描件（PNG、JPEG、PDF，不超过 20MB）",
		DefaultStatus: http.StatusCreated}, nil, func(ctx context.Context, by *request.Caller, in *struct {
		CaseIn
		Keyed
		Peer
	}) (*caseOut, error) {
		id, err := in.key()
		if err != nil {
			return nil, err
		}
		e, err := a.intake.Attach(ctx, by, id, in.Key, in.web)
		if err != nil {
			return nil, err
		}
		o, err := a.answerEntry(ctx, by, e)
		if o != nil {
			o.Status = http.StatusCreated
		}
		return o, err
	})
	ops["attach-material"].edit = func(o *huma.Operation) {
		o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"code", "file"},
				Properties: map[string]*huma.Schema{
					"code": {Type: huma.TypeString, Description: "材料编号", Examples: []any{"HP01"}},
					"kind": {Type: huma.TypeString, Description: "有几类材料可选时，是哪一类（any_of 之一）", Examples: []any{"generic_drawing"}},
					"file": {Type: huma.TypeString, Format: "binary", Description: "扫描件"}}}}}}
	}
	type fileOut struct {
		ContentType string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Sandbox     string `header:"Content-Security-Policy"`
		Body        []byte
	}
	describe(a, ops, huma.Operation{OperationID: "get-material", Summary: "下载一份材料最新的扫描件"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			CaseIn
			Code string `path:"code" maxLength:"20" doc:"材料编号"`
		}) (*fileOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			m, b, err := a.intake.Material(ctx, by, id, in.Code)
			if err != nil {
				return nil, err
			}
			return &fileOut{m.Type, lookup.Disposition(m.Name), "sandbox; default-src 'none'", b}, nil
		})
	ops["get-material"].answers(intake.TypePNG, intake.TypeJPEG, intake.TypePDF)
}
