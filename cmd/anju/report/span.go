package report

import (
	"time"

	"anju/cmd/anju/failure"
	"anju/workflow/calendar"
)

// longestSpan is how many months one question may span.
const longestSpan = 60

// Span is the time that a command asks about.
type Span struct{ From, To string }

// days reads the two days. What is not given is the twelve months up to tomorrow, or all there is where the question is
// open at its beginning.
func (s Span) days(now time.Time, open bool) (from, to calendar.Day, err error) {
	to = calendar.DayOf(now) + 1
	if s.To != "" {
		if to, err = calendar.ParseDay(s.To); err != nil {
			return 0, 0, failure.Usagef("--to %q is not a day such as 2026-04-01", s.To)
		}
	}
	if !open {
		from = to.AddMonths(-12)
	}
	if s.From == "" {
		return from, to, nil
	}
	if from, err = calendar.ParseDay(s.From); err != nil {
		return 0, 0, failure.Usagef("--from %q is not a day such as 2026-03-01", s.From)
	}
	switch {
	case to <= from:
		return 0, 0, failure.Usagef("--to %s is not after --from %s, and is itself excluded", to, from)
	case to > from.AddMonths(longestSpan):
		return 0, 0, failure.Usagef("from %s to %s are more than five years; ask for five years at a time", from, to)
	}
	return from, to, nil
}
