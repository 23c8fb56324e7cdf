package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/argon2"
	"gorm.io/gorm"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Why a login is refused. Neither says whether the account exists.
var (
	ErrBadLogin = errors.New("login or password is wrong")
	ErrTooMany  = errors.New("too many wrong passwords: wait a quarter of an hour")
	ErrTaken    = errors.New("the login is taken")
)

// ErrNoSession says that a token opens no session: it never did, it has ended, or the account has.
var ErrNoSession = errors.New("no such session")

// Five wrong passwords within a quarter of an hour pause an account for a quarter of an hour, and fifty an address: a town hall
// shares one. A pause is no means to keep others out: a browser in which the account was used before is counted by itself, so is
// an address from which it was, and an account without failures is let through a paused address.
const (
	wrongOfAccount = 5
	wrongOfAddress = 50
	wrongPause     = 15 * time.Minute
)

// Officer is an account: a person at one office.
type Officer struct {
	ID         workflow.OfficerID
	Login      string
	Name       string
	Role       glossary.Role
	Office     workflow.OfficeID
	OfficeKind glossary.Party
	OfficeName string
	Division   string // of the office
	Active     bool
	MustChange bool // the password is a one-time one: nothing but its change is open
	person     string
	hasSeal    bool
}

// Actor is the officer as a judgement sees him.
func (o Officer) Actor() workflow.Actor {
	return workflow.Actor{Officer: o.ID, Name: o.Name, Role: o.Role, Office: o.Office, Kind: o.OfficeKind, Division: o.Division, HasSeal: o.hasSeal, Person: o.person}
}

// NewOfficer is an account to be made. Its office is found by kind and division; Hash spares hashing Password. OneTime makes the password
// one that opens a single session, within 72 hours, in which it must be changed.
type NewOfficer struct {
	Login, Name string
	Role        glossary.Role
	Kind        glossary.Party
	Division    string
	Password    string
	Hash        string // of HashPassword
	IDNumber    string // only its blind index is kept, for recusal
	OneTime     bool
}

type officerRow struct {
	ID              int64 `gorm:"primaryKey;autoIncrement"`
	Login           string
	Name            string
	Role            string
	OfficeID        int64
	Active          bool
	Password        string
	Person          string
	CreatedAt       time.Time `gorm:"autoCreateTime:false"`
	MustChange      bool
	PasswordExpires *time.Time
}

func (officerRow) TableName() string { return "officers" }

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	OfficerID int64
	Csrf      string
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt time.Time
}

func (sessionRow) TableName() string { return "sessions" }

const officerColumns = "o.id, o.login, o.name, o.role, o.active, o.must_change, o.person, f.id, f.kind, f.name, f.division"

func (o *Officer) fields() []any {
	return []any{&o.ID, &o.Login, &o.Name, &o.Role, &o.Active, &o.MustChange, &o.person, &o.Office, &o.OfficeKind, &o.OfficeName, &o.Division}
}

// officers reads officers with their offices; tail is WHERE and ORDER BY.
func (s *Store) officers(ctx context.Context, tail string, args ...any) ([]Officer, error) {
	rows, err := s.db.read.WithContext(ctx).Raw("SELECT "+officerColumns+" FROM officers o JOIN offices f ON f.id = o.office_id "+tail, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	var list []Officer
	for rows.Next() {
		var o Officer
		if err := rows.Scan(o.fields()...); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// Officers lists every account.
func (s *Store) Officers(ctx context.Context) ([]Officer, error) {
	return s.officers(ctx, "ORDER BY o.login")
}

// officer reads one active officer; ErrNotFound otherwise, so that nobody's scope is never everybody's.
func (s *Store) officer(ctx context.Context, id workflow.OfficerID) (Officer, error) {
	list, err := s.officers(ctx, "WHERE o.id = ? AND o.active", int64(id))
	if err != nil {
		return Officer{}, err
	}
	if len(list) != 1 {
		return Officer{}, workflow.ErrNotFound
	}
	return list[0], nil
}

// setOfficer changes columns of an account, ends its sessions and forgets its failed logins; ErrNotFound without such an account.
func setOfficer(g *gorm.DB, login string, values map[string]any) error {
	done := g.Model(&officerRow{}).Where("login = ?", login).Updates(values)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return workflow.ErrNotFound
	}
	if err := forgiveLogin(g, login); err != nil {
		return err
	}
	return g.Where("officer_id IN (?)", g.Model(&officerRow{}).Select("id").Where("login = ?", login)).Delete(&sessionRow{}).Error
}

// Authenticate checks a password. It fails with ErrBadLogin, and with ErrTooMany after five failures of the account or fifty from the
// address, whether or not the account exists; an unknown login takes as long as a wrong password. device is the secret that the
// browser keeps, empty where it keeps none; after a right password it is known to the account. A try is counted before the
// password is hashed: of many at once no more are looked at than may be wrong.
func (s *Store) Authenticate(ctx context.Context, login, password, remoteIP, device string, now time.Time) (Officer, error) {
	now = utc(now)
	var row officerRow
	err := s.db.read.WithContext(ctx).Where("login = ?", login).Take(&row).Error
	unknown := errors.Is(err, gorm.ErrRecordNotFound)
	if err != nil && !unknown {
		return Officer{}, err
	}
	if unknown {
		row.Password = nobody
	}
	p, err := s.loginPair(ctx, row.ID, login, remoteIP, device, now)
	if err != nil {
		return Officer{}, err
	}
	full, err := s.full(ctx, p, now)
	if err != nil {
		return Officer{}, err
	}
	if full {
		return Officer{}, ErrTooMany
	}
	right := false
	var tried error
	err = s.hashing(ctx, func() { // what waits for its turn to be hashed is not yet counted
		if tried = s.reserve(ctx, p, now); tried == nil {
			right, tried = compare(row.Password, password)
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
	err = s.db.transaction(ctx, false, func(g *gorm.DB) error {
		if err := s.forgive(g, p); err != nil {
			return err
		}
		return s.remember(g, row.ID, device, remoteIP, now)
	})
	if err != nil {
		return Officer{}, err
	}
	return s.officer(ctx, workflow.OfficerID(row.ID))
}

// loginPair is what a wrong password of a login counts for: the browser where the account knows it, else the account at an
// address it knows, else the account.
func (s *Store) loginPair(ctx context.Context, id int64, login, remoteIP, device string, now time.Time) (pair, error) {
	ofDevice, ofAddress, err := s.known(ctx, workflow.OfficerID(id), device, remoteIP, now)
	p := pair{thing: loginSubject(login), address: "address:" + remoteIP, most: wrongOfAccount, from: wrongOfAddress, window: wrongPause}
	if ofAddress {
		p.thing += " at " + remoteIP
	}
	if !ofDevice || err != nil {
		return p, err
	}
	own := pair{thing: loginSubject(login) + " on " + deviceMark(device), most: wrongOfAccount, window: wrongPause}
	full, err := s.full(ctx, own, now)
	if full {
		return p, err // its five are used up: it is as any other
	}
	return own, err
}

// The cost of a password: 19 MiB and two passes of argon2id.
const (
	hashMemory  = 19 * 1024
	hashPasses  = 2
	hashThreads = 1
	hashLength  = 32
	hashPrefix  = "$argon2id$v=19$m=19456,t=2,p=1$"
)

// nobody is compared with where the account does not exist.
const nobody = hashPrefix + "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// HashPassword makes the stored form of a password.
func HashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	sum := argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashLength)
	return hashPrefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(sum)
}

func (s *Store) hash(ctx context.Context, password string) (string, error) {
	var h string
	err := s.hashing(ctx, func() { h = HashPassword(password) })
	return h, err
}

// compare tells whether a password is the one of a stored form.
func compare(stored, password string) (bool, error) {
	salt, sum, ok := strings.Cut(strings.TrimPrefix(stored, hashPrefix), "$")
	rawSalt, err1 := base64.RawStdEncoding.DecodeString(salt)
	want, err2 := base64.RawStdEncoding.DecodeString(sum)
	if !ok || !strings.HasPrefix(stored, hashPrefix) || err1 != nil || err2 != nil {
		return false, errors.New("a stored password is damaged")
	}
	got := argon2.IDKey([]byte(password), rawSalt, hashPasses, hashMemory, hashThreads, hashLength)
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// hashing lets two passwords be hashed at a time: the morning's logins queue instead of taking every core.
func (s *Store) hashing(ctx context.Context, do func()) error {
	select {
	case s.hashers <- struct{}{}:
	case <-ctx.Done():
		return errors.Join(ErrUnavailable, ctx.Err())
	}
	defer func() { <-s.hashers }()
	do()
	return nil
}

func tokenHash(token string) string {
	sum := sm3.Sum([]byte(token))
	return hex.EncodeToString(sum[:])
}

func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewSession opens a session: a token for the client, of which only the hash is kept, and a second one against forged requests. It fails
// with ErrSpent where the password was a one-time one that has run out or has opened a session before.
func (s *Store) NewSession(ctx context.Context, id workflow.OfficerID, ttl time.Duration) (token string, expires time.Time, csrf string, err error) {
	token, csrf = randomText(), randomText()
	now := s.db.now()
	expires = now.Add(ttl)
	err = s.db.transaction(ctx, false, func(g *gorm.DB) error {
		if err := spendOneTime(g, id, now); err != nil {
			return err
		}
		return g.Create(&sessionRow{tokenHash(token), int64(id), csrf, now, expires}).Error
	})
	return token, expires, csrf, err
}

// sessionAhead is how far in the future a session may have been created: the clocks of two machines differ a little. One
// from further ahead was created under a wrong clock, and would outlive it.
const sessionAhead = 5 * time.Minute

// SessionOfficer gives the officer of a session, and its token against forged requests. It fails with ErrNoSession.
func (s *Store) SessionOfficer(ctx context.Context, token string) (Officer, string, error) {
	var row sessionRow
	now := s.db.now()
	err := s.db.read.WithContext(ctx).Where("token = ? AND expires_at > ? AND created_at <= ?", tokenHash(token), now,
		now.Add(sessionAhead)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Officer{}, "", ErrNoSession
	}
	if err != nil {
		return Officer{}, "", err
	}
	o, err := s.officer(ctx, workflow.OfficerID(row.OfficerID))
	if errors.Is(err, workflow.ErrNotFound) {
		err = ErrNoSession
	}
	return o, row.Csrf, err
}

// EndSession ends a session; one that is not there is ended already. Sessions that ran out go with it.
func (s *Store) EndSession(ctx context.Context, token string) error {
	g := s.db.write.WithContext(ctx)
	if err := g.Where("token = ?", tokenHash(token)).Delete(&sessionRow{}).Error; err != nil {
		return err
	}
	return g.Where("expires_at <= ?", s.db.now()).Delete(&sessionRow{}).Error
}
