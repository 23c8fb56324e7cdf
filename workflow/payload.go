package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

type typed struct{ v any }

// Typed is the payload of a caller inside the program: a value that already is the form. It is checked by the
// form's own Check like any other.
func Typed(v any) Payload { return typed{v} }

// Decode implements Payload.
func (t typed) Decode(into any, now time.Time) error {
	b, err := json.Marshal(t.v)
	if err != nil {
		return fmt.Errorf("encode %T: %w", t.v, err)
	}
	if err := decode(b, into); err != nil {
		return &Invalid{Fields: []FieldError{{Field: "data", Message: "内容无法读取：" + err.Error()}}}
	}
	if c, ok := into.(Checker); ok {
		if found := c.Check(now); len(found) > 0 {
			return &Invalid{Fields: found}
		}
	}
	return nil
}

// decode reads JSON strictly: a field that the type does not know is an error.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Recorded reads the data of a record as its form; the zero form when it cannot be read.
func Recorded[T any](r Record) T {
	var v T
	if err := decode(r.Data, &v); err != nil {
		var zero T
		return zero
	}
	return v
}

// Applied reads the application of a case as its form; the zero form when it cannot be read, so that every condition on
// it refuses.
func Applied[T any](c Case) T {
	var v T
	if err := decode(c.Application, &v); err != nil {
		var zero T
		return zero
	}
	return v
}
