package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

func TestWhatWasGivenUpIsRedrivenAndResolved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := c.walk(c.open("homestead").ID, glossary.VillageReview)
		i := slices.IndexFunc(now.Deadlines, func(d workflow.Deadline) bool { return d.Limit == "L04" && d.Live() })
		d := now.Deadlines[i]
		rung := fmt.Sprintf(`{"case":%d,"deadline":%d,"generation":%d,"rung":"%s","at":"2026-03-01T00:00:00Z"}`, now.ID, d.ID,
			d.Run, d.Next)
		jobs := map[string]string{"rung": rung, "notify": fmt.Sprintf(`{"outbox":1,"case":%d}`, now.ID),
			"clear": `{"breach":77}`, "recount": fmt.Sprintf(`{"case":%d}`, now.ID),
			"other": `{}`}
		for range 2 {
			for _, task := range []string{"clear", "notify", "other", "recount", "rung"} {
				if err := c.store.FailedJob(c.ctx(), task, []byte(jobs[task]), errors.New("why"), now.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, total, err := c.store.FailedJobs(c.ctx(), true, 1, 20)
		if err != nil || total != 5 || list[0].Task != "rung" || list[0].Tries != 2 || list[0].Number != now.Number ||
			list[0].Error != "why" || string(list[0].Payload) != rung {
			t.Fatalf("%d, %v: %+v", total, err, list)
		}
		act := org.Act{By: org.Administrator{Officer: c.officer("admin")}, What: "重新执行"}
		job, err := c.store.Redrive(c.ctx(), list[0].ID, act)
		if err != nil || job.RedrivenBy != "秦守义" || !job.RedrivenAt.Equal(c.clock.Now()) {
			t.Errorf("%+v, %v", job, err)
		}
		if again, err := c.store.Redriven(c.ctx()); err != nil || len(again) != 1 || again[0].ID != job.ID {
			t.Errorf("%+v, %v", again, err)
		}
		// no such entry of the register, no older calendar; the others are owed, or nobody can tell
		if n, err := c.store.ResolveFailed(c.ctx()); n != 2 || err != nil {
			t.Errorf("%d resolved, %v", n, err)
		}
		c.reach(d.NextAt)
		c.deliverAll()
		if n, err := c.store.ResolveFailed(c.ctx()); n != 2 || err != nil {
			t.Errorf("%d resolved, %v; want the rung and the notice", n, err)
		}
		if list, total, err = c.store.FailedJobs(c.ctx(), true, 1, 20); err != nil || total != 1 || list[0].Task != "other" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, total, err = c.store.FailedJobs(c.ctx(), false, 1, 2); err != nil || total != 5 {
			t.Errorf("%d in all, %v", total, err)
		}
		if _, err := c.store.Redrive(c.ctx(), job.ID, act); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("one that is resolved: %v", err)
		}
		if b, err := c.store.Backlog(c.ctx(), c.clock.Now()); err != nil || b.FailedJobs != 1 {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestTheUnmannedAuthorityIsNamedBeforeACaseIsStuck(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := c.walk(c.open("homestead").ID, glossary.GroupOpinion) // next is the village
		today := calendar.DayOf(c.clock.Now())
		unmanned := func(what string, want ...glossary.Party) []notices.Unmanned {
			t.Helper()
			list, err := c.store.Unmanned(c.ctx(), today)
			if err != nil {
				t.Fatal(err)
			}
			var got []glossary.Party
			for _, u := range list {
				got = append(got, u.Kind)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %+v, want %v", what, list, want)
			}
			return list
		}
		unmanned("everybody at work")
		id, err := c.store.SetLeave(c.ctx(), org.Leave{Officer: c.people[glossary.VillageOrganization], From: today,
			To: today + 3}, org.Act{})
		if err != nil {
			t.Fatal(err)
		}
		u := unmanned("the head on leave, nobody for him", glossary.VillageOrganization)
		if len(u) == 1 && (u[0].Cases != 0 || u[0].Coming != 1 || u[0].Number != now.Number ||
			u[0].Division != "140824100214" || u[0].Name == "" || u[0].Head) {
			t.Errorf("%+v", u)
		}
		deputy := c.colleague("deputy", glossary.VillageOrganization, "140824100214", glossary.VillageClerk)
		if u = unmanned("a deputy who may not sign", glossary.VillageOrganization); len(u) == 1 && !u[0].Head {
			t.Errorf("%+v", u)
		}
		if err := c.store.EndLeave(c.ctx(), id, today, org.Act{}); err != nil {
			t.Fatal(err)
		}
		unmanned("back")
		if _, err := c.store.SetLeave(c.ctx(), org.Leave{Officer: deputy, From: today, To: today}, org.Act{}); err != nil {
			t.Fatal(err)
		}
		unmanned("the deputy on leave")
		if err := c.store.DisableOfficer(c.ctx(), org.Administrator{Command: "root"}, "group"); err != nil {
			t.Fatal(err)
		}
		if u = unmanned("the group's account is closed", glossary.GroupCollective); len(u) == 1 &&
			(u[0].Cases != 1 || u[0].Coming != 0) {
			t.Errorf("%+v", u)
		}
	})
}

func TestAnAlarmIsOpenAsLongAsItsCauseLasts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		set := func(wantOpened, wantClosed int, subjects ...string) {
			t.Helper()
			var list []notices.Alarm
			for _, s := range subjects {
				list = append(list, notices.Alarm{Subject: s, Text: s + " " + c.clock.Now().String()})
			}
			opened, closed, err := c.store.SetAlarms(c.ctx(), "unmanned", list)
			if err != nil || opened != wantOpened || closed != wantClosed {
				t.Errorf("%v: %d opened, %d closed, %v", subjects, opened, closed, err)
			}
			all, err := c.store.Alarms(c.ctx())
			if err != nil || len(all) != len(subjects)+1 {
				t.Errorf("%+v, %v", all, err)
			}
			for _, a := range all {
				if a.Kind == "unmanned" && !strings.HasSuffix(a.Text, c.clock.Now().String()) {
					t.Errorf("%+v", a)
				}
			}
		}
		if _, _, err := c.store.SetAlarms(c.ctx(), "outbox", []notices.Alarm{{Text: "x"}}); err != nil {
			t.Fatal(err)
		}
		set(2, 0, "a", "b")
		set(0, 0, "b", "a")
		_ = c.clock.Set(c.clock.Now().Add(1))
		set(1, 1, "b", "c")
		set(0, 2)
		set(1, 0, "a")
		if n := c.count("alarms", "subject = 'a' AND kind = 'unmanned'"); n != 2 {
			t.Errorf("%d alarms of a", n)
		}
		errs := atOnce(8, func(int) error {
			_, _, err := c.store.SetAlarms(c.ctx(), "people", []notices.Alarm{{Subject: "x", Text: "y"}})
			return err
		})
		if err := errors.Join(errs...); err != nil || c.count("alarms", "kind = 'people'") != 1 {
			t.Errorf("%d alarms of one cause, %v", c.count("alarms", "kind = 'people'"), err)
		}
	})
}
