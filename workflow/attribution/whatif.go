package attribution

import (
	"errors"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
)

// Supposition is another limit or another calendar to count the past with: what would have been late?
type Supposition struct {
	Limit    *calendar.Limit    // nil: as the chain has it
	Calendar *calendar.Calendar // nil: the county's
}

// Supposed is one deadline counted both ways.
type Supposed struct {
	Due, AsIf           calendar.Day
	Late, WouldBeLate   bool
	Paused, Provisional bool // under the supposition; nothing is late then
}

// Suppose counts a deadline as the supposition has it. ErrNoChain where the chain has no such limit; another error
// where the supposition makes no sense, such as a minimum for a maximum.
func Suppose(ch workflow.Chain, d workflow.Deadline, s Supposition, county workflow.County,
	now time.Time) (Supposed, error) {
	l, ok := ch.Limit(d)
	if !ok {
		return Supposed{}, workflow.ErrNoChain
	}
	end := now
	if d.ClosedAt != nil {
		end = *d.ClosedAt
	}
	out := Supposed{Due: d.DueOn, Late: !d.Provisional && !d.Paused && !end.Before(d.DueBefore)}
	if s.Limit != nil {
		l.N, l.Unit = s.Limit.N, s.Limit.Unit
	}
	cal := county.Calendar
	if s.Calendar != nil {
		cal = s.Calendar
	}
	due, err := cal.Due(d.Count(l))
	if errors.Is(err, calendar.ErrPaused) {
		out.Paused = true
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.AsIf, out.Provisional = due.DueOn, due.Provisional
	out.WouldBeLate = !due.Provisional && !end.Before(due.DueBefore)
	return out, nil
}
