package chains

import (
	"errors"
	"slices"
	"testing"

	. "anju/workflow"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

func TestEachPaperIsAskedForUnderItsRule(t *testing.T) { // R29, R30, R31, R32, R56
	lawtest.Claim(t, "R29", "R30", "R31", "R32", "R56")
	for _, tt := range []struct {
		ch   Chain
		want map[string]law.Rule
	}{
		{Homestead(), map[string]law.Rule{"HP01": "R29", "HP02": "R30", "HP03": "R31", "HP04": "R31", "HP05": "R32"}},
		{PlanningPermit(), map[string]law.Rule{"RP01": "R56", "RP02": "R56", "RP03": "R56", "RP04": "R56", "RP05": "R56"}},
	} {
		for missing, rule := range tt.want {
			d := open(t, tt.ch, nil)
			for _, p := range handed(tt.ch.Papers) {
				if p.Code != missing {
					d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: p.Code, At: d.now}))
				}
			}
			_, err := d.decide(ServiceCenter, Submit, nil)
			var r *Refusal
			if !errors.As(err, &r) || len(r.Blocked) != 1 || r.Blocked[0].Rule != rule ||
				r.Blocked[0].By != "material:"+missing {
				t.Errorf("without %s: %v %+v, want only %s", missing, err, r, rule)
			}
		}
	}
}

func TestOnlyTheHeadSigns(t *testing.T) { // R38, R45, R52, R54
	lawtest.Claim(t, "R38", "R45", "R52", "R54")
	for state, signed := range map[State][]Verb{GroupNotice: {SignOpinion, Return}, VillageReview: {SignOpinion, Return},
		Decision: {Approve, Deny}} {
		d := open(t, Homestead(), nil)
		d.until(state)
		st, _ := d.ch.Stage(state)
		clerk := offices[st.By]
		clerk.Role = "village_clerk"
		for _, v := range signed {
			if _, err := d.ch.Decide(d.c, Move{Do: v, By: clerk, Seen: d.c.Seen, Reason: "理由", At: d.now},
				d.county); !errors.Is(err, ErrWrongParty) {
				t.Errorf("%s by a clerk in %s: %v", v, state, err)
			}
		}
	}
}

func TestNoSignatureWithoutTheNoticeOnRecord(t *testing.T) { // R34
	lawtest.Claim(t, "R34", "L02")
	d := open(t, Homestead(), nil)
	d.until(GroupNotice)
	l02, _ := d.c.LiveDeadline("L02")
	d.pass(l02.DueBefore)
	refused(t, d, GroupCollective, SignOpinion, "R34")
}

func TestHomesteadStandardIsTheCounty(t *testing.T) { // R21, Land Law Art. 62(1)
	lawtest.Claim(t, "R21")
	for standard, goes := range map[Decimal]bool{0: true, 13299: false, 13300: true} {
		d := open(t, Homestead(), nil) // asks for 133.00
		d.county.Parameters.HomesteadStandard = standard
		d.papers()
		if _, err := d.decide(ServiceCenter, Submit, nil); (err == nil) != goes {
			t.Errorf("standard %s: %v", standard, err)
		}
	}
}

func TestApprovalStatesItsValidityAndIsFiledByBothBureaus(t *testing.T) { // R53, R55, A13
	lawtest.Claim(t, "R53", "R55", "A13")
	d := open(t, Homestead(), nil)
	d.until(Issued)
	if _, ok := d.c.Document(FilingReport); !ok {
		t.Error("the filing report goes out with the certificates")
	}
	for _, bureau := range []Party{CountyAgricultureBureau, CountyNaturalResources} {
		refused(t, d, TownshipGovernment, FileVerb, "R55")
		d.record(bureau, FilingReceiptKind, nil)
	}
	d.move(TownshipGovernment, FileVerb, nil)
}

func TestStricterClockWarnsAndIsNeverRed(t *testing.T) { // A1
	lawtest.Claim(t, "A1", "L06")
	d := open(t, Homestead(), nil)
	d.now = at(2026, 9, 17, 9) // fifteen working days from here span the autumn holidays
	d.until(JointReview)
	l06, _ := d.c.LiveDeadline("L06")
	limit, _ := d.ch.Limit(l06)
	stricter, ok, err := d.county.Calendar.Stricter(l06.Count(limit))
	if err != nil || !ok || !stricter.DueBefore.Before(l06.WarnAt) {
		t.Fatalf("stricter %+v, %v, %v: want it before the light turns", stricter, ok, err)
	}
	fired := d.pass(stricter.DueBefore)
	if !slices.Contains(fired, RungStricter) || slices.Contains(fired, RungRed) {
		t.Errorf("fired %v", fired)
	}
	if got := d.ch.Light(d.c, d.now); got != Green {
		t.Errorf("light %s: the stricter clock warns the office and leaves the lawful light alone", got)
	}
}
