package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow/glossary"
)

// Layout is what every page has around its own matter.
type Layout struct {
	Title         string
	User          *view.User
	CSRF          string
	Demo          *demoBar // nil outside the demo
	Here          string
	Counter       bool
	Handles       bool // the caller sees cases
	Nav           []navLink
	Big           bool // 大字版, kept in a cookie of this browser
	Hidden        bool // no search engine may keep the page
	Style, Script string
	Errors        []PageError
	Notice        string
	Holds         []string // what is held now, on every page of who is logged in
}

// navLink is one entry of the main menu.
type navLink struct{ Href, Text string }

// PageError is one line of the summary on top, with the field it leads to.
type PageError struct{ Href, Text string }

// Layout is what is around a page: navigation, caller, errors.
func (a *Site) Layout(c *fiber.Ctx, title string) Layout {
	s := Layout{Title: title, Here: "/", Style: a.pages.style, Script: a.pages.script, Big: c.Cookies(BigCookie) == "1"}
	if request.IsSafe(c.Method()) {
		s.Here = c.Path()
	}
	if by := request.CallerOf(c.UserContext()); by != nil {
		u := view.NewUser(by.Officer)
		s.User, s.CSRF, s.Counter, s.Handles = &u, request.Mask(by.CSRF), by.OfficeKind == glossary.ServiceCenter,
			by.Handles()
		s.Nav = navOf(by)
		if a.settings.Demo != nil {
			s.Demo = a.demoBar(c, by)
		}
		for _, h := range a.lookup.Held() {
			s.Holds = append(s.Holds, problem.HoldText(h.Hold))
		}
	}
	return s
}

// navOf is the main menu of a role: the pages that its office works with, and no other.
func navOf(by *request.Caller) []navLink {
	if !by.Handles() {
		switch by.Role {
		case glossary.SecurityAdmin:
			return []navLink{{"/", "首页"}, {"/admin/accounts", "账号"}, {"/admin/changes", "待确认"}}
		case glossary.AuditAdmin:
			return []navLink{{"/", "首页"}, {"/admin/log", "审计日志"}, {"/admin/changes", "待确认"}}
		}
		return []navLink{{"/admin/offices", "机构"}, {"/admin/calendar", "工作日历"}, {"/admin/limits", "承诺时限"},
			{"/admin/channels", "消息通道"}, {"/admin/queue", "任务队列"}, {"/admin/health", "运行状况"},
			{"/admin/changes", "待确认"}}
	}
	nav := []navLink{{"/", "待办"}, {"/inbox", "消息"}, {"/cases", "办件"}}
	switch level := by.OfficeKind.Level(); {
	case by.OfficeKind == glossary.ServiceCenter:
		nav = append(nav, navLink{"/new", "新办件"})
	case level == glossary.CountyLevel || by.Role == glossary.Auditor:
		nav = append(nav, navLink{"/audit", "效能监督"})
	case level == glossary.TownshipLevel:
		nav = append(nav, navLink{"/board", "联审台"}, navLink{"/audit", "效能监督"})
	}
	nav = append(nav, navLink{"/petitions", "群众来件"})
	if level := by.OfficeKind.Level(); level == glossary.TownshipLevel || level == glossary.CountyLevel {
		nav = append(nav, navLink{"/contractors", "承揽名录"})
	}
	return nav
}

// BigCookie keeps the choice of large text: a wish of the eyes, nothing personal.
const BigCookie = "anju_big"

// Arrival tells the script where a form leads instead of redirecting it: the browser would fetch the page for the
// script, and once more for the person.
func Arrival(c *fiber.Ctx, err error) error {
	to := string(c.Response().Header.Peek(fiber.HeaderLocation))
	if err == nil && to != "" && c.Get("Anju-Script") != "" && c.Response().StatusCode() == fiber.StatusSeeOther {
		c.Response().Header.Del(fiber.HeaderLocation)
		c.Set("Anju-Location", to)
		return c.Status(fiber.StatusOK).SendString("")
	}
	return err
}

// Local is a path of ours to go on to, never another site's.
func Local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

type errorData struct {
	Layout
	Problem *problem.Problem
	Kept    []schema.Fact
}

// ErrorPage shows a refusal as a page.
func (a *Site) ErrorPage(c *fiber.Ctx, p *problem.Problem) error {
	d := errorData{Layout: a.Layout(c, p.Title), Problem: p}
	if p.Status != fiber.StatusRequestEntityTooLarge {
		d.Kept = a.SubmittedFacts(c)
	}
	d.Here = "/"
	return a.Show(c, p.Status, "error", d)
}

// SubmittedFacts is what a person typed into a form, without what the form itself carries.
func (a *Site) SubmittedFacts(c *fiber.Ctx) []schema.Fact { return a.labels.FactsOf(FormOf(c)) }

// FormOf is the form of a request, of either encoding.
func FormOf(c *fiber.Ctx) url.Values {
	if request.IsSafe(c.Method()) {
		return nil
	}
	if m, err := c.MultipartForm(); err == nil {
		return m.Value
	}
	v, err := url.ParseQuery(string(c.Body()))
	if err != nil {
		return nil
	}
	return v
}
