package models_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anju/models"
	database "anju/models/db"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

const workflowIssued = glossary.Issued

func workflowHousehold() forms.Household {
	return forms.Household{}.Example().(forms.Household)
}

func TestSixMigrateAtOnce(t *testing.T) {
	modelstest.Slow(t)
	for name, url := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return modelstest.Postgres(t) },
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "anju.db") },
	} {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			key := filepath.Join(t.TempDir(), "key")
			if _, err := database.LoadKeyring(key, true); err != nil {
				t.Fatal(err)
			}
			errs := atOnce(6, func(int) error {
				keys, err := database.LoadKeyring(key, false)
				if err != nil {
					return err
				}
				db, err := database.Open(t.Context(), database.Options{URL: at, Keys: keys, Now: time.Now})
				if err != nil {
					return err
				}
				if err := db.Migrate(t.Context()); err != nil {
					return err
				}
				states, err := db.MigrationStatus(t.Context())
				if err == nil && (len(states) == 0 || !states[len(states)-1].Applied) {
					err = fmt.Errorf("states %+v", states)
				}
				_ = db.Close()
				return err
			})
			for _, err := range errs {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// points are the eight steps of a move between which a process may die.
var points = []string{"locked", "judged", "case", "history", "deadlines", "outbox", "idempotency", "committed"}

func TestKilledAtEachStepNothingIsHalfDone(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.Decision).ID
		if err := c.walker.Prepare(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		seen := c.view(id).Case.Seen
		for _, point := range points {
			t.Run(point, func(t *testing.T) {
				before := c.fingerprint()
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), "ANJU_TEST_CHILD=move", "ANJU_TEST_URL="+c.db.URL, "ANJU_TEST_KEY="+c.db.Path, "ANJU_TEST_POINT="+point,
					fmt.Sprintf("ANJU_TEST_MOVE=%d %d %d", id, c.people[glossary.TownshipGovernment], seen), "ANJU_TEST_NOW="+c.clock.Now().Format(time.RFC3339Nano))
				out, err := child.CombinedOutput()
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != -1 {
					t.Fatalf("the child was not killed: %v\n%s", err, out)
				}
				// the server notices that its client is gone
				for range 100 {
					v, err := c.svc.View(t.Context(), id, c.people[glossary.ServiceCenter])
					if err == nil && (point != "committed" || v.Case.State == glossary.Approved) {
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
				after := c.fingerprint()
				if point != "committed" && after != before {
					t.Errorf("half done:\n%s\n%s", before, after)
				}
				if point == "committed" {
					if v := c.view(id); v.Case.State != glossary.Approved {
						t.Errorf("committed, and the case lies in %s", v.Case.State)
					}
					// the same key again: done once
					_, err := c.svc.Move(t.Context(), id, c.people[glossary.TownshipGovernment], "the-key", workflow.Move{Do: glossary.Approve, Seen: seen})
					var replayed *workflow.Replayed
					if !errors.As(err, &replayed) || c.fingerprint() != after {
						t.Errorf("the same key again: %v", err)
					}
				}
				c.verified()
			})
		}
	})
}

// moveAndDie is this test program run a second time: it makes one move and is killed at the named step of it.
func moveAndDie() {
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
	}
	ctx := context.Background()
	now, err := time.Parse(time.RFC3339Nano, os.Getenv("ANJU_TEST_NOW"))
	fail(err)
	keys, err := database.LoadKeyring(os.Getenv("ANJU_TEST_KEY"), false)
	fail(err)
	var id, by int64
	var seen int
	_, err = fmt.Sscan(os.Getenv("ANJU_TEST_MOVE"), &id, &by, &seen)
	fail(err)
	db, err := database.Open(ctx, database.Options{URL: os.Getenv("ANJU_TEST_URL"), Keys: keys, Now: func() time.Time { return now },
		Failpoint: func(step string) {
			if step == os.Getenv("ANJU_TEST_POINT") {
				p, err := os.FindProcess(os.Getpid())
				fail(err)
				fail(p.Kill())
				_, _ = bufio.NewReader(os.Stdin).ReadString(0)
				time.Sleep(time.Minute)
			}
		}})
	fail(err)
	store := models.NewStore(db, chains.Published())
	set, err := store.County(ctx)
	fail(err)
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return set }, func() time.Time { return now })
	_, err = svc.Move(ctx, workflow.CaseID(id), workflow.OfficerID(by), "the-key", workflow.Move{Do: glossary.Approve, Seen: seen,
		Data: workflow.Typed(forms.Approval{}.Example())})
	fail(err)
	fmt.Println("the move ended and nobody was killed")
	os.Exit(0)
}

// A case that stands still is carried from the oldest tables to the newest: the rows as an older program had them, in a database of
// that age, migrated under the program of today.
func TestMigrationOfAPausedCase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.JointReview).ID
		for _, k := range []glossary.RecordKind{glossary.PauseKind, glossary.ServiceKind} {
			if _, err := c.walker.Write(t.Context(), id, k); err != nil {
				t.Fatal(err)
			}
		}
		url := filepath.Join(t.TempDir(), "old.db")
		if c.db.Dialect() == "postgres" {
			url = modelstest.Postgres(t)
		}
		old, err := database.Open(t.Context(), database.Options{URL: url, Keys: c.db.Keys, Now: c.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = old.Close() })
		if err := old.MigrateTo(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"settings", "parameters", "calendar_versions", "holiday_years", "divisions", "offices", "officers", "households", "persons",
			"number_series", "cases", "parcels", "buildings", "stages", "stage_offices", "history", "records", "materials", "documents", "deadlines", "rungs_fired",
			"notices", "outbox"} {
			copyRows(t, c.db.Pool(), old, table)
		}
		for _, table := range []string{"offices", "officers", "households", "persons", "notices", "outbox"} {
			if err := renumber(t.Context(), old, table); err != nil {
				t.Fatal(err)
			}
		}
		// an older program knew of no clock that stands: its next rung had an instant
		if _, err := old.Pool().ExecContext(t.Context(), "UPDATE deadlines SET next_at = due_before WHERE closed_at IS NULL"); err != nil {
			t.Fatal(err)
		}
		if err := old.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		store := models.NewStore(old, chains.Published())
		set, err := store.County(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		moved := &county{t: t, db: modelstest.Database{DB: old}, store: store, clock: c.clock, people: c.people}
		moved.svc = casework.NewService(store, chains.Published(), func() workflow.County { return set }, c.clock.Now)
		moved.walker = &seeds.Walker{Service: moved.svc, Officers: c.people}
		if v := moved.view(id); v.Own == nil || !v.Own.Deadline.Paused || v.Light != workflow.Grey {
			t.Fatalf("the migrated case runs: %+v", v.Own)
		}
		if n := moved.count("stages", "township <> '140824100' OR limit_id <> ''"); n != 0 {
			t.Errorf("%d stages without their township", n)
		}
		lines := moved.count("history", "")
		_ = c.clock.Set(c.clock.Now().AddDate(0, 0, 21))
		moved.fire()
		if n := moved.count("history", "") - lines; n != 0 {
			t.Errorf("%d lines while the clock stood", n)
		}
		if _, err := moved.walker.Write(t.Context(), id, glossary.ResumeKind); err != nil {
			t.Fatal(err)
		}
		if n := moved.count("deadlines", "closed_at IS NULL AND limit_id = 'L06'"); n != 1 {
			t.Errorf("%d live deadlines of L06", n)
		}
		before, after := c.view(id).Own.Deadline, moved.view(id).Own.Deadline
		if after.Paused || after.DueOn <= before.DueOn || len(after.Pauses) != 1 {
			t.Errorf("%+v, was %+v", after, before)
		}
		moved.walk(id, glossary.Archived)
		if n := moved.count("stages", "stage = 'joint_review' AND limit_id = 'L06' AND due_before IS NOT NULL AND working_minutes > 0"); n != 1 {
			t.Errorf("%d stages in the statistics that an older program entered", n)
		}
		moved.verified()
	})
}

// copyRows copies the columns of a table that an older database has too.
func copyRows(t *testing.T, from *sql.DB, to *database.DB, table string) {
	t.Helper()
	names := columnsOf(t, to.Pool(), table)
	rows, err := from.QueryContext(t.Context(), `SELECT "`+strings.Join(names, `", "`)+`" FROM `+table)
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer func() { _ = rows.Close() }()
	marks := make([]string, len(names))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := `INSERT INTO ` + table + ` ("` + strings.Join(names, `", "`) + `") VALUES (` + strings.Join(marks, ", ") + ")"
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Pool().ExecContext(t.Context(), insert, values...); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func columnsOf(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table+" WHERE 1 = 0")
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err := errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
	return names
}

// renumber sets the generators of row numbers behind the rows that a test has copied.
func renumber(ctx context.Context, db *database.DB, table string) error {
	if db.Dialect() == "sqlite" {
		return nil
	}
	_, err := db.Pool().ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('"+table+"', 'id'), (SELECT COALESCE(max(id), 1) FROM "+table+"))")
	return err
}
