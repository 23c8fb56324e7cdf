package desk

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	noticesstore "anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
)

// inboxCounts is how much waits in the inbox of an office.
type inboxCounts struct {
	Owed      int // notices to be acknowledged
	OwedOf    int // cases that they speak of
	Addressed int // unread messages that another office wrote
	Moves     int // other unread messages
}

// owedLine is one case of which the office must acknowledge something.
type owedLine struct {
	Href, Number, Head, At string
	IDs                    []int64
	Urgent                 bool
	Text                   string   // of the most urgent notice
	More                   []string // of the others
}

// messageLine is one message.
type messageLine struct {
	ID                                                    int64
	Href, Number, Head, Title, Words, Office, Officer, At string
	Unread                                                bool
}

type inboxData struct {
	web.Layout
	inboxCounts
	Tab      string // "" what must be acknowledged, "addressed", "moves"
	All      bool   // what was read as well
	Cases    []owedLine
	Messages []messageLine
	IDs      []int64 // of what the page shows and one press marks
	Total    int
	Pager    web.Pager
	Back     string // this page, to come back to
}

func inboxAt(n noticesstore.Notice) string {
	return n.At.In(calendar.Shanghai).Format("1月2日 15:04")
}

func (a *Pages) owedLine(o noticesstore.OwedCase) owedLine {
	first := o.Notices[0]
	l := owedLine{Href: web.CaseAddress(o.Case), Number: first.Number, Head: first.Householder, Urgent: first.Urgent(),
		Text: a.views.NoticeOf(first).Text, At: inboxAt(first)}
	for i, n := range o.Notices {
		l.IDs = append(l.IDs, n.ID)
		if i > 0 {
			l.More = append(l.More, inboxAt(n)+" "+a.views.NoticeOf(n).Text)
		}
	}
	return l
}

func (a *Pages) messageLine(n noticesstore.Notice) messageLine {
	return messageLine{ID: n.ID, Href: web.CaseAddress(n.Case), Number: n.Number, Head: n.Householder,
		Title: chains.LineTitle(n.Text),
		Words: n.Words, Office: n.FromOffice, Officer: n.FromOfficer, At: inboxAt(n), Unread: n.ReadAt.IsZero()}
}

// messages lists messages of the caller's office: those that another office wrote, or the others.
func (a *Pages) messages(ctx context.Context, by *request.Caller, addressed, unread bool,
	page, size int) ([]messageLine, int, error) {
	list, total, err := a.store.Notices(ctx, by.ID,
		noticesstore.NoticeQuery{Kind: noticesstore.MessageNotice, Addressed: &addressed, Unread: unread, Page: page,
			PerPage: size})
	if err != nil {
		return nil, 0, err
	}
	lines := make([]messageLine, len(list))
	for i, n := range list {
		lines[i] = a.messageLine(n)
	}
	return lines, total, nil
}

// owedCases lists the cases of which the caller's office must acknowledge something, and counts.
func (a *Pages) owedCases(ctx context.Context, by *request.Caller, n *inboxCounts, page, size int) ([]owedLine, error) {
	list, cases, notices, err := a.store.OwedCases(ctx, by.ID, page, size)
	if err != nil {
		return nil, err
	}
	n.OwedOf, n.Owed = cases, notices
	lines := make([]owedLine, len(list))
	for i, o := range list {
		lines[i] = a.owedLine(o)
	}
	return lines, nil
}

// InboxPage shows what the caller's office was told: what it must acknowledge, one line a case; what other offices
// wrote to it; what else was done in its cases.
func (a *Pages) InboxPage(c *fiber.Ctx, by *request.Caller) error {
	ctx, n := c.UserContext(), max(1, c.QueryInt("page", 1))
	d := inboxData{Layout: a.site.Layout(c, "消息"), All: c.Query("all") != "", Back: c.OriginalURL()}
	cases, err := a.owedCases(ctx, by, &d.inboxCounts, n, web.PerPage)
	if err != nil {
		return err
	}
	for _, tab := range []struct {
		name  string
		count *int
	}{{"addressed", &d.Addressed}, {"moves", &d.Moves}} {
		addressed := tab.name == "addressed"
		if _, *tab.count, err = a.messages(ctx, by, addressed, true, 1, 1); err != nil {
			return err
		}
		if c.Query("tab") == tab.name {
			d.Tab = tab.name
			if d.Messages, d.Total, err = a.messages(ctx, by, addressed, !d.All, n, web.PerPage); err != nil {
				return err
			}
		}
	}
	if d.Tab == "" {
		d.Cases, d.Total = cases, d.OwedOf
	}
	for _, l := range d.Cases {
		d.IDs = append(d.IDs, l.IDs...)
	}
	for _, m := range d.Messages {
		if m.Unread {
			d.IDs = append(d.IDs, m.ID)
		}
	}
	d.Pager, _ = web.PagerOf(c, d.Total)
	if done := c.QueryInt("done"); done > 0 {
		d.Notice = fmt.Sprintf("已确认 %d 条", done)
	}
	return a.site.Show(c, 200, "inbox", d)
}

// mostMarked is how many notices one press marks.
const mostMarked = 2000

// postMarks marks the notices that a form names, and goes back to its page.
func (a *Pages) postMarks(c *fiber.Ctx, by *request.Caller,
	mark func(context.Context, workflow.OfficerID, ...int64) error) error {
	var ids []int64
	for _, text := range web.FormOf(c)["id"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(ids) == mostMarked {
			return problem.ErrBadID
		}
		ids = append(ids, id)
	}
	if err := mark(c.UserContext(), by.ID, ids...); err != nil {
		return err
	}
	back, err := url.Parse(web.Local(web.FormOf(c).Get("back")))
	if err != nil {
		return err
	}
	q := back.Query()
	q.Set("done", fmt.Sprint(len(ids)))
	q.Del("page") // what was marked is gone from the list
	back.RawQuery = q.Encode()
	return c.Redirect(back.String(), fiber.StatusSeeOther)
}

// PostAcknowledged says that the caller's office knows of the notices that the page showed.
func (a *Pages) PostAcknowledged(c *fiber.Ctx, by *request.Caller) error {
	return a.postMarks(c, by, a.store.Acknowledge)
}

// PostRead says that the caller's office has read messages.
func (a *Pages) PostRead(c *fiber.Ctx, by *request.Caller) error {
	return a.postMarks(c, by, a.store.MarkRead)
}
