package queue

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"anju/jobs/retry"
	"anju/models/notices"
	"anju/models/org"
)

// oneFailed is a store with one failed delivery, to be tried again.
type oneFailed struct{ job notices.FailedJob }

func (s oneFailed) Redrive(context.Context, int64, org.Act) (notices.FailedJob, error) {
	return s.job, nil
}

func (s oneFailed) Redriven(context.Context) ([]notices.FailedJob, error) {
	return []notices.FailedJob{s.job}, nil
}

func (s oneFailed) ResolveFailed(context.Context) (int, error) { return 0, nil }

// A delivery that cannot be tried at once is accepted all the same: its mark stands, and the next look tries it again
// until it succeeds, and then no more.
func TestRedriver(t *testing.T) {
	payload, err := json.Marshal(map[string]any{"outbox": 7})
	if err != nil {
		t.Fatal(err)
	}
	store := oneFailed{job: notices.FailedJob{ID: 1, Task: TypeNotify, Payload: payload, RedrivenAt: time.Unix(1, 0)}}
	tries, away := 0, errors.New("the database is away")
	deliver := func(context.Context, []int64) error {
		if tries++; tries < 3 {
			return away
		}
		return nil
	}
	failed := NewFailedJobs(nil, retry.New(func(int) time.Duration { return 0 }), slog.New(slog.DiscardHandler))
	r := NewRedriver(store, failed, deliver, func() {})
	if err := r.Redrive(t.Context(), 1, org.Act{}); err != nil || tries != 1 {
		t.Errorf("asked for: %v after %d tries", err, tries)
	}
	if err := r.RedriveAll(t.Context()); !errors.Is(err, away) || tries != 2 {
		t.Errorf("tried again: %v after %d tries", err, tries)
	}
	for range 2 {
		if err := r.RedriveAll(t.Context()); err != nil || tries != 3 {
			t.Errorf("delivered: %v after %d tries", err, tries)
		}
	}
}
