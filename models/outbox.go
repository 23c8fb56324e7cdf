package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/workflow"
)

// Due is a rung whose instant has come or will come.
type Due struct {
	Case       workflow.CaseID
	Deadline   workflow.DeadlineID
	Generation int
	Rung       workflow.RungName
	At         time.Time
}

// DueRungs lists the rungs that have fallen due and that nothing has taken, the oldest first.
func (s *Store) DueRungs(ctx context.Context, now time.Time, limit int) ([]Due, error) {
	return s.rungs(ctx, limit, "next_at <= ?", utc(now))
}

// UpcomingRungs lists the rungs that fall due after from and until an instant, the next one first.
func (s *Store) UpcomingRungs(ctx context.Context, from, until time.Time, limit int) ([]Due, error) {
	return s.rungs(ctx, limit, "next_at > ? AND next_at <= ?", utc(from), utc(until))
}

func (s *Store) rungs(ctx context.Context, limit int, where string, args ...any) ([]Due, error) {
	var rows []deadlineRow
	err := s.db.read.WithContext(ctx).Select("id", "case_id", "generation", "next", "next_at").Where("closed_at IS NULL AND next <> ''").Where(where, args...).
		Order("next_at").Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]Due, len(rows))
	for i, r := range rows {
		list[i] = Due{workflow.CaseID(r.CaseID), workflow.DeadlineID(r.ID), r.Generation, workflow.RungName(r.Next), instant(r.NextAt)}
	}
	return list, nil
}

// OutboxRow is one message that was written with a move and must be sent.
type OutboxRow struct {
	ID        int64
	Case      workflow.CaseID
	Topic     string
	Payload   json.RawMessage // a Told
	CreatedAt time.Time
}

// RelayOutbox hands unsent rows to send, the oldest first, and marks those it took. It asks for what was not sent and never for
// what lies behind a number: numbers are not given in the order of the commits. It stops at the first error of send.
//
// On PostgreSQL rows that another relay holds are skipped. On SQLite one relay works at a time, and no transaction stays open
// while send runs: the one writer is not kept from working.
func (s *Store) RelayOutbox(ctx context.Context, limit int, send func(context.Context, OutboxRow) error) (int, error) {
	if s.db.Dialect() == "sqlite" {
		s.relay.Lock()
		defer s.relay.Unlock()
		return s.relayRows(ctx, s.db.read, s.db.write, limit, send)
	}
	var sent int
	var refused error
	err := s.db.write.WithContext(ctx).Transaction(func(g *gorm.DB) error {
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

func (s *Store) relayRows(ctx context.Context, from, mark *gorm.DB, limit int, send func(context.Context, OutboxRow) error) (int, error) {
	var rows []outboxRow
	if err := from.WithContext(ctx).Where("sent_at IS NULL").Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	var ids []int64
	var refused error
	for _, r := range rows {
		if refused = send(ctx, OutboxRow{r.ID, workflow.CaseID(r.CaseID), r.Topic, json.RawMessage(r.Payload), r.CreatedAt}); refused != nil {
			break
		}
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return 0, refused
	}
	if err := mark.WithContext(context.WithoutCancel(ctx)).Model(&outboxRow{}).Where("id IN ? AND sent_at IS NULL", ids).
		Update("sent_at", s.db.now()).Error; err != nil {
		return 0, fmt.Errorf("mark the outbox: %w", err)
	}
	return len(ids), refused
}

// DeliverMoved writes a notice for each office that an outbox row tells. Doing it again changes nothing.
func (s *Store) DeliverMoved(ctx context.Context, outboxID int64) error {
	var row outboxRow
	err := s.db.write.WithContext(ctx).Where("id = ?", outboxID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("outbox row %d: %w", outboxID, workflow.ErrNotFound)
	}
	if err != nil {
		return err
	}
	var told Told
	if err := json.Unmarshal([]byte(row.Payload), &told); err != nil {
		return fmt.Errorf("outbox row %d: %w", outboxID, err)
	}
	c, _, err := s.Read(ctx, told.Case, 0)
	if err != nil {
		return err
	}
	var notices []noticeRow
	seen := map[workflow.OfficeID]bool{}
	for _, p := range told.Tells {
		office, err := s.desk(ctx, p, c)
		if errors.Is(err, workflow.ErrNotFound) || seen[office.ID] {
			continue // the county has no such office
		}
		if err != nil {
			return err
		}
		seen[office.ID] = true
		notices = append(notices, noticeRow{OfficeID: int64(office.ID), CaseID: row.CaseID, Kind: "message", Source: row.ID, Rung: string(told.Rung),
			Step: told.Step, Text: told.Verb, At: s.db.now()})
	}
	if len(notices) == 0 {
		return nil
	}
	return s.db.write.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&notices).Error
}

// Backlog is what has not been done yet.
type Backlog struct {
	Unsent        int
	OldestUnsent  time.Time // zero when nothing waits
	DueUnfired    int
	OpenCases     int
	OpenDeadlines int
}

// Backlog counts what waits, from the database and never from the queue.
func (s *Store) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
	var b Backlog
	g := s.db.read.WithContext(ctx)
	for _, count := range []struct {
		into  *int
		table any
		where string
		args  []any
	}{
		{&b.Unsent, &outboxRow{}, "sent_at IS NULL", nil},
		{&b.DueUnfired, &deadlineRow{}, "closed_at IS NULL AND next <> '' AND next_at <= ?", []any{utc(now)}},
		{&b.OpenCases, &caseRow{}, "closed_at IS NULL", nil},
		{&b.OpenDeadlines, &deadlineRow{}, "closed_at IS NULL", nil},
	} {
		var n int64
		if err := g.Model(count.table).Where(count.where, count.args...).Count(&n).Error; err != nil {
			return b, err
		}
		*count.into = int(n)
	}
	var oldest outboxRow
	err := g.Where("sent_at IS NULL").Order("id").Take(&oldest).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return b, nil
	}
	b.OldestUnsent = oldest.CreatedAt
	return b, err
}

type failedJobRow struct {
	ID      int64 `gorm:"primaryKey;autoIncrement"`
	Task    string
	Payload string
	Error   string
	CaseID  int64
	At      time.Time
}

func (failedJobRow) TableName() string { return "failed_jobs" }

// FailedJob keeps a task that failed for good, for a person to look at.
func (s *Store) FailedJob(ctx context.Context, task string, payload []byte, cause error, id workflow.CaseID) error {
	return s.db.write.WithContext(ctx).Create(&failedJobRow{Task: task, Payload: string(payload), Error: cause.Error(), CaseID: int64(id), At: s.db.now()}).Error
}
