package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"anju/handlers"
	"anju/jobs"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// sweepResult is the shape that scripts read.
type sweepResult struct {
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

func benchSweep(a *app) *cobra.Command {
	b := sweepBench{}
	c := &cobra.Command{
		Use: "sweep", Short: "very many limits that pass at one instant: how late the last red card is, and how long pages take meanwhile",
		Long: "Builds cases on PostgreSQL (ANJU_DB), in a schema of its own that is dropped at the end, whose limits all pass at one instant, and\n" +
			"lets the sweep of the jobs take them while people ask for lists and cases at a steady rate, in the same process. The time is\n" +
			"counted from the instant on, until each transaction is committed. Beside it the least that any program must write for it: one\n" +
			"statement of bare SQL a batch, on copies of the same tables. Exit 1 where a card is missing or was issued twice.",
	}
	c.Flags().IntVar(&b.due, "due", 100_000, "how many limits pass")
	c.Flags().IntVar(&b.workers, "workers", 2, "how many batches are taken at once")
	c.Flags().Float64Var(&b.rate, "rate", 10, "pages a second meanwhile")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case b.due < 1 || b.workers < 1 || b.rate <= 0 || b.rate > 1000:
			return usagef("bench sweep needs a limit that passes, a worker, and 1 to 1000 pages a second")
		case !a.settings.postgres():
			return usagef("bench sweep runs on PostgreSQL: set ANJU_DB=postgres://user@host/database")
		}
		b.url = a.settings.DB
		b.say = func(format string, v ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", v...) }
		r, err := b.run(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			if err := printJSON(c, r); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(c.OutOrStdout(), "%s: %d due, %d fired, %d twice; the last %.1f s late, p50 %.1f s, p99 %.1f s\n"+
				"%d breaches, %d lines of history, %d messages\n%d pages meanwhile, p95 %.0f ms, %d failed; before it p95 %.0f ms\nlimit %s: %.1f s\nratio %.2f\n",
				r.Database, r.Due, r.Fired, r.Twice, r.Last, r.P50, r.P99, r.Breaches, r.History, r.Outbox, r.Pages, r.Page, r.Failed, r.PageIdle,
				r.Limit.Name, r.Limit.Seconds, r.Ratio)
		}
		return r.whole()
	}
	return c
}

// whole fails where a card is missing, or was issued twice.
func (r sweepResult) whole() error {
	if r.Fired == r.Due && r.Twice == 0 && r.Breaches == r.Due && r.History == r.Due && r.Outbox == r.Due && r.Failed == 0 {
		return nil
	}
	return fmt.Errorf("of %d due %d fired and %d twice, with %d breaches, %d lines of history, %d messages; %d pages failed", r.Due, r.Fired, r.Twice, r.Breaches, r.History,
		r.Outbox, r.Failed)
}

type sweepBench struct {
	url          string
	due, workers int
	rate         float64
	say          func(string, ...any)
}

func (b sweepBench) run(ctx context.Context) (r sweepResult, err error) {
	g, err := openGround(ctx, b.url, b.say)
	if err != nil {
		return r, err
	}
	defer func() { err = firstError(err, g.close(ctx)) }()
	r.Name, r.Database, r.Workers, r.Due = "sweep", g.version, b.workers, b.due
	began := time.Now()
	s, err := b.build(ctx, g)
	if err != nil {
		return r, fmt.Errorf("build the cases: %w", err)
	}
	b.say("built %d cases in %.1f s", b.due, time.Since(began).Seconds())

	r.Limit.Name = "limit-sql-batches"
	if r.Limit.Seconds, err = b.bare(ctx, g); err != nil {
		return r, fmt.Errorf("the bare SQL: %w", err)
	}
	b.say("%s: %.1f s", r.Limit.Name, r.Limit.Seconds)
	g.checkpoint(ctx)

	be, err := g.open(ctx, s.clock, 0, nil)
	if err != nil {
		return r, err
	}
	defer func() { err = firstError(err, be.close()) }()
	if err := b.sweep(ctx, be, s, &r); err != nil {
		return r, err
	}
	err = r.count(ctx, g)
	return r, err
}

// storm is the county before its limits pass.
type storm struct {
	clock  *movableClock
	at     time.Time // when they do
	people seeds.People
	first  workflow.CaseID
}

// build walks one case to the village and past its warning, by real moves and rungs, and copies its rows for every other.
func (b sweepBench) build(ctx context.Context, g *ground) (*storm, error) {
	s := &storm{clock: newClock(seeds.DemoStart)}
	be, err := g.open(ctx, s.clock, 0, map[string]string{"synchronous_commit": "off"})
	if err != nil {
		return nil, err
	}
	if err := s.walk(ctx, be); err != nil {
		return nil, firstError(err, be.close())
	}
	if err := be.close(); err != nil {
		return nil, err
	}
	return s, b.copies(ctx, g, s.first)
}

// walk brings one case to the instant before its village limit passes.
func (s *storm) walk(ctx context.Context, be *backend) error {
	if err := be.db.Migrate(ctx); err != nil {
		return err
	}
	var err error
	if s.people, err = seeds.LoadDemo(ctx, be.store); err != nil {
		return err
	}
	svc, _, err := be.service(ctx)
	if err != nil {
		return err
	}
	w := &seeds.Walker{Service: svc, Officers: s.people}
	household, _, err := be.store.SaveHousehold(ctx, s.people[glossary.ServiceCenter], invented(0))
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
			err = seeds.Reach(ctx, be.store, svc, s.clock, wait.Until.Add(9*time.Hour))
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
	return seeds.Reach(ctx, be.store, svc, s.clock, s.at.Add(-time.Second))
}

// copies multiplies the case by SQL: household, person, case, stage and deadline, spread over the villages of the county. What
// is only built does not wait for the disk.
func (b sweepBench) copies(ctx context.Context, g *ground, first workflow.CaseID) error {
	id, household := fmt.Sprintf("%d + g", first), "1000000000 + g"
	const row = " + g * 1000000::bigint" // numbers of rows follow from the case and the step
	steps := []string{
		"SET synchronous_commit = off",
		"CREATE TEMPORARY TABLE villages AS SELECT row_number() OVER (ORDER BY d.code) - 1 AS n, d.code, o.id AS office FROM divisions d " +
			"JOIN offices o ON o.division = d.code AND o.kind = 'village_organization' WHERE d.level = 'village'",
	}
	for _, c := range []struct {
		table, which string
		but          map[string]string
	}{
		{"households", fmt.Sprintf("t.id = (SELECT household_id FROM cases WHERE id = %d)", first), map[string]string{"id": household, "head": "'bench-' || g", "division": "v.code", "householder": "'测试户' || g"}},
		{"persons", fmt.Sprintf("t.household_id = (SELECT household_id FROM cases WHERE id = %d)", first), map[string]string{"id": household, "household_id": household, "id_index": "'bench-' || g"}},
		{"cases", fmt.Sprintf("t.id = %d", first), map[string]string{"id": id, "number": "'BENCH-' || g", "household_id": household, "householder": "'测试户' || g", "division": "v.code"}},
		{"stages", fmt.Sprintf("t.case_id = %d AND t.left_at IS NULL", first), map[string]string{"id": "t.id" + row, "case_id": id, "office_id": "v.office", "township": "left(v.code, 9)"}},
		{"deadlines", fmt.Sprintf("t.case_id = %d AND t.closed_at IS NULL", first), map[string]string{"id": "t.id" + row, "case_id": id}},
	} {
		sql, err := b.copyOf(ctx, g, c.table, c.which, c.but)
		if err != nil {
			return err
		}
		steps = append(steps, sql)
	}
	steps = append(steps, "DROP TABLE villages", "RESET synchronous_commit", "VACUUM (ANALYZE) households, persons, cases, stages, deadlines, history, notices, outbox")
	for _, sql := range steps {
		if _, err := g.admin.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s…: %w", sql, err)
		}
	}
	return nil
}

// copyOf copies a row for every other case, whatever columns its table has, but for those that must differ.
func (b sweepBench) copyOf(ctx context.Context, g *ground, table, which string, but map[string]string) (string, error) {
	rows, err := g.admin.Query(ctx, "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1", table)
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
	return fmt.Sprintf("INSERT INTO %s(%s) SELECT %s FROM %s t, generate_series(1, %d) g JOIN villages v ON v.n = g %% (SELECT count(*) FROM villages) WHERE %s",
		table, strings.Join(names, ", "), strings.Join(values, ", "), table, b.due-1, which), nil
}

// bareBatch is the least that a batch of red cards must write: the entries of the register, the lines, the messages, and what
// keeps them from being issued again.
const bareBatch = `WITH due AS (
  SELECT d.id, d.case_id, d.limit_id, d.generation, d.stage, d.due_before FROM deadlines d WHERE d.closed_at IS NULL AND d.next <> '' AND d.next_at <= $1
  ORDER BY d.next_at, d.id LIMIT $2 FOR UPDATE SKIP LOCKED
), red AS (
  INSERT INTO breaches(id, case_id, deadline_id, generation, chain, stage, limit_id, rule, law, article, party, township, office_id, officer_id, due_before, opened_at, explain_by)
  SELECT due.id, case_id, due.id, generation, 'homestead', stage, limit_id, 'R40', '稷政办发〔2021〕23号', '三4', 'village_organization', left(c.division, 9), 1, 0, due_before, $1,
    $1::timestamptz + interval '3 days' FROM due JOIN cases c ON c.id = due.case_id
), line AS (
  INSERT INTO history(id, case_id, step, at, officer_id, officer_name, office_id, office_name, verb, from_state, to_state, reason, data, rung, rule, alg, key_version, previous, hash)
  SELECT due.id, case_id, c.step + 1, $1, 0, '系统', 0, '', 'issue_red_card', c.state, c.state, '逾期（红）：村级审查，L04（三4）到期日 2026-03-16', '', 'red', 'R40', 'sm3', 0, c.head,
    encode(sha256((c.head || due.id)::bytea), 'hex') FROM due JOIN cases c ON c.id = due.case_id
), told AS (
  INSERT INTO outbox(id, case_id, topic, payload, created_at)
  SELECT due.id, case_id, 'rung', '{"topic":"rung","tells":["village_organization","township_government"],"verb":"issue_red_card","state":"village_review","rung":"red"}', $1 FROM due
)
UPDATE deadlines d SET red = true, next = 'day_3', next_at = $1::timestamptz + interval '3 days' FROM due WHERE d.case_id = due.case_id AND d.limit_id = due.limit_id AND d.generation = due.generation`

// bareTables are those that the batch reads and writes.
var bareTables = []string{"cases", "deadlines", "breaches", "history", "outbox"}

// bare takes the same limits by bare SQL, on copies of the tables with all their indexes, and gives the seconds.
func (b sweepBench) bare(ctx context.Context, g *ground) (float64, error) {
	limit := g.schema + "_limit"
	sql := "CREATE SCHEMA " + limit + ";"
	for _, t := range bareTables {
		sql += fmt.Sprintf("CREATE TABLE %[1]s.%[2]s (LIKE %[3]s.%[2]s INCLUDING ALL);", limit, t, g.schema)
	}
	sql += fmt.Sprintf("SET synchronous_commit = off; INSERT INTO %[1]s.cases SELECT * FROM %[2]s.cases; INSERT INTO %[1]s.deadlines SELECT * FROM %[2]s.deadlines; RESET synchronous_commit", limit, g.schema)
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
	took, errs := make([]int64, b.workers), make([]error, b.workers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range b.workers {
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
	if sum != int64(b.due) {
		return 0, fmt.Errorf("it took %d of %d", sum, b.due)
	}
	_, err = g.admin.Exec(ctx, "DROP SCHEMA "+limit+" CASCADE")
	return milli(seconds), err
}

func bareSweep(ctx context.Context, address string, now time.Time) (sum int64, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, conn.Close(ctx)) }()
	for {
		done, err := conn.Exec(ctx, bareBatch, now, 500)
		if err != nil {
			return sum, err
		}
		if done.RowsAffected() == 0 {
			return sum, nil
		}
		sum += done.RowsAffected()
	}
}

// idleFor is how long people read before the limits pass.
const idleFor = 3 * time.Second

// A sweep that breaks off, since the database did not answer in time, begins again as it does in service.
const (
	sweepAgain = 15 * time.Second
	sweepTries = 4
)

// sweep lets the limits pass while people read.
func (b sweepBench) sweep(ctx context.Context, be *backend, s *storm, r *sweepResult) (err error) {
	svc, _, err := be.service(ctx)
	if err != nil {
		return err
	}
	desk, err := openDesk(ctx, be, svc, s.people, s.first, b.due)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, desk.close()) }()
	idle := desk.read(ctx, b.rate, func() {
		select {
		case <-ctx.Done():
		case <-time.After(idleFor):
		}
	})
	r.PageIdle, r.Failed = percentile(idle.all(), 95), idle.failed

	if err := s.clock.Set(s.at); err != nil {
		return err
	}
	s.clock.let()
	began := time.Now()
	type committed struct {
		after time.Duration
		fired int
	}
	var log []committed
	var swept error
	busy := desk.read(ctx, b.rate, func() {
		cfg := jobs.Config{Workers: b.workers, Now: s.clock.Now, Log: slog.New(slog.DiscardHandler)}
		for try := range sweepTries {
			before, fired := r.Fired, 0
			fired, swept = jobs.Sweep(ctx, cfg, be.store, svc, func(fired int) { log = append(log, committed{time.Since(began), before + fired}) })
			if r.Fired += fired; swept == nil || ctx.Err() != nil {
				return
			}
			b.say("the sweep broke off after %d: %v", r.Fired, swept)
			if try == sweepTries-1 {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(sweepAgain):
			}
		}
	})
	if swept != nil {
		return fmt.Errorf("sweep: %w", swept)
	}
	took := busy.all()
	r.Pages, r.Rate, r.Page, r.Failed = len(took), b.rate, percentile(took, 95), r.Failed+busy.failed
	for _, kind := range pageKinds {
		slices.Sort(busy.took[kind])
		b.say("pages of %s: p50 %.0f ms, p95 %.0f ms, the slowest %.0f ms", kind, percentile(busy.took[kind], 50), percentile(busy.took[kind], 95), percentile(busy.took[kind], 100))
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
	r.P50, r.P99, r.Last = milli(reached(0.5)), milli(reached(0.99)), milli(reached(1))
	if r.Last > 0 {
		r.Ratio = milli(r.Limit.Seconds / r.Last)
	}
	return nil
}

// count looks what the sweep left in the database.
func (r *sweepResult) count(ctx context.Context, g *ground) error {
	return g.admin.QueryRow(ctx, `SELECT
  (SELECT count(*) FROM breaches), (SELECT count(*) FROM history WHERE rung = 'red'),
  (SELECT count(*) FROM outbox WHERE payload::jsonb->>'rung' = 'red'),
  (SELECT count(*) FROM (SELECT case_id FROM history WHERE rung = 'red' GROUP BY case_id HAVING count(*) > 1) h) +
  (SELECT count(*) FROM (SELECT case_id FROM breaches GROUP BY case_id HAVING count(*) > 1) b)`).Scan(&r.Breaches, &r.History, &r.Outbox, &r.Twice)
}

// desk is the web application with people who read in it.
type desk struct {
	web      *fiber.App
	listener net.Listener
	folder   string
	served   chan error
	tokens   []string
	first    workflow.CaseID
	cases    int
	client   http.Client
}

func openDesk(ctx context.Context, be *backend, svc *casework.Service, people seeds.People, first workflow.CaseID, cases int) (_ *desk, err error) {
	d := &desk{first: first, cases: cases, served: make(chan error, 1), client: http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if d.folder, err = os.MkdirTemp("", "anju-desk-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(d.folder)
		}
	}()
	d.web, err = handlers.New(handlers.Config{UploadDir: filepath.Join(d.folder, "uploads")}, svc, webStore{be.store, be.db})
	if err != nil {
		return nil, err
	}
	// a township's head, a clerk, and the county, who sees all of it
	for _, p := range []glossary.Party{glossary.TownshipGovernment, glossary.ServiceCenter, glossary.CountyAgricultureBureau} {
		token, _, _, err := be.store.NewSession(ctx, people[p], 24*time.Hour)
		if err != nil {
			return nil, err
		}
		d.tokens = append(d.tokens, token)
	}
	if d.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go func() { d.served <- d.web.Listener(d.listener) }()
	return d, nil
}

func (d *desk) close() error {
	d.client.CloseIdleConnections()
	err := d.web.ShutdownWithTimeout(5 * time.Second)
	return errors.Join(err, <-d.served, os.RemoveAll(d.folder))
}

// pageKinds are the pages asked for, in turn: the case twice, as people do.
var pageKinds = []string{"the tasks", "the list", "a case"}

// waits are how long pages took, by kind.
type waits struct {
	took   map[string][]time.Duration
	failed int
}

// all are the waits of every kind, sorted.
func (w waits) all() []time.Duration {
	var all []time.Duration
	for _, took := range w.took {
		all = append(all, took...)
	}
	slices.Sort(all)
	return all
}

// read asks for pages at a steady rate while something is done. What each took is counted from the moment at which it was due to
// be asked, so that a program that stands still is not asked less.
func (d *desk) read(ctx context.Context, rate float64, do func()) waits {
	ended := make(chan struct{})
	go func() { defer close(ended); do() }()
	w := waits{took: map[string][]time.Duration{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for n := 0; ; n++ {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-ended:
			all.Wait()
			return w
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			kind, ok := d.page(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			w.took[kind] = append(w.took[kind], time.Since(due))
			if !ok {
				w.failed++
			}
		})
	}
}

// page asks for one page: what waits for the office, the list of cases, or one case.
func (d *desk) page(ctx context.Context, n int) (kind string, ok bool) {
	path, token := "/", d.tokens[n/4%len(d.tokens)]
	kind = pageKinds[min(n%4, 2)]
	switch n % 4 {
	case 1:
		path = "/cases"
	case 2, 3:
		path = fmt.Sprintf("/cases/%d", int(d.first)+n*7919%d.cases)
		token = d.tokens[len(d.tokens)-1] // every case lies in the county
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.listener.Addr().String()+path, nil)
	if err != nil {
		return kind, false
	}
	req.Header.Set("Cookie", "anju_session="+token)
	resp, err := d.client.Do(req)
	if err != nil {
		return kind, false
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return kind, err == nil && resp.StatusCode == http.StatusOK && strings.Contains(string(text), "</html>")
}
