package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"anju/workflow/calendar"
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

// Applied reads the application of a case as its form; the zero form when unreadable, so that conditions on it refuse.
func Applied[T any](c Case) T {
	var v T
	if err := decode(c.Application, &v); err != nil {
		var zero T
		return zero
	}
	return v
}

// Form is what a person sends: a struct with the field names of the forms as json tags, with an
// example that the demo county accepts. Its further tags (doc, enum, pattern, minimum, format …) are
// read at the edge, where the JSON Schema is made and each body validated by it.
type Form interface {
	// Example is one filled form of the same type.
	Example() any
}

// Checker is a Form with checks beyond what a schema says; each finding names the field.
type Checker interface {
	Check(now time.Time) []FieldError
}

// CaseChecker is a Form with days that are held to the case: one left out is the last day it can be.
type CaseChecker interface {
	CheckCase(c Case, today calendar.Day) []FieldError
}

// Payload is the data sent with a move or a record, validated when it is decoded into a Form: at the edge
// against the form's JSON Schema, inside the program as the value it already is. Decode fails with
// *Invalid. now is the instant of the move, for checks of dates.
type Payload interface {
	Decode(into any, now time.Time) error
}
