package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/semaphore"

	"anju/jobs/channel"
	"anju/jobs/delivery"
	"anju/jobs/escalation"
	"anju/jobs/hold"
	"anju/jobs/monitor"
	"anju/jobs/printing"
	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow/casework"
)

// Config is what the jobs are told.
type Config struct {
	Redis      string        // embedded, or an address
	Sweep      bool          // take due rungs from the database too; off only to show that asynq alone does it
	Data       string        // folder of the mark, with which the record is compared every night; "": it is not verified
	Workers    int           // rungs and notices at once; 0: 4
	SweepEvery time.Duration // 0: 15 s
	Batch      int           // cases that the sweep takes in one transaction; 0: escalation.DefaultBatch
	Now        func() time.Time
	Log        *slog.Logger
	Open       func(notices.Channel) (channel.Sender, error) // nil: delivery.OpenChannel
	Printer    *printing.Printer                             // prints what is issued; nil: it stays unprinted
	// MayEscalate and MaySend fail with *workflow.Held while no rung may fire, or nothing may be told; nil: always
	// allowed.
	MayEscalate, MaySend hold.Check
}

// Store is what the jobs call of the database.
type Store interface {
	escalation.Store
	delivery.Store
	queue.Store
	monitor.Store
	Alarms(ctx context.Context) ([]notices.Alarm, error)
}

var (
	_ Store              = (*models.Store)(nil)
	_ escalation.Service = (*casework.Service)(nil)
)

// intervals are how often the services look by themselves, and how long what failed waits.
type intervals struct {
	relay, watch, refill, lost, quiet, recount time.Duration
	plan, send, redrive, alarm, paper, verify  time.Duration
	retry, resend                              func(n int) time.Duration
}

// defaultIntervals are those of a running program; the tests have shorter ones.
var defaultIntervals = intervals{
	relay:   5 * time.Second, // for what another process wrote: the commits of this one nudge
	watch:   time.Second,
	refill:  time.Minute,
	lost:    time.Minute,
	quiet:   2 * time.Second,
	recount: time.Minute,
	plan:    time.Second,
	send:    time.Second,
	redrive: 5 * time.Second,
	alarm:   10 * time.Minute,
	paper:   time.Second,
	verify:  30 * time.Second,
	retry:   retry.Delay,
	resend:  delivery.Resend,
}

// alarmFirst is when alarms are first looked for: what waited while no process ran is given a moment to go.
const alarmFirst = 30 * time.Second

// Runner is the running jobs of one process.
type Runner struct {
	cfg      Config
	every    intervals
	log      *slog.Logger
	store    Store
	svc      escalation.Service
	signals  signals
	gate     *hold.Gate
	failed   *queue.FailedJobs
	queue    *queue.Queue
	sweeper  *escalation.Sweeper
	waker    *escalation.Waker
	settler  *escalation.Settler
	relay    *delivery.Relay
	inbox    *delivery.Inbox
	planner  *delivery.Planner
	messages *delivery.Messenger
	redriver *queue.Redriver
	alarms   *monitor.Alarms
	verifier *monitor.Verifier // nil: the record is not verified
	printer  *printing.Worker  // nil: nothing is printed

	services *services
	work     func() context.Context // of the messages being sent, which outlive the services
	abandon  context.CancelFunc
	settling *semaphore.Weighted
	closing  sync.Once
	closeErr error
}

// signals wake the services.
type signals struct{ relay, inbox, plan, send, sweep, alarm signal }

func newSignals() signals {
	return signals{newSignal(), newSignal(), newSignal(), newSignal(), newSignal(), newSignal()}
}

// Start begins the jobs. A Redis that does not answer is a warning: the sweep works and the jobs join it when it comes.
// It fails on an address that cannot be read, on a Redis that answers but throws keys away or refuses us, and on a
// database that does not answer. ctx bounds the start only; Close ends the jobs.
func Start(ctx context.Context, cfg Config, store Store, svc escalation.Service) (*Runner, error) {
	return start(ctx, cfg, store, svc, defaultIntervals)
}

func start(ctx context.Context, cfg Config, store Store, svc escalation.Service, every intervals) (*Runner, error) {
	r := newRunner(cfg, store, svc, every)
	if err := r.open(); err != nil {
		return nil, err
	}
	if err := r.ready(ctx); err != nil {
		return nil, errors.Join(err, r.queue.Close())
	}
	kept := context.WithoutCancel(ctx)
	work, abandon := context.WithCancel(kept)
	r.work, r.abandon = func() context.Context { return work }, abandon
	err := r.queue.Start(kept, map[string]asynq.HandlerFunc{queue.TypeRung: r.sweeper.HandleRung,
		queue.TypeNotify: r.inbox.HandleNotify})
	if err != nil {
		abandon()
		return nil, errors.Join(err, r.queue.Close())
	}
	r.services = startServices(kept, r.log, r.list())
	return r, nil
}

// Sweep takes everything that is due, once and without a queue, as the running jobs do every few seconds. observe,
// where it is given, is called after each transaction with the number of rungs that have fired, by one goroutine at a
// time. It fails as soon as the database does not answer, and while escalation is held.
func Sweep(ctx context.Context, cfg Config, store Store, svc escalation.Service,
	observe func(fired int)) (fired int, err error) {
	r := newRunner(cfg, store, svc, defaultIntervals)
	return r.newSweeper(observe).Sweep(ctx)
}

// newRunner is a runner without a queue.
func newRunner(cfg Config, store Store, svc escalation.Service, every intervals) *Runner {
	if cfg.Workers <= 0 {
		cfg.Workers = 4
	}
	if cfg.SweepEvery <= 0 {
		cfg.SweepEvery = 15 * time.Second
	}
	if cfg.Batch <= 0 {
		cfg.Batch = escalation.DefaultBatch
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Open == nil {
		cfg.Open = delivery.OpenChannel
	}
	r := &Runner{cfg: cfg, every: every, log: cfg.Log, store: store, svc: svc, signals: newSignals(),
		settling: semaphore.NewWeighted(1)}
	r.gate = hold.NewGate(cfg.MayEscalate, cfg.MaySend, r.signals.alarm.send)
	r.failed = queue.NewFailedJobs(store, retry.New(every.retry), r.log)
	return r
}

// newSweeper is a sweeper of this runner's store.
func (r *Runner) newSweeper(observe func(int)) *escalation.Sweeper {
	return escalation.NewSweeper(escalation.SweepConfig{
		Workers: r.cfg.Workers, Batch: r.cfg.Batch, RecountEvery: r.every.recount, Now: r.cfg.Now, Log: r.log,
		Fired: r.Nudge, Observe: observe,
	}, r.store, r.svc, r.gate, r.failed)
}

// open makes the queue and what works with it; it asks Redis nothing.
func (r *Runner) open() (err error) {
	every, now, log := r.every, r.cfg.Now, r.log
	r.queue, err = queue.Open(queue.Config{
		Address: r.cfg.Redis, Workers: r.cfg.Workers, HeldDelay: r.cfg.SweepEvery, Delay: every.retry, Now: now, Log: log,
	}, r.failed)
	if err != nil {
		return err
	}
	r.sweeper = r.newSweeper(nil)
	r.inbox = delivery.NewInbox(delivery.InboxConfig{
		Lost: every.lost, Embedded: r.queue.Embedded(), Now: now, Log: log,
		Delivered: r.signals.plan.send, Began: func() { r.waker.Changed() },
	}, r.store, r.gate, r.failed)
	r.waker = escalation.NewWaker(escalation.WakeConfig{
		Sweep: r.cfg.Sweep, Watch: every.watch, Refill: every.refill, Lost: every.lost, Now: now, Log: log,
	}, r.store, r.queue, r.inbox, r.failed.Backoff)
	r.relay = delivery.NewRelay(r.store, r.queue, r.gate, r.waker.Changed)
	r.planner = delivery.NewPlanner(r.store, r.svc.County, r.gate, r.signals.send.send)
	r.messages = delivery.NewMessenger(delivery.MessengerConfig{
		Work: func() context.Context { return r.work() }, Open: r.cfg.Open, Delay: every.retry, Resend: every.resend,
		Now: now, Log: log,
	}, r.store, r.svc.County, r.gate)
	r.redriver = queue.NewRedriver(r.store, r.failed, r.inbox.DeliverMany, func() {
		r.signals.sweep.send()
		r.waker.Changed()
	})
	r.settler = escalation.NewSettler(r.sweeper, r.waker, r.queue, outbox{r.relay, r.inbox}, r.cfg.Sweep, every.quiet)
	watched := monitor.Config{County: r.svc.County, Now: now, Log: log}
	r.alarms = monitor.NewAlarms(watched, r.store, r.gate)
	if r.cfg.Data != "" {
		r.verifier = monitor.NewVerifier(watched, r.store, r.cfg.Data, r.signals.alarm.send)
	}
	if r.cfg.Printer != nil {
		r.printer = printing.NewWorker(r.cfg.Printer, r.failed.Backoff, log, r.store)
	}
	return nil
}

// outbox is the two ways out of it.
type outbox struct {
	*delivery.Relay
	*delivery.Inbox
}

// list is every service of this runner.
func (r *Runner) list() []*service {
	e := r.every
	list := []*service{
		{name: "relay", first: e.relay, every: e.relay, nudge: r.signals.relay, run: r.relay.Run},
		{name: "inbox", first: e.relay, every: e.relay, nudge: r.signals.inbox, run: r.inbox.Run},
		{name: "watch", first: e.watch, every: e.watch, run: r.waker.Watch},
		{name: "plan", first: e.plan, every: e.plan, nudge: r.signals.plan, run: r.planner.Plan},
		{name: "send", first: e.send, every: e.send, nudge: r.signals.send, run: r.messages.Dispatch},
		{name: "redrive", first: e.redrive, every: e.redrive, run: r.redriver.RedriveAll},
		{name: "alarm", first: min(e.alarm, alarmFirst), every: e.alarm, nudge: r.signals.alarm, run: r.alarms.Look},
	}
	if r.verifier != nil {
		list = append(list, &service{name: "verify", first: e.verify, every: e.verify, run: r.verifier.Verify})
	}
	if r.printer != nil {
		list = append(list, &service{name: "print", first: e.paper, every: e.paper, run: r.printer.PrintDue})
	}
	if r.cfg.Sweep {
		list = append(list, &service{name: "sweep", every: r.cfg.SweepEvery, nudge: r.signals.sweep,
			run: func(ctx context.Context) error {
				_, err := r.sweeper.Sweep(ctx)
				return err
			}})
	}
	return list
}

// ready asks Redis once and rebuilds the wake-ups of the next 24 hours before anything is served.
func (r *Runner) ready(ctx context.Context) error {
	if _, err := r.store.Backlog(ctx, r.cfg.Now()); err != nil {
		return fmt.Errorf("read the backlog: %w", err)
	}
	if up, err := r.queue.Ready(ctx); err != nil || !up {
		return err
	}
	if err := r.waker.Rebuild(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.log.Warn("not every wake-up could be rebuilt at the start", "error", err)
	}
	return nil
}

// Nudge tells the jobs that a row of the outbox was committed, so that it need not wait for the next look. It never
// waits.
func (r *Runner) Nudge() {
	r.signals.relay.send()
	r.signals.inbox.send()
}

// Redrive tries a failed job again: a rung by the next sweep, a row of the outbox at once. It fails with
// workflow.ErrNotFound where the job is not open any more.
func (r *Runner) Redrive(ctx context.Context, id int64, act org.Act) error {
	return r.redriver.Redrive(ctx, id, act)
}

// Settle takes everything that is due after the clock was moved, plans and sends what was told, and looks for alarms.
// It returns how many rungs fired in this process, and fails as escalation.Settler does.
func (r *Runner) Settle(ctx context.Context) (fired int, err error) {
	if err := r.settling.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer r.settling.Release(1)
	before := r.sweeper.Fired()
	err = r.settler.Settle(ctx)
	if ctx.Err() == nil {
		err = errors.Join(err, r.planner.Plan(ctx), r.messages.Dispatch(ctx), r.redriver.RedriveAll(ctx), r.alarms.Look(ctx))
	}
	return int(r.sweeper.Fired() - before), err
}

const (
	servicesEndIn = 3 * time.Second
	lastDelivery  = 2 * time.Second
)

// Close ends the jobs within 15 seconds: first what starts new work, then the handlers at work, then the client. A rung
// that was cut off is found by the next sweep.
func (r *Runner) Close(ctx context.Context) error {
	r.closing.Do(func() { r.closeErr = r.close(ctx) })
	return r.closeErr
}

func (r *Runner) close(ctx context.Context) error {
	r.services.stop()
	queue.WaitFor(ctx, r.services.done, servicesEndIn)
	err := r.queue.Stop(ctx)
	r.abandon()
	if err != nil {
		return err
	}
	queue.WaitFor(context.WithoutCancel(ctx), r.services.done, time.Second)
	if r.queue.Embedded() {
		// what it holds ends with it, and need not wait for the next start
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastDelivery)
		defer cancel()
		if err := r.inbox.Deliver(last, true); err != nil {
			r.log.Warn("embedded queue not drained; pending notices will be delivered on next start", "error", err)
		}
	}
	return r.queue.Close()
}
