package org

import (
	"context"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// How long a device or an address is known to an account after a login, and how many of them are kept.
const (
	deviceDays  = 90
	devicesMost = 50
)

// deviceRow is a browser, or an address, from which the right password of an account has come.
type deviceRow struct {
	OfficerID int64  `gorm:"primaryKey"`
	Mark      string `gorm:"primaryKey"` // a hash
	SeenAt    time.Time
}

func (deviceRow) TableName() string { return "login_devices" }

func deviceMark(device string) string { return db.HashToken("device:" + device) }

func addressMark(address string) string { return db.HashToken("address:" + address) }

// knownPlaces tells whether the right password of an account has come from the device, and from the address, of late.
func (s *Store) knownPlaces(ctx context.Context, id workflow.OfficerID, device, address string,
	now time.Time) (ofDevice, ofAddress bool, err error) {
	var marks []string
	err = s.db.Read(ctx).Model(&deviceRow{}).Where("officer_id = ? AND seen_at > ? AND mark IN ?", int64(id),
		now.AddDate(0, 0, -deviceDays),
		[]string{deviceMark(device), addressMark(address)}).Pluck("mark", &marks).Error
	for _, m := range marks {
		ofDevice = ofDevice || device != "" && m == deviceMark(device)
		ofAddress = ofAddress || m == addressMark(address)
	}
	return ofDevice, ofAddress, err
}

// rememberPlaces keeps where the right password of an account came from, and forgets what was not seen for long.
func (s *Store) rememberPlaces(g *gorm.DB, id int64, device, address string, now time.Time) error {
	marks := []string{addressMark(address)}
	if device != "" {
		marks = append(marks, deviceMark(device))
	}
	for _, m := range marks {
		if err := g.Exec(`INSERT INTO login_devices (officer_id, mark, seen_at) VALUES (?, ?, ?)
			ON CONFLICT (officer_id, mark) DO UPDATE SET seen_at = excluded.seen_at`, id, m, now).Error; err != nil {
			return err
		}
	}
	return g.Exec(`DELETE FROM login_devices WHERE officer_id = ? AND (seen_at <= ? OR mark NOT IN
		(SELECT mark FROM login_devices WHERE officer_id = ? ORDER BY seen_at DESC LIMIT ?))`,
		id, now.AddDate(0, 0, -deviceDays), id, devicesMost).Error
}
