package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"anju/workflow"
	"anju/workflow/calendar"
)

type contractorRow struct {
	Code          string `gorm:"primaryKey"`
	Kind          string
	Name          string
	Work          string // JSON
	Basis         string
	Qualification string
	FromOn        day
	ToOn          *day
	Struck        string
	OfficerID     int64
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
}

func (contractorRow) TableName() string { return "contractors" }

// Contractors reads the register of contractors (R9–R11, R19, A27), by code.
func (s *Store) Contractors(ctx context.Context) (map[string]workflow.Contractor, error) {
	var rows []contractorRow
	if err := s.db.read.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make(map[string]workflow.Contractor, len(rows))
	for _, r := range rows {
		c := workflow.Contractor{Code: r.Code, Kind: workflow.ContractorKind(r.Kind), Name: r.Name, Basis: r.Basis, Qualification: r.Qualification,
			From: calendar.Day(r.FromOn), Struck: r.Struck}
		if r.ToOn != nil {
			c.To = calendar.Day(*r.ToOn)
		}
		if err := json.Unmarshal([]byte(r.Work), &c.Work); err != nil {
			return nil, fmt.Errorf("work of contractor %s: %w", r.Code, err)
		}
		list[r.Code] = c
	}
	return list, nil
}

// SaveContractor enters a contractor, or changes the entry that has its code.
func (s *Store) SaveContractor(ctx context.Context, by workflow.OfficerID, c workflow.Contractor) error {
	work, err := json.Marshal(c.Work)
	if err != nil {
		return err
	}
	row := contractorRow{c.Code, string(c.Kind), c.Name, string(work), c.Basis, c.Qualification, day(c.From), nil, c.Struck, int64(by), s.db.now()}
	if c.To != 0 {
		to := day(c.To)
		row.ToOn = &to
	}
	return s.db.write.WithContext(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}
