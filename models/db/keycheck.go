package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// keyCheckRow is a check value of a key among the settings.
type keyCheckRow struct{ Name, Value string }

func (keyCheckRow) TableName() string { return "settings" }

// checkKeys compares the keys with the check values kept in the database; with keep it writes those of new keys down. A
// database without tables yet has none.
func (db *DB) checkKeys(ctx context.Context, keep bool) error {
	var kept []keyCheckRow
	if err := db.write.WithContext(ctx).Where("name LIKE ?", "key.check.%").Find(&kept).Error; err != nil {
		if !keep && isNoTable(err) {
			return nil
		}
		return err
	}
	have := map[string]string{}
	for _, s := range kept {
		have[s.Name] = s.Value
	}
	for _, s := range kept {
		version, _ := strconv.Atoi(strings.TrimPrefix(s.Name, "key.check."))
		if d, ok := db.keys.keys[version]; !ok || d.check != s.Value {
			return fmt.Errorf("the key file is not the one under which this database was filled (key %d); give the right one",
				version)
		}
	}
	for version, d := range db.keys.keys {
		name := fmt.Sprintf("key.check.%d", version)
		if _, ok := have[name]; ok || !keep {
			continue
		}
		err := db.write.WithContext(ctx).Create(&keyCheckRow{name, d.check}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return db.checkKeys(ctx, false) // another process was first: its key counts
		}
		if err != nil {
			return err
		}
	}
	return nil
}
