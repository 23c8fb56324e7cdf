package models_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anju/models"
	"anju/models/db"
	"anju/models/history"
	"anju/models/modelstest"
	noticesstore "anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// deliverAll delivers the outbox, without a queue.
func (c *county) deliverAll() {
	c.t.Helper()
	if _, err := c.store.RelayOutbox(c.ctx(), 10_000,
		func(context.Context, noticesstore.OutboxRow) error { return nil }); err != nil {
		c.t.Fatal(err)
	}
	for {
		ids, err := c.store.Undelivered(c.ctx(), c.clock.Now().Add(time.Hour), 0, 1000)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(ids) == 0 {
			return
		}
		if failed, err := c.store.DeliverMany(c.ctx(), ids); err != nil || len(failed) > 0 {
			c.t.Fatalf("%v, %v", failed, err)
		}
	}
}

// plan plans every notice.
func (c *county) plan() {
	c.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = c.store.PlanNotices(c.ctx(), c.set(), 100); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *county) climb() {
	c.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = c.store.Climb(c.ctx(), 2); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *county) set() workflow.County {
	c.t.Helper()
	set, err := c.store.County(c.ctx())
	if err != nil {
		c.t.Fatal(err)
	}
	return set
}

func (c *county) notices(p glossary.Party, open bool) []noticesstore.Notice {
	c.t.Helper()
	list, total, err := c.store.Notices(c.ctx(), c.people[p], noticesstore.NoticeQuery{Open: open, PerPage: 200})
	if err != nil || total != len(list) {
		c.t.Fatalf("%d of %d notices, %v", len(list), total, err)
	}
	return list
}

// late takes a case to the village and past its due day.
func (c *county) late() workflow.Case {
	c.t.Helper()
	now := c.walk(c.open("homestead").ID, glossary.VillageReview)
	i := slices.IndexFunc(now.Deadlines, func(d workflow.Deadline) bool { return d.Limit == "L04" && d.Live() })
	c.reach(now.Deadlines[i].DueBefore.Add(9 * time.Hour))
	c.deliverAll()
	c.plan()
	return now
}

func rungs(list []noticesstore.Notice, kind string, rung workflow.RungName) []noticesstore.Notice {
	return slices.DeleteFunc(slices.Clone(list),
		func(n noticesstore.Notice) bool { return n.Kind != kind || n.Rung != rung })
}

func TestAnOfficeAcknowledgesItsOwnNotices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.late().ID
		own := rungs(c.notices(glossary.VillageOrganization, true), noticesstore.RungNotice, workflow.RungRed)
		if len(own) != 1 || own[0].Case != id || own[0].Number == "" || own[0].State != glossary.VillageReview ||
			own[0].Text == "" || !own[0].AckedAt.IsZero() {
			t.Fatalf("the village has %+v", own)
		}
		village, township := c.people[glossary.VillageOrganization], c.people[glossary.TownshipGovernment]
		if err := c.store.Acknowledge(c.ctx(), township, own[0].ID); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another office acknowledges it: %v", err)
		}
		if err := c.store.Acknowledge(c.ctx(), c.officer("admin"), own[0].ID); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("an administrator acknowledges it: %v", err)
		}
		if _, _, err := c.store.Notices(c.ctx(), c.officer("admin"), noticesstore.NoticeQuery{Open: true}); !errors.Is(err,
			org.ErrNoScope) {
			t.Errorf("an administrator reads notices: %v", err)
		}
		if err := c.store.Acknowledge(c.ctx(), village, own[0].ID); err != nil {
			t.Fatal(err)
		}
		acked := c.clock.Now()
		_ = c.clock.Set(acked.Add(time.Minute))
		if err := c.store.Acknowledge(c.ctx(), village, own[0].ID); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if left := rungs(c.notices(glossary.VillageOrganization, true), noticesstore.RungNotice,
			workflow.RungRed); len(left) != 0 {
			t.Errorf("it is still open: %+v", left)
		}
		if all := rungs(c.notices(glossary.VillageOrganization, false), noticesstore.RungNotice,
			workflow.RungRed); len(all) != 1 || all[0].AckedBy != "马庆丰" || !all[0].AckedAt.Equal(acked) {
			t.Errorf("it was acknowledged: %+v, want at %s", all, acked)
		}
		for _, n := range c.notices(glossary.VillageOrganization, false) {
			if strings.Contains(n.Text, "马䶮") || strings.Contains(n.Text, "1408241988") {
				t.Errorf("a notice names the householder: %s", n.Text)
			}
		}
	})
}

func TestTheUnacknowledgedClimbsOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := c.late()
		red := rungs(c.notices(glossary.VillageOrganization, true), noticesstore.RungNotice, workflow.RungRed)[0]
		// told on a Friday or before a holiday, it is due when the next working day ends
		until := (c.set().Calendar.AddWorking(calendar.DayOf(red.At), 1) + 1).Start()
		_ = c.clock.Set(until.Add(-time.Microsecond))
		c.climb()
		if got := rungs(c.notices(glossary.TownshipGovernment, true), noticesstore.ClimbNotice,
			workflow.RungRed); len(got) != 0 {
			t.Fatalf("it climbed before its time: %+v", got)
		}
		// the township knows of its own; the village and the counter do not
		for _, n := range rungs(c.notices(glossary.TownshipGovernment, true), noticesstore.RungNotice, workflow.RungRed) {
			if err := c.store.Acknowledge(c.ctx(), c.people[glossary.TownshipGovernment], n.ID); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.clock.Set(until)
		// of a frozen case nothing is told until it is released
		broken := history.Broken{ID: 7, Case: now.ID, Step: 2, Why: "the line was changed"}
		if _, err := c.store.KeepVerification(c.ctx(), c.clock.Now(),
			history.Verification{Findings: []history.Broken{broken}}); err != nil {
			t.Fatal(err)
		}
		c.climb()
		if got := c.count("notices", "kind = 'climb'"); got != 0 {
			t.Errorf("%d notices of a frozen case climbed", got)
		}
		if err := c.store.ReleaseCase(c.ctx(), now.Number, "it@county", "explained"); err != nil {
			t.Fatal(err)
		}
		errs := atOnce(4, func(int) error { _, err := c.store.Climb(c.ctx(), 100); return err })
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		c.climb()
		climbed := rungs(c.notices(glossary.TownshipGovernment, true), noticesstore.ClimbNotice, workflow.RungRed)
		if len(climbed) != 1 || !strings.Contains(climbed[0].Text, "未确认，上报") || climbed[0].Case != now.ID {
			t.Fatalf("the township has %+v", climbed)
		}
		if own := rungs(c.notices(glossary.VillageOrganization, true), noticesstore.RungNotice,
			workflow.RungRed); !own[0].ClimbedAt.Equal(until) {
			t.Errorf("the village sees %+v", own)
		}
		if got := c.count("notices", "kind = 'climb'"); got != 1 {
			t.Errorf("%d notices climbed, want one: the township acknowledged, and what has climbed does not again", got)
		}
		tasks, _, err := c.store.Tasks(c.ctx(), c.people[glossary.TownshipGovernment], 1, 50)
		if err != nil || len(tasks) != 1 || tasks[0].Kind != "notice" || tasks[0].Text != climbed[0].Text {
			t.Errorf("the township's list: %+v, %v", tasks, err)
		}
		_ = c.clock.Set(until.AddDate(0, 0, 7))
		c.plan()
		c.climb()
		if got := c.count("notices", "kind = 'climb'"); got != 1 {
			t.Errorf("a week later %d notices have climbed", got)
		}
	})
}

func TestTheCountyClimbsToTheSupervision(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := c.late()
		c.reach(c.clock.Now().AddDate(0, 0, 20)) // three days, seven days
		c.deliverAll()
		c.plan()
		_ = c.clock.Set(c.clock.Now().AddDate(0, 0, 5))
		c.climb()
		for _, want := range []struct {
			at   glossary.Party
			rung workflow.RungName
		}{
			{glossary.TownshipGovernment, workflow.RungRed}, {glossary.CountyAgricultureBureau, workflow.RungRed},
			{glossary.TownshipGovernment, workflow.RungDay3}, {glossary.SupervisionOffice, workflow.RungDay3},
			{glossary.TownshipGovernment, workflow.RungDay7},
		} {
			if got := rungs(c.notices(want.at, true), noticesstore.ClimbNotice, want.rung); len(got) != 1 {
				t.Errorf("%s has %d of %s: %+v", want.at, len(got), want.rung, got)
			}
		}
		government, err := c.store.Office(c.ctx(), glossary.CountyGovernment, "140824000000")
		if err != nil {
			t.Fatal(err)
		}
		if n := c.count("notices", "kind = 'climb' AND rung = 'day_7' AND office_id = "+
			strconv.FormatInt(int64(government.ID), 10)); n != 1 {
			t.Errorf("the county government has %d of what the supervision office did not acknowledge", n)
		}
		// the case moves on before the next rung's notices climb: only a red card still does
		c.exec("UPDATE notices SET climbed_at = NULL, climb_at = at WHERE rung IN ('red', 'day_3') AND kind = 'rung'")
		c.exec("DELETE FROM notices WHERE kind = 'climb'")
		c.walk(now.ID, glossary.TownshipIntake)
		c.climb()
		if n := c.count("notices", "kind = 'climb' AND rung = 'day_3'"); n != 0 {
			t.Errorf("%d notices of a deadline that was met climbed", n)
		}
		if n := c.count("notices", "kind = 'climb' AND rung = 'red'"); n != 2 {
			t.Errorf("%d notices of the red card climbed, want two", n)
		}
	})
}

// Nobody has a contact: the inbox is all.
func TestWithoutContactsManyArePlannedAtOnce(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.late()
		n := 100_000
		if testing.Short() || c.db.Dialect() == "sqlite" {
			n = 20_000
		}
		c.many(n)
		began := time.Now()
		for left := n; left > 0; {
			took, err := c.store.PlanNotices(c.ctx(), c.set(), 5_000)
			if err != nil {
				t.Fatal(err)
			}
			if took == 0 {
				break
			}
			left -= took
		}
		t.Logf("%d notices planned in %s", n, time.Since(began).Round(time.Millisecond))
		if got := c.count("notices", "planned_at IS NULL"); got != 0 {
			t.Errorf("%d notices are not planned", got)
		}
		if got := c.count("deliveries", ""); got != 0 {
			t.Errorf("%d messages for nobody", got)
		}
		if got := c.count("notices", "climb_at IS NOT NULL AND source >= 5000000"); got != n {
			t.Errorf("%d of %d notices climb", got, n)
		}
	})
}

// many writes n red notices to the village.
func (c *county) many(n int) {
	c.t.Helper()
	c.exec("WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d) INSERT INTO notices "+
		"(office_id, case_id, kind, source, generation, rung, step, "+
		"text, at) SELECT n.office_id, n.case_id, 'rung', 5000000 + g.i, 1, 'red', n.step, n.text, n.at FROM notices n, "+
		"g WHERE n.kind = 'rung' AND n.rung = 'red' "+
		"AND n.office_id = (SELECT office_id FROM officers WHERE login = 'village')", n)
}

// What an older program has sent is delivered where its notices stand or it lies far back; the rest is delivered again,
// once.
func TestMigrationOfTheOutbox(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		url := filepath.Join(t.TempDir(), "old.db")
		if c.db.Dialect() == "postgres" {
			url = modelstest.Postgres(t)
		}
		old, err := db.Open(t.Context(), db.Options{URL: url, Keys: c.db.Keys, Now: c.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = old.Close() })
		if err := old.MigrateTo(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"settings", "parameters", "calendar_versions", "holiday_years", "divisions", "offices",
			"officers", "households", "cases", "outbox"} {
			copyRows(t, c.db.Pool(), old, table)
		}
		do := func(format string, args ...any) {
			t.Helper()
			if _, err := old.Pool().ExecContext(t.Context(), fmt.Sprintf(format, args...)); err != nil {
				t.Fatalf("%s: %v", fmt.Sprintf(format, args...), err)
			}
		}
		now := c.clock.Now().UTC()
		form := "2006-01-02 15:04:05+00:00"
		do("UPDATE outbox SET sent_at = '%s' WHERE id = 1",
			now.AddDate(0, 0, -3).Format(form)) // its notices were lost: too long ago
		do("UPDATE outbox SET sent_at = '%s' WHERE id > 1", now.Format(form))
		do("INSERT INTO outbox (id, case_id, topic, payload, created_at) SELECT 1000, case_id, topic, payload, " +
			"created_at FROM outbox WHERE id = 2")
		do("INSERT INTO notices (office_id, case_id, kind, source, generation, rung, step, text, at) SELECT (SELECT " +
			"min(id) FROM offices), case_id, 'message', 2, 0, '', 1, 'submit', " +
			"created_at FROM outbox WHERE id = 2")
		if err := old.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		moved := &county{t: t, db: modelstest.Database{DB: old}, store: models.NewStore(old, chains.Published()),
			clock: c.clock, people: c.people}
		total := moved.count("outbox", "")
		if n := moved.count("outbox", "delivered_at IS NULL"); n != total-2 ||
			moved.count("outbox", "id <= 2 AND delivered_at = sent_at") != 2 {
			t.Errorf("%d of %d rows are open", n, total)
		}
		if n := moved.count("notices", "planned_at IS NULL"); n != 0 {
			t.Errorf("%d old notices would be sent on", n)
		}
		ids, err := moved.store.Undelivered(t.Context(), now.Add(time.Hour), 0, 100)
		if err != nil || slices.Contains(ids, int64(1000)) || len(ids) != total-3 {
			t.Errorf("%v, %v; want those that were sent", ids, err)
		}
		moved.deliverAll()
		moved.deliverAll()
		if n := moved.count("notices", ""); n <= 1 || moved.count("outbox", "delivered_at IS NULL") != 0 {
			t.Errorf("%d notices", n)
		}
		before := moved.count("notices", "")
		moved.exec("UPDATE outbox SET delivered_at = NULL WHERE id > 2") // by an older program that runs beside this one
		moved.deliverAll()
		if n := moved.count("notices", ""); n != before {
			t.Errorf("%d notices became %d", before, n)
		}
	})
}

// What must be acknowledged is listed by case, the urgent first, and counted as listed; a message is read without being
// owed.
func TestOwedCasesAndMessages(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := c.late()
		village := c.people[glossary.VillageOrganization]
		list, cases, notices, err := c.store.OwedCases(c.ctx(), village, 1, 20)
		if err != nil || len(list) != 1 || cases != 1 || list[0].Case != now.ID {
			t.Fatalf("%+v of %d cases, %v", list, cases, err)
		}
		told := list[0].Notices
		if len(told) != notices || len(told) < 2 || told[0].Rung != workflow.RungRed || !told[0].Urgent() ||
			told[len(told)-1].Urgent() {
			t.Errorf("%d notices, the red one not first: %+v", notices, told)
		}
		unread := noticesstore.NoticeQuery{Kind: noticesstore.MessageNotice, Unread: true, PerPage: 200}
		messages, total, err := c.store.Notices(c.ctx(), village, unread)
		if err != nil || total == 0 {
			t.Fatalf("%d messages, %v", total, err)
		}
		if m := messages[0]; m.Owed() || m.Householder == "" || m.FromOffice == "" || m.FromOfficer == "" {
			t.Errorf("message %+v", m)
		}
		township := c.people[glossary.TownshipGovernment]
		if err := c.store.MarkRead(c.ctx(), township, messages[0].ID); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another office reads it: %v", err)
		}
		if err := c.store.MarkRead(c.ctx(), village, messages[0].ID, told[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, left, err := c.store.Notices(c.ctx(), village, unread); err != nil || left != total-1 {
			t.Errorf("%d unread of %d after one was read, %v", left, total, err)
		}
		if _, _, owed, err := c.store.OwedCases(c.ctx(), village, 1, 20); err != nil || owed != notices {
			t.Errorf("%d owed of %d after one was read: reading acknowledges nothing, %v", owed, notices, err)
		}
		var ids []int64
		for _, n := range told {
			ids = append(ids, n.ID)
		}
		if err := c.store.Acknowledge(c.ctx(), township, ids...); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another office acknowledges: %v", err)
		}
		if err := c.store.Acknowledge(c.ctx(), village, ids...); err != nil {
			t.Fatal(err)
		}
		if list, cases, owed, err := c.store.OwedCases(c.ctx(), village, 1, 20); err != nil || len(list)+cases+owed != 0 {
			t.Errorf("%d cases, %d notices left, %v", cases, owed, err)
		}
	})
}
