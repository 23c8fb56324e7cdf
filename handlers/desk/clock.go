package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
)

// deadlineLine is one deadline of a case, explained.
type deadlineLine struct {
	view.Deadline
	Law, Left string
	Lamp      web.Badge
	Weeks     []dayCell
	Counted   []dayLine
}

// dayLine is one day of a deadline: what kind of day it is, and its number among those that count.
type dayLine struct {
	view.CountedDay
	Title string
	N     int
}

// dayCell is one day of the calendar strip; an empty one fills the week before the first.
type dayCell struct {
	Text, Note, Class, Full string
}

// clockData is the sheet on which every day of every deadline of a case is counted, and its life divided among those
// who had it.
type clockData struct {
	web.Layout
	Case      view.Case
	Chain     string
	Deadlines []deadlineLine
	Times     view.Attribution
	Total     view.Owned
}

// ClockPage shows how the deadlines of a case are counted, day by day.
func (a *Pages) ClockPage(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := clockData{Layout: a.site.Layout(c, "期限怎么算的："+v.Case.Householder), Chain: v.Chain.Title}
	if d.Case, err = a.views.NewCase(ctx, v); err != nil {
		return err
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if d.Deadlines, err = a.deadlineLines(ctx, v); err != nil {
		return err
	}
	if d.Times, err = a.lookup.Attribution(ctx, v); err != nil {
		return err
	}
	for i, t := range d.Times.Totals {
		if t.Owner.Office == "" {
			d.Times.Totals[i].Owner.Office = t.Owner.Party.Title()
		}
		d.Total.Wall, d.Total.Working = d.Total.Wall+t.Wall, d.Total.Working+t.Working
	}
	return a.site.Show(c, 200, "clock", d)
}

// deadlineLines explains the deadlines of a case, the newest first.
func (a *Pages) deadlineLines(ctx context.Context, v workflow.View) ([]deadlineLine, error) {
	all, err := a.lookup.Deadlines(ctx, v)
	if err != nil {
		return nil, err
	}
	var list []deadlineLine
	for _, x := range slices.Backward(all) {
		l := deadlineLine{Deadline: x, Lamp: web.NewBadge(string(x.Light), x.Paused)}
		if !x.Live() {
			l.Lamp = web.Over
		}
		if x.Limit != nil {
			l.Law = fmt.Sprintf("%d %s，%s %s %s", x.Limit.N, web.Units[string(x.Limit.Unit)], x.Limit.ID, x.Limit.Rule,
				x.Limit.Article)
		}
		if x.DueOn != nil && x.Live() {
			l.Left = a.site.Left(*x.DueOn)
		}
		n := 0
		for _, y := range x.Days {
			if y.Counted {
				n++
			}
			title := web.DayKinds[y.Kind]
			if y.Ground != "" {
				title += "（" + y.Ground + "）"
			}
			l.Counted = append(l.Counted, dayLine{y, title, n})
		}
		if x.Live() { // of a clock that is over the list is enough
			l.Weeks = newWeeks(l.Counted, x.DueOn)
		}
		list = append(list, l)
	}
	return list, nil
}

// newWeeks lays the days of a deadline out in weeks from Monday to Sunday, with the count in each counted day.
func newWeeks(days []dayLine, due *view.Day) []dayCell {
	if len(days) == 0 {
		return nil
	}
	cells := make([]dayCell, (int(days[0].Date.Weekday())+6)%7, len(days)+7)
	for i := range cells {
		cells[i].Class = "e"
	}
	for _, d := range days {
		_, month, day := d.Date.Date()
		cell := dayCell{Text: fmt.Sprintf("%d/%d", month, day), Note: d.Title, Full: d.Date.String() + " " + d.Title}
		switch {
		case d.Counted:
			cell.Class, cell.Note = "c", fmt.Sprintf("第%d日", d.N)
			cell.Full += "，" + cell.Note
		case strings.HasPrefix(d.Title, "暂"):
			cell.Class, cell.Note = "p", "暂停"
		}
		if due != nil && d.Date == *due {
			cell.Class += " last"
			cell.Full += "，到期日"
		}
		cells = append(cells, cell)
	}
	return cells
}
