package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/models/notices"
)

// ClockForm is the layout in which a page writes an instant for the demo clock.
const ClockForm = "2006-01-02T15:04"

// demoBar is the strip on top of every page of the demo county: its clock, what the last turn set off, and who is
// looking.
type demoBar struct {
	Clock   string
	NextDue string // where one press moves the clock on the page of a case
	Fired   string // what the last turn of the clock set off
	Roles   []schema.Option
}

func (a *Site) demoBar(c *fiber.Ctx, by *request.Caller) *demoBar {
	b := &demoBar{Clock: clockText(a.settings.Demo.Clock.Now())}
	officers, err := a.store.Officers(c.UserContext())
	if err != nil {
		a.log.ErrorContext(c.UserContext(), "accounts of the demo bar", "error", err)
	}
	for _, o := range officers {
		if o.Active {
			b.Roles = append(b.Roles, schema.Option{Value: o.Login, Label: o.OfficeName + "　" + o.Name, Selected: o.ID == by.ID})
		}
	}
	if since, err := time.Parse(time.RFC3339, c.Query("since")); err == nil && request.IsSafe(c.Method()) {
		b.Fired = a.firedSince(c, by, since)
	}
	return b
}

// firedSince says what a turn of the clock did: how many reminders fell due in the county, and those that reached the
// caller's office.
func (a *Site) firedSince(c *fiber.Ctx, by *request.Caller, since time.Time) string {
	n, err := strconv.Atoi(c.Query("fired"))
	if err != nil {
		return ""
	}
	text := fmt.Sprintf("时钟已拨到 %s，全县处理了 %d 条到期事项", FormatMinute(a.settings.Demo.Clock.Now()), n)
	if !by.Handles() {
		return text + "。"
	}
	told, _, err := a.store.Notices(c.UserContext(), by.ID, notices.NoticeQuery{PerPage: 50})
	if err != nil {
		return text + "。"
	}
	var mine []string
	for _, x := range told {
		if x.At.After(since) && len(mine) < 5 {
			mine = append(mine, x.Number+" "+a.views.NewNotice(x).Text)
		}
	}
	if len(mine) == 0 {
		return text + "，本单位没有收到新的提醒。"
	}
	return text + "。本单位收到：" + strings.Join(mine, "；") + "。"
}
