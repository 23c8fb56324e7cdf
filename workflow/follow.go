package workflow

import (
	"cmp"

	"anju/workflow/glossary"
)

// issue adds the papers of a row to the outcome. A decision that places the office's seal places it on what goes out in
// the office's own name only (Licensing Law Art. 39).
func (ch Chain) issue(out *Outcome, list []IssueRow, f Facts) {
	for _, is := range list {
		if _, held := out.Case.Document(is.Doc); held && is.Once || is.When != nil && !is.When(f) {
			continue
		}
		by := ch.InName(is.By, out.Case, f.County)
		if is.By == glossary.Holder {
			by = cmp.Or(out.Acts, f.By.Kind) // the office that acts, or the one in the name of which it does
		}
		d := Document{Kind: is.Doc, Title: is.Doc.Title(), Authority: by, IssuedAt: out.Entry.At, ToServe: is.Served.Owed}
		if is.Valid.To != nil {
			d.ValidTo = is.Valid.To(*out, f)
		}
		d.Sealed = out.UseSeal && d.Authority == out.Entry.By.Kind
		out.Issue = append(out.Issue, d)
	}
}

// prepare lets the effects of a row change the case before it is judged.
func prepare(c Case, effects []Effect, f Facts) (Case, error) {
	for _, e := range effects {
		if e.Before == nil {
			continue
		}
		if err := e.Before(&c, f); err != nil {
			return Case{}, err
		}
	}
	return c, nil
}

// follow lets the effects of a row change the outcome.
func follow(out *Outcome, effects []Effect, f Facts) error {
	for _, e := range effects {
		if e.Apply == nil {
			continue
		}
		if err := e.Apply(out, f); err != nil {
			return err
		}
	}
	return nil
}

// Suspend enters a suspension into the ledger, or its end where it is there under the same notice number.
func (out *Outcome) Suspend(s Suspension) {
	c := &out.Case
	out.Suspended = append(out.Suspended, s)
	for i := range c.File.Suspensions {
		if c.File.Suspensions[i].Number == s.Number {
			c.File.Suspensions[i] = s
			return
		}
	}
	c.File.Suspensions = append(c.File.Suspensions, s)
}

// Recount counts every running part of the time to the decision anew, with days added, under the suspension ledger.
// Nothing fires that is not due. What has passed is not made good by a later entry: its card falls by a ruling alone. It
// fails where the calendar cannot count.
func (out *Outcome) Recount(f Facts, extend int) error {
	c := &out.Case
	for _, d := range c.Deadlines {
		clock, ok := f.Chain.Clock(d, c.State)
		if !d.Live() || !ok || !clock.Limit.Decides || d.Passed(f.Now) {
			continue
		}
		d.Extend += extend
		d.Pauses = c.File.PausesSince(d.StartedOn)
		d, err := d.Counted(clock, f.County.Calendar, f.Now)
		if err != nil {
			return err
		}
		out.Advance = append(out.Advance, d)
	}
	return nil
}

// CurrentSuspension tells whether the clock stands, and under which notice.
func CurrentSuspension(c Case) (Suspension, bool) {
	for _, s := range c.File.Suspensions {
		if s.Open {
			return s, true
		}
	}
	return Suspension{}, false
}
