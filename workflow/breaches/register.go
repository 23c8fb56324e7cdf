package breaches

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// personal finds ID numbers and mobile phones: the register is exported, and carries neither.
var personal = regexp.MustCompile(`[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}`)

const noNumbers = "台账会导出，请不要写身份证号和电话号码"

func invalid(field, message string, r law.Rule) error {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message, Rule: r}}}
}

// Explain judges what the late office says to a breach.
func Explain(ch workflow.Chain, c workflow.Case, by workflow.Actor, b workflow.Breach,
	e workflow.Explanation) (workflow.Outcome, error) {
	refuse := func(why error) error {
		return &workflow.Refusal{Why: why, State: c.State, Verb: "explain", Party: b.Party}
	}
	switch {
	case b.Office != by.Office:
		return workflow.Outcome{}, refuse(workflow.ErrWrongParty)
	case workflow.Related(c, by):
		return workflow.Outcome{}, refuse(workflow.ErrRecused)
	case !b.Explainable(e.At):
		return workflow.Outcome{}, refuse(workflow.ErrNotOpen)
	case strings.TrimSpace(e.Text) == "":
		return workflow.Outcome{}, invalid("text", "请写明超期原因和已采取的措施，例如“现场核查时遇连续降雨，已于3月9日补做”", b.Rule)
	}
	if personal.MatchString(e.Text) {
		return workflow.Outcome{}, invalid("text", noNumbers, "A37")
	}
	e.Officer = by.Officer
	b.Explained = &e
	return registered(c, b, workflow.Entry{At: e.At, By: by, Verb: "explain", Reason: e.Text},
		workflow.Parties(ch.Oversight)), nil
}

// Rule judges the auditor's ruling. Only the auditor rules: an officer who handles cases does not.
func Rule(ch workflow.Chain, c workflow.Case, by workflow.Actor, b workflow.Breach,
	r workflow.Ruling) (workflow.Outcome, error) {
	refuse := func(why error) error {
		return &workflow.Refusal{Why: why, State: c.State, Verb: "rule", Party: ch.Oversight}
	}
	switch {
	case by.Role != glossary.Auditor:
		return workflow.Outcome{}, refuse(workflow.ErrWrongParty)
	case workflow.Related(c, by):
		return workflow.Outcome{}, refuse(workflow.ErrRecused)
	case b.ClosedAt != nil:
		return workflow.Outcome{}, refuse(workflow.ErrNotOpen)
	case r.Verdict != workflow.Upheld && r.Verdict != workflow.Excused:
		return workflow.Outcome{}, invalid("ruling", "裁定只能是红牌成立（upheld）或撤牌（excused）", b.Rule)
	case strings.TrimSpace(r.Ground) == "":
		return workflow.Outcome{}, invalid("ground", "请写明裁定理由，撤牌的应写明情况属实的依据", b.Rule)
	}
	if personal.MatchString(r.Ground) {
		return workflow.Outcome{}, invalid("ground", noNumbers, "A37")
	}
	r.Officer = by.Officer
	b.Ruled = &r
	out := registered(c, b, workflow.Entry{At: r.At, By: by, Verb: "rule_" + string(r.Verdict), Reason: r.Ground},
		workflow.Parties(b.Party, ch.Oversight))
	if b.MetAt != nil {
		shut(ch, &out, r.At)
	}
	return out, nil
}

// Clear judges the rung zero: ruled on and moved on.
func Clear(ch workflow.Chain, c workflow.Case, b workflow.Breach, at time.Time) (workflow.Outcome, error) {
	if b.Ruled == nil || b.MetAt == nil || b.ClosedAt != nil {
		return workflow.Outcome{}, workflow.ErrNothingDue
	}
	out := registered(c, b, workflow.Entry{At: at, By: workflow.BySystem, Verb: workflow.RungZero.Verb(),
		Reason: workflow.RungZero.Title()}, nil)
	shut(ch, &out, at)
	return out, nil
}

// shut marks the breach as closed and tells those that the ladder has told.
func shut(ch workflow.Chain, out *workflow.Outcome, at time.Time) {
	b := out.Breach
	b.ClosedAt = &at
	tell := []glossary.Party{b.Party, ch.Oversight, ch.Guides}
	for i := range tell {
		tell[i] = ch.Desk(tell[i], out.Case)
	}
	out.Fired = &workflow.Fired{Deadline: b.Deadline, Run: b.Run, Rung: workflow.RungZero, Tell: tell}
	out.Entry.Rung = workflow.RungZero
	out.Message = &workflow.Message{Topic: "rung", Tells: tell, Verb: workflow.RungZero.Verb(), State: out.Case.State,
		Rung: workflow.RungZero}
}

// Note is the data of a line that speaks of a breach.
type Note struct {
	Breach workflow.BreachID `json:"breach_id,string"`
	MoveBy calendar.Day      `json:"move_by,omitzero"` // of an explanation
}

// About tells which breach a line of the history speaks of; 0 for none.
func About(data json.RawMessage) workflow.BreachID {
	return workflow.Recorded[Note](workflow.Record{Data: data}).Breach
}

// registered is the outcome of an act on a breach: its line names the breach, and those named are told.
func registered(c workflow.Case, b workflow.Breach, e workflow.Entry, tell []glossary.Party) workflow.Outcome {
	note := Note{Breach: b.ID}
	if b.Explained != nil && b.Ruled == nil {
		note.MoveBy = b.Explained.MoveBy
	}
	e.Data, _ = json.Marshal(note) // numbers and days always encode
	e.From, e.To, e.Rule = c.State, c.State, b.Rule
	return workflow.Outcome{Case: c, Entry: e, Breach: &b, Message: &workflow.Message{Topic: "breach",
		Tells: tell, Verb: e.Verb, State: c.State}}
}
