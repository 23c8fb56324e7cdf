package public

import (
	"crypto/rand"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/workflow"
)

type noticePageData struct {
	web.Layout
	web.NoticeFacts
	Code, Sent, Key   string
	Name, Phone, Text string
}

// NoticeQuery leads from the code on a poster to its notice.
func (a *Pages) NoticeQuery(c *fiber.Ctx, _ *request.Caller) error {
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		return c.Redirect("/notices/"+url.PathEscape(web.Clip(code, 60)), fiber.StatusSeeOther)
	}
	return a.site.Show(c, 200, "notice_query", a.site.Layout(c, "看公示"))
}

// hung is the notice that a code on a village board leads to; refused for a wrong code and after it was taken down.
func (a *Pages) hung(c *fiber.Ctx) (workflow.Case, web.NoticeFacts, error) {
	gone := problem.New(404, "没有这份公示，或者公示期已满、已经撤下；请核对公示栏上的公示码，或向本组负责人了解")
	id, ok := a.store.CaseOfNotice(c.Params("code"))
	if !ok {
		return workflow.Case{}, web.NoticeFacts{}, gone
	}
	v, err := a.svc.View(c.UserContext(), id, 0)
	if err != nil {
		return workflow.Case{}, web.NoticeFacts{}, err
	}
	n, ok := a.site.NoticeOfCase(c.UserContext(), v.Case, v.Chain)
	if !ok || !n.Running {
		return workflow.Case{}, web.NoticeFacts{}, gone
	}
	return v.Case, n, nil
}

// NoticePage shows a public notice.
func (a *Pages) NoticePage(c *fiber.Ctx, _ *request.Caller) error {
	_, n, err := a.hung(c)
	if err != nil {
		return err
	}
	c.Set("X-Robots-Tag", "noindex, nofollow")
	d := noticePageData{Layout: a.site.Layout(c, "建房公示"), NoticeFacts: n, Code: c.Params("code"), Key: rand.Text(),
		Sent: web.Clip(c.Query("sent"), 40)}
	d.Hidden, d.Here = true, "/"
	return a.site.Show(c, 200, "notice", d)
}

// PostObjection takes an objection to a public notice.
func (a *Pages) PostObjection(c *fiber.Ctx, _ *request.Caller) error {
	if !request.SameOrigin(c) {
		return problem.ErrForged
	}
	cs, n, err := a.hung(c)
	if err != nil {
		return err
	}
	p := workflow.Petition{Case: cs.ID, Kind: "objection", Name: strings.TrimSpace(c.FormValue("name")),
		Phone: strings.TrimSpace(c.FormValue("phone")),
		Text:  strings.TrimSpace(c.FormValue("text"))}
	d := noticePageData{Layout: a.site.Layout(c, "建房公示"), NoticeFacts: n, Code: c.Params("code"), Key: c.FormValue("key"),
		Name: p.Name, Phone: p.Phone, Text: p.Text}
	d.Hidden, d.Here = true, "/"
	if p.Text == "" {
		d.Errors = []web.PageError{{Href: "#text", Text: "请写明有什么异议，例如：四至与我家重叠一米"}}
		return a.site.Show(c, 422, "notice", d)
	}
	if err = a.sendPetition(c, p, "/notices/"+url.PathEscape(c.Params("code"))); err == nil {
		return nil
	}
	refused := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path()})
	if refused.Status >= 500 {
		return refused
	}
	d.Errors = web.ErrorsOnPage(refused) // what was typed stays
	return a.site.Show(c, refused.Status, "notice", d)
}
