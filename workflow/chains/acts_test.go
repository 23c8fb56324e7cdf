package chains

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law/lawtest"
	answering "anju/workflow/petitions"
	"anju/workflow/trades"
)

// TestRowsActAsSigned drives every verb, record and ladder of every chain in every state that a case can come to, and
// compares what happens with testdata/acts: who may act, what is refused under which rule, on which application and
// which record, and what follows. Where the signed table says what a row holds, this says what it does. A line that
// changes is to be read like a line of the signed table.
func TestRowsActAsSigned(t *testing.T) {
	lawtest.Rows(t)
	for _, ch := range Published() {
		t.Run(string(ch.ID), func(t *testing.T) {
			file := filepath.Join("testdata", "acts", string(ch.ID)+".txt")
			got := actsOf(t, ch)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != got {
				t.Errorf("%s differs (%v): %s; read the change, then run the test with -update", file, err,
					firstDifference(string(want), got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d was %q, is %q", i+1, a[i], b[i])
		}
	}
	return "one is longer"
}

// actsWriter writes what the rows of a chain do.
type actsWriter struct {
	strings.Builder
	t  *testing.T
	ch Chain
}

func (w *actsWriter) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func actsOf(t *testing.T, ch Chain) string {
	w := &actsWriter{t: t, ch: ch}
	first := open(t, ch, nil)
	w.chain(first)
	at := snapshots(first)
	for _, st := range ch.Stages {
		if d, ok := at[st.State]; ok {
			w.stage(st, d)
		} else {
			w.line("\n== %s: no case comes here", st.State)
		}
	}
	w.ways()
	return w.String()
}

// chain writes what holds of every stage.
func (w *actsWriter) chain(d *desk) {
	w.line("== %s: opened by %v, for the applicant %s; guided by %s, register with %s", w.ch.ID, openers(w.ch),
		w.ch.Desk(Applicant, d.c), w.ch.Guides, w.ch.Oversight)
	form := w.ch.Form.Example()
	base := d.placed(form)
	for _, v := range variants(form) {
		if p := d.placed(v.value); p != base {
			w.line("   application %s: %s", v.name, p)
		}
		x := d.fork()
		x.c = Case{ID: 99, Division: village, GroupNo: "01", Household: 1, Siblings: d.c.Siblings, File: d.c.File}
		_, err := w.ch.Open(x.c, Opening{By: offices[w.ch.Opener(v.value)], At: d.now, Application: Typed(v.value)}, d.county)
		if err != nil {
			w.line("   opened with %s: %s", v.name, sayErr(err))
		}
	}
	// kinds are listed here by hand: a paper that takes one less is another line
	kinds := []string{"generic_drawing", "qualified_institute", "qualified_person", "ownership_certificate",
		"recognition_record", "bid_award_notice", "self_contracting_record", ""}
	for _, p := range w.ch.Papers {
		var serve []string
		for _, k := range kinds {
			c := d.c
			if p.During != "" {
				c.State = p.During
			}
			if p.Copy != "" {
				c.File.Documents = []Document{{Kind: p.Copy, Number: "1"}}
			}
			for _, by := range Offices() {
				if _, err := w.ch.Attach(c, offices[by], Material{Code: p.Code, Kind: k, At: d.now}); err == nil {
					serve = append(serve, strings.TrimSpace(string(by)+" "+k))
				}
			}
		}
		w.line("   paper %s: %s", p.Code, strings.Join(serve, ", "))
	}
	for _, kind := range []string{ObjectionPetition, WithdrawalPetition, UrgePetition, RatingPetition, ComplaintPetition} {
		var may []Party
		for _, p := range Offices() {
			if answering.MayAnswer(w.ch, kind, d.c, w.ch.Stages[1].State, Actor{Kind: p}) == nil {
				may = append(may, p)
			}
		}
		w.line("   petition %s: %v", kind, may)
	}
}

func openers(ch Chain) (list []Party) {
	for _, p := range Offices() {
		if ch.MayOpen(p) {
			list = append(list, p)
		}
	}
	return list
}

// stage writes what can be done in a state.
func (w *actsWriter) stage(st Stage, d *desk) {
	w.line("\n== %s: %s; %s", st.State, d.ch.Desk(st.By, d.c), d.clocks(d.c.Deadlines))
	w.papers(d)
	w.line("   may be written: %v", d.writable())
	w.ladder(d.fork(), "   ")
	for _, a := range st.Actions {
		w.action(st, a, d)
	}
	for _, r := range w.ch.Records(st) {
		w.record(st, r, d)
	}
}

// papers writes what the page of a case asks for, and what of the file serves: as it is, without its scans, and with
// what was issued void.
func (w *actsWriter) papers(d *desk) {
	bare := d.fork()
	bare.c.File.Materials, bare.c.Siblings = nil, slices.Clone(d.c.Siblings)
	w.line("   papers: %s", bare.served())
	for i := range bare.c.Siblings {
		bare.c.Siblings[i].File.Materials = nil
	}
	w.line("   without scans: %s", bare.served())
	for i, s := range bare.c.Siblings {
		bare.c.Siblings[i] = voided(s)
	}
	w.line("   void: %s", bare.served())
}

// served lists what is asked for, and the case that holds what serves.
func (d *desk) served() string {
	v, err := d.ch.View(d.c, offices[d.ch.Desk(Applicant, d.c)], d.now, d.county)
	if err != nil {
		d.t.Fatal(err)
	}
	var said []string
	for _, m := range v.Materials {
		said = append(said, fmt.Sprintf("%s owed %v held by %q", m.Paper.Code, m.Owed, m.Source))
	}
	return strings.Join(said, ", ")
}

// writable lists the records that the page of each office offers.
func (d *desk) writable() (kinds []string) {
	for _, by := range Offices() {
		v, err := d.ch.View(d.c, offices[by], d.now, d.county)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, r := range v.Records {
			k := string(r.Row.Kind)
			if r.Owed {
				k += " (owed)"
			}
			if r.Allowed && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	slices.Sort(kinds)
	return kinds
}

// action writes one verb: who may take it, what it is refused for, and what follows.
func (w *actsWriter) action(st Stage, a Action, d *desk) {
	who := w.who(func(by Actor) error {
		_, err := w.ch.Decide(d.c, Move{Do: a.Do, By: by, Seen: d.c.Seen, At: d.now, Reason: "理由",
			Data: example(a.Data)}, d.county)
		return err
	})
	by := d.by(a)
	_, silent := w.ch.Decide(d.c, Move{Do: a.Do, By: offices[by], Seen: d.c.Seen, At: d.now, Data: example(a.Data)},
		d.county)
	w.line("-- %s/%s: %s; without a reason: %s", st.State, a.Do, who, sayErr(silent))
	entered := d.refusal(a)
	w.line("   entered: %s", entered)
	blank := d.fork()
	blank.c.Application, blank.c.File = json.RawMessage("{}"), File{Marks: map[Mark]time.Time{}, Asked: d.c.File.Asked}
	blank.c.Siblings = []Case{{Chain: w.ch.ID, State: Archived, Outcome: Granted, Number: "JS-0"}}
	blank.county.Contractors, blank.county.Parameters.HomesteadStandard = nil, 1
	w.line("   blank: %s", blank.refusal(a))
	done := d.fork()
	o, err := done.attempt(a)
	if err != nil {
		w.line("   then: %s", sayErr(err))
	} else {
		w.line("   then: %s", done.follows(o))
	}
	if len(a.Needs) > 0 {
		w.vary(done, a)
		w.elsewhere(done, a)
	}
	if sent := done.amended(a); sent != nil {
		x, e := done.decide(by, a.Do, sent)
		w.line("   amended: %s; %s", sayErr(e), done.follows(x))
	}
	if a.Data != nil && err == nil {
		for _, v := range variants(a.Data.Example()) {
			x, e := done.decide(by, a.Do, v.value)
			if said := cmp.Or(sayErr(e)); said != "ok" || done.follows(x) != done.follows(o) {
				w.line("   %s: %s", v.name, said)
			}
		}
	}
}

// vary writes for which applications the action is refused otherwise.
func (w *actsWriter) vary(d *desk, a Action) {
	base := d.refusal(a)
	form := reflect.New(reflect.TypeOf(w.ch.Form))
	if json.Unmarshal(d.c.Application, form.Interface()) != nil {
		return
	}
	for _, v := range variants(form.Elem().Interface()) {
		x := d.fork()
		x.c.Application, _ = json.Marshal(v.value)
		if said := x.refusal(a); said != base {
			w.line("   application %s: %s", v.name, said)
		}
	}
}

// elsewhere writes for which county, household and day the action is refused otherwise.
func (w *actsWriter) elsewhere(d *desk, a Action) {
	base := d.refusal(a)
	try := func(name string, change func(*desk)) {
		x := d.fork()
		x.c.Siblings = slices.Clone(d.c.Siblings)
		change(x)
		if said := x.refusal(a); said != base {
			w.line("   %s: %s", name, said)
		}
	}
	try("no commission", func(x *desk) { x.county.Parameters.Mandate = Mandate{} })
	try("a small standard", func(x *desk) { x.county.Parameters.HomesteadStandard = 1 })
	try("another meeting", func(x *desk) { x.county.Parameters.MeetingBody = "member_delegate_assembly" })
	try("proof first", func(x *desk) { x.county.Parameters.ProofBeforeRegistration = true })
	try("no contractors", func(x *desk) { x.county.Contractors = nil })
	for _, kind := range []trades.ContractorKind{trades.ContractorPerson, trades.ContractorOrg} {
		try(fmt.Sprintf("contractors are each a %s without qualification", kind), func(x *desk) {
			x.county.Contractors = maps.Clone(x.county.Contractors)
			for code, c := range x.county.Contractors {
				c.Kind, c.Basis = kind, "rural_cooperative"
				x.county.Contractors[code] = c
			}
		})
	}
	try("a certificate of the old house", func(x *desk) { x.c.File.Current.CertificateNo = "1" })
	try("no old house", func(x *desk) { x.c.File.Current = CurrentHomestead{} })
	try("asked for papers before", func(x *desk) { x.c.File.Asked = &Correction{At: x.now} })
	try("two years later", func(x *desk) { x.now = x.now.AddDate(2, 0, 0) })
	for _, ch := range Published() {
		try("a running case of "+string(ch.ID), func(x *desk) {
			x.c.Siblings = append(x.c.Siblings, x.sibling(ch, ch.Stages[1].State, ""))
		})
		try("a granted case of "+string(ch.ID), func(x *desk) {
			x.c.Siblings = append(x.c.Siblings, x.sibling(ch, Archived, Granted))
		})
	}
	for i, s := range d.c.Siblings {
		try("without "+string(s.Chain), func(x *desk) { x.c.Siblings = slices.Delete(x.c.Siblings, i, i+1) })
		try("withdrawn "+string(s.Chain), func(x *desk) { x.c.Siblings[i].Outcome = Withdrawn })
		try("without papers "+string(s.Chain), func(x *desk) { x.c.Siblings[i].File.Materials = nil })
		try("nothing issued "+string(s.Chain), func(x *desk) { x.c.Siblings[i].File.Documents = nil })
		try("void "+string(s.Chain), func(x *desk) { x.c.Siblings[i] = voided(s) })
		try("expired "+string(s.Chain), func(x *desk) {
			docs := slices.Clone(s.File.Documents)
			for n := range docs {
				docs[n].ValidTo = calendar.Date(2021, 6, 1)
			}
			x.c.Siblings[i].File.Documents = docs
		})
	}
}

// record writes one record: who may enter it, what follows, and what it opens or closes.
func (w *actsWriter) record(st Stage, r RecordRow, d *desk) {
	who := w.who(func(by Actor) error {
		_, err := w.ch.Record(d.c, Recording{Kind: r.Kind, By: by, At: d.now, Data: example(r.Data)}, d.county)
		return err
	})
	by := d.ch.Desk(r.By[0], d.c)
	o, err := d.entering(by, r.Kind, r.Data.Example())
	if err != nil {
		w.line("-- %s/%s: %s; %s", st.State, r.Kind, who, sayErr(err))
		if d = d.fork(); d.prepare(r) != nil {
			return
		}
		if o, err = d.entering(by, r.Kind, r.Data.Example()); err != nil {
			return
		}
	}
	w.line("-- %s/%s: %s; by link %v; %s", st.State, r.Kind, who, r.ByLink, d.follows(o))
	if len(st.Actions) == 0 || slices.ContainsFunc(w.ch.CommonRecords, func(x RecordRow) bool { return x.Kind == r.Kind }) {
		return
	}
	base := d.fork()
	base.write(o)
	started := len(o.Start) > 0
	if said, begun := base.serveIssued(st, o); said != "" {
		w.line("   %s", said)
		started = started || begun
	}
	if started {
		w.ladder(base.fork(), "   ")
	}
	if again, err := base.entering(by, r.Kind, r.Data.Example()); err != nil || len(again.Issue) != len(o.Issue) {
		w.line("   again: %s, issues %d", sayErr(err), len(again.Issue))
	}
	before := refusals(st, d)
	after := refusals(st, base)
	for _, a := range st.Actions {
		if before[a.Do] != after[a.Do] {
			w.line("   %s: %s", a.Do, after[a.Do])
		}
	}
	for _, k := range w.ch.Records(st) {
		if was, is := d.mayWrite(k), base.mayWrite(k); was != is {
			w.line("   then %s: %s", k.Kind, is)
		}
	}
	for _, v := range variants(r.Data.Example()) {
		x := d.fork()
		o, err := x.entering(by, r.Kind, v.value)
		if err != nil {
			w.line("   %s: %s", v.name, sayErr(err))
			continue
		}
		if _, err := x.enter(by, r.Kind, v.value); err != nil {
			w.line("   %s alone: %s", v.name, sayErr(err))
		}
		x.write(o)
		x.serveIssued(st, o)
		now := refusals(st, x)
		for _, a := range st.Actions {
			if now[a.Do] != after[a.Do] {
				w.line("   %s: %s %s", v.name, a.Do, now[a.Do])
			}
		}
	}
}

// serveIssued serves what a record issued, where something begins with it, and says what follows.
func (d *desk) serveIssued(st Stage, o Outcome) (said string, begun bool) {
	for _, doc := range o.Issue {
		s, _ := st.Serving(doc.Kind)
		if len(s.Starts) == 0 && s.Begins == nil {
			continue
		}
		issued, _ := d.c.Document(doc.Kind)
		x, err := d.enter(ServiceCenter, ServiceKind, forms.ServiceRecord{Papers: []string{issued.Number},
			Method: "direct", Recipient: "王建国"})
		if err != nil {
			return "served: " + sayErr(err), false
		}
		said, begun = "served: "+d.follows(x), len(x.Start) > 0
		d.write(x)
	}
	return said, begun
}

// who lists the offices that may act, with a mark where only the head may.
func (w *actsWriter) who(try func(Actor) error) string {
	var may []string
	for _, p := range append(Offices(), System) {
		by := Actor{Officer: 900, Role: GroupHead, Kind: p, Division: OfficeDivision(p.Level(), village, "01")}
		if p == System {
			by = BySystem
		}
		if err := try(by); errors.Is(err, ErrWrongParty) || errors.Is(err, ErrNotOpen) {
			continue
		}
		by.Role = WindowClerk
		if p != System && errors.Is(try(by), ErrWrongParty) {
			p += " (head)"
		}
		may = append(may, string(p))
	}
	return strings.Join(may, ", ")
}

// sayErr names what was refused, with the rules.
func sayErr(err error) string {
	var r *Refusal
	var bad *Invalid
	var said []string
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &r) && len(r.Blocked) > 0:
		for _, u := range r.Blocked {
			said = append(said, string(u.Rule)+" "+u.Condition)
		}
	case errors.As(err, &bad):
		for _, f := range bad.Fields {
			said = append(said, string(f.Rule)+" field "+f.Field)
		}
	default:
		return err.Error()
	}
	return "refused: " + strings.Join(said, ", ")
}

// clocks writes the live deadlines.
func (d *desk) clocks(list []Deadline) string {
	var said []string
	for _, x := range list {
		if x.Live() {
			said = append(said, fmt.Sprintf("%s from %s to %s", x.Limit, x.StartedOn, x.DueOn))
		}
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

// service says what the service of a paper opens, begins and ends.
func (d *desk) service(doc Document) string {
	st, _ := d.ch.Stage(d.c.State)
	s, ok := st.Serving(doc.Kind)
	if !ok {
		return "none"
	}
	said := []string{fmt.Sprintf("owed %v/%v begins %v", s.Owed, doc.ToServe, s.Begins != nil)}
	for _, x := range s.Terms {
		said = append(said, fmt.Sprintf("%s %d%s%s statutory %v", x.ID, x.N, x.Unit, x.Bound, x.Statutory))
	}
	for _, c := range s.Starts {
		said = append(said, fmt.Sprintf("starts %s", c.Limit.ID))
	}
	return strings.Join(append(said, fmt.Sprintf("stops %v", s.Stops)), " ")
}

// follows writes what an outcome does.
func (d *desk) follows(o Outcome) string {
	var said []string
	add := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if o.Moved {
		add("→ %s", o.Case.State)
	}
	if o.Message != nil {
		add("tells %v", o.Message.Tells)
	}
	for _, doc := range o.Issue {
		add("issues %s by %s to %v citing %v, service: %s", doc.Kind, authorityOf(doc), doc.ValidTo, doc.Cites != "",
			d.service(doc))
	}
	for _, m := range slices.Sorted(maps.Keys(o.Case.File.Marks)) {
		if is, was := o.Case.File.Marks[m], d.c.File.Marks[m]; !is.Equal(was) {
			add("marks %s %s", m, is.In(calendar.Shanghai).Format("01-02 15:04"))
		}
	}
	if s := d.clocks(o.Start); s != "" {
		add("starts %s", s)
	}
	for _, x := range d.c.Deadlines {
		if slices.Contains(o.Close, x.ID) {
			add("stops %s", x.Limit)
		}
	}
	for _, x := range o.Advance {
		add("moves %s to %s next %s", x.Limit, x.DueOn, x.Next)
	}
	if _, named := whoIsNamed[o.Entry.Verb]; named {
		add("names %s", o.Entry.Data)
	}
	for _, q := range o.Questions {
		add("asks %s of %d", q.By, q.Document)
	}
	if len(o.Settles) > 0 {
		add("settles %v", o.Settles)
	}
	add("seal %v assigns %v seen %d suspends %d", o.UseSeal, o.Assign != nil, o.Case.Seen-d.c.Seen, len(o.Suspended))
	return strings.Join(append(said, changes(d.c, o.Case)...), "; ")
}

// changes names what of the file is another.
func changes(was, is Case) (said []string) {
	var a, b map[string]json.RawMessage
	for c, into := range map[*Case]*map[string]json.RawMessage{&was: &a, &is: &b} {
		text, _ := json.Marshal(c.File)
		_ = json.Unmarshal(text, into) // it was marshalled just now
	}
	for _, k := range slices.Sorted(maps.Keys(b)) {
		if k == "records" || k == "marks" || k == "materials" || string(a[k]) == string(b[k]) {
			continue
		}
		value := string(b[k])
		if len(value) > 60 {
			value = fmt.Sprintf("(%d)", len(value))
		}
		said = append(said, k+" "+value)
	}
	if string(was.Application) != string(is.Application) {
		said = append(said, "application")
	}
	if was.Authority != is.Authority || was.InsidePlanningArea != is.InsidePlanningArea {
		said = append(said, fmt.Sprintf("authority %s, inside %v", is.Authority, is.InsidePlanningArea))
	}
	return said
}

// ladder lets time pass, and writes each rung with the offices told.
func (w *actsWriter) ladder(d *desk, indent string) {
	from, state := len(d.lines), d.c.State
	for range 12 {
		told := len(d.told)
		d.pass(d.now.Add(7 * 24 * time.Hour))
		for i, e := range d.lines[from:] {
			if e.Rung != "" {
				w.line("%s%s %s %s %s: %v", indent, e.Rule, e.Rung, e.Verb, e.At.In(calendar.Shanghai).Format("01-02 15:04"),
					d.told[min(told+i, len(d.told)-1)].Tells)
			}
		}
		from = len(d.lines)
		if d.c.State != state {
			return
		}
	}
}
