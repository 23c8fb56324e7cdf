package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/sheet"
	"anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/trades"
)

// errNoPurchase is the answer while the county does not buy (A28).
var errNoPurchase = problem.New(409, "政府购买设计、监理服务的试行期已于 2021 年底届满（R18），请县里在参数中登记续行依据文号、年度、单价和预算后再办理")

var errNoOrder = problem.New(404, "没有这条服务选择记录，请核对编号")

type purchaseAgencyBody struct {
	Code        string       `json:"code" doc:"统一社会信用代码" minLength:"1" maxLength:"40" example:"91140824MA0ANJU01J"`
	CommittedBy string       `json:"committed_by" doc:"《自愿成本价服务群众承诺书》签署人" minLength:"1" maxLength:"50" example:"常建设"`
	CommittedOn calendar.Day `json:"committed_on" doc:"签署日期" format:"date" example:"2026-03-02"`
}

type publicationBody struct {
	From     calendar.Day `json:"from,omitempty" required:"false" doc:"公示首日" format:"date" example:"2026-03-02"`
	To       calendar.Day `json:"to,omitempty" required:"false" doc:"公示末日" format:"date" example:"2026-12-31"`
	Delisted string       `json:"delisted,omitempty" doc:"下架理由（下架时填写）" maxLength:"200"`
}

type purchaseAgencyJSON struct {
	Code        string `json:"code"`
	CommittedBy string `json:"committed_by"`
	CommittedOn string `json:"committed_on"`
	From        string `json:"published_from,omitempty"`
	To          string `json:"published_to,omitempty"`
	Delisted    string `json:"delisted,omitempty"`
}

type orderBody struct {
	Household string      `json:"household_id" doc:"户档编号" minLength:"1" maxLength:"18" example:"1"`
	Work      trades.Work `json:"work" doc:"服务" enum:"design,supervise" example:"design"`
	Agency    string      `json:"agency" doc:"公示名录中的机构" minLength:"1" maxLength:"40" example:"91140824MA0ANJU01J"`
}

type confirmBody struct {
	Signer string `json:"signer,omitempty" doc:"建房户签字人（窗口登记建房户确认时填写）" maxLength:"50" example:"王建国"`
}

type payBody struct {
	Voucher string `json:"voucher" doc:"付款凭证号" minLength:"1" maxLength:"60" example:"稷住建付〔2026〕1号"`
}

type orderJSON struct {
	ID        string      `json:"id"`
	Household string      `json:"household_id"`
	Year      int         `json:"year"`
	Work      trades.Work `json:"work"`
	Agency    string      `json:"agency"`
	Signer    string      `json:"household_signer"`
	Village   bool        `json:"village_confirmed"`
	Township  bool        `json:"township_confirmed"`
	PaidFen   int64       `json:"paid_fen"`
	Voucher   string      `json:"voucher"`
}

func orderOf(o households.PurchaseOrder) orderJSON {
	return orderJSON{fmt.Sprint(o.ID), fmt.Sprint(o.Household), o.Year, o.Work, o.Agency, o.Signer, o.Village, o.Township,
		o.Fen, o.Voucher}
}

type settlementJSON struct {
	Agency    string      `json:"agency"`
	Name      string      `json:"name"`
	Work      trades.Work `json:"work"`
	Orders    int         `json:"orders"`
	Confirmed int         `json:"confirmed"`
	Paid      int         `json:"paid"`
	Fen       int64       `json:"fen"`
}

// OrderIn is the path of an order, with what is sent about it.
type OrderIn struct {
	ID string `path:"id" doc:"服务选择编号"`
	Sent
	Once
}

// PurchaseYear is the year of a settlement.
type PurchaseYear struct {
	Year int `query:"year" doc:"年度" minimum:"2021" maximum:"2100" default:"2026"`
}

// buying is the purchase of the county in the present year; errNoPurchase while it is off.
func (a *API) buying() (trades.Purchase, error) {
	p := a.svc.County().Parameters.Purchase
	if y, _, _ := calendar.DayOf(a.svc.Now()).Date(); !p.On(y) {
		return p, errNoPurchase
	}
	return p, nil
}

func answered(o households.PurchaseOrder, err error) (*out[orderJSON], error) {
	if errors.Is(err, workflow.ErrNotFound) {
		err = errNoOrder
	}
	return &out[orderJSON]{Status: http.StatusOK, Body: orderOf(o)}, err
}

// purchaseAgencyOperations keep the list of agencies that the county buys services from.
func (a *API) purchaseAgencyOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "purchase-agencies", Summary: "购买服务的设计监理机构名录（R19）"}, nil,
		func(ctx context.Context, _ *request.Caller, _ *struct{}) (*out[listOf[purchaseAgencyJSON]], error) {
			list, err := a.store.PurchaseAgencies(ctx)
			items := make([]purchaseAgencyJSON, len(list))
			for i, x := range list {
				items[i] = purchaseAgencyJSON{Code: x.Code, CommittedBy: x.CommittedBy, CommittedOn: x.CommittedOn.String(),
					Delisted: x.Delisted}
				if x.From != 0 {
					items[i].From, items[i].To = x.From.String(), x.To.String()
				}
			}
			return &out[listOf[purchaseAgencyJSON]]{Status: http.StatusOK,
				Body: pageOf(items, len(items), request.Paging{Page: 1, PerPage: 200})}, err
		})
	describe(a, ops, huma.Operation{OperationID: "file-purchase-agency", DefaultStatus: http.StatusNoContent,
		Summary: "机构备案审查，登记承诺书（县住建局施工股，R19）"}, typeOf[purchaseAgencyBody](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*empty, error) {
			var b purchaseAgencyBody
			if err := a.asHousing(by, in.raw, &b); err != nil {
				return nil, err
			}
			return &empty{}, a.store.FilePurchaseAgency(ctx, by.ID,
				households.PurchaseAgency{Code: b.Code, CommittedBy: b.CommittedBy, CommittedOn: b.CommittedOn})
		})
	describe(a, ops, huma.Operation{OperationID: "publish-purchase-agency", DefaultStatus: http.StatusNoContent,
		Summary: "公示或下架机构（县住建局，R19）"}, typeOf[publicationBody](),
		func(ctx context.Context, by *request.Caller, in *ContractorIn) (*empty, error) {
			var b publicationBody
			if err := a.asHousing(by, in.raw, &b); err != nil {
				return nil, err
			}
			code, err := in.code()
			if err != nil {
				return nil, err
			}
			err = a.store.PublishPurchaseAgency(ctx, code, b.From, b.To, b.Delisted)
			if errors.Is(err, workflow.ErrNotFound) {
				err = errNoContractor
			}
			return &empty{}, err
		})
}

// purchaseOperations select a service, confirm it and pay for it.
func (a *API) purchaseOperations(ops operations) {
	describeOnce(a, ops, huma.Operation{OperationID: "select-purchase", DefaultStatus: http.StatusCreated,
		Summary: "建房户从公示名录中选择机构（便民服务中心录入，R17）"}, typeOf[orderBody](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*out[orderJSON], error) {
			p, err := a.buying()
			if err != nil {
				return nil, err
			}
			if by.OfficeKind != glossary.ServiceCenter {
				return nil, problem.New(403, "建房户的选择由乡镇便民服务中心录入")
			}
			var b orderBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			household, err := request.Number(b.Household)
			if err != nil {
				return nil, err
			}
			o, err := a.store.SelectPurchase(ctx, by.ID, workflow.HouseholdID(household), b.Work, b.Agency, p)
			return &out[orderJSON]{Status: http.StatusCreated, Body: orderOf(o)}, err
		}, a.rereadChoice)
	describeOnce(a, ops, huma.Operation{OperationID: "confirm-purchase",
		Summary: "三方确认服务完成：建房户（窗口登记签字人）、村委会、乡镇政府（R17、R20）"}, typeOf[confirmBody](),
		func(ctx context.Context, by *request.Caller, in *OrderIn) (*out[orderJSON], error) {
			id, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			if _, err := a.buying(); err != nil {
				return nil, err
			}
			var b confirmBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			o, err := a.store.ConfirmPurchase(ctx, by.Officer, id, b.Signer)
			if errors.Is(err, org.ErrNoScope) {
				err = problem.New(403, "服务费由建房户、村委会、乡镇政府三方确认，其他单位不确认")
			}
			return answered(o, err)
		}, a.rereadOrder)
	describeOnce(a, ops, huma.Operation{OperationID: "pay-purchase", Summary: "按三方确认对机构付费（县住建局，R17、R20）"},
		typeOf[payBody](),
		func(ctx context.Context, by *request.Caller, in *OrderIn) (*out[orderJSON], error) {
			id, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			var b payBody
			if err := a.asHousing(by, in.raw, &b); err != nil {
				return nil, err
			}
			p, err := a.buying()
			if err != nil {
				return nil, err
			}
			o, err := a.store.PayPurchase(ctx, by.Officer, id, b.Voucher, p)
			return answered(o, err)
		}, a.rereadOrder)
}

// rereadChoice answers with the order that a household's choice has made.
func (a *API) rereadChoice(ctx context.Context, by *request.Caller, in *onceIn) (*out[orderJSON], error) {
	var b orderBody
	if err := schema.DecodeJSON(in.raw, &b); err != nil {
		return nil, err
	}
	household, err := request.Number(b.Household)
	if err != nil {
		return nil, err
	}
	o, err := a.store.PurchaseOrder(ctx, by.Officer, households.PurchaseOrder{Household: workflow.HouseholdID(household),
		Year: a.svc.County().Parameters.Purchase.Year, Work: b.Work})
	shown, err := answered(o, err)
	shown.Status = http.StatusCreated
	return shown, err
}

// rereadOrder answers with an order as it stands.
func (a *API) rereadOrder(ctx context.Context, by *request.Caller, in *OrderIn) (*out[orderJSON], error) {
	id, err := request.Number(in.ID)
	if err != nil {
		return nil, err
	}
	return answered(a.store.PurchaseOrder(ctx, by.Officer, households.PurchaseOrder{ID: id}))
}

// settlementOperations show and export the settlement of a year.
func (a *API) settlementOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "purchase-settlement", Summary: "年度结算（R18、R20）"}, nil,
		func(ctx context.Context, by *request.Caller, in *PurchaseYear) (*out[listOf[settlementJSON]], error) {
			list, err := a.settled(ctx, by, in.Year)
			items := make([]settlementJSON, len(list))
			for i, s := range list {
				items[i] = settlementJSON(s)
			}
			return &out[listOf[settlementJSON]]{Status: http.StatusOK,
				Body: pageOf(items, len(items), request.Paging{Page: 1, PerPage: 200})}, err
		})
	for _, f := range Formats {
		exportOperation(a, ops, huma.Operation{OperationID: "purchase-settlement-" + f.Name, Summary: "年度结算（" + f.title +
			"）"}, f,
			func(ctx context.Context, by *request.Caller, in *PurchaseYear) (export, error) {
				list, err := a.settled(ctx, by, in.Year)
				return export{file: "购买服务年度结算", query: fmt.Sprintf("%d 年度", in.Year), table: sheet.Table{Title: "购买服务年度结算",
					Types:  map[int]sheet.Type{3: sheet.Number, 4: sheet.Number, 5: sheet.Number, 6: sheet.Number},
					Header: []string{"机构代码", "机构", "服务", "选择户数", "三方确认", "已付款", "金额（元）"},
					Rows: func(yield func([]string, error) bool) {
						for _, s := range list {
							if !yield([]string{s.Agency, s.Name, s.Work.Title(), fmt.Sprint(s.Orders), fmt.Sprint(s.Confirmed),
								fmt.Sprint(s.Paid),
								fmt.Sprintf("%d.%02d", s.Fen/100, s.Fen%100)}, nil) {
								return
							}
						}
					}}}, err
			})
	}
}

// settled is the settlement of a year, for the bureau that pays and those who audit it.
func (a *API) settled(ctx context.Context, by *request.Caller, year int) ([]households.Settlement, error) {
	if !by.Housing() && by.Role != glossary.Auditor && by.Role != glossary.Supervisor {
		return nil, problem.New(403, "年度结算由县住建局、效能审核员和县政府督查机构查看")
	}
	return a.store.SettlePurchases(ctx, year)
}

// asHousing reads what the housing bureau sends; the module is open only while the county buys (A28).
func (a *API) asHousing(by *request.Caller, raw []byte, into any) error {
	if !by.Housing() {
		return errNoHousing
	}
	if _, err := a.buying(); err != nil {
		return err
	}
	return schema.DecodeJSON(raw, into)
}
