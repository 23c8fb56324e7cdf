package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
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
	err := s.db.Read(ctx).Where("name = ?", key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	return row.Value, err == nil, err
}

// SetSetting keeps a value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.db.Write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}},
		DoUpdates: clause.AssignmentColumns([]string{"value"})}).Create(&settingRow{key, value}).Error
}

// County reads the county's calendar, parameters, officers and register of contractors. A calendar without any year
// counts by weekdays and is provisional.
func (s *Store) County(ctx context.Context) (workflow.County, error) {
	var c workflow.County
	version, years, err := s.years(ctx, s.db.Read(ctx))
	if err != nil {
		return c, err
	}
	if c.Calendar, err = calendar.New(version, years...); err != nil {
		return c, fmt.Errorf("calendar version %d: %w", version, err)
	}
	if c.Contractors, err = s.households.ContractorsByCode(ctx); err != nil {
		return c, err
	}
	if c.Officers, err = s.org.OpenOfficers(ctx); err != nil {
		return c, err
	}
	c.Parameters, err = readParameters(s.db.Read(ctx))
	return c, err
}

// readParameters reads what the county has set; zero where it has set nothing.
func readParameters(g *gorm.DB) (workflow.Parameters, error) {
	var p workflow.Parameters
	var row parameterRow
	err := g.Where("name = ?", "county").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(row.Value), &p); err != nil {
		return p, fmt.Errorf("parameters of the county: %w", err)
	}
	return p, nil
}

// movePromises moves the promised days that run and have not passed by as many days as the county promises more or fewer
// now; of a clock that stands, or counts provisionally, the day that is written has not passed. A promise taken back ends;
// one that is new begins with what begins from now on.
func (s *Store) movePromises(g *gorm.DB, was, is workflow.Parameters) error {
	now := s.db.Now()
	for _, t := range law.Terms() {
		old, promised := was.Promise(workflow.Count(t)).N, is.Promise(workflow.Count(t)).N
		set, args := "extend = extend + ?, calendar = 0", []any{promised - old}
		switch {
		case old == promised:
			continue
		case t.Statutory && promised == t.N:
			set, args = "closed_at = ?", []any{now}
		}
		if err := g.Exec("UPDATE deadlines SET "+set+" WHERE closed_at IS NULL AND limit_id = ? AND (beside OR ?) "+
			"AND (paused OR provisional OR due_before > ?)", append(args, string(t.ID), !t.Statutory, now)...).Error; err != nil {
			return fmt.Errorf("promise of %s: %w", t.ID, err)
		}
	}
	return nil
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

// ImportYears makes a new version of the calendar from the notices given; the years not among them stay as they are.
// Where nothing differs from what is in force there is no new version. It fails where a notice does not hold, and where
// open deadlines were counted already: those are recounted by casework.Service.ImportCalendar.
func (s *Store) ImportYears(ctx context.Context, by workflow.OfficerID, years []calendar.Year) error {
	return s.db.Update(ctx, func(t *db.Tx) error {
		_, done, err := s.WriteYears(t, by, years)
		if err != nil {
			return err
		}
		if len(done.Years) == 0 {
			return t.Commit()
		}
		open := 0
		t.Query(func(scan func(...any) error) error { return scan(&open) },
			"SELECT count(*) FROM deadlines WHERE closed_at IS NULL")
		if err := t.Flush(); err != nil {
			return err
		}
		if open > 0 {
			return fmt.Errorf("%d open deadlines were counted with the calendar in force; import the notice with `anju "+
				"calendar import`, which recounts them", open)
		}
		return t.Commit()
	})
}

// WriteYears writes a new version of the calendar, one import at a time, and gives it.
func (s *Store) WriteYears(t *db.Tx, by workflow.OfficerID, years []calendar.Year) (*calendar.Calendar,
	workflow.Imported, error) {
	var done workflow.Imported
	t.Exec(s.db.SQL().Exclusive("calendar_versions"))
	in := map[int]calendar.Year{}
	t.Query(func(scan func(...any) error) error {
		var version, year int
		var body string
		if err := scan(&version, &year, &body); err != nil {
			return err
		}
		y, err := calendar.ParseYear([]byte(body))
		in[year], done.Version = y, max(done.Version, version)
		return err
	}, "SELECT version, year, body FROM holiday_years ORDER BY version")
	if err := t.Flush(); err != nil {
		return nil, done, fmt.Errorf("read the calendar: %w", err)
	}
	var rows []any
	for _, y := range years {
		if err := y.Validate(); err != nil {
			return nil, done, err
		}
		body, err := json.Marshal(y)
		if err != nil {
			return nil, done, err
		}
		again, err := calendar.ParseYear(body)
		if err != nil {
			return nil, done, err
		}
		if reflect.DeepEqual(in[y.Year], again) {
			continue
		}
		in[y.Year] = again
		done.Years = append(done.Years, y.Year)
		rows = append(rows, &holidayYearRow{done.Version + 1, y.Year, string(body)})
	}
	if len(rows) > 0 {
		done.Version++
		if err := errors.Join(t.InsertMany([]any{&calendarVersionRow{done.Version, int64(by), s.db.Now()}}),
			t.InsertMany(rows)); err != nil {
			return nil, done, fmt.Errorf("another import came first: %w", err)
		}
	}
	cal, err := calendar.New(done.Version, slices.Collect(maps.Values(in))...)
	return cal, done, err
}

// CalendarVersion is one import of notices.
type CalendarVersion struct {
	Version    int
	ImportedAt time.Time
	By         string // name of the officer; "" for the program
	Years      []calendar.Year
}

// CalendarVersions lists the imports, the newest first.
func (s *Store) CalendarVersions(ctx context.Context) ([]CalendarVersion, error) {
	var versions []struct {
		Version    int
		ImportedAt time.Time
		Name       string
	}
	if err := s.db.Read(ctx).Table("calendar_versions v").Joins("LEFT JOIN officers o ON o.id = v.officer_id").
		Select("v.version, v.imported_at, COALESCE(o.name, '') AS name").Order("v.version " +
		"DESC").Scan(&versions).Error; err != nil {
		return nil, err
	}
	var rows []holidayYearRow
	if err := s.db.Read(ctx).Order("year").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]CalendarVersion, len(versions))
	for i, v := range versions {
		list[i] = CalendarVersion{Version: v.Version, ImportedAt: v.ImportedAt, By: v.Name}
		for _, r := range rows {
			if r.Version != v.Version {
				continue
			}
			y, err := calendar.ParseYear([]byte(r.Body))
			if err != nil {
				return nil, fmt.Errorf("calendar version %d: %w", r.Version, err)
			}
			list[i].Years = append(list[i].Years, y)
		}
	}
	return list, nil
}

// SaveParameters keeps what the county has set, with the line of the act. Another promise moves the promised days that
// run: they are counted anew as those under an older calendar are. Statutory days never move by it, and what is due
// already stays.
func (s *Store) SaveParameters(ctx context.Context, p workflow.Parameters, act org.Act) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		was, err := readParameters(g.Session(&gorm.Session{NewDB: true}))
		if err != nil {
			return err
		}
		if err := s.movePromises(g, was, p); err != nil {
			return err
		}
		if err := g.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}},
			DoUpdates: clause.AssignmentColumns([]string{"value", "updated_at"})}).
			Create(&parameterRow{"county", string(b), s.db.Now()}).Error; err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
}
