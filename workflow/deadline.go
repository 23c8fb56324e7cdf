package workflow

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// startDeadlines ends the deadlines that the next stage does not keep and starts those it asks for. A limit that lives
// on (L08 across review and decision, L02 while an objection is looked into) keeps its rows.
func (ch Chain) startDeadlines(out *Outcome, c Case, next Stage, a Action, at time.Time, county County) error {
	runs := slices.DeleteFunc(slices.Clone(next.Limits()), func(l Limit) bool {
		return l.Only != nil && !l.Only.Holds(Facts{Chain: ch, Case: c, County: county, Now: at})
	})
	lives := map[law.LimitID]bool{}
	for _, l := range runs {
		lives[l.ID] = true
	}
	for _, r := range next.Records {
		for _, s := range r.Clocks() {
			lives[s.Limit.ID] = true // begun by a record, it lives where the record may be written
		}
	}
	for _, id := range a.Stops {
		lives[id] = false
	}
	past, goesOn := closeUnwanted(out, c, lives)
	for _, l := range runs {
		if goesOn[l.ID] {
			continue
		}
		d := Deadline{Case: c.ID, Limit: l.ID, Stage: next.State, StartedOn: c.Since(), OpenedAt: at}
		switch p := past[d.Strand()]; {
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
		for _, by := range ch.owing(c, next, l) {
			d.By = by
			if err := d.begin(out, Clock{l, next.By, next.Late}, past, a.KeepsDeadline, county); err != nil {
				return err
			}
		}
	}
	return nil
}

// owing lists the offices that each owe a limit of a stage; one without a name where it is the office that has the case.
func (ch Chain) owing(c Case, st Stage, l Limit) []glossary.Party {
	if l.OwedWith == "" {
		return []glossary.Party{""}
	}
	row, _ := ch.RecordRow(st, l.OwedWith)
	return slices.DeleteFunc(slices.Clone(row.By), func(p glossary.Party) bool {
		_, written := c.Latest(l.OwedWith, p)
		return written
	})
}

// closeUnwanted closes the live deadlines of limits that do not live on. It returns the last run of each strand, and the
// limits that go on.
func closeUnwanted(out *Outcome, c Case, lives map[law.LimitID]bool) (past map[Strand]Deadline,
	goesOn map[law.LimitID]bool) {
	past, goesOn = map[Strand]Deadline{}, map[law.LimitID]bool{}
	for _, d := range c.Deadlines {
		if d.Run > past[d.Strand()].Run {
			past[d.Strand()] = d
		}
		switch {
		case !d.Live():
		case lives[d.Limit]:
			goesOn[d.Limit] = true
		default:
			out.Close = append(out.Close, d.ID)
		}
	}
	return past, goesOn
}

// recordDeadlines ends the limits that a record meets, of an office that owes its own only that, and starts those that
// begin with it.
func (out *Outcome) recordDeadlines(row RecordRow, county County) error {
	for _, d := range out.Case.Deadlines {
		if d.Live() && slices.Contains(row.Stops, d.Limit) && (d.By == "" || d.By == out.Record.Party) {
			out.Close = append(out.Close, d.ID)
		}
	}
	return out.Begin(row.Starts, calendar.DayOf(out.Entry.At), county)
}

// Begin starts limits in the stage of the case, counted from a day; what runs already goes on.
func (out *Outcome) Begin(clocks []Clock, from calendar.Day, county County) error {
	past := map[Strand]Deadline{}
	for _, d := range out.Case.Deadlines {
		past[d.Strand()] = d // the newest comes last
	}
	for _, clock := range clocks {
		if _, runs := out.Case.LiveDeadline(clock.Limit.ID); runs {
			continue
		}
		d := Deadline{Case: out.Case.ID, Limit: clock.Limit.ID, Stage: out.Case.State, StartedOn: from,
			OpenedAt: out.Entry.At}
		if err := d.begin(out, clock, past, false, county); err != nil {
			return err
		}
	}
	return nil
}

// begin starts a deadline, and beside a statutory one the promise of the county where it is shorter: counted from the
// same start with the same pauses and extension. A limit that the rules leave open has the promise only. A clock that
// goes on keeps the days it began with.
func (d Deadline) begin(out *Outcome, clock Clock, past map[Strand]Deadline, keeps bool, county County) error {
	fewer := county.Parameters.Promise(clock.Limit).N - clock.Limit.N
	started := past[d.Strand()].Run > 0
	if !clock.Limit.Statutory && !(keeps && started) {
		d.Extend += fewer
	}
	list := []Deadline{d}
	if clock.Limit.Statutory && fewer < 0 {
		beside := d
		beside.Beside = true
		beside.Extend += fewer
		if p := past[beside.Strand()]; keeps && p.Run > 0 {
			beside.Extend = p.Extend
		}
		list = append(list, beside)
	}
	for _, d := range list {
		d.Run = past[d.Strand()].Run + 1
		if err := d.start(clock, out.Case, d.OpenedAt, county); err != nil {
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

// Counted is the deadline counted anew by a calendar: the rungs that have fired stay fired, and the next one gets its new
// instant. It fails where the calendar cannot count.
func (d Deadline) Counted(clock Clock, cal *calendar.Calendar, at time.Time) (Deadline, error) {
	if err := d.count(clock.Limit, cal, calendar.DayOf(at)); err != nil {
		return Deadline{}, err
	}
	d.advanceLadder(clock, cal, d.Next)
	return d, nil
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

// Climbed is the ladder of a clock as a deadline of a kind climbs it. Of a promise that an office misses the office and the bureau
// that guides the matter hear, and no authority above: the law was kept. Nothing acts on a promised day.
func (clock Clock) Climbed(k Kind) []Rung {
	if k == Statutory || clock.By == glossary.Applicant {
		return clock.Late
	}
	var rungs []Rung
	for _, r := range clock.Late {
		switch r.Name {
		case RungRed, RungDay3:
			rungs = append(rungs, Rung{Name: r.Name, After: r.After, Tell: Parties(glossary.GuidingBureau)})
		case RungWarn:
			rungs = append(rungs, r)
		}
	}
	return rungs
}

// ladder lists the rungs of a deadline in the order of rungOrder, each not before the one before it. A minimum has only
// its end. While the clock stands no rung has an instant; of a provisional due day the cards have none, and what the law
// does at expiry happens on a day that no notice of the State Council could make earlier than the true one.
func ladder(clock Clock, d Deadline, cal *calendar.Calendar) []rungAt {
	l := clock.Limit
	var rungs []rungAt
	add := func(r Rung, at time.Time) { rungs = append(rungs, rungAt{r, at}) }
	for _, r := range clock.Climbed(d.Kind(l)) {
		switch {
		case (r.Name == RungEnd) != (l.Bound == calendar.Min):
		case r.Name == RungWarn:
			if s, ok, err := cal.Stricter(d.Count(l)); l.Double && !d.Beside && ok && err == nil {
				add(Rung{Name: RungStricter, Tell: r.Tell}, s.DueBefore)
			}
			add(r, d.WarnAt)
		default:
			at := d.DueBefore
			if day, ok, err := cal.Latest(d.Count(l)); r.Do != "" && d.Provisional && ok && err == nil {
				add(Rung{Name: RungEffect, Tell: r.Tell, Do: r.Do, Under: r.Under}, (day + 1).Start())
			}
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
		case d.Paused, d.Provisional && !slices.Contains([]RungName{RungWarn, RungStricter, RungEffect}, name):
			rungs[i].at = time.Time{}
		case i > 0 && rungs[i].at.Before(rungs[i-1].at):
			rungs[i].at = rungs[i-1].at
		}
	}
	return rungs
}
