package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/models/households"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

var (
	errNoHousing    = problem.New(403, "承揽方名录和购买服务由县住建局办理，其他单位只能查看")
	errNoContractor = problem.New(404, "名录中没有这个编号，请核对统一社会信用代码或证书编号")
)

// contractorBody is an entry of the register as the county housing bureau writes it (R9, R10, A27).
type contractorBody struct {
	Code          string       `json:"code" doc:"统一社会信用代码；个人填证书编号" minLength:"1" maxLength:"40" example:"91140824MA0ANJU11K"`
	Kind          string       `json:"kind" doc:"承揽方类型" enum:"contractor_org,contractor_person,appraisal_agency" example:"contractor_org"`
	Name          string       `json:"name" doc:"名称或姓名" minLength:"1" maxLength:"100" example:"稷山县同心建筑专业合作社"`
	Work          []string     `json:"work" doc:"业务" enum:"survey,design,build,supervise,appraise" minItems:"1" maxItems:"4" example:"[\"build\"]"`
	Basis         string       `json:"basis" doc:"登记依据" enum:"qualified_unit,rural_cooperative,rural_company,labour_company,registered_professional,technician,rural_craftsman,appraisal_unit" example:"rural_cooperative"`
	Qualification string       `json:"qualification" doc:"资质等级或证书" minLength:"1" maxLength:"200" example:"专业合作社"`
	From          calendar.Day `json:"from" doc:"资质有效期首日" format:"date" example:"2026-01-01"`
	To            calendar.Day `json:"to,omitempty" doc:"资质有效期末日（不填为长期）" format:"date" example:"2028-12-31"`
}

type contractorJSON struct {
	Code          string   `json:"code"`
	Kind          string   `json:"kind"`
	KindTitle     string   `json:"kind_title"`
	Name          string   `json:"name"`
	Work          []string `json:"work"`
	Basis         string   `json:"basis"`
	BasisTitle    string   `json:"basis_title"`
	Qualification string   `json:"qualification"`
	From          string   `json:"from"`
	To            string   `json:"to,omitempty" doc:"长期的没有此项"`
	Struck        string   `json:"struck,omitempty" doc:"除名的理由；在册的没有此项"`
}

func contractorOf(c trades.Contractor) contractorJSON {
	j := contractorJSON{Code: c.Code, Kind: string(c.Kind), KindTitle: c.Kind.Title(), Name: c.Name,
		Work: make([]string, len(c.Work)), Basis: c.Basis,
		BasisTitle: trades.ContractorBases[c.Kind][c.Basis], Qualification: c.Qualification, From: c.From.String(),
		Struck: c.Struck}
	for i, w := range c.Work {
		j.Work[i] = string(w)
	}
	if c.To != 0 {
		j.To = c.To.String()
	}
	return j
}

// reasonBody says why.
type reasonBody struct {
	Reason string `json:"reason" doc:"理由" minLength:"1" maxLength:"200" example:"转包所承揽的工程"`
}

// ContractorIn is the path of an entry of the register, with what is sent about it.
type ContractorIn struct {
	Code string `path:"code" doc:"统一社会信用代码或证书编号"`
	Sent
	Once
}

// code is the code as it was registered: a certificate may have Chinese characters.
func (in ContractorIn) code() (string, error) {
	code, err := url.PathUnescape(in.Code)
	if err != nil || !request.IsLegible([]byte(code)) {
		return "", errNoContractor
	}
	return code, nil
}

// changed takes a change of the county's settings into force in this process; the others see it within half a minute.
func (a *API) changed(ctx context.Context) {
	if a.countyChanged == nil {
		return
	}
	if err := a.countyChanged(context.WithoutCancel(ctx)); err != nil {
		a.log.WarnContext(ctx, "the change takes effect later", slog.Any("error", err))
	}
}

func (a *API) contractorOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "contractors", Summary: "承揽方名录：设计、施工、监理、鉴定"}, nil,
		func(ctx context.Context, _ *request.Caller, in *struct {
			Work   string `query:"work" doc:"业务" enum:"survey,design,build,supervise,appraise"`
			Q      string `query:"q" doc:"名称或编号的一部分" maxLength:"100"`
			Struck string `query:"struck" doc:"true 只看已除名的，false 只看在册的；不填为全部" enum:"true,false"`
			request.Paging
		}) (*out[listOf[contractorJSON]], error) {
			q := households.ContractorQuery{Work: trades.Work(in.Work), Query: in.Q, Page: in.Page, PerPage: in.PerPage}
			if in.Struck != "" {
				struck := in.Struck == "true"
				q.Struck = &struck
			}
			list, total, err := a.store.Contractors(ctx, q)
			items := make([]contractorJSON, len(list))
			for i, c := range list {
				items[i] = contractorOf(c)
			}
			return &out[listOf[contractorJSON]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, err
		})
	describeOnce(a, ops, huma.Operation{OperationID: "register-contractor", DefaultStatus: http.StatusCreated,
		Summary: "登记承揽方，或更新在册的一条（县住建局）", Description: "重复提交同样的内容不改变名录。个人不能登记施工（A18），鉴定只由鉴定机构承担（A27）。"},
		typeOf[contractorBody](), a.registerContractor, a.rereadContractor)
	describe(a, ops, huma.Operation{OperationID: "strike-contractor", DefaultStatus: http.StatusNoContent,
		Summary: "从名录中除名（县住建局）"}, typeOf[reasonBody](),
		func(ctx context.Context, by *request.Caller, in *ContractorIn) (*empty, error) {
			return a.strike(ctx, by, in, a.store.StrikeContractor)
		})
	describe(a, ops, huma.Operation{OperationID: "restore-contractor", DefaultStatus: http.StatusNoContent,
		Summary: "恢复已除名的承揽方（县住建局）"}, typeOf[reasonBody](),
		func(ctx context.Context, by *request.Caller, in *ContractorIn) (*empty, error) {
			return a.strike(ctx, by, in, a.store.RestoreContractor)
		})
}

func (a *API) registerContractor(ctx context.Context, by *request.Caller,
	in *onceIn) (*out[contractorJSON], error) {
	if !by.Housing() {
		return nil, errNoHousing
	}
	var b contractorBody
	if err := schema.DecodeJSON(in.raw, &b); err != nil {
		return nil, err
	}
	c := trades.Contractor{Code: b.Code, Kind: trades.ContractorKind(b.Kind), Name: b.Name, Basis: b.Basis,
		Qualification: b.Qualification, From: b.From, To: b.To}
	for _, w := range b.Work {
		c.Work = append(c.Work, trades.Work(w))
	}
	if _, err := a.store.RegisterContractor(ctx, by.ID, c); err != nil {
		return nil, err
	}
	a.changed(ctx)
	return &out[contractorJSON]{Status: http.StatusCreated, Body: contractorOf(c)}, nil
}

// rereadContractor answers with the entry of a contractor that was registered.
func (a *API) rereadContractor(ctx context.Context, _ *request.Caller, in *onceIn) (*out[contractorJSON], error) {
	var b contractorBody
	if err := schema.DecodeJSON(in.raw, &b); err != nil {
		return nil, err
	}
	list, _, err := a.store.Contractors(ctx, households.ContractorQuery{Query: b.Code, Page: 1, PerPage: 200})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(c trades.Contractor) bool { return c.Code == b.Code })
	if i < 0 {
		return nil, errNoContractor
	}
	return &out[contractorJSON]{Status: http.StatusCreated, Body: contractorOf(list[i])}, nil
}

// strike takes a contractor off the register, or puts him back.
func (a *API) strike(ctx context.Context, by *request.Caller, in *ContractorIn,
	do func(context.Context, workflow.OfficerID, string, string) error) (*empty, error) {
	if !by.Housing() {
		return nil, errNoHousing
	}
	code, err := in.code()
	if err != nil {
		return nil, err
	}
	var b reasonBody
	if err := schema.DecodeJSON(in.raw, &b); err != nil {
		return nil, err
	}
	err = do(ctx, by.ID, code, b.Reason)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, errNoContractor
	}
	if err == nil {
		a.changed(ctx)
	}
	return &empty{}, err
}
