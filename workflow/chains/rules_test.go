package chains

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
	"anju/workflow/serving"
	"anju/workflow/table"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestClassifyAtItsBounds(t *testing.T) { // R7, R8, A17
	lawtest.Claim(t, "R7", "R8", "A17")
	for _, tt := range []struct {
		name   string
		area   Decimal
		floors int
		span   Decimal
		use    string
		want   forms.HouseClass
	}{
		{"300.00 is within", 30000, 2, 599, "residence", forms.LowRise},
		{"300.01 is not", 30001, 2, 599, "residence", forms.OtherBuilding},
		{"299.99", 29999, 2, 599, "residence", forms.LowRise},
		{"two storeys are within", 20000, 2, 400, "clinic", forms.LowRise},
		{"three are not", 20000, 3, 400, "clinic", forms.OtherBuilding},
		{"one", 20000, 1, 400, "office", forms.LowRise},
		{"a span of 5.99", 20000, 2, 599, "agro_workshop", forms.LowRise},
		{"of 6.00 is not smaller than 6", 20000, 2, 600, "agro_workshop", forms.OtherBuilding},
		{"of 6.01", 20000, 2, 601, "residence", forms.OtherBuilding},
		{"the police room", 1, 1, 1, "police_room", forms.LowRise},
		{"the service point", 1, 1, 1, "service_point", forms.LowRise},
		{"commercial use is not listed", 1, 1, 1, "commercial", forms.OtherBuilding},
		{"other use", 1, 1, 1, "other", forms.OtherBuilding},
	} {
		if got := forms.Classify(tt.area, tt.floors, tt.span, tt.use); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLessThanFiftySquareMetresAHead(t *testing.T) { // R22, A17
	lawtest.Claim(t, "R22", "A17")
	for _, tt := range []struct {
		area    Decimal
		members int
		want    bool
	}{{14999, 3, true}, {15000, 3, false}, {15001, 3, false}, {0, 1, true}, {0, 0, false}, {4999, 1, true},
		{5000, 1, false}} {
		if got := forms.TooSmall(tt.area, tt.members); got != tt.want {
			t.Errorf("%s for %d people: %v", tt.area, tt.members, got)
		}
	}
}

func TestGroundsHoldOnlyWithAllTheirElements(t *testing.T) { // R22, R23, R24, R25, R26, R27
	lawtest.Claim(t, "R21", "R22", "R23", "R24", "R25", "R26", "R27")
	cur := CurrentHomestead{HomesteadArea: 14000}
	for _, tt := range []struct {
		ground string
		holds  forms.Application
		fails  []forms.Application
	}{
		{"split_household", forms.Application{Split: true}, []forms.Application{{}}},
		{"relocated_in", forms.Application{Relocation: forms.Relocation{ByPolicy: true, FormalMember: true,
			NoneAtOrigin: true}},
			[]forms.Application{{Relocation: forms.Relocation{ByPolicy: false, FormalMember: true, NoneAtOrigin: true}},
				{Relocation: forms.Relocation{ByPolicy: true, FormalMember: false, NoneAtOrigin: true}},
				{Relocation: forms.Relocation{ByPolicy: true, FormalMember: true, NoneAtOrigin: false}}}},
		{"planning_relocation", forms.Application{Planning: forms.Affected{ByPlan: true, MustMove: true}},
			[]forms.Application{{Planning: forms.Affected{ByPlan: true, MustMove: false}},
				{Planning: forms.Affected{ByPlan: false, MustMove: true}}}},
		{"disaster", forms.Application{Disaster: "damaged"}, []forms.Application{{}}},
		{"disaster", forms.Application{Disaster: "hazard_avoidance"}, []forms.Application{{Disaster: "other"}}},
		{"expropriated", forms.Application{Expropriated: "expropriated"}, []forms.Application{{}}},
		{"expropriated", forms.Application{Expropriated: "public_use"}, []forms.Application{{Expropriated: "sold"}}},
		{"other_statutory", forms.Application{Statute: "某法第一条"}, []forms.Application{{}}},
	} {
		tt.holds.Grounds = []string{tt.ground}
		if got := forms.Grounds(tt.holds, cur, 3); len(got) != 1 {
			t.Errorf("%s: %v, want it to hold", tt.ground, got)
		}
		for _, a := range tt.fails {
			a.Grounds = []string{tt.ground}
			if got := forms.Grounds(a, cur, 3); len(got) != 0 {
				t.Errorf("%s holds on %+v", tt.ground, a)
			}
		}
	}
	if got := forms.Grounds(forms.Application{Grounds: []string{"split_household"}, Split: true},
		CurrentHomestead{HomesteadArea: 15000}, 3); len(got) != 0 {
		t.Error("50.00 a head does not meet R22")
	}
	if got := forms.Grounds(forms.Application{Grounds: []string{"nonsense", "split_household"}, Split: true}, cur,
		3); len(got) != 1 {
		t.Error("one ground is enough (R21)")
	}
}

func TestQuorumOfEachBody(t *testing.T) { // A3
	lawtest.Claim(t, "A3")
	for _, tt := range []struct {
		body                     string
		expected, present, agree int
		quorate, carried         bool
	}{
		{forms.GroupVillagerMeeting, 30, 20, 11, true, true}, {forms.GroupVillagerMeeting, 30, 19, 19, false, true},
		{forms.GroupVillagerMeeting, 30, 21, 10, true, false},
		{forms.GroupVillagerMeeting, 31, 20, 11, false, true}, {forms.GroupVillagerMeeting, 31, 21, 11, true, true},
		{forms.MemberAssembly, 30, 30, 20, true, true}, {forms.MemberAssembly, 30, 30, 19, true, false},
		{forms.MemberAssembly, 30, 20, 20, true, true},
		{forms.MemberDelegateAssembly, 9, 6, 6, true, true}, {forms.MemberDelegateAssembly, 9, 6, 5, true, false},
		{forms.MemberDelegateAssembly, 0, 0, 0, false, false},
	} {
		m := forms.MeetingRecord{Body: tt.body, Expected: tt.expected, Present: tt.present, Agree: tt.agree}
		if m.Quorate() != tt.quorate || m.Carried() != tt.carried {
			t.Errorf("%s %d/%d/%d: quorate %v, carried %v", tt.body, tt.agree, tt.present, tt.expected, m.Quorate(), m.Carried())
		}
	}
}

func TestMeetingBodyIsTheCounty(t *testing.T) { // A3 meeting.body
	lawtest.Claim(t, "R33", "A3")
	d := open(t, Homestead(), nil)
	d.county.Parameters.MeetingBody = forms.MemberAssembly
	d.until(GroupMeeting)
	d.record(GroupCollective, MeetingRecordKind, nil)
	refused(t, d, GroupCollective, PublishNotice, "R33")
	m := forms.MeetingRecord{}.Example().(forms.MeetingRecord)
	m.Body = forms.MemberAssembly
	d.record(GroupCollective, MeetingRecordKind, m)
	d.move(GroupCollective, PublishNotice, nil)
}

func TestVillageWithoutGroupLevelDoesBoth(t *testing.T) { // A6
	lawtest.Claim(t, "A6")
	d := open(t, Homestead(), nil)
	d.c.NoGroupLevel = true
	d.papers()
	d.move(ServiceCenter, Submit, nil)
	if _, err := d.decide(GroupCollective, Submit, nil); err == nil {
		t.Error("there is no group to act")
	}
	d.move(VillageOrganization, Submit, nil)
}

func TestRebuildingHasItsOwnConditions(t *testing.T) { // R56, A14
	lawtest.Claim(t, "R56", "A14")
	for name, tt := range map[string]struct {
		change func(*forms.Application)
		want   string
	}{
		"another site": {func(a *forms.Application) { a.Proposed.BuildType = "new_site"; a.Commitment.Days = 90 },
			"rebuild_on_site"},
		"an extension":    {func(a *forms.Application) { a.Proposed.BuildType = "extend" }, "rebuild_on_site"},
		"range changed":   {func(a *forms.Application) { a.SameSite = false }, "rebuild_on_site"},
		"no lawful title": {func(a *forms.Application) { a.LawfulOrigin = "" }, "lawful_origin"},
		"enlarged":        {func(a *forms.Application) { a.Proposed.HomesteadArea = 12001 }, "not_enlarged"},
	} {
		d := open(t, PlanningPermit(), tt.change)
		_, err := d.decide(ServiceCenter, Submit, nil)
		var r *Refusal
		if !errors.As(err, &r) || r.Blocked[0].Condition != tt.want || r.Blocked[0].Rule != "R56" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocumentNumbers(t *testing.T) {
	when := time.Date(2025, 12, 31, 17, 0, 0, 0, time.UTC) // already 2026 in Shanghai
	for _, tt := range []struct {
		k    DocumentKind
		seq  int
		want string
	}{{HomesteadCert, 1, "农宅字1408241002026001号"}, {PlanningPermitDoc, 1, "乡字第140824202600001号"},
		{AcceptanceNotice, 12, "稷峰政许受〔2026〕12号"}} {
		if got := tt.k.Number("稷峰政", village, when, tt.seq); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.k, got, tt.want)
		}
	}
	if got := PlanningPermitDoc.Series(CountyNaturalResources, village, when); got != "F04/140824/2026" {
		t.Errorf("planning permits run county-wide: %s", got)
	}
	if got := CaseNumber("HP", calendar.Date(2026, 6, 15), 1); got != "JS-HP-20260615-0001" {
		t.Error(got)
	}
}

func TestIDNumbers(t *testing.T) {
	lawtest.Claim(t, "R31")
	on := calendar.Date(2026, 3, 2)
	for in, ok := range map[string]bool{
		"140824197803120012": true, " 140824197803120012 ": true, "１４０８２４１９７８０３１２００１２": true, "140824197803120011": false,
		"14082419780312": false, "140824780312001": false, "140824197813120010": false, "14082419780312001x": false,
		"140824209903120010": false, "": false,
	} {
		if got := forms.CheckIDNumber(in, on); (got == "") != ok {
			t.Errorf("%q: %q", in, got)
		}
	}
	for _, f := range []Form{forms.Household{}, forms.HomesteadApplication{}, forms.PlanningApplication{}} {
		if c, ok := f.Example().(Checker); ok {
			if found := c.Check(on.Start()); len(found) > 0 {
				t.Errorf("the example of %T does not hold: %+v", f, found)
			}
		}
	}
}

func TestDecimals(t *testing.T) {
	for in, want := range map[string]Decimal{"120": 12000, "120.5": 12050, "0.01": 1, "１２０．０５": 12005,
		"9999999.99": 999999999} {
		if got, err := ParseDecimal(in); err != nil || got != want {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "-1", "1e9", "NaN", "120.005", "1.", ".5", "12345678", "1 2"} {
		if got, err := ParseDecimal(in); err == nil {
			t.Errorf("%q was read as %s", in, got)
		}
	}
}

func TestJurisdiction(t *testing.T) {
	for _, tt := range []struct {
		office string
		want   bool
	}{{"140824000000", true}, {"140824100000", true}, {"140824100214", true}, {"14082410021401", true},
		{"14082410021402", false},
		{"140824100221", false}, {"140824103000", false}, {"14082410322101", false}, {"", false}} {
		if got := Within(tt.office, village, "01"); got != tt.want {
			t.Errorf("office %q: %v", tt.office, got)
		}
	}
}

func TestGoldens(t *testing.T) {
	for _, ch := range Published() {
		for ext, got := range map[string]string{"md": table.Table(ch), "dot": table.Dot(ch)} {
			file := filepath.Join("testdata", "chains", string(ch.ID)+"."+ext)
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != got {
				t.Errorf("%s differs from the chain (%v): read the change as a lawyer would, then run the test with -update", file,
					err)
			}
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	spoil := func(change func(*Chain)) []error {
		ch := Homestead()
		change(&ch)
		return table.Check(ch)
	}
	stage := func(ch *Chain, s State) *Stage {
		for i := range ch.Stages {
			if ch.Stages[i].State == s {
				return &ch.Stages[i]
			}
		}
		return nil
	}
	for name, change := range map[string]func(*Chain){
		"no party":                 func(ch *Chain) { stage(ch, VillageReview).By = "" },
		"no limit, no reason":      func(ch *Chain) { stage(ch, Draft).Untimed = "" },
		"article not in register":  func(ch *Chain) { stage(ch, VillageReview).Within.Under = law.Licensing.Art("999") },
		"a maximum without ladder": func(ch *Chain) { stage(ch, VillageReview).Late = nil },
		"the next is not told": func(ch *Chain) {
			stage(ch, VillageReview).Actions[0].Tells = Parties(Applicant)
		},
		"a verb twice": func(ch *Chain) {
			st := stage(ch, Filed)
			st.Actions = append(st.Actions, st.Actions[0])
		},
		"to its own state":          func(ch *Chain) { stage(ch, Filed).Actions[0].To = To(Filed) },
		"unreachable":               func(ch *Chain) { stage(ch, Issued).Actions[0].To = To(Archived) },
		"a return without a reason": func(ch *Chain) { stage(ch, VillageReview).Actions[1].Reason = false },
		"leads nowhere":             func(ch *Chain) { stage(ch, Filed).Actions[0].To = To("nowhere") },
		"a rung without its action": func(ch *Chain) { stage(ch, JointReview).Late = lateIntake },
		"a mark that nothing sets":  func(ch *Chain) { stage(ch, JointReview).Within.From = "never" },
		"a record that meets nothing": func(ch *Chain) {
			stage(ch, Issued).OtherLimits[0].OwedWith = DisclosureKind
		},
		"a paper served in two ways": func(ch *Chain) {
			st := stage(ch, Decision)
			i := slices.IndexFunc(st.Actions, func(a Action) bool { return a.Do == Deny })
			st.Actions[i].Issues = Docs(TownshipGovernment, serving.Notice, DenialDecision)
		},
		"a limit taken along to other rungs": func(ch *Chain) {
			stage(ch, Decision).Late = slices.Clone(lateGovernment[:4])
		},
	} {
		if len(spoil(change)) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}
