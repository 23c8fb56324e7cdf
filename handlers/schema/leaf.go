package schema

import (
	"slices"
	"strings"

	"anju/workflow"
)

// Leaves calls each for every field of an application that holds a value, with its label under those of its groups.
func Leaves(fields []FormField, above string, each func(f FormField, label string)) {
	for _, f := range fields {
		label := f.Label
		if above != "" {
			label = above + "：" + f.Label
		}
		switch {
		case above == "" && f.Path == "application":
			Leaves(f.Fields, "申请", each)
		case above == "" || f.Kind == "signature":
		case len(f.Fields) > 0:
			Leaves(f.Fields, label, each)
		default:
			each(f, strings.TrimPrefix(label, "申请："))
		}
	}
}

// ShownValue is what stands in a field, as a person reads it.
func ShownValue(f FormField) string {
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

// SameNumber tells whether two texts say the same number, with or without its zeros.
func SameNumber(a, b string) bool {
	x, err := workflow.ParseDecimal(a)
	y, bad := workflow.ParseDecimal(b)
	return err == nil && bad == nil && x == y
}

// WrongIn tells whether any field has an error.
func WrongIn(fields []FormField) bool {
	return slices.ContainsFunc(fields, func(f FormField) bool { return f.Error != "" || WrongIn(f.Fields) })
}
