package org

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// ErrSpent says that a one-time password has run out, or has opened its session.
var ErrSpent = errors.New("the one-time password has run out or was used")

// ErrNoSession says that a token opens no session: it never did, it has ended, or the account has.
var ErrNoSession = errors.New("no such session")

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	OfficerID int64
	Csrf      string
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt time.Time
}

func (sessionRow) TableName() string { return "sessions" }

// NewSession opens a session: a token for the client, of which only the hash is kept, and a second one against forged
// requests. It fails with ErrSpent where the password was a one-time one that has run out or has opened a session
// before.
func (s *Store) NewSession(ctx context.Context, id workflow.OfficerID, ttl time.Duration) (token string,
	expires time.Time, csrf string, err error) {
	token, csrf = randomText(), randomText()
	now := s.db.Now()
	expires = now.Add(ttl)
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := spendOneTime(g, id, now); err != nil {
			return err
		}
		return g.Create(&sessionRow{db.HashToken(token), int64(id), csrf, now, expires}).Error
	})
	return token, expires, csrf, err
}

// sessionAhead is how far in the future a session may have been created: the clocks of two machines differ a little.
// One from further ahead was created under a wrong clock, and would outlive it.
const sessionAhead = 5 * time.Minute

// SessionOfficer gives the officer of a session, and its token against forged requests. It fails with ErrNoSession.
func (s *Store) SessionOfficer(ctx context.Context, token string) (Officer, string, error) {
	var row sessionRow
	now := s.db.Now()
	err := s.db.Read(ctx).Where("token = ? AND expires_at > ? AND created_at <= ?", db.HashToken(token), now,
		now.Add(sessionAhead)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Officer{}, "", ErrNoSession
	}
	if err != nil {
		return Officer{}, "", err
	}
	o, err := s.ActiveOfficer(ctx, workflow.OfficerID(row.OfficerID))
	if errors.Is(err, workflow.ErrNotFound) {
		err = ErrNoSession
	}
	return o, row.Csrf, err
}

// EndSession ends a session; one that is not there is ended already. Sessions that ran out go with it.
func (s *Store) EndSession(ctx context.Context, token string) error {
	g := s.db.Write(ctx)
	if err := g.Where("token = ?", db.HashToken(token)).Delete(&sessionRow{}).Error; err != nil {
		return err
	}
	return g.Where("expires_at <= ?", s.db.Now()).Delete(&sessionRow{}).Error
}

// spendOneTime uses up the one-time password of an account that has one: ErrSpent where it has run out or was used.
func spendOneTime(g *gorm.DB, id workflow.OfficerID, now time.Time) error {
	var must bool
	if err := g.Model(&officerRow{}).Select("must_change").Where("id = ?", int64(id)).Scan(&must).Error; err != nil {
		return fmt.Errorf("read account %d: %w", id, err)
	}
	if !must {
		return nil
	}
	done := g.Model(&officerRow{}).Where("id = ? AND must_change AND password_expires > ?", int64(id),
		now).Update("password_expires", nil)
	if done.Error == nil && done.RowsAffected != 1 {
		return ErrSpent
	}
	return done.Error
}
