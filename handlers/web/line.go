package web

import (
	"fmt"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/calendar"
)

// TaskLine is a task as a line.
type TaskLine struct {
	Href, Number, Head, Place, Chain, Stage, Kind, Text, Due, Left string
	On                                                             string // the due day as data: 2026-03-09
	Lamp                                                           Badge
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

// ListLine shows the head of a case as a line, with what remains of its limit.
func (a *Site) ListLine(h view.CaseHead, light workflow.Light, on, before *string, paused bool) TaskLine {
	l := TaskLine{Href: "/cases/" + h.ID, Number: h.Number, Head: h.Household.Head, Stage: h.Title, Place: h.Division +
		" " + h.GroupNo + "组",
		Lamp: NewBadge(string(light), paused)}
	least := false
	if ch, err := a.svc.Chains().At(h.Chain, h.ChainVersion); err == nil {
		l.Chain = ch.Title
		st, _ := ch.Stage(h.State)
		least = st.Within.Bound == calendar.Min
	}
	if h.ClosedAt != nil {
		l.Lamp = Over
	}
	if on != nil {
		l.On, l.Due, l.Left = *on, DayText(*on), a.LeftOf(least, *on)
	}
	return l
}

// DayText writes a day as people read it.
func DayText(on string) string {
	d, err := calendar.ParseDay(on)
	if err != nil {
		return on
	}
	y, m, n := d.Date()
	return fmt.Sprintf("%d年%d月%d日", y, int(m), n)
}

// LeftOf says what remains of a limit; a minimum that has run makes no office late.
func (a *Site) LeftOf(least bool, on string) string {
	d, err := calendar.ParseDay(on)
	switch today := a.Today(); {
	case err != nil || !least:
		return a.Left(on)
	case today > d:
		return "期限已满，可以往下办"
	case today == d:
		return "今天 24:00 期满，明天可以签署"
	}
	return a.Left(on) + "期满"
}

// Left says how many working days remain until the end of a day.
func (a *Site) Left(on string) string {
	d, err := calendar.ParseDay(on)
	if err != nil {
		return ""
	}
	cal, today := a.svc.County().Calendar, calendar.DayOf(a.svc.Now())
	if today > d {
		n := 0
		for x := d + 1; x <= today; x++ {
			if cal.Working(x) {
				n++
			}
		}
		return fmt.Sprintf("已过 %d 个工作日", n)
	}
	n := 0
	for x := today + 1; x <= d; x++ {
		if cal.Working(x) {
			n++
		}
	}
	if today == d {
		return "今天到期"
	}
	return fmt.Sprintf("剩 %d 个工作日", n)
}
