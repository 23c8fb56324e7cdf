package web

import (
	"fmt"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/view"
	"anju/workflow/calendar"
	"anju/workflow/lines"
)

// CaseLine is a case in a list of a page, with what remains of its limit.
type CaseLine struct {
	view.CaseLine
	ChainTitle, Kind, Text, Left string
	Lamp                         Badge
}

// Pager leads through the pages of a list.
type Pager struct {
	Page, Pages int
	Prev, Next  string
}

// PerPage is how many lines a page of a list has.
const PerPage = 20

// PagerOf returns the pager of a list, and the page asked for.
func PagerOf(c *fiber.Ctx, total int) (Pager, int) {
	n := max(1, c.QueryInt("page", 1))
	p := Pager{Page: n, Pages: max(1, (total+PerPage-1)/PerPage)}
	at := func(i int) string {
		q, err := url.ParseQuery(string(c.Request().URI().QueryString()))
		if err != nil {
			q = url.Values{}
		}
		q.Set("page", fmt.Sprint(i))
		return c.Path() + "?" + q.Encode()
	}
	if n > 1 {
		p.Prev = at(n - 1)
	}
	if n < p.Pages {
		p.Next = at(n + 1)
	}
	return p, n
}

// ListLine shows a case as a line, with what remains of its limit.
func (a *Site) ListLine(shown view.CaseLine) CaseLine {
	l := CaseLine{CaseLine: shown, Lamp: NewBadge(string(shown.Light), shown.Paused)}
	least := false
	if ch, err := a.svc.Chains().At(shown.Chain, shown.ChainVersion); err == nil {
		l.ChainTitle = ch.Title
		st, _ := ch.Stage(shown.State)
		least = st.Within.Bound == calendar.Min
	}
	if shown.ClosedAt != nil {
		l.Lamp = Over
	}
	if shown.DueOn != nil {
		l.Left = a.LeftOf(least, *shown.DueOn)
	}
	return l
}

// EndedLine is a line that says how the case ended.
func (a *Site) EndedLine(shown view.CaseLine) CaseLine {
	l := a.ListLine(shown)
	if ch, err := a.svc.Chains().At(shown.Chain, shown.ChainVersion); err == nil && shown.Outcome != nil {
		l.Text = lines.Ended(ch, *shown.Outcome)
	}
	return l
}

// LeftOf says what remains of a limit; a minimum that has run makes no office late.
func (a *Site) LeftOf(least bool, on view.Day) string {
	switch today := a.Today(); {
	case !least:
		return a.Left(on)
	case today > on.Day:
		return "期限已满，可以往下办"
	case today == on.Day:
		return "今天 24:00 期满，明天可以签署"
	}
	return a.Left(on) + "期满"
}

// Left says how many working days remain until the end of a day.
func (a *Site) Left(on view.Day) string {
	cal, today := a.svc.County().Calendar, a.Today()
	switch {
	case today == on.Day:
		return "今天到期"
	case today > on.Day:
		return fmt.Sprintf("已过 %d 个工作日", workingDays(cal, on.Day, today))
	}
	return fmt.Sprintf("剩 %d 个工作日", workingDays(cal, today, on.Day))
}

// workingDays counts the working days after one day up to another.
func workingDays(cal *calendar.Calendar, from, to calendar.Day) int {
	n := 0
	for d := from + 1; d <= to; d++ {
		if cal.Working(d) {
			n++
		}
	}
	return n
}
