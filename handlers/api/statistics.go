package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/lookup"
	"anju/handlers/request"
	"anju/handlers/sheet"
	"anju/handlers/view"
	"anju/workflow"
)

func (a *API) slaOperations(ops operations) {
	const about = "统计的是有法定或承诺最长期限、由单位办理的环节；from 含当日，to 不含当日，因此各月首尾相接、不重不漏"
	type summaryIn struct {
		lookup.Span
		lookup.Narrow
	}
	describe(a, ops, huma.Operation{OperationID: "sla-summary", Summary: "按乡镇、事项、环节、月份统计时限", Description: about}, nil,
		func(ctx context.Context, by *request.Caller, in *summaryIn) (*out[view.Summary], error) {
			q, err := a.lookup.SummaryQuery(ctx, by, in.Span, in.Narrow)
			if err != nil {
				return nil, err
			}
			j, err := a.lookup.Summary(ctx, by, q)
			return &out[view.Summary]{Status: http.StatusOK, Body: j}, err
		})
	for _, f := range Formats {
		exportOperation(a, ops, huma.Operation{OperationID: "sla-summary-" + f.Name, Summary: "导出时限统计（" + f.title + "）",
			Description: about}, f,
			func(ctx context.Context, by *request.Caller, in *summaryIn) (export, error) {
				q, err := a.lookup.SummaryQuery(ctx, by, in.Span, in.Narrow)
				if err != nil {
					return export{}, err
				}
				j, err := a.lookup.Summary(ctx, by, q)
				return a.summaryTable(ctx, j, q), err
			})
	}
	describe(a, ops, huma.Operation{OperationID: "sla-stages", Summary: "统计表一个格子背后的环节，逐件列出",
		Description: "筛选条件与 /sla/summary 相同，另可用 month 与 light 指定格子；total 与统计表该格的数字一致。" + about}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			lookup.Span
			lookup.Narrow
			request.Paging
			Month string `query:"month" doc:"月份，写作 2026-03"`
			Light string `query:"light" doc:"on_time 按时（也可写作 green）、yellow 临期、red 超过法定期限、promised 只超过承诺期限；不填为全部" enum:"on_time,green,yellow,red,promised"`
		}) (*out[listOf[view.StageLine]], error) {
			q, err := a.lookup.SummaryQuery(ctx, by, in.Span, in.Narrow)
			if err == nil {
				q, err = lookup.CellOf(q, in.Month)
			}
			if err != nil {
				return nil, err
			}
			lines, total, err := a.store.StagesBehind(ctx, by.ID, q, lookup.CellLights[in.Light], in.Page, in.PerPage)
			if err != nil {
				return nil, err
			}
			list := make([]view.StageLine, len(lines))
			for i, l := range lines {
				list[i] = view.NewStageLine(l)
			}
			return &out[listOf[view.StageLine]]{Status: http.StatusOK, Body: pageOf(list, total, in.Paging)}, nil
		})
}

// reportOperations serve the figures that go upward.
func (a *API) reportOperations(ops operations) {
	type in struct {
		lookup.Span
		Township string `query:"township" doc:"乡镇区划代码"`
	}
	const about = "from 含当日，to 不含当日；宗数按首次发证之日、期满未开工按期满之日归入季度"
	describe(a, ops, huma.Operation{OperationID: "quarterly", Summary: "宅基地批准情况，按季度、乡镇、事项", Description: about}, nil,
		func(ctx context.Context, by *request.Caller, in *in) (*out[view.Quarters], error) {
			q, err := a.lookup.Quarterly(ctx, by, in.Span, in.Township)
			return &out[view.Quarters]{Status: http.StatusOK, Body: view.Quarters{From: view.NewDay(q.First),
				To: view.NewDay(q.Last), Rows: q.Rows()}}, err
		})
	for _, f := range Formats {
		exportOperation(a, ops, huma.Operation{OperationID: "quarterly-" + f.Name, Summary: "导出宅基地批准情况（" + f.title + "）",
			Description: about}, f, func(ctx context.Context, by *request.Caller, in *in) (export, error) {
			q, err := a.lookup.Quarterly(ctx, by, in.Span, in.Township)
			types := map[int]sheet.Type{4: sheet.Number, 5: sheet.Number, 6: sheet.Number, 7: sheet.Number, 8: sheet.Number,
				9: sheet.Number}
			return export{file: "宅基地季度统计", query: a.lookup.QueryText(ctx, q.First, q.Last, in.Township, "", ""),
				table: sheet.Table{Title: "宅基地季度统计", Types: types, Header: view.QuarterHeader,
					Rows: func(yield func([]string, error) bool) {
						for _, r := range q.Rows() {
							ch, _ := a.svc.Chains().Newest(workflow.ChainID(r.Chain)) // the store lists published ones
							if !yield(r.Cells(a.lookup.Township(ctx, r.Division), ch.Title), nil) {
								return
							}
						}
					}}}, err
		})
	}
}
