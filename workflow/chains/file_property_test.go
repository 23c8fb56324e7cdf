package chains

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
)

// TestRandomFilesKeepTheGates opens and moves cases of all chains on one household's file in any order, with houses of
// any size, and holds the file to what no order may break: no start without a permit that was handed out, none above it
// or of the wrong form, one for a house; no acceptance without a start; no business use passed without an acceptance or
// an appraisal; no certificate without its decision.
func TestRandomFilesKeepTheGates(t *testing.T) {
	chains := Published()
	reached := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		var file []*desk
		now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
		others := func(self *desk) []Case {
			var list []Case
			for _, d := range file {
				if d != self {
					c := d.c
					c.Siblings, c.Deadlines = nil, nil
					list = append(list, c)
				}
			}
			return list
		}
		way := []Chain{PlanningPermit(), ConstructionStartLowRise(),
			CompletionLowRise()}[:rapid.IntRange(0, 3).Draw(r, "a way that makes sense")]
		for turn := range 2*len(way) + rapid.IntRange(0, 30).Draw(r, "turns") {
			if turn%2 == 0 && turn/2 < len(way) || len(file) == 0 || rapid.IntRange(0, 2).Draw(r, "open") == 0 {
				ch := rapid.SampledFrom(chains).Draw(r, "chain")
				if turn/2 < len(way) {
					ch = way[turn/2]
				}
				d := &desk{t: t, ch: ch, now: now, county: countyOf(t)}
				application := ch.Form.Example()
				if turn/2 >= len(way) {
					application = sized(r, application)
				}
				c := Case{ID: CaseID(len(file) + 1), Number: string(ch.ID), Division: village, GroupNo: "01", Household: 1,
					Householder: "王建国",
					File:        File{Current: CurrentHomestead{HomesteadArea: 12000}, Members: 3}, Siblings: others(nil)}
				o, err := ch.Open(c, Opening{By: offices[ch.Opener(application)], At: now, Application: Typed(application)},
					d.county)
				if err != nil {
					continue
				}
				d.write(o)
				file = append(file, d)
				continue
			}
			d := rapid.SampledFrom(file).Draw(r, "case")
			if turn/2 < len(way) {
				d = file[len(file)-1]
			}
			d.now = now
			steps, strays := rapid.IntRange(1, 25).Draw(r, "steps"), 9
			if turn/2 < len(way) {
				steps, strays = 40, 99
			}
			for range steps {
				if d.c.Siblings = others(d); !d.c.Open() || !d.tryAhead(r, strays) {
					break
				}
				if d.now.After(now) {
					now = d.now
				}
			}
		}
		for _, d := range file {
			d.c.Siblings = others(d)
			gates(r, d)
			if d.c.Outcome != Withdrawn {
				reached[string(d.ch.ID)+" "+string(d.c.State)]++
			}
		}
	})
	if testing.Short() {
		return // too few files to ask how far they came
	}
	for _, far := range []string{"homestead archived", "planning_permit archived", "construction_start.low_rise archived",
		"completion_acceptance.low_rise archived"} {
		if reached[far] == 0 {
			t.Errorf("no file came as far as %s: %v", far, reached)
		}
	}
}

// sized makes the house of an application larger or smaller than its permit may be, or of the other class.
func sized(r *rapid.T, application any) any {
	if rapid.Bool().Draw(r, "as in the example") {
		return application
	}
	area := rapid.SampledFrom([]Decimal{15000, 16000, 20000, 20001, 27000, 30001}).Draw(r, "area")
	floors := rapid.SampledFrom([]int{1, 2, 3}).Draw(r, "floors")
	switch a := application.(type) {
	case forms.HomesteadApplication:
		a.Proposed.BuildingArea, a.Proposed.Floors = area, floors
		return a
	case forms.PlanningApplication:
		a.Proposed.BuildingArea, a.Proposed.Floors = area, floors
		return a
	case forms.LowRiseStart:
		a.BuildingArea, a.Floors = area, floors
		return a
	case forms.OtherStart:
		a.BuildingArea, a.Floors, a.Height = area, floors, 720
		return a
	}
	return application
}

// tryAhead goes one step along the main line, or does at random something else; false where it is refused.
func (d *desk) tryAhead(r *rapid.T, strays int) bool {
	st, _ := d.ch.Stage(d.c.State)
	a := st.Actions[0]
	if i := slices.IndexFunc(st.Actions, func(a Action) bool { return a.MainLine }); i >= 0 {
		a = st.Actions[i]
	}
	if rapid.IntRange(0, strays).Draw(r, "aside") == 0 {
		a = rapid.SampledFrom(st.Actions).Draw(r, "action")
	}
	by := d.ch.Desk(a.Party(st), d.c)
	for range 30 {
		o, err := d.decide(by, a.Do, nil)
		if err == nil {
			d.write(o)
			d.now = d.now.Add(time.Minute)
			return true
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) || len(refusal.Blocked) == 0 || !d.meets(refusal.Blocked[0]) {
			return false
		}
	}
	return false
}

// meets hands in what a condition names; false where nothing does.
func (d *desk) meets(u Unmet) bool {
	st, _ := d.ch.Stage(d.c.State)
	switch {
	case u.By == "time":
		d.pass(d.now.Add(24 * time.Hour))
		return true
	case len(u.By) > 9 && u.By[:9] == "material:":
		o, err := d.ch.Attach(d.c, offices[d.ch.Desk(Applicant, d.c)], Material{Code: u.By[9:], Name: "a.png", At: d.now})
		if err == nil {
			d.write(o)
		}
		return err == nil
	case len(u.By) > 7 && u.By[:7] == "record:":
		row, ok := d.ch.RecordRow(st, RecordKind(u.By[7:]))
		if !ok {
			return false
		}
		done := false
		for _, p := range row.By {
			if o, err := d.enter(d.ch.Desk(p, d.c), row.Kind, nil); err == nil {
				d.write(o)
				done = true
			}
			if !row.Each {
				break
			}
		}
		return done
	}
	return false
}

// gates holds one case to the file.
func gates(r *rapid.T, d *desk) {
	if _, ok := d.ch.Stage(d.c.State); !ok {
		r.Fatalf("state %q is not of %s", d.c.State, d.ch.ID)
	}
	through := d.c.State != Draft && d.c.Outcome != Withdrawn
	permit, permitted := houses.Permit(Published(), d.c)
	switch {
	case slices.Contains(starts, d.ch.ID) && through:
		s := Applied[forms.StartApplication](d.c)
		if !permitted {
			r.Fatalf("%s went on without a permit", d.c.Number)
		}
		p := Applied[forms.Application](permit).Proposed
		if s.BuildingArea > p.BuildingArea || s.Floors > p.Floors || s.Height > p.Height ||
			s.FootprintArea > p.FootprintArea {
			r.Fatalf("%s of %s㎡ and %d floors under a permit of %s㎡ and %d", d.c.Number, s.BuildingArea, s.Floors,
				p.BuildingArea, p.Floors)
		}
		if (d.ch.ID == "construction_start.low_rise") != (s.Class() == forms.LowRise) {
			r.Fatalf("a house of class %s went through %s", s.Class(), d.ch.ID)
		}
		for _, other := range d.c.Siblings {
			if slices.Contains(starts, other.Chain) && other.File.House == d.c.File.House && houses.HandedOut(other) && houses.HandedOut(d.c) {
				r.Fatalf("two starts of one house")
			}
		}
	case slices.Contains(Published().Of(AcceptsHouse), d.ch.ID) && through:
		if _, ok := houses.Start(Published(), d.c); !ok {
			r.Fatalf("%s went on without a start", d.c.Number)
		}
		if d.c.State == Passed || d.c.Outcome == Granted {
			m, ok := d.c.Latest(MeasuredKind)
			p := Applied[forms.Application](permit).Proposed
			if !ok || Recorded[forms.MeasuredHouse](m).Actual.BuildingArea > p.BuildingArea {
				r.Fatalf("%s passed above its permit", d.c.Number)
			}
		}
	case d.ch.ID == "business_use" && (d.c.State == Qualified || d.c.Outcome == Granted):
		if !proven(Facts{Case: d.c, County: d.county, Now: d.now}) {
			r.Fatal("business use passed without an acceptance or an appraisal")
		}
	}
	holds(r, d.ch, d)
}
