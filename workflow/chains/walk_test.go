package chains

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/trades"
)

// seeded is the county's calendar from the seeds.
func seeded(t testing.TB) *calendar.Calendar {
	t.Helper()
	files, err := filepath.Glob("../../seeds/holidays/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no holidays in ../seeds: %v", err)
	}
	var years []calendar.Year
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		y, err := calendar.ParseYear(b)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		years = append(years, y)
	}
	cal, err := calendar.New(1, years...)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

const village = "140824100214"

// offices are one officer of every kind of office that the chains name, heads where a signature is owed.
var offices = map[Party]Actor{}

func init() {
	for i, p := range []Party{GroupCollective, VillageOrganization, ServiceCenter, EconomicOffice, SocialAffairsOffice,
		PlanningOffice,
		TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources, CountyHousingBureau, CountyApprovalBureau,
		CountyMarketBureau,
		SupervisionOffice, CountyGovernment, MarketStation} {
		role := map[Party]Role{GroupCollective: GroupHead, VillageOrganization: VillageHead, TownshipGovernment: TownshipHead,
			CountyApprovalBureau: CountyHead, CountyHousingBureau: CountyHead,
			CountyNaturalResources: CountyHead, CountyGovernment: CountyHead, ServiceCenter: WindowClerk}[p]
		if role == "" {
			role = OfficeReviewer
		}
		offices[p] = Actor{Officer: OfficerID(i + 1), Name: p.Title(), Role: role, Office: OfficeID(i + 1), Kind: p,
			Division: OfficeDivision(p.Level(), village, "01")}
	}
}

// desk is a county with one case on it, moved by applying outcomes the way a store does.
type desk struct {
	t      testing.TB
	ch     Chain
	county County
	c      Case
	now    time.Time
	next   DeadlineID
	lines  []Entry
	told   []Message
	stays  []attribution.Stay
	breach []Breach
	left   []Spent
}

// contractors is the county's register of contractors.
func contractors() map[string]trades.Contractor {
	list := map[string]trades.Contractor{}
	for _, c := range []trades.Contractor{
		{Code: "91140802MA0ANJU08C", Kind: trades.ContractorOrg, Name: "河东勘察", Work: []trades.Work{trades.Survey},
			Basis: "qualified_unit", From: law.CountyDay},
		{Code: "91140824MA0ANJU01J", Kind: trades.ContractorOrg, Name: "安居设计", Work: []trades.Work{trades.Design},
			Basis: "qualified_unit", From: law.CountyDay},
		{Code: "91140824MA0ANJU02M", Kind: trades.ContractorOrg, Name: "丰泰建设", Work: []trades.Work{trades.Build},
			Basis: "qualified_unit", From: law.CountyDay},
		{Code: "91140824MA0ANJU03Q", Kind: trades.ContractorOrg, Name: "正源监理", Work: []trades.Work{trades.Supervise},
			Basis: "qualified_unit", From: law.CountyDay},
		{Code: "91140802MA0ANJU040", Kind: trades.AppraisalAgency, Name: "恒信鉴定", Work: []trades.Work{trades.Appraise},
			Basis: "appraisal_unit", From: law.CountyDay},
		{Code: "coop", Kind: trades.ContractorOrg, Name: "同心合作社", Work: []trades.Work{trades.Build},
			Basis: "rural_cooperative", From: law.CountyDay},
		{Code: "struck", Kind: trades.ContractorOrg, Name: "除名公司", Work: []trades.Work{trades.Build, trades.Appraise},
			Basis: "labour_company", From: law.CountyDay, Struck: "拖欠工资"},
		{Code: "expired", Kind: trades.ContractorOrg, Name: "过期公司", Work: []trades.Work{trades.Build},
			Basis: "qualified_unit", From: law.CountyDay, To: calendar.Date(2025, 12, 31)},
		{Code: "SXJJ-0824-0001", Kind: trades.ContractorPerson, Name: "郭工匠",
			Work: []trades.Work{trades.Design, trades.Supervise}, Basis: "rural_craftsman", From: law.CountyDay},
	} {
		list[c.Code] = c
	}
	return list
}

func countyOf(t testing.TB) County {
	return County{Calendar: seeded(t), Contractors: contractors(), Chains: Published(), Officers: officers(),
		Parameters: Parameters{Mandate: Mandate{Number: "稷自然资委〔2025〕1号", Issuer: CountyNaturalResources,
			From: law.CountyDay}}}
}

// officers are those whom the examples of the forms name, at the offices of the township, and one of another township.
func officers() []Officer {
	return []Officer{{Login: "planning", Name: "杜建业", Kind: PlanningOffice, Division: "140824100000"},
		{Login: "economic", Name: "樊志远", Kind: EconomicOffice, Division: "140824100000"},
		{Login: "group", Name: "马长顺", Kind: GroupCollective, Division: "14082410021401"},
		{Login: "village", Name: "马庆丰", Kind: VillageOrganization, Division: village},
		{Login: "township", Name: "韩立平", Kind: TownshipGovernment, Division: "140824100000",
			Person: "of the township's head"},
		{Login: "planning2", Name: "吴振江", Kind: PlanningOffice, Division: "140824103000"},
		{Login: "village3", Name: "廉守田", Kind: VillageOrganization, Division: "140824100221"}}
}

// open opens a case of the chain, with the cases done that it follows.
func open(t testing.TB, ch Chain, change func(*forms.Application)) *desk {
	t.Helper()
	switch ch.ID {
	case "homestead", "planning_permit":
		app := forms.HomesteadApplication{}.Example().(forms.HomesteadApplication).Application
		if ch.ID == "planning_permit" {
			app = forms.PlanningApplication{}.Example().(forms.PlanningApplication).Application
		}
		if change != nil {
			change(&app)
		}
		return begin(t, ch, app, nil)
	}
	return begin(t, ch, ch.Form.Example(), filed(t, ch.ID))
}

// begin opens a case of a household whose file holds other cases.
func begin(t testing.TB, ch Chain, application any, file []Case) *desk {
	t.Helper()
	d := &desk{t: t, ch: ch, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), county: countyOf(t)}
	for _, c := range file {
		if c.ClosedAt != nil && c.ClosedAt.After(d.now) {
			d.now = *c.ClosedAt
		}
	}
	d.c = Case{ID: CaseID(len(file) + 1), Number: "JS-" + ch.Matter, Division: village, GroupNo: "01", Household: 1,
		Householder: "王建国",
		File:        File{Current: CurrentHomestead{HomesteadArea: 12000}, Members: 3}, Siblings: file}
	d.apply(d.ch.Open(d.c, Opening{By: offices[ch.Opener(application)], At: d.now, Application: Typed(application)},
		d.county))
	return d
}

// filed is the file of a household that may open the chain: every case that it follows, done.
func filed(t testing.TB, id ChainID) []Case {
	t.Helper()
	var file []Case
	do := func(ch Chain, application any) {
		d := begin(t, ch, application, file)
		d.until(Archived)
		c := d.c
		c.Siblings, c.Deadlines = nil, nil
		file = append(slices.Clone(file), c)
	}
	home := forms.HomesteadApplication{}.Example().(forms.HomesteadApplication)
	switch id {
	case "construction_start.low_rise", "completion_acceptance.low_rise", "business_use":
		do(Homestead(), home)
	case "construction_start.other", "completion_acceptance.other":
		home.Proposed.Floors, home.Proposed.BuildingArea, home.Proposed.Height = 3, 29000, 1020
		do(Homestead(), home)
	}
	switch id {
	case "completion_acceptance.low_rise", "business_use":
		do(ConstructionStartLowRise(), forms.LowRiseStart{}.Example())
	case "completion_acceptance.other":
		do(ConstructionStartOther(), forms.OtherStart{}.Example())
	}
	if id == "business_use" {
		do(CompletionLowRise(), forms.LowRiseCompletion{}.Example())
	}
	return file
}

func (d *desk) apply(o Outcome, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", d.c.State, explain(err))
	}
	d.write(o)
}

func (d *desk) write(o Outcome) {
	before := d.c.Deadlines
	d.c = o.Case
	d.c.Deadlines = nil
	for _, x := range before {
		for _, a := range o.Advance {
			if a.ID == x.ID {
				x = a
			}
		}
		for _, id := range o.Close {
			if id == x.ID {
				at := o.Entry.At
				x.ClosedAt = &at
			}
		}
		d.c.Deadlines = append(d.c.Deadlines, x)
	}
	for _, s := range o.Start {
		d.next++
		s.ID = d.next
		d.c.Deadlines = append(d.c.Deadlines, s)
	}
	for _, doc := range o.Issue {
		if doc.Number == "" {
			doc.Number = doc.Kind.Number("稷峰政", d.c.Division, doc.IssuedAt, len(d.c.File.Documents)+1)
		}
		d.c.File.Documents = append(d.c.File.Documents, doc)
	}
	if o.Record != nil {
		d.c.File.Records = append(d.c.File.Records, *o.Record)
	}
	if o.Moved {
		if n := len(d.stays); n > 0 {
			d.stays[n-1].Left = o.Entry.At
		}
		if st, _ := d.ch.Stage(d.c.State); st.Ends == "" {
			desk := d.ch.Desk(st.By, d.c)
			d.stays = append(d.stays, attribution.Stay{Stage: st.State, Party: st.By, Office: offices[desk].Office,
				Name: desk.Title(), Entered: o.Entry.At})
		}
	}
	if o.StageStats != nil {
		d.left = append(d.left, *o.StageStats)
	}
	if o.Breach != nil {
		d.breach = append(d.breach, *o.Breach)
	}
	d.c.Step++
	d.lines = append(d.lines, o.Entry)
	if o.Message != nil {
		d.told = append(d.told, *o.Message)
	}
}

func (d *desk) decide(by Party, v Verb, data any) (Outcome, error) {
	m := Move{Do: v, By: offices[by], Seen: d.c.Seen, At: d.now, Reason: "理由"}
	if by == System {
		m.By = BySystem
	}
	if st, ok := d.ch.Stage(d.c.State); ok && data == nil {
		if a, ok := st.Action(v); ok && a.Data != nil {
			data = a.Data.Example()
		}
	}
	if data != nil {
		m.Data = Typed(data)
	}
	return d.ch.Decide(d.c, m, d.county)
}

func (d *desk) move(by Party, v Verb, data any) {
	d.t.Helper()
	d.apply(d.decide(by, v, data))
}

func (d *desk) enter(by Party, k RecordKind, data any) (Outcome, error) {
	if st, ok := d.ch.Stage(d.c.State); ok && data == nil {
		if r, ok := d.ch.RecordRow(st, k); ok {
			data = r.Data.Example()
		}
	}
	return d.ch.Record(d.c, Recording{Kind: k, By: offices[by], At: d.now, Data: Typed(data)}, d.county)
}

func (d *desk) record(by Party, k RecordKind, data any) {
	d.t.Helper()
	d.apply(d.enter(by, k, data))
}

func (d *desk) papers() {
	d.t.Helper()
	for _, p := range handed(d.ch.Papers) {
		d.apply(d.ch.Attach(d.c, offices[d.ch.Desk(Applicant, d.c)], Material{Code: p.Code, Name: "a.png", At: d.now}))
	}
}

// pass moves the clock forward and fires every rung that falls due on the way, at its own instant.
func (d *desk) pass(to time.Time) (fired []RungName) {
	d.t.Helper()
	for {
		var due *Deadline
		for i, x := range d.c.Deadlines {
			if x.Live() && !x.NextAt.IsZero() && !x.NextAt.After(to) && (due == nil || x.NextAt.Before(due.NextAt)) {
				due = &d.c.Deadlines[i]
			}
		}
		if due == nil {
			d.now = to
			return fired
		}
		if due.NextAt.After(d.now) {
			d.now = due.NextAt
		}
		name := due.Next
		d.apply(d.ch.Escalate(d.c, due.ID, due.Run, name, d.now, d.county))
		fired = append(fired, name)
	}
}

func (d *desk) state(want State) {
	d.t.Helper()
	if d.c.State != want {
		d.t.Fatalf("state %s, want %s", d.c.State, want)
	}
}

// until walks the main line until the state is reached, as a client does that knows nothing of housing: it hands in
// what the verb ahead waits for.
func (d *desk) until(s State) {
	d.t.Helper()
	for range 60 {
		if d.c.State == s {
			return
		}
		d.ahead()
	}
	d.t.Fatalf("the way ended in %s, not in %s", d.c.State, s)
}

// ahead takes the verb ahead, after what it waits for.
func (d *desk) ahead() {
	d.t.Helper()
	st, _ := d.ch.Stage(d.c.State)
	i := slices.IndexFunc(st.Actions, func(a Action) bool { return a.MainLine })
	if i < 0 {
		d.t.Fatalf("no way ahead in %s", d.c.State)
	}
	a := st.Actions[i]
	by := d.ch.Desk(a.Party(st), d.c)
	for range 40 {
		open := a.Needs.Unmet(Facts{Case: d.c, By: offices[by], County: d.county, Now: d.now})
		if len(open) == 0 {
			d.move(by, a.Do, nil)
			return
		}
		what, name, _ := strings.Cut(open[0].By, ":")
		switch what {
		case "record":
			row, ok := d.ch.RecordRow(st, RecordKind(name))
			if !ok {
				d.t.Fatalf("%s waits for a record %s that the stage does not know", d.c.State, name)
			}
			writers := row.By[:1]
			if row.Each {
				writers = row.By
			}
			for _, p := range writers {
				d.record(d.ch.Desk(p, d.c), row.Kind, nil)
			}
		case "material":
			d.apply(d.ch.Attach(d.c, offices[d.ch.Desk(Applicant, d.c)], Material{Code: name, Name: "a.png", At: d.now}))
		case "time":
			d.pass(d.now.Add(24 * time.Hour))
		default:
			d.t.Fatalf("%s waits for %+v", d.c.State, open[0])
		}
	}
	d.t.Fatalf("the conditions of %s cannot be met", a.Do)
}

func explain(err error) string {
	var detail any
	var refusal *Refusal
	var invalid *Invalid
	switch {
	case errors.As(err, &refusal):
		detail = refusal.Blocked
	case errors.As(err, &invalid):
		detail = invalid.Fields
	}
	b, _ := json.Marshal(detail)
	return err.Error() + " " + string(b)
}

func at(y int, m time.Month, d, hour int) time.Time {
	return time.Date(y, m, d, hour, 0, 0, 0, calendar.Shanghai)
}
