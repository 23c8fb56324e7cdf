package web

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/problem"
)

// Summary is the list of what is wrong, each line leading to its field, and the same words by field.
func Summary(p *problem.Problem, id string, s *huma.Schema) ([]PageError, map[string]string) {
	by := map[string]string{}
	var list []PageError
	for _, e := range p.Errors {
		text := PlainMessage(e.Message)
		if e.Rule != "" {
			text += "（" + string(e.Rule) + "）"
		}
		href := ""
		if p.Status == 422 && known(s, e.Field) {
			by[e.Field] = PlainMessage(e.Message)
			href = "#" + id + "-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field)
		}
		if e.Field == "reason" && !known(s, "reason") {
			href = "#" + id + "-reason"
		}
		list = append(list, PageError{Href: href, Text: text})
	}
	if len(list) == 0 {
		list = []PageError{{Href: "", Text: p.Detail}}
	}
	return list, by
}

var choiceCode = regexp.MustCompile(`[a-z]{3,}(_[a-z]+)*`)

// PlainMessage is what a page says of a field that the API answers with codes.
func PlainMessage(text string) string {
	if choiceCode.MatchString(text) {
		return "请从列表中选择一项"
	}
	return text
}

// known tells whether the path of an error names a field of the schema.
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
