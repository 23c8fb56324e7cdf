package models

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/workflow"
	"anju/workflow/forms"
)

// Ten wrong tries of one code pause it, and fifty from one address pause the address, each for an hour. A paused code may still be
// tried from an address that has not failed, and a code that has not failed from a paused address.
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
	p := pair{thing: "query:code:" + tokenHash(code), address: "query:address:" + remoteIP, most: wrongOfCode, from: wrongOfQuery, window: queryPause, fresh: true}
	if err := s.reserve(ctx, p, now); err != nil {
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
	right := subtle.ConstantTimeCompare([]byte(number[max(0, len(number)-4):]), []byte(forms.NormalIDNumber(tail))) == 1
	if !known || !right {
		return 0, ErrBadLogin
	}
	return id, s.db.transaction(ctx, false, func(g *gorm.DB) error { return s.forgive(g, p) })
}
