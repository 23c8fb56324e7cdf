package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"anju/workflow/law"
)

// The files of the record.
const (
	explained = ".ci/mutate/survivors.txt"
	document  = "docs/mutants.md"
	checker   = "table.Check"
	most      = 10 // survivors that may be explained
)

// sum is the hash of what the row of a mutant says.
func (m *mutant) sum() string {
	s := sha256.Sum256([]byte(m.text))
	return hex.EncodeToString(s[:8])
}

// record is what a run found.
type record struct {
	options
	mutants []*mutant
	bench   *bench
	took    time.Duration
}

// reasons reads the survivors that were looked at: a line each, id and reason parted by a tab.
func reasons() (map[string]string, error) {
	text, err := os.ReadFile(explained)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	list := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if id, why, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok {
			list[id] = why
		}
	}
	return list, err
}

// write prints the record, and writes the document after a whole run. It tells whether a mutant survives unexplained.
func (r record) write(out io.Writer) (bool, error) {
	why, err := reasons()
	if err != nil {
		return false, err
	}
	slices.SortFunc(r.mutants, func(x, y *mutant) int { return cmp.Compare(x.id, y.id) })
	text, open := r.text(why)
	fmt.Fprintln(out, text)
	if r.changed != "" || r.bound > 0 || r.only.String() != "" {
		return open > 0, nil
	}
	return open > 0 || len(why) > most, os.WriteFile(document, []byte(text), 0o644)
}

// tally counts the mutants of a kind.
type tally struct{ all, refused, killed, rows, skipped int }

// text is the record in words, and how many survivors no one explained.
func (r record) text(why map[string]string) (string, int) {
	kinds := map[string]*tally{}
	var sum tally
	var survivors []*mutant
	for _, m := range r.mutants {
		k := kinds[m.kind]
		if k == nil {
			k = &tally{}
			kinds[m.kind] = k
		}
		for _, t := range []*tally{k, &sum} {
			t.all++
			switch {
			case !m.ran:
				t.skipped++
			case m.byRows:
				t.rows++
			case len(m.killed) > 0 && m.killed[0] == checker:
				t.refused++
			case len(m.killed) > 0:
				t.killed++
			}
		}
		if m.ran && len(m.killed) == 0 {
			survivors = append(survivors, m)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Mutants\n\nWritten by `go run ./.ci/mutate`; not to be edited. Each mutant is one cell of a chain's table, "+
		"or one expression of\nthe code of law, spoilt; it is killed where a test that claims its rule fails.\n\n"+
		"%d mutants, %d killed, %d survive, %d not run; %d tests claim rules; seed %d.\n\n",
		sum.all, sum.killed, len(survivors), sum.skipped, len(r.bench.tests), r.seed)
	b.WriteString("| What is spoilt | Mutants | Killed | Survive |\n|---|---:|---:|---:|\n")
	for _, k := range sorted(kinds) {
		t := kinds[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", k, t.all, t.refused, t.killed, t.rows,
			t.all-t.refused-t.killed-t.rows-t.skipped)
	}
	open := 0
	b.WriteString("\n## Survivors\n\n| Mutant | Rules | Tests run | Why it may live |\n|---|---|---:|---|\n")
	for _, m := range survivors {
		reason := why[m.id]
		if reason == "" {
			open++
			reason = "**not explained**"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", strings.ReplaceAll(m.id, "|", `\|`), join(m.rules), len(m.tests), reason)
	}
	b.WriteString("\n## Tests left out\n\n")
	for _, dir := range sorted(r.bench.elsewhere) {
		fmt.Fprintf(&b, "- %d of %s: `-packages` runs them\n", r.bench.elsewhere[dir], dir)
	}
	slices.Sort(r.bench.left)
	for _, l := range r.bench.left {
		b.WriteString("- " + l + "\n")
	}
	return b.String(), open
}

func join(rules []law.Rule) string {
	list := make([]string, len(rules))
	for i, r := range rules {
		list[i] = string(r)
	}
	return strings.Join(list, " ")
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
