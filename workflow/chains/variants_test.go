package chains

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// snapshots walks every verb from every state, and keeps the first case that came to each: as the examples have it, and
// where they do not come to a state, with another application or another record.
func snapshots(first *desk) map[State]*desk {
	at := map[State]*desk{}
	walkInto(at, first)
	for _, x := range first.elsewhere() {
		more := map[State]*desk{}
		walkInto(more, x)
		for s, d := range more {
			if at[s] == nil {
				at[s] = d
			}
		}
	}
	walk := func(d *desk) { walkInto(at, d) }
	tries := 400 // a state that none of so many comes to is named in the golden
	for _, others := range []func(*desk, Stage) []*desk{(*desk).later, (*desk).others} {
		for _, st := range first.ch.Stages {
			d := at[st.State]
			if d == nil {
				continue
			}
			for _, x := range others(d, st) {
				if tries--; tries < 0 || len(at) == len(first.ch.Stages) {
					return at
				}
				walk(x)
			}
		}
	}
	return at
}

// walkInto walks every verb from the state of a case on, into states that are not known yet.
func walkInto(at map[State]*desk, from *desk) {
	if at[from.c.State] == nil {
		at[from.c.State] = from
	}
	st, _ := from.ch.Stage(from.c.State)
	for _, a := range st.Actions {
		d := from.fork()
		o, err := d.attempt(a)
		if err != nil {
			continue
		}
		d.write(o)
		d.now = d.now.Add(time.Minute) // no two moves are made in one instant
		if at[d.c.State] == nil {
			walkInto(at, d)
		}
	}
}

// elsewhere is the case as it is opened where its application sends it to other offices.
func (d *desk) elsewhere() (list []*desk) {
	form := reflect.New(reflect.TypeOf(d.ch.Form))
	if json.Unmarshal(d.c.Application, form.Interface()) != nil {
		return nil
	}
	base := d.placed(form.Elem().Interface())
	for _, v := range variants(form.Elem().Interface()) {
		if d.placed(v.value) != base {
			x := d.fork()
			x.c.Application, _ = json.Marshal(v.value)
			x.ch.Place(&x.c)
			list = append(list, x)
		}
	}
	return list[:min(len(list), 3)]
}

// later is the case long after, and in a county that has switched everything on.
func (d *desk) later(Stage) (list []*desk) {
	for _, on := range []bool{false, true} {
		x := d.fork()
		if p := reflect.ValueOf(&x.county.Parameters).Elem(); on {
			for i := range p.NumField() {
				if p.Field(i).Kind() == reflect.Bool {
					p.Field(i).SetBool(true)
				}
			}
		}
		late := x.fork()
		late.pass(late.now.Add(200 * 24 * time.Hour))
		list = append(list, x, late)
	}
	return list
}

// others are the case with another application, and with a record or a move of the stage that says something else.
func (d *desk) others(st Stage) (list []*desk) {
	if form := reflect.New(reflect.TypeOf(d.ch.Form)); json.Unmarshal(d.c.Application, form.Interface()) == nil {
		for _, v := range variants(form.Elem().Interface()) {
			x := d.fork()
			x.c.Application, _ = json.Marshal(v.value)
			x.ch.Place(&x.c)
			list = append(list, x)
		}
	}
	for _, r := range st.Records {
		for _, v := range variants(r.Data.Example()) {
			x := d.fork()
			if o, err := x.enter(x.ch.Desk(r.By[0], x.c), r.Kind, v.value); err == nil {
				x.write(o)
				list = append(list, x)
			}
		}
	}
	for _, a := range st.Actions {
		if a.Data == nil {
			continue
		}
		for _, v := range variants(a.Data.Example()) {
			x := d.fork()
			if o, err := x.decide(x.by(a), a.Do, v.value); err == nil {
				x.write(o)
				list = append(list, x)
			}
		}
	}
	return list
}

// fork is the same case once more.
func (d *desk) fork() *desk {
	x := *d
	x.c.File.Records, x.c.File.Materials = slices.Clip(x.c.File.Records), slices.Clip(x.c.File.Materials)
	x.c.File.Documents, x.c.Deadlines = slices.Clip(x.c.File.Documents), slices.Clone(x.c.Deadlines)
	x.c.File.Marks, x.c.Siblings = maps.Clone(x.c.File.Marks), slices.Clip(x.c.Siblings)
	x.lines, x.told, x.left = slices.Clip(x.lines), slices.Clip(x.told), slices.Clip(x.left)
	x.stays, x.breach = slices.Clone(x.stays), slices.Clip(x.breach)
	return &x
}

// by is the office that takes an action.
func (d *desk) by(a Action) Party {
	st, _ := d.ch.Stage(d.c.State)
	return d.ch.Desk(a.Party(st), d.c)
}

// attempt takes an action after handing in what it waits for, as far as that is on the case.
func (d *desk) attempt(a Action) (Outcome, error) {
	st, _ := d.ch.Stage(d.c.State)
	for i := range 60 {
		o, err := d.decide(d.by(a), a.Do, nil)
		var r *Refusal
		if err == nil || !errors.As(err, &r) || len(r.Blocked) == 0 {
			return o, err
		}
		what, name, _ := strings.Cut(r.Blocked[0].By, ":")
		switch what {
		case "record":
			row, ok := d.ch.RecordRow(st, RecordKind(name))
			if !ok {
				return o, err
			}
			if e := d.writeAll(row); e != nil {
				return o, err
			}
		case "material":
			m, e := d.ch.Attach(d.c, offices[d.ch.Desk(Applicant, d.c)], Material{Code: name, Name: "a.png", At: d.now})
			if e != nil {
				return o, err
			}
			d.write(m)
		case "time":
			days := 1
			if i > 30 {
				days = 30 // a term of months
			}
			d.pass(d.now.AddDate(0, 0, days))
		default:
			return o, err
		}
	}
	return Outcome{}, errors.New("what it waits for does not help")
}

// writeAll enters the example of a record, by each of its writers where each owes his own.
func (d *desk) writeAll(row RecordRow) error {
	writers := row.By[:1]
	if row.Each {
		writers = row.By
	}
	for _, p := range writers {
		o, err := d.enter(d.ch.Desk(p, d.c), row.Kind, nil)
		if err != nil {
			return err
		}
		d.write(o)
		st, _ := d.ch.Stage(d.c.State)
		d.serveIssued(st, o)
	}
	return nil
}

// entering enters a record that names what the case holds: a certificate by its number, and a word where the form asks
// for one.
func (d *desk) entering(by Party, k RecordKind, data any) (Outcome, error) {
	v := reflect.New(reflect.TypeOf(data))
	v.Elem().Set(reflect.ValueOf(data))
	if _, ok := v.Interface().(forms.CertificateAct); ok {
		for _, doc := range d.c.File.Documents {
			if f := v.Elem().FieldByName("Number"); f.IsValid() && doc.Kind.Certificate() {
				f.SetString(doc.Number)
			}
		}
	}
	o, err := d.enter(by, k, v.Elem().Interface())
	var bad *Invalid
	if !errors.As(err, &bad) {
		return o, err
	}
	for _, x := range bad.Fields {
		for i := range v.Elem().NumField() {
			sf := v.Elem().Type().Field(i)
			name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
			if name == x.Field && sf.Type.Kind() == reflect.String && sf.Tag.Get("enum") == "" && v.Elem().Field(i).String() == "" {
				v.Elem().Field(i).SetString("甲")
			}
		}
	}
	if filled, e := d.enter(by, k, v.Elem().Interface()); e == nil {
		return filled, nil
	}
	return o, err
}

// after enters the first record of the stage after which the form of another is taken.
func (d *desk) after(st Stage, row RecordRow, err error) error {
	for _, first := range st.Records {
		x := d.fork()
		if err == nil || first.Kind == row.Kind || x.writeAll(first) != nil {
			continue
		}
		if _, e := x.enter(x.ch.Desk(row.By[0], x.c), row.Kind, nil); e == nil {
			*d = *x
			return nil
		}
	}
	return err
}

// prepare enters the records that a record waits for.
func (d *desk) prepare(row RecordRow) error {
	st, _ := d.ch.Stage(d.c.State)
	for range 4 {
		_, err := d.enter(d.ch.Desk(row.By[0], d.c), row.Kind, nil)
		var r *Refusal
		if !errors.As(err, &r) || len(r.Blocked) == 0 {
			return d.after(st, row, err)
		}
		_, name, _ := strings.Cut(r.Blocked[0].By, ":")
		first, ok := d.ch.RecordRow(st, RecordKind(name))
		if !ok {
			return err
		}
		if e := d.prepare(first); e != nil {
			return e
		}
		if e := d.writeAll(first); e != nil {
			return e
		}
		d.now = d.now.Add(time.Hour)
	}
	return nil
}

// placed says where an application leads.
func (d *desk) placed(form any) string {
	c := d.c
	c.Application, _ = json.Marshal(form)
	d.ch.Place(&c)
	return fmt.Sprintf("inside %v, authority %s", c.InsidePlanningArea, c.Authority)
}

// voided is the case with everything void that it was issued.
func voided(c Case) Case {
	c.File.Documents = slices.Clone(c.File.Documents)
	for i := range c.File.Documents {
		c.File.Documents[i].Voided = "x"
	}
	return c
}

// amended is the form of an action with an application that says something else; nil where it takes none.
func (d *desk) amended(a Action) any {
	if a.Data == nil {
		return nil
	}
	form := reflect.New(reflect.TypeOf(a.Data.Example()))
	f := form.Elem().FieldByName("Application")
	if _, ok := form.Interface().(forms.Amending); !ok || !f.IsValid() {
		return nil
	}
	app := reflect.New(f.Type().Elem())
	if json.Unmarshal(d.c.Application, app.Interface()) != nil {
		return nil
	}
	fields := app.Elem()
	if fields.NumField() == 1 {
		fields = fields.Field(0) // the application of the kind of house
	}
	for i := range fields.NumField() { // every text that is free
		tag := fields.Type().Field(i).Tag
		if x := fields.Field(i); x.Kind() == reflect.String && tag.Get("enum") == "" && tag.Get("pattern") == "" {
			x.SetString("甲")
		}
	}
	f.Set(app)
	return form.Elem().Interface()
}

// sibling is another case of the household, about the same house.
func (d *desk) sibling(ch Chain, at State, end Ending) Case {
	raw, _ := json.Marshal(ch.Form.Example())
	c := Case{ID: 77, Number: "JS-77", Chain: ch.ID, ChainVersion: ch.Version, State: at, Outcome: end, Application: raw,
		File: File{House: d.c.File.House}}
	if c.File.House == 0 && len(d.c.Siblings) > 0 {
		c.File.House = d.c.Siblings[0].ID
	}
	if end != "" {
		c.ClosedAt = &d.now
	}
	return c
}

func (d *desk) mayWrite(r RecordRow) string {
	_, err := d.enter(d.ch.Desk(r.By[0], d.c), r.Kind, nil)
	return sayErr(err)
}

// refusals is what every action of the stage is refused for.
func refusals(st Stage, d *desk) map[Verb]string {
	all := map[Verb]string{}
	for _, a := range st.Actions {
		if len(a.Needs) > 0 || len(a.To.States) > 1 {
			all[a.Do] = d.refusal(a)
		}
	}
	return all
}

// refusal says what an action of its own office is refused for, or where it leads.
func (d *desk) refusal(a Action) string {
	o, err := d.decide(d.by(a), a.Do, nil)
	if err == nil {
		return "→ " + string(o.Case.State)
	}
	return sayErr(err)
}

func example(f Form) Payload {
	if f == nil {
		return nil
	}
	return Typed(f.Example())
}

// variant is a form with one field another.
type variant struct {
	name  string
	value any
}

// variants spoils each field of a form: what is true is false, a number is nothing or very large, a day is long ago or
// far off, a text is empty or another, a choice is each of its choices.
func variants(form any) (list []variant) {
	v := reflect.New(reflect.TypeOf(form)).Elem()
	v.Set(reflect.ValueOf(form))
	var days []reflect.Value
	var walk func(f reflect.Value, name string, tag reflect.StructTag)
	try := func(f reflect.Value, name string, to any) {
		was := reflect.ValueOf(f.Interface())
		x := reflect.ValueOf(to)
		if !x.IsValid() {
			x = reflect.Zero(f.Type())
		}
		if x = x.Convert(f.Type()); reflect.DeepEqual(x.Interface(), was.Interface()) {
			return
		}
		f.Set(x)
		list = append(list, variant{fmt.Sprintf("%s=%v", name, f.Interface()), v.Interface()})
		f.Set(was)
	}
	walk = func(f reflect.Value, name string, tag reflect.StructTag) {
		switch f.Kind() {
		case reflect.Struct:
			for i := range f.NumField() {
				sf := f.Type().Field(i)
				if !sf.IsExported() {
					continue
				}
				sub, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
				walk(f.Field(i), strings.Trim(name+"."+sub, "."), sf.Tag)
			}
		case reflect.Bool:
			try(f, name, !f.Bool())
		case reflect.Int, reflect.Int64, reflect.Int32:
			if f.Type() == reflect.TypeFor[calendar.Day]() {
				days = append(days, f)
				try(f, name, calendar.Date(2020, 1, 2))
				try(f, name, calendar.Date(2031, 1, 2))
				return
			}
			for _, n := range []int64{0, f.Int() - 1, f.Int() + 1, 90000000} {
				try(f, name, n)
			}
		case reflect.String:
			if choices := tag.Get("enum"); choices != "" {
				for _, c := range strings.Split(choices, ",") {
					try(f, name, c)
				}
			}
			try(f, name, "")
			try(f, name, "甲")
		case reflect.Slice:
			try(f, name, nil)
			if f.Len() > 1 {
				try(f, name, f.Slice(0, 1).Interface())
			}
		}
	}
	walk(v, "", "")
	for i, a := range days {
		for _, b := range days[i+1:] {
			for _, two := range [][2]calendar.Day{{20600, 20600}, {20600, 20601}, {20601, 20600}} {
				x, y := a.Int(), b.Int()
				a.SetInt(int64(two[0]))
				b.SetInt(int64(two[1]))
				list = append(list, variant{fmt.Sprintf("days %d and %d", two[0], two[1]), v.Interface()})
				a.SetInt(x)
				b.SetInt(y)
			}
		}
	}
	return list
}
