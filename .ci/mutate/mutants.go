package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"anju/.ci/mutate/choice"
	"anju/.ci/mutate/rows"
	"anju/.ci/mutate/source"
	"anju/workflow/chains"
	"anju/workflow/table"
)

// ofRows lists the mutants of the published chains. Mutants of a row that several places share are one.
func ofRows() (list []*mutant) {
	twins := map[string]*mutant{}
	for _, ch := range chains.Published() {
		for _, x := range rows.Of(ch) {
			m := twins[x.Twin]
			if m == nil {
				_, what, _ := strings.Cut(x.ID, "=")
				m = &mutant{id: x.ID, kind: column(x.ID) + " " + what, text: x.Text, chain: ch}
				twins[x.Twin] = m
				list = append(list, m)
			}
			m.places = append(m.places, x.ID)
			for _, r := range x.Rules {
				if !slices.Contains(m.rules, r) {
					m.rules = append(m.rules, r)
				}
			}
		}
	}
	for _, m := range list {
		m.env = []string{choice.Rows + "=" + strings.Join(m.places, " ")}
	}
	return list
}

// check judges the mutants of rows by what makes a chain fit to run: the program does not start with one that is not.
func check(o options, list []*mutant) {
	each(o.workers, list, func(m *mutant) {
		if m.code == 0 && len(table.Check(rows.Spoilt(m.chain, m.id))) > 0 {
			m.ran, m.killed = true, []string{checker}
		}
	})
}

var columns = regexp.MustCompile(`/([A-Z][A-Za-z]+)(/[^/]*)?$`)

// column is the last column of a mutant's path.
func column(id string) string {
	path, _, _ := strings.Cut(id, "=")
	if m := columns.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return "row"
}

// ofCode lists the mutants of code. Names that stand twice are numbered.
func ofCode(inCode []source.Mutant) (list []*mutant) {
	seen := map[string]int{}
	for _, x := range inCode {
		id := x.ID()
		if seen[id]++; seen[id] > 1 {
			id += fmt.Sprintf(" (%d)", seen[id])
		}
		what := x.What[strings.LastIndex(x.What, ": ")+2:]
		list = append(list, &mutant{id: id, kind: "code " + what, rules: x.Rules, code: x.Number, init: x.Init,
			text: fmt.Sprintf("%s:%d", x.File, x.Line), env: []string{choice.Code + "=" + strconv.Itoa(x.Number)}})
	}
	return list
}

// changed keeps the mutants of rows that say something else than at a commit, and of functions with changed lines. Every
// row counts as changed where those of the commit cannot be read.
func changed(rev, folder string, mutants []*mutant, inCode []source.Mutant) ([]*mutant, error) {
	lines, err := changedLines(rev)
	if err != nil {
		return nil, err
	}
	touched := map[int]bool{}
	for _, x := range inCode {
		for n := x.First; n <= x.Last; n++ {
			if lines[filepath.ToSlash(x.File)][n] {
				touched[x.Number] = true
			}
		}
	}
	was, err := rowsAt(rev, folder)
	if err != nil {
		fmt.Fprintf(os.Stderr, "mutate: %v: every row counts as changed\n", err)
	}
	return slices.DeleteFunc(mutants, func(m *mutant) bool {
		if m.code > 0 {
			return !touched[m.code]
		}
		return was[m.id] == m.sum()
	}), nil
}

var hunk = regexp.MustCompile(`^@@ -\S+ \+(\d+)(?:,(\d+))? @@`)

// changedLines are the lines by file that differ from a commit.
func changedLines(rev string) (map[string]map[int]bool, error) {
	out, err := exec.Command("git", append([]string{"diff", "-U0", "--no-color", rev, "--"}, spoilt...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("git diff %s: %w", rev, err)
	}
	lines := map[string]map[int]bool{}
	var file map[int]bool
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "+++ b/"); ok {
			file = map[int]bool{}
			lines[name] = file
		}
		if m := hunk.FindStringSubmatch(line); m != nil && file != nil {
			from, _ := strconv.Atoi(m[1])
			n, err := strconv.Atoi(m[2])
			if err != nil {
				n = 1
			}
			for i := range max(n, 1) {
				file[from+i] = true
			}
		}
	}
	return lines, nil
}

// rowsAt reads what the rows said at a commit, by this very command put into a copy of it.
func rowsAt(rev, folder string) (map[string]string, error) {
	copied := filepath.Join(folder, "was")
	script := `mkdir "$2" && git archive "$1" | tar -x -C "$2" && rm -rf "$2/.ci/mutate" && mkdir -p "$2/.ci" &&
		cp -R .ci/mutate "$2/.ci/" && mkdir -p "$2/workflow/law" && cp -R workflow/law/lawtest "$2/workflow/law/" &&
		cd "$2" && go run ./.ci/mutate -sums`
	cmd := exec.Command("sh", "-c", script, "sh", rev, copied)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("rows at %s: %w", rev, err)
	}
	was := map[string]string{}
	for line := range strings.Lines(string(out)) {
		sum, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		was[id] = sum
	}
	return was, nil
}
