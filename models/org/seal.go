package org

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/workflow"
)

type officeSealRow struct {
	OfficeID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Alg        string
	KeyVersion int
	Sealed     string
	OfficerID  int64
	SetAt      time.Time
}

func (officeSealRow) TableName() string { return "seals" }

// SetSeal keeps the seal picture (PNG) of the officer's own office, encrypted; nil takes it away. ErrNoScope for anyone
// but its head: it is his seal (Licensing Law Art. 39).
func (s *Store) SetSeal(ctx context.Context, by workflow.OfficerID, picture []byte) error {
	o, err := s.ActiveOfficer(ctx, by)
	if err != nil {
		return err
	}
	if !o.Role.Signs() {
		return ErrNoScope
	}
	if picture == nil {
		return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
			return g.Where("office_id = ?", int64(o.Office)).Delete(&officeSealRow{}).Error
		})
	}
	sealed, err := s.db.Keys().Seal(base64.StdEncoding.EncodeToString(picture))
	if err != nil {
		return err
	}
	row := officeSealRow{int64(o.Office), sealed.Alg, sealed.Key, sealed.Text, int64(by), db.UTC(s.db.Now())}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		return g.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}

// Seal reads the seal picture of an office, for the program that prints; ErrNotFound without one.
func (s *Store) Seal(ctx context.Context, office workflow.OfficeID) ([]byte, error) {
	var row officeSealRow
	err := s.db.Read(ctx).Where("office_id = ?", int64(office)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, workflow.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	text, err := s.db.Keys().Open(db.Sealed{Alg: row.Alg, Key: row.KeyVersion, Text: row.Sealed})
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}
