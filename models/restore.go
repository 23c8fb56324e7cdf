package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"anju/workflow"
)

// Restore is a hold that a database behind its mark, or one read back from a backup, is put under. It is a row, so that every
// process of the county sees it. While it lasts nothing is escalated and nothing is told; people go on deciding.
type Restore struct {
	ID    int64
	Cause string    // what was found
	Ends  time.Time // instant of the newest entry of the history that was there
	Began time.Time
}

// Held is the error of what the hold forbids.
func (r Restore) Held() *workflow.Held {
	return &workflow.Held{Hold: workflow.HoldRestore, Cause: r.Cause + "; see `anju restore status`, then `anju restore confirm`"}
}

// OpenRestore gives the hold that lasts; nil where there is none.
func (s *Store) OpenRestore(ctx context.Context) (*Restore, error) {
	var r Restore
	err := s.db.readPool.QueryRowContext(ctx, "SELECT id, cause, ends_at, begun_at FROM restore_holds WHERE confirmed_at IS NULL").
		Scan(&r.ID, &r.Cause, &r.Ends, &r.Began)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the restore hold: %w", err)
	}
	return &r, nil
}

// BeginRestore puts a database that was read back from a backup under a hold, before anything runs on it. Without a mark it is
// not known which numbers were given after the backup was made: each series is advanced by twice as many as the days since then
// would have taken at the rate of its last thirty days, and by reserve beside. Where a hold lasts already nothing is done.
func (s *Store) BeginRestore(ctx context.Context, cause string) error {
	return s.beginRestore(ctx, cause, nil)
}

// beginRestore begins a hold. bounds are the numbers up to which each series may have been used, as a mark has them; nil where
// there is no mark.
func (s *Store) beginRestore(ctx context.Context, cause string, bounds map[string]int) error {
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		r := restoring{t: t, cause: cause, at: s.db.now(), bounds: bounds}
		if err := r.read(); err != nil {
			return err
		}
		if !r.held {
			t.exec("INSERT INTO restore_holds (cause, ends_at, begun_at) VALUES (?, ?, ?)", cause, r.ends, r.at)
		}
		if err := r.advance(); err != nil {
			return err
		}
		return t.commit()
	})
	if k, _ := kindOf(err); k == duplicate {
		return s.beginRestore(ctx, cause, bounds) // another process began the hold meanwhile
	}
	if err != nil {
		return fmt.Errorf("begin the restore hold: %w", err)
	}
	return nil
}

// reserve is how many numbers of a series may be given before the mark is written again.
const reserve = 50

// rateOver is the time over which the rate of a series is taken where no mark says how far it had come.
const rateOver = 30 * 24 * time.Hour

// restoring is a hold being begun.
type restoring struct {
	t      *tx
	cause  string
	at     time.Time
	bounds map[string]int

	held bool
	ends time.Time
	last map[string]int // of each series
	rate map[string]int // numbers of each series in rateOver before the end
}

func (r *restoring) read() error {
	r.last, r.rate, r.ends = map[string]int{}, map[string]int{}, r.at
	r.t.query(func(scan func(...any) error) error {
		var n int
		err := scan(&n)
		r.held = true
		return err
	}, "SELECT 1 FROM restore_holds WHERE confirmed_at IS NULL")
	r.t.query(func(scan func(...any) error) error {
		var name string
		var last int
		err := scan(&name, &last)
		r.last[name] = last
		return err
	}, "SELECT name, last FROM number_series")
	r.t.query(func(scan func(...any) error) error { return scan(&r.ends) }, "SELECT at FROM history ORDER BY at DESC LIMIT 1")
	if err := r.t.flush(); err != nil {
		return err
	}
	count := func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		r.rate[name] = n
		return err
	}
	since := utc(r.ends.Add(-rateOver))
	r.t.query(count, "SELECT series, count(*) FROM documents WHERE series <> '' AND issued_at > ? GROUP BY series", since)
	r.t.query(count, "SELECT 'case', count(*) FROM cases WHERE opened_at > ?", since)
	return r.t.flush()
}

// advance leaves out the numbers that may have been given, and writes down why each is missing.
func (r *restoring) advance() error {
	to := r.bounds
	if to == nil && !r.held {
		to = map[string]int{}
		days := max(r.at.Sub(r.ends).Hours()/24, 0)
		for name, last := range r.last {
			to[name] = last + reserve + int(2*float64(r.rate[name])*days/(rateOver.Hours()/24))
		}
	}
	for name, bound := range to {
		if first := r.last[name] + 1; first <= bound {
			r.t.exec("INSERT INTO number_series (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last", name, bound)
			r.t.exec("INSERT INTO number_gaps (series, first, last, cause, at, tag) VALUES (?, ?, ?, ?, ?, ?)", name, first, bound, r.cause, r.at,
				r.t.db.keys.Tag("number gap", gapText(name, first, bound)))
		}
	}
	return nil
}

func gapText(series string, first, last int) string {
	return fmt.Sprintf("%s %d-%d", series, first, last)
}
