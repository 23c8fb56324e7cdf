package models_test

import (
	"testing"

	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// A promise that the county saves moves the promised days that run, also of a clock that stands, by as many days as it
// promises more or fewer; statutory days never move, a first promise begins with new clocks, and one taken back ends.
func TestASavedPromiseMovesPromisedDaysAlone(t *testing.T) {
	onEach(t, func(t *testing.T, c *county) {
		c.svc = casework.NewService(c.store, chains.Published(), func() workflow.County { return c.set() }, c.clock.Now)
		c.walker.Service = c.svc
		save := func(days int) {
			p := c.set().Parameters
			p.Promises = map[law.LimitID]int{law.L06.ID: days}
			act := org.Act{By: org.Administrator{Officer: c.officer("admin")}, What: "修改县级参数", Subject: "x"}
			if err := c.store.SaveParameters(c.ctx(), p, act); err != nil {
				t.Fatal(err)
			}
		}
		recounted := func(id workflow.CaseID) (statutory, promised workflow.Deadline) {
			if failed, err := c.svc.RecountMany(c.ctx(), []workflow.CaseID{id}); err != nil {
				t.Fatal(failed, err)
			}
			k := c.view(id).Case
			statutory, _ = k.LiveDeadline(law.L06.ID)
			promised, _ = k.Promise(statutory)
			return statutory, promised
		}
		first := c.walk(c.open("planning_permit").ID, glossary.JointReview).ID
		save(10)
		id := c.walk(c.open("homestead").ID, glossary.JointReview).ID
		statutory, promised := recounted(id)
		due := func(d workflow.Deadline, n int) calendar.Day {
			on, err := c.set().Calendar.Due(calendar.Count{From: d.StartedOn, Limit: law.L06.Limit, Extend: n - law.L06.N})
			if err != nil {
				t.Fatal(err)
			}
			return on.DueOn
		}
		if promised.DueOn != due(promised, 10) || statutory.DueOn != due(statutory, law.L06.N) {
			t.Fatalf("statutory %s, promised %s", statutory.DueOn, promised.DueOn)
		}
		if _, none := recounted(first); none.ID != 0 {
			t.Errorf("a first promise reached a clock that ran: %+v", none)
		}
		save(12)
		s, p := recounted(id)
		if s.DueOn != statutory.DueOn || p.DueOn != due(promised, 12) {
			t.Errorf("12 days promised: statutory %s, promised %s, want %s, %s", s.DueOn, p.DueOn, statutory.DueOn, due(promised, 12))
		}

		write := func(by glossary.Party, kind glossary.RecordKind, data any) {
			t.Helper()
			if _, err := c.svc.Record(c.ctx(), id, c.people[by], "", workflow.Recording{Kind: kind, Data: workflow.Typed(data)}); err != nil {
				t.Fatal(err)
			}
		}
		write(glossary.TownshipGovernment, glossary.PauseKind, forms.PauseNotice{Ground: string(workflow.ByAppraisal), Days: 60,
			Evidence: "委托书"})
		notice, _ := c.view(id).Case.Document(glossary.SpecialProcedureDoc)
		write(glossary.ServiceCenter, glossary.ServiceKind, forms.ServiceRecord{Papers: []string{notice.Number}, Method: "direct",
			Recipient: "王建国"})
		c.reach(c.clock.Now().AddDate(0, 2, 0)) // the day that was promised is long past, and the clock stands
		save(10)
		write(glossary.TownshipGovernment, glossary.ResumeKind, forms.ResumeNotice{Evidence: "鉴定报告"})
		if s, p = recounted(id); p.Extend != 10-law.L06.N || s.Extend != 0 {
			t.Errorf("promised again while the clock stood: statutory %+d, promised %+d days", s.Extend, p.Extend)
		}
		save(law.L06.N)
		if s, p = recounted(id); p.ID != 0 || s.ID == 0 {
			t.Errorf("the promise was taken back: %+v beside %+v", p, s)
		}
	})
}
