package desk

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	casesstore "anju/models/cases"
	"anju/workflow"
)

type casesData struct {
	web.Layout
	Cases  []web.CaseLine
	Total  int
	Pager  web.Pager
	Q      string
	Light  string
	Lights []schema.Option
	Chain  string
	Chains []schema.Option
}

// CasesPage lists the cases of the caller's area.
func (a *Pages) CasesPage(c *fiber.Ctx, by *request.Caller) error {
	q, light := strings.TrimSpace(c.Query("q")), c.Query("light")
	if _, ok := web.Lights[light]; !ok || light == "paused" {
		light = ""
	}
	chain := c.Query("chain")
	if _, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err != nil {
		chain = ""
	}
	if len([]rune(q)) > 100 {
		q = string([]rune(q)[:100])
	}
	n := max(1, c.QueryInt("page", 1))
	cases, total, err := a.store.Cases(c.UserContext(), by.ID,
		casesstore.CaseQuery{Q: q, Light: light, Chain: chain, Page: n, PerPage: web.PerPage})
	if err != nil {
		return err
	}
	d := casesData{Layout: a.site.Layout(c, "办件查询"), Total: total, Q: q, Light: light, Chain: chain}
	for _, ch := range a.svc.Chains().All() {
		d.Chains = append(d.Chains, schema.Option{Value: string(ch.ID), Label: ch.Title, Selected: string(ch.ID) == chain})
	}
	for _, l := range []string{"", "red", "yellow", "green", "grey"} {
		word := "全部"
		if l != "" {
			word = web.Lights[l].Shape + " " + web.Lights[l].Word
		}
		d.Lights = append(d.Lights, schema.Option{Value: l, Label: word, Selected: l == light})
	}
	d.Pager, _ = web.PagerOf(c, total)
	for _, x := range cases {
		d.Cases = append(d.Cases, a.site.EndedLine(a.views.NewCaseLine(x)))
	}
	return a.site.Show(c, 200, "cases", d)
}

// view is the case that a page's address names, as the caller sees it.
func (a *Pages) view(c *fiber.Ctx, by *request.Caller) (workflow.View, error) {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return workflow.View{}, err
	}
	return a.svc.View(c.UserContext(), workflow.CaseID(n), by.ID)
}
