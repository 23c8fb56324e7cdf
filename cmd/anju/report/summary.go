package report

import (
	"context"
	"fmt"
	"iter"

	"anju/cmd/anju/backend"
	"anju/handlers/sheet"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// summaryRow and summaryJSON are the shape that scripts read.
type summaryRow struct {
	Division string   `json:"division"`
	Chain    string   `json:"chain"`
	Stage    string   `json:"stage"`
	Month    string   `json:"month"`
	Count    int      `json:"count"`
	OnTime   int      `json:"on_time"`
	Yellow   int      `json:"yellow"`
	Red      int      `json:"red"`
	Median   *float64 `json:"median_hours"`
	P90      *float64 `json:"p90_hours"`
	Promised int      `json:"promised"`
}

type summaryTotals struct {
	Count  int `json:"count"`
	OnTime int `json:"on_time"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`

	Promised int `json:"promised"`
}

type summaryJSON struct {
	From   calendar.Day  `json:"from"`
	To     calendar.Day  `json:"to"`
	Rows   []summaryRow  `json:"rows"`
	Totals summaryTotals `json:"totals"`
}

// NewSummary is the summary of a time, narrowed to an area. It fails, as wrong usage, on a time or a township that
// makes no sense.
func NewSummary(ctx context.Context, b *backend.Backend, period Span, narrow *Area) (l Listing, err error) {
	p, err := readPlaces(ctx, b)
	if err != nil {
		return l, err
	}
	q := statistics.SummaryQuery{Chain: narrow.Chain, Stage: narrow.Stage}
	if q.From, q.To, err = period.days(b.Now(), false); err != nil {
		return l, err
	}
	if narrow.Township, err = p.township(narrow.Township); err != nil {
		return l, err
	}
	q.Township = narrow.Township
	rows, err := b.Store.Summary(ctx, 0, q)
	if err != nil {
		return l, fmt.Errorf("summary: %w", err)
	}
	j := summaryJSON{From: q.From, To: q.To, Rows: make([]summaryRow, len(rows))}
	inHours := func(minutes *int) *float64 {
		if minutes == nil {
			return nil
		}
		h := hours(*minutes)
		return &h
	}
	for i, r := range rows {
		j.Rows[i] = summaryRow{FullCode(r.Township), r.Chain, r.Stage, r.Month, r.Count, r.OnTime, r.Yellow, r.Red,
			inHours(r.Median), inHours(r.P90), r.Promised}
		t := &j.Totals
		t.Count, t.OnTime, t.Yellow, t.Red = t.Count+r.Count, t.OnTime+r.OnTime, t.Yellow+r.Yellow, t.Red+r.Red
		t.Promised += r.Promised
	}
	chains := backend.Chains()
	asked := narrow.describe(q.From, q.To, p, chains)
	return Listing{now: b.Now(), short: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, right: []int{5, 6, 7, 8, 9, 10},
			footer: func() string { return asked }, json: func() (any, error) { return j, nil },
			table: sheet.Table{Title: "时限统计", About: sheet.About{Query: asked}, Rows: j.cells(p, chains),
				Types: map[int]sheet.Type{5: sheet.Number, 6: sheet.Number, 7: sheet.Number, 8: sheet.Number, 9: sheet.Number,
					10: sheet.Number, 11: sheet.Number},
				Header: []string{"乡镇代码", "乡镇", "事项", "环节", "月份", "件数", "按时", "临期（黄）", "逾期（红）", "用时中位数（工作小时）", "用时第90百分位（工作小时）", "超过承诺"}}},
		nil
}

// cells are the rows of the summary as text, and their sum.
func (j summaryJSON) cells(p places, chains workflow.Chains) iter.Seq2[[]string, error] {
	number := func(h *float64) string {
		if h == nil {
			return ""
		}
		return fmt.Sprintf("%.1f", *h)
	}
	return func(yield func([]string, error) bool) {
		for _, r := range j.Rows {
			if !yield([]string{r.Division, p.name(r.Division), chainTitle(chains, workflow.ChainID(r.Chain)),
				glossary.State(r.Stage).Title(), r.Month,
				fmt.Sprint(r.Count), fmt.Sprint(r.OnTime), fmt.Sprint(r.Yellow), fmt.Sprint(r.Red), number(r.Median),
				number(r.P90), fmt.Sprint(r.Promised)}, nil) {
				return
			}
		}
		t := j.Totals
		yield([]string{"合计", "合计", "", "", "", fmt.Sprint(t.Count), fmt.Sprint(t.OnTime), fmt.Sprint(t.Yellow),
			fmt.Sprint(t.Red), "", "", fmt.Sprint(t.Promised)}, nil)
	}
}
