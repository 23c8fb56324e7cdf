package models_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	trusted "anju/models/clock"
	"anju/models/org"
	"anju/models/registry"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// given gives the county another service, with options.
func (c *county) given(options ...casework.Option) {
	c.t.Helper()
	set, err := c.store.County(c.ctx())
	if err != nil {
		c.t.Fatal(err)
	}
	c.svc = casework.NewService(c.store, chains.Published(), func() workflow.County { return set }, c.clock.Now, options...)
	c.walker = &seeds.Walker{Service: c.svc, Officers: c.people}
}

// A case is walked to its end under a clock in doubt: what issues a paper is refused and writes nothing, the rest
// goes on.
func TestNothingIsDatedWhileTheClockIsInDoubt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		var doubt error
		c.given(casework.Dating(func() error { return doubt }))
		id := c.open("homestead").ID
		papers := func() string {
			return fmt.Sprint(c.count("documents", ""), c.count("number_series", ""), c.count("papers", ""), c.count("cases", ""))
		}
		held := &workflow.Held{Hold: workflow.HoldClock, Cause: "a test"}
		doubt = held
		household, ok, err := c.store.FreeHousehold(c.ctx(), "homestead", "homestead")
		if err != nil || !ok {
			t.Fatal(err)
		}
		before := papers()
		if _, err := c.walker.Open(c.ctx(), "homestead", household); !errors.Is(err, held) || papers() != before {
			t.Errorf("a case is opened: %v; papers %s, before %s", err, papers(), before)
		}
		refused, went := 0, 0
		for range 200 {
			v := c.view(id)
			if !v.Case.Open() {
				break
			}
			doubt, before = held, papers()
			_, _, err := c.walker.Step(c.ctx(), id)
			var wait *seeds.WaitError
			switch {
			case errors.As(err, &wait):
				c.reach(wait.Until.Add(time.Hour))
				continue
			case err == nil:
				went++
			case errors.Is(err, held):
				refused++
				if after := c.view(id); after.Case.State != v.Case.State {
					t.Errorf("refused in %s, the case lies in %s", v.Case.State, after.Case.State)
				}
				if papers() != before {
					t.Errorf("refused in %s: papers %s, before %s", v.Case.State, papers(), before)
				}
				doubt = nil
				if _, _, err := c.walker.Step(c.ctx(), id); err != nil && !errors.As(err, &wait) {
					t.Fatalf("once the clock is right, in %s: %v", v.Case.State, err)
				}
			default:
				t.Fatalf("in %s: %v", v.Case.State, err)
			}
			if err == nil && papers() != before {
				t.Errorf("%s went on under a clock in doubt: papers %s, before %s", v.Case.State, papers(), before)
			}
		}
		if refused < 2 || went < 2 {
			t.Errorf("%d steps were refused and %d went on", refused, went)
		}
		c.verified()
	})
}

// A server that was off for two months climbs one rung an hour.
func TestRungsOfADeadlineAreApart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.given(casework.RungsApart(time.Hour))
		id := c.walk(c.open("homestead").ID, glossary.VillageReview).ID
		_ = c.clock.Set(c.clock.Now().AddDate(0, 2, 0))
		// take takes what is due of the case, again and again until nothing is.
		take := func(many bool) (fired int) {
			t.Helper()
			for range 10 {
				due, err := c.store.DueRungs(c.ctx(), c.clock.Now(), 10_000)
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, d := range due {
					if d.Case != id {
						continue
					}
					found = true
					if many {
						var errs []error
						errs, err = c.svc.EscalateMany(c.ctx(), []workflow.Turn{{Case: d.Case, Deadline: d.Deadline, Run: d.Generation, Rung: d.Rung}})
						err = errors.Join(append(errs, err)...)
					} else {
						err = c.svc.Escalate(c.ctx(), d.Case, d.Deadline, d.Generation, d.Rung)
					}
					if err != nil {
						t.Fatalf("%s of deadline %d: %v", d.Rung, d.Deadline, err)
					}
					fired++
				}
				if !found {
					return fired
				}
			}
			return fired
		}
		deadlines := c.count("deadlines", fmt.Sprintf("case_id = %d AND closed_at IS NULL AND next <> ''", id))
		if deadlines == 0 {
			t.Fatal("nothing is due")
		}
		for hour := range 3 {
			if n := take(hour%2 == 0); n != deadlines {
				t.Errorf("hour %d: %d rungs of %d deadlines", hour, n, deadlines)
			}
			if hour == 1 { // counting anew does not begin the ladder anew
				year := calendar.Year{Year: 2027, Notice: "虚构的通知，仅供测试", PublishedOn: calendar.Date(2026, time.November, 1),
					Off: []calendar.Range{{From: calendar.Date(2027, 1, 1), To: calendar.Date(2027, 1, 3)}}}
				if done, err := c.svc.ImportCalendar(c.ctx(), 0, []calendar.Year{year}, false); err != nil || done.Version != 2 {
					t.Fatalf("import: %+v, %v", done, err)
				}
			}
			_ = c.clock.Set(c.clock.Now().Add(59 * time.Minute))
			if n := take(true); n != 0 {
				t.Errorf("hour %d: %d rungs more before it was over", hour, n)
			}
			_ = c.clock.Set(c.clock.Now().Add(time.Minute))
		}
		c.verified()
	})
}

func TestProcessesReport(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := time.Now().UTC().Truncate(time.Second)
		at := func(boot string, at time.Time) trusted.Trust {
			return trusted.Trust{At: at, Boot: boot, Booted: now.Add(-time.Hour)}
		}
		trust := func(boot string) trusted.Trust {
			t.Helper()
			got, err := c.store.ClockTrust(c.ctx(), boot)
			if err != nil {
				t.Fatal(err)
			}
			got.At, got.Booted = got.At.UTC(), got.Booted.UTC()
			return got
		}
		if got := trust("one"); !got.At.IsZero() {
			t.Errorf("an empty county trusts %+v", got)
		}
		c.open("homestead")
		if got := trust("one"); !got.At.Equal(dawn) {
			t.Errorf("without a heartbeat the county trusts %s, want the newest line, %s", got.At, dawn)
		}
		beat := func(p registry.Process) {
			t.Helper()
			if err := c.store.Beat(c.ctx(), p); err != nil {
				t.Fatal(err)
			}
		}
		worker := registry.Process{ID: "w", Role: "worker", Host: "h", Version: "v", Started: now, Swept: now.Add(time.Second), Doubt: "set", Trust: at("one", now)}
		beat(registry.Process{ID: "gone", Role: "worker", Started: now, Trust: at("two", now.Add(time.Minute))})
		c.exec("UPDATE processes SET beat_at = '2026-03-02 09:00:00+00:00'")
		beat(worker)
		beat(worker)
		beat(registry.Process{ID: "b", Role: "web", Host: "h", Started: now.Add(time.Second), Trust: at("two", now.Add(10*time.Second))})
		list, err := c.store.Processes(c.ctx())
		if err != nil || len(list) != 2 || list[0].ID != "b" || list[1].ID != "w" {
			t.Fatalf("processes %+v, %v", list, err)
		}
		w := list[1]
		if !w.Alive() || !w.Works() || list[0].Works() || w.Doubt != "set" || !w.Swept.Equal(worker.Swept) || !w.Trust.At.Equal(now) || w.Age > time.Minute {
			t.Errorf("the worker is %+v", w)
		}
		if newest, ok := registry.NewestWorker(list); !ok || newest.ID != "w" {
			t.Errorf("the newest worker is %+v, %t", newest, ok)
		}
		stopped := worker
		stopped.ID, stopped.Ended = "stopped", true
		beat(stopped)
		list, err = c.store.Processes(c.ctx())
		if err != nil || len(list) != 3 {
			t.Fatalf("processes %+v, %v", list, err)
		}
		for _, p := range list {
			if p.Alive() == (p.ID == "stopped") || p.ID == "stopped" && (!p.Ended || p.Role != "worker") {
				t.Errorf("after a stop: %+v", p)
			}
		}
		if newest, _ := registry.NewestWorker(list); newest.ID != "w" {
			t.Errorf("the newest worker beside one that was stopped later is %+v", newest)
		}
		if got := trust("one"); got != at("one", now) {
			t.Errorf("of this boot %+v is trusted", got)
		}
		if got := trust("three"); got != at("two", now.Add(10*time.Second)) {
			t.Errorf("of another boot %+v is trusted, want the newest", got)
		}
		// a confirmation counts more than what was trusted before
		said := registry.Confirmation{Clock: at("two", now.Add(-time.Hour)), Operator: "zhao@server", Doubt: "ahead"}
		if said.ID, err = c.store.ConfirmClock(c.ctx(), said, org.Act{}); err != nil {
			t.Fatal(err)
		}
		if got, err := c.store.Confirmed(c.ctx()); err != nil || got.ID != said.ID || got.Operator != said.Operator || !got.Clock.At.Equal(said.Clock.At) {
			t.Errorf("confirmed %+v, %v", got, err)
		}
		if got := trust("one"); got != said.Clock {
			t.Errorf("after a confirmation %+v is trusted", got)
		}
		worker.Confirmation, worker.Trust = said.ID, at("one", now.Add(-time.Minute))
		beat(worker)
		if got := trust("one"); got != worker.Trust {
			t.Errorf("of this boot %+v is trusted after the confirmation", got)
		}
		for _, change := range []string{"UPDATE clock_confirmations SET operator = 'x'", "DELETE FROM clock_confirmations"} {
			if _, err := c.db.Pool().ExecContext(c.ctx(), change); err == nil {
				t.Errorf("%s was taken", change)
			}
		}
	})
}
