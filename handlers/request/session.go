package request

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/schema"
	"anju/models/org"
)

// The cookies of a session and of a browser, and how long they hold.
const (
	CookieName = "anju_session"
	SessionTTL = 12 * time.Hour
	// demoTTL is what the store is asked for under the demo: it counts by the demo clock, which people move by weeks.
	demoTTL = 20 * 365 * 24 * time.Hour
)

// Asks finds out who asks; nil for a request without a session. It asks the database each time: a disabled officer or a
// changed office counts from the next click.
func (a *Gate) Asks(ctx context.Context, c *fiber.Ctx) (*Caller, error) {
	token, cookie := "", false
	if scheme, bearer, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); ok &&
		strings.EqualFold(scheme, "Bearer") {
		token = strings.TrimSpace(bearer)
	} else if token = c.Cookies(CookieName); token != "" {
		cookie = true
	}
	if token == "" || len(token) > 200 || !IsPrintable(token) {
		return nil, nil
	}
	officer, csrf, err := a.store.SessionOfficer(ctx, token)
	switch {
	case errors.Is(err, org.ErrNoSession):
		return nil, nil
	case err != nil:
		return nil, err
	case !officer.Active:
		return nil, nil
	}
	return &Caller{Officer: officer, Token: token, CSRF: csrf, Cookie: cookie}, nil
}

// deviceCookie names the browser of an officer: a secret that says nothing by itself. From a browser in which the right
// password of an account was typed, the account is not locked by the wrong passwords that others type.
const (
	deviceCookie = "anju_device"
	deviceTTL    = 365 * 24 * time.Hour
)

// Visitor is where a login comes from.
type Visitor struct{ Address, Device string }

// VisitorOf gives the visitor of a request; device is empty for a browser that has none.
func (a *Gate) VisitorOf(c *fiber.Ctx) Visitor {
	v := Visitor{Address: a.Address(c), Device: c.Cookies(deviceCookie)}
	if len(v.Device) > 100 || !IsPrintable(v.Device) {
		v.Device = ""
	}
	return v
}

// BrowserOf gives the visitor of a page, with a device: the one that the browser has, or a new one.
func (a *Gate) BrowserOf(c *fiber.Ctx) Visitor {
	v := a.VisitorOf(c)
	if v.Device == "" {
		v.Device = rand.Text()
	}
	return v
}

// SetDevice names the browser for later logins.
func (a *Gate) SetDevice(c *fiber.Ctx, v Visitor) {
	c.Cookie(&fiber.Cookie{Name: deviceCookie, Value: v.Device, Path: "/", Expires: time.Now().Add(deviceTTL),
		HTTPOnly: true, Secure: a.settings.SecureCookies,
		SameSite: fiber.CookieSameSiteLaxMode})
}

// SetCookie gives the browser the token of its session.
func (a *Gate) SetCookie(c *fiber.Ctx, token string, expires time.Time) {
	c.Cookie(&fiber.Cookie{Name: CookieName, Value: token, Path: "/", Expires: expires, HTTPOnly: true,
		Secure:   a.settings.SecureCookies,
		SameSite: fiber.CookieSameSiteLaxMode})
}

// DropCookie takes the token of its session from the browser.
func (a *Gate) DropCookie(c *fiber.Ctx) {
	a.SetCookie(c, "", time.Unix(0, 0))
}

// LogIn opens a new session; the old one, if the browser still has one, ends.
func (a *Gate) LogIn(ctx context.Context, login, password string, from Visitor,
	old string) (org.Officer, Session, error) {
	if !IsLegible([]byte(login)) {
		return org.Officer{}, Session{}, schema.ErrEncoding
	}
	officer, err := a.store.Authenticate(ctx, login, password, from.Address, from.Device, time.Now())
	if err != nil {
		return officer, Session{}, err
	}
	ttl := SessionTTL
	if a.settings.Demo != nil {
		ttl = demoTTL
	}
	token, expires, csrf, err := a.store.NewSession(ctx, officer.ID, ttl)
	if err != nil {
		return officer, Session{}, err
	}
	if old != "" {
		if err := a.store.EndSession(ctx, old); err != nil {
			return officer, Session{}, err
		}
	}
	if a.settings.Demo != nil {
		expires = time.Now().Add(SessionTTL)
	}
	return officer, Session{token, expires, csrf}, nil
}

// Session is a login that was made.
type Session struct {
	Token   string
	Expires time.Time
	CSRF    string
}
