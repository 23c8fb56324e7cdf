// Package serve wires the server: the web application and the jobs on one backend, the heartbeat, the mark of the
// database, the holds, and the graceful stop. It holds no rule, no route and no job: those belong to workflow, handlers
// and jobs.
package serve

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

	"github.com/gofiber/fiber/v2"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/handlers"
	"anju/jobs"
	"anju/jobs/channel"
	"anju/jobs/printing"
	"anju/models/clock"
	"anju/models/registry"
	"anju/seeds"
	"anju/workflow/calendar"
	"anju/workflow/casework"
)

// memoryLimit is the memory that the server keeps to, softly, where GOMEMLIMIT does not say otherwise: with it a
// machine of 512 MB serves on while pictures are unpacked.
const memoryLimit = 384 << 20

// Server is a running Anju; what was opened last is closed first.
type Server struct {
	settings settings.Settings
	version  string         // of the program, in the heartbeat
	build    handlers.Build // what the pages tell of the program
	log      *slog.Logger
	backend  *backend.Backend
	clock    *backend.Clock // nil without --demo
	guard    *clock.Guard
	watch    *heartbeat
	marks    *markKeeper
	runner   *jobs.Runner // nil in the role web
	web      *fiber.App   // nil in the role worker
	listener *drainer
	closers  []func() error
}

// Run runs until the context ends. It starts whole or not at all: address, key, database, seeds and queue are each
// tried before the first request is answered.
func Run(ctx context.Context, o Options, out io.Writer) (err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	srv := &Server{settings: o.Settings, version: o.Version, build: o.Build, log: o.Log}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer func() { err = failure.First(err, srv.close()) }()
	if err := srv.listen(); err != nil {
		return err
	}
	if err := srv.open(running, o.Demo); err != nil {
		return err
	}
	if err := srv.keepMark(running); err != nil {
		return err
	}
	if err := srv.backend.Store.CheckChains(running); err != nil {
		return fmt.Errorf("%w; start the version of anju that has them", err)
	}
	if err := srv.guardClock(running, o.Demo); err != nil {
		return err
	}
	svc, county, err := srv.backend.Service(running, srv.options()...)
	if err != nil {
		return err
	}
	if err := srv.importNotices(running, svc, county); err != nil {
		return err
	}
	go county.Watch(running, srv.backend.Store, o.Log)
	if err := srv.start(running, svc, county); err != nil {
		return err
	}
	failed := make(chan error, 1)
	if srv.web != nil {
		go func() { failed <- srv.web.Listener(handlers.Bounded(srv.listener, srv.settings.Proxies)) }()
	}
	srv.announce(out, county)
	select {
	case err := <-failed:
		return fmt.Errorf("the web server stopped: %w", err)
	case <-ctx.Done():
		o.Log.Info("stopping")
		return nil
	}
}

// listen takes the address first, so that nothing is seeded for a server that cannot be reached.
func (srv *Server) listen() error {
	if srv.settings.Role == "worker" {
		return nil
	}
	l, err := listenPlain(srv.settings.Addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("address %s is taken by another program; stop it, or choose another address with ANJU_ADDR",
			srv.settings.Addr)
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

func (srv *Server) open(ctx context.Context, demo bool) error {
	o := backend.Opening{Create: true, Migrate: demo || !srv.settings.Postgres()}
	if demo {
		srv.clock = backend.NewClock(seeds.DemoDawn)
		o.Now = srv.clock.Now
	}
	b, err := backend.Open(ctx, srv.settings, o)
	if err != nil {
		return err
	}
	srv.backend = b
	srv.closers = append(srv.closers, b.Close)
	if demo {
		if err := b.LoadDemo(ctx, srv.clock); err != nil {
			return err
		}
		if err := backend.KeepBlankPage(srv.settings.Data); err != nil {
			return err
		}
		srv.closers = append(srv.closers, srv.clock.Stop)
		return srv.clock.Run(ctx, b.Store, srv.logClock)
	}
	is, err := b.IsDemo(ctx)
	if err != nil {
		return err
	}
	if is {
		return backend.DemoError(srv.settings)
	}
	if !srv.settings.Postgres() {
		return seeds.Load(ctx, b.Store)
	}
	ok, err := b.Seeded(ctx)
	if err == nil && !ok {
		return errors.New("the database has no divisions and offices yet; run `anju seed` first")
	}
	return err
}

// guardClock looks at the clock of this machine before anything goes by it, and reports this process.
func (srv *Server) guardClock(ctx context.Context, demo bool) (err error) {
	if srv.guard, err = srv.backend.Guard(ctx, demo, srv.log); err != nil {
		return err
	}
	srv.watch = newHeartbeat(srv.backend.Store, srv.guard, srv.settings.Role, srv.version, srv.log)
	srv.watch.beat(ctx) // on a full disk people can still read
	srv.closers = append(srv.closers, srv.watch.Stop)
	return nil
}

// options are what holds the service back. A demo's clock is moved on purpose.
func (srv *Server) options() []casework.Option {
	options := []casework.Option{casework.Dating(srv.guard.Check)}
	if srv.clock == nil {
		options = append(options, casework.RungsApart(rungsApart))
	}
	return options
}

// keepHeartbeat keeps the heartbeat going until the database is closed.
func (srv *Server) keepHeartbeat() {
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

// importNotices takes in the notices of the State Council that this program carries and the database does not have, and
// recounts what is open; what the county has imported itself stays.
func (srv *Server) importNotices(ctx context.Context, svc *casework.Service, c *backend.County) error {
	missing, err := seeds.Missing(c.Get().Calendar)
	if err != nil || len(missing) == 0 {
		return err
	}
	done, err := svc.ImportCalendar(ctx, 0, missing, false)
	if err != nil {
		return fmt.Errorf("take in the new notices of the calendar: %w", err)
	}
	srv.log.Info("new notices of the calendar", "years", done.Years, "version", done.Version, "moved", len(done.Moves))
	return c.Load(ctx, srv.backend.Store)
}

func (srv *Server) logClock(err error) { srv.log.Error("the demo clock", "err", err) }

func (srv *Server) start(ctx context.Context, svc *casework.Service, c *backend.County) error {
	now := srv.backend.Now
	base := srv.settings.BaseURL
	if base == "" { // the demo: public refuses it elsewhere
		base = "http://" + srv.settings.Addr
	}
	printer := printing.NewPrinter(srv.backend.Store, svc, base)
	if srv.settings.Role != "web" {
		r, err := jobs.Start(ctx, jobs.Config{Redis: srv.settings.Redis, Sweep: true, Now: now, Log: srv.log,
			Printer: printer,
			Data:    srv.settings.Data, MayEscalate: allPermit(srv.marks.look, srv.guard.Look), MaySend: srv.marks.look},
			srv.backend.Store, svc)
		if err != nil {
			return fmt.Errorf("queue %s: %w; check ANJU_REDIS and that the server runs", settings.Mask(srv.settings.Redis), err)
		}
		srv.runner = r
		srv.backend.Store.WakeRelay(r.Nudge)
		srv.watch.swept = r.LastSweep
		srv.closers = append(srv.closers, func() error {
			limit, done := context.WithTimeout(context.Background(), StopsWithin/2)
			defer done()
			return r.Close(limit)
		})
	}
	srv.keepHeartbeat()
	if srv.settings.Role == "worker" {
		return nil
	}
	cfg := handlers.Config{Held: currentHolds(srv.guard.Check, srv.marks.check), Beat: srv.watch.failure,
		BaseURL: srv.settings.BaseURL, Papers: printer,
		UploadDir: filepath.Join(srv.settings.Data, "uploads"), Log: srv.log, Build: srv.build,
		TrustedProxies: srv.settings.Proxies, Dev: srv.settings.Dev == "1",
		SecureCookies: strings.HasPrefix(strings.ToLower(srv.settings.BaseURL), "https://")}
	if srv.runner != nil {
		cfg.Queue = queueFigures{srv.runner}
	}
	cfg.CheckChannel = func(config json.RawMessage) error {
		var c channel.Config
		if err := json.Unmarshal(config, &c); err != nil {
			return err
		}
		return c.Check()
	}
	cfg.CountyChanged = func(ctx context.Context) error { return c.Load(ctx, srv.backend.Store) }
	if srv.clock != nil {
		accounts, err := seeds.DemoLogins()
		if err != nil {
			return err
		}
		cfg.Demo = &handlers.Demo{Clock: webClock{srv.clock, srv.logClock}, Accounts: accounts, Settle: srv.runner.Settle}
	}
	cfg.Stopping = srv.listener.stopping.Load
	app, err := handlers.New(cfg, svc, srv.backend.Web())
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	srv.web = app
	srv.closers = append(srv.closers, func() error {
		srv.listener.drain()
		return app.ShutdownWithTimeout(StopsWithin / 3)
	})
	return nil
}

func (srv *Server) close() (err error) {
	for i := len(srv.closers) - 1; i >= 0; i-- {
		err = failure.First(err, srv.closers[i]())
	}
	return err
}

// announce prints the address and, in the demo, the accounts, in one write: a reader of one line can read them all.
func (srv *Server) announce(to io.Writer, c *backend.County) {
	out := &strings.Builder{}
	defer func() { _, _ = io.WriteString(to, out.String()) }()
	if srv.listener != nil {
		fmt.Fprintf(out, "安居 http://%s  （Ctrl+C 停止）\n", srv.listener.Addr())
	} else {
		fmt.Fprintln(out, "安居 worker  （Ctrl+C 停止）")
	}
	now := srv.backend.Now()
	if w := backend.CalendarGap(c.Get().Calendar, now); w != "" {
		srv.log.Warn(w)
	}
	if !c.Get().Parameters.Mandate.Valid(calendar.DayOf(now)) {
		srv.log.Warn("no valid commission for planning permits: townships cannot issue them (A12); load it with anju " +
			"seed --parameters FILE")
	}
	if srv.clock == nil {
		return
	}
	fmt.Fprintf(out, "演示时钟 %s，可向前拨：POST /api/v1/demo/clock {\"advance\":\"72h\"}\n",
		now.In(seeds.DemoStart.Location()).Format("2006-01-02 15:04"))
	accounts, err := seeds.Accounts()
	if err != nil {
		return
	}
	fmt.Fprintf(out, "演示账号，口令均为 %s：\n", seeds.DemoPassword)
	for _, a := range accounts {
		fmt.Fprintf(out, "  %-12s %s  %s\n", a.Login, a.Name, a.Office)
	}
}

// keepMark compares the database with the mark before anything runs on it, and keeps the mark until the database is
// closed.
func (srv *Server) keepMark(ctx context.Context) error {
	m := &markKeeper{store: srv.backend.Store, log: srv.log}
	marker, found, err := m.store.StartMark(ctx, srv.settings.Data)
	if errors.Is(err, registry.ErrOtherDatabase) {
		return fmt.Errorf("%s was made for another database than %s; set ANJU_DATA or ANJU_DB, or move the file away if "+
			"this database is meant",
			filepath.Join(srv.settings.Data, registry.MarkFile), settings.Mask(srv.settings.DB))
	}
	if err != nil {
		return fmt.Errorf("compare the database with the mark in %s: %w", srv.settings.Data, err)
	}
	m.marker, srv.marks = marker, m
	if found.Fresh {
		srv.log.Info("a new mark was made: this machine has not seen the database before", "file",
			filepath.Join(srv.settings.Data, registry.MarkFile))
	}
	if found.Cause != "" {
		m.behind(found.Cause)
	}
	if err := m.look(ctx); err != nil && m.held.Load() == nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.run(running)
	}()
	srv.closers = append(srv.closers, func() error {
		stop()
		<-ended
		last, cancel := context.WithTimeout(context.Background(), StopsWithin/5)
		defer cancel()
		_, err := m.marker.Write(last)
		return err
	})
	return nil
}
