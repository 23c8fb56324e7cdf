package jobs_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"anju/jobs"
	"anju/jobs/escalation"
	"anju/jobs/queue"
	"anju/models"
	"anju/models/modelstest"
	"anju/workflow"
	"anju/workflow/glossary"
)

// copies makes n copies of a case, each of a household of its own and with the case's open deadlines, and none of its
// past: rows by the owner of the database, since no county types in so many in a test.
func (c *county) copies(of workflow.CaseID, n int) {
	c.Helper()
	began := time.Now()
	var last int
	if err := c.rows.QueryRowContext(c.Context(),
		"SELECT last FROM number_series WHERE name = 'case'").Scan(&last); err != nil {
		c.Fatal(err)
	}
	id, household := fmt.Sprintf("CAST(%d + g.i AS bigint)", last), "CAST(1000000 + g.i AS bigint)"
	for _, t := range []struct {
		table, where string
		instead      map[string]string
	}{
		{"households", "t.id = (SELECT household_id FROM cases WHERE id = %d)", map[string]string{"id": household,
			"head": "t.head || '-' || g.i", "chain": "''"}},
		{"cases", "t.id = %d", map[string]string{"id": id, "number": "t.number || '-' || g.i", "household_id": household,
			"step": "0", "version": "1", "head": "''"}},
		{"stages", "t.case_id = %d AND t.left_at IS NULL", map[string]string{"id": id + " * 1000000", "case_id": id}},
		{"deadlines", "t.case_id = %d AND t.closed_at IS NULL", map[string]string{"id": id + " * 1000000", "case_id": id}},
	} {
		names := c.columns(t.table)
		values := slices.Clone(names)
		for i, name := range names {
			if values[i] = t.instead[name]; values[i] == "" {
				values[i] = "t." + name
			}
		}
		c.write("WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d) INSERT INTO %s (%s) SELECT %s FROM %s t, g WHERE "+t.where,
			n, t.table, strings.Join(names, ", "), strings.Join(values, ", "), t.table, of)
	}
	c.write("UPDATE number_series SET last = %d WHERE name = 'case'", last+n)
	c.write("ANALYZE")
	c.Logf("%d copies in %s", n, time.Since(began).Round(time.Millisecond))
}

// sweep sweeps once, without a queue.
func (c *county) sweep(svc escalation.Service) int {
	c.Helper()
	said := &kept{}
	cfg := jobs.Config{Now: c.clock.Now, Log: slog.New(slog.NewTextHandler(said, nil))}
	fired, err := jobs.Sweep(c.Context(), cfg, c.store, svc, nil)
	if err != nil {
		c.Errorf("sweep: %v\n%s", err, said.b.String())
	}
	return fired
}

func (c *county) postgres() bool { return strings.Contains(c.Name(), "postgres") }

// storm lets the red rungs of n cases fall due at one instant, and moves the clock just past it.
func (c *county) storm(n int) {
	c.Helper()
	id := c.walk(glossary.VillageReview).ID
	d := c.clockOf(id, "L04")
	c.reach(d.DueBefore.Add(-time.Minute))
	c.copies(id, n-1)
	c.set(d.DueBefore.Add(time.Second))
	if got := c.dueNow(); got != n {
		c.Fatalf("%d rungs are due, want %d", got, n)
	}
}

// each fails unless the rung has had its effect once on each of n cases, and once only.
func (c *county) each(n int, rung workflow.RungName) {
	c.Helper()
	for _, q := range []struct {
		what string
		want int
	}{
		{"rungs_fired WHERE rung = '%[1]s'", n},
		{"history WHERE rung = '%[1]s'", n},
		{"(SELECT DISTINCT case_id FROM history WHERE rung = '%[1]s') AS cases", n},
		{"outbox WHERE CAST(payload AS text) LIKE '%%\"rung\":\"%[1]s\"%%'", n},
		{"(SELECT DISTINCT case_id FROM outbox WHERE CAST(payload AS text) LIKE '%%\"rung\":\"%[1]s\"%%') AS cases", n},
		{"(SELECT DISTINCT case_id FROM breaches) AS cases WHERE '%[1]s' <> ''", n},
		{"breaches WHERE '%[1]s' <> ''", n},
		{"deadlines WHERE red AND closed_at IS NULL AND next <> '%[1]s'", n},
	} {
		if got := c.count(q.what, rung); got != q.want {
			c.Errorf("%s: %d, want %d", fmt.Sprintf(q.what, rung), got, q.want)
		}
	}
}

var storm = flag.Int("storm", 0, "rungs of TestStorm that fall due at one instant: 200, under -long 2,000")

func TestStorm(t *testing.T) {
	t.Parallel()
	t.Run("due at one instant", stormDueAtOneInstant)
	t.Run("by two processes", stormByTwoProcesses)
	t.Run("panic in a batch", stormPanicInABatch)
	t.Run("lost lease", stormLostLease)
}

// stormDueAtOneInstant takes a storm of rungs in one sweep (fault 34).
func stormDueAtOneInstant(t *testing.T) {
	onEach(t, func(c *county) {
		n := cmp.Or(*storm, modelstest.Size(200, 2_000)) // anju bench sweep takes 100,000
		c.storm(n)
		before := c.count("outbox")
		began := time.Now()
		fired := c.sweep(c.svc)
		took := time.Since(began)
		c.Logf("%d rungs in %s: %.0f a second", fired, took.Round(time.Millisecond), float64(fired)/took.Seconds())
		if fired != n {
			c.Errorf("%d rungs fired, want %d", fired, n)
		}
		c.each(n, workflow.RungRed)
		if got := c.count("outbox"); got != before+n {
			c.Errorf("%d rows in the outbox, want %d more than %d", got, n, before)
		}
		if again := c.sweep(c.svc); again != 0 {
			c.Errorf("%d rungs fired again", again)
		}
		c.sound()
		c.deliverStorm(n)
	})
}

func stormByTwoProcesses(t *testing.T) {
	onEach(t, func(c *county) {
		n := modelstest.Size(300, 1_500)
		c.storm(n)
		var all sync.WaitGroup
		fired := make([]int, 3)
		for i := range fired[1:] {
			all.Go(func() { fired[i] = c.sweep(c.svc) })
		}
		all.Wait()
		c.eventually(time.Minute, "what one found held by the other is taken too", func() bool {
			fired[2] += c.sweep(c.svc)
			return c.dueNow() == 0
		})
		c.Logf("the two took %v", fired)
		if fired[0]+fired[1]+fired[2] != n {
			c.Errorf("%v fired, want %d", fired, n)
		}
		c.each(n, workflow.RungRed)
		c.sound()
	})
}

func (c *county) verbOf(rung workflow.RungName) (verb string) {
	c.Helper()
	if err := c.rows.QueryRowContext(c.Context(),
		"SELECT max(verb) FROM history WHERE rung = '"+string(rung)+"'").Scan(&verb); err != nil {
		c.Fatal(err)
	}
	return verb
}

// poisoned is a database on which the judgement of one case panics.
type poisoned struct {
	*models.Store
	id workflow.CaseID
}

func (p poisoned) Update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return p.Store.Update(ctx, id, by, key, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
		p.touch(c)
		return judge(c, a)
	})
}

func (p poisoned) UpdateMany(ctx context.Context, ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome,
	error)) (map[workflow.CaseID]error, error) {
	return p.Store.UpdateMany(ctx, ids, func(c workflow.Case) (workflow.Outcome, error) {
		p.touch(c)
		return judge(c)
	})
}

func (p poisoned) touch(c workflow.Case) {
	if c.ID == p.id {
		panic("a row that no judgement expects")
	}
}

func stormPanicInABatch(t *testing.T) {
	onEach(t, func(c *county) {
		n := modelstest.Size(120, 600)
		c.storm(n)
		bad := workflow.CaseID(77)
		// the connection of the panic may hold its locks a moment longer, and the cases that it held are busy then
		fired := 0
		c.eventually(time.Minute, "all but one are taken", func() bool {
			fired += c.sweep(c.service(poisoned{c.store, bad}))
			return c.dueNow() == 1
		})
		if fired != n-1 {
			c.Errorf("%d rungs fired, want all but one", fired)
		}
		if got := c.count("breaches"); got != n-1 {
			c.Errorf("%d breaches, want %d", got, n-1)
		}
		fired = 0
		c.eventually(time.Minute, "it is taken once it was repaired", func() bool {
			fired += c.sweep(c.svc)
			return c.dueNow() == 0
		})
		if fired != 1 {
			c.Errorf("%d rungs fired once it was repaired", fired)
		}
		c.once(n, workflow.RungRed, "issue_red_card")
	})
}

// The lease of a task is lost where its worker was stopped for a while: asynq gives it to another, and both work.
func stormLostLease(t *testing.T) {
	onEach(t, func(c *county) {
		cases := modelstest.Size(10, 40)
		id := c.walk(glossary.VillageReview).ID
		c.copies(id, cases-1)
		one := c.start(jobs.Config{Redis: queue.Embedded, SweepEvery: time.Hour}, nil)
		two := c.start(jobs.Config{Redis: queue.Embedded, SweepEvery: time.Hour}, nil)
		c.stop(one) // their queues are quiet, and do not take what is handed to them by hand
		c.stop(two)
		rounds := 0
		for range 5 { // warned, red, three days, seven days, a month
			due, err := c.store.UpcomingRungs(c.Context(), c.clock.Now(), c.clock.Now().AddDate(1, 0, 0), cases)
			if err != nil || len(due) != cases {
				c.Fatalf("%d rungs come, %v; want %d", len(due), err, cases)
			}
			c.set(due[cases-1].At.Add(time.Second))
			for _, d := range due {
				task := queue.NewRungTask(d)
				start := make(chan struct{})
				var all sync.WaitGroup
				for _, r := range []*jobs.Runner{one, two} {
					all.Go(func() {
						<-start
						err := r.Handle(c.Context(), task)
						for errors.Is(err, workflow.ErrBusy) {
							err = r.Handle(c.Context(), task)
						}
						if err != nil {
							c.Errorf("%s of case %d: %v", d.Rung, d.Case, err)
						}
					})
				}
				close(start)
				all.Wait()
				rounds++
			}
		}
		if rounds != 5*cases {
			c.Errorf("%d rounds", rounds)
		}
		for _, r := range []workflow.RungName{workflow.RungWarn, workflow.RungRed, workflow.RungDay3, workflow.RungDay7,
			workflow.RungMonth} {
			c.once(cases, r, c.verbOf(r))
		}
		if got := c.count("breaches"); got != cases {
			c.Errorf("%d breaches, want %d", got, cases)
		}
	})
}

// Eight hours, or two in the ordinary run, a due time every five minutes, on a clock that goes by five minutes a sweep.
func redisLossStoppedForEightHours(t *testing.T) {
	onEach(t, func(c *county) {
		n, every := modelstest.Size(24, 96), 5*time.Minute
		server := modelstest.RedisServer(c.T)
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		defer func() { _ = client.Close() }()
		id := c.walk(glossary.VillageReview).ID
		d := c.clockOf(id, "L04")
		c.reach(d.DueBefore.Add(-9 * time.Hour))
		c.copies(id, n-1)
		from := c.clock.Now().Add(10 * time.Minute).Truncate(time.Second)
		c.clock.stop(from)
		c.spread(from, every)

		cfg := jobs.Config{Redis: "redis://" + server.Addr(), Sweep: true, SweepEvery: 10 * time.Millisecond}
		r := c.start(cfg, nil)
		c.settle(r)
		h, err := r.Health(c.Context())
		if err != nil || h.Scheduled != n {
			c.Fatalf("%d wake-ups are scheduled, %v; want %d", h.Scheduled, err, n)
		}
		yesterday := c.dump(client)
		server.Stop()
		for range n {
			c.set(c.clock.Now().Add(every))
			c.eventually(time.Minute, "the sweep takes what has fallen due", func() bool { return c.dueNow() == 0 })
		}
		c.onTime(n, every)
		c.eventually(time.Minute, "what the rungs have told needs no Redis", func() bool {
			return c.count("outbox WHERE topic = 'rung' AND delivered_at IS NULL") == 0
		})

		server.Start() // empty
		c.allTold()
		delivered := c.count("notices")
		if err := client.FlushAll(c.Context()).Err(); err != nil {
			c.Fatal(err)
		}
		c.settle(r)

		server.Stop()
		yesterday()
		server.Start()
		keys, err := client.ZCard(c.Context(), "asynq:{"+queue.QueueUrgent+"}:scheduled").Result()
		if err != nil || keys == 0 {
			c.Errorf("yesterday's Redis holds %d wake-ups, %v", keys, err)
		}
		c.settle(r)
		c.settle(r)
		c.onTime(n, every)
		c.once(n, workflow.RungRed, "issue_red_card")
		c.allTold()
		if got := c.count("notices"); got != delivered {
			c.Errorf("%d notices became %d", delivered, got)
		}
		if got := c.count("breaches"); got != n {
			c.Errorf("%d breaches, want %d", got, n)
		}
	})
}

// spread lets the red rungs of all cases fall due one after the other.
func (c *county) spread(from time.Time, every time.Duration) {
	c.Helper()
	for i, id := range c.ids("SELECT id FROM deadlines WHERE closed_at IS NULL AND next = 'red' ORDER BY id") {
		at := from.Add(time.Duration(i+1)*every - time.Second).UTC().Format("2006-01-02 15:04:05+00:00")
		c.write("UPDATE deadlines SET next_at = '%s' WHERE id = %d AND closed_at IS NULL", at, id)
	}
}

func (c *county) ids(query string) (ids []int64) {
	c.Helper()
	rows, err := c.rows.QueryContext(c.Context(), query)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			c.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		c.Fatal(err)
	}
	return ids
}

// onTime fails unless the red rungs fired one at each step of the clock, as they fell due.
func (c *county) onTime(n int, every time.Duration) {
	c.Helper()
	instants := c.count("(SELECT DISTINCT at FROM rungs_fired WHERE rung = 'red') AS steps")
	if fired := c.fired(workflow.RungRed); fired != n || instants != n {
		c.Errorf("%d red rungs fired at %d instants, want %d at as many, %s apart", fired, instants, n, every)
	}
}

// dump lets Redis write down what it holds. The returned function puts that back, where Redis reads it when it starts.
func (c *county) dump(client *redis.Client) (restore func()) {
	c.Helper()
	set, err := client.ConfigGet(c.Context(), "dir").Result()
	if err := errors.Join(err, client.Save(c.Context()).Err()); err != nil {
		c.Fatal(err)
	}
	path := filepath.Join(set["dir"], "dump.rdb")
	text, err := os.ReadFile(path)
	if err := errors.Join(err, os.Remove(path)); err != nil {
		c.Fatal(err)
	}
	return func() {
		c.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			c.Fatal(err)
		}
	}
}

// deliverStorm delivers and plans what a storm has told, as the running jobs do: without a queue.
func (c *county) deliverStorm(n int) {
	c.Helper()
	c.hand(modelstest.Redis(c.T)) // the moves before it
	told := c.count("notices")
	began := time.Now()
	for after, more := int64(0), true; more; {
		ids, err := c.store.Undelivered(c.Context(), c.clock.Now(), after, 1_000)
		if err != nil {
			c.Fatal(err)
		}
		if more = len(ids) > 0; !more {
			break
		}
		after = ids[len(ids)-1]
		if failed, err := c.store.DeliverMany(c.Context(), ids); err != nil || len(failed) > 0 {
			c.Fatalf("%v, %v", failed, err)
		}
	}
	c.Logf("the outbox was delivered in %s", time.Since(began).Round(time.Millisecond))
	if left := c.count("outbox WHERE topic = 'rung' AND delivered_at IS NULL"); left != 0 {
		c.Errorf("%d rows of rungs are not delivered", left)
	}
	if got := c.count("notices WHERE kind = 'rung'"); got < 2*n ||
		c.count("notices WHERE kind = 'message' AND rung <> ''") != 0 {
		c.Errorf("%d notices of rungs, and %d more of the same; there were %d before", got,
			c.count("notices WHERE kind = 'message' AND rung <> ''"), told)
	}
	began = time.Now()
	planned := 0
	for {
		took, err := c.store.PlanNotices(c.Context(), c.svc.County(), 5_000)
		if err != nil {
			c.Fatal(err)
		}
		if planned += took; took == 0 {
			break
		}
	}
	c.Logf("%d notices were planned in %s", planned, time.Since(began).Round(time.Millisecond))
}

// columns are the names of the columns of a table.
func (c *county) columns(table string) []string {
	c.Helper()
	rows, err := c.rows.QueryContext(c.Context(), "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err := errors.Join(err, rows.Err()); err != nil {
		c.Fatal(err)
	}
	return names
}
