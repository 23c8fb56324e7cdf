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
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
	"anju/workflow/serving"
)

// formSorter sorts the verbs and records of a stage into the forms of the page of a case.
type formSorter struct {
	pages      *Pages
	page       *caseData
	view       workflow.View
	back       *submission
	keep       draftRef
	choices    map[string][]schema.Option
	colleagues []schema.Option
	waits      map[string]bool // by what would meet it
	found      bool            // the form that came back is among them
}

// actForms sorts the verbs and records of the stage by what the caller can do with them, and says whether the form that
// came back is still among them.
func (a *Pages) actForms(ctx context.Context, d *caseData, v workflow.View, by *request.Caller, back *submission,
	keep draftRef) bool {
	s := &formSorter{pages: a, page: d, view: v, back: back, keep: keep, colleagues: a.colleagues(ctx, by),
		choices: map[string][]schema.Option{"material_code": {}}, waits: map[string]bool{}}
	for _, p := range web.PapersOf(v.Chain) {
		s.choices["material_code"] = append(s.choices["material_code"], schema.Option{Value: p.Code, Label: p.Name})
	}
	s.choices["papers"] = a.unserved(v, by)
	for _, vv := range v.Verbs {
		s.verb(ctx, vv)
	}
	for _, r := range v.Records {
		s.record(r)
	}
	s.together()
	return s.found
}

// unserved lists the numbered papers of a case that the caller's office may serve today; nil without one.
func (a *Pages) unserved(v workflow.View, by *request.Caller) (list []schema.Option) {
	ready, today := serving.Ready(v.Chain, v.Case), calendar.DayOf(a.svc.Now())
	for _, d := range v.Case.File.Documents {
		if d.Number != "" && ready(d) && d.MayBeServed(today, by.OfficeKind) {
			list = append(list, schema.Option{Value: d.Number, Label: d.Title + " " + d.Number})
		}
	}
	return list
}

// fill puts the fields of a form in it, with what was typed where it came back.
func (s *formSorter) fill(f *actForm, data workflow.Form) {
	application := s.view.Case.Application
	f.Key, f.Seen, f.Keep = rand.Text(), s.view.Case.Seen, s.keep
	of := schema.OfForm(data)
	delete(s.choices, "officer")
	if f.Name == string(glossary.ReassignKind) { // another form may name an officer of another office
		s.choices["officer"] = s.colleagues
	}
	m := schema.FormMaker{ID: f.ID, Choices: s.choices}
	value := s.pages.initial(data, glossary.Verb(f.Name), application)
	// all that wait are ticked, so that the clerk sees which
	if m, ok := value.(map[string]any); ok && f.Name == string(glossary.ServiceKind) {
		var all []any
		for _, o := range s.choices["papers"] {
			all = append(all, o.Value)
		}
		m["papers"], m["recipient"] = all, s.view.Case.Householder
	}
	if s.back.is(f) {
		s.found, f.Open = true, true
		f.Typed = s.back.form.Get("reason")
		web.Picked(f.Reasons, s.back.form["reason_pick"])
		value = schema.SubmittedValue(of, s.back.form)
		if s.back.p != nil {
			s.page.Errors, m.Errors = web.Summary(s.back.p, f.ID, of)
		}
	}
	f.Fields = m.Fields(of, value)
	if amends(data) {
		f.foldApplication(s.pages.changes(data, f.Name, application, f.Fields))
	}
}

// verb sorts one verb: to be taken now, waiting for something, or another office's.
func (s *formSorter) verb(ctx context.Context, vv workflow.VerbView) {
	ac, v, d := vv.Action, s.view, s.page
	for _, b := range vv.Blocked {
		s.waits[b.By] = s.waits[b.By] || ac.MainLine
	}
	f := actForm{ID: "v-" + string(ac.Do), Action: web.CaseAddress(v.Case.ID) + "/moves", Field: "verb",
		Name:  string(ac.Do),
		Title: ac.Title, To: lines.State(v.Chain, vv.To), Ahead: ac.MainLine, Reason: ac.Reason, Blocked: vv.Blocked,
		Law:    string(ac.Rule) + " " + ac.Under.String(),
		Who:    s.pages.views.OfficeName(ctx, view.ActingParty(ac, v.Stage), v.Case),
		Danger: ac.Do == glossary.Deny || ac.Do == glossary.Refuse}
	if ac.Reason {
		f.Reasons = web.ReasonsFor(ac.Do)
	}
	switch {
	case vv.Mine && (len(vv.Blocked) == 0 || amends(ac.Data)):
		s.fill(&f, ac.Data)
		f.Open = f.Open || ac.MainLine && vv.Allowed
		d.Verbs = append(d.Verbs, f)
	case vv.Mine:
		// A signature may be written before its time; pressed too early it is refused with the reason, and stays as typed.
		if ac.Signed && ac.MainLine || s.back.is(&f) {
			s.fill(&f, ac.Data)
		}
		d.Waiting = append(d.Waiting, f)
	default:
		d.Others = append(d.Others, f)
	}
	d.Turn = d.Turn || vv.Mine && ac.MainLine
}

// record sorts one record that the caller may enter: one that something waits for, or one under the disclosure.
func (s *formSorter) record(r workflow.RecordView) {
	v, d, here := s.view, s.page, web.CaseAddress(s.view.Case.ID)
	if !r.Allowed {
		return
	}
	f := actForm{ID: "r-" + string(r.Row.Kind), Action: here + "/records", Field: "kind", Name: string(r.Row.Kind),
		Title: r.Row.Kind.Title(), Law: string(r.Row.Rule) + " " + r.Row.Under.String()}
	if _, ok := v.Chain.Signable(v.Case, r.Row.Kind); ok {
		f.Link = here + "/sign-links"
	}
	serves := r.Row.Kind == glossary.ServiceKind && len(s.choices["papers"]) > 0
	d.Serves = d.Serves || serves
	f.Ahead = r.Owed || r.Row.Optional && s.waits["record:"+f.Name]
	s.fill(&f, r.Row.Data)
	d.Turn = d.Turn || f.Ahead
	if f.Ahead {
		f.Open = true
		d.Records = append(d.Records, f)
		return
	}
	if serves {
		d.Records = append(d.Records, f)
		return
	}
	d.AsideOpen = d.AsideOpen || f.Open
	d.Asides = append(d.Asides, f)
	title, _, _ := strings.Cut(f.Title, "（")
	d.AsideList = strings.TrimPrefix(d.AsideList+"、"+title, "、")
}

// together adds the signature with the records that it waits for, where the stage has one.
func (s *formSorter) together() {
	d := s.page
	d.Together = s.pages.together(s.view, s.back, s.keep, s.choices)
	if d.Together == nil || !s.back.is(d.Together) {
		return
	}
	s.found = true
	if s.back.p == nil {
		return
	}
	dashes := strings.NewReplacer(".", "-", "[", "-", "]", "")
	for _, e := range s.back.p.Errors { // each leads to its field in its part of the form
		d.Errors = append(d.Errors, web.PageError{Href: "#together-" + dashes.Replace(e.Field),
			Text: web.PlainMessage(e.Message)})
	}
}

// amends tells whether a verb carries an amended application: it may be what meets the conditions.
func amends(f workflow.Form) bool {
	if f == nil {
		return false
	}
	return schema.OfForm(f).Properties["application"] != nil
}

// dataForm finds the form of a verb or record in the stage the case is in now; nil when it is not open there, and what
// was sent is then refused by the judgement itself.
func dataForm(v workflow.View, field, name string) workflow.Form {
	if field == "verb" {
		ac, _ := v.Stage.Action(glossary.Verb(name))
		return ac.Data
	}
	r, _ := v.Chain.RecordRow(v.Stage, glossary.RecordKind(name))
	return r.Data
}

// waitsForRecords tells which records of the caller's own a signature still waits for: nil where anything else is
// missing, or nothing is.
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

// together is a signature and the records that it waits for as one form: who has looked into everything writes it down
// and signs with one press. Nil where the stage knows no such signature.
func (a *Pages) together(v workflow.View, back *submission, keep draftRef,
	choices map[string][]schema.Option) *actForm {
	for _, vv := range v.Verbs {
		records := waitsForRecords(v, vv)
		if records == nil {
			continue
		}
		ac := vv.Action
		f := &actForm{ID: "together", Action: web.CaseAddress(v.Case.ID) + "/together", Field: "together", Title: ac.Title,
			To: lines.State(v.Chain, vv.To), Ahead: true, Open: true,
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
