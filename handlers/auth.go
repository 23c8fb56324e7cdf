package handlers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
)

const (
	cookieName = "anju_session"
	sessionTTL = 12 * time.Hour
	// demoTTL is what the store is asked for under the demo: it counts by the demo clock, which people move by weeks.
	demoTTL    = 20 * 365 * 24 * time.Hour
	csrfHeader = "X-CSRF-Token"
	csrfField  = "csrf"
)

// caller is who asks: the officer of a session as the database knows him now.
type caller struct {
	models.Officer
	token  string
	csrf   string
	cookie bool // came by cookie, so a browser may have been made to send it
}

// handles tells whether the caller's role sees cases at all (administrators of the system never do).
func (c *caller) handles() bool { return c.Role.Handles() }

// officer is the number of the caller; 0 for a request without a session.
func (c *caller) officer() workflow.OfficerID {
	if c == nil {
		return 0
	}
	return c.ID
}

type callerKey struct{}

// callerOf gives the caller of a request; nil for nobody.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// asks finds out who asks; nil for a request without a session. It asks the database each time: a disabled officer or a
// changed office counts from the next click.
func (a *app) asks(ctx context.Context, c *fiber.Ctx) (*caller, error) {
	token, cookie := "", false
	if scheme, bearer, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = strings.TrimSpace(bearer)
	} else if token = c.Cookies(cookieName); token != "" {
		cookie = true
	}
	if token == "" || len(token) > 200 || !printable(token) {
		return nil, nil
	}
	officer, csrf, err := a.store.SessionOfficer(ctx, token)
	switch {
	case errors.Is(err, models.ErrNoSession):
		return nil, nil
	case err != nil:
		return nil, err
	case !officer.Active:
		return nil, nil
	}
	return &caller{Officer: officer, token: token, csrf: csrf, cookie: cookie}, nil
}

// identify finds out who asks and refuses a forged form before anything is done.
func (a *app) identify(c *fiber.Ctx) error {
	who, err := a.asks(c.UserContext(), c)
	if err != nil {
		return err
	}
	if who == nil {
		return c.Next()
	}
	exception := a.exceptions[c.Method()+" "+c.Path()]
	if who.cookie && !exception.login && !safe(c.Method()) && (!sameOrigin(c) || !csrfHolds(c, who.csrf)) {
		return errForged
	}
	c.SetUserContext(context.WithValue(c.UserContext(), callerKey{}, who))
	if who.MustChange && !exception.beforeChange {
		return a.changeFirst(c)
	}
	return c.Next()
}

func safe(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}

// sameOrigin believes what only a browser can say: Sec-Fetch-Site, and the Origin it sends with every form.
func sameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, string(c.Request().Host()))
}

func csrfHolds(c *fiber.Ctx, want string) bool {
	got := c.Get(csrfHeader)
	if got == "" {
		got = c.FormValue(csrfField)
	}
	got = unmask(got)
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// address is whose address a request comes from: the peer's, or what trusted proxies say of it, read from the right as long
// as the hop is one of them. Whatever stands further left may be forged, and no other header is believed.
func (a *app) address(c *fiber.Ctx) string {
	ip, ok := peerOf(c.Context().RemoteAddr())
	if !ok {
		return c.Context().RemoteIP().String()
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && within(a.cfg.TrustedProxies, ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if with, e := netip.ParseAddrPort(strings.TrimSpace(hops[i])); e == nil { // some proxies write the port too
			hop, err = with.Addr(), nil
		}
		if err != nil {
			break
		}
		ip = hop.Unmap().WithZone("")
	}
	return ip.String()
}

// deviceCookie names the browser of an officer: a secret that says nothing by itself. From a browser in which the right
// password of an account was typed, the account is not locked by the wrong passwords that others type.
const (
	deviceCookie = "anju_device"
	deviceTTL    = 365 * 24 * time.Hour
)

// visitor is where a login comes from.
type visitor struct{ address, device string }

// visitorOf gives the visitor of a request; device is empty for a browser that has none.
func (a *app) visitorOf(c *fiber.Ctx) visitor {
	v := visitor{address: a.address(c), device: c.Cookies(deviceCookie)}
	if len(v.device) > 100 || !printable(v.device) {
		v.device = ""
	}
	return v
}

// browserOf gives the visitor of a page, with a device: the one that the browser has, or a new one.
func (a *app) browserOf(c *fiber.Ctx) visitor {
	v := a.visitorOf(c)
	if v.device == "" {
		v.device = rand.Text()
	}
	return v
}

func (a *app) setDevice(c *fiber.Ctx, v visitor) {
	c.Cookie(&fiber.Cookie{Name: deviceCookie, Value: v.device, Path: "/", Expires: time.Now().Add(deviceTTL), HTTPOnly: true, Secure: a.cfg.SecureCookies,
		SameSite: fiber.CookieSameSiteLaxMode})
}

func (a *app) setCookie(c *fiber.Ctx, token string, expires time.Time) {
	c.Cookie(&fiber.Cookie{Name: cookieName, Value: token, Path: "/", Expires: expires, HTTPOnly: true, Secure: a.cfg.SecureCookies,
		SameSite: fiber.CookieSameSiteLaxMode})
}

func (a *app) dropCookie(c *fiber.Ctx) {
	a.setCookie(c, "", time.Unix(0, 0))
}

// logIn opens a new session; the old one, if the browser still has one, ends.
func (a *app) logIn(ctx context.Context, login, password string, from visitor, old string) (models.Officer, session, error) {
	if !legible([]byte(login)) {
		return models.Officer{}, session{}, errEncoding
	}
	officer, err := a.store.Authenticate(ctx, login, password, from.address, from.device, time.Now())
	if err != nil {
		return officer, session{}, err
	}
	ttl := sessionTTL
	if a.cfg.Demo != nil {
		ttl = demoTTL
	}
	token, expires, csrf, err := a.store.NewSession(ctx, officer.ID, ttl)
	if err != nil {
		return officer, session{}, err
	}
	if old != "" {
		if err := a.store.EndSession(ctx, old); err != nil {
			return officer, session{}, err
		}
	}
	if a.cfg.Demo != nil {
		expires = time.Now().Add(sessionTTL)
	}
	return officer, session{token, expires, csrf}, nil
}

type session struct {
	token   string
	expires time.Time
	csrf    string
}
