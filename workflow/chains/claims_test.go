package chains

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
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

// met tells whether conditions hold of a case at an instant.
func met(cs Conditions, c Case, now time.Time) bool {
	return len(cs.Unmet(Facts{Case: c, Now: now, County: County{Chains: Published()}})) == 0
}

// The time to begin ends with its last day; it is put off twice at most, and before it is over (R90, Building Law Art. 9).
func TestTimeToBeginEndsWithItsDay(t *testing.T) {
	lawtest.Claim(t, "R90")
	last := calendar.Date(2026, 6, 10)
	c := Case{File: File{Marks: map[Mark]time.Time{BeginBy: last.Start()}}}
	evening, after := last.Start().Add(24*time.Hour-time.Minute), (last + 1).Start()
	for _, tt := range []struct {
		name string
		cs   Conditions
		now  time.Time
		want bool
	}{{"put off on the last day", MayPutOff, evening, true}, {"put off the day after", MayPutOff, after, false},
		{"lapsed on the last day", BeginLapsed, evening, false}, {"lapsed the day after", BeginLapsed, after, true}} {
		if got := met(tt.cs, c, tt.now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	for n, want := range []bool{true, true, false, false} {
		x := c
		x.File.Records = slices.Repeat([]Record{{Kind: PermitExtensionKind, At: last.Start()}}, n)
		if got := met(MayPutOff, x, evening); got != want {
			t.Errorf("put off after %d times: %v", n, got)
		}
	}
	for d, want := range map[calendar.Day]bool{last: true, last + 1: false} {
		raw, _ := json.Marshal(forms.Commencement{StartedOn: d})
		x := c
		x.File.Records = []Record{{Kind: CommencementKind, At: last.Start(), Data: raw}}
		if got := met(BegunInTime, x, after); got != want {
			t.Errorf("begun on %s: %v", d, got)
		}
	}
}

// A hearing that was asked for is owed until it is held, and again where it is asked for again (A16).
func TestHearingIsOwedUntilItIsHeld(t *testing.T) {
	lawtest.Claim(t, "A16")
	at := func(k RecordKind, hour int) Record { return Record{Kind: k, At: time.Unix(int64(hour)*3600, 0)} }
	for _, tt := range []struct {
		name string
		list []Record
		want bool
	}{{"not asked for", nil, false}, {"asked for", []Record{at(HearingAskedKind, 1)}, true},
		{"held", []Record{at(HearingAskedKind, 1), at(HearingHeldKind, 2)}, false},
		{"asked for again", []Record{at(HearingAskedKind, 1), at(HearingHeldKind, 2), at(HearingAskedKind, 3)}, true}} {
		if got := hearingOwed(Case{File: File{Records: tt.list}}); got != tt.want {
			t.Errorf("%s: owed %v", tt.name, got)
		}
	}
}

// Another homestead counts while its case runs and once it was granted; a draft does not, nor one that was withdrawn (A32).
func TestWhichOtherHomesteadCounts(t *testing.T) {
	lawtest.Claim(t, "A32")
	for _, tt := range []struct {
		chain ChainID
		state State
		end   Ending
		want  bool
	}{{"homestead", Draft, "", false}, {"homestead", GroupReceived, "", true}, {"homestead", Archived, Granted, true},
		{"homestead", WithdrawnEnd, Withdrawn, false}, {"homestead", DeniedEnd, Denied, false},
		{"planning_permit", GroupReceived, "", true}, {"planning_permit", Draft, "", false}, {"hazard", Archived, Granted, false}} {
		c := Case{Siblings: []Case{{Chain: tt.chain, State: tt.state, Outcome: tt.end, Number: "JS"}}}
		if got := sibling(c) != ""; got != tt.want {
			t.Errorf("%+v counts: %v", tt, got)
		}
	}
}

// Who claims no ground is asked for one; who claims one that does not hold is told what it wants (R21).
func TestGroundThatIsMissingIsNamed(t *testing.T) {
	lawtest.Claim(t, "R21")
	for grounds, want := range map[string]string{"": "请至少选择一项", "relocated_in": "R23 要求"} {
		a := forms.Application{}
		if grounds != "" {
			a.Grounds = []string{grounds}
		}
		raw, _ := json.Marshal(a)
		open := GroundHolds.Unmet(Facts{Case: Case{Application: raw}})
		if len(open) != 1 || !strings.Contains(open[0].Message, want) {
			t.Errorf("grounds %q: %+v, want it to say %s", grounds, open, want)
		}
	}
}

// What the household's file holds is not asked for again: a scan of an earlier case, or the certificate that it was issued
// and that stands (A29).
func TestWhatTheFileHoldsServes(t *testing.T) {
	lawtest.Claim(t, "A29", "R31", "R56", "R63", "R64", "R65", "R69", "R80", "R81", "R97")
	for paper, from := range map[string][]string{"BU03": {"HP04", "RP04", "LC08"}, "LC01": {"RP03"}, "LC03": {"HP05", "RP05"},
		"LC08": {"HP04", "RP04"}, "CP02": {"RP03"}, "HP04": {"RP04"}, "RP04": {"HP04"}} {
		p := paperOf(t, paper)
		for _, code := range append(from, "XX99") {
			earlier := Case{Number: "JS-1", File: File{Materials: []Material{{Code: code}}}}
			want := "JS-1"
			if code == "XX99" {
				want = ""
			}
			if got := p.Source(Facts{Case: Case{Siblings: []Case{earlier}}}); got != want {
				t.Errorf("%s, where the file holds %s: served by %q, want %q", paper, code, got, want)
			}
		}
	}
}

// paperOf finds a paper of any chain.
func paperOf(t *testing.T, code string) Paper {
	t.Helper()
	for _, ch := range Published() {
		if p, ok := ch.Paper(code); ok {
			return p
		}
	}
	t.Fatalf("no chain has a paper %s", code)
	return Paper{}
}
