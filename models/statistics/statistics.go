package statistics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anju/models/cases"
	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// SummaryQuery narrows the statistics of stages: entered from a day on and before another (To is excluded), in a
// township (9 or 12 digits), chain and stage; empty fields do not narrow.
type SummaryQuery struct {
	From, To               calendar.Day
	Township, Chain, Stage string
}

// SummaryRow is the stages of one township, chain, stage and month in which a maximum ran against an office: how many
// were left (or are) before the warning, after it, after the day that the law fixes, and apart from these after a day
// that the county only promised; and the working minutes of those that were left.
type SummaryRow struct {
	Township, Chain, Stage     string
	Month                      string // 2026-03, of the entry, in Shanghai
	Count, OnTime, Yellow, Red int
	Promised                   int  // missed the promise and no statutory day
	Median, P90                *int // working minutes; nil where none was left
}

// areaTownship gives the township that an officer sees in the statistics, "" for all of them. The statistics of a
// county are not a village's: its officers fail with ErrWrongParty.
func (s *Store) areaTownship(ctx context.Context, by workflow.OfficerID) (string, error) {
	if by == 0 {
		return "", nil
	}
	o, _, err := s.org.AreaScope(ctx, by)
	switch {
	case err != nil:
		return "", err
	case strings.HasSuffix(o.Division, "000000"):
		return "", nil
	case strings.HasSuffix(o.Division, "000") && len(o.Division) == 12:
		return cases.Township(o.Division), nil
	}
	return "", &workflow.Refusal{Why: workflow.ErrWrongParty, Verb: "summary", Party: glossary.TownshipGovernment}
}

// narrowToArea brings a query to the officer's own township; false when it asks for another.
func (s *Store) narrowToArea(ctx context.Context, by workflow.OfficerID, q SummaryQuery) (SummaryQuery, bool, error) {
	own, err := s.areaTownship(ctx, by)
	if q.Township != "" {
		q.Township = cases.Township(q.Township)
	}
	switch {
	case err != nil || own == "":
		return q, true, err
	case q.Township != "" && q.Township != own:
		return q, false, nil
	}
	q.Township = own
	return q, true, nil
}

// Summary counts stages by township, chain, stage and month; 0 is the program itself. A township's officers see their
// own.
func (s *Store) Summary(ctx context.Context, by workflow.OfficerID, q SummaryQuery) ([]SummaryRow, error) {
	q, mine, err := s.narrowToArea(ctx, by, q)
	if err != nil || !mine {
		return nil, err
	}
	groups := map[[4]string]*SummaryRow{}
	of := func(township, chain, stage, month string) *SummaryRow {
		k := [4]string{township, chain, stage, month}
		if groups[k] == nil {
			groups[k] = &SummaryRow{Township: township + "000", Chain: chain, Stage: stage, Month: month}
		}
		return groups[k]
	}
	read := s.readLeftSQLite
	if s.db.Dialect() == "postgres" {
		read = s.readLeftPostgres
	}
	if err := read(ctx, q, of); err != nil {
		return nil, err
	}
	if err := s.addOpen(ctx, q, of); err != nil {
		return nil, err
	}
	rows := make([]SummaryRow, 0, len(groups))
	for _, r := range groups {
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b SummaryRow) int {
		return cmp.Or(cmp.Compare(a.Township, b.Township), cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Stage, b.Stage),
			cmp.Compare(a.Month, b.Month))
	})
	return rows, nil
}

// months cuts the range of a query at the months of Shanghai.
func (q SummaryQuery) months() (names []string, from, to []time.Time) {
	for d := q.From; d < q.To; {
		y, m, _ := d.Date()
		next := min(calendar.Date(y, m+1, 1), q.To)
		names = append(names, d.String()[:7])
		from, to = append(from, d.Start().UTC()), append(to, next.Start().UTC())
		d = next
	}
	return names, from, to
}

// The stages that were left, on PostgreSQL: each group is one range of the index stages_left, so that a short range
// reads no more than it shows. The list of groups is found by leaping through the same index.
const leftThere = `WITH RECURSIVE k AS (
  (SELECT township, chain, stage FROM stages WHERE left_at IS NOT NULL AND limit_id <> ''
    ORDER BY township, chain, stage LIMIT 1)
  UNION ALL
  SELECT n.township, n.chain, n.stage FROM k CROSS JOIN LATERAL (
    SELECT township, chain, stage FROM stages WHERE left_at IS NOT NULL AND limit_id <> ''
    AND (township, chain, stage) > (k.township, k.chain, k.stage) ORDER BY township, chain, stage LIMIT 1) n
)
SELECT k.township, k.chain, k.stage, m.name, g.n, g.on_time, g.yellow, g.red, g.promised, g.median, g.p90
FROM k CROSS JOIN unnest(?::text[], ?::timestamptz[], ?::timestamptz[]) AS m(name, first, last) CROSS JOIN LATERAL (
  SELECT count(*) AS n, count(*) FILTER (WHERE s.left_at < LEAST(s.warn_at, s.promised_before)) AS on_time,
    count(*) FILTER (WHERE s.left_at >= s.warn_at AND s.left_at < LEAST(s.due_before, s.promised_before)) AS yellow,
    count(*) FILTER (WHERE s.left_at >= s.due_before AND s.promised_before IS DISTINCT FROM s.due_before) AS red,
    count(*) FILTER (WHERE s.left_at >= s.promised_before
      AND (s.left_at < s.due_before OR s.promised_before = s.due_before)) AS promised,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY s.working_minutes) AS median,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY s.working_minutes) AS p90
  FROM stages s WHERE s.left_at IS NOT NULL AND s.limit_id <> '' AND s.due_before IS NOT NULL
    AND s.township = k.township AND s.chain = k.chain
    AND s.stage = k.stage AND s.entered_at >= m.first AND s.entered_at < m.last
) g WHERE g.n > 0 AND (? = '' OR k.township = ?) AND (? = '' OR k.chain = ?) AND (? = '' OR k.stage = ?)`

func (s *Store) readLeftPostgres(ctx context.Context, q SummaryQuery, of func(township, chain, stage,
	month string) *SummaryRow) error {
	names, from, to := q.months()
	return s.db.View(ctx, func(t *db.Tx) error {
		t.Query(func(scan func(...any) error) error {
			var k [4]string
			var n, onTime, yellow, red, promised int
			var median, p90 *int
			if err := scan(&k[0], &k[1], &k[2], &k[3], &n, &onTime, &yellow, &red, &promised, &median, &p90); err != nil {
				return err
			}
			r := of(k[0], k[1], k[2], k[3])
			r.Count, r.OnTime, r.Yellow, r.Red, r.Promised, r.Median, r.P90 = n, onTime, yellow, red, promised, median, p90
			return nil
		}, leftThere, names, from, to, q.Township, q.Township, q.Chain, q.Chain, q.Stage, q.Stage)
		return t.Commit()
	})
}

// conditions is what a query of stages asks for after its own conditions. What is not asked for is left out: a plan
// that is kept for all questions would read every stage for each.
func (q SummaryQuery) conditions() (where string, args []any) {
	where, args = " AND s.entered_at >= ? AND s.entered_at < ?", []any{db.UTC(q.From.Start()), db.UTC(q.To.Start())}
	for _, f := range []struct{ column, value string }{{"township", q.Township}, {"chain", q.Chain}, {"stage", q.Stage}} {
		if f.value != "" {
			where, args = where+" AND s."+f.column+" = ?", append(args, f.value)
		}
	}
	return where, args
}

// readLeftSQLite counts the stages that were left on SQLite, which knows no percentiles.
func (s *Store) readLeftSQLite(ctx context.Context, q SummaryQuery, of func(township, chain, stage,
	month string) *SummaryRow) error {
	minutes := map[*SummaryRow][]int{}
	where, args := q.conditions()
	err := s.db.View(ctx, func(t *db.Tx) error {
		t.Query(func(scan func(...any) error) error {
			var k [3]string
			var entered, left time.Time
			var warn, due, promised *time.Time
			var worked *int
			if err := scan(&k[0], &k[1], &k[2], &entered, &left, &warn, &due, &promised, &worked); err != nil {
				return err
			}
			r := of(k[0], k[1], k[2], calendar.DayOf(entered).String()[:7])
			r.add(standingAt(left, warn, due, promised))
			if worked != nil {
				minutes[r] = append(minutes[r], *worked)
			}
			return nil
		}, "SELECT s.township, s.chain, s.stage, s.entered_at, s.left_at, s.warn_at, s.due_before, "+
			"s.promised_before, s.working_minutes FROM stages s WHERE "+leftStages+where, args...)
		return t.Commit()
	})
	for r, m := range minutes {
		slices.Sort(m)
		r.Median, r.P90 = percentileDisc(m, 50), percentileDisc(m, 90)
	}
	return err
}

// percentileDisc is the first value of a sorted list that covers a percentage of it, as SQL's percentile_disc.
func percentileDisc(sorted []int, percent int) *int {
	return &sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func (r *SummaryRow) add(l workflow.Light) {
	r.Count++
	switch l {
	case workflow.Red:
		r.Red++
	case Missed:
		r.Promised++
	case workflow.Yellow:
		r.Yellow++
	default:
		r.OnTime++
	}
}

// Missed is how a stage stood in which the county's promise was missed and no statutory day was.
const Missed workflow.Light = "promised"

// standingAt is how a stage counts: by the day that the law fixes, and apart from it by the promise. Where both are one
// instant there is the promise only.
func standingAt(at time.Time, warn, due, promised *time.Time) workflow.Light {
	light := lightAt(at, warn, due)
	if light == workflow.Red && (promised == nil || !promised.Equal(*due)) {
		return workflow.Red
	}
	if promised != nil && !at.Before(*promised) {
		return Missed
	}
	return light
}

// lightAt is how a stage stood at an instant.
func lightAt(at time.Time, warn, due *time.Time) workflow.Light {
	switch {
	case due != nil && !at.Before(*due):
		return workflow.Red
	case warn != nil && !at.Before(*warn):
		return workflow.Yellow
	}
	return workflow.Green
}

// leftStages are those that were left after a maximum ran in them. A stage with a limit that was over before, or that
// an older program has closed, has no due instant: how it stood is not known.
const leftStages = "s.left_at IS NOT NULL AND s.limit_id <> '' AND s.due_before IS NOT NULL"

const openStages = " FROM stages s JOIN deadlines d ON d.case_id = s.case_id AND d.limit_id = s.limit_id " +
	"AND d.closed_at IS NULL AND NOT d.beside LEFT JOIN deadlines p ON p.case_id = d.case_id AND p.limit_id = d.limit_id " +
	"AND p.closed_at IS NULL AND p.beside AND NOT p.paused AND NOT p.provisional " +
	"WHERE s.left_at IS NULL AND s.limit_id <> ''"

// leftOpen lists the limits of which the rules leave the days open: what the county promises is all there is.
var leftOpen = func() string {
	var ids []string
	for _, t := range law.Terms() {
		if !t.Statutory {
			ids = append(ids, "'"+string(t.ID)+"'")
		}
	}
	return "(" + strings.Join(ids, ", ") + ")"
}()

// openPromise is the instant of the promise in openStages, null where there is none that counts.
var openPromise = "CASE WHEN s.limit_id NOT IN " + leftOpen + " THEN NULLIF(p.due_before, d.due_before) " +
	"WHEN NOT d.paused AND NOT d.provisional THEN d.due_before END"

// addOpen adds the stages that were not left: they stand as their deadline does now.
func (s *Store) addOpen(ctx context.Context, q SummaryQuery, of func(township, chain, stage,
	month string) *SummaryRow) error {
	now := s.db.Now()
	where, args := q.conditions()
	return s.db.View(ctx, func(t *db.Tx) error {
		t.Query(func(scan func(...any) error) error {
			var k [3]string
			var entered time.Time
			var d workflow.Deadline
			var warn *time.Time
			var open, missed bool
			if err := scan(&k[0], &k[1], &k[2], &entered, &warn, &d.DueBefore, &d.Provisional, &d.Paused, &open,
				&missed); err != nil {
				return err
			}
			d.WarnAt = db.TimeOrZero(warn)
			light := workflow.LightOf(d, now)
			if missed && (open || light != workflow.Red) {
				light = Missed
			}
			of(k[0], k[1], k[2], calendar.DayOf(entered).String()[:7]).add(light)
			return nil
		}, "SELECT s.township, s.chain, s.stage, s.entered_at, d.warn_at, d.due_before, d.provisional, d.paused, s.limit_id IN "+
			leftOpen+", COALESCE("+openPromise+" <= ?, false)"+openStages+where, append([]any{now}, args...)...)
		return t.Commit()
	})
}

// HourBounds are the upper bounds of the classes of a distribution of working hours; the last class has none.
var HourBounds = []int{4, 8, 16, 24, 40, 80}

// Distribution counts the stages that were left by the working hours they took: one number for each class of
// HourBounds, and one for what took longer. Whom it shows what is as in Summary.
func (s *Store) Distribution(ctx context.Context, by workflow.OfficerID, q SummaryQuery) ([]int, error) {
	classes := make([]int, len(HourBounds)+1)
	q, mine, err := s.narrowToArea(ctx, by, q)
	if err != nil || !mine {
		return classes, err
	}
	class := "CASE"
	for i, h := range HourBounds {
		class += fmt.Sprintf(" WHEN s.working_minutes <= %d THEN %d", h*60, i)
	}
	class += fmt.Sprintf(" ELSE %d END", len(HourBounds))
	where, args := q.conditions()
	err = s.db.View(ctx, func(t *db.Tx) error {
		t.Query(func(scan func(...any) error) error {
			var i, n int
			if err := scan(&i, &n); err != nil {
				return err
			}
			classes[i] = n
			return nil
		}, "SELECT "+class+" AS class, count(*) FROM stages s WHERE s.working_minutes IS NOT NULL AND "+leftStages+where+" "+
			"GROUP BY 1", args...)
		return t.Commit()
	})
	return classes, err
}

// StageLine is one stage behind a cell of the summary.
type StageLine struct {
	Case                                           workflow.CaseID
	Number, Householder, Division, GroupNo, Office string
	Chain                                          workflow.ChainID
	ChainVersion                                   int
	Stage                                          glossary.State
	Entered                                        time.Time
	Left                                           time.Time // zero: it lies there still
	DueBefore                                      time.Time // zero: not known, the clock stands
	Missed                                         bool      // the promise, whatever the law says of the stage
	Working                                        *int      // minutes, of a stage that was left
	Light                                          workflow.Light
}

// StagesBehind lists the stages behind a cell of the summary, the newest first, and how many there are: as many as the
// summary says. light is Green (on time), Yellow, Red, or "" for all.
func (s *Store) StagesBehind(ctx context.Context, by workflow.OfficerID, q SummaryQuery, light workflow.Light, number,
	size int) ([]StageLine, int, error) {
	q, mine, err := s.narrowToArea(ctx, by, q)
	if err != nil || !mine {
		return nil, 0, err
	}
	now := s.db.Now()
	// a provisional due day makes no stage late, and nothing runs while the clock stands
	const red, warned = "(late AND at >= due AND (promised IS NULL OR promised < due))", "(warns AND at >= warn)"
	const missed = "(promised IS NOT NULL AND at >= promised)"
	standing := map[workflow.Light]string{workflow.Red: red, Missed: missed + " AND NOT " + red,
		workflow.Yellow: warned + " AND NOT " + red + " AND NOT " + missed,
		workflow.Green:  "NOT " + warned + " AND NOT " + red + " AND NOT " + missed, "": "1 = 1"}[light]
	if standing == "" {
		return nil, 0, nil
	}
	const columns = "SELECT s.id, s.case_id, s.stage, s.office_id, s.entered_at, s.left_at, s.working_minutes, "
	where, args := q.conditions()
	both := "WITH both_ AS (" + columns +
		"s.left_at AS at, s.warn_at AS warn, s.due_before AS due, s.promised_before AS promised, true AS late, " +
		"true AS warns FROM stages s WHERE " +
		leftStages + where +
		" UNION ALL " + columns + s.db.SQL().Instant() +
		", d.warn_at, d.due_before, " + openPromise + ", NOT d.paused AND NOT d.provisional, NOT d.paused" + openStages + where + ") "
	args = append(append(slices.Clone(args), now), args...)
	var list []StageLine
	total := 0
	offset, limit := db.Page(number, size)
	err = s.db.View(ctx, func(t *db.Tx) error {
		list = nil
		t.Query(func(scan func(...any) error) error { return scan(&total) },
			both+"SELECT count(*) FROM both_ WHERE "+standing, args...)
		t.Query(func(scan func(...any) error) error {
			var l StageLine
			var left, warn, due *time.Time
			var late, warns bool
			if err := scan(&l.Case, &l.Number, &l.Householder, &l.Division, &l.GroupNo, &l.Office, &l.Chain, &l.ChainVersion,
				&l.Stage, &l.Entered, &left, &warn, &due,
				&late, &warns, &l.Missed, &l.Working); err != nil {
				return err
			}
			at := now
			if left != nil {
				at = *left
			}
			if l.Left = db.TimeOrZero(left); warns {
				l.DueBefore = db.TimeOrZero(due)
			} else {
				warn = nil
			}
			if !late {
				due = nil
			}
			l.Light = lightAt(at, warn, due)
			list = append(list, l)
			return nil
		}, both+"SELECT c.id, c.number, c.householder, c.division, c.group_no, o.name, c.chain, c.chain_version, b.stage, "+
			"b.entered_at, b.left_at, b.warn, b.due, b.late, b.warns, COALESCE("+missed+", false), b.working_minutes FROM both_ b "+
			"JOIN cases c ON c.id = b.case_id JOIN offices o ON o.id = b.office_id WHERE "+standing+
			" ORDER BY b.entered_at DESC, b.id DESC LIMIT ? OFFSET ?", append(slices.Clone(args), limit, offset)...)
		return t.Commit()
	})
	return list, total, err
}
