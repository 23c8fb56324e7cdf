package schema

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/workflow"
	"anju/workflow/forms"
)

// plainLabels are the labels of the fields that no schema describes, where they are the same in every form.
var plainLabels = map[string]string{"reason": "理由", "reason_pick": "常用理由", "answer": "答复", "ground": "理由",
	"phone":  "电话",
	"notice": "通知名称和文号", "off": "放假", "work": "调休上班日"}

// Labels finds the label of a field that was typed without asking the database: by the chain, the verb or the kind of
// record of its form, and the path of the field. Where two forms of one name label a path differently it has no label.
type Labels map[[2]string]string

// NewLabels collects the labels of all forms of the chains.
func NewLabels(chains workflow.Chains) Labels {
	l := Labels{}
	l.add("", "", "", OfForm(forms.Household{}))
	for _, ch := range chains {
		l.add(string(ch.ID), "", "", OfForm(ch.Form))
		for _, st := range ch.Stages {
			for _, ac := range st.Actions {
				l.add(string(ac.Do), "", "", OfForm(ac.Data))
			}
			for _, r := range ch.Records(st) {
				l.add(string(r.Kind), "", "", OfForm(r.Data))
			}
		}
	}
	return l
}

// add takes in the fields of a schema that lies at a path of a form, under the labels of the groups around it.
func (l Labels) add(form, path, label string, s *huma.Schema) {
	switch {
	case s.Type == huma.TypeArray && len(s.Items.Enum) == 0:
		l.add(form, path, label, s.Items)
	case len(s.Properties) > 0:
		for name, p := range s.Properties {
			sub := p.Description
			if label != "" && sub != "" {
				sub = label + "：" + sub
			}
			l.add(form, join(path, name), sub, p)
		}
	case path != "":
		at := [2]string{form, path}
		if was, ok := l[at]; ok && was != label {
			label = ""
		}
		l[at] = label
	}
}

// of is the label of a field of a form that was sent.
func (l Labels) of(form url.Values, name string) string {
	root, path, dotted := strings.Cut(name, ".")
	if !dotted {
		return plainLabels[name]
	}
	path = strings.Join(slices.DeleteFunc(strings.Split(path, "."), func(part string) bool {
		_, err := strconv.Atoi(part)
		return err == nil
	}), ".")
	for _, of := range []string{root, form.Get("verb"), form.Get("kind"), form.Get("chain"), ""} {
		if label := l[[2]string{of, path}]; label != "" {
			return label
		}
	}
	return ""
}

// FactsOf is what a form carried, for reading where the form itself is gone.
func (l Labels) FactsOf(form url.Values) []Fact {
	var list []Fact
	for _, k := range slices.Sorted(maps.Keys(form)) {
		label := l.of(form, k)
		if label == "" {
			label = "填写的内容"
		}
		for _, v := range form[k] {
			if IsSubmitted(k) && strings.TrimSpace(v) != "" {
				list = append(list, Fact{Label: label, Value: v})
			}
		}
	}
	return list
}
