package models

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/workflow"
)

// Ten wrong tries of one code pause it, and fifty from one address pause the address, each until an hour after the first of them.
const (
	wrongOfCode  = 10
	wrongOfQuery = 50
	queryPause   = time.Hour
)

// CaseByCode finds a case by the code on its slip and the last four characters of the householder's ID number. It fails with ErrBadLogin where
// either is wrong, without telling which, and with ErrTooMany after ten wrong tries of the code or fifty from the address within an hour.
// A right answer forgives the code, not the address. Tries at once are counted one by one: no more are answered than may be wrong.
func (s *Store) CaseByCode(ctx context.Context, code, tail, remoteIP string, now time.Time) (workflow.CaseID, error) {
	now, code = utc(now), typedCode(code)
	address, slip := "query:address:"+remoteIP, "query:code:"+tokenHash(code)
	if err := s.countQuery(ctx, address, slip, now); err != nil {
		return 0, err
	}
	id, known := s.CaseOfCode(code)
	var head personRow
	err := s.db.read.WithContext(ctx).Where("position = 0 AND household_id = (SELECT household_id FROM cases WHERE id = ?)", int64(id)).Take(&head).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, err
	}
	number := "0000" // compared where there is none
	if err == nil {
		if number, err = s.db.keys.Open(Sealed{head.IDAlg, head.IDKey, head.IDSealed}); err != nil {
			return 0, fmt.Errorf("householder of case %d: %w", id, err)
		}
	}
	known = known && head.ID != 0 && len(number) >= 4
	right := subtle.ConstantTimeCompare([]byte(number[max(0, len(number)-4):]), []byte(workflow.NormalIDNumber(tail))) == 1
	if !known || !right {
		return 0, ErrBadLogin
	}
	return id, s.forgiveQuery(ctx, address, slip)
}

// countQuery counts a try before it is looked at, as a wrong one; ErrTooMany where there were too many, which is not counted.
func (s *Store) countQuery(ctx context.Context, address, slip string, now time.Time) error {
	return s.db.transaction(ctx, false, func(g *gorm.DB) error {
		if err := g.Where("subject LIKE 'query:%' AND since <= ?", now.Add(-queryPause)).Delete(&loginFailureRow{}).Error; err != nil {
			return err
		}
		for _, of := range []struct {
			subject string
			most    int
		}{{address, wrongOfQuery}, {slip, wrongOfCode}} {
			done := g.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "subject"}},
				DoUpdates: clause.Set{{Column: clause.Column{Name: "failures"}, Value: gorm.Expr("login_failures.failures + 1")}},
				Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("login_failures.failures < ?", of.most)}}}).
				Create(&loginFailureRow{of.subject, 1, now})
			if done.Error == nil && done.RowsAffected != 1 {
				return ErrTooMany
			}
			if done.Error != nil {
				return done.Error
			}
		}
		return nil
	})
}

// forgiveQuery takes back what countQuery counted of a right answer, and forgives the code its wrong ones.
func (s *Store) forgiveQuery(ctx context.Context, address, slip string) error {
	return s.db.transaction(ctx, false, func(g *gorm.DB) error {
		if err := g.Model(&loginFailureRow{}).Where("subject = ? AND failures > 0", address).Update("failures", gorm.Expr("failures - 1")).Error; err != nil {
			return err
		}
		return g.Where("subject = ?", slip).Delete(&loginFailureRow{}).Error
	})
}
