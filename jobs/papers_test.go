package jobs_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/jobs/forms"
	"anju/jobs/printing"
	"anju/models/history"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// A paperTrail is one way of a case through its chain, each step by the office whose it is and with the published
// examples, and the papers that came of it.
type paperTrail struct {
	*county
	printer *printing.Printer
	chain   workflow.Chain
	turn    turn // taken once; none: the main line with every optional record
	id      workflow.CaseID
}

// A turn is a verb beside the main line.
type turn struct {
	from glossary.State
	do   glossary.Verb
}

func (t turn) String() string {
	if t.do == "" {
		return "main line"
	}
	return fmt.Sprintf("%s in %s", t.do, t.from)
}

// turns are all verbs of a chain that a person takes beside the main line.
func turns(ch workflow.Chain) []turn {
	var all []turn
	for _, st := range ch.Stages {
		for _, a := range st.Actions {
			if !a.MainLine && a.By != glossary.System && a.Do != glossary.TakeBack {
				all = append(all, turn{st.State, a.Do})
			}
		}
	}
	return all
}

// walk takes the case to its end, or as far as the turn leads; it tells whether the turn was taken.
func (p *paperTrail) walk() (bool, error) {
	household, ok, err := p.store.FreeHousehold(p.Context(), p.chain.ID, string(p.chain.ID))
	if err != nil || !ok {
		return false, fmt.Errorf("no household is free for %s: %w", p.chain.ID, err)
	}
	now, err := p.walker.Open(p.Context(), p.chain.ID, household)
	if err != nil {
		return false, err
	}
	p.id = now.ID
	taken := false
	written := map[string]bool{}
	for range 60 {
		now = p.view(p.id).Case
		if !now.Open() {
			return taken, nil
		}
		if p.turn.do == "" {
			p.optional(now.State, written)
		}
		if !taken && now.State == p.turn.from {
			if err := p.prepared(); err != nil {
				return false, err
			}
			if _, err := p.walker.Do(p.Context(), p.id, p.turn.do); err == nil {
				taken = true
				continue
			}
		}
		if err := p.step(); err != nil {
			return taken, err
		}
	}
	return taken, fmt.Errorf("%s does not end: %s", p.chain.ID, now.State)
}

// prepared meets what the verb ahead waits for, as far as the walk can: most turns wait for less.
func (p *paperTrail) prepared() error {
	err := p.walker.Prepare(p.Context(), p.id)
	var wait *seeds.WaitError
	if errors.As(err, &wait) {
		return p.reach(wait.Until.Add(9 * time.Hour))
	}
	return nil
}

func (p *paperTrail) reach(at time.Time) error {
	return seeds.Reach(p.Context(), p.store, p.svc, p.clock, at)
}

// step takes the next verb of the main line, after the time that it waits for.
func (p *paperTrail) step() error {
	for range 3 {
		_, _, err := p.walker.Step(p.Context(), p.id)
		var wait *seeds.WaitError
		switch {
		case errors.As(err, &wait):
			if err := p.reach(wait.Until.Add(9 * time.Hour)); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return errors.New("the step waits for ever")
}

// optional writes every record that may be written in a stage and need not.
func (p *paperTrail) optional(in glossary.State, written map[string]bool) {
	st, ok := p.chain.Stage(in)
	if !ok {
		return
	}
	for _, r := range slices.Concat(st.Records, p.chain.CommonRecords) {
		key := string(in) + string(r.Kind)
		if !r.Optional || r.KeepsPagesFresh || written[key] || unprinted[r.Kind] {
			continue
		}
		written[key] = true
		_, _ = p.walker.Write(p.Context(), p.id, r.Kind) // what the stage does not let in is not written
	}
}

// unprinted are records after which the main line is closed, or that speak of a certificate after its case.
var unprinted = map[glossary.RecordKind]bool{glossary.ObjectionKind: true}

// facts are what a case has at an instant: its chain, the verbs taken, the records and papers it holds.
func (p *paperTrail) facts(c workflow.Case, at time.Time, lines []history.Line) map[string]bool {
	facts := map[string]bool{string(c.Chain): true}
	for _, l := range lines {
		if !l.At.After(at) {
			facts[l.Verb] = true
			facts[l.Verb+"@"+string(l.From)] = true
		}
	}
	for _, d := range c.File.Documents {
		if !d.IssuedAt.After(at) {
			facts[string(d.Kind)] = true
		}
	}
	return facts
}

var keywords = regexp.MustCompile(`/Keywords \(([^)]*)\)`)

// left are the fields that a printed paper leaves to the pen.
func left(pdf []byte) []string {
	m := keywords.FindSubmatch(pdf)
	if m == nil {
		return nil
	}
	return strings.Fields(string(m[1]))
}

func TestPapersProbe(t *testing.T) {
	onSQLite(t, func(c *county) {
		if err := seeds.Ready(c.Context(), c.store, c.svc); err != nil {
			c.Fatal(err)
		}
		blank := map[string]map[string][]string{}
		p := printing.NewPrinter(c.store, c.svc, publicAddress)
		seen := map[string]bool{}
		for _, ch := range chains.Published() {
			for _, way := range append([]turn{{}}, turns(ch)...) {
				began := time.Now()
				trail := &paperTrail{county: c, printer: p, chain: ch, turn: way}
				taken, err := trail.walk()
				if err != nil || !taken && way.do != "" {
					c.Logf("%s %s: taken %v, %v", ch.ID, way, taken, err)
				}
				if trail.id == 0 {
					continue
				}
				k := trail.view(trail.id).Case
				print := func(name string, body []byte, err error) {
					if err != nil {
						if !errors.Is(err, workflow.ErrNotFound) {
							c.Errorf("%s %s %s: %v", ch.ID, way, name, err)
						}
						return
					}
					for _, f := range left(body) {
						if blank[name] == nil {
							blank[name] = map[string][]string{}
						}
						blank[name][f] = append(blank[name][f], fmt.Sprint(ch.ID, " ", way))
					}
				}
				for _, d := range k.File.Documents {
					key := fmt.Sprint(ch.ID, d.Kind)
					if seen[key] {
						continue
					}
					seen[key] = true
					body, err := p.Print(c.Context(), k.ID, d.ID)
					print(string(d.Kind), body, err)
				}
				if way.do == "" {
					for _, form := range forms.Known() {
						body, err := p.Sheet(c.Context(), k.ID, string(form))
						print(string(form), body, err)
					}
				}
				c.Logf("%s %s %s", ch.ID, way, time.Since(began).Round(time.Millisecond))
			}
		}
		for name, fields := range blank {
			var lines []string
			for f, w := range fields {
				lines = append(lines, f+": "+strings.Join(w, ", "))
			}
			slices.Sort(lines)
			c.Logf("%s\n   %s", name, strings.Join(lines, "\n   "))
		}
	})
}
