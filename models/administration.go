package models

import (
	"context"
	"time"

	"anju/workflow"
)

// AdminAct is one thing that an administrator did.
type AdminAct struct {
	At      time.Time
	Officer string // as he was called then
	What    string // in Chinese
	Subject string // login, office, year: what it was done to; nothing personal of villagers
}

type adminActRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	At          time.Time
	OfficerID   int64
	OfficerName string
	What        string
	Subject     string
}

func (adminActRow) TableName() string { return "administration" }

// NoteAdmin writes down what an administrator did; ErrNotFound without such an officer.
func (s *Store) NoteAdmin(ctx context.Context, by workflow.OfficerID, what, subject string) error {
	o, err := s.officer(ctx, by)
	if err != nil {
		return err
	}
	return s.db.write.WithContext(ctx).Create(&adminActRow{At: s.db.now(), OfficerID: int64(by), OfficerName: o.Name, What: what, Subject: subject}).Error
}

// AdminActs lists what administrators did, the newest first, and how much that is in all.
func (s *Store) AdminActs(ctx context.Context, number, size int) ([]AdminAct, int, error) {
	var total int64
	if err := s.db.read.WithContext(ctx).Model(&adminActRow{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := page(number, size)
	var rows []adminActRow
	if err := s.db.read.WithContext(ctx).Order("id DESC").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]AdminAct, len(rows))
	for i, r := range rows {
		list[i] = AdminAct{r.At, r.OfficerName, r.What, r.Subject}
	}
	return list, int(total), nil
}

// AccessLog lists who read anybody's numbers in clear, the newest first, and how often that was in all: for the audit administrator, who
// sees that it was done and by whom, not the numbers and not the reason, which may tell of the person.
func (s *Store) AccessLog(ctx context.Context, number, size int) ([]Access, int, error) {
	var total int64
	if err := s.db.read.WithContext(ctx).Model(&personalAccessRow{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := page(number, size)
	var rows []personalAccessRow
	if err := s.db.read.WithContext(ctx).Order("id DESC").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]Access, len(rows))
	for i, r := range rows {
		list[i] = Access{At: r.At, Officer: r.OfficerName, Office: r.OfficeName}
	}
	return list, int(total), nil
}
