package chains

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// Every row that takes a form with names finds the people, and the table has no row for which there is none.
func TestPeopleWhoAreNamedAreLookedFor(t *testing.T) {
	lawtest.Claim(t, "R49", "R75", "R100", "R124", "R36")
	used := map[string]bool{}
	check := func(ch Chain, what string, data Form, effects []Effect) {
		if data == nil {
			return
		}
		raw, err := json.Marshal(data.Example())
		if err != nil {
			t.Fatal(err)
		}
		into := newOf(data)
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
		if _, names := into.(forms.Naming); !names {
			return
		}
		used[what] = true
		if !slices.ContainsFunc(effects, func(e Effect) bool { return e.Name == "identify" }) {
			t.Errorf("%s %s names people that are not looked for", ch.ID, what)
		}
		if _, ok := whoIsNamed[what]; !ok {
			t.Errorf("%s %s: the table does not say who may be named", ch.ID, what)
		}
	}
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				check(ch, string(a.Do), a.Data, a.Effects)
			}
			for _, r := range ch.Records(st) {
				check(ch, string(r.Kind), r.Data, r.Effects)
			}
		}
	}
	for what := range whoIsNamed {
		if !used[what] {
			t.Errorf("the table has %s, which no row takes", what)
		}
	}
}

func TestSurveyorsAreOfficersOfTheTownship(t *testing.T) {
	lawtest.Claim(t, "R49", "R71")
	for name, tt := range map[string]struct {
		surveyors []string
		sound     bool
	}{"two officers": {[]string{"杜建业", "樊志远"}, true}, "with blanks": {[]string{" 杜 建业 ", "樊志远"}, true},
		"invented": {[]string{"张三丰", "孙悟空"}, false}, "one invented": {[]string{"杜建业", "孙悟空"}, false},
		"of another township": {[]string{"杜建业", "吴振江"}, false}, "of the village": {[]string{"杜建业", "马庆丰"}, false},
		"of the household": {[]string{"杜建业", "韩立平"}, false}, "the same twice": {[]string{"杜建业", " 杜建业"}, false}} {
		d := open(t, Homestead(), nil)
		d.until(JointReview)
		d.c.Persons = []string{"of the township's head"}
		s := forms.SiteRecord{}.Example().(forms.SiteRecord)
		s.Surveyors = tt.surveyors
		o, err := d.enter(PlanningOffice, SiteRecordKind, s)
		if (err == nil) != tt.sound {
			t.Errorf("%s: %v %s", name, err, explain(err))
		}
		if err != nil {
			refusedField(t, err, "surveyors", "R49")
			continue
		}
		kept := Recorded[forms.SiteRecord](*o.Record)
		who := kept.Identified
		if len(who) != 2 || who[0].Identity != "planning" || who[1].Identity != "economic" ||
			string(o.Entry.Data) != string(o.Record.Data) {
			t.Errorf("%s: kept %+v", name, kept)
		}
	}
}

func TestStrangersSayWhoTheyAre(t *testing.T) {
	lawtest.Claim(t, "R36", "R75", "A36")
	sound := forms.Stranger{Name: "马小燕", Identity: "140824197505069933", Capacity: "村民代表"}
	wrong := sound
	wrong.Identity = "140824197505069935"
	nobody := sound
	nobody.Capacity = " "
	for name, tt := range map[string]struct {
		strangers []forms.Stranger
		sound     bool
	}{"with identity": {[]forms.Stranger{sound}, true}, "without": {nil, false},
		"a wrong number": {[]forms.Stranger{wrong}, false}, "no capacity": {[]forms.Stranger{nobody}, false}} {
		d := open(t, Homestead(), nil)
		d.until(GroupNotice)
		d.record(GroupCollective, ObjectionKind, nil)
		d.move(GroupCollective, Object, nil)
		o, err := d.decide(GroupCollective, DismissObjection, forms.ObjectionFinding{Finding: "不成立",
			Investigators: []string{"马长顺", "马小燕"}, Identities: forms.Identities{Strangers: tt.strangers}})
		if (err == nil) != tt.sound {
			t.Errorf("%s: %v %s", name, err, explain(err))
		}
		if err == nil && (strings.Contains(string(o.Entry.Data), sound.Identity) ||
			!strings.Contains(string(o.Entry.Data), "140824********9933")) {
			t.Errorf("%s: the history holds %s", name, o.Entry.Data)
		}
	}
	d := open(t, Homestead(), nil)
	d.until(JointReview)
	s := forms.SiteRecord{}.Example().(forms.SiteRecord)
	s.Surveyors, s.Strangers = []string{"杜建业", "马小燕"}, []forms.Stranger{sound}
	_, err := d.enter(PlanningOffice, SiteRecordKind, s)
	refusedField(t, err, "surveyors", "R49") // a survey is the work of officers, whoever the stranger is
}

func TestTheFourPartiesAreTheHouseholderAndTheContractorsOfTheStart(t *testing.T) {
	lawtest.Claim(t, "R75", "A20", "A36")
	agent := forms.Stranger{Name: "王建军", Identity: "140824197505069933", Capacity: "受托人（授权委托书）"}
	for name, tt := range map[string]struct {
		kind      RecordKind
		signer    string
		strangers []forms.Stranger
		kept      string // "" refused
		identity  string
	}{
		"the householder, unnamed":        {OwnerOpinionKind, "", nil, "王建国", ""},
		"the householder by name":         {OwnerOpinionKind, "王建国", nil, "王建国", ""},
		"another for him":                 {OwnerOpinionKind, "郑万里", nil, "", ""},
		"his agent":                       {OwnerOpinionKind, "王建军", []forms.Stranger{agent}, "王建军", "140824********9933"},
		"the designer, unnamed":           {DesignOpinionKind, "", nil, "安居设计", "91140824MA0ANJU01J"},
		"the householder as the designer": {DesignOpinionKind, "王建国", nil, "", ""},
		"the builder as the designer":     {DesignOpinionKind, "丰泰建设", nil, "", ""},
		"a designer of another house":     {DesignOpinionKind, "郭工匠", nil, "", ""},
		"the builder":                     {BuildOpinionKind, "丰泰建设", nil, "丰泰建设", "91140824MA0ANJU02M"},
		"a builder of another house":      {BuildOpinionKind, "同心合作社", nil, "", ""},
		"the supervising engineer":        {SupervisionOpinionKind, "", nil, "正源监理", "91140824MA0ANJU03Q"},
		"who stands for him": {SupervisionOpinionKind, "王建军", []forms.Stranger{agent}, "王建军",
			"140824********9933"},
	} {
		d := open(t, CompletionLowRise(), nil)
		d.until(Inspection)
		o, err := d.enter(PlanningOffice, tt.kind, forms.PartyOpinion{Name: tt.signer, Opinion: "pass", Means: "paper",
			Identities: forms.Identities{Strangers: tt.strangers}})
		if tt.kept == "" {
			refusedField(t, err, "name", "R75")
			continue
		}
		if err != nil {
			t.Errorf("%s: %s", name, explain(err))
			continue
		}
		kept := Recorded[forms.PartyOpinion](*o.Record)
		if kept.Name != tt.kept || len(kept.Identified) != 1 || kept.Identified[0].Identity != tt.identity ||
			len(kept.Strangers) != 0 {
			t.Errorf("%s: kept %+v", name, kept)
		}
	}
}

func TestColumnsOfTheAcceptanceSheetAreWrittenByTheirOffices(t *testing.T) {
	lawtest.Claim(t, "A9", "A21")
	for _, tt := range []struct {
		ch     Chain
		office Party
	}{{CompletionLowRise(), PlanningOffice}, {CompletionOther(), CountyHousingBureau}} {
		d := open(t, tt.ch, nil)
		d.until(Inspection)
		for _, k := range []RecordKind{OwnerOpinionKind, DesignOpinionKind, BuildOpinionKind, SupervisionOpinionKind,
			CompletionSheetKind, MeasuredKind} {
			d.record(tt.office, k, nil)
		}
		refused(t, d, tt.office, InspectCompletion, "A21")
		if _, err := d.enter(PlanningOffice, LandOpinionKind, nil); err == nil {
			t.Errorf("%s: the planning office wrote the column of agriculture", tt.ch.ID)
		}
		d.record(EconomicOffice, LandOpinionKind, nil)
		d.record(PlanningOffice, PlanOpinionKind, forms.LandOpinion{Opinion: "层数与许可不符"})
		refused(t, d, tt.office, InspectCompletion, "A21")
		d.record(PlanningOffice, PlanOpinionKind, nil)
		d.move(tt.office, InspectCompletion, nil)
	}
}

func TestAPermitNamesWhoIsInCharge(t *testing.T) {
	lawtest.Claim(t, "R83", "R61", "R74")
	now := at(2026, 3, 2, 9)
	other := func() forms.OtherStart { return forms.OtherStart{}.Example().(forms.OtherStart) }
	for name, change := range map[string]func(*forms.OtherStart){
		"leads":             func(s *forms.OtherStart) { s.Leads = nil },
		"leads.supervision": func(s *forms.OtherStart) { l := *s.Leads; l.Supervise.Certificate = ""; s.Leads = &l },
		"cost_fen":          func(s *forms.OtherStart) { s.CostFen = 0 },
		"start_on":          func(s *forms.OtherStart) { s.StartOn = 0 },
		"finish_on":         func(s *forms.OtherStart) { s.FinishOn = 0 },
	} {
		s := other()
		change(&s)
		if found := s.Check(now); len(found) != 1 || found[0].Field != name {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if found := other().Check(now); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	s := other()
	s.Surveyor = ""
	d := begin(t, ConstructionStartOther(), s, filed(t, "construction_start.other")).prepared()
	blockedBy(t, d, "survey_engaged", "R83")
	for field, a := range map[string]forms.CompletionApplication{"started_on": {FinishedOn: calendar.Date(2026, 2, 20)},
		"finished_on": {StartedOn: calendar.Date(2025, 2, 20)}} {
		if found := a.Check(now); len(found) != 1 || found[0].Field != field {
			t.Errorf("%s: %+v", field, found)
		}
	}
}

func TestADrawingByAPersonNamesOneWhoIsQualified(t *testing.T) {
	lawtest.Claim(t, "R32", "R10")
	for _, tt := range []struct {
		name, source, designer, kind string
		sound                        bool
	}{{"generic", "generic_drawing", "", "generic_drawing", true}, {"kind left out", "generic_drawing", "", "", true},
		{"another kind than applied for", "generic_drawing", "", "qualified_person", false},
		{"a person unnamed", "qualified_person", "", "qualified_person", false},
		{"a person of the register", "qualified_person", "SXJJ-0824-0001", "qualified_person", true},
		{"a builder", "qualified_person", "91140824MA0ANJU02M", "qualified_person", false},
		{"an invented person", "qualified_person", "张三丰", "", false}} {
		d := open(t, Homestead(), func(a *forms.Application) { a.Drawing, a.Designer = tt.source, tt.designer })
		d.papers()
		d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", Kind: tt.kind, At: d.now}))
		_, err := d.decide(ServiceCenter, Submit, nil)
		if tt.sound != (err == nil) {
			t.Errorf("%s: %v %s", tt.name, err, explain(err))
		}
		if !tt.sound {
			refused(t, d, ServiceCenter, Submit, "R32")
		}
	}
}

// newOf is a new form of the same type, as a row decodes into.
func newOf(f Form) any { return reflect.New(reflect.TypeOf(f)).Interface() }
