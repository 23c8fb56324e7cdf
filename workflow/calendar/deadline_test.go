package calendar

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"anju/workflow/law/lawtest"
)

// limit reads a limit that the test itself wrote; "min" after it makes it one.
func limit(s string) Limit {
	short, isMin := strings.CutSuffix(s, " min")
	l, err := ParseLimit(short)
	if err != nil {
		panic(err)
	}
	if isMin {
		l.Bound = Min
	}
	return l
}

func count(from, lim string, pauses ...Pause) Count {
	return Count{From: day(from), Limit: limit(lim), Pauses: pauses}
}

func pause(from, to string) Pause {
	return Pause{From: day(from), To: day(to), Ground: "鉴定"}
}

// counted writes the counted days as MM-DD.
func counted(days []ExplainedDay) string {
	var out []string
	for _, d := range days {
		if d.Counted {
			out = append(out, d.Date.String()[len("2021-"):])
		}
	}
	return strings.Join(out, " ")
}

// The worked examples that were checked by hand and against two libraries.
func TestWorkedExamples(t *testing.T) {
	lawtest.Claim(t, "A1", "A2")
	c := seedCalendar(t)
	for _, tt := range []struct {
		name, event string // the instant of the event
		count       string
		extend      int
		pauses      []Pause
		days        string // counted days, where the example gives them
		due, before string
	}{
		{"C01", "2021-02-09T10:00:00+08:00", "5wd", 0, nil, "02-10 02-18 02-19 02-20 02-22", "2021-02-22",
			"2021-02-23T00:00:00+08:00"},
		{"C02", "2021-02-08T16:30:00+08:00", "5cd", 0, nil, "02-09 02-10 02-11 02-12 02-13", "2021-02-18",
			"2021-02-19T00:00:00+08:00"},
		{"C03", "2021-09-27T09:00:00+08:00", "10cd", 0, nil, "", "2021-10-08", "2021-10-09T00:00:00+08:00"},
		{"C04", "2021-09-24T11:00:00+08:00", "15wd", 0, nil,
			"09-26 09-27 09-28 09-29 09-30 10-08 10-09 10-11 10-12 10-13 10-14 10-15 10-18 10-19 10-20", "2021-10-20",
			"2021-10-21T00:00:00+08:00"},
		{"C05", "2022-01-28T15:00:00+08:00", "5wd min", 0, nil, "01-29 01-30 02-07 02-08 02-09", "2022-02-09",
			"2022-02-10T00:00:00+08:00"},
		{"C06", "2022-04-29T17:20:00+08:00", "5wd", 0, nil, "05-05 05-06 05-07 05-09 05-10", "2022-05-10",
			"2022-05-11T00:00:00+08:00"},
		{"C07", "2022-12-29T12:00:00+08:00", "5wd", 0, nil, "12-30 01-03 01-04 01-05 01-06", "2023-01-06",
			"2023-01-07T00:00:00+08:00"},
		{"C08", "2023-01-31T12:00:00+08:00", "1mo", 0, nil, "", "2023-02-28", "2023-03-01T00:00:00+08:00"},
		{"C09", "2023-09-01T12:00:00+08:00", "1mo", 0, nil, "", "2023-10-07", "2023-10-08T00:00:00+08:00"},
		{"C10", "2023-09-28T09:30:00+08:00", "3wd", 0, nil, "10-07 10-08 10-09", "2023-10-09", "2023-10-10T00:00:00+08:00"},
		{"C11", "2024-02-07T12:00:00+08:00", "10cd", 0, nil, "", "2024-02-18", "2024-02-19T00:00:00+08:00"},
		{"C12", "2024-02-09T12:00:00+08:00", "5wd", 0, nil, "02-18 02-19 02-20 02-21 02-22", "2024-02-22",
			"2024-02-23T00:00:00+08:00"},
		{"C13", "2024-06-03T12:00:00+08:00", "5cd", 0, nil, "06-04 06-05 06-06 06-07 06-08", "2024-06-11",
			"2024-06-12T00:00:00+08:00"},
		{"C14", "2024-09-12T12:00:00+08:00", "15wd", 0, nil,
			"09-13 09-14 09-18 09-19 09-20 09-23 09-24 09-25 09-26 09-27 09-29 09-30 10-08 10-09 10-10", "2024-10-10",
			"2024-10-11T00:00:00+08:00"},
		{"C15", "2025-01-20T12:00:00+08:00", "20wd", 0, nil,
			"01-21 01-22 01-23 01-24 01-26 01-27 02-05 02-06 02-07 02-08 02-10 02-11 02-12 02-13 02-14 02-17 02-18 02-19 " +
				"02-20 02-21", "2025-02-21", "2025-02-22T00:00:00+08:00"},
		{"C16", "2025-01-20T12:00:00+08:00", "20wd", 10, nil,
			"01-21 01-22 01-23 01-24 01-26 01-27 02-05 02-06 02-07 02-08 02-10 02-11 02-12 02-13 02-14 02-17 02-18 02-19 " +
				"02-20 02-21 02-24 02-25 02-26 02-27 02-28 03-03 03-04 03-05 03-06 03-07", "2025-03-07",
			"2025-03-08T00:00:00+08:00"},
		{"C17", "2025-09-22T12:00:00+08:00", "15wd", 0, []Pause{pause("2025-09-26", "2025-10-15")},
			"09-23 09-24 09-25 09-26 10-16 10-17 10-20 10-21 10-22 10-23 10-24 10-27 10-28 10-29 10-30", "2025-10-30",
			"2025-10-31T00:00:00+08:00"},
		{"C18", "2025-04-30T14:00:00+08:00", "5wd", 0, nil, "05-06 05-07 05-08 05-09 05-12", "2025-05-12",
			"2025-05-13T00:00:00+08:00"},
		{"C19", "2025-04-30T14:00:00+08:00", "15wd", 0, nil,
			"05-06 05-07 05-08 05-09 05-12 05-13 05-14 05-15 05-16 05-19 05-20 05-21 05-22 05-23 05-26", "2025-05-26",
			"2025-05-27T00:00:00+08:00"},
		{"C20", "2025-09-20T12:00:00+08:00", "15cd", 0, nil, "", "2025-10-09", "2025-10-10T00:00:00+08:00"},
		{"C21", "2025-12-29T12:00:00+08:00", "5wd", 0, nil, "12-30 12-31 01-04 01-05 01-06", "2026-01-06",
			"2026-01-07T00:00:00+08:00"},
		{"C22", "2026-02-16T23:40:00+08:00", "5wd", 0, nil, "02-24 02-25 02-26 02-27 02-28", "2026-02-28",
			"2026-03-01T00:00:00+08:00"},
		{"C23", "2026-02-13T12:00:00+08:00", "10cd", 0, nil, "", "2026-02-24", "2026-02-25T00:00:00+08:00"},
		{"C24", "2026-09-15T12:00:00+08:00", "5cd", 0, nil, "09-16 09-17 09-18 09-19 09-20", "2026-09-20",
			"2026-09-21T00:00:00+08:00"},
		{"C25", "2026-09-24T12:00:00+08:00", "5wd min", 0, nil, "09-28 09-29 09-30 10-08 10-09", "2026-10-09",
			"2026-10-10T00:00:00+08:00"},
		{"C26", "2026-04-28T12:00:00+08:00", "7wd", 0, nil, "04-29 04-30 05-06 05-07 05-08 05-09 05-11", "2026-05-11",
			"2026-05-12T00:00:00+08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			event, err := time.Parse(time.RFC3339, tt.event)
			if err != nil {
				t.Fatal(err)
			}
			n := Count{From: DayOf(event.UTC()), Limit: limit(tt.count), Extend: tt.extend, Pauses: tt.pauses}
			got, days, err := c.Explain(n)
			if err != nil {
				t.Fatal(err)
			}
			if got.DueOn.String() != tt.due || got.DueBefore.Format(time.RFC3339) != tt.before || got.Provisional {
				t.Errorf("due %s before %s, provisional %v; want %s, %s", got.DueOn, got.DueBefore.Format(time.RFC3339),
					got.Provisional, tt.due, tt.before)
			}
			if list := counted(days); tt.days != "" && list != tt.days {
				t.Errorf("counted %s\nwant    %s", list, tt.days)
			}
			if got.WarnAt.IsZero() != (n.Limit.Bound == Min) {
				t.Errorf("warns at %s", got.WarnAt)
			}
		})
	}
}

func TestProvisionalUntilTheYearIsLoaded(t *testing.T) {
	n := count("2026-12-28", "5wd")
	years := seedYears(t)
	before, err := newCalendar(t, 1, years...).Due(n)
	if err != nil || before.DueOn != day("2027-01-04") || !before.Provisional {
		t.Errorf("without 2027: %+v, %v", before, err)
	}
	after, err := newCalendar(t, 2, append(years, madeUp2027)...).Due(n)
	if err != nil || after.DueOn != day("2027-01-05") || after.Provisional {
		t.Errorf("with 2027: %+v, %v", after, err)
	}
	if d, err := newCalendar(t, 1, years...).Due(count("2026-12-28", "3wd")); err != nil || d.Provisional {
		t.Errorf("within 2026: %+v, %v", d, err)
	}
	// The limit is used up in 2026, but the day it rolls to is not covered.
	rolled := newCalendar(t, 1, Year{Year: 2026, Off: []Range{{day("2026-12-31"), day("2026-12-31")}}})
	if d, err := rolled.Due(count("2026-12-21", "10cd")); err != nil || d.DueOn != day("2027-01-01") || !d.Provisional {
		t.Errorf("rolled into 2027: %+v, %v", d, err)
	}
	// A day that was only walked over is enough, even inside a pause.
	gap := newCalendar(t, 1, years[0], years[2])
	if d, err := gap.Due(count("2021-12-30", "5wd", pause("2021-12-31", "2022-12-31"))); err != nil ||
		d.DueOn != day("2023-01-06") || !d.Provisional {
		t.Errorf("over a year that is not loaded: %+v, %v", d, err)
	}
}

func TestRevisionInMidYear(t *testing.T) {
	years := seedYears(t)
	old := newCalendar(t, 1, years...)
	n := count("2026-05-12", "5wd") // 13 14 15 18 19
	was, err := old.Due(n)
	if err != nil || was.DueOn != day("2026-05-19") {
		t.Fatalf("before: %+v, %v", was, err)
	}
	revised := old.Years()
	last := &revised[len(revised)-1]
	last.Work = append(last.Work, day("2026-05-16")) // a Saturday becomes a working day
	next := newCalendar(t, 2, revised...)
	if is, err := next.Due(n); err != nil || is.DueOn != day("2026-05-18") || next.Version() != 2 {
		t.Errorf("after: %+v, %v", is, err)
	}
	if again, err := old.Due(n); err != nil || again != was {
		t.Errorf("the old version now says %+v, %v", again, err)
	}
	if before, err := next.Due(count("2026-04-28", "7wd")); err != nil || before.DueOn != day("2026-05-11") {
		t.Errorf("a limit that ended before the revised day: %+v, %v", before, err)
	}
}

func TestDoubleClock(t *testing.T) {
	lawtest.Claim(t, "A1")
	c := seedCalendar(t)
	n := count("2021-09-24", "15wd") // L06, as C04
	lawful, err := c.Due(n)
	if err != nil || lawful.DueOn != day("2021-10-20") {
		t.Fatalf("lawful: %+v, %v", lawful, err)
	}
	strict, ok, err := c.Stricter(n)
	// A Saturday, but a make-up working day: not rolled.
	if err != nil || !ok || strict.DueOn != day("2021-10-09") ||
		strict.DueBefore.Format(time.RFC3339) != "2021-10-10T00:00:00+08:00" || strict.WarnAt.IsZero() {
		t.Errorf("strict: %+v, %v, %v", strict, ok, err)
	}
	for name, n := range map[string]Count{
		"calendar days":         count("2021-09-24", "15cd"),
		"a month":               count("2021-09-24", "1mo"),
		"a minimum":             count("2021-09-24", "15wd min"),
		"both on the same day":  count("2026-03-06", "1wd"), // Friday: both on Monday
		"the next day for both": count("2026-03-03", "1wd"),
	} {
		if got, ok, err := c.Stricter(n); ok || err != nil || got != (Deadline{}) {
			t.Errorf("%s: %+v, %v, %v; want none", name, got, ok, err)
		}
	}
	if _, _, err := c.Stricter(Count{}); err == nil {
		t.Error("an empty count: want an error")
	}
	n.Pauses = []Pause{{From: day("2021-10-12"), Open: true}} // the strict clock would have ended before
	if _, ok, err := c.Stricter(n); ok || !errors.Is(err, ErrPaused) {
		t.Errorf("paused: %v, %v", ok, err)
	}
}

func TestPauses(t *testing.T) {
	c := seedCalendar(t)
	open := Pause{From: day("2025-09-26"), Open: true}
	for _, tt := range []struct {
		name string
		give Count
		want string // due day, or empty for ErrPaused
	}{
		{"none", count("2025-09-15", "10wd"), "2025-09-28"},
		{"over the due day", count("2025-09-15", "10wd", pause("2025-09-26", "2025-10-15")), "2025-10-16"},
		{"from the due day on", count("2025-09-15", "10wd", pause("2025-09-28", "2025-10-15")), "2025-09-28"},
		{"up to the day before the due day", count("2025-09-15", "10wd", pause("2025-09-25", "2025-09-26")), "2025-09-29"},
		{"over rest days only", count("2025-09-15", "10wd", pause("2025-09-19", "2025-09-21")), "2025-09-28"},
		{"begun and ended on one day", count("2025-09-15", "10wd", pause("2025-09-19", "2025-09-19")), "2025-09-28"},
		{"before the event", count("2025-09-15", "10wd", pause("2025-09-01", "2025-09-15")), "2025-09-28"},
		{"begun before the event", count("2025-09-15", "10wd", pause("2025-09-01", "2025-09-17")), "2025-09-30"},
		{"twice", count("2025-09-15", "10wd", pause("2025-09-16", "2025-09-17"), pause("2025-09-23", "2025-09-24")),
			"2025-09-30"},
		{"the same twice", count("2025-09-15", "10wd", pause("2025-09-16", "2025-09-17"), pause("2025-09-16", "2025-09-17")),
			"2025-09-29"},
		{"overlapping, out of order", count("2025-09-15", "10wd", pause("2025-09-17", "2025-09-19"),
			pause("2025-09-16", "2025-09-18")), "2025-10-09"},
		{"one end to the other", count("2025-09-15", "10wd", pause("2025-09-16", "2025-09-17"),
			pause("2025-09-17", "2025-09-18")), "2025-09-30"},
		{"the second meets the lengthened run", count("2025-09-15", "10wd", pause("2025-09-23", "2025-09-24"),
			pause("2025-09-28", "2025-09-29")), "2025-09-30"},

		{"calendar days", count("2025-09-15", "10cd", pause("2025-09-19", "2025-09-21")), "2025-09-28"},
		// 09-25 + 2 = Saturday 09-27, rolled
		{"calendar days, over the due day", count("2025-09-15", "10cd", pause("2025-09-24", "2025-09-29")), "2025-09-30"},
		{"calendar days, over the day it rolls to", count("2025-09-15", "5cd", pause("2025-09-20", "2025-09-22")),
			"2025-09-23"},
		{"a month", count("2025-09-15", "1mo", pause("2025-09-19", "2025-09-22")), "2025-10-20"}, // 10-15 + 3 = Saturday
		{"a month, the end of February", count("2023-01-31", "1mo", pause("2023-02-01", "2023-02-02")), "2023-03-01"},

		{"open before the due day", count("2025-09-15", "10wd", open), ""},
		{"open from the due day on", count("2025-09-12", "10wd", open), "2025-09-26"},
		{"open, behind one that ended", count("2025-09-15", "10wd", pause("2025-09-16", "2025-09-17"), open), ""},
		{"open, calendar days", count("2025-09-15", "12cd", open), ""},
		{"open, over the day it rolls to", count("2025-09-15", "5cd", Pause{From: day("2025-09-20"), Open: true}), ""},
		{"open, a month", count("2025-09-15", "1mo", open), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Due(tt.give)
			if tt.want == "" {
				if !errors.Is(err, ErrPaused) {
					t.Errorf("Due = %+v, %v; want ErrPaused", got, err)
				}
				if _, days, err := c.Explain(tt.give); !errors.Is(err, ErrPaused) || days != nil {
					t.Errorf("Explain = %v, %v; want ErrPaused", days, err)
				}
				return
			}
			if err != nil || got.DueOn != day(tt.want) {
				t.Errorf("Due = %s, %v; want %s", got.DueOn, err, tt.want)
			}
			merged := tt.give
			merged.Pauses = MergePauses(merged.Pauses)
			if same, err := c.Due(merged); err != nil || same != got {
				t.Errorf("with merged pauses %+v, %v; want %+v", same, err, got)
			}
		})
	}
}

func TestMergePauses(t *testing.T) {
	p := func(from, to Day, ground string) Pause { return Pause{From: from, To: to, Ground: ground} }
	o := func(from Day, ground string) Pause { return Pause{From: from, Open: true, Ground: ground} }
	for _, tt := range []struct {
		name       string
		give, want []Pause
	}{
		{"none", nil, nil},
		{"apart", []Pause{p(5, 7, "b"), p(1, 3, "a")}, []Pause{p(1, 3, "a"), p(5, 7, "b")}},
		{"one counted day between", []Pause{p(1, 3, "a"), p(4, 6, "a")}, []Pause{p(1, 3, "a"), p(4, 6, "a")}},
		{"touching", []Pause{p(1, 3, "a"), p(3, 6, "a")}, []Pause{p(1, 6, "a")}},
		{"overlapping", []Pause{p(2, 6, "b"), p(1, 3, "a"), p(5, 8, "a")}, []Pause{p(1, 8, "a、b")}},
		{"within", []Pause{p(1, 9, "a"), p(2, 3, "b")}, []Pause{p(1, 9, "a、b")}},
		{"the ground told later", []Pause{p(1, 3, ""), p(2, 4, "b")}, []Pause{p(1, 4, "b")}},
		{"without a day", []Pause{p(3, 3, "a"), p(5, 4, "b")}, nil},
		{"open takes the rest", []Pause{o(4, "b"), p(1, 5, "a"), p(6, 9, "c"), o(8, "a")},
			[]Pause{{From: 1, Open: true, Ground: "a、b、c"}}},
		{"open apart", []Pause{p(1, 3, "a"), {From: 4, To: 9, Open: true}}, []Pause{p(1, 3, "a"), o(4, "")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kept := slices.Clone(tt.give)
			if got := MergePauses(tt.give); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("MergePauses = %+v, want %+v", got, tt.want)
			}
			if !reflect.DeepEqual(kept, tt.give) {
				t.Error("MergePauses changed its argument")
			}
		})
	}
}

func TestCountsThatMakeNoSense(t *testing.T) {
	c := seedCalendar(t)
	good := count("2026-03-02", "5wd")
	for name, spoil := range map[string]func(*Count){
		"no days":                 func(n *Count) { n.Limit.N = 0 },
		"fewer than no days":      func(n *Count) { n.Limit.N = -5 },
		"too many days":           func(n *Count) { n.Limit.N = 3651 },
		"no day left of it":       func(n *Count) { n.Extend = -n.Limit.N },
		"too long an extension":   func(n *Count) { n.Extend = 3651 },
		"no unit":                 func(n *Count) { n.Limit.Unit = "" },
		"an unknown unit":         func(n *Count) { n.Limit.Unit = "week" },
		"an unknown bound":        func(n *Count) { n.Limit.Bound = "about" },
		"a pause ended too early": func(n *Count) { n.Pauses = []Pause{pause("2026-03-04", "2026-03-03")} },
		"a pause from nowhere":    func(n *Count) { n.Pauses = []Pause{{From: firstDay - 1, Open: true}} },
		"a pause without end":     func(n *Count) { n.Pauses = []Pause{{From: n.From, To: lastDay + 1}} },
		"a day from nowhere":      func(n *Count) { n.From = lastDay + 1 },
	} {
		n := good
		spoil(&n)
		if got, err := c.Due(n); err == nil || errors.Is(err, ErrPaused) || got != (Deadline{}) {
			t.Errorf("%s: Due = %+v, %v; want an error", name, got, err)
		}
		if _, days, err := c.Explain(n); err == nil || days != nil {
			t.Errorf("%s: Explain: want an error", name)
		}
	}
	good.Limit.Bound = "" // a maximum, as most limits are
	if got, err := c.Due(good); err != nil || got.WarnAt.IsZero() {
		t.Errorf("without a bound: %+v, %v", got, err)
	}
	good.Limit.N, good.Extend = 3650, 3650
	if _, err := c.Due(good); err != nil {
		t.Errorf("the longest limit: %v", err)
	}
}

func TestParseLimit(t *testing.T) {
	for s, want := range map[string]Limit{
		"5wd": {5, WorkingDay, Max}, "10cd": {10, CalendarDay, Max}, "1mo": {1, Month, Max},
		"3650wd": {3650, WorkingDay, Max},
	} {
		if got, err := ParseLimit(s); err != nil || got != want {
			t.Errorf("ParseLimit(%s) = %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "5", "wd", "0wd", "-1wd", "+5wd", "05wd", "5WD", "5 wd", " 5wd", "5wd ", "5d", "5.5wd", "3651wd",
		"99999999999999999999wd", "5wdcd", "５wd", "5wd min",
	} {
		if got, err := ParseLimit(s); err == nil {
			t.Errorf("ParseLimit(%q) = %+v, want an error", s, got)
		}
	}
}

func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"5wd", "10cd", "1mo", "0wd", "05wd", "wd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLimit(s)
		if err != nil {
			return
		}
		suffix := map[Unit]string{WorkingDay: "wd", CalendarDay: "cd", Month: "mo"}[l.Unit]
		if fmt.Sprintf("%d%s", l.N, suffix) != s || l.N < 1 || l.N > maxN {
			t.Errorf("ParseLimit(%q) = %+v", s, l)
		}
	})
}

func TestWarnAt(t *testing.T) {
	c := seedCalendar(t)
	for _, tt := range []struct {
		name string
		give Count
		want string
	}{
		{"five days warn as the fifth begins", count("2026-03-02", "5wd"), "2026-03-09"}, // 3 4 5 6 9
		{"not on the rest day before the fifth", count("2021-02-09", "5wd"), "2021-02-22"},
		{"one day warns on that day", count("2026-03-02", "1wd"), "2026-03-03"},
		{"one day over a weekend warns on that day", count("2026-03-06", "1wd"), "2026-03-09"},
		{"twenty days warn after eighteen", count("2025-01-20", "20wd"), "2025-02-20"},
		{"fifteen days warn after fourteen", count("2021-09-24", "15wd"), "2021-10-20"},
		{"ten days warn after nine", count("2025-09-15", "10wd"), "2025-09-28"},
		{"thirty days warn after twenty-seven", Count{From: day("2025-01-20"), Limit: limit("20wd"), Extend: 10},
			"2025-03-05"},
		{"not while paused", count("2026-03-02", "5wd", pause("2026-03-06", "2026-03-11")), "2026-03-12"},
		{"a paused day uses nothing", count("2025-09-22", "15wd", pause("2025-09-26", "2025-10-15")), "2025-10-30"},

		{"ten calendar days warn after nine", count("2026-03-02", "10cd"), "2026-03-12"},
		{"thirty calendar days warn after twenty-seven", count("2026-03-02", "30cd"), "2026-03-30"},
		{"one working day left before the ninth tenth", count("2021-09-27", "10cd"), "2021-10-01"}, // only 10-08 is left
		{"the last day rolls over a weekend", count("2026-03-02", "5cd"), "2026-03-07"},            // Saturday, due on Monday
		{"one calendar day that rolls", count("2026-03-06", "1cd"), "2026-03-07"},
		{"one calendar day", count("2026-03-02", "1cd"), "2026-03-03"},
		{"due on a make-up Sunday", count("2026-09-15", "5cd"), "2026-09-19"}, // the Saturday before it is a rest day
		{"calendar days, not while paused", count("2026-03-02", "5cd", pause("2026-03-06", "2026-03-11")), "2026-03-12"},
		{"all within one break", count("2026-09-30", "3cd"), "2026-10-01"},
		{"a month warns after nine tenths of its days", count("2026-03-02", "1mo"), "2026-03-31"}, // 28 of 31 used
		{"a month that ends in a break", count("2023-09-01", "1mo"), "2023-09-29"},
		// 28 of 30, but only 10-07 is left from 09-29
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Due(tt.give)
			if err != nil || !got.WarnAt.Equal(day(tt.want).Start()) {
				t.Errorf("warns at %s (due %s), %v; want %s", got.WarnAt, got.DueOn, err, tt.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	c := seedCalendar(t)
	lines := func(days []ExplainedDay) string {
		var b strings.Builder
		for _, d := range days {
			mark := "-"
			if d.Counted {
				mark = "+"
			}
			fmt.Fprintf(&b, "%s %s%s%s\n", d.Date, mark, d.Kind, d.Ground)
		}
		return b.String()
	}
	for _, tt := range []struct {
		name string
		give Count
		want string
	}{
		{"working days", count("2021-02-09", "2wd"), `2021-02-10 +working
2021-02-11 -holiday
2021-02-12 -holiday
2021-02-13 -holiday
2021-02-14 -holiday
2021-02-15 -holiday
2021-02-16 -holiday
2021-02-17 -holiday
2021-02-18 +working
`},
		{"calendar days that roll", count("2024-06-03", "5cd"), `2024-06-04 +working
2024-06-05 +working
2024-06-06 +working
2024-06-07 +working
2024-06-08 +weekend
2024-06-09 -rolled
2024-06-10 -rolled
2024-06-11 -working
`},
		{"calendar days that end on a make-up day", count("2026-09-18", "2cd"), `2026-09-19 +weekend
2026-09-20 +makeup
`},
		{"rolled to a make-up day", count("2024-02-15", "2cd"), `2024-02-16 +holiday
2024-02-17 +holiday
2024-02-18 -makeup
`},
		{"a pause", count("2026-03-05", "2wd", pause("2026-03-06", "2026-03-09")), `2026-03-06 +working
2026-03-07 -paused鉴定
2026-03-08 -paused鉴定
2026-03-09 -paused鉴定
2026-03-10 +working
`},
		{"a pause over the roll", count("2026-03-05", "2cd", pause("2026-03-07", "2026-03-09")), `2026-03-06 +working
2026-03-07 +weekend
2026-03-08 -paused鉴定
2026-03-09 -paused鉴定
2026-03-10 -working
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, days, err := c.Explain(tt.give)
			if got := lines(days); err != nil || got != tt.want {
				t.Errorf("%v\n%swant\n%s", err, got, tt.want)
			}
		})
	}
}

// anyCount draws a count that Due accepts; pauses may overlap, none is open.
func anyCount(t *rapid.T) Count {
	n := Count{
		From: Day(rapid.Int32Range(int32(day("2020-11-01")), int32(day("2027-02-01"))).Draw(t, "from")),
		Limit: Limit{
			N:     rapid.IntRange(1, 60).Draw(t, "n"),
			Unit:  rapid.SampledFrom([]Unit{WorkingDay, CalendarDay, Month}).Draw(t, "unit"),
			Bound: rapid.SampledFrom([]Bound{Max, Min, ""}).Draw(t, "bound"),
		},
		Extend: rapid.IntRange(0, 10).Draw(t, "extend"),
	}
	if n.Limit.Unit == Month {
		n.Limit.N, n.Extend = min(n.Limit.N, 14), min(n.Extend, 3)
	}
	for range rapid.IntRange(0, 4).Draw(t, "pauses") {
		n.Pauses = append(n.Pauses, anyPause(t, n.From))
	}
	return n
}

func anyPause(t *rapid.T, near Day) Pause {
	from := near + Day(rapid.Int32Range(-10, 60).Draw(t, "pause from"))
	return Pause{From: from, To: from + Day(rapid.Int32Range(0, 30).Draw(t, "pause days")), Ground: "听证"}
}

func due(t *rapid.T, c *Calendar, n Count) Deadline {
	got, err := c.Due(n)
	if err != nil {
		t.Fatalf("Due(%+v): %v", n, err)
	}
	return got
}

func TestALaterStartIsNeverDueEarlier(t *testing.T) {
	lawtest.Claim(t, "A2")
	c := seedCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		n := anyCount(t)
		if n.Limit.Unit == Month {
			// Art. 202 itself breaks this for a paused month: from the 28th and from
			// the 31st of January a month ends on the same day of February, and only
			// the first of the two loses the days paused between them.
			n.Pauses = nil
		}
		later := n
		later.From += Day(rapid.Int32Range(0, 40).Draw(t, "later"))
		if a, b := due(t, c, n), due(t, c, later); b.DueOn < a.DueOn {
			t.Errorf("from %s due %s, but from %s due %s", n.From, a.DueOn, later.From, b.DueOn)
		}
	})
}

func TestAPauseOrAnExtensionNeverShortens(t *testing.T) {
	c := seedCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		n := anyCount(t)
		a := due(t, c, n)
		paused := n
		paused.Pauses = append(slices.Clone(n.Pauses), anyPause(t, n.From))
		if b := due(t, c, paused); b.DueOn < a.DueOn {
			t.Errorf("due %s, with one pause more %s", a.DueOn, b.DueOn)
		}
		n.Extend++
		if b := due(t, c, n); b.DueOn < a.DueOn {
			t.Errorf("due %s, extended by one %s", a.DueOn, b.DueOn)
		}
	})
}

func TestMergedPausesAreTheSamePauses(t *testing.T) {
	c := seedCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		n := anyCount(t)
		if rapid.Bool().Draw(t, "open") {
			p := anyPause(t, n.From)
			p.Open = true
			n.Pauses = append(n.Pauses, p)
		}
		merged := n
		merged.Pauses = MergePauses(n.Pauses)
		a, errA := c.Due(n)
		b, errB := c.Due(merged)
		if a != b || !errors.Is(errA, errB) {
			t.Errorf("Due = %+v, %v; merged %+v, %v", a, errA, b, errB)
		}
		for i := 1; i < len(merged.Pauses); i++ {
			if p := merged.Pauses[i-1]; p.Open || p.To >= merged.Pauses[i].From {
				t.Errorf("not merged: %+v", merged.Pauses)
			}
		}
	})
}

// The explanation, checked line by line against the rules, is the deadline.
func TestExplanationProvesTheDeadline(t *testing.T) {
	lawtest.Claim(t, "A2")
	c := seedCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		n := anyCount(t)
		want := due(t, c, n)
		got, days, err := c.Explain(n)
		if err != nil || got != want {
			t.Fatalf("Explain = %+v, %v; Due = %+v", got, err, want)
		}
		total := n.Limit.N + n.Extend
		if n.Limit.Unit == Month {
			total = int(n.From.AddMonths(total) - n.From)
		}
		sum, provisional := 0, false
		for i, d := range days {
			if d.Date != n.From+1+Day(i) {
				t.Fatalf("line %d is %s", i, d.Date)
			}
			_, paused := n.paused(d.Date)
			provisional = provisional || !c.Covers(d.Date)
			switch {
			case paused != (d.Kind == string(KindPaused)), paused && d.Counted, paused != (d.Ground != ""):
				t.Errorf("paused %v, explained as %+v", paused, d)
			case d.Counted && n.Limit.Unit == WorkingDay && !c.Working(d.Date):
				t.Errorf("a rest day is counted: %+v", d)
			case !d.Counted && !paused && sum < total && (n.Limit.Unit != WorkingDay || c.Working(d.Date)):
				t.Errorf("a day is missed: %+v", d)
			case d.Kind == string(KindRolled) && (sum < total || c.Working(d.Date) || n.Limit.Unit == WorkingDay):
				t.Errorf("rolled over too early: %+v", d)
			case d.Kind != string(KindRolled) && !paused && d.Kind != string(c.Kind(d.Date)):
				t.Errorf("of another kind: %+v", d)
			}
			if d.Counted {
				sum++
			}
		}
		last := days[len(days)-1]
		if sum != total || last.Date != want.DueOn || !c.Working(want.DueOn) || last.Kind == string(KindPaused) {
			t.Errorf("%d of %d counted, due %s, last line %+v", sum, total, want.DueOn, last)
		}
		if provisional != want.Provisional {
			t.Errorf("provisional = %v, want %v", want.Provisional, provisional)
		}
		if !want.DueBefore.Equal((want.DueOn + 1).Start()) {
			t.Errorf("due on %s before %s", want.DueOn, want.DueBefore)
		}
		if n.Limit.Bound == Min {
			if !want.WarnAt.IsZero() {
				t.Errorf("a minimum warns at %s", want.WarnAt)
			}
			return
		}
		if warn := warning(c, days, total); !want.WarnAt.Equal(warn.Start()) {
			t.Errorf("warns at %s, want %s", want.WarnAt, warn)
		}
	})
}

// warning is the rule of the yellow light, read off an explanation.
func warning(c *Calendar, days []ExplainedDay, total int) Day {
	used := 0
	for i, d := range days {
		if !d.Counted {
			continue
		}
		left := 0
		for _, e := range days[i:] {
			if e.Kind != string(KindPaused) && c.Working(e.Date) {
				left++
			}
		}
		if 10*used >= 9*total || left <= 1 {
			return d.Date
		}
		used++
	}
	panic("the last counted day always warns")
}

func TestDueDoesNotAllocate(t *testing.T) {
	c := seedCalendar(t)
	n := count("2025-09-22", "15wd", pause("2025-09-26", "2025-10-15"))
	if got := testing.AllocsPerRun(100, func() { _, _ = c.Due(n) }); got != 0 {
		t.Errorf("Due allocates %v times", got)
	}
}

func BenchmarkDue(b *testing.B) {
	c := seedCalendar(b)
	for _, n := range []Count{count("2025-01-20", "20wd"),
		count("2025-09-22", "15wd", pause("2025-09-26", "2025-10-15"))} {
		b.Run(fmt.Sprintf("%dwd,%d pauses", n.Limit.N, len(n.Pauses)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Due(n)
			}
		})
	}
}
