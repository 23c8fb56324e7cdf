package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/workflow/calendar"
)

// Payload is the data sent with a move or a record, validated when it is decoded into a Form: at the edge
// against the form's JSON Schema, inside the program as the value it already is. Decode fails with
// *Invalid. now is the instant of the move, for checks of dates.
type Payload interface {
	Decode(into any, now time.Time) error
}

// Move is one action on one case.
type Move struct {
	Do     Verb
	To     State // the chosen stage where an action leads to one of several
	Reason string
	Data   Payload
	Seen   int    // Case.Seen that the page showed
	Asked  string // tells one request from another under the same key; kept beside it
	By     Actor
	At     time.Time // one instant per move; set by the Service, truncated to microseconds
}

// Recording is something written on a case that does not move it.
type Recording struct {
	Kind  RecordKind
	Data  Payload
	Asked string // as of a Move
	By    Actor
	At    time.Time
}

// Opening is a new application.
type Opening struct {
	Chain       ChainID
	Household   HouseholdID
	Application Payload
	Key         string // one-time key of the submission; "" is none
	Asked       string // as of a Move
	By          Actor
	At          time.Time
}

// Entry is one line of the history. The store adds number, previous hash and hash.
type Entry struct {
	At     time.Time
	By     Actor
	Verb   string // the verb, the record kind, "open", "material", or the event of a rung
	From   State
	To     State
	Reason string
	Data   json.RawMessage // as accepted; never an ID number or phone in clear
	Rung   RungName
	Rule   Rule
}

// Message is one row of the outbox: what must be told, written with the move and sent afterwards.
type Message struct {
	Topic string   `json:"topic"` // "moved", "recorded", "rung"
	Tells []Party  `json:"tells"` // resolved to the offices of the case's own village, township or county
	Verb  string   `json:"verb"`
	State State    `json:"state"`
	Rung  RungName `json:"rung,omitempty"`
}

// Fired is the rung whose turn it was, with the guard that makes it fire once.
type Fired struct {
	Deadline   DeadlineID
	Generation int
	Rung       RungName
	Tell       []Party // each gets a notice on its task list in the same transaction
}

// Outcome is everything one judgement wants written: all of it or nothing.
type Outcome struct {
	Case    Case // after it; the store fills Step, Head, document numbers and row ids
	Entry   Entry
	Moved   bool         // the stage changed: close the old stage row, open the new
	Close   []DeadlineID // deadlines that end here
	Start   []Deadline   // deadlines that begin here
	Advance []Deadline   // deadlines whose next rung changed
	Issue   []Document   // to be numbered, in this order, and added to Case.File.Documents
	Record  *Record      // to be added to the records and to Case.File.Records
	Message *Message
	Fired   *Fired
	Suspend []Suspension // entries of the suspension ledger that begin or end here, known by their notice number
	Breach  *Breach      // opened here (ID 0), or as it has become
	Left    *Spent       // how the stage that was left stood; nil unless a maximum ran against an office in it
	Assign  *string      // login of who takes charge in the acting office; "" is the actor himself
	Printed *Printed     // a paper to be kept
	Asked   string       // what was asked under the key, kept beside it
	Quiet   bool         // only deadlines are brought up to date, and nothing that people see changes: no line is written
}

// Spent is how a stage stood when it was left, kept for the county's statistics.
type Spent struct {
	WarnAt    time.Time
	DueBefore time.Time
	Working   time.Duration // working time in the stage, suspensions left out
}

// Recounted is one open deadline that another calendar moves.
type Recounted struct {
	Case     CaseID
	Number   string
	Stage    State
	Limit    LimitID
	Was, Is  calendar.Day
	Held     bool   // it was due already: it stays, and is only recorded
	Settled  bool   // it was provisional and is no longer
	Why      string // the days that changed, in Chinese
	Division string
}

// Imported is what an import of notices did, or would do.
type Imported struct {
	Version int   // of the calendar after it; unchanged where nothing differs
	Years   []int // that differ from what was in force
	Moves   []Recounted
}

// Store keeps cases. Implementations write everything of an Outcome in one transaction, or nothing.
type Store interface {
	// Create writes a new draft: number, first history line, stage row. It fails with ErrNotFound when the
	// household is outside the actor's area. A key that the same officer used before returns *Replayed.
	Create(ctx context.Context, by OfficerID, household HouseholdID, key string, judge func(Case, Actor) (Outcome, error)) (Case, error)
	// Update locks the case, reads it and the officer's rights, lets judge decide, and writes the outcome.
	// by 0 is the system. A key that was used before by the same officer on the same case returns
	// *Replayed and writes nothing. It fails with ErrNotFound outside the officer's area, before anything is judged.
	Update(ctx context.Context, id CaseID, by OfficerID, key string, judge func(Case, Actor) (Outcome, error)) (Case, error)
	// UpdateInTurn is Update with several judgements, each on the case that the one before has left, all in one transaction: one
	// line of the history for each outcome, or nothing at all. The key is that of all of them.
	UpdateInTurn(ctx context.Context, id CaseID, by OfficerID, key string, judges ...func(Case, Actor) (Outcome, error)) (Case, error)
	// UpdateMany judges cases as the system and writes what each judgement wants, all in one transaction. The cases are read
	// without their Application and File, so an outcome may not move one, add to its file, or issue anything. A case that
	// another holds fails with ErrBusy and one whose judgement fails with its error; both stay as they are and keep no other back.
	UpdateMany(ctx context.Context, ids []CaseID, judge func(Case) (Outcome, error)) (failed map[CaseID]error, err error)
	// UpdateBreach is Update on the case of a breach, which is read under the same lock. ErrNotFound as there.
	UpdateBreach(ctx context.Context, id BreachID, by OfficerID, key string, judge func(Case, Actor, Breach) (Outcome, error)) (Case, error)
	// Object keeps a petition and writes what judge decides on its case under the number of the petition, in one transaction. once
	// is the key of the form: sent again, it gives the number that it gave first and judges nothing. It fails with ErrNotFound
	// without such a case, with *Invalid where the petition cannot be kept, and with ErrStale where the key was used for another.
	Object(ctx context.Context, p Petition, once string, judge func(number string, c Case) (Outcome, error)) (number string, err error)
	// ImportCalendar makes a new version of the calendar and lets judge recount every open case under it, in one transaction;
	// dry writes nothing. by 0 is the system. Where no notice differs from what is in force nothing happens.
	ImportCalendar(ctx context.Context, by OfficerID, years []calendar.Year, dry bool,
		judge func(*calendar.Calendar, Case, Actor) (Outcome, []Recounted, error)) (Imported, error)
	// Read gives a case within the officer's area, without a lock; ErrNotFound otherwise.
	Read(ctx context.Context, id CaseID, by OfficerID) (Case, Actor, error)
}

// County is what the county has set: its calendar and its parameters. One value serves one judgement.
type County struct {
	Calendar    *calendar.Calendar
	Parameters  Parameters
	Contractors map[string]Contractor // the register, by code
}

// Parameters are the county's settings that the readings leave to it (config keys of the rule list).
type Parameters struct {
	HomesteadStandard       Decimal         // largest homestead in ㎡ (Land Law Art. 62(1)); 0: not set, not checked
	MeetingBody             string          // A3 meeting.body; "" is group_villager_meeting
	Mandate                 Mandate         // A12 issuer.planning_permit
	ProofBeforeRegistration bool            `json:",omitempty"` // A24 bu.require_safety_proof_before_registration
	Purchase                Purchase        `json:",omitzero"`  // R13–R20, A28; zero is off
	Promises                map[LimitID]int `json:",omitempty"` // days that the county promises instead of the limit's own; see Promise
	Messages                Messages        `json:",omitzero"`  // the words around what a message says
	Hours                   calendar.Hours  `json:",omitempty"` // opening hours, in which work is measured; none: calendar.OfficeHours
}

// WorkHours are the opening hours in force.
func (p Parameters) WorkHours() calendar.Hours {
	if len(p.Hours) == 0 {
		return calendar.OfficeHours
	}
	return p.Hours
}

// Messages are the words of the county around what a message tells: between them stand numbers of cases, stages and due days, and nothing
// of any person.
type Messages struct {
	Sign string `json:"sign,omitempty"` // who writes, in front: 安居 where empty
	Ask  string `json:"ask,omitempty"`  // what is asked, at the end; the program's own words where empty
}

// Signature stands in front of every message.
func (m Messages) Signature() string {
	if m.Sign == "" {
		return "【安居】"
	}
	return "【" + m.Sign + "】"
}

// openMost is the longest that a county may promise where the rules leave the limit open.
const openMost = 90

// Promise is the limit as the county keeps it: a shorter one where it has promised fewer days than the law, its own where the rules leave the
// limit open. What the law fixes cannot be made longer, and a minimum not shorter: such a promise does not count.
func (p Parameters) Promise(l Limit) Limit {
	if n := p.Promises[l.ID]; l.MayPromise(n) {
		l.N = n
	}
	return l
}

// MayPromise tells whether the county may promise n instead of the limit's own days.
func (l Limit) MayPromise(n int) bool {
	switch {
	case n < 1 || l.Bound == calendar.Min || l.Until != "":
		return false
	case l.Statutory:
		return n <= l.N
	}
	return n <= openMost
}

// Mandate is the written commission under which a township issues planning permits (R59, A12).
type Mandate struct {
	Number string       `json:"number"`
	Issuer Party        `json:"issuer"` // in whose name: county_natural_resources_bureau, or county_approval_bureau
	From   calendar.Day `json:"from"`
	To     calendar.Day `json:"to"` // last day; 0: no end
}

// Valid tells whether the mandate covers a day.
func (m Mandate) Valid(d calendar.Day) bool {
	return m.Number != "" && d >= m.From && (m.To == 0 || d <= m.To)
}

// Service takes moves and records. It is safe for use by many goroutines.
type Service struct {
	store  Store
	chains Chains
	county func() County
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
func NewService(store Store, chains Chains, county func() County, now func() time.Time, options ...Option) *Service {
	s := &Service{store: store, chains: chains, county: county, now: now}
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
func (s *Service) dated(out Outcome, err error) (Outcome, error) {
	if err == nil && (len(out.Issue) > 0 || out.Printed != nil) {
		err = s.MayDate()
	}
	return out, err
}

// spaced keeps the next rung of each ladder the least time away from the last: from the one that fires now, and where a
// ladder is only counted anew, by the instant at which it stood.
func (s *Service) spaced(was Case, out Outcome, err error) (Outcome, error) {
	if s.apart == 0 || err != nil {
		return out, err
	}
	end := s.Now().Add(s.apart)
	for i, d := range out.Advance {
		var earliest time.Time
		if out.Fired != nil && out.Fired.Deadline == d.ID {
			earliest = end
		} else if j := slices.IndexFunc(was.Deadlines, func(w Deadline) bool { return w.ID == d.ID && w.Next == d.Next }); j >= 0 {
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
func (s *Service) Chains() Chains { return s.chains }

// Now is the service's clock, truncated to what the database keeps.
func (s *Service) Now() time.Time { return s.now().Truncate(time.Microsecond).UTC() }

// County gives the county's settings in force.
func (s *Service) County() County { return s.county() }

// Open enters a new application as a draft. It fails with *Refusal where the officer may not open it and with
// *Invalid where the application does not hold.
func (s *Service) Open(ctx context.Context, by OfficerID, o Opening) (Case, error) {
	chain, err := s.chains.Newest(o.Chain)
	if err != nil {
		return Case{}, err
	}
	o.At = s.Now()
	return s.store.Create(ctx, by, o.Household, o.Key, func(c Case, a Actor) (Outcome, error) {
		o.By = a
		out, err := chain.open(c, o, s.county())
		if err == nil {
			err = s.MayDate() // the number of a case carries its day
		}
		out.Asked = o.Asked
		return out, err
	})
}

// Move takes one action on one case: locked, decided and recorded, or nothing. It fails with ErrNotFound,
// *Refusal (ErrStale, ErrNotOpen, ErrWrongParty, ErrBlocked), *Invalid or *Replayed.
func (s *Service) Move(ctx context.Context, id CaseID, by OfficerID, key string, m Move) (Case, error) {
	m.At = s.Now()
	return s.update(ctx, id, by, key, asking(m.Asked, func(ch Chain, c Case, a Actor) (Outcome, error) {
		m.By = a
		return ch.Decide(c, m, s.county())
	}))
}

// Record writes what does not move the case. It fails as Move does.
func (s *Service) Record(ctx context.Context, id CaseID, by OfficerID, key string, r Recording) (Case, error) {
	r.At = s.Now()
	return s.update(ctx, id, by, key, asking(r.Asked, func(ch Chain, c Case, a Actor) (Outcome, error) {
		r.By = a
		return ch.Enter(c, r, s.county())
	}))
}

// PartError says which of several things entered together was refused: a record by its place, or the move, which comes last.
type PartError struct {
	Part int
	Err  error
}

// Error implements error.
func (e *PartError) Error() string { return fmt.Sprintf("part %d: %v", e.Part+1, e.Err) }

// Unwrap lets errors.Is and errors.As find the cause.
func (e *PartError) Unwrap() error { return e.Err }

// Submit writes records and takes the move that they lead to, all or nothing: each is judged on the case as those before it leave it,
// the move as if the page had shown the case with the records on it. It fails as Record and Move do, with *PartError around what was
// refused, and writes nothing then.
func (s *Service) Submit(ctx context.Context, id CaseID, by OfficerID, key string, records []Recording, m Move) (Case, error) {
	at := s.Now()
	judges := make([]func(Case, Actor) (Outcome, error), 0, len(records)+1)
	add := func(judge func(Chain, Case, Actor) (Outcome, error)) {
		part := len(judges)
		judges = append(judges, func(c Case, a Actor) (Outcome, error) {
			out, err := s.judge(c, a, judge)
			if err != nil {
				err = &PartError{part, err}
			}
			return out, err
		})
	}
	for i, r := range records {
		add(func(ch Chain, c Case, a Actor) (Outcome, error) {
			if i == 0 && c.Seen != m.Seen {
				return Outcome{}, &Refusal{Why: ErrStale, State: c.State, Verb: string(m.Do)}
			}
			r.At, r.By = at, a
			return ch.Enter(c, r, s.county())
		})
	}
	add(func(ch Chain, c Case, a Actor) (Outcome, error) {
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
func (s *Service) Attach(ctx context.Context, id CaseID, by OfficerID, key, asked string, m Material) (Case, error) {
	m.At = s.Now()
	return s.update(ctx, id, by, key, asking(asked, func(ch Chain, c Case, a Actor) (Outcome, error) {
		m.By = a.Officer
		return ch.attach(c, a, m)
	}))
}

type judgement = func(Chain, Case, Actor) (Outcome, error)

// asking adds to the outcome of a judgement what was asked.
func asking(asked string, judge judgement) judgement {
	return func(ch Chain, c Case, a Actor) (Outcome, error) {
		out, err := judge(ch, c, a)
		out.Asked = asked
		return out, err
	}
}

// MayAttach judges whether an officer may hand in a scan under a code, or under any at all where code is empty, before a byte of it
// is kept. It writes nothing and fails as Attach does; Attach judges again under the lock of the case.
func (s *Service) MayAttach(ctx context.Context, id CaseID, by OfficerID, code string) error {
	c, a, err := s.store.Read(ctx, id, by)
	if err != nil {
		return err
	}
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return fmt.Errorf("case %d: %w", c.ID, err)
	}
	if code != "" {
		_, err = ch.mayAttach(c, a, code)
		return err
	}
	var refused error = &Refusal{Why: ErrNotOpen, State: c.State, Verb: "material"}
	for _, p := range ch.Papers {
		_, err := ch.mayAttach(c, a, p.Code)
		if err == nil {
			return nil
		}
		if errors.Is(refused, ErrNotOpen) {
			refused = err // that an officer never may says more than that it is not open now
		}
	}
	return refused
}

// Escalate takes one step of the ladder of a deadline. It fails with ErrMovedOn when the deadline was met,
// or this rung is not its next: nothing is owed then.
func (s *Service) Escalate(ctx context.Context, id CaseID, d DeadlineID, generation int, rung RungName) error {
	at := s.Now()
	_, err := s.update(ctx, id, 0, "", func(ch Chain, c Case, _ Actor) (Outcome, error) {
		return ch.Escalate(c, d, generation, rung, at, s.county())
	})
	return err
}

// View is a case with what the caller may do on it.
func (s *Service) View(ctx context.Context, id CaseID, by OfficerID) (View, error) {
	c, a, err := s.store.Read(ctx, id, by)
	if err != nil {
		return View{}, err
	}
	return s.Show(c, a)
}

// Disclose is View for what shows personal data in clear: papers, scans, archives, links to sign. It fails as View does, and with
// *Refusal (ErrRecused) where the officer belongs to the household.
func (s *Service) Disclose(ctx context.Context, id CaseID, by OfficerID) (View, error) {
	v, err := s.View(ctx, id, by)
	if err == nil && related(v.Case, v.Actor) {
		return View{}, &Refusal{Why: ErrRecused, State: v.Case.State, Verb: "disclose", Party: v.Office}
	}
	return v, err
}

// Show adds to a case, as just written, what the actor may do on it.
func (s *Service) Show(c Case, a Actor) (View, error) {
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return View{}, err
	}
	return ch.view(c, a, s.Now(), s.county())
}

func (s *Service) update(ctx context.Context, id CaseID, by OfficerID, key string, judge judgement) (Case, error) {
	return s.store.Update(ctx, id, by, key, func(c Case, a Actor) (Outcome, error) { return s.judge(c, a, judge) })
}

// judge lets a judgement decide with the case's own chain.
func (s *Service) judge(c Case, a Actor, judge judgement) (Outcome, error) {
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return Outcome{}, fmt.Errorf("case %d: %w", c.ID, err)
	}
	out, err := s.dated(judge(ch, c, a))
	return s.spaced(c, out, err)
}

// Turn names the turn of one rung of one deadline.
type Turn struct {
	Case       CaseID
	Deadline   DeadlineID
	Generation int
	Rung       RungName
}

// EscalateMany takes the turns of several cases in one transaction, one of each case. errs[i] says what became of turns[i]:
// nil it was taken, ErrMovedOn nothing is owed, ErrBusy another holds the case, ErrAlone it must be taken by Escalate.
func (s *Service) EscalateMany(ctx context.Context, turns []Turn) (errs []error, err error) {
	ids := make([]CaseID, 0, len(turns))
	first := make(map[CaseID]Turn, len(turns))
	errs = make([]error, len(turns))
	for i, t := range turns {
		if _, ok := first[t.Case]; ok {
			errs[i] = ErrBusy // the next time
			continue
		}
		first[t.Case] = t
		ids = append(ids, t.Case)
	}
	at, county := s.Now(), s.county()
	failed, err := s.store.UpdateMany(ctx, ids, func(c Case) (Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return Outcome{}, err
		}
		t := first[c.ID]
		if ch.acts(c, t) {
			return Outcome{}, ErrAlone
		}
		out, err := ch.Escalate(c, t.Deadline, t.Generation, t.Rung, at, county)
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

// RecountMany brings the open deadlines of cases up to date with the county's calendar, where another process began them
// under an older one. The errors are those of EscalateMany.
func (s *Service) RecountMany(ctx context.Context, ids []CaseID) (map[CaseID]error, error) {
	at, county := s.Now(), s.county()
	return s.store.UpdateMany(ctx, ids, func(c Case) (Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return Outcome{}, err
		}
		out, _, err := ch.Recount(c, BySystem, at, county)
		return s.spaced(c, out, err)
	})
}

// ImportCalendar puts new notices of the State Council in force and recounts every open deadline, in one transaction; with
// dry it only tells what would move. by 0 is the program itself.
func (s *Service) ImportCalendar(ctx context.Context, by OfficerID, years []calendar.Year, dry bool) (Imported, error) {
	at, county := s.Now(), s.county()
	for _, y := range years {
		if err := y.Plausible(calendar.DayOf(at)); err != nil {
			return Imported{}, err
		}
	}
	was := county.Calendar
	return s.store.ImportCalendar(ctx, by, years, dry, func(cal *calendar.Calendar, c Case, a Actor) (Outcome, []Recounted, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return Outcome{}, nil, err
		}
		county := county
		county.Calendar = cal
		out, moved, err := ch.Recount(c, a, at, county, was)
		if err == nil {
			out, err = s.spaced(c, out, nil)
		}
		return out, moved, err
	})
}

// Explain enters what the late office says to a breach. It fails with *Refusal where another office was late or it was
// ruled on already, with *Invalid without a text, and as Move does.
func (s *Service) Explain(ctx context.Context, id BreachID, by OfficerID, key string, e Explanation) (Case, error) {
	e.At = s.Now()
	return s.updateBreach(ctx, id, by, key, func(ch Chain, c Case, a Actor, b Breach) (Outcome, error) {
		return ch.explain(c, a, b, e)
	})
}

// Rule enters the auditor's ruling on a breach, and closes it where the case has moved on. It fails with *Refusal for
// anyone but the auditor and on a closed breach, with *Invalid without a ground, and as Move does.
func (s *Service) Rule(ctx context.Context, id BreachID, by OfficerID, key string, r Ruling) (Case, error) {
	r.At = s.Now()
	return s.updateBreach(ctx, id, by, key, func(ch Chain, c Case, a Actor, b Breach) (Outcome, error) {
		return ch.rule(c, a, b, r)
	})
}

// Clear closes a breach (销号) that was ruled on once its case has moved on: the rung zero. ErrMovedOn where it is not so.
func (s *Service) Clear(ctx context.Context, id BreachID) error {
	at := s.Now()
	_, err := s.updateBreach(ctx, id, 0, "", func(ch Chain, c Case, _ Actor, b Breach) (Outcome, error) {
		return ch.clear(c, b, at)
	})
	return err
}

func (s *Service) updateBreach(ctx context.Context, id BreachID, by OfficerID, key string,
	judge func(Chain, Case, Actor, Breach) (Outcome, error)) (Case, error) {
	return s.store.UpdateBreach(ctx, id, by, key, func(c Case, a Actor, b Breach) (Outcome, error) {
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return Outcome{}, fmt.Errorf("case %d: %w", c.ID, err)
		}
		return judge(ch, c, a, b)
	})
}
