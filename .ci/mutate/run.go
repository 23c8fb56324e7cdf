package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
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
	"anju/workflow/law"
	"anju/workflow/law/lawtest/claims"
)

// test is a test that claims rules, with what it reaches when nothing is spoilt.
type test struct {
	dir, name string
	rules     []law.Rule
	took      time.Duration
	reaches   map[int]bool
}

// mutant is one of rows or of code.
type mutant struct {
	id     string
	kind   string // what was done to it
	chain  workflow.Chain
	rules  []law.Rule
	code   int  // the number of a mutant of code, 0 of rows
	init   bool // reached before any test begins
	env    []string
	tests  []*test // that may kill it
	text   string  // of the row, or where the code stands
	killed []string
	ran    bool
}

// bench runs tests with a mutant in force.
type bench struct {
	folder string
	bins   map[string]string // test binary by package
	tests  []*test
	left   []string // tests left out, with the reason
}

const longest = 90 * time.Second // one run

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// exec runs tests of one package. It gives those that failed: all of them where the run ended without a name.
func (b *bench) exec(dir string, names, env []string, first bool) (fails []string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	args := []string{"-test.run", "^(" + strings.Join(names, "|") + ")$", "-test.timeout", longest.String()}
	if first {
		args = append(args, "-test.failfast")
	}
	cmd := exec.CommandContext(ctx, b.bins[dir], args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err = cmd.Run()
	took = time.Since(began)
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
	b := &bench{folder: folder, bins: map[string]string{}}
	for _, c := range declared {
		if !o.packages.MatchString(c.Dir) {
			b.left = append(b.left, c.Dir+"."+c.Name+": its package is not run")
			continue
		}
		if b.bins[c.Dir] == "" {
			began := time.Now()
			if b.bins[c.Dir], err = compile(folder, overlay, c.Dir); err != nil {
				return nil, err
			}
			fmt.Fprintf(out, "compiled %s in %s\n", c.Dir, time.Since(began).Round(time.Second))
		}
		b.tests = append(b.tests, &test{dir: c.Dir, name: c.Name, rules: c.Rules, reaches: map[int]bool{}})
	}
	return b, b.measure(o)
}

// measure runs each test alone: it must pass, and what it reaches is written down.
func (b *bench) measure(o options) error {
	var mu sync.Mutex
	var wrong []error
	each(o.workers, b.tests, func(t *test) {
		log := filepath.Join(b.folder, strings.ReplaceAll(t.dir, "/", "-")+t.name+".reach")
		fails, took, err := b.exec(t.dir, []string{t.name}, []string{choice.Reached + "=" + log}, false)
		if err == nil && len(fails) > 0 {
			err = fmt.Errorf("%s.%s fails with nothing spoilt", t.dir, t.name)
		}
		text, _ := os.ReadFile(log) // a test that reaches nothing writes none
		for _, line := range strings.Fields(string(text)) {
			n, _ := strconv.Atoi(line)
			t.reaches[n] = true
		}
		t.took = took
		if err != nil {
			mu.Lock()
			wrong = append(wrong, err)
			mu.Unlock()
		}
	})
	b.tests = slices.DeleteFunc(b.tests, func(t *test) bool {
		if t.took > o.slow {
			b.left = append(b.left, fmt.Sprintf("%s.%s: takes %s", t.dir, t.name, t.took.Round(time.Millisecond)))
		}
		return t.took > o.slow
	})
	slices.SortStableFunc(b.tests, func(x, y *test) int { return int(x.took - y.took) })
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

// judge runs the tests that may kill a mutant, package by package, until one does; all of them where all is asked.
func (b *bench) judge(m *mutant, all bool) error {
	byDir := map[string][]string{}
	var dirs []string
	for _, t := range m.tests {
		if byDir[t.dir] == nil {
			dirs = append(dirs, t.dir)
		}
		byDir[t.dir] = append(byDir[t.dir], t.name)
	}
	for _, dir := range dirs {
		fails, _, err := b.exec(dir, byDir[dir], m.env, !all)
		if err != nil {
			return err
		}
		for _, f := range fails {
			m.killed = append(m.killed, dir+"."+f)
		}
		if len(m.killed) > 0 && !all {
			break
		}
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
	b, err := open(o, folder, overlay, out)
	if err != nil {
		return false, err
	}
	for _, m := range mutants {
		m.tests = b.of(m)
	}
	fmt.Fprintf(out, "%d mutants, %d tests that claim rules, seed %d\n", len(mutants), len(b.tests), o.seed)
	rand.New(rand.NewSource(o.seed)).Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
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
	done := 0
	each(o.workers, mutants, func(m *mutant) {
		if o.bound > 0 && time.Since(began) > o.bound {
			return
		}
		if m.ran && !o.claims {
			return
		}
		err := b.judge(m, o.claims)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			wrong = append(wrong, err)
		}
		if done++; o.verbose {
			fmt.Fprintf(out, "%d/%d %s: %s\n", done, len(mutants), m.id, strings.Join(m.killed, " "))
		}
	})
	return errors.Join(wrong...)
}

// of lists the tests that may kill a mutant: those that claim its rule; of code also those that reach it, the claiming
// ones first.
func (b *bench) of(m *mutant) (list []*test) {
	for _, t := range b.tests {
		claims := slices.ContainsFunc(m.rules, func(r law.Rule) bool { return slices.Contains(t.rules, r) })
		switch {
		case len(m.rules) > 0 && (m.code == 0 || m.init):
			if claims {
				list = append(list, t)
			}
		case m.code > 0 && !m.init && !t.reaches[m.code]:
		case claims:
			list = slices.Insert(list, 0, t)
		default:
			list = append(list, t)
		}
	}
	return list
}
