package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// CasePage shows a case with what the caller may do about it.
func (a *Pages) CasePage(c *fiber.Ctx, by *request.Caller) error { return a.showCasePage(c, by, nil) }

// showCasePage shows a case; back is a form that was refused, nil for none.
func (a *Pages) showCasePage(c *fiber.Ctx, by *request.Caller, back *submission) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	j, err := a.views.NewCase(ctx, v)
	if err != nil {
		return err
	}
	d := a.newCaseData(c, v, j)
	keep := a.draftRef(by, d.Here)
	if back == nil {
		if back, err = a.savedSubmission(ctx, by, &keep); err != nil {
			return err
		}
		if back != nil {
			d.Saved = &keep
		}
	}
	status := 200
	if back != nil && back.p != nil {
		status = back.p.Status
	}
	found := a.actForms(ctx, &d, v, by, back, keep)
	switch {
	case back == nil:
	case back.p != nil:
		d.refuse(back)
		if !found && back.field != "code" {
			d.Lost = a.site.SubmittedFacts(c)
		}
	case !found:
		d.Lost, d.Saved = a.labels.FactsOf(back.form), nil
		a.drop(ctx, by, d.Here)
	}
	a.papers(&d, v, back)
	d.hideForms()
	if err := a.fillFacts(c, &d, v, by); err != nil {
		return err
	}
	return a.site.Show(c, status, "case", d)
}

// newCaseData is the head of the page of a case: where it is, with which office, until when.
func (a *Pages) newCaseData(c *fiber.Ctx, v workflow.View, j view.Case) caseData {
	d := caseData{Layout: a.site.Layout(c, v.Case.Householder+"　"+lines.State(v.Chain, v.Case.State)), Case: j, Chain: v.Chain.Title,
		Lamp:    web.NewBadge(string(v.Light), j.Stage.Paused),
		Untimed: v.Stage.Untimed, Frozen: v.Case.Frozen, Key: rand.Text()}
	if j.Stage.Office != nil {
		d.Office = j.Stage.Office.Name
	}
	d.Here = web.CaseAddress(v.Case.ID)
	if j.ClosedAt != nil {
		d.Lamp = web.Over
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if j.Outcome != nil {
		d.Outcome = lines.Ended(v.Chain, *j.Outcome)
	}
	if j.Stage.DueOn != nil {
		d.Left = a.site.LeftOf(v.Stage.Within.Bound == calendar.Min, *j.Stage.DueOn)
	}
	if j.Stage.Limit != nil {
		d.Limit = a.site.LimitText(v.Stage.Within)
	}
	return d
}

// savedSubmission is the form of a case that the caller typed and did not send; nil without one.
func (a *Pages) savedSubmission(ctx context.Context, by *request.Caller, keep *draftRef) (*submission, error) {
	form, err := a.draft(ctx, by, keep)
	if err != nil {
		return nil, err
	}
	var back *submission
	for _, field := range []string{"verb", "kind", "together"} {
		if form.Get(field) != "" {
			back = &submission{field: field, name: form.Get(field), form: form}
		}
	}
	return back, nil
}

// refuse puts on the page why a form was not taken: at its scan, or above all where no field is to blame.
func (d *caseData) refuse(back *submission) {
	switch {
	case back.field == "code":
		d.Errors = []web.PageError{{Href: "#paper-" + back.name, Text: back.p.Detail}}
	case back.p.Status == 409 || len(d.Errors) == 0:
		d.Errors = append([]web.PageError{{Href: "", Text: back.p.Detail}}, d.Errors...)
	}
}

// hideForms leaves out the form of a paper that has none.
func (d *caseData) hideForms() {
	for i, doc := range d.Case.Documents {
		if !strings.HasPrefix(doc.Form, "F") {
			d.Case.Documents[i].Form = ""
		}
	}
}

// fillFacts puts on the page what is known of a case: its application, people, steps, history, petitions and red cards.
func (a *Pages) fillFacts(c *fiber.Ctx, d *caseData, v workflow.View, by *request.Caller) (err error) {
	ctx := c.UserContext()
	d.Facts = append(d.Facts, schema.FactsOf(schema.OfForm(v.Chain.Form), v.Case.Application)...)
	d.Plot, d.Brief, d.Draft = web.PlotOf(v), a.brief(v), v.Case.State == glossary.Draft
	if d.People, err = a.people(ctx, by, v.Case.Household); err != nil {
		return err
	}
	if d.Steps, err = a.steps(ctx, v); err != nil {
		return err
	}
	lines, err := a.timeline(c, &d.Layout, v)
	if err != nil {
		return err
	}
	all := len(lines)
	lines = slices.DeleteFunc(lines, func(l timeLine) bool { return l.Quiet })
	d.Lines = lines[:min(newest, len(lines))]
	d.More = all - len(d.Lines)
	if d.Petitions, err = a.openPetitions(ctx, by, v.Case); err != nil {
		return err
	}
	_, d.Poster = a.site.NoticeOfCase(ctx, v.Case, v.Chain)
	if d.Cards, err = a.openBreaches(ctx, by, cases.BreachQuery{Case: v.Case.ID, PerPage: 20}); err != nil {
		return err
	}
	for _, b := range v.Case.File.BackEntries {
		d.Back = append(d.Back, schema.Fact{Label: view.NewDay(b.On).Text() + " 收到",
			Value: view.NewInstant(b.At).Civil().Text() + " 录入，" + b.Reason})
	}
	d.Marks, d.Sheets = openMarks(v.Case), a.sheets(v.Case)
	d.Slip = d.Counter
	if docs := d.Case.Documents; len(docs) > 0 {
		d.Receipt = fmt.Sprintf("/api/v1%s/documents/%s.pdf", d.Here, docs[len(docs)-1].ID)
	}
	return nil
}
