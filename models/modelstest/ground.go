package modelstest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"anju/models/db"
)

// Ground is a database that the tests of a process fill once on each kind of database: each test works on a copy of its
// own. Copying takes a tenth of the time of filling.
type Ground[T any] struct {
	Now func() time.Time // the clock while it is filled

	// Fill fills the migrated database. What it returns is given to each test beside its copy, and is not to be changed.
	Fill func(context.Context, Database) (T, error)

	postgres, sqlite filled[T]
}

// filled is the ground on one kind of database.
type filled[T any] struct {
	once sync.Once
	from Database
	made T
	err  error
}

// Each runs a test on PostgreSQL and on SQLite, both at once and beside other tests. copied returns the copy on which
// the test works, opened with its options.
func (g *Ground[T]) Each(t *testing.T, test func(t *testing.T, copied func(Options) (Database, T))) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, func(o Options) (Database, T) { return g.Postgres(t, o) })
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func(o Options) (Database, T) { return g.SQLite(t, t.TempDir(), o) })
	})
}

// Postgres returns a copy of the ground on PostgreSQL, and what Fill returned. The copy ends with the test.
func (g *Ground[T]) Postgres(t testing.TB, o Options) (Database, T) {
	t.Helper()
	findPostgres(t)
	f := &g.postgres
	f.once.Do(func() { f.from, f.made, f.err = g.fill(t.Context(), newPostgresGround) })
	if f.err != nil {
		t.Fatalf("fill the ground on PostgreSQL: %v", f.err)
	}
	d := Database{URL: CopyPostgres(t, f.from.URL), Path: filepath.Join(t.TempDir(), "master.key")}
	copyFile(t, f.from.Path, d.Path)
	d.open(t, o)
	return d, f.made
}

// SQLite returns a copy of the ground in a folder, as the files anju.db and master.key, and what Fill returned.
func (g *Ground[T]) SQLite(t testing.TB, dir string, o Options) (Database, T) {
	t.Helper()
	f := &g.sqlite
	f.once.Do(func() { f.from, f.made, f.err = g.fill(t.Context(), newSQLiteGround) })
	if f.err != nil {
		t.Fatalf("fill the ground on SQLite: %v", f.err)
	}
	d := Database{URL: filepath.Join(dir, "anju.db"), Path: filepath.Join(dir, "master.key")}
	copyFile(t, f.from.URL, d.URL)
	copyFile(t, f.from.Path, d.Path)
	d.open(t, o)
	return d, f.made
}

// fill makes, migrates and fills a database below the folder of the process, and closes it.
func (g *Ground[T]) fill(ctx context.Context, place func(dir string) (url string, err error)) (d Database, made T,
	err error) {
	dir, err := os.MkdirTemp("", "ground_")
	if err != nil {
		return d, made, err
	}
	if d.URL, err = place(dir); err != nil {
		return d, made, err
	}
	d.Path = filepath.Join(dir, "master.key")
	if d.Keys, err = db.LoadKeyring(d.Path, true); err != nil {
		return d, made, err
	}
	if d.DB, err = db.Open(ctx, db.Options{URL: d.URL, Keys: d.Keys, Now: g.Now}); err != nil {
		return d, made, err
	}
	if err = d.Migrate(ctx); err == nil {
		made, err = g.Fill(ctx, d)
	}
	err = errors.Join(err, d.Close())
	if _, left := os.Stat(d.URL + "-wal"); err == nil && !errors.Is(left, fs.ErrNotExist) {
		err = fmt.Errorf("%s was closed and its log is still there", d.URL)
	}
	return d, made, err
}

func newSQLiteGround(dir string) (string, error) { return filepath.Join(dir, "anju.db"), nil }

func newPostgresGround(dir string) (string, error) {
	server, err := shared.start()
	if err != nil {
		return "", err
	}
	name := strings.ToLower(filepath.Base(dir))
	return server.url(name), server.exec("CREATE DATABASE " + name)
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatalf("copy the ground: %v", err)
	}
}

// databaseName is the name of the database in a URL of PostgreSQL.
func databaseName(address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(at.Path, "/"), nil
}
