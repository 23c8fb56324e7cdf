package jobs_test

import (
	"strings"
	"testing"
	"time"

	"anju/jobs"
	"anju/jobs/queue"
	"anju/workflow"
	"anju/workflow/calendar"
)

// asOwner changes the history as only the owner of the database can.
func (c *county) asOwner(query string, args ...any) {
	c.Helper()
	lift := "DROP TRIGGER history_update_is_refused; "
	if c.dialect() == "postgres" {
		lift = "SET session_replication_role = replica; "
	}
	c.write(lift+query, args...)
}

func (c *county) dialect() string {
	var n int
	if c.rows.QueryRowContext(c.Context(), "SELECT count(*) FROM sqlite_master").Scan(&n) == nil {
		return "sqlite"
	}
	return "postgres"
}

func TestRecord(t *testing.T) {
	t.Parallel()
	t.Run("is verified every night", recordIsVerifiedEveryNight)
}

// Fault 40 (M8): a worker looks at the record after its start and every night; what does not hold freezes its case and
// alarms.
func recordIsVerifiedEveryNight(t *testing.T) {
	onEach(t, func(c *county) {
		dir := c.TempDir()
		if _, _, err := c.store.StartMark(c.Context(), dir); err != nil {
			c.Fatal(err)
		}
		whole, broken := c.walk(workflow.VillageReview), c.walk(workflow.VillageReview)
		c.clock.stop(c.workday(9))
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true, SweepEvery: 50 * time.Millisecond, Data: dir}, nil)
		c.eventually(time.Minute, "the record was looked at after the start",
			func() bool { return c.count("verifications WHERE entries > 0") == 1 })
		if n := c.count("frozen_cases"); n != 0 {
			c.Errorf("%d cases of a whole record are frozen", n)
		}

		c.asOwner("UPDATE history SET reason = reason || 'x' WHERE case_id = %d AND step = 2", broken.ID)
		night := (calendar.DayOf(c.clock.Now()) + 1).Start().Add(2 * time.Hour)
		c.clock.stop(night.Add(-time.Minute))
		c.settle(r)
		if n := c.count("verifications"); n != 1 {
			c.Errorf("looked %d times before two in the morning", n)
		}
		c.clock.stop(night)
		c.eventually(time.Minute, "the case is frozen", func() bool {
			return c.count("frozen_cases WHERE case_id = %d AND released_at IS NULL", broken.ID) == 1
		})
		c.eventually(time.Minute, "an alarm is open",
			func() bool { return c.count("alarms WHERE kind = 'record' AND closed_at IS NULL") == 1 })
		list, err := c.store.Alarms(c.Context())
		if err != nil || len(list) == 0 || !strings.Contains(list[0].Text, broken.Number) {
			c.Errorf("alarms %+v, %v", list, err)
		}

		// the ladder goes past the frozen case, and takes it up when it is released
		lines := c.count("history WHERE case_id = %d", whole.ID)
		c.clock.stop(c.clockOf(broken.ID, "L04").DueBefore.AddDate(0, 1, 0))
		red := func(id workflow.CaseID) bool { return len(c.lines(id, "issue_red_card")) == 1 }
		c.eventually(time.Minute, "the ladder of the other case goes on",
			func() bool { return c.count("history WHERE case_id = %d", whole.ID) > lines })
		c.settle(r)
		if red(broken.ID) {
			c.Error("the frozen case turned red")
		}
		if err := c.store.ReleaseCase(c.Context(), broken.Number, "it@county", "found out"); err != nil {
			c.Fatal(err)
		}
		c.eventually(2*time.Minute, "the released case turns red", func() bool { return red(broken.ID) })
	})
}
