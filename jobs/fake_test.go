package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"anju/jobs/queue"
	"anju/models/cases"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/workflow"
)

// TestMain runs four tests side by side even on two cores: they wait for Redis, for a database or for an instant.
func TestMain(m *testing.M) {
	os.Exit(modelstest.Run(m))
}

// boundByClock skips a test under -short that waits for instants or for timeouts.
func boundByClock(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("bound by the clock")
	}
}

// world is a county in memory: deadlines with their ladders, an outbox, and a clock that can be moved.
type world struct {
	mu        sync.Mutex
	lead      time.Duration
	deadlines map[workflow.DeadlineID]*fakeDeadline
	outbox    []notices.OutboxRow
	sent      map[int64]time.Time
	delivered map[int64]int // how often it had an effect
	fired     map[string]int
	failed    []string
	kept      []notices.FailedJob
	poison    map[workflow.CaseID]bool // escalating it panics
	poisoned  int                      // how often it did
	torn      map[int64]bool           // rows of the outbox that cannot be delivered
	relays    int
	slow      time.Duration
	after     func(cases.Due) // what a fired rung causes; called without the lock
	bulk
}

type fakeDeadline struct {
	cases.Due // its next rung
	ladder    []step
	closed    bool
}

type step struct {
	rung workflow.RungName
	at   time.Time
}

func newWorld() *world {
	return &world{deadlines: map[workflow.DeadlineID]*fakeDeadline{}, sent: map[int64]time.Time{},
		delivered: map[int64]int{},
		fired:     map[string]int{}, poison: map[workflow.CaseID]bool{}, torn: map[int64]bool{}}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock()
}

func (w *world) clock() time.Time { return time.Now().Add(w.lead).Round(0) }

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lead += d
}

// open begins a deadline of its own case, with one rung at each distance from now.
func (w *world) open(rungs ...time.Duration) cases.Due {
	names := []workflow.RungName{workflow.RungWarn, workflow.RungRed, workflow.RungDay3, workflow.RungDay7}
	w.mu.Lock()
	defer w.mu.Unlock()
	id := workflow.DeadlineID(len(w.deadlines) + 1)
	d := &fakeDeadline{}
	for i, in := range rungs {
		d.ladder = append(d.ladder, step{names[i], w.clock().Add(in)})
	}
	d.Due = cases.Due{Case: workflow.CaseID(1000 + id), Deadline: id, Generation: 1}
	d.climb()
	w.deadlines[id] = d
	return d.Due
}

func (d *fakeDeadline) climb() {
	if len(d.ladder) == 0 {
		d.closed = true
		return
	}
	d.Rung, d.At = d.ladder[0].rung, d.ladder[0].at
	d.ladder = d.ladder[1:]
}

// tell writes a row of the outbox, as a move does.
func (w *world) tell(id workflow.CaseID) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(id, "moved")
}

func (w *world) write(id workflow.CaseID, topic string) int64 {
	row := notices.OutboxRow{ID: int64(len(w.outbox) + 1), Case: id, Topic: topic, CreatedAt: w.clock()}
	w.outbox = append(w.outbox, row)
	return row.ID
}

func (w *world) Escalate(_ context.Context, id workflow.CaseID, dl workflow.DeadlineID, generation int,
	rung workflow.RungName) error {
	w.mu.Lock()
	slow := w.slow
	w.mu.Unlock()
	time.Sleep(slow)
	w.mu.Lock()
	d := w.deadlines[dl]
	if d == nil || d.closed || d.Case != id || d.Generation != generation || d.Rung != rung || w.clock().Before(d.At) {
		w.mu.Unlock()
		return workflow.ErrNothingDue
	}
	if w.broken[id] {
		w.mu.Unlock()
		return fmt.Errorf("case %d breaks the transaction", id)
	}
	if w.poison[id] {
		w.poisoned++
		w.mu.Unlock()
		panic(fmt.Sprintf("case %d is poisoned", id))
	}
	was := d.Due
	w.fired[queue.RungID(was)]++
	d.climb()
	w.write(id, "rung")
	after := w.after
	w.mu.Unlock()
	if after != nil {
		after(was)
	}
	return nil
}

func (w *world) DueRungs(ctx context.Context, now time.Time, limit int) ([]cases.Due, error) {
	return w.rungs(ctx, limit, func(at time.Time) bool { return !at.After(now) })
}

func (w *world) UpcomingRungs(ctx context.Context, from, until time.Time, limit int) ([]cases.Due, error) {
	return w.rungs(ctx, limit, func(at time.Time) bool { return at.After(from) && !at.After(until) })
}

func (w *world) rungs(ctx context.Context, limit int, in func(time.Time) bool) ([]cases.Due, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []cases.Due
	for _, d := range w.deadlines {
		if !d.closed && in(d.At) {
			due = append(due, d.Due)
		}
	}
	slices.SortFunc(due, func(a, b cases.Due) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return int(a.Deadline - b.Deadline)
	})
	return due[:min(limit, len(due))], ctx.Err()
}

// direct tells which rows need no queue.
func (w *world) direct(row notices.OutboxRow) bool { return row.Topic == "rung" }

func (w *world) RelayOutbox(ctx context.Context, limit int, send func(context.Context, notices.OutboxRow) error) (int,
	error) {
	w.mu.Lock()
	w.relays++
	var rows []notices.OutboxRow
	for _, row := range w.outbox {
		if w.sent[row.ID].IsZero() && !w.direct(row) && len(rows) < limit {
			rows = append(rows, row)
		}
	}
	w.mu.Unlock()
	sent := 0
	var errs error
	for _, row := range rows {
		if err := send(ctx, row); err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		w.mu.Lock()
		w.sent[row.ID] = w.clock()
		w.mu.Unlock()
		sent++
	}
	return sent, errs
}

func (w *world) Undelivered(ctx context.Context, sentBefore time.Time, after int64, limit int) ([]int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []int64
	for _, row := range w.outbox {
		at := w.sent[row.ID]
		if row.ID > after && w.delivered[row.ID] == 0 && (at.IsZero() && w.direct(row) || !at.IsZero() &&
			at.Before(sentBefore)) && len(ids) < limit {
			ids = append(ids, row.ID)
		}
	}
	return ids, ctx.Err()
}

func (w *world) DeliverMoved(_ context.Context, outbox int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if outbox > int64(len(w.outbox)) {
		return workflow.ErrNotFound
	}
	if w.torn[outbox] {
		return &notices.Undeliverable{Outbox: outbox, Case: w.outbox[outbox-1].Case, Why: errors.New("the payload is damaged")}
	}
	if w.delivered[outbox] == 0 {
		w.delivered[outbox]++
	}
	return nil
}

func (w *world) DeliverMany(ctx context.Context, ids []int64) (map[int64]error, error) {
	failed := map[int64]error{}
	for _, id := range ids {
		if err := w.DeliverMoved(ctx, id); err != nil {
			failed[id] = err
		}
		w.mu.Lock()
		if w.sent[id].IsZero() {
			w.sent[id] = w.clock()
		}
		w.mu.Unlock()
	}
	return failed, ctx.Err()
}

func (w *world) FailedJob(_ context.Context, task string, payload []byte, cause error, id workflow.CaseID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = append(w.kept, notices.FailedJob{Task: task, Payload: payload, Case: id})
	w.failed = append(w.failed, fmt.Sprintf("%s case %d: %v", task, id, cause))
	return nil
}

func (w *world) Backlog(context.Context, time.Time) (notices.Backlog, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := notices.Backlog{Unsent: len(w.outbox) - len(w.sent)}
	for _, d := range w.deadlines {
		if !d.closed {
			b.OpenDeadlines++
			if !d.At.After(w.clock()) {
				b.DueUnfired++
			}
		}
	}
	return b, nil
}

// once fails the test unless exactly n rungs fired and none of them twice.
func (w *world) once(t *testing.T, n int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, times := range w.fired {
		if times != 1 {
			t.Errorf("%s fired %d times", key, times)
		}
	}
	if len(w.fired) != n {
		t.Errorf("%d rungs fired, want %d", len(w.fired), n)
	}
}

func (w *world) firedNow() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.fired)
}

func (w *world) deliveredNow() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.delivered)
}

func (w *world) failures() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.failed)
}

// hurried is the pace of the tests.
var hurried = intervals{
	relay: 20 * time.Millisecond, watch: 50 * time.Millisecond, refill: 200 * time.Millisecond, lost: time.Second,
	quiet: time.Second, recount: 50 * time.Millisecond, plan: 20 * time.Millisecond, paper: 20 * time.Millisecond,
	send: 20 * time.Millisecond, redrive: 50 * time.Millisecond, alarm: time.Second,
	resend: func(int) time.Duration { return 10 * time.Millisecond },
	retry:  func(int) time.Duration { return 10 * time.Millisecond },
}

// begin starts the jobs of a world and ends them with the test.
func begin(t *testing.T, w *world, cfg Config) *Runner {
	t.Helper()
	r, err := beginAt(t, w, cfg, hurried)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	return r
}

func beginAt(t *testing.T, w *world, cfg Config, p intervals) (*Runner, error) {
	t.Helper()
	cfg.Now = w.now
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(&testLog{t: t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	r, err := start(t.Context(), cfg, w, w, p)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		began := time.Now()
		if err := r.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("close took %s", took)
		}
	})
	return r, nil
}

// testLog keeps the lines of one test for when it fails.
type testLog struct {
	t  *testing.T
	mu sync.Mutex
	b  bytes.Buffer
	on bool
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on {
		l.on = true
		l.t.Cleanup(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.t.Failed() {
				l.t.Log(l.b.String())
			}
		})
	}
	return l.b.Write(p)
}

// eventually polls until ok holds.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	until := time.Now().Add(within)
	for !ok() {
		if time.Now().After(until) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func settle(t *testing.T, r *Runner) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	fired, err := r.Settle(ctx)
	if err != nil {
		t.Fatalf("settle: %v", err)
	}
	return fired
}
