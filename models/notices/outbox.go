package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/cases"
	"anju/models/db"
	"anju/workflow"
)

// OutboxRow is one message that was written with a move and must be sent.
type OutboxRow struct {
	ID        int64
	Case      workflow.CaseID
	Topic     string
	Payload   json.RawMessage // a Told
	CreatedAt time.Time
}

// direct are the topics of which a storm or an import writes a hundred thousand rows at once. They go into no queue:
// a look for what is Undelivered finds them.
var direct = []string{"rung", "recounted"}

// WakeRelay has wake called after each commit that wrote a row of the outbox; see db.DB.WakeRelay.
func (s *Store) WakeRelay(wake func()) { s.db.WakeRelay(wake) }

// RelayOutbox hands unsent rows to send, the oldest first, and marks those it took; not those that need no queue. It
// asks for what was not sent and never for what lies behind a number: numbers are not given in the order of the
// commits. It stops at the first error of send.
//
// On PostgreSQL rows that another relay holds are skipped. On SQLite one relay works at a time, and no transaction
// stays open while send runs: the one writer is not kept from working.
func (s *Store) RelayOutbox(ctx context.Context, limit int, send func(context.Context, OutboxRow) error) (int, error) {
	if s.db.Dialect() == "sqlite" {
		s.relay.Lock()
		defer s.relay.Unlock()
		return s.relayRows(ctx, s.db.Read(ctx), s.db.Write(ctx), limit, send)
	}
	var sent int
	var refused error
	err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		locked := g.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
		n, err := s.relayRows(ctx, locked, g, limit, send)
		sent, refused = n, err
		if n > 0 {
			return nil // what was taken is marked, whatever stopped the rest
		}
		return err
	})
	return sent, errors.Join(err, refused)
}

func (s *Store) relayRows(ctx context.Context, from, mark *gorm.DB, limit int, send func(context.Context,
	OutboxRow) error) (int, error) {
	var rows []struct {
		ID, CaseID     int64
		Topic, Payload string
		CreatedAt      time.Time
	}
	if err := from.WithContext(ctx).Table("outbox").Where("delivered_at IS NULL AND sent_at IS NULL AND topic NOT IN ?",
		direct).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	var ids []int64
	var refused error
	for _, r := range rows {
		if refused = send(ctx, OutboxRow{r.ID, workflow.CaseID(r.CaseID), r.Topic, json.RawMessage(r.Payload),
			r.CreatedAt}); refused != nil {
			break
		}
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return 0, refused
	}
	if err := mark.WithContext(context.WithoutCancel(ctx)).Table("outbox").Where("id IN ? AND sent_at IS NULL", ids).
		Update("sent_at", s.db.Now()).Error; err != nil {
		return 0, fmt.Errorf("mark the outbox: %w", err)
	}
	return len(ids), refused
}

// Undelivered lists rows behind a number that are to be delivered without a queue: those that were sent before the
// instant without their task having come, and those that need none.
func (s *Store) Undelivered(ctx context.Context, sentBefore time.Time, after int64, limit int) ([]int64, error) {
	var ids []int64
	err := s.db.Read(ctx).Table("outbox").Where("delivered_at IS NULL AND id > ? AND (sent_at < ? OR sent_at IS NULL "+
		"AND topic IN ?)",
		after, db.UTC(sentBefore), direct).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// DeliverMoved writes a notice for each office that an outbox row tells, and marks the row as delivered, both or
// neither. A delivered row stays as it is. It fails with ErrNotFound without such a row and with ErrBusy where another
// holds it.
func (s *Store) DeliverMoved(ctx context.Context, outboxID int64) error {
	found, failed, err := s.deliver(ctx, []int64{outboxID}, s.db.SQL().Lock())
	switch {
	case err != nil:
		return err
	case found == 0:
		return fmt.Errorf("outbox row %d: %w", outboxID, workflow.ErrNotFound)
	}
	return failed[outboxID]
}

// DeliverMany does what DeliverMoved does for many rows in one transaction. What another holds is left to it. A row
// that cannot be delivered keeps no other back: it is marked as sent, and found again among those of which no task has
// come.
func (s *Store) DeliverMany(ctx context.Context, ids []int64) (failed map[int64]error, err error) {
	_, failed, err = s.deliver(ctx, ids, s.db.SQL().Skip())
	return failed, err
}

// Undeliverable says of which case an outbox row speaks that could not be delivered.
type Undeliverable struct {
	Outbox int64
	Case   workflow.CaseID
	Why    error
}

// Error implements error.
func (e *Undeliverable) Error() string { return fmt.Sprintf("outbox row %d: %v", e.Outbox, e.Why) }

// Unwrap lets errors.Is find the cause.
func (e *Undeliverable) Unwrap() error { return e.Why }

// outboxItem is one row of the outbox being delivered.
type outboxItem struct {
	id      int64
	about   workflow.CaseID
	topic   string
	payload string
	message cases.Told
	done    bool // delivered before
}

func (s *Store) deliver(ctx context.Context, ids []int64, lock string) (found int, failed map[int64]error, err error) {
	if len(ids) == 0 {
		return 0, nil, nil
	}
	err = s.db.Update(ctx, func(t *db.Tx) error {
		var items []outboxItem
		t.Query(func(scan func(...any) error) error {
			var l outboxItem
			err := scan(&l.id, &l.about, &l.topic, &l.payload, &l.done)
			items = append(items, l)
			return err
		}, "SELECT c.id, c.case_id, c.topic, c.payload, c.delivered_at IS NOT NULL FROM outbox c "+
			"WHERE c.id "+s.db.SQL().Among()+" ORDER BY c.id"+lock, db.List(s.db.SQL(), ids))
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		found, failed = len(items), map[int64]error{}
		items = slices.DeleteFunc(items, func(l outboxItem) bool { return l.done })
		if len(items) == 0 {
			return t.Commit()
		}
		return s.deliverBatch(t, items, failed)
	})
	return found, failed, err
}

func (s *Store) deliverBatch(t *db.Tx, items []outboxItem, failed map[int64]error) error {
	var cases []int64
	for i := range items {
		l := &items[i]
		if err := json.Unmarshal([]byte(l.payload), &l.message); err != nil {
			failed[l.id] = err
		}
		cases = append(cases, int64(l.message.Case))
	}
	places, err := readPlaces(t, cases)
	if err != nil {
		return err
	}
	told, err := toldByRung(t, items)
	if err != nil {
		return err
	}
	now := s.db.Now()
	var done, bad []int64
	for _, l := range items {
		if failed[l.id] == nil {
			failed[l.id] = s.deliverItem(t, l, places, told, now)
		}
		if err := failed[l.id]; err != nil {
			failed[l.id] = &Undeliverable{l.id, l.about, err}
			bad = append(bad, l.id)
			continue
		}
		delete(failed, l.id)
		done = append(done, l.id)
	}
	among := s.db.SQL().Among()
	t.Exec("UPDATE outbox SET delivered_at = ?, sent_at = COALESCE(sent_at, ?) WHERE id "+among, now, now,
		db.List(s.db.SQL(), done))
	t.Exec("UPDATE outbox SET sent_at = COALESCE(sent_at, ?) WHERE id "+among, now, db.List(s.db.SQL(), bad))
	return t.Commit()
}

// deliverItem queues the notices of one row. An office that a rung has told in its own transaction is not told again.
func (s *Store) deliverItem(t *db.Tx, l outboxItem, places map[int64]workflow.Case, told map[toldKey]bool,
	now time.Time) error {
	c, ok := places[int64(l.message.Case)]
	if !ok {
		return fmt.Errorf("no case %d", l.message.Case)
	}
	var offices []workflow.OfficeID
	for _, p := range l.message.Tells {
		office, err := s.org.Desk(t.Context(), p, c)
		if errors.Is(err, workflow.ErrNotFound) {
			continue // the county has no such office
		}
		if err != nil {
			return err
		}
		if !slices.Contains(offices, office.ID) && !told[toldKey{int64(c.ID), l.message.Step, int64(office.ID)}] {
			offices = append(offices, office.ID)
		}
	}
	for _, office := range offices {
		t.Exec("INSERT INTO notices (office_id, case_id, kind, source, generation, rung, step, text, at) "+
			"VALUES (?, ?, 'message', ?, 0, ?, ?, ?, ?) ON CONFLICT DO NOTHING", int64(office), int64(c.ID), l.id,
			string(l.message.Rung), l.message.Step, l.message.Verb, now)
	}
	return nil
}

// readPlaces reads of cases what finds their offices.
func readPlaces(t *db.Tx, ids []int64) (map[int64]workflow.Case, error) {
	found := make(map[int64]workflow.Case, len(ids))
	t.Query(func(scan func(...any) error) error {
		var c workflow.Case
		err := scan(&c.ID, &c.Chain, &c.Division, &c.GroupNo, &c.NoGroupLevel, &c.InsidePlanningArea, &c.Authority)
		found[int64(c.ID)] = c
		return err
	}, "SELECT id, chain, division, group_no, no_group_level, inside_planning_area, authority FROM cases "+
		"WHERE id "+t.DB().SQL().Among(), db.List(t.DB().SQL(), ids))
	return found, t.Flush()
}

type toldKey struct {
	id     int64 // of the case
	step   int
	office int64
}

// toldByRung reads which offices the rungs of rows have told.
func toldByRung(t *db.Tx, items []outboxItem) (map[toldKey]bool, error) {
	var cases []int64
	for _, l := range items {
		if l.topic == "rung" {
			cases = append(cases, int64(l.message.Case))
		}
	}
	told := map[toldKey]bool{}
	if len(cases) == 0 {
		return told, nil
	}
	t.Query(func(scan func(...any) error) error {
		var k toldKey
		err := scan(&k.id, &k.step, &k.office)
		told[k] = true
		return err
	}, "SELECT case_id, step, office_id FROM notices WHERE kind = 'rung' "+
		"AND case_id "+t.DB().SQL().Among(), db.List(t.DB().SQL(), cases))
	return told, t.Flush()
}

// Backlog is what has not been done yet.
type Backlog struct {
	Unsent            int
	OldestUnsent      time.Time // zero when nothing waits
	Undelivered       int       // unsent, or sent and not yet with the offices
	OldestUndelivered time.Time
	DueUnfired        int
	OpenCases         int
	OpenDeadlines     int
	FailedJobs        int // that were not put right
	Unplanned         int // notices that are to be sent on
	Waiting           int // messages to officers
	Late              int // of them those that ought to have gone out ten minutes ago
	Unsure            int // that may have arrived
	Failed            int // that did not
}

// LateAfter is how long a row or a message may wait beyond its time before an administrator is told.
const LateAfter = 10 * time.Minute

// late is a message that no process takes, or one that has been tried for longer.
const late = "state = 'waiting' AND (not_before < ? OR tries >= 4)"

// Backlog counts what waits, from the database and never from the queue.
func (s *Store) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
	var b Backlog
	g := s.db.Read(ctx)
	for _, count := range []struct {
		into  *int
		table string
		where string
		args  []any
	}{
		{&b.Unsent, "outbox", "delivered_at IS NULL AND sent_at IS NULL", nil},
		{&b.Undelivered, "outbox", "delivered_at IS NULL", nil},
		{&b.DueUnfired, "deadlines", "closed_at IS NULL AND next <> '' AND next_at <= ?", []any{db.UTC(now)}},
		{&b.OpenCases, "cases", "closed_at IS NULL", nil},
		{&b.OpenDeadlines, "deadlines", "closed_at IS NULL", nil},
		{&b.FailedJobs, "failed_jobs", "resolved_at IS NULL", nil},
		{&b.Unplanned, "notices", "planned_at IS NULL", nil},
		{&b.Waiting, "deliveries", "state = 'waiting'", nil},
		{&b.Late, "deliveries", late, []any{db.UTC(now.Add(-LateAfter))}},
		{&b.Unsure, "deliveries", "state = 'unsure'", nil},
		{&b.Failed, "deliveries", "state = 'failed'", nil},
	} {
		var n int64
		if err := g.Table(count.table).Where(count.where, count.args...).Count(&n).Error; err != nil {
			return b, err
		}
		*count.into = int(n)
	}
	for _, oldest := range []struct {
		into  *time.Time
		where string
	}{{&b.OldestUnsent, "delivered_at IS NULL AND sent_at IS NULL"}, {&b.OldestUndelivered, "delivered_at IS NULL"}} {
		var row struct{ CreatedAt time.Time }
		err := g.Table("outbox").Where(oldest.where).Order("id").Take(&row).Error
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return b, err
		}
		*oldest.into = row.CreatedAt
	}
	return b, nil
}
