package view

import (
	"time"

	"anju/workflow/calendar"
)

// Instant is a moment as it is shown: RFC 3339 in Beijing time as JSON, Chinese on pages.
type Instant struct{ time.Time }

// NewInstant returns the moment in Beijing time.
func NewInstant(t time.Time) Instant { return Instant{t.In(calendar.Shanghai)} }

// OptionalInstant returns the moment in Beijing time; nil, which JSON writes as null, for the zero time.
func OptionalInstant(t time.Time) *Instant {
	if t.IsZero() {
		return nil
	}
	i := NewInstant(t)
	return &i
}

// String returns the moment as RFC 3339 in Beijing time, to the microsecond at most.
func (i Instant) String() string {
	return i.In(calendar.Shanghai).Format("2006-01-02T15:04:05.999999Z07:00")
}

// MarshalJSON implements json.Marshaler.
func (i Instant) MarshalJSON() ([]byte, error) { return []byte(`"` + i.String() + `"`), nil }

// Minute returns the moment to the minute, as people read it: 2026年3月2日 09:30.
func (i Instant) Minute() string { return i.In(calendar.Shanghai).Format("2006年1月2日 15:04") }

// Short returns the moment without its year, for what is recent: 3月2日 09:30.
func (i Instant) Short() string { return i.In(calendar.Shanghai).Format("1月2日 15:04") }

// Stamp returns the moment to the minute in figures, for tables: 2026-03-02 09:30.
func (i Instant) Stamp() string { return i.In(calendar.Shanghai).Format("2006-01-02 15:04") }

// Civil returns the day in Beijing on which the moment falls.
func (i Instant) Civil() Day { return Day{calendar.DayOf(i.Time)} }

// Day is a civil day as it is shown: 2026-03-02 as JSON, Chinese on pages.
type Day struct{ calendar.Day }

// NewDay returns the day.
func NewDay(d calendar.Day) Day { return Day{d} }

// OptionalDay returns the day; nil, which JSON writes as null, for the zero day.
func OptionalDay(d calendar.Day) *Day {
	if d == 0 {
		return nil
	}
	return &Day{d}
}

// Text returns the day as people read it: 2026年3月2日.
func (d Day) Text() string { return d.Civil() }
