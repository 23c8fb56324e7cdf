package audit

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

type breachesData struct {
	web.Layout
	F        auditFilter
	Items    []view.Breach
	Total    int
	Pager    web.Pager
	XLSX     string
	Statuses []schema.Option
	About    string
	Urges    string // 督办 or 催办: what the caller may send to the offices of the ticked cards; empty for nothing
	Key      string
	Text     string
	Results  []web.BulkResult
}

// BreachesPage shows the register of red cards.
func (a *Pages) BreachesPage(c *fiber.Ctx, by *request.Caller) error {
	return a.showBreaches(c, by, nil, nil)
}

// urges is the record by which an office presses another: the supervision office supervises, a township and a counter
// urge.
func urges(by *request.Caller) glossary.RecordKind {
	switch by.OfficeKind {
	case glossary.SupervisionOffice:
		return glossary.SuperviseKind
	case glossary.TownshipGovernment, glossary.ServiceCenter:
		return glossary.UrgeKind
	}
	return ""
}

// PostUrge sends one reminder to the offices of several red cards, each a line in the history of its case.
func (a *Pages) PostUrge(c *fiber.Ctx, by *request.Caller) error {
	ctx, form, kind := c.UserContext(), web.FormOf(c), urges(by)
	key, text := form.Get("key"), strings.TrimSpace(form.Get("text"))
	cases := slices.Compact(slices.Sorted(slices.Values(form["case"])))
	err := error(nil)
	switch {
	case kind == "":
		return problem.New(403, "本岗位不能催办或督办：催办由乡镇和便民服务中心发出，督办由县效能督办机构发出")
	case key == "" || len(key) > 60:
		return problem.New(400, "页面缺少一次性编号，请刷新后重新提交")
	case len(cases) == 0:
		err = schema.Invalid("case", "请先勾选要"+kind.Title()+"的红牌")
	case len(cases) > web.BulkMost:
		err = schema.Invalid("case", fmt.Sprintf("一次最多%s %d 件", kind.Title(), web.BulkMost))
	case text == "":
		err = schema.Invalid("text", "请写明要求，例如：请三日内办结并说明原因")
	}
	if err != nil {
		return a.showBreaches(c, by, nil, a.problems.ToProblem(ctx, err,
			problem.RequestInfo{Path: c.Path(), By: by.OfficerID()}))
	}
	raw, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	var results []web.BulkResult
	for _, id := range cases {
		n, err := request.Number(id)
		r := web.BulkResult{Number: id, Href: "/cases/" + id}
		if err == nil {
			var v workflow.View
			if v, err = a.svc.View(ctx, workflow.CaseID(n), by.ID); err == nil {
				r.Number = v.Case.Number
				_, err = a.intake.Record(ctx, by, v.Case.ID, key+"-"+id, request.Digest([]byte("urge"), raw),
					intake.RecordBody{Kind: string(kind), Data: raw})
			}
		}
		if r.Done, r.Text = err == nil, "已"+kind.Title(); err != nil {
			r.Text = a.problems.ToProblem(ctx, err,
				problem.RequestInfo{Path: c.Path(), ID: workflow.CaseID(n), By: by.OfficerID()}).Detail
		}
		results = append(results, r)
	}
	return a.showBreaches(c, by, results, nil)
}

func (a *Pages) showBreaches(c *fiber.Ctx, by *request.Caller, results []web.BulkResult,
	refused *problem.Problem) error {
	ctx, f := c.UserContext(), filterOf(c)
	q, err := a.lookup.BreachQuery(ctx, by,
		lookup.Register{From: f.From, To: f.To, Status: f.Status,
			Narrow: lookup.Narrow{Township: f.Township, Chain: f.Chain, Stage: f.Stage}},
		request.Paging{Page: max(1, c.QueryInt("page", 1)), PerPage: web.PerPage})
	if err == nil && f.Status != "" && !slices.Contains([]string{"open", "explained", "upheld", "excused", "closed"},
		f.Status) {
		err = schema.Invalid("status", "")
	}
	if err != nil {
		return a.plainly(c, by, err)
	}
	lines, total, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return err
	}
	d := breachesData{Layout: a.site.Layout(c, "超期台账"), F: f, Total: total, XLSX: request.APIRoot +
		f.At("/sla/breaches.xlsx"), About: a.lookup.QueryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage)}
	d.Urges, d.Key, d.Results, d.Here = urges(by).Title(), rand.Text(), results, "/audit/breaches"
	status := 200
	if refused != nil {
		status, d.Errors, d.Text = refused.Status, web.ErrorsOnPage(refused), c.FormValue("text")
	}
	d.Pager, _ = web.PagerOf(c, total)
	for _, s := range []workflow.BreachStatus{"", "open", "explained", "upheld", "excused", "closed"} {
		title := "全部"
		if s != "" {
			title = s.Title()
		}
		d.Statuses = append(d.Statuses, schema.Option{Value: string(s), Label: title, Selected: string(s) == f.Status})
	}
	for _, l := range lines {
		d.Items = append(d.Items, a.views.NewBreach(l, nil))
	}
	return a.site.Show(c, status, "breaches", d)
}
