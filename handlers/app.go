package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

const (
	bodyLimit     = 21 << 20 // one scan of 20 MB with its form around it
	jsonLimit     = 1 << 20  // any other body
	idleTimeout   = 60 * time.Second
	requestLimit  = 15 * time.Second
	settleLimit   = 2 * time.Minute // moving the demo clock runs all that fell due
	idempotentMax = 128             // characters of a key
)

// app is the parts that handlers share. It keeps nothing of a request.
type app struct {
	cfg     Config
	svc     *workflow.Service
	store   Store
	log     *slog.Logger
	pages   *pages
	labels  fieldLabels
	uploads inHand
	meters  *meters

	exceptions map[string]route // by method and path: the routes that ask or grant something of their own before the session is judged
}

var humaGlobals sync.Once

// New builds the whole outside: middleware in its order, the API, the pages. It fails when the upload folder cannot be
// used or a page cannot be parsed.
func New(cfg Config, svc *workflow.Service, store Store) (*fiber.App, error) {
	a, err := newApp(cfg, svc, store)
	if err != nil {
		return nil, err
	}
	web := fiber.New(a.fiberConfig())
	web.Use(a.frame, a.stopping, a.recover)
	if err := a.mount(web, a.routes()); err != nil {
		return nil, err
	}
	server := web.Server()
	server.Handler = heardOf(server.Handler, web.AcquireCtx, web.ReleaseCtx, a.handleError)
	return web, nil // what no route takes fiber answers itself: 404, or 405 with Allow, in the words of webError
}

// heardOf refuses methods that nobody has heard of, which fiber would answer in its own words. C is the server's request.
func heardOf[C any](serve func(C), acquire func(C) *fiber.Ctx, release func(*fiber.Ctx), refuse func(*fiber.Ctx, error) error) func(C) {
	return func(request C) {
		c := acquire(request)
		if slices.Contains(fiber.DefaultMethods, c.Method()) {
			release(c)
			serve(request)
			return
		}
		defer release(c)
		c.Context().SetConnectionClose()
		if err := refuse(c, fiber.ErrMethodNotAllowed); err != nil {
			c.Status(fiber.StatusMethodNotAllowed)
		}
	}
}

func newApp(cfg Config, svc *workflow.Service, store Store) (*app, error) {
	humaGlobals.Do(func() { huma.NewError, huma.DefaultArrayNullable = fromHuma, false })
	a := &app{cfg: cfg, svc: svc, labels: labelsOf(svc.Chains()), store: store, log: cfg.Log, meters: newMeters(cfg.Build), uploads: inHand{open: map[workflow.OfficerID]int{}}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if err := prepareUploads(cfg.UploadDir); err != nil {
		return nil, err
	}
	var err error
	a.pages, err = parsePages()
	return a, err
}

func (a *app) fiberConfig() fiber.Config {
	cfg := fiber.Config{
		AppName: "anju", DisableStartupMessage: true,
		Immutable: true,                               // strings outlive the request in goroutines and logs
		BodyLimit: bodyLimit, StreamRequestBody: true, // receive reads the bodies
		ReadTimeout: headerTime, WriteTimeout: idleTimeout + settleLimit, IdleTimeout: idleTimeout,
		ReadBufferSize: 16 << 10,
		ErrorHandler:   a.handleError,
		// A form is read where it is looked for: a broken one is refused by its handler, a packed one before it is unpacked.
		DisablePreParseMultipartForm: true,
	}
	cfg.EnableTrustedProxyCheck = true // fiber itself believes no header that proxies write; see address
	return cfg
}

// frame is around every request: headers, the body within its limits, a deadline, one line of measurement.
func (a *app) frame(c *fiber.Ctx) error {
	if malformed(c.Request()) {
		c.Context().SetConnectionClose()
		a.denied(c, errMalformed.Status)
		return a.handleError(c, errMalformed)
	}
	a.guard(c)
	err := a.receive(c)
	start := time.Now() // how long the sender took is no measure of ours
	if err == nil {
		err = a.timely(c)
	} else {
		err = a.handleError(c, err)
	}
	if err != nil {
		return err
	}
	a.meters.observe(c, time.Since(start))
	if status := c.Response().StatusCode(); status >= 400 && status < 500 {
		a.denied(c, status)
	}
	return nil
}

// timely serves a request that has come whole, within the time of its route. What fails is answered within it too.
func (a *app) timely(c *fiber.Ctx) error {
	limit := requestLimit
	switch {
	case strings.HasSuffix(c.Path(), "/demo/clock"):
		limit = settleLimit
	case strings.HasPrefix(c.Path(), apiRoot+"/sla/") && path.Ext(c.Path()) != "":
		limit = exportLimit
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), limit)
	defer cancel()
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		return a.handleError(c, err)
	}
	return nil
}

// guard sets the headers that every answer carries.
func (a *app) guard(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if a.cfg.SecureCookies {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	if strings.HasPrefix(c.Path(), apiRoot) {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
}

// denied writes one line for each refusal: who was refused what, never what was sent.
func (a *app) denied(c *fiber.Ctx, status int) {
	var officer workflow.OfficerID
	if by := callerOf(c.UserContext()); by != nil {
		officer = by.ID
	}
	a.log.InfoContext(c.UserContext(), "denied", slog.Int("status", status), slog.String("method", c.Method()), slog.String("path", c.Path()),
		slog.Int64("officer", int64(officer)), slog.String("from", a.address(c)))
}

// legible text is UTF-8 without control characters: no database keeps anything else.
func legible(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsFunc(b, unicode.IsControl) }

// recover turns a panic into one logged line and a plain sentence.
func (a *app) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a.log.ErrorContext(c.UserContext(), "panic", slog.String("path", c.Path()), slog.String("value", fmt.Sprint(r)),
				slog.String("stack", string(debug.Stack())))
			err = failed()
		}
	}()
	return c.Next()
}

// handleError answers what no handler answered itself: problem+json to programs, a page to people.
func (a *app) handleError(c *fiber.Ctx, err error) error {
	early := len(c.Response().Header.Peek(fiber.HeaderXContentTypeOptions)) == 0 // refused before any handler saw it
	if early {
		a.guard(c)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: callerOf(c.UserContext()).officer(), reads: safe(c.Method())})
	for name, values := range p.GetHeaders() {
		c.Set(name, values[0])
	}
	var own *problem
	if errors.As(err, &own) && own == errForged && !early && c.Method() == fiber.MethodPost && !forPrograms(c.Path()) {
		if page, ok := a.rescue(c); ok { // the login was renewed, or another's, since the page was shown
			return rescued(c, page)
		}
	}
	// No browser sends what the server cannot even read; people send files that are too large, or too slowly.
	if forPrograms(c.Path()) || scripted(c) || early && p.Status != fiber.StatusRequestEntityTooLarge && p.Status != fiber.StatusRequestTimeout {
		return c.Status(p.Status).JSON(p, "application/problem+json")
	}
	if p.Status == fiber.StatusUnauthorized && errors.As(err, &own) {
		return a.toLogin(c)
	}
	if p.Status == fiber.StatusMethodNotAllowed && c.Method() == fiber.MethodGet { // the address of a form, after a reload: its page is above
		return c.Redirect(pageAbove(c.Path()), fiber.StatusSeeOther)
	}
	return a.errorPage(c, p)
}

// pageAbove is the page on which the form of an address stands.
func pageAbove(address string) string {
	for _, p := range []string{"/profile", "/admin/queue", "/admin/accounts", "/admin/offices", "/petitions", "/inbox"} {
		if strings.HasPrefix(address, p+"/") {
			return p
		}
	}
	if strings.HasPrefix(address, "/demo/") || strings.HasPrefix(address, "/drafts") {
		return "/"
	}
	return path.Dir(address)
}

// scripted tells whether the script of a page asks, which reads JSON only.
func scripted(c *fiber.Ctx) bool { return c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON }

func forPrograms(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}
