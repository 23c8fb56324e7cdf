package desk

import (
	"fmt"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

func (a *Pages) papers(d *caseData, v workflow.View, back *submission) {
	asked := map[string]string{}
	if v.Case.File.Asked != nil && v.Case.State == glossary.AwaitCorrection {
		for _, it := range v.Case.File.Asked.Items {
			asked[it.MaterialCode] = it.Problem + "；" + it.Requirement
		}
	}
	for i, m := range v.Materials {
		p := paperLine{Material: d.Case.Materials[i], Allowed: m.Allowed, Problem: asked[m.Paper.Code], If: m.Paper.If}
		chosen := intake.NamedKind(v.Case.Application, m.Paper)
		if back != nil && back.field == "code" && back.name == p.Code {
			chosen = back.form.Get("kind")
		}
		for _, kind := range m.Paper.AnyOf {
			p.Kinds = append(p.Kinds, schema.Option{Value: kind, Label: schema.EnumTitle("kind", kind), Selected: kind == chosen})
		}
		if p.Source == v.Case.Number {
			p.Source = ""
		}
		for _, s := range v.Case.File.Materials {
			if s.Code == m.Paper.Code {
				p.File, p.Size, p.Href = s.Name, web.SizeText(s.Size), fmt.Sprintf("/cases/%d/materials/%s", v.Case.ID, s.Code)
			}
		}
		if back != nil && back.p != nil && back.field == "code" && back.name == p.Code {
			p.Problem = back.p.Detail
		}
		if m.Owed && !m.Present {
			d.Missing++
		}
		d.Papers = append(d.Papers, p)
	}
}

// openMarks says what waits beside the stage of a case: an objection without its answer (R36), a hearing that was asked
// for and not held (Licensing Law Art. 47).
func openMarks(c workflow.Case) (list []string) {
	if !c.Open() {
		return nil
	}
	if r, ok := c.Latest(glossary.ObjectionKind); ok && r.At.After(c.File.Marks[glossary.ObjectionAnswered]) {
		list = append(list, "异议待核查答复")
	}
	if asked, ok := c.Latest(glossary.HearingAskedKind); ok {
		if held, ok := c.Latest(glossary.HearingHeldKind); !ok || held.At.Before(asked.At) {
			list = append(list, "听证待举行")
		}
	}
	return list
}

// sheets are the forms that a case prints whenever they are asked for.
func (a *Pages) sheets(c workflow.Case) (list []sheetLine) {
	for _, d := range a.lookup.Sheets(c) {
		list = append(list, sheetLine{fmt.Sprintf("%s%s/documents/%s.pdf", request.APIRoot, web.CaseAddress(c.ID), d.Kind),
			string(d.Kind), d.Title})
	}
	return list
}
