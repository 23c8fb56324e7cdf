package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/workflow"
	"anju/workflow/calendar"
)

type settingRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (settingRow) TableName() string { return "settings" }

type parameterRow struct {
	Name      string `gorm:"primaryKey"`
	Value     string
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

func (parameterRow) TableName() string { return "parameters" }

type calendarVersionRow struct {
	Version    int `gorm:"primaryKey;autoIncrement:false"`
	OfficerID  int64
	ImportedAt time.Time
}

func (calendarVersionRow) TableName() string { return "calendar_versions" }

type holidayYearRow struct {
	Version int `gorm:"primaryKey;autoIncrement:false"`
	Year    int `gorm:"primaryKey;autoIncrement:false"`
	Body    string
}

func (holidayYearRow) TableName() string { return "holiday_years" }

// Setting reads what the program keeps for itself; false when it was never set.
func (s *Store) Setting(ctx context.Context, key string) (string, bool, error) {
	var row settingRow
	err := s.db.read.WithContext(ctx).Where("name = ?", key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	return row.Value, err == nil, err
}

// SetSetting keeps a value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.db.write.WithContext(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}},
		DoUpdates: clause.AssignmentColumns([]string{"value"})}).Create(&settingRow{key, value}).Error
}

// County reads the county's calendar and parameters. A calendar without any year counts by weekdays and is provisional.
func (s *Store) County(ctx context.Context) (workflow.County, error) {
	var c workflow.County
	version, years, err := s.years(ctx, s.db.read)
	if err != nil {
		return c, err
	}
	if c.Calendar, err = calendar.New(version, years...); err != nil {
		return c, fmt.Errorf("calendar version %d: %w", version, err)
	}
	var row parameterRow
	err = s.db.read.WithContext(ctx).Where("name = ?", "county").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(row.Value), &c.Parameters); err != nil {
		return c, fmt.Errorf("parameters of the county: %w", err)
	}
	return c, nil
}

// years reads the notices in force: of each year the one imported last.
func (s *Store) years(ctx context.Context, g *gorm.DB) (int, []calendar.Year, error) {
	var rows []holidayYearRow
	if err := g.WithContext(ctx).Order("version").Find(&rows).Error; err != nil {
		return 0, nil, err
	}
	version := 0
	byYear := map[int]calendar.Year{}
	for _, r := range rows {
		y, err := calendar.ParseYear([]byte(r.Body))
		if err != nil {
			return 0, nil, fmt.Errorf("calendar version %d: %w", r.Version, err)
		}
		byYear[r.Year], version = y, max(version, r.Version)
	}
	years := make([]calendar.Year, 0, len(byYear))
	for _, y := range byYear {
		years = append(years, y)
	}
	return version, years, nil
}

// ImportYears makes a new version of the calendar from the notices given; the years not among them stay as they are. Where
// nothing differs from what is in force there is no new version. It fails where a notice does not hold.
func (s *Store) ImportYears(ctx context.Context, by workflow.OfficerID, years []calendar.Year) error {
	return s.db.write.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		version, old, err := s.years(ctx, g)
		if err != nil {
			return err
		}
		in := map[int]calendar.Year{}
		for _, y := range old {
			in[y.Year] = y
		}
		var rows []holidayYearRow
		for _, y := range years {
			if err := y.Validate(); err != nil {
				return err
			}
			body, err := json.Marshal(y)
			if err != nil {
				return err
			}
			again, err := calendar.ParseYear(body)
			if err != nil {
				return err
			}
			if reflect.DeepEqual(in[y.Year], again) {
				continue
			}
			rows = append(rows, holidayYearRow{version + 1, y.Year, string(body)})
		}
		if len(rows) == 0 {
			return nil
		}
		if err := g.Create(&calendarVersionRow{version + 1, int64(by), s.db.now()}).Error; err != nil {
			return fmt.Errorf("another import came first: %w", err)
		}
		return g.Create(&rows).Error
	})
}

// SaveParameters keeps what the county has set.
func (s *Store) SaveParameters(ctx context.Context, p workflow.Parameters) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.db.write.WithContext(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "updated_at"})}).Create(&parameterRow{"county", string(b), s.db.now()}).Error
}
