package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/glossary"
)

// changes compares the application in a form with what is stored: any difference is a change, in the order of the form.
func (a *Pages) changes(data workflow.Form, verb string, stored json.RawMessage, fields []schema.FormField) []change {
	was := map[string]schema.FormField{}
	before := schema.FormMaker{ID: "v-" + verb}.Fields(schema.OfForm(data), a.initial(data, glossary.Verb(verb), stored))
	leaves(before, "", func(f schema.FormField, _ string) { was[f.Name] = f })
	var list []change
	leaves(fields, "", func(f schema.FormField, label string) {
		old, is := shownValue(was[f.Name]), shownValue(f)
		delete(was, f.Name)
		if old != is && !(f.Kind == "number" && sameNumber(old, is)) {
			list = append(list, change{f.ID, label, old, is})
		}
	})
	leaves(before, "", func(f schema.FormField, label string) { // rows that are no more
		if old, left := was[f.Name]; left && shownValue(old) != "" {
			list = append(list, change{f.ID, label, shownValue(old), ""})
		}
	})
	return list
}

// leaves calls each for every field of an application that holds a value, with its label under those of its groups.
func leaves(fields []schema.FormField, above string, each func(f schema.FormField, label string)) {
	for _, f := range fields {
		label := f.Label
		if above != "" {
			label = above + "：" + f.Label
		}
		switch {
		case above == "" && f.Path == "application":
			leaves(f.Fields, "申请", each)
		case above == "" || f.Kind == "signature":
		case len(f.Fields) > 0:
			leaves(f.Fields, label, each)
		default:
			each(f, strings.TrimPrefix(label, "申请："))
		}
	}
}

// shownValue is what stands in a field, as a person reads it.
func shownValue(f schema.FormField) string {
	switch f.Kind {
	case "check":
		if f.Checked {
			return "是"
		}
		return ""
	case "select", "checks":
		var chosen []string
		for _, o := range f.Options {
			if o.Selected {
				chosen = append(chosen, o.Label)
			}
		}
		return strings.Join(chosen, "、")
	}
	return strings.TrimSpace(strings.ReplaceAll(f.Value, "\r\n", "\n"))
}

// sameNumber tells whether two texts say the same number, with or without its zeros.
func sameNumber(a, b string) bool {
	x, err := workflow.ParseDecimal(a)
	y, bad := workflow.ParseDecimal(b)
	return err == nil && bad == nil && x == y
}

// confirmOf is what a form sends back to say that the changes it makes were seen.
func confirmOf(list []change) string {
	if len(list) == 0 {
		return ""
	}
	return request.Digest([]byte(fmt.Sprint(list)))
}

// wrongIn tells whether any field has an error.
func wrongIn(fields []schema.FormField) bool {
	return slices.ContainsFunc(fields, func(f schema.FormField) bool { return f.Error != "" || wrongIn(f.Fields) })
}

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
