package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// longestSpan is how many months one question of the audit may span.
const longestSpan = 60

// Narrow is what a table of the audit is narrowed to, as it is sent.
type Narrow struct {
	Township string `query:"township" doc:"乡镇区划代码，9 或 12 位；不在本人辖区内的不起作用，仍按本人辖区统计" example:"140824100000"`
	Chain    string `query:"chain" doc:"事项" example:"homestead"`
	Stage    string `query:"stage" doc:"环节" example:"village_review"`
}

// Span is the time that the statistics cover.
type Span struct {
	From string `query:"from" doc:"起始日期（含当日），写作 2026-03-01；不填为截止日期之前的十二个月"`
	To   string `query:"to" doc:"截止日期（不含当日），写作 2026-04-01；不填为明天，即统计到今天为止"`
}

// hours are working minutes in hours with one decimal.
func hours(minutes int) float64 { return math.Round(float64(minutes)/6) / 10 }

// span reads the two days of a question. What is not given is the last twelve months up to tomorrow, or all there is where
// the question is open at its beginning.
func (a *app) span(from, to string, open bool, found *findings) (first, last calendar.Day) {
	day := func(field, text string, otherwise calendar.Day) calendar.Day {
		if text == "" {
			return otherwise
		}
		d, err := calendar.ParseDay(text)
		if err != nil {
			found.add(field, "%s 应为真实存在的日期，写作 2026-03-02", field)
		}
		return d
	}
	last = day("to", to, calendar.DayOf(a.svc.Now())+1)
	first = last.AddMonths(-12)
	if open {
		first = 0
	}
	first = day("from", from, first)
	switch {
	case len(*found) > 0:
	case last <= first:
		found.add("to", "to（不含当日）应晚于 from，现在是 %s 至 %s", first, last)
	case from != "" && last > first.AddMonths(longestSpan):
		found.add("from", "一次最多统计五年，截止 %s 的起始日期不早于 %s", last, last.AddMonths(-longestSpan))
	}
	return first, last
}

// narrow checks the other filters: what is mistyped must not look like an empty county. A township outside the caller's area
// is left out, and noted in the log.
func (a *app) narrow(ctx context.Context, by *caller, in Narrow, found *findings) (township string, err error) {
	chains := a.svc.Chains()
	if ch, err := chains.Newest(workflow.ChainID(in.Chain)); in.Chain != "" && err != nil {
		names := make([]string, 0, len(chains))
		for _, ch := range chains.All() {
			names = append(names, string(ch.ID))
		}
		found.add("chain", "没有“%s”这个事项，只能是 %s 之一", shown(in.Chain), strings.Join(names, "、"))
	} else if in.Stage != "" {
		of := chains
		if in.Chain != "" {
			of = workflow.Chains{ch}
		}
		if !slices.ContainsFunc(of, func(ch workflow.Chain) bool { _, ok := ch.Stage(workflow.State(in.Stage)); return ok }) {
			found.add("stage", "没有“%s”这个环节，请从事项的 stages 中选择，例如 village_review", shown(in.Stage))
		}
	}
	if in.Township == "" {
		return "", nil
	}
	code := in.Township
	if len(code) == 9 {
		code += "000"
	}
	exists := len(code) == 12 && strings.HasSuffix(code, "000") && !strings.HasSuffix(code, "000000") && digits(code) == 12
	if exists {
		if exists, err = a.store.DivisionExists(ctx, code); err != nil {
			return "", err
		}
	}
	if !exists {
		found.add("township", "没有“%s”这个乡镇，请填写 9 或 12 位乡镇区划代码，例如 140824100000", shown(in.Township))
		return "", nil
	}
	if !workflow.Within(by.Division, code, "") {
		if by.Division != code {
			a.log.InfoContext(ctx, "foreign township left out", slog.Int64("officer", int64(by.ID)), slog.String("township", code))
		}
		return "", nil
	}
	return code, nil
}

// summaryQuery reads what the statistics are asked for.
func (a *app) summaryQuery(ctx context.Context, by *caller, s Span, n Narrow) (models.SummaryQuery, error) {
	var found findings
	q := models.SummaryQuery{Chain: n.Chain, Stage: n.Stage}
	q.From, q.To = a.span(s.From, s.To, false, &found)
	var err error
	if q.Township, err = a.narrow(ctx, by, n, &found); err != nil {
		return q, err
	}
	return q, found.refusal()
}

// refusal is what was found as an error; nil for nothing.
func (f findings) refusal() error {
	if len(f) == 0 {
		return nil
	}
	return &workflow.Invalid{Fields: f}
}

type summaryRowJSON struct {
	Division string   `json:"division" doc:"乡镇区划代码，12 位"`
	Chain    string   `json:"chain"`
	Stage    string   `json:"stage"`
	Month    string   `json:"month" doc:"月份，写作 2026-03"`
	Count    int      `json:"count"`
	OnTime   int      `json:"on_time"`
	Yellow   int      `json:"yellow"`
	Red      int      `json:"red"`
	Median   *float64 `json:"median_hours" doc:"办结环节用时的中位数（工作小时，一位小数）；没有办结的为 null"`
	P90      *float64 `json:"p90_hours" doc:"办结环节用时的第 90 百分位数（工作小时，一位小数）；没有办结的为 null"`
}

type totalsJSON struct {
	Count  int `json:"count"`
	OnTime int `json:"on_time"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
}

type summaryJSON struct {
	From   string           `json:"from"`
	To     string           `json:"to" doc:"不含当日"`
	Rows   []summaryRowJSON `json:"rows"`
	Totals totalsJSON       `json:"totals"`
}

func orHours(minutes *int) *float64 {
	if minutes == nil {
		return nil
	}
	h := hours(*minutes)
	return &h
}

// twelve is a division in twelve digits.
func twelve(division string) string {
	if len(division) < 12 {
		return division + strings.Repeat("0", 12-len(division))
	}
	return division
}

func (a *app) summary(ctx context.Context, by *caller, q models.SummaryQuery) (summaryJSON, error) {
	rows, err := a.store.Summary(ctx, by.ID, q)
	if err != nil {
		return summaryJSON{}, err
	}
	j := summaryJSON{From: q.From.String(), To: q.To.String(), Rows: make([]summaryRowJSON, len(rows))}
	for i, r := range rows {
		j.Rows[i] = summaryRowJSON{twelve(r.Township), r.Chain, r.Stage, r.Month, r.Count, r.OnTime, r.Yellow, r.Red, orHours(r.Median), orHours(r.P90)}
		t := &j.Totals
		t.Count, t.OnTime, t.Yellow, t.Red = t.Count+r.Count, t.OnTime+r.OnTime, t.Yellow+r.Yellow, t.Red+r.Red
	}
	return j, nil
}

// stageLineJSON is one stage of one case behind a cell of the summary.
type stageLineJSON struct {
	CaseID    string         `json:"case_id"`
	Number    string         `json:"number"`
	Head      string         `json:"householder"`
	Division  string         `json:"division"`
	GroupNo   string         `json:"group_no"`
	Chain     string         `json:"chain"`
	Stage     string         `json:"stage"`
	Title     string         `json:"stage_title"`
	Office    string         `json:"office"`
	EnteredAt string         `json:"entered_at"`
	LeftAt    *string        `json:"left_at" doc:"还在办理的为 null"`
	DueBefore *string        `json:"due_before" doc:"到期的时刻；暂停计时或暂定的为 null"`
	Light     workflow.Light `json:"light" enum:"green,yellow,red"`
	Hours     *float64       `json:"working_hours" doc:"本环节用时（工作小时）；还在办理的为 null"`
}

// cellOf narrows a question to one month.
func cellOf(q models.SummaryQuery, month string) (models.SummaryQuery, error) {
	if month == "" {
		return q, nil
	}
	first, err := calendar.ParseDay(month + "-01")
	if err != nil || len(month) != len("2026-03") {
		return q, invalid("month", "month 应为真实存在的月份，写作 2026-03")
	}
	q.From, q.To = max(q.From, first), min(q.To, first.AddMonths(1))
	if q.To <= q.From {
		return q, invalid("month", "month 应在 from 与 to 之间，请核对")
	}
	return q, nil
}

// cellLights are the columns of the summary as the store names them; green is on_time under its other name.
var cellLights = map[string]workflow.Light{"": "", "on_time": workflow.Green, "green": workflow.Green, "yellow": workflow.Yellow, "red": workflow.Red}

func (a *app) slaOperations(ops operations) {
	const about = "统计的是有法定或承诺最长期限、由单位办理的环节；from 含当日，to 不含当日，因此各月首尾相接、不重不漏"
	type summaryIn struct {
		Span
		Narrow
	}
	describe(a, ops, huma.Operation{OperationID: "sla-summary", Summary: "按乡镇、事项、环节、月份统计时限", Description: about}, nil, func(ctx context.Context, by *caller, in *summaryIn) (*out[summaryJSON], error) {
		q, err := a.summaryQuery(ctx, by, in.Span, in.Narrow)
		if err != nil {
			return nil, err
		}
		j, err := a.summary(ctx, by, q)
		return &out[summaryJSON]{Status: http.StatusOK, Body: j}, err
	})
	for _, f := range formats {
		exportOperation(a, ops, huma.Operation{OperationID: "sla-summary-" + f.name, Summary: "导出时限统计（" + f.title + "）", Description: about}, f,
			func(ctx context.Context, by *caller, in *summaryIn) (export, error) {
				q, err := a.summaryQuery(ctx, by, in.Span, in.Narrow)
				if err != nil {
					return export{}, err
				}
				j, err := a.summary(ctx, by, q)
				return a.summaryTable(ctx, j, q), err
			})
	}
	describe(a, ops, huma.Operation{OperationID: "sla-stages", Summary: "统计表一个格子背后的环节，逐件列出",
		Description: "筛选条件与 /sla/summary 相同，另可用 month 与 light 指定格子；total 与统计表该格的数字一致。" + about}, nil, func(ctx context.Context, by *caller, in *struct {
		Span
		Narrow
		Paging
		Month string `query:"month" doc:"月份，写作 2026-03"`
		Light string `query:"light" doc:"on_time 按时（也可写作 green）、yellow 临期、red 逾期；不填为全部" enum:"on_time,green,yellow,red"`
	}) (*out[listOf[stageLineJSON]], error) {
		q, err := a.summaryQuery(ctx, by, in.Span, in.Narrow)
		if err == nil {
			q, err = cellOf(q, in.Month)
		}
		if err != nil {
			return nil, err
		}
		lines, total, err := a.store.StagesBehind(ctx, by.ID, q, cellLights[in.Light], in.Page, in.PerPage)
		if err != nil {
			return nil, err
		}
		list := make([]stageLineJSON, len(lines))
		for i, l := range lines {
			list[i] = stageLineOf(l)
		}
		return &out[listOf[stageLineJSON]]{Status: http.StatusOK, Body: pageOf(list, total, in.Paging)}, nil
	})
	a.breachOperations(ops)
}

func stageLineOf(l models.StageLine) stageLineJSON {
	return stageLineJSON{CaseID: fmt.Sprint(l.Case), Number: l.Number, Head: l.Householder, Division: l.Division, GroupNo: l.GroupNo, Chain: string(l.Chain),
		Stage: string(l.Stage), Title: l.Stage.Title(), Office: l.Office, EnteredAt: shanghai(l.Entered), LeftAt: stamp(l.Left), DueBefore: stamp(l.DueBefore),
		Light: l.Light, Hours: orHours(l.Working)}
}
