package desk

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
)

// deadlineLine is one deadline of a case, explained.
type deadlineLine struct {
	Title, Law, Started, Due, Left, Stricter string
	Lamp                                     web.Badge
	Weeks                                    []dayCell
	Days                                     []dayLine
	Statutory, Provisional, Live             bool
	Back, Remaining                          string // 补录, and what is left while the clock stands
}

// stopLine is one entry of the suspension ledger, or the extension.
type stopLine struct{ Title, Law, Number, From, To, Note string }

type dayLine struct {
	Date, Kind, Law string
	Counted         bool
	N               int
}

// dayCell is one day of the calendar strip; an empty one fills the week before the first.
type dayCell struct {
	Text, Note, Class, Full string
}

// clockData is the sheet on which every day of every deadline of a case is counted, and its life divided among those
// who had it.
type clockData struct {
	web.Layout
	Case      view.CaseJSON
	Chain     string
	Deadlines []deadlineLine
	Stops     []stopLine
	Times     view.AttributionJSON
	Total     view.OwnedJSON
}

// ClockPage shows how the deadlines of a case are counted, day by day.
func (a *Pages) ClockPage(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := clockData{Layout: a.site.Layout(c, "期限怎么算的："+v.Case.Householder), Chain: v.Chain.Title}
	if d.Case, err = a.views.CaseOf(ctx, v); err != nil {
		return err
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if d.Deadlines, err = a.deadlineLines(c, by, v.Case.ID); err != nil {
		return err
	}
	d.Stops = stopLines(d.Case)
	if d.Times, err = a.lookup.AttributionOf(ctx, by, v); err != nil {
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
func (a *Pages) deadlineLines(c *fiber.Ctx, by *request.Caller, id workflow.CaseID) ([]deadlineLine, error) {
	all, err := a.lookup.Deadlines(c.UserContext(), by, id)
	if err != nil {
		return nil, err
	}
	var list []deadlineLine
	for i := len(all) - 1; i >= 0; i-- {
		x := all[i]
		l := deadlineLine{Title: x.Title, Started: web.DayText(x.StartedOn), Lamp: web.NewBadge(string(x.Light), x.Paused),
			Provisional: x.Provisional, Live: x.ClosedAt == nil}
		if !l.Live {
			l.Lamp = web.Over
		}
		if x.Limit != nil {
			l.Statutory = x.Limit.Statutory
			l.Law = fmt.Sprintf("%d %s，%s %s %s", x.Limit.N, web.Units[string(x.Limit.Unit)], x.Limit.ID, x.Limit.Rule,
				x.Limit.Article)
		}
		due := ""
		if x.DueOn != nil {
			due = *x.DueOn
			l.Due = web.DayText(due)
			if l.Live {
				l.Left = a.site.Left(due)
			}
		}
		if x.Stricter != nil {
			l.Stricter = web.DayText(*x.Stricter)
		}
		n := 0
		for _, y := range x.Days {
			if y.Counted {
				n++
			}
			kind := web.DayKinds[y.Kind]
			if y.Ground != "" {
				kind += "（" + y.Ground + "）"
			}
			l.Days = append(l.Days, dayLine{y.Date, kind, y.Article, y.Counted, n})
		}
		if l.Live { // of a clock that is over the list is enough
			l.Weeks = strip(l.Days, due)
		}
		if b := x.BackEntry; b != nil {
			l.Back = fmt.Sprintf("%s收到，%s", web.DayText(b.On), b.Reason)
		}
		if x.Remaining != nil {
			l.Remaining = fmt.Sprintf("还剩 %d 日", *x.Remaining)
		}
		list = append(list, l)
	}
	return list, nil
}

// strip lays the days of a deadline out in weeks from Monday to Sunday, with the count in each counted day.
func strip(days []dayLine, due string) []dayCell {
	if len(days) == 0 {
		return nil
	}
	first, err := time.Parse(time.DateOnly, days[0].Date)
	if err != nil {
		return nil
	}
	cells := make([]dayCell, (int(first.Weekday())+6)%7, len(days)+7)
	for i := range cells {
		cells[i].Class = "e"
	}
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			return nil
		}
		cell := dayCell{Text: fmt.Sprintf("%d/%d", at.Month(), at.Day()), Note: d.Kind, Full: d.Date + " " + d.Kind}
		switch {
		case d.Counted:
			cell.Class, cell.Note = "c", fmt.Sprintf("第%d日", d.N)
			cell.Full += "，" + cell.Note
		case d.Kind != "" && []rune(d.Kind)[0] == '暂':
			cell.Class, cell.Note = "p", "暂停"
		}
		if d.Date == due {
			cell.Class += " last"
			cell.Full += "，到期日"
		}
		cells = append(cells, cell)
	}
	return cells
}

// stopLines is the ledger of a case: suspensions and the extension.
func stopLines(j view.CaseJSON) []stopLine {
	var list []stopLine
	for _, s := range j.Suspensions {
		l := stopLine{Title: s.Title, Law: s.Article, Number: s.Number, From: web.DayText(s.NotifiedOn), To: "正在暂停",
			Note: s.Evidence}
		if s.ResultedOn != nil {
			l.To = web.DayText(*s.ResultedOn)
		}
		list = append(list, l)
	}
	if x := j.Extended; x != nil {
		list = append(list, stopLine{fmt.Sprintf("延长 %d 个工作日", x.Days), x.Article, x.Number, web.DayText(x.On), "—",
			x.Reason})
	}
	return list
}
