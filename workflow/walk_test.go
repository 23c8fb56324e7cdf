package workflow

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"anju/workflow/calendar"
)

// seeded is the county's calendar from the seeds.
func seeded(t testing.TB) *calendar.Calendar {
	t.Helper()
	files, err := filepath.Glob("../seeds/holidays/*.json")
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
	for i, p := range []Party{GroupCollective, VillageOrganization, ServiceCenter, EconomicOffice, SocialAffairsOffice, PlanningOffice,
		TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources, CountyHousingBureau, CountyApprovalBureau, CountyMarketBureau,
		SupervisionOffice, CountyGovernment, MarketStation} {
		role := map[Party]Role{GroupCollective: GroupHead, VillageOrganization: VillageHead, TownshipGovernment: TownshipHead,
			CountyApprovalBureau: CountyHead, ServiceCenter: WindowClerk}[p]
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
	stays  []Stay
	breach []Breach
	left   []Spent
}

func open(t testing.TB, ch Chain, change func(*Application)) *desk {
	t.Helper()
	d := &desk{t: t, ch: ch, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC),
		county: County{Calendar: seeded(t), Parameters: Parameters{Mandate: Mandate{Number: "稷自然资委〔2025〕1号", Issuer: CountyNaturalResources, From: day2021}}}}
	app := HomesteadApplication{}.Example().(HomesteadApplication).Application
	if ch.ID == "planning_permit" {
		app = PlanningApplication{}.Example().(PlanningApplication).Application
	}
	if change != nil {
		change(&app)
	}
	d.c = Case{ID: 1, Division: village, GroupNo: "01", Household: 1, Householder: "王建国",
		File: File{Current: CurrentHomestead{HomesteadArea: 12000}, Members: 3}}
	d.apply(d.ch.open(d.c, Opening{By: offices[ServiceCenter], At: d.now, Application: Typed(app)}))
	return d
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
	for i, doc := range o.Issue {
		doc.Number = doc.Kind.Number(d.c.Division, doc.IssuedAt, i+1)
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
			desk := st.By.Desk(d.c)
			d.stays = append(d.stays, Stay{Stage: st.State, Party: st.By, Office: offices[desk].Office, Name: desk.Title(), Entered: o.Entry.At})
		}
	}
	if o.Left != nil {
		d.left = append(d.left, *o.Left)
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
		if r, ok := d.ch.Record(st, k); ok {
			data = r.Data.Example()
		}
	}
	return d.ch.Enter(d.c, Recording{Kind: k, By: offices[by], At: d.now, Data: Typed(data)}, d.county)
}

func (d *desk) record(by Party, k RecordKind, data any) {
	d.t.Helper()
	d.apply(d.enter(by, k, data))
}

func (d *desk) papers() {
	d.t.Helper()
	for _, p := range d.ch.Papers {
		d.apply(d.ch.attach(d.c, offices[ServiceCenter], Material{Code: p.Code, Name: "a.png", At: d.now}))
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
		d.apply(d.ch.Escalate(d.c, due.ID, due.Generation, name, d.now, d.county))
		fired = append(fired, name)
	}
}

func (d *desk) state(want State) {
	d.t.Helper()
	if d.c.State != want {
		d.t.Fatalf("state %s, want %s", d.c.State, want)
	}
}

// until walks the homestead chain's main line until the state is reached.
func (d *desk) until(s State) {
	d.t.Helper()
	steps := map[State]func(){
		Draft:         func() { d.papers(); d.move(ServiceCenter, Submit, nil) },
		GroupReceived: func() { d.move(GroupCollective, Submit, nil) },
		GroupMeeting: func() {
			d.record(GroupCollective, MeetingRecordKind, nil)
			d.move(GroupCollective, PublishNotice, nil)
		},
		GroupNotice: func() {
			d.record(GroupCollective, PublicNoticeKind, nil)
			l, _ := live(d.c, "L02")
			d.pass(l.DueBefore)
			d.move(GroupCollective, SignOpinion, nil)
		},
		GroupObjection: func() { d.move(GroupCollective, DismissObjection, nil) },
		GroupOpinion:   func() { d.move(GroupCollective, Forward, nil) },
		VillageReview: func() {
			d.record(VillageOrganization, NeighborKind, nil)
			d.record(VillageOrganization, VillageSheetKind, nil)
			d.move(VillageOrganization, SignOpinion, nil)
		},
		TownshipIntake: func() { d.move(ServiceCenter, Accept, nil) },
		JointReview: func() {
			st, _ := d.ch.Stage(JointReview)
			d.record(PlanningOffice, SiteRecordKind, nil)
			row, _ := d.ch.Record(st, JointSheetKind)
			for _, p := range row.By {
				d.record(p, JointSheetKind, nil)
			}
			if d.c.InsidePlanningArea && d.ch.ID == "homestead" {
				d.record(CountyApprovalBureau, PlanningDecideKind, nil)
			}
			d.move(st.By, Forward, nil)
		},
		Decision: func() {
			st, _ := d.ch.Stage(Decision)
			d.move(st.By.Desk(d.c), Approve, nil)
		},
		Approved: func() { d.move(ServiceCenter, Issue, nil) },
		Issued: func() {
			d.record(CountyAgricultureBureau, FilingReceiptKind, nil)
			d.record(CountyNaturalResources, FilingReceiptKind, nil)
			d.move(TownshipGovernment, FileVerb, nil)
		},
		Filed: func() { d.move(ServiceCenter, Archive, nil) },
	}
	for range 30 {
		if d.c.State == s {
			return
		}
		step, ok := steps[d.c.State]
		if !ok {
			break
		}
		step()
	}
	d.t.Fatalf("the way ended in %s, not in %s", d.c.State, s)
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
