package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/channel"
	"anju/models"
	"anju/workflow"
	"anju/workflow/casework"
)

// Config is what the jobs are told.
type Config struct {
	Redis      string        // embedded, or an address
	Sweep      bool          // take due rungs from the database too; off only to show that asynq alone does it
	Data       string        // folder of the mark, with which the record is compared every night; "": it is not looked at
	Workers    int           // rungs and notices at once; 0: 4
	SweepEvery time.Duration // 0: 15 s
	Batch      int           // cases that the sweep takes in one transaction; 0: 500
	Now        func() time.Time
	Log        *slog.Logger
	Open       func(models.Channel) (channel.Sender, error) // nil: as package channel does
	Printer    *Printer                                     // prints what is issued; nil: nobody does
	// MayEscalate and MaySend fail with *workflow.Held while no rung may fire, or nothing may be told; nil: always allowed.
	MayEscalate, MaySend func(context.Context) error
}

// Store is what the jobs need of the database.
type Store interface {
	// DueRungs are the rungs whose instant is not after now and which have not fired, the oldest first.
	DueRungs(ctx context.Context, now time.Time, limit int) ([]models.Due, error)
	// UpcomingRungs are the next rungs of open deadlines with an instant between the two, the soonest first.
	UpcomingRungs(ctx context.Context, from, until time.Time, limit int) ([]models.Due, error)
	// RelayOutbox hands unsent rows that need a queue to send and marks as sent those for which it returned nil.
	RelayOutbox(ctx context.Context, limit int, send func(context.Context, models.OutboxRow) error) (sent int, err error)
	// DeliverMoved writes the notices of one row of the outbox; a second time it changes nothing.
	DeliverMoved(ctx context.Context, outbox int64) error
	// Undelivered are rows behind a number that are to be delivered without a queue.
	Undelivered(ctx context.Context, sentBefore time.Time, after int64, limit int) ([]int64, error)
	// DeliverMany delivers many rows in one transaction, but for those that cannot be.
	DeliverMany(ctx context.Context, ids []int64) (failed map[int64]error, err error)
	// FailedJob keeps a task that was given up, for an administrator.
	FailedJob(ctx context.Context, task string, payload []byte, cause error, id workflow.CaseID) error
	// Clearable are entries of the breach register that were ruled on, whose case has moved on, and which are not closed.
	Clearable(ctx context.Context, limit int) ([]workflow.BreachID, error)
	// Behind are cases with an open deadline that was counted by an older calendar than the version.
	Behind(ctx context.Context, version, limit int) ([]workflow.CaseID, error)
	Backlog(ctx context.Context, now time.Time) (models.Backlog, error)

	tellers
	undertakers
	watchers
}

// Escalator does what falls due by itself; casework.Service is one. It fails with workflow.ErrNothingDue when nothing is owed.
type Escalator interface {
	// Escalate takes one step of the ladder of a deadline.
	Escalate(ctx context.Context, id workflow.CaseID, d workflow.DeadlineID, generation int, rung workflow.RungName) error
	// EscalateMany takes one step each of many cases in one transaction; workflow.ErrNotBatchable is for Escalate.
	EscalateMany(ctx context.Context, turns []workflow.Turn) (errs []error, err error)
	// RecountMany brings the deadlines of cases up to date with the calendar of County.
	RecountMany(ctx context.Context, ids []workflow.CaseID) (failed map[workflow.CaseID]error, err error)
	// Clear closes an entry of the breach register.
	Clear(ctx context.Context, id workflow.BreachID) error
	County() workflow.County
}

var (
	_ Store     = (*models.Store)(nil)
	_ Escalator = (*casework.Service)(nil)
)

// pace is how often things are looked at; tests are in more of a hurry.
type pace struct {
	relay, watch, refill, lost, settle, recount time.Duration
	plan, send, redrive, alarm, printing        time.Duration
	verify                                      time.Duration
	retry, resend                               func(n int) time.Duration
}

var unhurried = pace{
	relay:    200 * time.Millisecond,
	watch:    time.Second,
	refill:   time.Minute,     // all of the next 24 hours again
	lost:     time.Minute,     // a task handed over and not run by then is taken for lost
	settle:   2 * time.Second, // how long the queues may stand still before they are taken for quiet
	recount:  time.Minute,
	plan:     time.Second,
	printing: time.Second,
	send:     time.Second,
	redrive:  5 * time.Second,
	alarm:    10 * time.Minute,
	verify:   30 * time.Second,
	retry:    backoff,
	resend:   resend,
}

// Runner is the running jobs of one process.
type Runner struct {
	cfg    Config
	pace   pace
	log    *slog.Logger
	store  Store
	svc    Escalator
	broker *broker
	server *asynq.Server
	queue  *asynq.Inspector
	link   *link
	rests  rests
	waker  waker
	holds  holds

	observe   func(fired int) // of Sweep
	recounted recounted       // under the lock of the sweep

	relayed    lock // one relay at a time in this process
	delivering lock
	swept      lock
	settling   lock
	planning   lock
	sending    lock

	open     func(models.Channel) (channel.Sender, error)
	channels channels
	buried   time.Time // under the lock of sending
	driven   sync.Map  // failed jobs, and when they were redriven

	fired     atomic.Int64 // rungs that fired, in this process
	running   atomic.Int64 // handlers at work
	lastSweep atomic.Int64 // Unix nanoseconds

	nudged  chan struct{} // to the relay
	told    chan struct{} // to whoever delivers without the relay
	plans   chan struct{} // to the planner: there may be notices
	again   chan struct{} // to the sweep: somebody waits
	changed chan struct{} // to the waker: deadlines may have begun
	alarmed chan struct{} // to the alarms: a hold has come or gone

	stop     context.CancelFunc     // ends the loops
	work     func() context.Context // of the handlers, which outlive the loops while the server ends
	abandon  context.CancelFunc
	loops    sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// Start begins the jobs. A Redis that does not answer is a warning: the sweep works and the jobs join it when it comes. It
// fails on an address that cannot be read, on a Redis that answers but throws keys away or refuses us, and on a database
// that does not answer. ctx bounds the start only; Close ends the jobs.
func Start(ctx context.Context, cfg Config, store Store, svc Escalator) (*Runner, error) {
	return start(ctx, cfg, store, svc, unhurried)
}

func start(ctx context.Context, cfg Config, store Store, svc Escalator, p pace) (*Runner, error) {
	r := newRunner(cfg, store, svc, p)
	l := &link{log: r.log}
	b, err := openBroker(cfg.Redis, l)
	if err != nil {
		return nil, err
	}
	r.broker, r.link = b, l
	r.queue = asynq.NewInspectorFromRedisClient(b.client)
	if err := r.ready(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	kept := context.WithoutCancel(ctx)
	loops, stop := context.WithCancel(kept)
	r.stop = stop
	work, abandon := context.WithCancel(kept)
	r.work, r.abandon = func() context.Context { return work }, abandon
	r.server = r.newServer()
	if err := r.server.Start(r.mux()); err != nil {
		stop()
		r.abandon()
		return nil, errors.Join(fmt.Errorf("start the queue's server: %w", err), b.close())
	}
	r.loops.Go(func() { r.relayLoop(loops) })
	r.loops.Go(func() { r.deliverLoop(loops) })
	r.loops.Go(func() { r.watchLoop(loops) })
	r.loops.Go(func() { r.planLoop(loops) })
	r.loops.Go(func() { r.sendLoop(loops) })
	r.loops.Go(func() { r.redriveLoop(loops) })
	r.loops.Go(func() { r.alarmLoop(loops) })
	if cfg.Data != "" {
		r.loops.Go(func() { r.verifyLoop(loops) })
	}
	if cfg.Printer != nil {
		r.loops.Go(func() { r.printLoop(loops) })
	}
	if cfg.Sweep {
		r.loops.Go(func() { r.sweepLoop(loops) })
	}
	return r, nil
}

// newRunner is a runner without a queue.
func newRunner(cfg Config, store Store, svc Escalator, p pace) *Runner {
	if cfg.Workers <= 0 {
		cfg.Workers = 4
	}
	if cfg.SweepEvery <= 0 {
		cfg.SweepEvery = 15 * time.Second
	}
	if cfg.Batch <= 0 {
		cfg.Batch = batchOf
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Open == nil {
		cfg.Open = openChannel
	}
	return &Runner{cfg: cfg, pace: p, log: cfg.Log, store: store, svc: svc, waker: waker{lock: newLock()},
		relayed: newLock(), delivering: newLock(), swept: newLock(), settling: newLock(), planning: newLock(), sending: newLock(), open: cfg.Open, nudged: make(chan struct{}, 1), told: make(chan struct{}, 1),
		plans: make(chan struct{}, 1), again: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		alarmed: make(chan struct{}, 1)}
}

// ready looks at Redis once and rebuilds the wake-ups of the next 24 hours before anything is served.
func (r *Runner) ready(ctx context.Context) error {
	if _, err := r.store.Backlog(ctx, r.now()); err != nil {
		return fmt.Errorf("read the backlog: %w", err)
	}
	if _, err := r.look(ctx); err != nil {
		if refusal(err) {
			return fmt.Errorf("Redis refuses us; check the account, the password and the database of the queue's address: %w", err)
		}
		return nil
	}
	if err := r.approve(ctx); err != nil {
		return err
	}
	// the marker goes first: Redis may be emptied while the rungs are placed
	if _, err := r.emptied(ctx); err != nil {
		r.log.Warn("the queue could not be marked", "error", err)
	}
	bounded, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := r.wake(bounded, true); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.log.Warn("not every wake-up could be rebuilt at the start", "error", err)
	}
	return nil
}

// approve checks the settings of a Redis that answers.
func (r *Runner) approve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*answersIn) // three questions
	defer cancel()
	warning, err := r.broker.check(ctx)
	if warning != "" {
		r.log.Warn(warning)
	}
	var refused *RefusedRedis
	if errors.As(err, &refused) {
		return err
	}
	if err != nil {
		r.log.Warn("the settings of Redis could not be read", "error", err)
	}
	return nil
}

// Nudge tells the jobs that a move was committed, so that its notices need not wait for the next look. It never waits.
func (r *Runner) Nudge() {
	nudge(r.nudged)
	nudge(r.told)
}

// Close ends the jobs within 15 seconds: first what starts new work, then the handlers at work, then the client. A rung
// that was cut off is found by the next sweep.
func (r *Runner) Close(ctx context.Context) error {
	r.closing.Do(func() { r.closeErr = r.close(ctx) })
	return r.closeErr
}

const (
	loopsEndIn    = 3 * time.Second
	handlersEndIn = 6 * time.Second
	serverEndsIn  = 9 * time.Second
	cutEndsIn     = 2 * time.Second
)

func (r *Runner) close(ctx context.Context) error {
	r.stop()
	loops := done(r.loops.Wait)
	wait(ctx, loops, loopsEndIn)
	ended := done(r.server.Shutdown)
	inTime := wait(ctx, ended, serverEndsIn)
	r.abandon()
	if !inTime {
		// it waits for a Redis that is mute: with its connections broken it ends
		r.broker.cut()
		if !wait(context.Background(), ended, cutEndsIn) {
			return errors.New("the queue's server did not end in time")
		}
	}
	wait(context.Background(), loops, time.Second)
	if r.broker.embedded != nil {
		// what it holds ends with it: nobody need wait for the next start
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutEndsIn)
		defer cancel()
		if err := r.deliver(last, true); err != nil {
			r.log.Warn("what the queue held is delivered at the next start", "error", err)
		}
	}
	return r.broker.close()
}

// QueueHealth is how the queue is, for the status page and metrics. What counts comes from the database; the numbers of
// Redis are only shown, since they lie after it was emptied.
type QueueHealth struct {
	Kind      string // redis, sentinel, cluster, embedded
	Answers   bool
	Problem   string // why it does not answer
	Backlog   models.Backlog
	LastSweep time.Time // zero: none yet, or the sweep is off
	Pending   int
	Active    int
	Scheduled int
	Retry     int
	Archived  int
	Alarms    []models.Alarm // open
}

// LastSweep is the end of the last sweep; zero: none yet, or the sweep is off.
func (r *Runner) LastSweep() time.Time {
	if n := r.lastSweep.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Health tells how the queue is. It fails when the database does not answer; a Redis that is away is an answer.
func (r *Runner) Health(ctx context.Context) (QueueHealth, error) {
	h := QueueHealth{Kind: r.broker.kind, LastSweep: r.LastSweep()}
	var err error
	if h.Backlog, err = r.store.Backlog(ctx, r.now()); err != nil {
		return h, fmt.Errorf("read the backlog: %w", err)
	}
	if h.Alarms, err = r.store.Alarms(ctx); err != nil {
		return h, fmt.Errorf("read the alarms: %w", err)
	}
	n, err := r.counts(ctx)
	if err != nil {
		h.Problem = err.Error()
		return h, nil
	}
	h.Answers = true
	h.Pending, h.Active, h.Scheduled, h.Retry, h.Archived = n.pending, n.active, n.scheduled, n.retry, n.archived
	return h, nil
}

type counts struct{ pending, active, scheduled, retry, archived int }

// counts adds up our queues. A queue that was never used, or forgotten by an emptied Redis, counts nothing.
func (r *Runner) counts(ctx context.Context) (counts, error) {
	var sum counts
	if _, err := r.look(ctx); err != nil {
		return sum, err
	}
	for _, name := range queues {
		info, err := r.queueInfo(name)
		if err != nil {
			return counts{}, fmt.Errorf("ask for the queue %s: %w", name, err)
		}
		sum.pending += info.Pending
		sum.active += info.Active
		sum.scheduled += info.Scheduled
		sum.retry += info.Retry
		sum.archived += info.Archived
	}
	return sum, nil
}

// queueInfo asks for one queue; one that Redis does not know is empty. asynq does not say by a value which error is that of
// an unknown queue, so the list of queues tells. The queue may begin between the two questions: then it is asked again.
func (r *Runner) queueInfo(name string) (*asynq.QueueInfo, error) {
	for left := 3; ; left-- {
		info, err := r.queue.GetQueueInfo(name)
		if err == nil {
			return info, nil
		}
		known, knownErr := r.queue.Queues()
		switch {
		case knownErr != nil:
			return nil, knownErr
		case !slices.Contains(known, name):
			return &asynq.QueueInfo{}, nil
		case left == 0:
			return nil, err
		}
	}
}

func (r *Runner) now() time.Time { return r.cfg.Now() }

// lock is a mutex that can be waited for with a context.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l lock) release() { <-l }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// done runs f aside and closes the channel when it has returned.
func done(f func()) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		defer close(c)
		f()
	}()
	return c
}

// wait waits for c, no longer than d and ctx.
func wait(ctx context.Context, c <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// pause waits for d, for a nudge where c is given, or for the end of ctx; false then.
func pause(ctx context.Context, d time.Duration, c chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-c:
	}
	return ctx.Err() == nil
}
