package jobs_test

import (
	"testing"
	"time"

	"anju/jobs"
	"anju/jobs/queue"
	"anju/workflow"
)

func TestNudge(t *testing.T) {
	if testing.Short() {
		onSQLite(t, nudge)
		return
	}
	onEach(t, nudge)
}

func nudge(c *county) {
	moved := func(c *county) {
		c.Helper()
		c.walk(workflow.VillageReview)
		if c.count("outbox WHERE topic = 'moved'") == 0 {
			c.Fatal("the moves told nobody")
		}
	}
	delivered := func() bool { return c.count("outbox WHERE delivered_at IS NULL") == 0 }
	c.run("the commit of a move wakes the relay", func(c *county) {
		r, err := jobs.StartWithoutPolls(c.Context(), jobs.Config{Redis: queue.Embedded, Now: c.clock.Now}, c.store, c.svc)
		if err != nil {
			c.Fatal(err)
		}
		c.store.WakeRelay(r.Nudge)
		moved(c)
		c.eventually(30*time.Second, "every row is delivered", delivered)
		c.stop(r)
	})
	c.run("a process that ends before the nudge leaves the row to the next poll", func(c *county) {
		c.store.WakeRelay(func() {}) // the commit is the last that it does
		moved(c)
		if delivered() {
			c.Fatal("delivered although no relay ran")
		}
		c.start(jobs.Config{Redis: queue.Embedded}, nil)
		c.eventually(time.Minute, "every row is delivered", delivered)
	})
}
