package chains

import (
	"slices"
	"testing"

	. "anju/workflow"
	"anju/workflow/calendar"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// A county may promise fewer days than the law, never more: its day runs beside that of the law, which stays.
func TestPromiseRunsBesideTheStatutoryDay(t *testing.T) {
	lawtest.Claim(t, "R49")
	for _, tt := range []struct {
		name     string
		promises map[law.LimitID]int
		days     int // promised of L06, fifteen by the law; 0 for none
	}{
		{"nothing promised", nil, 0},
		{"ten promised", map[law.LimitID]int{"L06": 10}, 10},
		{"as many as the law is no promise", map[law.LimitID]int{"L06": 15}, 0},
		{"more than the law is no promise", map[law.LimitID]int{"L06": 20}, 0},
		{"nothing at all is no promise", map[law.LimitID]int{"L06": -3}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, Homestead(), nil)
			d.county.Parameters.Promises = tt.promises
			d.until(JointReview)
			x, runs := d.c.LiveDeadline("L06")
			if want := d.county.Calendar.AddWorking(x.StartedOn, 15); !runs || x.DueOn != want || x.Beside {
				t.Errorf("due on %s, want %s", x.DueOn, want)
			}
			p, promised := d.c.Promise(x)
			if want := d.county.Calendar.AddWorking(x.StartedOn, tt.days); promised != (tt.days > 0) ||
				promised && (p.DueOn != want || p.StartedOn != x.StartedOn || !p.Beside) {
				t.Errorf("promised %v on %s, want %s", promised, p.DueOn, want)
			}
		})
	}
	open := Count(law.L10)
	least := Count(law.L02)
	for n, want := range map[int]bool{0: false, 1: true, 30: true, 91: false} {
		if open.MayPromise(n) != want {
			t.Errorf("an open limit, %d days promised: %v", n, !want)
		}
	}
	if least.MayPromise(4) || least.MayPromise(6) {
		t.Error("a minimum was promised otherwise")
	}
	if p := (Parameters{Promises: map[law.LimitID]int{"L10": 3}}).Promise(open); p.N != 3 ||
		p.Unit != calendar.WorkingDay {
		t.Errorf("promised %+v", p)
	}
}

// H1: deemed acceptance happens on the statutory day, whatever the county promised. The promise missed is a breach of its
// own kind, of which the office and the guiding bureau hear and no authority above.
func TestNothingActsOnAPromisedDay(t *testing.T) {
	lawtest.Claim(t, "R48", "A8")
	d := open(t, Homestead(), nil)
	d.now = at(2026, 3, 2, 9)
	d.county.Parameters.Promises = map[law.LimitID]int{"L05": 1}
	d.until(TownshipIntake)
	d.wantDue("L05", "2026-03-17") // received on 2026-03-10
	d.pass(at(2026, 3, 17, 23))
	d.state(TownshipIntake)
	if len(d.breach) != 1 || d.breach[0].Kind != Promised || d.breach[0].Limit != "L05" ||
		!d.breach[0].DueBefore.Equal(at(2026, 3, 12, 0)) {
		t.Errorf("%+v", d.breach)
	}
	if got := d.ch.Light(d.c, d.now); got != Yellow { // the statutory day is today
		t.Errorf("light %s, want yellow", got)
	}
	for _, m := range d.told {
		if m.Topic == "rung" && m.Rung != RungWarn && m.Rung != RungEnd && !slices.Equal(m.Tells, Parties(ServiceCenter, CountyAgricultureBureau)) {
			t.Errorf("%s told %v", m.Rung, m.Tells)
		}
	}
	d.pass(at(2026, 3, 18, 0))
	d.state(JointReview)
	if len(d.breach) != 2 || d.breach[1].Kind != Statutory || d.c.File.Day(Accepted) != calendar.Date(2026, 3, 10) {
		t.Errorf("%+v, accepted as of %s", d.breach, d.c.File.Day(Accepted))
	}
}

// What the rules leave open is promised: it has one day, and its card climbs to the guiding bureau and no higher.
func TestOpenLimitClimbsToTheGuidingBureau(t *testing.T) {
	lawtest.Claim(t, "R71", "A19")
	d := open(t, ConstructionStartLowRise(), nil)
	d.until(Submitted)
	x, _ := d.c.LiveDeadline("L12")
	if _, ok := d.c.Promise(x); ok {
		t.Error("a promise beside a promise")
	}
	d.pass(d.now.AddDate(0, 3, 0))
	if len(d.breach) != 1 || d.breach[0].Kind != Promised {
		t.Fatalf("%+v", d.breach)
	}
	var rungs []RungName
	for _, m := range d.told {
		if m.Topic != "rung" {
			continue
		}
		rungs = append(rungs, m.Rung)
		if slices.Contains(m.Tells, SupervisionOffice) || slices.Contains(m.Tells, CountyGovernment) ||
			m.Rung != RungWarn && !slices.Contains(m.Tells, CountyHousingBureau) {
			t.Errorf("%s told %v", m.Rung, m.Tells)
		}
	}
	if !slices.Equal(rungs, []RungName{RungWarn, RungRed, RungDay3}) {
		t.Errorf("rungs %v", rungs)
	}
}

// M12: the third rung goes to the bureau that guides the matter, in every chain.
func TestThirdRungGoesToTheGuidingBureau(t *testing.T) {
	lawtest.Claim(t, "R48")
	guides := map[ChainID]Party{"homestead": CountyAgricultureBureau, "planning_permit": CountyNaturalResources,
		"construction_start.low_rise": CountyHousingBureau, "construction_start.other": CountyHousingBureau,
		"completion_acceptance.low_rise": CountyHousingBureau, "completion_acceptance.other": CountyHousingBureau,
		"business_use": CountyMarketBureau, "violation": CountyHousingBureau, "hazard": CountyHousingBureau}
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for _, r := range st.Late {
				for _, p := range r.Tell {
					if r.Name == RungDay3 && ch.Desk(p, Case{}) != guides[ch.ID] {
						t.Errorf("%s %s: after three days %s is told, want %s", ch.ID, st.State, ch.Desk(p, Case{}), guides[ch.ID])
					}
				}
			}
		}
	}
	d := open(t, PlanningPermit(), nil)
	d.until(VillageReview)
	d.pass(d.now.AddDate(0, 0, 20))
	if !slices.ContainsFunc(d.told, func(m Message) bool {
		return m.Rung == RungDay3 && slices.Equal(m.Tells, Parties(VillageOrganization, CountyNaturalResources))
	}) {
		t.Errorf("%+v", d.told)
	}
}

// M13: the township's duty ends with the report; L10 is owed by each bureau of which the receipt is missing.
func TestReceiptIsOwedByTheBureauThatHasNotGivenIt(t *testing.T) {
	lawtest.Claim(t, "R55", "A13")
	d := open(t, Homestead(), nil)
	d.until(Issued)
	d.record(CountyAgricultureBureau, FilingReceiptKind, nil)
	d.pass(d.now.AddDate(0, 0, 20))
	var parties []Party
	for _, b := range d.breach {
		if b.Limit == "L10" {
			parties = append(parties, b.Party)
		}
	}
	if !slices.Equal(parties, Parties(CountyNaturalResources)) {
		t.Errorf("late are %v, want the bureau of natural resources alone", parties)
	}
	d.record(CountyNaturalResources, FilingReceiptKind, nil)
	if _, runs := d.c.LiveDeadline("L10"); runs || slices.ContainsFunc(d.c.Deadlines,
		func(x Deadline) bool { return x.Limit == "L10" && x.Live() }) {
		t.Error("L10 runs although both receipts are there")
	}
}

// M1: L03 counts from the filing of the objection, though it is not looked into yet.
func TestObjectionRunsFromItsFiling(t *testing.T) {
	lawtest.Claim(t, "R36", "A5")
	d := open(t, Homestead(), nil)
	d.until(GroupNotice)
	d.record(GroupCollective, ObjectionKind, nil)
	x, runs := d.c.LiveDeadline("L03")
	if !runs || x.StartedOn != calendar.DayOf(d.now) {
		t.Fatalf("%+v", x)
	}
	d.pass(x.DueBefore)
	if d.ch.Light(d.c, d.now) != Red || len(d.breach) != 1 || d.breach[0].Limit != "L03" || d.breach[0].Party != GroupCollective {
		t.Errorf("light %s, breaches %+v", d.ch.Light(d.c, d.now), d.breach)
	}
	d.move(GroupCollective, Object, nil)
	if y, _ := d.c.LiveDeadline("L03"); y.ID != x.ID {
		t.Errorf("L03 began anew: %+v", y)
	}
	d.move(GroupCollective, DismissObjection, nil)
	if _, runs := d.c.LiveDeadline("L03"); runs {
		t.Error("L03 runs though the objection was answered")
	}
}

// L15 is extended as L08 is: once, before the whole time to the decision is over (Licensing Law Art. 42).
func TestConstructionPermitMayBeExtended(t *testing.T) {
	lawtest.Claim(t, "R89")
	d := open(t, ConstructionStartOther(), nil)
	d.until(Decision)
	was, _ := d.c.LiveDeadline("L15")
	d.record(CountyApprovalBureau, ExtendKind, nil)
	is, _ := d.c.LiveDeadline("L15")
	if is.Extend <= was.Extend || is.DueOn <= was.DueOn {
		t.Errorf("due on %s, was %s", is.DueOn, was.DueOn)
	}
}
