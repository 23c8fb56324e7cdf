package chains

import (
	"slices"
	"testing"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

func TestARegistrationThatIsRefusedIsNoDeniedLicence(t *testing.T) {
	lawtest.Claim(t, "A19", "R73", "R98")
	start := start(t, nil)
	start.until(Review)
	start.move(ServiceCenter, Deny, nil)
	business := open(t, BusinessUse(), nil)
	business.until(Processing)
	business.move(MarketStation, Deny, nil)
	for name, d := range map[string]*desk{"a start": start, "a business": business} {
		if _, denied := d.c.Document(DenialDecision); denied {
			t.Errorf("%s: a licence was denied", name)
		}
		doc, ok := d.c.Document(NotRegisteredDoc)
		if !ok || doc.Number == "" || d.c.Outcome != Denied {
			t.Errorf("%s: papers %+v, outcome %s, want the numbered opinion", name, d.c.File.Documents, d.c.Outcome)
		}
		_, err := d.ch.Decide(d.c, Move{}, d.county)
		if err == nil {
			t.Errorf("%s: the case goes on", name)
		}
	}
	d := open(t, BusinessUse(), nil)
	d.until(Processing)
	_, err := d.ch.Decide(d.c, Move{Do: Deny, By: offices[MarketStation], Seen: d.c.Seen, At: d.now,
		Data: Typed(forms.NotRegistered{}.Example())}, d.county)
	refusedField(t, err, "reason", "R98")
}

// What the Licensing Law does or says stands on the matters that decide on a licence, and on all of them: acceptance by
// lapse of time (Art. 32), the decision to deny (Art. 38), the extension (Art. 42).
func TestTheLicensingLawStandsOnLicencesAlone(t *testing.T) {
	lawtest.Claim(t, "A19", "R48", "R54", "R51")
	for _, ch := range Published() {
		acts, denies, extends := false, false, false
		for _, st := range ch.Stages {
			_, accepted := st.Action(DeemedAccepted)
			acts = acts || accepted
			for _, a := range st.Actions {
				denies = denies || slices.Contains(Kinds(a.Issues), DenialDecision) ||
					a.Do == Deny && a.Under.Law == law.Licensing.Art("38").Law
			}
			_, extension := ch.RecordRow(st, ExtendKind)
			extends = extends || extension
		}
		if acts != ch.Licence || denies != ch.Licence || extends != ch.Licence {
			t.Errorf("%s: licence %v, accepts by lapse %v, denies %v, extends %v", ch.ID, ch.Licence, acts, denies, extends)
		}
	}
}

func TestAFailedAcceptanceIssuesItsPaper(t *testing.T) {
	lawtest.Claim(t, "R77", "A21", "A23", "A25")
	for _, tt := range []struct {
		ch     Chain
		office Party
		issuer Party
	}{{CompletionLowRise(), PlanningOffice, TownshipGovernment},
		{CompletionOther(), CountyHousingBureau, CountyHousingBureau}} {
		d := open(t, tt.ch, nil)
		d.until(Inspection)
		d.move(tt.office, FailCompletion, nil)
		if l, ok := d.c.LiveDeadline(law.Findings.ID); !ok || l.DueOn != mustDue(t, d, 1, calendar.DayOf(d.now)) {
			t.Errorf("%s: the findings are due %+v", tt.ch.ID, l)
		}
		_, err := d.decide(tt.office, OrderRectification, forms.Rectification{Items: "补做栏杆"})
		refusedField(t, err, "rectify_by", "A25")
		d.move(tt.office, OrderRectification, nil)
		if doc, ok := d.c.Document(RectifyCompletionDoc); !ok || doc.Number == "" || doc.Authority != tt.issuer {
			t.Errorf("%s: papers %+v", tt.ch.ID, d.c.File.Documents)
		}
		if d.state(Rectify); len(d.breach) != 0 {
			t.Errorf("breaches %+v", d.breach)
		}
		d.until(Archived)
	}
}
