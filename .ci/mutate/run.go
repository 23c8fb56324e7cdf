package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"anju/.ci/mutate/choice"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/law"
	"anju/workflow/law/lawtest/claims"
)

// test is a test that claims rules, with what it reaches when nothing is spoilt.
type test struct {
	dir, name string
	rules     []law.Rule
	took      time.Duration
	reaches   map[int]bool
	chains    map[string]bool  // of which it judges a case
	rows      workflow.ChainID // the chain of which it holds every row to what was signed, in a subtest; "" of a claim
}

// mutant is one of rows or of code.
type mutant struct {
	id     string
	kind   string // what was done to it
	chain  workflow.Chain
	places []string // of rows: the ids in every place that shares the row
	rules  []law.Rule
	code   int  // the number of a mutant of code, 0 of rows
	init   bool // reached before any test begins
	env    []string
	tests  []*test // that may kill it
	text   string  // of the row, or where the code stands
	killed []string
	byRows bool // killed by what was signed alone
	ran    bool
}

// bench runs tests with a mutant in force.
type bench struct {
	folder string
	bins   map[string]string // test binary by package
	tests  []*test
	left   []string // tests left out, with the reason

	elsewhere map[string]int // tests in packages that are not run
}

const longest = 90 * time.Second // one run

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// exec runs tests of one package until one fails. It gives the one that failed, and the time of the processor that it took.
func (b *bench) exec(tests []*test, env []string) (fails []string, took time.Duration, err error) {
	dir, names, sub := tests[0].dir, make([]string, len(tests)), ""
	for i, t := range tests {
		names[i] = t.name
	}
	if ch := tests[0].rows; ch != "" {
		sub = "/^" + regexp.QuoteMeta(string(ch)) + "$"
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	args := []string{"-test.run", "^(" + strings.Join(names, "|") + ")$" + sub, "-test.timeout", longest.String(),
		"-test.failfast"}
	cmd := exec.CommandContext(ctx, b.bins[dir], args...)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "GOMAXPROCS=1", "GOGC=400"), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if cmd.ProcessState != nil {
		took = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // whatever else the machine does
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil, took, nil
	case !errors.As(err, &exit):
		return nil, took, err
	}
	for _, m := range failed.FindAllStringSubmatch(out.String(), -1) {
		fails = append(fails, m[1])
	}
	if len(fails) == 0 {
		fails = []string{names[0]} // it ended the process, or did not end
	}
	return fails, took, nil
}

// open compiles the tests that claim rules and runs each once with nothing spoilt.
func open(o options, folder, overlay string, out io.Writer) (*bench, error) {
	declared, err := claims.Below(".")
	if err != nil {
		return nil, err
	}
	b := &bench{folder: folder, bins: map[string]string{}, elsewhere: map[string]int{}}
	for _, c := range declared {
		if !o.packages.MatchString(c.Dir) {
			b.elsewhere[c.Dir]++
			continue
		}
		if b.bins[c.Dir] == "" {
			began := time.Now()
			if b.bins[c.Dir], err = compile(folder, overlay, c.Dir); err != nil {
				return nil, err
			}
			fmt.Fprintf(out, "compiled %s in %s\n", c.Dir, time.Since(began).Round(time.Second))
		}
		add := func(rows workflow.ChainID) {
			b.tests = append(b.tests, &test{dir: c.Dir, name: c.Name, rules: c.Rules, rows: rows, reaches: map[int]bool{},
				chains: map[string]bool{}})
		}
		if !c.Rows {
			add("")
			continue
		}
		for _, ch := range chains.Published() {
			add(ch.ID)
		}
	}
	if err := b.measure(o); err != nil {
		return nil, err
	}
	return b, nil
}

// measure runs each test alone: it must pass, and what it reaches is written down.
func (b *bench) measure(o options) error {
	var mu sync.Mutex
	var wrong []error
	each(o.workers, b.tests, func(t *test) {
		log := filepath.Join(b.folder, strings.ReplaceAll(t.dir, "/", "-")+t.name+string(t.rows)+".reach")
		fails, took, err := b.exec([]*test{t}, []string{choice.Reached + "=" + log})
		if err == nil && len(fails) > 0 {
			err = fmt.Errorf("%s.%s fails with nothing spoilt", t.dir, t.name)
		}
		text, _ := os.ReadFile(log) // a test that reaches nothing writes none
		for _, line := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(line); err == nil {
				t.reaches[n] = true
			} else {
				t.chains[line] = true
			}
		}
		t.took = took
		if err != nil {
			mu.Lock()
			wrong = append(wrong, err)
			mu.Unlock()
		}
	})
	b.tests = slices.DeleteFunc(b.tests, func(t *test) bool {
		if t.took > o.slow && t.rows == "" {
			b.left = append(b.left, fmt.Sprintf("%s.%s: takes %s", t.dir, t.name, t.took.Round(time.Millisecond)))
		}
		return t.took > o.slow && t.rows == ""
	})
	return errors.Join(wrong...)
}

// each calls do for every item, so many at once.
func each[T any](workers int, list []T, do func(T)) {
	items := make(chan T)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for x := range items {
				do(x)
			}
		})
	}
	for _, x := range list {
		items <- x
	}
	close(items)
	group.Wait()
}

// batch is how many tests run at once.
const batch = 6

// judge runs the tests that may kill a mutant until one does: those that claim its rule, then those that hold every row
// to what was signed.
func (b *bench) judge(m *mutant) error {
	for rest := m.tests; len(rest) > 0 && len(m.killed) == 0; {
		n := 1
		for n < min(batch, len(rest)) && rest[n].dir == rest[0].dir && rest[n].rows == "" && rest[0].rows == "" {
			n++
		}
		fails, _, err := b.exec(rest[:n], m.env)
		if err != nil {
			return err
		}
		for _, f := range fails {
			m.killed = append(m.killed, rest[0].dir+"."+f)
			m.byRows = rest[0].rows != ""
		}
		rest = rest[n:]
	}
	m.ran = true
	return nil
}

// run spoils and tests as the options say. It tells whether a mutant survives that no one has explained.
func run(o options, out io.Writer) (bool, error) {
	began := time.Now()
	folder, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(folder)
	overlay, inCode, err := write(folder)
	if err != nil {
		return false, err
	}
	mutants := append(ofRows(), ofCode(inCode)...)
	if o.sums {
		for _, m := range mutants {
			if m.code == 0 {
				fmt.Fprintln(out, m.sum(), m.id)
			}
		}
		return false, nil
	}
	if o.changed != "" {
		if mutants, err = changed(o.changed, folder, mutants, inCode); err != nil {
			return false, err
		}
	}
	mutants = slices.DeleteFunc(mutants, func(m *mutant) bool { return !o.only.MatchString(m.id) })
	if o.list {
		for _, m := range mutants {
			fmt.Fprintln(out, m.id, m.rules)
		}
		return false, nil
	}
	if len(mutants) == 0 {
		fmt.Fprintln(out, "no row and no function of the law changed")
		return false, nil
	}
	check(o, mutants)
	if o.write {
		log, err := resume(o.log, mutants)
		if err != nil {
			return false, err
		}
		r := record{options: o, mutants: mutants, bench: &bench{}}
		open, err := r.write(out)
		return open, errors.Join(err, log.Close())
	}
	b, err := open(o, folder, overlay, out)
	if err != nil {
		return false, err
	}
	for _, m := range mutants {
		m.tests = b.of(m)
	}
	fmt.Fprintf(out, "%d mutants, %d tests that claim rules, seed %d\n", len(mutants), len(b.tests), o.seed)
	rand.New(rand.NewPCG(o.seed, o.seed)).Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
	if o.claims {
		return b.prove(o, mutants, out)
	}
	if err := b.all(o, began, mutants, out); err != nil {
		return false, err
	}
	r := record{options: o, mutants: mutants, bench: b, took: time.Since(began)}
	return r.write(out)
}

// all judges the mutants until the time is over.
func (b *bench) all(o options, began time.Time, mutants []*mutant, out io.Writer) error {
	var mu sync.Mutex
	var wrong []error
	log, err := resume(o.log, mutants)
	if err != nil {
		return err
	}
	done := 0
	each(o.workers, mutants, func(m *mutant) {
		if o.bound > 0 && time.Since(began) > o.bound {
			return
		}
		if m.ran {
			return
		}
		err := b.judge(m)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			wrong = append(wrong, err)
		}
		if _, err := fmt.Fprintln(log, m.line()); err != nil {
			wrong = append(wrong, err)
		}
		if done++; o.verbose {
			fmt.Fprintf(out, "%d/%d %s: %s\n", done, len(mutants), m.id, strings.Join(m.killed, " "))
		}
	})
	return errors.Join(append(wrong, log.Close())...)
}

// line is the result of a mutant in the log.
func (m *mutant) line() string {
	how := "survives"
	switch {
	case m.byRows:
		how = "signed"
	case len(m.killed) > 0:
		how = "claimed"
	}
	return strings.Join(append([]string{m.id, how}, m.killed...), "\t")
}

// resume reads the results of an earlier part of the run, and opens the log for the rest. One without a name is thrown
// away.
func resume(path string, mutants []*mutant) (*os.File, error) {
	if path == "" {
		path = os.DevNull
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(log)
	results := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) > 1 {
			results[f[0]] = f[1:]
		}
	}
	for _, m := range mutants {
		if f := results[m.id]; f != nil && !m.ran {
			m.ran, m.byRows, m.killed = true, f[0] == "signed", f[1:]
		}
	}
	return log, err
}

// tries is how many mutants of a rule a claim is tried with before it counts as not proven.
const tries = 80

// prove runs each test alone with mutants of each rule that it claims, until it dies with one. It prints the claims that
// no mutant proves, and tells whether there are any.
func (b *bench) prove(o options, mutants []*mutant, out io.Writer) (bool, error) {
	var mu sync.Mutex
	var wrong []error
	unproven := 0
	each(o.workers, b.tests, func(t *test) {
		for _, rule := range t.rules {
			tried, proved, err := b.proves(t, rule, mutants)
			mu.Lock()
			if err != nil {
				wrong = append(wrong, err)
			}
			if tried > 0 && !proved {
				unproven++
				fmt.Fprintf(out, "%s.%s claims %s and lives with %d mutants of it\n", t.dir, t.name, rule, tried)
			}
			mu.Unlock()
		}
	})
	fmt.Fprintf(out, "%d claims are not proven\n", unproven)
	return unproven > 0, errors.Join(wrong...)
}

// proves tells whether a test dies with a mutant of the rule, and how many it was tried with.
func (b *bench) proves(t *test, rule law.Rule, mutants []*mutant) (tried int, proved bool, err error) {
	for _, m := range mutants {
		refused := m.ran // by the checker
		if refused || !m.reachedBy(t) || !slices.Contains(m.rules, rule) || tried == tries {
			continue
		}
		tried++
		fails, _, err := b.exec([]*test{t}, m.env)
		if err != nil || len(fails) > 0 {
			return tried, len(fails) > 0, err
		}
	}
	return tried, false, nil
}

// mostReaching is how many tests that reach a mutant of code are tried, beside those that claim its rule.
const mostReaching = 24

// of lists the tests that may kill a mutant: those that claim its rule, or any where it has none; of rows those that
// judge a case of the chain, or of none; of code also those that reach it, and fewest others; then those that hold rows
// to what was signed. Of each the quick ones go first.
func (b *bench) of(m *mutant) []*test {
	var claim, rest, rows []*test
	for _, t := range b.tests {
		claims := slices.ContainsFunc(m.rules, func(r law.Rule) bool { return slices.Contains(t.rules, r) })
		switch {
		case !m.reachedBy(t):
		case t.rows != "":
			rows = append(rows, t)
		case claims:
			claim = append(claim, t)
		case len(m.rules) == 0 || m.code > 0 && !m.init:
			rest = append(rest, t)
		}
	}
	slices.SortStableFunc(rest, func(x, y *test) int { return cmp.Compare(len(x.reaches), len(y.reaches)) })
	rest = rest[:min(len(rest), mostReaching)]
	quick := func(x, y *test) int { return cmp.Or(cmp.Compare(x.dir, y.dir), cmp.Compare(x.took, y.took)) }
	slices.SortStableFunc(claim, quick)
	slices.SortStableFunc(rows, quick)
	return slices.Concat(claim, rest, rows)
}

// reachedBy tells whether a test can come to a mutant.
func (m *mutant) reachedBy(t *test) bool {
	switch {
	case m.code > 0:
		return m.init || t.reaches[m.code]
	case t.rows != "":
		return t.rows == m.chain.ID
	}
	return len(t.chains) == 0 || slices.ContainsFunc(m.places, func(id string) bool {
		chain, _, _ := strings.Cut(id, "@")
		return t.chains[chain]
	})
}
