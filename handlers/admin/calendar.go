package admin

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/org"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
)

type calendarData struct {
	web.Layout
	Years    []yearLine
	Versions []registry.CalendarVersion
	Typed    yearText
	Tried    bool // a dry run is shown
	Done     workflow.Imported
	Moves    []movedLine
}

// yearText is a notice as it was typed.
type yearText struct{ Year, Notice, Published, Off, Work string }

type yearLine struct {
	Year, Notice string
	Provisional  bool
}

type movedLine struct{ Href, Number, Stage, Limit, Was, Is, Why, How string }

// CalendarPage shows the days of a year and the files of holidays.
func (a *Pages) CalendarPage(c *fiber.Ctx, by *request.Caller) error {
	return a.showCalendar(c, calendarData{Layout: a.site.Layout(c, "工作日历")}, 200)
}

func (a *Pages) showCalendar(c *fiber.Ctx, d calendarData, status int) error {
	d.Here = "/admin/calendar"
	cal := a.svc.County().Calendar
	known := map[int]bool{}
	for _, y := range cal.Years() {
		known[y.Year] = true
		d.Years = append(d.Years, yearLine{Year: fmt.Sprint(y.Year), Notice: y.Notice})
	}
	this, _, _ := a.site.Today().Date()
	for y := this; y <= this+1; y++ {
		if !known[y] {
			d.Years = append(d.Years, yearLine{Year: fmt.Sprint(y), Provisional: true})
		}
	}
	var err error
	if d.Versions, err = a.store.CalendarVersions(c.UserContext()); err != nil {
		return err
	}
	return a.site.Show(c, status, "calendar", d)
}

// yearOf reads a year's notice as it is typed from the paper: breaks and make-up days, one a line.
func yearOf(c *fiber.Ctx) ([]calendar.Year, error) {
	lines := func(name string) []string {
		return strings.FieldsFunc(c.FormValue(name),
			func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；、", r) })
	}
	year, err := strconv.Atoi(forms.NormalIDNumber(strings.TrimSpace(c.FormValue("year"))))
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(map[string]any{"year": year, "notice": strings.TrimSpace(c.FormValue("notice")),
		"published_on": c.FormValue("published_on"), "off": lines("off"), "work": lines("work")})
	if err != nil {
		return nil, err
	}
	return calendar.ParseYears(raw)
}

// PostCalendar tries a notice, and puts it in force when it is sent again with do=apply: the people see first what
// would move.
func (a *Pages) PostCalendar(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	d := calendarData{Layout: a.site.Layout(c, "工作日历"), Tried: true,
		Typed: yearText{c.FormValue("year"), c.FormValue("notice"), c.FormValue("published_on"), c.FormValue("off"),
			c.FormValue("work")}}
	apply := c.FormValue("do") == "apply"
	years, err := yearOf(c)
	if err == nil && (years[0].Notice == "" || len([]rune(years[0].Notice)) < 6) {
		err = schema.Invalid("notice", "请写明通知的名称和文号，例如：国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕7号）")
	}
	if err == nil {
		act := intake.Act(by, "启用工作日历", "")
		d.Done, err = a.svc.ImportCalendar(org.WithAct(ctx, act), by.ID, years, !apply)
	}
	if err != nil {
		p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
		d.Tried, d.Errors = false, []web.PageError{{Href: "#off",
			Text: "这份通知读不通，没有改动任何内容。请核对：年份是今年、明年或近十年；日期都在这一年（元旦可从上一年12月起）；放假写作 2027-01-01/2027-01-03，一行一段；调休上班日须是周六或周日；" +
				"同一天不能既放假又上班"}}
		if p.Status == 422 && len(p.Errors) > 0 {
			d.Errors = web.ErrorsOnPage(p)
		}
		return a.showCalendar(c, d, 422)
	}
	if apply {
		if a.countyChanged != nil {
			if err := a.countyChanged(ctx); err != nil {
				return err
			}
		}
		a.intake.LogAct(ctx, intake.Act(by, "启用工作日历", fmt.Sprintf("第 %d 版", d.Done.Version)))
		d.Notice, d.Tried, d.Typed = fmt.Sprintf("已启用日历第 %d 版，重新计算了 %d 个期限", d.Done.Version, len(d.Done.Moves)), false,
			yearText{}
	}
	for _, m := range d.Done.Moves {
		l := movedLine{Href: web.CaseAddress(m.Case), Number: m.Number, Stage: m.Stage.Title(), Limit: string(m.Limit),
			Was: m.Was.String(), Is: m.Is.String(), Why: m.Why, How: "改期"}
		switch {
		case m.Held:
			l.How = "已到期，不改"
		case m.Settled:
			l.How = "暂定转为确定"
		}
		d.Moves = append(d.Moves, l)
	}
	return a.showCalendar(c, d, 200)
}
