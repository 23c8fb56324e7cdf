package jobs

import (
	"errors"
	"testing"
	"time"

	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/org"
	"anju/workflow"
)

func TestRedrive(t *testing.T) {
	t.Parallel()
	t.Run("retries failed job", redriveRetriesFailedJob)
}

func redriveRetriesFailedJob(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	bad := w.open(-time.Hour)
	torn := w.tell(7)
	w.poison[bad.Case], w.torn[torn] = true, true
	p := hurried
	p.retry = func(n int) time.Duration { // by itself it would be tried again in an hour
		if n >= retry.Tries-1 {
			return time.Hour
		}
		return 10 * time.Millisecond
	}
	r, err := beginAt(t, w, Config{Redis: queue.Embedded, Sweep: true, SweepEvery: 20 * time.Millisecond}, p)
	if err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour) // whatever became of the notice's task
	eventually(t, 30*time.Second, "both are kept as failed", func() bool { return len(w.failures()) == 2 })
	// The sweep and the queue count apart: whichever gives up first keeps the row, and the other may have tries
	// left.
	tried, since := 0, time.Now()
	eventually(t, 30*time.Second, "sweep and queue both rest", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.poisoned != tried {
			tried, since = w.poisoned, time.Now()
		}
		return time.Since(since) > 2*time.Second // the queue looks for what is to be tried again twice a second
	})
	w.mu.Lock()
	delete(w.poison, bad.Case)
	delete(w.torn, torn)
	kept := len(w.kept)
	w.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	if w.firedNow() != 0 {
		t.Fatal("it was tried again by itself")
	}
	for id := range kept {
		if err := r.Redrive(t.Context(), int64(id+1), org.Act{}); err != nil {
			t.Error(err)
		}
	}
	eventually(t, 10*time.Second, "the rung fires and the row is delivered, and what the rung told",
		func() bool { return w.firedNow() == 1 && w.deliveredNow() == 2 })
	w.once(t, 1)
	if err := r.Redrive(t.Context(), 99, org.Act{}); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("what was not given up: %v", err)
	}
}
