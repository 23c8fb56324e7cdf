package report

import (
	"math"
	"time"

	"anju/workflow/calendar"
)

// Stamp returns an instant as RFC 3339 in the county's zone; nil for none.
func Stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.In(calendar.Shanghai).Format(time.RFC3339))
}

// hours are working minutes in hours with one decimal.
func hours(minutes int) float64 { return math.Round(float64(minutes)/6) / 10 }

// localTime is an instant in the county's zone; nil for none.
func localTime(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	local := t.In(calendar.Shanghai)
	return &local
}
