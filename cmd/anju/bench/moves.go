package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	database "anju/models/db"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// MovesResult is the shape that scripts read.
type MovesResult struct {
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

// Run builds the cases and takes the rounds.
func (b Moves) Run(ctx context.Context) (r MovesResult, err error) {
	g, err := openWorkspace(ctx, b.URL, b.Log)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, g.close(ctx)) }()
	field, err := b.build(ctx, g)
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, field.close()) }()
	limit, err := newBaseline(b, g.schema+"_limit")
	if err != nil {
		return r, err
	}
	defer func() { err = failure.First(err, limit.close()) }()
	var ours, bare []float64
	var taken []time.Duration
	for round := range b.Rounds {
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
		b.Log("round %d: %.0f moves/s, %s %.0f", round+1, ours[round], limit.name(), perS)
	}
	slices.Sort(taken)
	r.Name, r.Database, r.Workers, r.Moves = "moves", g.version, b.Workers, len(taken)
	r.PerS, r.P50, r.P99 = median(ours), percentile(taken, 50), percentile(taken, 99)
	r.Limit.Name, r.Limit.PerS = limit.name(), median(bare)
	r.Ratio = r.PerS / r.Limit.PerS
	return r, nil
}

// benchCounty is the county in which the moves are measured.
type benchCounty struct {
	db     *database.DB
	svc    *casework.Service
	people seeds.People
	cases  []benchCase
}

// benchCase is one case that goes forth and back; only its worker touches it.
type benchCase struct {
	id    workflow.CaseID
	seen  int
	state glossary.State
}

func (f *benchCounty) close() error { return f.db.Close() }

// build makes the county and brings every case to the group's signature. What is only built, not measured, does not
// wait for the disk.
func (b Moves) build(ctx context.Context, g *workspace) (*benchCounty, error) {
	clock := backend.NewClock(seeds.DemoStart)
	fast, err := g.open(ctx, clock, b.Workers+2, map[string]string{"synchronous_commit": "off"})
	if err != nil {
		return nil, err
	}
	people, cases, err := b.fill(ctx, fast, clock)
	if err := failure.First(err, fast.Close()); err != nil {
		return nil, err
	}
	measured, err := g.open(ctx, clock, b.Workers+2, nil)
	if err != nil {
		return nil, err
	}
	svc, _, err := measured.Service(ctx)
	if err != nil {
		return nil, failure.First(err, measured.Close())
	}
	return &benchCounty{db: measured.DB, svc: svc, people: people, cases: cases}, nil
}

func (b Moves) fill(ctx context.Context, be *backend.Backend, clock *backend.Clock) (seeds.People, []benchCase, error) {
	if err := be.DB.Migrate(ctx); err != nil {
		return nil, nil, err
	}
	people, err := seeds.LoadDemo(ctx, be.Store)
	if err != nil {
		return nil, nil, err
	}
	svc, _, err := be.Service(ctx)
	if err != nil {
		return nil, nil, err
	}
	w := &seeds.Walker{Service: svc, Officers: people}
	cases := make([]benchCase, b.Cases)
	began := time.Now()
	// up to the notice, which hangs for five working days; then the rest of the way
	err = b.forEachCase(func(i int) error {
		household, _, err := be.Store.SaveHousehold(ctx, people[glossary.ServiceCenter], inventHousehold(i))
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
	err = b.forEachCase(func(i int) error {
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
	b.Log("built %d cases in %.1f s", b.Cases, time.Since(began).Seconds())
	return people, cases, nil
}

// forEachCase does something for every case, shared among the workers.
func (b Moves) forEachCase(do func(i int) error) error {
	errs := make([]error, b.Workers)
	var wg sync.WaitGroup
	for w := range b.Workers {
		wg.Go(func() {
			for i := w; i < b.Cases && errs[w] == nil; i += b.Workers {
				errs[w] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inventHousehold returns the i-th invented household; its number has a sound check digit.
func inventHousehold(i int) forms.Household {
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
func (f *benchCounty) round(ctx context.Context, b Moves) ([]time.Duration, float64, error) {
	limit := time.Duration(b.Seconds * float64(time.Second))
	took := make([][]time.Duration, b.Workers)
	errs := make([]error, b.Workers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range b.Workers {
		wg.Go(func() {
			for i := w; errs[w] == nil && time.Since(began) < limit; i += b.Workers {
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
func (f *benchCounty) move(ctx context.Context, p *benchCase) error {
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
