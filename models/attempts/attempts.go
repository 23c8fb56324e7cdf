package attempts

import (
	"context"
	"errors"
	"math"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
)

// ErrTooMany says that a thing, or an address, was tried too often of late.
var ErrTooMany = errors.New("too many wrong passwords: wait a quarter of an hour")

// tryRow counts what one subject has tried: wrong passwords of an account, wrong codes of an address, letters about a
// case. The table is shared by all processes.
type tryRow struct {
	Subject  string `gorm:"primaryKey"`
	Failures int
	Since    time.Time // of the first, or of the one that filled the count
}

func (tryRow) TableName() string { return "login_failures" }

// tryWindow is the longest time over which tries are counted; older counts are deleted.
const tryWindow = time.Hour

// countTry counts one more try of a subject and gives the count with it. A count of most or more stays for a whole
// window; with over it is counted on, else one more fails with ErrTooMany and is not counted. Tries at once are counted
// one by one.
func countTry(g *gorm.DB, subject string, most int, over bool, window time.Duration, now time.Time) (int, error) {
	limit := most
	if over {
		limit = math.MaxInt32
	}
	var counts []int
	old := now.Add(-window)
	err := g.Raw(`INSERT INTO login_failures (subject, failures, since) VALUES (?, 1, ?)
		ON CONFLICT (subject) DO UPDATE SET
			failures = CASE WHEN login_failures.since > ? THEN login_failures.failures + 1 ELSE 1 END,
			since = CASE WHEN login_failures.since > ? AND login_failures.failures + 1 <> ? THEN login_failures.since
				ELSE excluded.since END
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

// uncountTry takes back one try of a subject.
func uncountTry(g *gorm.DB, subject string) error {
	return g.Model(&tryRow{}).Where("subject = ? AND failures > 0", subject).Update("failures",
		gorm.Expr("failures - 1")).Error
}

// Attempt is what one try counts for: the thing that is tried, and the address it comes from (empty: none). Either may
// be full, and that is no means to keep others out: a thing that has not failed may be tried from a full address, and
// where fresh is set a full thing from an address that has not failed.
type Attempt struct {
	Thing, Address        string
	Most, MostFromAddress int // tries of the thing, and from the address
	Window                time.Duration
	PassFresh             bool
}

// CountAttempt counts a try before it is looked at, as a wrong one. It fails with ErrTooMany, and then counts nothing.
func (s *Store) CountAttempt(ctx context.Context, p Attempt, now time.Time) error {
	if err := s.dropOldTries(ctx, now); err != nil {
		return err
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		ofAddress := 0
		var err error
		if p.Address != "" {
			if ofAddress, err = countTry(g, p.Address, p.MostFromAddress, true, p.Window, now); err != nil {
				return err
			}
		}
		ofThing, err := countTry(g, p.Thing, p.Most, p.PassFresh && ofAddress == 1, p.Window, now)
		if err == nil && ofAddress > p.MostFromAddress && ofThing > 1 {
			err = ErrTooMany
		}
		return err
	})
}

// dropOldTries deletes the counts that no window holds any more, so that the table grows with what is tried in an hour
// only.
func (s *Store) dropOldTries(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx).Where("since <= ?", now.Add(-tryWindow)).Delete(&tryRow{}).Error
}

// failures tells how often a subject has failed within the window.
func failures(g *gorm.DB, subject string, window time.Duration, now time.Time) (int, error) {
	var counts []int
	err := g.Model(&tryRow{}).Where("subject = ? AND since > ?", subject, now.Add(-window)).Pluck("failures",
		&counts).Error
	if err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0], nil
}

// AttemptsSpent tells whether reserve would refuse a try now. It only reads: what is refused here costs neither a hash
// nor a write.
func (s *Store) AttemptsSpent(ctx context.Context, p Attempt, now time.Time) (bool, error) {
	g := s.db.Read(ctx)
	thing, err := failures(g, p.Thing, p.Window, now)
	if err != nil {
		return false, err
	}
	address := 0
	if p.Address != "" {
		if address, err = failures(g, p.Address, p.Window, now); err != nil {
			return false, err
		}
	}
	return thing >= p.Most && (!p.PassFresh || address > 0) || p.Address != "" && address >= p.MostFromAddress &&
		thing > 0, nil
}

// ForgiveAttempt takes back what reserve counted of a right try, in the same order, and forgives the thing its wrong
// ones.
func (s *Store) ForgiveAttempt(g *gorm.DB, p Attempt) error {
	if p.Address != "" {
		if err := uncountTry(g, p.Address); err != nil {
			return err
		}
	}
	return g.Where("subject = ?", p.Thing).Delete(&tryRow{}).Error
}

// ForgiveSubject forgives a subject its tries, and those of the same subject at single places.
func ForgiveSubject(g *gorm.DB, subject string) error {
	return g.Where("subject = ? OR substr(subject, 1, ?) = ?", subject, len(subject)+1,
		subject+" ").Delete(&tryRow{}).Error
}

// Letter counts a letter of one sender, and tells whether he has sent no more than most within the hour.
func (s *Store) Letter(ctx context.Context, sender string, most int, now time.Time) (within bool, err error) {
	now = db.UTC(now)
	if err := s.dropOldTries(ctx, now); err != nil {
		return false, err
	}
	count, err := countTry(s.db.Write(ctx), "letter:"+db.HashToken(sender), most, true, tryWindow, now)
	return count <= most, err
}
