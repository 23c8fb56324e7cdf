package desk

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

func (a *Pages) CasePage(c *fiber.Ctx, by *request.Caller) error { return a.showCasePage(c, by, nil) }

func (a *Pages) showCasePage(c *fiber.Ctx, by *request.Caller, back *submission) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	j, err := a.views.CaseOf(ctx, v)
	if err != nil {
		return err
	}
	d := caseData{Layout: a.site.Layout(c, v.Case.Householder+"　"+v.Case.State.Title()), Case: j, Chain: v.Chain.Title, Lamp: web.NewBadge(string(v.Light), j.Stage.Paused),
		Untimed: v.Stage.Untimed, Frozen: v.Case.Frozen, Key: rand.Text()}
	if j.Stage.Office != nil {
		d.Office = j.Stage.Office.Name
	}
	d.Here = web.CaseAddress(v.Case.ID)
	keep := a.draftRef(by, d.Here)
	if back == nil {
		form, err := a.draft(ctx, by, &keep)
		if err != nil {
			return err
		}
		for _, field := range []string{"verb", "kind", "together"} {
			if form.Get(field) != "" {
				back, d.Saved = &submission{field: field, name: form.Get(field), form: form}, &keep
			}
		}
	}
	if j.ClosedAt != nil {
		d.Lamp = web.Over
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if j.Outcome != nil {
		d.Outcome = web.Outcomes[string(*j.Outcome)]
	}
	if j.Stage.DueOn != nil {
		d.Due, d.Left = web.DayText(*j.Stage.DueOn), a.site.LeftOf(v.Stage.Within.Bound == calendar.Min, *j.Stage.DueOn)
	}
	if j.Stage.Limit != nil {
		d.Limit = a.site.LimitText(v.Stage.Within)
	}
	status := 200
	if back != nil && back.p != nil {
		status = back.p.Status
	}
	found := a.actForms(ctx, &d, v, by, back, keep)
	if back != nil && back.p == nil && !found {
		d.Lost, d.Saved = a.labels.FactsOf(back.form), nil
		a.drop(ctx, by, d.Here)
	}
	if back != nil && back.p != nil {
		switch {
		case back.field == "code":
			d.Errors = []web.PageError{{Href: "#paper-" + back.name, Text: back.p.Detail}}
		case back.p.Status == 409 || len(d.Errors) == 0:
			d.Errors = append([]web.PageError{{Href: "", Text: back.p.Detail}}, d.Errors...)
		}
		if !found && back.field != "code" {
			d.Lost = a.site.SubmittedFacts(c)
		}
	}
	a.papers(&d, v, back)
	for i, doc := range d.Case.Documents {
		if !strings.HasPrefix(doc.Form, "F") {
			d.Case.Documents[i].Form = "" // a paper without a number of form
		}
		for _, p := range []glossary.Party{glossary.TownshipGovernment, glossary.ServiceCenter, glossary.CountyNaturalResources, glossary.CountyApprovalBureau} {
			if doc.Issuer == p.Title() {
				d.Case.Documents[i].Issuer = a.views.OfficeName(ctx, p, v.Case)
			}
		}
	}
	d.Facts = append(d.Facts, schema.FactsOf(schema.OfForm(v.Chain.Form), v.Case.Application)...)
	d.Plot, d.Brief, d.Draft = web.PlotOf(v), a.brief(v), v.Case.State == glossary.Draft
	if d.People, err = a.people(ctx, by, v.Case.Household); err != nil {
		return err
	}
	if d.Steps, err = a.steps(ctx, v, by); err != nil {
		return err
	}
	lines, err := a.timeline(c, &d.Layout, v, by)
	if err != nil {
		return err
	}
	all := len(lines)
	lines = slices.DeleteFunc(lines, func(l timeLine) bool { return l.Quiet })
	d.Lines = lines[:min(newest, len(lines))]
	d.More = all - len(d.Lines)
	if d.Petitions, err = a.petitionsOf(ctx, by, v.Case); err != nil {
		return err
	}
	_, d.Poster = a.site.NoticeOfCase(ctx, v.Case, v.Chain)
	if d.Cards, err = a.cardsOf(ctx, by, cases.BreachQuery{Case: v.Case.ID, PerPage: 20}); err != nil {
		return err
	}
	for _, b := range v.Case.File.BackEntries {
		d.Back = append(d.Back, schema.Fact{Label: web.DayText(b.On.String()) + " 收到", Value: web.DayText(calendar.DayOf(b.At).String()) + " 录入，" + b.Reason})
	}
	d.Slip = d.Counter
	if docs := d.Case.Documents; len(docs) > 0 {
		d.Receipt = fmt.Sprintf("/api/v1%s/documents/%s.pdf", d.Here, docs[len(docs)-1].ID)
	}
	return a.site.Show(c, status, "case", d)
}
