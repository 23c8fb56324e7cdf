package households

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

// Access is one reading of a person's numbers in clear.
type Access struct {
	At              time.Time
	Officer, Office string // as they were called then
	Person          string
	Reason          string
}

type personalAccessRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	HouseholdID int64
	Position    int
	At          time.Time
	OfficerID   int64
	OfficerName string
	OfficeName  string
	Alg         string
	KeyVersion  int
	Sealed      string // the reason: it may tell of the person
}

func (personalAccessRow) TableName() string { return "personal_accesses" }

// How long the reason of an access is, in characters.
const (
	shortestReason = 4
	longestReason  = 200
)

// RevealPerson reads the ID number and the phone of a person of a household in clear and writes down who did so and
// why, in one transaction: nothing is answered that was not written down. position 0 is the householder. It fails with
// *workflow.Invalid on a reason of fewer than 4 or more than 200 characters, and with ErrNotFound without such a person
// and outside the officer's area, and with workflow.ErrRecused where the officer belongs to the household.
func (s *Store) RevealPerson(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, position int,
	reason string) (idNumber, phone string, err error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < shortestReason || n > longestReason {
		return "", "", db.Invalid("reason", "请填写查看原因，4 至 200 个字，例如：电话通知户主补交材料", "")
	}
	o, err := s.org.ActiveOfficer(ctx, by) // the program itself has no account to be written down
	if err != nil {
		return "", "", err
	}
	sealed, err := s.db.Keys().Seal(reason)
	if err != nil {
		return "", "", err
	}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		var h householdRow
		var p personRow
		err := g.Where("id = ?", int64(household)).Take(&h).Error
		if err == nil && (!o.Role.Handles() || !glossary.Within(o.Division, h.Division, h.GroupNo)) {
			return workflow.ErrNotFound
		}
		if err == nil {
			err = s.recused(g, o, h.ID)
		}
		if err == nil {
			err = g.Where("household_id = ? AND position = ?", h.ID, position).Take(&p).Error
		}
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return workflow.ErrNotFound
		}
		if err != nil {
			return err
		}
		if idNumber, phone, err = s.clearNumbers(p); err != nil {
			return fmt.Errorf("person %d: %w", p.ID, err)
		}
		return g.Create(&personalAccessRow{HouseholdID: h.ID, Position: position, At: s.db.Now(), OfficerID: int64(by),
			OfficerName: o.Name, OfficeName: o.OfficeName,
			Alg: sealed.Alg, KeyVersion: sealed.Key, Sealed: sealed.Text}).Error
	})
	if err != nil {
		return "", "", err
	}
	return idNumber, phone, nil
}

// recused fails with workflow.ErrRecused where the officer belongs to the household.
func (s *Store) recused(g *gorm.DB, o org.Officer, household int64) error {
	var persons []string
	if err := g.Model(&personRow{}).Where("household_id = ? AND to_change = 0", household).Pluck("id_index", &persons).Error; err != nil {
		return fmt.Errorf("read persons of household %d: %w", household, err)
	}
	if o.Actor().BelongsTo(persons) {
		return workflow.ErrRecused
	}
	return nil
}

// Accesses lists who read the numbers of a household's people in clear, the newest first; by 0 is the program itself.
// ErrNotFound outside the officer's area.
func (s *Store) Accesses(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID) ([]Access, error) {
	var h householdRow
	err := s.db.Read(ctx).Where("id = ?", int64(household)).Take(&h).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = workflow.ErrNotFound
	}
	if err == nil {
		err = s.requireArea(ctx, by, h.Division, h.GroupNo)
	}
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Row  personalAccessRow `gorm:"embedded"`
		Name string
	}
	if err := s.db.Read(ctx).Table("personal_accesses a").Joins("JOIN persons p ON p.household_id = a.household_id "+
		"AND p.position = a.position").
		Select("a.*, p.name").Where("a.household_id = ?", h.ID).Order("a.id DESC").Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Access, len(rows))
	for i, r := range rows {
		reason, err := s.db.Keys().Open(db.Sealed{Alg: r.Row.Alg, Key: r.Row.KeyVersion, Text: r.Row.Sealed})
		if err != nil {
			return nil, fmt.Errorf("access %d: %w", r.Row.ID, err)
		}
		list[i] = Access{r.Row.At, r.Row.OfficerName, r.Row.OfficeName, r.Name, reason}
	}
	return list, nil
}

// AccessLog lists who read anybody's numbers in clear, the newest first, and how often that was in all: for the audit
// administrator, who sees that it was done and by whom, not the numbers and not the reason, which may tell of the
// person.
func (s *Store) AccessLog(ctx context.Context, number, size int) ([]Access, int, error) {
	var total int64
	if err := s.db.Read(ctx).Model(&personalAccessRow{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(number, size)
	var rows []personalAccessRow
	if err := s.db.Read(ctx).Order("id DESC").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]Access, len(rows))
	for i, r := range rows {
		list[i] = Access{At: r.At, Officer: r.OfficerName, Office: r.OfficeName}
	}
	return list, int(total), nil
}
