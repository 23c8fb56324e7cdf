package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/workflow"
)

// Draft is what a person has typed into a form and not sent yet.
type Draft struct {
	Form     string // address of the form's page, at most 300 bytes
	Title    string // at most 300 bytes
	Body     []byte // at most 256 KiB
	Revision int    // how often it was saved; 0: never
	SavedAt  time.Time
}

// How large a draft may be, how long it is kept, and how many of them are listed.
const (
	draftName = 300
	draftSize = 256 << 10
	draftDays = 180
	draftList = 50
)

type draftRow struct {
	OfficerID  int64  `gorm:"primaryKey;autoIncrement:false"`
	Form       string `gorm:"primaryKey"` // blind index: an address may hold what was typed
	Revision   int
	SavedAt    time.Time
	HeadAlg    string
	HeadKey    int
	HeadSealed string // draftHead
	BodyAlg    string
	BodyKey    int
	BodySealed string
}

func (draftRow) TableName() string { return "drafts" }

// draftHead is what a list of drafts shows.
type draftHead struct{ Form, Title string }

// formIndex is the blind index of a form's address.
func (s *Store) formIndex(form string) string { return s.db.Keys().Index("draft\x00" + form) }

// SaveDraft keeps a draft of the officer for 180 days. d.Revision is the revision from which the page was made, 0 for a
// new draft; the returned draft has the next. It fails with workflow.ErrStale where another page has saved meanwhile
// and returns what is kept, which is an empty draft where the form was sent; with *workflow.Invalid on one that is too
// large; and with ErrNotFound without such an active officer.
func (s *Store) SaveDraft(ctx context.Context, by workflow.OfficerID, d Draft) (Draft, error) {
	switch {
	case d.Form == "" || len(d.Form) > draftName:
		return Draft{}, db.Invalid("form", "表单地址不能为空，也不能超过 300 字节，例如：/new?chain=homestead", "")
	case len(d.Title) > draftName:
		return Draft{}, db.Invalid("title", "草稿标题不能超过 300 字节，例如：宅基地申请（王建国）", "")
	case len(d.Body) > draftSize:
		return Draft{}, db.Invalid("body", "草稿超过 256 KB，请删减文字，附件请另行上传", "")
	}
	if _, err := s.ActiveOfficer(ctx, by); err != nil {
		return Draft{}, err
	}
	now := s.db.Now()
	row := draftRow{OfficerID: int64(by), Form: s.formIndex(d.Form), Revision: d.Revision + 1, SavedAt: now}
	head, err := json.Marshal(draftHead{d.Form, d.Title})
	if err != nil {
		return Draft{}, err
	}
	one, err1 := s.db.Keys().Seal(string(head))
	two, err2 := s.db.Keys().Seal(string(d.Body))
	if err := errors.Join(err1, err2); err != nil {
		return Draft{}, err
	}
	row.HeadAlg, row.HeadKey, row.HeadSealed = one.Alg, one.Key, one.Text
	row.BodyAlg, row.BodyKey, row.BodySealed = two.Alg, two.Key, two.Text
	saved := false
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := g.Where("officer_id = ? AND saved_at <= ?", row.OfficerID, now.AddDate(0, 0,
			-draftDays)).Delete(&draftRow{}).Error; err != nil {
			return err
		}
		var done *gorm.DB
		if d.Revision == 0 {
			done = g.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		} else {
			done = g.Model(&draftRow{}).Where("officer_id = ? AND form = ? AND revision = ?", row.OfficerID, row.Form,
				d.Revision).
				Select("revision", "saved_at", "head_alg", "head_key", "head_sealed", "body_alg", "body_key",
					"body_sealed").Updates(&row)
		}
		saved = done.RowsAffected == 1
		return done.Error
	})
	if err != nil {
		return Draft{}, fmt.Errorf("save a draft: %w", err)
	}
	if saved {
		d.Revision, d.SavedAt = row.Revision, now
		return d, nil
	}
	kept, err := s.Draft(ctx, by, d.Form)
	if err != nil && !errors.Is(err, workflow.ErrNotFound) {
		return Draft{}, err
	}
	return kept, workflow.ErrStale
}

// Draft reads the officer's own draft of a form; ErrNotFound without one, or where it was saved 180 days ago.
func (s *Store) Draft(ctx context.Context, by workflow.OfficerID, form string) (Draft, error) {
	var row draftRow
	err := s.db.Read(ctx).Where("officer_id = ? AND form = ? AND saved_at > ?", int64(by), s.formIndex(form),
		s.db.Now().AddDate(0, 0, -draftDays)).
		Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Draft{}, workflow.ErrNotFound
	}
	if err != nil {
		return Draft{}, err
	}
	d, err := s.draftHead(row)
	if err != nil {
		return Draft{}, err
	}
	body, err := s.db.Keys().Open(db.Sealed{Alg: row.BodyAlg, Key: row.BodyKey, Text: row.BodySealed})
	if err != nil {
		return Draft{}, fmt.Errorf("draft of officer %d: %w", by, err)
	}
	d.Body = []byte(body)
	return d, nil
}

// draftHead opens a draft but for its body.
func (s *Store) draftHead(row draftRow) (Draft, error) {
	text, err := s.db.Keys().Open(db.Sealed{Alg: row.HeadAlg, Key: row.HeadKey, Text: row.HeadSealed})
	if err != nil {
		return Draft{}, fmt.Errorf("draft of officer %d: %w", row.OfficerID, err)
	}
	var h draftHead
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return Draft{}, fmt.Errorf("draft of officer %d: %w", row.OfficerID, err)
	}
	return Draft{Form: h.Form, Title: h.Title, Revision: row.Revision, SavedAt: row.SavedAt}, nil
}

// Drafts lists the officer's own drafts without their bodies, the newest first, at most 50.
func (s *Store) Drafts(ctx context.Context, by workflow.OfficerID) ([]Draft, error) {
	var rows []draftRow
	err := s.db.Read(ctx).Select("officer_id", "revision", "saved_at", "head_alg", "head_key", "head_sealed").
		Where("officer_id = ? AND saved_at > ?", int64(by), s.db.Now().AddDate(0, 0,
			-draftDays)).Order("saved_at DESC, form").Limit(draftList).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]Draft, len(rows))
	for i, r := range rows {
		if list[i], err = s.draftHead(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DropDraft deletes the officer's own draft of a form; where there is none, nothing is done.
func (s *Store) DropDraft(ctx context.Context, by workflow.OfficerID, form string) error {
	return s.db.Write(ctx).Where("officer_id = ? AND form = ?", int64(by), s.formIndex(form)).Delete(&draftRow{}).Error
}
