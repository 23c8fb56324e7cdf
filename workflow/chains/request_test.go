package chains

import (
	"errors"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// field wants the outcome refused for one field under a rule.
func field(t *testing.T, err error, name, rule string) {
	t.Helper()
	var bad *Invalid
	if !errors.As(err, &bad) || bad.Fields[0].Field != name || string(bad.Fields[0].Rule) != rule {
		t.Errorf("%v, want the field %s refused by %s", explain(err), name, rule)
	}
}

func TestACaseEndsOnTheApplicantsSignedApplicationOnly(t *testing.T) {
	lawtest.Claim(t, "A30", "A36")
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			if a, ok := st.Action(Withdraw); ok && !ch.Unsent(st) {
				if _, signed := a.Data.(forms.Withdrawal); !signed || len(a.Issues) == 0 || a.Issues[0].Doc != WithdrawalDoc {
					t.Errorf("%s %s: withdrawn without the applicant's application, or without a paper", ch.ID, st.State)
				}
			}
		}
	}
	signed := forms.Withdrawal{}.Example().(forms.Withdrawal)
	d := open(t, Homestead(), nil)
	d.until(TownshipIntake)
	for name, tt := range map[string]struct {
		change func(*forms.Withdrawal)
		field  string
	}{
		"no signature and no scan": {func(w *forms.Withdrawal) { w.Signature = "" }, "signature"},
		"another signs":            {func(w *forms.Withdrawal) { w.SignedBy = "窗口" }, "signed_by"},
		"an agent without mandate": {func(w *forms.Withdrawal) { w.SignedBy, w.Capacity = "李四", "agent" }, "authority"},
		"signed tomorrow":          {func(w *forms.Withdrawal) { w.SignedOn = calendar.DayOf(d.now) + 1 }, "signed_on"},
		"signed before it began":   {func(w *forms.Withdrawal) { w.SignedOn = d.c.Begun() - 1 }, "signed_on"},
	} {
		t.Run(name, func(t *testing.T) {
			w := signed
			tt.change(&w)
			_, err := d.decide(ServiceCenter, Withdraw, w)
			field(t, err, tt.field, "A30")
		})
	}
	scanned := signed
	scanned.Signature = ""
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: forms.RequestPaper, Name: "撤回申请书.png", At: d.now}))
	if _, err := d.decide(ServiceCenter, Withdraw, scanned); err != nil {
		t.Errorf("with the scan: %v", explain(err))
	}
	d.move(ServiceCenter, Withdraw, signed)
	d.state(WithdrawnEnd)
	if _, issued := d.c.Document(WithdrawalDoc); !issued {
		t.Error("withdrawn without its paper")
	}
}

func TestNothingLapsesUnlessTheCountyHasConfirmedIt(t *testing.T) {
	lawtest.Claim(t, "A8")
	for _, c := range []struct {
		ch        Chain
		intake    State
		authority Party
	}{{Homestead(), TownshipIntake, TownshipGovernment}, {PlanningPermit(), TownshipIntake, TownshipGovernment},
		{ConstructionStartLowRise(), Submitted, TownshipGovernment}, {ConstructionStartOther(), Submitted, CountyApprovalBureau}} {
		ch := c.ch
		d := open(t, ch, nil)
		d.until(c.intake)
		ask, _ := stageOf(d).Action(RequestCorrect)
		request := ask.Data.Example().(forms.CorrectionRequest)
		request.Until = calendar.DayOf(d.now) + 10
		d.move(ServiceCenter, RequestCorrect, request)
		refused(t, d, ServiceCenter, Terminate, "A8")
		d.county.Parameters.LapseUncorrected = true
		refused(t, d, ServiceCenter, Terminate, "A8")
		term, ok := d.c.LiveDeadline("A25")
		if !ok || d.c.File.Asked.Until != request.Until || term.DueOn < request.Until {
			t.Fatalf("%s: the term of the notice is %+v", ch.ID, term)
		}
		d.pass(term.DueBefore.Add(-time.Second))
		refused(t, d, ServiceCenter, Terminate, "A8")
		if fired := d.pass(term.DueBefore); len(fired) == 0 || len(d.breach) > 0 {
			t.Errorf("%s: reminded by %v, breaches %v", ch.ID, fired, d.breach)
		}
		d.county.Parameters.LapseUncorrected = false
		refused(t, d, ServiceCenter, Terminate, "A8")
		d.county.Parameters.LapseUncorrected = true
		refused(t, d, ServiceCenter, Terminate, "A8") // the notice was not served
		d.serve(CorrectionNotice)
		d.move(ServiceCenter, Terminate, nil)
		if paper, issued := d.c.Document(LapseDoc); !issued || d.c.Outcome != Terminated || paper.Authority != c.authority {
			t.Errorf("%s: lapsed as %q, paper %+v", ch.ID, d.c.Outcome, paper)
		}
	}
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	d.move(VillageOrganization, Return, nil)
	if _, open := stageOf(d).Action(Terminate); open {
		t.Error("a case returned by the village is ended by the counter")
	}
}

func TestTheVillageStandsForAGroupThatRefusesOrWaits(t *testing.T) {
	lawtest.Claim(t, "A6", "R37")
	asks := forms.TownshipRequest{}.Example().(forms.TownshipRequest)
	late := func(d *desk) {
		l01, _ := d.c.LiveDeadline("L01")
		d.pass(l01.DueBefore)
	}
	d := open(t, Homestead(), nil)
	d.until(GroupReceived)
	if _, err := d.enter(ServiceCenter, TownshipAskedKind, asks); !errors.Is(err, ErrBlocked) {
		t.Errorf("asked for while the group has its days: %v", err)
	}
	late(d)
	refused(t, d, TownshipGovernment, VillageHandles, "A6") // the household has not asked
	d.record(ServiceCenter, TownshipAskedKind, asks)
	d.move(TownshipGovernment, VillageHandles, nil)
	d.state(GroupMeeting)
	if !d.c.NoGroupLevel {
		t.Fatal("the group still has the case")
	}
	refused(t, d, VillageOrganization, PublishNotice, "R33") // meeting and notice are not less
	d.until(Archived)

	d = open(t, Homestead(), nil)
	d.until(GroupReceived)
	d.move(GroupCollective, Return, nil)
	d.record(ServiceCenter, TownshipAskedKind, asks)
	if _, err := d.decide(TownshipGovernment, CallForPapers, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("papers called for that the group has not made: %v", err)
	}
	d.move(TownshipGovernment, VillageHandles, nil)
	d.state(GroupReceived)
	d.until(TownshipIntake)
}

func TestTheTownshipCallsForWhatTheVillageRefusesOrLetsLie(t *testing.T) {
	lawtest.Claim(t, "A7", "R46")
	asks := forms.TownshipRequest{}.Example().(forms.TownshipRequest)
	asks.Asks = "township_calls"
	for _, ch := range []Chain{Homestead(), PlanningPermit()} {
		for name, hold := range map[string]func(*desk){
			"refused": func(d *desk) { d.move(VillageOrganization, Return, nil) },
			"late": func(d *desk) {
				l04, _ := d.c.LiveDeadline("L04")
				d.pass(l04.DueBefore)
			},
		} {
			d := open(t, ch, nil)
			d.until(VillageReview)
			if _, err := d.enter(ServiceCenter, TownshipAskedKind, asks); !errors.Is(err, ErrBlocked) {
				t.Errorf("%s: asked for while the village has its days: %v", name, err)
			}
			hold(d)
			refused(t, d, TownshipGovernment, CallForPapers, "A7")
			d.now = d.now.Add(time.Minute)
			d.record(ServiceCenter, TownshipAskedKind, asks)
			d.move(TownshipGovernment, CallForPapers, nil)
			d.state(TownshipIntake)
			l05, _ := d.c.LiveDeadline("L05")
			if _, receipt := d.c.Document(ReceiptDoc); !receipt || l05.StartedOn != calendar.DayOf(d.now) {
				t.Errorf("%s %s: receipt %v, L05 from %s", ch.ID, name, receipt, l05.StartedOn)
			}
			d.until(Archived)
		}
	}
}

func TestAHomesteadIsForLiving(t *testing.T) {
	lawtest.Claim(t, "R21")
	for _, ch := range []Chain{Homestead(), PlanningPermit()} {
		for _, use := range []string{"commercial", "office", "agro_workshop", "other"} {
			d := open(t, ch, func(a *forms.Application) { a.Proposed.Use = use })
			refused(t, d, ServiceCenter, Submit, "R21")
		}
		d := open(t, ch, nil)
		d.county.Parameters.HomesteadStandard = Applied[forms.Application](d.c).Proposed.HomesteadArea - 1
		refused(t, d, ServiceCenter, Submit, "R21")
		d.county.Parameters.HomesteadStandard = 0
		d.until(Decision)
		d.county.Parameters.HomesteadStandard = 100
		refused(t, d, TownshipGovernment, Approve, "R21")
	}
}
