package desk

import (
	"context"
	"crypto/rand"
	"strings"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// actForms sorts the verbs and records of the stage by what the caller can do with them, and says whether the form that came
// back is still among them.
func (a *Pages) actForms(ctx context.Context, d *caseData, v workflow.View, by *request.Caller, back *submission, keep draftRef) bool {
	found, waits := false, map[string]bool{} // by what would meet it
	choices, colleagues := map[string][]schema.Option{"material_code": {}}, a.colleagues(ctx, by)
	for _, p := range web.PapersOf(v.Chain) {
		choices["material_code"] = append(choices["material_code"], schema.Option{Value: p.Code, Label: p.Name})
	}
	base := web.CaseAddress(v.Case.ID) + "/"
	fill := func(f *actForm, data workflow.Form) {
		f.Key, f.Seen, f.Keep = rand.Text(), v.Case.Seen, keep
		s := schema.OfForm(data)
		delete(choices, "officer")
		if f.Name == string(glossary.ReassignKind) { // another form may name an officer of another office
			choices["officer"] = colleagues
		}
		m, value := schema.FormMaker{ID: f.ID, Choices: choices}, a.initial(data, glossary.Verb(f.Name), v.Case.Application)
		if back.is(f) {
			found, f.Open = true, true
			f.Typed = back.form.Get("reason")
			web.Picked(f.Reasons, back.form["reason_pick"])
			value = schema.SubmittedValue(s, back.form)
			if back.p != nil {
				d.Errors, m.Errors = web.Summary(back.p, f.ID, s)
			}
		}
		f.Fields = m.Fields(s, value)
		if amends(data) {
			f.foldApplication(a.changes(data, f.Name, v.Case.Application, f.Fields))
		}
	}
	for _, vv := range v.Verbs {
		ac := vv.Action
		for _, b := range vv.Blocked {
			waits[b.By] = waits[b.By] || ac.MainLine
		}
		f := actForm{ID: "v-" + string(ac.Do), Action: base + "moves", Field: "verb", Name: string(ac.Do), Title: ac.Title, To: vv.To.Title(), Ahead: ac.MainLine,
			Reason: ac.Reason, Blocked: vv.Blocked, Law: string(ac.Rule) + " " + ac.Under.String(), Who: a.views.OfficeName(ctx, view.PartyOf(ac, v.Stage), v.Case), Danger: ac.Do == glossary.Deny || ac.Do == glossary.Refuse}
		if ac.Reason {
			f.Reasons = web.ReasonsFor(ac.Do)
		}
		switch {
		case vv.Mine && (len(vv.Blocked) == 0 || amends(ac.Data)):
			fill(&f, ac.Data)
			f.Open = f.Open || ac.MainLine && vv.Allowed
			d.Verbs = append(d.Verbs, f)
		case vv.Mine:
			// A signature may be written before its time; pressed too early it is refused with the reason, and stays as typed.
			if ac.Signed && ac.MainLine || back.is(&f) {
				fill(&f, ac.Data)
			}
			d.Waiting = append(d.Waiting, f)
		default:
			d.Others = append(d.Others, f)
		}
		d.Turn = d.Turn || vv.Mine && ac.MainLine
	}
	for _, r := range v.Records {
		f := actForm{ID: "r-" + string(r.Row.Kind), Action: base + "records", Field: "kind", Name: string(r.Row.Kind), Title: r.Row.Kind.Title(),
			Law: string(r.Row.Rule) + " " + r.Row.Under.String()}
		if !r.Allowed {
			continue
		}
		if _, ok := v.Chain.Signable(v.Case, r.Row.Kind); ok {
			f.Link = web.CaseAddress(v.Case.ID) + "/sign-links"
		}
		f.Ahead = r.Owed || r.Row.Optional && waits["record:"+f.Name]
		fill(&f, r.Row.Data)
		d.Turn = d.Turn || f.Ahead
		if f.Ahead {
			f.Open = true
			d.Records = append(d.Records, f)
			continue
		}
		d.AsideOpen = d.AsideOpen || f.Open
		d.Asides = append(d.Asides, f)
		title, _, _ := strings.Cut(f.Title, "（")
		d.AsideList = strings.TrimPrefix(d.AsideList+"、"+title, "、")
	}
	if d.Together = a.together(v, back, keep, choices); d.Together != nil {
		if back.is(d.Together) {
			found = true
			if back.p != nil {
				for _, e := range back.p.Errors { // each leads to its field in its part of the form
					d.Errors = append(d.Errors, web.PageError{Href: "#together-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field), Text: web.PlainMessage(e.Message)})
				}
			}
		}
	}
	return found
}

// amends tells whether a verb carries an amended application: it may be what meets the conditions.
func amends(f workflow.Form) bool {
	if f == nil {
		return false
	}
	return schema.OfForm(f).Properties["application"] != nil
}

// dataForm finds the form of a verb or record in the stage the case is in now; nil when it is not open there, and what was
// sent is then refused by the judgement itself.
func dataForm(v workflow.View, field, name string) workflow.Form {
	if field == "verb" {
		ac, _ := v.Stage.Action(glossary.Verb(name))
		return ac.Data
	}
	r, _ := v.Chain.RecordRow(v.Stage, glossary.RecordKind(name))
	return r.Data
}

// waitsForRecords tells which records of the caller's own a signature still waits for: nil where anything else is missing, or nothing is.
func waitsForRecords(v workflow.View, vv workflow.VerbView) []workflow.RecordView {
	if !vv.Mine || vv.Action.Do != glossary.SignOpinion || len(vv.Blocked) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, b := range vv.Blocked {
		kind, ok := strings.CutPrefix(b.By, "record:")
		if !ok {
			return nil
		}
		wanted[kind] = true
	}
	var list []workflow.RecordView // in the order of the chain
	for _, r := range v.Records {
		if wanted[string(r.Row.Kind)] && r.Allowed {
			list = append(list, r)
		}
	}
	if len(list) != len(wanted) {
		return nil
	}
	return list
}

// together is a signature and the records that it waits for as one form: who has looked into everything writes it down and signs with one
// press. Nil where the stage knows no such signature.
func (a *Pages) together(v workflow.View, back *submission, keep draftRef, choices map[string][]schema.Option) *actForm {
	for _, vv := range v.Verbs {
		records := waitsForRecords(v, vv)
		if records == nil {
			continue
		}
		ac := vv.Action
		f := &actForm{ID: "together", Action: web.CaseAddress(v.Case.ID) + "/together", Field: "together", Title: ac.Title, To: vv.To.Title(), Ahead: true, Open: true,
			Law: string(ac.Rule) + " " + ac.Under.String(), Key: rand.Text(), Seen: v.Case.Seen, Keep: keep}
		names := []string{string(ac.Do)}
		add := func(kind, title string, form workflow.Form) {
			s, value := schema.OfForm(form), a.initial(form, ac.Do, v.Case.Application)
			if back != nil && back.field == "together" {
				value = schema.SubmittedValueUnder(s, back.form, kind)
			}
			group := schema.FormField{ID: "together-" + kind, Label: title, Kind: "group", Required: true}
			group.Fields = schema.FormMaker{ID: "together-" + kind, Root: kind, Choices: choices}.Fields(s, value)
			f.Fields = append(f.Fields, group)
		}
		for _, r := range records {
			names = append(names, string(r.Row.Kind))
			add(string(r.Row.Kind), r.Row.Kind.Title(), r.Row.Data)
		}
		if ac.Data != nil {
			add(string(ac.Do), ac.Title, ac.Data)
		}
		f.Name = strings.Join(names, ",")
		if back != nil && back.field == "together" {
			back.name = f.Name // what was entered meanwhile is not asked for again
		}
		return f
	}
	return nil
}
