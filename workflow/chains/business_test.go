package chains

import (
	"slices"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// unfit is what the township finds in premises that do not meet the requirements.
func unfit() forms.PremisesCheck {
	check := forms.PremisesCheck{}.Example().(forms.PremisesCheck)
	check.Qualified, check.Reason = false, "擅自加建夹层"
	return check
}

func TestAFailedPeriodicCheckGoesTheWayOfAFailedFirstOne(t *testing.T) {
	lawtest.Claim(t, "R113", "R102", "R103", "R121", "A24", "A25")
	d := open(t, BusinessUse(), nil)
	d.until(Qualified)
	due, ok := d.c.LiveDeadline(law.Recheck.ID)
	if !ok || due.DueOn < calendar.DayOf(d.now).AddMonths(6) || due.DueOn > calendar.DayOf(d.now).AddMonths(6)+10 {
		t.Fatalf("the next check is due on %s, want six months from %s", due.DueOn, calendar.DayOf(d.now))
	}
	d.pass(d.now.AddDate(0, 5, 0))
	d.move(TownshipGovernment, InspectSite, nil)
	if l, _ := d.c.LiveDeadline("L18"); l.DueOn != mustDue(t, d, 10, calendar.DayOf(d.now)) {
		t.Errorf("L18 is due on %s", l.DueOn)
	}
	refused(t, d, TownshipGovernment, Verify, "R100") // the first check counts no more
	d.record(PlanningOffice, PremisesCheckKind, unfit())
	refused(t, d, TownshipGovernment, Verify, "R102")
	d.move(TownshipGovernment, Stop, nil)
	if l, _ := d.c.LiveDeadline("L19"); l.DueOn != mustDue(t, d, 1, calendar.DayOf(d.now)) {
		t.Errorf("L19 is due on %s", l.DueOn)
	}
	d.move(TownshipGovernment, NotifyByLetter, nil)
	if m := d.told[len(d.told)-1]; !slices.Contains(m.Tells, CountyMarketBureau) || !slices.Contains(m.Tells, Authority) {
		t.Errorf("told %v, want the registrar and the market bureau", m.Tells)
	}
	if l, _ := d.c.LiveDeadline("L20"); l.DueOn != mustDue(t, d, 3, calendar.DayOf(d.now)) {
		t.Errorf("L20 is due on %s", l.DueOn)
	}
	d.move(MarketStation, OrderChange, nil)
	if got := issued(d, PremisesCheckDoc, StopReportDoc, ChangeOrderDoc); len(got) != 3 {
		t.Errorf("papers %+v", d.c.File.Documents)
	}
	d.state(Ordered)
}

func TestAPassedPeriodicCheckBeginsTheNextSixMonths(t *testing.T) {
	lawtest.Claim(t, "R113", "R101")
	d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), filed(t, "construction_start.low_rise"))
	d.until(TownshipCheck)
	d.record(PlanningOffice, AppraisalKind, nil)
	d.until(Qualified)
	first, _ := d.c.LiveDeadline(law.Recheck.ID)
	d.now = d.now.AddDate(0, 3, 0)
	d.move(TownshipGovernment, InspectSite, nil)
	d.record(PlanningOffice, PremisesCheckKind, nil)
	d.move(TownshipGovernment, Verify, nil) // the appraisal of the first check stands
	if next, ok := d.c.LiveDeadline(law.Recheck.ID); !ok || next.DueOn <= first.DueOn || next.Run != 2 {
		t.Errorf("next check %+v after %s", next, first.DueOn)
	}
	refused := forms.BusinessEnded{Evidence: "注销", EndedOn: calendar.DayOf(d.now) + 1}
	_, err := d.decide(TownshipGovernment, Archive, refused)
	refusedField(t, err, "ended_on", "R111")
	d.until(Archived)
	if d.c.Outcome != Granted {
		t.Errorf("outcome %q", d.c.Outcome)
	}
}

func TestAnOverduePeriodicCheckIsABreachWithItsLadder(t *testing.T) {
	lawtest.Claim(t, "R113", "A25")
	d := open(t, BusinessUse(), nil)
	d.until(Qualified)
	due, _ := d.c.LiveDeadline(law.Recheck.ID)
	d.pass(due.DueBefore.AddDate(0, 0, 20))
	if len(d.breach) != 1 || d.breach[0].Party != TownshipGovernment || d.breach[0].Rule != "R113" {
		t.Fatalf("breaches %+v, want one of the township", d.breach)
	}
	var told []Party
	for _, m := range d.told {
		if m.Topic == "rung" {
			told = append(told, m.Tells...)
		}
	}
	if !slices.Contains(told, CountyMarketBureau) || slices.Contains(told, SupervisionOffice) {
		t.Errorf("the ladder told %v, want the bureau that guides the matter and none above it", told)
	}
	if l, _ := d.ch.Limit(due); l.Statutory {
		t.Error("the rules name no day for the periodic check: it is promised")
	}
}

func TestNoBusinessIsPassedInAHouseOutOfUseOrInViolation(t *testing.T) {
	lawtest.Claim(t, "R115", "R125", "R112", "R100")
	file := filed(t, "business_use")
	hazard := begin(t, Hazard(), forms.HazardFinding{}.Example(), nil)
	hazard.move(PlanningOffice, Grade, forms.Grading{Level: "major", Basis: "墙体倾斜"})
	graded := hazard.c
	hazard.move(TownshipGovernment, StopUse, nil)
	stopped := hazard.c
	hazard.until(RecheckState)
	hazard.now = hazard.now.Add(time.Hour)
	hazard.move(PlanningOffice, Grade, forms.Grading{Level: "general", Basis: "已加固"})
	again := hazard.c
	hazard.until(ClosedEnd)
	lifted := hazard.c
	violation := begin(t, Violation(), forms.Finding{}.Example(), nil)
	general := begin(t, Hazard(), forms.HazardFinding{}.Example(), nil)
	general.until(GuidedState)
	for name, tt := range map[string]struct {
		other Case
		rule  law.Rule // "" passes
	}{"graded major": {graded, "R115"}, "out of use": {stopped, "R115"}, "graded anew, still out of use": {again, "R115"},
		"lifted": {lifted, ""}, "a general hazard": {general.c, ""}, "an open violation": {violation.c, "R125"}} {
		d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), file)
		d.until(TownshipCheck)
		d.record(PlanningOffice, PremisesCheckKind, nil)
		tt.other.ID, tt.other.Siblings = 99, nil
		d.c.Siblings = append(slices.Clone(d.c.Siblings), tt.other)
		if tt.rule != "" {
			refused(t, d, TownshipGovernment, Verify, tt.rule)
			continue
		}
		if _, err := d.decide(TownshipGovernment, Verify, nil); err != nil {
			t.Errorf("%s: %s", name, explain(err))
		}
	}
}

func TestAppraisalIsAskedForByADay(t *testing.T) {
	lawtest.Claim(t, "R101", "A25", "A24")
	d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), nil)
	d.until(TownshipCheck)
	_, err := d.decide(TownshipGovernment, SendToAppraisal, forms.AppraisalNotice{})
	refusedField(t, err, "appraise_by", "A25")
	by := calendar.Date(2026, 5, 29)
	d.move(TownshipGovernment, SendToAppraisal, forms.AppraisalNotice{By: by})
	if l, ok := d.c.LiveDeadline(law.Stated.ID); !ok || l.DueOn != by {
		t.Fatalf("due %+v, want %s", l, by)
	}
	d.pass(by.Start().AddDate(0, 0, 2))
	if len(d.breach) != 0 {
		t.Error("what the applicant owes is no office's breach")
	}
	if m := d.told[len(d.told)-1]; m.Rung != RungRed || !slices.Contains(m.Tells, TownshipGovernment) {
		t.Errorf("told %+v, want the township reminded", m)
	}
	d.move(TownshipGovernment, Stop, nil)
	d.state(Stopped)
}
