package workflow

import (
	"time"

	"anju/workflow/calendar"
)

// Form is what a person sends: a struct whose json tags are the field names of the forms, with an
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

// CaseChecker is a Form whose days are held to the case: none is taken on trust, and one left out is the last day it
// can be.
type CaseChecker interface {
	CheckCase(c Case, today calendar.Day) []FieldError
}
