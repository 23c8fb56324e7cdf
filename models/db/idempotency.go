package db

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/workflow"
)

// IdempotencyKey is the key under which an officer sent a request, and what the request made.
type IdempotencyKey struct {
	OfficerID int64  `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64  `gorm:"primaryKey;autoIncrement:false"`
	Key       string `gorm:"primaryKey"`
	Step      int64  // line of the history; under case 0 the number of the case or household that was made
	Asked     string
	Response  []byte
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's Tabler.
func (IdempotencyKey) TableName() string { return "idempotency" }

// TakeKey writes the key under which something is made, before it is made. Of several at once the first one passes; the
// others wait for it and fail with errKeyTaken. Without a key it does nothing.
func (t *Tx) TakeKey(key IdempotencyKey) error {
	if key.Key == "" {
		return nil
	}
	if err := t.Insert(&key); err != nil {
		return err
	}
	err := t.Flush()
	if IsDuplicate(err) {
		return fmt.Errorf("%w: %w", errKeyTaken, err)
	}
	return err
}

// FindReplayed fails with *workflow.Replayed where the key was used before. Without a key it does nothing.
func FindReplayed(g *gorm.DB, key IdempotencyKey) error {
	if key.Key == "" {
		return nil
	}
	var rows []IdempotencyKey
	if err := g.Where("officer_id = ? AND case_id = 0 AND key = ?", key.OfficerID,
		key.Key).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	return &workflow.Replayed{Made: rows[0].Step, At: rows[0].CreatedAt, Asked: rows[0].Asked, Response: rows[0].Response}
}

// RecordKey writes the key under which something was made. Without a key it does nothing.
func RecordKey(g *gorm.DB, key IdempotencyKey, id int64) error {
	if key.Key == "" {
		return nil
	}
	key.Step = id
	return g.Create(&key).Error
}
