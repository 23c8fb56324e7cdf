package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayOfTakesTheDayInShanghai(t *testing.T) {
	for _, tt := range []struct{ instant, want string }{
		{"2026-02-16T23:59:59+08:00", "2026-02-16"}, // 15:59:59 UTC of the same day
		{"2026-02-17T00:00:00+08:00", "2026-02-17"}, // still the 16th in UTC
		{"2026-02-16T16:00:00Z", "2026-02-17"},
		{"2026-02-16T15:59:59Z", "2026-02-16"},
		{"2026-12-31T23:59:59Z", "2027-01-01"},
		{"2026-02-15T23:00:00-09:00", "2026-02-16"},
	} {
		at, err := time.Parse(time.RFC3339, tt.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at).String(); got != tt.want {
			t.Errorf("DayOf(%s) = %s, want %s", tt.instant, got, tt.want)
		}
	}
}

func TestStartIsMidnightInShanghai(t *testing.T) {
	if got := day("2021-02-23").Start().Format(time.RFC3339); got != "2021-02-23T00:00:00+08:00" {
		t.Errorf("Start = %s", got)
	}
}

func TestParseDay(t *testing.T) {
	for s, want := range map[string]Day{
		"1970-01-01": 0, "1969-12-31": -1, "2000-02-29": 11016, "0000-01-01": firstDay, "9999-12-31": lastDay,
	} {
		if got, err := ParseDay(s); err != nil || got != want || got.String() != s {
			t.Errorf("ParseDay(%s) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "2021-02-29", "2100-02-29", "2021-00-01", "2021-13-01", "2021-04-31", "2021-01-00", "2021-1-1",
		"21-01-01", "20210101", "2021/01/01", " 2021-01-01", "2021-01-01 ", "2021-01-01T00:00:00Z", "-021-01-01",
		"２０２１-01-01",
	} {
		if got, err := ParseDay(s); err == nil {
			t.Errorf("ParseDay(%q) = %s, want an error", s, got)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2021-02-28", "2021-02-29", "0000-00-00", "9999-12-31", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDay(s); err == nil && d.String() != s {
			t.Errorf("ParseDay(%q) is written back as %s", s, d)
		}
	})
}

func TestDayText(t *testing.T) {
	var got struct{ On Day }
	if err := json.Unmarshal([]byte(`{"On":"2026-10-09"}`), &got); err != nil || got.On != day("2026-10-09") {
		t.Errorf("unmarshal = %s, %v", got.On, err)
	}
	if text, err := json.Marshal(got); err != nil || string(text) != `{"On":"2026-10-09"}` {
		t.Errorf("marshal = %s, %v", text, err)
	}
	for _, bad := range []string{`{"On":"2026-02-30"}`, `{"On":20500}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("unmarshal %s: want an error", bad)
		}
	}
	if got.On != day("2026-10-09") {
		t.Errorf("a failed unmarshal left %s", got.On)
	}
	for _, d := range []Day{firstDay - 1, lastDay + 1} {
		if text, err := d.MarshalText(); err == nil {
			t.Errorf("marshal of day %d = %s, want an error", int32(d), text)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2023-01-31", 1, "2023-02-28"}, // no corresponding day: the end of the month
		{"2024-01-31", 1, "2024-02-29"},
		{"2023-03-31", 1, "2023-04-30"},
		{"2023-02-28", 1, "2023-03-28"}, // the corresponding day, not the end
		{"2023-09-01", 1, "2023-10-01"},
		{"2023-12-15", 1, "2024-01-15"},
		{"2023-11-30", 3, "2024-02-29"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2023-03-31", -1, "2023-02-28"},
		{"2023-01-15", -1, "2022-12-15"},
		{"2023-01-15", 0, "2023-01-15"},
	} {
		if got := day(tt.from).AddMonths(tt.n).String(); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

// The arithmetic on day numbers agrees with package time, and a day begins and
// ends where it should, from 1950 (before, midnight itself fell into clock
// changes).
func TestDayAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.Int32Range(int32(Date(1950, time.January, 1)), int32(lastDay)).Draw(t, "day"))
		start := d.Start()
		if d.Weekday() != start.Weekday() {
			t.Errorf("%s is a %s, want %s", d, d.Weekday(), start.Weekday())
		}
		y, m, n := d.Date()
		if sy, sm, sn := start.Date(); y != sy || m != sm || n != sn || Date(y, m, n) != d {
			t.Errorf("%s has the date %d-%d-%d", d, y, m, n)
		}
		if DayOf(start) != d || DayOf(start.Add(-time.Nanosecond)) != d-1 || DayOf((d+1).Start().Add(-time.Nanosecond)) != d {
			t.Errorf("%s does not span its own instants", d)
		}
		if got, err := ParseDay(d.String()); err != nil || got != d {
			t.Errorf("%s is read back as %s, %v", d, got, err)
		}
	})
	for d := Day(-1000); d < 1000; d++ {
		if want := time.Unix(int64(d)*secondsPerDay, 0).UTC().Weekday(); d.Weekday() != want {
			t.Errorf("day %d is a %s, want %s", int32(d), d.Weekday(), want)
		}
	}
}

// day reads a day that the test itself wrote.
func day(s string) Day {
	d, err := ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}
