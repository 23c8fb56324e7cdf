package account

import (
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow/forms"
)

// profileData is an officer's own page: how he is reached, and who stands in for him (AB岗).
type profileData struct {
	web.Layout
	Contact    view.Contact
	Colleagues []schema.Option
	Leaves     []view.Leave
	Leave      leaveBodyText
}

// leaveBodyText is a leave as it was typed.
type leaveBodyText struct{ From, To, Substitute, Reason string }

// ProfilePage shows the caller's account: contact, reminders, absences.
func (a *Pages) ProfilePage(c *fiber.Ctx, by *request.Caller) error { return a.showProfile(c, by, nil) }

func (a *Pages) showProfile(c *fiber.Ctx, by *request.Caller, refused *problem.Problem) error {
	ctx := c.UserContext()
	d := profileData{Layout: a.site.Layout(c, "我的设置")}
	d.Here = "/profile"
	contact, err := a.store.ContactOf(ctx, by.ID)
	if err != nil {
		return err
	}
	d.Contact = view.NewContact(contact)
	officers, err := a.store.Officers(ctx)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if o.Office == by.Office && o.ID != by.ID && o.Active {
			d.Colleagues = append(d.Colleagues, schema.Option{Value: o.Login, Label: o.Name})
		}
	}
	leaves, err := a.store.Leaves(ctx, a.site.Today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if a.lookup.MayPlan(ctx, by, l.Officer) {
			d.Leaves = append(d.Leaves, view.NewLeave(l))
		}
	}
	status := 200
	if refused != nil {
		status = refused.Status
		for _, e := range refused.Errors {
			d.Errors = append(d.Errors, web.PageError{Href: "#" + e.Field, Text: e.Message})
		}
		if len(d.Errors) == 0 {
			d.Errors = []web.PageError{{Href: "", Text: refused.Detail}}
		}
		d.Leave = leaveBodyText{c.FormValue("from"), c.FormValue("to"), c.FormValue("substitute"), c.FormValue("reason")}
		if strings.HasSuffix(c.Path(), "/contact") {
			d.Contact = view.Contact{Phone: c.FormValue("phone"), Mail: c.FormValue("mail"), Chat: c.FormValue("chat"),
				AnyHour:   c.FormValue("any_hour") != "",
				QuietFrom: c.FormValue("quiet_from"), QuietTo: c.FormValue("quiet_to"),
				DailyDigest: c.FormValue("daily_digest") != ""}
		}
	} else if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	return a.site.Show(c, status, "profile", d)
}

// PostLeave enters an absence and the officer who stands in.
func (a *Pages) PostLeave(c *fiber.Ctx, by *request.Caller) error {
	raw, err := web.SentForm(c, "officer", "from", "to", "substitute", "reason")
	if err == nil {
		_, err = a.intake.SetLeave(c.UserContext(), by, raw)
	}
	return a.site.SettlePage(c, by, err, "/profile", func(p *problem.Problem) error { return a.showProfile(c, by, p) })
}

// PostContact saves where the caller is to be reminded.
func (a *Pages) PostContact(c *fiber.Ctx, by *request.Caller) error {
	b := map[string]any{"daily_digest": c.FormValue("daily_digest") != "", "any_hour": c.FormValue("any_hour") != ""}
	for _, n := range []string{"phone", "mail", "chat", "quiet_from", "quiet_to"} {
		b[n] = forms.NormalIDNumber(strings.TrimSpace(c.FormValue(n)))
		if n == "mail" || n == "chat" {
			b[n] = strings.TrimSpace(c.FormValue(n))
		}
	}
	raw, err := json.Marshal(b)
	if err == nil {
		_, err = a.intake.SetContact(c.UserContext(), by, raw)
	}
	return a.site.SettlePage(c, by, err, "/profile", func(p *problem.Problem) error { return a.showProfile(c, by, p) })
}

// PostBack ends a leave: the officer is back today.
func (a *Pages) PostBack(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	id, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	leaves, err := a.store.Leaves(ctx, a.site.Today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if l.ID == id && a.lookup.MayPlan(ctx, by, l.Officer) {
			err := a.store.EndLeave(ctx, id, a.site.Today(), intake.LeaveAct(by, "结束离岗", l))
			return a.site.SettlePage(c, by, err, "/profile", func(p *problem.Problem) error { return a.showProfile(c, by, p) })
		}
	}
	return problem.ErrNoPlanner
}
