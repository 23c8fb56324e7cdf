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
	if r.changed != "" {
		return r.unknown(out, why)
	}
	if r.only.String() != "" {
		return open > 0, nil
	}
	return open > 0 || len(why) > most, os.WriteFile(document, []byte(text), 0o644)
}

// unknown names the survivors that neither the record nor the list of explained ones knows, and tells whether there are any.
func (r record) unknown(out io.Writer, why map[string]string) (bool, error) {
	known, err := os.ReadFile(document)
	if err != nil {
		return false, err
	}
	found := false
	for _, m := range r.mutants {
		if m.ran && len(m.killed) == 0 && why[m.id] == "" && !strings.Contains(string(known), "| "+cell(m.id)+" |") {
			fmt.Fprintln(out, "a new survivor:", m.id)
			found = true
		}
	}
	return found, nil
}

// cell is an id as a table of the record has it.
func cell(id string) string { return strings.ReplaceAll(id, "|", `\|`) }

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
	fmt.Fprintf(&b, `# Mutants

Written by %[1]sgo run ./.ci/mutate%[1]s; not to be edited. Each mutant is one cell of a chain's table, or one expression of the
code of law, spoilt. It is refused where the program does not start with it (%[1]s%[2]s%[1]s), claimed where a test fails
that claims its rule, and signed where only %[1]sTestRowsActAsSigned%[1]s does, which holds every row to what it was read to
do. Otherwise it survives.

%[3]d mutants: %[4]d refused, %[5]d claimed, %[6]d signed, %[7]d survive, %[8]d not run. Seed %[9]d.

| What is spoilt | Mutants | Refused | Claimed | Signed | Survive |
|---|---:|---:|---:|---:|---:|
`, "`", checker, sum.all, sum.refused, sum.killed, sum.rows, len(survivors), sum.skipped, r.seed)
	for _, k := range sorted(kinds) {
		t := kinds[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", k, t.all, t.refused, t.killed, t.rows,
			t.all-t.refused-t.killed-t.rows-t.skipped)
	}
	open := 0
	b.WriteString("\n## Survivors\n\n| Mutant | Rules | Why it may live |\n|---|---|---|\n")
	for _, m := range survivors {
		reason := why[m.id]
		if reason == "" {
			open++
			reason = "**not explained**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(m.id), join(m.rules), reason)
	}
	if len(r.bench.elsewhere)+len(r.bench.left) > 0 {
		b.WriteString("\n## Tests left out\n\n")
	}
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
