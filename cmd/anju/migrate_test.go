package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"

	database "anju/models/db"
	"anju/models/modelstest"
)

// site is a data folder, a key and a database of one test, on which the commands work.
type site struct {
	t        testing.TB
	data, db string
	key      string
}

func newSite(t testing.TB, db string) site {
	t.Helper()
	p := site{t: t, data: filepath.Join(t.TempDir(), "data"), db: db}
	p.key = filepath.Join(filepath.Dir(p.data), "data", "master.key")
	if db == "" {
		p.db = filepath.Join(p.data, "anju.db")
	}
	return p
}

// onSites runs a test on a site with PostgreSQL and on one with SQLite.
func onSites(t *testing.T, test func(*testing.T, site)) {
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, newSite(t, modelstest.Postgres(t))) })
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, newSite(t, "")) })
}

func (p site) args(args ...string) []string { return append(args, "--data", p.data, "--db", p.db) }

// try runs a command inside this process and gives its exit code and all that it wrote.
func (p site) try(args ...string) (int, string) {
	var out, errOut strings.Builder
	code := run(p.t.Context(), p.args(args...), strings.NewReader(""), &out, &errOut)
	return code, out.String() + errOut.String()
}

// must runs a command that has to end well.
func (p site) must(args ...string) string {
	p.t.Helper()
	code, said := p.try(args...)
	if code != exitDone {
		p.t.Fatalf("anju %v ended with %d: %s", args, code, said)
	}
	return said
}

// refused runs a command that has to fail, with all the words on one line.
func (p site) refused(words []string, args ...string) {
	p.t.Helper()
	var out, errOut strings.Builder
	code := run(p.t.Context(), p.args(args...), strings.NewReader(""), &out, &errOut)
	if code != exitFalse || strings.Count(errOut.String(), "\n") != 1 {
		p.t.Errorf("anju %v ended with %d: %q; want 1 and one line", args, code, errOut.String())
	}
	for _, w := range words {
		if !strings.Contains(errOut.String(), w) {
			p.t.Errorf("anju %v says %q; want %q in it", args, errOut.String(), w)
		}
	}
}

// sql opens the database beside the program.
func (p site) sql() *sql.DB {
	p.t.Helper()
	driver, source := sqlite.DriverName, "file:"+p.db+"?_pragma=busy_timeout(10000)"
	if strings.Contains(p.db, "://") {
		driver, source = "pgx", p.db
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (p site) exec(text string) {
	p.t.Helper()
	if _, err := p.sql().ExecContext(p.t.Context(), text); err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
}

// TestNewerSchemaIsRefused puts a migration into the database that this program does not know: every command that opens
// the database names both versions and does nothing (findings M7, B11, X11).
func TestNewerSchemaIsRefused(t *testing.T) {
	long(t)
	onSites(t, func(t *testing.T, p site) {
		p.must("migrate", "up")
		p.must("seed")
		p.exec(
			"INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (99, " +
				map[bool]string{true: "true", false: "1"}[strings.Contains(p.db, "://")] + ", CURRENT_TIMESTAMP)",
		)
		words := []string{"version 99", "up to version ", "newer anju"}
		for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0", "--base-url", "https://anju.example"},
			{"migrate", "up"}, {"migrate", "status"}, {"seed"}, {"history", "verify"},
			{"user", "list"}, {"sla", "breaches"}, {"queue", "list"}, {"calendar", "versions"}} {
			p.refused(words, args...)
		}
		if _, said := p.try("migrate", "status"); !strings.Contains(said, "unknown  0099, applied 20") {
			t.Errorf("migrate status does not list it:\n%s", said)
		}
		if code, said := p.try(
			"doctor",
		); code != exitFalse ||
			!strings.Contains(said, "FAULT database  its tables are of version 99") {
			t.Errorf("doctor: %d\n%s", code, said)
		}
		if code, said := p.try(
			"migrate",
			"status",
			"--json",
		); code != exitFalse ||
			!strings.Contains(said, `"Unknown": true`) {
			t.Errorf("migrate status --json: %d\n%s", code, said)
		}
	})
}

// older makes a database on PostgreSQL whose tables are of an older version.
func older(t *testing.T, version int64) site {
	t.Helper()
	return olderAt(t, modelstest.Postgres(t), version)
}

func olderAt(t *testing.T, address string, version int64) site {
	t.Helper()
	p := newSite(t, address)
	m, err := goose.NewProvider(
		goose.DialectPostgres,
		p.sql(),
		os.DirFS(filepath.FromSlash("../../models/db/migrations/postgres")),
	)
	if err == nil {
		_, err = m.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hold locks a table as a report or a forgotten session does, until it is let go.
func (p site) hold(table string) (release func()) {
	p.t.Helper()
	conn, err := p.sql().Conn(p.t.Context())
	if err == nil {
		_, err = conn.ExecContext(
			p.t.Context(),
			"SET application_name = 'report tool'; BEGIN; LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE",
		)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			p.t.Error(err)
		}
		_ = conn.Close()
	}
}

// migrating starts `anju migrate up` as a process of its own.
func (p site) migrating() (cmd *exec.Cmd, out, errOut *output) {
	p.t.Helper()
	cmd, out, errOut = exec.Command("anju", p.args("migrate", "up")...), &output{}, &output{}
	cmd.Stdout, cmd.Stderr = out, errOut
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return cmd, out, errOut
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(2 * time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("never: " + what)
		}
	}
}

// TestMigrateWaitsForAHeldTable holds a table until the first try has failed: the migration says what it waits for, is
// killed once in the middle, and ends well when it is started again and the table is let go (fault 37).
func TestMigrateWaitsForAHeldTable(t *testing.T) {
	long(t)
	p := older(t, 8)
	release := p.hold("officers")
	killed, _, said := p.migrating()
	eventually(t, "the holder is told", func() bool { return strings.Contains(said.String(), "report tool") })
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()

	cmd, out, said := p.migrating()
	began := time.Now()
	eventually(t, "the holder is told", func() bool { return strings.Contains(said.String(), "report tool") })
	for _, want := range []string{"waiting for a table held by session ", "LOCK TABLE officers"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
	time.Sleep(time.Until(began.Add(8 * time.Second))) // longer than one try: the condition is the time itself
	release()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if !strings.Contains(out.String(), "applied  0010_administration.sql") {
		t.Errorf("it does not say what it applied: %s", out)
	}
	if said := p.must("migrate", "status"); strings.Contains(said, "pending") {
		t.Errorf("after it\n%s", said)
	}
}

// TestMigrateSaysWhatItMayNotSee runs as a role that may not see or end the session of another.
func TestMigrateSaysWhatItMayNotSee(t *testing.T) {
	long(t)
	address, err := url.Parse(modelstest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	super := newSite(t, address.String())
	name := strings.TrimPrefix(address.Path, "/")
	role := "plain_" + name
	super.exec("CREATE ROLE " + role + " LOGIN PASSWORD 'plain'")
	super.exec("ALTER DATABASE " + name + " OWNER TO " + role)
	super.exec("ALTER SCHEMA public OWNER TO " + role)
	address.User = url.UserPassword(role, "plain")
	p := olderAt(t, address.String(), 8)
	defer super.hold("officers")()
	cmd, _, said := p.migrating()
	eventually(t, "the holder is told", func() bool { return strings.Contains(said.String(), "report tool") })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if !strings.Contains(said.String(), "(report tool; its details are hidden from this role; ask a superuser)") {
		t.Errorf("it says %s", said)
	}
}

// The advice to end a session is given to who may.
func TestWhoMayEndAHolder(t *testing.T) {
	mine := database.Holder{
		PID:         7,
		Application: "psql",
		Since:       time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC),
		Query:       "LOCK",
		Endable:     true,
	}
	other := database.Holder{PID: 8, Application: "report"}
	for _, tt := range []struct {
		holders []database.Holder
		says    string
	}{
		{[]database.Holder{mine}, "(psql, its transaction open since 2026-03-02T01:00:00Z): LOCK; end it (SELECT " +
			"pg_terminate_backend(7)), and run"},
		{[]database.Holder{other}, "this role may not end it: have the program there end its transaction, or a superuser " +
			"end the session " +
			"(SELECT pg_terminate_backend(8)), and run"},
	} {
		if got := (&database.HeldTable{Waited: time.Minute, Holders: tt.holders}).Error(); !strings.Contains(got, tt.says) {
			t.Errorf("%s", got)
		}
	}
}

// TestMigrateNamesWhoHoldsATable never lets the table go: the migration ends after its minute and names the session.
func TestMigrateNamesWhoHoldsATable(t *testing.T) {
	modelstest.Long(t) // it waits a minute
	t.Parallel()
	p := older(t, 8)
	defer p.hold("officers")()
	cmd, _, said := p.migrating()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFalse {
		t.Errorf("it ended with %v", err)
	}
	lines := bytes.Split(bytes.TrimSpace([]byte(said.String())), []byte("\n"))
	last := string(lines[len(lines)-1])
	for _, want := range []string{"a table was not had in", "report tool", "LOCK TABLE officers", "pg_terminate_backend(",
		"anju migrate up"} {
		if !strings.Contains(last, want) {
			t.Errorf("%q is not in %q", want, last)
		}
	}
	if strings.Contains(last, "check ANJU_DB") {
		t.Errorf("wrong advice: %s", last)
	}
}
