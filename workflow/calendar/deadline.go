package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrPaused says that the clock stands still and it is not known until when, so
// there is no due day. A case in this state is shown as paused.
var ErrPaused = errors.New("the limit is paused")

// Unit is what a limit is counted in.
type Unit string

// The units.
const (
	WorkingDay  Unit = "working_day"  // Licensing Law Art. 82
	CalendarDay Unit = "calendar_day" // Civil Code Art. 200, 203
	Month       Unit = "month"        // Civil Code Art. 202, 203
)

// Bound says whether a limit is the most or the least that may pass.
type Bound string

// The bounds.
const (
	Max Bound = "max" // to be done before the limit is over; the zero Bound is a Max too
	Min Bound = "min" // not to be done before the limit is over: a public notice
)

// maxN is where a number of days or months is taken for a misprint.
const maxN = 3650

// Limit is a number of days or months, as the law states it.
type Limit struct {
	N     int
	Unit  Unit
	Bound Bound
}

// ParseLimit reads a maximum from its short form: "5wd" working days, "10cd"
// calendar days, "1mo" months. It fails on any other form and on a number that
// is not 1 to 3650.
func ParseLimit(s string) (Limit, error) {
	units := [...]struct {
		suffix string
		unit   Unit
	}{{"wd", WorkingDay}, {"cd", CalendarDay}, {"mo", Month}}
	for _, u := range units {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(digits)
		if err != nil || strconv.Itoa(n) != digits || n < 1 || n > maxN {
			break
		}
		return Limit{N: n, Unit: u.unit, Bound: Max}, nil
	}
	return Limit{}, fmt.Errorf("limit %q: want 1 to %d and wd, cd or mo, as in 5wd", s, maxN)
}

// Pause is a stop of the clock, told to the applicant in writing (Licensing Law
// Art. 45). From is the day of the written notice and still counts; To is the
// day the result arrived and does not: the days in (From, To] are not counted.
type Pause struct {
	From, To Day
	Open     bool   // has not ended; To is then without meaning
	Ground   string // the hearing, test or appraisal waited for
}

func (p Pause) covers(d Day) bool { return d > p.From && (p.Open || d <= p.To) }

// MergePauses returns the same stopped days as the fewest pauses, the earliest
// first. Pauses that overlap or follow without a counted day between become one,
// their different grounds joined by "、"; a pause without a day is left out. The
// argument is not changed. Due and Explain need no merged pauses.
func MergePauses(pauses []Pause) []Pause {
	sorted := slices.Clone(pauses)
	slices.SortStableFunc(sorted, func(a, b Pause) int { return cmp.Compare(a.From, b.From) })
	var merged []Pause
	var grounds []string // of the last merged pause
	for _, p := range sorted {
		if p.Open {
			p.To = 0
		} else if p.To <= p.From {
			continue
		}
		if len(merged) == 0 || !merged[len(merged)-1].Open && p.From > merged[len(merged)-1].To {
			merged, grounds = append(merged, p), append(grounds[:0], p.Ground)
			continue
		}
		last := &merged[len(merged)-1]
		switch {
		case p.Open:
			last.Open, last.To = true, 0
		case !last.Open:
			last.To = max(last.To, p.To)
		}
		if p.Ground != "" && !slices.Contains(grounds, p.Ground) {
			grounds = append(grounds, p.Ground)
			last.Ground = strings.TrimPrefix(last.Ground+"、"+p.Ground, "、")
		}
	}
	return merged
}

// Count is one limit running from one event.
type Count struct {
	From  Day   // the day of the event; not itself counted (Civil Code Art. 201)
	Limit Limit // as the law states it
	// approved extension in the limit's unit, counted on from From (Licensing Law Art. 42); less than 0 where fewer were
	// promised
	Extend int
	Pauses []Pause // in any order; they may overlap
}

// total checks the count and returns how many days it needs. A month limit
// needs the days up to its corresponding day, so that a pause moves it by as
// many days as were lost.
func (n Count) total() (int, error) {
	l := n.Limit
	switch {
	case l.N < 1 || l.N > maxN:
		return 0, fmt.Errorf("limit of %d: want 1 to %d", l.N, maxN)
	case l.N+n.Extend < 1 || n.Extend > maxN:
		return 0, fmt.Errorf("extension of %d: want %d to %d", n.Extend, 1-l.N, maxN)
	case l.Bound != Max && l.Bound != Min && l.Bound != "":
		return 0, fmt.Errorf("limit with unknown bound %q", l.Bound)
	case !n.From.valid():
		return 0, fmt.Errorf("limit from day %d: year outside 0000 to 9999", int32(n.From))
	}
	for _, p := range n.Pauses {
		if !p.From.valid() || !p.Open && (p.To < p.From || !p.To.valid()) {
			return 0, fmt.Errorf("pause from %s to %s: want a pause that ends after it begins", p.From, p.To)
		}
	}
	switch l.Unit {
	case WorkingDay, CalendarDay:
		return l.N + n.Extend, nil
	case Month:
		return int(n.From.AddMonths(l.N+n.Extend) - n.From), nil
	}
	return 0, fmt.Errorf("limit with unknown unit %q", l.Unit)
}

// paused returns the first pause that covers d.
func (n Count) paused(d Day) (Pause, bool) {
	for _, p := range n.Pauses {
		if p.covers(d) {
			return p, true
		}
	}
	return Pause{}, false
}

// stop returns the last day before the clock stops for an unknown time.
func (n Count) stop() Day {
	last := Day(math.MaxInt32)
	for _, p := range n.Pauses {
		if p.Open {
			last = min(last, p.From)
		}
	}
	return last
}

// Deadline is where a count ends.
type Deadline struct {
	// DueOn is the last day of the limit, always a working day outside every pause.
	DueOn Day
	// DueBefore is 0:00 in Shanghai of the day after DueOn (Civil Code Art. 203).
	// A maximum is overdue at DueBefore and after it; a minimum is over at
	// DueBefore, the earliest instant at which what it holds back may be done.
	DueBefore time.Time
	// WarnAt is when the light turns yellow: 0:00 in Shanghai of the first counted
	// day before which nine tenths of the limit are used, or from which only one
	// working day is left up to DueOn, whichever comes first. Five working days
	// warn as the fifth begins, twenty as the nineteenth begins. A paused day, or
	// a rest day within a limit in working days, never warns; in calendar days
	// the one working day left may have rest days before it, and the first of
	// these warns. WarnAt is zero for a minimum, for which there is no being late.
	WarnAt time.Time
	// Provisional says that a day after From up to DueOn is not covered by a
	// loaded notice. The deadline is computed again when its year is loaded.
	Provisional bool
}

// Due returns where the count ends: the day on which the limit is used up, or
// in calendar days and months the first day from there on that is a working day
// (Civil Code Art. 203) and not paused. It fails with ErrPaused where an open
// pause stops the clock before that, and with another error where the limit or
// a pause makes no sense.
func (c *Calendar) Due(n Count) (Deadline, error) {
	total, err := n.total()
	if err != nil {
		return Deadline{}, err
	}
	var (
		stop  = n.stop()
		inWD  = n.Limit.Unit == WorkingDay
		spent = min((9*total+9)/10, total-1) // counted days before the warning at the latest
		used  = 0
		warn  Day
		out   Deadline
	)
	for d := n.From + 1; ; d++ {
		if d > stop {
			return Deadline{}, ErrPaused
		}
		out.Provisional = out.Provisional || !c.Covers(d)
		if _, paused := n.paused(d); paused {
			continue
		}
		working := c.Working(d)
		if used < total && (working || !inWD) {
			if used == spent {
				warn = d
			}
			used++
		}
		if used == total && working {
			out.DueOn = d
			break
		}
	}
	out.DueBefore = (out.DueOn + 1).Start()
	if n.Limit.Bound != Min {
		if !inWD {
			warn = min(warn, c.lastStretch(n, out.DueOn))
		}
		out.WarnAt = warn.Start()
	}
	return out, nil
}

// lastStretch returns the first day of a limit in calendar days from which on
// due is the only working day left. The days skipped over are all paused or rest
// days, so the stretch reaches back over the days that the end was rolled over
// and begins on a counted day.
func (c *Calendar) lastStretch(n Count, due Day) Day {
	first := due
	for d := due - 1; d > n.From; d-- {
		if _, paused := n.paused(d); paused {
			continue
		}
		if c.Working(d) {
			break
		}
		first = d
	}
	return first
}

// Two more kinds of day, found only in an explanation.
const (
	KindPaused DayKind = "paused" // within a pause, whatever else it is
	KindRolled DayKind = "rolled" // a rest day after the limit was used up
)

// ExplainedDay is one line of how a deadline was counted.
type ExplainedDay struct {
	Date    Day    `json:"date"`
	Kind    string `json:"kind"`             // a DayKind
	Counted bool   `json:"counted"`          // one of the days the limit consists of
	Ground  string `json:"ground,omitempty"` // of the pause, on a paused day
}

// Explain returns the same deadline as Due, and every day from the day after
// From up to and including DueOn. The counted days sum to the limit and its
// extension; for a month they are the days up to the corresponding day. In
// calendar days and months a rest day that is counted keeps its own kind, the
// rest days that the end is then rolled over have the kind rolled, and the due
// day behind them keeps its kind and is not counted. Explain fails as Due does.
func (c *Calendar) Explain(n Count) (Deadline, []ExplainedDay, error) {
	due, err := c.Due(n)
	if err != nil {
		return Deadline{}, nil, err
	}
	left, _ := n.total() // Due has checked it
	days := make([]ExplainedDay, 0, due.DueOn-n.From)
	for d := n.From + 1; d <= due.DueOn; d++ {
		day := ExplainedDay{Date: d, Kind: string(c.Kind(d))}
		pause, paused := n.paused(d)
		switch {
		case paused:
			day.Kind, day.Ground = string(KindPaused), pause.Ground
		case left > 0:
			day.Counted = n.Limit.Unit != WorkingDay || c.Working(d)
		case d < due.DueOn:
			day.Kind = string(KindRolled)
		}
		if day.Counted {
			left--
		}
		days = append(days, day)
	}
	return due, days, nil
}

// Stricter returns the internal warning deadline that runs beside a maximum in
// working days: the same number counted in calendar days, for a reader who takes
// the Rules' "日" by the letter. It reports false where the unit or the bound is
// another or where both readings end on the same day, and fails as Due does for
// the count as it stands.
func (c *Calendar) Stricter(n Count) (Deadline, bool, error) {
	lawful, err := c.Due(n)
	if err != nil || n.Limit.Unit != WorkingDay || n.Limit.Bound == Min {
		return Deadline{}, false, err
	}
	n.Limit.Unit = CalendarDay
	strict, err := c.Due(n)
	if err != nil || strict.DueOn >= lawful.DueOn {
		return Deadline{}, false, err
	}
	return strict, true, nil
}
