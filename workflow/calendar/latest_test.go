package calendar

import (
	"errors"
	"testing"
	"time"

	almanac "github.com/6tail/lunar-go/calendar"
)

// The lunar table gives the festivals as the almanacs have them, and the notices the rest days that hold them.
func TestNationalHolidaysFallOnTheirDates(t *testing.T) {
	for y := firstLunar; y < firstLunar+len(lunarMonths); y++ {
		for _, date := range [][2]int{{1, 1}, {5, 5}, {8, 15}, {12, 1}} {
			want := almanac.NewLunarFromYmd(y, date[0], date[1]).GetSolar().ToYmd()
			if got, ok := lunar(y, date[0], date[1]); !ok || got.String() != want {
				t.Errorf("%d %v: %s, want %s", y, date, got, want)
			}
		}
		terms := almanac.NewLunarFromYmd(y, 2, 1).GetJieQiTable()
		if got, want := qingming(y).String(), terms["清明"].ToYmd(); got != want {
			t.Errorf("清明 of %d: %s, want %s", y, got, want)
		}
	}
	cal := seedCalendar(t)
	for _, y := range cal.Years() {
		off, _ := nationalHolidays(y.Year)
		n := 0
		for _, r := range off {
			for d := r.From; d <= r.To; d++ {
				n++
				if newEve, _ := lunar(y.Year, 1, 1); cal.Working(d) && (y.Year >= 2025 || d != newEve-1 &&
					d != Date(y.Year, time.May, 2)) { // the two that were added in 2025
					t.Errorf("%s is a holiday of the nation, and the notice has it a working day", d)
				}
			}
		}
		if n != 13 {
			t.Errorf("%d: %d holidays, want 13", y.Year, n)
		}
	}
	if _, ok := lunar(firstLunar+len(lunarMonths), 1, 1); ok {
		t.Error("a year behind the table")
	}
}

// Whatever the notice of a year says, the law does not act before the true day (H15): proved against each notice there
// is, for every day a limit may begin on and limits of a day to thirty, with the notice taken away.
func TestLatestIsNeverBeforeTheTrueDay(t *testing.T) {
	years := seedYears(t)
	for i := 1; i < len(years); i++ {
		y := years[i].Year
		before, err := New(i, years[:i]...)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := New(i+1, years[:i+1]...)
		if err != nil {
			t.Fatal(err)
		}
		for from := Date(y-1, time.November, 1); from <= Date(y, time.October, 31); from++ {
			for _, l := range someLimits() {
				n := Count{From: from, Limit: l}
				due, err := truth.Due(n)
				if err != nil || due.Provisional {
					continue // it reaches into the year after
				}
				latest, ok, err := before.Latest(n)
				if err != nil || !ok {
					t.Fatalf("%s %v: %v, %v", from, l, ok, err)
				}
				if latest < due.DueOn {
					t.Errorf("%d %s from %s: acts on %s, and is due on %s", l.N, l.Unit, from, latest, due.DueOn)
				}
				if was, _ := before.Due(n); !was.Provisional && latest != was.DueOn {
					t.Errorf("%d %s from %s: acts on %s, and %s is published", l.N, l.Unit, from, latest, was.DueOn)
				}
			}
		}
	}
}

func someLimits() []Limit {
	list := []Limit{{1, Month, Max}}
	for _, i := range []int{1, 3, 5, 7, 10, 15, 20, 30} {
		list = append(list, Limit{i, WorkingDay, Max}, Limit{i, CalendarDay, Max})
	}
	return list
}

// The day is exact: received on 2026-12-29 without the notice of 2027, five working days.
func TestLatestDay(t *testing.T) {
	cal, five := seedCalendar(t), Limit{5, WorkingDay, Max}
	for _, tt := range []struct {
		name, from, want string
		limit            Limit
	}{
		// 12-30, 12-31, 01-04, 01-05, 01-06 (01-01 is a holiday), and five more: 01-07, 08, 11, 12, 13
		{"over New Year", "2026-12-29", "2027-01-13", five},
		{"every day is published", "2026-12-24", "2026-12-31", five},
		// 02-05 is New Year's Eve, to 02-08: 02-02, 03, 04, 09, 10, and 11, 12, 15, 16, 17
		{"over the Spring Festival", "2027-02-01", "2027-02-17", five},
		// ten calendar days end on Friday 01-08; five more: 11, 12, 13, 14, 15
		{"in calendar days", "2026-12-29", "2027-01-15", Limit{10, CalendarDay, Max}},
	} {
		from, err := ParseDay(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := cal.Latest(Count{From: from, Limit: tt.limit}); err != nil || !ok || got.String() != tt.want {
			t.Errorf("%s: %s, %v, %v, want %s", tt.name, got, ok, err, tt.want)
		}
	}
	far := Count{From: Date(2060, time.March, 1), Limit: five}
	if got, ok, err := cal.Latest(far); ok || err != nil {
		t.Errorf("in a year of unknown festivals: %s, %v, %v", got, ok, err)
	}
	stands := Count{From: Date(2026, time.March, 2), Limit: five,
		Pauses: []Pause{{From: Date(2026, time.March, 3), Open: true}}}
	if _, ok, err := cal.Latest(stands); ok || !errors.Is(err, ErrPaused) {
		t.Errorf("while the clock stands: %v, %v", ok, err)
	}
}
