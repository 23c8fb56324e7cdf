package schema

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/workflow"
	"anju/workflow/forms"
)

// FormField is one field of a form on a page, made from the JSON Schema of what is sent.
type FormField struct {
	Name     string // of the input
	Path     string // as an error names it
	ID       string
	Label    string
	Hint     string
	Kind     string // text, long, select, check, checks, date, number, card, signature, group, fold, rows
	Value    string
	Checked  bool
	Required bool
	Error    string
	Options  []Option
	Fields   []FormField
}

// Option is one choice of a field.
type Option struct {
	Value, Label string
	Selected     bool
}

// FormMaker turns a schema and a value into fields. id keeps the fields of several forms on one page apart.
type FormMaker struct {
	ID      string
	Errors  map[string]string
	Root    string              // prefix of the inputs; formRoot where empty
	Choices map[string][]Option // what a field of this name is chosen from, where the place knows it: villages, colleagues
}

// formRoot is the prefix of the inputs that make up the data.
const formRoot = "d"

// Fields returns the fields of a form with their values and errors.
func (m FormMaker) Fields(s *huma.Schema, v any) []FormField {
	root := m.Root
	if root == "" {
		root = formRoot
	}
	return m.object(s, v, root, "")
}

func (m FormMaker) object(s *huma.Schema, v any, name, path string) []FormField {
	given, _ := v.(map[string]any)
	order, _ := s.Extensions[orderKey].([]string)
	list := make([]FormField, 0, len(order))
	for _, n := range order {
		if s.Properties[n].ReadOnly {
			continue // the program's own
		}
		list = append(list, m.field(s.Properties[n], given[n], n, name+"."+n, join(path, n), slices.Contains(s.Required, n)))
	}
	return list
}

func (m FormMaker) field(s *huma.Schema, v any, key, name, path string, required bool) FormField {
	f := FormField{Name: name, Path: path, ID: m.ID + "-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(path),
		Label:    s.Description,
		Required: required, Error: m.Errors[path]}
	if f.Label == "" {
		f.Label = key
	}
	if key == "division" && m.Choices[key] != nil {
		f.Label = "村"
	}
	text := ""
	switch x := v.(type) {
	case nil:
	case string:
		text = x
	case float64:
		text = strconv.FormatFloat(x, 'f', -1, 64)
	case json.Number:
		text = x.String()
	case bool:
		f.Checked = x
	}
	f.Value = text
	switch s.Type {
	case huma.TypeBoolean:
		f.Kind = "check"
	case huma.TypeInteger:
		f.Kind, f.Hint = "number", strings.TrimPrefix(span(s), "，")
	case huma.TypeObject:
		f.Fields, f.Kind = m.object(s, v, name, path), "group"
		if !required { // it counts when anything stands in it
			f.Kind, f.Checked = "fold", filled(f.Fields)
		}
	case huma.TypeArray:
		m.list(&f, s, v, key, name, path)
	default:
		switch {
		case m.Choices[key] != nil:
			f.Kind = "select"
			for _, o := range m.Choices[key] {
				f.Options = append(f.Options, Option{o.Value, o.Label, o.Value == text})
			}
		case len(s.Enum) > 0:
			f.Kind = "select"
			for _, e := range s.Enum {
				e := fmt.Sprint(e)
				f.Options = append(f.Options, Option{e, EnumTitle(key, e), e == text})
			}
		case s.Format == "date":
			f.Kind = "date"
		case s.Format == "signature":
			f.Kind = "signature" // drawn, not typed
		case key == "id_number":
			f.Kind = "card"
		case s.Pattern == workflow.DecimalPattern:
			f.Kind, f.Hint = "number", "最多两位小数"
		case s.MaxLength != nil && *s.MaxLength >= 300:
			f.Kind = "long"
		default:
			f.Kind = "text"
		}
		if len(s.Examples) > 0 && f.Kind != "select" && f.Hint == "" {
			f.Hint = strings.TrimPrefix(example(s), "，")
		}
	}
	return f
}

// filled tells whether anything stands in the fields, or is wrong with them.
func filled(fields []FormField) bool {
	return slices.ContainsFunc(fields, func(f FormField) bool {
		return f.Value != "" || f.Checked || f.Error != "" ||
			filled(f.Fields)
	})
}

// fewRows is how many empty rows a list of people or items offers.
const fewRows = 2

func (m FormMaker) list(f *FormField, s *huma.Schema, v any, key, name, path string) {
	given, _ := v.([]any)
	if len(s.Items.Enum) > 0 {
		f.Kind = "checks"
		for _, e := range s.Items.Enum {
			e := fmt.Sprint(e)
			f.Options = append(f.Options, Option{e, EnumTitle(key, e), slices.Contains(given, any(e))})
		}
		return
	}
	if options := m.Choices[key]; options != nil && s.Items.Type == huma.TypeString {
		f.Kind = "checks"
		for _, o := range options {
			f.Options = append(f.Options, Option{o.Value, o.Label, slices.Contains(given, any(o.Value))})
		}
		return
	}
	f.Kind = "rows"
	n := len(given) + fewRows
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	for i := range n {
		var item any
		if i < len(given) {
			item = given[i]
		}
		sub := m.field(s.Items, item, key, fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("%s[%d]", path, i), s.MinItems != nil &&
			i < *s.MinItems)
		sub.Label = fmt.Sprintf("第 %d 项", i+1)
		f.Fields = append(f.Fields, sub)
	}
}

// ReadForm turns what a browser sent back into the JSON that the schema describes. What was left empty is left out, so
// that the check says what is missing; what cannot be read stays as it was typed.
func ReadForm(s *huma.Schema, form url.Values) map[string]any { return ReadUnder(s, form, formRoot) }

// ReadUnder reads the inputs of one of several forms that are sent together.
func ReadUnder(s *huma.Schema, form url.Values, root string) map[string]any {
	v, _ := readObject(s, form, root)
	return v
}

func readObject(s *huma.Schema, form url.Values, name string) (map[string]any, bool) {
	order, _ := s.Extensions[orderKey].([]string)
	got, any := map[string]any{}, false
	for _, n := range order {
		p := s.Properties[n]
		required := slices.Contains(s.Required, n)
		v, filled := readField(p, form, name+"."+n, required)
		if v != nil {
			got[n] = v
		}
		any = any || filled
	}
	return got, any
}

func readField(s *huma.Schema, form url.Values, name string, required bool) (v any, filled bool) {
	text := strings.TrimSpace(form.Get(name))
	switch s.Type {
	case huma.TypeBoolean:
		if text != "" {
			return true, true
		}
		if required {
			return false, false
		}
		return nil, false
	case huma.TypeObject:
		o, filled := readObject(s, form, name)
		if !filled && !required {
			return nil, false
		}
		return o, filled
	case huma.TypeArray:
		list := []any{}
		if ticked := form[name]; len(ticked) > 0 || len(s.Items.Enum) > 0 { // checks; rows have a number behind the name
			for _, e := range ticked {
				list = append(list, e)
			}
		} else {
			for i := range 100 {
				if item, filled := readField(s.Items, form, fmt.Sprintf("%s.%d", name, i), true); filled {
					list = append(list, item)
				}
			}
		}
		if len(list) == 0 && !required {
			return nil, false
		}
		return list, len(list) > 0
	case huma.TypeInteger:
		if n, err := strconv.ParseInt(forms.NormalIDNumber(text), 10, 64); err == nil {
			return n, true
		}
	}
	if text == "" {
		return nil, false
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), true
}

// SubmittedValue is what a browser sent back as values of the fields, to be shown again.
func SubmittedValue(s *huma.Schema, form url.Values) any {
	return SubmittedValueUnder(s, form, formRoot)
}

// SubmittedValueUnder reads the value of the part of a form under a root.
func SubmittedValueUnder(s *huma.Schema, form url.Values, root string) any {
	b, err := json.Marshal(ReadUnder(s, form, root))
	if err != nil {
		return nil
	}
	var v any
	if json.Unmarshal(b, &v) != nil {
		return nil
	}
	return v
}

// Fact is one line of what stands in a form, for reading: a heading where it has no value, and Sub what stands under
// one.
type Fact struct {
	Label, Value string
	Sub          bool
}

// FactsOf writes what a form says in the words of its fields; nil for what cannot be read.
func FactsOf(s *huma.Schema, raw []byte) []Fact {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	var list []Fact
	collect(s, v, "", "", false, &list)
	return list
}

// collect writes a value under its label. A group on the first level becomes a heading; deeper ones stand before their
// labels.
func collect(s *huma.Schema, v any, key, label string, under bool, list *[]Fact) {
	add := func(text string) {
		if strings.TrimSpace(text) != "" {
			*list = append(*list, Fact{label, text, under})
		}
	}
	group := func(s *huma.Schema, v any, key, label string) {
		if _, ok := v.(map[string]any); !ok || under || label == "" {
			collect(s, v, key, label, under, list)
			return
		}
		n := len(*list)
		*list = append(*list, Fact{Label: label})
		collect(s, v, key, "", true, list)
		if len(*list) == n+1 {
			*list = (*list)[:n]
		}
	}
	switch x := v.(type) {
	case map[string]any:
		order, _ := s.Extensions[orderKey].([]string)
		for _, n := range order {
			if p := s.Properties[n]; x[n] != nil && !p.ReadOnly {
				sub := p.Description
				if label != "" && p.Type != huma.TypeArray {
					sub = label + "：" + sub
				}
				group(p, x[n], n, sub)
			}
		}
	case []any:
		var words []string
		for i, item := range x {
			if text, ok := item.(string); ok {
				words = append(words, EnumTitle(key, text))
				continue
			}
			group(s.Items, item, key, fmt.Sprintf("%s %d", label, i+1))
		}
		add(strings.Join(words, "、"))
	case bool:
		add(EnumTitle(key, strconv.FormatBool(x)))
	case float64:
		add(strconv.FormatFloat(x, 'f', -1, 64))
	case string:
		if s.Format == "signature" {
			x = "已手写签名"
		}
		if len(s.Enum) > 0 {
			x = EnumTitle(key, x)
		}
		add(x)
	}
}
