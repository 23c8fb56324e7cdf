package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/workflow"
	"anju/workflow/breaches"
	"anju/workflow/calendar"
	"anju/workflow/recount"
)

// Store keeps cases. Implementations write everything of an Outcome in one transaction, or nothing.
type Store interface {
	// Create writes a new draft: number, first history line, stage row. It fails with ErrNotFound when the
	// household is outside the actor's area. A key that the same officer used before returns *Replayed.
	Create(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, key string,
		judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error)
	// Update locks the case, reads it and the officer's rights, lets judge decide, and writes the outcome.
	// by 0 is the system. A key that was used before by the same officer on the same case returns
	// *Replayed and writes nothing. It fails with ErrNotFound outside the officer's area, before anything is judged.
	Update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
		judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error)
	// UpdateInTurn is Update with several judgements, each on the case that the one before has left, all in one
	// transaction: one line of the history for each outcome, or nothing at all. The key is that of all of them.
	UpdateInTurn(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
		judges ...func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error)
	// UpdateMany judges cases as the system and writes what each judgement wants, all in one transaction. The cases are
	// read without their Application and File, so an outcome may not move one, add to its file, or issue anything. A case
	// that another holds fails with ErrBusy and one that the judgement refuses with its error; both stay as they are and
	// keep no other back.
	UpdateMany(ctx context.Context, ids []workflow.CaseID,
		judge func(workflow.Case) (workflow.Outcome, error)) (failed map[workflow.CaseID]error, err error)
	// UpdateBreach is Update on the case of a breach, which is read under the same lock. ErrNotFound as there.
	UpdateBreach(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
		judge func(workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome, error)) (workflow.Case, error)
	// Object keeps a petition and writes what judge decides on its case under the number of the petition, in one
	// transaction. once is the key of the form: sent again, it gives the number that it gave first and judges nothing. It
	// fails with ErrNotFound without such a case, with *Invalid where the petition cannot be kept, and with ErrStale where
	// the key was used for another.
	Object(ctx context.Context, p workflow.Petition, once string,
		judge func(number string, c workflow.Case) (workflow.Outcome, error)) (number string, err error)
	// ImportCalendar makes a new version of the calendar and lets judge recount every open case under it, in one
	// transaction; dry writes nothing. by 0 is the system. Where no notice differs from what is in force nothing happens.
	ImportCalendar(ctx context.Context, by workflow.OfficerID, years []calendar.Year, dry bool,
		judge func(*calendar.Calendar, workflow.Case, workflow.Actor) (workflow.Outcome, []workflow.Recounted,
			error)) (workflow.Imported, error)
	// Read gives a case within the officer's area, without a lock; ErrNotFound otherwise.
	Read(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case, workflow.Actor, error)
}

// Service takes moves and records. It is safe for use by many goroutines.
type Service struct {
	store  Store
	chains workflow.Chains
	county func() workflow.County
	now    func() time.Time

	mayDate func() error  // nil: always
	apart   time.Duration // least time between two rungs of one deadline
}

// Option is what a service may be given beside.
type Option func(*Service)

// Dating lets the service ask before it numbers or dates anything. mayDate fails with *Held while the clock is in
// doubt.
func Dating(mayDate func() error) Option { return func(s *Service) { s.mayDate = mayDate } }

// RungsApart keeps two rungs of one deadline apart by at least d, whatever the ladder says: after a server was off,
// or its clock wrong, a ladder is climbed step by step and not at once.
func RungsApart(d time.Duration) Option { return func(s *Service) { s.apart = d } }

// NewService joins the chains with a store, the county's settings and a clock.
func NewService(store Store, chains workflow.Chains, county func() workflow.County, now func() time.Time,
	options ...Option) *Service {
	s := &Service{store: store, chains: chains, now: now, county: func() workflow.County {
		c := county()
		c.Chains = chains
		return c
	}}
	for _, o := range options {
		o(s)
	}
	return s
}

// MayDate fails with *Held while no paper may be numbered or dated.
func (s *Service) MayDate() error {
	if s.mayDate == nil {
		return nil
	}
	return s.mayDate()
}

// dated refuses an outcome that numbers or dates a paper while the clock is in doubt. What dates none goes on: it is
// ordered by its step.
func (s *Service) dated(out workflow.Outcome, err error) (workflow.Outcome, error) {
	if err == nil && (len(out.Issue) > 0 || out.Printed != nil) {
		err = s.MayDate()
	}
	return out, err
}

// spaced keeps the next rung of each ladder the least time away from the last: from the one that fires now, and where a
// ladder is only counted anew, by the instant at which it stood.
func (s *Service) spaced(was workflow.Case, out workflow.Outcome, err error) (workflow.Outcome, error) {
	if s.apart == 0 || err != nil {
		return out, err
	}
	end := s.Now().Add(s.apart)
	for i, d := range out.Advance {
		var earliest time.Time
		if out.Fired != nil && out.Fired.Deadline == d.ID {
			earliest = end
		} else if j := slices.IndexFunc(was.Deadlines,
			func(w workflow.Deadline) bool { return w.ID == d.ID && w.Next == d.Next }); j >= 0 {
			if at := was.Deadlines[j].NextAt; !at.After(end) {
				earliest = at
			}
		}
		if !d.NextAt.IsZero() && d.NextAt.Before(earliest) {
			out.Advance[i].NextAt = earliest
		}
	}
	return out, nil
}

// Chains is the list of chains the service runs.
func (s *Service) Chains() workflow.Chains { return s.chains }

// Now is the service's clock, truncated to what the database keeps.
func (s *Service) Now() time.Time { return s.now().Truncate(time.Microsecond).UTC() }

// County gives the county's settings in force.
func (s *Service) County() workflow.County { return s.county() }

// Open enters a new application as a draft. It fails with *Refusal where the officer may not open it and with
// *Invalid where the application does not hold.
func (s *Service) Open(ctx context.Context, by workflow.OfficerID, o workflow.Opening) (workflow.Case, error) {
	chain, err := s.chains.Newest(o.Chain)
	if err != nil {
		return workflow.Case{}, err
	}
	o.At = s.Now()
	return s.store.Create(ctx, by, o.Household, o.Key, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
		o.By = a
		out, err := chain.Open(c, o, s.county())
		if err == nil {
			err = s.MayDate() // the number of a case carries its day
		}
		out.Asked = o.Asked
		return out, err
	})
}

// Move takes one action on one case: locked, decided and recorded, or nothing. It fails with ErrNotFound,
// *Refusal (ErrStale, ErrNotOpen, ErrWrongParty, ErrBlocked), *Invalid or *Replayed.
func (s *Service) Move(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	m workflow.Move) (workflow.Case, error) {
	m.At = s.Now()
	return s.update(ctx, id, by, key, asking(m.Asked,
		func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
			m.By = a
			return ch.Decide(c, m, s.county())
		}))
}

// Record writes what does not move the case. It fails as Move does.
func (s *Service) Record(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	r workflow.Recording) (workflow.Case, error) {
	r.At = s.Now()
	return s.update(ctx, id, by, key, asking(r.Asked,
		func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
			r.By = a
			return ch.Record(c, r, s.county())
		}))
}

// PartError says which of several things entered together was refused: a record by its place, or the move, which comes
// last.
type PartError struct {
	Part int
	Err  error
}

// Error implements error.
func (e *PartError) Error() string { return fmt.Sprintf("part %d: %v", e.Part+1, e.Err) }

// Unwrap lets errors.Is and errors.As find the cause.
func (e *PartError) Unwrap() error { return e.Err }

// Submit writes records and takes the move that they lead to, all or nothing: each is judged on the case as those
// before it leave it, the move as if the page had shown the case with the records on it. It fails as Record and Move
// do, with *PartError around what was refused, and writes nothing then.
func (s *Service) Submit(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	records []workflow.Recording, m workflow.Move) (workflow.Case, error) {
	at := s.Now()
	judges := make([]func(workflow.Case, workflow.Actor) (workflow.Outcome, error), 0, len(records)+1)
	add := func(judge func(workflow.Chain, workflow.Case, workflow.Actor) (workflow.Outcome, error)) {
		part := len(judges)
		judges = append(judges, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
			out, err := s.judge(c, a, judge)
			if err != nil {
				err = &PartError{part, err}
			}
			return out, err
		})
	}
	for i, r := range records {
		add(func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
			if i == 0 && c.Seen != m.Seen {
				return workflow.Outcome{}, &workflow.Refusal{Why: workflow.ErrStale, State: c.State, Verb: string(m.Do)}
			}
			r.At, r.By = at, a
			return ch.Record(c, r, s.county())
		})
	}
	add(func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
		move := m
		move.At, move.By = at, a
		if len(records) > 0 {
			move.Seen = c.Seen // the first record was judged against what the page showed
		}
		out, err := ch.Decide(c, move, s.county())
		out.Asked = m.Asked
		return out, err
	})
	return s.store.UpdateInTurn(ctx, id, by, key, judges...)
}

// Attach adds a scan to an open case. It fails with *Refusal where the officer may not, or the code is not
// of this chain, and with *Replayed. asked is as of a Move.
func (s *Service) Attach(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key, asked string,
	m workflow.Material) (workflow.Case, error) {
	m.At = s.Now()
	return s.update(ctx, id, by, key, asking(asked,
		func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
			m.By = a.Officer
			return ch.Attach(c, a, m)
		}))
}

type judgement = func(workflow.Chain, workflow.Case, workflow.Actor) (workflow.Outcome, error)

// asking adds to the outcome of a judgement what was asked.
func asking(asked string, judge judgement) judgement {
	return func(ch workflow.Chain, c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
		out, err := judge(ch, c, a)
		out.Asked = asked
		return out, err
	}
}

// MayAttach judges whether an officer may hand in a scan under a code, or under any at all where code is empty, before
// a byte of it is kept. It writes nothing and fails as Attach does; Attach judges again under the lock of the case.
func (s *Service) MayAttach(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, code string) error {
	c, a, err := s.store.Read(ctx, id, by)
	if err != nil {
		return err
	}
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return fmt.Errorf("case %d: %w", c.ID, err)
	}
	if code != "" {
		_, err = ch.MayAttach(c, a, code)
		return err
	}
	var refused error = &workflow.Refusal{Why: workflow.ErrNotOpen, State: c.State, Verb: "material"}
	for _, p := range ch.Papers {
		_, err := ch.MayAttach(c, a, p.Code)
		if err == nil {
			return nil
		}
		if errors.Is(refused, workflow.ErrNotOpen) {
			refused = err // that an officer never may says more than that it is not open now
		}
	}
	return refused
}

// Escalate takes one step of the ladder of a deadline. It fails with ErrMovedOn when the deadline was met,
// or this rung is not its next: nothing is owed then.
func (s *Service) Escalate(ctx context.Context, id workflow.CaseID, d workflow.DeadlineID, generation int,
	rung workflow.RungName) error {
	at := s.Now()
	_, err := s.update(ctx, id, 0, "", func(ch workflow.Chain, c workflow.Case,
		_ workflow.Actor) (workflow.Outcome, error) {
		return ch.Escalate(c, d, generation, rung, at, s.county())
	})
	return err
}

// View is a case with what the caller may do on it.
func (s *Service) View(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.View, error) {
	c, a, err := s.store.Read(ctx, id, by)
	if err != nil {
		return workflow.View{}, err
	}
	return s.Show(c, a)
}

// Disclose is View for what shows personal data in clear: papers, scans, archives, links to sign. It fails as View
// does, and with *Refusal (ErrRecused) where the officer belongs to the household.
func (s *Service) Disclose(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.View, error) {
	v, err := s.View(ctx, id, by)
	if err == nil && workflow.Related(v.Case, v.Actor) {
		return workflow.View{}, &workflow.Refusal{Why: workflow.ErrRecused, State: v.Case.State, Verb: "disclose",
			Party: v.Office}
	}
	return v, err
}

// Show adds to a case, as just written, what the actor may do on it.
func (s *Service) Show(c workflow.Case, a workflow.Actor) (workflow.View, error) {
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return workflow.View{}, err
	}
	return ch.View(c, a, s.Now(), s.county())
}

func (s *Service) update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judge judgement) (workflow.Case, error) {
	return s.store.Update(ctx, id, by, key, func(c workflow.Case,
		a workflow.Actor) (workflow.Outcome, error) {
		return s.judge(c, a, judge)
	})
}

// judge lets a judgement decide with the case's own chain.
func (s *Service) judge(c workflow.Case, a workflow.Actor, judge judgement) (workflow.Outcome, error) {
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return workflow.Outcome{}, fmt.Errorf("case %d: %w", c.ID, err)
	}
	out, err := s.dated(judge(ch, c, a))
	return s.spaced(c, out, err)
}

// EscalateMany takes the turns of several cases in one transaction, one of each case. errs[i] says what became of
// turns[i]: nil it was taken, ErrMovedOn nothing is owed, ErrBusy another holds the case, ErrAlone it must be taken by
// Escalate.
func (s *Service) EscalateMany(ctx context.Context, turns []workflow.Turn) (errs []error, err error) {
	ids := make([]workflow.CaseID, 0, len(turns))
	first := make(map[workflow.CaseID]workflow.Turn, len(turns))
	errs = make([]error, len(turns))
	for i, t := range turns {
		if _, ok := first[t.Case]; ok {
			errs[i] = workflow.ErrBusy // the next time
			continue
		}
		first[t.Case] = t
		ids = append(ids, t.Case)
	}
	at, county := s.Now(), s.county()
	failed, err := s.store.UpdateMany(ctx, ids, func(c workflow.Case) (workflow.Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return workflow.Outcome{}, err
		}
		t := first[c.ID]
		if ch.Acts(c, t) {
			return workflow.Outcome{}, workflow.ErrNotBatchable
		}
		out, err := ch.Escalate(c, t.Deadline, t.Run, t.Rung, at, county)
		return s.spaced(c, out, err)
	})
	if err != nil {
		return nil, err
	}
	for i, t := range turns {
		if errs[i] == nil {
			errs[i] = failed[t.Case]
		}
	}
	return errs, nil
}

// RecountMany brings the open deadlines of cases up to date with the county's calendar, where another process began
// them under an older one. The errors are those of EscalateMany.
func (s *Service) RecountMany(ctx context.Context, ids []workflow.CaseID) (map[workflow.CaseID]error, error) {
	at, county := s.Now(), s.county()
	return s.store.UpdateMany(ctx, ids, func(c workflow.Case) (workflow.Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return workflow.Outcome{}, err
		}
		out, _, err := recount.Recount(ch, c, workflow.BySystem, at, county)
		return s.spaced(c, out, err)
	})
}

// ImportCalendar puts new notices of the State Council in force and recounts every open deadline, in one transaction;
// with dry it only tells what would move. by 0 is the program itself.
func (s *Service) ImportCalendar(ctx context.Context, by workflow.OfficerID, years []calendar.Year,
	dry bool) (workflow.Imported, error) {
	at, county := s.Now(), s.county()
	for _, y := range years {
		if err := y.Plausible(calendar.DayOf(at)); err != nil {
			return workflow.Imported{}, err
		}
	}
	was := county.Calendar
	return s.store.ImportCalendar(ctx, by, years, dry,
		func(cal *calendar.Calendar, c workflow.Case, a workflow.Actor) (workflow.Outcome, []workflow.Recounted, error) {
			ch, err := s.chains.At(c.Chain, c.ChainVersion)
			if err != nil {
				return workflow.Outcome{}, nil, err
			}
			county := county
			county.Calendar = cal
			out, moved, err := recount.Recount(ch, c, a, at, county, was)
			if err == nil {
				out, err = s.spaced(c, out, nil)
			}
			return out, moved, err
		})
}

// Explain enters what the late office says to a breach. It fails with *Refusal where another office was late or it was
// ruled on already, with *Invalid without a text, and as Move does.
func (s *Service) Explain(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	e workflow.Explanation) (workflow.Case, error) {
	e.At = s.Now()
	return s.updateBreach(ctx, id, by, key, func(ch workflow.Chain, c workflow.Case, a workflow.Actor,
		b workflow.Breach) (workflow.Outcome, error) {
		return breaches.Explain(ch, c, a, b, e)
	})
}

// Rule enters the auditor's ruling on a breach, and closes it where the case has moved on. It fails with *Refusal for
// anyone but the auditor and on a closed breach, with *Invalid without a ground, and as Move does.
func (s *Service) Rule(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	r workflow.Ruling) (workflow.Case, error) {
	r.At = s.Now()
	return s.updateBreach(ctx, id, by, key, func(ch workflow.Chain, c workflow.Case, a workflow.Actor,
		b workflow.Breach) (workflow.Outcome, error) {
		return breaches.Rule(ch, c, a, b, r)
	})
}

// Clear closes a breach (销号) that was ruled on once its case has moved on: the rung zero. ErrMovedOn where it is not
// so.
func (s *Service) Clear(ctx context.Context, id workflow.BreachID) error {
	at := s.Now()
	_, err := s.updateBreach(ctx, id, 0, "", func(ch workflow.Chain, c workflow.Case, _ workflow.Actor,
		b workflow.Breach) (workflow.Outcome, error) {
		return breaches.Clear(ch, c, b, at)
	})
	return err
}

func (s *Service) updateBreach(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	judge func(workflow.Chain, workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome,
		error)) (workflow.Case, error) {
	return s.store.UpdateBreach(ctx, id, by, key, func(c workflow.Case, a workflow.Actor,
		b workflow.Breach) (workflow.Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return workflow.Outcome{}, fmt.Errorf("case %d: %w", c.ID, err)
		}
		return judge(ch, c, a, b)
	})
}
