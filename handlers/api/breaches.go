package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/sheet"
	"anju/handlers/view"
	"anju/models/cases"
	"anju/workflow"
)

// breachAnswer is the JSON of an entry that may be an answer given before, repeated byte by byte.
type breachAnswer struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (breachAnswer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[view.BreachDetail](), true, "Breach")
}

// BreachIn is the path of an entry of the register.
type BreachIn struct {
	ID string `path:"id" doc:"红牌编号"`
}

func (b BreachIn) breach() (workflow.BreachID, error) {
	n, err := request.Number(b.ID)
	return workflow.BreachID(n), err
}

type breachOut struct {
	Status int
	Body   breachAnswer
}

// answerBreach answers a program that entered an explanation or a ruling with the breach, and answers the same to the
// same.
func (a *API) answerBreach(ctx context.Context, by *request.Caller, id workflow.BreachID,
	e intake.Entry) (*breachOut, error) {
	if len(e.Answer) > 0 && string(e.Answer) != "null" {
		return &breachOut{http.StatusCreated, breachAnswer{e.Answer}}, nil
	}
	j, err := a.lookup.BreachDetail(ctx, by, id)
	if err != nil {
		a.log.ErrorContext(ctx, "show what was done", slog.Int64("breach", int64(id)), slog.Any("error", err))
		return nil, problem.ErrLater
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	if e.Before == nil {
		a.intake.KeepReply(ctx, by, e, b)
	}
	return &breachOut{http.StatusCreated, breachAnswer{b}}, nil
}

// speakIn is an explanation or a ruling as it is sent; its key may be left out.
type speakIn struct {
	BreachIn
	Keyed
	Sent
}

// speaks serves an operation that enters something about a breach.
func (a *API) speaks(
	enter func(context.Context, *request.Caller, workflow.BreachID, string, []byte) (intake.Entry, error),
) func(context.Context, *request.Caller, *speakIn) (*breachOut, error) {
	return func(ctx context.Context, by *request.Caller, in *speakIn) (*breachOut, error) {
		id, err := in.breach()
		if err != nil {
			return nil, err
		}
		e, err := enter(ctx, by, id, in.Key, in.raw)
		if err != nil {
			return nil, err
		}
		return a.answerBreach(ctx, by, id, e)
	}
}

func (a *API) breachOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "sla-breaches", Summary: "超期台账（红牌）"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			lookup.Register
			request.Paging
		}) (*out[listOf[view.Breach]], error) {
			q, err := a.lookup.BreachQuery(ctx, by, in.Register, in.Paging)
			if err != nil {
				return nil, err
			}
			lines, total, err := a.store.Breaches(ctx, by.ID, q)
			if err != nil {
				return nil, err
			}
			who, err := a.views.Names(ctx, lines...)
			if err != nil {
				return nil, err
			}
			list := make([]view.Breach, len(lines))
			for i, l := range lines {
				list[i] = a.views.NewBreach(l, who)
			}
			return &out[listOf[view.Breach]]{Status: http.StatusOK, Body: pageOf(list, total, in.Paging)}, nil
		})
	for _, f := range Formats {
		exportOperation(a, ops, huma.Operation{OperationID: "sla-breaches-" + f.Name, Summary: "导出超期台账（" + f.title + "）",
			Description: "筛选条件与 /sla/breaches 相同，一次导出全部；不含身份证号和电话"}, f,
			func(ctx context.Context, by *request.Caller, in *lookup.Register) (export, error) {
				q, err := a.lookup.BreachQuery(ctx, by, *in, request.Paging{})
				return a.breachTable(ctx, by, q), err
			})
	}
	describe(a, ops, huma.Operation{OperationID: "sla-breach", Summary: "一张红牌：逾期的时间归谁，历次说明与裁定"}, nil,
		func(ctx context.Context, by *request.Caller, in *BreachIn) (*out[view.BreachDetail], error) {
			id, err := in.breach()
			if err != nil {
				return nil, err
			}
			j, err := a.lookup.BreachDetail(ctx, by, id)
			return &out[view.BreachDetail]{Status: http.StatusOK, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "explain-breach", DefaultStatus: http.StatusCreated,
		Summary: "责任单位说明超期原因"}, typeOf[intake.ExplanationBody](), a.speaks(a.intake.ExplainBreach))
	describe(a, ops, huma.Operation{OperationID: "rule-breach", DefaultStatus: http.StatusCreated,
		Summary: "效能审核员裁定"}, typeOf[intake.RulingBody](), a.speaks(a.intake.RuleBreach))
}

// breachTypes are the columns of the register that are no text.
var breachTypes = map[int]sheet.Type{12: sheet.Time, 13: sheet.Number, 15: sheet.Time, 16: sheet.Time, 19: sheet.Date,
	20: sheet.Time,
	24: sheet.Time, 25: sheet.Time}

// breachTable is the register as a table of strings, its rows asked from the store one by one.
func (a *API) breachTable(ctx context.Context, by *request.Caller, q cases.BreachQuery) export {
	query := a.lookup.QueryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage)
	if q.Status != "" {
		query += "；状态：" + q.Status.Title()
	}
	if q.Case != 0 {
		query += fmt.Sprintf("；办件编号：%d", q.Case)
	}
	at := func(i *view.Instant) string {
		if i == nil {
			return ""
		}
		return i.Stamp()
	}
	return export{file: "超期台账", query: query, table: sheet.Table{Title: "超期台账",
		Types: breachTypes,
		Header: []string{"编号", "办件编号", "事项", "环节", "区划代码", "组", "户主", "责任单位", "承办人", "规则", "条文", "期限", "到期（此刻之前）", "超期工作小时",
			"状态", "应说明（此刻之前）",
			"说明时间", "说明人", "说明", "承诺办结日期", "裁定时间", "裁定人", "裁定", "裁定理由", "办结时间", "销号时间", "类别"},
		Rows: func(yield func([]string, error) bool) {
			// asked before the rows are: no second question waits for a connection while the first holds one
			who, err := a.views.AllNames(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			stopped := errors.New("no more rows are wanted")
			err = a.store.EachBreach(ctx, by.ID, q, func(l cases.BreachLine) error {
				j := a.views.NewBreach(l, who)
				chain, officer := string(j.Chain), ""
				if ch, err := a.svc.Chains().At(l.Chain, l.ChainVersion); err == nil {
					chain = ch.Title
				}
				if j.Officer != nil {
					officer = *j.Officer
				}
				row := []string{j.ID, j.Number, chain, j.StageTitle, j.Division, l.GroupNo, j.Head, j.Office, officer,
					string(j.Rule), j.Article, string(j.Limit), j.DueBefore.Stamp(),
					fmt.Sprintf("%.1f", j.LateHours), j.StatusTitle, at(j.ExplainBy), "", "", "", "", "", "", "", "", at(j.MetAt),
					at(j.ClosedAt), j.Kind.Title()}
				if e := j.Explanation; e != nil {
					row[16], row[17], row[18] = e.At.Stamp(), e.By, e.Text
					if e.MoveBy != nil {
						row[19] = e.MoveBy.String()
					}
				}
				if r := j.Ruling; r != nil {
					row[20], row[21], row[22], row[23] = r.At.Stamp(), r.By, r.Title, r.Ground
				}
				if !yield(row, nil) {
					return stopped
				}
				return nil
			})
			if err != nil && !errors.Is(err, stopped) {
				yield(nil, err)
			}
		}}}
}
