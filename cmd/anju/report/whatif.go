package report

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/handlers/sheet"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// WhatIf is a supposition over a time.
type WhatIf struct {
	limits   map[law.LimitID]calendar.Limit
	years    []calendar.Year
	Township string
	Period   Span

	from, to calendar.Day
	asked    string
}

// Read takes the supposition from the flags.
func (w *WhatIf) Read(limits []string, file string) error {
	if len(limits) == 0 && file == "" {
		return failure.Usagef("what-if needs --limit L06=10wd or --calendar FILE: what is to be supposed?")
	}
	there := maxima()
	w.limits = map[law.LimitID]calendar.Limit{}
	var said []string
	for _, text := range limits {
		name, length, _ := strings.Cut(text, "=")
		id := law.LimitID(name)
		if !slices.Contains(there, id) {
			names := make([]string, len(there))
			for i, l := range there {
				names[i] = string(l)
			}
			return failure.Usagef("--limit %q: %q is none of the limits that an office can be late for: %s", text, name,
				strings.Join(names, ", "))
		}
		l, err := calendar.ParseLimit(length)
		if err != nil {
			return failure.Usagef("--limit %q: write it as %s=10wd, 10cd or 1mo", text, id)
		}
		if _, twice := w.limits[id]; twice {
			return failure.Usagef("--limit %s is given twice", id)
		}
		w.limits[id] = l
		said = append(said, fmt.Sprintf("%s 为 %d %s", id, l.N, units[l.Unit]))
	}
	if file != "" {
		var err error
		if w.years, err = backend.ReadYears(file); err != nil {
			return err
		}
		said = append(said, "工作日历取 "+file)
	}
	w.asked = "假设：" + strings.Join(said, "，")
	return nil
}

// maxima are the limits of the published chains that run against an office.
func maxima() []law.LimitID {
	var ids []law.LimitID
	add := func(l workflow.Limit, by glossary.Party) {
		if l.ID != "" && l.Bound != calendar.Min && by != glossary.Applicant && !slices.Contains(ids, l.ID) {
			ids = append(ids, l.ID)
		}
	}
	for _, ch := range backend.Chains() {
		for _, st := range ch.Stages {
			for _, l := range st.Limits() {
				add(l, st.By)
			}
			for _, r := range st.Records {
				for _, clock := range r.Clocks() {
					add(clock.Limit, clock.By)
				}
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// supposedJSON is one limit that would have ended otherwise, and whatIfJSON the shape that scripts read.
type supposedJSON struct {
	CaseID      string           `json:"case_id"`
	Number      string           `json:"number"`
	Chain       workflow.ChainID `json:"chain"`
	Stage       glossary.State   `json:"stage"`
	Office      string           `json:"office"`
	Limit       law.LimitID      `json:"limit"`
	Started     calendar.Day     `json:"started_on"`
	Due         calendar.Day     `json:"due_on"`
	AsIf        calendar.Day     `json:"as_if_due_on"`
	Late        bool             `json:"late"`
	WouldBeLate bool             `json:"would_be_late"`
}

type whatIfTotals struct {
	Count       int `json:"count"`         // limits counted again
	Late        int `json:"late"`          // were late
	WouldBeLate int `json:"would_be_late"` // would have been
	NewlyLate   int `json:"newly_late"`    // would have been, and were not
	NoLonger    int `json:"no_longer_late"`
	Unknown     int `json:"unknown"` // paused, or provisional under the supposition: not late then
}

// add counts one limit.
func (t *whatIfTotals) add(got attribution.Supposed) {
	t.Count++
	if got.Late {
		t.Late++
	}
	switch {
	case got.Paused || got.Provisional:
		t.Unknown++
		return
	case got.WouldBeLate && !got.Late:
		t.NewlyLate++
	case got.Late && !got.WouldBeLate:
		t.NoLonger++
	}
	if got.WouldBeLate {
		t.WouldBeLate++
	}
}

type whatIfJSON struct {
	From   calendar.Day   `json:"from"`
	To     calendar.Day   `json:"to"`
	Rows   []supposedJSON `json:"rows"`
	Totals whatIfTotals   `json:"totals"`
}

// Listing counts the limits again and lists those that would have ended otherwise.
func (w *WhatIf) Listing(ctx context.Context, b *backend.Backend) (l Listing, err error) {
	p, err := readPlaces(ctx, b)
	if err != nil {
		return l, err
	}
	if w.from, w.to, err = w.Period.days(b.Now(), false); err != nil {
		return l, err
	}
	if w.Township, err = p.township(w.Township); err != nil {
		return l, err
	}
	var totals whatIfTotals
	rows, err := w.rows(ctx, b, &totals)
	if err != nil {
		return l, err
	}
	chains := backend.Chains()
	word := map[bool]string{true: "超期", false: "未超期"}
	cells := func(j supposedJSON) []string {
		return []string{j.Number, chainTitle(chains, j.Chain), j.Stage.Title(), j.Office, string(j.Limit), j.Started.String(),
			j.Due.String(), j.AsIf.String(), word[j.Late],
			word[j.WouldBeLate]}
	}
	asked := w.asked + "；" + (&Area{Township: w.Township}).describe(w.from, w.to, p, chains)
	return Listing{now: b.Now(), short: []int{0, 2, 3, 4, 5, 6, 7, 8, 9},
		footer: func() string {
			return fmt.Sprintf("重算 %d 个期限：原超期 %d，假设下超期 %d；由未超期变为超期 %d，由超期变为未超期 %d；暂停或暂定、无从判断 %d\n%s；未改动任何数据",
				totals.Count, totals.Late, totals.WouldBeLate, totals.NewlyLate, totals.NoLonger, totals.Unknown, asked)
		},
		json: func() (any, error) {
			j := whatIfJSON{From: w.from, To: w.to, Rows: []supposedJSON{}}
			for row, err := range rows {
				if err != nil {
					return nil, err
				}
				j.Rows = append(j.Rows, row)
			}
			j.Totals = totals
			return j, nil
		},
		table: sheet.Table{Title: "时限假设", About: sheet.About{Query: asked},
			Types:  map[int]sheet.Type{5: sheet.Date, 6: sheet.Date, 7: sheet.Date},
			Header: []string{"办件编号", "事项", "环节", "责任单位", "期限", "起算日", "到期日", "假设到期日", "实际", "假设"},
			Rows: func(yield func([]string, error) bool) {
				for row, err := range rows {
					if !yield(cells(row), err) {
						return
					}
				}
			}}}, nil
}

// rows are the limits that would have ended otherwise; the totals are right once the rows were read to their end.
func (w *WhatIf) rows(ctx context.Context, b *backend.Backend, totals *whatIfTotals) (iter.Seq2[supposedJSON, error],
	error) {
	county, err := b.Store.County(ctx)
	if err != nil {
		return nil, err
	}
	var cal *calendar.Calendar
	ids := slices.Sorted(maps.Keys(w.limits))
	if w.years != nil {
		if cal, err = backend.WithYears(county.Calendar, w.years); err != nil {
			return nil, err
		}
		ids = []law.LimitID{""} // all
	}
	chains, now := backend.Chains(), b.Now()
	return func(yield func(supposedJSON, error) bool) {
		*totals = whatIfTotals{}
		enough := errors.New("no more rows are wanted")
		for _, id := range ids {
			err := b.Store.EachDeadline(ctx, 0, w.from, w.to, id, func(d cases.DeadlineLine) error {
				j, changed, err := w.one(d, chains, county, cal, now, totals)
				if err == nil && changed && !yield(j, nil) {
					err = enough
				}
				return err
			})
			if errors.Is(err, enough) {
				return
			}
			if err != nil {
				yield(supposedJSON{}, err)
				return
			}
		}
	}, nil
}

// one counts a deadline both ways, and tells whether it would have ended otherwise.
func (w *WhatIf) one(d cases.DeadlineLine, chains workflow.Chains, county workflow.County, cal *calendar.Calendar,
	now time.Time, totals *whatIfTotals) (j supposedJSON, changed bool, err error) {
	if w.Township != "" && !strings.HasPrefix(d.Division, w.Township[:9]) {
		return j, false, nil
	}
	ch, err := chains.At(d.Chain, d.ChainVersion)
	if err != nil {
		return j, false, fmt.Errorf("case %d: %w", d.Case, err)
	}
	clock, ok := ch.Clock(d.Deadline, d.Stage)
	if !ok || clock.Limit.Bound == calendar.Min || clock.By == glossary.Applicant {
		return j, false, nil // no office can be late for it
	}
	s := attribution.Supposition{Calendar: cal}
	if l, ok := w.limits[d.Limit]; ok {
		s.Limit = &l
	}
	got, err := attribution.Suppose(ch, d.Deadline, s, county, now)
	if err != nil {
		return j, false, fmt.Errorf("limit %s of case %s: %w", d.Limit, d.Number, err)
	}
	if totals.add(got); got.Paused || got.Provisional {
		return j, false, nil
	}
	return supposedJSON{fmt.Sprint(d.Case), d.Number, d.Chain, d.Stage, d.OfficeName, d.Limit, d.StartedOn, got.Due,
			got.AsIf, got.Late, got.WouldBeLate},
		got.Late != got.WouldBeLate, nil
}
