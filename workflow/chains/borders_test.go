package chains

import (
	"encoding/json"
	"fmt"
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
	"anju/workflow/trades"
)

// kept encodes a form as a case or a record keeps it.
func kept(t *testing.T, form any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// told wants the one condition unmet, in words that say something; "" wants it met.
func told(t *testing.T, name string, cs Conditions, f Facts, text string) {
	t.Helper()
	f.County.Chains = Published()
	open := cs.Unmet(f)
	switch {
	case text == "" && len(open) == 0:
	case text == "" || len(open) != 1 || !strings.Contains(open[0].Message, text):
		t.Errorf("%s: %+v, want it to say %q", name, open, text)
	}
}

// A house older than the system is accepted, and begun, by what the application says of its papers; of a house that the
// system has those papers say nothing (R74, A24, A29).
func TestPapersFromBeforeTheSystem(t *testing.T) {
	lawtest.Claim(t, "R74", "R101", "A24", "A29")
	here := filed(t, "construction_start.low_rise") // permitted, and no start of it
	limits := &forms.Measures{HomesteadArea: 13300}
	for _, tt := range []struct {
		name            string
		file            []Case
		earlier         *forms.Earlier
		begun, accepted bool
	}{{"no papers", nil, nil, false, false},
		{"a start with its limits", nil, &forms.Earlier{StartNo: "1", Limits: limits}, true, false},
		{"a start without limits", nil, &forms.Earlier{StartNo: "1"}, false, false},
		{"limits without a start", nil, &forms.Earlier{Limits: limits}, false, false},
		{"an acceptance", nil, &forms.Earlier{AcceptanceNo: "1"}, false, true},
		{"of a house that is here", here, &forms.Earlier{StartNo: "1", AcceptanceNo: "1", Limits: limits}, false, false}} {
		f := Facts{County: County{Chains: Published()}}
		f.Case = Case{Siblings: tt.file, State: Draft, Application: kept(t, forms.CompletionApplication{Earlier: tt.earlier})}
		for _, ch := range []ChainID{"construction_start.low_rise", "construction_start.other"} {
			if got := hasStart(f, ch); got != tt.begun {
				t.Errorf("%s: begun %v under %s", tt.name, got, ch)
			}
		}
		f.Case.Application = kept(t, forms.BusinessApplication{Earlier: tt.earlier})
		if got := proven(f); got != tt.accepted {
			t.Errorf("%s: accepted %v", tt.name, got)
		}
	}
}

// One house has one start: one that runs or was granted, of this house (A29).
func TestWhichOtherStartCounts(t *testing.T) {
	lawtest.Claim(t, "A29")
	permit := filed(t, "construction_start.low_rise")
	start := func(house CaseID, s State, end Ending) Case {
		return Case{ID: 9, Number: "JS-LC", Chain: "construction_start.low_rise", State: s, Outcome: end,
			File: File{House: house}}
	}
	house := permit[0].ID
	for name, tt := range map[string]struct {
		other Case
		want  string
	}{"runs": {start(house, Review, ""), "JS-LC"}, "granted": {start(house, Registered, Granted), "JS-LC"},
		"withdrawn": {start(house, WithdrawnEnd, Withdrawn), ""}, "a draft": {start(0, Draft, ""), ""},
		"runs for another house": {start(house+70, Review, ""), ""},
		"granted another house":  {start(house+70, Registered, Granted), ""},
	} {
		f := Facts{County: County{Chains: Published()}, Case: Case{State: Draft, Chain: "construction_start.low_rise",
			Siblings: append(slices.Clone(permit), tt.other)}}
		if got := otherStart(f); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// A contractor who is missing, or not in the register, is named; a person registered for no work builds nothing (R66,
// A18).
func TestContractorThatIsMissingIsNamed(t *testing.T) {
	lawtest.Claim(t, "R66", "A18")
	list := contractors()
	list["idle"] = trades.Contractor{Code: "idle", Kind: trades.ContractorPerson, Name: "吴工匠", From: law.CountyDay}
	for code, want := range map[string]string{"": "须有施工方，请从名录中选择", "nobody": "nobody 不在承揽名录中",
		"idle": "吴工匠登记的业务中没有", "91140824MA0ANJU02M": ""} {
		a := forms.StartApplication{Builder: code}
		told(t, code, BuilderEngaged, Facts{Case: Case{Application: kept(t, a)}, Now: at(2026, 3, 2, 9),
			County: County{Contractors: list}}, want)
	}
}

// Where a start is older than the system, those of the register sign who are registered for the work (R75, A36).
func TestWhoMaySignForAnOldHouse(t *testing.T) {
	lawtest.Claim(t, "R75", "A36")
	f := Facts{County: County{Chains: Published(), Contractors: contractors()}, Now: at(2026, 3, 2, 9)}
	for work, want := range map[trades.Work][]string{trades.Design: {"安居设计", "郭工匠"},
		trades.Build: {"丰泰建设", "同心合作社"}, trades.Supervise: {"正源监理", "郭工匠"}} {
		var names []string
		for _, x := range engagedFor(work)(f) {
			names = append(names, x.Name)
		}
		slices.Sort(names)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", work, names, want)
		}
	}
}

// A drawing by a person is a person's, not a unit's; the scan that counts is the drawing, whatever else was handed in
// (R32).
func TestDrawingIsOfItsKind(t *testing.T) {
	lawtest.Claim(t, "R32", "R10")
	scan := func(code, kind string) Material { return Material{Code: code, Kind: kind} }
	for _, tt := range []struct {
		name, designer, want string
		scans                []Material
	}{{"a unit for a person", "91140824MA0ANJU01J", "名录中个人", nil}, {"a person", "SXJJ-0824-0001", "", nil},
		{"with another paper", "SXJJ-0824-0001", "",
			[]Material{scan("RP05", "qualified_person"), scan("RP03", "ownership_certificate")}},
		{"of another kind", "SXJJ-0824-0001", "图纸来源", []Material{scan("RP05", "generic_drawing")}},
		{"of another kind, for a new site", "SXJJ-0824-0001", "图纸来源", []Material{scan("HP05", "generic_drawing")}}} {
		a := forms.Application{Drawing: "qualified_person", Designer: tt.designer}
		told(t, tt.name, DrawingByQualified, Facts{Case: Case{Application: kept(t, a), File: File{Materials: tt.scans}},
			Now: at(2026, 3, 2, 9), County: County{Contractors: contractors()}}, tt.want)
	}
}

// An acceptance is told by how much the house is too large; without a measure, or a permit to hold it to, it is told to
// measure (A21).
func TestOverrunIsToldAsFarAsItIsKnown(t *testing.T) {
	lawtest.Claim(t, "A21")
	actual := forms.MeasuredHouse{Actual: forms.Measures{HomesteadArea: 100, Floors: 2}}
	measured := []Record{{Kind: MeasuredKind, Data: kept(t, actual)}}
	permits := func(m forms.Measures) *forms.Earlier { return &forms.Earlier{PermitNo: "1", Limits: &m} }
	for _, tt := range []struct {
		name, want string
		records    []Record
		earlier    *forms.Earlier
	}{{"not measured", "须登记验收意见表", nil, permits(actual.Actual)}, {"no permit", "须登记验收意见表", measured, nil},
		{"as permitted", "", measured, permits(actual.Actual)},
		{"a floor too many", "层数 2 层超过许可的 1 层，不能通过验收", measured,
			permits(forms.Measures{HomesteadArea: 100, Floors: 1})}} {
		told(t, tt.name, WithinPermit, Facts{Case: Case{File: File{Records: tt.records},
			Application: kept(t, forms.CompletionApplication{Earlier: tt.earlier})}}, tt.want)
	}
}

// No report asks for one; a report of an agency that is not listed is named (R101, A27). An other building, or one
// that was found out for something else, is closed without (R125).
func TestAppraisalIsAskedForWhereItIsOwed(t *testing.T) {
	lawtest.Claim(t, "R101", "R125", "A27")
	told(t, "no report", AcceptedOrAppraised, Facts{}, "没有竣工验收资料的")
	told(t, "no report", AppraisalSound, Facts{}, "须登记名录中鉴定机构")
	report := []Record{{Kind: AppraisalKind, Data: kept(t, forms.AppraisalReport{Agency: "无此机构"})}}
	told(t, "of no agency", AcceptedOrAppraised, Facts{Case: Case{File: File{Records: report}}}, "无此机构 不在名录中")
	low := forms.Finding{}.Example().(forms.Finding)
	for _, tt := range []struct {
		name, want string
		finding    forms.Finding
	}{{"low-rise, begun unregistered", "须经技术鉴定", low}, {"three storeys", "", threeStoreys()},
		{"another ground", "", illegalLand()}} {
		told(t, tt.name, AppraisedForLateStart, Facts{Case: Case{Application: kept(t, tt.finding)}}, tt.want)
	}
}

// A visit counts where two were there and found what was applied for (R49).
func TestVisitThatFoundSomethingElse(t *testing.T) {
	lawtest.Claim(t, "R49")
	two := []string{"杜建业", "樊志远"}
	for _, s := range []struct {
		surveyors []string
		matches   bool
		want      string
	}{{two, true, ""}, {two, false, "现场与申请一致"}, {two[:1], true, "两名以上"}, {two[:1], false, "两名以上"}} {
		r := Record{Kind: SiteRecordKind, Data: kept(t, forms.SiteRecord{Surveyors: s.surveyors, Matches: s.matches})}
		told(t, fmt.Sprintf("%+v", s), SiteVisited, Facts{Case: Case{File: File{Records: []Record{r}}}}, s.want)
	}
}

// What is not owed is not waited for: the request that an applicant may make on the way (A30).
func TestARequestIsNotWaitedFor(t *testing.T) {
	lawtest.Claim(t, "A30")
	if cs := Papers([]Paper{request, need("HP02", "R30", "承诺书")}); len(cs) != 1 || cs[0].Name != "material_HP02" {
		t.Errorf("%+v, want the promise alone", cs)
	}
}

// Who signs too early is told the day on which the notice ends, or its length where nothing was counted (R35).
func TestSignatureBeforeTheNoticeEnds(t *testing.T) {
	lawtest.Claim(t, "R35", "L02")
	told(t, "nothing counted", NoticeElapsed, Facts{}, "公示不足 "+law.L02.Days())
	last := calendar.Date(2026, 3, 9)
	c := Case{Deadlines: []Deadline{{Limit: "L02", DueOn: last, DueBefore: (last + 1).Start()}}}
	told(t, "the last day", NoticeElapsed, Facts{Case: c, Now: at(2026, 3, 9, 23)}, "至 2026-03-09 24:00 期满")
	told(t, "the day after", NoticeElapsed, Facts{Case: c, Now: at(2026, 3, 10, 0)}, "")
}

// Who went to the site or wrote an opinion has examined the application; who wrote another record has not (A16,
// Licensing Law Art. 48).
func TestWhoHasExaminedAnApplication(t *testing.T) {
	lawtest.Claim(t, "A16")
	for kind, want := range map[RecordKind]bool{SiteRecordKind: true, JointSheetKind: true, ConferKind: false} {
		c := Case{File: File{Records: []Record{{Kind: kind, Officer: 7}}}}
		if examined(c, 7) != want || examined(c, 8) {
			t.Errorf("%s: the writer examined %v, another %v", kind, examined(c, 7), examined(c, 8))
		}
	}
}

// Inside the planning area the township waits for the county's decision, and denies after its refusal (R60).
func TestWhoIsWaitedForInsideThePlanningArea(t *testing.T) {
	lawtest.Claim(t, "R60", "A34")
	c := Case{InsidePlanningArea: true}
	told(t, "undecided", PlanningGranted, Facts{Case: c}, "须先由县行政审批局作出")
	c.File.Marks = map[Mark]time.Time{PlanningDecided: at(2026, 3, 2, 9)}
	told(t, "refused", PlanningGranted, Facts{Case: c}, "请作出不予许可决定")
	for where, says := range map[bool]string{true: "位于县城规划区内", false: "位于县城规划区以外"} {
		d := inside(t, Homestead(), nil)
		lies(d, where)
		if line := d.lines[len(d.lines)-1]; !strings.Contains(line.Reason, says) || d.c.InsidePlanningArea != where {
			t.Errorf("inside %v: the line says %q", where, line.Reason)
		}
	}
}

// The household's request counts where it was made since the case came here, and for what it asks (A6, A7).
func TestRequestToTheTownshipIsOfThisTime(t *testing.T) {
	lawtest.Claim(t, "A6", "A7")
	came := at(2026, 3, 10, 9)
	for _, tt := range []struct {
		name, asks string
		at         time.Time
		want       bool
	}{{"since it came", "village_handles", came.Add(time.Hour), true}, {"as it came", "village_handles", came, true},
		{"before", "village_handles", came.Add(-time.Hour), false}, {"for something else", "township_calls", came, false}} {
		c := Case{EnteredAt: came, File: File{Records: []Record{{Kind: TownshipAskedKind, At: tt.at,
			Data: kept(t, forms.TownshipRequest{Asks: tt.asks})}}}}
		if got := met(TownshipAsked("A6", "village_handles"), c, came); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if met(TownshipAsked("A6", "village_handles"), Case{EnteredAt: came}, came) {
		t.Error("nothing was asked")
	}
}

// The group or the village holds a case up where it has sent it back or let its days pass; of a village that stands
// for its group the village does (A6, A7).
func TestWhoHoldsACaseUp(t *testing.T) {
	lawtest.Claim(t, "A6", "A7")
	late := at(2026, 6, 1, 9)
	for _, tt := range []struct {
		name           string
		c              Case
		group, village bool
	}{
		{"the group is late", Case{State: GroupReceived}, true, false},
		{"the village is late", Case{State: VillageReview}, false, true},
		{"the village is late with the group's part", Case{State: GroupReceived, NoGroupLevel: true}, false, false},
		{"the village is late, without a group", Case{State: VillageReview, NoGroupLevel: true}, false, true},
		{"the township has it", Case{State: TownshipIntake}, false, false},
		{"returned by the group", Case{State: Returned, File: File{Returned: GroupMeeting}}, true, false},
		{"returned by the village", Case{State: Returned, File: File{Returned: VillageReview}}, false, true},
		{"returned in the group's part, without one", Case{State: Returned, NoGroupLevel: true,
			File: File{Returned: GroupMeeting}}, false, false},
		{"returned by the village, without a group", Case{State: Returned, NoGroupLevel: true,
			File: File{Returned: VillageReview}}, false, true},
		{"returned by no stage", Case{State: Returned}, false, false},
	} {
		tt.c.EnteredAt = at(2026, 3, 2, 9)
		f := Facts{Chain: Homestead(), Case: tt.c, Now: late}
		if g, v := heldUp(f, GroupCollective), heldUp(f, VillageOrganization); g != tt.group || v != tt.village {
			t.Errorf("%s: held up by the group %v, by the village %v", tt.name, g, v)
		}
	}
}

// What is extended is the whole time to the decision while it runs; what has been met, or is a part of it, is not (A10,
// Licensing Law Art. 42).
func TestWhatMayBeExtended(t *testing.T) {
	lawtest.Claim(t, "R51", "A10", "L08")
	now := at(2026, 3, 10, 9)
	ended, before := now, now.Add(-time.Hour)
	for _, tt := range []struct {
		name string
		d    Deadline
		want bool
	}{
		{"runs", Deadline{Limit: "L08", DueBefore: now.Add(time.Hour)}, true},
		{"stands", Deadline{Limit: "L08", DueBefore: before, Paused: true}, true},
		{"over", Deadline{Limit: "L08", DueBefore: before}, false},
		{"met", Deadline{Limit: "L08", DueBefore: now.Add(time.Hour), ClosedAt: &ended}, false},
		{"a promise beside it", Deadline{Limit: "L08", DueBefore: now.Add(time.Hour), Beside: true}, false},
		{"a part of it", Deadline{Limit: "L06", DueBefore: now.Add(time.Hour)}, false},
		{"what runs after the decision", Deadline{Limit: "L99", DueBefore: now.Add(time.Hour)}, false},
	} {
		tt.d.Stage = JointReview
		f := Facts{Chain: Homestead(), Now: now, Case: Case{State: JointReview, Deadlines: []Deadline{tt.d}}}
		if got := len(MayExtend.Unmet(f)) == 0; got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A decision waits for the days in which a hearing may be asked for, then for the hearing that was; and says which
// (A16, Licensing Law Art. 47, 48).
func TestWhatADecisionWaitsForOfAHearing(t *testing.T) {
	lawtest.Claim(t, "A16", "L22")
	now := at(2026, 3, 10, 9)
	asked := []Record{{Kind: HearingAskedKind, At: now.Add(-time.Hour)}}
	days := func(due time.Time) []Deadline {
		return []Deadline{{Limit: "L22", DueBefore: due, DueOn: calendar.DayOf(due)}}
	}
	for _, tt := range []struct {
		name, want, by string
		c              Case
	}{{"nobody was told", "", "", Case{}},
		{"the days run", "申请听证的期限至", "time", Case{Deadlines: days(now.Add(time.Hour))}},
		{"the days are over", "", "", Case{Deadlines: days(now)}},
		{"asked for, the days over", "请先举行听证", "record:" + string(HearingHeldKind),
			Case{Deadlines: days(now), File: File{Records: asked}}},
		{"asked for", "请先举行听证", "record:" + string(HearingHeldKind), Case{File: File{Records: asked}}}} {
		f := Facts{Chain: Homestead(), Now: now, Case: tt.c}
		told(t, tt.name, HearingOver, f, tt.want)
		if open := HearingOver.Unmet(f); len(open) == 1 && open[0].By != tt.by {
			t.Errorf("%s waits for %s, want %s", tt.name, open[0].By, tt.by)
		}
	}
}

// A receipt that is dated back moves what began with it and runs: no day that has passed, that was met, that a notice
// states, or that counts from something else (A35).
func TestWhatADatedReceiptMoves(t *testing.T) {
	lawtest.Claim(t, "A35")
	came := at(2026, 3, 20, 9)
	uncounted := law.Term{ID: "L98", Limit: calendar.Limit{N: 1, Unit: "hour"}}
	st := Stage{State: TownshipIntake, By: ServiceCenter, Within: Count(law.L05).Since(Received), OtherLimits: []Limit{
		Count(law.L04), Count(law.L06).Since(Noticed), Count(law.Stated).To(DueStated), Count(uncounted)}}
	closed := came
	base := Deadline{ID: 1, Stage: TownshipIntake, Limit: "L05", OpenedAt: came, StartedOn: calendar.DayOf(came),
		DueBefore: came.AddDate(0, 0, 7)}
	for _, tt := range []struct {
		name   string
		change func(*Deadline)
		moves  bool
	}{
		{"from the receipt", func(*Deadline) {}, true},
		{"from the entry", func(d *Deadline) { d.Limit = "L04" }, true},
		{"from another mark", func(d *Deadline) { d.Limit = "L06" }, false},
		{"as a notice states", func(d *Deadline) { d.Limit = law.Stated.ID }, false},
		{"in a unit that no calendar counts", func(d *Deadline) { d.Limit = uncounted.ID }, false},
		{"of no limit", func(d *Deadline) { d.Limit = "L99" }, false},
		{"met", func(d *Deadline) { d.ClosedAt = &closed }, false},
		{"opened before", func(d *Deadline) { d.OpenedAt = came.Add(-time.Hour) }, false},
		{"passed", func(d *Deadline) { d.DueBefore = came }, false},
	} {
		d := base
		tt.change(&d)
		f := Facts{Chain: Chain{Stages: []Stage{st}}, Now: came.Add(time.Hour), County: County{Calendar: seeded(t)},
			Data: &forms.BackEntry{ReceivedOn: calendar.Date(2026, 3, 18), Reason: "停电", Evidence: "登记簿"}}
		out := Outcome{Case: Case{State: TownshipIntake, EnteredAt: came, Deadlines: []Deadline{d},
			File: File{Marks: map[Mark]time.Time{Received: came, Noticed: came.AddDate(0, 0, -9)}}}}
		if err := datesReceipt[0].Apply(&out, f); (err != nil) != (d.Limit == uncounted.ID) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if moved := len(out.Advance) == 1 && out.Advance[0].StartedOn == calendar.Date(2026, 3, 18); moved != tt.moves ||
			len(out.Advance) > 1 {
			t.Errorf("%s: moved %+v", tt.name, out.Advance)
		}
	}
}
