package chains

import (
	"errors"
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

// start opens the start of a low-rise house whose household has a permit, amended.
func start(t *testing.T, change func(*forms.StartApplication)) *desk {
	t.Helper()
	s := forms.LowRiseStart{}.Example().(forms.LowRiseStart)
	if change != nil {
		change(&s.StartApplication)
	}
	return begin(t, ConstructionStartLowRise(), s, filed(t, "construction_start.low_rise"))
}

// prepared hands in everything that a start waits for.
func (d *desk) prepared() *desk {
	d.t.Helper()
	d.record(d.ch.Desk(d.ch.Stages[0].Records[0].By[0], d.c), GuidanceKind, nil)
	d.papers()
	return d
}

// blockedBy wants the verb ahead of the draft refused by one condition only, and the draft kept.
func blockedBy(t *testing.T, d *desk, name string, rule law.Rule) {
	t.Helper()
	_, err := d.decide(d.ch.Desk(Applicant, d.c), Submit, nil)
	var r *Refusal
	if !errors.As(err, &r) || len(r.Blocked) != 1 || r.Blocked[0].Condition != name || r.Blocked[0].Rule != rule ||
		r.Blocked[0].Message == "" {
		t.Errorf("%v %+v, want it blocked by %s (%s) alone", err, r, name, rule)
	}
	d.state(Draft)
}

func TestNoStartWithoutAPermit(t *testing.T) { // R61, R63, R64, A19
	lawtest.Claim(t, "R61", "R63", "R64", "A19")
	blockedBy(t, begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), nil).prepared(), "permit_issued",
		"R64")
	file := filed(t, "construction_start.low_rise")
	file[0].State, file[0].ClosedAt, file[0].Outcome = Approved, nil, "" // decided, and the certificates not handed out
	blockedBy(t, begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), file).prepared(), "permit_issued",
		"R64")
	file[0].State = DeniedEnd
	blockedBy(t, begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), file).prepared(), "permit_issued",
		"R64")
}

func TestAVoidedPermitPermitsNothing(t *testing.T) { // R64
	lawtest.Claim(t, "R64")
	file := filed(t, "construction_start.low_rise")
	for i := range file[0].File.Documents {
		file[0].File.Documents[i].Voided = "登记有误"
	}
	d := begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), file).prepared()
	blockedBy(t, d, "permit_issued", "R64")
}

func TestAHouseOlderThanTheSystem(t *testing.T) { // A29
	lawtest.Claim(t, "R64", "A29")
	s := forms.LowRiseStart{}.Example().(forms.LowRiseStart)
	s.Earlier = &forms.Earlier{PermitNo: "乡字第1408242019001号", CertificateNo: "稷集用（1998）第0123号",
		Limits: &forms.Measures{HomesteadArea: 13300, FootprintArea: 10000, BuildingArea: 16000, Floors: 2, Height: 720}}
	d := begin(t, ConstructionStartLowRise(), s, nil).prepared()
	d.until(Registered)
	s.BuildingArea++
	blockedBy(t, begin(t, ConstructionStartLowRise(), s, nil).prepared(), "as_permitted", "R64")
	// where the system has the permit, older papers do not enlarge it
	d = start(t, func(a *forms.StartApplication) { a.Earlier = s.Earlier }).prepared()
	blockedBy(t, d, "permit_of_the_system", "A29")
}

func TestAStartOfTheWrongForm(t *testing.T) { // R7, R8, R12
	lawtest.Claim(t, "R7", "R8", "R12")
	blockedBy(t, start(t, func(s *forms.StartApplication) { s.MaxSpan = 600 }).prepared(), "is_low_rise", "R7")
	low, small := forms.OtherStart{}.Example().(forms.OtherStart), forms.LowRiseStart{}.Example().(forms.LowRiseStart)
	low.BuildingArea, low.Floors, low.MaxSpan, low.Use = small.BuildingArea, small.Floors, small.MaxSpan, small.Use
	blockedBy(t, begin(t, ConstructionStartOther(), low, filed(t, "construction_start.other")).prepared(),
		"is_other_building", "R8")
}

func TestNothingAboveThePermit(t *testing.T) { // R64, A21
	lawtest.Claim(t, "R64", "A21")
	for _, change := range []func(*forms.StartApplication){
		func(s *forms.StartApplication) { s.BuildingArea = 20001 },
		func(s *forms.StartApplication) { s.FootprintArea = 10001 }, func(s *forms.StartApplication) { s.Height = 721 },
	} {
		blockedBy(t, start(t, change).prepared(), "as_permitted", "R64")
	}
	d := start(t, func(s *forms.StartApplication) {
		s.BuildingArea, s.FootprintArea, s.Height = 20000, 10000,
			720
	}).prepared()
	d.until(Registered) // all that the permit gives
}

func TestAnExpiredPermit(t *testing.T) { // A31
	lawtest.Claim(t, "A31")
	file := filed(t, "construction_start.low_rise")
	d := begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), file).prepared()
	cert, _ := file[0].Document(HomesteadCert)
	if want := calendar.DayOf(cert.IssuedAt).AddMonths(24); cert.ValidTo != want {
		t.Fatalf("the certificate is valid to %s, want %s", cert.ValidTo, want)
	}
	d.now = cert.ValidTo.Start().Add(23 * time.Hour)
	if _, err := d.decide(ServiceCenter, Submit, nil); err != nil {
		t.Errorf("on its last day: %v", err)
	}
	d.now = d.now.Add(time.Hour)
	blockedBy(t, d, "permit_valid", "A31")
}

func TestWhoMayWorkOnALowRiseHouse(t *testing.T) { // R9, R10, R11, R13, R19, R65, R66, A18
	lawtest.Claim(t, "R9", "R10", "R65", "R66", "A18")
	for _, tt := range []struct {
		name   string
		change func(*forms.StartApplication)
		blocks string
		rule   law.Rule
	}{
		{"no supervising engineer", func(s *forms.StartApplication) { s.Supervisor = "" }, "supervise_engaged", "A18"},
		{"nobody builds", func(s *forms.StartApplication) { s.Builder = "" }, "build_engaged", "R66"},
		{"a builder who was struck off", func(s *forms.StartApplication) { s.Builder = "struck" }, "build_engaged", "R66"},
		{"a builder whose qualification ended", func(s *forms.StartApplication) { s.Builder = "expired" }, "build_engaged",
			"R66"},
		{"a builder nobody knows", func(s *forms.StartApplication) { s.Builder = "91140824MA0NONE00K" }, "build_engaged",
			"R66"},
		{"a designer builds", func(s *forms.StartApplication) { s.Builder = "91140824MA0ANJU01J" }, "build_engaged", "R66"},
		{"a builder designs", func(s *forms.StartApplication) { s.Designer = "91140824MA0ANJU02M" }, "design_engaged", "R65"},
		{"a person builds", func(s *forms.StartApplication) { s.Builder = "SXJJ-0824-0001" }, "builder_is_organisation",
			"A18"},
		{"no supervision contract", func(s *forms.StartApplication) { s.Supervision.Number = " " }, "contracts_made", "R66"},
	} {
		t.Run(tt.name, func(t *testing.T) { blockedBy(t, start(t, tt.change).prepared(), tt.blocks, tt.rule) })
	}
	for name, change := range map[string]func(*forms.StartApplication){
		"a cooperative builds": func(s *forms.StartApplication) { s.Builder = "coop" },
		"a craftsman designs and supervises": func(s *forms.StartApplication) {
			s.Designer, s.Supervisor = "SXJJ-0824-0001",
				"SXJJ-0824-0001"
		},
	} {
		t.Run(name, func(t *testing.T) { start(t, change).prepared().until(Registered) })
	}
}

func TestAPersonBuildsOnlyByTheHeadsReasonedAct(t *testing.T) { // A18
	lawtest.Claim(t, "A18")
	d := start(t, func(s *forms.StartApplication) { s.Builder = "SXJJ-0824-0001" }).prepared()
	if _, err := d.enter(ServiceCenter, OverrideKind, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the counter lets a person build: %v", err)
	}
	other := forms.ContractorOverride{Code: "ZJG-1", Reason: "另一人"}
	d.record(TownshipGovernment, OverrideKind, other)
	blockedBy(t, d, "builder_is_organisation", "A18")
	d.record(TownshipGovernment, OverrideKind, nil)
	d.until(Registered)
}

func TestAnOtherBuildingWantsQualifiedUnits(t *testing.T) { // R12, R85, R86
	lawtest.Claim(t, "R12", "R85", "R86")
	s := forms.OtherStart{}.Example().(forms.OtherStart)
	s.Builder = "coop"
	blockedBy(t, begin(t, ConstructionStartOther(), s, filed(t, "construction_start.other")).prepared(), "qualified_units",
		"R86")
}

// R62, R63, R64, R65, R66, R67, R68, R69, R78, R79, R80, R81, R82, R83, R84, R85, R86, R87, R88, A29, A38
func TestPapersOfAStart(t *testing.T) {
	lawtest.Claim(t, "R62", "R63", "R64", "R65", "R66", "R67", "R68", "R69", "R78", "R79", "R80", "R81", "R82",
		"R83", "R84", "R85", "R86", "R87", "R88", "A29", "A38")
	d := start(t, nil)
	_, err := d.decide(ServiceCenter, Submit, nil)
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	var names []string
	for _, u := range r.Blocked {
		names = append(names, u.Condition)
	}
	if got, want := strings.Join(names, " "),
		"guidance_given material_LC04 material_LC05 material_LC06 material_LC07"; got != want {
		t.Errorf("waits for %s, want %s: the land, the permit, the drawing and the identity card are in the file", got, want)
	}
	v, err := d.ch.View(d.c, offices[ServiceCenter], d.now, d.county)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range v.Materials {
		if from := map[string]bool{"LC01": true, "LC02": true, "LC03": true,
			"LC08": true}[m.Paper.Code]; from != (m.Source == "JS-HP") {
			t.Errorf("%s comes from %q", m.Paper.Code, m.Source)
		}
	}
	s := forms.OtherStart{}.Example().(forms.OtherStart)
	s.FireScope = true
	o := begin(t, ConstructionStartOther(), s, filed(t, "construction_start.other"))
	_, err = o.decide(ServiceCenter, Submit, nil)
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	names = nil
	for _, u := range r.Blocked {
		names = append(names, strings.TrimPrefix(u.Condition, "material_"))
	}
	if got, want := strings.Join(names, " "),
		"guidance_given CP01 CP04 CP05 CP06 CP07 CP08 CP09 CP10 CP11 CP13"; got != want {
		t.Errorf("waits for %s, want %s: fire papers only within their scope", got, want)
	}
	if _, err := o.ch.Attach(o.c, offices[ServiceCenter],
		Material{Code: "CP04", Kind: "generic_drawing", At: o.now}); err == nil {
		t.Error("a drawing was taken for the award notice")
	}
	o.apply(o.ch.Attach(o.c, offices[ServiceCenter], Material{Code: "CP04", Kind: "bid_award_notice", At: o.now}))
}

func TestStartIsRegisteredDeniedOrCorrected(t *testing.T) { // R70, R71, R72, R73, A19
	lawtest.Claim(t, "R48", "R70", "R71", "R72", "R73", "A19", "L12")
	d := start(t, nil).prepared()
	d.until(Review)
	l, ok := d.c.LiveDeadline("L12")
	if !ok || l.StartedOn != calendar.DayOf(d.c.File.Marks[Received]) {
		t.Errorf("L12 %+v, want it counted from the papers, through review", l)
	}
	refused(t, d, ServiceCenter, RegisterStart, "R71")
	d.record(ServiceCenter, SiteRecordKind, nil)
	d.move(ServiceCenter, RegisterStart, nil)
	doc, ok := d.c.Document(CommencementDoc)
	if !ok || !strings.HasPrefix(doc.Number, "开登1408241002026") {
		t.Errorf("%+v", doc)
	}
	d = start(t, nil).prepared()
	d.until(Review)
	d.move(ServiceCenter, Deny, nil)
	if _, ok := d.c.Document(NotRegisteredDoc); !ok || d.c.Outcome != Denied {
		t.Error("a refusal is in writing")
	}
	d = start(t, nil).prepared()
	d.until(Submitted)
	d.now = d.now.Add(time.Hour)
	d.move(ServiceCenter, RequestCorrect, nil)
	refused(t, d, ServiceCenter, Correct, "R48")
	d.until(Registered)
}

func TestConstructionPermitIsTheBureaus(t *testing.T) { // R89, R90, A22
	lawtest.Claim(t, "R89", "R90", "A22", "L15")
	d := open(t, ConstructionStartOther(), nil)
	d.until(Decision)
	if l, _ := d.c.LiveDeadline("L15"); l.DueOn != mustDue(t, d, 7, calendar.DayOf(d.c.File.Marks[Received])) {
		t.Errorf("L15 is due on %s", l.DueOn)
	}
	if _, err := d.decide(ServiceCenter, Approve, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the counter decided: %v", err)
	}
	d.move(CountyApprovalBureau, Approve, nil)
	p, _ := d.c.Document(ConstructionPermitDoc)
	if p.Authority != CountyApprovalBureau || p.ValidTo != calendar.DayOf(d.now).AddMonths(3) {
		t.Errorf("permit %+v", p)
	}
	_, err := d.enter(ServiceCenter, ServiceKind, forms.ServiceRecord{Papers: []string{p.Number}, Method: "direct",
		Recipient: "王建国"})
	var bad *Invalid
	if !errors.As(err, &bad) || bad.Fields[0].Field != "papers" {
		t.Errorf("handed over without a seal: %v", err) // Licensing Law Art. 39
	}
	d.until(Archived)
}

func mustDue(t *testing.T, d *desk, n int, from calendar.Day) calendar.Day {
	t.Helper()
	due, err := d.county.Calendar.Due(calendar.Count{From: from,
		Limit: calendar.Limit{N: n, Unit: calendar.WorkingDay, Bound: calendar.Max}})
	if err != nil {
		t.Fatal(err)
	}
	return due.DueOn
}

func TestAConstructionPermitNotUsedInTimeLapses(t *testing.T) { // R90, Building Law Art. 9
	lawtest.Claim(t, "R90")
	d := open(t, ConstructionStartOther(), nil)
	d.until(Issued)
	by := d.c.File.Day(BeginBy)
	d.record(CountyApprovalBureau, PermitExtensionKind, nil)
	d.record(CountyApprovalBureau, PermitExtensionKind, nil)
	if got := d.c.File.Day(BeginBy); got != by.AddMonths(3).AddMonths(3) {
		t.Errorf("to begin by %s, want six months after %s", got, by)
	}
	if _, err := d.enter(CountyApprovalBureau, PermitExtensionKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("put off a third time: %v", err)
	}
	refused(t, d, ServiceCenter, Terminate, "R90")
	d.pass(d.c.File.Day(BeginBy).Start().Add(24 * time.Hour))
	late := forms.Commencement{Reporter: "王建国", StartedOn: calendar.DayOf(d.now)}
	if _, err := d.enter(ServiceCenter, CommencementKind, late); err != nil {
		t.Fatal(err)
	}
	d.record(ServiceCenter, CommencementKind, late)
	refused(t, d, ServiceCenter, Archive, "R90")
	d.move(ServiceCenter, Terminate, nil)
}

func TestNoAcceptanceWithoutAStart(t *testing.T) { // R74, R91
	lawtest.Claim(t, "R74", "R91")
	blockedBy(t, withPapers(begin(t, CompletionLowRise(), forms.LowRiseCompletion{}.Example(),
		filed(t, "construction_start.low_rise"))), "start_registered", "R74")
	blockedBy(t, withPapers(begin(t, CompletionOther(), forms.OtherCompletion{}.Example(),
		filed(t, "completion_acceptance.low_rise"))), "start_permitted", "R91")
}

func withPapers(d *desk) *desk { d.papers(); return d }

func TestAcceptanceWantsFourSignatures(t *testing.T) { // R75
	lawtest.Claim(t, "R75")
	four := []RecordKind{OwnerOpinionKind, DesignOpinionKind, BuildOpinionKind, SupervisionOpinionKind}
	for _, missing := range four {
		d := open(t, CompletionLowRise(), nil)
		d.until(Inspection)
		for _, k := range four {
			if k != missing {
				d.record(PlanningOffice, k, nil)
			}
		}
		d.record(PlanningOffice, CompletionSheetKind, nil)
		d.record(PlanningOffice, MeasuredKind, nil)
		refused(t, d, PlanningOffice, InspectCompletion, "R75")
		d.record(PlanningOffice, missing, forms.PartyOpinion{Opinion: "fail", Reason: "漏水", Means: "paper"})
		refused(t, d, PlanningOffice, InspectCompletion, "R75")
	}
}

func TestAcceptanceBlocksAnOverrun(t *testing.T) { // A21
	lawtest.Claim(t, "A21")
	d := open(t, CompletionLowRise(), nil)
	d.until(Inspection)
	for _, k := range []RecordKind{OwnerOpinionKind, DesignOpinionKind, BuildOpinionKind, SupervisionOpinionKind,
		CompletionSheetKind} {
		d.record(PlanningOffice, k, nil)
	}
	d.record(EconomicOffice, LandOpinionKind, nil)
	d.record(PlanningOffice, PlanOpinionKind, nil)
	m := forms.MeasuredHouse{}.Example().(forms.MeasuredHouse)
	m.Actual.BuildingArea = 20001 // permitted: 200.00
	d.record(PlanningOffice, MeasuredKind, m)
	refused(t, d, PlanningOffice, InspectCompletion, "A21")
	m.Actual.BuildingArea, m.Actual.Floors = 20000, 3
	d.record(PlanningOffice, MeasuredKind, m)
	refused(t, d, PlanningOffice, InspectCompletion, "A21")
	m.Actual.Floors = 2
	d.record(PlanningOffice, MeasuredKind, m)
	d.move(PlanningOffice, InspectCompletion, nil)
}

func TestAcceptanceFailedAndRepeated(t *testing.T) { // R77, A21
	lawtest.Claim(t, "R75", "R77", "A21", "A25")
	d := open(t, CompletionLowRise(), nil)
	d.until(Inspection)
	for _, k := range []RecordKind{OwnerOpinionKind, DesignOpinionKind, BuildOpinionKind, SupervisionOpinionKind,
		CompletionSheetKind, MeasuredKind} {
		d.record(PlanningOffice, k, nil)
	}
	for range 2 { // as often as it takes
		d.move(PlanningOffice, FailCompletion, nil)
		by := calendar.DayOf(d.now) + 20
		d.move(PlanningOffice, OrderRectification, forms.Rectification{Items: "栏杆", By: by})
		if l, ok := d.c.LiveDeadline("A25"); !ok || l.DueOn != by {
			t.Errorf("rectification is due on %s, want %s as the notice says", l.DueOn, by)
		}
		d.now = d.now.Add(time.Hour)
		d.move(ServiceCenter, Resubmit, nil)
		refused(t, d, PlanningOffice, InspectCompletion, "R75") // what was signed before counts no more
		for _, k := range []RecordKind{OwnerOpinionKind, DesignOpinionKind, BuildOpinionKind, SupervisionOpinionKind,
			CompletionSheetKind, MeasuredKind} {
			d.record(PlanningOffice, k, nil)
		}
	}
}

func TestAcceptanceSheetWithinAMonth(t *testing.T) { // R76, A20
	lawtest.Claim(t, "R76", "A20", "L14")
	d := open(t, CompletionLowRise(), nil)
	d.until(Inspection)
	d.now = at(2027, 1, 29, 10)
	d.county.Calendar = seeded(t)
	d.until(Passed)
	if l, _ := d.c.LiveDeadline("L14"); l.StartedOn != calendar.DayOf(d.now) || l.Stage != Passed {
		t.Errorf("L14 %+v", l)
	}
	d.until(Archived)
	for _, k := range []DocumentKind{CompletionDoc, AcceptanceSheetDoc} {
		if _, ok := d.c.Document(k); !ok {
			t.Errorf("%s is not in the file", k.Title())
		}
	}
}

func TestCompletionFilingOfAnOtherBuilding(t *testing.T) { // R91, R92, A23
	lawtest.Claim(t, "R91", "R92", "A23", "L16")
	d := open(t, CompletionOther(), nil)
	d.until(Passed)
	if l, ok := d.c.LiveDeadline("L16"); !ok || l.DueOn < calendar.DayOf(d.now)+15 {
		t.Errorf("L16 %+v", l)
	}
	refused(t, d, CountyApprovalBureau, FileVerb, "R92")
	if n := len(d.breach); n != 0 {
		t.Errorf("%d breaches of what the household owes", n)
	}
	d.until(Filed)
	if doc, _ := d.c.Document(CompletionFilingDoc); doc.Authority != CountyApprovalBureau {
		t.Errorf("%+v", doc)
	}
}

// R93, R94, R95, R96, R97, R98, R99, R100, R112, R120, A24
func TestBusinessIsRoutedRegisteredPushedChecked(t *testing.T) {
	lawtest.Claim(t, "R93", "R99", "R100", "L18")
	d := open(t, BusinessUse(), nil)
	if d.c.Authority != MarketStation {
		t.Errorf("an individual business went to %s", d.c.Authority)
	}
	company := forms.BusinessApplication{}.Example().(forms.BusinessApplication)
	company.Kind = "company"
	if o := begin(t, BusinessUse(), company, nil); o.c.Authority != CountyApprovalBureau {
		t.Errorf("a company went to %s", o.c.Authority)
	}
	d.until(PushedState)
	if l, _ := d.c.LiveDeadline("L18"); l.DueOn != mustDue(t, d, 10, calendar.DayOf(d.now)) {
		t.Errorf("L18 is due on %s", l.DueOn)
	}
	d.until(Archived)
}

func TestBusinessUseIsNotPassedWithoutProof(t *testing.T) { // R100, R101, A24, A27
	lawtest.Claim(t, "R100", "R101", "A24", "A27")
	d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), filed(t, "construction_start.low_rise"))
	d.until(TownshipCheck)
	d.record(PlanningOffice, PremisesCheckKind, nil)
	refused(t, d, TownshipGovernment, Verify, "R101")
	r := forms.AppraisalReport{}.Example().(forms.AppraisalReport)
	for _, wrong := range []func(*forms.AppraisalReport){
		func(a *forms.AppraisalReport) { a.Grade = "D" }, func(a *forms.AppraisalReport) { a.Meets = false },
		func(a *forms.AppraisalReport) { a.Agency = "无此机构" },
		func(a *forms.AppraisalReport) { a.Agency = "91140824MA0ANJU01J" },
		func(a *forms.AppraisalReport) { a.Agency = "struck" },
	} {
		x := r
		wrong(&x)
		d.record(PlanningOffice, AppraisalKind, x)
		refused(t, d, TownshipGovernment, Verify, "R101")
	}
	d.move(TownshipGovernment, SendToAppraisal, nil)
	refused(t, d, MarketStation, Resubmit, "A27")
	d.record(PlanningOffice, AppraisalKind, r)
	d.move(MarketStation, Resubmit, nil)
	d.until(Archived)
}

func TestTheCountyMayAskForProofFirst(t *testing.T) { // A24
	lawtest.Claim(t, "A24")
	d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), nil)
	d.county.Parameters.ProofBeforeRegistration = true
	blockedBy(t, d.prepared(), "safety_proof_first", "A24")
	d.record(MarketStation, AppraisalKind, nil)
	d.until(Processing)
}

func TestRefusedBusinessIsStoppedReportedOrdered(t *testing.T) { // R102, R103, R104, R105, R113, R121, R126, A24, A25
	lawtest.Claim(t, "R102", "R103", "R104", "R105", "R113", "R121", "R126", "A24", "A25", "L19", "L20")
	refuse := func() *desk {
		d := begin(t, BusinessUse(), forms.BusinessApplication{}.Example(), nil)
		d.until(TownshipCheck)
		no := forms.PremisesCheck{}.Example().(forms.PremisesCheck)
		no.Qualified, no.Reason = false, "没有竣工验收资料"
		d.record(PlanningOffice, PremisesCheckKind, no)
		refused(t, d, TownshipGovernment, Verify, "R102")
		d.move(TownshipGovernment, Stop, nil)
		if l, _ := d.c.LiveDeadline("L19"); l.DueOn != mustDue(t, d, 1, calendar.DayOf(d.now)) {
			t.Errorf("L19 is due on %s", l.DueOn)
		}
		d.move(TownshipGovernment, NotifyByLetter, nil)
		if m := d.told[len(d.told)-1]; len(m.Tells) != 2 || m.Tells[1] != CountyMarketBureau {
			t.Errorf("told %v, want the registrar and the market bureau", m.Tells)
		}
		if l, _ := d.c.LiveDeadline("L20"); l.DueOn != mustDue(t, d, 3, calendar.DayOf(d.now)) {
			t.Errorf("L20 is due on %s", l.DueOn)
		}
		d.move(MarketStation, OrderChange, nil)
		return d
	}
	d := refuse()
	refused(t, d, MarketStation, Enforce, "R105")
	d.move(MarketStation, ConfirmChange, nil)
	if d.c.State != ChangedState || d.c.Outcome != Settled {
		t.Errorf("%s, %s", d.c.State, d.c.Outcome)
	}
	d = refuse()
	by := d.c.File.Day(DueStated)
	d.pass(by.Start().Add(23 * time.Hour))
	refused(t, d, MarketStation, Enforce, "R105")
	d.pass(by.Start().Add(24 * time.Hour))
	refused(t, d, MarketStation, Enforce, "R103") // the order was not served
	d.serve(ChangeOrderDoc)
	d.move(MarketStation, Enforce, nil)
	refused(t, d, CountyMarketBureau, CloseVerb, "R105")
	d.until(ClosedEnd)
	if len(d.breach) != 0 {
		t.Error("a business that does not change is no office's breach")
	}
}

func TestUnregisteredStartIsStoppedAppraisedAndRegisteredLate(t *testing.T) { // R108, R109, R124, R125, A26, A27
	lawtest.Claim(t, "R108", "R109", "R124", "R125", "A26", "A27")
	permit := filed(t, "construction_start.low_rise")
	v := begin(t, Violation(), forms.Finding{}.Example(), permit)
	v.until(Ordered)
	for _, k := range []DocumentKind{StopWorkDoc, RectificationDoc} {
		if doc, ok := v.c.Document(k); !ok || doc.Number == "" {
			t.Errorf("%s: %+v", k, doc)
		}
	}
	running := v.c
	running.ID, running.Siblings = 9, nil
	s := begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), append(permit, running)).prepared()
	blockedBy(t, s, "no_open_violation", "R125")
	v.until(RecheckState)
	v.record(PlanningOffice, RecheckKind, nil)
	refused(t, v, TownshipGovernment, CloseVerb, "R125")
	v.record(PlanningOffice, AppraisalKind, forms.AppraisalReport{Agency: "91140802MA0ANJU040", Number: "1", Grade: "D",
		Conclusion: "危险"})
	refused(t, v, TownshipGovernment, CloseVerb, "R125")
	v.move(TownshipGovernment, OrderRectification, nil)
	v.now = v.now.Add(time.Hour)
	v.move(PlanningOffice, InspectSite, nil)
	v.record(PlanningOffice, AppraisalKind, nil)
	refused(t, v, TownshipGovernment, CloseVerb, "R124") // the recheck before the second order counts no more
	v.until(ClosedEnd)
	closed := v.c
	closed.ID, closed.Siblings = 9, nil
	begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(),
		append(permit[:1:1], closed)).prepared().until(Registered)
}

func TestOldStartsAreNoViolationOfTheRules(t *testing.T) { // R124
	lawtest.Claim(t, "R124")
	f := forms.Finding{}.Example().(forms.Finding)
	f.StartedOn = calendar.Date(2021, 1, 31)
	if found := f.Check(at(2026, 3, 2, 9)); len(found) != 1 || found[0].Rule != "R124" {
		t.Errorf("%+v", found)
	}
	f.StartedOn = calendar.Date(2021, 2, 1)
	if found := f.Check(at(2026, 3, 2, 9)); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	f.StartedOn, f.Grounds = calendar.Date(2019, 1, 1), []string{"no_planning_permit"}
	if found := f.Check(at(2026, 3, 2, 9)); len(found) != 0 {
		t.Errorf("without a permit, whenever: %+v", found)
	}
}

func TestPatrolVisits(t *testing.T) { // R107, R108, R111, R118, R119, A21
	lawtest.Claim(t, "R108", "A21")
	d := start(t, nil)
	d.until(Registered)
	d.record(PlanningOffice, PatrolKind, nil)
	d.record(PlanningOffice, StakingKind, nil)
	if _, err := d.enter(PlanningOffice, PatrolKind,
		forms.PatrolVisit{Milestone: "roof", VisitedOn: calendar.DayOf(d.now) + 1, Photos: "x", Findings: "y"}); err == nil {
		t.Error("a visit of tomorrow was taken")
	}
	if _, err := d.enter(VillageOrganization, PatrolKind, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("%v", err)
	}
	d.until(Archived)
}

func TestOneHouseHasOneStartAndOneAcceptance(t *testing.T) { // A29
	lawtest.Claim(t, "A29")
	blockedBy(t, begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(),
		filed(t, "completion_acceptance.low_rise")).prepared(), "one_start", "A29")
	blockedBy(t, withPapers(begin(t, CompletionLowRise(), forms.LowRiseCompletion{}.Example(), filed(t, "business_use"))),
		"one_acceptance", "A29")
}

func TestChangeAfterTheNoticeGoesBackToIt(t *testing.T) { // A30
	lawtest.Claim(t, "A30")
	for _, tt := range []struct {
		name   string
		change func(*forms.Application)
		want   State
	}{
		{"nothing", func(*forms.Application) {}, TownshipIntake},
		{"the area", func(a *forms.Application) { a.Proposed.HomesteadArea-- }, GroupReceived},
		{"a storey", func(a *forms.Application) { a.Proposed.Floors = 1 }, GroupReceived},
		{"the site", func(a *forms.Application) { a.Proposed.Boundary.East = "渠" }, GroupReceived},
	} {
		d := open(t, Homestead(), nil)
		d.until(TownshipIntake)
		d.move(ServiceCenter, RequestCorrect, nil)
		d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}))
		a := Applied[forms.Application](d.c)
		tt.change(&a)
		d.now = d.now.Add(time.Hour)
		d.move(ServiceCenter, Correct, forms.Amended{Application: &a})
		if d.c.State != tt.want {
			t.Errorf("%s changed: %s, want %s", tt.name, d.c.State, tt.want)
		}
	}
}

func TestResultsAreMadePublicWithinTwentyWorkingDays(t *testing.T) { // A37, L11
	lawtest.Claim(t, "A37", "L11")
	d := open(t, Homestead(), nil)
	d.until(Approved)
	l, ok := d.c.LiveDeadline("L11")
	if !ok || l.DueOn != mustDue(t, d, 20, calendar.DayOf(d.now)) {
		t.Errorf("L11 %+v", l)
	}
	d.until(Filed)
	refused(t, d, ServiceCenter, Archive, "A37")
	d.record(TownshipGovernment, DisclosureKind, nil)
	if _, ok := d.c.LiveDeadline("L11"); ok {
		t.Error("what was disclosed is owed no more")
	}
	d.until(Archived)
}
