package handlers

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meters count requests by route, method and status; never by address or person.
type meters struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
}

func newMeters(b Build) *meters {
	m := &meters{registry: prometheus.NewRegistry(), seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "anju_http_request_seconds", Help: "Time to answer, by route, method and status.",
		Buckets: []float64{.005, .02, .05, .1, .3, .8, 2, 5, 15},
	}, []string{"route", "method", "status"})}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "anju_build_info", Help: "From what the program was built; always 1."},
		[]string{"version", "commit", "go"})
	build.WithLabelValues(b.Version, b.Commit, b.Go).Set(1)
	m.registry.MustRegister(m.seconds, build)
	return m
}

func (m *meters) observe(c *fiber.Ctx, took time.Duration) {
	m.seconds.WithLabelValues(c.Route().Path, c.Method(), strconv.Itoa(c.Response().StatusCode())).Observe(took.Seconds())
}

// operations serves what watches the program: alive, ready for work, measured.
func (a *app) operations(web *fiber.App) {
	web.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	web.Get("/readyz", func(c *fiber.Ctx) error {
		if err := a.store.Ping(c.UserContext()); err != nil {
			a.log.Error("not ready", "error", err)
			p := refuse(fiber.StatusServiceUnavailable, "数据库暂时连接不上，请稍候重试；持续不恢复请检查数据库服务")
			p.retry = 5
			return p
		}
		return c.JSON(fiber.Map{"status": "ready", "version": a.cfg.Build.Version})
	})
	both := prometheus.Gatherers{prometheus.DefaultGatherer, a.meters.registry}
	web.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(both, promhttp.HandlerOpts{})))
}
