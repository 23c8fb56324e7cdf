package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/models"
	"anju/models/statistics"
	"anju/workflow/calendar"
)

// AuditTimes is one question of the audit with its limit: the shape that scripts read.
type AuditTimes struct {
	From    calendar.Day `json:"from"`
	To      calendar.Day `json:"to"` // excluded
	Groups  int          `json:"groups"`
	Seconds float64      `json:"seconds"`
	Limit   struct {
		Name    string  `json:"name"`
		Seconds float64 `json:"seconds"`
	} `json:"limit"`
	Ratio float64 `json:"ratio"` // of the times, ours to the limit's
}

// AuditResult is one query of the audit beside the same by bare SQL, in seconds.
type AuditResult struct {
	Name     string `json:"name"`
	Database string `json:"database"`
	Rows     int    `json:"rows"`
	Open     int    `json:"open"`
	AuditTimes
	Short AuditTimes `json:"short"`
}

// Audit measures the statistics.
type Audit struct {
	URL          string
	Rows, Rounds int
	Log          func(string, ...any)
}

// The two years of the yardstick, three months of them, and the instant at which it looks.
var (
	auditFrom, auditTo = calendar.Date(2024, time.June, 1), calendar.Date(2026, time.June, 1)
	shortFrom, shortTo = calendar.Date(2026, time.January, 1), calendar.Date(2026, time.April, 1)
)

// Run builds the stages and takes the rounds.
func (b Audit) Run(ctx context.Context) (r AuditResult, err error) {
	g, err := openWorkspace(ctx, b.URL, b.Log)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, g.close(ctx)) }()
	be, err := g.open(ctx, backend.NewClock(auditTo.Start()), 0, nil)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, be.Close()) }()
	if err := be.DB.Migrate(ctx); err != nil {
		return r, err
	}
	r.Name, r.Database, r.Rows = "audit", g.version, b.Rows
	if r.Open, err = b.build(ctx, g); err != nil {
		return r, fmt.Errorf("build the stages: %w", err)
	}
	q := auditQuery{g: g, store: be.Store}
	if q.bare, err = q.connect(ctx); err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, q.bare.Close(context.WithoutCancel(ctx))) }()
	r.AuditTimes, r.Short = AuditTimes{From: auditFrom, To: auditTo}, AuditTimes{From: shortFrom, To: shortTo}
	for _, t := range []*AuditTimes{&r.AuditTimes, &r.Short} {
		if err := b.measure(ctx, q, t); err != nil {
			return r, err
		}
	}
	return r, nil
}

// auditStages is the yardstick's table: two years of cases, eight stages each, nine chains, seven townships; a case has
// one chain and one township. One stage in nine is late, one in 120 was never left, each by a hash of its own, so that
// late and open ones fall on every township, chain, stage and month. Its indexes hold what the question reads, and no
// visit to the table.
const auditStages = `
CREATE TABLE audit_stages (
  id bigint NOT NULL, case_id bigint NOT NULL, chain text NOT NULL, stage text NOT NULL, township text NOT NULL,
  office_id int NOT NULL, entered_at timestamptz NOT NULL, warn_at timestamptz NOT NULL, due_before timestamptz NOT NULL,
  left_at timestamptz, working_minutes int NOT NULL
);
INSERT INTO audit_stages
SELECT g, g / 8 + 1,
  (ARRAY['homestead','planning_permit','construction_start.low_rise','construction_start.other','completion_acceptance.low_rise',
    'completion_acceptance.other','business_use','violation','hazard'])[1 + of_case % 9],
  (ARRAY['group_opinion','village_review','township_intake','correction','joint_review','decision','issued','filed'])[1 + g % 8],
  (ARRAY['140824100','140824101','140824102','140824103','140824104','140824200','140824201'])[1 + of_case / 9 % 7],
  1 + of_office % 500, entered, entered + interval '108 hours', entered + interval '120 hours',
  CASE WHEN fate % 120 = 1 THEN NULL
    WHEN fate % 9 = 0 THEN entered + interval '120 hours' + (1 + pace % 97) * interval '1 hour'
    ELSE entered + (1 + pace % 118) * interval '1 hour' END,
  CASE WHEN fate % 9 = 0 THEN 2400 + (1 + pace % 97) * 20 ELSE (1 + pace % 118) * 20 END
FROM (SELECT g, abs(hashint8extended(g, 0) % 1000000007) AS fate, abs(hashint8extended(g, 1) % 1000000007) AS pace,
    abs(hashint8extended(g, 2) % 1000000007) AS of_office, abs(hashint8extended(g / 8, 3) % 1000000007) AS of_case,
    timestamptz '2024-06-01 00:00+08' + (g::float8 / :rows) * interval '730 days' AS entered
  FROM generate_series(0::bigint, :rows - 1) g) x;
ALTER TABLE audit_stages ADD PRIMARY KEY (id);
CREATE INDEX audit_stages_case ON audit_stages(case_id);
CREATE INDEX audit_stages_time ON audit_stages(entered_at) INCLUDE (township, chain, stage, warn_at, due_before, left_at, working_minutes);
CREATE INDEX audit_stages_place ON audit_stages(township, chain, stage, entered_at) INCLUDE (warn_at, due_before, left_at, working_minutes);
CREATE INDEX audit_stages_open ON audit_stages(due_before, id) WHERE left_at IS NULL`

// sameStages are the same rows as the program keeps them: how a stage stood is written when it is left, and one that is
// open stands as its deadline does. A case lies in one stage at a time, so each open one gets a case of its own.
const sameStages = `
INSERT INTO stages(id, case_id, chain, stage, step, party, office_id, entered_at, left_at, verb, officer_id, township, limit_id, warn_at, due_before, working_minutes)
SELECT id, CASE WHEN left_at IS NULL THEN 1000000000 + id ELSE case_id END, chain, stage, 1 + id % 8, 'township_government', office_id, entered_at, left_at,
  CASE WHEN left_at IS NULL THEN '' ELSE 'forward' END, CASE WHEN left_at IS NULL THEN 0 ELSE 1 END, township, 'L04',
  CASE WHEN left_at IS NULL THEN NULL ELSE warn_at END, CASE WHEN left_at IS NULL THEN NULL ELSE due_before END,
  CASE WHEN left_at IS NULL THEN NULL ELSE working_minutes END FROM audit_stages ORDER BY id;
INSERT INTO deadlines(id, case_id, limit_id, stage, generation, started_on, extend, pauses, due_on, due_before, warn_at, provisional, calendar, opened_at, red, next)
SELECT id, 1000000000 + id, 'L04', stage, 1, (entered_at AT TIME ZONE 'Asia/Shanghai')::date, 0, '', (due_before AT TIME ZONE 'Asia/Shanghai')::date, due_before, warn_at, false, 1,
  entered_at, false, '' FROM audit_stages WHERE left_at IS NULL`

// build makes both tables, each loaded first and indexed then, and tells how many stages are open.
func (b Audit) build(ctx context.Context, g *workspace) (open int, err error) {
	step := func(what, sql string) error {
		began := time.Now()
		if _, err := g.admin.Exec(ctx, strings.ReplaceAll(sql, ":rows", fmt.Sprint(b.Rows))); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		b.Log("%s: %.1f s", what, time.Since(began).Seconds())
		return nil
	}
	if _, err := g.admin.Exec(ctx, "SET synchronous_commit = off; SET maintenance_work_mem = '256MB'"); err != nil {
		return 0, err
	}
	if err := step("the yardstick's table", auditStages); err != nil {
		return 0, err
	}
	// the stages stand alone here, without their cases
	var drop, indexes string
	if err := g.admin.QueryRow(ctx, `SELECT COALESCE((SELECT string_agg(format('ALTER TABLE stages DROP CONSTRAINT %I;', conname), ' ') FROM pg_constraint
    WHERE conrelid = 'stages'::regclass AND contype = 'f'), ''),
  COALESCE((SELECT string_agg(indexdef, ';') FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'stages' AND indexname <> 'stages_pkey'), '')`).
		Scan(&drop, &indexes); err != nil {
		return 0, err
	}
	if err := g.admin.QueryRow(ctx, `SELECT $1 || COALESCE((SELECT string_agg(format('DROP INDEX %I;', indexname), ' ') FROM pg_indexes WHERE schemaname = current_schema()
    AND tablename = 'stages' AND indexname <> 'stages_pkey'), '')`, drop).Scan(&drop); err != nil {
		return 0, err
	}
	if err := step("the same stages in the program's table", drop+sameStages); err != nil {
		return 0, err
	}
	if err := step("its indexes", indexes); err != nil {
		return 0, err
	}
	if err := step("vacuum", "VACUUM (ANALYZE) audit_stages, stages, deadlines"); err != nil {
		return 0, err
	}
	g.checkpoint(ctx)
	err = g.admin.QueryRow(ctx, "SELECT count(*) FROM stages WHERE left_at IS NULL").Scan(&open)
	return open, err
}

// auditQuery asks the same question both ways.
type auditQuery struct {
	g     *workspace
	store *models.Store
	bare  *pgx.Conn
}

// connect is the yardstick's session.
func (q auditQuery) connect(ctx context.Context) (*pgx.Conn, error) {
	address, err := inSchema(q.g.url, map[string]string{"search_path": q.g.schema, "timezone": "Asia/Shanghai",
		"work_mem": "64MB"})
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, address)
}

// auditSQL is the table by bare SQL: by township, chain, stage and month the stages, on time, yellow (left after the
// warning), red (left late, or open past due at :now), median and 90th percentile of the working time of those that
// were left.
const auditSQL = `SELECT township, chain, stage, to_char(date_trunc('month', entered_at), 'YYYY-MM') AS month,
  count(*) AS stages,
  count(*) FILTER (WHERE left_at < warn_at OR left_at IS NULL AND :now < warn_at) AS on_time,
  count(*) FILTER (WHERE left_at >= warn_at AND left_at < due_before OR left_at IS NULL AND :now >= warn_at AND :now < due_before) AS yellow,
  count(*) FILTER (WHERE left_at >= due_before OR left_at IS NULL AND :now >= due_before) AS red,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE left_at IS NOT NULL) AS median,
  percentile_disc(0.9) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE left_at IS NOT NULL) AS p90
FROM audit_stages
WHERE entered_at >= ':from' AND entered_at < ':to'
GROUP BY township, chain, stage, date_trunc('month', entered_at)
ORDER BY 1, 2, 3, 4`

// byHand asks by bare SQL.
func (q auditQuery) byHand(ctx context.Context, from, to calendar.Day) ([]statistics.SummaryRow, error) {
	sql := strings.NewReplacer(":now", "'"+auditTo.Start().Format(time.RFC3339)+"'::timestamptz", ":from", from.String(),
		":to", to.String()).Replace(auditSQL)
	rows, err := q.bare.Query(ctx, sql, pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r statistics.SummaryRow, err error) {
		err = row.Scan(&r.Township, &r.Chain, &r.Stage, &r.Month, &r.Count, &r.OnTime, &r.Yellow, &r.Red, &r.Median, &r.P90)
		return r, err
	})
}

// measure takes alternate rounds, after one that warms both up and compares their numbers.
func (b Audit) measure(ctx context.Context, q auditQuery, t *AuditTimes) error {
	query := statistics.SummaryQuery{From: t.From, To: t.To}
	want, err := q.byHand(ctx, t.From, t.To)
	if err != nil {
		return fmt.Errorf("the bare SQL: %w", err)
	}
	got, err := q.store.Summary(ctx, 0, query)
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	if err := sameSummary(got, want); err != nil {
		return fmt.Errorf("%s to %s: %w", t.From, t.To, err)
	}
	t.Groups = len(got)
	var ours, bare []float64
	for round := range b.Rounds {
		began := time.Now()
		if _, err := q.byHand(ctx, t.From, t.To); err != nil {
			return err
		}
		bare = append(bare, time.Since(began).Seconds())
		began = time.Now()
		if _, err := q.store.Summary(ctx, 0, query); err != nil {
			return err
		}
		ours = append(ours, time.Since(began).Seconds())
		b.Log("%s to %s, round %d: summary %.2f s, bare SQL %.2f s", t.From, t.To, round+1, ours[round], bare[round])
	}
	t.Limit.Name, t.Limit.Seconds, t.Seconds = "limit-sql", roundThousandths(median(bare)), roundThousandths(median(ours))
	if t.Seconds > 0 {
		t.Ratio = roundThousandths(t.Seconds / t.Limit.Seconds)
	}
	return nil
}

// sameSummary tells where two tables differ.
func sameSummary(got, want []statistics.SummaryRow) error {
	type key [4]string
	of := func(r statistics.SummaryRow) key { return key{report.FullCode(r.Township), r.Chain, r.Stage, r.Month} }
	numbers := func(r statistics.SummaryRow) string {
		text := fmt.Sprint(r.Count, " ", r.OnTime, " ", r.Yellow, " ", r.Red)
		for _, n := range []*int{r.Median, r.P90} {
			if n == nil {
				text += " -"
			} else {
				text += fmt.Sprint(" ", *n)
			}
		}
		return text
	}
	left := map[key]string{}
	for _, r := range want {
		left[of(r)] = numbers(r)
	}
	for _, r := range got {
		if is, should := numbers(r), left[of(r)]; is != should {
			return fmt.Errorf("the summary says %s of %v, the bare SQL %q", is, of(r), should)
		}
		delete(left, of(r))
	}
	for k, should := range left {
		return fmt.Errorf("the summary lacks %v, of which the bare SQL says %s", k, should)
	}
	if len(got) == 0 {
		return errors.New("there is nothing to compare")
	}
	return nil
}
