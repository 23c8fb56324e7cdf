package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"anju/models/cases"
)

const (
	ahead     = 24 * time.Hour  // how much of the future is scheduled
	firstRead = 2_000           // rungs read at once
	mostRead  = 128_000         // without the sweep; a test has fewer
	near      = 2 * time.Second // asynq keeps whole seconds
	gained    = time.Second     // the injected clock went ahead of the machine's by more: it was moved
	markerKey = "anju:jobs:marker"
)

// waker keeps the rungs of the next 24 hours scheduled in Redis. Everything in it may be forgotten.
type waker struct {
	lock    lock
	placed  map[string]placement // so that a pass asks Redis only for what is new
	marker  string               // what Redis keeps for us as long as nobody empties it
	offset  time.Duration        // least lead of the injected clock over the machine's since the last full pass
	started bool
	last    atomic.Int64 // end of the last pass, Unix nanoseconds
	took    atomic.Int64
}

type placement struct {
	at    time.Time
	since time.Time
}

// watchLoop looks every second whether Redis answers, was emptied, or the clock was moved, and fills the wake-ups up.
func (r *Runner) watchLoop(ctx context.Context) {
	var begun, failing bool
	for pause(ctx, r.pace.watch, nil) {
		select {
		case <-r.changed:
			begun = true
		default:
		}
		full, err := r.disturbed(ctx)
		if err != nil {
			continue
		}
		// a pass reads a day of deadlines: under a steady flow of moves it may take a twentieth of the time
		since := time.Since(time.Unix(0, r.waker.last.Load()))
		rest := max(r.pace.watch, 20*time.Duration(r.waker.took.Load()))
		if !full && since < r.pace.refill && (!begun || since < rest) {
			continue
		}
		begun = false
		if err = r.wake(ctx, full); err != nil && ctx.Err() == nil && r.link.up() && !failing {
			r.log.Error("wake-ups could not be scheduled", "error", err)
		}
		failing = err != nil
	}
}

// disturbed tells whether nothing that was scheduled can be relied upon: Redis was emptied, or the clock moved.
func (r *Runner) disturbed(ctx context.Context) (bool, error) {
	back, err := r.look(ctx)
	if err != nil {
		return false, err
	}
	if back {
		nudge(r.changed) // what began meanwhile is scheduled at the next look
		if err := r.approve(ctx); err != nil {
			r.log.Error("the queue may lose tasks", "error", err)
		}
	}
	emptied, err := r.emptied(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.link.set(err)
		}
		return false, err
	}
	if emptied {
		r.log.Warn("Redis was emptied: wake-ups are rebuilt and notices delivered from the database")
		if err := r.deliver(ctx, true); err != nil && ctx.Err() == nil {
			r.log.Error("the outbox could not be delivered", "error", err)
		}
	}
	return emptied || r.moved(), nil
}

// emptied tells whether Redis has lost our marker since it was last asked, and sets a new one.
func (r *Runner) emptied(ctx context.Context) (bool, error) {
	ctx, cancel := r.shortly(ctx)
	defer cancel()
	got, err := r.broker.client.Get(ctx, markerKey).Result()
	if errors.Is(err, redis.Nil) {
		// several processes may do so at once: what stands there afterwards counts
		if err = r.broker.client.SetNX(ctx, markerKey, rand.Text(), 0).Err(); err == nil {
			got, err = r.broker.client.Get(ctx, markerKey).Result()
		}
	}
	if err != nil {
		return false, fmt.Errorf("ask Redis for the marker: %w", err)
	}
	if err := r.waker.lock.take(ctx); err != nil {
		return false, nil // a pass is at work; the next look will see it
	}
	defer r.waker.lock.release()
	was := r.waker.marker
	r.waker.marker = got
	return was != "" && was != got, nil
}

// moved tells whether the injected clock has gained on the machine's. A clock that stands still or was set back needs
// nothing: tasks come early then, and their handlers send them to sleep again.
func (r *Runner) moved() bool {
	lead := time.Until(r.now())
	r.waker.lock <- struct{}{}
	defer r.waker.lock.release()
	if !r.waker.started || lead < r.waker.offset {
		r.waker.offset, r.waker.started = lead, true
	}
	return lead > r.waker.offset+gained
}

// wake hands over the rungs that are due and schedules those of the next 24 hours. A full pass trusts nothing that was
// scheduled before.
func (r *Runner) wake(ctx context.Context, full bool) (err error) {
	w := &r.waker
	if err := w.lock.take(ctx); err != nil {
		return err
	}
	defer w.lock.release()
	began := time.Now()
	defer func() {
		w.last.Store(time.Now().UnixNano())
		w.took.Store(int64(time.Since(began)))
	}()
	now := r.now()
	if full {
		w.placed = nil
		w.offset, w.started = now.Sub(began), true
	}
	list, err := r.wakeUps(ctx, now)
	if err != nil {
		return err
	}
	// what is not read again has fired or moved on, and is forgotten
	kept := make(map[string]placement, len(list))
	defer func() { w.placed = kept }()
	send := r.sender()
	for _, d := range list {
		id := rungID(d)
		was, known := w.placed[id]
		known = known && was.at.Equal(d.At)
		late := now.Sub(d.At)
		if known && (late < r.pace.lost || time.Since(was.since) < r.pace.lost) {
			kept[id] = was
			continue
		}
		if err := r.place(ctx, send, d, how{stale: known}); err != nil {
			if ctx.Err() == nil {
				r.link.set(err)
			}
			return err
		}
		kept[id] = placement{d.At, time.Now()}
	}
	return nil
}

// atOnce is how many rungs of one instant are put into Redis, and how many that are due already. A wake-up costs Redis two
// questions and its rung a transaction; the sweep takes five hundred rungs in one, so that a storm is over before Redis
// would hold half of it. The wake-ups are for the ordinary day, on which each comes to the second and not to the next sweep.
const atOnce = 1_000

// wakeUps lists what is to stand in Redis: of the rungs that are due the oldest, without those that asynq has given up, and
// of each instant of the next 24 hours the first. The rest is the sweep's; where that is off, all.
func (r *Runner) wakeUps(ctx context.Context, now time.Time) ([]cases.Due, error) {
	overdue := func(limit int) ([]cases.Due, error) { return r.store.DueRungs(ctx, now, limit) }
	if !r.cfg.Sweep {
		due, err := readAll(overdue)
		if err != nil {
			return nil, fmt.Errorf("read due rungs: %w", err)
		}
		soon, err := readAll(func(limit int) ([]cases.Due, error) { return r.store.UpcomingRungs(ctx, now, now.Add(ahead), limit) })
		if err != nil {
			return nil, fmt.Errorf("read upcoming rungs: %w", err)
		}
		return append(r.rests.unarchived(due), soon...), nil
	}
	list, err := overdue(atOnce)
	if err != nil {
		return nil, fmt.Errorf("read due rungs: %w", err)
	}
	list = r.rests.unarchived(list)
	for from, more := now, true; more; {
		page, err := r.store.UpcomingRungs(ctx, from, now.Add(ahead), firstRead)
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

// uncut leaves out the last instant of a page, of which the rest may stand on the next, and says after which instant that
// begins. Where it is one instant with more than is wanted of it, the next page begins behind it.
func uncut(page []cases.Due) ([]cases.Due, time.Time) {
	last := page[len(page)-1].At
	i := slices.IndexFunc(page, func(d cases.Due) bool { return d.At.Equal(last) })
	if len(page)-i >= atOnce {
		return page, last
	}
	return page[:i], page[i-1].At
}

// few leaves at most atOnce rungs of each instant.
func few(page []cases.Due) []cases.Due {
	n, at := 0, time.Time{}
	return slices.DeleteFunc(page, func(d cases.Due) bool {
		if !d.At.Equal(at) {
			n, at = 0, d.At
		}
		n++
		return n > atOnce
	})
}

// readAll reads with a limit that grows until it is not reached: the rungs of a day fall due at one instant, so that they
// cannot be paged by it.
func readAll(read func(limit int) ([]cases.Due, error)) ([]cases.Due, error) {
	for limit := firstRead; ; limit *= 4 {
		due, err := read(limit)
		if err != nil || len(due) < limit || limit >= mostRead {
			return due, err
		}
	}
}

// how a rung is placed whose identifier is taken already.
type how struct {
	stale bool // it was handed over long ago: what is active or given up is taken for dead
	hurry bool // somebody waits: a task that pauses after a failure is tried now
}

// place schedules one rung for its instant, or hands it over where that has passed.
func (r *Runner) place(ctx context.Context, send func(context.Context, *asynq.Task, ...asynq.Option) error, d cases.Due, h how) error {
	task, id := NewRungTask(d), rungID(d)
	in := d.At.Sub(r.now())
	want := time.Now()
	var opts []asynq.Option
	if in > 0 {
		// whole seconds, cut off: without the second more it would wake before its instant
		want = want.Add(in + time.Second)
		opts = append(opts, asynq.ProcessAt(want))
	}
	err := send(ctx, task, opts...)
	if !errors.Is(err, asynq.ErrTaskIDConflict) {
		return scheduling(d, err)
	}
	info, err := r.queue.GetTaskInfo(QueueUrgent, id)
	if queueUnknown(err) {
		return scheduling(d, taken(send(ctx, task, opts...))) // it has just ended: whatever it did, asking twice is harmless
	}
	if err != nil {
		return scheduling(d, err)
	}
	switch info.State {
	case asynq.TaskStatePending:
		return nil
	case asynq.TaskStateActive:
		if !h.stale {
			return nil
		}
	case asynq.TaskStateScheduled, asynq.TaskStateRetry:
		if off := info.NextProcessAt.Sub(want); off.Abs() <= near && in > 0 {
			return nil
		}
		if info.State == asynq.TaskStateRetry && info.LastErr != errEarly.Error() && info.LastErr != errHeld.Error() && !h.hurry {
			return nil // it failed and pauses
		}
		if in > 0 {
			err = r.queue.DeleteTask(QueueUrgent, id)
		} else {
			err = r.queue.RunTask(QueueUrgent, id)
		}
		if in <= 0 && err == nil {
			return nil
		}
		if err != nil && !queueUnknown(err) {
			// it has begun between two questions, or Redis went away
			_, err = r.look(ctx)
			return scheduling(d, err)
		}
		return scheduling(d, taken(send(ctx, task, opts...)))
	}
	// An archived task keeps its identifier, and so does one whose worker was killed, for a minute and a half.
	opts = append(opts, asynq.TaskID(id+":"+strconv.FormatInt(time.Now().UnixNano(), 36)))
	return scheduling(d, send(ctx, task, opts...))
}

func scheduling(d cases.Due, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("schedule %s: %w", rungID(d), err)
}

// taken forgives a taken identifier: another process was faster.
func taken(err error) error {
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return err
}

// queueUnknown tells that Redis has no such task or queue.
func queueUnknown(err error) bool {
	return errors.Is(err, asynq.ErrQueueNotFound) || errors.Is(err, asynq.ErrTaskNotFound)
}
