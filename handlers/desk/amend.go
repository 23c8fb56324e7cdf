package desk

import (
	"encoding/json"
	"fmt"
	"slices"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/glossary"
)

// changes compares the application in a form with what is stored: any difference is a change, in the order of the form.
func (a *Pages) changes(data workflow.Form, verb string, stored json.RawMessage, fields []schema.FormField) []change {
	was := map[string]schema.FormField{}
	before := schema.FormMaker{ID: "v-" + verb}.Fields(schema.OfForm(data), a.initial(data, glossary.Verb(verb), stored))
	schema.Leaves(before, "", func(f schema.FormField, _ string) { was[f.Name] = f })
	var list []change
	schema.Leaves(fields, "", func(f schema.FormField, label string) {
		old, is := schema.ShownValue(was[f.Name]), schema.ShownValue(f)
		delete(was, f.Name)
		if old != is && !(f.Kind == "number" && schema.SameNumber(old, is)) {
			list = append(list, change{f.ID, label, old, is})
		}
	})
	schema.Leaves(before, "", func(f schema.FormField, label string) { // rows that are no more
		if old, left := was[f.Name]; left && schema.ShownValue(old) != "" {
			list = append(list, change{f.ID, label, schema.ShownValue(old), ""})
		}
	})
	return list
}

// confirmation is what a form sends back to say that the changes it makes were seen.
func confirmation(list []change) string {
	if len(list) == 0 {
		return ""
	}
	return request.Digest([]byte(fmt.Sprint(list)))
}

// foldApplication names the application of a form as what it changes, and opens it where something is changed or wrong.
func (f *actForm) foldApplication(changed []change) {
	f.Changes, f.Confirm = changed, confirmation(changed)
	i := slices.IndexFunc(f.Fields, func(x schema.FormField) bool { return x.Path == "application" })
	if i < 0 {
		return
	}
	p := &f.Fields[i]
	p.Label, p.Required = "修改申请（改动的才算，没改的不变）", true // no “选填” behind the label
	p.Checked = len(changed) > 0 || schema.WrongIn(p.Fields)
}
