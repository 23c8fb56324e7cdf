package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/qmuntal/stateless"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Decide judges one move: the new state, the line of history, the deadlines that end and begin, the papers to
// number, whom to tell. It writes nothing. It fails with *Refusal (stale page, not open, wrong party, unmet conditions:
// in that order) or *Invalid.
func (ch Chain) Decide(c Case, m Move, county County) (Outcome, error) {
	st, ok := ch.Stage(c.State)
	if !ok {
		return Outcome{}, fmt.Errorf("case %d is in state %q, which chain %s version %d lacks", c.ID, c.State, ch.ID,
			ch.Version)
	}
	if m.By.Kind != glossary.System && m.Seen != c.Seen {
		return Outcome{}, &Refusal{Why: ErrStale, State: c.State, Verb: string(m.Do), Party: st.By}
	}
	a, ok := st.Action(m.Do)
	if !ok || m.To != "" && !slices.Contains(a.To.States, m.To) {
		return Outcome{}, &Refusal{Why: ErrNotOpen, State: c.State, Verb: string(m.Do), Party: st.By}
	}
	if r := ch.entitled(c, st, a, m.By); r != nil {
		return Outcome{}, r
	}
	data, raw, err := m.decodeForm(a.Data, c)
	if err != nil {
		return Outcome{}, err
	}
	if a.Reason && strings.TrimSpace(m.Reason) == "" {
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "reason", Message: "请写明理由", Rule: a.Rule}}}
	}
	f := Facts{Chain: ch, Case: c, By: m.By, County: county, Now: m.At, Data: data}
	if f.Case, err = prepare(c, a.Effects, f); err != nil {
		return Outcome{}, err
	}
	var refused *Refusal
	fsm := ch.machine(st, f, func(a Action) *Refusal {
		refused = ch.blocked(st, a, f)
		return refused
	})
	if err := fsm.FireCtx(context.Background(), m.Do); err != nil {
		if refused != nil {
			return Outcome{}, refused
		}
		return Outcome{}, fmt.Errorf("fire %s in %s: %w", m.Do, c.State, err)
	}
	to := fsm.MustState().(glossary.State)
	if m.To != "" && m.To != to {
		return Outcome{}, &Refusal{Why: ErrNotOpen, State: c.State, Verb: string(m.Do), Party: st.By}
	}
	entry := Entry{At: m.At, By: m.By, Verb: string(m.Do), From: c.State, To: to, Reason: m.Reason, Data: raw,
		Rule: a.Rule}
	return ch.apply(f, st, a, to, entry)
}

// longestUntyped is for how many days before an application was typed in its papers may have lain with an office.
const longestUntyped = 60

// apply writes down what follows from an action that fired.
func (ch Chain) apply(f Facts, from Stage, a Action, to glossary.State, entry Entry) (Outcome, error) {
	c, county := f.Case, f.County
	next, ok := ch.Stage(to)
	if !ok {
		return Outcome{}, fmt.Errorf("chain %s has no stage %q", ch.ID, to)
	}
	before := c.Since()
	c.File = c.File.clone()
	out := Outcome{Case: c, Entry: entry, Moved: true,
		Message: &Message{Topic: "moved", Tells: a.Tells, Verb: entry.Verb, State: to}}
	if err := follow(&out, a.Effects, f); err != nil {
		return Outcome{}, err
	}
	c = out.Case
	for _, m := range a.Marks {
		c.File.Marks[m] = entry.At
	}
	if entry.By.Kind != glossary.System {
		c.Seen++
	}
	out.StageStats = ch.spent(c, before, from, entry.At, county)
	c.State, c.EnteredAt = to, entry.At
	c.File.Handed = &Handed{By: a.Party(from), Since: before}
	if ch.Unsent(from) {
		c.File.Handed.Since -= longestUntyped
	}
	if next.Ends != "" {
		closed := entry.At
		c.ClosedAt, c.Outcome = &closed, next.Ends
	}
	if err := ch.startDeadlines(&out, c, next, a, entry.At, county); err != nil {
		return Outcome{}, err
	}
	out.Case = c
	ch.issue(&out, a.Issues, f)
	return out, nil
}

// Escalate judges the turn of one rung: a line in the history and who is told; where the row says so, what the law
// itself does (deemed acceptance). A red rung against an office opens the breach. It fails with ErrMovedOn when the
// deadline was met, the rung is not the next, or its instant has not come.
func (ch Chain) Escalate(c Case, id DeadlineID, generation int, name RungName, at time.Time,
	county County) (Outcome, error) {
	st, ok := ch.Stage(c.State)
	if !ok {
		return Outcome{}, fmt.Errorf("case %d is in state %q, which chain %s version %d lacks", c.ID, c.State, ch.ID,
			ch.Version)
	}
	i := slices.IndexFunc(c.Deadlines, func(d Deadline) bool { return d.ID == id && d.Live() && d.Run == generation })
	if i < 0 || c.Deadlines[i].Next != name || c.Deadlines[i].NextAt.IsZero() || at.Before(c.Deadlines[i].NextAt) {
		return Outcome{}, ErrNothingDue
	}
	d := c.Deadlines[i]
	clock, ok := ch.Clock(d, c.State)
	if !ok {
		return Outcome{}, fmt.Errorf("stage %s has no limit %s", d.Stage, d.Limit)
	}
	rungs := ladder(clock, d, county.Calendar)
	i = slices.IndexFunc(rungs, func(r rungAt) bool { return r.rung.Name == name })
	if i < 0 {
		return Outcome{}, ErrNothingDue
	}
	rung := rungs[i].rung
	d.Red = d.Red || name == RungRed
	d.advanceLadder(clock, county.Calendar, after(name))
	entry := Entry{At: at, By: BySystem, Verb: name.Verb(), From: c.State, To: c.State, Rung: name,
		Rule: clock.Limit.Rule, Reason: ch.saying(name, d, clock.Limit)}
	tell := append([]glossary.Party{clock.By}, rung.Tell...)
	if name == RungRed && d.Kind(clock.Limit) == Statutory {
		tell = append(tell, ch.next(st)...)
	}
	told := ch.Desks(c, tell)
	out := Outcome{Case: c, Entry: entry, Advance: []Deadline{d},
		Message: &Message{Topic: "rung", Tells: told, Verb: entry.Verb, State: c.State, Rung: name}}
	if rung.Do != "" && d.Limit == st.Within.ID && !d.Beside {
		a, ok := st.Action(rung.Do)
		if !ok {
			return Outcome{}, fmt.Errorf("stage %s has no action %s for its rung", st.State, rung.Do)
		}
		// What the law does is one move of the system: it closes this deadline and starts what follows.
		entry.Verb, entry.To, entry.Rule = string(a.Do), a.To.States[0], a.Rule
		entry.Reason += "；" + a.Title
		f := Facts{Chain: ch, Case: c, By: BySystem, County: county, Now: at}
		acted, err := ch.apply(f, st, a, a.To.States[0], entry)
		if err != nil {
			return Outcome{}, err
		}
		acted.Message.Rung, acted.Message.Topic = name, "rung"
		acted.Message.Tells = append(told, a.Tells...)
		acted.Advance = out.Advance
		out = acted
	}
	out.Fired = &Fired{Deadline: d.ID, Run: generation, Rung: name, Tell: told}
	if name == RungRed && clock.By != glossary.Applicant {
		b, err := ch.Missed(c, d, clock, at, county)
		if err != nil {
			return Outcome{}, err
		}
		out.Breach = &b
	}
	return out, nil
}

// saying is the line of a rung: which limit, under which article, and the day.
func (ch Chain) saying(name RungName, d Deadline, l Limit) string {
	began, _ := ch.Stage(d.Stage)
	day, on := "到期日", d.DueOn.String()
	switch {
	case name == RungEffect:
		day = "暂定到期日"
		on += "，该年放假安排尚未公布，按公布后不会更早的日期计算"
	case d.Beside:
		day = "承诺到期日"
	}
	return fmt.Sprintf("%s：%s，%s（%s）%s %s", name.Title(), l.Title(began), l.ID, l.Under, day, on)
}

// Desks resolves parties of a case, each office once.
func (ch Chain) Desks(c Case, parties []glossary.Party) []glossary.Party {
	var list []glossary.Party
	for _, p := range parties {
		if p = ch.Desk(p, c); !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// Missed is the entry of the register that a red rung opens.
func (ch Chain) Missed(c Case, d Deadline, clock Clock, at time.Time, county County) (Breach, error) {
	answer, err := county.Calendar.Due(calendar.Count{From: calendar.DayOf(at), Limit: law.Explain.Limit})
	if err != nil {
		return Breach{}, err
	}
	return Breach{Case: c.ID, Deadline: d.ID, Run: d.Run, Chain: ch.ID, Stage: c.State, Limit: d.Limit,
		Kind: d.Kind(clock.Limit), Rule: clock.Limit.Rule, Under: clock.Limit.Under, Party: ch.Desk(clock.By, c), DueBefore: d.DueBefore, OpenedAt: at,
		ExplainBy: answer.DueBefore}, nil
}

// Acts tells whether the turn of a rung does what the law does: it moves the case.
func (ch Chain) Acts(c Case, t Turn) bool {
	st, _ := ch.Stage(c.State)
	own := func(d Deadline) bool { return d.ID == t.Deadline && d.Limit == st.Within.ID && !d.Beside }
	acts := func(r Rung) bool { return r.Do != "" && (r.Name == t.Rung || t.Rung == RungEffect) }
	return slices.ContainsFunc(c.Deadlines, own) && slices.ContainsFunc(st.Late, acts)
}

// spent is how the stage stood that is left; nil unless a maximum ran against an office in it. Work is measured from
// the day the papers truly came (A35).
func (ch Chain) spent(c Case, since calendar.Day, from Stage, at time.Time, county County) *Spent {
	d, ok := c.LiveDeadline(from.Owed())
	if !ok {
		return nil
	}
	began := c.EnteredAt
	if since < calendar.DayOf(began) {
		began = since.Start()
	}
	s := &Spent{WarnAt: d.WarnAt, DueBefore: d.DueBefore,
		Working: county.Calendar.Between(county.Parameters.WorkHours(), began, at)}
	if from.Within.Decides {
		for _, p := range calendar.MergePauses(c.File.PausesSince(since)) {
			first, last := max(p.From+1, since).Start(), at
			if end := (p.To + 1).Start(); !p.Open && end.Before(at) {
				last = end
			}
			if first.Before(began) {
				first = began
			}
			s.Working -= county.Calendar.Between(county.Parameters.WorkHours(), first, last)
		}
	}
	if late := !at.Before(s.DueBefore); late && (d.Provisional || d.Paused) && !d.Red {
		s.DueBefore = at.Add(time.Microsecond) // a day that is not published, or that a stop has moved, is not overdue
	}
	if !from.Within.Statutory {
		s.Promised = s.DueBefore
	} else if p, ok := c.Promise(d); ok && p.DueBefore.Before(s.DueBefore) && (p.Red || !p.Provisional && !p.Paused) {
		s.Promised = p.DueBefore
	}
	return s
}

// next lists who acts after a stage on the main line: the next authority, told when this one is late.
func (ch Chain) next(st Stage) []glossary.Party {
	for _, a := range st.Actions {
		if a.MainLine {
			if to, ok := ch.Stage(a.To.States[0]); ok && to.By != "" && to.By != glossary.Applicant {
				return []glossary.Party{to.By}
			}
		}
	}
	return nil
}

// Record judges a record: what is written on a case without moving it. It fails as Decide does.
func (ch Chain) Record(c Case, r Recording, county County) (Outcome, error) {
	st, ok := ch.Stage(c.State)
	if !ok {
		return Outcome{}, fmt.Errorf("case %d is in state %q, which chain %s version %d lacks", c.ID, c.State, ch.ID,
			ch.Version)
	}
	refuse := func(why error) error { return &Refusal{Why: why, State: c.State, Verb: string(r.Kind), Party: st.By} }
	row, ok := ch.RecordRow(st, r.Kind)
	if !ok {
		return Outcome{}, refuse(ErrNotOpen)
	}
	party, ok := ch.writer(c, row, r.By)
	if !ok || row.Signed && !r.By.Role.Signs() {
		return Outcome{}, &Refusal{Why: ErrWrongParty, State: c.State, Verb: string(r.Kind), Party: ch.Desk(row.By[0], c)}
	}
	if Related(c, r.By) {
		return Outcome{}, refuse(ErrRecused)
	}
	data, raw, err := Move{Data: r.Data, At: r.At}.decodeForm(row.Data, c)
	if err != nil {
		return Outcome{}, err
	}
	f := Facts{Chain: ch, Case: c, By: r.By, County: county, Now: r.At, Data: data}
	if open := row.When.Unmet(f); len(open) > 0 {
		return Outcome{}, &Refusal{Why: ErrBlocked, State: c.State, Verb: string(r.Kind), Party: st.By, Blocked: open}
	}
	c.File = c.File.clone()
	for _, m := range row.Marks {
		c.File.Marks[m] = r.At
	}
	if !row.KeepsPagesFresh {
		c.Seen++
	}
	tells := row.Tells
	if len(tells) == 0 {
		tells = Parties(st.By)
	}
	out := Outcome{Case: c,
		Entry: Entry{At: r.At, By: r.By, Verb: string(r.Kind), From: c.State, To: c.State, Data: raw, Rule: row.Rule},
		Record: &Record{Kind: r.Kind, Office: r.By.Office, Party: party, Officer: r.By.Officer, Stage: c.State, At: r.At,
			Data: raw},
		Message: &Message{Topic: "recorded", Tells: tells, Verb: string(r.Kind), State: c.State}}
	if err := follow(&out, row.Effects, f); err != nil {
		return Outcome{}, err
	}
	if err := out.recordDeadlines(row, county); err != nil {
		return Outcome{}, err
	}
	ch.issue(&out, row.Issues, f)
	return out, nil
}

// Open judges a new application: a draft, typed in at the counter of the matter, or what a patrol found.
func (ch Chain) Open(c Case, o Opening, county County) (Outcome, error) {
	first := ch.Stages[0]
	c.Chain, c.ChainVersion, c.State = ch.ID, ch.Version, first.State
	c.Seen, c.OpenedAt, c.EnteredAt, c.EnteredBy = 1, o.At, o.At, o.By.Officer
	c.File.Marks = map[glossary.Mark]time.Time{}
	_, raw, invalid := Move{Data: o.Application, At: o.At}.decodeForm(ch.Form, c)
	if invalid == nil {
		c.Application = raw
		ch.Place(&c)
	}
	desk := ch.Desk(first.By, c)
	refuse := func(why error) error { return &Refusal{Why: why, State: first.State, Verb: "open", Party: desk} }
	if o.By.Kind != desk && (invalid == nil || !ch.MayOpen(o.By.Kind)) {
		return Outcome{}, refuse(ErrWrongParty)
	}
	if Related(c, o.By) {
		return Outcome{}, refuse(ErrRecused)
	}
	if invalid != nil {
		return Outcome{}, invalid
	}
	out := Outcome{Case: c, Moved: true, Entry: Entry{At: o.At, By: o.By, Verb: "open", To: c.State,
		Rule: first.Actions[0].Rule}} // of the first verb
	err := ch.startDeadlines(&out, c, first, Action{}, o.At, county)
	return out, err
}

// Attach judges a scan: by the counter for the applicant, or by the office that must act now.
func (ch Chain) Attach(c Case, by Actor, m Material) (Outcome, error) {
	p, err := ch.MayAttach(c, by, m.Code)
	if err != nil {
		return Outcome{}, err
	}
	if m.Kind != "" && !slices.Contains(p.AnyOf, m.Kind) {
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "kind", Message: "“" + p.Name + "”不收这一类材料，请按材料清单提交",
			Rule: p.Rule}}}
	}
	c.File = c.File.clone()
	c.File.Materials = append(c.File.Materials, m)
	raw, err := json.Marshal(m)
	return Outcome{Case: c, Entry: Entry{At: m.At, By: by, Verb: "material", From: c.State, To: c.State, Data: raw,
		Rule: p.Rule}}, err
}

// MayAttach judges the right to hand in a scan, before there is one. It fails with *Invalid on a code that the chain
// lacks and with *Refusal: ErrNotOpen, ErrWrongParty, ErrRecused, in that order.
func (ch Chain) MayAttach(c Case, by Actor, code string) (Paper, error) {
	st, _ := ch.Stage(c.State)
	refuse := func(why error) error { return &Refusal{Why: why, State: c.State, Verb: "material", Party: st.By} }
	p, ok := ch.Paper(code)
	switch {
	case !ok:
		return Paper{}, &Invalid{Fields: []FieldError{{Field: "code", Message: "本事项没有编号为 " + code + " 的材料"}}}
	case !c.takes(p):
		return Paper{}, refuse(ErrNotOpen)
	case !ch.uploads(c, st, p, by):
		return Paper{}, refuse(ErrWrongParty)
	case Related(c, by):
		return Paper{}, refuse(ErrRecused)
	}
	return p, nil
}

// takes tells whether a scan may still be handed in: of the applicant's papers until acceptance, after which nothing
// more may be asked for (A8), and after the decision a change has a procedure of its own (A30); of a stamped
// certificate once it was issued.
func (c Case) takes(p Paper) bool {
	if p.Copy != "" {
		_, issued := c.Document(p.Copy)
		return c.Open() && issued
	}
	if p.Anytime {
		return true
	}
	if p.During != "" {
		return c.Open() && c.State == p.During
	}
	_, accepted := c.File.Marks[glossary.Accepted]
	return c.Open() && !accepted
}

// uploads tells whether an officer hands in a scan: of the counter that stands for the applicant, the township's, or
// the office that has the case; pictures of a stage are taken by the offices that owe a record in it.
func (ch Chain) uploads(c Case, st Stage, p Paper, by Actor) bool {
	if p.During != "" {
		return c.takes(p) && (by.Kind == ch.Desk(st.By, c) || slices.ContainsFunc(st.Records, func(r RecordRow) bool {
			return !r.Optional && slices.ContainsFunc(r.By,
				func(party glossary.Party) bool { return by.Kind == ch.Desk(party, c) })
		}))
	}
	return c.takes(p) && (by.Kind.Counter() || by.Kind == ch.Desk(glossary.Applicant, c) || by.Kind == ch.Desk(st.By, c))
}

// entitled refuses an actor of an office without the action; a head's signature only by a head, and never by the
// one who typed the application in (A36); and no officer on the case of their own household.
func (ch Chain) entitled(c Case, st Stage, a Action, by Actor) *Refusal {
	r := &Refusal{Why: ErrWrongParty, State: c.State, Verb: string(a.Do), Party: ch.Desk(a.Party(st), c)}
	switch {
	case a.By == glossary.System:
		if by.Kind != glossary.System {
			r.Why = ErrNotOpen // only the law itself takes it
			return r
		}
		return nil
	case by.Kind != ch.Desk(a.Party(st), c):
		return r
	case a.Signed && (!by.Role.Signs() || by.Officer == c.EnteredBy):
		return r
	case Related(c, by):
		r.Why = ErrRecused
		return r
	}
	return nil
}

// Related tells whether the actor belongs to the household of the case: he may not handle it (A36).
func Related(c Case, by Actor) bool { return by.BelongsTo(c.Persons) }

// writer tells as which party of the row the actor writes.
func (ch Chain) writer(c Case, row RecordRow, by Actor) (glossary.Party, bool) {
	for _, p := range row.By {
		if ch.Desk(p, c) == by.Kind {
			return p, true
		}
	}
	return "", false
}

func (ch Chain) blocked(st Stage, a Action, f Facts) *Refusal {
	open := a.Needs.Unmet(f)
	if len(open) == 0 {
		return nil
	}
	return &Refusal{Why: ErrBlocked, State: st.State, Verb: string(a.Do), Party: ch.Desk(a.Party(st), f.Case),
		Blocked: open}
}

// decodeForm decodes what was sent into a new form of the row's type; nil for a row without one.
func (m Move) decodeForm(form Form, c Case) (data any, raw json.RawMessage, err error) {
	into := reflect.ValueOf(&Nothing{})
	if form != nil {
		into = reflect.New(reflect.TypeOf(form))
	}
	if m.Data != nil {
		if err := m.Data.Decode(into.Interface(), m.At); err != nil {
			return nil, nil, err
		}
	} else if form != nil {
		if err := Typed(struct{}{}).Decode(into.Interface(), m.At); err != nil {
			return nil, nil, err
		}
	}
	if form == nil {
		return nil, nil, nil
	}
	if d, ok := into.Interface().(CaseChecker); ok {
		if found := d.CheckCase(c, calendar.DayOf(m.At)); len(found) > 0 {
			return nil, nil, &Invalid{Fields: found}
		}
	}
	raw, err = json.Marshal(into.Interface())
	return into.Interface(), raw, err
}

// Nothing is the form of a verb that is sent without data.
type Nothing struct{}

// Example implements Form.
func (Nothing) Example() any { return Nothing{} }

// clone copies what a judgement changes, so that a case judged and refused is the case it was.
func (f File) clone() File {
	f.Records = slices.Clip(slices.Clone(f.Records))
	f.Materials = slices.Clip(slices.Clone(f.Materials))
	f.Documents = slices.Clip(slices.Clone(f.Documents))
	f.Suspensions = slices.Clip(slices.Clone(f.Suspensions))
	f.BackEntries = slices.Clip(slices.Clone(f.BackEntries))
	marks := make(map[glossary.Mark]time.Time, len(f.Marks)+1)
	for k, v := range f.Marks {
		marks[k] = v
	}
	f.Marks = marks
	return f
}

// machine builds the state machine for one move on one case. It is never shared or kept: the state lives in the
// case. It has no entry or exit actions, since stateless does not roll back. Only the rows of the present stage are
// configured: no move passes through two stages.
func (ch Chain) machine(st Stage, f Facts, refusal func(Action) *Refusal) *stateless.StateMachine {
	fsm := stateless.NewStateMachineWithMode(st.State, stateless.FiringImmediate)
	cfg := fsm.Configure(st.State)
	for _, a := range st.Actions {
		open := func(context.Context, ...any) bool { return refusal(a) == nil }
		if len(a.To.States) == 1 {
			cfg.Permit(a.Do, a.To.States[0], open)
			continue
		}
		cfg.PermitDynamic(a.Do, func(context.Context, ...any) (stateless.State, error) { return a.To.Pick(f), nil }, open)
	}
	return fsm
}
