package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/libtnb/sqlite"

	"anju/models/archive"
	"anju/workflow"
)

// Snapshot is the database as of one instant, for as long as DB.Snapshot runs.
type Snapshot struct {
	Counts archive.Counts
	Schema int64
	Server int    // major version of PostgreSQL
	Export string // PostgreSQL's name of the snapshot, for pg_dump; "" on SQLite
	Files  []StoredFile
}

// StoredFile is a scan that rows name.
type StoredFile struct {
	Hash [32]byte // SM3 of its content, its name in the folder of uploads
	Case workflow.CaseID
}

// Snapshot sees the database as of one instant while others go on writing, and calls do with what is in it. On SQLite
// it makes a copy at path, where an empty file of the caller's lies, and proves it sound; on PostgreSQL the snapshot is
// one that pg_dump can take up. It fails with *NewerSchema.
func (db *DB) Snapshot(ctx context.Context, path string, do func(Snapshot) error) error {
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	if db.path != "" {
		return db.copied(ctx, path, do)
	}
	tx, err := db.writePool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin the snapshot: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only looked
	for _, timeout := range []string{"idle_in_transaction_session_timeout", "statement_timeout"} {
		if _, err := tx.ExecContext(ctx, "SET LOCAL "+timeout+" = 0"); err != nil { // a dump may take an hour
			return fmt.Errorf("begin the snapshot: %w", err)
		}
	}
	var s Snapshot
	if err := tx.QueryRowContext(ctx,
		"SELECT pg_export_snapshot(), current_setting('server_version_num')::int / 10000").Scan(&s.Export,
		&s.Server); err != nil {
		return fmt.Errorf("export the snapshot: %w", err)
	}
	if err := s.read(ctx, tx); err != nil {
		return err
	}
	return do(s)
}

// copied is Snapshot on SQLite. A copy of the file as the system makes it would be damaged; this one is made by the
// database.
func (db *DB) copied(ctx context.Context, path string, do func(Snapshot) error) (err error) {
	if _, err := db.writePool.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy the database: %w", TranslateError(err))
	}
	found, err := sql.Open(sqlite.DriverName,
		"file:"+(&url.URL{Path: path}).EscapedPath()+"?immutable=1&_timezone=UTC&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	var sound string
	if err := found.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil || sound != "ok" {
		return fmt.Errorf("the copy of the database is damaged (%s): %w", sound, err)
	}
	var s Snapshot
	if err := s.read(ctx, found); err != nil {
		return err
	}
	return do(s)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// read counts, and lists the files.
func (s *Snapshot) read(ctx context.Context, q querier) error {
	s.Counts.Series = map[string]int64{}
	heads := sha256.New()
	each := func(query string, row func(scan func(...any) error) error) error {
		rows, err := q.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err below says what went wrong
		for err == nil && rows.Next() {
			err = row(rows.Scan)
		}
		return errors.Join(err, rows.Err())
	}
	err := errors.Join(
		each("SELECT max(version_id) FROM goose_db_version WHERE is_applied",
			func(scan func(...any) error) error { return scan(&s.Schema) }),
		each("SELECT count(*) FROM history", func(scan func(...any) error) error { return scan(&s.Counts.HistoryEntries) }),
		each("SELECT name, last FROM number_series", func(scan func(...any) error) error {
			var name string
			var last int64
			err := scan(&name, &last)
			s.Counts.Series[name] = last
			return err
		}),
		each("SELECT id, step, head FROM cases ORDER BY id", func(scan func(...any) error) error {
			var id, step int64
			var head string
			err := scan(&id, &step, &head)
			s.Counts.Cases++
			fmt.Fprintf(heads, "%d %d %s\n", id, step, head)
			return err
		}),
		each("SELECT hash, min(case_id) FROM materials GROUP BY hash ORDER BY hash", func(scan func(...any) error) error {
			var f StoredFile
			var text string
			if err := scan(&text, &f.Case); err != nil {
				return err
			}
			b, err := hex.DecodeString(text)
			if err != nil || len(b) != len(f.Hash) {
				return fmt.Errorf("material of case %d: %q is no hash", f.Case, text)
			}
			copy(f.Hash[:], b)
			s.Files = append(s.Files, f)
			return nil
		}))
	if err != nil {
		return fmt.Errorf("count what is in the database: %w", err)
	}
	s.Counts.Files, s.Counts.HeadDigest = len(s.Files), hex.EncodeToString(heads.Sum(nil))
	return nil
}

// Census is what a database that nothing writes to holds.
func (db *DB) Census(ctx context.Context) (Snapshot, error) {
	var s Snapshot
	err := s.read(ctx, db.writePool)
	return s, err
}

// Empty tells whether the database has no table yet.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master"
	if db.path == "" {
		query = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " +
			"WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v')"
	}
	var n int
	err := db.writePool.QueryRowContext(ctx, query).Scan(&n)
	return n == 0, err
}

// CaseNumber is the number of a case, for a message.
func (db *DB) CaseNumber(ctx context.Context, id workflow.CaseID) (number string, err error) {
	err = db.write.WithContext(ctx).Raw("SELECT number FROM cases WHERE id = ?", int64(id)).Scan(&number).Error
	return number, err
}

// KeyChecks gives the check values of the keys that the database was opened with.
func (db *DB) KeyChecks() map[string]string { return db.keys.Checks() }

// Checks gives the check value of each version of the key. They tell one key from another and nothing about it.
func (k *Keyring) Checks() map[string]string {
	checks := map[string]string{}
	for version, d := range k.keys {
		checks[fmt.Sprint(version)] = d.check
	}
	return checks
}
