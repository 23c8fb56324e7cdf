package forms

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// noon is the instant at which forms are checked here.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, calendar.Shanghai)

// finds wants the fields named, in order, and the rule with each.
func finds(t *testing.T, name string, found []workflow.FieldError, rule law.Rule, fields ...string) {
	t.Helper()
	var got []string
	for _, f := range found {
		got = append(got, f.Field)
		if f.Rule != rule || f.Message == "" {
			t.Errorf("%s: %s under %s (%q), want %s", name, f.Field, f.Rule, f.Message, rule)
		}
	}
	if !slices.Equal(got, fields) {
		t.Errorf("%s: found %v, want %v", name, got, fields)
	}
}

func TestApplicationThatContradictsItself(t *testing.T) {
	lawtest.Claim(t, "R7", "R29", "R30", "R57", "A32")
	for _, tt := range []struct {
		name   string
		change func(*Application)
		rule   law.Rule
		fields []string
	}{
		{"as it stands", func(*Application) {}, "", nil},
		{"no plot", func(a *Application) { a.Proposed.HomesteadArea, a.Proposed.FootprintArea = 0, 0 }, "R29",
			[]string{"proposed.homestead_area", "proposed.footprint_area"}},
		{"no footprint", func(a *Application) { a.Proposed.FootprintArea = 0 }, "R29", []string{"proposed.footprint_area"}},
		{"the footprint is the plot", func(a *Application) { a.Proposed.FootprintArea = a.Proposed.HomesteadArea }, "", nil},
		{"a footprint above the plot", func(a *Application) { a.Proposed.FootprintArea = a.Proposed.HomesteadArea + 1 },
			"R29", []string{"proposed.footprint_area"}},
		{"no building", func(a *Application) { a.Proposed.BuildingArea = 0 }, "R29", []string{"proposed.building_area"}},
		{"a small one", func(a *Application) { a.Proposed.BuildingArea = 1 }, "", nil},
		{"no height", func(a *Application) { a.Proposed.Height = 0 }, "R29", []string{"proposed.height"}},
		{"no span", func(a *Application) { a.Proposed.MaxSpan = 0 }, "R7", []string{"proposed.max_span"}},
		{"farmland of no kind", func(a *Application) { a.Proposed.LandClass = "farmland_class" }, "R57",
			[]string{"proposed.farmland"}},
		{"farmland of a kind", func(a *Application) {
			a.Proposed.LandClass, a.Proposed.Farmland = "farmland_class", "forest"
		}, "", nil},
		{"no bounds", func(a *Application) { a.Proposed.Boundary = Boundary{East: " ", South: "", West: "\t", North: ""} },
			"R29", []string{"proposed.boundary.east", "proposed.boundary.south", "proposed.boundary.west",
				"proposed.boundary.north"}},
		{"keeps what he does not measure", func(a *Application) { a.Disposal = "keep" }, "A32", []string{"disposal_area"}},
		{"keeps a little", func(a *Application) { a.Disposal, a.DisposalArea = "keep", 1 }, "", nil},
		{"does something else", func(a *Application) { a.Disposal, a.DisposalNote = "other", " " }, "A32",
			[]string{"disposal_note"}},
		{"says what else", func(a *Application) { a.Disposal, a.DisposalNote = "other", "由子女使用" }, "", nil},
		{"a new site, and the old house stays", func(a *Application) { a.Commitment.Days = 0 }, "R30",
			[]string{"commitment.c3_days"}},
		{"on the old site", func(a *Application) { a.Commitment.Days, a.Proposed.BuildType = 0, "rebuild_on_site" }, "", nil},
		{"inside, as it is said", func(a *Application) { a.InsidePlanningArea = true }, "A34",
			[]string{"planning_area_note"}},
		{"inside by the map", func(a *Application) { a.InsidePlanningArea, a.PlanningAreaNote = true, "落图" }, "", nil},
	} {
		a := exampleApplication()
		tt.change(&a)
		finds(t, tt.name, a.Check(noon), tt.rule, tt.fields...)
	}
}

func TestHouseholdOfOnePersonTwice(t *testing.T) {
	lawtest.Claim(t, "R31")
	example := func() Household { return Household{}.Example().(Household) }
	finds(t, "as it stands", example().Check(noon), "")
	h := example()
	h.Members[1].IDNumber = "１" + h.Householder.IDNumber[1:] // the same number, typed otherwise
	finds(t, "the householder again", h.Check(noon), "R31", "members[1].id_number")
	h = example()
	h.Householder.Gender = "女"
	finds(t, "another gender", h.Check(noon), "R31", "householder.gender")
	h.Householder.Gender = ""
	finds(t, "no gender", h.Check(noon), "")
	h.Householder.IDNumber, h.Householder.Gender = "140824197803120011", "女"
	finds(t, "an unsound number", h.Check(noon), "R31", "householder.id_number")
}

func TestAgeIsOfFullYears(t *testing.T) {
	lawtest.Claim(t, "R31")
	const born = "140824197803120012" // 1978-03-12
	for day, want := range map[string]int{"2026-03-11": 47, "2026-03-12": 48, "2026-03-13": 48, "2026-02-28": 47,
		"2026-04-01": 48, "2026-04-12": 48, "2026-02-12": 47} {
		d, err := calendar.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := AgeOf(born, d.Start()); got != want {
			t.Errorf("on %s: %d, want %d", day, got, want)
		}
	}
	if GenderOf(born) != "男" || GenderOf("140824198005220021") != "女" || GenderOf("1") != "女" {
		t.Error("the 17th digit says the gender")
	}
}

func TestMeetingWithNumbersThatCannotBe(t *testing.T) {
	lawtest.Claim(t, "R33", "A3")
	m := MeetingRecord{Expected: 30, Present: 30, Agree: 20, Against: 6, Abstain: 4}
	finds(t, "all came", m.Check(noon), "")
	m.Present, m.Agree = 31, 21
	finds(t, "one more than is", m.Check(noon), "R33", "present")
	m.Present = 30
	finds(t, "a vote too many", m.Check(noon), "R33", "agree")
	m.Agree, m.Abstain = 20, 3
	finds(t, "a vote too few", m.Check(noon), "R33", "agree")
}

// Two looked into it: one person twice is one (R36, R49, R75).
func TestOnePersonTwiceIsOne(t *testing.T) {
	lawtest.Claim(t, "R36", "R49", "R75", "A5")
	for _, names := range [][]string{nil, {"马全福"}, {"马全福", "马全福"}, {"马全福", " 马全福 "}, {"马全福", " "}, {"", ""}} {
		finds(t, fmt.Sprint("objection by ", names), ObjectionFinding{Investigators: names}.Check(noon), "R36",
			"investigators")
		finds(t, fmt.Sprint("on site ", names), TwoPeople("surveyors", names, "R49"), "R49", "surveyors")
		finds(t, fmt.Sprint("acceptance ", names), TwoPeople("inspectors", names, "R75"), "R75", "inspectors")
	}
	for _, names := range [][]string{{"马全福", "马小燕"}, {"马全福", "马全福", "马小燕"}} {
		finds(t, fmt.Sprint(names), ObjectionFinding{Investigators: names}.Check(noon), "R36")
	}
}

func TestNeighbourWithoutHandling(t *testing.T) {
	lawtest.Claim(t, "A16")
	for i, side := range []string{"east", "south", "west", "north"} {
		for said, owed := range map[string]bool{"agree": false, "none": false, "disagree": true, "refused": true} {
			n := NeighborOpinion{}.Example().(NeighborOpinion)
			*[]*string{&n.East, &n.South, &n.West, &n.North}[i] = said
			want := []string{"handling"}
			if !owed {
				want = nil
			}
			n.Handling = " "
			finds(t, side+" "+said, n.Check(noon), "A16", want...)
			n.Handling = "已当面解释"
			finds(t, side+" "+said+", handled", n.Check(noon), "A16")
		}
	}
}

func TestOfficeThatDisagreesNamesTheArticle(t *testing.T) {
	lawtest.Claim(t, "R50", "A9")
	for _, tt := range []struct {
		opinion, article string
		owed             []string
	}{{"agree", "", nil}, {"disagree", "", []string{"article"}}, {"disagree", " ", []string{"article"}},
		{"disagree", "土地管理法62", nil}} {
		finds(t, tt.opinion+tt.article, JointSheet{Opinion: tt.opinion, Reason: "x", Article: tt.article}.Check(noon), "R50",
			tt.owed...)
	}
}

// A party that finds the house unsound says why (R77).
func TestPartyThatFailsSaysWhy(t *testing.T) {
	lawtest.Claim(t, "R77", "A21")
	for _, tt := range []struct {
		opinion, reason string
		owed            []string
	}{{"pass", "", nil}, {"fail", "", []string{"reason"}}, {"fail", " ", []string{"reason"}}, {"fail", "栏杆未做", nil}} {
		finds(t, tt.opinion+tt.reason, PartyOpinion{Name: "王建国", Opinion: tt.opinion, Reason: tt.reason}.Check(noon), "R77",
			tt.owed...)
	}
}

// A day lies from the first to the last, both of them in, and is the last where it is left out.
func TestDayWithItsBounds(t *testing.T) {
	lawtest.Claim(t, "R33", "R35", "R36", "R49", "R57", "A4")
	first, last := calendar.Date(2026, 3, 2), calendar.Date(2026, 3, 10)
	for d, ok := range map[calendar.Day]bool{first - 1: false, first: true, first + 1: true, last: true, last + 1: false} {
		want := []string{"on"}
		if ok {
			want = nil
		}
		finds(t, d.String(), DayBetween("on", "日期", &d, first, last, "R33"), "R33", want...)
	}
	var none calendar.Day
	if finds(t, "left out", DayBetween("on", "日期", &none, first, last, "R33"), "R33"); none != last {
		t.Errorf("a day left out is %s, want %s", none, last)
	}
	finds(t, "today", NotAfter("on", last, noon, "R57"), "R57")
	finds(t, "tomorrow", NotAfter("on", last+1, noon, "R57"), "R57", "on")
	finds(t, "a conversion of tomorrow", LandConversion{ApprovedOn: last + 1}.Check(noon), "R57", "approved_on")

	met := []byte(`{"body":"x","held_on":"2026-03-04","place":"x","host":"x","recorder":"x","expected":1,"present":1,"agree":1,` +
		`"against":0,"abstain":0}`)
	c := workflow.Case{OpenedAt: first.Start(), File: workflow.File{
		Marks: map[glossary.Mark]time.Time{glossary.Noticed: calendar.Date(2026, 3, 6).Start()},
		Records: []workflow.Record{{Kind: glossary.MeetingRecordKind, At: first.Start(), Data: met},
			{Kind: glossary.ObjectionKind, At: calendar.Date(2026, 3, 7).Start(), Data: []byte("{}")}}}}
	for d, ok := range map[int]bool{3: false, 4: true, 6: true, 7: false} { // between the meeting and the five days
		n := PublicNotice{PostedOn: calendar.Date(2026, 3, d)}
		want := []string{"posted_on"}
		if ok {
			want = nil
		}
		finds(t, fmt.Sprint("posted on the ", d), n.CheckCase(c, last), "R35", want...)
	}
	early := ObjectionFinding{RepliedOn: calendar.Date(2026, 3, 6)}
	finds(t, "answered before it was raised", early.CheckCase(c, last), "R36", "replied_on")
	early.RepliedOn++
	finds(t, "answered on the day", early.CheckCase(c, last), "R36")
}

// Less than 50 ㎡ a head, exactly (R22, A17); a household of no one has no need.
func TestFiftySquareMetresAHead(t *testing.T) {
	lawtest.Claim(t, "R22", "A17")
	for _, tt := range []struct {
		area    workflow.Decimal
		members int
		want    bool
	}{{15000, 3, false}, {14999, 3, true}, {15001, 3, false}, {4999, 1, true}, {5000, 1, false}, {0, 1, true}, {0, 0, false},
		{0, -1, false}} {
		if got := TooSmall(tt.area, tt.members); got != tt.want {
			t.Errorf("%s for %d: %v", tt.area, tt.members, got)
		}
	}
}

// What is found wrong on site begins on a day that the rules reach, with a size (R108, R124).
func TestFindingWithinTheRules(t *testing.T) {
	lawtest.Claim(t, "R108", "R124")
	f := Finding{}.Example().(Finding)
	finds(t, "as it stands", f.Check(noon), "")
	for d, ok := range map[calendar.Day]bool{calendar.Date(2021, 1, 31): false, calendar.Date(2021, 2, 1): true,
		calendar.DayOf(noon): true, calendar.DayOf(noon) + 1: false} {
		f.StartedOn = d
		want := []string{"started_on"}
		if ok {
			want = nil
		}
		finds(t, "started "+d.String(), f.Check(noon), "R124", want...)
	}
	f.StartedOn, f.Grounds = calendar.Date(2021, 1, 31), []string{"no_planning_permit"}
	finds(t, "another ground", f.Check(noon), "R124")
	f.Area, f.MaxSpan = 0, 0
	finds(t, "no size", f.Check(noon), "R108", "building_area", "max_span")
}

// A day that a notice states comes after today and within two years; one left out is asked for (A25).
func TestDayThatANoticeStates(t *testing.T) {
	lawtest.Claim(t, "A25")
	today := calendar.DayOf(noon)
	for d, ok := range map[calendar.Day]bool{today - 1: false, today: false, today + 1: true, today.AddMonths(24): true,
		today.AddMonths(24) + 1: false} {
		want := []string{"by"}
		if ok {
			want = nil
		}
		finds(t, "by "+d.String(), stated("by", "日期", d, today), "A25", want...)
	}
	finds(t, "left out", stated("by", "日期", 0, today), "A25", "by")
	for d, ok := range map[calendar.Day]bool{today - 1: false, today: true, today + 366: true, today + 367: false} {
		want := []string{"resolve_on"}
		if ok {
			want = nil
		}
		finds(t, "resolved by "+d.String(), (&Supervision{ResolveOn: d}).CheckCase(workflow.Case{}, today), "A25", want...)
	}
	s := Supervision{}
	if finds(t, "no day", s.CheckCase(workflow.Case{}, today), "A25"); s.ResolveOn != today+7 {
		t.Errorf("a matter under supervision is to be resolved by %s, want seven days from %s (13710)", s.ResolveOn, today)
	}
}

// withCheckDigit ends an ID number of 17 digits (ISO 7064, MOD 11-2).
func withCheckDigit(s string) string {
	c := 0
	for _, r := range s {
		c = (c + int(r-'0')) * 2 % 11
	}
	return s + string("0123456789X"[(12-c)%11])
}

// Every digit of an ID number counts, and its day of birth is one that has come since 1900 (R31).
func TestEveryDigitOfAnIDNumberCounts(t *testing.T) {
	lawtest.Claim(t, "R31")
	on := calendar.DayOf(noon)
	for _, s := range []string{"98765419871118999", "11111119991229111", "65432120260310123", "12345619000101987",
		"99999919991231999"} {
		sound := withCheckDigit(s)
		if msg := CheckIDNumber(sound, on); msg != "" {
			t.Errorf("%s: %s", sound, msg)
		}
		for i := range 17 {
			if i >= 6 && i < 14 {
				continue // the day of birth is judged for itself
			}
			wrong := []byte(sound)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if CheckIDNumber(string(wrong), on) == "" {
				t.Errorf("%s is taken, with another digit in place %d", wrong, i+1)
			}
		}
	}
	for _, s := range []string{"12345618991231987", "12345620260311123", "12345620250229123", "12345619990001123"} {
		if CheckIDNumber(withCheckDigit(s), on) == "" {
			t.Errorf("%s is taken: no such day, or not yet", s)
		}
	}
	for _, s := range []string{"1234561999010112/1", "1234561999010112:1", "12345619990101123", "1234561999010112345",
		"/23456199901011231", ":23456199901011231"} {
		if CheckIDNumber(s, on) == "" {
			t.Errorf("%q is taken", s)
		}
	}
}
