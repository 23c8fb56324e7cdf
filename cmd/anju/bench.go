package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"anju/models"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

func benchCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "bench", Short: "the product's own benchmarks, each beside its limit in the same run"})
	c.AddCommand(benchMoves(a), benchSweep(a), benchAudit(a))
	return c
}

// movesResult is the shape that scripts read.
type movesResult struct {
	Name     string  `json:"name"`
	Database string  `json:"database"`
	Workers  int     `json:"workers"`
	Moves    int     `json:"moves"`
	Seconds  float64 `json:"seconds"`
	PerS     float64 `json:"moves_per_s"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Limit    struct {
		Name string  `json:"name"`
		PerS float64 `json:"moves_per_s"`
	} `json:"limit"`
	Ratio float64 `json:"ratio"`
}

func benchMoves(a *app) *cobra.Command {
	b := moveBench{}
	c := &cobra.Command{
		Use: "moves", Short: "moves a second through the whole engine on PostgreSQL, beside the same rows written by bare SQL",
		Long: "Builds real homestead cases on PostgreSQL (ANJU_DB), in a schema of its own that is dropped at the end, and lets the\n" +
			"workers hand them over to the village and take them back again. Rounds alternate with the same rows written by bare SQL,\n" +
			"by pgbench where it is installed; the medians are compared.",
	}
	c.Flags().IntVar(&b.cases, "cases", 2000, "how many cases")
	c.Flags().IntVar(&b.workers, "workers", 16, "how many officers act at once")
	c.Flags().Float64Var(&b.seconds, "seconds", 20, "length of a round")
	c.Flags().IntVar(&b.rounds, "rounds", 3, "rounds of each")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case b.cases < b.workers || b.workers < 1 || b.seconds <= 0 || b.rounds < 1:
			return usagef("bench moves needs at least one worker, a case for each, a round and a time above 0")
		case !a.settings.postgres():
			return usagef("bench moves runs on PostgreSQL: set ANJU_DB=postgres://user@host/database")
		}
		b.url = a.settings.DB
		b.say = func(format string, v ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", v...) }
		r, err := b.run(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c, r)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %d moves by %d workers in %.1f s: %.0f moves/s, p50 %.1f ms, p99 %.1f ms\nlimit %s: %.0f moves/s\nratio %.2f\n",
			r.Database, r.Moves, r.Workers, r.Seconds, r.PerS, r.P50, r.P99, r.Limit.Name, r.Limit.PerS, r.Ratio)
		return nil
	}
	return c
}

type moveBench struct {
	url            string
	cases, workers int
	seconds        float64
	rounds         int
	say            func(string, ...any)
}

func (b moveBench) run(ctx context.Context) (r movesResult, err error) {
	g, err := openGround(ctx, b.url, b.say)
	if err != nil {
		return r, err
	}
	defer func() { err = firstError(err, g.close(ctx)) }()
	field, err := b.build(ctx, g)
	if err != nil {
		return r, err
	}
	defer func() { err = firstError(err, field.close()) }()
	limit, err := newLimit(b, g.schema+"_limit")
	if err != nil {
		return r, err
	}
	defer func() { err = firstError(err, limit.close()) }()
	var ours, bare []float64
	var taken []time.Duration
	for round := range b.rounds {
		if err := limit.prepare(ctx, g.admin); err != nil {
			return r, err
		}
		g.checkpoint(ctx)
		perS, err := limit.round(ctx)
		if err != nil {
			return r, err
		}
		bare = append(bare, perS)
		g.checkpoint(ctx)
		got, seconds, err := field.round(ctx, b)
		if err != nil {
			return r, err
		}
		taken = append(taken, got...)
		ours = append(ours, float64(len(got))/seconds)
		r.Seconds += seconds
		b.say("round %d: %.0f moves/s, %s %.0f", round+1, ours[round], limit.name(), perS)
	}
	slices.Sort(taken)
	r.Name, r.Database, r.Workers, r.Moves = "moves", g.version, b.workers, len(taken)
	r.PerS, r.P50, r.P99 = median(ours), percentile(taken, 50), percentile(taken, 99)
	r.Limit.Name, r.Limit.PerS = limit.name(), median(bare)
	r.Ratio = r.PerS / r.Limit.PerS
	return r, nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// milli rounds to the third digit: what is behind it is noise.
func milli(v float64) float64 { return math.Round(v*1000) / 1000 }

// percentile of sorted durations, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)*p+99)/100-1].Microseconds()) / 1000
}

// field is the county in which the moves are measured.
type field struct {
	db     *models.DB
	svc    *casework.Service
	people seeds.People
	cases  []ping
}

// ping is one case that goes forth and back; only its worker touches it.
type ping struct {
	id    workflow.CaseID
	seen  int
	state glossary.State
}

func (f *field) close() error { return f.db.Close() }

// build makes the county and brings every case to the group's signature. What is only built, not measured, does not wait
// for the disk.
func (b moveBench) build(ctx context.Context, g *ground) (*field, error) {
	clock := newClock(seeds.DemoStart)
	fast, err := g.open(ctx, clock, b.workers+2, map[string]string{"synchronous_commit": "off"})
	if err != nil {
		return nil, err
	}
	people, cases, err := b.fill(ctx, fast, clock)
	if err := firstError(err, fast.close()); err != nil {
		return nil, err
	}
	measured, err := g.open(ctx, clock, b.workers+2, nil)
	if err != nil {
		return nil, err
	}
	svc, _, err := measured.service(ctx)
	if err != nil {
		return nil, firstError(err, measured.close())
	}
	return &field{db: measured.db, svc: svc, people: people, cases: cases}, nil
}

func (b moveBench) fill(ctx context.Context, be *backend, clock *movableClock) (seeds.People, []ping, error) {
	if err := be.db.Migrate(ctx); err != nil {
		return nil, nil, err
	}
	people, err := seeds.LoadDemo(ctx, be.store)
	if err != nil {
		return nil, nil, err
	}
	svc, _, err := be.service(ctx)
	if err != nil {
		return nil, nil, err
	}
	w := &seeds.Walker{Service: svc, Officers: people}
	cases := make([]ping, b.cases)
	began := time.Now()
	// up to the notice, which hangs for five working days; then the rest of the way
	err = b.each(func(i int) error {
		household, _, err := be.store.SaveHousehold(ctx, people[glossary.ServiceCenter], invented(i))
		if err != nil {
			return err
		}
		c, err := w.Open(ctx, "homestead", household)
		for err == nil && c.State != glossary.GroupNotice {
			c, _, err = w.Step(ctx, c.ID)
		}
		cases[i].id = c.ID
		if err == nil {
			var wait *seeds.WaitError
			if err = w.Prepare(ctx, c.ID); errors.As(err, &wait) {
				err = nil
			}
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("build the cases: %w", err)
	}
	if err := clock.Set(seeds.DemoStart.AddDate(0, 0, 14)); err != nil {
		return nil, nil, err
	}
	err = b.each(func(i int) error {
		var c workflow.Case
		var err error
		for err == nil && c.State != glossary.GroupOpinion {
			c, _, err = w.Step(ctx, cases[i].id)
		}
		cases[i].seen, cases[i].state = c.Seen, c.State
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("build the cases: %w", err)
	}
	b.say("built %d cases in %.1f s", b.cases, time.Since(began).Seconds())
	return people, cases, nil
}

// each does something for every case, shared among the workers.
func (b moveBench) each(do func(i int) error) error {
	errs := make([]error, b.workers)
	var wg sync.WaitGroup
	for w := range b.workers {
		wg.Go(func() {
			for i := w; i < b.cases && errs[w] == nil; i += b.workers {
				errs[w] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// invented is a household that nobody is: its number has a sound check digit.
func invented(i int) forms.Household {
	born := calendar.Date(1960, 1, 1) + calendar.Day(i/450)
	digits := "140824" + strings.ReplaceAll(born.String(), "-", "") + fmt.Sprintf("%03d", 2*(i%450)+1)
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for k, w := range weights {
		sum += w * int(digits[k]-'0')
	}
	return forms.Household{Division: "140824100214", GroupNo: "01", Householder: forms.Person{
		Name: fmt.Sprintf("测试户%d", i), Gender: "男", IDNumber: digits + string("10X98765432"[sum%11])}}
}

// round lets the workers move their cases for the time of a round and gives what each move took.
func (f *field) round(ctx context.Context, b moveBench) ([]time.Duration, float64, error) {
	limit := time.Duration(b.seconds * float64(time.Second))
	took := make([][]time.Duration, b.workers)
	errs := make([]error, b.workers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range b.workers {
		wg.Go(func() {
			for i := w; errs[w] == nil && time.Since(began) < limit; i += b.workers {
				if i >= len(f.cases) {
					i = w
				}
				start := time.Now()
				errs[w] = f.move(ctx, &f.cases[i])
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	wg.Wait()
	seconds := time.Since(began).Seconds()
	var all []time.Duration
	for _, t := range took {
		all = append(all, t...)
	}
	return all, seconds, errors.Join(errs...)
}

// move hands a case over to the village, and takes one that lies there back again before the village has touched it: a
// move like most of the chain, with one limit that begins or ends.
func (f *field) move(ctx context.Context, p *ping) error {
	m := workflow.Move{Do: glossary.Forward, Data: workflow.Typed(forms.HandOver{}.Example()), Seen: p.seen}
	if p.state == glossary.VillageReview {
		m.Do, m.Data = glossary.TakeBack, nil
	}
	c, err := f.svc.Move(ctx, p.id, f.people[glossary.GroupCollective], rand.Text(), m)
	if err != nil {
		return fmt.Errorf("%s of case %d: %w", m.Do, p.id, err)
	}
	p.seen, p.state = c.Seen, c.State
	return nil
}
