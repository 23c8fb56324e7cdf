package cases

import (
	"context"
	"time"

	"anju/models/db"
	"anju/models/history"
	"anju/workflow"
)

// Due is a rung with the instant at which it falls due.
type Due struct {
	Case       workflow.CaseID
	Deadline   workflow.DeadlineID
	Generation int
	Rung       workflow.RungName
	At         time.Time
}

// DueRungs lists the rungs that have fallen due and that nothing has taken, the oldest first.
func (s *Store) DueRungs(ctx context.Context, now time.Time, limit int) ([]Due, error) {
	return s.rungs(ctx, limit, "next_at <= ?", db.UTC(now))
}

// UpcomingRungs lists the rungs that fall due after from and until an instant, the next one first.
func (s *Store) UpcomingRungs(ctx context.Context, from, until time.Time, limit int) ([]Due, error) {
	return s.rungs(ctx, limit, "next_at > ? AND next_at <= ?", db.UTC(from), db.UTC(until))
}

func (s *Store) rungs(ctx context.Context, limit int, where string, args ...any) ([]Due, error) {
	var rows []deadlineRow
	err := s.db.Read(ctx).Select("id", "case_id", "generation", "next",
		"next_at").Where("closed_at IS NULL AND next <> '' AND "+history.NotFrozen("deadlines.case_id")).Where(where,
		args...).
		Order("next_at").Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]Due, len(rows))
	for i, r := range rows {
		list[i] = Due{workflow.CaseID(r.CaseID), workflow.DeadlineID(r.ID), r.Generation, workflow.RungName(r.Next),
			db.TimeOrZero(r.NextAt)}
	}
	return list, nil
}
