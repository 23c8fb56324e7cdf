package account

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
)

// PostDisplay switches large text on or off.
func (a *Pages) PostDisplay(c *fiber.Ctx, by *request.Caller) error {
	if by == nil && !request.SameOrigin(c) {
		return problem.ErrForged
	}
	value := "0"
	if c.FormValue("big") == "1" {
		value = "1"
	}
	c.Cookie(&fiber.Cookie{Name: web.BigCookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: a.settings.SecureCookies, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
	return c.Redirect(web.Local(c.FormValue("back")), fiber.StatusSeeOther)
}

type loginData struct {
	web.Layout
	Next, Login string
	Trial       bool // the demo county: its accounts stand on the page
}

// LoginPage shows the form for logging in.
func (a *Pages) LoginPage(c *fiber.Ctx, by *request.Caller) error {
	if by != nil {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	d := loginData{Layout: a.site.Layout(c, "登录"), Next: web.Local(c.Query("next", "/")), Trial: a.settings.Demo != nil}
	if c.Query("kept") != "" {
		d.Notice = "登录已失效，刚才的内容没有提交，但已为您保存。请重新登录，内容会回到原来的表上，核对后再提交一次。"
	}
	return a.site.Show(c, 200, "login", d)
}

// PostLogin starts a session and leads to the page that asked for it.
func (a *Pages) PostLogin(c *fiber.Ctx, _ *request.Caller) error {
	if !request.SameOrigin(c) {
		return problem.ErrForged
	}
	login, next := strings.TrimSpace(c.FormValue("login")), web.Local(c.FormValue("next"))
	from := a.gate.BrowserOf(c)
	_, s, err := a.gate.LogIn(c.UserContext(), login, c.FormValue("password"), from, c.Cookies(request.CookieName))
	if err != nil {
		p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path()})
		if p.Status >= 500 {
			return p
		}
		d := loginData{Layout: a.site.Layout(c, "登录"), Next: next, Login: login, Trial: a.settings.Demo != nil}
		d.Errors = []web.PageError{{Href: "#login", Text: p.Detail}}
		return a.site.Show(c, p.Status, "login", d)
	}
	a.gate.SetDevice(c, from)
	a.gate.SetCookie(c, s.Token, s.Expires)
	return c.Redirect(next, fiber.StatusSeeOther)
}

// PostLogout ends the session of the caller.
func (a *Pages) PostLogout(c *fiber.Ctx, by *request.Caller) error {
	if err := a.store.EndSession(c.UserContext(), by.Token); err != nil {
		return err
	}
	a.gate.DropCookie(c)
	return c.Redirect("/login", fiber.StatusSeeOther)
}
