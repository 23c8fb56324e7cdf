package handlers

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

// profileData is an officer's own page: how he is reached, and who stands in for him (AB岗).
type profileData struct {
	shell
	Contact    contactJSON
	Colleagues []option
	Leaves     []leaveJSON
	Leave      leaveBodyText
}

// leaveBodyText is a leave as it was typed.
type leaveBodyText struct{ From, To, Substitute, Reason string }

func (a *app) profilePage(c *fiber.Ctx, by *caller) error { return a.showProfile(c, by, nil) }

func (a *app) showProfile(c *fiber.Ctx, by *caller, refused *problem) error {
	ctx := c.UserContext()
	d := profileData{shell: a.shell(c, "我的设置")}
	d.Here = "/profile"
	contact, err := a.store.ContactOf(ctx, by.ID)
	if err != nil {
		return err
	}
	d.Contact = contactOf(contact)
	officers, err := a.store.Officers(ctx)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if o.Office == by.Office && o.ID != by.ID && o.Active {
			d.Colleagues = append(d.Colleagues, option{Value: o.Login, Label: o.Name})
		}
	}
	leaves, err := a.store.Leaves(ctx, a.today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if a.mayPlan(ctx, by, l.Officer) {
			d.Leaves = append(d.Leaves, leaveOf(l))
		}
	}
	status := 200
	if refused != nil {
		status = refused.Status
		for _, e := range refused.Errors {
			d.Errors = append(d.Errors, pageError{"#" + e.Field, e.Message})
		}
		if len(d.Errors) == 0 {
			d.Errors = []pageError{{"", refused.Detail}}
		}
		d.Leave = leaveBodyText{c.FormValue("from"), c.FormValue("to"), c.FormValue("substitute"), c.FormValue("reason")}
		if strings.HasSuffix(c.Path(), "/contact") {
			d.Contact = contactJSON{Phone: c.FormValue("phone"), Mail: c.FormValue("mail"), Chat: c.FormValue("chat"), AnyHour: c.FormValue("any_hour") != "",
				QuietFrom: c.FormValue("quiet_from"), QuietTo: c.FormValue("quiet_to"), DailyDigest: c.FormValue("daily_digest") != ""}
		}
	} else if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	return a.show(c, status, "profile", d)
}

// settle answers a form of a page: back to it where it holds, or the page again with what was typed and why not.
func (a *app) settlePage(c *fiber.Ctx, by *caller, err error, back string, show func(*problem) error) error {
	if err == nil {
		return c.Redirect(back+"?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by.officer()})
	if p.Status >= 500 || p.Status == 404 || p.Status == 403 {
		return p
	}
	return show(p)
}

// sentForm is the fields of a form as the JSON that the API takes; what was left empty is left out.
func sentForm(c *fiber.Ctx, names ...string) ([]byte, error) {
	body := map[string]string{}
	for _, n := range names {
		if v := strings.TrimSpace(c.FormValue(n)); v != "" {
			body[n] = v
		}
	}
	return json.Marshal(body)
}

func (a *app) postLeave(c *fiber.Ctx, by *caller) error {
	raw, err := sentForm(c, "officer", "from", "to", "substitute", "reason")
	if err == nil {
		_, err = a.setLeave(c.UserContext(), by, raw)
	}
	return a.settlePage(c, by, err, "/profile", func(p *problem) error { return a.showProfile(c, by, p) })
}

func (a *app) postContact(c *fiber.Ctx, by *caller) error {
	b := map[string]any{"daily_digest": c.FormValue("daily_digest") != "", "any_hour": c.FormValue("any_hour") != ""}
	for _, n := range []string{"phone", "mail", "chat", "quiet_from", "quiet_to"} {
		b[n] = workflow.NormalIDNumber(strings.TrimSpace(c.FormValue(n)))
		if n == "mail" || n == "chat" {
			b[n] = strings.TrimSpace(c.FormValue(n))
		}
	}
	raw, err := json.Marshal(b)
	if err == nil {
		_, err = a.setContact(c.UserContext(), by, raw)
	}
	return a.settlePage(c, by, err, "/profile", func(p *problem) error { return a.showProfile(c, by, p) })
}

// postBack ends a leave: the officer is back today.
func (a *app) postBack(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	leaves, err := a.store.Leaves(ctx, a.today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if l.ID == id && a.mayPlan(ctx, by, l.Officer) {
			err := a.store.EndLeave(ctx, id, a.today())
			return a.settlePage(c, by, err, "/profile", func(p *problem) error { return a.showProfile(c, by, p) })
		}
	}
	return errNoAdmin
}
