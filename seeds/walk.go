package seeds

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// exampleDay is the day on which the examples of the forms play; a walk on another day moves their dates by as much.
var exampleDay = calendar.Date(2026, 3, 2)

// exampleHead is the householder of the examples; a walk puts the householder of the case in his place.
const exampleHead = "王建国"

// examplePaper begins the codes of papers in the examples, which are those of the homestead chain.
const examplePaper = "HP"

// Walker takes cases along their main line by real moves, by the officers that may take them and with the examples of
// the chain's own forms. It knows nothing of housing: what a stage asks for, it reads from the view of the case.
type Walker struct {
	Service  *casework.Service
	Officers map[glossary.Party]workflow.OfficerID // the officer at each desk of the case's place
	Fill     func(workflow.Form) any               // how forms are filled; nil: with their own examples
}

// filling is a form as this walk fills it.
func (w *Walker) filling(f workflow.Form) any {
	if w.Fill == nil {
		return f.Example()
	}
	return w.Fill(f)
}

// WaitError says that the main line is held back by a minimum until an instant.
type WaitError struct {
	Until time.Time
	Unmet workflow.Unmet
}

// Error implements error.
func (e *WaitError) Error() string {
	return fmt.Sprintf("%s (%s): not before %s", e.Unmet.Message, e.Unmet.Rule, e.Until.Format(time.RFC3339))
}

// ErrEnded says that the case has no verb ahead: it is over.
var ErrEnded = errors.New("the case has ended")

// Open types in an application with the chain's own example.
func (w *Walker) Open(ctx context.Context, chain workflow.ChainID, household workflow.HouseholdID) (workflow.Case,
	error) {
	ch, err := w.Service.Chains().Newest(chain)
	if err != nil {
		return workflow.Case{}, err
	}
	return w.OpenWith(ctx, chain, household, w.filling(ch.Form))
}

// filled is a form filled in another way than its example.
type filled struct{ v any }

// Example implements workflow.Form.
func (f filled) Example() any { return f.v }

// OpenWith types in an application, at the counter of the matter.
func (w *Walker) OpenWith(ctx context.Context, chain workflow.ChainID, household workflow.HouseholdID,
	application any) (workflow.Case, error) {
	ch, err := w.Service.Chains().Newest(chain)
	if err != nil {
		return workflow.Case{}, err
	}
	counter, err := w.officer(ch.Opener(application))
	if err != nil {
		return workflow.Case{}, err
	}
	data, err := w.example(ch, filled{application}, workflow.Case{})
	if err != nil {
		return workflow.Case{}, err
	}
	c, err := w.Service.Open(ctx, counter, workflow.Opening{Chain: chain, Household: household, Application: data})
	return c, explained(err)
}

// Finish walks a case to its end at once. It fails with *WaitError where time is missing.
func (w *Walker) Finish(ctx context.Context, id workflow.CaseID) (workflow.Case, error) {
	for {
		c, _, err := w.Step(ctx, id)
		switch {
		case errors.Is(err, ErrEnded):
			return c, nil
		case err != nil || !c.Open():
			return c, err
		}
	}
}

// Step takes the next verb ahead, after writing the records and handing in the papers that it waits for. It fails with
// *WaitError where only time is missing and with ErrEnded at the end.
func (w *Walker) Step(ctx context.Context, id workflow.CaseID) (workflow.Case, workflow.Action, error) {
	if err := w.Prepare(ctx, id); err != nil {
		return workflow.Case{}, workflow.Action{}, err
	}
	v, verb, by, err := w.ahead(ctx, id)
	if err != nil {
		return workflow.Case{}, workflow.Action{}, err
	}
	c, err := w.Take(ctx, v, verb.Action, by)
	return c, verb.Action, err
}

// Prepare writes the records and hands in the papers that the verb ahead waits for, and stops before the verb itself.
func (w *Walker) Prepare(ctx context.Context, id workflow.CaseID) error {
	for range 40 { // more than any stage asks for
		v, verb, _, err := w.ahead(ctx, id)
		if err != nil {
			return err
		}
		if len(verb.Blocked) == 0 {
			return nil
		}
		if err := w.meet(ctx, v, verb.Blocked); err != nil {
			return err
		}
	}
	return fmt.Errorf("case %d: its conditions cannot be met", id)
}

// Take takes one verb with its example and, where a reason is owed, one.
func (w *Walker) Take(ctx context.Context, v workflow.View, a workflow.Action, by workflow.OfficerID) (workflow.Case,
	error) {
	data, err := w.example(v.Chain, a.Data, v.Case)
	if err != nil {
		return workflow.Case{}, err
	}
	m := workflow.Move{Do: a.Do, Data: data, Seen: v.Case.Seen}
	if a.Reason {
		m.Reason = "材料需要核对，请按要求补充说明"
	}
	c, err := w.Service.Move(ctx, v.Case.ID, by, rand.Text(), m)
	if err != nil {
		return workflow.Case{}, explained(err)
	}
	return c, nil
}

// Do takes a verb off the main line, by the office that may.
func (w *Walker) Do(ctx context.Context, id workflow.CaseID, do glossary.Verb) (workflow.Case, error) {
	v, err := w.view(ctx, id)
	if err != nil {
		return workflow.Case{}, err
	}
	a, ok := v.Stage.Action(do)
	if !ok {
		return workflow.Case{}, fmt.Errorf("case %d: %s is not open in %s", id, do, v.Case.State)
	}
	by, err := w.officer(desk(a, v))
	if err != nil {
		return workflow.Case{}, err
	}
	return w.Take(ctx, v, a, by)
}

func desk(a workflow.Action, v workflow.View) glossary.Party {
	p := a.By
	if p == "" {
		p = v.Stage.By
	}
	return v.Chain.Desk(p, v.Case)
}

func (w *Walker) view(ctx context.Context, id workflow.CaseID) (workflow.View, error) {
	counter, err := w.officer(glossary.ServiceCenter)
	if err != nil {
		return workflow.View{}, err
	}
	return w.Service.View(ctx, id, counter)
}

// ahead finds the verb of the main line, as the officer that may take it sees it.
func (w *Walker) ahead(ctx context.Context, id workflow.CaseID) (workflow.View, workflow.VerbView, workflow.OfficerID,
	error) {
	v, err := w.view(ctx, id)
	if err != nil {
		return v, workflow.VerbView{}, 0, err
	}
	for _, verb := range v.Verbs {
		if !verb.Action.MainLine || verb.Action.By == glossary.System {
			continue
		}
		by, err := w.officer(desk(verb.Action, v))
		return v, verb, by, err
	}
	if v.Case.Open() {
		return v, workflow.VerbView{}, 0, fmt.Errorf("case %d: no verb ahead in %s", id, v.Case.State)
	}
	return v, workflow.VerbView{}, 0, ErrEnded
}

// meet does what the first unmet condition names.
func (w *Walker) meet(ctx context.Context, v workflow.View, blocked []workflow.Unmet) error {
	for _, b := range blocked {
		what, name, _ := strings.Cut(b.By, ":")
		switch what {
		case "record":
			return w.record(ctx, v, glossary.RecordKind(name))
		case "material":
			return w.attach(ctx, v, name)
		}
	}
	b := blocked[0]
	if b.By != "time" {
		return fmt.Errorf("case %d: %s (%s), and nothing can be handed in for it", v.Case.ID, b.Message, b.Rule)
	}
	wait := &WaitError{Unmet: b}
	for _, d := range v.Deadlines {
		if d.Limit.Bound == calendar.Min && d.Deadline.DueBefore.After(wait.Until) {
			wait.Until = d.Deadline.DueBefore
		}
	}
	return wait
}

// Write writes one record of a kind that the present stage knows, with its example.
func (w *Walker) Write(ctx context.Context, id workflow.CaseID, kind glossary.RecordKind) (workflow.Case, error) {
	v, err := w.view(ctx, id)
	if err != nil {
		return v.Case, err
	}
	if err := w.record(ctx, v, kind); err != nil {
		return v.Case, err
	}
	v, err = w.view(ctx, id)
	return v.Case, err
}

// record writes one record of the kind, by the first office that owes it and has not written it since the case came
// into the stage.
func (w *Walker) record(ctx context.Context, v workflow.View, kind glossary.RecordKind) error {
	row, ok := v.Chain.RecordRow(v.Stage, kind)
	if !ok {
		return fmt.Errorf("case %d: %s is not written in %s", v.Case.ID, kind, v.Case.State)
	}
	party := row.By[0]
	if row.Each {
		for _, p := range row.By {
			if r, written := v.Case.Latest(kind, p); !written || r.At.Before(v.Case.EnteredAt) {
				party = p
				break
			}
		}
	}
	by, err := w.officer(v.Chain.Desk(party, v.Case))
	if err != nil {
		return err
	}
	data, err := w.example(v.Chain, row.Data, v.Case)
	if err != nil {
		return err
	}
	_, err = w.Service.Record(ctx, v.Case.ID, by, rand.Text(), workflow.Recording{Kind: kind, Data: data})
	return explained(err)
}

// attach hands in a scan at the counter: the demo county's papers are all the same blank page.
func (w *Walker) attach(ctx context.Context, v workflow.View, code string) error {
	counter, err := w.officer(glossary.ServiceCenter)
	if err != nil {
		return err
	}
	page, hash := BlankPage()
	_, err = w.Service.Attach(ctx, v.Case.ID, counter, "", "", workflow.Material{
		Code: code, Name: code + ".png", Type: "image/png", Size: int64(len(page)), Hash: hash,
	})
	return explained(err)
}

// blankPage is what the demo county hands in for every paper: a PNG of one white pixel.
const blankPage = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="

// BlankPage is the bytes of that page and their SM3.
var BlankPage = sync.OnceValues(func() ([]byte, string) {
	b, err := base64.StdEncoding.DecodeString(blankPage)
	if err != nil {
		panic(err) // cannot happen: it is written above
	}
	sum := sm3.Sum(b)
	return b, hex.EncodeToString(sum[:])
})

func (w *Walker) officer(p glossary.Party) (workflow.OfficerID, error) {
	id, ok := w.Officers[p]
	if !ok {
		return 0, fmt.Errorf("nobody sits at %s", p.Title())
	}
	return id, nil
}

// example is the example of a form, moved to the day of the walk, to the householder of the case and to the papers of
// the chain.
func (w *Walker) example(ch workflow.Chain, f workflow.Form, c workflow.Case) (workflow.Payload, error) {
	if f == nil {
		return nil, nil
	}
	b, err := json.Marshal(w.filling(f))
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	by := calendar.DayOf(w.Service.Now()) - exampleDay
	return workflow.Typed(each(v, func(s string) string {
		if d, err := calendar.ParseDay(s); err == nil {
			return (d + by).String()
		}
		if number, ok := strings.CutPrefix(s, examplePaper); ok && len(number) == 2 {
			return ch.Matter + number
		}
		if c.Householder != "" {
			return strings.ReplaceAll(s, exampleHead, c.Householder)
		}
		return s
	})), nil
}

// each changes every text within a JSON value.
func each(v any, change func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = each(v[k], change)
		}
	case []any:
		for i := range v {
			v[i] = each(v[i], change)
		}
	case string:
		return change(v)
	}
	return v
}

// explained names what a refusal found unmet: a walk that fails is read by a person.
func explained(err error) error {
	var r *workflow.Refusal
	if errors.As(err, &r) && len(r.Blocked) > 0 {
		return fmt.Errorf("%w: %s (%s)", err, r.Blocked[0].Message, r.Blocked[0].Rule)
	}
	var i *workflow.Invalid
	if errors.As(err, &i) && len(i.Fields) > 0 {
		return fmt.Errorf("%w: %s", err, i.Fields[0].Message)
	}
	return err
}
