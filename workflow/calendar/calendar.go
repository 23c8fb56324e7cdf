package calendar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Range is a run of days, From and To both included. Its text form, in JSON
// too, is "2021-01-01/2021-01-03", or "2023-04-05" for a single day.
type Range struct{ From, To Day }

// MarshalText writes the text form. It fails on a range that ends before it
// begins.
func (r Range) MarshalText() ([]byte, error) {
	if r.To < r.From {
		return nil, fmt.Errorf("range %s/%s ends before it begins", r.From, r.To)
	}
	text := r.From.String()
	if r.To != r.From {
		text += "/" + r.To.String()
	}
	return []byte(text), nil
}

// UnmarshalText reads the text form. It fails on any other form, on a day that
// does not exist and on a range that ends before it begins.
func (r *Range) UnmarshalText(text []byte) error {
	first, second, pair := strings.Cut(string(text), "/")
	if !pair {
		second = first
	}
	from, err := ParseDay(first)
	if err != nil {
		return fmt.Errorf("range %q: %w", text, err)
	}
	to, err := ParseDay(second)
	if err != nil {
		return fmt.Errorf("range %q: %w", text, err)
	}
	if to < from {
		return fmt.Errorf("range %q ends before it begins", text)
	}
	*r = Range{From: from, To: to}
	return nil
}

// Years that a notice can be for. The bounds only catch misprints.
const firstYear, lastYear = 1950, 2199

// decemberReach is the first day of the previous December that a notice may
// name: New Year's break reaches back to it, as 2022-12-31 did.
const decemberReach = 20

// Year is one notice of the General Office of the State Council on the breaks
// of one year. A break that the notice only encourages is not in it: 2024-02-09
// was a working day.
type Year struct {
	Year        int     `json:"year"`
	Notice      string  `json:"notice"`                // title, and number where known
	PublishedOn Day     `json:"published_on,omitzero"` // zero where not known
	Off         []Range `json:"off"`                   // the breaks, weekends within them included
	Work        []Day   `json:"work"`                  // the weekends that are make-up working days
}

// Refused says why a notice cannot be taken for one.
type Refused struct {
	Year int // 0 where it is not known
	Why  string
}

func (e *Refused) Error() string {
	if e.Year == 0 {
		return "calendar year: " + e.Why
	}
	return fmt.Sprintf("calendar year %d: %s", e.Year, e.Why)
}

func refused(year int, format string, args ...any) error {
	return &Refused{year, fmt.Sprintf(format, args...)}
}

// ParseYear reads the JSON form of a Year, as `anju calendar show YEAR --json`
// prints it too: the sums in that are left aside. It fails with *Refused on text
// that is not UTF-8, on an unknown, repeated or differently spelled field, on a
// provisional year, on anything after the object, and where Validate fails. A
// repeated field matters: the standard decoder would keep the last one and lose
// half of the breaks without a word.
func ParseYear(data []byte) (Year, error) {
	var y Year
	var provisional bool
	fields := map[string]any{
		"year": &y.Year, "notice": &y.Notice, "published_on": &y.PublishedOn, "off": &y.Off, "work": &y.Work,
		"provisional": &provisional,
	}
	for _, sum := range []string{"working_days", "rest_days", "months", "calendar", "version"} {
		fields[sum] = new(json.RawMessage)
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || bytes.ContainsRune(data, utf8.RuneError) {
		return Year{}, refused(0, "the text is not in UTF-8; save it as UTF-8 (not GBK, not UTF-16) and try again")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, _ := dec.Token(); t != json.Delim('{') {
		return Year{}, refused(0, "want a JSON object")
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return Year{}, refused(0, "%v", err)
		}
		name, _ := t.(string)
		field, ok := fields[name]
		if !ok {
			return Year{}, refused(0, "field %q is unknown or repeated", name)
		}
		delete(fields, name)
		if err := dec.Decode(field); err != nil {
			return Year{}, refused(0, "field %q: %v", name, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return Year{}, refused(0, "%v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Year{}, refused(y.Year, "text after the object")
	}
	if provisional {
		return Year{}, refused(y.Year, "the year has no notice yet, it is counted by weekdays")
	}
	if err := y.Validate(); err != nil {
		return Year{}, err
	}
	return y, nil
}

// yearsBack is how many years before today's a notice may be for: older cases
// are closed.
const yearsBack = 10

// Plausible fails with *Refused on a year that a notice cannot be for on a day:
// one long over, and one later than the next, its notice coming in November.
// The date of the notice lies in its year or the one before it.
func (y Year) Plausible(today Day) error {
	this, _, _ := today.Date()
	if y.Year < this-yearsBack || y.Year > this+1 {
		return refused(y.Year, "in %d only the years %d to %d can be imported", this, this-yearsBack, this+1)
	}
	if y.PublishedOn == 0 {
		return nil
	}
	if published, _, _ := y.PublishedOn.Date(); published != y.Year && published != y.Year-1 {
		return refused(y.Year, "a notice published on %s is not of this year", y.PublishedOn)
	}
	return nil
}

// Doubt says what is odd in a notice that may still be true; "" for nothing. The
// holidays of the whole nation are 13 days from 2025 on and were 11 before.
func (y Year) Doubt() string {
	days, least := 0, 13
	for _, r := range y.Off {
		days += int(r.To-r.From) + 1
	}
	if y.Year < 2025 {
		least = 11
	}
	if days < least {
		return fmt.Sprintf("%d 年放假共 %d 天，少于全体公民放假的 %d 天，请核对是否录全", y.Year, days, least)
	}
	return ""
}

// Validate fails on a notice that cannot be true: no break at all (an empty file
// published ahead of the notice would otherwise turn every weekday into a
// working day for good), a day outside the year and the end of the December
// before it, a day named twice or named both off and working, a make-up working
// day that is not a Saturday or Sunday.
func (y Year) Validate() error {
	if y.Year < firstYear || y.Year > lastYear {
		return refused(y.Year, "outside %d to %d", firstYear, lastYear)
	}
	if len(y.Off) == 0 {
		return refused(y.Year, "no break at all")
	}
	first, last := y.span()
	seen := make(map[Day]string)
	add := func(d Day, as string) error {
		if was, ok := seen[d]; ok {
			return refused(y.Year, "%s is named %s and again %s", d, was, as)
		}
		seen[d] = as
		return nil
	}
	for _, r := range y.Off {
		if r.To < r.From || r.From < first || r.To > last {
			return refused(y.Year, "break %s/%s is not within %s to %s", r.From, r.To, first, last)
		}
		for d := r.From; d <= r.To; d++ {
			if err := add(d, "off"); err != nil {
				return err
			}
		}
	}
	for _, d := range y.Work {
		if d < first || d > last {
			return refused(y.Year, "working day %s is not within %s to %s", d, first, last)
		}
		if !weekend(d) {
			return refused(y.Year, "%s is a %s, not a weekend to be made up", d, d.Weekday())
		}
		if err := add(d, "working"); err != nil {
			return err
		}
	}
	return nil
}

// span returns the first and last day the notice may name.
func (y Year) span() (first, last Day) {
	return Date(y.Year-1, time.December, decemberReach), Date(y.Year, time.December, 31)
}

func (y Year) clone() Year {
	y.Off, y.Work = slices.Clone(y.Off), slices.Clone(y.Work)
	return y
}

// mark is what the loaded notices say of one day; no bit set means nothing.
type mark uint8

const (
	covered mark = 1 << iota // the notice for the calendar year of the day is loaded
	off
	makeup
)

// Calendar is a set of notices under one version number. It never changes; a
// new notice makes a new Calendar with a higher version. The zero Calendar knows
// no notice and goes by the weekday.
type Calendar struct {
	version int
	years   []Year // ascending
	first   Day    // the day of marks[0]
	marks   []mark
}

// New returns the calendar of the given notices, in any order. It fails where a
// notice is not valid or a year is there twice: a notice that revises a year
// replaces it whole. A late December day named by the notices of both years
// follows the later one.
func New(version int, years ...Year) (*Calendar, error) {
	c := &Calendar{version: version}
	for _, y := range years {
		if err := y.Validate(); err != nil {
			return nil, err
		}
		c.years = append(c.years, y.clone())
	}
	if len(c.years) == 0 {
		return c, nil
	}
	slices.SortFunc(c.years, func(a, b Year) int { return a.Year - b.Year })
	var last Day
	c.first, _ = c.years[0].span()
	_, last = c.years[len(c.years)-1].span()
	c.marks = make([]mark, last-c.first+1)
	for i, y := range c.years {
		if i > 0 && c.years[i-1].Year == y.Year {
			return nil, refused(y.Year, "it is given twice")
		}
		c.apply(y)
	}
	return c, nil
}

func (c *Calendar) apply(y Year) {
	_, last := y.span()
	for d := Date(y.Year, time.January, 1); d <= last; d++ {
		c.marks[d-c.first] |= covered
	}
	name := func(d Day, m mark) {
		c.marks[d-c.first] = c.marks[d-c.first]&covered | m
	}
	for _, r := range y.Off {
		for d := r.From; d <= r.To; d++ {
			name(d, off)
		}
	}
	for _, d := range y.Work {
		name(d, makeup)
	}
}

func (c *Calendar) mark(d Day) mark {
	if i := int64(d) - int64(c.first); i >= 0 && i < int64(len(c.marks)) {
		return c.marks[i]
	}
	return 0
}

// Version returns the number given to New. It is written beside every deadline
// that is recomputed.
func (c *Calendar) Version() int { return c.version }

// Years returns copies of the loaded notices, the earliest year first.
func (c *Calendar) Years() []Year {
	years := make([]Year, len(c.years))
	for i, y := range c.years {
		years[i] = y.clone()
	}
	return years
}

// Covers reports whether the notice for the calendar year of d is loaded. If
// not, what the calendar says of d is provisional. The notice for the next year
// may still change the last days of December, as the one for 2023 took
// 2022-12-31; it applies once it is loaded, and until then those days count as
// covered.
func (c *Calendar) Covers(d Day) bool { return c.mark(d)&covered != 0 }

// Working reports whether d is a working day; by its weekday alone where no
// loaded notice names it.
func (c *Calendar) Working(d Day) bool {
	switch m := c.mark(d); {
	case m&off != 0:
		return false
	case m&makeup != 0:
		return true
	}
	return !weekend(d)
}

// DayKind says what a day is.
type DayKind string

// The kinds of day.
const (
	KindWorking DayKind = "working" // an ordinary weekday
	KindWeekend DayKind = "weekend" // an ordinary Saturday or Sunday
	KindHoliday DayKind = "holiday" // within an announced break, weekend or not
	KindMakeup  DayKind = "makeup"  // a Saturday or Sunday that is a working day
)

// Kind returns what d is; working or weekend where no loaded notice names it.
func (c *Calendar) Kind(d Day) DayKind {
	switch m := c.mark(d); {
	case m&off != 0:
		return KindHoliday
	case m&makeup != 0:
		return KindMakeup
	case weekend(d):
		return KindWeekend
	}
	return KindWorking
}

// NextWorking returns d if it is a working day, otherwise the first working day
// after it (Civil Code Art. 203).
func (c *Calendar) NextWorking(d Day) Day {
	for !c.Working(d) {
		d++
	}
	return d
}

// AddWorking returns the n-th working day after d, which itself is not counted
// (Civil Code Art. 201); d itself if n is zero or less.
func (c *Calendar) AddWorking(d Day, n int) Day {
	for n > 0 {
		d++
		if c.Working(d) {
			n--
		}
	}
	return d
}

func weekend(d Day) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}

// Differing names the days from first to last that an older calendar sees differently, at most six of them.
func (c *Calendar) Differing(older *Calendar, first, last Day) string {
	var days []string
	for d := first; d <= last; d++ {
		if w := c.Working(d); w != older.Working(d) {
			days = append(days, d.String()+map[bool]string{true: " 上班", false: " 放假"}[w])
		}
	}
	if len(days) > 6 {
		days = append(days[:6], "等")
	}
	return strings.Join(days, "、")
}
