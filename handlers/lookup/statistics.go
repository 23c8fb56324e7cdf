package lookup

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
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

// span reads the two days of a question. What is not given is the last twelve months up to tomorrow, or all there is
// where the question is open at its beginning.
func (a *Reader) span(from, to string, open bool, found *schema.Findings) (first, last calendar.Day) {
	day := func(field, text string, otherwise calendar.Day) calendar.Day {
		if text == "" {
			return otherwise
		}
		d, err := calendar.ParseDay(text)
		if err != nil {
			found.Add(field, "%s 应为真实存在的日期，写作 2026-03-02", field)
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
		found.Add("to", "to（不含当日）应晚于 from，现在是 %s 至 %s", first, last)
	case from != "" && last > first.AddMonths(longestSpan):
		found.Add("from", "一次最多统计五年，截止 %s 的起始日期不早于 %s", last, last.AddMonths(-longestSpan))
	}
	return first, last
}

// narrow checks the other filters: what is mistyped must not look like an empty county. A township outside the caller's
// area is left out, and noted in the log.
func (a *Reader) narrow(ctx context.Context, by *request.Caller, in Narrow, found *schema.Findings) (township string,
	err error) {
	chains := a.svc.Chains()
	if ch, err := chains.Newest(workflow.ChainID(in.Chain)); in.Chain != "" && err != nil {
		names := make([]string, 0, len(chains))
		for _, ch := range chains.All() {
			names = append(names, string(ch.ID))
		}
		found.Add("chain", "没有“%s”这个事项，只能是 %s 之一", schema.Shown(in.Chain), strings.Join(names, "、"))
	} else if in.Stage != "" {
		of := chains
		if in.Chain != "" {
			of = workflow.Chains{ch}
		}
		if !slices.ContainsFunc(of, func(ch workflow.Chain) bool { _, ok := ch.Stage(glossary.State(in.Stage)); return ok }) {
			found.Add("stage", "没有“%s”这个环节，请从事项的 stages 中选择，例如 village_review", schema.Shown(in.Stage))
		}
	}
	if in.Township == "" {
		return "", nil
	}
	code := in.Township
	if len(code) == 9 {
		code += "000"
	}
	exists := len(code) == 12 && strings.HasSuffix(code, "000") && !strings.HasSuffix(code, "000000") &&
		schema.Digits(code) == 12
	if exists {
		if exists, err = a.store.DivisionExists(ctx, code); err != nil {
			return "", err
		}
	}
	if !exists {
		found.Add("township", "没有“%s”这个乡镇，请填写 9 或 12 位乡镇区划代码，例如 140824100000", schema.Shown(in.Township))
		return "", nil
	}
	if !glossary.Within(by.Division, code, "") {
		if by.Division != code {
			a.log.InfoContext(ctx, "foreign township left out", slog.Int64("officer", int64(by.ID)),
				slog.String("township", code))
		}
		return "", nil
	}
	return code, nil
}

// SummaryQuery reads what the statistics are asked for.
func (a *Reader) SummaryQuery(ctx context.Context, by *request.Caller, s Span,
	n Narrow) (statistics.SummaryQuery, error) {
	var found schema.Findings
	q := statistics.SummaryQuery{Chain: n.Chain, Stage: n.Stage}
	q.From, q.To = a.span(s.From, s.To, false, &found)
	var err error
	if q.Township, err = a.narrow(ctx, by, n, &found); err != nil {
		return q, err
	}
	return q, found.Refusal()
}

// Summary returns the statistics that a query asks for.
func (a *Reader) Summary(ctx context.Context, by *request.Caller, q statistics.SummaryQuery) (view.Summary, error) {
	rows, err := a.store.Summary(ctx, by.ID, q)
	if err != nil {
		return view.Summary{}, err
	}
	j := view.Summary{From: view.NewDay(q.From), To: view.NewDay(q.To), Rows: make([]view.SummaryRow, len(rows))}
	for i, r := range rows {
		j.Rows[i] = view.SummaryRow{Division: view.Twelve(r.Township), Chain: r.Chain, Stage: r.Stage, Month: r.Month,
			Count: r.Count, OnTime: r.OnTime, Yellow: r.Yellow, Red: r.Red, Promised: r.Promised, Median: view.OrHours(r.Median),
			P90: view.OrHours(r.P90)}
		t := &j.Totals
		t.Count, t.OnTime, t.Yellow, t.Red = t.Count+r.Count, t.OnTime+r.OnTime, t.Yellow+r.Yellow, t.Red+r.Red
		t.Promised += r.Promised
	}
	return j, nil
}

// Quarterly is what was granted in a span, in the caller's area.
func (a *Reader) Quarterly(ctx context.Context, by *request.Caller, s Span, township string) (view.Quarterly, error) {
	q, err := a.SummaryQuery(ctx, by, s, Narrow{Township: township})
	if err != nil {
		return view.Quarterly{}, err
	}
	grants, err := a.store.Grants(ctx, by.ID, q)
	return view.Quarterly{Grants: grants, First: q.From, Last: q.To}, err
}

// CellOf narrows a question to one month.
func CellOf(q statistics.SummaryQuery, month string) (statistics.SummaryQuery, error) {
	if month == "" {
		return q, nil
	}
	first, err := calendar.ParseDay(month + "-01")
	if err != nil || len(month) != len("2026-03") {
		return q, schema.Invalid("month", "month 应为真实存在的月份，写作 2026-03")
	}
	q.From, q.To = max(q.From, first), min(q.To, first.AddMonths(1))
	if q.To <= q.From {
		return q, schema.Invalid("month", "month 应在 from 与 to 之间，请核对")
	}
	return q, nil
}

// CellLights are the columns of the summary as the store names them; green is on_time under its other name.
var CellLights = map[string]workflow.Light{"": "", "on_time": workflow.Green, "green": workflow.Green,
	"yellow": workflow.Yellow, "red": workflow.Red, "promised": statistics.Missed}

// QueryText says in words what a table was narrowed to.
func (a *Reader) QueryText(ctx context.Context, from, to calendar.Day, township, chain, stage string) string {
	all := func(s string) string {
		if s == "" {
			return "全部"
		}
		return s
	}
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		chain = ch.Title
	}
	if stage != "" {
		stage = glossary.State(stage).Title()
	}
	if township != "" {
		township = a.Township(ctx, township) + " " + township
	}
	first := from.String() + " 起"
	if from == 0 {
		first = "不限起始日期"
	}
	return fmt.Sprintf("%s，%s 前（不含当日）；乡镇：%s；事项：%s；环节：%s", first, to, all(township), all(chain), all(stage))
}

// Township is the name of the government of a township; its code where the store knows none.
func (a *Reader) Township(ctx context.Context, division string) string {
	o, err := a.store.Office(ctx, glossary.TownshipGovernment, view.Twelve(division[:min(len(division), 9)]))
	if err != nil {
		return division
	}
	return o.Name
}
