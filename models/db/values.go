package db

import (
	"database/sql/driver"
	"fmt"
	"time"

	"anju/workflow/calendar"
)

// Day is a civil day in a column: a date on PostgreSQL, text on SQLite.
type Day calendar.Day

// Scan reads a day from either form.
func (d *Day) Scan(v any) error {
	switch v := v.(type) {
	case time.Time:
		*d = Day(calendar.Date(v.Date()))
		return nil
	case string:
		p, err := calendar.ParseDay(v)
		*d = Day(p)
		return err
	}
	return fmt.Errorf("%T is not a day", v)
}

// Value writes YYYY-MM-DD, which both take.
func (d Day) Value() (driver.Value, error) { return calendar.Day(d).String(), nil }

// Time is the day's midnight in UTC, as the batch of PostgreSQL takes it.
func (d Day) Time() time.Time {
	y, m, n := calendar.Day(d).Date()
	return time.Date(y, m, n, 0, 0, 0, 0, time.UTC)
}

// UTC is an instant as both databases keep it: in UTC and whole microseconds.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// NullTime is an instant for a column that may be empty; nil for the zero instant.
func NullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = UTC(t)
	return &t
}

// TimeOrZero is the instant of a column that may be empty; the zero instant where it is.
func TimeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
