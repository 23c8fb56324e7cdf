package calendar

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zone must not depend on what the host has installed
)

// Shanghai is the zone of every legal day and hour here: UTC+08:00, no summer
// time since 1992.
var Shanghai = func() *time.Location {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err) // cannot happen: the zone is compiled in
	}
	return loc
}()

const (
	secondsPerDay = 24 * 60 * 60

	firstDay Day = -719528 // 0000-01-01, the first day with a four-digit year
	lastDay  Day = 2932896 // 9999-12-31, the last one
)

// Day is a civil day in Asia/Shanghai, in days since 1970-01-01. Days compare
// and subtract as numbers. Where a day is optional the zero Day means not given.
type Day int32

// DayOf returns the day in Shanghai on which t falls, whatever the zone of t.
// An electronic submission counts from the day it entered the system, even at
// night or on a holiday (Electronic Signature Law Art. 11).
func DayOf(t time.Time) Day {
	return Date(t.In(Shanghai).Date())
}

// Date returns the day y-m-d. As in time.Date, a day or month out of its usual
// range is carried over: the 0th of March is the last day of February.
func Date(y int, m time.Month, d int) Day {
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// ParseDay reads a day written YYYY-MM-DD. It fails on any other form and on a
// day that does not exist.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) {
		return 0, fmt.Errorf("day %q: want an existing day as YYYY-MM-DD", s)
	}
	return Date(t.Date()), nil
}

// Start returns the first instant of d, 00:00:00+08:00.
func (d Day) Start() time.Time {
	return time.Date(1970, time.January, 1+int(d), 0, 0, 0, 0, Shanghai)
}

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday {
	w := (int(d) + int(time.Thursday)) % 7 // 1970-01-01 was a Thursday
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// Date returns the year, month and day of the month.
func (d Day) Date() (y int, m time.Month, day int) {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC().Date()
}

// String returns d as YYYY-MM-DD.
func (d Day) String() string {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC().Format(time.DateOnly)
}

// Civil writes the day as papers and pages do: 2026年3月2日.
func (d Day) Civil() string {
	y, m, n := d.Date()
	return fmt.Sprintf("%d年%d月%d日", y, int(m), n)
}

// AddMonths returns the corresponding day n months after d, before it if n is
// negative, or the last day of that month where there is no corresponding day
// (Civil Code Art. 202).
func (d Day) AddMonths(n int) Day {
	y, m, day := d.Date()
	first, last := Date(y, m+time.Month(n), 1), Date(y, m+time.Month(n)+1, 0)
	return min(first+Day(day)-1, last)
}

// MarshalText writes YYYY-MM-DD. It fails on a year outside 0000 to 9999, which
// ParseDay could not read back.
func (d Day) MarshalText() ([]byte, error) {
	if !d.valid() {
		return nil, fmt.Errorf("day %d: year outside 0000 to 9999", int32(d))
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads YYYY-MM-DD; it fails as ParseDay does.
func (d *Day) UnmarshalText(text []byte) error {
	day, err := ParseDay(string(text))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

func (d Day) valid() bool { return firstDay <= d && d <= lastDay }
