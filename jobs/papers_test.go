package jobs_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/jobs/forms"
	"anju/jobs/printing"
	"anju/jobs/retry"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/chains"
	typing "anju/workflow/forms"
	"anju/workflow/glossary"
)

// A trail is one way of a case through its chain: each step by the office whose it is, with the published examples.
type trail struct {
	*county
	chain workflow.Chain
	turns []turn // verbs beside the main line, in their order; none: the main line with every optional record
	id    workflow.CaseID
}

// A turn is a verb beside the main line.
type turn struct {
	from glossary.State
	do   glossary.Verb
}

// grave fills the forms of a patrol with what the published examples do not have: a house of a class that the township
// refers (R110), and a hazard for which a house is put out of use (R115).
func grave(f workflow.Form) any {
	switch v := f.Example().(type) {
	case typing.Finding:
		v.Floors, v.Grounds = 3, []string{"construction_law"}
		return v
	case typing.Grading:
		v.Level, v.Basis = "major", "承重墙开裂贯通，随时可能倒塌"
		return v
	default:
		return v
	}
}

// corrected fills the form of a void certificate with what the new one says instead.
func corrected(f workflow.Form) any {
	if v, ok := f.Example().(typing.CertificateVoid); ok {
		v.Corrected = &typing.Corrected{Boundary: &typing.Boundary{East: "村路", South: "张志强宅", West: "水渠", North: "马有才宅"}}
		return v
	}
	return f.Example()
}

// fillings are the ways in which the forms of a way are filled; nil are the published examples.
func fillings(ch workflow.Chain, way []turn) []func(workflow.Form) any {
	switch {
	case ch.ID == "violation", ch.ID == "hazard":
		return []func(workflow.Form) any{nil, grave}
	case ch.ID == "homestead" && len(way) == 0:
		return []func(workflow.Form) any{corrected}
	}
	return []func(workflow.Form) any{nil}
}

// ofNoCase are the forms that no walk of a case issues, with the reason.
var ofNoCase = map[string]string{
	"F19": "the certificate is the decision (Licensing Law Art. 38)", "F32": "purchased services are of no case (R18)",
	"F37": "a change of the construction permit is no procedure of its own yet",
}

// String names the way of a trail.
func (t *trail) String() string {
	if len(t.turns) == 0 {
		return string(t.chain.ID) + " on its main line"
	}
	last := t.turns[len(t.turns)-1]
	return fmt.Sprintf("%s: %s in %s", t.chain.ID, last.do, last.from)
}

// waysOf are the main line of a chain, and one way to each verb beside it that a person takes: by the main line where the
// verb stands on it, else by the turns that lead to its state.
func waysOf(ch workflow.Chain) [][]turn {
	reached := map[glossary.State][]turn{}
	for at := ch.Stages[0].State; ; {
		reached[at] = []turn{}
		st, _ := ch.Stage(at)
		i := slices.IndexFunc(st.Actions, func(a workflow.Action) bool { return a.MainLine })
		if i < 0 || reached[st.Actions[i].To.States[0]] != nil {
			break
		}
		at = st.Actions[i].To.States[0]
	}
	all := [][]turn{nil}
	for found := true; found; {
		found = false
		for _, st := range ch.Stages {
			before, ok := reached[st.State]
			if !ok {
				continue
			}
			for _, a := range st.Actions {
				way := slices.Concat(before, []turn{{st.State, a.Do}})
				if a.MainLine && len(before) == 0 || a.By == glossary.System || a.Do == glossary.TakeBack ||
					slices.ContainsFunc(all, func(w []turn) bool { return slices.Equal(w, way) }) {
					continue
				}
				if !a.MainLine {
					all = append(all, way)
				}
				for _, to := range a.To.States {
					if _, known := reached[to]; !known {
						reached[to], found = way, true
					}
				}
			}
		}
	}
	return all
}

// walk opens a case and takes its turns, and then ends it: by withdrawal where it can be, so that the household is free
// for the next way, or by the main line. It tells how many turns were taken.
func (t *trail) walk() (taken int, err error) {
	household, ok, err := t.store.FreeHousehold(t.Context(), t.chain.ID, string(t.chain.ID))
	if err != nil || !ok {
		return 0, fmt.Errorf("no household is free for %s: %w", t.chain.ID, err)
	}
	now, err := t.walker.Open(t.Context(), t.chain.ID, household)
	if err != nil {
		return 0, err
	}
	t.id = now.ID
	written := map[string]bool{}
	for range 60 {
		now = t.view(t.id).Case
		switch {
		case !now.Open():
			return taken, nil
		case len(t.turns) == 0:
			t.optional(now.State, written)
		case taken == len(t.turns):
			if _, err := t.walker.Do(t.Context(), t.id, glossary.Withdraw); err == nil {
				continue
			}
		case now.State == t.turns[taken].from:
			if err := t.take(t.turns[taken].do); err != nil {
				return taken, err
			}
			taken++
			continue
		}
		if err := t.step(); err != nil {
			return taken, err
		}
	}
	return taken, fmt.Errorf("%s does not end: %s", t.chain.ID, now.State)
}

// take does a verb beside the main line, after the records and scans and the time that it waits for.
func (t *trail) take(do glossary.Verb) error {
	var err error
	for range 8 {
		if _, err = t.walker.Do(t.Context(), t.id, do); err == nil {
			return nil
		}
		v := t.view(t.id)
		i := slices.IndexFunc(v.Verbs, func(w workflow.VerbView) bool { return w.Action.Do == do })
		if i < 0 || len(v.Verbs[i].Blocked) == 0 {
			return err
		}
		what, name, _ := strings.Cut(v.Verbs[i].Blocked[0].By, ":")
		switch what {
		case "record":
			if _, err := t.walker.Write(t.Context(), t.id, glossary.RecordKind(name)); err != nil {
				return err
			}
		case "time":
			if err := t.reach(t.clock.Now().AddDate(0, 0, 7)); err != nil {
				return err
			}
		default:
			if failed := t.walker.Prepare(t.Context(), t.id); failed != nil {
				return err
			}
		}
	}
	return err
}

func (t *trail) reach(at time.Time) error {
	return seeds.Reach(t.Context(), t.store, t.svc, t.clock, at)
}

// step takes the next verb of the main line, after the time that it waits for.
func (t *trail) step() error {
	var err error
	for range 4 {
		var wait *seeds.WaitError
		if _, _, err = t.walker.Step(t.Context(), t.id); err == nil {
			return nil
		}
		at := t.clock.Now().AddDate(0, 0, 20) // a hearing is held on its day
		if errors.As(err, &wait) {
			at = wait.Until.Add(9 * time.Hour)
		}
		if err := t.reach(at); err != nil {
			return err
		}
	}
	return err
}

// optional writes every record of a stage that may be written and need not, and hands in the offices' photographs.
func (t *trail) optional(in glossary.State, written map[string]bool) {
	v := t.view(t.id)
	for _, p := range v.Chain.Papers {
		if p.During == in && !written[p.Code] {
			written[p.Code] = true
			page, hash := seeds.BlankPage()
			for range 2 {
				_, err := t.svc.Attach(t.Context(), t.id, t.people[v.Chain.Desk(v.Stage.By, v.Case)], "", "",
					workflow.Material{Code: p.Code, Name: p.Code + ".png", Type: "image/png", Size: int64(len(page)), Hash: hash})
				if err != nil {
					t.Errorf("%s: photograph %s: %v", t, p.Code, err)
				}
			}
		}
	}
	for _, r := range v.Stage.Records {
		key := string(in) + string(r.Kind)
		if !r.Optional || written[key] || r.Kind == glossary.ObjectionKind {
			continue // an objection is a turn: it leads away from the main line
		}
		written[key] = true
		// what the case does not let in is not written, and what nothing waits for is not served
		_, _ = t.walker.Write(t.Context(), t.id, r.Kind)
		if len(r.Issues) > 0 {
			_, _ = t.walker.Write(t.Context(), t.id, glossary.ServiceKind)
		}
	}
}

// facts are what a case has at an instant: its chain, the verbs and kinds of record of its history, its papers, and the
// names of everything that was typed.
func (t *trail) facts(c workflow.Case, at time.Time) map[string]bool {
	facts := map[string]bool{string(c.Chain): true}
	lines, err := t.store.History(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	typed(facts, c.Application)
	for _, l := range lines {
		if !l.At.After(at) {
			facts[l.Verb], facts[l.Verb+"@"+string(l.From)] = true, true
			typed(facts, l.Data)
		}
	}
	for _, m := range c.File.Materials {
		facts[m.Code] = facts[m.Code] || !m.At.After(at)
	}
	for _, d := range c.File.Documents {
		facts[string(d.Kind)] = facts[string(d.Kind)] || !d.IssuedAt.After(at)
	}
	return facts
}

// typed adds the names of the fields that hold something.
func typed(facts map[string]bool, raw json.RawMessage) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return
	}
	var add func(v any)
	add = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, of := range v {
				if of != nil && of != "" && of != "0.00" {
					facts["typed:"+name] = true
				}
				add(of)
			}
		case []any:
			for _, of := range v {
				add(of)
			}
		}
	}
	add(v)
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

// A source says where a field of a form comes from.
type source struct {
	form, field string   // field ends in * for all that begin so; form is * for every form
	from        string   // words for the reader; "by hand: …" with the reason
	needs       []string // facts without which the field stays blank
	used        bool
}

// sources reads testdata/papers.txt: form | field | where it comes from | facts without which it stays blank.
func sources(t *testing.T) []*source {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "papers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*source
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cols := strings.Split(line, "|")
		for len(cols) < 4 {
			cols = append(cols, "")
		}
		list = append(list, &source{form: strings.TrimSpace(cols[0]), field: strings.TrimSpace(cols[1]),
			from: strings.TrimSpace(cols[2]), needs: strings.Fields(cols[3])})
	}
	return list
}

// find is the first source of a field: rows of a form stand before those of all.
func find(list []*source, form, field string) *source {
	for _, of := range []string{form, "*"} {
		for _, s := range list {
			prefix, any := strings.CutSuffix(s.field, "*")
			if s.form == of && (s.field == field || any && strings.HasPrefix(field, prefix)) {
				return s
			}
		}
	}
	return nil
}

func (s *source) byHand() bool { return strings.HasPrefix(s.from, "by hand") }

// absent tells whether the case lacks a fact that the field needs.
func (s *source) absent(facts map[string]bool) bool {
	return slices.ContainsFunc(s.needs, func(f string) bool {
		none, not := strings.CutPrefix(f, "!")
		return facts[none] == not
	})
}

// papers gives each paper that the case issued, and each sheet that can be made of it, with the instant of its facts.
func (t *trail) papers(p *printing.Printer, look func(kind glossary.DocumentKind, at time.Time, pdf []byte)) {
	c := t.view(t.id).Case
	for _, d := range c.File.Documents {
		pdf, err := p.Print(t.Context(), c.ID, d.ID)
		if err != nil {
			t.Errorf("%s: %s: %v", t, d.Kind, err)
			continue
		}
		look(d.Kind, d.IssuedAt, pdf)
	}
	for _, form := range forms.Known() {
		pdf, err := p.Sheet(t.Context(), c.ID, string(form))
		if err == nil {
			look(form, t.clock.Now(), pdf)
		} else if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("%s: %s: %v", t, form, err)
		}
	}
}

// Every field of every paper, on every way of every chain: filled, or by hand with the reason, or without the fact.
func TestPapersAreComplete(t *testing.T) {
	modelstest.Slow(t)
	list := sources(t)
	onSQLite(t, func(c *county) {
		if err := seeds.Ready(c.Context(), c.store, c.svc); err != nil {
			c.Fatal(err)
		}
		set := *c.inUse.Load()
		set.Parameters.LapseUncorrected = true // the county has confirmed A8
		c.inUse.Store(&set)
		p := printing.NewPrinter(c.store, c.svc, publicAddress)
		seen := map[string]bool{}
		for _, ch := range chains.Published() {
			for _, way := range waysOf(ch) {
				for _, fill := range fillings(ch, way) {
					in, w := *c, *c.walker
					w.Fill = fill
					in.walker = &w
					tr := &trail{county: &in, chain: ch, turns: way}
					taken, err := tr.walk()
					if err != nil || taken < len(way) {
						c.Logf("%s: %d of %d turns: %v", tr, taken, len(way), err)
					}
					if tr.id == 0 {
						continue
					}
					tr.look(p, list, seen)
				}
			}
		}
		for _, form := range forms.Known() {
			if !seen[string(form)] && ofNoCase[string(form)] == "" {
				c.Errorf("no way of any chain leads to %s", form)
			}
		}
	})
}

// keep writes a paper to the directory of the flag: of each kind and chain the one with the fewest fields left blank.
func (t *trail) keep(kind glossary.DocumentKind, pdf []byte) {
	if *pictures == "" {
		return
	}
	file := filepath.Join(*pictures, fmt.Sprintf("%s-%s.pdf", strings.ReplaceAll(string(kind), "/", "_"), t.chain.ID))
	if have, err := os.ReadFile(file); err == nil && len(left(have)) <= len(left(pdf)) {
		return
	}
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Error(err)
	}
}

// look finds the fields that stayed blank on the papers of a trail, each kind of paper once for the same facts.
func (t *trail) look(p *printing.Printer, list []*source, seen map[string]bool) {
	c := t.view(t.id).Case
	t.papers(p, func(kind glossary.DocumentKind, at time.Time, pdf []byte) {
		t.keep(kind, pdf)
		seen[kind.Form()] = true
		names, err := forms.FieldsOf(glossary.DocumentKind(kind.Form()))
		if err != nil {
			t.Error(err)
			return
		}
		facts := t.facts(c, at)
		blank := left(pdf)
		for _, name := range names {
			s := find(list, kind.Form(), name)
			switch {
			case !slices.Contains(blank, name):
			case s == nil || !s.byHand() && !s.absent(facts):
				if key := fmt.Sprint(kind, name, t.chain.ID); !seen[key] {
					seen[key] = true
					t.Errorf("%s %s is blank (%s)", kind, name, t)
				}
			}
		}
	})
}

// A paper with a character that no font has is an alarm that names it, and keeps no other paper back.
func TestUnprintablePaperIsAnAlarm(t *testing.T) {
	onSQLite(t, func(c *county) {
		household, _, err := c.store.FreeHousehold(c.Context(), "homestead", "homestead")
		if err != nil {
			c.Fatal(err)
		}
		a, _ := typing.HomesteadApplication{}.Example().(typing.HomesteadApplication)
		a.Proposed.Address += string(rune(0x2EBF0))
		k, err := c.walker.OpenWith(c.Context(), "homestead", household, a)
		if err != nil {
			c.Fatal(err)
		}
		tr := &trail{county: c, id: k.ID}
		for c.view(k.ID).Case.State != glossary.Approved {
			if err := tr.step(); err != nil {
				c.Fatal(err)
			}
		}
		w := printing.NewWorker(printing.NewPrinter(c.store, c.svc, publicAddress), retry.New(func(int) time.Duration { return time.Hour }),
			slog.New(slog.DiscardHandler), c.store)
		if err := w.PrintDue(c.Context()); err != nil {
			c.Fatal(err)
		}
		list, err := c.store.Alarms(c.Context())
		if err != nil {
			c.Fatal(err)
		}
		said := ""
		for _, alarm := range list {
			if alarm.Kind == printing.AlarmKind {
				said += alarm.Text
			}
		}
		if !strings.Contains(said, "U+2EBF0") || !strings.Contains(said, "location") {
			c.Errorf("the alarms say %q", said)
		}
		waiting, err := c.store.Unprinted(c.Context(), 100)
		if err != nil || len(waiting) != 3 {
			c.Errorf("%d papers wait, want F03, F04 and F05 alone: %v", len(waiting), err)
		}
	})
}

var (
	update   = flag.Bool("update", false, "write docs/papers.md anew")
	pictures = flag.String("papers", "", "directory to write a paper of each kind and chain to, to be looked at")
)

// The document says of every field of every form where it comes from, or why it is written by hand; every row of the
// list is used.
func TestPapersAreListed(t *testing.T) {
	list := sources(t)
	var b strings.Builder
	b.WriteString("# The papers and their fields\n\nGenerated from `jobs/testdata/papers.txt` and the layouts by " +
		"`go test ./jobs -run PapersAreListed -update`; `TestPapersAreComplete` walks every way of every chain and holds " +
		"the papers to it. What is by hand stays a place to write in.\n")
	for _, form := range append(forms.Known(), glossary.GuidanceDoc) {
		names, err := forms.FieldsOf(form)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## %s %s\n\n| field | from |\n|---|---|\n", form, form.Title())
		for _, name := range names {
			s := find(list, string(form), name)
			if s == nil {
				t.Errorf("%s %s comes from nowhere", form, name)
				continue
			}
			s.used = true
			fmt.Fprintf(&b, "| %s | %s |\n", name, s.from)
		}
	}
	for _, s := range list {
		if !s.used {
			t.Errorf("no field is %s %s", s.form, s.field)
		}
	}
	shown, err := os.ReadFile(filepath.Join("testdata", "papers_seen.md"))
	if err != nil {
		t.Fatal(err)
	}
	b.Write(shown)
	file := filepath.Join("..", "docs", "papers.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != b.String() {
		t.Errorf("%s is not what the list says; run with -update (%v)", file, err)
	}
}
