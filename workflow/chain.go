package workflow

import (
	"encoding/json"
	"fmt"
	"slices"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Chain is one matter as a table: stages in the order the law walks them.
type Chain struct {
	ID            ChainID
	Title         string
	Version       int            // a change of law is a new version beside the old
	InForce       calendar.Day   // first day on which the version opens cases
	Matter        string         // short code in case numbers, e.g. HP
	Papers        []Paper        // what the applicant hands in (section 6 of the rule list)
	Follows       []ChainID      // one of them must be done before the first verb ahead of this one (A29)
	Form          Form           // the application
	Licence       bool           // it decides on a licence: what the Licensing Law says stands on no other matter (A19)
	Guides        glossary.Party // county bureau that guides the matter: it hears of delay after three working days
	Stages        []Stage
	CommonRecords []RecordRow // what may be written in every open stage

	Oversight  glossary.Party   // answers for the register of breaches
	Counter    glossary.Party   // where the applicant hands in his papers, or who found what the matter is about
	Opens      []glossary.Party // kinds of office that open cases
	Role       HouseRole        // what the matter is to a house
	Subject    Subject          // what the application describes
	BlankForms []BlankForm      // what an applicant may take home to fill in
	Basis      []string         // laws that its acceptance notice names
	Petitions  []PetitionRow    // who answers what people without an account send
	Route      func(*Case)      // fixes by the application who its parties are; nil where the place of the case says it
	Brief      func(Case, County) []Line
}

// HouseRole is what a matter is to a house (A29).
type HouseRole string

// The roles of a matter.
const (
	PermitsHouse HouseRole = "permits" // the house may be built
	StartsHouse  HouseRole = "starts"  // its building may begin
	AcceptsHouse HouseRole = "accepts" // its building has ended
	UsesHouse    HouseRole = "uses"    // it serves as business premises, which are checked again
	PolicesHouse HouseRole = "polices" // it was built against the law
	NoHouse      HouseRole = "none"
)

// Subject is what an application describes; pages draw and sum it up.
type Subject string

// The subjects.
const (
	PlotSubject     Subject = "plot"     // a plot and the house that is to stand on it
	BuildingSubject Subject = "building" // a house that is permitted
	PremisesSubject Subject = "premises"
	FindingSubject  Subject = "finding"
	OtherSubject    Subject = "other"
)

// BlankForm is a form that a matter begins with.
type BlankForm struct {
	Form, Title string
}

// Line is one line of what the deciding officer sees first.
type Line struct {
	Label, Value string
}

// Blank tells whether a matter begins with the form.
func (ch Chain) Blank(form string) bool {
	return slices.ContainsFunc(ch.BlankForms, func(b BlankForm) bool { return b.Form == form })
}

// Stage is one row of a chain.
type Stage struct {
	State       glossary.State
	By          glossary.Party // who must act
	Within      Limit          // the stage's own limit; zero where Untimed says why
	Untimed     string         // reason why no clock runs: draft, signing, waiting for the applicant
	OtherLimits []Limit
	Actions     []Action
	Records     []RecordRow
	Late        []Rung
	Ends        Ending // set on terminal stages only
	Name        string // what the chain calls the state where that is not its own name (A19)
}

// Action is one verb open in a stage. It changes the state; what does not is a RecordRow.
type Action struct {
	Do            glossary.Verb
	Title         string
	To            Target
	By            glossary.Party // who may do it; the stage's party where empty
	Signed        bool           // only by the head, never by the one who typed the application in (A36)
	Reason        bool           // a written reason is owed
	MainLine      bool           // on the main line: not return, refusal, correction, withdrawal
	Needs         Conditions     // all of them, or a refusal that names every unmet one
	Data          Form           // what is sent with it; nil for nothing
	Under         law.Article
	Rule          law.Rule
	Issues        []IssueRow // numbered in this order, in the transaction of the move (A12)
	Effects       []Effect
	Tells         []glossary.Party
	Marks         []glossary.Mark // instants of the case that this action sets
	Stops         []law.LimitID   // limits that it meets, though the next stage would go on with them
	KeepsDeadline bool            // a stage entered by it goes on with the clock it had: taking back gains no days
}

// Party that may take the action in the given stage.
func (a Action) Party(st Stage) glossary.Party {
	if a.By != "" {
		return a.By
	}
	return st.By
}

// Target is where an action leads: one state, or one of several chosen by Pick.
type Target struct {
	States []glossary.State
	Choice string // how the target is chosen, for readers; empty when there is one
	Pick   func(Facts) glossary.State
}

// To leads to one state.
func To(s glossary.State) Target { return Target{States: []glossary.State{s}} }

// RecordRow is what may be written in a stage without moving the case.
type RecordRow struct {
	Kind            glossary.RecordKind
	By              []glossary.Party // who may write it; where Each, every one of them owes his own
	Each            bool
	Optional        bool // nothing on the main line waits for it
	Data            Form
	Rule            law.Rule
	Under           law.Article
	Marks           []glossary.Mark
	Effects         []Effect
	Issues          []IssueRow
	ByLink          bool             // may be signed through a one-time link
	When            Conditions       // when it may be written at all; empty for always
	Signed          bool             // only by the head
	KeepsPagesFresh bool             // beside the decision: a page that was open meanwhile is not stale
	Beyond          bool             // of the common rows: may be written after the end of the case too
	Tells           []glossary.Party // the stage's party where empty
	Starts          []Clock          // limits that begin with it and live in every stage where it may be written
	Stops           []law.LimitID    // limits that it meets
}

// Clock is a limit with who owes it and its ladder.
type Clock struct {
	Limit Limit
	By    glossary.Party
	Late  []Rung
}

// Rung is one step of a ladder: it tells, or does what the law itself does at expiry. It never decides.
type Rung struct {
	Name  RungName
	After calendar.Limit // counted from the due day; zero: at the instant the name gives
	Tell  []glossary.Party
	Do    glossary.Verb // a system action of the stage; empty: tell only
	Under law.Article
}

// Limit is a limit of the register as a row runs it: what it counts from, and where.
type Limit struct {
	law.Term
	From  glossary.Mark // what it counts from; empty: the entry into the stage
	Until glossary.Mark // the day it lasts to, where a notice states it (A25); N is one then
	Only  *Condition    // where it holds the limit runs; nil: always
	// the record of which each office that owes one owes the limit too, until it is written; "": the limit is owed by the
	// office that has the case
	OwedWith glossary.RecordKind
}

// Count counts a limit of the register from the entry into the stage.
func Count(t law.Term) Limit { return Limit{Term: t} }

// Since counts the limit from a mark instead of the entry into the stage.
func (l Limit) Since(m glossary.Mark) Limit { l.From = m; return l }

// To ends the limit on the day that a mark states (A25).
func (l Limit) To(m glossary.Mark) Limit { l.Until = m; return l }

// Where runs the limit only where a condition holds as the stage is entered.
func (l Limit) Where(c Condition) Limit { l.Only = &c; return l }

// With charges the limit to each office that owes a record of the kind, until it has written it.
func (l Limit) With(k glossary.RecordKind) Limit { l.OwedWith = k; return l }

// Stage finds a stage by state; false when the chain has none.
func (ch Chain) Stage(s glossary.State) (Stage, bool) {
	for _, st := range ch.Stages {
		if st.State == s {
			return st, true
		}
	}
	return Stage{}, false
}

// Action finds the row of a verb in a stage; false when the verb is not open there.
func (st Stage) Action(v glossary.Verb) (Action, bool) {
	for _, a := range st.Actions {
		if a.Do == v {
			return a, true
		}
	}
	return Action{}, false
}

// Records lists what may be written in a stage: its own rows, and those of every open stage with the stage's party in
// the place of Holder; after the end of the case those that reach beyond it.
func (ch Chain) Records(st Stage) []RecordRow {
	rows := slices.Clip(st.Records)
	for _, r := range ch.CommonRecords {
		if ch.Unsent(st) || st.Ends != "" && !r.Beyond {
			continue
		}
		r.By = slices.Clone(r.By)
		for i := range r.By {
			if r.By[i] == glossary.Holder {
				r.By[i] = st.By
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// RecordRow finds the row of a record kind in a stage; false when it is not written there.
func (ch Chain) RecordRow(st Stage, k glossary.RecordKind) (RecordRow, bool) {
	for _, r := range ch.Records(st) {
		if r.Kind == k {
			return r, true
		}
	}
	return RecordRow{}, false
}

// Clock finds the limit of a deadline with its ladder, as the stage it began in writes it. What spans several stages is
// owed by the office that has the case now, and a maximum climbs the ladder above that office.
func (ch Chain) Clock(d Deadline, now glossary.State) (Clock, bool) {
	st, _ := ch.Stage(d.Stage)
	if l, ok := FindLimit(st, d.Limit); ok {
		c := Clock{Limit: l, By: st.By, Late: st.Late}
		if here, ok := ch.Stage(now); ok && now != d.Stage && here.By != "" {
			c.By = here.By
			if _, spans := FindLimit(here, d.Limit); spans && l.Bound != calendar.Min {
				c.Late = here.Late
			}
		}
		if d.By != "" {
			c.By = d.By
		}
		return c, true
	}
	for _, r := range st.Records {
		for _, c := range r.Clocks() {
			if c.Limit.ID == d.Limit {
				return c, true
			}
		}
	}
	return Clock{}, false
}

// Clocks lists the limits that begin with the record, or with the service of what it issues.
func (r RecordRow) Clocks() []Clock {
	list := slices.Clone(r.Starts)
	for _, is := range r.Issues {
		list = append(list, is.Served.Starts...)
	}
	return list
}

// Owed is the stage's own maximum where it runs against an office: what statistics measure. "" without one.
func (st Stage) Owed() law.LimitID {
	if st.By == glossary.Applicant || st.Within.Bound == calendar.Min {
		return ""
	}
	return st.Within.ID
}

// Limits lists the limits that live in the stage: its own first.
func (st Stage) Limits() []Limit {
	if st.Within.ID == "" {
		return st.OtherLimits
	}
	return append([]Limit{st.Within}, st.OtherLimits...)
}

// Count is the deadline as the calendar counts it.
func (d Deadline) Count(l Limit) calendar.Count {
	return calendar.Count{From: d.StartedOn, Limit: l.Limit, Extend: d.Extend, Pauses: d.Pauses}
}

// openMost is the longest that a county may promise where the rules leave the limit open.
const openMost = 90

// Promise is the limit as the county promises to keep it: a shorter one where it has promised fewer days than the law, its own
// where the rules leave the limit open. What the law fixes cannot be made longer, and a minimum not shorter: such a
// promise does not count.
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

// Chains is the list of published chains, every version of each.
type Chains []Chain

// Paper finds a paper of the chain by its code; false without one.
func (ch Chain) Paper(code string) (Paper, bool) {
	i := slices.IndexFunc(ch.Papers, func(p Paper) bool { return p.Code == code })
	if i < 0 {
		return Paper{}, false
	}
	return ch.Papers[i], true
}

// Desk resolves a party to the kind of office that has it in a case of the chain.
func (ch Chain) Desk(p glossary.Party, c Case) glossary.Party {
	return p.At(ch.place(c))
}

func (ch Chain) place(c Case) glossary.Place {
	return glossary.Place{Counter: ch.Counter, Guides: ch.Guides, Authority: c.Authority, NoGroupLevel: c.NoGroupLevel,
		InsidePlanningArea: c.InsidePlanningArea}
}

// InName is the kind of office in the name of which a party of a case acts.
func (ch Chain) InName(p glossary.Party, c Case, county County) glossary.Party {
	return p.InName(ch.place(c), county.Parameters.Mandate.Issuer)
}

// Serving finds how the papers of a kind are served; false for a kind that the chain does not issue.
func (ch Chain) Serving(k glossary.DocumentKind) (Serving, bool) {
	for _, st := range ch.Stages {
		if s, ok := st.Serving(k); ok {
			return s, true
		}
	}
	return Serving{}, false
}

// Serving is what the rows of the stage say about the service of a paper.
func (st Stage) Serving(k glossary.DocumentKind) (Serving, bool) {
	for _, is := range st.issues() {
		if is.Doc == k {
			return is.Served, true
		}
	}
	return Serving{}, false
}

// issues lists the papers of every row of the stage.
func (st Stage) issues() []IssueRow {
	var list []IssueRow
	for _, a := range st.Actions {
		list = append(list, a.Issues...)
	}
	for _, r := range st.Records {
		list = append(list, r.Issues...)
	}
	return list
}

// Unsent tells whether the stage is that of an application not handed in yet.
func (ch Chain) Unsent(st Stage) bool {
	return st.By == glossary.Applicant && st.State == ch.Stages[0].State
}

// FindLimit finds a limit of a stage; false when it does not live there.
func FindLimit(st Stage, id law.LimitID) (Limit, bool) {
	for _, l := range st.Limits() {
		if l.ID == id {
			return l, true
		}
	}
	return Limit{}, false
}

// Opener is the kind of office at which a case of the chain is opened with an application: the counter of the matter,
// or the office that found what it is about.
func (ch Chain) Opener(application any) glossary.Party {
	var c Case
	if raw, err := json.Marshal(application); err == nil && application != nil {
		c.Application = raw
	}
	ch.Place(&c)
	return ch.Desk(ch.Stages[0].By, c)
}

// MayOpen tells whether offices of a kind open cases of the chain, whatever the application says.
func (ch Chain) MayOpen(kind glossary.Party) bool { return slices.Contains(ch.Opens, kind) }

// Place fixes what the application says about who its parties are.
func (ch Chain) Place(c *Case) {
	if ch.Route != nil {
		ch.Route(c)
	}
}

// Limit finds the limit that a deadline counts, as the stage it started in writes it.
func (ch Chain) Limit(d Deadline) (Limit, bool) {
	c, ok := ch.Clock(d, d.Stage)
	return c.Limit, ok
}

// Title says what the limit limits, for a person: the stage that it stands in, or its own name.
func (l Limit) Title(st Stage) string {
	if l.Spans {
		return l.Name
	}
	return st.State.Title()
}

// Parties lists parties inside a row.
func Parties(p ...glossary.Party) []glossary.Party { return p }

// Limits lists the limits that a record meets.
func Limits(list ...law.Term) []law.LimitID {
	ids := make([]law.LimitID, len(list))
	for i, l := range list {
		ids[i] = l.ID
	}
	return ids
}

// Marks lists the instants that an action sets.
func Marks(m ...glossary.Mark) []glossary.Mark { return m }

// Rows joins the records of a stage.
func Rows(groups ...[]RecordRow) []RecordRow { return slices.Concat(groups...) }

// Signable tells whether a record of the kind may be signed through a link now, and which office takes it.
func (ch Chain) Signable(c Case, k glossary.RecordKind) (RecordRow, bool) {
	st, _ := ch.Stage(c.State)
	row, ok := ch.RecordRow(st, k)
	return row, ok && row.ByLink
}

// Of lists the ids of the chains of a role.
func (cs Chains) Of(role HouseRole) []ChainID {
	var ids []ChainID
	for _, c := range cs {
		if c.Role == role && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// Newest gives the version that opens new cases; ErrNoChain when there is none of the name.
func (cs Chains) Newest(id ChainID) (Chain, error) {
	var found *Chain
	for i := range cs {
		if cs[i].ID == id && (found == nil || cs[i].Version > found.Version) {
			found = &cs[i]
		}
	}
	if found == nil {
		return Chain{}, fmt.Errorf("chain %q: %w", id, ErrNoChain)
	}
	return *found, nil
}

// At gives the version under which a case runs and ends; ErrNoChain when it is not published any more.
func (cs Chains) At(id ChainID, version int) (Chain, error) {
	i := slices.IndexFunc(cs, func(c Chain) bool { return c.ID == id && c.Version == version })
	if i < 0 {
		return Chain{}, fmt.Errorf("chain %q version %d: %w", id, version, ErrNoChain)
	}
	return cs[i], nil
}

// Desk resolves a party of a case to the kind of office that has it, as the chain of the case has it. A case
// that names no version, as a row of a list does, is resolved by the newest.
func (cs Chains) Desk(p glossary.Party, c Case) glossary.Party {
	ch, err := cs.At(c.Chain, c.ChainVersion)
	if err != nil {
		ch, _ = cs.Newest(c.Chain) // of a chain that is not published any more the place of the case decides
	}
	return ch.Desk(p, c)
}

// All gives the newest version of each chain, in the order of the list.
func (cs Chains) All() Chains {
	var all Chains
	for _, c := range cs {
		if n, err := cs.Newest(c.ID); err == nil && n.Version == c.Version {
			all = append(all, c)
		}
	}
	return all
}
