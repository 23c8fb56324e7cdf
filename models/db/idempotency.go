package db

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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

// ErrKeyUsed says that a request under this key was done before, or is being done: nothing was done now.
var ErrKeyUsed = errors.New("the key was used before")

// RequestKey is the key of one request on its way to the transaction that does what the request asks.
type RequestKey struct {
	row   IdempotencyKey
	taken atomic.Bool
}

// Taken tells whether a transaction of this request has committed the key. It is false while that is in doubt.
func (k *RequestKey) Taken() bool { return k.taken.Load() }

// Row is the key as it is written.
func (k *RequestKey) Row() IdempotencyKey { return k.row }

type requestKey struct{}

// WithKey returns a context whose first transaction that commits a change takes the key: the change and the key are
// written together or not at all, and a transaction under a key that is taken fails with ErrKeyUsed before it does
// anything. Of two at once the second one waits for the first. asked is the digest of what is asked.
func WithKey(ctx context.Context, by workflow.OfficerID, key, asked string) (context.Context, *RequestKey) {
	k := &RequestKey{row: IdempotencyKey{OfficerID: int64(by), Key: key, Asked: asked}}
	return context.WithValue(ctx, requestKey{}, k), k
}

// pendingKey is the key that the next transaction under a context takes; nil where there is none.
func pendingKey(ctx context.Context) *RequestKey {
	if k, ok := ctx.Value(requestKey{}).(*RequestKey); ok && !k.Taken() {
		return k
	}
	return nil
}

// keyUsed says ErrKeyUsed where the error is that of a key which is there already.
func keyUsed(err error) error {
	if IsDuplicate(err) || errors.Is(err, errKeyTaken) {
		return ErrKeyUsed
	}
	return err
}
