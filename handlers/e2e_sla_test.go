package handlers_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"anju/handlers"
	"anju/models/modelstest"
	"anju/seeds"
)

// The audit and the clock on the real store: the same walks that the memory store passes.

func TestRedCaseInTheDemoCounty(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	handlers.RedCase(t, handlers.Conforming(t, web))
}

func TestSummaryOfTheDemoCounty(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	handlers.SummaryAgrees(t, handlers.Conforming(t, web))
}

func TestAttributionInTheDemoCounty(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, c := county(t)
	cal, err := seeds.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	handlers.AttributionAddsUp(t, handlers.Conforming(t, web), c.Now, cal)
}

func TestBadInputToTheClockOfTheDemoCounty(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	dir := t.TempDir()
	web, c := countyIn(t, dir)
	db, err := sql.Open("sqlite", filepath.Join(dir, "anju.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	handlers.BadClockInput(t, web, c.Now, func() string { return counts(t, db) })
}

// counts are the rows of every table but those of logging in.
func counts(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('sessions', 'login_failures', 'login_devices') ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil || len(tables) < 10 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	var b strings.Builder
	for _, name := range tables {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM \"" + name + "\"").Scan(&n); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d\n", name, n)
	}
	return b.String()
}
