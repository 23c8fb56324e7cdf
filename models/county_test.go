package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"anju/models"
	"anju/models/history"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

func TestMain(m *testing.M) {
	if os.Getenv("ANJU_TEST_CHILD") == "move" {
		moveAndDie()
	}
	os.Exit(modelstest.Run(m))
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Set(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
	return nil
}

// county is the demo county on one database, its people at their desks.
type county struct {
	t      *testing.T
	db     modelstest.Database
	store  *models.Store
	svc    *casework.Service
	clock  *clock
	people seeds.People
	walker *seeds.Walker
}

var dawn = seeds.DemoDawn

// demo is the demo county that the tests copy.
var demo = modelstest.Ground[seeds.People]{Now: func() time.Time { return dawn },
	Fill: func(ctx context.Context, db modelstest.Database) (seeds.People, error) {
		return seeds.LoadDemo(ctx, models.NewStore(db.DB, chains.Published()))
	}}

// onEach runs a test in the demo county, on both databases at once.
func onEach(t *testing.T, test func(*testing.T, *county)) {
	t.Helper()
	demo.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
		clk := &clock{at: dawn}
		db, people := copied(modelstest.Options{Now: clk.Now, MaxConns: 30})
		test(t, newCounty(t, db, clk, people))
	})
}

// countyOn loads the demo county into a database, where it is not there yet.
func countyOn(t *testing.T, db modelstest.Database, clk *clock) *county {
	t.Helper()
	people, err := seeds.LoadDemo(t.Context(), models.NewStore(db.DB, chains.Published()))
	if err != nil {
		t.Fatal(err)
	}
	return newCounty(t, db, clk, people)
}

func newCounty(t *testing.T, db modelstest.Database, clk *clock, people seeds.People) *county {
	t.Helper()
	c := &county{t: t, db: db, store: models.NewStore(db.DB, chains.Published()), clock: clk, people: people}
	set, err := c.store.County(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.svc = casework.NewService(c.store, chains.Published(), func() workflow.County { return set }, clk.Now)
	c.walker = &seeds.Walker{Service: c.svc, Officers: c.people}
	return c
}

// open enters a draft for a household that is free.
func (c *county) open(chain workflow.ChainID) workflow.Case {
	c.t.Helper()
	id, ok, err := c.store.FreeHousehold(c.t.Context(), chain, string(chain))
	if err != nil || !ok {
		c.t.Fatalf("no household is free for %s: %v", chain, err)
	}
	made, err := c.walker.Open(c.t.Context(), chain, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

// walk takes a case along its main line until it lies in the state, waiting out what must be waited for.
func (c *county) walk(id workflow.CaseID, until glossary.State) workflow.Case {
	c.t.Helper()
	for range 200 {
		v := c.view(id)
		if v.Case.State == until || !v.Case.Open() {
			return v.Case
		}
		_, _, err := c.walker.Step(c.t.Context(), id)
		var wait *seeds.WaitError
		switch {
		case errors.As(err, &wait):
			c.reach(wait.Until.Add(time.Hour))
		case err != nil:
			c.t.Fatalf("walk case %d from %s: %v", id, v.Case.State, err)
		}
	}
	c.t.Fatalf("case %d never came to %s", id, until)
	return workflow.Case{}
}

func (c *county) reach(to time.Time) {
	c.t.Helper()
	if err := seeds.Reach(c.t.Context(), c.store, c.svc, c.clock, to); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) view(id workflow.CaseID) workflow.View {
	c.t.Helper()
	v, err := c.svc.View(c.t.Context(), id, c.people[glossary.ServiceCenter])
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// count counts rows as the database's owner sees them.
func (c *county) count(table, where string, args ...any) int {
	c.t.Helper()
	var n int
	q := "SELECT count(*) FROM " + table
	if where != "" {
		q += " WHERE " + where
	}
	if err := c.db.Pool().QueryRowContext(c.t.Context(), q, args...).Scan(&n); err != nil {
		c.t.Fatalf("%s: %v", q, err)
	}
	return n
}

func (c *county) officer(login string) workflow.OfficerID {
	c.t.Helper()
	list, err := c.store.Officers(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, o := range list {
		if o.Login == login {
			return o.ID
		}
	}
	c.t.Fatalf("no officer %s", login)
	return 0
}

// verified fails unless every line of the history holds.
func (c *county) verified() history.Verification {
	c.t.Helper()
	v, err := c.store.VerifyHistory(c.t.Context())
	if err != nil || v.Broken != nil {
		c.t.Fatalf("the history does not verify: %+v, %v", v.Broken, err)
	}
	return v
}

// atOnce runs n goroutines from one barrier and gives their errors.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func (c *county) ctx() context.Context { return c.t.Context() }

// exec changes the database as its owner.
func (c *county) exec(format string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Pool().ExecContext(c.t.Context(), fmt.Sprintf(format, args...)); err != nil {
		c.t.Fatalf("%s: %v", fmt.Sprintf(format, args...), err)
	}
}
