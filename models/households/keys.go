package households

import (
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/workflow"
)

type householdKeyRow struct {
	HouseholdID int64  `gorm:"primaryKey;autoIncrement:false"`
	Key         string `gorm:"primaryKey"`
}

func (householdKeyRow) TableName() string { return "household_keys" }

// tailKey is the blind index of the last four characters of a number; kind is t of an ID number, p of a phone.
func (s *Store) tailKey(kind, number string) string {
	return kind + ":" + s.db.Keys().Index("household "+kind+"\x00"+number[len(number)-4:])
}

// householdKeys are the keys under which a household is found.
func (s *Store) householdKeys(household int64, people []personRow) ([]householdKeyRow, error) {
	var keys []string
	for _, p := range people {
		name := workflow.NormalName(p.Name)
		if name != p.Name { // entered by an older program
			keys = appendNew(keys, "n:"+name)
		}
		full, initials := spellName(name)
		for _, so := range full {
			keys = appendNew(keys, "f:"+so)
		}
		for _, so := range initials {
			keys = appendNew(keys, "i:"+so)
		}
		id, err := s.db.Keys().Open(db.Sealed{Alg: p.IDAlg, Key: p.IDKey, Text: p.IDSealed})
		if err != nil {
			return nil, fmt.Errorf("person %d: %w", p.ID, err)
		}
		if len(id) >= 4 {
			keys = appendNew(keys, s.tailKey("t", id))
		}
		if p.PhoneSealed == "" {
			continue
		}
		phone, err := s.db.Keys().Open(db.Sealed{Alg: p.PhoneAlg, Key: p.PhoneKey, Text: p.PhoneSealed})
		if err != nil {
			return nil, fmt.Errorf("person %d: %w", p.ID, err)
		}
		if phone = strings.ReplaceAll(phone, "-", ""); len(phone) >= 4 {
			keys = appendNew(keys, s.tailKey("p", phone))
		}
	}
	rows := make([]householdKeyRow, len(keys))
	for i, k := range keys {
		rows[i] = householdKeyRow{household, k}
	}
	return rows, nil
}

// indexHousehold writes the keys of a household; those that are there stay.
func (s *Store) indexHousehold(g *gorm.DB, household int64, people []personRow) error {
	rows, err := s.householdKeys(household, people)
	if err != nil || len(rows) == 0 {
		return err
	}
	return g.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 200).Error
}
