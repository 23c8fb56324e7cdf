package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/models/history"
	registrystore "anju/models/registry"
	"anju/workflow"
)

// watch serves what watches the program: alive, ready for work, measured.
func (a *server) watch(web *fiber.App) {
	web.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	web.Get("/readyz", a.ready)
	a.meters.registry.MustRegister(&watched{a})
	both := prometheus.Gatherers{prometheus.DefaultGatherer, a.meters.registry}
	web.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(both, promhttp.HandlerOpts{})))
}

// readiness is what a load balancer or a watching program reads.
type readiness struct {
	*problem.Problem                        // nil where it is ready
	Status           any                    `json:"status"` // "ready", or 503
	Version          string                 `json:"version"`
	Reasons          []string               `json:"reasons"`
	Clock            clockReadiness         `json:"clock"`
	Workers          lookup.WorkerReadiness `json:"workers"`
}

type clockReadiness struct {
	InDoubt bool   `json:"in_doubt"`
	Cause   string `json:"cause,omitempty"`
}

// readyWithin is how long the database has to answer.
const readyWithin = 3 * time.Second

// ready answers 503 where the database does not answer within readyWithin or its disk is full, and where no worker has
// reported for a minute: what falls due then stays where it is and no office is told. A clock in doubt is said and
// answered 200: decisions go on, and taking the only server away would stop them too.
func (a *server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyWithin)
	defer cancel()
	list, err := []registrystore.Process(nil), a.store.Ping(ctx)
	if err == nil {
		list, err = a.store.Processes(ctx)
	}
	var frozen []history.Frozen
	if err == nil {
		frozen, err = a.store.FrozenCases(ctx)
	}
	if err != nil && !a.lookup.Full(err) {
		a.log.Error("not ready", "error", err)
		p := problem.New(fiber.StatusServiceUnavailable, "数据库暂时连接不上，请稍候重试；持续不恢复请检查数据库服务")
		p.Retry = 5
		return p
	}
	r := readiness{Status: "ready", Version: a.cfg.Build.Version, Reasons: []string{}, Workers: lookup.WorkersOf(list)}
	for _, h := range a.lookup.Held() {
		if h.Hold == workflow.HoldClock {
			r.Clock = clockReadiness{true, h.Cause}
		}
		r.Reasons = append(r.Reasons, problem.HoldText(h.Hold))
	}
	if n := len(frozen); n > 0 {
		r.Reasons = append(r.Reasons, fmt.Sprintf("%d 件的历史记录校验未通过，已冻结，其中有 %s：请运行 anju history verify 核查", n,
			frozen[0].Number))
	}
	switch {
	case a.lookup.Full(err): // no worker can report then
		r.Problem = problem.New(fiber.StatusServiceUnavailable, lookup.DiskFull)
	case r.Workers.Alive == 0:
		r.Problem = problem.New(fiber.StatusServiceUnavailable, lookup.NoWorker(list))
	}
	if r.Problem != nil {
		r.Status, r.Reasons = r.Problem.Status, append(r.Reasons, r.Detail)
		return c.Status(fiber.StatusServiceUnavailable).JSON(r, "application/problem+json")
	}
	return c.JSON(r)
}

// watched are the figures of clock and workers, asked of the database when they are read.
type watched struct{ a *server }

var (
	lastBeat = prometheus.NewDesc("anju_worker_last_beat_seconds",
		"Seconds since a worker last reported, by the database's clock; "+
			"absent where none ever did.", nil, nil)
	lastSweep = prometheus.NewDesc("anju_worker_last_sweep_seconds",
		"Seconds since the worker that reported last ended a sweep, by the "+
			"database's clock; absent where it ended none.", nil, nil)
	clockInDoubt = prometheus.NewDesc("anju_clock_in_doubt",
		"1 while the clock of this process is in doubt: nothing is escalated, no paper is dated.",
		nil, nil)
)

// Describe implements prometheus.Collector.
func (w *watched) Describe(c chan<- *prometheus.Desc) {
	c <- lastBeat
	c <- lastSweep
	c <- clockInDoubt
}

// Collect implements prometheus.Collector. Without a database the workers are left out.
func (w *watched) Collect(c chan<- prometheus.Metric) {
	doubt := 0.0
	for _, h := range w.a.lookup.Held() {
		if h.Hold == workflow.HoldClock {
			doubt = 1
		}
	}
	c <- prometheus.MustNewConstMetric(clockInDoubt, prometheus.GaugeValue, doubt)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := w.a.store.Processes(ctx)
	if err != nil {
		w.a.log.Warn("the workers could not be measured", "error", err)
		return
	}
	of := lookup.WorkersOf(list)
	if of.LastBeatSeconds != nil {
		c <- prometheus.MustNewConstMetric(lastBeat, prometheus.GaugeValue, *of.LastBeatSeconds)
	}
	if of.LastSweepSeconds != nil {
		c <- prometheus.MustNewConstMetric(lastSweep, prometheus.GaugeValue, *of.LastSweepSeconds)
	}
}
