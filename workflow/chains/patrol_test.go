package chains

import (
	"errors"
	"strings"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// threeStoreys is a finding on a house that the township does not dispose of.
func threeStoreys() forms.Finding {
	f := forms.Finding{}.Example().(forms.Finding)
	f.Floors = 3
	return f
}

// illegalLand is a finding on land that was taken unlawfully.
func illegalLand() forms.Finding {
	f := forms.Finding{}.Example().(forms.Finding)
	f.Grounds = []string{"illegal_land"}
	return f
}

// refusedField wants the field refused under the rule.
func refusedField(t *testing.T, err error, field string, rule law.Rule) {
	t.Helper()
	var wrong *Invalid
	if !errors.As(err, &wrong) || wrong.Fields[0].Field != field || wrong.Fields[0].Rule != rule {
		t.Errorf("%v %s, want %s refused under %s", err, explain(err), field, rule)
	}
}

// issued lists the papers of a case that are of the kinds given, in the order in which they were issued.
func issued(d *desk, kinds ...DocumentKind) (list []Document) {
	for _, k := range kinds {
		if doc, ok := d.c.Document(k); ok {
			list = append(list, doc)
		}
	}
	return list
}

func TestNothingIsReferredBeforeItIsStopped(t *testing.T) {
	lawtest.Claim(t, "R110", "A25", "A26")
	for name, tt := range map[string]struct {
		finding forms.Finding
		bureau  Party
	}{"another building": {threeStoreys(), CountyHousingBureau},
		"illegal land": {illegalLand(), CountyAgricultureBureau}} {
		v := begin(t, Violation(), tt.finding, nil)
		if _, err := v.decide(PlanningOffice, Refer, forms.Referral{}.Example()); !errors.Is(err, ErrWrongParty) {
			t.Errorf("%s: the planning office referred it unstopped: %v", name, err)
		}
		clerk := offices[TownshipGovernment]
		clerk.Role = OfficeReviewer
		if _, err := v.ch.Decide(v.c, Move{Do: Refer, By: clerk, Seen: v.c.Seen, At: v.now,
			Data: Typed(forms.StoppedReferral{}.Example())}, v.county); !errors.Is(err, ErrWrongParty) {
			t.Errorf("%s: a clerk signed the order to stop: %v", name, err)
		}
		v.move(TownshipGovernment, Refer, nil)
		if got := issued(v, StopWorkDoc, ReferralDoc); len(got) != 2 || got[0].Number == "" || got[1].Number == "" {
			t.Errorf("%s: issued %+v, want the order to stop and the letter", name, got)
		}
		if v.state(Referred); v.c.Authority != tt.bureau {
			t.Errorf("%s was referred to %s", name, v.c.Authority)
		}

		v = begin(t, Violation(), tt.finding, nil)
		v.move(TownshipGovernment, OrderStopWork, nil)
		if l, ok := v.c.LiveDeadline("L21"); !ok || l.DueOn != mustDue(t, v, 1, calendar.DayOf(v.now)) {
			t.Errorf("%s: L21 %+v, want it to run until the referral", name, l)
		}
		refused(t, v, TownshipGovernment, OrderRectification, "R110")
		v.move(PlanningOffice, Refer, nil)
		v.state(Referred)
	}
	low := begin(t, Violation(), forms.Finding{}.Example(), nil)
	refused(t, low, TownshipGovernment, Refer, "R110")
	if _, ok := low.c.LiveDeadline("L21"); !ok {
		t.Error("stopping is at once")
	}
	low.move(TownshipGovernment, OrderStopWork, nil)
	if _, ok := low.c.LiveDeadline("L21"); ok {
		t.Error("a low-rise house is not referred, and nothing runs for it")
	}
	refused(t, low, PlanningOffice, Refer, "R110")
}

func TestTheBureauAnswersAReferralByTheDayOfTheLetter(t *testing.T) {
	lawtest.Claim(t, "R116", "A25")
	v := begin(t, Violation(), threeStoreys(), nil)
	letter := forms.StoppedReferral{}.Example().(forms.StoppedReferral)
	letter.AnswerBy = 0
	_, err := v.decide(TownshipGovernment, Refer, letter)
	refusedField(t, err, "answer_by", "A25")
	letter.AnswerBy = calendar.Date(2026, 3, 31)
	v.move(TownshipGovernment, Refer, letter)
	d, ok := v.c.LiveDeadline(law.Stated.ID)
	if !ok || d.DueOn != letter.AnswerBy {
		t.Fatalf("due %+v, want the day of the letter", d)
	}
	refused(t, v, CountyHousingBureau, GiveFeedback, "R116")
	v.pass(at(2026, 4, 1, 0))
	if len(v.breach) != 1 || v.breach[0].Party != CountyHousingBureau || v.breach[0].Rule != "R116" {
		t.Fatalf("breaches %+v, want one of the housing bureau", v.breach)
	}
	v.pass(at(2026, 4, 20, 0))
	var told []Party
	for _, m := range v.told {
		if m.Topic == "rung" {
			told = append(told, m.Tells...)
		}
	}
	if len(told) == 0 || strings.Contains(joined(told), string(SupervisionOffice)) {
		t.Errorf("the ladder told %v, want the bureau and none above it: its day is promised", told)
	}
	v.record(CountyHousingBureau, ReferralReceiptKind, nil)
	v.move(CountyHousingBureau, GiveFeedback, nil)
	if a, _ := mustStage(t, v.ch, FeedbackState).Action(CloseVerb); a.Rule != "R116" {
		t.Errorf("closing after the answer stands on %s", a.Rule)
	}
}

func TestOrdersAreLiftedByPapers(t *testing.T) {
	lawtest.Claim(t, "A26", "R115", "R124")
	v := begin(t, Violation(), forms.Finding{}.Example(), filed(t, "construction_start.low_rise"))
	v.until(RecheckState)
	if _, err := v.decide(PlanningOffice, CloseVerb, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the planning office lifted the head's order: %v", err)
	}
	v.until(ClosedEnd)
	if len(issued(v, StopWorkDoc, RectificationDoc, StopWorkLiftedDoc)) != 3 {
		t.Errorf("papers %+v", v.c.File.Documents)
	}
	for _, lift := range []bool{true, false} {
		v := begin(t, Violation(), threeStoreys(), nil)
		v.move(TownshipGovernment, Refer, nil)
		v.until(FeedbackState)
		end := forms.ReferralClosing{}.Example().(forms.ReferralClosing)
		end.Lifted = lift
		v.move(TownshipGovernment, CloseVerb, end)
		if _, lifted := v.c.Document(StopWorkLiftedDoc); lifted != lift {
			t.Errorf("lift %v: papers %+v", lift, v.c.File.Documents)
		}
	}
	h := open(t, Hazard(), nil)
	h.move(PlanningOffice, Grade, forms.Grading{Level: "major", Basis: "墙体倾斜"})
	h.move(TownshipGovernment, StopUse, nil)
	h.until(RecheckState)
	h.now = h.now.Add(time.Hour)
	h.move(PlanningOffice, Grade, forms.Grading{Level: "general", Basis: "已加固"})
	h.until(ClosedEnd)
	if list := issued(h, UseStopDoc, UseLiftedDoc); len(list) != 2 || list[0].Number == "" || list[1].Number == "" {
		t.Errorf("papers %+v, want the stop of use and its lifting", h.c.File.Documents)
	}
	h = open(t, Hazard(), nil)
	h.until(ClosedEnd)
	if len(h.c.File.Documents) != 0 {
		t.Errorf("a general hazard stops no use: %+v", h.c.File.Documents)
	}
}

func TestNoticesStateTheirDay(t *testing.T) {
	lawtest.Claim(t, "A25", "R104")
	today := calendar.Date(2026, 3, 2)
	for field, form := range map[string]func(calendar.Day) CaseChecker{
		"rectify_by": func(d calendar.Day) CaseChecker { return &forms.Rectification{By: d} },
		"change_by":  func(d calendar.Day) CaseChecker { return &forms.PremisesChangeOrder{By: d} },
		"answer_by":  func(d calendar.Day) CaseChecker { return &forms.Referral{AnswerBy: d} },
		"repair_by":  func(d calendar.Day) CaseChecker { return &forms.RepairGuidance{By: d} },
		"recheck_by": func(d calendar.Day) CaseChecker { return &forms.UseStop{By: d} },
	} {
		for _, wrong := range []calendar.Day{0, today, today.AddMonths(24) + 1} {
			found := form(wrong).CheckCase(Case{}, today)
			if len(found) != 1 || found[0].Field != field || found[0].Rule != "A25" {
				t.Errorf("%s %s: %+v", field, wrong, found)
			}
		}
		for _, right := range []calendar.Day{today + 1, today.AddMonths(24)} {
			if found := form(right).CheckCase(Case{}, today); len(found) != 0 {
				t.Errorf("%s %s: %+v", field, right, found)
			}
		}
	}
}

func TestOrdersAndReferralsAreNoPenalty(t *testing.T) {
	lawtest.Claim(t, "R126")
	for _, st := range Violation().Stages {
		for _, a := range st.Actions {
			if strings.Contains(a.Title, "罚") || strings.Contains(a.Title, "拆") {
				t.Errorf("%s", a.Title)
			}
		}
	}
}

func TestHazardsAreGradedGuidedOrPutOutOfUse(t *testing.T) {
	lawtest.Claim(t, "R114", "R115")
	d := open(t, Hazard(), nil)
	d.until(Graded)
	refused(t, d, TownshipGovernment, StopUse, "R115")
	d = open(t, Hazard(), nil)
	d.move(PlanningOffice, Grade, forms.Grading{Level: "major", Basis: "墙体倾斜"})
	if _, ok := d.c.LiveDeadline("L21"); !ok {
		t.Error("a major hazard is stopped at once")
	}
	refused(t, d, PlanningOffice, Guide, "R114")
}

func joined(list []Party) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(string(p) + " ")
	}
	return b.String()
}

func mustStage(t *testing.T, ch Chain, s State) Stage {
	t.Helper()
	st, ok := ch.Stage(s)
	if !ok {
		t.Fatalf("no stage %s", s)
	}
	return st
}
