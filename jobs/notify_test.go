package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"anju/jobs"
	"anju/jobs/queue"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/workflow"
)

// hand hands the outbox to the Redis at an address, as a relay that ended before any task came back. It says how many
// rows were handed over.
func (c *county) hand(address string) int {
	c.Helper()
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: address})
	defer func() { _ = client.Close() }()
	n, err := c.store.RelayOutbox(c.Context(), 1000, func(ctx context.Context, row notices.OutboxRow) error {
		_, err := client.EnqueueContext(ctx, queue.NewNotifyTask(row.ID, row.Case))
		return err
	})
	if err != nil || n == 0 {
		c.Fatalf("%d rows were relayed, %v", n, err)
	}
	return n
}

func redisLossKilledBetweenRelayAndDelivery(t *testing.T) {
	onEach(t, func(c *county) {
		c.walk(workflow.VillageReview)
		address := modelstest.Redis(c.T)
		n := c.hand(address)
		client := redis.NewClient(&redis.Options{Addr: address})
		defer func() { _ = client.Close() }()
		if err := client.FlushAll(c.Context()).Err(); err != nil {
			c.Fatal(err)
		}
		r := c.start(jobs.Config{Redis: "redis://" + address}, nil)
		c.eventually(time.Minute, "what rungs have told is delivered",
			func() bool { return c.count("outbox WHERE delivered_at IS NULL") == n })
		if b, err := c.store.Backlog(c.Context(), c.clock.Now()); err != nil || b.Unsent != 0 || b.Undelivered != n {
			c.Errorf("within the minute: %+v, %v", b, err)
		}
		c.set(c.clock.Now().Add(2 * time.Minute))
		c.allTold()
		c.settle(r)
		c.allTold()
	})
}

func redisLossRestoredRedisTellsNothingTwice(t *testing.T) {
	onEach(t, func(c *county) {
		c.walk(workflow.GroupOpinion)
		server := modelstest.RedisServer(c.T)
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		defer func() { _ = client.Close() }()
		c.hand(server.Addr())
		yesterday := c.dump(client)
		cfg := jobs.Config{Redis: "redis://" + server.Addr()}
		r := c.start(cfg, nil)
		c.settle(r)
		c.allTold()
		c.stop(r)
		told := c.count("notices")
		server.Stop()
		yesterday()
		server.Start()
		if n, err := client.LLen(c.Context(), "asynq:{"+queue.QueueNormal+"}:pending").Result(); err != nil || n == 0 {
			c.Fatalf("yesterday's Redis holds %d tasks, %v", n, err)
		}
		c.settle(c.start(cfg, nil))
		c.allTold()
		if n := c.count("notices"); n != told {
			c.Errorf("%d notices became %d", told, n)
		}
		c.sound()
	})
}

func TestInbox(t *testing.T) {
	t.Parallel()
	t.Run("rung is told once", inboxRungIsToldOnce)
	t.Run("damaged row keeps no other back", inboxDamagedRowKeepsNoOtherBack)
}

// What the law does at expiry tells more offices than its rung: those at whose desks the case comes to lie.
func inboxRungIsToldOnce(t *testing.T) {
	onEach(t, func(c *county) {
		id := c.walk(workflow.TownshipIntake).ID
		d := c.clockOf(id, "L05")
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		c.set(d.DueBefore.Add(time.Second))
		c.settle(r)
		c.allTold()
		for kind, want := range map[string]int{"rung": 3,
			"message": 2} { // counter, township and who acts next; the other two of the three offices
			if n := c.count("notices WHERE kind = '%s' AND case_id = %d AND rung = 'red'", kind, id); n != want {
				c.Errorf("%d %s notices of the acceptance, want %d", n, kind, want)
			}
		}
	})
}

func inboxDamagedRowKeepsNoOtherBack(t *testing.T) {
	onEach(t, func(c *county) {
		c.walk(workflow.VillageReview)
		c.write("UPDATE outbox SET payload = '[]' WHERE id IN (SELECT min(id) FROM outbox WHERE topic = 'moved' UNION SELECT min(id) FROM outbox WHERE topic = 'rung')")
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
		defer cancel()
		if _, err := r.Settle(ctx); err != nil {
			c.Errorf("settle: %v", err)
		}
		if n := c.count("outbox WHERE delivered_at IS NULL"); n != 2 {
			c.Errorf("%d rows are not delivered, want the two", n)
		}
		if n := c.count("outbox WHERE sent_at IS NULL"); n != 0 {
			c.Errorf("%d rows are not sent: they would be waited for", n)
		}
		if err := c.store.DeliverMoved(c.Context(), 1); !errors.As(err, new(*notices.Undeliverable)) {
			c.Errorf("deliver the damaged row: %v", err)
		}
	})
}
