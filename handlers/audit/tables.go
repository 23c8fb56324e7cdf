package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/models/statistics"
	"anju/workflow/glossary"
)

type heatRow struct {
	Name  string
	Cells []heatCell
}

type heatCell struct {
	Text, Href, Label string
	Heat              int // 0 none late … 3 a third and more
}

// hourClasses names the classes of the distribution.
func hourClasses(counts []int) []web.Share {
	var list []web.Share
	from := 0
	for i, n := range counts {
		name := fmt.Sprintf("%d 工时以上", from)
		if i < len(statistics.HourBounds) {
			name = fmt.Sprintf("%d–%d 工时", from, statistics.HourBounds[i])
			from = statistics.HourBounds[i]
		}
		list = append(list, web.Share{Name: name, Count: n})
	}
	return list
}

// tables fills the tables of the board from the summary: by township, stage × month, and the months.
func (a *Pages) tables(ctx context.Context, by *request.Caller, d *auditData, rows []statistics.SummaryRow,
	names map[string]string, q statistics.SummaryQuery) error {
	towns, months := map[string]*web.Share{}, map[string]*web.Share{}
	type stage struct{ chain, stage string }
	heat, order := map[stage]map[string]*web.Share{}, []stage{}
	cell := func(m map[string]*web.Share, k string) *web.Share {
		if m[k] == nil {
			m[k] = &web.Share{}
		}
		return m[k]
	}
	for _, r := range rows {
		k := stage{r.Chain, r.Stage}
		if heat[k] == nil {
			heat[k], order = map[string]*web.Share{}, append(order, k)
		}
		for _, s := range []*web.Share{cell(towns, view.Twelve(r.Township)), cell(months, r.Month), cell(heat[k], r.Month)} {
			s.Count, s.OnTime, s.Yellow, s.Red = s.Count+r.Count, s.OnTime+r.OnTime, s.Yellow+r.Yellow, s.Red+r.Red
		}
		d.Count, d.OnTime, d.Red, d.Promised = d.Count+r.Count, d.OnTime+r.OnTime, d.Red+r.Red, d.Promised+r.Promised
	}
	d.Rate = web.Rate(d.Count-d.Red, d.Count)
	for code := range names {
		if strings.HasSuffix(code, "000") && !strings.HasSuffix(code, "000000") && glossary.Within(by.Division, code, "") {
			cell(towns, code) // also those with nothing to show
		}
	}
	for code, s := range towns {
		s.Name, s.Rate = cmp.Or(names[code], code), web.Rate(s.Count-s.Red, s.Count)
		s.Href, s.RedHref = d.F.At("/audit/stages", "township", code),
			d.F.At("/audit/stages", "township", code, "light", "red")
		s.CardsHref = d.F.At("/audit/breaches", "township", code)
		bq := cases.BreachQuery{From: q.From, To: q.To, Township: code, Chain: q.Chain, Page: 1, PerPage: 1}
		var err error
		if _, s.Cards, err = a.store.Breaches(ctx, by.ID, bq); err != nil {
			return err
		}
		d.Towns = append(d.Towns, *s)
	}
	slices.SortFunc(d.Towns, func(x, y web.Share) int {
		return cmp.Or(cmp.Compare(y.Cards, x.Cards), cmp.Compare(y.Red, x.Red), strings.Compare(x.Name, y.Name))
	})
	d.TownChart = web.BarsOf(d.Towns, func(s web.Share) (int, int) { return s.Count - s.Red, s.Red })
	for m := range months {
		d.Months = append(d.Months, m)
	}
	slices.Sort(d.Months)
	if len(d.Months) > 12 {
		d.Months = d.Months[len(d.Months)-12:]
	}
	for _, m := range d.Months {
		s := *months[m]
		s.Name, s.Rate, s.Href = m, web.Rate(s.Count-s.Red, s.Count), d.F.At("/audit/stages", "month", m)
		d.Trend = append(d.Trend, s)
	}
	d.TrendChart = web.TrendOf(d.Trend)
	places := map[stage]int{}
	for i, ch := range a.svc.Chains().All() {
		for j, st := range ch.Stages {
			places[stage{string(ch.ID), string(st.State)}] = i*1000 + j
		}
	}
	slices.SortFunc(order, func(x, y stage) int { return cmp.Compare(places[x], places[y]) }) // as the chains are written
	for _, k := range order {
		row := heatRow{Name: a.site.StageName(k.chain, k.stage)}
		for _, m := range d.Months {
			s := heat[k][m]
			if s == nil {
				row.Cells = append(row.Cells, heatCell{})
				continue
			}
			row.Cells = append(row.Cells, heatCell{Text: fmt.Sprintf("%d/%d", s.Red, s.Count),
				Href:  d.F.At("/audit/stages", "chain", k.chain, "stage", k.stage, "month", m, "light", lightIf(s.Red)),
				Label: fmt.Sprintf("%d/%d，%s %s：逾期 %d，共 %d", s.Red, s.Count, row.Name, m, s.Red, s.Count),
				Heat:  heatOf(s.Red, s.Count)})
		}
		d.Heat = append(d.Heat, row)
	}
	return nil
}

func lightIf(red int) string {
	if red > 0 {
		return "red"
	}
	return ""
}

func heatOf(part, of int) int {
	switch {
	case part == 0:
		return 0
	case part*10 < of:
		return 1
	case part*3 < of:
		return 2
	}
	return 3
}

type auditData struct {
	web.Layout
	F                        auditFilter
	Chains                   []schema.Option
	Count, OnTime, Red, Open int
	Promised                 int // stages that missed the promise and kept the law
	Rate                     string
	Towns                    []web.Share
	Months                   []string
	Heat                     []heatRow
	Classes                  []web.Share
	Trend                    []web.Share
	Late                     []view.Breach
	Due                      []web.CaseLine
	TownChart, HourChart     web.Bars
	TrendChart               web.Trend
	SummaryXLSX, BreachXLSX  string
	Ratings                  string
}
