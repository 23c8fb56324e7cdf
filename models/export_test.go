package models

import (
	"context"
	"time"

	"anju/workflow"
)

// HistoryColumns are the columns that a test may change.
func HistoryColumns() []string {
	return []string{"id", "case_id", "step", "at", "officer_id", "officer_name", "office_id", "office_name", "verb", "from_state", "to_state",
		"reason", "data", "rung", "rule", "alg", "key_version", "previous", "hash"}
}

// AgeDesks makes the copy of the offices as old as it is after ten seconds.
func (s *Store) AgeDesks() {
	if d := s.desks.Load(); d != nil {
		d.old.Store(true)
	}
}

// WaitForBeats sets how long a start without its mark waits for another process, for the time of a test.
func WaitForBeats(t interface{ Cleanup(func()) }, d time.Duration) {
	old := beatWait
	beatWait = d
	t.Cleanup(func() { beatWait = old })
}

// FrozenCase says what a case is frozen by; "" where it is not.
func (s *Store) FrozenCase(ctx context.Context, id workflow.CaseID) (string, error) {
	var found []string
	err := s.db.Read(ctx).Table("frozen_cases").Where("case_id = ? AND released_at IS NULL", int64(id)).Order("found").Limit(1).Pluck("found", &found).Error
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
