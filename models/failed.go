package models

import (
	"context"
	"time"

	"anju/workflow"
)

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
