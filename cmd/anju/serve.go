package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/spf13/cobra"

	"anju/handlers"
	"anju/jobs"
	"anju/jobs/channel"
	"anju/models"
	"anju/models/clock"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
)

// memoryLimit is the memory that the server keeps to, softly, where GOMEMLIMIT does not say otherwise: with it a machine of 512 MB
// serves on while pictures are unpacked.
const memoryLimit = 384 << 20

// stopsWithin bounds the graceful stop: requests and tasks in hand are finished first.
const stopsWithin = 15 * time.Second

func serveCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "run the web application and the worker",
		Long: "Runs the web application, the worker, or both (ANJU_ROLE). With --demo it seeds a county with people, cases and red cards\n" +
			"on the first start, and the clock can be moved.",
	}
	demo := c.Flags().Bool("demo", false, "the demo county, with a movable clock")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *demo && a.settings.Role != "all" {
			return usagef("--demo moves one clock for web and worker: use it with the role all")
		}
		if !*demo {
			if err := a.settings.public(); err != nil {
				return err
			}
		}
		return serve(c.Context(), a.settings, *demo, c.OutOrStdout(), newLogger(a.settings, c.ErrOrStderr()))
	}
	return c
}

func newLogger(s settings, w io.Writer) *slog.Logger {
	if s.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// server is a running Anju; what was opened last is closed first.
type server struct {
	settings settings
	log      *slog.Logger
	backend  *backend
	clock    *movableClock // nil without --demo
	guard    *clock.Guard
	watch    *watch
	marks    *marks
	runner   *jobs.Runner // nil in the role web
	web      *fiber.App   // nil in the role worker
	listener *drainer
	closers  []func() error
}

// serve runs until the context ends. It starts whole or not at all: address, key, database, seeds and queue are each
// tried before the first request is answered.
func serve(ctx context.Context, s settings, demo bool, out io.Writer, log *slog.Logger) (err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	srv := &server{settings: s, log: log}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer func() { err = firstError(err, srv.close()) }()
	if err := srv.listen(); err != nil {
		return err
	}
	if err := srv.open(running, demo); err != nil {
		return err
	}
	if err := srv.keepMark(running); err != nil {
		return err
	}
	if err := srv.backend.store.CheckChains(running); err != nil {
		return fmt.Errorf("%w; start the version of anju that has them", err)
	}
	if err := srv.guardClock(running, demo); err != nil {
		return err
	}
	svc, county, err := srv.backend.service(running, srv.options()...)
	if err != nil {
		return err
	}
	if err := srv.newNotices(running, svc, county); err != nil {
		return err
	}
	go county.watch(running, srv.backend.store, log)
	if err := srv.start(running, svc, county); err != nil {
		return err
	}
	failed := make(chan error, 1)
	if srv.web != nil {
		go func() { failed <- srv.web.Listener(handlers.Bounded(srv.listener, srv.settings.proxies)) }()
	}
	srv.announce(out, county)
	select {
	case err := <-failed:
		return fmt.Errorf("the web server stopped: %w", err)
	case <-ctx.Done():
		log.Info("stopping")
		return nil
	}
}

// listen takes the address first, so that nothing is seeded for a server that cannot be reached.
func (srv *server) listen() error {
	if srv.settings.Role == "worker" {
		return nil
	}
	l, err := listenPlain(srv.settings.Addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("address %s is taken by another program; stop it, or choose another address with ANJU_ADDR", srv.settings.Addr)
	case err != nil:
		return fmt.Errorf("address %s: %w; choose another with ANJU_ADDR", srv.settings.Addr, err)
	}
	srv.listener = &drainer{Listener: l}
	srv.closers = append(srv.closers, func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (srv *server) open(ctx context.Context, demo bool) error {
	o := opening{create: true, migrate: demo || !srv.settings.postgres()}
	if demo {
		srv.clock = newClock(seeds.DemoDawn)
		o.now = srv.clock.Now
	}
	b, err := openBackend(ctx, srv.settings, o)
	if err != nil {
		return err
	}
	srv.backend = b
	srv.closers = append(srv.closers, b.close)
	if demo {
		if err := b.demo(ctx, srv.clock); err != nil {
			return err
		}
		if err := keepBlankPage(srv.settings.Data); err != nil {
			return err
		}
		srv.closers = append(srv.closers, srv.clock.stop)
		return srv.clock.run(ctx, b.store, srv.unkept)
	}
	is, err := b.isDemo(ctx)
	if err != nil {
		return err
	}
	if is {
		return errIsDemo(srv.settings)
	}
	if !srv.settings.postgres() {
		return seeds.Load(ctx, b.store)
	}
	ok, err := b.seeded(ctx)
	if err == nil && !ok {
		return errors.New("the database has no divisions and offices yet; run `anju seed` first")
	}
	return err
}

// guardClock looks at the clock of this machine before anything goes by it, and reports this process.
func (srv *server) guardClock(ctx context.Context, demo bool) (err error) {
	if srv.guard, err = srv.backend.guard(ctx, demo, srv.log); err != nil {
		return err
	}
	srv.watch = newWatch(srv.backend.store, srv.guard, srv.settings.Role, srv.log)
	srv.watch.beat(ctx) // on a full disk people can still read
	srv.closers = append(srv.closers, srv.watch.end)
	return nil
}

// options are what holds the service back. A demo's clock is moved on purpose.
func (srv *server) options() []casework.Option {
	options := []casework.Option{casework.Dating(srv.guard.Check)}
	if srv.clock == nil {
		options = append(options, casework.RungsApart(rungsApart))
	}
	return options
}

// keepWatch keeps the heartbeat going until the database is closed.
func (srv *server) keepWatch() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.watch.run(ctx)
	}()
	srv.closers = append(srv.closers, func() error {
		stop()
		<-ended
		return nil
	})
}

// newNotices takes in the notices of the State Council that this program carries and the database does not have, and recounts
// what is open; what the county has imported itself stays.
func (srv *server) newNotices(ctx context.Context, svc *casework.Service, c *county) error {
	missing, err := seeds.Missing(c.get().Calendar)
	if err != nil || len(missing) == 0 {
		return err
	}
	done, err := svc.ImportCalendar(ctx, 0, missing, false)
	if err != nil {
		return fmt.Errorf("take in the new notices of the calendar: %w", err)
	}
	srv.log.Info("new notices of the calendar", "years", done.Years, "version", done.Version, "moved", len(done.Moves))
	return c.load(ctx, srv.backend.store)
}

func (srv *server) unkept(err error) { srv.log.Error("the demo clock", "err", err) }

func (srv *server) start(ctx context.Context, svc *casework.Service, c *county) error {
	now := srv.backend.now
	base := srv.settings.BaseURL
	if base == "" { // the demo: public refuses it elsewhere
		base = "http://" + srv.settings.Addr
	}
	printer := jobs.NewPrinter(srv.backend.store, svc, base)
	if srv.settings.Role != "web" {
		r, err := jobs.Start(ctx, jobs.Config{Redis: srv.settings.Redis, Sweep: true, Now: now, Log: srv.log, Printer: printer,
			Data: srv.settings.Data, MayEscalate: together(srv.marks.look, srv.guard.Look), MaySend: srv.marks.look}, srv.backend.store, svc)
		if err != nil {
			return fmt.Errorf("queue %s: %w; check ANJU_REDIS and that the server runs", mask(srv.settings.Redis), err)
		}
		srv.runner = r
		srv.watch.swept = r.LastSweep
		srv.closers = append(srv.closers, func() error {
			limit, done := context.WithTimeout(context.Background(), stopsWithin/2)
			defer done()
			return r.Close(limit)
		})
	}
	srv.keepWatch()
	if srv.settings.Role == "worker" {
		return nil
	}
	cfg := handlers.Config{Held: heldNow(srv.guard.Check, srv.marks.check), Beat: srv.watch.failure, BaseURL: srv.settings.BaseURL, Papers: printer,
		UploadDir: filepath.Join(srv.settings.Data, "uploads"), Log: srv.log, Build: readBuild().shown(), TrustedProxies: srv.settings.proxies,
		SecureCookies: strings.HasPrefix(strings.ToLower(srv.settings.BaseURL), "https://")}
	if srv.runner != nil {
		cfg.Queue = figures{srv.runner}
	}
	cfg.CheckChannel = func(config json.RawMessage) error {
		var c channel.Config
		if err := json.Unmarshal(config, &c); err != nil {
			return err
		}
		return c.Check()
	}
	cfg.CountyChanged = func(ctx context.Context) error { return c.load(ctx, srv.backend.store) }
	if srv.clock != nil {
		accounts, err := seeds.DemoLogins()
		if err != nil {
			return err
		}
		cfg.Demo = &handlers.Demo{Clock: pushed{srv.clock, srv.unkept}, Accounts: accounts, Settle: srv.runner.Settle}
	}
	cfg.Stopping = srv.listener.stopping.Load
	app, err := handlers.New(cfg, svc, webStore{srv.backend.store, srv.backend.db})
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	srv.web = app
	srv.closers = append(srv.closers, func() error {
		srv.listener.drain()
		return app.ShutdownWithTimeout(stopsWithin / 3)
	})
	return nil
}

// figures are the jobs of this process as the pages ask for them.
type figures struct{ r *jobs.Runner }

// Figures implements handlers.Queue.
func (f figures) Figures(ctx context.Context) (handlers.QueueFigures, error) {
	h, err := f.r.Health(ctx)
	return handlers.QueueFigures{Kind: h.Kind, Answers: h.Answers, Problem: h.Problem, LastSweep: h.LastSweep, Pending: h.Pending, Active: h.Active,
		Scheduled: h.Scheduled, Retry: h.Retry, Archived: h.Archived}, err
}

// Redrive implements handlers.Queue.
func (f figures) Redrive(ctx context.Context, id int64, by workflow.OfficerID) error {
	return f.r.Redrive(ctx, id, by)
}

// webStore is the store with the health of its database.
type webStore struct {
	*models.Store
	db *models.DB
}

// Ping tells whether the database answers.
func (w webStore) Ping(ctx context.Context) error { return w.db.Ping(ctx) }

func (srv *server) close() (err error) {
	for i := len(srv.closers) - 1; i >= 0; i-- {
		err = firstError(err, srv.closers[i]())
	}
	return err
}

// announce prints the address and, in the demo, the accounts: at once, so that who reads one line can read them all.
func (srv *server) announce(to io.Writer, c *county) {
	out := &strings.Builder{}
	defer func() { _, _ = io.WriteString(to, out.String()) }()
	if srv.listener != nil {
		fmt.Fprintf(out, "安居 http://%s  （Ctrl+C 停止）\n", srv.listener.Addr())
	} else {
		fmt.Fprintln(out, "安居 worker  （Ctrl+C 停止）")
	}
	now := srv.backend.now()
	if w := calendarGap(c.get().Calendar, now); w != "" {
		srv.log.Warn(w)
	}
	if !c.get().Parameters.Mandate.Valid(calendar.DayOf(now)) {
		srv.log.Warn("no valid commission for planning permits: townships cannot issue them (A12); load it with anju seed --parameters FILE")
	}
	if srv.clock == nil {
		return
	}
	fmt.Fprintf(out, "演示时钟 %s，可向前拨：POST /api/v1/demo/clock {\"advance\":\"72h\"}\n", now.In(seeds.DemoStart.Location()).Format("2006-01-02 15:04"))
	accounts, err := seeds.Accounts()
	if err != nil {
		return
	}
	fmt.Fprintf(out, "演示账号，口令均为 %s：\n", seeds.DemoPassword)
	for _, a := range accounts {
		fmt.Fprintf(out, "  %-12s %s  %s\n", a.Login, a.Name, a.Office)
	}
}
