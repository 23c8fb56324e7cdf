package audit

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/models/statistics"
	"anju/workflow"
)

// auditFilter is what the pages of the audit are narrowed to; it lives in the address, so that a link can be sent.
type auditFilter struct {
	From, To, Township, Chain, Stage, Month, Light, Status string
}

func filterOf(c *fiber.Ctx) auditFilter {
	q := func(name string) string { return web.Clip(strings.TrimSpace(c.Query(name)), 60) }
	return auditFilter{q("from"), q("to"), q("township"), q("chain"), q("stage"), q("month"), q("light"), q("status")}
}

func (f auditFilter) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"from": f.From, "to": f.To, "township": f.Township, "chain": f.Chain,
		"stage": f.Stage, "month": f.Month, "light": f.Light,
		"status": f.Status} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// At is a page of the audit under the filter with some of it changed: name, value, name, value.
func (f auditFilter) At(path string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1]; pairs[i] {
		case "township":
			f.Township = v
		case "chain":
			f.Chain = v
		case "stage":
			f.Stage = v
		case "month":
			f.Month = v
		case "light":
			f.Light = v
		case "status":
			f.Status = v
		}
	}
	return path + "?" + f.query()
}

// stageOf narrows the answer of a form to what the store is asked.
func (a *Pages) stageQuery(c *fiber.Ctx, by *request.Caller, f auditFilter) (statistics.SummaryQuery, error) {
	q, err := a.lookup.SummaryQuery(c.UserContext(), by, lookup.Span{From: f.From, To: f.To},
		lookup.Narrow{Township: f.Township, Chain: f.Chain, Stage: f.Stage})
	if err != nil {
		return q, err
	}
	return lookup.CellOf(q, f.Month)
}

// plainly says in words of the page what is wrong with an address of the audit.
func (a *Pages) plainly(c *fiber.Ctx, by *request.Caller, err error) error {
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status != 422 {
		return err
	}
	words := map[string]string{"from": "起始日期写作 2026-03-01，早于截止日期，一次最多五年", "to": "截止日期写作 2026-04-01，晚于起始日期",
		"month": "月份写作 2026-03，在统计的时间之内"}
	fields := []workflow.FieldError{}
	for _, e := range p.Errors {
		text := words[e.Field]
		if text == "" {
			text = "没有这个选项，请回到效能监督页选择"
		}
		fields = append(fields, workflow.FieldError{Field: e.Field, Message: text})
	}
	if len(fields) == 0 {
		return err
	}
	return problem.New(422, fields[0].Message, fields...)
}
