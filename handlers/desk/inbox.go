package desk

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	noticesstore "anju/models/notices"
	"anju/workflow"
)

// inboxCounts is how much waits in the inbox of an office.
type inboxCounts struct {
	Owed      int // notices to be acknowledged
	OwedOf    int // cases that they speak of
	Addressed int // unread messages that another office wrote
	Moves     int // other unread messages
}

// owedLine is one case of which the office must acknowledge something: its notices, the most urgent first.
type owedLine struct{ Notices []view.Notice }

// First returns the most urgent notice.
func (l owedLine) First() view.Notice { return l.Notices[0] }

// Rest returns the other notices.
func (l owedLine) Rest() []view.Notice { return l.Notices[1:] }

type inboxData struct {
	web.Layout
	inboxCounts
	Tab      string // "" what must be acknowledged, "addressed", "moves"
	All      bool   // what was read as well
	Cases    []owedLine
	Messages []view.Notice
	IDs      []string // of what the page shows and one press marks
	Total    int
	Pager    web.Pager
	Back     string // this page, to come back to
}

// messages lists messages of the caller's office: those that another office wrote, or the others.
func (a *Pages) messages(ctx context.Context, by *request.Caller, addressed, unread bool,
	page, size int) ([]view.Notice, int, error) {
	list, total, err := a.store.Notices(ctx, by.ID,
		noticesstore.NoticeQuery{Kind: noticesstore.MessageNotice, Addressed: &addressed, Unread: unread, Page: page,
			PerPage: size})
	if err != nil {
		return nil, 0, err
	}
	lines := make([]view.Notice, len(list))
	for i, n := range list {
		lines[i] = a.views.NewNotice(n)
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
		for _, x := range o.Notices {
			lines[i].Notices = append(lines[i].Notices, a.views.NewNotice(x))
		}
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
		for _, x := range l.Notices {
			d.IDs = append(d.IDs, x.ID)
		}
	}
	for _, m := range d.Messages {
		if m.Unread() {
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
