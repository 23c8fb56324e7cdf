package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/cases"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// red walks cases to the village's review and lets its limit pass; the rungs that are due then are given back.
func (c *county) red(n int) ([]workflow.CaseID, []workflow.Turn) {
	c.t.Helper()
	var ids []workflow.CaseID
	var last time.Time
	for range n {
		done := c.walk(c.open("planning_permit").ID, glossary.VillageReview)
		ids = append(ids, done.ID)
		for _, d := range done.Deadlines {
			if d.Live() && d.DueBefore.After(last) {
				last = d.DueBefore
			}
		}
	}
	_ = c.clock.Set(last.Add(-time.Second))
	c.fire()
	_ = c.clock.Set(last)
	return ids, c.due()
}

func (c *county) due() []workflow.Turn {
	c.t.Helper()
	due, err := c.store.DueRungs(c.ctx(), c.clock.Now(), 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	turns := make([]workflow.Turn, len(due))
	for i, d := range due {
		turns[i] = workflow.Turn{Case: d.Case, Deadline: d.Deadline, Run: d.Generation, Rung: d.Rung}
	}
	return turns
}

// fire takes everything that is due, in bulk.
func (c *county) fire() {
	c.t.Helper()
	for range 50 {
		turns := c.due()
		if len(turns) == 0 {
			return
		}
		errs, err := c.svc.EscalateMany(c.ctx(), turns)
		if err != nil {
			c.t.Fatal(err)
		}
		for i, err := range errs {
			if errors.Is(err, workflow.ErrNotBatchable) {
				err = c.svc.Escalate(c.ctx(), turns[i].Case, turns[i].Deadline, turns[i].Run, turns[i].Rung)
			}
			if err != nil && !errors.Is(err, workflow.ErrBusy) {
				c.t.Fatal(err)
			}
		}
	}
	c.t.Fatal("something is due for ever")
}

func TestManyRungsInOneTransaction(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		ids, turns := c.red(6)
		if len(turns) != len(ids) {
			t.Fatalf("%d rungs are due for %d cases", len(turns), len(ids))
		}
		before := map[string]int{}
		tables := []string{"history", "rungs_fired", "outbox", "breaches", "notices"}
		for _, table := range tables {
			before[table] = c.count(table, "")
		}
		errs, err := c.svc.EscalateMany(t.Context(), turns)
		if err != nil || !slices.Equal(errs, make([]error, len(turns))) {
			t.Fatalf("%v, %v", errs, err)
		}
		for _, table := range tables[:4] {
			if n := c.count(table, "") - before[table]; n != len(ids) {
				t.Errorf("%d new rows in %s for %d rungs", n, table, len(ids))
			}
		}
		if n := c.count("notices", "") - before["notices"]; n != 3*len(ids) { // the village, the township, who acts next
			t.Errorf("%d notices", n)
		}
		if n := c.count("deadlines", "red"); n != len(ids) {
			t.Errorf("%d deadlines are red", n)
		}
		if n := c.count("breaches", "office_id = (SELECT id FROM offices WHERE kind = 'village_organization' AND division = '140824100214') AND officer_id = "+
			fmt.Sprint(c.officer("village"))); n != len(ids) {
			t.Errorf("%d breaches of the village and its head", n)
		}
		errs, err = c.svc.EscalateMany(t.Context(), turns)
		for _, e := range errs {
			if !errors.Is(e, workflow.ErrNothingDue) {
				t.Errorf("a second time: %v, %v", e, err)
			}
		}
		c.verified()
		for _, id := range ids { // and the cases go on
			c.walk(id, glossary.TownshipIntake)
		}
		c.verified()
		if n := c.count("breaches", "met_at IS NOT NULL"); n != len(ids) {
			t.Errorf("%d breaches were met", n)
		}
	})
}

// the is the live deadline of the stage that a case lies in.
func the(c workflow.Case) workflow.Deadline {
	for _, d := range c.Deadlines {
		if d.Live() && d.Stage == c.State {
			return d
		}
	}
	return workflow.Deadline{}
}

// A thousand times two workers take the same rung at the same moment, one of them among many.
func TestTwoWorkersOneEffect(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		pairs := 1000
		if testing.Short() {
			pairs = 100
		}
		ids := []workflow.CaseID{c.walk(c.open("planning_permit").ID, glossary.VillageReview).ID, c.walk(c.open("planning_permit").ID, glossary.VillageReview).ID}
		c.exec("UPDATE deadlines SET next = 'r0' WHERE closed_at IS NULL")
		rung := func(i int) workflow.RungName { return workflow.RungName(fmt.Sprintf("r%d", i)) }
		judge := func(i int) func(workflow.Case) (workflow.Outcome, error) {
			return func(x workflow.Case) (workflow.Outcome, error) {
				d := the(x)
				if d.Next != rung(i) {
					return workflow.Outcome{}, workflow.ErrNothingDue
				}
				d.Next = rung(i + 1)
				return workflow.Outcome{Case: x, Entry: workflow.Entry{At: c.clock.Now(), By: workflow.BySystem, Verb: "rung", From: x.State, To: x.State, Rung: rung(i)},
					Advance: []workflow.Deadline{d}, Message: &workflow.Message{Topic: "rung"},
					Fired: &workflow.Fired{Deadline: d.ID, Run: d.Run, Rung: rung(i), Tell: []glossary.Party{glossary.TownshipGovernment}}}, nil
			}
		}
		tables := []string{"history", "rungs_fired", "outbox", "notices"}
		before := map[string]int{}
		for _, table := range tables {
			before[table] = c.count(table, "")
		}
		turns := make([]int, len(ids)) // how far each is
		for i := range pairs {
			x := i % len(ids)
			errs := atOnce(2, func(worker int) error {
				if worker == 0 {
					failed, err := c.store.UpdateMany(t.Context(), ids[x:x+1], judge(turns[x]))
					return errors.Join(err, failed[ids[x]])
				}
				_, err := c.store.Update(t.Context(), ids[x], 0, "", func(k workflow.Case, _ workflow.Actor) (workflow.Outcome, error) { return judge(turns[x])(k) })
				return err
			})
			took := 0
			for _, err := range errs {
				switch {
				case err == nil:
					took++
				case !errors.Is(err, workflow.ErrNothingDue) && !errors.Is(err, workflow.ErrBusy):
					t.Fatal(err)
				}
			}
			if took != 1 {
				t.Fatalf("pair %d: %d of two workers took the rung: %v", i, took, errs)
			}
			turns[x]++
		}
		for _, table := range tables {
			if n := c.count(table, "") - before[table]; n != pairs {
				t.Errorf("%d new rows in %s for %d rungs", n, table, pairs)
			}
		}
		c.verified()
	})
}

func TestManyWorkersOnTheSameRungs(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		_, turns := c.red(5)
		lines := c.count("history", "")
		errs := atOnce(12, func(i int) error {
			if i%2 == 0 {
				_, err := c.svc.EscalateMany(t.Context(), turns)
				return err
			}
			x := turns[i%len(turns)]
			err := c.svc.Escalate(t.Context(), x.Case, x.Deadline, x.Run, x.Rung)
			if errors.Is(err, workflow.ErrNothingDue) || errors.Is(err, workflow.ErrBusy) {
				return nil
			}
			return err
		})
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		c.fire()
		if n := c.count("history", "") - lines; n != len(turns) {
			t.Errorf("%d lines for %d rungs", n, len(turns))
		}
		if n := c.count("breaches", ""); n != len(turns) {
			t.Errorf("%d breaches", n)
		}
		c.verified()
	})
}

// What one case of a batch cannot have costs the others nothing, and those that go get one line each.
func TestOneBatchOneLineEach(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		var ids []workflow.CaseID
		for range 8 {
			ids = append(ids, c.walk(c.open("planning_permit").ID, glossary.VillageReview).ID)
		}
		const goes, quiet, fails, moves, stopped, fired, nowhere, held = 0, 1, 2, 3, 4, 5, 6, 7
		wrong := errors.New("a poisoned case")
		x := the(c.view(ids[fired]).Case)
		c.exec("INSERT INTO rungs_fired(deadline_id, generation, rung, at) SELECT %d, %d, 'r', at FROM history LIMIT 1", x.ID, x.Run)
		if c.db.Dialect() == "postgres" {
			tx, err := c.db.Pool().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			if _, err := tx.ExecContext(t.Context(), "SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", int64(ids[held])); err != nil {
				t.Fatal(err)
			}
		}
		rows := func() map[string]string {
			found := map[string]string{}
			for i, id := range ids {
				for _, table := range []string{"history", "rungs_fired f JOIN deadlines d ON d.id = f.deadline_id", "outbox", "notices", "breaches"} {
					if n := c.count(table, fmt.Sprintf("case_id = %d", id)); n > 0 {
						found[fmt.Sprint(i, " ", table)] = fmt.Sprint(n)
					}
				}
				v := c.view(id).Case
				found[fmt.Sprint(i, " case")] = fmt.Sprint(v.Step, v.Head, the(v))
			}
			return found
		}
		before := rows()
		failed, err := c.store.UpdateMany(t.Context(), append(slices.Clone(ids), 999_999), func(x workflow.Case) (workflow.Outcome, error) {
			d := the(x)
			d.Red, d.Calendar = true, d.Calendar+1
			out := workflow.Outcome{Case: x, Entry: workflow.Entry{At: c.clock.Now(), By: workflow.BySystem, Verb: "rung", From: x.State, To: x.State, Rung: "r"},
				Advance: []workflow.Deadline{d}, Message: &workflow.Message{Topic: "rung"},
				Fired: &workflow.Fired{Deadline: d.ID, Run: d.Run, Rung: "r", Tell: []glossary.Party{glossary.TownshipGovernment, glossary.TownshipGovernment}},
				Breach: &workflow.Breach{Kind: workflow.Statutory, Case: x.ID, Deadline: d.ID, Run: d.Run, Party: glossary.VillageOrganization, DueBefore: d.DueBefore, OpenedAt: c.clock.Now(),
					ExplainBy: c.clock.Now()}}
			switch x.ID {
			case ids[quiet]:
				d.Red = false
				return workflow.Outcome{Case: x, Advance: []workflow.Deadline{d}, NoHistory: true}, nil
			case ids[fails]:
				return out, wrong
			case ids[moves]:
				out.Moved = true
			case ids[stopped]:
				out.Advance[0].Extend = 5
			case ids[nowhere]:
				out.Breach.Party = "ministry"
			}
			return out, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := map[int]error{goes: nil, quiet: nil, fails: wrong, fired: workflow.ErrNothingDue}
		if c.db.Dialect() == "postgres" {
			want[held] = workflow.ErrBusy
		}
		for i, e := range want {
			if !errors.Is(failed[ids[i]], e) {
				t.Errorf("case %d: %v, want %v", i, failed[ids[i]], e)
			}
		}
		for _, i := range []int{moves, stopped, nowhere} {
			if failed[ids[i]] == nil {
				t.Errorf("case %d was written", i)
			}
		}
		if !errors.Is(failed[999_999], workflow.ErrBusy) {
			t.Errorf("a case that is not there: %v", failed[999_999])
		}
		after := rows()
		for i, id := range ids {
			for k, n := range after {
				if strings.HasPrefix(k, fmt.Sprint(i, " ")) && i != goes && i != quiet && i != held && n != before[k] {
					t.Errorf("%s: %s, was %s", k, n, before[k])
				}
			}
			v := c.view(id).Case
			switch i {
			case goes:
				if !the(v).Red || c.count("breaches", fmt.Sprintf("case_id = %d AND officer_id = %d", id, c.officer("village"))) != 1 ||
					c.count("history", fmt.Sprintf("case_id = %d AND rung = 'r'", id)) != 1 || c.count("notices", fmt.Sprintf("case_id = %d AND rung = 'r'", id)) != 1 {
					t.Errorf("it is not written: %+v", v)
				}
			case quiet:
				if after[fmt.Sprint(i, " history")] != before[fmt.Sprint(i, " history")] || the(v).Calendar != 2 {
					t.Errorf("a quiet outcome: %+v", the(v))
				}
			}
		}
		c.verified()
	})
}

func TestBreachFromRedToCleared(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		ids, _ := c.red(1)
		c.fire()
		auditor, village := c.officer("auditor"), c.officer("village")
		list, total, err := c.store.Breaches(t.Context(), auditor, cases.BreachQuery{Status: workflow.BreachOpen})
		if err != nil || total != 1 || len(list) != 1 {
			t.Fatalf("%d breaches, %v", total, err)
		}
		b := list[0]
		if b.Case != ids[0] || b.Number == "" || b.OfficeName == "" || b.OfficerName == "" || b.Rule != "R40" || b.Under.String() != "三4" || b.Stage != glossary.VillageReview {
			t.Errorf("%+v", b)
		}
		if _, err := c.store.Breach(t.Context(), c.officer("village2"), b.ID); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another township sees it: %v", err)
		}
		if _, err := c.svc.Explain(t.Context(), b.ID, c.officer("village3"), "k0", workflow.Explanation{Text: "x"}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another village explains it: %v", err)
		}
		if _, err := c.svc.Explain(t.Context(), b.ID, village, "k1", workflow.Explanation{Text: "连续降雨", MoveBy: calendar.DayOf(c.clock.Now()) + 2}); err != nil {
			t.Fatal(err)
		}
		var again *workflow.Replayed
		if _, err := c.svc.Explain(t.Context(), b.ID, village, "k1", workflow.Explanation{Text: "连续降雨"}); !errors.As(err, &again) {
			t.Errorf("the same key a second time: %v", err)
		}
		if _, err := c.svc.Rule(t.Context(), b.ID, auditor, "k2", workflow.Ruling{Verdict: workflow.Excused, Ground: "气象证明"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.svc.Explain(t.Context(), b.ID, village, "k3", workflow.Explanation{Text: "再说一次"}); !errors.Is(err, workflow.ErrNotOpen) {
			t.Errorf("explained after the ruling: %v", err)
		}
		if ids, err := c.store.Clearable(t.Context(), 10); err != nil || len(ids) != 0 {
			t.Errorf("clearable before the case moved: %v, %v", ids, err)
		}
		c.walk(ids[0], glossary.TownshipIntake)
		clear, err := c.store.Clearable(t.Context(), 10)
		if err != nil || !slices.Equal(clear, []workflow.BreachID{b.ID}) {
			t.Fatalf("clearable %v, %v", clear, err)
		}
		if err := c.svc.Clear(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
		if err := c.svc.Clear(t.Context(), b.ID); !errors.Is(err, workflow.ErrNothingDue) {
			t.Errorf("cleared twice: %v", err)
		}
		got, err := c.store.Breach(t.Context(), auditor, b.ID)
		if err != nil || got.Status() != workflow.BreachClosed || got.Explained.Text != "连续降雨" || got.Explained.MoveBy == 0 || got.Ruled.Verdict != workflow.Excused || got.MetAt == nil {
			t.Errorf("%+v, %v", got, err)
		}
		seen := 0
		if err := c.store.EachBreach(t.Context(), 0, cases.BreachQuery{Township: "140824100000"}, func(cases.BreachLine) error { seen++; return nil }); err != nil || seen != 1 {
			t.Errorf("%d exported, %v", seen, err)
		}
		if n := c.count("rungs_fired", "rung = 'zero'"); n != 1 {
			t.Errorf("%d rungs zero", n)
		}
		c.verified()
	})
}

func TestScopeOfTheRegister(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		ids, _ := c.red(2)
		c.fire()
		all, _, err := c.store.Breaches(t.Context(), 0, cases.BreachQuery{Case: ids[0]})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d breaches of one case, %v", len(all), err)
		}
		id := all[0].ID
		for login, want := range map[string]int{"auditor": 2, "township": 2, "village": 2, "group": 2, "village3": 0, "township2": 0, "counter2": 0} {
			if _, n, err := c.store.Breaches(t.Context(), c.officer(login), cases.BreachQuery{}); err != nil || n != want {
				t.Errorf("%s sees %d breaches, %v; want %d", login, n, err, want)
			}
			// who sees the list sees its entries, the export and the deadlines, and nobody else does
			each, clocks := 0, 0
			if err := c.store.EachBreach(t.Context(), c.officer(login), cases.BreachQuery{}, func(cases.BreachLine) error { each++; return nil }); err != nil || each != want {
				t.Errorf("%s exports %d breaches, %v; want %d", login, each, err, want)
			}
			if err := c.store.EachDeadline(t.Context(), c.officer(login), 0, calendar.Date(2099, 1, 1), "L04", func(cases.DeadlineLine) error { clocks++; return nil }); err != nil || clocks != want {
				t.Errorf("%s sees %d deadlines, %v; want %d", login, clocks, err, want)
			}
			one, err := c.store.Breach(t.Context(), c.officer(login), id)
			_, _, stays := c.store.Read(t.Context(), ids[0], c.officer(login))
			if want > 0 && (err != nil || one.Number == "" || stays != nil) || want == 0 && (!errors.Is(err, workflow.ErrNotFound) || !errors.Is(stays, workflow.ErrNotFound)) {
				t.Errorf("%s sees %+v, %v, %v", login, one, err, stays)
			}
		}
		if list, n, err := c.store.Breaches(t.Context(), 0, cases.BreachQuery{Page: 2, PerPage: 1}); err != nil || n != 2 || len(list) != 1 {
			t.Errorf("the program itself sees %d of %d, %v", len(list), n, err)
		}
		if _, _, err := c.store.Breaches(t.Context(), c.officer("admin"), cases.BreachQuery{}); !errors.Is(err, org.ErrNoScope) {
			t.Errorf("the administrator of the system: %v", err)
		}
		q := statistics.SummaryQuery{From: calendar.Date(2025, 1, 1), To: calendar.Date(2027, 1, 1)}
		count := func(login string) (n int, err error) {
			rows, err := c.store.Summary(t.Context(), c.officer(login), q)
			for _, r := range rows {
				n += r.Count
			}
			return n, err
		}
		if n, err := count("auditor"); err != nil || n != 2 {
			t.Errorf("the auditor counts %d, %v", n, err)
		}
		if n, err := count("township2"); err != nil || n != 0 {
			t.Errorf("another township counts %d, %v", n, err)
		}
		for _, login := range []string{"village", "group"} {
			if _, err := count(login); !errors.Is(err, workflow.ErrWrongParty) {
				t.Errorf("%s: %v", login, err)
			}
			if _, _, err := c.store.StagesBehind(t.Context(), c.officer(login), q, "", 1, 20); !errors.Is(err, workflow.ErrWrongParty) {
				t.Errorf("%s: %v", login, err)
			}
		}
		for login, want := range map[string]int{"auditor": 2, "township": 2, "township2": 0} {
			if lines, n, err := c.store.StagesBehind(t.Context(), c.officer(login), q, "", 1, 20); err != nil || n != want || len(lines) != want {
				t.Errorf("%s looks behind %d stages, %v; want %d", login, n, err, want)
			}
		}
		q.Township = "140824100000"
		if n, err := count("township2"); err != nil || n != 0 {
			t.Errorf("another township asks for this one: %d, %v", n, err)
		}
	})
}

func TestStopIsKeptAndNothingFiresMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.JointReview).ID
		for _, k := range []glossary.RecordKind{glossary.PauseKind, glossary.ServiceKind} {
			if _, err := c.walker.Write(t.Context(), id, k); err != nil {
				t.Fatal(err)
			}
		}
		if n := c.count("deadlines", "paused AND closed_at IS NULL AND next_at IS NULL"); n != 2 {
			t.Errorf("%d deadlines stand, want L06 and L08", n)
		}
		if n := c.count("suspensions", "resulted_on IS NULL"); n != 1 {
			t.Errorf("%d open entries in the ledger", n)
		}
		lines := c.count("history", "")
		c.reach(c.clock.Now().AddDate(0, 2, 0))
		if n := c.count("history", "") - lines; n != 0 {
			t.Errorf("%d lines while the clock stood", n)
		}
		if _, n, err := c.store.Cases(t.Context(), c.people[glossary.TownshipGovernment], cases.CaseQuery{Light: "grey"}); err != nil || n != 1 {
			t.Errorf("%d grey cases, %v", n, err)
		}
		if _, err := c.walker.Write(t.Context(), id, glossary.ResumeKind); err != nil {
			t.Fatal(err)
		}
		if n := c.count("suspensions", "resulted_on IS NOT NULL"); n != 1 {
			t.Errorf("%d ended entries in the ledger", n)
		}
		v := c.view(id)
		if v.Own == nil || v.Own.Deadline.Paused || len(v.Own.Deadline.Pauses) != 1 || v.Light != workflow.Green {
			t.Errorf("%+v, %s", v.Own, v.Light)
		}
		c.walk(id, glossary.Archived)
		c.verified()
	})
}

func TestOfficerInChargeIsOfTheOffice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("planning_permit").ID, glossary.VillageReview).ID
		village := c.officer("village")
		assign := func(login string) error {
			_, err := c.svc.Record(t.Context(), id, village, login+"!", workflow.Recording{Kind: glossary.ReassignKind, Data: workflow.Typed(forms.Reassignment{Login: login, Reason: "分工"})})
			return err
		}
		var wrong *workflow.Invalid
		if err := assign("village3"); !errors.As(err, &wrong) {
			t.Errorf("an officer of another village took charge: %v", err)
		}
		clerk, err := c.store.AddOfficer(t.Context(), org.NewOfficer{Login: "clerk9", Name: "马小兵", Role: "village_clerk", Kind: glossary.VillageOrganization,
			Division: "140824100214", Hash: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign("clerk9"); err != nil {
			t.Fatal(err)
		}
		// another office that is late answers by its own head
		other := func(x workflow.Case) (workflow.Outcome, error) {
			return workflow.Outcome{Case: x, Entry: workflow.Entry{At: c.clock.Now(), By: workflow.BySystem, Verb: "x", From: x.State, To: x.State},
				Breach: &workflow.Breach{Kind: workflow.Statutory, Case: x.ID, Deadline: workflow.DeadlineID(x.Step), Run: 9, Party: glossary.TownshipGovernment, DueBefore: c.clock.Now(),
					OpenedAt: c.clock.Now(), ExplainBy: c.clock.Now()}}, nil
		}
		if failed, err := c.store.UpdateMany(t.Context(), []workflow.CaseID{id}, other); err != nil || len(failed) > 0 {
			t.Fatal(failed, err)
		}
		if _, err := c.store.Update(t.Context(), id, 0, "", func(x workflow.Case, _ workflow.Actor) (workflow.Outcome, error) { return other(x) }); err != nil {
			t.Fatal(err)
		}
		if n := c.count("breaches", fmt.Sprintf("generation = 9 AND officer_id = %d", c.officer("township"))); n != 2 {
			t.Errorf("%d breaches of the township's head", n)
		}
		c.reach(c.clock.Now().AddDate(0, 0, 20))
		if n := c.count("breaches", fmt.Sprintf("officer_id = %d", clerk)); n != 1 {
			t.Errorf("%d breaches of the officer in charge", n)
		}
	})
}

// copies makes cases by SQL that are like one, and nothing of their past.
func (c *county) copies(of workflow.CaseID, first, n int) {
	c.t.Helper()
	names := columnsOf(c.t, c.db.Pool(), "cases")
	values := slices.Clone(names)
	for i, name := range names {
		switch name {
		case "id":
			values[i] = fmt.Sprintf("CAST(%d + g.i AS bigint)", first)
		case "number":
			values[i] = "number || '-' || g.i"
		case "running":
			values[i] = "false"
		}
	}
	c.exec("WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < %d) INSERT INTO cases(%s) SELECT %s FROM cases, g WHERE id = %d",
		n-1, strings.Join(names, ", "), strings.Join(values, ", "), of)
}

// The statistics are held to plain counting over random stages, on both databases: left, open, standing still, provisional, and those
// of which nobody knows how they stood.
func TestSummaryEqualsPlainCounting(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		type stage struct {
			township, chain, name    string
			entered, warn, due, left time.Time // left is zero: it is open
			light                    workflow.Light
			minutes                  int
			uncounted                bool
		}
		const n = 3000
		const firstCase = 2_000_000
		c.copies(c.open("homestead").ID, firstCase, n)
		random := rand.New(rand.NewPCG(1, 2))
		now := c.clock.Now()
		f := func(t time.Time) string { return "'" + t.UTC().Format("2006-01-02 15:04:05+00:00") + "'" }
		var all []stage
		for i := range n {
			s := stage{township: []string{"140824100", "140824101", "140824201"}[random.IntN(3)], chain: []string{"homestead", "planning_permit"}[random.IntN(2)],
				name: []string{"village_review", "joint_review"}[random.IntN(2)], entered: time.Date(2025, 11, 1, 0, 0, 0, 0, calendar.Shanghai).Add(time.Duration(random.IntN(200*24*60)) * time.Minute),
				minutes: random.IntN(5000)}
			s.warn, s.due = s.entered.Add(100*time.Hour), s.entered.Add(120*time.Hour)
			fate := random.IntN(20)
			limit := "L00"
			switch at := s.entered.Add(time.Duration(1+random.IntN(150)) * time.Hour); {
			case fate < 15:
				s.left, s.light = at, lightAt(at, s.warn, s.due)
			case fate < 18: // open
				s.due = now.Add(time.Duration(random.IntN(60)-30) * time.Hour)
				s.warn = s.due.Add(-20 * time.Hour)
				s.light = lightAt(now, s.warn, s.due)
				paused, provisional, closed := random.IntN(4) == 0, random.IntN(3) == 0, "NULL"
				if random.IntN(6) == 0 {
					s.uncounted, closed = true, f(now)
				}
				switch {
				case paused:
					s.light = workflow.Green
				case provisional && s.light == workflow.Red:
					s.light = workflow.Yellow
				}
				c.exec("INSERT INTO deadlines(id, case_id, limit_id, stage, generation, started_on, extend, pauses, due_on, due_before, warn_at, provisional, calendar, "+
					"opened_at, closed_at, red, next, paused) VALUES (%d, %d, 'L00', '%s', 1, '2025-11-01', 0, '', '2025-11-01', %s, %s, %t, 1, %s, %s, false, '', %t)",
					3_000_000_000+i, firstCase+i, s.name, f(s.due), f(s.warn), provisional, f(s.entered), closed, paused)
			case fate == 18: // no maximum ran
				s.left, s.uncounted, limit = at, true, ""
			default: // an older program closed it
				s.left, s.uncounted = at, true
			}
			all = append(all, s)
			left, warn, due, minutes := "NULL", "NULL", "NULL", "NULL"
			if !s.left.IsZero() {
				if left = f(s.left); !s.uncounted {
					warn, due, minutes = f(s.warn), f(s.due), fmt.Sprint(s.minutes)
				}
			}
			c.exec("INSERT INTO stages(id, case_id, chain, stage, step, party, office_id, entered_at, left_at, township, limit_id, warn_at, due_before, working_minutes) "+
				"VALUES (%d, %d, '%s', '%s', 1, 'x', 1, %s, %s, '%s', '%s', %s, %s, %s)", 1_000_000_000+i, firstCase+i, s.chain, s.name, f(s.entered), left, s.township,
				limit, warn, due, minutes)
		}
		for _, q := range []statistics.SummaryQuery{
			{From: calendar.Date(2025, 11, 1), To: calendar.Date(2026, 7, 1)},
			{From: calendar.Date(2025, 12, 17), To: calendar.Date(2026, 2, 3)},
			{From: calendar.Date(2026, 1, 1), To: calendar.Date(2026, 4, 1), Township: "140824101000", Chain: "homestead", Stage: "joint_review"},
		} {
			want := map[string]*statistics.SummaryRow{}
			minutes := map[string][]int{}
			for _, s := range all {
				d := calendar.DayOf(s.entered)
				if s.uncounted || d < q.From || d >= q.To || q.Township != "" && q.Township[:9] != s.township || q.Chain != "" && q.Chain != s.chain || q.Stage != "" && q.Stage != s.name {
					continue
				}
				k := s.township + s.chain + s.name + d.String()[:7]
				if want[k] == nil {
					want[k] = &statistics.SummaryRow{}
				}
				want[k].Count++
				switch s.light {
				case workflow.Red:
					want[k].Red++
				case workflow.Yellow:
					want[k].Yellow++
				default:
					want[k].OnTime++
				}
				if !s.left.IsZero() {
					minutes[k] = append(minutes[k], s.minutes)
				}
			}
			got, err := c.store.Summary(t.Context(), 0, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Errorf("%d groups, want %d", len(got), len(want))
			}
			for _, r := range got {
				k := r.Township[:9] + r.Chain + r.Stage + r.Month
				w, m := want[k], minutes[k]
				if w == nil || r.Count != w.Count || r.OnTime != w.OnTime || r.Yellow != w.Yellow || r.Red != w.Red {
					t.Fatalf("%s: %+v, want %+v", k, r, w)
				}
				slices.Sort(m)
				if len(m) == 0 && (r.Median != nil || r.P90 != nil) {
					t.Errorf("%s: %d minutes of stages that nobody has left", k, *r.Median)
				}
				if len(m) > 0 && (r.Median == nil || r.P90 == nil || *r.Median != m[(len(m)+1)/2-1] || *r.P90 != m[(len(m)*9+9)/10-1]) {
					t.Errorf("%s: median %v, p90 %v of %d", k, r.Median, r.P90, len(m))
				}
				for light, n := range map[workflow.Light]int{workflow.Red: r.Red, workflow.Yellow: r.Yellow, workflow.Green: r.OnTime, "": r.Count} {
					cell := statistics.SummaryQuery{From: max(q.From, month(t, r.Month)), To: min(q.To, month(t, r.Month).AddMonths(1)), Township: r.Township, Chain: r.Chain, Stage: r.Stage}
					lines, total, err := c.store.StagesBehind(t.Context(), 0, cell, light, 1, 5)
					if err != nil || total != n {
						t.Fatalf("%s %s: %d stages behind the cell, %v; the summary says %d", k, light, total, err, n)
					}
					for _, l := range lines {
						if light != "" && l.Light != light || l.Number == "" || l.Office == "" || l.Left.IsZero() != (l.Working == nil) {
							t.Fatalf("%+v behind %s", l, light)
						}
					}
				}
				if testing.Short() {
					break
				}
			}
		}
	})
}

func lightAt(at, warn, due time.Time) workflow.Light {
	switch {
	case !at.Before(due):
		return workflow.Red
	case !at.Before(warn):
		return workflow.Yellow
	}
	return workflow.Green
}

func month(t *testing.T, s string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(s + "-01")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOpenStagesStandAsTheirDeadlineDoes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("planning_permit").ID, glossary.VillageReview)
		q := statistics.SummaryQuery{From: calendar.Date(2025, 1, 1), To: calendar.Date(2027, 1, 1)}
		stands := func() statistics.SummaryRow {
			rows, err := c.store.Summary(t.Context(), c.officer("auditor"), q)
			if err != nil || len(rows) != 1 {
				t.Fatalf("%+v, %v", rows, err)
			}
			return rows[0]
		}
		if r := stands(); r.OnTime != 1 || r.Median != nil {
			t.Errorf("%+v", r)
		}
		c.reach(c.clock.Now().AddDate(0, 0, 20))
		if r := stands(); r.Red != 1 || r.Count != 1 {
			t.Errorf("%+v", r)
		}
		_, n, err := c.store.StagesBehind(t.Context(), c.officer("auditor"), q, workflow.Red, 1, 20)
		if err != nil || n != 1 {
			t.Errorf("%d red stages, %v", n, err)
		}
	})
}

func TestImportRecountsEveryOpenDeadlineInOneBatch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		var ids []workflow.CaseID
		for range 4 {
			ids = append(ids, c.walk(c.open("planning_permit").ID, glossary.JointReview).ID)
		}
		ended := c.walk(c.open("planning_permit").ID, glossary.Archived).ID
		set := c.svc.County()
		v := c.view(ids[0])
		day := v.Own.Deadline.DueOn // becomes a day off
		years := set.Calendar.Years()
		i := slices.IndexFunc(years, func(y calendar.Year) bool { return y.Year == 2026 })
		years[i].Off = append(slices.Clone(years[i].Off), calendar.Range{From: day, To: day})
		years[i].Notice += "（测试用修订）"
		lines := c.count("history", "")
		dry, err := c.svc.ImportCalendar(t.Context(), c.officer("admin"), years[i:i+1], true)
		if err != nil || len(dry.Moves) == 0 {
			t.Fatalf("%+v, %v", dry, err)
		}
		if n := c.count("history", ""); n != lines || c.count("calendar_versions", "") != 1 || c.count("deadlines", "calendar <> 1") != 0 {
			t.Errorf("a dry run wrote: %d lines", n-lines)
		}
		done, err := c.svc.ImportCalendar(t.Context(), c.officer("admin"), years[i:i+1], false)
		if err != nil || fmt.Sprint(done.Moves) != fmt.Sprint(dry.Moves) || done.Version != 2 {
			t.Errorf("%+v, %v; the dry run said %+v", done, err, dry)
		}
		moved := map[workflow.CaseID]bool{}
		for _, m := range done.Moves {
			if moved[m.Case] = true; m.Case == ended || m.Was != day && !m.Held && m.Was >= m.Is {
				t.Errorf("%+v", m)
			}
		}
		if n := c.count("history", "verb = 'recount'"); n != len(moved) {
			t.Errorf("%d lines for %d cases that moved", n, len(moved))
		}
		if n := c.count("deadlines", "closed_at IS NULL AND calendar <> 2"); n != 0 {
			t.Errorf("%d open deadlines stand on the old calendar", n)
		}
		if n := c.count("deadlines", "closed_at IS NOT NULL AND calendar <> 1"); n != 0 {
			t.Errorf("%d closed deadlines were touched", n)
		}
		if again := c.view(ids[0]).Own.Deadline.DueOn; again <= day {
			t.Errorf("due %s, was %s", again, day)
		}
		if same, err := c.svc.ImportCalendar(t.Context(), 0, years[i:i+1], false); err != nil || len(same.Years) != 0 || same.Version != 2 {
			t.Errorf("the same notice again: %+v, %v", same, err)
		}
		if behind, err := c.store.Behind(t.Context(), 2, 10); err != nil || len(behind) != 0 {
			t.Errorf("behind %v, %v", behind, err)
		}
		years[i].Notice += "（再修订）"
		if err := c.store.ImportYears(t.Context(), 0, years[i:i+1]); err == nil || !strings.Contains(err.Error(), "anju calendar import") {
			t.Errorf("a notice past the open deadlines: %v", err)
		}
		if _, err := c.svc.ImportCalendar(t.Context(), 999, years[i:i+1], false); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("nobody imports: %v", err)
		}
		versions, err := c.store.CalendarVersions(t.Context())
		if err != nil || len(versions) != 2 || versions[0].By == "" || len(versions[0].Years) != 1 {
			t.Errorf("%+v, %v", versions, err)
		}
		c.verified()
	})
}

func TestDatabaseTellsTheTime(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now, err := c.store.DatabaseNow(t.Context())
		if err != nil || time.Since(now).Abs() > time.Minute {
			t.Errorf("the database says %s, %v", now, err)
		}
	})
}

// Two imports at once are one after the other; a case that moves meanwhile is counted anew by whoever finds it behind.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		var ids []workflow.CaseID
		for range 3 {
			ids = append(ids, c.walk(c.open("planning_permit").ID, glossary.VillageReview).ID)
		}
		years := c.svc.County().Calendar.Years()
		i := slices.IndexFunc(years, func(y calendar.Year) bool { return y.Year == 2026 })
		day := the(c.view(ids[0]).Case).DueOn
		years[i].Off = append(slices.Clone(years[i].Off), calendar.Range{From: day, To: day})
		wins := make([]workflow.Imported, 4)
		for _, err := range atOnce(5, func(k int) (err error) {
			if k == 4 {
				_, _, err = c.walker.Step(t.Context(), ids[2])
			} else {
				wins[k], err = c.svc.ImportCalendar(t.Context(), 0, years[i:i+1], false)
			}
			return err
		}) {
			if err != nil && !errors.Is(err, workflow.ErrBusy) {
				t.Error(err)
			}
		}
		made := 0
		for _, w := range wins {
			made += len(w.Years)
		}
		if n := c.count("calendar_versions", ""); made != 1 || n != 2 {
			t.Errorf("%d imports made a version, there are %d", made, n)
		}
		// this process still counts by version 1, as another that has not read the new one
		late := c.walk(ids[0], glossary.TownshipIntake).ID
		set, err := c.store.County(t.Context())
		if err != nil || set.Calendar.Version() != 2 {
			t.Fatalf("calendar %d, %v", set.Calendar.Version(), err)
		}
		behind, err := c.store.Behind(t.Context(), 2, 10)
		if err != nil || !slices.Contains(behind, late) {
			t.Fatalf("behind %v, %v", behind, err)
		}
		c.svc = casework.NewService(c.store, chains.Published(), func() workflow.County { return set }, c.clock.Now)
		if failed, err := c.svc.RecountMany(t.Context(), behind); err != nil || len(failed) > 0 {
			t.Errorf("%v, %v", failed, err)
		}
		if behind, err := c.store.Behind(t.Context(), 2, 10); err != nil || len(behind) != 0 {
			t.Errorf("behind %v, %v", behind, err)
		}
		c.verified()
	})
}
