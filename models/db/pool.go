package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"anju/workflow"
)

// connection waits for a free connection no longer than a person would: two seconds. Without one the database is
// unavailable; on SQLite, where the one writer serves another, it is busy, after as long as its busy_timeout.
func (db *DB) connection(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	wait, without := 2*time.Second, ErrUnavailable
	if pool == db.writePool && db.dialect.Name() == "sqlite" {
		wait, without = 10*time.Second, workflow.ErrBusy
	}
	short, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := pool.Conn(short)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() == nil && short.Err() != nil:
		return nil, fmt.Errorf("%w: %w", without, errWaited)
	}
	return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// gormPool gives gorm the connections of a pool as connection does. A statement that goes alone and changes rows is in
// doubt where the connection breaks before its answer.
type gormPool struct {
	db     *DB
	pool   *sql.DB
	writes bool
}

var (
	_ gorm.ConnPool       = gormPool{}
	_ gorm.TxBeginner     = gormPool{}
	_ gorm.GetDBConnector = gormPool{}
)

// onConnection does something on a connection, which goes back to the pool when its rows or its transaction are closed.
func onConnection[T any](ctx context.Context, p gormPool, do func(*sql.Conn) (T, error)) (T, error) {
	conn, err := p.db.connection(ctx, p.pool)
	if err != nil {
		var none T
		return none, err
	}
	defer func() { go func() { _ = conn.Close() }() }() // it waits for what was begun on it
	return do(conn)
}

func (p gormPool) answered(err error) error {
	if p.writes && isDoubtful(err) {
		return outcomeUnknown(err)
	}
	return err
}

// PrepareContext implements gorm.ConnPool.
func (p gormPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.pool.PrepareContext(ctx, query)
}

// ExecContext implements gorm.ConnPool.
func (p gormPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	done, err := onConnection(ctx, p, func(c *sql.Conn) (sql.Result, error) { return c.ExecContext(ctx, query, args...) })
	return done, p.answered(err)
}

// QueryContext implements gorm.ConnPool. What only reads is asked again where the connection turns out to be dead.
func (p gormPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	for try := 1; ; try++ {
		rows, err := onConnection(ctx, p, func(c *sql.Conn) (*sql.Rows, error) { return c.QueryContext(ctx, query, args...) })
		if err == nil {
			return rows, nil
		}
		if k, _ := classify(err); p.writes || k != unavailable || errors.Is(err, errWaited) || ctx.Err() != nil ||
			try == tries {
			return nil, p.answered(err)
		}
	}
}

// QueryRowContext implements gorm.ConnPool. Nothing here asks for a row that way: a row cannot carry the error of
// connection.
func (p gormPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.pool.QueryRowContext(ctx, query, args...)
}

// BeginTx implements gorm.TxBeginner.
func (p gormPool) BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error) {
	return onConnection(ctx, p, func(c *sql.Conn) (*sql.Tx, error) { return c.BeginTx(ctx, opts) })
}

// GetDBConn implements gorm.GetDBConnector.
func (p gormPool) GetDBConn() (*sql.DB, error) { return p.pool, nil }

// postgresGorm and sqliteGorm are the dialects of gorm with errors in the words of Classify.
type (
	postgresGorm struct{ *postgres.Dialector }
	sqliteGorm   struct{ *sqlite.Dialector }
)

// Translate implements gorm.ErrorTranslator.
func (postgresGorm) Translate(err error) error { return TranslateError(err) }

// Translate implements gorm.ErrorTranslator.
func (sqliteGorm) Translate(err error) error { return TranslateError(err) }

// gorms opens gorm on the pools. It never asks the clock: every instant is set by hand.
func (db *DB) gorms(dialect func(gorm.ConnPool) gorm.Dialector) (err error) {
	open := func(p gormPool) (*gorm.DB, error) {
		return gorm.Open(dialect(p), &gorm.Config{TranslateError: true, SkipDefaultTransaction: true, Logger: logger.Discard,
			DisableForeignKeyConstraintWhenMigrating: true, DisableAutomaticPing: true})
	}
	if db.write, err = open(gormPool{db, db.writePool, true}); err != nil {
		return err
	}
	db.read, err = open(gormPool{db, db.readPool, false})
	return err
}
