package org

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// KeyLife is how long a key is kept. A program that tries again does so within minutes; a month leaves time for one
// that was switched off. PruneKeys forgets older keys, those of moves and openings too.
const KeyLife = 30 * 24 * time.Hour

// KeyUse is what is known of a key that an officer sent before.
type KeyUse struct {
	Asked  string // the digest of what was asked
	Answer []byte // nil where the answer was never kept
}

// KeyUse reads what an officer sent under a key that stands for no case, and what was answered. It fails with
// ErrNotFound where they never used the key.
func (s *Store) KeyUse(ctx context.Context, by workflow.OfficerID, key string) (KeyUse, error) {
	var rows []db.IdempotencyKey
	if err := s.db.Read(ctx).Where("officer_id = ? AND case_id = 0 AND key = ?", int64(by), key).
		Find(&rows).Error; err != nil {
		return KeyUse{}, fmt.Errorf("look up a key: %w", err)
	}
	if len(rows) == 0 {
		return KeyUse{}, workflow.ErrNotFound
	}
	use := KeyUse{Asked: rows[0].Asked}
	var sealed db.Sealed
	if len(rows[0].Response) == 0 || json.Unmarshal(rows[0].Response, &sealed) != nil || sealed.Text == "" {
		return use, nil
	}
	text, err := s.db.Keys().Open(sealed)
	if err != nil {
		return KeyUse{}, fmt.Errorf("open the answer to a key: %w", err)
	}
	use.Answer = []byte(text)
	return use, nil
}

// KeepAnswer keeps the answer to a request under its key, sealed: it may hold a telephone number or a link that lets
// one sign. Where no transaction has taken the key the request changed nothing, and the key is written here; it fails
// with db.ErrKeyUsed where another request has written it since.
func (s *Store) KeepAnswer(ctx context.Context, key *db.RequestKey, answer []byte) error {
	sealed, err := s.db.Keys().Seal(string(answer))
	if err != nil {
		return fmt.Errorf("seal the answer to a key: %w", err)
	}
	kept, err := json.Marshal(sealed)
	if err != nil {
		return fmt.Errorf("encode the answer to a key: %w", err)
	}
	row := key.Row()
	keep := func(g *gorm.DB) error {
		return db.RequireOne(g.Model(&db.IdempotencyKey{}).Where("officer_id = ? AND case_id = 0 AND key = ?",
			row.OfficerID, row.Key).Update("response", kept))
	}
	if key.Taken() {
		return keep(s.db.Write(ctx))
	}
	return s.db.Transaction(ctx, false, keep) // it takes the key first
}

// PruneKeys forgets the keys that are older than KeyLife, and says how many.
func (s *Store) PruneKeys(ctx context.Context) (int, error) {
	done := s.db.Write(ctx).Where("created_at < ?", s.db.Now().Add(-KeyLife)).Delete(&db.IdempotencyKey{})
	return int(done.RowsAffected), done.Error
}
