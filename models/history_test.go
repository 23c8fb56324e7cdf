package models_test

import (
	"fmt"
	"strings"
	"testing"

	"anju/models/history"
	"anju/models/modelstest"
	"anju/workflow/glossary"
)

func TestHistoryIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, glossary.GroupReceived)
		forbidden := []string{"UPDATE history SET reason = 'x'", "DELETE FROM history"}
		if c.db.Dialect() == "sqlite" { // a REPLACE asks no DELETE trigger
			forbidden = append(forbidden, "INSERT OR REPLACE INTO history SELECT * FROM history WHERE step = 1")
		}
		if c.db.Dialect() == "postgres" {
			forbidden = append(forbidden, "TRUNCATE history", "TRUNCATE cases CASCADE")
		}
		for _, q := range forbidden {
			if _, err := c.db.Pool().ExecContext(c.ctx(), q); err == nil || !strings.Contains(err.Error(), "only added to") {
				t.Errorf("%s: %v", q, err)
			}
		}
		c.verified()
	})
}

// unguarded lifts what keeps the history, as only the owner of the database can.
func (c *county) unguarded() {
	if c.db.Dialect() == "sqlite" {
		c.exec("DROP TRIGGER history_update_is_refused")
		c.exec("DROP TRIGGER history_delete_is_refused")
		c.exec("PRAGMA foreign_keys = 0")
		return
	}
	c.db.Pool().SetMaxOpenConns(1)
	c.exec("SET session_replication_role = replica")
}

func TestAChangedLineIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		id := c.walk(c.open("homestead").ID, glossary.GroupNotice).ID
		c.walk(c.open("planning_permit").ID, glossary.VillageReview)
		c.unguarded()
		var victim int64
		if err := c.db.Pool().QueryRowContext(c.ctx(), fmt.Sprintf("SELECT id FROM history WHERE case_id = %d AND step = 3", id)).Scan(&victim); err != nil {
			t.Fatal(err)
		}
		for _, column := range historyColumns {
			t.Run(column, func(t *testing.T) {
				change := map[string]string{"id": "id + 7", "case_id": "case_id + 500", "step": "step + 50", "officer_id": "officer_id + 1", "office_id": "office_id + 1",
					"key_version": "key_version + 1", "hash": "previous", "previous": "hash"}[column]
				switch {
				case column == "at" && c.db.Dialect() == "postgres":
					change = "at + interval '1 microsecond'"
				case column == "at":
					change = "'2020-01-01 00:00:00+00:00'"
				case change == "":
					change = column + " || 'x'"
				}
				c.exec("CREATE TABLE kept AS SELECT * FROM history WHERE id = %d", victim)
				c.exec("UPDATE history SET %s = %s WHERE id = %d", column, change, victim)
				v, err := c.store.VerifyHistory(c.ctx())
				if err != nil || v.Broken == nil {
					t.Fatalf("not found: %+v, %v", v, err)
				}
				want := history.Broken{ID: victim, Case: id, Step: 3}
				switch column {
				case "id":
					want.ID += 7
				case "case_id":
					want.Case += 500
				case "step":
					want.Step += 50
				}
				if got := *v.Broken; got.ID != want.ID || got.Case != want.Case || got.Step != want.Step {
					t.Errorf("named %+v; want %+v", got, want)
				}
				c.exec("DELETE FROM history WHERE id IN (%d, %d)", victim, victim+7)
				c.exec("INSERT INTO history SELECT * FROM kept")
				c.exec("DROP TABLE kept")
				c.verified()
			})
		}
	})
}

func TestAMissingLineIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		last := c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		c.unguarded()
		for _, step := range []int{1, 2, last.Step} {
			c.exec("CREATE TABLE kept AS SELECT * FROM history WHERE case_id = %d AND step = %d", last.ID, step)
			c.exec("DELETE FROM history WHERE case_id = %d AND step = %d", last.ID, step)
			v, err := c.store.VerifyHistory(c.ctx())
			if err != nil || v.Broken == nil || v.Broken.Case != last.ID || v.Broken.Step != step {
				t.Errorf("without line %d: %+v, %v", step, v.Broken, err)
			}
			c.exec("INSERT INTO history SELECT * FROM kept")
			c.exec("DROP TABLE kept")
		}
		c.verified()
		c.exec("DELETE FROM history WHERE case_id = %d", last.ID)
		if v, err := c.store.VerifyHistory(c.ctx()); err != nil || v.Broken == nil || v.Broken.Case != last.ID || v.Broken.Step != 1 {
			t.Errorf("without any line: %+v, %v", v.Broken, err)
		}
	})
}

func TestARewrittenChainIsFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived).ID
		c.unguarded()
		// who knows every rule but not the key cannot make a hash that holds
		c.exec("UPDATE history SET reason = 'x', hash = '%s' WHERE case_id = %d AND step = 2", strings.Repeat("ab", 32), id)
		c.exec("UPDATE cases SET head = '%s' WHERE id = %d", strings.Repeat("ab", 32), id)
		if v, err := c.store.VerifyHistory(c.ctx()); err != nil || v.Broken == nil || v.Broken.Case != id || v.Broken.Step != 2 {
			t.Errorf("a rewritten line: %+v, %v", v.Broken, err)
		}
	})
}

func TestARoleWithInsertAndSelectCanWorkAndCannotRewrite(t *testing.T) {
	db := modelstest.New(t, modelstest.Postgres(t), modelstest.Options{Now: (&clock{at: dawn}).Now})
	for _, q := range []string{"CREATE ROLE clerk_" + t.Name() + " LOGIN", "GRANT SELECT, INSERT ON history TO clerk_" + t.Name()} {
		if _, err := db.Pool().ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = db.Pool().Exec("DROP OWNED BY clerk_" + t.Name() + "; DROP ROLE clerk_" + t.Name())
	})
	conn, err := db.Pool().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "SET ROLE clerk_"+t.Name()); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE history SET reason = 'x'", "DELETE FROM history", "TRUNCATE history", "ALTER TABLE history DISABLE TRIGGER ALL",
		"SET session_replication_role = replica"} {
		if _, err := conn.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s: allowed", q)
		}
	}
	if _, err := conn.ExecContext(t.Context(), "RESET ROLE"); err != nil {
		t.Fatal(err)
	}
}

// historyColumns are the columns that a test changes.
var historyColumns = []string{"id", "case_id", "step", "at", "officer_id", "officer_name", "office_id", "office_name", "verb", "from_state", "to_state",
	"reason", "data", "rung", "rule", "alg", "key_version", "previous", "hash"}
