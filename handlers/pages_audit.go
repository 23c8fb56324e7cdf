package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// auditFilter is what the pages of the audit are narrowed to; it lives in the address, so that a link can be sent.
type auditFilter struct {
	From, To, Township, Chain, Stage, Month, Light, Status string
}

func filterOf(c *fiber.Ctx) auditFilter {
	q := func(name string) string { return clip(strings.TrimSpace(c.Query(name)), 60) }
	return auditFilter{q("from"), q("to"), q("township"), q("chain"), q("stage"), q("month"), q("light"), q("status")}
}

func (f auditFilter) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"from": f.From, "to": f.To, "township": f.Township, "chain": f.Chain, "stage": f.Stage, "month": f.Month, "light": f.Light,
		"status": f.Status} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// At is a page of the audit under the filter with some of it changed: name, value, name, value.
func (f auditFilter) At(path string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1]; pairs[i] {
		case "township":
			f.Township = v
		case "chain":
			f.Chain = v
		case "stage":
			f.Stage = v
		case "month":
			f.Month = v
		case "light":
			f.Light = v
		case "status":
			f.Status = v
		}
	}
	return path + "?" + f.query()
}

type share struct {
	Name, Href, CardsHref, RedHref string
	Count, OnTime, Yellow, Red     int
	Cards                          int // red cards of the register
	Rate                           string
	Median, P90                    string
}

type heatRow struct {
	Name  string
	Cells []heatCell
}

type heatCell struct {
	Text, Href, Label string
	Heat              int // 0 none late … 3 a third and more
}

// lateLine is who is late now: at which desk, since when.
type lateLine struct {
	CaseID, Href, CaseHref, Number, Head, Office, Officer, Chain, Stage, Due, Late, Status string
}

type auditData struct {
	shell
	F                        auditFilter
	Chains                   []option
	Count, OnTime, Red, Open int
	Rate                     string
	Towns                    []share
	Months                   []string
	Heat                     []heatRow
	Classes                  []share
	Trend                    []share
	Late                     []lateLine
	Due                      []taskLine
	TownChart, HourChart     bars
	TrendChart               trend
	SummaryXLSX, BreachXLSX  string
	Ratings                  string
}

// stageOf narrows the answer of a form to what the store is asked.
func (a *app) stageQuery(c *fiber.Ctx, by *caller, f auditFilter) (models.SummaryQuery, error) {
	q, err := a.summaryQuery(c.UserContext(), by, Span{f.From, f.To}, Narrow{f.Township, f.Chain, f.Stage})
	if err != nil {
		return q, err
	}
	return cellOf(q, f.Month)
}

// plainly says in words of the page what is wrong with an address of the audit.
func (a *app) plainly(c *fiber.Ctx, by *caller, err error) error {
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by.officer()})
	if p.Status != 422 {
		return err
	}
	words := map[string]string{"from": "起始日期写作 2026-03-01，早于截止日期，一次最多五年", "to": "截止日期写作 2026-04-01，晚于起始日期", "month": "月份写作 2026-03，在统计的时间之内"}
	fields := []workflow.FieldError{}
	for _, e := range p.Errors {
		text := words[e.Field]
		if text == "" {
			text = "没有这个选项，请回到效能监督页选择"
		}
		fields = append(fields, workflow.FieldError{Field: e.Field, Message: text})
	}
	if len(fields) == 0 {
		return err
	}
	return refuse(422, fields[0].Message, fields...)
}

func rate(part, of int) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", float64(part)*100/float64(of))
}

// divisionNames are the names of all divisions by their codes.
func (a *app) divisionNames(ctx context.Context) (map[string]string, error) {
	list, err := a.store.Divisions(ctx)
	names := map[string]string{}
	for _, d := range list {
		names[d.Code] = d.Name
	}
	return names, err
}

// auditPage answers the county on one page: how many ran, late, by whom (R-numbers stand in the tables behind it).
func (a *app) auditPage(c *fiber.Ctx, by *caller) error {
	ctx, f := c.UserContext(), filterOf(c)
	f.Month, f.Light, f.Status, f.Stage = "", "", "", ""
	d := auditData{shell: a.shell(c, "效能监督"), F: f}
	for _, ch := range a.svc.Chains().All() {
		d.Chains = append(d.Chains, option{string(ch.ID), ch.Title, f.Chain == string(ch.ID)})
	}
	q, err := a.stageQuery(c, by, f)
	if err != nil {
		var p *problem
		if !errors.As(a.plainly(c, by, err), &p) || p.Status != 422 {
			return err
		}
		d.Errors = errorsOnPage(p)
		return a.show(c, p.Status, "audit", d)
	}
	f.From, f.To = q.From.String(), q.To.String()
	d.F = f
	rows, err := a.store.Summary(ctx, by.ID, q)
	if err != nil {
		return err
	}
	names, err := a.divisionNames(ctx)
	if err != nil {
		return err
	}
	if err := a.tables(ctx, by, &d, rows, names, q); err != nil {
		return err
	}
	classes, err := a.store.Distribution(ctx, by.ID, q)
	if err != nil {
		return err
	}
	d.Classes = hourClasses(classes)
	d.HourChart = barsOf(d.Classes, func(s share) (int, int) { return s.Count, 0 })
	if err := a.lateNow(ctx, by, &d); err != nil {
		return err
	}
	d.SummaryXLSX, d.BreachXLSX = apiRoot+f.At("/sla/summary.xlsx"), apiRoot+f.At("/sla/breaches.xlsx")
	return a.show(c, 200, "audit", d)
}

// hourClasses names the classes of the distribution.
func hourClasses(counts []int) []share {
	var list []share
	from := 0
	for i, n := range counts {
		name := fmt.Sprintf("%d 工时以上", from)
		if i < len(models.HourBounds) {
			name = fmt.Sprintf("%d–%d 工时", from, models.HourBounds[i])
			from = models.HourBounds[i]
		}
		list = append(list, share{Name: name, Count: n})
	}
	return list
}

// tables fills the tables of the board from the summary: by township, stage × month, and the months.
func (a *app) tables(ctx context.Context, by *caller, d *auditData, rows []models.SummaryRow, names map[string]string, q models.SummaryQuery) error {
	towns, months := map[string]*share{}, map[string]*share{}
	type stage struct{ chain, stage string }
	heat, order := map[stage]map[string]*share{}, []stage{}
	cell := func(m map[string]*share, k string) *share {
		if m[k] == nil {
			m[k] = &share{}
		}
		return m[k]
	}
	for _, r := range rows {
		k := stage{r.Chain, r.Stage}
		if heat[k] == nil {
			heat[k], order = map[string]*share{}, append(order, k)
		}
		for _, s := range []*share{cell(towns, twelve(r.Township)), cell(months, r.Month), cell(heat[k], r.Month)} {
			s.Count, s.OnTime, s.Yellow, s.Red = s.Count+r.Count, s.OnTime+r.OnTime, s.Yellow+r.Yellow, s.Red+r.Red
		}
		d.Count, d.OnTime, d.Red = d.Count+r.Count, d.OnTime+r.OnTime, d.Red+r.Red
	}
	d.Rate = rate(d.Count-d.Red, d.Count)
	for code := range names {
		if strings.HasSuffix(code, "000") && !strings.HasSuffix(code, "000000") && workflow.Within(by.Division, code, "") {
			cell(towns, code) // also those with nothing to show
		}
	}
	for code, s := range towns {
		s.Name, s.Rate = cmp.Or(names[code], code), rate(s.Count-s.Red, s.Count)
		s.Href, s.RedHref = d.F.At("/audit/stages", "township", code), d.F.At("/audit/stages", "township", code, "light", "red")
		s.CardsHref = d.F.At("/audit/breaches", "township", code)
		bq := models.BreachQuery{From: q.From, To: q.To, Township: code, Chain: q.Chain, Page: 1, PerPage: 1}
		var err error
		if _, s.Cards, err = a.store.Breaches(ctx, by.ID, bq); err != nil {
			return err
		}
		d.Towns = append(d.Towns, *s)
	}
	slices.SortFunc(d.Towns, func(x, y share) int {
		return cmp.Or(cmp.Compare(y.Cards, x.Cards), cmp.Compare(y.Red, x.Red), strings.Compare(x.Name, y.Name))
	})
	d.TownChart = barsOf(d.Towns, func(s share) (int, int) { return s.Count - s.Red, s.Red })
	for m := range months {
		d.Months = append(d.Months, m)
	}
	slices.Sort(d.Months)
	if len(d.Months) > 12 {
		d.Months = d.Months[len(d.Months)-12:]
	}
	for _, m := range d.Months {
		s := *months[m]
		s.Name, s.Rate, s.Href = m, rate(s.Count-s.Red, s.Count), d.F.At("/audit/stages", "month", m)
		d.Trend = append(d.Trend, s)
	}
	d.TrendChart = trendOf(d.Trend)
	places := map[stage]int{}
	for i, ch := range a.svc.Chains().All() {
		for j, st := range ch.Stages {
			places[stage{string(ch.ID), string(st.State)}] = i*1000 + j
		}
	}
	slices.SortFunc(order, func(x, y stage) int { return cmp.Compare(places[x], places[y]) }) // as the chains are written
	for _, k := range order {
		row := heatRow{Name: a.stageName(k.chain, k.stage)}
		for _, m := range d.Months {
			s := heat[k][m]
			if s == nil {
				row.Cells = append(row.Cells, heatCell{})
				continue
			}
			row.Cells = append(row.Cells, heatCell{Text: fmt.Sprintf("%d/%d", s.Red, s.Count), Href: d.F.At("/audit/stages", "chain", k.chain, "stage", k.stage, "month", m, "light", lightIf(s.Red)),
				Label: fmt.Sprintf("%d/%d，%s %s：逾期 %d，共 %d", s.Red, s.Count, row.Name, m, s.Red, s.Count), Heat: heatOf(s.Red, s.Count)})
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

func (a *app) stageName(chain, stage string) string {
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		return ch.Title + "　" + workflow.State(stage).Title()
	}
	return workflow.State(stage).Title()
}

// lateNow lists the open red cards, the longest late first, and what falls due within three working days.
func (a *app) lateNow(ctx context.Context, by *caller, d *auditData) error {
	q := models.BreachQuery{To: a.today() + 1, Township: d.F.Township, Chain: d.F.Chain, Page: 1, PerPage: 200}
	lines, _, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return err
	}
	slices.SortFunc(lines, func(x, y models.BreachLine) int { return x.DueBefore.Compare(y.DueBefore) })
	for _, l := range lines {
		if l.ClosedAt != nil {
			continue
		}
		d.Open++
		if len(d.Late) < 10 {
			d.Late = append(d.Late, a.lateLine(l))
		}
	}
	cases, _, err := a.store.Cases(ctx, by.ID, models.CaseQuery{Light: "yellow", Chain: d.F.Chain, Division: d.F.Township, Page: 1, PerPage: 10})
	if err != nil {
		return err
	}
	for _, x := range cases {
		j := a.lineOf(x)
		d.Due = append(d.Due, a.listLine(j.caseHead, j.Light, j.DueOn, j.DueBefore, j.Paused))
	}
	return nil
}

func (a *app) lateLine(l models.BreachLine) lateLine {
	chain := string(l.Chain)
	if ch, err := a.svc.Chains().At(l.Chain, l.ChainVersion); err == nil {
		chain = ch.Title
	}
	return lateLine{CaseID: fmt.Sprint(l.Case), Href: fmt.Sprintf("/audit/breaches/%d", l.ID), CaseHref: caseAddress(l.Case), Number: l.Number, Head: l.Householder, Office: l.OfficeName, Officer: l.OfficerName,
		Chain: chain, Stage: l.Stage.Title(), Due: dayText((calendar.DayOf(l.DueBefore) - 1).String()) + "止", Late: lateText(a.late(l.Breach)), Status: l.Status().Title()}
}

// lateText says how late somebody is, in working time; what ended at the very instant was not late by any.
func lateText(minutes int) string {
	if minutes == 0 {
		return "期满即办结"
	}
	return "已超 " + hoursText(minutes)
}

type stagesData struct {
	shell
	F      auditFilter
	About  string
	Items  []stageItem
	Total  int
	Pager  pager
	Lights []option
}

type stageItem struct {
	Href, Number, Head, Chain, Stage, Office, Entered, Left, Due, Hours string
	Lamp                                                                lamp
}

// stagesPage lists the stages behind a number of the board: as many as the number says.
func (a *app) stagesPage(c *fiber.Ctx, by *caller) error {
	f := filterOf(c)
	q, err := a.stageQuery(c, by, f)
	if _, ok := cellLights[f.Light]; err == nil && !ok {
		err = invalid("light", "")
	}
	if err != nil {
		return a.plainly(c, by, err)
	}
	lines, total, err := a.store.StagesBehind(c.UserContext(), by.ID, q, cellLights[f.Light], max(1, c.QueryInt("page", 1)), perPage)
	if err != nil {
		return err
	}
	d := stagesData{shell: a.shell(c, "环节明细"), F: f, Total: total, About: a.queryText(c.UserContext(), q.From, q.To, q.Township, q.Chain, q.Stage)}
	d.Pager, _ = pagerOf(c, total)
	for _, l := range lines {
		j := stageLineOf(l)
		x := stageItem{Href: caseAddress(l.Case), Number: j.Number, Head: j.Head, Chain: a.stageName(j.Chain, j.Stage), Office: j.Office, Entered: when(j.EnteredAt), Left: when(j.LeftAt), Due: when(j.DueBefore),
			Lamp: lampOf(string(l.Light), false)}
		if j.Hours != nil {
			x.Hours = fmt.Sprintf("%g", *j.Hours)
		}
		d.Items = append(d.Items, x)
	}
	return a.show(c, 200, "stages", d)
}

type breachesData struct {
	shell
	F        auditFilter
	Items    []lateLine
	Total    int
	Pager    pager
	XLSX     string
	Statuses []option
	About    string
	Urges    string // 督办 or 催办: what the caller may send to the offices of the ticked cards; empty for nothing
	Key      string
	Text     string
	Results  []bulkResult
}

func (a *app) breachesPage(c *fiber.Ctx, by *caller) error { return a.showBreaches(c, by, nil, nil) }

// urges is the record by which an office presses another: the supervision office supervises, a township and a counter urge.
func urges(by *caller) workflow.RecordKind {
	switch by.OfficeKind {
	case workflow.SupervisionOffice:
		return workflow.SuperviseKind
	case workflow.TownshipGovernment, workflow.ServiceCenter:
		return workflow.UrgeKind
	}
	return ""
}

// postUrge sends one reminder to the offices of several red cards, each a line in the history of its case.
func (a *app) postUrge(c *fiber.Ctx, by *caller) error {
	ctx, form, kind := c.UserContext(), formOf(c), urges(by)
	key, text := form.Get("key"), strings.TrimSpace(form.Get("text"))
	cases := slices.Compact(slices.Sorted(slices.Values(form["case"])))
	err := error(nil)
	switch {
	case kind == "":
		return errNoHandler
	case key == "" || len(key) > 60:
		return refuse(400, "页面缺少一次性编号，请刷新后重新提交")
	case len(cases) == 0:
		err = invalid("case", "请先勾选要"+kind.Title()+"的红牌")
	case len(cases) > bulkMost:
		err = invalid("case", fmt.Sprintf("一次最多%s %d 件", kind.Title(), bulkMost))
	case text == "":
		err = invalid("text", "请写明要求，例如：请三日内办结并说明原因")
	}
	if err != nil {
		return a.showBreaches(c, by, nil, a.answer(ctx, err, where{path: c.Path(), by: by.officer()}))
	}
	raw, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	var results []bulkResult
	for _, id := range cases {
		n, err := number(id)
		r := bulkResult{Number: id, Href: "/cases/" + id}
		if err == nil {
			var v workflow.View
			if v, err = a.svc.View(ctx, workflow.CaseID(n), by.ID); err == nil {
				r.Number = v.Case.Number
				_, err = a.record(ctx, by, v.Case.ID, key+"-"+id, digest([]byte("urge"), raw), recordBody{Kind: string(kind), Data: raw})
			}
		}
		if r.Done, r.Text = err == nil, "已"+kind.Title(); err != nil {
			r.Text = a.answer(ctx, err, where{path: c.Path(), id: workflow.CaseID(n), by: by.officer()}).Detail
		}
		results = append(results, r)
	}
	return a.showBreaches(c, by, results, nil)
}

func (a *app) showBreaches(c *fiber.Ctx, by *caller, results []bulkResult, refused *problem) error {
	ctx, f := c.UserContext(), filterOf(c)
	q, err := a.breachQuery(ctx, by, Register{From: f.From, To: f.To, Status: f.Status, Narrow: Narrow{f.Township, f.Chain, f.Stage}}, Paging{Page: max(1, c.QueryInt("page", 1)), PerPage: perPage})
	if err == nil && f.Status != "" && !slices.Contains([]string{"open", "explained", "upheld", "excused", "closed"}, f.Status) {
		err = invalid("status", "")
	}
	if err != nil {
		return a.plainly(c, by, err)
	}
	lines, total, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return err
	}
	d := breachesData{shell: a.shell(c, "超期台账"), F: f, Total: total, XLSX: apiRoot + f.At("/sla/breaches.xlsx"), About: a.queryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage)}
	d.Urges, d.Key, d.Results, d.Here = urges(by).Title(), rand.Text(), results, "/audit/breaches"
	status := 200
	if refused != nil {
		status, d.Errors, d.Text = refused.Status, errorsOnPage(refused), c.FormValue("text")
	}
	d.Pager, _ = pagerOf(c, total)
	for _, s := range []workflow.BreachStatus{"", "open", "explained", "upheld", "excused", "closed"} {
		title := "全部"
		if s != "" {
			title = s.Title()
		}
		d.Statuses = append(d.Statuses, option{string(s), title, string(s) == f.Status})
	}
	for _, l := range lines {
		d.Items = append(d.Items, a.lateLine(l))
	}
	return a.show(c, status, "breaches", d)
}

type breachData struct {
	shell
	B            breachDetailJSON
	Chain        string
	Key          string
	Text, MoveBy string
	Ruling       string
	Ground       string
}

func (a *app) breachPage(c *fiber.Ctx, by *caller) error { return a.showBreach(c, by, nil) }

func (a *app) showBreach(c *fiber.Ctx, by *caller, refused *problem) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	j, err := a.breachDetail(c.UserContext(), by, workflow.BreachID(n))
	if err != nil {
		return err
	}
	d := breachData{shell: a.shell(c, "红牌："+j.Head+"　"+j.StageTitle), B: j, Chain: string(j.Chain), Key: rand.Text()}
	if ch, err := a.svc.Chains().Newest(j.Chain); err == nil {
		d.Chain = ch.Title
	}
	status := 200
	if refused != nil {
		status = refused.Status
		for _, e := range refused.Errors {
			d.Errors = append(d.Errors, pageError{"#" + e.Field, e.Message})
		}
		if len(d.Errors) == 0 {
			d.Errors = []pageError{{"", refused.Detail}}
		}
		d.Text, d.MoveBy, d.Ruling, d.Ground = c.FormValue("text"), c.FormValue("move_by"), c.FormValue("ruling"), c.FormValue("ground")
	}
	if safe(c.Method()) && c.Query("done") != "" {
		d.Notice = "已登记，历次说明和裁定都留在台账里"
	}
	return a.show(c, status, "breach", d)
}

func (a *app) postExplanation(c *fiber.Ctx, by *caller) error {
	body := map[string]string{"text": strings.TrimSpace(c.FormValue("text"))}
	if on := strings.TrimSpace(c.FormValue("move_by")); on != "" {
		body["move_by"] = on
	}
	return a.speakOnPage(c, by, body, a.explainBreach)
}

func (a *app) postRuling(c *fiber.Ctx, by *caller) error {
	if r := c.FormValue("ruling"); r != "upheld" && r != "excused" {
		return a.showBreach(c, by, a.answer(c.UserContext(), invalid("ruling", "请选择：红牌成立，或者情况属实、撤牌"), where{path: c.Path(), by: by.officer()}))
	}
	if len([]rune(strings.TrimSpace(c.FormValue("ground")))) < 4 {
		return a.showBreach(c, by, a.answer(c.UserContext(), invalid("ground", "请写明裁定的理由，例如：说明的情况不影响按期办理"), where{path: c.Path(), by: by.officer()}))
	}
	return a.speakOnPage(c, by, map[string]string{"ruling": c.FormValue("ruling"), "ground": strings.TrimSpace(c.FormValue("ground"))}, a.ruleBreach)
}

// speakOnPage enters an explanation or a ruling from its page, as the API does.
func (a *app) speakOnPage(c *fiber.Ctx, by *caller, body map[string]string, enter func(context.Context, *caller, workflow.BreachID, string, []byte) (entry, error)) error {
	ctx := c.UserContext()
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	e, err := enter(ctx, by, workflow.BreachID(n), c.FormValue("key"), raw)
	if err == nil {
		if e.Before == nil {
			a.keepReply(ctx, by, e, nil) // what was asked alone: a page shows the breach as it is
		}
		return c.Redirect("/audit/breaches/"+c.Params("id")+"?done=1", fiber.StatusSeeOther)
	}
	p := a.answer(ctx, err, where{path: c.Path(), by: by.officer()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showBreach(c, by, p)
}
