package chains

import (
	"errors"
	"slices"
	"testing"

	. "anju/workflow"
	. "anju/workflow/glossary"
	answering "anju/workflow/petitions"
)

// Which role is held at which kind of office, said once more by hand: the table and this list agree.
func TestRolesStandAtTheirOfficesOnly(t *testing.T) {
	at := map[Role][]Party{
		WindowClerk: {ServiceCenter}, GroupHead: {GroupCollective}, VillageHead: {VillageOrganization},
		VillageClerk:   {VillageOrganization},
		OfficeReviewer: {EconomicOffice, SocialAffairsOffice, PlanningOffice}, TownshipHead: {TownshipGovernment},
		CountyClerk: {MarketStation, CountyAgricultureBureau, CountyNaturalResources, CountyHousingBureau,
			CountyApprovalBureau, CountyMarketBureau, CountyGovernment},
		CountyHead: {MarketStation, CountyAgricultureBureau, CountyNaturalResources, CountyHousingBureau,
			CountyApprovalBureau, CountyMarketBureau, CountyGovernment},
		Supervisor: {SupervisionOffice}, Auditor: {Administration},
		SystemAdmin: {Administration, CountyGovernment}, SecurityAdmin: {Administration, CountyGovernment},
		AuditAdmin: {Administration, CountyGovernment},
	}
	for _, r := range Roles() {
		if len(at[r]) == 0 || r.Title() == string(r) {
			t.Errorf("%s has no office or no title", r)
		}
		for _, p := range append(Offices(), Applicant, PlanningAuthority, Authority, Holder, System) {
			if want := slices.Contains(at[r], p); r.At(p) != want {
				t.Errorf("%s at %s: %v, want %v", r, p, !want, want)
			}
		}
	}
	guarded := []Role{GroupHead, VillageHead, VillageClerk, OfficeReviewer, TownshipHead, CountyClerk, CountyHead,
		Supervisor, Auditor,
		SystemAdmin, SecurityAdmin, AuditAdmin}
	for _, r := range Roles() {
		if want := slices.Contains(guarded, r); r.Guarded() != want {
			t.Errorf("%s needs two persons: %v, want %v", r, !want, want)
		}
	}
}

// Every kind of petition × every kind of office, sent while the case lay at the counter, the group and the township's
// offices.
func TestPetitionsAreAnsweredByThoseTheyAsk(t *testing.T) { // security M8
	ch := Homestead()
	c := Case{ID: 1, Chain: "homestead", State: GroupReceived, Persons: []string{"own"}}
	for _, tt := range []struct {
		kind  string
		then  State
		where []Party
	}{
		{ObjectionPetition, GroupNotice, Parties(GroupCollective)},
		{WithdrawalPetition, GroupReceived, Parties(ServiceCenter)},
		{WithdrawalPetition, TownshipIntake, Parties(ServiceCenter)},
		{UrgePetition, GroupReceived, Parties(ServiceCenter, SupervisionOffice, CountyGovernment)},
		{UrgePetition, TownshipIntake, Parties(SupervisionOffice, CountyGovernment)}, // it lay at the counter: never itself
		{UrgePetition, Decision, Parties(ServiceCenter, SupervisionOffice, CountyGovernment)},
		{RatingPetition, Decision, Parties(SupervisionOffice, CountyGovernment)},
		{ComplaintPetition, TownshipIntake, Parties(SupervisionOffice, CountyGovernment)},
		{ComplaintPetition, VillageReview, Parties(SupervisionOffice, CountyGovernment)},
	} {
		for _, p := range append(Offices(), Applicant, PlanningAuthority, Authority, Holder, System) {
			want := error(ErrWrongParty)
			if slices.Contains(tt.where, p) {
				want = nil
			}
			if err := answering.MayAnswer(ch, tt.kind, c, tt.then, Actor{Kind: p}); !errors.Is(err, want) {
				t.Errorf("%s of a case in %s answered by %s: %v, want %v", tt.kind, tt.then, p, err, want)
			}
			if want != nil {
				continue
			}
			if err := answering.MayAnswer(ch, tt.kind, c, tt.then, Actor{Kind: p, Person: "own"}); !errors.Is(err, ErrRecused) {
				t.Errorf("%s answered for one's own household by %s: %v", tt.kind, p, err)
			}
		}
	}
	c.NoGroupLevel = true
	if err := answering.MayAnswer(ch, ObjectionPetition, c, GroupNotice, Actor{Kind: VillageOrganization}); err != nil {
		t.Errorf("an objection in a village without groups: %v", err)
	}
	if err := answering.MayAnswer(ch, "praise", c, Draft, Actor{Kind: SupervisionOffice}); !errors.Is(err, ErrWrongParty) {
		t.Errorf("a kind that is none: %v", err)
	}
}

// The right to hand in a scan is judged before there is one, in the words of handing it in.
func TestMayAttach(t *testing.T) { // security M9
	d := open(t, Homestead(), nil)
	d.c.Persons = []string{"own"}
	counter := offices[ServiceCenter]
	own := counter
	own.Person = "own"
	for _, tt := range []struct {
		by   Actor
		code string
		want error
	}{{counter, "HP05", nil}, {own, "HP05", ErrRecused}, {offices[VillageOrganization], "HP05", ErrWrongParty}} {
		_, before := d.ch.MayAttach(d.c, tt.by, tt.code)
		_, err := d.ch.Attach(d.c, tt.by, Material{Code: tt.code, At: d.now})
		if !errors.Is(before, tt.want) || !errors.Is(err, tt.want) {
			t.Errorf("%s by %+v: %v before, %v then, want %v", tt.code, tt.by, before, err, tt.want)
		}
	}
	var bad *Invalid
	if _, err := d.ch.MayAttach(d.c, counter, "XX99"); !errors.As(err, &bad) {
		t.Errorf("a code that is none: %v", err)
	}
	v, err := d.ch.View(d.c, own, d.now, d.county)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range v.Materials {
		if m.Allowed {
			t.Errorf("%s is offered to a relative", m.Paper.Code)
		}
	}
}
