package org

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"anju/models/attempts"
	"anju/models/db"
	"anju/workflow"
)

// loginSubject is an account in the counts, as a hash: what is typed there may be of any length. Where the account is
// known, the place follows after a blank.
func loginSubject(login string) string { return "login:" + db.HashToken(login) }

// forgiveLogin forgives an account its wrong passwords, wherever they were typed.
func forgiveLogin(g *gorm.DB, login string) error {
	return attempts.ForgiveSubject(g, loginSubject(login))
}

// ErrBadLogin says that a login or its password is wrong, and not whether the account exists.
var ErrBadLogin = errors.New("login or password is wrong")

// Five wrong passwords within a quarter of an hour pause an account for a quarter of an hour, and fifty an address: a
// town hall shares one. A pause is no means to keep others out: a browser in which the account was used before is
// counted by itself, so is an address from which it was, and an account without failures is let through a paused
// address.
const (
	wrongOfAccount = 5
	wrongOfAddress = 50
	wrongPause     = 15 * time.Minute
)

// Authenticate checks a password. It fails with ErrBadLogin, and with ErrTooMany after five failures of the account or
// fifty from the address, whether or not the account exists; an unknown login takes as long as a wrong password. device
// is the secret that the browser keeps, empty where it keeps none; after a right password it is known to the account. A
// try is counted before the password is hashed: of many at once no more are looked at than may be wrong.
func (s *Store) Authenticate(ctx context.Context, login, password, remoteIP, device string, now time.Time) (Officer,
	error) {
	now = db.UTC(now)
	var row officerRow
	err := s.db.Read(ctx).Where("login = ?", login).Take(&row).Error
	unknown := errors.Is(err, gorm.ErrRecordNotFound)
	if err != nil && !unknown {
		return Officer{}, err
	}
	if unknown {
		row.Password = unknownPassword()
	}
	p, err := s.loginPair(ctx, row.ID, login, remoteIP, device, now)
	if err != nil {
		return Officer{}, err
	}
	full, err := s.attempts.AttemptsSpent(ctx, p, now)
	if err != nil {
		return Officer{}, err
	}
	if full {
		return Officer{}, attempts.ErrTooMany
	}
	right := false
	var tried error
	err = s.limitHashing(ctx, func() { // what waits for its turn to be hashed is not yet counted
		if tried = s.attempts.CountAttempt(ctx, p, now); tried == nil {
			right, tried = comparePassword(row.Password, password)
		}
	})
	switch {
	case err != nil:
		return Officer{}, err
	case tried != nil:
		return Officer{}, tried
	case !right || unknown || !row.Active:
		return Officer{}, ErrBadLogin
	}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := s.attempts.ForgiveAttempt(g, p); err != nil {
			return err
		}
		return s.rememberPlaces(g, row.ID, device, remoteIP, now)
	})
	if err != nil {
		return Officer{}, err
	}
	return s.ActiveOfficer(ctx, workflow.OfficerID(row.ID))
}

// loginPair is what a wrong password of a login counts for: the browser where the account knows it, else the account at
// an address it knows, else the account.
func (s *Store) loginPair(ctx context.Context, id int64, login, remoteIP, device string,
	now time.Time) (attempts.Attempt, error) {
	ofDevice, ofAddress, err := s.knownPlaces(ctx, workflow.OfficerID(id), device, remoteIP, now)
	p := attempts.Attempt{Thing: loginSubject(login), Address: "address:" + remoteIP, Most: wrongOfAccount,
		MostFromAddress: wrongOfAddress, Window: wrongPause}
	if ofAddress {
		p.Thing += " at " + remoteIP
	}
	if !ofDevice || err != nil {
		return p, err
	}
	own := attempts.Attempt{Thing: loginSubject(login) + " on " + deviceMark(device), Most: wrongOfAccount,
		Window: wrongPause}
	full, err := s.attempts.AttemptsSpent(ctx, own, now)
	if full {
		return p, err // its five are used up: it is as any other
	}
	return own, err
}
