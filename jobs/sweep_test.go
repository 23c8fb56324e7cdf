package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"anju/jobs/escalation"
	"anju/jobs/monitor"
	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/clock"
	"anju/models/db"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/workflow"
)

// sweepOnce sweeps a world without a queue.
func sweepOnce(t *testing.T, w *world, cfg Config) int {
	t.Helper()
	fired, err := sweeper(t, w, cfg).sweeper.Sweep(t.Context())
	if err != nil {
		t.Fatalf("sweep: %v", err)
	}
	return fired
}

func sweeper(t *testing.T, w *world, cfg Config) *Runner {
	cfg.Now, cfg.Log = w.now, slog.New(slog.NewTextHandler(&testLog{t: t}, nil))
	return newSweepOnly(cfg, w, w, hurried)
}

// sweepers is how many batches a sweep takes at once.
const sweepers = 2

// newSweepOnly is a runner without a queue, which can only sweep.
func newSweepOnly(cfg Config, store Store, svc escalation.Service, every intervals) *Runner {
	r := newRunner(cfg, store, svc, every)
	r.sweeper = r.newSweeper(nil)
	return r
}

func (w *world) batchSizes() []int {
	var sizes []int
	for _, b := range w.batches {
		sizes = append(sizes, len(b))
	}
	return sizes
}

func sweepTakesBatches(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.slow = time.Millisecond
	for range 1020 {
		w.open(-2*time.Hour, -time.Hour) // two of each case are due
	}
	if fired := sweepOnce(t, w, Config{Batch: 100}); fired != 2040 {
		t.Errorf("%d rungs fired, want 2040", fired)
	}
	w.once(t, 2040)
	if slices.Max(w.batchSizes()) != 100 || len(w.batches) > 22 || w.most != sweepers || len(w.twice) != 0 {
		t.Errorf("batches of %v, %d at once, cases in two: %v; want 100 each, %d at once, none", w.batchSizes(), w.most,
			w.twice, sweepers)
	}
}

func sweepReportsProgress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 95 {
		w.open(-time.Hour)
	}
	var seen []int
	cfg := Config{Batch: 10, Now: w.now, Log: slog.New(slog.DiscardHandler)}
	fired, err := Sweep(t.Context(), cfg, w, w, func(fired int) { seen = append(seen, fired) })
	if err != nil || fired != 95 {
		t.Fatalf("sweep = %d, %v", fired, err)
	}
	for i := range seen {
		if i > 0 && seen[i] <= seen[i-1] {
			t.Errorf("told %v, want it to grow", seen)
		}
	}
	if len(seen) != 10 || seen[9] != 95 {
		t.Errorf("told %v, want ten times up to 95", seen)
	}
}

func sweepTakesActingRungAlone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 10 {
		w.open(-time.Hour)
	}
	w.acts = map[workflow.CaseID]bool{1003: true, 1007: true}
	if fired := sweepOnce(t, w, Config{}); fired != 10 || len(w.batches) != 1 {
		t.Errorf("%d fired in batches of %v, want 10 in one", fired, w.batchSizes())
	}
	w.once(t, 10)
}

func sweepPostponesBusyCase(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 10 {
		w.open(-time.Hour)
	}
	w.busy = map[workflow.CaseID]int{1004: 1}
	r := sweeper(t, w, Config{})
	if fired, err := r.sweeper.Sweep(t.Context()); fired != 9 || err != nil {
		t.Fatalf("sweep = %d, %v; want 9", fired, err)
	}
	r.failed.EndWaits()
	if fired, err := r.sweeper.Sweep(t.Context()); fired != 1 || err != nil {
		t.Errorf("sweep = %d, %v; want the one that was busy", fired, err)
	}
	w.once(t, 10)
	if len(w.failures()) != 0 {
		t.Errorf("failed jobs = %q", w.failures())
	}
}

func sweepBisectsBatchWithPoisonedCase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		poison     func(*world, workflow.CaseID)
	}{
		{"its judgement panics", "panic: case", func(w *world, id workflow.CaseID) { w.poison[id] = true }},
		{"the transaction with it fails", "breaks the transaction", func(w *world,
			id workflow.CaseID) {
			w.broken = map[workflow.CaseID]bool{id: true}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			for range 1000 {
				w.open(-time.Hour)
			}
			tt.poison(w, 1321)
			r := sweeper(t, w, Config{})
			if fired, err := r.sweeper.Sweep(t.Context()); fired != 999 || err != nil {
				t.Fatalf("sweep = %d, %v; want all but one", fired, err)
			}
			if len(w.batches) > 20 { // 500, 250, 125 …: two for each halving
				t.Errorf("batches of %v", w.batchSizes())
			}
			for range retry.Tries {
				if _, err := r.sweeper.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				r.failed.EndWaits()
			}
			if got := w.failures(); len(got) != 1 || !strings.Contains(got[0], "rung case 1321: ") || !strings.Contains(got[0],
				tt.want) {
				t.Errorf("failed jobs = %q, want one for case 1321", got)
			}
			w.once(t, 999)
		})
	}
}

func sweepEndsWithoutDatabase(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{db.ErrUnavailable, db.ErrFull, db.ErrOutcomeUnknown} {
		w := newWorld()
		for range 2000 {
			w.open(-time.Hour)
		}
		down := &downStore{world: w, cause: cause}
		r := newSweepOnly(Config{Now: w.now, Log: slog.New(slog.DiscardHandler)}, down, down, hurried)
		if fired, err := r.sweeper.Sweep(t.Context()); fired != 0 || !errors.Is(err, cause) {
			t.Errorf("sweep = %d, %v; want %v", fired, err, cause)
		}
		if n := down.asked.Load(); n > sweepers {
			t.Errorf("%d batches were tried, want %d", n, sweepers)
		}
		if n := r.failed.Count(); n != 0 || len(w.failures()) != 0 {
			t.Errorf("%d rungs rest, failed jobs %q: none was at fault", n, w.failures())
		}
		down.cause = nil
		if fired, err := r.sweeper.Sweep(t.Context()); fired != 2000 || err != nil {
			t.Errorf("sweep = %d, %v once it is back", fired, err)
		}
	}
}

// downStore fails at what writes.
type downStore struct {
	*world
	cause error
	asked atomic.Int64
}

func (d *downStore) EscalateMany(ctx context.Context, turns []workflow.Turn) ([]error, error) {
	if d.cause != nil {
		d.asked.Add(1)
		return nil, d.cause
	}
	return d.world.EscalateMany(ctx, turns)
}

func sweepClearsBreachRegister(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.ruled = map[workflow.BreachID]bool{1: true, 2: false, 3: true}
	if fired := sweepOnce(t, w, Config{}); fired != 2 || len(w.cleared) != 2 {
		t.Errorf("%d cleared: %v", fired, w.cleared)
	}
	if fired := sweepOnce(t, w, Config{}); fired != 0 {
		t.Errorf("%d cleared again", fired)
	}
}

func sweepRecountsByNewCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.version, w.behind = 2, map[workflow.CaseID]int{}
	for i := range 1100 {
		w.behind[workflow.CaseID(i+1)] = 1 + i%2
	}
	w.poison[7], w.busy = true, map[workflow.CaseID]int{9: 1}
	every := hurried
	every.recount = time.Hour
	r := newSweepOnly(Config{Now: w.now, Log: slog.New(slog.DiscardHandler)}, w, w, every)
	left := func() int { ids, _ := w.Behind(t.Context(), w.version, 9999); return len(ids) }
	sweep := func(want int) {
		t.Helper()
		if _, err := r.sweeper.Sweep(t.Context()); err != nil || left() != want {
			t.Errorf("sweep: %v; %d are behind, want %d", err, left(), want)
		}
	}
	sweep(2) // the poisoned one and the busy one rest
	r.failed.EndWaits()
	w.behind[5] = 1
	sweep(3) // not looked for yet
	w.version = 3
	sweep(1)
	delete(w.poison, 7)
	r.failed.Forget("recount:7")
	sweep(1) // not looked for
	w.version = 4
	sweep(0)
}

func sweepPausesWhileClockIsInDoubt(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	for _, skew := range []time.Duration{400 * day, -time.Hour, 6 * time.Second, -6 * time.Second} {
		w := newWorld()
		for range 20 {
			w.open(-time.Hour, time.Hour)
		}
		var said syncBuffer
		w.skew = skew
		log := slog.New(slog.NewTextHandler(&said, nil))
		guard := clock.New(clock.Config{Database: w.DatabaseNow, Log: log})
		cfg := Config{Redis: queue.Embedded, Sweep: true, SweepEvery: 10 * time.Millisecond, Now: w.now, Log: log,
			MayEscalate: guard.Look}
		r, err := start(t.Context(), cfg, w, w, hurried)
		if err != nil {
			t.Fatal(err)
		}
		asked := func() int { w.mu.Lock(); defer w.mu.Unlock(); return w.asked }
		eventually(t, 20*time.Second, "the sweep and asynq try", func() bool { return asked() > 60 })
		if n := w.firedNow(); n != 0 {
			t.Errorf("skew %s: %d cards were issued", skew, n)
		}
		w.tell(1001) // what people decide goes on, and is told
		r.Nudge()
		eventually(t, 20*time.Second, "the move is told", func() bool { return w.deliveredNow() == 1 })
		if h, err := r.Health(t.Context()); err != nil || !h.LastSweep.IsZero() {
			t.Errorf("skew %s: health %+v, %v", skew, h, err)
		}
		alarm := func() bool {
			list, err := w.Alarms(t.Context())
			return err == nil && slices.ContainsFunc(list, func(a notices.Alarm) bool { return a.Kind == monitor.Clock })
		}
		eventually(t, 20*time.Second, "the alarm is raised", alarm)
		w.mu.Lock()
		w.skew = 4 * time.Second // within the bound
		w.mu.Unlock()
		eventually(t, 20*time.Second, "the cards are issued once the clocks agree", func() bool { return w.firedNow() == 20 })
		w.once(t, 20)
		eventually(t, 20*time.Second, "the alarm is closed", func() bool { return !alarm() })
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if len(w.failures()) != 0 {
			t.Errorf("skew %s: failed jobs = %q", skew, w.failures())
		}
		if text := said.String(); strings.Count(text, "is in doubt") != 1 || strings.Count(text, "is right again") != 1 ||
			strings.Count(text, "level=ERROR") != 1 {
			t.Errorf("skew %s: said\n%s\nwant it once, and once that it is over", skew, text)
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// 100,000 rungs of one instant are not put into Redis one by one.
func sweepTakesStormWithoutQueue(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	address := modelstest.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { _ = client.Close() })
	w := newWorld()
	at := w.now().Add(2 * time.Hour)
	open := func(n int, at time.Time) {
		for range n {
			d := w.open(time.Hour)
			w.deadlines[d.Deadline].At = at
		}
	}
	open(100, at.Add(-time.Minute))
	open(10_000, at)
	open(1_500, at.Add(time.Minute))
	open(1_999, at.Add(time.Hour))
	open(300, at.Add(2*time.Hour))
	r := begin(t, w, Config{Redis: "redis://" + address, Sweep: true, SweepEvery: time.Hour})
	h, err := r.Health(t.Context())
	if err != nil || h.Scheduled != 100+3*escalation.AtOnce+300 {
		t.Errorf("%d wake-ups are scheduled, %v; want %d", h.Scheduled, err, 100+3*escalation.AtOnce+300)
	}
	eventually(t, 10*time.Second, "the sweep at the start is over", func() bool { return !r.LastSweep().IsZero() })
	w.advance(3 * time.Hour)
	if _, err := r.sweeper.Sweep(t.Context()); err != nil {
		t.Errorf("sweep: %v", err)
	}
	w.mu.Lock()
	inBatches := 0
	for _, n := range w.batchSizes() {
		inBatches += n
	}
	w.mu.Unlock()
	if inBatches < 9_000 {
		t.Errorf("%d rungs were taken in batches", inBatches)
	}
	settle(t, r)
	w.once(t, 100+10_000+1_500+1_999)
}
