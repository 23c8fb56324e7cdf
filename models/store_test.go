package models_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/cases"
	"anju/models/db"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

func TestBothChainsFromTheCounterToTheEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		for _, chain := range []workflow.ChainID{"homestead", "planning_permit"} {
			draft := c.open(chain)
			end := c.walk(draft.ID, glossary.Archived)
			if end.Open() || end.Outcome != workflow.Granted {
				t.Errorf("%s ended in %s, %q", chain, end.State, end.Outcome)
			}
			if n := c.count("history", "case_id = "+fmt.Sprint(end.ID)); n != end.Step {
				t.Errorf("%s: %d lines of history for %d steps", chain, n, end.Step)
			}
			if n := c.count("stages", "left_at IS NULL AND case_id = "+fmt.Sprint(end.ID)); n != 0 {
				t.Errorf("%s: %d stages are open after the end", chain, n)
			}
			if n := c.count("deadlines", "closed_at IS NULL AND case_id = "+fmt.Sprint(end.ID)); n != 0 {
				t.Errorf("%s: %d deadlines run after the end", chain, n)
			}
			if n := c.count("parcels", "case_id = "+fmt.Sprint(end.ID)); n != 1 {
				t.Errorf("%s: %d parcels", chain, n)
			}
			for _, table := range []struct {
				name string
				n    int
			}{{"documents", len(end.File.Documents)}, {"records", len(end.File.Records)}, {"materials", len(end.File.Materials)}} {
				if n := c.count(table.name, "case_id = "+fmt.Sprint(end.ID)); n != table.n || n == 0 {
					t.Errorf("%s: %d rows in %s, %d in the file", chain, n, table.name, table.n)
				}
			}
			file, err := c.store.HouseholdFile(c.ctx(), c.people[glossary.ServiceCenter], end.Household)
			if err != nil || len(file.Cases) != 1 ||
				len(file.Cases[0].File.Documents) != len(end.File.Documents) {
				t.Errorf("the household's file has %d cases, %+v, %v", len(file.Cases), file.Cases, err)
			}
		}
		c.verified()
	})
}

func TestCertificateCitesThePermit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		end := c.walk(c.open("homestead").ID, glossary.Approved)
		permit, _ := end.Document(glossary.PlanningPermitDoc)
		cert, ok := end.Document(glossary.HomesteadCert)
		if !ok || permit.Number == "" || cert.Cites != permit.Number || cert.Number == "" {
			t.Errorf("certificate %q cites %q; the permit is %q", cert.Number, cert.Cites, permit.Number)
		}
		if !strings.HasSuffix(permit.Number, "00001号") {
			t.Errorf("the first permit is %s", permit.Number)
		}
	})
}

func TestWhatIsReturnedIsWhatIsRead(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		written := c.walk(c.open("homestead").ID, glossary.JointReview)
		read, actor, err := c.store.Read(c.ctx(), written.ID, c.people[glossary.EconomicOffice])
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", read.Deadlines) != fmt.Sprintf("%+v", written.Deadlines) || read.Head != written.Head || read.Step != written.Step {
			t.Errorf("read %+v\nwritten %+v", read, written)
		}
		if actor.Kind != glossary.EconomicOffice || actor.Role != glossary.OfficeReviewer {
			t.Errorf("actor %+v", actor)
		}
		if read.EnteredAt.Location() != time.UTC {
			t.Errorf("entered at %s, not in UTC", read.EnteredAt)
		}
	})
}

func TestTwentyOfficialsDecideOneCaseAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		before := c.walk(c.open("homestead").ID, glossary.Decision)
		if err := c.walker.Prepare(c.ctx(), before.ID); err != nil {
			t.Fatal(err)
		}
		before = c.view(before.ID).Case
		lines, rows := c.count("history", ""), c.count("outbox", "")
		heads := make([]workflow.OfficerID, 20)
		for i := range heads {
			id, err := c.store.AddOfficer(c.ctx(), org.NewOfficer{Login: fmt.Sprintf("head%d", i), Name: "负责人", Role: glossary.TownshipHead,
				Kind: glossary.TownshipGovernment, Division: "140824100000", Hash: "x"})
			if err != nil {
				t.Fatal(err)
			}
			heads[i] = id
		}
		errs := atOnce(len(heads), func(i int) error {
			_, err := c.svc.Move(c.ctx(), before.ID, heads[i], fmt.Sprintf("key-%d", i), workflow.Move{Do: glossary.Approve, Seen: before.Seen,
				Data: workflow.Typed(forms.Approval{}.Example())})
			return err
		})
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, workflow.ErrStale) && !errors.Is(err, workflow.ErrNotOpen):
				t.Errorf("a loser was told %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d officials won; want one", won)
		}
		if n := c.count("history", "") - lines; n != 1 {
			t.Errorf("%d lines of history; want one", n)
		}
		if n := c.count("outbox", "") - rows; n != 1 {
			t.Errorf("%d rows in the outbox; want one", n)
		}
		if n := c.count("documents", "kind = 'F05'"); n != 1 {
			t.Errorf("%d certificates; want one", n)
		}
		c.verified()
	})
}

func TestOneKeyTwentyTimesHasOneEffect(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived).ID
		before := c.view(id).Case
		group := c.people[glossary.GroupCollective]
		errs := atOnce(20, func(int) error {
			_, err := c.svc.Move(c.ctx(), id, group, "the-key", workflow.Move{Do: glossary.Return, Reason: "材料不全", Seen: before.Seen})
			return err
		})
		first := 0
		for _, err := range errs {
			var replayed *workflow.Replayed
			switch {
			case err == nil:
				first++
			case !errors.As(err, &replayed) || replayed.Case.State != glossary.Returned || replayed.Actor.Officer != group:
				t.Errorf("a repetition was told %v", err)
			}
		}
		after := c.view(id).Case
		if first != 1 || after.Step != before.Step+1 {
			t.Errorf("%d took effect, the case went from line %d to %d", first, before.Step, after.Step)
		}
		if err := c.store.SaveReply(c.ctx(), id, group, "the-key", []byte("the answer")); err != nil {
			t.Fatal(err)
		}
		_, err := c.svc.Move(c.ctx(), id, group, "the-key", workflow.Move{Do: glossary.Return, Seen: before.Seen})
		var replayed *workflow.Replayed
		if !errors.As(err, &replayed) || string(replayed.Response) != "the answer" {
			t.Errorf("the same key again: %v", err)
		}
		// another officer's key is another key
		_, err = c.svc.Move(c.ctx(), id, c.people[glossary.VillageOrganization], "the-key", workflow.Move{Do: glossary.Return, Seen: before.Seen})
		if !errors.Is(err, workflow.ErrStale) {
			t.Errorf("another officer with the same key: %v", err)
		}
	})
}

func TestTwoRunningApplicationsOfOneHouseholdAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		first := c.open("planning_permit")
		second, err := c.walker.Open(c.ctx(), "planning_permit", first.Household)
		if err != nil {
			t.Fatalf("a second draft: %v", err)
		}
		for _, id := range []workflow.CaseID{first.ID, second.ID} {
			if err := c.walker.Prepare(c.ctx(), id); err != nil {
				t.Fatal(err)
			}
		}
		counter := c.people[glossary.ServiceCenter]
		errs := atOnce(2, func(i int) error {
			id := []workflow.CaseID{first.ID, second.ID}[i]
			_, err := c.svc.Move(c.ctx(), id, counter, "", workflow.Move{Do: glossary.Submit, Seen: c.view(id).Case.Seen, Data: workflow.Typed(forms.Amended{})})
			return err
		})
		slices.SortFunc(errs, func(a, b error) int { // nil first
			if a == nil {
				return -1
			}
			return 1
		})
		var refusal *workflow.Refusal
		if errs[0] != nil || !errors.As(errs[1], &refusal) || !errors.Is(errs[1], workflow.ErrBlocked) || len(refusal.Blocked) == 0 {
			t.Errorf("both at once: %v", errs)
		}
	})
}

func TestNobodySeesWhatIsNotHis(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived).ID
		for _, login := range []string{"counter2", "group2", "village2", "township2", "village3", "admin"} {
			by := c.officer(login)
			if _, _, err := c.store.Read(c.ctx(), id, by); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%s reads it: %v", login, err)
			}
			if _, err := c.svc.Move(c.ctx(), id, by, "k", workflow.Move{Do: glossary.Submit}); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%s moves it: %v", login, err)
			}
			if _, err := c.store.HouseholdFile(c.ctx(), by, c.view(id).Case.Household); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%s reads the household: %v", login, err)
			}
			list, n, err := c.store.Cases(c.ctx(), by, cases.CaseQuery{})
			if login == "admin" {
				if !errors.Is(err, org.ErrNoScope) {
					t.Errorf("the administrator lists cases: %v", err)
				}
			} else if err != nil || n != 0 || len(list) != 0 {
				t.Errorf("%s lists %d cases of %d, %v", login, len(list), n, err)
			}
		}
		for _, login := range []string{"counter", "group", "village", "township", "agriculture", "supervision"} {
			if _, n, err := c.store.Cases(c.ctx(), c.officer(login), cases.CaseQuery{}); err != nil || n != 1 {
				t.Errorf("%s lists %d cases, %v; want one", login, n, err)
			}
		}
		for _, by := range []workflow.OfficerID{0, 99999} {
			if _, _, err := c.store.Cases(c.ctx(), by, cases.CaseQuery{}); !errors.Is(err, org.ErrNoScope) {
				t.Errorf("officer %d lists cases: %v; an empty scope is an error", by, err)
			}
			if _, _, err := c.store.Tasks(c.ctx(), by, 1, 20); !errors.Is(err, org.ErrNoScope) {
				t.Errorf("officer %d lists tasks: %v; an empty scope is an error", by, err)
			}
		}
	})
}

func TestCasesAreFoundByWhatIsAsked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		one := c.walk(c.open("homestead").ID, glossary.GroupReceived)
		two := c.open("planning_permit")
		by := c.people[glossary.TownshipGovernment]
		for _, tt := range []struct {
			name string
			q    cases.CaseQuery
			want []workflow.CaseID
		}{
			{"all, the newest first", cases.CaseQuery{}, []workflow.CaseID{two.ID, one.ID}},
			{"second page of one", cases.CaseQuery{Page: 2, PerPage: 1}, []workflow.CaseID{one.ID}},
			{"a chain", cases.CaseQuery{Chain: "planning_permit"}, []workflow.CaseID{two.ID}},
			{"a state", cases.CaseQuery{State: "group_received"}, []workflow.CaseID{one.ID}},
			{"the county", cases.CaseQuery{Division: "140824000000"}, []workflow.CaseID{two.ID, one.ID}},
			{"another township", cases.CaseQuery{Division: "140824103000"}, nil},
			{"green", cases.CaseQuery{Light: "green"}, []workflow.CaseID{one.ID}},
			{"grey", cases.CaseQuery{Light: "grey"}, []workflow.CaseID{two.ID}},
			{"red", cases.CaseQuery{Light: "red"}, nil},
			{"a number", cases.CaseQuery{Q: one.Number}, []workflow.CaseID{one.ID}},
			{"a name", cases.CaseQuery{Q: one.Householder}, []workflow.CaseID{one.ID}},
			{"SQL is text", cases.CaseQuery{Q: "' OR 1=1 --"}, nil},
			{"a sign of LIKE is text", cases.CaseQuery{Q: "%"}, nil},
		} {
			list, _, err := c.store.Cases(c.ctx(), by, tt.q)
			var got []workflow.CaseID
			for _, l := range list {
				got = append(got, l.ID)
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
			}
		}
	})
}

func TestRightsCountFromTheTransaction(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived).ID
		seen := c.view(id).Case.Seen
		lines := c.count("history", "")
		if err := c.store.DisableOfficer(c.ctx(), org.Administrator{Command: "root"}, "group"); err != nil {
			t.Fatal(err)
		}
		_, err := c.svc.Move(c.ctx(), id, c.people[glossary.GroupCollective], "k", workflow.Move{Do: glossary.Return, Reason: "x", Seen: seen})
		if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("a disabled officer moved: %v", err)
		}
		c.exec("UPDATE officers SET role = 'system_admin' WHERE login = 'group'")
		c.exec("UPDATE officers SET active = %s WHERE login = 'group'", map[string]string{"postgres": "true", "sqlite": "1"}[c.db.Dialect()])
		_, err = c.svc.Move(c.ctx(), id, c.people[glossary.GroupCollective], "k", workflow.Move{Do: glossary.Return, Reason: "x", Seen: seen})
		if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("an administrator moved a case: %v", err)
		}
		if n := c.count("history", "") - lines; n != 0 || c.count("idempotency", "key = 'k'") != 0 {
			t.Errorf("%d lines were written", n)
		}
	})
}

func TestARefusedMoveWritesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived).ID
		before := c.fingerprint()
		for name, m := range map[string]workflow.Move{
			"stale": {Do: glossary.Return, Reason: "x", Seen: 99}, "not open": {Do: glossary.Approve, Seen: c.view(id).Case.Seen},
			"no reason": {Do: glossary.Return, Seen: c.view(id).Case.Seen},
		} {
			if _, err := c.svc.Move(c.ctx(), id, c.people[glossary.GroupCollective], "k-"+name, m); err == nil {
				t.Errorf("%s: not refused", name)
			}
		}
		boom := errors.New("boom")
		_, err := c.store.Update(c.ctx(), id, c.people[glossary.GroupCollective], "k", func(workflow.Case, workflow.Actor) (workflow.Outcome, error) {
			return workflow.Outcome{}, boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("the judge's error became %v", err)
		}
		if after := c.fingerprint(); after != before {
			t.Errorf("rows changed:\n%s\n%s", before, after)
		}
	})
}

// fingerprint counts the rows of every table that a move writes, and the case's version.
func (c *county) fingerprint() string {
	c.t.Helper()
	var b strings.Builder
	for _, table := range []string{"cases", "stages", "stage_offices", "history", "records", "materials", "documents", "deadlines", "rungs_fired",
		"notices", "outbox", "idempotency", "number_series"} {
		fmt.Fprintf(&b, "%s %d, ", table, c.count(table, ""))
	}
	var versions, closed int
	if err := c.db.Pool().QueryRowContext(c.ctx(), "SELECT sum(version) FROM cases").Scan(&versions); err != nil {
		c.t.Fatal(err)
	}
	closed = c.count("stages", "left_at IS NOT NULL") + 1000*c.count("deadlines", "closed_at IS NOT NULL")
	fmt.Fprintf(&b, "versions %d, closed %d", versions, closed)
	return b.String()
}

func TestOpinionsWaitForTheirOffices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.JointReview).ID
		kinds := func(login string) []string {
			tasks, n, err := c.store.Tasks(c.ctx(), c.officer(login), 1, 50)
			if err != nil || n != len(tasks) {
				t.Fatalf("tasks of %s: %d of %d, %v", login, len(tasks), n, err)
			}
			var got []string
			for _, task := range tasks {
				if task.Case.ID == id {
					got = append(got, task.Kind)
				}
			}
			return got
		}
		for login, want := range map[string][]string{"economic": {"stage", "opinion"}, "social": {"opinion"}, "planning": {"opinion", "opinion"}, "township": nil} {
			if got := kinds(login); !slices.Equal(got, want) {
				t.Errorf("%s has %v; want %v", login, got, want)
			}
		}
		_, err := c.svc.Record(c.ctx(), id, c.people[glossary.SocialAffairsOffice], "", workflow.Recording{Kind: glossary.JointSheetKind,
			Data: workflow.Typed(forms.JointSheet{}.Example())})
		if err != nil {
			t.Fatal(err)
		}
		if got := kinds("social"); len(got) != 0 {
			t.Errorf("social gave its opinion and still has %v", got)
		}
	})
}

func TestALateStageTurnsRedOnceAndTellsTheNextAuthority(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.VillageReview).ID
		d := c.view(id).Own.Deadline
		_ = c.clock.Set(d.DueBefore.Add(time.Hour))
		lines, rungs := c.count("history", ""), c.count("rungs_fired", "")
		fired := 0
		for {
			due, err := c.store.DueRungs(c.ctx(), c.clock.Now(), 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(due) == 0 {
				break
			}
			fired++
			r := due[0]
			done := 0
			for _, err := range atOnce(12, func(int) error { return c.svc.Escalate(c.ctx(), r.Case, r.Deadline, r.Generation, r.Rung) }) {
				switch {
				case err == nil:
					done++
				case !errors.Is(err, workflow.ErrNothingDue):
					t.Errorf("rung %s: %v", r.Rung, err)
				}
			}
			if done != 1 {
				t.Errorf("rung %s took effect %d times", r.Rung, done)
			}
		}
		if n := c.count("history", "") - lines; n != fired || c.count("rungs_fired", "")-rungs != fired || fired != 2 {
			t.Errorf("%d rungs, %d lines, %d rows; want warn and red", fired, n, c.count("rungs_fired", "")-rungs)
		}
		if v := c.view(id); v.Light != workflow.Red || !v.Own.Deadline.Red {
			t.Errorf("the case is %s", v.Light)
		}
		for _, login := range []string{"township", "counter"} {
			tasks, _, err := c.store.Tasks(c.ctx(), c.officer(login), 1, 20)
			if err != nil || !slices.ContainsFunc(tasks, func(task cases.Task) bool {
				return task.Kind == "notice" && task.Case.ID == id && task.Rung == workflow.RungRed && strings.Contains(task.Text, "L04")
			}) {
				t.Errorf("%s is not told: %+v, %v", login, tasks, err)
			}
		}
		c.walk(id, glossary.TownshipIntake)
		if tasks, _, err := c.store.Tasks(c.ctx(), c.officer("township"), 1, 20); err != nil || len(tasks) != 0 {
			t.Errorf("the township is still told: %+v, %v", tasks, err)
		}
		c.verified()
	})
}

func TestSilenceAtIntakeIsAcceptance(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.TownshipIntake).ID
		received := c.view(id).Case.File.Marks[glossary.Received]
		c.reach(c.view(id).Own.Deadline.DueBefore.Add(time.Minute))
		v := c.view(id)
		if v.Case.State != glossary.JointReview || !v.Case.File.Deemed || !v.Case.File.Marks[glossary.Accepted].Equal(received) {
			t.Errorf("the case lies in %s, deemed %t, accepted %s", v.Case.State, v.Case.File.Deemed, v.Case.File.Marks[glossary.Accepted])
		}
		tasks, _, err := c.store.Tasks(c.ctx(), c.officer("township"), 1, 20)
		if err != nil || len(tasks) != 1 || tasks[0].Kind != "notice" {
			t.Errorf("the township is told %+v, %v", tasks, err)
		}
	})
}

func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		house, ok, err := c.store.FreeHousehold(c.ctx(), "homestead", "homestead")
		if err != nil || !ok {
			t.Fatal(err)
		}
		const n = 16
		for _, err := range atOnce(n, func(i int) error {
			if i%4 == 3 { // a move that fails gives its number back
				_, err := c.store.Create(c.ctx(), c.people[glossary.ServiceCenter], house, "", func(workflow.Case, workflow.Actor) (workflow.Outcome, error) {
					return workflow.Outcome{}, errors.New("refused")
				})
				if err == nil {
					return errors.New("a refused draft was written")
				}
				return nil
			}
			_, err := c.walker.Open(c.ctx(), "homestead", house)
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		rows, err := c.db.Pool().QueryContext(c.ctx(), "SELECT number FROM cases ORDER BY number")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		i := 0
		for rows.Next() {
			var number string
			if err := rows.Scan(&number); err != nil {
				t.Fatal(err)
			}
			if i++; !strings.HasSuffix(number, fmt.Sprintf("-%04d", i)) {
				t.Errorf("number %d is %s", i, number)
			}
		}
		if i != n*3/4 || rows.Err() != nil {
			t.Errorf("%d cases, %v", i, rows.Err())
		}
	})
}

func TestALockedCaseIsBusy(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		if c.db.Dialect() == "sqlite" {
			t.Skip("SQLite has one writer, who is waited for: there is no lock on a case")
		}
		id := c.open("homestead").ID
		tx, err := c.db.Pool().BeginTx(c.ctx(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(c.ctx(), "SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", int64(id)); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = c.svc.Move(c.ctx(), id, c.people[glossary.ServiceCenter], "", workflow.Move{Do: glossary.Withdraw, Seen: 1})
		if !errors.Is(err, workflow.ErrBusy) || time.Since(began) > 4*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if _, _, err := c.store.Read(c.ctx(), id, c.people[glossary.ServiceCenter]); err != nil {
			t.Errorf("a locked case is read: %v", err)
		}
	})
}

func TestAFullPoolIsUnavailable(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		want := db.ErrUnavailable
		if c.db.Dialect() == "sqlite" {
			if want = workflow.ErrBusy; testing.Short() {
				t.Skip("waits ten seconds for its one writer")
			}
		}
		id := c.open("homestead").ID
		c.db.Pool().SetMaxOpenConns(1)
		held, err := c.db.Pool().Conn(c.ctx())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.svc.Move(c.ctx(), id, c.people[glossary.ServiceCenter], "", workflow.Move{Do: glossary.Withdraw, Seen: 1})
		if !errors.Is(err, want) {
			t.Errorf("without a free connection: %v, want %v", err, want)
		}
		if err := c.db.Ping(c.ctx()); err != nil {
			t.Errorf("the health check waits with the others: %v", err)
		}
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOutboxIsSentOnceAndInOrder(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupMeeting).ID
		n := c.count("outbox", "sent_at IS NULL")
		if n < 2 {
			t.Fatalf("%d rows wait", n)
		}
		var got []int64
		stop := errors.New("the queue is away")
		sent, err := c.store.RelayOutbox(c.ctx(), 100, func(_ context.Context, r notices.OutboxRow) error {
			if len(got) == 1 {
				return stop
			}
			got = append(got, r.ID)
			return nil
		})
		if sent != 1 || !errors.Is(err, stop) || c.count("outbox", "sent_at IS NULL") != n-1 {
			t.Errorf("%d sent, %v, %d wait", sent, err, c.count("outbox", "sent_at IS NULL"))
		}
		sent, err = c.store.RelayOutbox(c.ctx(), 100, func(_ context.Context, r notices.OutboxRow) error {
			got = append(got, r.ID)
			if r.Case != id || !strings.Contains(string(r.Payload), `"tells"`) {
				t.Errorf("row %+v", r)
			}
			return nil
		})
		if sent != n-1 || err != nil || !slices.IsSorted(got) || len(got) != n {
			t.Errorf("%d sent, %v: %v", sent, err, got)
		}
		for range 2 {
			for _, row := range got {
				if err := c.store.DeliverMoved(c.ctx(), row); err != nil {
					t.Fatal(err)
				}
			}
		}
		if told := c.count("notices", "kind = 'message'"); told != n {
			t.Errorf("%d notices of %d messages", told, n)
		}
		b, err := c.store.Backlog(c.ctx(), c.clock.Now())
		if err != nil || b.Unsent != 0 || b.OpenCases != 1 || !b.OldestUnsent.IsZero() {
			t.Errorf("backlog %+v, %v", b, err)
		}
	})
}

func TestTheDemoCountyIsPlayed(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		if err := seeds.Demo(c.ctx(), c.store, c.svc, c.clock); err != nil {
			t.Fatal(err)
		}
		if v := c.verified(); v.Cases < 12 {
			t.Errorf("%d cases", v.Cases)
		}
		if err := c.store.CheckChains(c.ctx()); err != nil {
			t.Error(err)
		}
		c.exec("UPDATE cases SET state = 'nowhere' WHERE id = (SELECT min(id) FROM cases WHERE closed_at IS NULL)")
		if err := c.store.CheckChains(c.ctx()); err == nil || !strings.Contains(err.Error(), "1 cases are in nowhere") {
			t.Errorf("a state that no chain has: %v", err)
		}
	})
}
