package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// foldApplication names the application of a form as what it changes, and opens it where something is changed or wrong.
func (f *actForm) foldApplication(changed []change) {
	f.Changes, f.Confirm = changed, confirmOf(changed)
	i := slices.IndexFunc(f.Fields, func(x schema.FormField) bool { return x.Path == "application" })
	if i < 0 {
		return
	}
	p := &f.Fields[i]
	p.Label, p.Required = "修改申请（改动的才算，没改的不变）", true // no “选填” behind the label
	p.Checked = len(changed) > 0 || wrongIn(p.Fields)
}

// actForm is one verb or record of a case as a form.
type actForm struct {
	ID      string // of the form on the page
	Action  string // where it is sent
	Field   string // "verb" or "kind"
	Name    string
	Title   string
	Who     string // whose turn it is, where not the caller's
	Law     string
	To      string
	Open    bool
	Ahead   bool
	Reason  bool
	Reasons []schema.Option // the common ones, to be picked instead of typed
	Typed   string          // the reason as typed
	Blocked []workflow.Unmet
	Fields  []schema.FormField
	Key     string
	Seen    int
	Keep    draftRef
	Link    string // where a link is made by which another signs it on his phone
	Danger  bool   // ends the case against the applicant: said in the colour of the button
	Changes []change
	Confirm string // says that the changes were seen, when it comes back
}

// submission is a form that came back refused, or a draft that was put back (p is nil): what was typed, and its errors.
type submission struct {
	field, name string
	p           *problem.Problem
	form        url.Values
}

func (s *submission) is(f *actForm) bool { return s != nil && s.field == f.Field && s.name == f.Name }

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
				d.Errors, m.Errors = summary(back.p, f.ID, s)
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
					d.Errors = append(d.Errors, web.PageError{Href: "#together-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field), Text: plainMessage(e.Message)})
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

// initial is what stands in a form before anybody types: under the demo its example; an application that may be amended, as it is.
func (a *Pages) initial(f workflow.Form, do glossary.Verb, application json.RawMessage) any {
	if f == nil {
		return nil
	}
	v := map[string]any{}
	if slices.Contains(required(f), "opinion") {
		v["opinion"] = web.Openings[do]
	}
	if a.settings.Demo != nil {
		if b, err := json.Marshal(f.Example()); err == nil {
			_ = json.Unmarshal(b, &v) // an example that is no object leaves the form empty
		}
	}
	if p := schema.OfForm(f).Properties["application"]; p != nil && len(application) > 0 {
		var app any
		if json.Unmarshal(application, &app) == nil {
			v["application"] = app
		}
	}
	return v
}

// summary is the list of what is wrong, each line leading to its field, and the same words by field.
func summary(p *problem.Problem, id string, s *huma.Schema) ([]web.PageError, map[string]string) {
	by := map[string]string{}
	var list []web.PageError
	for _, e := range p.Errors {
		text := plainMessage(e.Message)
		if e.Rule != "" {
			text += "（" + string(e.Rule) + "）"
		}
		href := ""
		if p.Status == 422 && known(s, e.Field) {
			by[e.Field] = plainMessage(e.Message)
			href = "#" + id + "-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field)
		}
		if e.Field == "reason" && !known(s, "reason") {
			href = "#" + id + "-reason"
		}
		list = append(list, web.PageError{Href: href, Text: text})
	}
	if len(list) == 0 {
		list = []web.PageError{{Href: "", Text: p.Detail}}
	}
	return list, by
}

var code = regexp.MustCompile(`[a-z]{3,}(_[a-z]+)*`)

// plainMessage is what a page says of a field whose choices the API names by their codes.
func plainMessage(text string) string {
	if code.MatchString(text) {
		return "请从列表中选择一项"
	}
	return text
}

// known tells whether an error's path names a field of the schema.
func known(s *huma.Schema, path string) bool {
	if s == nil {
		return false
	}
	name, rest, deeper := strings.Cut(path, ".")
	name, _, _ = strings.Cut(name, "[")
	p := s.Properties[name]
	if p == nil {
		return false
	}
	if p.Type == huma.TypeArray {
		return !deeper || known(p.Items, rest)
	}
	return !deeper || known(p, rest)
}
