package workflow

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/law"
)

// startDeadlines ends the deadlines that the next stage does not keep and starts those it asks for. A limit that lives
// on (L08 across review and decision, L02 while an objection is looked into) keeps its row.
func (ch Chain) startDeadlines(out *Outcome, c Case, next Stage, a Action, at time.Time, county County) error {
	wanted := map[law.LimitID]Limit{}
	runs := slices.DeleteFunc(slices.Clone(next.Limits()), func(l Limit) bool {
		return l.Only != nil && !l.Only.Holds(Facts{Chain: ch, Case: c, County: county, Now: at})
	})
	for _, l := range runs {
		wanted[l.ID] = l
	}
	for _, r := range next.Records {
		for _, s := range r.Starts {
			wanted[s.Limit.ID] = s.Limit // begun by a record, it lives where the record may be written
		}
	}
	past := closeUnwanted(out, c, wanted)
	for _, l := range runs {
		if _, ok := wanted[l.ID]; !ok {
			continue
		}
		d := Deadline{Case: c.ID, Limit: l.ID, Stage: next.State, Run: past[l.ID].Run + 1, StartedOn: c.Since(), OpenedAt: at}
		switch p := past[l.ID]; {
		case l.Until != "":
			d.Extend = int(c.File.Day(l.Until)-d.StartedOn) - l.N
		case a.KeepsDeadline && p.Run > 0:
			d.StartedOn, d.Extend = p.StartedOn, p.Extend
		case l.From != "":
			mark, ok := c.File.Marks[l.From]
			if !ok {
				return fmt.Errorf("limit %s of %s counts from %s, which case %d lacks", l.ID, next.State, l.From, c.ID)
			}
			d.StartedOn = calendar.DayOf(mark)
			if x := c.File.Extended; l.Decides && x != nil && d.StartedOn <= x.On {
				d.Extend = x.Days
			}
		}
		if !a.KeepsDeadline || past[l.ID].Run == 0 { // a clock that goes on keeps the days it began with
			d.Extend += county.Parameters.Promise(l).N - l.N
		}
		if err := d.start(Clock{l, next.By, next.Late}, c, at, county); err != nil {
			return err
		}
		out.Start = append(out.Start, d)
	}
	return nil
}

// closeUnwanted closes the live deadlines that are not wanted and takes those that go on out of wanted. It returns the
// last run of each limit.
func closeUnwanted(out *Outcome, c Case, wanted map[law.LimitID]Limit) map[law.LimitID]Deadline {
	past := map[law.LimitID]Deadline{}
	for _, d := range c.Deadlines {
		if p, ok := past[d.Limit]; !ok || d.Run > p.Run {
			past[d.Limit] = d
		}
		if !d.Live() {
			continue
		}
		if _, ok := wanted[d.Limit]; ok {
			delete(wanted, d.Limit) // it goes on
			continue
		}
		out.Close = append(out.Close, d.ID)
	}
	return past
}

// recordDeadlines ends the limits that a record meets and starts those that begin with it.
func (ch Chain) recordDeadlines(out *Outcome, row RecordRow, at time.Time, county County) error {
	past := map[law.LimitID]Deadline{}
	for _, d := range out.Case.Deadlines {
		past[d.Limit] = d // the newest comes last
		if d.Live() && slices.Contains(row.Stops, d.Limit) {
			out.Close = append(out.Close, d.ID)
		}
	}
	for _, clock := range row.Starts {
		p := past[clock.Limit.ID]
		if p.Run > 0 && p.Live() {
			continue // it runs already
		}
		d := Deadline{Case: out.Case.ID, Limit: clock.Limit.ID, Stage: out.Case.State, Run: p.Run + 1,
			StartedOn: calendar.DayOf(at), OpenedAt: at, Extend: county.Parameters.Promise(clock.Limit).N - clock.Limit.N}
		if err := d.start(clock, out.Case, at, county); err != nil {
			return err
		}
		out.Start = append(out.Start, d)
	}
	return nil
}

// start counts a deadline that begins, under the suspensions that it meets.
func (d *Deadline) start(clock Clock, c Case, at time.Time, county County) error {
	if clock.Limit.Decides {
		d.Pauses = c.File.PausesSince(d.StartedOn)
	}
	if err := d.count(clock.Limit, county.Calendar, calendar.DayOf(at)); err != nil {
		return err
	}
	d.advanceLadder(clock, county.Calendar, rungOrder[0])
	return nil
}

// count fixes the due day of a deadline by a calendar. While the clock stands it is the day on which the limit would be
// over if the clock went on after today: a day to keep in the row, and never to show.
func (d *Deadline) count(l Limit, cal *calendar.Calendar, today calendar.Day) error {
	n := d.Count(l)
	due, err := cal.Due(n)
	if d.Paused = errors.Is(err, calendar.ErrPaused); d.Paused {
		n.Pauses = slices.Clone(n.Pauses)
		for i, p := range n.Pauses {
			if p.Open {
				n.Pauses[i].Open, n.Pauses[i].To = false, max(p.From, today)
			}
		}
		due, err = cal.Due(n)
	}
	if err != nil {
		return fmt.Errorf("count %s from %s: %w", l.ID, d.StartedOn, err)
	}
	d.DueOn, d.DueBefore, d.WarnAt, d.Provisional = due.DueOn, due.DueBefore, due.WarnAt, due.Provisional
	d.Calendar = cal.Version()
	return nil
}

// advanceLadder sets the next rung: the first one of the ladder not before the given place in rungOrder. Its instant is
// zero while it is not known, as when the clock stands.
func (d *Deadline) advanceLadder(clock Clock, cal *calendar.Calendar, from RungName) {
	d.Next, d.NextAt = "", time.Time{}
	place := slices.Index(rungOrder, from)
	if place < 0 {
		return // "": the ladder was climbed to its end
	}
	for _, r := range ladder(clock, *d, cal) {
		if slices.Index(rungOrder, r.rung.Name) >= place {
			d.Next, d.NextAt = r.rung.Name, r.at
			return
		}
	}
}

// after is the place behind a rung in rungOrder.
func after(r RungName) RungName {
	if i := slices.Index(rungOrder, r); i >= 0 && i+1 < len(rungOrder) {
		return rungOrder[i+1]
	}
	return ""
}

type rungAt struct {
	rung Rung
	at   time.Time // zero: not known now
}

// ladder lists the rungs of a deadline in the order of rungOrder, each not before the one before it. A minimum has only
// its end. While the clock stands no rung has an instant; of a provisional due day only the warning has one: no notice
// of the State Council, no card, and nothing that the law does at expiry.
func ladder(clock Clock, d Deadline, cal *calendar.Calendar) []rungAt {
	l := clock.Limit
	var rungs []rungAt
	add := func(r Rung, at time.Time) { rungs = append(rungs, rungAt{r, at}) }
	for _, r := range clock.Late {
		switch {
		case (r.Name == RungEnd) != (l.Bound == calendar.Min):
		case r.Name == RungWarn:
			if s, ok, err := cal.Stricter(d.Count(l)); l.Double && ok && err == nil {
				add(Rung{Name: RungStricter, Tell: r.Tell}, s.DueBefore)
			}
			add(r, d.WarnAt)
		default:
			at := d.DueBefore
			if r.After.N > 0 {
				if due, err := cal.Due(calendar.Count{From: d.DueOn, Limit: r.After}); err == nil {
					at = due.DueBefore
				}
			}
			add(r, at)
		}
	}
	slices.SortStableFunc(rungs, func(a, b rungAt) int {
		return slices.Index(rungOrder, a.rung.Name) - slices.Index(rungOrder, b.rung.Name)
	})
	for i := range rungs {
		switch name := rungs[i].rung.Name; {
		case d.Paused, d.Provisional && name != RungWarn && name != RungStricter:
			rungs[i].at = time.Time{}
		case i > 0 && rungs[i].at.Before(rungs[i-1].at):
			rungs[i].at = rungs[i-1].at
		}
	}
	return rungs
}
