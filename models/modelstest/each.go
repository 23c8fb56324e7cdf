package modelstest

import (
	"path/filepath"
	"testing"
	"time"

	"anju/models/db"
)

// Options are how Each opens a database.
type Options struct {
	Now       func() time.Time
	Failpoint func(string)
	MaxConns  int
}

// Database is one empty, migrated database of a test, and how to open it once more.
type Database struct {
	*db.DB
	URL  string
	Keys *db.Keyring
	Path string // of the key file
}

// Each runs a test on PostgreSQL and on SQLite, each time on a database of its own with all its tables.
func Each(t *testing.T, o Options, test func(*testing.T, Database)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, New(t, Postgres(t), o)) })
	t.Run("sqlite", func(t *testing.T) { test(t, New(t, filepath.Join(t.TempDir(), "anju.db"), o)) })
}

// New opens and migrates the database at the URL, with a key of its own; it is closed when the test ends.
func New(t testing.TB, url string, o Options) Database {
	t.Helper()
	d := Database{URL: url, Path: filepath.Join(t.TempDir(), "master.key")}
	var err error
	if d.Keys, err = db.LoadKeyring(d.Path, true); err != nil {
		t.Fatalf("make a key: %v", err)
	}
	d.open(t, o)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate %s: %v", url, err)
	}
	return d
}

// open opens the database with the key that lies at its path; it is closed when the test ends.
func (d *Database) open(t testing.TB, o Options) {
	t.Helper()
	var err error
	if d.Keys, err = db.LoadKeyring(d.Path, false); err != nil {
		t.Fatalf("read the key: %v", err)
	}
	if d.DB, err = db.Open(t.Context(), db.Options{URL: d.URL, Keys: d.Keys, Now: o.Now, Failpoint: o.Failpoint,
		MaxConns: o.MaxConns}); err != nil {
		t.Fatalf("open %s: %v", d.URL, err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close %s: %v", d.URL, err)
		}
	})
}
