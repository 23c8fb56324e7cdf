package jobs

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/cases"
	"anju/models/modelstest"
	"anju/workflow"
)

const day = 24 * time.Hour

// both runs a test on the embedded Redis and on a real one.
func both(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("embedded", func(t *testing.T) { test(t, queue.Embedded) })
	t.Run("redis", func(t *testing.T) { test(t, "redis://"+modelstest.Redis(t)) })
}

func TestSettle(t *testing.T) {
	t.Parallel()
	t.Run("takes moved clock by asynq alone", settleTakesMovedClockByAsynqAlone)
	t.Run("takes what a rung causes", settleTakesWhatARungCauses)
	t.Run("fails without Redis and sweep", settleFailsWithoutRedisAndSweep)
}

func settleTakesMovedClockByAsynqAlone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address string) {
		w := newWorld()
		w.open(day, 3*day, 6*day)
		w.open(40 * day)
		r := begin(t, w, Config{Redis: address})
		if fired := settle(t, r); fired != 0 {
			t.Fatalf("%d rungs fired before the clock was moved", fired)
		}
		w.advance(10 * day)
		if fired := settle(t, r); fired != 3 {
			t.Errorf("settle fired %d rungs, want 3", fired)
		}
		w.once(t, 3)
		if got := w.deliveredNow(); got != 3 {
			t.Errorf("%d rows of the outbox were delivered, want 3", got)
		}
		if fired := settle(t, r); fired != 0 {
			t.Errorf("a second settle fired %d rungs", fired)
		}
	})
}

func settleTakesWhatARungCauses(t *testing.T) {
	t.Parallel()
	for _, cfg := range []Config{{Redis: queue.Embedded}, {Redis: queue.Embedded, Sweep: true, SweepEvery: time.Hour}} {
		w := newWorld()
		first := w.open(day)
		w.after = func(d cases.Due) {
			if d.Deadline == first.Deadline {
				w.open(-day, -time.Hour, day) // accepted by lapse of time: the next limit is over already
			}
		}
		r := begin(t, w, cfg)
		w.advance(2 * day)
		if fired := settle(t, r); fired != 3 {
			t.Errorf("sweep %v: settle fired %d rungs, want 3", cfg.Sweep, fired)
		}
		w.once(t, 3)
	}
}

func TestWaker(t *testing.T) {
	t.Parallel()
	t.Run("fires rung at its instant", wakerFiresRungAtItsInstant)
	t.Run("notices moved clock", wakerNoticesMovedClock)
	t.Run("reschedules recounted deadline", wakerReschedulesRecountedDeadline)
	t.Run("repeats early task", wakerRepeatsEarlyTask)
	t.Run("rebuilds next day at start", wakerRebuildsNextDayAtStart)
	t.Run("rebuilds emptied Redis", wakerRebuildsEmptiedRedis)
}

func wakerFiresRungAtItsInstant(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	both(t, func(t *testing.T, address string) {
		w := newWorld()
		w.advance(-300 * day) // the instants of the injected clock are not the machine's
		r := begin(t, w, Config{Redis: address})
		d := w.open(1200 * time.Millisecond)
		w.tell(d.Case) // the move that began it
		r.Nudge()
		eventually(t, 10*time.Second, "the rung fires by its own task", func() bool { return w.firedNow() == 1 })
		if w.now().Before(d.At) {
			t.Error("it fired before its instant")
		}
		w.once(t, 1)
	})
}

func wakerNoticesMovedClock(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open(3*time.Hour, 5*time.Hour)
	begin(t, w, Config{Redis: queue.Embedded})
	w.advance(6 * time.Hour)
	eventually(t, 10*time.Second, "both rungs fire without Settle", func() bool { return w.firedNow() == 2 })
	w.once(t, 2)
}

func wakerReschedulesRecountedDeadline(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	early, late := w.open(5*time.Hour), w.open(1500*time.Millisecond)
	begin(t, w, Config{Redis: queue.Embedded})
	w.mu.Lock() // a calendar was imported: one falls due sooner, the other later
	w.deadlines[early.Deadline].At = w.clock().Add(time.Second)
	w.deadlines[late.Deadline].At = w.clock().Add(3500 * time.Millisecond)
	w.mu.Unlock()
	eventually(t, 10*time.Second, "the sooner one fires", func() bool { return w.firedNow() == 1 })
	w.mu.Lock()
	if w.fired[queue.RungID(early)] != 1 {
		t.Error("the later one fired first")
	}
	w.mu.Unlock()
	eventually(t, 10*time.Second, "the later one fires", func() bool { return w.firedNow() == 2 })
	w.once(t, 2)
}

func wakerRepeatsEarlyTask(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	w.open(900 * time.Millisecond)
	r := begin(t, w, Config{Redis: queue.Embedded})
	w.advance(-1500 * time.Millisecond) // set back: the task comes before its instant
	eventually(t, 15*time.Second, "the rung fires", func() bool { return w.firedNow() == 1 })
	w.once(t, 1)
	if n := len(w.failures()); n != 0 || r.failed.Count() != 0 {
		t.Errorf("coming early counted as a failure: %v", w.failures())
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	t.Run("works without Redis", sweepWorksWithoutRedis)
	t.Run("and queue fire once", sweepAndQueueFireOnce)
	t.Run("of two processes fires once", sweepOfTwoProcessesFiresOnce)
	t.Run("takes batches", sweepTakesBatches)
	t.Run("reports progress", sweepReportsProgress)
	t.Run("takes acting rung alone", sweepTakesActingRungAlone)
	t.Run("postpones busy case", sweepPostponesBusyCase)
	t.Run("bisects batch with poisoned case", sweepBisectsBatchWithPoisonedCase)
	t.Run("ends without database", sweepEndsWithoutDatabase)
	t.Run("clears breach register", sweepClearsBreachRegister)
	t.Run("recounts by new calendar", sweepRecountsByNewCalendar)
	t.Run("pauses while clock is in doubt", sweepPausesWhileClockIsInDoubt)
	t.Run("takes storm without queue", sweepTakesStormWithoutQueue)
}

func sweepWorksWithoutRedis(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	server := modelstest.RedisServer(t)
	w := newWorld()
	for range 20 {
		w.open(day, 2*day, 3*day)
	}
	r := begin(t, w, Config{Redis: "redis://" + server.Addr(), Sweep: true, SweepEvery: 50 * time.Millisecond})
	server.Stop()
	w.advance(2*day + time.Hour)
	eventually(t, 20*time.Second, "the sweep takes 40 rungs", func() bool { return w.firedNow() == 40 })
	w.advance(day)
	w.tell(1) // a move, which waits in the outbox
	settle(t, r)
	w.once(t, 60)
	if n := w.deliveredNow(); n != 60 {
		t.Errorf("%d rows were delivered without Redis, want those of the rungs alone", n)
	}
	server.Start()
	eventually(t, 20*time.Second, "the outbox is delivered once Redis is back",
		func() bool { return w.deliveredNow() == 61 })
	w.once(t, 60)
}

func settleFailsWithoutRedisAndSweep(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	server := modelstest.RedisServer(t)
	w := newWorld()
	w.open(day)
	r := begin(t, w, Config{Redis: "redis://" + server.Addr()})
	server.Stop()
	w.advance(2 * day)
	if _, err := r.Settle(t.Context()); err == nil {
		t.Error("settle without Redis and without the sweep succeeded")
	}
	server.Start()
	if fired := settle(t, r); fired > 1 {
		t.Errorf("settle fired %d rungs", fired)
	}
	eventually(t, 10*time.Second, "the rung fires once Redis is back", func() bool { return w.firedNow() == 1 })
	w.once(t, 1)
}

func TestRedisOutage(t *testing.T) {
	t.Run("Redis comes later", redisOutageRedisComesLater)
	t.Run("mute Redis is waited for briefly", redisOutageMuteRedisIsWaitedForBriefly)
	t.Run("paused Redis comes back", redisOutagePausedRedisComesBack)
}

func redisOutageRedisComesLater(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	server := modelstest.RedisServer(t)
	server.Stop()
	w := newWorld()
	w.open(-time.Hour, 2*day)
	w.tell(1)
	r := begin(t, w, Config{Redis: "redis://" + server.Addr(), Sweep: true, SweepEvery: 50 * time.Millisecond})
	eventually(t, 10*time.Second, "the sweep works", func() bool { return w.firedNow() == 1 })
	h, err := r.Health(t.Context())
	if err != nil || h.Answers || h.Problem == "" || h.LastSweep.IsZero() || h.Backlog.Unsent == 0 {
		t.Errorf("health without Redis = %+v, %v", h, err)
	}
	server.Start()
	eventually(t, 20*time.Second, "the outbox is delivered", func() bool { return w.deliveredNow() == 2 })
	if h, err = r.Health(t.Context()); err != nil || !h.Answers || h.Kind != "redis" {
		t.Errorf("health with Redis = %+v, %v", h, err)
	}
}

func sweepAndQueueFireOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address string) {
		w := newWorld()
		for range 200 {
			w.open(day, 2*day, 3*day)
		}
		r := begin(t, w, Config{Redis: address, Sweep: true, SweepEvery: 10 * time.Millisecond, Workers: 8})
		w.advance(10 * day)
		settle(t, r)
		w.once(t, 600)
	})
}

func wakerRebuildsEmptiedRedis(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	for _, sweep := range []bool{true, false} {
		address := modelstest.Redis(t)
		client := redis.NewClient(&redis.Options{Addr: address})
		t.Cleanup(func() { _ = client.Close() })
		w := newWorld()
		w.slow = 5 * time.Millisecond // so that it is emptied in the middle
		for range 1000 {
			w.open(time.Hour, 2*time.Hour)
		}
		r := begin(t, w, Config{Redis: "redis://" + address, Sweep: sweep, SweepEvery: 100 * time.Millisecond, Workers: 8})
		for i := range 100 {
			w.tell(workflow.CaseID(i + 1))
		}
		if err := client.FlushAll(t.Context()).Err(); err != nil { // while they wait for their instants
			t.Fatal(err)
		}
		w.advance(3 * time.Hour)
		eventually(t, 30*time.Second, "some have fired", func() bool { return w.firedNow() > 100 })
		for range 3 { // while all of it runs
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("%d rungs had fired when Redis was emptied for the last time", w.firedNow())
		eventually(t, 60*time.Second, "all 2,000 rungs fire", func() bool { return w.firedNow() == 2000 })
		settle(t, r)
		w.once(t, 2000)
		eventually(t, 30*time.Second, "every notice is delivered", func() bool { return w.deliveredNow() == 2100 })
		_ = r.Close(t.Context())
	}
}

func wakerRebuildsNextDayAtStart(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	scheduled := func(r *Runner) int {
		h, err := r.Health(t.Context())
		if err != nil {
			return -1
		}
		return h.Scheduled
	}
	w := newWorld()
	for i := range 500 {
		w.open(time.Hour + time.Duration(i)*time.Minute) // 8 h
		w.open(25*time.Hour + time.Duration(i)*time.Minute)
	}
	for range 2 { // the second process finds an empty embedded Redis
		r := begin(t, w, Config{Redis: queue.Embedded})
		if got := scheduled(r); got != 500 {
			t.Fatalf("%d rungs are scheduled when Start returns, want 500", got)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	server := modelstest.RedisServer(t)
	for range 2 { // the second process finds them there
		r := begin(t, w, Config{Redis: "redis://" + server.Addr()})
		if got := scheduled(r); got != 500 {
			t.Fatalf("%d rungs are scheduled in Redis, want 500", got)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r := begin(t, w, Config{Redis: "redis://" + server.Addr()})
	server.Stop()
	server.Start()
	eventually(t, 20*time.Second, "they are scheduled again in a Redis that came back empty",
		func() bool { return scheduled(r) == 500 })
}

func TestFailedJobs(t *testing.T) {
	t.Parallel()
	t.Run("keeps poisoned rung", failedJobsKeepsPoisonedRung)
	t.Run("keeps bad payload at once", failedJobsKeepsBadPayloadAtOnce)
	t.Run("retries failing notice", failedJobsRetriesFailingNotice)
	t.Run("survives database outage", failedJobsSurvivesDatabaseOutage)
	t.Run("keeps damaged outbox row", failedJobsKeepsDamagedOutboxRow)
}

func failedJobsKeepsPoisonedRung(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	for _, cfg := range []Config{{Redis: queue.Embedded}, {Redis: queue.Embedded, Sweep: true,
		SweepEvery: 20 * time.Millisecond}} {
		w := newWorld()
		bad := w.open(-time.Hour)
		w.poison[bad.Case] = true
		for range 30 {
			w.open(-time.Minute)
		}
		r := begin(t, w, cfg)
		eventually(t, 30*time.Second, "the poisoned rung is kept as failed", func() bool { return len(w.failures()) > 0 })
		eventually(t, 30*time.Second, "the others flow", func() bool { return w.firedNow() == 30 })
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if _, err := r.Settle(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "stays due") {
			t.Errorf("sweep %v: settle with a poisoned rung = %v, want that it stays due", cfg.Sweep, err)
		}
		cancel()
		if got := w.failures(); len(got) != 1 || !strings.Contains(got[0], "rung case 1001: ") || !strings.Contains(got[0],
			"panic") {
			t.Errorf("sweep %v: failed jobs = %q, want one for case 1001", cfg.Sweep, got)
		}
		// the cause is repaired: what was given up is taken by the sweep after its rest, or by a fresh task
		w.mu.Lock()
		delete(w.poison, bad.Case)
		w.mu.Unlock()
		r.failed.Forget(queue.RungID(bad))
		eventually(t, 30*time.Second, "the repaired rung fires", func() bool { return w.firedNow() == 31 })
		w.once(t, 31)
	}
}

func failedJobsKeepsBadPayloadAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	r := begin(t, w, Config{Redis: queue.Embedded})
	send := r.queue.Sender()
	for _, task := range []*asynq.Task{
		asynq.NewTask(queue.TypeRung, []byte(`{"case":7}`), asynq.Queue(queue.QueueUrgent), asynq.MaxRetry(retry.Tries-1)),
		asynq.NewTask(queue.TypeNotify, []byte(`{`), asynq.Queue(queue.QueueNormal), asynq.MaxRetry(retry.Tries-1)),
	} {
		if err := send(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 10*time.Second, "both are kept as failed", func() bool { return len(w.failures()) == 2 })
	if got := strings.Join(w.failures(), "\n"); !strings.Contains(got, "rung case 7: rung payload") ||
		!strings.Contains(got, "notify case 0: ") {
		t.Errorf("failed jobs = %s", got)
	}
}

func failedJobsRetriesFailingNotice(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	flaky := &flakyStore{world: w, left: 2}
	r, err := start(t.Context(), Config{Redis: queue.Embedded, Now: w.now, Log: slog.New(slog.DiscardHandler)}, flaky, w,
		hurried)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close(context.Background()) }()
	w.tell(1)
	r.Nudge()
	eventually(t, 20*time.Second, "the notice is delivered", func() bool { return w.deliveredNow() == 1 })
}

type flakyStore struct {
	*world
	left int
}

func (f *flakyStore) DeliverMoved(ctx context.Context, id int64) error {
	f.mu.Lock()
	f.left--
	left := f.left
	f.mu.Unlock()
	if left >= 0 {
		return errors.New("the database is away")
	}
	return f.world.DeliverMoved(ctx, id)
}

func redisOutageMuteRedisIsWaitedForBriefly(t *testing.T) {
	boundByClock(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { // accepts and never answers
		for {
			if _, err := listener.Accept(); err != nil {
				return
			}
		}
	}()
	w := newWorld()
	for range 50 {
		w.tell(1)
		w.open(-time.Minute)
	}
	began := time.Now()
	r := begin(t, w, Config{Redis: "redis://" + listener.Addr().String(), Sweep: true})
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("start took %s", took)
	}
	eventually(t, 10*time.Second, "the sweep works", func() bool { return w.firedNow() == 50 })
	for range 3 {
		began = time.Now()
		if n, err := r.relay.Relay(t.Context()); err == nil || n != 0 {
			t.Errorf("relay = %d, %v", n, err)
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("relay held its rows for %s", took)
		}
	}
}

func redisOutagePausedRedisComesBack(t *testing.T) {
	boundByClock(t)
	server := modelstest.RedisServer(t)
	w := newWorld()
	r := begin(t, w, Config{Redis: "redis://" + server.Addr()})
	server.Pause()
	w.tell(1)
	began := time.Now()
	if _, err := r.relay.Relay(t.Context()); err == nil {
		t.Error("a paused Redis took a row")
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("relay held its rows for %s", took)
	}
	server.Resume()
	eventually(t, 20*time.Second, "the row is delivered", func() bool { return w.deliveredNow() == 1 })
}

func TestRedisKind(t *testing.T) {
	t.Parallel()
	t.Run("refuses evicting Redis", redisKindRefusesEvictingRedis)
	t.Run("sentinels and cluster", redisKindSentinelsAndCluster)
}

func redisKindRefusesEvictingRedis(t *testing.T) {
	t.Parallel()
	address := modelstest.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: address})
	defer func() { _ = client.Close() }()
	if err := client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	_, err := beginAt(t, w, Config{Redis: "redis://" + address}, hurried)
	var refused *queue.RefusedRedis
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "maxmemory-policy noeviction") {
		t.Errorf("start = %v, want a refusal that names maxmemory-policy noeviction", err)
	}
	if err := client.ConfigSet(t.Context(), "requirepass", "secret").Err(); err != nil {
		t.Fatal(err)
	}
	for _, give := range []string{"redis://" + address, "redis://:wrong@" + address, "redis://:secret@" + address +
		"/99"} {
		if _, err = beginAt(t, w, Config{Redis: give}, hurried); err == nil || !strings.Contains(err.Error(), "refuses us") {
			t.Errorf("start with %s = %v, want an error", give, err)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	t.Run("waits for handler", closeWaitsForHandler)
	t.Run("ends with mute Redis", closeEndsWithMuteRedis)
	t.Run("drains embedded queue", closeDrainsEmbeddedQueue)
}

func closeWaitsForHandler(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	w.open(-time.Minute)
	w.slow = 1500 * time.Millisecond
	r := begin(t, w, Config{Redis: queue.Embedded})
	eventually(t, 10*time.Second, "the handler is at work", func() bool { return r.queue.Running() == 1 })
	began := time.Now()
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("close took %s", took)
	}
	w.once(t, 1) // it was let finish
}

func closeEndsWithMuteRedis(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	server := modelstest.RedisServer(t)
	w := newWorld()
	r := begin(t, w, Config{Redis: "redis://" + server.Addr(), Sweep: true})
	server.Pause()
	began := time.Now()
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("close took %s", took)
	}
}

func closeDrainsEmbeddedQueue(t *testing.T) {
	t.Parallel()
	w := newWorld()
	stuck := &flakyStore{world: w, left: math.MaxInt} // no handler delivers them
	r, err := start(t.Context(), Config{Redis: queue.Embedded, Now: w.now, Log: slog.New(slog.DiscardHandler)}, stuck, w,
		hurried)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		w.tell(1)
	}
	eventually(t, 10*time.Second, "all are in Redis", func() bool {
		b, err := w.Backlog(t.Context(), w.now())
		return err == nil && b.Unsent == 0
	})
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.deliveredNow(); got != 20 {
		t.Errorf("%d of 20 notices were delivered", got)
	}
}

func failedJobsSurvivesDatabaseOutage(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	w.open(-time.Minute)
	away := &awayStore{world: w}
	away.away.Store(true)
	r, err := start(t.Context(), Config{Redis: queue.Embedded, Now: w.now, Log: slog.New(slog.DiscardHandler)}, away,
		away, hurried)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close(context.Background()) }()
	eventually(t, 20*time.Second, "asynq gives the task up", func() bool { return away.given.Load() > 0 })
	if got := w.failures(); len(got) != 0 {
		t.Fatalf("failed jobs = %q", got)
	}
	away.away.Store(false)
	eventually(t, 20*time.Second, "the rung fires by a task with another identifier",
		func() bool { return w.firedNow() == 1 })
}

// awayStore is a database that fails at what writes.
type awayStore struct {
	*world
	away  atomic.Bool
	given atomic.Int64
}

var errAway = errors.New("the database is away")

func (a *awayStore) Escalate(ctx context.Context, id workflow.CaseID, d workflow.DeadlineID, generation int,
	rung workflow.RungName) error {
	if a.away.Load() {
		return errAway
	}
	return a.world.Escalate(ctx, id, d, generation, rung)
}

func (a *awayStore) FailedJob(ctx context.Context, task string, payload []byte, cause error, id workflow.CaseID) error {
	if a.away.Load() {
		a.given.Add(1)
		return errAway
	}
	return a.world.FailedJob(ctx, task, payload, cause, id)
}

func redisKindSentinelsAndCluster(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	t.Run("cluster", func(t *testing.T) {
		_, port := program(t, "--cluster-enabled", "yes", "--save", "")
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
		defer func() { _ = client.Close() }()
		if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 20*time.Second, "the cluster is whole", func() bool {
			info, err := client.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok")
		})
		whole(t, "redis-cluster://127.0.0.1:"+port)
	})
	t.Run("sentinel", func(t *testing.T) {
		_, master := program(t, "--save", "")
		conf := filepath.Join(t.TempDir(), "sentinel.conf")
		text := "sentinel monitor county 127.0.0.1 " + master + " 1\n"
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, port := program(t, conf, "--sentinel")
		whole(t, "redis-sentinel://127.0.0.1:"+port+"/county")
	})
}

// whole walks one deadline and one notice through the Redis at an address, by asynq alone.
func whole(t *testing.T, address string) {
	w := newWorld()
	w.open(day, 2*day)
	w.open(3 * time.Hour)
	r := begin(t, w, Config{Redis: address})
	w.advance(3 * day)
	if fired := settle(t, r); fired != 3 {
		t.Errorf("settle fired %d rungs, want 3", fired)
	}
	w.once(t, 3)
	if h, err := r.Health(t.Context()); err != nil || !h.Answers {
		t.Errorf("health = %+v, %v", h, err)
	}
}

// program starts redis-server with arguments on a free port and stops it after the test.
func program(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		modelstest.Missing(t, "redis", "redis-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	if n, _ := strconv.Atoi(port); n > 55000 { // the cluster's bus takes the port 10,000 above
		args = append(args, "--cluster-port", strconv.Itoa(n-10000))
	}
	cmd := exec.Command(path, append(args, "--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir())...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(t, 20*time.Second, "redis-server answers", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return cmd, port
}

func sweepOfTwoProcessesFiresOnce(t *testing.T) {
	t.Parallel()
	address := "redis://" + modelstest.Redis(t)
	w := newWorld()
	for range 100 {
		w.open(day, 2*day, 3*day)
	}
	one := begin(t, w, Config{Redis: address, Sweep: true, SweepEvery: 20 * time.Millisecond})
	begin(t, w, Config{Redis: address, Sweep: true, SweepEvery: 20 * time.Millisecond})
	w.advance(10 * day)
	settle(t, one)
	w.once(t, 300)
	eventually(t, 10*time.Second, "every notice is delivered", func() bool { return w.deliveredNow() == 300 })
}
