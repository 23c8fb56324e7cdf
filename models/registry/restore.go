package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Restore is a hold that a database behind its mark, or one read back from a backup, is put under. It is a row, so that
// every process of the county sees it. While it lasts nothing is escalated and nothing is told; people go on deciding.
type Restore struct {
	ID    int64
	Cause string    // what was found
	Ends  time.Time // instant of the newest entry of the history that was there
	Began time.Time

	Confirmed   time.Time // zero: it lasts
	ConfirmedBy string
}

// Lasts tells whether the hold is not confirmed.
func (r Restore) Lasts() bool { return r.Confirmed.IsZero() }

// QueryHolds asks for all holds, the oldest first.
func QueryHolds(t *db.Tx, into *[]Restore) {
	*into = nil
	t.Query(func(scan func(...any) error) error {
		var r Restore
		var confirmed *time.Time
		err := scan(&r.ID, &r.Cause, &r.Ends, &r.Began, &confirmed, &r.ConfirmedBy)
		r.Confirmed, r.ConfirmedBy = db.TimeOrZero(confirmed), strings.TrimSuffix(r.ConfirmedBy, confirmation(r.ID))
		*into = append(*into, r)
		return err
	}, "SELECT id, cause, ends_at, begun_at, confirmed_at, confirmed_by FROM restore_holds ORDER BY id")
}

// confirmation tells one confirmation from another by the same operator.
func confirmation(id int64) string { return fmt.Sprintf(" (%d)", id) }

// Held is the error of what the hold forbids.
func (r Restore) Held() *workflow.Held {
	return &workflow.Held{Hold: workflow.HoldRestore, Cause: r.Cause +
		"; see `anju restore status`, then `anju restore confirm`"}
}

// OpenRestore gives the hold that lasts; nil where there is none.
func (s *Store) OpenRestore(ctx context.Context) (*Restore, error) {
	var r Restore
	err := s.db.ReadPool().QueryRowContext(ctx,
		"SELECT id, cause, ends_at, begun_at FROM restore_holds WHERE confirmed_at IS NULL").
		Scan(&r.ID, &r.Cause, &r.Ends, &r.Began)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the restore hold: %w", err)
	}
	return &r, nil
}

// BeginRestore puts a database that was read back from a backup under a hold, before anything runs on it. Without a
// mark it is not known which numbers were given after the backup was made: each series is advanced by twice as many as
// the days since then would have taken at the rate of its last thirty days, and by reserve beside. A series that the
// backup does not have starts beyond unseenReserve where its period is not after today. Where a hold lasts already, as
// in a backup made under one, it goes on.
func (s *Store) BeginRestore(ctx context.Context, cause string) error {
	return s.beginRestore(ctx, cause, nil)
}

// beginRestore begins a hold. bounds are the numbers up to which each series may have been used, as a mark has them;
// nil where there is no mark.
func (s *Store) beginRestore(ctx context.Context, cause string, bounds map[string]int) error {
	err := s.db.Update(ctx, func(t *db.Tx) error {
		r := holdWriter{t: t, cause: cause, at: s.db.Now(), bounds: bounds}
		if err := r.read(); err != nil {
			return err
		}
		if !r.held {
			t.Exec("INSERT INTO restore_holds (cause, ends_at, begun_at) VALUES (?, ?, ?)", cause, r.ends, r.at)
		}
		r.advance()
		return t.Commit()
	})
	if db.IsDuplicate(err) {
		return s.beginRestore(ctx, cause, bounds) // another process began the hold meanwhile
	}
	if err != nil {
		return fmt.Errorf("begin the restore hold: %w", err)
	}
	return nil
}

// rateOver is the time over which the rate of a series is taken where no mark says how far it had come.
const rateOver = 30 * 24 * time.Hour

// holdWriter is a hold being begun.
type holdWriter struct {
	t      *db.Tx
	cause  string
	at     time.Time
	bounds map[string]int

	held bool
	ends time.Time
	last map[string]int // of each series
	rate map[string]int // numbers of each series in rateOver before the end
}

func (r *holdWriter) read() error {
	r.last, r.rate, r.ends = map[string]int{}, map[string]int{}, r.at
	r.t.Query(func(scan func(...any) error) error {
		var n int
		err := scan(&n)
		r.held = true
		return err
	}, "SELECT 1 FROM restore_holds WHERE confirmed_at IS NULL")
	r.t.Query(func(scan func(...any) error) error {
		var name string
		var last int
		err := scan(&name, &last)
		r.last[name] = last
		return err
	}, "SELECT name, last FROM number_series")
	r.t.Query(func(scan func(...any) error) error { return scan(&r.ends) },
		"SELECT at FROM history ORDER BY at DESC LIMIT 1")
	if err := r.t.Flush(); err != nil {
		return err
	}
	count := func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		r.rate[name] = n
		return err
	}
	since := db.UTC(r.ends.Add(-rateOver))
	r.t.Query(count, "SELECT series, count(*) FROM documents WHERE series <> '' AND issued_at > ? GROUP BY series", since)
	r.t.Query(count, "SELECT 'case', count(*) FROM cases WHERE opened_at > ?", since)
	return r.t.Flush()
}

// advance leaves out the numbers that may have been given, and writes down why each is missing.
func (r *holdWriter) advance() {
	to := r.bounds
	if to == nil {
		to = map[string]int{}
		days := max(r.at.Sub(r.ends).Hours()/24, 0)
		for name, last := range r.last {
			to[name] = last + db.SeriesReserve + int(2*float64(r.rate[name])*days/(rateOver.Hours()/24))
		}
		r.t.Exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value "+
			"WHERE settings.value < excluded.value", db.UnseenSetting, calendar.DayOf(r.at).String())
		r.t.Exec("DELETE FROM settings WHERE name = ?", markedSetting) // the next mark is a first one
	}
	for name, bound := range to {
		if first := r.last[name] + 1; first <= bound {
			r.t.SkipNumbers(name, first, bound, r.cause, r.at)
		}
	}
}

// Telling says what becomes of the messages that wait when a restore is confirmed.
type Telling string

// The ways to confirm. By the first, what officers had been told before the restore is not told again and the rest goes
// out.
const (
	TellRest    Telling = "rest"
	TellAgain   Telling = "all"  // also what had been told before
	TellNothing Telling = "none" // what waits as a message is dropped; the inboxes keep it
)

// ConfirmRestore ends the hold and writes down who ended it. It fails with ErrNotFound where no hold lasts.
func (s *Store) ConfirmRestore(ctx context.Context, by string, how Telling) error {
	err := s.db.Update(ctx, func(t *db.Tx) error {
		id, cause, now := int64(0), "", s.db.Now()
		t.Query(func(scan func(...any) error) error { return scan(&id, &cause) },
			"SELECT c.id, c.cause FROM restore_holds c WHERE c.confirmed_at IS NULL"+s.db.SQL().Lock())
		if err := t.Flush(); err != nil {
			return err
		}
		if id == 0 {
			return workflow.ErrNotFound
		}
		t.Exec("UPDATE restore_holds SET confirmed_at = ?, confirmed_by = ? WHERE id = ?", now, by+confirmation(id), id)
		switch how {
		case TellAgain:
			t.Exec("DELETE FROM told_before")
		case TellNothing:
			t.Exec("UPDATE notices SET planned_at = ? WHERE planned_at IS NULL", now)
			t.Exec("UPDATE deliveries SET state = 'void' WHERE state = 'waiting'")
		}
		org.LogCommand(t, by, "确认恢复后的数据（消息："+how.title()+"）", cause)
		return t.Commit()
	})
	if err != nil {
		return fmt.Errorf("confirm the restore: %w", err)
	}
	return nil
}

func (c Telling) title() string {
	return map[Telling]string{TellRest: "已发过的不再发", TellAgain: "全部重发", TellNothing: "待发的全部不发"}[c]
}

// RestoreList is what waits behind a hold.
type RestoreList struct {
	Restore
	Messages  []WaitingMessage // at most mostListed
	Rungs     []DueRung        // the same
	Passed    []PassedDeadline // the same; those that passed while the county ran without this database
	Waiting   int              // messages to officers, in all
	Told      int              // of them those of which each thing was told before
	Unplanned int              // notices of which messages are yet to be made
	Outbox    int              // moves of which the offices are yet to be told
	Due       int              // rungs, in all
}

// WaitingMessage is a message that goes out when the hold ends.
type WaitingMessage struct {
	ID              int64
	Officer, Office string
	Kind            string // urgent or digest
	DueAt           time.Time
	Notices, Told   int // how many things it tells, and how many of them were told before
}

// DueRung is a rung that fires when the hold ends.
type DueRung struct {
	Number string // of the case
	Limit  workflow.LimitID
	Rung   workflow.RungName
	At     time.Time
	Told   bool // officers were told of it before
}

// PassedDeadline is an open deadline that passed after the newest entry of the history.
type PassedDeadline struct {
	Number string
	Limit  workflow.LimitID
	Before time.Time
}

// mostListed is how many lines of each kind a list has.
const mostListed = 200

// RestoreWaits lists what would go out if the hold ended now; ErrNotFound where no hold lasts.
func (s *Store) RestoreWaits(ctx context.Context) (RestoreList, error) {
	var l RestoreList
	hold, err := s.OpenRestore(ctx)
	if err != nil {
		return l, err
	}
	if hold == nil {
		return l, workflow.ErrNotFound
	}
	now := s.db.Now()
	err = s.db.View(ctx, func(t *db.Tx) error {
		l = RestoreList{Restore: *hold}
		l.ask(t, now)
		return t.Commit()
	})
	if err != nil {
		return l, fmt.Errorf("list what waits: %w", err)
	}
	return l, nil
}

func (l *RestoreList) ask(t *db.Tx, now time.Time) {
	const messages = " FROM deliveries d JOIN officers o ON o.id = d.officer_id JOIN offices f ON f.id = o.office_id " +
		"WHERE d.state = 'waiting'"
	const all = "(SELECT count(*) FROM delivery_notices m WHERE m.delivery_id = d.id)"
	const before = "(SELECT count(*) FROM delivery_notices m JOIN notices n ON n.id = m.notice_id " +
		"JOIN told_before b ON b.officer_id = m.officer_id AND b.what = " +
		ToldKey + " WHERE m.delivery_id = d.id)"
	count := func(into *int) func(func(...any) error) error {
		return func(scan func(...any) error) error { return scan(into) }
	}
	t.Query(count(&l.Waiting), "SELECT count(*)"+messages)
	t.Query(count(&l.Told), "SELECT count(*)"+messages+" AND "+all+" = "+before)
	t.Query(count(&l.Unplanned), "SELECT count(*) FROM notices WHERE planned_at IS NULL")
	t.Query(count(&l.Outbox), "SELECT count(*) FROM outbox WHERE delivered_at IS NULL")
	t.Query(count(&l.Due), "SELECT count(*) FROM deadlines WHERE closed_at IS NULL AND next <> '' AND next_at <= ?", now)
	t.Query(func(scan func(...any) error) error {
		var m WaitingMessage
		err := scan(&m.ID, &m.Officer, &m.Office, &m.Kind, &m.DueAt, &m.Notices, &m.Told)
		l.Messages = append(l.Messages, m)
		return err
	}, "SELECT d.id, o.name, f.name, d.kind, d.due_at, "+all+", "+before+messages+" ORDER BY d.due_at, d.id "+
		"LIMIT ?", mostListed)
	t.Query(func(scan func(...any) error) error {
		var r DueRung
		err := scan(&r.Number, &r.Limit, &r.Rung, &r.At, &r.Told)
		l.Rungs = append(l.Rungs, r)
		return err
	}, "SELECT c.number, d.limit_id, d.next, d.next_at, EXISTS (SELECT 1 FROM told_before b WHERE b.what = 'rung/' || "+
		"d.case_id || '/' || d.id || '/' || d.generation || '/' || d.next) FROM deadlines d "+
		"JOIN cases c ON c.id = d.case_id WHERE d.closed_at IS NULL AND d.next <> '' AND d.next_at <= ? "+
		"ORDER BY d.next_at, d.id LIMIT ?", now, mostListed)
	t.Query(func(scan func(...any) error) error {
		var p PassedDeadline
		err := scan(&p.Number, &p.Limit, &p.Before)
		l.Passed = append(l.Passed, p)
		return err
	}, "SELECT c.number, d.limit_id, d.due_before FROM deadlines d JOIN cases c ON c.id = d.case_id "+
		"WHERE d.closed_at IS NULL AND d.due_before > ? AND d.due_before <= ? ORDER BY d.due_before, d.id LIMIT ?", l.Ends,
		now, mostListed)
}

// markedSetting is when a process last began to keep a mark of the database: since then one lies in a data folder.
const markedSetting = "mark.kept"
