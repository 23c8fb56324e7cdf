package workflow

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// personal finds ID numbers and mobile phones: the register is exported, and carries neither.
var personal = regexp.MustCompile(`[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}`)

const noNumbers = "台账会导出，请不要写身份证号和电话号码"

// Explain judges what the late office says to a breach.
func (ch Chain) Explain(c Case, by Actor, b Breach, e Explanation) (Outcome, error) {
	refuse := func(why error) error { return &Refusal{Why: why, State: c.State, Verb: "explain", Party: b.Party} }
	switch {
	case b.Office != by.Office:
		return Outcome{}, refuse(ErrWrongParty)
	case Related(c, by):
		return Outcome{}, refuse(ErrRecused)
	case !b.Explainable(e.At):
		return Outcome{}, refuse(ErrNotOpen)
	case strings.TrimSpace(e.Text) == "":
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "text", Message: "请写明超期原因和已采取的措施，例如“现场核查时遇连续降雨，已于3月9日补做”",
			Rule: b.Rule}}}
	}
	if personal.MatchString(e.Text) {
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "text", Message: noNumbers, Rule: "A37"}}}
	}
	e.Officer = by.Officer
	b.Explained = &e
	return ch.registered(c, b, Entry{At: e.At, By: by, Verb: "explain", Reason: e.Text}, Parties(ch.Oversight)), nil
}

// Rule judges the auditor's ruling. Only the auditor rules: an officer who handles cases does not.
func (ch Chain) Rule(c Case, by Actor, b Breach, r Ruling) (Outcome, error) {
	refuse := func(why error) error {
		return &Refusal{Why: why, State: c.State, Verb: "rule", Party: ch.Oversight}
	}
	switch {
	case by.Role != glossary.Auditor:
		return Outcome{}, refuse(ErrWrongParty)
	case Related(c, by):
		return Outcome{}, refuse(ErrRecused)
	case b.ClosedAt != nil:
		return Outcome{}, refuse(ErrNotOpen)
	case r.Verdict != Upheld && r.Verdict != Excused:
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "ruling", Message: "裁定只能是红牌成立（upheld）或撤牌（excused）",
			Rule: b.Rule}}}
	case strings.TrimSpace(r.Ground) == "":
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "ground", Message: "请写明裁定理由，撤牌的应写明情况属实的依据", Rule: b.Rule}}}
	}
	if personal.MatchString(r.Ground) {
		return Outcome{}, &Invalid{Fields: []FieldError{{Field: "ground", Message: noNumbers, Rule: "A37"}}}
	}
	r.Officer = by.Officer
	b.Ruled = &r
	out := ch.registered(c, b, Entry{At: r.At, By: by, Verb: "rule_" + string(r.Verdict), Reason: r.Ground},
		Parties(b.Party, ch.Oversight))
	if b.MetAt != nil {
		ch.close(&out, r.At)
	}
	return out, nil
}

// Clear judges the rung zero: ruled on and moved on.
func (ch Chain) Clear(c Case, b Breach, at time.Time) (Outcome, error) {
	if b.Ruled == nil || b.MetAt == nil || b.ClosedAt != nil {
		return Outcome{}, ErrNothingDue
	}
	out := ch.registered(c, b, Entry{At: at, By: BySystem, Verb: rungVerbs[RungZero], Reason: RungZero.Title()}, nil)
	ch.close(&out, at)
	return out, nil
}

// close marks the breach as closed and tells everybody that the ladder has told.
func (ch Chain) close(out *Outcome, at time.Time) {
	b := out.Breach
	b.ClosedAt = &at
	tell := []glossary.Party{b.Party, ch.Oversight, ch.Guides}
	for i := range tell {
		tell[i] = ch.Desk(tell[i], out.Case)
	}
	out.Fired = &Fired{Deadline: b.Deadline, Run: b.Run, Rung: RungZero, Tell: tell}
	out.Entry.Rung = RungZero
	out.Message = &Message{Topic: "rung", Tells: tell, Verb: rungVerbs[RungZero], State: out.Case.State, Rung: RungZero}
}

// BreachNote is the data of a line that speaks of a breach.
type BreachNote struct {
	Breach BreachID     `json:"breach_id,string"`
	MoveBy calendar.Day `json:"move_by,omitzero"` // of an explanation
}

// About tells which breach a line of the history speaks of; 0 for none.
func About(data json.RawMessage) BreachID {
	var n BreachNote
	if len(data) == 0 || decode(data, &n) != nil {
		return 0
	}
	return n.Breach
}

func (ch Chain) registered(c Case, b Breach, e Entry, tell []glossary.Party) Outcome {
	note := BreachNote{Breach: b.ID}
	if b.Explained != nil && b.Ruled == nil {
		note.MoveBy = b.Explained.MoveBy
	}
	e.Data, _ = json.Marshal(note) // numbers and days always encode
	e.From, e.To, e.Rule = c.State, c.State, b.Rule
	return Outcome{Case: c, Entry: e, Breach: &b, Message: &Message{Topic: "breach",
		Tells: tell, Verb: e.Verb, State: c.State}}
}
