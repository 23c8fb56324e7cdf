package clock_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"anju/models/clock"
	"anju/workflow"
)

const day = 24 * time.Hour

var noon = time.Date(2026, time.March, 2, 4, 0, 0, 0, time.UTC)

// machine is a machine of which both clocks are moved by hand.
type machine struct {
	mu     sync.Mutex
	wall   time.Time
	steady time.Duration
	boot   string
}

func (m *machine) read() clock.Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clock.Reading{Wall: m.wall, Steady: m.steady, Boot: m.boot}
}

// pass lets time pass.
func (m *machine) pass(d time.Duration) { m.wall, m.steady = m.wall.Add(d), m.steady+d }

// set sets the wall clock by d and lets a second pass.
func (m *machine) set(d time.Duration) { m.wall = m.wall.Add(d); m.pass(time.Second) }

func newMachine() *machine { return &machine{wall: noon, steady: time.Hour, boot: "one"} }

func holds(t *testing.T, err error, cause string) {
	t.Helper()
	var held *workflow.Held
	if !errors.As(err, &held) || held.Hold != workflow.HoldClock || !strings.Contains(held.Cause, cause) {
		t.Errorf("the guard says %v, want a hold with %q", err, cause)
	}
}

func TestAWallClockThatIsSetHolds(t *testing.T) {
	for _, tt := range []struct {
		by    time.Duration
		cause string // "": no doubt
	}{
		{400 * day, "set forward by 9600h0m0s"}, {-time.Hour, "set back by 1h0m0s"}, {61 * time.Second, "set forward by 1m1s"},
		{-61 * time.Second, "set back by 1m1s"}, {59 * time.Second, ""}, {-59 * time.Second, ""},
	} {
		m := newMachine()
		g := clock.New(clock.Config{Read: m.read})
		if err := g.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.pass(8 * time.Hour) // sleep counts on both clocks
		if err := g.Check(); err != nil {
			t.Errorf("after eight hours: %v", err)
		}
		m.set(tt.by)
		if tt.cause == "" {
			if err := g.Check(); err != nil {
				t.Errorf("set by %s: %v", tt.by, err)
			}
			continue
		}
		holds(t, g.Check(), tt.cause)
		m.pass(3 * day)
		holds(t, g.Check(), tt.cause) // it does not become right by waiting
		m.set(-tt.by)
		if err := g.Check(); err != nil {
			t.Errorf("set by %s and back: %v", tt.by, err)
		}
	}
}

func TestSmallStepsAreFollowed(t *testing.T) {
	m := newMachine()
	g := clock.New(clock.Config{Read: m.read})
	for i := range 200 {
		if err := g.Check(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		m.set(30 * time.Second)
	}
}

func TestAtTheStartTheDatabaseTells(t *testing.T) {
	for _, tt := range []struct {
		now, boot string
		by        time.Duration // against what was trusted last
		cause     string
	}{
		{"the same boot, a minute later", "one", 0, ""},
		{"the same boot, set", "one", 2 * time.Hour, "set forward by 2h0m0s"},
		{"the same boot, set back", "one", -2 * time.Hour, "set back by 2h0m0s"},
		{"another boot", "two", 10 * day, ""},
		{"another boot, silent for the Spring Festival", "two", 14 * day, ""},
		{"another boot, far ahead", "two", 30 * day, "720h0m59s ahead of the newest instant in the database"},
		{"another boot, behind", "two", -2 * time.Minute, "behind the newest instant in the database, 2026-03-02T04:00:00Z"},
		{"another boot, hardly behind", "two", -64 * time.Second, ""},
	} {
		m := newMachine()
		trust := m.read().Trust()
		m.pass(time.Minute)
		m.wall = m.wall.Add(tt.by)
		if m.boot = tt.boot; tt.boot == "two" {
			m.steady = time.Second
			if tt.cause != "" && tt.by > 0 {
				m.wall = m.wall.Add(-time.Second)
			}
		}
		g := clock.New(clock.Config{Read: m.read, Trust: trust})
		err := g.Look(t.Context())
		if tt.cause == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.now, err)
			}
			continue
		}
		holds(t, err, tt.cause)
		g.Confirm(m.read().Trust())
		if err := g.Check(); err != nil {
			t.Errorf("%s, confirmed: %v", tt.now, err)
		}
	}
}

// A machine without a clock of its own boots in 1970 and sets itself right.
func TestALateTimeServiceSetsTheClockRight(t *testing.T) {
	m := newMachine()
	trust := m.read().Trust()
	m.boot, m.steady, m.wall = "two", time.Second, time.Unix(0, 0)
	g := clock.New(clock.Config{Read: m.read, Trust: trust})
	holds(t, g.Check(), "behind")
	if got := g.Trusted(); got != trust {
		t.Errorf("while in doubt the guard trusts %+v, want %+v", got, trust)
	}
	m.wall = noon.Add(time.Minute)
	if err := g.Check(); err != nil {
		t.Errorf("once it is right: %v", err)
	}
	m.set(2 * time.Hour)
	holds(t, g.Check(), "set forward")
}

func TestTheDatabasesClockIsCompared(t *testing.T) {
	for _, injected := range []bool{false, true} {
		m := newMachine()
		var skew time.Duration
		var away error
		g := clock.New(clock.Config{Read: m.read, Injected: injected, Database: func(context.Context) (time.Time, error) {
			return m.read().Wall.Add(skew), away
		}})
		for _, skew = range []time.Duration{400 * day, -time.Hour, 6 * time.Second, -6 * time.Second} {
			holds(t, g.Look(t.Context()), skew.Abs().String()+" apart")
			holds(t, g.Check(), "apart") // as it was last seen
		}
		skew = 5 * time.Second
		if err := g.Look(t.Context()); err != nil {
			t.Error(err)
		}
		away = errors.New("away")
		if err := g.Look(t.Context()); !errors.Is(err, away) {
			t.Errorf("without a database: %v", err)
		}
		away, skew = nil, 0
		m.set(400 * day) // and so the database's
		if err := g.Look(t.Context()); injected != (err == nil) {
			t.Errorf("injected %t, set forward: %v", injected, err)
		}
	}
}

func TestASlowAnswerIsNoDifference(t *testing.T) {
	for _, tt := range []struct {
		there, answered, want time.Duration // after the question
	}{
		{0, 0, 0},
		{0, time.Minute, 0}, // answered at once, and the answer was slow
		{time.Minute, time.Minute, 0},
		{-5 * time.Second, 0, 0},
		{5 * time.Second, 0, 0},
		{-6 * time.Second, time.Minute, -6 * time.Second},
		{6 * time.Second, 0, 6 * time.Second},
		{66 * time.Second, time.Minute, 6 * time.Second},
		{400 * day, 0, 400 * day},
	} {
		if got := clock.Apart(noon, noon.Add(tt.there), noon.Add(tt.answered)); got != tt.want {
			t.Errorf("the database says %s, answered after %s: %s apart, want %s", tt.there, tt.answered, got, tt.want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	a, b := clock.Read(), clock.Read()
	if a.Boot == "" || a.Boot != b.Boot || b.Steady < a.Steady || a.Steady <= 0 || b.Booted().Sub(a.Booted()).Abs() > time.Minute {
		t.Errorf("two readings: %+v, %+v", a, b)
	}
	if since := time.Since(a.Wall).Abs(); since > time.Minute {
		t.Errorf("the wall clock is %s off", since)
	}
}
