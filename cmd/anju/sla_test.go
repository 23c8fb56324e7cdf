package main

import (
	"path/filepath"
	"strings"
	"testing"

	"anju/models/modelstest"
)

// TestBothDatabasesSayTheSame asks the demo county on SQLite and on PostgreSQL the same questions.
func TestBothDatabasesSayTheSame(t *testing.T) {
	long(t)
	notice := filepath.Join(t.TempDir(), "2026.json")
	writeFile(
		t,
		notice,
		`{"year": 2026, "notice": "修订", "off": ["2026-01-01/2026-01-03", "2026-02-15/2026-02-23"], "work": ["2026-01-04", "2026-02-07", "2026-02-14", "2026-02-28", "2026-03-07"]}`,
	)
	asked := [][]string{
		{"sla", "summary", "--json"},
		{
			"sla",
			"summary",
			"--township",
			"140824100",
			"--chain",
			"homestead",
			"--from",
			"2026-02-01",
			"--to",
			"2026-03-01",
			"--format",
			"csv",
		},
		{"sla", "breaches", "--json"},
		{"sla", "breaches", "--status", "open", "--from", "2026-02-10", "--to", "2026-03-01", "--format", "csv"},
		{"sla", "what-if", "--limit", "L06=10wd", "--limit", "L04=20cd", "--json"},
		{"sla", "what-if", "--calendar", notice, "--json"},
		{"calendar", "import", notice, "--dry-run", "--json"},
		{"calendar", "import", notice, "--as", "admin", "--json"},
		{"calendar", "versions", "--json"},
		{"sla", "breaches"},
		{"history", "verify", "--json"},
	}
	answers := func(where ...string) []string {
		t.Helper()
		var all []string
		for _, args := range append([][]string{{"migrate", "up"}, {"seed", "--demo"}}, asked...) {
			var out, errOut strings.Builder
			if code := run(t.Context(), append(args, where...), strings.NewReader(""), &out, &errOut); code != exitDone {
				t.Fatalf("anju %v: %d %s", args, code, errOut.String())
			}
			all = append(all, out.String())
		}
		return all[2:]
	}
	there := answers("--data", t.TempDir(), "--db", modelstest.Postgres(t))
	for i, here := range answers("--data", t.TempDir()) {
		if here != there[i] {
			t.Errorf("anju %v says on SQLite\n%s\nand on PostgreSQL\n%s", asked[i], here, there[i])
		}
	}
}
