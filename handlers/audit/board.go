package audit

import (
	"context"
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	casesstore "anju/models/cases"
)

// AuditPage answers the county on one page: how many ran, late, by whom (R-numbers stand in the tables behind it).
func (a *Pages) AuditPage(c *fiber.Ctx, by *request.Caller) error {
	ctx, f := c.UserContext(), filterOf(c)
	f.Month, f.Light, f.Status, f.Stage = "", "", "", ""
	d := auditData{Layout: a.site.Layout(c, "效能监督"), F: f}
	for _, ch := range a.svc.Chains().All() {
		d.Chains = append(d.Chains, schema.Option{Value: string(ch.ID), Label: ch.Title, Selected: f.Chain == string(ch.ID)})
	}
	q, err := a.stageQuery(c, by, f)
	if err != nil {
		var p *problem.Problem
		if !errors.As(a.plainly(c, by, err), &p) || p.Status != 422 {
			return err
		}
		d.Errors = web.ErrorsOnPage(p)
		return a.site.Show(c, p.Status, "audit", d)
	}
	f.From, f.To = q.From.String(), q.To.String()
	d.F = f
	rows, err := a.store.Summary(ctx, by.ID, q)
	if err != nil {
		return err
	}
	names, err := a.lookup.DivisionNames(ctx)
	if err != nil {
		return err
	}
	if err := a.tables(ctx, by, &d, rows, names, q); err != nil {
		return err
	}
	classes, err := a.store.Distribution(ctx, by.ID, q)
	if err != nil {
		return err
	}
	d.Classes = hourClasses(classes)
	d.HourChart = web.BarsOf(d.Classes, func(s web.Share) (int, int) { return s.Count, 0 })
	if err := a.lateNow(ctx, by, &d); err != nil {
		return err
	}
	d.SummaryXLSX, d.BreachXLSX = request.APIRoot+f.At("/sla/summary.xlsx"), request.APIRoot+f.At("/sla/breaches.xlsx")
	return a.site.Show(c, 200, "audit", d)
}

// lateNow lists the open red cards, the longest late first, and what falls due within three working days.
func (a *Pages) lateNow(ctx context.Context, by *request.Caller, d *auditData) error {
	q := casesstore.BreachQuery{To: a.site.Today() + 1, Township: d.F.Township, Chain: d.F.Chain, Page: 1, PerPage: 200}
	lines, _, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return err
	}
	slices.SortFunc(lines, func(x, y casesstore.BreachLine) int { return x.DueBefore.Compare(y.DueBefore) })
	for _, l := range lines {
		if l.ClosedAt != nil {
			continue
		}
		d.Open++
		if len(d.Late) < 10 {
			d.Late = append(d.Late, a.views.NewBreach(l, nil))
		}
	}
	cases, _, err := a.store.Cases(ctx, by.ID,
		casesstore.CaseQuery{Light: "yellow", Chain: d.F.Chain, Division: d.F.Township, Page: 1, PerPage: 10})
	if err != nil {
		return err
	}
	for _, x := range cases {
		d.Due = append(d.Due, a.site.ListLine(a.views.NewCaseLine(x)))
	}
	return nil
}
