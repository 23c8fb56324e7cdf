package handlers

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"anju/handlers/lookup"
)

// meters count requests by route, method and status; never by address or person.
type meters struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
}

func newMeters(b lookup.Build) *meters {
	m := &meters{registry: prometheus.NewRegistry(), seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "anju_http_request_seconds", Help: "Time to answer, by route, method and status.",
		Buckets: []float64{.005, .02, .05, .1, .3, .8, 2, 5, 15},
	}, []string{"route", "method", "status"})}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "anju_build_info",
		Help: "From what the program was built; always 1."},
		[]string{"version", "commit", "go"})
	build.WithLabelValues(b.Version, b.Commit, b.Go).Set(1)
	m.registry.MustRegister(m.seconds, build)
	return m
}

func (m *meters) observe(c *fiber.Ctx, took time.Duration) {
	m.seconds.WithLabelValues(c.Route().Path, c.Method(), strconv.Itoa(c.Response().StatusCode())).Observe(took.Seconds())
}
