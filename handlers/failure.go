package handlers

import (
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/desk"
	"anju/handlers/problem"
	"anju/handlers/request"
)

// handleError answers what no handler answered itself: problem+json to programs, a page to people.
func (a *server) handleError(c *fiber.Ctx, err error) error {
	early := len(c.Response().Header.Peek(fiber.HeaderXContentTypeOptions)) == 0 // refused before any handler saw it
	if early {
		a.guard(c)
	}
	p := a.problems.ToProblem(c.UserContext(), err,
		problem.RequestInfo{Path: c.Path(), By: request.CallerOf(c.UserContext()).OfficerID(),
			Reads: request.IsSafe(c.Method())})
	for name, values := range p.GetHeaders() {
		c.Set(name, values[0])
	}
	var own *problem.Problem
	if errors.As(err, &own) && own == problem.ErrForged && !early && c.Method() == fiber.MethodPost &&
		!problem.ForPrograms(c.Path()) {
		if page, ok := a.desk.Rescue(c); ok { // the login was renewed, or another's, since the page was shown
			return desk.Rescued(c, page)
		}
	}
	// No browser sends what the server cannot even read; people send files that are too large, or too slowly.
	if problem.ForPrograms(c.Path()) || scripted(c) || early && p.Status != fiber.StatusRequestEntityTooLarge &&
		p.Status != fiber.StatusRequestTimeout {
		return c.Status(p.Status).JSON(p, "application/problem+json")
	}
	if p.Status == fiber.StatusUnauthorized && errors.As(err, &own) {
		return a.toLogin(c)
	}
	if p.Status == fiber.StatusMethodNotAllowed && c.Method() == fiber.MethodGet {
		// the address of a form, after a reload: its page is above
		return c.Redirect(pageAbove(c.Path()), fiber.StatusSeeOther)
	}
	return a.site.ErrorPage(c, p)
}

// pageAbove is the page on which the form of an address stands.
func pageAbove(address string) string {
	for _, p := range []string{"/profile", "/admin/queue", "/admin/accounts", "/admin/offices", "/petitions", "/inbox"} {
		if strings.HasPrefix(address, p+"/") {
			return p
		}
	}
	if strings.HasPrefix(address, "/demo/") || strings.HasPrefix(address, "/drafts") {
		return "/"
	}
	return path.Dir(address)
}

// scripted tells whether the script of a page asks, which reads JSON only.
func scripted(c *fiber.Ctx) bool { return c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON }

func (a *server) toLogin(c *fiber.Ctx) error {
	return c.Redirect("/login?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
}

// loginLost keeps what was typed when the login has run out meanwhile: it stands in its form again after the same
// person has logged in. A form without an owner is shown.
func (a *server) loginLost(c *fiber.Ctx) error {
	const lost = "登录已失效，刚才的内容没有提交"
	if page, ok := a.desk.Rescue(c); ok {
		return desk.Rescued(c, "/login?"+url.Values{"next": {page}, "kept": {"1"}}.Encode())
	}
	if scripted(c) {
		return problem.ErrNoCaller
	}
	return a.site.ErrorPage(c, problem.New(401, lost+"。请在新窗口重新登录，再返回上一页刷新后提交；您填写的内容列在下面，可以复制"))
}
