package handlers

import (
	"fmt"
	"html/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// deadlineLine is one deadline of a case, explained.
type deadlineLine struct {
	Title, Law, Started, Due, Left, Stricter string
	Lamp                                     lamp
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

// clockData is the sheet on which every day of every deadline of a case is counted, and its life divided among those who had it.
type clockData struct {
	shell
	Case      caseJSON
	Chain     string
	Deadlines []deadlineLine
	Stops     []stopLine
	Times     attributionJSON
	Total     ownedJSON
}

func (a *app) clockPage(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := clockData{shell: a.shell(c, "期限怎么算的："+v.Case.Householder), Chain: v.Chain.Title}
	if d.Case, err = a.caseOf(ctx, v); err != nil {
		return err
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if d.Deadlines, err = a.deadlineLines(c, by, v.Case.ID); err != nil {
		return err
	}
	d.Stops = stopLines(d.Case)
	if d.Times, err = a.attributionOf(ctx, by, v); err != nil {
		return err
	}
	for i, t := range d.Times.Totals {
		if t.Owner.Office == "" {
			d.Times.Totals[i].Owner.Office = t.Owner.Party.Title()
		}
		d.Total.Wall, d.Total.Working = d.Total.Wall+t.Wall, d.Total.Working+t.Working
	}
	return a.show(c, 200, "clock", d)
}

// deadlineLines explains the deadlines of a case, the newest first.
func (a *app) deadlineLines(c *fiber.Ctx, by *caller, id workflow.CaseID) ([]deadlineLine, error) {
	all, err := a.deadlines(c.UserContext(), by, id)
	if err != nil {
		return nil, err
	}
	var list []deadlineLine
	for i := len(all) - 1; i >= 0; i-- {
		x := all[i]
		l := deadlineLine{Title: x.Title, Started: dayText(x.StartedOn), Lamp: lampOf(string(x.Light), x.Paused), Provisional: x.Provisional, Live: x.ClosedAt == nil}
		if !l.Live {
			l.Lamp = over
		}
		if x.Limit != nil {
			l.Statutory = x.Limit.Statutory
			l.Law = fmt.Sprintf("%d %s，%s %s %s", x.Limit.N, units[string(x.Limit.Unit)], x.Limit.ID, x.Limit.Rule, x.Limit.Article)
		}
		due := ""
		if x.DueOn != nil {
			due = *x.DueOn
			l.Due = dayText(due)
			if l.Live {
				l.Left = a.left(due)
			}
		}
		if x.Stricter != nil {
			l.Stricter = dayText(*x.Stricter)
		}
		n := 0
		for _, y := range x.Days {
			if y.Counted {
				n++
			}
			kind := dayKinds[y.Kind]
			if y.Ground != "" {
				kind += "（" + y.Ground + "）"
			}
			l.Days = append(l.Days, dayLine{y.Date, kind, y.Article, y.Counted, n})
		}
		if l.Live { // of a clock that is over the list is enough
			l.Weeks = strip(l.Days, due)
		}
		if b := x.BackEntry; b != nil {
			l.Back = fmt.Sprintf("%s收到，%s", dayText(b.On), b.Reason)
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
func stopLines(j caseJSON) []stopLine {
	var list []stopLine
	for _, s := range j.Suspensions {
		l := stopLine{Title: s.Title, Law: s.Article, Number: s.Number, From: dayText(s.NotifiedOn), To: "正在暂停", Note: s.Evidence}
		if s.ResultedOn != nil {
			l.To = dayText(*s.ResultedOn)
		}
		list = append(list, l)
	}
	if x := j.Extended; x != nil {
		list = append(list, stopLine{fmt.Sprintf("延长 %d 个工作日", x.Days), x.Article, x.Number, dayText(x.On), "—", x.Reason})
	}
	return list
}

// historyData is the whole history of a case.
type historyData struct {
	shell
	Case  caseJSON
	Chain string
	Lines []timeLine
}

func (a *app) historyPage(c *fiber.Ctx, by *caller) error {
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := historyData{shell: a.shell(c, "办理经过："+v.Case.Householder), Chain: v.Chain.Title}
	if d.Case, err = a.caseOf(c.UserContext(), v); err != nil {
		return err
	}
	if d.Lines, err = a.timeline(c, &d.shell, v, by); err != nil {
		return err
	}
	return a.show(c, 200, "history", d)
}

// posterData is the public notice as it hangs on the village board, with the code that leads to it.
type posterData struct {
	shell
	noticeFacts
	Number, Address, Code string
	QR                    template.HTML
}

// posterPage is the public notice to be printed and hung (R34, A37): what the notice says, and a picture that leads to it.
func (a *app) posterPage(c *fiber.Ctx, by *caller) error {
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := posterData{shell: a.shell(c, "建房公示"), Number: v.Case.Number}
	var ok bool
	if d.noticeFacts, ok = a.noticeOfCase(c.UserContext(), v.Case, v.Chain); !ok {
		return refuse(404, "这个办件现在没有公示，张贴公示之后才能打印")
	}
	d.Code = a.store.NoticeCode(v.Case.ID)
	d.Address = a.base(c) + "/notices/" + d.Code
	if d.QR, err = picture(d.Address); err != nil {
		return err
	}
	return a.show(c, 200, "poster", d)
}

// slipData is what the household is given to follow its case, from the first day on.
type slipData struct {
	shell
	Number, Matter, Head, Code, Address string
	Papers                              []paperLine
	QR                                  template.HTML
}

// slipPage is the slip with the query code, printed at the counter.
func (a *app) slipPage(c *fiber.Ctx, by *caller) error {
	if by.OfficeKind != glossary.ServiceCenter {
		return refuse(403, "查询凭条由乡镇便民服务中心窗口打印，请让申请户到窗口领取")
	}
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	v, err := a.svc.Disclose(c.UserContext(), workflow.CaseID(id), by.ID)
	if err != nil {
		return err
	}
	d := slipData{shell: a.shell(c, "查询凭条"), Number: v.Case.Number, Matter: v.Chain.Title, Head: v.Case.Householder, Code: a.store.QueryCode(v.Case.ID)}
	d.Address = a.base(c) + "/progress?code=" + d.Code
	for _, m := range v.Materials {
		if m.Present && m.Paper.Applicants() {
			d.Papers = append(d.Papers, paperLine{Code: m.Paper.Code, Name: m.Paper.Name})
		}
	}
	if d.QR, err = picture(d.Address); err != nil {
		return err
	}
	return a.show(c, 200, "slip", d)
}

// today is the county's day.
func (a *app) today() calendar.Day { return calendar.DayOf(a.svc.Now()) }
