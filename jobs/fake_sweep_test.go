package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/jobs/queue"
	"anju/models/cases"
	"anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

// bulk is what a world keeps for the sweep beside its deadlines.
type bulk struct {
	batches [][]workflow.Turn
	acts    map[workflow.CaseID]bool // its rungs must be taken alone
	busy    map[workflow.CaseID]int  // how often another still holds it
	broken  map[workflow.CaseID]bool // a batch with it fails as a whole, and so does it alone
	judging int                      // batches at this moment
	most    int
	holds   map[workflow.CaseID]bool // cases in a batch at this moment
	twice   []workflow.CaseID        // cases that were in two batches at once

	version  int
	behind   map[workflow.CaseID]int // version that its deadlines were counted by
	recounts [][]workflow.CaseID
	ruled    map[workflow.BreachID]bool // true: its case has moved on
	cleared  []workflow.BreachID

	skew  time.Duration // of the database's clock
	asked int

	alarms map[string][]notices.Alarm // by kind
}

// EscalateMany judges all turns before it takes one, as a transaction does.
func (w *world) EscalateMany(ctx context.Context, turns []workflow.Turn) ([]error, error) {
	w.mu.Lock()
	w.batches = append(w.batches, slices.Clone(turns))
	w.judging++
	w.most = max(w.most, w.judging)
	for _, t := range turns {
		if w.holds[t.Case] {
			w.twice = append(w.twice, t.Case)
		}
		if w.holds == nil {
			w.holds = map[workflow.CaseID]bool{}
		}
		w.holds[t.Case] = true
	}
	slow := w.slow
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.judging--
		for _, t := range turns {
			delete(w.holds, t.Case)
		}
	}()
	time.Sleep(slow)
	errs, fired, err := w.judge(turns)
	if w.after != nil {
		for _, d := range fired {
			w.after(d)
		}
	}
	return errs, errors.Join(err, ctx.Err())
}

func (w *world) judge(turns []workflow.Turn) (errs []error, fired []cases.Due, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	errs = make([]error, len(turns))
	for i, t := range turns {
		d := w.deadlines[t.Deadline]
		switch {
		case w.poison[t.Case]:
			panic(fmt.Sprintf("case %d is poisoned", t.Case))
		case w.broken[t.Case]:
			return nil, nil, fmt.Errorf("case %d breaks the transaction", t.Case)
		case d == nil || d.closed || d.Case != t.Case || d.Generation != t.Generation || d.Rung != t.Rung ||
			w.clock().Before(d.At):
			errs[i] = workflow.ErrMovedOn
		case w.busy[t.Case] > 0:
			w.busy[t.Case]--
			errs[i] = workflow.ErrBusy
		case w.acts[t.Case]:
			errs[i] = workflow.ErrAlone
		}
	}
	for i, t := range turns {
		if errs[i] == nil {
			fired = append(fired, w.deadlines[t.Deadline].Due)
			w.fired[queue.RungID(w.deadlines[t.Deadline].Due)]++
			w.deadlines[t.Deadline].climb()
			w.write(t.Case, "rung")
		}
	}
	return errs, fired, nil
}

func (w *world) RecountMany(_ context.Context, ids []workflow.CaseID) (map[workflow.CaseID]error, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recounts = append(w.recounts, slices.Clone(ids))
	failed := map[workflow.CaseID]error{}
	for _, id := range ids {
		switch {
		case w.poison[id]:
			panic(fmt.Sprintf("case %d is poisoned", id))
		case w.busy[id] > 0:
			w.busy[id]--
			failed[id] = workflow.ErrBusy
		}
	}
	for _, id := range ids {
		if failed[id] == nil {
			w.behind[id] = w.version
		}
	}
	return failed, nil
}

func (w *world) Clear(_ context.Context, id workflow.BreachID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ruled[id] {
		return workflow.ErrMovedOn
	}
	w.ruled[id] = false
	w.cleared = append(w.cleared, id)
	w.write(workflow.CaseID(id), "rung")
	return nil
}

func (w *world) County() workflow.County {
	w.mu.Lock()
	defer w.mu.Unlock()
	cal, err := calendar.New(w.version)
	if err != nil {
		panic(err)
	}
	return workflow.County{Calendar: cal}
}

func (w *world) Clearable(_ context.Context, limit int) ([]workflow.BreachID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sorted(w.ruled, limit, func(moved bool) bool { return moved }), nil
}

func (w *world) Behind(_ context.Context, version, limit int) ([]workflow.CaseID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sorted(w.behind, limit, func(by int) bool { return by < version }), nil
}

// sorted are the first keys whose value is wanted.
func sorted[K cmp.Ordered, V any](m map[K]V, limit int, want func(V) bool) []K {
	var keys []K
	for k, v := range m {
		if want(v) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(limit, len(keys))]
}

// DatabaseNow is the clock of the database: the machine's, and skew beside it.
func (w *world) DatabaseNow(ctx context.Context) (time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return time.Now().Add(w.skew).Round(0), ctx.Err()
}
