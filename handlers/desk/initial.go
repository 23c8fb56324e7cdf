package desk

import (
	"encoding/json"
	"slices"

	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// initial is what stands in a form before anybody types: under the demo its example; an application that may be
// amended, as it is.
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
