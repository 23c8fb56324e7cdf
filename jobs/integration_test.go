package jobs_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that counts rows
	"github.com/libtnb/sqlite"
	"github.com/redis/go-redis/v9"

	"anju/jobs"
	"anju/jobs/escalation"
	"anju/jobs/queue"
	"anju/models"
	"anju/models/cases"
	database "anju/models/db"
	"anju/models/history"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// movable is a clock that runs, and can be moved forward. Once it was stopped it only moves by hand.
type movable struct {
	mu     sync.Mutex
	lead   time.Duration
	stands time.Time
}

func (c *movable) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stands.IsZero() {
		return c.stands
	}
	return time.Now().Add(c.lead).Round(0)
}

// Set implements seeds.Clock.
func (c *movable) Set(to time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lead = time.Until(to); !c.stands.IsZero() {
		c.stands = to
	}
	return nil
}

// stop stops the clock at an instant.
func (c *movable) stop(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands = at
}

// county is the demo county on one database: its people at their desks, a service, and a clock.
type county struct {
	*testing.T
	store  *models.Store
	svc    *casework.Service
	clock  *movable
	people seeds.People
	walker *seeds.Walker
	inUse  *atomic.Pointer[workflow.County]
	rows   *sql.DB // the tables as the database's owner sees them
	owner  *sql.DB // the same, to write
}

// onEach runs a test in a county of its own on PostgreSQL and on SQLite. They mostly wait, and do so side by side.
// Under
// -short it skips: what a short run needs of a county is in onSQLite.
func onEach(t *testing.T, test func(*county)) {
	t.Helper()
	if testing.Short() {
		t.Skip("a county on each database")
	}
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := &movable{lead: time.Until(seeds.DemoDawn)}
		db, people := demo.Postgres(t, modelstest.Options{Now: clock.Now})
		test(newCounty(t, db.DB, people, clock, "pgx", db.URL, db.URL))
	})
	t.Run("sqlite", func(t *testing.T) { onSQLite(t, test) })
}

// onSQLite runs a test in a county of its own on SQLite, under -short too.
func onSQLite(t *testing.T, test func(*county)) {
	t.Helper()
	t.Parallel()
	clock := &movable{lead: time.Until(seeds.DemoDawn)}
	db, people := demo.SQLite(t, inMemory(t), modelstest.Options{Now: clock.Now})
	dsn := "file:" + db.URL + "?_pragma=busy_timeout(10000)"
	test(newCounty(t, db.DB, people, clock, sqlite.DriverName, dsn+"&_pragma=query_only(1)", dsn))
}

// inMemory is a folder of the test that no disk is waited for, where the machine has such: nothing here asks whether a
// commit outlives a crash, as on PostgreSQL, where fsync is off.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "anjutest-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// demo is the demo county that the tests copy.
var demo = modelstest.Ground[seeds.People]{Now: func() time.Time { return seeds.DemoDawn },
	Fill: func(ctx context.Context, db modelstest.Database) (seeds.People, error) {
		return seeds.LoadDemo(ctx, models.NewStore(db.DB, chains.Published()))
	}}

// countyOn loads the demo county into a database, where it is not there yet.
func countyOn(t *testing.T, db *database.DB, clock *movable, driver, read, write string) *county {
	t.Helper()
	people, err := seeds.LoadDemo(t.Context(), models.NewStore(db, chains.Published()))
	if err != nil {
		t.Fatal(err)
	}
	return newCounty(t, db, people, clock, driver, read, write)
}

func newCounty(t *testing.T, db *database.DB, people seeds.People, clock *movable, driver, read, write string) *county {
	t.Helper()
	c := &county{T: t, inUse: &atomic.Pointer[workflow.County]{}, clock: clock,
		store: models.NewStore(db, chains.Published()), people: people}
	c.reload()
	c.svc = c.service(c.store)
	c.walker = &seeds.Walker{Service: c.svc, Officers: c.people}
	c.rows, c.owner = open(t, driver, read), open(t, driver, write)
	return c
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// reload reads the county's calendar and parameters, as the program does after a change of them.
func (c *county) reload() {
	c.Helper()
	set, err := c.store.County(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.inUse.Store(&set)
}

func (c *county) service(store casework.Store) *casework.Service {
	return casework.NewService(store, chains.Published(), func() workflow.County { return *c.inUse.Load() }, c.clock.Now)
}

// write changes the tables behind the program's back.
func (c *county) write(query string, args ...any) {
	c.Helper()
	if _, err := c.owner.ExecContext(c.Context(), fmt.Sprintf(query, args...)); err != nil {
		c.Fatalf("%s: %v", fmt.Sprintf(query, args...), err)
	}
}

// run runs a part of the test in the same county.
func (c *county) run(name string, part func(*county)) {
	c.Helper()
	c.Run(name, func(t *testing.T) {
		in := *c
		in.T = t
		part(&in)
	})
}

// walk types in a homestead application and takes it along its main line until it lies in the state.
func (c *county) walk(until glossary.State) workflow.Case {
	c.Helper()
	household, ok, err := c.store.FreeHousehold(c.Context(), "homestead", "homestead")
	if err != nil || !ok {
		c.Fatalf("no household is free: %v", err)
	}
	now, err := c.walker.Open(c.Context(), "homestead", household)
	if err != nil {
		c.Fatal(err)
	}
	for now.State != until {
		next, _, err := c.walker.Step(c.Context(), now.ID)
		var wait *seeds.WaitError
		switch {
		case errors.As(err, &wait):
			if err := seeds.Reach(c.Context(), c.store, c.svc, c.clock, wait.Until.Add(9*time.Hour)); err != nil {
				c.Fatal(err)
			}
		case err != nil:
			c.Fatalf("walk case %d from %s: %v", now.ID, now.State, err)
		default:
			now = next
		}
	}
	return now
}

func (c *county) view(id workflow.CaseID) workflow.View {
	c.Helper()
	v, err := c.svc.View(c.Context(), id, c.people[glossary.ServiceCenter])
	if err != nil {
		c.Fatal(err)
	}
	return v
}

// clockOf is the live deadline of a limit.
func (c *county) clockOf(id workflow.CaseID, limit law.LimitID) workflow.Deadline {
	c.Helper()
	for _, d := range c.view(id).Case.Deadlines {
		if d.Limit == limit && d.Live() {
			return d
		}
	}
	c.Fatalf("case %d has no %s running", id, limit)
	return workflow.Deadline{}
}

// lines are the lines of a case's history with a verb.
func (c *county) lines(id workflow.CaseID, verb string) []history.Line {
	c.Helper()
	all, err := c.store.History(c.Context(), workflow.Case{ID: id})
	if err != nil {
		c.Fatal(err)
	}
	return slices.DeleteFunc(all, func(l history.Line) bool { return l.Verb != verb })
}

// tasks are those of a kind about a case, on the list of the account at a desk.
func (c *county) tasks(p glossary.Party, kind string, id workflow.CaseID) []cases.Task {
	c.Helper()
	list, _, err := c.store.Tasks(c.Context(), c.people[p], 1, 200)
	if err != nil {
		c.Fatal(err)
	}
	return slices.DeleteFunc(list, func(t cases.Task) bool { return t.Kind != kind || t.Case.ID != id })
}

func (c *county) count(query string, args ...any) int {
	c.Helper()
	var n int
	if err := c.rows.QueryRowContext(c.Context(), "SELECT count(*) FROM "+fmt.Sprintf(query,
		args...)).Scan(&n); err != nil {
		c.Fatalf("%s: %v", fmt.Sprintf(query, args...), err)
	}
	return n
}

func (c *county) dueNow() int {
	b, err := c.store.Backlog(c.Context(), c.clock.Now())
	if err != nil {
		c.Fatal(err)
	}
	return b.DueUnfired
}

// sound fails unless the history verifies, each rung that fired has its one line, and no task was given up.
func (c *county) sound() {
	c.Helper()
	v, err := c.store.VerifyHistory(c.Context())
	if err != nil || v.Broken != nil {
		c.Errorf("the history does not verify: %+v, %v", v.Broken, err)
	}
	if fired, said := c.count("rungs_fired"), c.count("history WHERE rung <> ''"); fired != said {
		c.Errorf("%d rungs fired, %d lines of history speak of one", fired, said)
	}
	if n := c.count("failed_jobs"); n != 0 {
		c.Errorf("%d tasks were given up", n)
	}
}

// allTold fails unless every row of the outbox has become one notice at each office it tells, be it by the rung itself.
func (c *county) allTold() {
	c.Helper()
	c.eventually(90*time.Second, "every row of the outbox is delivered",
		func() bool { return c.count("outbox WHERE delivered_at IS NULL") == 0 })
	want := c.told()
	if got := c.count("(SELECT DISTINCT case_id, step, office_id FROM notices WHERE kind <> 'climb') AS told"); got != want {
		c.Errorf("%d offices were told of a line, want %d", got, want)
	}
	if got := c.count("notices WHERE kind <> 'climb'"); got != want {
		c.Errorf("%d notices were delivered, want %d", got, want)
	}
}

// told counts the notices that the outbox asks for.
func (c *county) told() int {
	c.Helper()
	rows, err := c.rows.QueryContext(c.Context(), "SELECT payload FROM outbox")
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for rows.Next() {
		var text string
		var told cases.Told
		if err := errors.Join(rows.Scan(&text), json.Unmarshal([]byte(text), &told)); err != nil {
			c.Fatal(err)
		}
		desks := map[glossary.Party]bool{}
		for _, p := range told.Tells {
			desks[p.At(glossary.Place{})] = true
		}
		n += len(desks)
	}
	if err := rows.Err(); err != nil {
		c.Fatal(err)
	}
	return n
}

func (c *county) eventually(within time.Duration, what string, ok func() bool) {
	c.Helper()
	for until := time.Now().Add(within); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			c.Fatalf("not within %s: %s", within, what)
		}
	}
}

func (c *county) set(to time.Time) {
	c.Helper()
	if to.Before(c.clock.Now()) {
		c.Fatalf("the clock shows %s already, and is to show %s", c.clock.Now(), to)
	}
	_ = c.clock.Set(to)
}

// lines of a runner, shown where its test fails.
type kept struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.Write(p)
}

// start begins the jobs in this county; they end with the test, if not before.
func (c *county) start(cfg jobs.Config, svc escalation.Service) *jobs.Runner {
	c.Helper()
	return c.startBy(jobs.StartFast, cfg, svc)
}

// startBy starts the jobs as begin does.
func (c *county) startBy(begin func(context.Context, jobs.Config, jobs.Store, escalation.Service) (*jobs.Runner, error),
	cfg jobs.Config, svc escalation.Service) *jobs.Runner {
	c.Helper()
	said := &kept{}
	cfg.Now, cfg.Log = c.clock.Now, slog.New(slog.NewTextHandler(said, nil))
	if svc == nil {
		svc = c.svc
	}
	r, err := begin(c.Context(), cfg, c.store, svc)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		c.stop(r)
		if c.Failed() {
			said.mu.Lock()
			defer said.mu.Unlock()
			c.Log(said.b.String())
		}
	})
	return r
}

func (c *county) stop(r *jobs.Runner) {
	c.Helper()
	if err := r.Close(context.Background()); err != nil {
		c.Errorf("close: %v", err)
	}
}

func (c *county) settle(r *jobs.Runner) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), 2*time.Minute)
	defer cancel()
	_, err := r.Settle(ctx)
	for n := 0; n < 3 && err != nil && strings.Contains(err.Error(), "the queue does not answer: "); n++ {
		_, err = r.Settle(ctx) // on a busy machine Redis may be late once
	}
	if err != nil {
		c.Errorf("settle: %v", err)
	}
}

// ways are how a rung that fell due may be taken.
var ways = []struct {
	name     string
	embedded bool
	sweep    bool
	stopped  bool // Redis is, before the clock is moved
}{
	{name: "by asynq, sweep off, embedded Redis", embedded: true},
	{name: "by asynq, sweep off, Redis"},
	{name: "by the sweep, Redis stopped", sweep: true, stopped: true},
	{name: "both, embedded Redis", embedded: true, sweep: true},
	{name: "both, Redis", sweep: true},
}

// eachWay runs a part of the test once for each way. begin starts the jobs; the returned function moves the clock,
// waits until they have taken all that is due, where Redis is real by themselves, and then lets everybody who might
// take it again try.
func (c *county) eachWay(part func(c *county, begin func() (pass func(to time.Time)))) {
	for _, w := range ways {
		c.run(w.name, func(c *county) {
			part(c, func() func(time.Time) {
				cfg := jobs.Config{Redis: queue.Embedded, Sweep: w.sweep, SweepEvery: 20 * time.Millisecond, Workers: 8}
				var server *modelstest.RedisProcess
				if !w.embedded {
					server = modelstest.RedisServer(c.T)
					cfg.Redis = "redis://" + server.Addr()
				}
				r := c.start(cfg, nil)
				if w.stopped {
					server.Stop()
				}
				return func(to time.Time) {
					c.Helper()
					c.set(to)
					if !w.embedded {
						c.eventually(time.Minute, "all that is due is taken", func() bool { return c.dueNow() == 0 })
					}
					c.settle(r)
					c.settle(r)
					if n := c.dueNow(); n != 0 {
						c.Errorf("%d rungs are due after the clock was settled", n)
					}
					h, err := r.Health(c.Context())
					if err != nil || h.Answers == w.stopped || h.LastSweep.IsZero() == w.sweep {
						c.Errorf("health %+v, %v: that was not the way it was to be taken", h, err)
					}
				}
			})
			c.sound()
		})
	}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	t.Run("red card once and told", ladderRedCardOnceAndTold)
	t.Run("deemed acceptance on fifth working day", ladderDeemedAcceptanceOnFifthWorkingDay)
	t.Run("takes what begins in the past", ladderTakesWhatBeginsInThePast)
	t.Run("end of public notice is a line", ladderEndOfPublicNoticeIsALine)
}

// The township account is that of the authority above; the counter is next on the main line.
func ladderRedCardOnceAndTold(t *testing.T) {
	onEach(t, func(c *county) {
		c.eachWay(func(c *county, begin func() func(time.Time)) {
			id := c.walk(glossary.VillageReview).ID
			d := c.clockOf(id, "L04")
			pass := begin()
			pass(d.DueBefore.Add(-time.Minute))
			if v := c.view(id); v.Light != workflow.Yellow || len(c.lines(id, "issue_red_card")) != 0 ||
				len(c.tasks(glossary.TownshipGovernment, "notice", id)) != 0 {
				c.Errorf("a minute before the due day ends the case is %s", v.Light)
			}
			pass(d.DueBefore.Add(9 * time.Hour))
			v := c.view(id)
			if v.Light != workflow.Red || v.Case.State != glossary.VillageReview || !c.clockOf(id, "L04").Red {
				c.Errorf("past %s the case is %s in %s", d.DueOn, v.Light, v.Case.State)
			}
			for _, verb := range []string{"issue_yellow_card", "issue_red_card"} {
				if n := len(c.lines(id, verb)); n != 1 {
					c.Errorf("%d lines %s, want 1", n, verb)
				}
			}
			for _, p := range []glossary.Party{glossary.TownshipGovernment, glossary.ServiceCenter} {
				told := c.tasks(p, "notice", id)
				if len(told) != 1 || told[0].Rung != workflow.RungRed || told[0].Text == "" || told[0].Deadline == nil ||
					told[0].Deadline.ID != d.ID {
					c.Errorf("%s has %d notices, want one of the red card: %+v", p, len(told), told)
				}
			}
			// the late office has the case itself on its list, and is not told beside it
			if own := c.tasks(glossary.VillageOrganization, "stage", id); len(own) != 1 ||
				len(c.tasks(glossary.VillageOrganization, "notice", id)) != 0 {
				c.Errorf("the village has the case %d times on its list", len(own))
			}
			if n := c.count("notices WHERE source = %d AND kind = 'rung' AND rung = 'red'", d.ID); n != 3 {
				c.Errorf("%d notices of the red card, want one each for village, township and counter", n)
			}
			if n := c.count("rungs_fired WHERE deadline_id = %d AND rung = 'red'", d.ID); n != 1 {
				c.Errorf("the red rung fired %d times", n)
			}
		})
		c.run("and every office is told", func(c *county) {
			c.settle(c.start(jobs.Config{Redis: queue.Embedded}, nil))
			c.allTold()
		})
	})
}

func ladderDeemedAcceptanceOnFifthWorkingDay(t *testing.T) {
	onEach(t, func(c *county) {
		c.eachWay(func(c *county, begin func() func(time.Time)) {
			id := c.walk(glossary.TownshipIntake).ID
			received := c.view(id).Case.File.Marks[glossary.Received]
			d := c.clockOf(id, "L05")
			if day := calendar.DayOf(received); d.StartedOn != day || d.DueOn != c.svc.County().Calendar.AddWorking(day, 5) {
				c.Errorf("received on %s, L05 runs from %s to %s", day, d.StartedOn, d.DueOn)
			}
			pass := begin()
			pass(d.DueBefore.Add(-time.Minute))
			if now := c.view(id).Case; now.State != glossary.TownshipIntake || now.File.Deemed {
				c.Fatalf("a minute before the fifth working day ends the case is in %s", now.State)
			}
			pass(d.DueBefore.Add(time.Second))
			now := c.view(id).Case
			accepted := now.File.Marks[glossary.Accepted]
			if now.State != glossary.JointReview || !now.File.Deemed || !accepted.Equal(received) {
				c.Errorf("in %s, deemed %t, received %s, accepted %s", now.State, now.File.Deemed, received, accepted)
			}
			for _, limit := range []law.LimitID{"L06", "L08"} {
				if got := c.clockOf(id, limit); got.StartedOn != calendar.DayOf(received) || got.Run != 1 {
					c.Errorf("%s started on %s, generation %d; want the day of receipt %s", limit, got.StartedOn, got.Run,
						calendar.DayOf(received))
				}
			}
			lines := c.lines(id, "deemed_accepted")
			if len(lines) != 1 || lines[0].Officer != 0 || lines[0].Rung != workflow.RungRed ||
				lines[0].To != glossary.JointReview {
				c.Errorf("lines of the acceptance: %+v", lines)
			}
			// the limits that began so run from the past, and may be over in the same breath
			late := c.clockOf(id, "L06")
			pass(late.DueBefore.Add(time.Hour))
			if n := len(c.lines(id, "deemed_accepted")); n != 1 {
				c.Errorf("accepted %d times", n)
			}
			if v := c.view(id); v.Light != workflow.Red || len(c.lines(id, "issue_red_card")) != 1 {
				c.Errorf("past L06 the case is %s with %d red cards", v.Light, len(c.lines(id, "issue_red_card")))
			}
		})
	})
}

func ladderTakesWhatBeginsInThePast(t *testing.T) {
	onEach(t, func(c *county) {
		c.eachWay(func(c *county, begin func() func(time.Time)) {
			id := c.walk(glossary.TownshipIntake).ID
			d := c.clockOf(id, "L05")
			// also past L06, which begins only by this, and not past L08
			begin()(c.svc.County().Calendar.AddWorking(d.StartedOn, 17).Start())
			if v := c.view(id); v.Case.State != glossary.JointReview || v.Light != workflow.Red {
				c.Errorf("%s in %s", v.Light, v.Case.State)
			}
			for verb, want := range map[string]int{"deemed_accepted": 1, "issue_red_card": 1} {
				if n := len(c.lines(id, verb)); n != want {
					c.Errorf("%d lines %s, want %d", n, verb, want)
				}
			}
		})
	})
}

func ladderEndOfPublicNoticeIsALine(t *testing.T) {
	onEach(t, func(c *county) {
		c.eachWay(func(c *county, begin func() func(time.Time)) {
			id := c.walk(glossary.GroupNotice).ID
			d := c.clockOf(id, "L02")
			pass := begin()
			pass(d.DueBefore.Add(-time.Minute))
			if n := len(c.lines(id, "notice_expired")); n != 0 {
				c.Fatalf("%d lines notice_expired a minute before the fifth working day ends", n)
			}
			before := c.view(id)
			pass(d.DueBefore.Add(9 * time.Hour))
			after := c.view(id)
			if n := len(c.lines(id, "notice_expired")); n != 1 {
				c.Errorf("%d lines notice_expired, want 1", n)
			}
			if after.Case.State != glossary.GroupNotice || after.Case.Seen != before.Case.Seen || after.Light == workflow.Red {
				c.Errorf("the end of the notice moved the case: %s, seen %d, %s", after.Case.State, after.Case.Seen, after.Light)
			}
			if n := c.count("notices WHERE kind = 'rung' AND rung = 'end' AND case_id = %d", id); n != 1 {
				c.Errorf("the group was told %d times", n)
			}
			c.step(id, glossary.GroupOpinion) // and now it may be signed
		})
	})
}

func (c *county) step(id workflow.CaseID, want glossary.State) {
	c.Helper()
	if now, _, err := c.walker.Step(c.Context(), id); err != nil || now.State != want {
		c.Errorf("case %d went to %s, %v; want %s", id, now.State, err, want)
	}
}

var people atomic.Int64

// many brings n applications of new households before the group: n open deadlines that fall due together.
func (c *county) many(n int) {
	c.Helper()
	began := time.Now()
	work, failed := make(chan int, n), make(chan error, n)
	for i := range n {
		work <- i
	}
	close(work)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range work {
				if err := c.apply(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		c.Fatal(err)
	default:
	}
	if got := c.count("deadlines WHERE closed_at IS NULL AND limit_id = 'L01'"); got < n {
		c.Fatalf("%d deadlines run, want %d", got, n)
	}
	c.Logf("%d cases in %s", n, time.Since(began).Round(time.Millisecond))
}

// household is a new one, with what it has of a homestead.
func (c *county) household(current workflow.Decimal, certificate string) (workflow.HouseholdID, error) {
	h := forms.Household{Division: "140824100214", GroupNo: "01", Householder: forms.Person{Name: "马一",
		IDNumber: fmt.Sprintf("140824%012d", people.Add(1))}}
	h.Current.HomesteadArea, h.Current.BuildingArea, h.Current.CertificateNo = current, current/2, certificate
	id, _, err := c.store.SaveHousehold(c.Context(), c.people[glossary.ServiceCenter], h)
	return id, err
}

// apply takes one new household from the counter to the group.
func (c *county) apply() error {
	ctx, counter := c.Context(), c.people[glossary.ServiceCenter]
	household, err := c.household(0, "")
	if err != nil {
		return err
	}
	now, err := c.walker.Open(ctx, "homestead", household)
	if err != nil {
		return err
	}
	page, hash := seeds.BlankPage()
	for _, p := range chains.Homestead().Papers {
		if !p.Applicants() {
			continue // nothing is issued yet that could be stamped
		}
		m := workflow.Material{Code: p.Code, Name: p.Code + ".png", Type: "image/png", Size: int64(len(page)), Hash: hash}
		if now, err = c.svc.Attach(ctx, now.ID, counter, "", "", m); err != nil {
			return err
		}
	}
	_, err = c.svc.Move(ctx, now.ID, counter, "", workflow.Move{Do: glossary.Submit, Seen: now.Seen})
	return err
}

func (c *county) anyDeadline() (d workflow.Deadline) {
	c.Helper()
	due, err := c.store.UpcomingRungs(c.Context(), c.clock.Now(), c.clock.Now().AddDate(1, 0, 0), 1)
	if err != nil || len(due) == 0 {
		c.Fatalf("no rung comes: %v", err)
	}
	return c.clockOf(due[0].Case, "L01")
}

func (c *county) fired(rung workflow.RungName) int {
	return c.count("rungs_fired WHERE rung = '%s'", rung)
}

// once fails unless the rung fired for each of n deadlines, and has one line each.
func (c *county) once(n int, rung workflow.RungName, verb string) {
	c.Helper()
	if got := c.fired(rung); got != n {
		c.Errorf("%s fired for %d deadlines, want %d", rung, got, n)
	}
	if got := c.count("history WHERE verb = '%s'", verb); got != n {
		c.Errorf("%d lines %s, want %d", got, verb, n)
	}
	if got := c.count("(SELECT case_id FROM history WHERE verb = '%s' GROUP BY case_id HAVING count(*) <> 1) AS twice",
		verb); got != 0 {
		c.Errorf("%d cases have %s more than once", got, verb)
	}
	c.sound()
}

func TestRedisLoss(t *testing.T) {
	t.Parallel()
	t.Run("FLUSHALL loses no deadline", redisLossFLUSHALLLosesNoDeadline)
	t.Run("moves do not wait for Redis", redisLossMovesDoNotWaitForRedis)
	t.Run("stopped for eight hours", redisLossStoppedForEightHours)
	t.Run("killed between relay and delivery", redisLossKilledBetweenRelayAndDelivery)
	t.Run("restored Redis tells nothing twice", redisLossRestoredRedisTellsNothingTwice)
}

func redisLossFLUSHALLLosesNoDeadline(t *testing.T) {
	n := modelstest.Size(60, 300)
	onEach(t, func(c *county) {
		c.many(n)
		d := c.anyDeadline()
		address := modelstest.Redis(c.T)
		client := redis.NewClient(&redis.Options{Addr: address})
		defer func() { _ = client.Close() }()
		flush := func() {
			c.Helper()
			if err := client.FlushAll(c.Context()).Err(); err != nil {
				c.Fatal(err)
			}
		}
		// pass moves the clock past a rung of all deadlines, and empties Redis before it, at it, and while they fire
		pass := func(r *jobs.Runner, rung workflow.RungName, at time.Time) {
			c.Helper()
			scheduled := func() bool {
				h, err := r.Health(c.Context())
				return err == nil && h.Scheduled == n
			}
			c.set(at.Add(-2 * time.Hour))
			c.settle(r)
			c.eventually(2*time.Minute, "all are scheduled in Redis", scheduled)
			flush()
			if scheduled() {
				c.Error("FLUSHALL left the tasks where they were")
			}
			c.eventually(2*time.Minute, "all are scheduled anew", scheduled)
			flush()
			c.set(at.Add(time.Hour))
			for i := range 3 {
				c.eventually(time.Minute, "some have fired", func() bool { return c.fired(rung) > i*n/4 })
				c.Logf("emptied when %d of %d had fired", c.fired(rung), n)
				flush()
			}
			c.eventually(2*time.Minute, "all that is due is taken", func() bool { return c.dueNow() == 0 })
			c.settle(r)
		}
		r := c.start(jobs.Config{Redis: "redis://" + address}, nil)
		pass(r, workflow.RungWarn, d.WarnAt)
		c.once(n, workflow.RungWarn, "issue_yellow_card")
		c.stop(r)
		r = c.start(jobs.Config{Redis: "redis://" + address, Sweep: true, SweepEvery: 100 * time.Millisecond}, nil)
		pass(r, workflow.RungRed, d.DueBefore)
		c.once(n, workflow.RungRed, "issue_red_card")
		if got := c.count("rungs_fired"); got != 2*n {
			c.Errorf("%d rungs fired, want %d", got, 2*n)
		}
		// yellow tells the group; red the group and the township
		if got := c.count("notices WHERE kind = 'rung'"); got != 3*n {
			c.Errorf("%d notices of rungs, want %d", got, 3*n)
		}
		c.allTold()
	})
}

func redisLossMovesDoNotWaitForRedis(t *testing.T) {
	for _, away := range []struct {
		name       string
		take, give func(*modelstest.RedisProcess)
	}{
		{"stopped", (*modelstest.RedisProcess).Stop, (*modelstest.RedisProcess).Start},
		{"mute", (*modelstest.RedisProcess).Pause, (*modelstest.RedisProcess).Resume},
	} {
		t.Run(away.name, func(t *testing.T) {
			onEach(t, func(c *county) {
				server := modelstest.RedisServer(c.T)
				r := c.start(jobs.Config{Redis: "redis://" + server.Addr(), Sweep: true, SweepEvery: 50 * time.Millisecond}, nil)
				c.walk(glossary.GroupReceived)
				c.settle(r)
				c.allTold()
				sent := c.count("outbox")
				away.take(server)
				var slowest time.Duration
				for range 5 {
					began := time.Now()
					if err := c.apply(); err != nil {
						c.Fatal(err)
					}
					slowest = max(slowest, time.Since(began))
				}
				village := c.walk(glossary.VillageReview)
				c.Logf("the slowest application, of eight commits, took %s", slowest)
				if slowest > 4*time.Second {
					c.Errorf("an application took %s while Redis was away", slowest)
				}
				c.eventually(time.Minute, "what rungs have told is delivered without Redis", func() bool {
					return c.count("outbox WHERE topic = 'rung' AND delivered_at IS NULL") == 0
				})
				if h, err := r.Health(c.Context()); err != nil || h.Answers ||
					h.Backlog.Unsent != c.count("outbox WHERE topic <> 'rung' AND id > %d", sent) ||
					h.Backlog.OldestUnsent.IsZero() || h.Backlog.Undelivered != h.Backlog.Unsent ||
					!h.Backlog.OldestUndelivered.Equal(h.Backlog.OldestUnsent) {
					c.Errorf("health without Redis: %+v, %v; %d rows wait", h, err, c.count("outbox WHERE delivered_at IS NULL"))
				}
				if got := c.count("notices WHERE kind = 'message' AND source > %d", sent); got != 0 {
					c.Errorf("%d notices without Redis", got)
				}
				away.give(server)
				c.allTold()
				delivered := c.count("notices")
				c.settle(r)
				c.settle(r)
				if got := c.count("notices"); got != delivered {
					c.Errorf("%d notices became %d", delivered, got)
				}
				if n := c.count("notices WHERE kind = 'message' AND case_id = %d AND text = 'forward'", village.ID); n != 1 {
					c.Errorf("the village was told %d times that the case has come", n)
				}
				c.sound()
			})
		})
	}
}

// slow is a service whose rungs take a while, so that a runner can be ended in the middle of many.
type slow struct{ *casework.Service }

// Escalate implements escalation.Service.
func (s slow) Escalate(ctx context.Context, id workflow.CaseID, d workflow.DeadlineID, generation int,
	rung workflow.RungName) error {
	time.Sleep(10 * time.Millisecond)
	return s.Service.Escalate(ctx, id, d, generation, rung)
}

// EscalateMany implements escalation.Service.
func (s slow) EscalateMany(ctx context.Context, turns []workflow.Turn) ([]error, error) {
	time.Sleep(10 * time.Millisecond)
	return s.Service.EscalateMany(ctx, turns)
}

func TestRestart(t *testing.T) {
	t.Parallel()
	t.Run("repeats nothing", restartRepeatsNothing)
	t.Run("restored database tells nothing twice", restartRestoredDatabaseTellsNothingTwice)
}

func restartRepeatsNothing(t *testing.T) {
	n := modelstest.Size(20, 60)
	onEach(t, func(c *county) {
		c.many(n)
		d := c.anyDeadline()
		pass := func(redis string, rung workflow.RungName, verb string, at time.Time) {
			c.Helper()
			cfg := jobs.Config{Redis: redis, Sweep: true, SweepEvery: 100 * time.Millisecond, Workers: 1}
			r := c.start(cfg, slow{c.svc})
			c.set(at.Add(time.Hour))
			for i := range 3 {
				c.eventually(time.Minute, "some have fired", func() bool { return c.fired(rung) > i*n/5 })
				if i == 1 && strings.HasPrefix(redis, "redis://") {
					next := c.start(cfg, slow{c.svc}) // the new one begins before the old one ends
					c.stop(r)
					r = next
				} else {
					c.stop(r)
					c.Logf("ended when %d of %d had fired", c.fired(rung), n)
					r = c.start(cfg, slow{c.svc})
				}
			}
			c.settle(r)
			c.once(n, rung, verb)
			c.allTold()
			c.stop(r)
		}
		pass(queue.Embedded, workflow.RungWarn, "issue_yellow_card", d.WarnAt)
		pass("redis://"+modelstest.Redis(c.T), workflow.RungRed, "issue_red_card", d.DueBefore)
		if got := c.count("notices WHERE kind = 'rung'"); got != 3*n {
			c.Errorf("%d notices of rungs, want %d", got, 3*n)
		}
	})
}
