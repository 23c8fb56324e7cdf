package chains

import (
	"slices"
	"testing"

	. "anju/workflow"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// A limit that spans several stages is owed by the office that has the case, and its red card goes to the authority above
// that office, wherever the limit began.
func TestASpanningLimitIsToldAboveTheOfficeThatHasTheCase(t *testing.T) { // R90, A10, A25
	lawtest.Claim(t, "A25")
	for _, c := range []struct {
		ch    Chain
		at    State
		limit law.LimitID
		late  Party // who owes it
		above Party
	}{
		{ConstructionStartOther(), AcceptedState, law.L15.ID, ServiceCenter, TownshipGovernment},
		{ConstructionStartOther(), Review, law.L15.ID, CountyApprovalBureau, SupervisionOffice},
		{ConstructionStartOther(), Decision, law.L15.ID, CountyApprovalBureau, SupervisionOffice},
		{Homestead(), JointReview, law.L08.ID, EconomicOffice, TownshipGovernment},
		{Homestead(), Decision, law.L08.ID, TownshipGovernment, CountyAgricultureBureau},
	} {
		d := open(t, c.ch, nil)
		d.until(c.at)
		var red Message
		for red.Rung != RungRed {
			l, ok := d.c.LiveDeadline(c.limit)
			if !ok || l.NextAt.IsZero() {
				t.Fatalf("%s %s: no clock of %s", c.ch.ID, c.at, c.limit)
			}
			d.now = l.NextAt
			d.apply(d.ch.Escalate(d.c, l.ID, l.Run, l.Next, d.now, d.county))
			red = d.told[len(d.told)-1]
		}
		if !slices.Contains(red.Tells, c.late) || !slices.Contains(red.Tells, c.above) {
			t.Errorf("%s %s %s: told %v, want %s and %s", c.ch.ID, c.at, c.limit, red.Tells, c.late, c.above)
		}
	}
}
