package view

import (
	"time"

	"anju/workflow/calendar"
)

// Stamp is an instant as the API writes it; a zero instant is null.
func Stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := Shanghai(t)
	return &s
}

// Shanghai writes an instant in Beijing time.
func Shanghai(t time.Time) string {
	return t.In(calendar.Shanghai).Format("2006-01-02T15:04:05.999999Z07:00")
}

// When writes an instant of the API as people read it.
func When(stamp any) string {
	s, _ := stamp.(string)
	if p, ok := stamp.(*string); ok && p != nil {
		s = *p
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return t.In(calendar.Shanghai).Format("2006年1月2日 15:04")
}
