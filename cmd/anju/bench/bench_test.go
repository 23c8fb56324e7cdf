package bench

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/models/modelstest"
	"anju/models/statistics"
	"anju/workflow/calendar"
	"anju/workflow/forms"
)

func TestBenchMoves(t *testing.T) {
	modelstest.Slow(t)
	b := Moves{URL: modelstest.Postgres(t), Cases: 12, Workers: 3, Seconds: 0.4, Rounds: 1, Log: t.Logf}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Moves == 0 || r.PerS <= 0 || r.Limit.PerS <= 0 || r.P99 < r.P50 || r.Ratio <= 0 {
		t.Errorf("figures: %+v", r)
	}
}

func TestBenchSweep(t *testing.T) {
	modelstest.Slow(t)
	b := Sweep{URL: modelstest.Postgres(t), Due: 300, Workers: 2, Rate: 20, Log: t.Logf}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if r.Last <= 0 || r.P99 < r.P50 || r.Last < r.P99 || r.PageIdle <= 0 || r.Limit.Seconds <= 0 || r.Ratio <= 0 {
		t.Errorf("figures: %+v", r)
	}
}

// TestSweepThatIsNotWhole holds the verdict: what is missing or twice is a failure.
func TestSweepThatIsNotWhole(t *testing.T) {
	whole := SweepResult{Due: 5, Fired: 5, Breaches: 5, History: 5, Outbox: 5}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*SweepResult){
		"a card is missing": func(r *SweepResult) { r.Fired-- }, "a card is issued twice": func(r *SweepResult) { r.Twice++ },
		"a breach is missing":  func(r *SweepResult) { r.Breaches-- },
		"a line is missing":    func(r *SweepResult) { r.History-- },
		"a message is missing": func(r *SweepResult) { r.Outbox-- }, "a page failed": func(r *SweepResult) { r.Failed++ },
	} {
		r := whole
		if spoil(&r); r.Check() == nil {
			t.Errorf("%s, and it passes for whole", name)
		}
	}
}

func TestBenchAudit(t *testing.T) {
	modelstest.Slow(t)
	b := Audit{URL: modelstest.Postgres(t), Rows: 4000, Rounds: 1, Log: t.Logf}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Open == 0 || r.Groups == 0 || r.Short.Groups == 0 || r.Short.Groups >= r.Groups || r.Seconds <= 0 ||
		r.Limit.Seconds <= 0 ||
		r.Short.Ratio <= 0 {
		t.Errorf("figures: %+v", r)
	}
}

func TestSummariesThatDiffer(t *testing.T) {
	n := 120
	row := statistics.SummaryRow{
		Township: "140824100",
		Chain:    "homestead",
		Stage:    "decision",
		Month:    "2026-03",
		Count:    2,
		OnTime:   1,
		Red:      1,
		Median:   &n,
		P90:      &n,
	}
	of12 := row
	of12.Township = "140824100000"
	if err := sameSummary([]statistics.SummaryRow{of12}, []statistics.SummaryRow{row}); err != nil {
		t.Error(err)
	}
	less := of12
	less.Red, less.OnTime = 0, 2
	for _, got := range [][]statistics.SummaryRow{{less}, {}, {of12, {Township: "140824101"}}} {
		if sameSummary(got, []statistics.SummaryRow{row}) == nil {
			t.Errorf("%+v passes for %+v", got, row)
		}
	}
}

// TestPlainLimit holds the client in Go to the same rows as pgbench.
func TestPlainLimit(t *testing.T) {
	b := Moves{URL: modelstest.Postgres(t), Cases: 12, Workers: 3, Seconds: 0.3, Rounds: 1, Log: t.Logf}
	admin, err := pgx.Connect(t.Context(), b.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()
	l := &baseline{bench: b, schema: "plain"}
	if err := l.prepare(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	if perS, err := l.round(t.Context()); err != nil || perS <= 0 {
		t.Fatalf("%v moves a second, %v", perS, err)
	}
	var history, outbox, open int
	err = admin.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM history WHERE step > 0), (SELECT count(*) FROM "+
		"outbox), (SELECT count(*) FROM stages WHERE left_at IS NULL)").
		Scan(&history, &outbox, &open)
	if err != nil || history == 0 || history != outbox || open != b.Cases {
		t.Errorf("%d history lines, %d outbox rows, %d open stages of %d cases, %v", history, outbox, open, b.Cases, err)
	}
}

func TestInventedHouseholds(t *testing.T) {
	seen := map[string]bool{}
	for i := range 5000 {
		n := inventHousehold(i).Householder.IDNumber
		if msg := forms.CheckIDNumber(n, calendar.Date(2026, time.March, 2)); msg != "" {
			t.Fatalf("household %d: %s: %s", i, n, msg)
		}
		if seen[n] {
			t.Fatalf("household %d has a number that another has", i)
		}
		seen[n] = true
	}
}

func TestPercentile(t *testing.T) {
	var took []time.Duration
	for i := 1; i <= 100; i++ {
		took = append(took, time.Duration(i)*time.Millisecond)
	}
	if p := percentile(took, 50); p != 50 {
		t.Errorf("p50 = %v", p)
	}
	if p := percentile(took, 99); p != 99 {
		t.Errorf("p99 = %v", p)
	}
	if m := median([]float64{3, 1, 2}); m != 2 {
		t.Errorf("median of three = %v", m)
	}
	if m := median([]float64{4, 1, 2, 3}); m != 2.5 {
		t.Errorf("median of four = %v", m)
	}
}
