package models

import (
	"context"
	"math"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// tryRow counts what one subject has tried: wrong passwords of an account, wrong codes of an address, letters about a case.
// The table is shared by all processes.
type tryRow struct {
	Subject  string `gorm:"primaryKey"`
	Failures int
	Since    time.Time // of the first, or of the one that filled the count
}

func (tryRow) TableName() string { return "login_failures" }

// tryWindow is the longest time over which tries are counted; older counts are deleted.
const tryWindow = time.Hour

// take counts one more try of a subject and gives the count with it. A count of most or more stays for a whole window; with
// over it is counted on, else one more fails with ErrTooMany and is not counted. Tries at once are counted one by one.
func take(g *gorm.DB, subject string, most int, over bool, window time.Duration, now time.Time) (int, error) {
	limit := most
	if over {
		limit = math.MaxInt32
	}
	var counts []int
	old := now.Add(-window)
	err := g.Raw(`INSERT INTO login_failures (subject, failures, since) VALUES (?, 1, ?)
		ON CONFLICT (subject) DO UPDATE SET
			failures = CASE WHEN login_failures.since > ? THEN login_failures.failures + 1 ELSE 1 END,
			since = CASE WHEN login_failures.since > ? AND login_failures.failures + 1 <> ? THEN login_failures.since ELSE excluded.since END
		WHERE login_failures.since <= ? OR login_failures.failures < ?
		RETURNING failures`, subject, now, old, old, most, old, limit).Scan(&counts).Error
	if err != nil {
		return 0, err
	}
	if len(counts) != 1 {
		return 0, ErrTooMany
	}
	return counts[0], nil
}

// giveBack takes back one try of a subject.
func giveBack(g *gorm.DB, subject string) error {
	return g.Model(&tryRow{}).Where("subject = ? AND failures > 0", subject).Update("failures", gorm.Expr("failures - 1")).Error
}

// pair is what one try counts for: the thing that is tried, and the address it comes from (empty: none). Either may be full,
// and that is no means to keep others out: a thing that has not failed may be tried from a full address, and where fresh is
// set a full thing from an address that has not failed.
type pair struct {
	thing, address string
	most, from     int // tries of the thing, and from the address
	window         time.Duration
	fresh          bool
}

// reserve counts a try before it is looked at, as a wrong one. It fails with ErrTooMany, and then counts nothing.
func (s *Store) reserve(ctx context.Context, p pair, now time.Time) error {
	if err := s.dropOldTries(ctx, now); err != nil {
		return err
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		ofAddress := 0
		var err error
		if p.address != "" {
			if ofAddress, err = take(g, p.address, p.from, true, p.window, now); err != nil {
				return err
			}
		}
		ofThing, err := take(g, p.thing, p.most, p.fresh && ofAddress == 1, p.window, now)
		if err == nil && ofAddress > p.from && ofThing > 1 {
			err = ErrTooMany
		}
		return err
	})
}

// dropOldTries deletes the counts that no window holds any more, so that the table grows with what is tried in an hour only.
func (s *Store) dropOldTries(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx).Where("since <= ?", now.Add(-tryWindow)).Delete(&tryRow{}).Error
}

// failures tells how often a subject has failed within the window.
func failures(g *gorm.DB, subject string, window time.Duration, now time.Time) (int, error) {
	var counts []int
	err := g.Model(&tryRow{}).Where("subject = ? AND since > ?", subject, now.Add(-window)).Pluck("failures", &counts).Error
	if err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0], nil
}

// full tells whether reserve would refuse a try now. It only reads: what is refused here costs neither a hash nor a write.
func (s *Store) full(ctx context.Context, p pair, now time.Time) (bool, error) {
	g := s.db.Read(ctx)
	thing, err := failures(g, p.thing, p.window, now)
	if err != nil {
		return false, err
	}
	address := 0
	if p.address != "" {
		if address, err = failures(g, p.address, p.window, now); err != nil {
			return false, err
		}
	}
	return thing >= p.most && (!p.fresh || address > 0) || p.address != "" && address >= p.from && thing > 0, nil
}

// forgive takes back what reserve counted of a right try, in the same order, and forgives the thing its wrong ones.
func (s *Store) forgive(g *gorm.DB, p pair) error {
	if p.address != "" {
		if err := giveBack(g, p.address); err != nil {
			return err
		}
	}
	return g.Where("subject = ?", p.thing).Delete(&tryRow{}).Error
}

// loginSubject is an account in the counts, as a hash: what is typed there may be of any length. Where the account is known,
// the place follows after a blank.
func loginSubject(login string) string { return "login:" + tokenHash(login) }

// forgiveLogin forgives an account its wrong passwords, wherever they were typed.
func forgiveLogin(g *gorm.DB, login string) error {
	subject := loginSubject(login)
	return g.Where("subject = ? OR substr(subject, 1, ?) = ?", subject, len(subject)+1, subject+" ").Delete(&tryRow{}).Error
}

// Letter counts a letter of one sender, and tells whether he has sent no more than most within the hour.
func (s *Store) Letter(ctx context.Context, sender string, most int, now time.Time) (within bool, err error) {
	now = db.UTC(now)
	if err := s.dropOldTries(ctx, now); err != nil {
		return false, err
	}
	count, err := take(s.db.Write(ctx), "letter:"+tokenHash(sender), most, true, tryWindow, now)
	return count <= most, err
}

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

func deviceMark(device string) string { return tokenHash("device:" + device) }

func addressMark(address string) string { return tokenHash("address:" + address) }

// known tells whether the right password of an account has come from the device, and from the address, of late.
func (s *Store) known(ctx context.Context, id workflow.OfficerID, device, address string, now time.Time) (ofDevice, ofAddress bool, err error) {
	var marks []string
	err = s.db.Read(ctx).Model(&deviceRow{}).Where("officer_id = ? AND seen_at > ? AND mark IN ?", int64(id), now.AddDate(0, 0, -deviceDays),
		[]string{deviceMark(device), addressMark(address)}).Pluck("mark", &marks).Error
	for _, m := range marks {
		ofDevice = ofDevice || device != "" && m == deviceMark(device)
		ofAddress = ofAddress || m == addressMark(address)
	}
	return ofDevice, ofAddress, err
}

// remember keeps where the right password of an account came from, and forgets what was not seen for long.
func (s *Store) remember(g *gorm.DB, id int64, device, address string, now time.Time) error {
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
		(SELECT mark FROM login_devices WHERE officer_id = ? ORDER BY seen_at DESC LIMIT ?))`, id, now.AddDate(0, 0, -deviceDays), id, devicesMost).Error
}
