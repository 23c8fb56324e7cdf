package schema

import (
	"maps"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"anju/workflow"
)

// orderKey is the extension in which an object's schema keeps its fields in the order of the paper form.
const orderKey = "x-order"

var schemas sync.Map // reflect.Type → *huma.Schema

// Of is the self-contained JSON Schema of a type: made by huma from the struct tags, without references, closed to
// unknown fields. It is made once for each type and must not be changed.
func Of(t reflect.Type) *huma.Schema {
	if s, ok := schemas.Load(t); ok {
		return s.(*huma.Schema)
	}
	r := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	s := inline(r.Schema(t, false, t.Name()), t, r)
	kept, _ := schemas.LoadOrStore(t, s)
	return kept.(*huma.Schema)
}

// inline copies a schema with every reference replaced by what it refers to.
func inline(s *huma.Schema, t reflect.Type, r huma.Registry) *huma.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	c := *s
	if s.Ref != "" {
		c = *r.SchemaFromRef(s.Ref)
		c.Description = s.Description
	}
	c.Nullable = false // an empty list is [], a missing field is left out
	switch {
	case c.Type == huma.TypeArray:
		c.Items = inline(c.Items, t.Elem(), r)
	case c.Type == huma.TypeObject && t.Kind() == reflect.Struct:
		c.Properties = make(map[string]*huma.Schema, len(c.Properties))
		order := make([]string, 0, len(c.Properties))
		for _, f := range fieldsOf(t) {
			p := r.Schema(t, false, t.Name()).Properties[f.name]
			if p == nil {
				continue
			}
			c.Properties[f.name] = inline(p, f.t, r)
			order = append(order, f.name)
		}
		c.Extensions = maps.Clone(c.Extensions)
		if c.Extensions == nil {
			c.Extensions = map[string]any{}
		}
		if len(order) > 0 {
			c.Extensions[orderKey] = order
		}
	}
	return &c
}

type field struct {
	name string
	t    reflect.Type
}

// fieldsOf lists the JSON fields of a struct in the order of their declaration, embedded ones in their place.
func fieldsOf(t reflect.Type) []field {
	var list []field
	for f := range fields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			list = append(list, fieldsOf(f.Type)...)
		case f.IsExported() && name != "-" && name != "":
			list = append(list, field{name, f.Type})
		}
	}
	return list
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// OfForm is the published schema of a form, with the one example that the demo county accepts; the schema of the empty
// object for a row that is sent without data.
func OfForm(f workflow.Form) *huma.Schema {
	if f == nil {
		f = workflow.Nothing{}
	}
	s := *Of(reflect.TypeOf(f))
	s.Examples = []any{f.Example()}
	return &s
}

// OrNull says of fields that hold an object that they may be null.
func OrNull(s *huma.Schema, names ...string) *huma.Schema {
	for _, name := range names {
		s.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{s.Properties[name], {Type: "null"}}}
	}
	return s
}
