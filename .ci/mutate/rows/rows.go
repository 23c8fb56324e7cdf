// Package rows spoils the tables of the chains, one cell at a time. It walks a chain by reflection, so that a column
// that is new is spoilt like the others: a list loses an item, what is set is turned off, a number is one more or one
// less, a party is another, and what the case decides is decided the other way.
package rows

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"anju/.ci/mutate/choice"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Mutant is one cell spoilt.
type Mutant struct {
	ID    string     // chain@version/column/row/column/item=what
	Rules []law.Rule // of its row, of its condition and of the reading that the row stands on
	Text  string     // what its row says
	Twin  string     // the same for mutants of one row that several places share
	spoil func()
}

// Chosen is the chain with the mutants that are in force.
func Chosen(ch workflow.Chain) workflow.Chain {
	for _, id := range choice.OfRows() {
		if strings.HasPrefix(id, prefix(ch)) {
			ch = Spoilt(ch, id)
		}
	}
	return ch
}

// Spoilt is a copy of the chain with one mutant in it; the same chain where it has no such mutant.
func Spoilt(ch workflow.Chain, id string) workflow.Chain {
	ch = clone(reflect.ValueOf(ch)).Interface().(workflow.Chain)
	for _, m := range list(&ch) {
		if m.ID == id {
			m.spoil()
			break
		}
	}
	return ch
}

// Of lists the mutants of a chain.
func Of(ch workflow.Chain) []Mutant { return list(&ch) }

func prefix(ch workflow.Chain) string { return fmt.Sprintf("%s@%d/", ch.ID, ch.Version) }

func list(ch *workflow.Chain) []Mutant {
	var w walker
	w.value(reflect.ValueOf(ch).Elem(), place{path: strings.TrimSuffix(prefix(*ch), "/")})
	return w.found
}

// place is where the walk is: the path, the rules that hold there and the row that it is inside.
type place struct {
	path, row, text string
	rules           []law.Rule
	inside          int // the length of the path to the row
}

func (p place) at(name string) place {
	p.path += "/" + strings.ReplaceAll(name, " ", "_")
	return p
}

func (p place) under(rules ...law.Rule) place {
	p.rules = slices.Clone(p.rules)
	for _, r := range rules {
		if r != "" && !slices.Contains(p.rules, r) {
			p.rules = append(p.rules, r)
		}
	}
	return p
}

type walker struct{ found []Mutant }

func (w *walker) add(p place, what string, spoil func()) {
	m := Mutant{ID: p.path + "=" + what, Rules: p.rules, Text: p.text, spoil: spoil}
	m.Twin = m.ID
	if p.row != "" {
		m.Twin = p.row + m.ID[p.inside:]
	}
	w.found = append(w.found, m)
}

// units are the rows that several places may share: one that is shared is one mutant.
var units = []reflect.Type{reflect.TypeFor[workflow.Action](), reflect.TypeFor[workflow.RecordRow](),
	reflect.TypeFor[[]workflow.Rung](), reflect.TypeFor[workflow.Limit](), reflect.TypeFor[workflow.Paper](),
	reflect.TypeFor[workflow.PetitionRow]()}

// silent are the columns that name a row, that pages and the signed table show and nothing acts upon, or that another
// column says again.
var silent = []string{"ID", "Title", "Version", "InForce", "Matter", "Form", "BlankForms", "Basis", "Brief", "Role",
	"Subject", "Says", "Choice", "Name", "Message", "Detail", "Meets", "Holds", "If", "Untimed", "Data", "MainLine",
	"Optional", "Before", "Apply", "Under", "Rule", "State", "States", "Kind", "Code", "Doc", "Sender", "Record", "Copy",
	"During", "Ends", "Spans",
	"Follows"}

func (w *walker) value(v reflect.Value, p place) {
	if slices.Contains(units, v.Type()) && p.row == "" {
		p.row, p.text, p.inside = says(v, true), says(v, false), len(p.path)
	}
	switch v.Kind() {
	case reflect.Struct:
		w.columns(v, p.under(rulesOf(v)...))
	case reflect.Slice:
		w.items(v, p)
	case reflect.Pointer:
		if !v.IsNil() {
			w.add(p, "dropped", v.SetZero)
		}
	}
}

// rulesOf are the rules that a row names: its own, and the reading that it stands on.
func rulesOf(v reflect.Value) (rules []law.Rule) {
	if f := v.FieldByName("Rule"); f.IsValid() {
		if r, ok := f.Interface().(law.Rule); ok {
			rules = append(rules, r)
		}
	}
	if f := v.FieldByName("Under"); f.IsValid() {
		if a, ok := f.Interface().(law.Article); ok && a.Law == law.Reading && reading.MatchString(a.No) {
			rules = append(rules, law.Rule(a.No))
		}
	}
	if t, ok := v.Interface().(law.Term); ok && limit.MatchString(string(t.ID)) {
		rules = append(rules, law.Rule(t.ID))
	}
	return rules
}

var (
	reading = regexp.MustCompile(`^A[0-9]+$`)
	limit   = regexp.MustCompile(`^L[0-9]{2}$`)
)

// columns spoils each column of a row. A ladder stands under the rules of the limits of its stage, and the party of a
// stage under those of its verbs too.
func (w *walker) columns(v reflect.Value, p place) {
	st, stage := v.Interface().(workflow.Stage)
	if l, ok := v.Interface().(workflow.Limit); ok {
		if l.ID == "" {
			return
		}
	}
	paper, _ := v.Interface().(workflow.Paper)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "Serves" && len(paper.From) == 0 {
			continue // nothing serves in its place
		}
		if !f.IsExported() || slices.Contains(silent, f.Name) && !f.Anonymous {
			continue
		}
		at := p
		if stage && (f.Name == "Late" || f.Name == "By") {
			for _, l := range st.Limits() {
				at = at.under(l.Rule, law.Rule(l.ID))
			}
		}
		if stage && f.Name == "By" {
			for _, a := range st.Actions {
				at = at.under(a.Rule)
			}
		}
		if !f.Anonymous {
			at = at.at(f.Name)
		}
		w.column(v.Field(i), f.Name, at)
	}
	if t, ok := v.Addr().Interface().(*workflow.Target); ok && t.Pick != nil {
		w.add(p.at("Pick"), "turned", func() { t.Pick = elsewhere(t.Pick, t.States) })
	}
}

// elsewhere picks the next of the states.
func elsewhere(pick func(workflow.Facts) glossary.State, states []glossary.State) func(workflow.Facts) glossary.State {
	return func(f workflow.Facts) glossary.State {
		return states[(slices.Index(states, pick(f))+1)%len(states)]
	}
}

func (w *walker) column(v reflect.Value, name string, p place) {
	switch x := v.Addr().Interface().(type) {
	case *glossary.Party:
		if *x != "" {
			w.add(p, "swapped", func() { *x = other(*x) })
		}
	case *glossary.Mark, *glossary.Verb:
		if !v.IsZero() && !(name == "Do" && !strings.Contains(p.path, "/Late/")) {
			w.add(p, "dropped", v.SetZero)
		}
	case *calendar.Limit:
		if x.N != 0 {
			w.days(x, p)
		}
	default:
		switch v.Kind() {
		case reflect.Bool:
			if v.Bool() || name == "Statutory" {
				w.add(p, "turned", func() { v.SetBool(!v.Bool()) })
			}
		case reflect.Func:
			w.function(v, p)
		default:
			w.value(v, p)
		}
	}
}

func (w *walker) days(x *calendar.Limit, p place) {
	w.add(p, "one_more", func() { x.N++ })
	w.add(p, "one_less", func() { x.N-- })
	w.add(p, "another_unit", func() {
		if x.Unit == calendar.CalendarDay {
			x.Unit = calendar.WorkingDay
		} else {
			x.Unit = calendar.CalendarDay
		}
	})
	if strings.HasSuffix(p.path, "/After") {
		return // a rung has no bound
	}
	w.add(p, "another_bound", func() {
		if x.Bound == calendar.Min {
			x.Bound = calendar.Max
		} else {
			x.Bound = calendar.Min
		}
	})
}

// function turns what a function says: a truth, or a party. One that does something is dropped.
func (w *walker) function(v reflect.Value, p place) {
	t := v.Type()
	if v.IsNil() || t.NumOut() == 1 && t.Out(0) == reflect.TypeFor[glossary.State]() {
		return
	}
	was := reflect.ValueOf(v.Interface())
	turned := func(result func(reflect.Value) reflect.Value) func() {
		return func() {
			v.Set(reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
				return []reflect.Value{result(was.Call(args)[0])}
			}))
		}
	}
	switch {
	case t.NumOut() == 1 && t.Out(0).Kind() == reflect.Bool:
		w.add(p, "turned", turned(func(r reflect.Value) reflect.Value { return reflect.ValueOf(!r.Bool()) }))
	case t.NumOut() == 1 && t.Out(0) == reflect.TypeFor[glossary.Party]():
		w.add(p, "swapped", turned(func(r reflect.Value) reflect.Value {
			return reflect.ValueOf(other(r.Interface().(glossary.Party)))
		}))
	default:
		w.add(p, "dropped", v.SetZero)
	}
}

// items spoils a list: it walks into rows that have a key, and drops each item that is not a row of its own. A record
// that has no writer would be no row, so that its writers are swapped.
func (w *walker) items(v reflect.Value, p place) {
	seen := map[string]int{}
	for i := range v.Len() {
		item := v.Index(i)
		name := key(item)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s~%d", name, seen[name])
		}
		at := p.at(name)
		if item.Kind() == reflect.Struct {
			at = at.under(rulesOf(item)...)
		}
		party, ok := item.Addr().Interface().(*glossary.Party)
		switch {
		case ok && strings.HasSuffix(p.path, "/By"):
			w.add(at, "swapped", func() { *party = other(*party) })
		case !slices.Contains(whole, item.Type()):
			w.add(at, "dropped", func() {
				v.Set(reflect.AppendSlice(v.Slice3(0, i, i), v.Slice(i+1, v.Len())))
			})
		}
		if item.Kind() == reflect.Struct && item.Type() != reflect.TypeFor[workflow.Condition]() {
			w.value(item, at)
		}
	}
}

// whole are the rows that are never dropped: a chain without one is another procedure.
var whole = []reflect.Type{reflect.TypeFor[workflow.Stage](), reflect.TypeFor[workflow.Action](),
	reflect.TypeFor[workflow.RecordRow](), reflect.TypeFor[workflow.Paper](), reflect.TypeFor[workflow.PetitionRow]()}

// key names an item of a list.
func key(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return fmt.Sprint(v.Interface())
	}
	for _, name := range []string{"State", "Do", "Kind", "Code", "Doc", "ID", "Name"} {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.String && f.String() != "" {
			if _, rung := v.Interface().(workflow.Rung); !rung || name == "Name" {
				return f.String()
			}
		}
	}
	if c, ok := v.Interface().(workflow.Clock); ok {
		return string(c.Limit.ID)
	}
	return "row"
}

// other is a party that has no part in any chain as the one that is swapped.
func other(p glossary.Party) glossary.Party {
	if p == glossary.CountyMarketBureau {
		return glossary.SocialAffairsOffice
	}
	return glossary.CountyMarketBureau
}

// clone copies what a mutant may write into.
func clone(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		c.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(clone(v.Field(i)))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			c.Index(i).Set(clone(v.Index(i)))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		c.Set(reflect.New(v.Type().Elem()))
		c.Elem().Set(clone(v.Elem()))
	default:
		return v
	}
	return c
}

// says writes a row, its functions by where they stand or only that they are there.
func says(v reflect.Value, functions bool) string {
	var b strings.Builder
	var say func(reflect.Value)
	say = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Func:
			if functions {
				fmt.Fprintf(&b, "%x;", v.Pointer())
			} else {
				fmt.Fprintf(&b, "%v;", v.IsNil())
			}
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				b.WriteString("nil;")
				return
			}
			b.WriteString(v.Elem().Type().String() + ":")
			say(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				say(v.Field(i))
			}
		case reflect.Slice:
			fmt.Fprintf(&b, "%d[", v.Len())
			for i := range v.Len() {
				say(v.Index(i))
			}
			b.WriteString("]")
		default:
			fmt.Fprintf(&b, "%v;", v)
		}
	}
	say(v)
	return b.String()
}
