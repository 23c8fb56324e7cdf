package workflow

import (
	"time"

	"anju/workflow/glossary"
)

// View is a case as one caller sees it: what is open to him, what is missing, how the clock stands.
type View struct {
	Case      Case
	Actor     Actor
	Chain     Chain
	Stage     Stage
	Office    glossary.Party // that has the case, resolved
	Deadlines []DeadlineView // the live ones, the stage's own first
	Own       *DeadlineView  // the stage's own
	Light     Light
	Verbs     []VerbView
	Records   []RecordView
	Materials []MaterialView
}

// VerbView is one verb of the present stage. Allowed: the caller's office may take it and nothing blocks.
// Blocked lists what is unmet for any caller; not allowed with nothing blocked means another office must act.
type VerbView struct {
	Action  Action
	To      glossary.State // where it would lead now
	Mine    bool           // the caller's office may take it
	Allowed bool
	Blocked []Unmet
}

// RecordView is one record kind of the present stage.
type RecordView struct {
	Row     RecordRow
	Allowed bool // the caller may write it now
	Owed    bool // something on the main line waits for it, and the caller has not written it yet
}

// MaterialView is one paper of the chain.
type MaterialView struct {
	Paper   Paper
	Owed    bool // it is asked for on this case
	Present bool
	Source  string // number of the case that holds what serves, "" while it is missing
	Allowed bool   // the caller may upload it now
}

// DeadlineView is a deadline with its light.
type DeadlineView struct {
	Deadline Deadline
	Limit    Limit
	By       glossary.Party // who owes it
	Light    Light
	Promise  *PromiseView // the county's promise beside it; nil without one
}

// PromiseView is the county's promise of fewer days, with its own light: a mark beside that of the law.
type PromiseView struct {
	Deadline Deadline
	Light    Light
}

// Light of a deadline or a case (product of the ladder): text and shape go with the colour on every screen.
type Light string

// The four lights.
const (
	Green  Light = "green"
	Yellow Light = "yellow"
	Red    Light = "red"
	Grey   Light = "grey" // no clock runs against an office
)

// LightOf judges one deadline at an instant. A provisional due day is never red (no notice, no card).
func LightOf(d Deadline, now time.Time) Light {
	switch {
	case d.Paused:
		return Grey
	case d.WarnAt.IsZero() || now.Before(d.WarnAt):
		return Green // a minimum has no warning
	case now.Before(d.DueBefore) || d.Provisional:
		return Yellow
	}
	return Red
}

// lightOf is the light of a case: the worst of the clocks that run against an office; grey without any.
func lightOf(c Case, st Stage, deadlines []DeadlineView) Light {
	if !c.Open() || st.By == glossary.Applicant {
		return Grey
	}
	worst := Grey
	rank := map[Light]int{Grey: 0, Green: 1, Yellow: 2, Red: 3}
	for _, d := range deadlines {
		if d.By != glossary.Applicant && rank[d.Light] > rank[worst] {
			worst = d.Light
		}
	}
	return worst
}

// clocksOf pairs the live deadlines of a case with their limits, the stage's own first.
func (ch Chain) clocksOf(c Case, now time.Time) []DeadlineView {
	var own, other []DeadlineView
	st, _ := ch.Stage(c.State)
	for _, d := range c.Deadlines {
		clock, ok := ch.Clock(d, c.State)
		if !d.Live() || d.Beside || !ok {
			continue
		}
		v := DeadlineView{Deadline: d, Limit: clock.Limit, By: clock.By, Light: LightOf(d, now)}
		if p, ok := c.Promise(d); ok {
			v.Promise = &PromiseView{p, LightOf(p, now)}
		}
		if d.Limit == st.Within.ID {
			own = append(own, v)
		} else {
			other = append(other, v)
		}
	}
	return append(own, other...)
}

// Light is the light of a case in a list.
func (ch Chain) Light(c Case, now time.Time) Light {
	st, _ := ch.Stage(c.State)
	return lightOf(c, st, ch.clocksOf(c, now))
}

// View shows a case to an actor. The verbs are asked from the machine, the same way as Decide fires it.
func (ch Chain) View(c Case, by Actor, now time.Time, county County) (View, error) {
	st, ok := ch.Stage(c.State)
	if !ok {
		return View{}, ErrNoChain
	}
	v := View{Case: c, Actor: by, Chain: ch, Stage: st, Office: ch.Desk(st.By, c), Deadlines: ch.clocksOf(c, now)}
	if len(v.Deadlines) > 0 && v.Deadlines[0].Deadline.Limit == st.Within.ID {
		v.Own = &v.Deadlines[0]
	}
	v.Light = lightOf(c, st, v.Deadlines)
	f := Facts{Chain: ch, Case: c, By: by, County: county, Now: now}
	if err := v.addVerbs(f); err != nil {
		return View{}, err
	}
	v.addRecords(f)
	v.addMaterials(f)
	if c.Frozen != "" {
		v.freeze()
	}
	return v, nil
}

// addVerbs lists the verbs of the stage. It fails where the machine does.
func (v *View) addVerbs(f Facts) error {
	ch, st, c, by := f.Chain, v.Stage, f.Case, f.By
	fsm := ch.machine(st, f, func(a Action) *Refusal { return ch.blocked(st, a, f) })
	for _, a := range st.Actions {
		if a.By == glossary.System {
			continue
		}
		vv := VerbView{Action: a, To: a.To.States[0], Mine: ch.entitled(c, st, a, by) == nil}
		if a.To.Pick != nil {
			vv.To = a.To.Pick(f)
		}
		can, err := fsm.CanFire(a.Do)
		if err != nil {
			return err
		}
		if !can {
			vv.Blocked = a.Needs.Unmet(f)
		}
		vv.Allowed = vv.Mine && can
		v.Verbs = append(v.Verbs, vv)
	}
	return nil
}

// addRecords lists what may be written in the stage.
func (v *View) addRecords(f Facts) {
	ch, st, c, by := f.Chain, v.Stage, f.Case, f.By
	waited := map[string]bool{} // what a verb ahead names
	for _, vv := range v.Verbs {
		for _, b := range vv.Blocked {
			waited[b.By] = waited[b.By] || vv.Action.MainLine
		}
	}
	for _, r := range ch.Records(st) {
		p, mine := ch.writer(c, r, by)
		rv := RecordView{Row: r, Allowed: mine && (!r.Signed || by.Role.Signs()) && !Related(c, by) &&
			len(r.When.Unmet(f)) == 0}
		if rv.Allowed && !r.Optional {
			_, done := c.Latest(r.Kind)
			if r.Each {
				_, done = c.Latest(r.Kind, p)
			}
			rv.Owed = !done
		}
		rv.Owed = rv.Owed || rv.Allowed && !r.Each && waited["record:"+string(r.Kind)]
		v.Records = append(v.Records, rv)
	}
}

// addMaterials lists the papers of the chain that are asked for, or may be handed in.
func (v *View) addMaterials(f Facts) {
	ch, c, by := f.Chain, f.Case, f.By
	for _, p := range ch.Papers {
		owed := p.IsOwed(f)
		if p.Copy != "" && !owed {
			continue // nothing was issued to be stamped
		}
		from := p.Source(f)
		if p.During != "" && p.During != c.State && from == "" {
			continue // its time has not come, or has passed
		}
		_, refused := ch.MayAttach(c, by, p.Code)
		v.Materials = append(v.Materials, MaterialView{Paper: p, Owed: owed, Present: from != "", Source: from,
			Allowed: refused == nil})
	}
}

// freeze allows nothing on a case that is frozen, and says why with each verb.
func (v *View) freeze() {
	frozen := Unmet{Condition: "frozen", Message: "该件历史记录校验未通过，已冻结，不能办理", By: "case"}
	for i := range v.Verbs {
		v.Verbs[i].Allowed, v.Verbs[i].Blocked = false, append([]Unmet{frozen}, v.Verbs[i].Blocked...)
	}
	for i := range v.Records {
		v.Records[i].Allowed, v.Records[i].Owed = false, false
	}
	for i := range v.Materials {
		v.Materials[i].Allowed = false
	}
}
