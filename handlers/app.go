package handlers

import (
	"log/slog"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/account"
	"anju/handlers/admin"
	"anju/handlers/api"
	"anju/handlers/audit"
	"anju/handlers/desk"
	"anju/handlers/household"
	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/public"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/casework"
)

var humaGlobals sync.Once

// New builds the whole outside: middleware in its order, the API, the pages. It fails when the upload folder cannot be
// used or a page cannot be parsed.
func New(cfg Config, svc *casework.Service, store Store) (*fiber.App, error) {
	a, err := newServer(cfg, svc, store)
	if err != nil {
		return nil, err
	}
	web := fiber.New(a.fiberConfig())
	web.Use(a.frame, a.stopping, a.recover)
	if err := a.mount(web, a.routes()); err != nil {
		return nil, err
	}
	server := web.Server()
	server.Handler = rejectUnknownMethods(server.Handler, web.AcquireCtx, web.ReleaseCtx, a.handleError)
	return web, nil // what no route takes fiber answers itself: 404, or 405 with Allow, in the words of webError
}

func newServer(cfg Config, svc *casework.Service, store Store) (*server, error) {
	humaGlobals.Do(func() { huma.NewError, huma.DefaultArrayNullable = problem.FromHuma, false })
	logger := cfg.Log
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	settings := request.Settings{Demo: cfg.Demo, BaseURL: cfg.BaseURL, UploadDir: cfg.UploadDir,
		SecureCookies: cfg.SecureCookies, TrustedProxies: cfg.TrustedProxies, Dev: cfg.Dev}
	a := &server{cfg: cfg, store: store, log: logger, meters: newMeters(cfg.Build),
		uploads: inHand{open: map[workflow.OfficerID]int{}}}
	views, labels := view.NewBuilder(svc, store), schema.NewLabels(svc.Chains())
	a.problems = problem.NewTranslator(svc, store, logger, views)
	a.gate = request.NewGate(settings, store)
	a.lookup = lookup.NewReader(svc, store, logger, views, lookup.NewSources(cfg.Papers, cfg.Queue, cfg.Held, cfg.Beat))
	var err error
	if a.intake, err = intake.NewService(settings, svc, store, logger, a.gate, a.problems, a.lookup, cfg.Queue,
		cfg.CheckChannel); err != nil {
		return nil, err
	}
	if a.site, err = web.NewSite(settings, svc, store, logger, labels, views, a.problems, a.lookup); err != nil {
		return nil, err
	}
	a.public = public.NewPages(settings, svc, store, a.gate, views, a.problems, a.intake, a.site, cfg.Papers)
	a.admin = admin.NewPages(svc, store, a.problems, a.lookup, a.intake, a.site, cfg.Build, cfg.CountyChanged)
	a.audit = audit.NewPages(svc, store, views, a.problems, a.lookup, a.intake, a.site)
	a.desk = desk.NewPages(settings, svc, store, logger, labels, a.gate, views, a.problems, a.lookup, a.intake, a.site)
	a.household = household.NewPages(store, views, a.problems, a.lookup, a.intake, a.site, a.desk)
	a.account = account.NewPages(settings, store, a.gate, a.problems, a.lookup, a.intake, a.site)
	a.api = api.New(settings, svc, store, logger, a.gate, views, a.problems, a.lookup, a.intake, cfg.Papers,
		cfg.CountyChanged)
	return a, nil
}

func (a *server) fiberConfig() fiber.Config {
	cfg := fiber.Config{
		AppName: "anju", DisableStartupMessage: true,
		Immutable: true,                                       // strings outlive the request in goroutines and logs
		BodyLimit: request.BodyLimit, StreamRequestBody: true, // receive reads the bodies
		ReadTimeout: request.HeaderTime, WriteTimeout: idleTimeout + settleLimit, IdleTimeout: idleTimeout,
		ReadBufferSize: 16 << 10,
		ErrorHandler:   a.handleError,
		// A form is read where it is looked for: a broken one is refused by its handler, a packed one before it is unpacked.
		DisablePreParseMultipartForm: true,
	}
	cfg.EnableTrustedProxyCheck = true // fiber itself believes no header that proxies write; see address
	return cfg
}

const idleTimeout = 60 * time.Second
