package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/handlers/sheet"
	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

func slaCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "sla", Short: "who was late: the statistics, the breach register, and what another limit would have meant"})
	c.AddCommand(slaSummary(a), slaBreaches(a), slaWhatIf(a))
	return c
}

// longestSpan is how many months one question may span.
const longestSpan = 60

// span is the time that a command asks about.
type span struct{ from, to string }

func spanFlags(c *cobra.Command, what, otherwise string) *span {
	s := &span{}
	c.Flags().StringVar(&s.from, "from", "", "first day "+what+", such as 2026-03-01 (default: "+otherwise+")")
	c.Flags().StringVar(&s.to, "to", "", "the day after the last one: --to itself is excluded, so that months join without overlap (default: tomorrow)")
	return s
}

// days reads the two days. What is not given is the twelve months up to tomorrow, or all there is where the question is open
// at its beginning.
func (s span) days(now time.Time, open bool) (from, to calendar.Day, err error) {
	to = calendar.DayOf(now) + 1
	if s.to != "" {
		if to, err = calendar.ParseDay(s.to); err != nil {
			return 0, 0, usagef("--to %q is not a day such as 2026-04-01", s.to)
		}
	}
	if !open {
		from = to.AddMonths(-12)
	}
	if s.from == "" {
		return from, to, nil
	}
	if from, err = calendar.ParseDay(s.from); err != nil {
		return 0, 0, usagef("--from %q is not a day such as 2026-03-01", s.from)
	}
	switch {
	case to <= from:
		return 0, 0, usagef("--to %s is not after --from %s, and is itself excluded", to, from)
	case to > from.AddMonths(longestSpan):
		return 0, 0, usagef("from %s to %s are more than five years; ask for five years at a time", from, to)
	}
	return from, to, nil
}

// area is what a list is narrowed to.
type area struct{ township, chain, stage string }

func areaFlags(c *cobra.Command) *area {
	n := &area{}
	c.Flags().StringVar(&n.township, "township", "", "code of a township, 9 or 12 digits")
	c.Flags().StringVar(&n.chain, "chain", "", "a chain, such as homestead; anju chain list names them")
	c.Flags().StringVar(&n.stage, "stage", "", "a stage, such as village_review; anju chain show CHAIN names them")
	return n
}

// check refuses what is not there, since a mistyped code must not look like a county without delay. Where the database is
// needed for it, b is given.
func (n *area) check(chains workflow.Chains) error {
	of := chains
	if n.chain != "" {
		ch, err := chains.Newest(workflow.ChainID(n.chain))
		if err != nil {
			return usagef("--chain %q is none of %s", n.chain, strings.Join(chainNames(), ", "))
		}
		of = slices.DeleteFunc(slices.Clone(chains), func(c workflow.Chain) bool { return c.ID != ch.ID })
	}
	if n.stage == "" {
		return nil
	}
	var there []string
	for _, ch := range of {
		for _, st := range ch.Stages {
			if st.State == glossary.State(n.stage) {
				return nil
			}
			if name := string(st.State); st.Within.ID != "" && !slices.Contains(there, name) {
				there = append(there, name)
			}
		}
	}
	return usagef("--stage %q is none of %s", n.stage, strings.Join(there, ", "))
}

// places are the names of divisions by their code of twelve digits.
type places map[string]models.Division

func (b *backend) places(ctx context.Context) (places, error) {
	list, err := b.store.Divisions(ctx)
	if err != nil {
		return nil, err
	}
	p := places{}
	for _, d := range list {
		p[d.Code] = d
	}
	return p, nil
}

// township finds a township; what is not one is wrong usage.
func (p places) township(code string) (string, error) {
	if code == "" {
		return "", nil
	}
	if d, ok := p[twelve(code)]; ok && d.Level == "township" {
		return d.Code, nil
	}
	var there []string
	for _, d := range slices.SortedFunc(maps.Values(p), func(a, b models.Division) int { return cmp.Compare(a.Code, b.Code) }) {
		if d.Level == "township" {
			there = append(there, d.Code[:9]+" "+d.Name)
		}
	}
	return "", usagef("--township %q is none of %s", code, strings.Join(there, ", "))
}

func (p places) name(code string) string {
	if d, ok := p[twelve(code)]; ok {
		return d.Name
	}
	return code
}

// twelve is a division's code in twelve digits.
func twelve(code string) string {
	if len(code) == 9 {
		return code + "000"
	}
	return code
}

// asked says in words what a list was narrowed to.
func (n *area) asked(from, to calendar.Day, p places, chains workflow.Chains) string {
	all := func(s string) string { return cmp.Or(s, "全部") }
	first := "不限起始日期"
	if from != 0 {
		first = from.String() + " 起"
	}
	place := ""
	if n.township != "" {
		place = p.name(n.township) + " " + n.township
	}
	return fmt.Sprintf("%s，%s 前（不含当日）；乡镇：%s；事项：%s；环节：%s", first, to, all(place), all(chainTitle(chains, workflow.ChainID(n.chain))),
		all(glossary.State(n.stage).Title()))
}

func chainTitle(chains workflow.Chains, id workflow.ChainID) string {
	if ch, err := chains.Newest(id); err == nil {
		return ch.Title
	}
	return string(id)
}

func chainNames() []string {
	var names []string
	for _, ch := range chains.Published().All() {
		names = append(names, string(ch.ID))
	}
	return names
}

// hours are working minutes in hours with one decimal.
func hours(minutes int) float64 { return math.Round(float64(minutes)/6) / 10 }

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
}

type summaryTotals struct {
	Count  int `json:"count"`
	OnTime int `json:"on_time"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
}

type summaryJSON struct {
	From   calendar.Day  `json:"from"`
	To     calendar.Day  `json:"to"`
	Rows   []summaryRow  `json:"rows"`
	Totals summaryTotals `json:"totals"`
}

func slaSummary(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "summary", Short: "by township, chain, stage and month: how many on time, yellow, red, and how many working hours",
		Long: "Counts the stages that an office had to be through within a limit, by township, chain, stage and month of entry: on time,\n" +
			"yellow (left after the warning), red (left late, or open past due), and the working hours of those that were left.\n" +
			"--to is excluded.",
		Example: "  anju sla summary --from 2026-01-01 --to 2026-04-01 --township 140824100 --out 一季度.xlsx",
	}
	period, narrow, out := spanFlags(c, "on which a stage was entered", "twelve months before --to"), areaFlags(c), printerFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := out.take(c); err != nil {
			return err
		}
		if err := narrow.check(chains.Published()); err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
			l, err := b.summary(c.Context(), *period, narrow)
			if err != nil {
				return err
			}
			return out.print(c, l)
		})(c, args)
	}
	return c
}

func (b *backend) summary(ctx context.Context, period span, narrow *area) (l listing, err error) {
	p, err := b.places(ctx)
	if err != nil {
		return l, err
	}
	q := models.SummaryQuery{Chain: narrow.chain, Stage: narrow.stage}
	if q.From, q.To, err = period.days(b.now(), false); err != nil {
		return l, err
	}
	if narrow.township, err = p.township(narrow.township); err != nil {
		return l, err
	}
	q.Township = narrow.township
	rows, err := b.store.Summary(ctx, 0, q)
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
		j.Rows[i] = summaryRow{twelve(r.Township), r.Chain, r.Stage, r.Month, r.Count, r.OnTime, r.Yellow, r.Red, inHours(r.Median), inHours(r.P90)}
		t := &j.Totals
		t.Count, t.OnTime, t.Yellow, t.Red = t.Count+r.Count, t.OnTime+r.OnTime, t.Yellow+r.Yellow, t.Red+r.Red
	}
	chains := chains.Published()
	asked := narrow.asked(q.From, q.To, p, chains)
	return listing{now: b.now(), short: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, right: []int{5, 6, 7, 8, 9, 10},
		foot: func() string { return asked }, json: func() (any, error) { return j, nil },
		table: sheet.Table{Title: "时限统计", About: sheet.About{Query: asked}, Rows: j.cells(p, chains),
			Types:  map[int]sheet.Type{5: sheet.Number, 6: sheet.Number, 7: sheet.Number, 8: sheet.Number, 9: sheet.Number, 10: sheet.Number},
			Header: []string{"乡镇代码", "乡镇", "事项", "环节", "月份", "件数", "按时", "临期（黄）", "逾期（红）", "用时中位数（工作小时）", "用时第90百分位（工作小时）"}}}, nil
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
			if !yield([]string{r.Division, p.name(r.Division), chainTitle(chains, workflow.ChainID(r.Chain)), glossary.State(r.Stage).Title(), r.Month,
				fmt.Sprint(r.Count), fmt.Sprint(r.OnTime), fmt.Sprint(r.Yellow), fmt.Sprint(r.Red), number(r.Median), number(r.P90)}, nil) {
				return
			}
		}
		t := j.Totals
		yield([]string{"合计", "合计", "", "", "", fmt.Sprint(t.Count), fmt.Sprint(t.OnTime), fmt.Sprint(t.Yellow), fmt.Sprint(t.Red), "", ""}, nil)
	}
}

// The shape of an entry of the register that scripts read.
type (
	spokenJSON struct {
		At     time.Time        `json:"at"`
		By     string           `json:"by"`
		Text   string           `json:"text,omitempty"`
		MoveBy calendar.Day     `json:"move_by,omitzero"`
		Ruling workflow.Verdict `json:"ruling,omitempty"`
		Ground string           `json:"ground,omitempty"`
	}
	breachJSON struct {
		ID          string                `json:"id"`
		CaseID      string                `json:"case_id"`
		Number      string                `json:"number"`
		Chain       workflow.ChainID      `json:"chain"`
		Stage       glossary.State        `json:"stage"`
		Division    string                `json:"division"`
		GroupNo     string                `json:"group_no"`
		Householder string                `json:"householder"`
		Office      string                `json:"office"`
		Officer     *string               `json:"officer"`
		Rule        law.Rule              `json:"rule"`
		Article     string                `json:"article"`
		Limit       law.LimitID           `json:"limit"`
		DueBefore   time.Time             `json:"due_before"`
		LateHours   float64               `json:"late_hours"`
		OpenedAt    time.Time             `json:"opened_at"`
		ExplainBy   *time.Time            `json:"explain_by"`
		MetAt       *time.Time            `json:"met_at"`
		ClosedAt    *time.Time            `json:"closed_at"`
		Status      workflow.BreachStatus `json:"status"`
		Explanation *spokenJSON           `json:"explanation"`
		Ruling      *spokenJSON           `json:"ruling"`
	}
	breachesJSON struct {
		From  *calendar.Day `json:"from"` // null: open
		To    calendar.Day  `json:"to"`
		Items []breachJSON  `json:"items"`
		Total int           `json:"total"`
	}
)

var breachStatuses = []workflow.BreachStatus{workflow.BreachOpen, workflow.BreachExplained, workflow.BreachUpheld, workflow.BreachExcused, workflow.BreachClosed}

func slaBreaches(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "breaches", Short: "the breach register (红牌台账)",
		Long: "Lists the red cards whose limit passed between the two days: whose, by how many working hours, what was said about it and\n" +
			"how it was ruled on. --to is excluded.",
		Example: "  anju sla breaches --status open\n  anju sla breaches --from 2026-01-01 --to 2026-04-01 --out 超期台账.xlsx",
	}
	period, narrow := spanFlags(c, "on which a limit passed", "all there is"), areaFlags(c)
	status := c.Flags().String("status", "", "open, explained, upheld, excused or closed")
	out := printerFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := out.take(c); err != nil {
			return err
		}
		if err := narrow.check(chains.Published()); err != nil {
			return err
		}
		if s := workflow.BreachStatus(*status); s != "" && !slices.Contains(breachStatuses, s) {
			return usagef("--status %q is none of open, explained, upheld, excused, closed", *status)
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
			l, err := b.breaches(c.Context(), *period, narrow, workflow.BreachStatus(*status))
			if err != nil {
				return err
			}
			return out.print(c, l)
		})(c, args)
	}
	return c
}

func (b *backend) breaches(ctx context.Context, period span, narrow *area, status workflow.BreachStatus) (l listing, err error) {
	p, err := b.places(ctx)
	if err != nil {
		return l, err
	}
	q := models.BreachQuery{Chain: narrow.chain, Stage: narrow.stage, Status: status}
	if q.From, q.To, err = period.days(b.now(), true); err != nil {
		return l, err
	}
	if narrow.township, err = p.township(narrow.township); err != nil {
		return l, err
	}
	q.Township = narrow.township
	chains := chains.Published()
	asked := narrow.asked(q.From, q.To, p, chains)
	if status != "" {
		asked += "；状态：" + status.Title()
	}
	register := b.register(ctx, q)
	n := 0
	return listing{now: b.now(), short: []int{0, 1, 3, 6, 7, 8, 11, 12, 13, 14}, right: []int{0, 13},
		foot: func() string { return fmt.Sprintf("共 %d 张；%s", n, asked) },
		json: func() (any, error) {
			j := breachesJSON{To: q.To, Items: []breachJSON{}}
			if q.From != 0 {
				j.From = &q.From
			}
			for one, err := range register {
				if err != nil {
					return nil, err
				}
				j.Items = append(j.Items, one)
			}
			j.Total = len(j.Items)
			return j, nil
		},
		table: sheet.Table{Title: "超期台账", About: sheet.About{Query: asked},
			Types: map[int]sheet.Type{12: sheet.Time, 13: sheet.Number, 15: sheet.Time, 16: sheet.Time, 19: sheet.Date, 20: sheet.Time,
				24: sheet.Time, 25: sheet.Time},
			Header: []string{"编号", "办件编号", "事项", "环节", "区划代码", "组", "户主", "责任单位", "承办人", "规则", "条文", "期限", "到期（此刻之前）", "超期工作小时", "状态", "应说明（此刻之前）",
				"说明时间", "说明人", "说明", "承诺办结日期", "裁定时间", "裁定人", "裁定", "裁定理由", "办结时间", "销号时间"},
			Rows: func(yield func([]string, error) bool) {
				for one, err := range register {
					n++
					if !yield(one.cells(chains), err) {
						return
					}
				}
			}}}, nil
}

// register are the entries asked for, read one by one.
func (b *backend) register(ctx context.Context, q models.BreachQuery) iter.Seq2[breachJSON, error] {
	return func(yield func(breachJSON, error) bool) {
		county, err := b.store.County(ctx)
		if err != nil {
			yield(breachJSON{}, err)
			return
		}
		officers, err := b.store.Officers(ctx)
		if err != nil {
			yield(breachJSON{}, err)
			return
		}
		names := map[workflow.OfficerID]string{}
		for _, o := range officers {
			names[o.ID] = o.Name
		}
		enough := errors.New("no more rows are wanted")
		err = b.store.EachBreach(ctx, 0, q, func(l models.BreachLine) error {
			if !yield(breachOf(l, county, names, b.now()), nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(breachJSON{}, err)
		}
	}
}

func breachOf(l models.BreachLine, county workflow.County, names map[workflow.OfficerID]string, now time.Time) breachJSON {
	end := now
	if l.MetAt != nil {
		end = *l.MetAt
	}
	late := county.Calendar.Between(county.Parameters.WorkHours(), l.DueBefore, end)
	j := breachJSON{ID: fmt.Sprint(l.ID), CaseID: fmt.Sprint(l.Case), Number: l.Number, Chain: l.Chain, Stage: l.Stage, Division: l.Division, GroupNo: l.GroupNo,
		Householder: l.Householder, Office: l.OfficeName, Rule: l.Rule, Article: l.Under.String(), Limit: l.Limit, DueBefore: l.DueBefore.In(calendar.Shanghai),
		LateHours: hours(int(late.Minutes())), OpenedAt: l.OpenedAt.In(calendar.Shanghai), ExplainBy: here(&l.ExplainBy), MetAt: here(l.MetAt), ClosedAt: here(l.ClosedAt),
		Status: l.Status()}
	if l.OfficerName != "" {
		j.Officer = &l.OfficerName
	}
	if e := l.Explained; e != nil {
		j.Explanation = &spokenJSON{At: e.At.In(calendar.Shanghai), By: names[e.Officer], Text: e.Text, MoveBy: e.MoveBy}
	}
	if r := l.Ruled; r != nil {
		j.Ruling = &spokenJSON{At: r.At.In(calendar.Shanghai), By: names[r.Officer], Ruling: r.Verdict, Ground: r.Ground}
	}
	return j
}

// here is an instant in the county's zone; nil for none.
func here(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	local := t.In(calendar.Shanghai)
	return &local
}

// cells are an entry as a row of text.
func (j breachJSON) cells(chains workflow.Chains) []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format("2006-01-02 15:04")
	}
	officer := ""
	if j.Officer != nil {
		officer = *j.Officer
	}
	row := []string{j.ID, j.Number, chainTitle(chains, j.Chain), j.Stage.Title(), j.Division, j.GroupNo, j.Householder, j.Office, officer, string(j.Rule), j.Article,
		string(j.Limit), at(&j.DueBefore), fmt.Sprintf("%.1f", j.LateHours), j.Status.Title(), at(j.ExplainBy), "", "", "", "", "", "", "", "", at(j.MetAt), at(j.ClosedAt)}
	if e := j.Explanation; e != nil {
		row[16], row[17], row[18] = at(&e.At), e.By, e.Text
		if e.MoveBy != 0 {
			row[19] = e.MoveBy.String()
		}
	}
	if r := j.Ruling; r != nil {
		row[20], row[21], row[22], row[23] = at(&r.At), r.By, r.Ruling.Title(), r.Ground
	}
	return row
}
