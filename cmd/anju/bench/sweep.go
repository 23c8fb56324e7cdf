package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/jobs"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// SweepResult is the shape that scripts read.
type SweepResult struct {
	Name     string  `json:"name"`
	Database string  `json:"database"`
	Workers  int     `json:"workers"`
	Due      int     `json:"due"`
	Fired    int     `json:"fired"`
	Twice    int     `json:"twice"`
	Last     float64 `json:"last_s"`
	P50      float64 `json:"lag_p50_s"`
	P99      float64 `json:"lag_p99_s"`

	// what people at their desks waited meanwhile, and before it
	Pages    int     `json:"pages"`
	Rate     float64 `json:"pages_per_s"`
	Page     float64 `json:"page_p95_ms"`
	PageIdle float64 `json:"page_idle_p95_ms"`
	Failed   int     `json:"pages_failed"`

	Breaches int `json:"breaches"`
	History  int `json:"history"`
	Outbox   int `json:"outbox"`

	Limit struct {
		Name    string  `json:"name"`
		Seconds float64 `json:"seconds"`
	} `json:"limit"`
	Ratio float64 `json:"ratio"` // of the speeds, ours to the limit's
}

// Check fails where a card is missing, or was issued twice.
func (r SweepResult) Check() error {
	if r.Fired == r.Due && r.Twice == 0 && r.Breaches == r.Due && r.History == r.Due && r.Outbox == r.Due &&
		r.Failed == 0 {
		return nil
	}
	return fmt.Errorf("of %d due %d fired and %d twice, with %d breaches, %d lines of history, %d messages; %d pages "+
		"failed", r.Due, r.Fired, r.Twice, r.Breaches, r.History,
		r.Outbox, r.Failed)
}

// Sweep measures very many limits that pass at one instant.
type Sweep struct {
	URL          string
	Due, Workers int
	Rate         float64
	Log          func(string, ...any)
}

// Run builds the cases and lets their limits pass.
func (b Sweep) Run(ctx context.Context) (r SweepResult, err error) {
	g, err := openWorkspace(ctx, b.URL, b.Log)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, g.close(ctx)) }()
	r.Name, r.Database, r.Workers, r.Due = "sweep", g.version, b.Workers, b.Due
	began := time.Now()
	s, err := b.build(ctx, g)
	if err != nil {
		return r, fmt.Errorf("build the cases: %w", err)
	}
	b.Log("built %d cases in %.1f s", b.Due, time.Since(began).Seconds())

	r.Limit.Name = "limit-sql-batches"
	if r.Limit.Seconds, err = b.runBareSQL(ctx, g); err != nil {
		return r, fmt.Errorf("the bare SQL: %w", err)
	}
	b.Log("%s: %.1f s", r.Limit.Name, r.Limit.Seconds)
	g.checkpoint(ctx)

	be, err := g.open(ctx, s.clock, 0, nil)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, be.Close()) }()
	if err := b.sweep(ctx, be, s, &r); err != nil {
		return r, err
	}
	err = r.count(ctx, g)
	return r, err
}

// dueCounty is the county before its limits pass.
type dueCounty struct {
	clock  *backend.Clock
	at     time.Time // when they do
	people seeds.People
	first  workflow.CaseID
}

// build walks one case to the village and past its warning, by real moves and rungs, and copies its rows for every
// other.
func (b Sweep) build(ctx context.Context, g *workspace) (*dueCounty, error) {
	s := &dueCounty{clock: backend.NewClock(seeds.DemoStart)}
	be, err := g.open(ctx, s.clock, 0, map[string]string{"synchronous_commit": "off"})
	if err != nil {
		return nil, err
	}
	if err := s.walk(ctx, be); err != nil {
		return nil, failure.First(err, be.Close())
	}
	if err := be.Close(); err != nil {
		return nil, err
	}
	return s, b.copies(ctx, g, s.first)
}

// walk brings one case to the instant before its village limit passes.
func (s *dueCounty) walk(ctx context.Context, be *backend.Backend) error {
	if err := be.DB.Migrate(ctx); err != nil {
		return err
	}
	var err error
	if s.people, err = seeds.LoadDemo(ctx, be.Store); err != nil {
		return err
	}
	svc, _, err := be.Service(ctx)
	if err != nil {
		return err
	}
	w := &seeds.Walker{Service: svc, Officers: s.people}
	household, _, err := be.Store.SaveHousehold(ctx, s.people[glossary.ServiceCenter], inventHousehold(0))
	if err != nil {
		return err
	}
	c, err := w.Open(ctx, "homestead", household)
	for err == nil && c.State != glossary.VillageReview {
		var next workflow.Case
		var wait *seeds.WaitError
		switch next, _, err = w.Step(ctx, c.ID); {
		case err == nil:
			c = next
		case errors.As(err, &wait):
			err = seeds.Reach(ctx, be.Store, svc, s.clock, wait.Until.Add(9*time.Hour))
		}
	}
	if err != nil {
		return err
	}
	s.first = c.ID
	for _, d := range c.Deadlines {
		if d.Live() {
			s.at = d.DueBefore
		}
	}
	if s.at.IsZero() {
		return fmt.Errorf("case %d lies in %s without a limit", c.ID, c.State)
	}
	return seeds.Reach(ctx, be.Store, svc, s.clock, s.at.Add(-time.Second))
}

// copies multiplies the case by SQL: household, person, case, stage and deadline, spread over the villages of the
// county. What is only built does not wait for the disk.
func (b Sweep) copies(ctx context.Context, g *workspace, first workflow.CaseID) error {
	id, household := fmt.Sprintf("%d + g", first), "1000000000 + g"
	const row = " + g * 1000000::bigint" // numbers of rows follow from the case and the step
	steps := []string{
		"SET synchronous_commit = off",
		"CREATE TEMPORARY TABLE villages AS SELECT row_number() OVER (ORDER BY d.code) - 1 AS n, d.code, o.id AS office " +
			"FROM divisions d " +
			"JOIN offices o ON o.division = d.code AND o.kind = 'village_organization' WHERE d.level = 'village'",
	}
	for _, c := range []struct {
		table, which string
		but          map[string]string
	}{
		{"households", fmt.Sprintf("t.id = (SELECT household_id FROM cases WHERE id = %d)", first),
			map[string]string{"id": household, "head": "'bench-' || g", "division": "v.code", "householder": "'测试户' || g"}},
		{"persons", fmt.Sprintf("t.household_id = (SELECT household_id FROM cases WHERE id = %d)", first),
			map[string]string{"id": household, "household_id": household, "id_index": "'bench-' || g"}},
		{"cases", fmt.Sprintf("t.id = %d", first),
			map[string]string{"id": id, "number": "'BENCH-' || g", "household_id": household, "householder": "'测试户' || g",
				"division": "v.code"}},
		{"stages", fmt.Sprintf("t.case_id = %d AND t.left_at IS NULL", first),
			map[string]string{"id": "t.id" + row, "case_id": id, "office_id": "v.office", "township": "left(v.code, 9)"}},
		{"deadlines", fmt.Sprintf("t.case_id = %d AND t.closed_at IS NULL", first),
			map[string]string{"id": "t.id" + row, "case_id": id}},
	} {
		sql, err := b.copyOf(ctx, g, c.table, c.which, c.but)
		if err != nil {
			return err
		}
		steps = append(steps, sql)
	}
	steps = append(steps, "DROP TABLE villages", "RESET synchronous_commit",
		"VACUUM (ANALYZE) households, persons, cases, stages, deadlines, history, notices, outbox")
	for _, sql := range steps {
		if _, err := g.admin.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s…: %w", sql, err)
		}
	}
	return nil
}

// copyOf copies a row for every other case, whatever columns its table has, but for those that must differ.
func (b Sweep) copyOf(ctx context.Context, g *workspace, table, which string, but map[string]string) (string, error) {
	rows, err := g.admin.Query(ctx, "SELECT column_name::text FROM information_schema.columns WHERE table_schema = "+
		"current_schema() AND table_name = $1", table)
	if err != nil {
		return "", err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = "t." + name
		if v, ok := but[name]; ok {
			values[i] = v
		}
	}
	return fmt.Sprintf("INSERT INTO %s(%s) SELECT %s FROM %s t, generate_series(1, %d) g JOIN villages v ON v.n = g "+
		"%% (SELECT count(*) FROM villages) WHERE %s",
		table, strings.Join(names, ", "), strings.Join(values, ", "), table, b.Due-1, which), nil
}

// runBareSQL takes the same limits by bare SQL, on copies of the tables with all their indexes, and gives the seconds.
func (b Sweep) runBareSQL(ctx context.Context, g *workspace) (float64, error) {
	limit := g.schema + "_limit"
	sql := "CREATE SCHEMA " + limit + ";"
	for _, t := range bareTables {
		sql += fmt.Sprintf("CREATE TABLE %[1]s.%[2]s (LIKE %[3]s.%[2]s INCLUDING ALL);", limit, t, g.schema)
	}
	sql += fmt.Sprintf("SET synchronous_commit = off; INSERT INTO %[1]s.cases SELECT * FROM %[2]s.cases; INSERT INTO "+
		"%[1]s.deadlines SELECT * FROM %[2]s.deadlines; RESET synchronous_commit", limit, g.schema)
	if _, err := g.admin.Exec(ctx, sql); err != nil {
		return 0, err
	}
	if _, err := g.admin.Exec(ctx, fmt.Sprintf("VACUUM (ANALYZE) %[1]s.cases, %[1]s.deadlines", limit)); err != nil {
		return 0, err
	}
	g.checkpoint(ctx)
	address, err := inSchema(g.url, map[string]string{"search_path": limit})
	if err != nil {
		return 0, err
	}
	now := seeds.DemoStart.AddDate(1, 0, 0)
	took, errs := make([]int64, b.Workers), make([]error, b.Workers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range b.Workers {
		wg.Go(func() { took[w], errs[w] = bareSweep(ctx, address, now) })
	}
	wg.Wait()
	seconds := time.Since(began).Seconds()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	var sum int64
	for _, n := range took {
		sum += n
	}
	if sum != int64(b.Due) {
		return 0, fmt.Errorf("it took %d of %d", sum, b.Due)
	}
	_, err = g.admin.Exec(ctx, "DROP SCHEMA "+limit+" CASCADE")
	return roundThousandths(seconds), err
}

// idleFor is how long people read before the limits pass.
const idleFor = 3 * time.Second

// A sweep that breaks off, since the database did not answer in time, begins again as it does in service.
const (
	sweepAgain = 15 * time.Second
	sweepTries = 4
)

// committed is one transaction of the sweep: how long after the limits passed, and how many cards there were by then.
type committed struct {
	after time.Duration
	fired int
}

// sweepAll takes everything that is due, and begins again a few times where it breaks off.
func (b Sweep) sweepAll(ctx context.Context, be *backend.Backend, svc *casework.Service, s *dueCounty, began time.Time,
	r *SweepResult) (log []committed, err error) {
	cfg := jobs.Config{Workers: b.Workers, Now: s.clock.Now, Log: slog.New(slog.DiscardHandler)}
	for try := range sweepTries {
		before, fired := r.Fired, 0
		fired, err = jobs.Sweep(ctx, cfg, be.Store, svc,
			func(fired int) { log = append(log, committed{time.Since(began), before + fired}) })
		if r.Fired += fired; err == nil || ctx.Err() != nil {
			return log, err
		}
		b.Log("the sweep broke off after %d: %v", r.Fired, err)
		if try == sweepTries-1 {
			return log, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(sweepAgain):
		}
	}
	return log, err
}

// sweep lets the limits pass while people read.
func (b Sweep) sweep(ctx context.Context, be *backend.Backend, s *dueCounty, r *SweepResult) (err error) {
	svc, _, err := be.Service(ctx)
	if err != nil {
		return err
	}
	desk, err := openWebLoad(ctx, be, svc, s.people, s.first, b.Due)
	if err != nil {
		return err
	}
	defer func() { err = failure.First(err, desk.close()) }()
	idle := desk.read(ctx, b.Rate, func() {
		select {
		case <-ctx.Done():
		case <-time.After(idleFor):
		}
	})
	r.PageIdle, r.Failed = percentile(idle.all(), 95), idle.failed

	if err := s.clock.Set(s.at); err != nil {
		return err
	}
	s.clock.Start()
	began := time.Now()
	var log []committed
	var swept error
	busy := desk.read(ctx, b.Rate, func() { log, swept = b.sweepAll(ctx, be, svc, s, began, r) })
	if swept != nil {
		return fmt.Errorf("sweep: %w", swept)
	}
	took := busy.all()
	r.Pages, r.Rate, r.Page, r.Failed = len(took), b.Rate, percentile(took, 95), r.Failed+busy.failed
	for _, kind := range pageKinds {
		slices.Sort(busy.took[kind])
		b.Log("pages of %s: p50 %.0f ms, p95 %.0f ms, the slowest %.0f ms", kind, percentile(busy.took[kind], 50),
			percentile(busy.took[kind], 95), percentile(busy.took[kind], 100))
	}
	// how late each card was: a transaction makes all of its cards known at once
	reached := func(share float64) float64 {
		for _, c := range log {
			if float64(c.fired) >= share*float64(r.Fired) {
				return c.after.Seconds()
			}
		}
		return 0
	}
	r.P50, r.P99, r.Last = roundThousandths(reached(0.5)), roundThousandths(reached(0.99)), roundThousandths(reached(1))
	if r.Last > 0 {
		r.Ratio = roundThousandths(r.Limit.Seconds / r.Last)
	}
	return nil
}

// count looks what the sweep left in the database.
func (r *SweepResult) count(ctx context.Context, g *workspace) error {
	return g.admin.QueryRow(ctx, `SELECT
  (SELECT count(*) FROM breaches), (SELECT count(*) FROM history WHERE rung = 'red'),
  (SELECT count(*) FROM outbox WHERE payload::jsonb->>'rung' = 'red'),
  (SELECT count(*) FROM (SELECT case_id FROM history WHERE rung = 'red' GROUP BY case_id HAVING count(*) > 1) h) +
  (SELECT count(*) FROM (SELECT case_id FROM breaches GROUP BY case_id HAVING count(*) > 1) b)`).Scan(&r.Breaches, &r.History, &r.Outbox, &r.Twice)
}
