package chains

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// authorityOf is the kind of office in the name of which a paper went out.
func authorityOf(doc Document) string {
	for _, name := range []string{"Authority", "Issuer"} {
		if f := reflect.ValueOf(doc).FieldByName(name); f.IsValid() {
			return Party(f.String()).Title()
		}
	}
	return ""
}

// with is the case with another application, as if it had been found out since.
func (d *desk) with(change func(*forms.Application)) *desk {
	x := d.fork()
	a := Applied[forms.Application](x.c)
	change(&a)
	x.c.Application, _ = json.Marshal(a)
	return x
}

// refusedFor wants the verb refused for one condition alone, under its rule.
func refusedFor(t *testing.T, d *desk, v Verb, name string, rule law.Rule) {
	t.Helper()
	st, _ := d.ch.Stage(d.c.State)
	a, _ := st.Action(v)
	_, err := d.decide(d.by(a), v, nil)
	var r *Refusal
	if !errors.As(err, &r) || len(r.Blocked) != 1 || r.Blocked[0].Condition != name || r.Blocked[0].Rule != rule {
		t.Errorf("%s in %s: %v, want it refused for %s (%s) alone", v, d.c.State, explain(err), name, rule)
	}
}

// Permanent farmland is never built on: not as it is applied for, not again, and not as it is decided (R57, Land Law
// Art. 62).
func TestPermanentFarmlandIsNeverBuiltOn(t *testing.T) {
	lawtest.Claim(t, "R57")
	permanent := func(a *forms.Application) { a.PermanentFarmland = true }
	d := open(t, Homestead(), nil)
	d.papers()
	refusedFor(t, d.with(permanent), Submit, "not_on_permanent_farmland", "R57")
	back := open(t, Homestead(), nil)
	back.until(VillageReview)
	back.move(VillageOrganization, Return, nil)
	refusedFor(t, back.with(permanent), Resubmit, "not_on_permanent_farmland", "R57")
	d.until(TownshipIntake)
	short := d.fork()
	short.move(ServiceCenter, RequestCorrect, nil)
	short.apply(short.ch.Attach(short.c, offices[ServiceCenter], Material{Code: "HP05", At: short.now}))
	refusedFor(t, short.with(permanent), Correct, "not_on_permanent_farmland", "R57")
	d.until(Decision)
	refusedFor(t, d.with(permanent), Approve, "not_on_permanent_farmland", "R57")
}

// The order to change premises goes out in the name of the office that registered them (R103).
func TestOrderToChangePremisesIsTheRegistrars(t *testing.T) {
	lawtest.Claim(t, "R103", "R93")
	for kind, registrar := range map[string]Party{"individual_business": MarketStation, "company": CountyApprovalBureau} {
		app := forms.BusinessApplication{}.Example().(forms.BusinessApplication)
		app.Kind = kind
		d := begin(t, BusinessUse(), app, nil)
		d.until(TownshipCheck)
		no := forms.PremisesCheck{}.Example().(forms.PremisesCheck)
		no.Qualified, no.Reason = false, "没有竣工验收资料"
		d.record(PlanningOffice, PremisesCheckKind, no)
		d.move(TownshipGovernment, Stop, nil)
		d.move(TownshipGovernment, NotifyByLetter, nil)
		if _, err := d.decide(ServiceCenter, OrderChange, nil); !errors.Is(err, ErrWrongParty) {
			t.Errorf("%s: the township's counter ordered it: %v", kind, err)
		}
		d.move(registrar, OrderChange, nil)
		doc, ok := d.c.Document(ChangeOrderDoc)
		if !ok || authorityOf(doc) != registrar.Title() {
			t.Errorf("%s: order in the name of %q, want %s", kind, authorityOf(doc), registrar.Title())
		}
	}
}

// Each paper of each matter is asked for where it is handed in, under its rule (R62 to R69, R78 to R88, R95 to R97).
func TestPapersOfEveryMatterAreWanted(t *testing.T) {
	lawtest.Claim(t, "R29", "R30", "R31", "R32", "R56", "R63", "R64", "R65", "R66", "R67", "R68", "R69", "R79", "R81", "R82", "R83", "R84", "R85", "R86", "R87", "R91", "R95", "R96", "R97")
	home := []string{"R29 HP01", "R30 HP02", "R31 HP03", "R31 HP04", "R32 HP05"}
	rebuild := []string{"R56 RP01", "R56 RP02", "R56 RP03", "R56 RP04", "R56 RP05"}
	low := []string{"R66 LC04", "R66 LC05", "R67 LC06", "R68 LC07", "R69 LC08"}
	other := []string{"R79 CP01", "R82 CP04", "R83 CP05", "R83 CP06", "R84 CP07", "R85 CP08", "R86 CP09",
		"R86 CP10", "R87 CP11"}
	business := []string{"R95 BU01", "R96 BU02", "R97 BU03"}
	for _, tt := range []struct {
		ch    Chain
		state State
		verb  Verb
		want  []string
	}{
		{Homestead(), Draft, Submit, home}, {Homestead(), Returned, Resubmit, home}, {Homestead(), TownshipIntake, Accept, home},
		{PlanningPermit(), Draft, Submit, rebuild}, {PlanningPermit(), Returned, Resubmit, rebuild},
		{PlanningPermit(), TownshipIntake, Accept, rebuild},
		{ConstructionStartLowRise(), Draft, Submit, low}, {ConstructionStartOther(), Draft, Submit, other},
		{BusinessUse(), Draft, Submit, business},
	} {
		d := open(t, tt.ch, nil)
		switch tt.state {
		case TownshipIntake:
			d.until(TownshipIntake)
		case Returned:
			d.until(VillageReview)
			d.move(VillageOrganization, Return, nil)
		}
		st, _ := d.ch.Stage(tt.state)
		a, _ := st.Action(tt.verb)
		d.c.File.Materials = nil
		d.c.Siblings = slices.Clone(d.c.Siblings)
		for i := range d.c.Siblings { // no scan of the household's file serves either
			d.c.Siblings[i].File.Materials = nil
		}
		_, err := d.decide(d.by(a), tt.verb, nil)
		var r *Refusal
		if !errors.As(err, &r) {
			t.Errorf("%s %s without papers: %v", tt.ch.ID, tt.verb, err)
			continue
		}
		for _, want := range tt.want {
			rule, code := law.Rule(want[:3]), want[4:]
			if !slices.ContainsFunc(r.Blocked, func(u Unmet) bool { return u.Rule == rule && u.By == "material:"+code }) {
				t.Errorf("%s %s/%s without papers is not refused for %s", tt.ch.ID, tt.state, tt.verb, want)
			}
		}
	}
}

// A correction asks for papers of the matter, all of them at once and once only (R48, A8).
func TestCorrectionAsksForPapersOfTheMatter(t *testing.T) {
	lawtest.Claim(t, "R48", "A8")
	d := open(t, Homestead(), nil)
	d.until(TownshipIntake)
	ask := func(code string) forms.CorrectionRequest {
		return forms.CorrectionRequest{Items: []CorrectionItem{{MaterialCode: code, Problem: "缺页", Requirement: "补全"}}}
	}
	var bad *Invalid
	if _, err := d.decide(ServiceCenter, RequestCorrect, ask("BU01")); !errors.As(err, &bad) {
		t.Errorf("a paper of another matter was asked for: %v", err)
	}
	d.move(ServiceCenter, RequestCorrect, ask("HP02"))
	refusedFor(t, d, Correct, "corrections_in", "R48")
	d.now = d.now.Add(1)
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP02", At: d.now}))
	d.move(ServiceCenter, Correct, nil)
	refusedFor(t, d, RequestCorrect, "first_correction", "R48")
}

// Who has a homestead with a certificate and keeps it gets no new one (A32).
func TestOldHomesteadIsNotKeptBesideANewOne(t *testing.T) {
	lawtest.Claim(t, "A32")
	for _, tt := range []struct {
		certificate, build, disposal string
		refused                      bool
	}{{"1", "new_site", "keep", true}, {"1", "new_site", "return_to_collective", false}, {"1", "extend", "keep", false}} {
		d := open(t, Homestead(), func(a *forms.Application) {
			a.Proposed.BuildType, a.Disposal, a.DisposalArea = tt.build, tt.disposal, 11000
		})
		d.c.File.Current.CertificateNo = tt.certificate
		d.papers()
		if tt.refused {
			refusedFor(t, d, Submit, "old_homestead_settled", "A32")
		} else if _, err := d.decide(ServiceCenter, Submit, nil); err != nil {
			t.Errorf("%+v: %v", tt, explain(err))
		}
	}
}
