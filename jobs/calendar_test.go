package jobs_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/jobs"
	"anju/jobs/queue"
	"anju/models/clock"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
)

// invented2027 is no notice of the State Council: that of 2027 was not published when this was written. New Year's Day
// makes deadlines longer, and the Sunday after it makes them shorter again.
var invented2027 = calendar.Year{Year: 2027, Notice: "虚构的2027年放假通知，仅供测试", PublishedOn: calendar.Date(2026,
	time.December, 1),
	Off: []calendar.Range{{From: calendar.Date(2027, 1, 1), To: calendar.Date(2027, 1, 3)}, {From: calendar.Date(2027,
		2, 5), To: calendar.Date(2027, 2, 11)}},
	Work: []calendar.Day{calendar.Date(2027, 1, 10)}}

func on(y int, m time.Month, d, hour int) time.Time {
	return time.Date(y, m, d, hour, 0, 0, 0, calendar.Shanghai)
}

// reach moves the clock, and takes each rung on the way at its own instant.
func (c *county) reach(to time.Time) {
	c.Helper()
	if err := seeds.Reach(c.Context(), c.store, c.svc, c.clock, to); err != nil {
		c.Fatal(err)
	}
}

// open types in an application of a new household.
func (c *county) open(chain workflow.ChainID) workflow.CaseID {
	c.Helper()
	household, err := c.household(0, "")
	if chain == "planning_permit" {
		household, err = c.household(166_50, "稷集用（1996）字第01400号")
	}
	if err != nil {
		c.Fatal(err)
	}
	now, err := c.walker.Open(c.Context(), chain, household)
	if err != nil {
		c.Fatal(err)
	}
	return now.ID
}

// along takes a case along its main line until it lies in one of the states, or must wait.
func (c *county) along(id workflow.CaseID, until ...workflow.State) workflow.Case {
	c.Helper()
	for {
		now := c.view(id).Case
		if slices.Contains(until, now.State) {
			return now
		}
		_, _, err := c.walker.Step(c.Context(), id)
		var wait *seeds.WaitError
		if errors.As(err, &wait) {
			return now
		}
		if err != nil {
			c.Fatalf("walk case %d from %s: %v", id, now.State, err)
		}
	}
}

// clockRow is what of a deadline a calendar may change.
type clockRow struct {
	Case        workflow.CaseID
	Limit       workflow.LimitID
	DueOn, Next string
	Provisional bool
	Calendar    int
	Closed      bool
}

// clocks are the deadlines of all cases as rows, by deadline.
func (c *county) clocks() map[workflow.DeadlineID]clockRow {
	c.Helper()
	rows, err := c.rows.QueryContext(c.Context(),
		"SELECT id, case_id, limit_id, CAST(due_on AS text), next || ' ' || coalesce(CAST(next_at AS text), 'never'), "+
			"provisional, calendar, closed_at IS NOT NULL FROM deadlines")
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[workflow.DeadlineID]clockRow{}
	for rows.Next() {
		var id workflow.DeadlineID
		var r clockRow
		if err := rows.Scan(&id, &r.Case, &r.Limit, &r.DueOn, &r.Next, &r.Provisional, &r.Calendar, &r.Closed); err != nil {
			c.Fatal(err)
		}
		all[id] = r
	}
	if err := rows.Err(); err != nil {
		c.Fatal(err)
	}
	return all
}

func inOrder(moves []workflow.Recounted) []workflow.Recounted {
	return slices.SortedFunc(slices.Values(moves), func(a, b workflow.Recounted) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Limit, b.Limit))
	})
}

func TestCalendarImport(t *testing.T) {
	t.Parallel()
	t.Run("moves due days in December", calendarImportMovesDueDaysInDecember)
	t.Run("no red card on provisional day", calendarImportNoRedCardOnProvisionalDay)
	t.Run("recounts cases left behind", calendarImportRecountsCasesLeftBehind)
}

func calendarImportMovesDueDaysInDecember(t *testing.T) {
	onEach(t, func(c *county) {
		// what stands in the notice of the group by the end of the year began in the middle of December
		c.reach(on(2026, time.December, 18, 9))
		var cases, early, closed []workflow.CaseID
		for range 12 {
			early = append(early, c.open("homestead"))
			c.along(early[len(early)-1], workflow.GroupOpinion)
		}
		for range 3 { // these end before
			id := c.open("planning_permit")
			c.along(id, workflow.JointReview)
			if _, err := c.walker.Do(c.Context(), id, workflow.Withdraw); err != nil {
				c.Fatal(err)
			}
			closed = append(closed, id)
		}
		c.reach(on(2026, time.December, 28, 9))
		for _, id := range early[:9] { // three stay in the notice, which has elapsed
			c.along(id, workflow.JointReview)
		}
		cases = append(cases, early[:9]...)
		for i := range 31 {
			chain, until := workflow.ChainID("planning_permit"), workflow.JointReview
			switch i % 4 {
			case 0:
				until = workflow.TownshipIntake
			case 1:
				until = workflow.Decision
			case 2:
				chain, until = "homestead", workflow.GroupNotice
			}
			id := c.open(chain)
			c.along(id, until)
			cases = append(cases, id)
		}
		c.reach(on(2026, time.December, 30, 9))
		before := c.clocks()
		provisional := map[workflow.CaseID]bool{}
		for _, d := range before {
			if !d.Closed && d.DueOn > "2026-12-31" {
				provisional[d.Case] = provisional[d.Case] || d.Provisional
			}
		}
		for _, id := range cases {
			if !provisional[id] {
				c.Errorf("case %d in %s has no provisional deadline", id, c.view(id).Case.State)
			}
		}
		if len(cases) != 40 || c.count("history WHERE verb = 'issue_red_card'") != 0 {
			c.Fatalf("%d cases, %d red cards", len(cases), c.count("history WHERE verb = 'issue_red_card'"))
		}

		lines, version := c.count("history"), c.inUse.Load().Calendar.Version()
		years := []calendar.Year{invented2027}
		dry, err := c.svc.ImportCalendar(c.Context(), c.admin(), years, true)
		if err != nil {
			c.Fatal(err)
		}
		if c.count("history") != lines || c.count("calendar_versions") != version || !maps.Equal(c.clocks(), before) {
			c.Error("the dry run wrote something")
		}
		done, err := c.svc.ImportCalendar(c.Context(), c.admin(), years, false)
		if err != nil {
			c.Fatal(err)
		}
		c.reload()
		if !slices.Equal(inOrder(dry.Moves), inOrder(done.Moves)) || dry.Version != done.Version ||
			!slices.Equal(done.Years, []int{2027}) {
			c.Errorf("the dry run listed\n%+v\nand the import did\n%+v", inOrder(dry.Moves), inOrder(done.Moves))
		}
		after := c.clocks()
		c.recounted(before, after, done)
		moved := map[workflow.CaseID]bool{}
		for _, m := range done.Moves {
			moved[m.Case] = true
		}
		for _, id := range cases {
			if !moved[id] {
				c.Errorf("case %d is not among the moves", id)
			}
		}
		for _, id := range closed {
			if n := len(c.lines(id, "recount")); n != 0 || moved[id] {
				c.Errorf("case %d is over, and was recounted", id)
			}
		}
		// one line and one message for each case, all of one instant
		if got := c.count("history WHERE verb = 'recount'"); got != len(moved) {
			c.Errorf("%d lines of the recount, want %d", got, len(moved))
		}
		if got := c.count("outbox WHERE topic = 'recounted'"); got != len(moved) {
			c.Errorf("%d messages of the recount, want %d", got, len(moved))
		}
		if got := c.count("(SELECT DISTINCT at FROM history WHERE verb = 'recount') AS instants"); got != 1 {
			c.Errorf("the recount took %d instants", got)
		}
		if c.postgres() {
			if got := c.count("(SELECT DISTINCT xmin::text FROM history WHERE verb = 'recount') AS transactions"); got != 1 {
				c.Errorf("the recount took %d transactions", got)
			}
		}
		again, err := c.svc.ImportCalendar(c.Context(), c.admin(), years, false)
		if err != nil || len(again.Moves) != 0 || again.Version != done.Version || !maps.Equal(c.clocks(), after) {
			c.Errorf("imported again: %+v, %v", again, err)
		}
		c.settle(c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil))
		if got := c.count("notices WHERE text = 'recount'"); got != len(moved) {
			c.Errorf("%d holders were told, want %d", got, len(moved))
		}
		c.allTold()
		c.sound()
	})
}

// recounted fails unless what an import says it did is what it did.
func (c *county) recounted(before, after map[workflow.DeadlineID]clockRow, done workflow.Imported) {
	c.Helper()
	type change struct {
		id  workflow.CaseID
		of  workflow.LimitID
		was string
		is  string
	}
	said := map[change]bool{}
	for _, m := range done.Moves {
		said[change{m.Case, m.Limit, m.Was.String(), m.Is.String()}] = true
	}
	for id, was := range before {
		is := after[id]
		switch {
		case was.Closed:
			if was != is {
				c.Errorf("a deadline that is over was %+v and is %+v", was, is)
			}
			continue
		case is.Calendar != done.Version:
			c.Errorf("%+v was not counted by version %d", is, done.Version)
		case is.Provisional:
			c.Errorf("%+v is provisional under a calendar that knows the year", is)
		}
		key := change{was.Case, was.Limit, was.DueOn, is.DueOn}
		if changed := was.DueOn != is.DueOn || was.Provisional; changed != said[key] {
			c.Errorf("%+v became %+v; listed: %t", was, is, said[key])
		}
		delete(said, key)
	}
	if len(said) != 0 || len(before) != len(after) {
		c.Errorf("listed and not done: %v", said)
	}
}

// admin is who imports a calendar; the village's people know nothing of it.
func (c *county) admin() workflow.OfficerID {
	c.Helper()
	all, err := c.store.Officers(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	for _, o := range all {
		if o.Login == "admin" {
			return o.ID
		}
	}
	c.Fatal("the demo county has no administrator")
	return 0
}

func calendarImportNoRedCardOnProvisionalDay(t *testing.T) {
	onEach(t, func(c *county) {
		c.reach(on(2026, time.December, 29, 9))
		var ids []workflow.CaseID
		for range 5 {
			ids = append(ids, c.open("planning_permit"))
			c.along(ids[len(ids)-1], workflow.JointReview)
		}
		c.set(on(2027, time.March, 1, 9)) // the notice is two months late
		c.sweep(c.svc)
		if got := c.count("history WHERE rung = 'red'"); got != 0 {
			c.Errorf("%d red cards on provisional days", got)
		}
		if _, err := c.svc.ImportCalendar(c.Context(), c.admin(), []calendar.Year{invented2027}, false); err != nil {
			c.Fatal(err)
		}
		c.reload()
		c.sweep(c.svc)
		for _, id := range ids {
			if n := len(c.lines(id, "issue_red_card")); n == 0 {
				c.Errorf("case %d has no red card although the day is certain now", id)
			}
		}
		c.sound()
	})
}

// A process that has not read the new calendar yet begins deadlines by the old one.
func calendarImportRecountsCasesLeftBehind(t *testing.T) {
	onEach(t, func(c *county) {
		c.reach(on(2026, time.December, 28, 9))
		old := *c.inUse.Load()
		behind := workflow.NewService(c.store, workflow.Published(), func() workflow.County { return old }, c.clock.Now)
		if _, err := c.svc.ImportCalendar(c.Context(), c.admin(), []calendar.Year{invented2027}, false); err != nil {
			c.Fatal(err)
		}
		c.reload()
		c.walker.Service = behind
		var ids []workflow.CaseID
		for range 12 {
			ids = append(ids, c.open("planning_permit"))
			c.along(ids[len(ids)-1], workflow.JointReview)
		}
		fresh := c.inUse.Load().Calendar
		was := c.clocks()
		c.sweep(c.svc)
		for _, id := range ids {
			d := c.clockOf(id, "L06")
			want := fresh.AddWorking(d.StartedOn, 15)
			if d.Calendar != fresh.Version() || d.DueOn != want || d.Provisional {
				c.Errorf("case %d: L06 by version %d due %s, want version %d due %s", id, d.Calendar, d.DueOn, fresh.Version(),
					want)
			}
			if lines := c.lines(id, "recount"); len(lines) != 1 || !strings.Contains(lines[0].Reason, fmt.Sprintf("第 %d 版",
				fresh.Version())) {
				c.Errorf("case %d: lines of the recount %+v", id, lines)
			}
		}
		if maps.Equal(was, c.clocks()) {
			c.Error("the sweep recounted nothing")
		}
		lines := c.count("history")
		c.sweep(c.svc)
		if got := c.count("history"); got != lines {
			c.Errorf("%d lines more by a second sweep", got-lines)
		}
		c.sound()
	})
}

// breachOf is the entry of the register about a case.
func (c *county) breachOf(id workflow.CaseID) workflow.BreachID {
	c.Helper()
	ids := c.ids(fmt.Sprintf("SELECT id FROM breaches WHERE case_id = %d", id))
	if len(ids) != 1 {
		c.Fatalf("case %d has %d breaches, want 1", id, len(ids))
	}
	return workflow.BreachID(ids[0])
}

func (c *county) rule(id workflow.CaseID) {
	c.Helper()
	auditor := workflow.OfficerID(c.ids("SELECT id FROM officers WHERE login = 'auditor'")[0])
	r := workflow.Ruling{Verdict: workflow.Upheld, Ground: "村级逾期未审查，无正当理由"}
	if _, err := c.svc.Rule(c.Context(), c.breachOf(id), auditor, "", r); err != nil {
		c.Fatal(err)
	}
}

func TestBreachRegister(t *testing.T) {
	t.Parallel()
	t.Run("closes entry that was ruled on", breachRegisterClosesEntryThatWasRuledOn)
}

func breachRegisterClosesEntryThatWasRuledOn(t *testing.T) {
	onEach(t, func(c *county) {
		late := func() workflow.CaseID {
			c.Helper()
			id := c.walk(workflow.VillageReview).ID
			c.set(c.clockOf(id, "L04").DueBefore.Add(9 * time.Hour))
			c.sweep(c.svc)
			return id
		}
		cleared := func(id workflow.CaseID, want int) {
			c.Helper()
			closed := c.count("breaches WHERE case_id = %d AND closed_at IS NOT NULL", id)
			lines := c.count("history WHERE case_id = %d AND rung = 'zero'", id)
			told := c.count("outbox WHERE case_id = %d AND CAST(payload AS text) LIKE '%%\"rung\":\"zero\"%%'", id)
			if closed != want || lines != want || told != want {
				c.Errorf("case %d: %d closed, %d lines, %d messages; want %d of each", id, closed, lines, told, want)
			}
		}
		first := late()
		c.rule(first)
		c.sweep(c.svc)
		cleared(first, 0) // it still lies there
		c.step(first, workflow.TownshipIntake)
		cleared(first, 0)
		if fired := c.sweep(c.svc); fired != 1 {
			c.Errorf("the sweep took %d rungs, want the rung zero", fired)
		}
		cleared(first, 1)

		second := late()
		c.step(second, workflow.TownshipIntake)
		c.sweep(c.svc)
		cleared(second, 0) // it was not ruled on
		c.rule(second)
		cleared(second, 1) // in the ruling's own transaction
		c.sweep(c.svc)
		cleared(first, 1)
		cleared(second, 1)
		c.settle(c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil))
		cleared(second, 1)
		c.sound()
		c.allTold()
	})
}

func TestClockInDoubt(t *testing.T) {
	t.Parallel()
	t.Run("decisions go on", clockInDoubtDecisionsGoOn)
}

func clockInDoubtDecisionsGoOn(t *testing.T) {
	onEach(t, func(c *county) {
		id, other := c.walk(workflow.VillageReview).ID, workflow.CaseID(2)
		c.copies(id, 1)
		c.set(c.clockOf(other, "L04").DueBefore.Add(9 * time.Hour))
		by := 400 * 24 * time.Hour // of the database's clock
		guard := clock.New(clock.Config{Database: func(context.Context) (time.Time, error) {
			return time.Now().Add(by),
				nil
		}})
		cfg := jobs.Config{Now: c.clock.Now, Log: slog.New(slog.DiscardHandler), MayEscalate: guard.Look}
		if fired, err := jobs.Sweep(c.Context(), cfg, c.store, c.svc, nil); err == nil || fired != 0 {
			c.Errorf("sweep = %d, %v while the clocks differ", fired, err)
		}
		c.step(id, workflow.TownshipIntake)
		if n := c.count("rungs_fired WHERE rung = 'red'"); n != 0 {
			c.Errorf("%d red cards", n)
		}
		by = 0
		if _, err := jobs.Sweep(c.Context(), cfg, c.store, c.svc, nil); err != nil {
			c.Errorf("sweep: %v", err)
		}
		if n := len(c.lines(other, "issue_red_card")); n != 1 {
			c.Errorf("%d red cards once they agree, want 1", n)
		}
		c.sound()
	})
}
