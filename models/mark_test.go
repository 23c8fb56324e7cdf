package models_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	database "anju/models/db"
	"anju/models/modelstest"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/glossary"
)

// marked keeps the mark of the county in a folder, as serve does from its start on.
func (c *county) marked(dir string) (*registry.Marker, registry.MarkStart) {
	c.t.Helper()
	m, found, err := c.store.StartMark(c.t.Context(), dir)
	if err != nil {
		c.t.Fatal(err)
	}
	return m, found
}

// copied is the database as it is now, as a backup of that instant would bring it back.
func (c *county) copied() string {
	c.t.Helper()
	if c.db.Dialect() == "sqlite" {
		path := filepath.Join(c.t.TempDir(), "copy.db")
		c.exec("VACUUM INTO '%s'", path)
		return path
	}
	c.db.Pool().SetMaxIdleConns(0) // the copy ends every connection
	at := modelstest.CopyPostgres(c.t, c.db.URL)
	c.db.Pool().SetMaxIdleConns(20)
	return at
}

// reopened is the county on another database under the same keys.
func (c *county) reopened(at string) *county {
	c.t.Helper()
	db, err := database.Open(c.t.Context(), database.Options{URL: at, Keys: c.db.Keys, Now: c.clock.Now})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = db.Close() })
	return countyOn(c.t, modelstest.Database{DB: db, URL: at, Keys: c.db.Keys, Path: c.db.Path}, c.clock)
}

func (c *county) held() *registry.Restore {
	c.t.Helper()
	r, err := c.store.OpenRestore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// numbers are the numbers of the papers of the county.
func (c *county) numbers() map[string]bool {
	c.t.Helper()
	rows, err := c.db.Pool().QueryContext(c.t.Context(), "SELECT number FROM documents WHERE series <> '' UNION SELECT number FROM cases")
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	set := map[string]bool{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			c.t.Fatal(err)
		}
		set[n] = true
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return set
}

// Fault 40 (H3): a database that was read back gives no number that was given after the copy, not even one that came
// after the mark was last written.
func TestNoNumberIsGivenTwiceAfterARestore(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		m, found := c.marked(dir)
		if !found.Fresh || found.Cause != "" || c.held() != nil {
			t.Fatalf("the first start: %+v, %v", found, c.held())
		}
		c.walk(c.open("homestead").ID, glossary.Archived)
		backup, before := c.copied(), c.numbers()
		later := c.walk(c.open("homestead").ID, glossary.Archived)
		if _, err := m.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
		unwritten := c.walk(c.open("planning_permit").ID, glossary.Archived) // after the last mark: what was reserved covers it
		given := c.numbers()

		back := c.reopened(backup)
		_, found = back.marked(dir)
		if found.Cause == "" || back.held() == nil {
			t.Fatalf("a database that is behind its mark starts without a hold: %+v", found)
		}
		again := back.walk(back.open("homestead").ID, glossary.Archived)
		back.walk(back.open("planning_permit").ID, glossary.Archived)
		if again.ID <= unwritten.ID || again.ID <= later.ID {
			t.Errorf("case %d after the restore; %d and %d were there before", again.ID, later.ID, unwritten.ID)
		}
		for n := range back.numbers() {
			if given[n] && !before[n] {
				t.Errorf("%s was given before the restore and again after it", n)
			}
		}
		if v := back.verified(); len(v.Holds) != 1 || !v.Holds[0].Lasts() || v.Holds[0].Cause != found.Cause {
			t.Errorf("the hold is not with the record: %+v", v.Holds)
		}
	})
}

func TestAMarkOfAnotherDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		c.marked(dir)
		c.exec("UPDATE settings SET value = 'another' WHERE name = 'database.identity'")
		if _, _, err := c.store.StartMark(t.Context(), dir); !errors.Is(err, registry.ErrOtherDatabase) {
			t.Errorf("started: %v", err)
		}
	})
}

func TestAChangedMarkHolds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		c.marked(dir)
		path := filepath.Join(dir, registry.MarkFile)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(b), `"cases": `, `"cases": 1`, 1)
		if forged == string(b) {
			t.Fatalf("nothing to forge in %s", b)
		}
		if err := os.WriteFile(path, []byte(forged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, found, err := c.store.StartMark(t.Context(), dir); err != nil || found.Cause == "" || c.held() == nil {
			t.Errorf("a forged mark: %+v, %v", found, err)
		}
	})
}

// A start that finds the database where the mark left it, or further, holds nothing.
func TestAnOrdinaryStartHoldsNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		m, _ := c.marked(dir)
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		if cause, err := m.Write(t.Context()); cause != "" || err != nil {
			t.Fatalf("%s, %v", cause, err)
		}
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		if _, found := c.marked(dir); found.Fresh || found.Cause != "" || c.held() != nil {
			t.Errorf("held: %+v", found)
		}
		c.verified()
	})
}

// A backup read back in an empty place has no mark: it is held all the same, and goes on with numbers beyond the next
// ones.
func TestABackupReadBackIsHeld(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, glossary.Archived)
		last := c.open("homestead").ID
		if err := c.store.BeginRestore(t.Context(), "read back from a backup"); err != nil {
			t.Fatal(err)
		}
		if err := c.store.BeginRestore(t.Context(), "again"); err != nil || c.count("restore_holds", "") != 1 {
			t.Fatalf("a second hold: %v", err)
		}
		if next := c.open("homestead").ID; next <= last+10 {
			t.Errorf("case %d follows case %d", next, last)
		}
		if _, found := c.marked(t.TempDir()); !found.Fresh || c.held() == nil {
			t.Errorf("%+v", found)
		}
		list, err := c.store.RestoreWaits(t.Context())
		if err != nil || list.Cause != "read back from a backup" || list.Outbox == 0 {
			t.Errorf("%+v, %v", list, err)
		}
		if err := c.store.ConfirmRestore(t.Context(), "it@county", registry.TellRest); err != nil || c.held() != nil {
			t.Fatalf("confirm: %v", err)
		}
		if err := c.store.ConfirmRestore(t.Context(), "it@county", registry.TellRest); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("confirmed twice: %v", err)
		}
		if c.count("administration", "officer_name LIKE '%it@county%'") != 1 {
			t.Error("the confirmation left no line")
		}
		c.verified()
	})
}

// owner does what only the owner of the database can: without triggers, and one connection.
func (c *county) owner(do string, args ...any) {
	c.t.Helper()
	if c.db.Dialect() == "sqlite" {
		for _, t := range []string{"update", "delete", "replace"} {
			c.exec("DROP TRIGGER IF EXISTS history_%s_is_refused", t)
		}
		c.exec("PRAGMA foreign_keys = 0")
		c.exec(do, args...)
		return
	}
	db, err := sql.Open("pgx", c.db.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, q := range []string{"SET session_replication_role = replica", fmt.Sprintf(do, args...)} {
		if _, err := db.ExecContext(c.t.Context(), q); err != nil {
			c.t.Fatalf("%s: %v", q, err)
		}
	}
}
