package escalation

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/cases"
)

const (
	ahead          = 24 * time.Hour   // how much of the future is scheduled
	firstRead      = 2_000            // rungs read at once
	largestRead    = 128_000          // without the sweep; a test has fewer
	gained         = time.Second      // the injected clock went ahead of the machine's by more: it was moved
	rebuildTimeout = 20 * time.Second // of the pass at the start
)

// WakeConfig is what a Waker is made from.
type WakeConfig struct {
	Sweep  bool          // the sweep takes what is not scheduled
	Watch  time.Duration // between two looks at Redis and the clock
	Refill time.Duration // after which all of the next 24 hours is scheduled again
	Lost   time.Duration // a task that was handed over and not run for longer is taken for lost
	Now    func() time.Time
	Log    *slog.Logger
}

// deliverer delivers the outbox without Redis.
type deliverer interface {
	Deliver(ctx context.Context, all bool) error
}

// Waker keeps the rungs of the next 24 hours scheduled in Redis. Everything in it may be forgotten.
type Waker struct {
	cfg     WakeConfig
	log     *slog.Logger
	store   RungStore
	queue   *queue.Queue
	inbox   deliverer
	backoff *retry.Backoff
	changed atomic.Bool // deadlines may have begun

	pass    *semaphore.Weighted  // one pass at a time; it guards what follows
	placed  map[string]placement // so that a pass asks Redis only for what is new
	marker  string               // what Redis keeps for us as long as it is not emptied
	offset  time.Duration        // least lead of the injected clock over the machine's since the last full pass
	started bool
	last    atomic.Int64 // end of the last pass, Unix nanoseconds
	took    atomic.Int64
}

type placement struct {
	at    time.Time
	since time.Time
}

// NewWaker returns a waker that has scheduled nothing.
func NewWaker(cfg WakeConfig, store RungStore, q *queue.Queue, inbox deliverer, backoff *retry.Backoff) *Waker {
	return &Waker{cfg: cfg, log: cfg.Log, store: store, queue: q, inbox: inbox, backoff: backoff,
		pass: semaphore.NewWeighted(1)}
}

// Changed tells the waker that deadlines may have begun. It never waits.
func (w *Waker) Changed() { w.changed.Store(true) }

// Watch looks whether Redis answers, was emptied, or the clock was moved, and fills the wake-ups up. A Redis that does
// not answer is no error of its own: the rows wait.
func (w *Waker) Watch(ctx context.Context) error {
	full, err := w.disturbed(ctx)
	if err != nil {
		return nil // the link has logged it
	}
	// a pass reads a day of deadlines: under a steady flow of moves it may take a twentieth of the time
	since := time.Since(time.Unix(0, w.last.Load()))
	wait := max(w.cfg.Watch, 20*time.Duration(w.took.Load()))
	if !full && since < w.cfg.Refill && (!w.changed.Load() || since < wait) {
		return nil
	}
	w.changed.Store(false)
	if err := w.Wake(ctx, full); err != nil && w.queue.Up() {
		return err
	}
	return nil
}

// Rebuild schedules the next 24 hours at the start. The marker goes first: Redis may be emptied while the rungs are
// placed.
func (w *Waker) Rebuild(ctx context.Context) error {
	if _, err := w.emptied(ctx); err != nil {
		w.log.Warn("the queue could not be marked", "error", err)
	}
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	return w.Wake(ctx, true)
}

// disturbed tells whether nothing that was scheduled can be relied upon: Redis was emptied, or the clock moved.
func (w *Waker) disturbed(ctx context.Context) (bool, error) {
	back, err := w.queue.Ping(ctx)
	if err != nil {
		return false, err
	}
	if back {
		w.Changed() // what began meanwhile is scheduled at the next look
		if err := w.queue.CheckSettings(ctx); err != nil {
			w.log.Error("the queue may lose tasks", "error", err)
		}
	}
	emptied, err := w.emptied(ctx)
	if err != nil {
		w.queue.Note(ctx, err)
		return false, err
	}
	if emptied {
		w.log.Warn("Redis was emptied: wake-ups are rebuilt and notices delivered from the database")
		if err := w.inbox.Deliver(ctx, true); err != nil && ctx.Err() == nil {
			w.log.Error("the outbox could not be delivered", "error", err)
		}
	}
	return emptied || w.moved(), nil
}

// emptied tells whether Redis has lost our marker since it was last asked, and sets a new one.
func (w *Waker) emptied(ctx context.Context) (bool, error) {
	got, err := w.queue.Marker(ctx)
	if err != nil {
		return false, err
	}
	if err := w.pass.Acquire(ctx, 1); err != nil {
		return false, nil // a pass is at work; the next look will see it
	}
	defer w.pass.Release(1)
	was := w.marker
	w.marker = got
	return was != "" && was != got, nil
}

// moved tells whether the injected clock has gained on the machine's. A clock that stands still or was set back needs
// nothing: tasks come early then, and their handlers send them to sleep again.
func (w *Waker) moved() bool {
	lead := time.Until(w.cfg.Now())
	_ = w.pass.Acquire(context.Background(), 1) // it fails only where a context ends
	defer w.pass.Release(1)
	if !w.started || lead < w.offset {
		w.offset, w.started = lead, true
	}
	return lead > w.offset+gained
}

// Wake hands over the rungs that are due and schedules those of the next 24 hours. A full pass trusts nothing that was
// scheduled before.
func (w *Waker) Wake(ctx context.Context, full bool) (err error) {
	if err := w.pass.Acquire(ctx, 1); err != nil {
		return err
	}
	defer w.pass.Release(1)
	began := time.Now()
	defer func() {
		w.last.Store(time.Now().UnixNano())
		w.took.Store(int64(time.Since(began)))
	}()
	now := w.cfg.Now()
	if full {
		w.placed = nil
		w.offset, w.started = now.Sub(began), true
	}
	list, err := w.wakeUps(ctx, now)
	if err != nil {
		return err
	}
	// what is not read again has fired or moved on, and is forgotten
	kept := make(map[string]placement, len(list))
	defer func() { w.placed = kept }()
	send := w.queue.Sender()
	for _, d := range list {
		id := queue.RungID(d)
		was, known := w.placed[id]
		known = known && was.at.Equal(d.At)
		late := now.Sub(d.At)
		if known && (late < w.cfg.Lost || time.Since(was.since) < w.cfg.Lost) {
			kept[id] = was
			continue
		}
		if err := w.queue.Place(ctx, d, queue.Placing{Stale: known, Sender: send}); err != nil {
			w.queue.Note(ctx, err)
			return err
		}
		kept[id] = placement{d.At, time.Now()}
	}
	return nil
}

// AtOnce is how many rungs of one instant are put into Redis, and how many that are due already. A wake-up costs Redis
// two questions and its rung a transaction; the sweep takes five hundred rungs in one, so that a storm is over before
// Redis would hold half of it. The wake-ups are for the ordinary day, on which each comes to the second and not to the
// next sweep.
const AtOnce = 1_000

// wakeUps lists what is to stand in Redis: of the rungs that are due the oldest, without those that asynq has given up,
// and of each instant of the next 24 hours the first. The rest is the sweep's; where that is off, all.
func (w *Waker) wakeUps(ctx context.Context, now time.Time) ([]cases.Due, error) {
	overdue := func(limit int) ([]cases.Due, error) { return w.store.DueRungs(ctx, now, limit) }
	if !w.cfg.Sweep {
		due, err := readAll(overdue)
		if err != nil {
			return nil, fmt.Errorf("read due rungs: %w", err)
		}
		soon, err := readAll(func(limit int) ([]cases.Due, error) {
			return w.store.UpcomingRungs(ctx, now, now.Add(ahead),
				limit)
		})
		if err != nil {
			return nil, fmt.Errorf("read upcoming rungs: %w", err)
		}
		return append(w.unarchived(due), soon...), nil
	}
	list, err := overdue(AtOnce)
	if err != nil {
		return nil, fmt.Errorf("read due rungs: %w", err)
	}
	list = w.unarchived(list)
	for from, more := now, true; more; {
		page, err := w.store.UpcomingRungs(ctx, from, now.Add(ahead), firstRead)
		if err != nil {
			return nil, fmt.Errorf("read upcoming rungs: %w", err)
		}
		if more = len(page) == firstRead; more {
			page, from = uncut(page)
		}
		list = append(list, few(page)...)
	}
	return list, nil
}

// unarchived leaves out the rungs that asynq has given up lately.
func (w *Waker) unarchived(due []cases.Due) []cases.Due {
	return slices.DeleteFunc(due, func(d cases.Due) bool { return w.backoff.Archived(queue.RungID(d)) })
}

// uncut leaves out the last instant of a page, of which the rest may stand on the next, and says after which instant
// that begins. Where it is one instant with more than is wanted of it, the next page begins behind it.
func uncut(page []cases.Due) ([]cases.Due, time.Time) {
	last := page[len(page)-1].At
	i := slices.IndexFunc(page, func(d cases.Due) bool { return d.At.Equal(last) })
	if len(page)-i >= AtOnce {
		return page, last
	}
	return page[:i], page[i-1].At
}

// few leaves at most AtOnce rungs of each instant.
func few(page []cases.Due) []cases.Due {
	n, at := 0, time.Time{}
	return slices.DeleteFunc(page, func(d cases.Due) bool {
		if !d.At.Equal(at) {
			n, at = 0, d.At
		}
		n++
		return n > AtOnce
	})
}

// readAll reads with a limit that grows until it is not reached: the rungs of a day fall due at one instant, so that
// they cannot be paged by it.
func readAll(read func(limit int) ([]cases.Due, error)) ([]cases.Due, error) {
	for limit := firstRead; ; limit *= 4 {
		due, err := read(limit)
		if err != nil || len(due) < limit || limit >= largestRead {
			return due, err
		}
	}
}
