package account

import (
	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
)

type passwordData struct {
	web.Layout
	Must   bool // the one that was used is a one-time password
	Resets []string
}

// PasswordPage is the form that changes a one-time password, before anything else is open.
func (a *Pages) PasswordPage(c *fiber.Ctx, by *request.Caller) error {
	return a.showPassword(c, by, nil)
}

func (a *Pages) showPassword(c *fiber.Ctx, by *request.Caller, refused *problem.Problem) error {
	d := passwordData{Layout: a.site.Layout(c, "换密码"), Must: by.MustChange}
	d.Here, d.Nav = "/password", nil
	var err error
	if d.Resets, err = a.site.Resets(c, by); err != nil {
		return err
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, web.ErrorsOnPage(refused)
	}
	return a.site.Show(c, status, "password", d)
}

// PostPassword gives the caller a new password from his page.
func (a *Pages) PostPassword(c *fiber.Ctx, by *request.Caller) error {
	back, show := "/profile", a.showProfile
	if by.MustChange {
		back, show = "/", a.showPassword
	}
	var err error
	if fresh := c.FormValue("new_password"); fresh != c.FormValue("again") {
		err = schema.Invalid("again", "两次输入的新密码不一样，请重新输入")
	} else {
		_, err = a.intake.NewPassword(c, by, c.FormValue("old_password"), fresh)
	}
	return a.site.SettlePage(c, by, err, back, func(p *problem.Problem) error { return show(c, by, p) })
}
