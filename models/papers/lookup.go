package papers

import (
	"context"
	"crypto/subtle"
	"time"

	"gorm.io/gorm"

	"anju/models/attempts"
	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// Ten wrong tries of one code pause it, and fifty from one address pause the address, each for an hour. A paused code
// may still be tried from an address that has not failed, and a code that has not failed from a paused address.
const (
	wrongOfCode  = 10
	wrongOfQuery = 50
	queryPause   = time.Hour
)

// CaseByCode finds a case by the code on its slip and the last four characters of the householder's ID number. It fails
// with ErrBadLogin where either is wrong, without telling which, and with ErrTooMany after ten wrong tries of the code
// or fifty from the address within an hour. A right answer forgives the code, not the address. Tries at once are
// counted one by one: no more are answered than may be wrong.
func (s *Store) CaseByCode(ctx context.Context, code, tail, remoteIP string, now time.Time) (workflow.CaseID, error) {
	now, code = db.UTC(now), normalizeCode(code)
	p := attempts.Attempt{Thing: "query:code:" + db.HashToken(code), Address: "query:address:" + remoteIP,
		Most: wrongOfCode, MostFromAddress: wrongOfQuery, Window: queryPause, PassFresh: true}
	if err := s.attempts.CountAttempt(ctx, p, now); err != nil {
		return 0, err
	}
	id, known := s.CaseOfCode(code)
	number, there, err := s.households.HouseholderNumber(ctx, id)
	if err != nil {
		return 0, err
	}
	if !there {
		number = "0000" // compared where there is none
	}
	known = known && there && len(number) >= 4
	right := subtle.ConstantTimeCompare([]byte(number[max(0, len(number)-4):]), []byte(workflow.NormalIDNumber(tail))) == 1
	if !known || !right {
		return 0, org.ErrBadLogin
	}
	return id, s.db.Transaction(ctx, false, func(g *gorm.DB) error { return s.attempts.ForgiveAttempt(g, p) })
}
