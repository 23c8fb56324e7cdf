package calendar

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
	"pgregory.net/rapid"
)

// seedYears reads the notices the program is delivered with.
func seedYears(t testing.TB) []Year {
	t.Helper()
	var years []Year
	for y := 2021; y <= 2026; y++ {
		name := filepath.Join("..", "..", "seeds", "holidays", fmt.Sprintf("%d.json", y))
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		year, err := ParseYear(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if year.Year != y {
			t.Fatalf("%s is for %d", name, year.Year)
		}
		years = append(years, year)
	}
	return years
}

func seedCalendar(t testing.TB) *Calendar {
	t.Helper()
	return newCalendar(t, 1, seedYears(t)...)
}

func newCalendar(t testing.TB, version int, years ...Year) *Calendar {
	t.Helper()
	c, err := New(version, years...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// madeUp2027 stands in for the notice that was not yet published.
var madeUp2027 = Year{
	Year: 2027, Notice: "made up for the test",
	Off:  []Range{{day("2027-01-01"), day("2027-01-03")}, {day("2027-02-05"), day("2027-02-11")}},
	Work: []Day{day("2027-01-30"), day("2027-02-14")},
}

func TestSeedNotices(t *testing.T) {
	for _, y := range seedYears(t) {
		title := fmt.Sprintf("国务院办公厅关于%d年部分节假日安排的通知", y.Year)
		if !strings.HasPrefix(y.Notice, title) {
			t.Errorf("%d: notice %q, want %q", y.Year, y.Notice, title)
		}
		if y.Year == 2026 && (y.Notice != title+"（国办发明电〔2025〕7号）" || y.PublishedOn != day("2025-11-04")) {
			t.Errorf("2026: notice %q of %s", y.Notice, y.PublishedOn)
		}
	}
}

// An independent library, day by day.
func TestWorkingAgreesWithLunarGo(t *testing.T) {
	c := seedCalendar(t)
	for d := day("2021-01-01"); d <= day("2026-12-31"); d++ {
		want := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		if h := HolidayUtil.GetHoliday(d.String()); h != nil {
			want = h.IsWork()
		}
		if got := c.Working(d); got != want {
			t.Errorf("Working(%s) = %v, lunar-go says %v", d, got, want)
		}
	}
}

func TestWorkingDaysOfAYear(t *testing.T) {
	c := seedCalendar(t)
	for y, want := range map[int]int{2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for d := Date(y, time.January, 1); d <= Date(y, time.December, 31); d++ {
			if c.Working(d) {
				got++
			}
		}
		if got != want {
			t.Errorf("%d has %d working days, want %d", y, got, want)
		}
	}
}

func TestKind(t *testing.T) {
	c := seedCalendar(t)
	for s, want := range map[string]DayKind{
		"2024-02-08": KindWorking,
		"2024-02-09": KindWorking, // New Year's Eve was only encouraged
		"2024-02-10": KindHoliday, // a Saturday within the break
		"2024-02-18": KindMakeup,  // a Sunday
		"2024-02-24": KindWeekend,
		"2022-12-31": KindHoliday, // by the notice for 2023
		"2023-01-03": KindWorking, // a known error of another source
		"2027-01-01": KindWorking, // not loaded: a Friday
		"2027-01-02": KindWeekend,
		"1999-10-01": KindWorking,
	} {
		d := day(s)
		if got := c.Kind(d); got != want {
			t.Errorf("Kind(%s) = %s, want %s", s, got, want)
		}
		if got := c.Working(d); got != (want == KindWorking || want == KindMakeup) {
			t.Errorf("Working(%s) = %v, but it is %s", s, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	years := seedYears(t)
	c := newCalendar(t, 1, years[0], years[2]) // 2021 and 2023, not 2022
	for s, want := range map[string]bool{
		"2020-12-31": false, "2021-01-01": true, "2021-12-31": true, "2022-01-01": false,
		"2022-12-31": false, // named by the notice for 2023, but 2022 itself is not loaded
		"2023-01-01": true, "2023-12-31": true, "2024-01-01": false, "0000-01-01": false, "9999-12-31": false,
	} {
		if got := c.Covers(day(s)); got != want {
			t.Errorf("Covers(%s) = %v, want %v", s, got, want)
		}
	}
	if c.Working(day("2022-12-30")) != true || c.Kind(day("2022-12-31")) != KindHoliday {
		t.Error("the notice for 2023 does not rule the last day of 2022")
	}
}

func TestZeroCalendarGoesByTheWeekday(t *testing.T) {
	var zero Calendar
	for _, c := range []*Calendar{&zero, newCalendar(t, 0)} {
		if c.Covers(day("2026-10-01")) || !c.Working(day("2026-10-01")) || c.Working(day("2026-10-03")) ||
			len(c.Years()) != 0 {
			t.Error("an empty calendar knows more than the weekday")
		}
	}
}

func TestNewSortsCopiesAndRefusesARepeatedYear(t *testing.T) {
	years := seedYears(t)
	want := seedYears(t)
	slices.Reverse(years)
	c := newCalendar(t, 7, years...)
	if c.Version() != 7 {
		t.Errorf("Version = %d, want 7", c.Version())
	}
	if years[0].Year != 2026 {
		t.Error("New sorted its argument")
	}
	if !reflect.DeepEqual(c.Years(), want) {
		t.Errorf("Years = %v", c.Years())
	}
	years[0].Off[0] = Range{}
	got := c.Years()
	got[0].Off[0], got[0].Work[0] = Range{}, 0
	if !reflect.DeepEqual(c.Years(), want) {
		t.Error("a calendar can be changed through what New was given or Years returned")
	}
	if _, err := New(1, want[0], want[1], want[0]); err == nil {
		t.Error("a repeated year: want an error")
	}
	if _, err := New(1, want[0], Year{Year: 2022}); err == nil {
		t.Error("an invalid year: want an error")
	}
}

func TestTheLaterNoticeRulesLateDecember(t *testing.T) {
	earlier := Year{Year: 2028, Off: []Range{{day("2028-10-01"), day("2028-10-07")}}, Work: []Day{day("2028-12-30")}}
	later := Year{Year: 2029, Off: []Range{{day("2028-12-30"), day("2029-01-01")}}}
	if !newCalendar(t, 1, earlier).Working(day("2028-12-30")) {
		t.Error("2028-12-30 is made up by its own notice")
	}
	if newCalendar(t, 2, later, earlier).Working(day("2028-12-30")) {
		t.Error("2028-12-30 is off by the later notice")
	}
}

func TestNextAndAddWorking(t *testing.T) {
	c := seedCalendar(t)
	for from, want := range map[string]string{
		"2021-10-07": "2021-10-08", "2021-10-08": "2021-10-08", "2023-10-01": "2023-10-07", "2026-09-20": "2026-09-20",
		"2024-06-08": "2024-06-11",
	} {
		if got := c.NextWorking(day(from)).String(); got != want {
			t.Errorf("NextWorking(%s) = %s, want %s", from, got, want)
		}
	}
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2021-02-09", 5, "2021-02-22"}, {"2021-02-09", 1, "2021-02-10"}, {"2021-02-13", 1, "2021-02-18"},
		{"2021-02-13", 0, "2021-02-13"}, {"2021-02-13", -3, "2021-02-13"},
	} {
		if got := c.AddWorking(day(tt.from), tt.n).String(); got != tt.want {
			t.Errorf("AddWorking(%s, %d) = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestRangeText(t *testing.T) {
	for text, want := range map[string]Range{
		"2021-01-01/2021-01-03": {day("2021-01-01"), day("2021-01-03")},
		"2023-04-05":            {day("2023-04-05"), day("2023-04-05")},
	} {
		var got Range
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("unmarshal %s = %v, %v", text, got, err)
		}
		if back, err := got.MarshalText(); err != nil || string(back) != text {
			t.Errorf("marshal %s = %s, %v", text, back, err)
		}
	}
	for _, text := range []string{"", "/", "2021-01-03/2021-01-01", "2021-01-01/", "/2021-01-01", "2021-01-01/2021-02-30",
		"2021-01-01/2021-01-02/2021-01-03", "2021-02-29"} {
		var got Range
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("unmarshal %q = %v, want an error", text, got)
		}
	}
	if text, err := (Range{From: 1, To: 0}).MarshalText(); err == nil {
		t.Errorf("marshal of a reversed range = %s, want an error", text)
	}
}

func TestValidate(t *testing.T) {
	off := func(text ...string) (rs []Range) {
		for _, s := range text {
			var r Range
			if err := r.UnmarshalText([]byte(s)); err != nil {
				t.Fatal(err)
			}
			rs = append(rs, r)
		}
		return rs
	}
	for _, tt := range []struct {
		name string
		year Year
		want string // part of the error; empty for a valid notice
	}{
		{"New Year's break from the December before", Year{Year: 2023, Off: off("2022-12-31/2023-01-02")}, ""},
		{"the earliest December day", Year{Year: 2023, Off: off("2022-12-20")}, ""},
		{"a make-up day in the December before", Year{Year: 2023, Off: off("2023-01-01"), Work: []Day{day("2022-12-24")}},
			""},
		{"the last day of the year", Year{Year: 2023, Off: off("2023-12-31")}, ""},
		{"no year", Year{Off: off("2023-01-01")}, "outside 1950 to 2199"},
		{"a year of five digits", Year{Year: 20230, Off: off("2023-01-01")}, "outside 1950 to 2199"},
		{"an empty notice", Year{Year: 2027}, "no break"},
		{"only make-up days", Year{Year: 2023, Work: []Day{day("2023-01-28")}}, "no break"},
		{"a break of another year", Year{Year: 2023, Off: off("2024-01-01")}, "not within"},
		{"a break too far back", Year{Year: 2023, Off: off("2022-12-19/2022-12-21")}, "not within"},
		{"a break into the next year", Year{Year: 2023, Off: off("2023-12-30/2024-01-01")}, "not within"},
		{"a reversed break", Year{Year: 2023, Off: []Range{{day("2023-05-03"), day("2023-05-01")}}}, "not within"},
		{"a break twice", Year{Year: 2023, Off: off("2023-04-05", "2023-04-05")}, "named off and again off"},
		{"breaks that overlap", Year{Year: 2023, Off: off("2023-04-29/2023-05-03", "2023-05-03")}, "named off and again off"},
		{"a make-up day of another year", Year{Year: 2023, Off: off("2023-04-05"), Work: []Day{day("2024-02-04")}},
			"not within"},
		{"a weekday called make-up", Year{Year: 2023, Off: off("2023-04-05"), Work: []Day{day("2023-04-06")}},
			"is a Thursday"},
		{"a make-up day twice", Year{Year: 2023, Off: off("2023-04-05"), Work: []Day{day("2023-04-23"), day("2023-04-23")}},
			"named working and again working"},
		{"a day both off and working", Year{Year: 2023, Off: off("2023-04-29/2023-05-03"), Work: []Day{day("2023-04-29")}},
			"named off and again working"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.year.Validate()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Validate = %v, want %q", err, tt.want)
			}
			if _, newErr := New(1, tt.year); (newErr == nil) != (err == nil) {
				t.Errorf("New = %v, Validate = %v", newErr, err)
			}
		})
	}
}

const shortYear = `{"year":2023,"notice":"n","off":["2022-12-31/2023-01-02"],"work":["2023-01-28"]}`

func TestParseYear(t *testing.T) {
	got, err := ParseYear([]byte(shortYear))
	want := Year{Year: 2023, Notice: "n", Off: []Range{{day("2022-12-31"), day("2023-01-02")}},
		Work: []Day{day("2023-01-28")}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseYear = %+v, %v", got, err)
	}
	if back, err := json.Marshal(got); err != nil || string(back) != shortYear {
		t.Errorf("marshal = %s, %v", back, err)
	}
	for name, text := range map[string]string{
		"nothing":                ``,
		"not an object":          `[]`,
		"null":                   `null`,
		"an unknown field":       `{"year":2023,"off":["2023-01-01"],"holidays":[]}`,
		"a field spelled large":  `{"year":2023,"Off":["2023-01-01"]}`,
		"a field twice":          `{"year":2023,"off":["2023-01-01"],"off":["2023-04-05"]}`,
		"text after it":          `{"year":2023,"off":["2023-01-01"]} {}`,
		"not closed":             `{"year":2023,"off":["2023-01-01"]`,
		"cut after a comma":      `{"year":2023,`,
		"closed wrongly":         `{"year":2023]`,
		"a year in quotes":       `{"year":"2023","off":["2023-01-01"]}`,
		"a broken year":          `{"year":2023.5,"off":["2023-01-01"]}`,
		"a day that is not":      `{"year":2023,"off":["2023-02-29"]}`,
		"a day that is null":     `{"year":2023,"off":["2023-01-01"],"work":[null]}`,
		"the empty file of 2027": `{"year":2027,"notice":"","off":[],"work":[]}`,
		"an invalid notice":      `{"year":2023,"off":["2022-01-01"]}`,
	} {
		if got, err := ParseYear([]byte(text)); err == nil || !reflect.DeepEqual(got, Year{}) {
			t.Errorf("%s: ParseYear = %+v, %v; want an error", name, got, err)
		}
	}
}

func FuzzParseYear(f *testing.F) {
	f.Add([]byte(shortYear))
	f.Add([]byte(`{"year":2023,"off":["2023-01-01"],"off":[]}`))
	f.Add([]byte(`{"year":2023,"published_on":"2022-12-08","off":["2023-01-01"]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		y, err := ParseYear(data)
		if err != nil {
			return
		}
		if _, err := New(1, y); err != nil {
			t.Errorf("a parsed notice is refused: %v", err)
		}
		text, err := json.Marshal(y)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseYear(text); err != nil || fmt.Sprint(back) != fmt.Sprint(y) {
			t.Errorf("%s is read back as %v, %v", text, back, err)
		}
	})
}

// A calendar answers every day as its notices, read naively, do.
func TestCalendarAgreesWithItsNotices(t *testing.T) {
	c := seedCalendar(t)
	named := map[Day]DayKind{}
	for _, y := range seedYears(t) {
		for _, r := range y.Off {
			for d := r.From; d <= r.To; d++ {
				named[d] = KindHoliday
			}
		}
		for _, d := range y.Work {
			named[d] = KindMakeup
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.Int32Range(int32(day("2020-12-01")), int32(day("2027-02-01"))).Draw(t, "day"))
		want, ok := named[d]
		if !ok {
			want = KindWorking
			if weekend(d) {
				want = KindWeekend
			}
		}
		if got := c.Kind(d); got != want {
			t.Errorf("Kind(%s) = %s, want %s", d, got, want)
		}
	})
}
