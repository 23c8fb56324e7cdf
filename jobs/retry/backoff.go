// Package retry keeps work that failed from being tried again at once: each piece has a key, and waits longer after
// each failure.
package retry

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	longestWait = time.Hour
	forgetAfter = 24 * time.Hour
)

// Tries is how often a piece of work is tried before it is written to failed_jobs. It must be more than one: asynq
// archives a task with a single try without running it when its worker dies.
const Tries = 5

// Delay returns how long the next try waits after n failures: 2, 4, 8, 16 … seconds and up to half as much more, so
// that what failed together does not come back together.
func Delay(n int) time.Duration {
	d := 2 * time.Second << min(n, 8)
	return d + rand.N(d/2)
}

// Wait waits for d or for the end of ctx, and reports whether ctx still runs.
func Wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// Backoff remembers the work that was tried and not done, and until when it is left alone.
type Backoff struct {
	delay   func(failures int) time.Duration
	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	until    time.Time
	archived time.Time // until then asynq has given the work up, and a new task would fail as the old one
	failures int
	reported bool // a row in failed_jobs was written
}

// New returns an empty Backoff; delay says how long work waits after n failures.
func New(delay func(failures int) time.Duration) *Backoff {
	return &Backoff{delay: delay, entries: map[string]*entry{}}
}

func (b *Backoff) entry(key string) *entry {
	e := b.entries[key]
	if e == nil {
		e = &entry{until: time.Now()}
		b.entries[key] = e
	}
	return e
}

// Postpone leaves the work alone for d without counting a failure.
func (b *Backoff) Postpone(key string, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entry(key).until = time.Now().Add(d)
}

// Fail counts a failure, lets the work wait, and returns how often it has failed.
func (b *Backoff) Fail(key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entry(key)
	e.until = time.Now().Add(min(b.delay(e.failures), longestWait))
	e.failures++
	return e.failures
}

// Archive keeps the waker from handing over again at once what asynq has given up. The sweep is not kept from it.
func (b *Backoff) Archive(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entry(key).archived = time.Now().Add(longestWait)
}

// Archived reports whether asynq has given the work up within the last hour.
func (b *Backoff) Archived(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[key]
	return e != nil && e.archived.After(time.Now())
}

// Report marks the work as written to failed_jobs, and reports whether it was not marked before.
func (b *Backoff) Report(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entry(key)
	first := !e.reported
	e.reported = true
	return first
}

// Unreport takes the mark of Report back.
func (b *Backoff) Unreport(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entry(key).reported = false
}

// Reported reports whether the work was written to failed_jobs.
func (b *Backoff) Reported(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[key]
	return e != nil && e.reported
}

// Forget drops what is known of the work: it was done, or is to be tried as if for the first time.
func (b *Backoff) Forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.entries, key)
}

// Count returns how many pieces of work wait now. Entries that have waited are dropped: at once where the work never
// failed, after a day where it did.
func (b *Backoff) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, n := time.Now(), 0
	for key, e := range b.entries {
		switch {
		case e.until.After(now):
			n++
		case e.failures == 0 && !e.reported && e.archived.Before(now), e.until.Before(now.Add(-forgetAfter)):
			delete(b.entries, key)
		}
	}
	return n
}

// Waiting reports whether the work is still to be left alone.
func (b *Backoff) Waiting(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[key]
	return e != nil && e.until.After(time.Now())
}

// EndWaits ends every wait but those of work that was given up.
func (b *Backoff) EndWaits() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, e := range b.entries {
		if !e.reported && e.until.After(now) {
			e.until = now
		}
	}
}
