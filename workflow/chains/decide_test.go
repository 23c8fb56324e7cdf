package chains

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
	"anju/workflow/recount"
)

func TestHomesteadFromCounterToBothCertificates(t *testing.T) { // R28 to R55, R39 among them
	lawtest.Claim(t, "R28", "R39", "R55", "A12")
	d := open(t, Homestead(), nil)
	d.until(Approved)
	var kinds []DocumentKind
	for _, doc := range d.c.File.Documents {
		kinds = append(kinds, doc.Kind)
	}
	if want := []DocumentKind{ReceiptDoc, AcceptanceNotice, ApprovalSheet, PlanningPermitDoc,
		HomesteadCert}; !slices.Equal(kinds, want) {
		t.Errorf("issued %v, want %v: the planning permit's number comes first (A12)", kinds, want)
	}
	d.until(Archived)
	if d.c.Outcome != Granted || d.c.ClosedAt == nil {
		t.Errorf("ended as %q", d.c.Outcome)
	}
	for _, x := range d.c.Deadlines {
		if x.Live() {
			t.Errorf("%s still runs on a closed case", x.Limit)
		}
	}
}

func TestPlanningPermitAlone(t *testing.T) {
	lawtest.Claim(t, "A12", "A14")
	d := open(t, PlanningPermit(), nil)
	d.until(Archived)
	if _, ok := d.c.Document(HomesteadCert); ok {
		t.Error("A14: rebuilding on the old site issues no homestead certificate")
	}
	p, ok := d.c.Document(PlanningPermitDoc)
	if !ok || p.Authority != CountyNaturalResources {
		t.Errorf("planning permit %+v, want it in the name of the commissioning bureau (A12)", p)
	}
}

func TestPlanningPermitInsideThePlanningAreaIsDecidedByTheCounty(t *testing.T) { // R60
	lawtest.Claim(t, "R60")
	d := open(t, PlanningPermit(), func(a *forms.Application) { a.InsidePlanningArea, a.PlanningAreaNote = true, "落图" })
	d.until(Decision)
	if _, err := d.decide(TownshipGovernment, Approve, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the township decided inside the planning area: %v", err)
	}
	d.move(CountyApprovalBureau, Approve, nil)
	if p, _ := d.c.Document(PlanningPermitDoc); p.Authority != CountyApprovalBureau {
		t.Errorf("authority %q", p.Authority)
	}
}

// inside opens a case at a plot that the counter takes for one inside the county-town planning area, and walks it up to
// the forward of the joint review.
func inside(t *testing.T, ch Chain, change func(*forms.Application)) *desk {
	d := open(t, ch, func(a *forms.Application) {
		a.InsidePlanningArea, a.PlanningAreaNote = true, "落图"
		if change != nil {
			change(a)
		}
	})
	d.until(JointReview)
	d.record(PlanningOffice, SiteRecordKind, nil)
	for _, p := range []Party{EconomicOffice, SocialAffairsOffice, PlanningOffice} {
		if row, _ := d.ch.RecordRow(stageOf(d), JointSheetKind); slices.Contains(row.By, p) {
			d.record(p, JointSheetKind, nil)
		}
	}
	return d
}

func stageOf(d *desk) Stage {
	st, _ := d.ch.Stage(d.c.State)
	return st
}

// lies confirms where the plot lies.
func lies(d *desk, inside bool) {
	d.t.Helper()
	d.record(PlanningOffice, AreaConfirmKind, forms.AreaConfirmation{Reason: "对照规划区范围图",
		Agrees: inside == Applied[forms.Application](d.c).InsidePlanningArea})
}

func TestInsideThePlanningAreaTheCountyDecidesOnThePermitFirst(t *testing.T) {
	lawtest.Claim(t, "R60", "A12", "A34", "L24")
	d := inside(t, Homestead(), nil)
	refused(t, d, EconomicOffice, Forward, "A34")
	lies(d, true)
	d.move(EconomicOffice, Forward, nil)
	d.state(PlanningStage)
	l24, ok := d.c.LiveDeadline("L24")
	if want := mustDue(t, d, 3, calendar.DayOf(d.now)); !ok || l24.DueOn != want {
		t.Errorf("L24 is %+v, want it due on %s", l24, want)
	}
	if clock, _ := d.ch.Clock(l24, d.c.State); d.ch.Desk(clock.By, d.c) != CountyApprovalBureau {
		t.Errorf("L24 is owed by %s", clock.By)
	}
	for _, id := range []law.LimitID{"L07", "L08"} {
		if _, runs := d.c.LiveDeadline(id); !runs {
			t.Errorf("%s does not run beside it", id)
		}
	}
	if _, err := d.decide(TownshipGovernment, Approve, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the township decided on the bureau's permit: %v", err)
	}
	clerk := offices[CountyApprovalBureau]
	clerk.Role = CountyClerk
	m := Move{Do: Approve, By: clerk, Seen: d.c.Seen, At: d.now, Data: Typed(forms.PermitApproval{}.Example())}
	if _, err := d.ch.Decide(d.c, m, d.county); !errors.Is(err, ErrWrongParty) {
		t.Errorf("a clerk of the bureau decided: %v", err)
	}
	d.move(CountyApprovalBureau, Approve, nil)
	d.state(Decision)
	permit, ok := d.c.Document(PlanningPermitDoc)
	if !ok || permit.Authority != CountyApprovalBureau {
		t.Fatalf("permit %+v, want the bureau's, there and then", permit)
	}
	if _, err := d.decide(EconomicOffice, TakeBack, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("taken back from the township after the bureau's decision: %v", err)
	}
	l07, _ := d.c.LiveDeadline("L07")
	d.move(TownshipGovernment, Return, nil)
	if _, err := d.enter(PlanningOffice, AreaConfirmKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("the place was changed after the bureau's decision: %v", err)
	}
	d.move(EconomicOffice, Forward, nil)
	d.state(Decision) // the bureau decides once
	if again, _ := d.c.LiveDeadline("L07"); again.Run == l07.Run {
		t.Error("L07 does not begin with the new result of the review")
	}
	d.move(TownshipGovernment, Approve, nil)
	n := 0
	for _, doc := range d.c.File.Documents {
		if doc.Kind == PlanningPermitDoc {
			n++
		}
	}
	if now, _ := d.c.Document(PlanningPermitDoc); n != 1 || now.Number != permit.Number {
		t.Errorf("%d planning permits, want the bureau's only", n)
	}
}

func TestTheCountysRefusalLeavesTheTownshipItsOwn(t *testing.T) {
	lawtest.Claim(t, "R60", "A12", "R54")
	d := inside(t, Homestead(), nil)
	lies(d, true)
	d.move(EconomicOffice, Forward, nil)
	d.move(CountyApprovalBureau, Deny, nil)
	d.state(Decision)
	refused(t, d, TownshipGovernment, Approve, "R60")
	d.move(TownshipGovernment, Deny, nil)
	d.state(DeniedEnd)
	var by []Party
	for _, doc := range d.c.File.Documents {
		if doc.Kind == DenialDecision {
			by = append(by, doc.Authority)
		}
	}
	if want := []Party{CountyApprovalBureau, TownshipGovernment}; !slices.Equal(by, want) {
		t.Errorf("denied by %v, want %v", by, want)
	}
}

func TestTheCountyIsAskedOnWhatMayBeBuiltOnOnly(t *testing.T) {
	lawtest.Claim(t, "R57", "A15", "R60")
	d := open(t, Homestead(), func(a *forms.Application) {
		a.InsidePlanningArea, a.PlanningAreaNote = true, "落图"
		a.Proposed.LandClass, a.Proposed.Farmland = "farmland_class", "cultivated"
	})
	d.papers()
	d.until(TownshipIntake)
	l05, _ := d.c.LiveDeadline("L05")
	d.pass(l05.DueBefore) // accepted by lapse of time
	d.record(PlanningOffice, SiteRecordKind, nil)
	for _, p := range []Party{EconomicOffice, SocialAffairsOffice, PlanningOffice} {
		d.record(p, JointSheetKind, nil)
	}
	lies(d, true)
	d.move(EconomicOffice, Forward, nil)
	d.state(Decision) // where the township may deny, and nothing else
	refused(t, d, TownshipGovernment, Approve, "R57")
	refused(t, d, TownshipGovernment, Approve, "R60")
	d.move(TownshipGovernment, Return, nil)
	d.record(CountyNaturalResources, ConversionKind, nil)
	d.move(EconomicOffice, Forward, nil)
	d.state(PlanningStage)
}

func TestThePlanningOfficeRoutesTheCaseAnew(t *testing.T) {
	lawtest.Claim(t, "A34", "R60")
	for _, ch := range []Chain{Homestead(), PlanningPermit()} {
		d := inside(t, ch, nil)
		lies(d, false)
		d.move(stageOf(d).By, Forward, nil)
		d.state(Decision)
		if _, err := d.decide(CountyApprovalBureau, Approve, nil); !errors.Is(err, ErrWrongParty) {
			t.Errorf("%s: the bureau decides outside its area: %v", ch.ID, err)
		}
		d.move(TownshipGovernment, Approve, nil)
		if p, _ := d.c.Document(PlanningPermitDoc); p.Authority != CountyNaturalResources {
			t.Errorf("%s: issued by %s", ch.ID, p.Authority)
		}
		d = open(t, ch, nil)
		d.until(JointReview)
		lies(d, true)
		d.until(Decision)
		if ch.ID == "planning_permit" {
			d.move(CountyApprovalBureau, Approve, nil)
		}
	}
}

func TestTheDaysOfThePlanningDecisionAreTakenFromOneShare(t *testing.T) {
	lawtest.Claim(t, "A12")
	for review, want := range map[bool]law.LimitID{true: "L06", false: "L07"} {
		d := inside(t, Homestead(), nil)
		d.county.Parameters.PlanningInReview = review
		lies(d, true)
		d.move(EconomicOffice, Forward, nil)
		for _, id := range []law.LimitID{"L06", "L07"} {
			if _, runs := d.c.LiveDeadline(id); runs != (id == want) {
				t.Errorf("of the review %v: %s runs %v", review, id, runs)
			}
		}
		total, _ := d.c.LiveDeadline("L08")
		d.move(CountyApprovalBureau, Approve, nil)
		if now, _ := d.c.LiveDeadline("L08"); now.DueOn != total.DueOn {
			t.Error("the bureau's days must lie inside the twenty (Licensing Law Art. 42)")
		}
	}
}

// refused wants the verb refused with the rule named, and nothing changed.
func refused(t *testing.T, d *desk, by Party, v Verb, rule law.Rule) {
	t.Helper()
	_, err := d.decide(by, v, nil)
	var r *Refusal
	if !errors.As(err, &r) || !errors.Is(err, ErrBlocked) {
		t.Fatalf("%s by %s in %s: %v, want it blocked by %s", v, by, d.c.State, err, rule)
	}
	if !slices.ContainsFunc(r.Blocked, func(u Unmet) bool { return u.Rule == rule && u.Message != "" }) {
		t.Errorf("%s by %s names %+v, want %s", v, by, r.Blocked, rule)
	}
}

func TestEveryUnmetConditionIsNamed(t *testing.T) {
	d := open(t, Homestead(), func(a *forms.Application) {
		a.CollectiveMember, a.Split, a.TransferredBefore, a.Commitment.Eligible = false, false, true, false
	})
	_, err := d.decide(ServiceCenter, Submit, nil)
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	var names []string
	for _, u := range r.Blocked {
		names = append(names, u.Condition)
	}
	want := []string{"member_of_collective", "ground_holds", "no_former_sale", "commitment_given",
		"material_HP01", "material_HP02", "material_HP03", "material_HP04", "material_HP05"}
	if !slices.Equal(names, want) {
		t.Errorf("named %v, want %v", names, want)
	}
}

func TestNoSignatureBeforeTheFifthWorkingDayOfTheNoticeHasEnded(t *testing.T) { // R35, A4
	lawtest.Claim(t, "R35", "A4")
	d := open(t, Homestead(), nil)
	d.until(GroupNotice) // posted on Monday 2026-03-02
	d.record(GroupCollective, PublicNoticeKind, nil)
	for _, now := range []time.Time{at(2026, 3, 2, 23), at(2026, 3, 9, 23)} {
		d.pass(now)
		refused(t, d, GroupCollective, SignOpinion, "R35")
	}
	if fired := d.pass(at(2026, 3, 10, 0)); !slices.Equal(fired, []RungName{RungEnd}) {
		t.Errorf("fired %v, want the end of the notice", fired)
	}
	d.state(GroupNotice) // the end opens the signing and decides nothing
	d.move(GroupCollective, SignOpinion, nil)
	d.state(GroupOpinion)
}

func TestMeetingShortOfQuorumOrVotedDownDoesNotGoOn(t *testing.T) { // R33, A3
	lawtest.Claim(t, "R33", "A3")
	d := open(t, Homestead(), nil)
	d.until(GroupMeeting)
	refused(t, d, GroupCollective, PublishNotice, "R33")
	m := forms.MeetingRecord{}.Example().(forms.MeetingRecord)
	for _, tt := range []struct {
		name                    string
		present, agree, against int
		goes                    bool
	}{
		{"one short of two thirds", 19, 19, 0, false}, {"two thirds", 20, 11, 9, true},
		{"half is not more than half", 20, 10, 10, false},
	} {
		m.Present, m.Agree, m.Against, m.Abstain = tt.present, tt.agree, tt.against, 0
		d.record(GroupCollective, MeetingRecordKind, m)
		_, err := d.decide(GroupCollective, PublishNotice, nil)
		if (err == nil) != tt.goes {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestObjectionHoldsTheSignatureAndKeepsTheNoticeRunning(t *testing.T) { // R36, R37, A5
	lawtest.Claim(t, "R33", "R35", "R36", "R37", "A5", "L02", "L03")
	d := open(t, Homestead(), nil)
	d.until(GroupNotice)
	d.record(GroupCollective, PublicNoticeKind, nil)
	before, _ := d.c.LiveDeadline("L02")
	d.record(GroupCollective, ObjectionKind, nil)
	d.move(GroupCollective, Object, nil)
	if l, ok := d.c.LiveDeadline("L02"); !ok || l.ID != before.ID {
		t.Error("the notice must run on while the objection is looked into")
	}
	if _, ok := d.c.LiveDeadline("L03"); !ok {
		t.Error("L03 runs against the group")
	}
	d.now = d.now.Add(time.Hour)
	d.move(GroupCollective, DismissObjection, nil)
	refused(t, d, GroupCollective, SignOpinion, "R35")
	d.pass(before.DueBefore)
	d.record(GroupCollective, ObjectionKind, nil)
	refused(t, d, GroupCollective, SignOpinion, "R36")
	d.move(GroupCollective, Object, nil)
	d.move(GroupCollective, UpholdObjection, nil)
	d.state(Returned)
	d.now = d.now.Add(time.Hour)
	d.move(ServiceCenter, Resubmit, nil)
	d.state(GroupReceived) // the whole way again, with a new meeting
	d.move(GroupCollective, Submit, nil)
	refused(t, d, GroupCollective, PublishNotice, "R33")
}

func TestVillageReturnComesBackToTheVillageUnlessThePublishedFactsChanged(t *testing.T) {
	lawtest.Claim(t, "R34", "R46", "A7")
	for _, tt := range []struct {
		name   string
		change func(*forms.Application)
		want   State
	}{
		{"nothing changed", nil, VillageReview},
		{"the reason is put in other words", func(a *forms.Application) { a.Reason = "另述" }, VillageReview},
		{"another ground", func(a *forms.Application) { a.Grounds, a.Disaster = []string{"disaster"}, "damaged" }, GroupReceived},
		{"a ground more", func(a *forms.Application) { a.Grounds, a.Statute = append(a.Grounds, "other_statutory"), "条文" },
			GroupReceived},
		{"the span changed", func(a *forms.Application) { a.Proposed.MaxSpan = 900 }, GroupReceived},
		{"the land changed", func(a *forms.Application) { a.Proposed.LandClass = "unused_land" }, GroupReceived},
		{"the kind of building changed", func(a *forms.Application) {
			a.Proposed.BuildType, a.Commitment.Days = "extend", 0
		}, GroupReceived},
		{"the area changed", func(a *forms.Application) { a.Proposed.HomesteadArea++ }, GroupReceived},
		{"the height changed", func(a *forms.Application) { a.Proposed.Height++ }, GroupReceived},
		{"the site changed", func(a *forms.Application) { a.Proposed.Address = "村东" }, GroupReceived},
		{"a storey was added", func(a *forms.Application) { a.Proposed.Floors++ }, GroupReceived},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, Homestead(), nil)
			d.until(VillageReview)
			d.move(VillageOrganization, Return, nil)
			var data any
			if tt.change != nil {
				a := Applied[forms.Application](d.c)
				tt.change(&a)
				data = forms.Amended{Application: &a}
			}
			d.now = d.now.Add(time.Hour)
			d.move(ServiceCenter, Resubmit, data)
			d.state(tt.want)
		})
	}
}

func TestVillageReviewNeedsItsFourPoints(t *testing.T) { // R41–R44
	lawtest.Claim(t, "R41", "R42", "R43", "R44")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	d.record(VillageOrganization, NeighborKind, nil)
	for rule, spoil := range map[law.Rule]func(*forms.VillageSheet){
		"R41": func(v *forms.VillageSheet) { v.PapersGenuine = false },
		"R42": func(v *forms.VillageSheet) { v.PlanConforms = false },
		"R43": func(v *forms.VillageSheet) { v.StyleConforms = false },
		"R44": func(v *forms.VillageSheet) { v.Neighbors = false },
	} {
		v := forms.VillageSheet{}.Example().(forms.VillageSheet)
		spoil(&v)
		d.record(VillageOrganization, VillageSheetKind, v)
		refused(t, d, VillageOrganization, SignOpinion, rule)
	}
}

func TestNeighbourWhoDisagreesIsNoVetoButItsHandlingIsOwed(t *testing.T) { // A16
	lawtest.Claim(t, "A16")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	n := forms.NeighborOpinion{}.Example().(forms.NeighborOpinion)
	n.North = "disagree"
	var bad *Invalid
	if _, err := d.enter(VillageOrganization, NeighborKind, n); !errors.As(err, &bad) || bad.Fields[0].Rule != "A16" {
		t.Fatalf("%v, want the handling asked for", err)
	}
	n.Handling = "已协商，退让一米"
	d.record(VillageOrganization, NeighborKind, n)
	d.record(VillageOrganization, VillageSheetKind, nil)
	d.move(VillageOrganization, SignOpinion, nil)
}

func TestDeemedAcceptanceGoesBackToTheDayOfReceipt(t *testing.T) { // R48, A8
	lawtest.Claim(t, "R48", "A8", "L05", "L06")
	d := open(t, Homestead(), nil)
	d.until(TownshipIntake)
	received := d.c.File.Marks[Received]
	l05, _ := d.c.LiveDeadline("L05")
	d.pass(l05.DueBefore.Add(-time.Second))
	d.state(TownshipIntake)
	d.pass(l05.DueBefore)
	d.state(JointReview)
	if !d.c.File.Deemed || !d.c.File.Marks[Accepted].Equal(received) {
		t.Errorf("deemed %v, accepted %v, want the receipt %v", d.c.File.Deemed, d.c.File.Marks[Accepted], received)
	}
	l06, _ := d.c.LiveDeadline("L06")
	if l06.StartedOn != calendar.DayOf(received) {
		t.Errorf("L06 counts from %s", l06.StartedOn)
	}
	last := d.lines[len(d.lines)-1]
	if last.Verb != string(DeemedAccepted) || last.Rung != RungRed || last.By.Kind != System {
		t.Errorf("line %+v", last)
	}
	if _, err := d.ch.Escalate(d.c, l05.ID, l05.Run, RungRed, d.now, d.county); !errors.Is(err, ErrNothingDue) {
		t.Errorf("fired twice: %v", err)
	}
}

func TestCorrectionStartsIntakeAnewAndIsAskedOnce(t *testing.T) { // R48, A8
	lawtest.Claim(t, "R48", "A8", "L05")
	d := open(t, Homestead(), nil)
	d.until(TownshipIntake)
	first, _ := d.c.LiveDeadline("L05")
	d.pass(at(2026, 3, 12, 10))
	d.move(ServiceCenter, RequestCorrect, nil)
	refused(t, d, ServiceCenter, Correct, "R48")
	d.pass(at(2026, 4, 20, 10))
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}))
	d.move(ServiceCenter, Correct, nil)
	second, ok := d.c.LiveDeadline("L05")
	if !ok || second.Run != first.Run+1 || second.StartedOn != calendar.Date(2026, 4, 20) {
		t.Errorf("L05 is %+v, want it anew from the day the papers were complete", second)
	}
	refused(t, d, ServiceCenter, RequestCorrect, "R48")
	d.pass(second.DueBefore)
	d.state(JointReview)
	if got := calendar.DayOf(d.c.File.Marks[Accepted]); got != calendar.Date(2026, 4, 20) {
		t.Errorf("deemed accepted as of %s", got)
	}
}

func TestJointReviewNeedsTwoOfficersAndThreeOpinions(t *testing.T) { // R49, R50, A9
	lawtest.Claim(t, "R49", "R50", "R51", "A9")
	d := open(t, Homestead(), nil)
	d.until(JointReview)
	s := forms.SiteRecord{}.Example().(forms.SiteRecord)
	s.Surveyors = []string{"李文", " 李文 "}
	var bad *Invalid
	if _, err := d.enter(PlanningOffice, SiteRecordKind, s); !errors.As(err, &bad) || bad.Fields[0].Rule != "R49" {
		t.Fatalf("one officer on site: %v", err)
	}
	refused(t, d, EconomicOffice, Forward, "R49")
	d.record(PlanningOffice, SiteRecordKind, nil)
	for _, p := range []Party{EconomicOffice, SocialAffairsOffice} {
		d.record(p, JointSheetKind, nil)
		refused(t, d, EconomicOffice, Forward, "R50")
	}
	d.record(PlanningOffice, JointSheetKind, forms.JointSheet{Opinion: "disagree", Reason: "不符合规划", Article: "城乡规划法41"})
	refused(t, d, EconomicOffice, Forward, "R50") // to be conferred on, once
	d.record(TownshipGovernment, ConferKind, forms.Confer{Result: "disagree", Note: "仍不一致"})
	lies(d, false)
	d.move(EconomicOffice, Forward, nil)
	refused(t, d, TownshipGovernment, Approve, "R51")
	d.move(TownshipGovernment, Deny, nil)
	d.state(DeniedEnd)
}

func TestFarmlandIsConvertedBeforeAcceptance(t *testing.T) { // R57, A15
	lawtest.Claim(t, "R57", "A15")
	d := open(t, Homestead(), func(a *forms.Application) {
		a.Proposed.LandClass, a.Proposed.Farmland = "farmland_class",
			"cultivated"
	})
	d.until(TownshipIntake)
	refused(t, d, ServiceCenter, Accept, "R57")
	d.record(CountyNaturalResources, ConversionKind, nil)
	d.until(Archived)
}

func TestTownshipWithoutCommissionIssuesNoPermit(t *testing.T) { // R59, A12
	lawtest.Claim(t, "R59", "A12")
	d := open(t, Homestead(), nil)
	d.until(Decision)
	d.county.Parameters.Mandate.To = calendar.Date(2026, 1, 1)
	refused(t, d, TownshipGovernment, Approve, "R59")
}

func TestOneHouseholdOneHomestead(t *testing.T) { // A32
	lawtest.Claim(t, "A32")
	d := open(t, Homestead(), nil)
	d.papers()
	for _, s := range []Case{{Number: "JS-HP-1", Chain: "homestead", State: VillageReview},
		{Number: "JS-HP-2", Chain: "homestead", State: Archived, Outcome: Granted}} {
		d.c.Siblings = []Case{s}
		refused(t, d, ServiceCenter, Submit, "A32")
	}
	d.c.Siblings = []Case{{Chain: "homestead", State: Draft}, {Chain: "homestead", State: DeniedEnd, Outcome: Denied}}
	d.move(ServiceCenter, Submit, nil)
}

func TestNobodyDecidesForHisOwnHouseholdNorSignsWhatHeTyped(t *testing.T) { // A36
	lawtest.Claim(t, "A36")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	d.record(VillageOrganization, NeighborKind, nil)
	d.record(VillageOrganization, VillageSheetKind, nil)
	d.c.Persons = []string{"index"}
	try := func(change func(*Actor), want error) {
		t.Helper()
		a := offices[VillageOrganization]
		change(&a)
		_, err := d.ch.Decide(d.c, Move{Do: SignOpinion, By: a, Seen: d.c.Seen, At: d.now,
			Data: Typed(forms.Opinion{Opinion: "同意"})}, d.county)
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	try(func(a *Actor) { a.Person = "index" }, ErrRecused)
	try(func(a *Actor) { a.Officer = d.c.EnteredBy }, ErrWrongParty)
	try(func(a *Actor) { a.Role = "village_clerk" }, ErrWrongParty)
}

func TestStalePageAndReasonsOwed(t *testing.T) {
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	m := Move{Do: Return, By: offices[VillageOrganization], Seen: d.c.Seen - 1, At: d.now}
	if _, err := d.ch.Decide(d.c, m, d.county); !errors.Is(err, ErrStale) {
		t.Errorf("stale: %v", err)
	}
	m.Seen = d.c.Seen
	var bad *Invalid
	if _, err := d.ch.Decide(d.c, m, d.county); !errors.As(err, &bad) || bad.Fields[0].Field != "reason" {
		t.Errorf("no reason: %v", err)
	}
	m.Reason, m.Do = "理由", Approve
	if _, err := d.ch.Decide(d.c, m, d.county); !errors.Is(err, ErrNotOpen) {
		t.Errorf("another desk's verb: %v", err)
	}
}

func TestTotalLimitRunsAcrossReviewAndDecision(t *testing.T) { // L08, A10
	lawtest.Claim(t, "A10", "L06", "L08")
	d := open(t, Homestead(), nil)
	d.until(JointReview)
	l08, _ := d.c.LiveDeadline("L08")
	d.until(Decision)
	if now, ok := d.c.LiveDeadline("L08"); !ok || now.ID != l08.ID {
		t.Error("L08 must live on into the decision")
	}
	d.move(TownshipGovernment, Return, nil)
	if now, _ := d.c.LiveDeadline("L08"); now.ID != l08.ID {
		t.Error("a return does not start the total anew")
	}
	l06, _ := d.c.LiveDeadline("L06")
	if l06.StartedOn != l08.StartedOn {
		t.Errorf("the review counts from %s again, want acceptance %s", l06.StartedOn, l08.StartedOn)
	}
	n := 0
	for _, x := range d.c.Deadlines {
		if x.Live() && x.Limit == "L06" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d live deadlines of L06 after return and re-entry", n)
	}
}

func TestTakingBackGainsNoDays(t *testing.T) {
	lawtest.Claim(t, "L04")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	l04, _ := d.c.LiveDeadline("L04")
	d.pass(at(2026, 3, 12, 10))
	d.record(VillageOrganization, NeighborKind, nil)
	d.record(VillageOrganization, VillageSheetKind, nil)
	d.move(VillageOrganization, SignOpinion, nil)
	d.now = d.now.Add(time.Hour)
	d.move(VillageOrganization, TakeBack, nil)
	if again, ok := d.c.LiveDeadline("L04"); !ok || again.DueOn != l04.DueOn || again.Run != 2 {
		t.Errorf("L04 is %+v, want the due day %s it had", again, l04.DueOn)
	}
	d.move(VillageOrganization, SignOpinion, nil)
	d.move(ServiceCenter, Accept, nil)
	if _, err := d.decide(VillageOrganization, TakeBack, nil); !errors.Is(err, ErrNotOpen) {
		t.Errorf("taken back across acceptance: %v", err)
	}
}

func TestLadderClimbsAndTellsTheNextAuthority(t *testing.T) { // R40, L04
	lawtest.Claim(t, "R40", "L04")
	d := open(t, Homestead(), nil)
	d.until(VillageReview) // entered Tuesday 2026-03-10, due Sunday rolled to Monday 2026-03-16
	l04, _ := d.c.LiveDeadline("L04")
	if l04.DueOn != calendar.Date(2026, 3, 16) {
		t.Fatalf("L04 due %s", l04.DueOn)
	}
	if fired := d.pass(at(2026, 4, 30, 0)); !slices.Equal(fired,
		[]RungName{RungWarn, RungRed, RungDay3, RungDay7, RungMonth}) {
		t.Errorf("fired %v", fired)
	}
	for _, m := range d.told {
		if m.Rung == RungRed && (!slices.Contains(m.Tells, TownshipGovernment) ||
			!slices.Contains(m.Tells, VillageOrganization)) {
			t.Errorf("red told %v", m.Tells)
		}
	}
	if got := d.ch.Light(d.c, d.now); got != Red {
		t.Errorf("light %s", got)
	}
	d.state(VillageReview) // no silence becomes consent
}

// A year of which no notice is published makes no light red; what the law does it does on a day that no notice could
// have made earlier (Licensing Law Art. 32(4)), and the card waits for the notice.
func TestProvisionalDueDayWarnsAndIsNeverRed(t *testing.T) {
	lawtest.Claim(t, "R48", "A2", "A8", "L05")
	d := open(t, Homestead(), nil)
	d.now = at(2026, 12, 1, 9)
	d.until(TownshipIntake)
	d.now = at(2026, 12, 30, 9)
	d.c.File.Marks[Received] = d.now
	d.move(ServiceCenter, RequestCorrect, nil)
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}))
	d.move(ServiceCenter, Correct, nil)
	l05, _ := d.c.LiveDeadline("L05")
	if !l05.Provisional {
		t.Fatal("a count into 2027 is provisional while its notice is not loaded")
	}
	// received 12-30: 12-31, 01-04 to 01-07, and five more to 01-14
	d.pass(at(2027, 1, 14, 23))
	d.state(TownshipIntake)
	if got := d.ch.Light(d.c, d.now); got != Yellow {
		t.Errorf("light %s, want yellow", got)
	}
	d.pass(at(2027, 1, 15, 0))
	d.state(JointReview)
	if !d.c.File.Deemed || len(d.breach) != 0 || d.c.File.Day(Accepted) != calendar.Date(2026, 12, 30) {
		t.Errorf("deemed %v as of %s, breaches %+v", d.c.File.Deemed, d.c.File.Day(Accepted), d.breach)
	}
	// the notice comes: off to 01-03, 01-09 is made up for; the true day was 01-07, and the card is given
	year := calendar.Year{Year: 2027, Notice: "2027", Off: []calendar.Range{{From: calendar.Date(2027, 1, 1),
		To: calendar.Date(2027, 1, 3)}}, Work: []calendar.Day{calendar.Date(2027, 1, 9)}}
	cal, err := calendar.New(d.county.Calendar.Version()+1, append(d.county.Calendar.Years(), year)...)
	if err != nil {
		t.Fatal(err)
	}
	d.county.Calendar, d.now = cal, at(2027, 1, 20, 9)
	out, moves, err := recount.Recount(d.ch, d.c, BySystem, d.now, d.county)
	if err != nil || out.Breach == nil {
		t.Fatalf("%+v, %v, %v", out.Breach, moves, err)
	}
	b := *out.Breach
	if b.Kind != Statutory || b.Party != ServiceCenter || b.Limit != "L05" || b.Stage != TownshipIntake ||
		!b.DueBefore.Equal(calendar.Date(2027, 1, 8).Start()) || b.MetAt == nil || !b.MetAt.Equal(at(2027, 1, 15, 0)) ||
		out.Fired == nil || out.Fired.Rung != RungRed || !slices.Contains(out.Fired.Tell, TownshipGovernment) {
		t.Errorf("%+v, fired %+v", b, out.Fired)
	}
	d.apply(out, nil)
	if _, _, err := recount.Recount(d.ch, d.c, BySystem, d.now, d.county); !errors.Is(err, ErrNothingDue) {
		t.Errorf("a second card: %v", err)
	}
}

// verbs lists every verb of the published chains.
func verbs() []Verb {
	seen := map[Verb]bool{}
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				seen[a.Do] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// TestMatrix lists for every state who may do what, and holds every other party of the county to a refusal.
func TestMatrix(t *testing.T) {
	county := County{Calendar: seeded(t)}
	start := at(2026, 3, 2, 9)
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for p, actor := range offices {
				for _, v := range verbs() {
					c := Case{State: st.State, Chain: ch.ID, Seen: 1, Division: village, GroupNo: "01",
						Authority: CountyAgricultureBureau,
						File: File{Marks: map[Mark]time.Time{Received: start, Accepted: start, Noticed: start, Decided: start,
							Pushed: start, DueStated: start.AddDate(0, 1, 0), BeginBy: start}}}
					_, err := ch.Decide(c, Move{Do: v, By: actor, Seen: 1, Reason: "理由", At: start}, county)
					a, open := st.Action(v)
					switch {
					case !open || a.By == System:
						if !errors.Is(err, ErrNotOpen) {
							t.Errorf("%s: %s by %s in %s: %v, want not open", ch.ID, v, p, st.State, err)
						}
					case ch.Desk(a.Party(st), c) == p:
						if errors.Is(err, ErrWrongParty) || errors.Is(err, ErrNotOpen) {
							t.Errorf("%s: %s by %s in %s: %v, want it judged", ch.ID, v, p, st.State, err)
						}
					case !errors.Is(err, ErrWrongParty):
						t.Errorf("%s: %s by %s in %s: %v, want the wrong party refused", ch.ID, v, p, st.State, err)
					}
				}
			}
		}
	}
}

func TestDaysOnRecordAreHeldToTheCase(t *testing.T) { // R33, R35, R36, R49, A4
	lawtest.Claim(t, "R33", "R35", "R36", "R49", "A4")
	day := func(d int) calendar.Day { return calendar.Date(2026, 3, d) }
	wrong := func(d *desk, by Party, k RecordKind, data any, field string) {
		t.Helper()
		_, err := d.enter(by, k, data)
		var bad *Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Field != field {
			t.Errorf("%s %+v: %v, want %s refused", k, data, err, field)
		}
	}
	d := open(t, Homestead(), nil) // on 2026-03-02
	d.until(GroupReceived)
	for _, m := range []forms.MeetingSubmission{{NoticeOn: day(1)}, {NoticeOn: day(3)}, {NoticeOn: day(2), MeetOn: day(1)},
		{MeetOn: calendar.Date(2099, 1, 1)}} {
		if _, err := d.decide(GroupCollective, Submit, m); err == nil {
			t.Errorf("submitted to a meeting with %+v", m)
		}
	}
	d.until(GroupMeeting)
	d.pass(at(2026, 3, 4, 9))
	m := forms.MeetingRecord{}.Example().(forms.MeetingRecord)
	for _, held := range []calendar.Day{day(1), day(5), calendar.Date(2020, 1, 1)} {
		m.HeldOn = held
		wrong(d, GroupCollective, MeetingRecordKind, m, "held_on")
	}
	m.HeldOn = day(3)
	d.record(GroupCollective, MeetingRecordKind, m)
	d.move(GroupCollective, PublishNotice, nil)
	d.pass(at(2026, 3, 9, 9))
	n := forms.PublicNotice{}.Example().(forms.PublicNotice)
	for _, posted := range []calendar.Day{day(2), day(5),
		day(9)} { // before the meeting, after the five days began to count
		n.PostedOn = posted
		wrong(d, GroupCollective, PublicNoticeKind, n, "posted_on")
	}
	n.PostedOn = 0
	d.record(GroupCollective, PublicNoticeKind, n)
	if r, _ := d.c.Latest(PublicNoticeKind); Recorded[forms.PublicNotice](r).PostedOn != day(4) {
		t.Errorf("a day left out is %s, want the day the notice was put up", Recorded[forms.PublicNotice](r).PostedOn)
	}
	d.until(JointReview)
	s := forms.SiteRecord{}.Example().(forms.SiteRecord)
	s.VisitedOn = calendar.DayOf(d.c.File.Marks[Accepted]) - 1
	wrong(d, PlanningOffice, SiteRecordKind, s, "visited_on")
}

func TestScansAreTakenUntilAcceptance(t *testing.T) { // A8, A30
	lawtest.Claim(t, "A8", "A30")
	d := open(t, Homestead(), nil)
	for _, s := range []State{Draft, GroupNotice, VillageReview, TownshipIntake} {
		d.until(s)
		if _, err := d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range []State{JointReview, Decision, Approved, Filed, Archived} {
		d.until(s)
		if _, err := d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}); !errors.Is(err,
			ErrNotOpen) {
			t.Errorf("%s: %v, want the papers closed", s, err)
		}
	}
}

func TestResubmittedToAStageThatMayNotBeTaken(t *testing.T) { // A7
	lawtest.Claim(t, "A7")
	d := open(t, Homestead(), nil)
	d.until(GroupNotice)
	d.move(GroupCollective, Return, nil)
	m := Move{Do: Resubmit, To: VillageReview, By: offices[ServiceCenter], Seen: d.c.Seen, At: d.now}
	if _, err := d.ch.Decide(d.c, m, d.county); !errors.Is(err, ErrNotOpen) {
		t.Errorf("%v, want the chosen stage refused", err)
	}
	m.To = GroupReceived
	if _, err := d.ch.Decide(d.c, m, d.county); err != nil {
		t.Error(err)
	}
}
