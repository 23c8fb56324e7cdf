package models

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// MigrationState is one migration and whether the database has it.
type MigrationState struct {
	Version   int64
	Name      string
	Applied   bool
	AppliedAt time.Time
}

// Migrate brings the tables up to date. Any number of processes may do so at once: one works, the others wait. It fails where
// the keys are not those under which the database was filled.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return db.checkKeys(ctx, true)
}

// MigrationStatus lists the migrations, the first one first.
func (db *DB) MigrationStatus(ctx context.Context) ([]MigrationState, error) {
	p, err := db.provider()
	if err != nil {
		return nil, err
	}
	found, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	states := make([]MigrationState, 0, len(found))
	for _, s := range found {
		states = append(states, MigrationState{Version: s.Source.Version, Name: filepath.Base(s.Source.Path),
			Applied: s.State == goose.StateApplied, AppliedAt: s.AppliedAt})
	}
	return states, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.Dialect())
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.Dialect() == "sqlite" {
		options = append(options, goose.WithLocker(&fileLock{path: filepath.Join(filepath.Dir(db.path), "migrate.lock")}))
		return goose.NewProvider(goose.DialectSQLite3, db.writePool, files, options...)
	}
	session, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asked every second, five minutes long
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db.writePool, files, append(options, goose.WithSessionLocker(session))...)
}

// fileLock lets one process migrate at a time: an exclusive transaction on a database of its own, which a crash lets go.
type fileLock struct {
	path string
	db   *sql.DB
	tx   *sql.Tx
}

// SQLite waits a minute for the lock, more than any migration here takes.
func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) (err error) {
	if l.db, err = sql.Open(sqlite.DriverName, "file:"+l.path+"?_txlock=exclusive&_pragma=busy_timeout(60000)"); err != nil {
		return err
	}
	l.tx, err = l.db.BeginTx(ctx, nil)
	return err
}

func (l *fileLock) Unlock(context.Context, *sql.DB) error {
	if l.tx != nil {
		_ = l.tx.Rollback() // it held the lock and nothing else
	}
	return l.db.Close()
}
