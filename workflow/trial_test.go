package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/table"
)

// The trial matter is the leave to keep bees: nothing of it stands anywhere but in this file.
const (
	beekeeper  glossary.Party        = "beekeeping_office"
	asked      glossary.State        = "bees_asked"
	looking    glossary.State        = "bees_looking"
	allowed    glossary.State        = "bees_allowed"
	kept       glossary.State        = "bees_kept"
	turnedDown glossary.State        = "bees_turned_down"
	hivesSeen  glossary.RecordKind   = "hives_seen"
	beeLeave   glossary.DocumentKind = "B01"
)

type beeApplication struct {
	Hives int `json:"hives" doc:"蜂箱数" minimum:"1" maximum:"500" example:"12"`
}

func (beeApplication) Example() any { return beeApplication{Hives: 12} }

type hiveVisit struct {
	Found int `json:"found" doc:"现场蜂箱数" example:"12"`
}

func (hiveVisit) Example() any { return hiveVisit{Found: 12} }

func beeChain() workflow.Chain {
	late := []workflow.Rung{{Name: workflow.RungWarn}, {Name: workflow.RungRed, Tell: workflow.Parties("county_bees")}}
	agreed := workflow.Conditions{{Name: "hives_agree", Rule: "R49", Message: "现场蜂箱数与申请不符",
		By: "record:" + string(hivesSeen), Holds: func(f workflow.Facts) bool {
			r, ok := f.Case.Latest(hivesSeen)
			return ok && workflow.Recorded[hiveVisit](r).Found == workflow.Applied[beeApplication](f.Case).Hives
		}}}
	counts := workflow.Effect{Name: "count_hives", Says: "记核定蜂箱数",
		Apply: func(out *workflow.Outcome, f workflow.Facts) error {
			out.Case.File.Members = workflow.Applied[beeApplication](f.Case).Hives
			return nil
		}}
	year := workflow.Validity{Says: "一年", To: func(out workflow.Outcome, _ workflow.Facts) calendar.Day {
		return calendar.DayOf(out.Entry.At).AddMonths(12)
	}}
	return workflow.Chain{ID: "bees", Title: "养蜂", Version: 1, InForce: law.CountyDay, Matter: "BE",
		Form: beeApplication{}, Guides: "county_bees", Oversight: "county_bees",
		Counter: beekeeper, Opens: workflow.Parties(beekeeper), Role: workflow.NoHouse, Subject: workflow.OtherSubject,
		BlankForms: []workflow.BlankForm{}, Basis: []string{},
		Papers: []workflow.Paper{}, Petitions: []workflow.PetitionRow{{Kind: workflow.ComplaintPetition,
			By: workflow.Parties("county_bees")}},
		Brief: func(c workflow.Case, _ workflow.County) []workflow.Line {
			return []workflow.Line{{Label: "养蜂户", Value: c.Householder}}
		},
		Stages: []workflow.Stage{
			{State: asked, By: glossary.Applicant, Untimed: "未提交", Actions: []workflow.Action{
				{Do: glossary.Submit, Title: "提交", To: workflow.To(looking), MainLine: true,
					Rule: "R28", Under: law.Licensing.Art("32"), Marks: []glossary.Mark{glossary.Received},
					Tells: workflow.Parties(beekeeper)}}},
			{State: looking, By: beekeeper, Within: workflow.Count(law.L05).Since(glossary.Received), Late: late,
				Records: []workflow.RecordRow{{Kind: hivesSeen, By: workflow.Parties(beekeeper), Data: hiveVisit{},
					Rule: "R49", Under: law.Licensing.Art("34")}},
				Actions: []workflow.Action{
					{Do: glossary.Approve, Title: "准予养蜂", To: workflow.To(allowed), Signed: true, MainLine: true,
						Rule: "R51", Under: law.Licensing.Art("38"), Needs: agreed,
						Effects: []workflow.Effect{counts}, Issues: []workflow.IssueRow{{Doc: beeLeave, By: beekeeper,
							Served: workflow.OnFile, Valid: year}},
						Tells: workflow.Parties(beekeeper)},
					{Do: glossary.Deny, Title: "不予准许", To: workflow.To(turnedDown), Signed: true, Reason: true,
						Rule: "R54", Under: law.Licensing.Art("38"),
						Tells: workflow.Parties(glossary.Applicant)}}},
			{State: allowed, By: beekeeper, Untimed: "待归档", Actions: []workflow.Action{
				{Do: glossary.Archive, Title: "归档", To: workflow.To(kept), MainLine: true,
					Rule: "R111", Under: law.County2021.Art("六1"), Tells: workflow.Parties(glossary.Applicant)}}},
			{State: kept, Ends: workflow.Granted}, {State: turnedDown, Ends: workflow.Denied}}}
}

// memory keeps one case the way a store does.
type memory struct {
	casework.Store
	c     workflow.Case
	actor workflow.Actor
	lines []workflow.Entry
}

func (m *memory) write(out workflow.Outcome, err error) (workflow.Case, error) {
	if err != nil {
		return workflow.Case{}, err
	}
	before := m.c.Deadlines
	m.c = out.Case
	m.c.Deadlines = nil
	for _, d := range before {
		if slices.Contains(out.Close, d.ID) {
			d.ClosedAt = &out.Entry.At
		}
		m.c.Deadlines = append(m.c.Deadlines, d)
	}
	for i, d := range out.Start {
		d.ID = workflow.DeadlineID(len(before) + i + 1)
		m.c.Deadlines = append(m.c.Deadlines, d)
	}
	m.c.File.Documents = append(m.c.File.Documents, out.Issue...)
	if out.Record != nil {
		m.c.File.Records = append(m.c.File.Records, *out.Record)
	}
	m.c.Step++
	m.lines = append(m.lines, out.Entry)
	return m.c, nil
}

func (m *memory) Create(_ context.Context, _ workflow.OfficerID, _ workflow.HouseholdID, _ string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return m.write(judge(workflow.Case{ID: 1, Householder: "王建国", Division: "140824100214"}, m.actor))
}

func (m *memory) Update(_ context.Context, _ workflow.CaseID, _ workflow.OfficerID, _ string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return m.write(judge(m.c, m.actor))
}

func (m *memory) Read(context.Context, workflow.CaseID, workflow.OfficerID) (workflow.Case, workflow.Actor, error) {
	return m.c, m.actor, nil
}

// A matter of another subject, with its own form, record, paper and office, goes from opening to archive through the
// engine without a line outside its own file.
func TestTrialMatterGoesFromOpeningToArchive(t *testing.T) {
	ch := beeChain()
	for _, err := range table.Check(ch) {
		if !strings.Contains(err.Error(), "has no Chinese name") && !strings.Contains(err.Error(), "which has no name") {
			t.Error(err) // its words stand in no glossary; all else is sound
		}
	}
	cal, err := calendar.New(1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	m := &memory{actor: workflow.Actor{Officer: 1, Name: "蜂办", Role: glossary.CountyHead, Office: 1, Kind: beekeeper}}
	svc := casework.NewService(m, workflow.Chains{ch}, func() workflow.County { return workflow.County{Calendar: cal} },
		func() time.Time { return now })
	ctx := context.Background()
	c, err := svc.Open(ctx, 1, workflow.Opening{Chain: "bees", Household: 1,
		Application: workflow.Typed(beeApplication{Hives: 12})})
	if err != nil {
		t.Fatal(err)
	}
	m.c.EnteredBy = 2 // another officer typed it in
	move := func(v glossary.Verb) error {
		now = now.Add(time.Minute)
		_, err := svc.Move(ctx, c.ID, 1, "", workflow.Move{Do: v, Seen: m.c.Seen})
		return err
	}
	if err := move(glossary.Submit); err != nil {
		t.Fatal(err)
	}
	if d, ok := m.c.LiveDeadline(law.L05.ID); !ok || d.StartedOn != calendar.DayOf(now) {
		t.Errorf("its limit %+v, %v", d, ok)
	}
	var refused *workflow.Refusal
	if err := move(glossary.Approve); !errors.As(err, &refused) || len(refused.Blocked) != 1 ||
		refused.Blocked[0].Condition != "hives_agree" {
		t.Errorf("approved unseen: %v", err)
	}
	if _, err := svc.Record(ctx, c.ID, 1, "", workflow.Recording{Kind: hivesSeen,
		Data: workflow.Typed(hiveVisit{Found: 12})}); err != nil {
		t.Fatal(err)
	}
	if err := move(glossary.Approve); err != nil {
		t.Fatal(err)
	}
	doc, ok := m.c.Document(beeLeave)
	if !ok || doc.Authority != beekeeper || doc.ValidTo != calendar.DayOf(now).AddMonths(12) ||
		m.c.File.Members != 12 {
		t.Errorf("issued %+v, effect %d", doc, m.c.File.Members)
	}
	if err := move(glossary.Archive); err != nil || m.c.Outcome != workflow.Granted {
		t.Fatalf("archived as %q: %v", m.c.Outcome, err)
	}
	v, err := svc.View(ctx, c.ID, 1)
	if err != nil || v.Stage.State != kept || len(v.Chain.Brief(v.Case, workflow.County{})) != 1 {
		t.Errorf("shown as %+v, %v", v.Stage, err)
	}
	for _, want := range []string{"记核定蜂箱数", "（beekeeping_office，一年）", "R49 hives_agree"} {
		if !strings.Contains(table.Table(ch), want) {
			t.Errorf("the table does not show %s:\n%s", want, table.Table(ch))
		}
	}
	if len(m.lines) != 5 || m.lines[4].Verb != string(glossary.Archive) || !json.Valid(m.lines[2].Data) {
		t.Errorf("history %+v", m.lines)
	}
}
