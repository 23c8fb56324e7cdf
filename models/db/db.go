// Package db is the database under every noun: PostgreSQL, or SQLite inside the program. It opens it, runs transactions and tries
// them again, sends batches, tells what a driver's error means, seals and opens values, and brings the tables up to date.
//
// Statements are written once, with ? for values; what differs between the two databases is in Dialect, and in the numbered
// migrations, for each its own text.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	dialect   Dialect
	read      *gorm.DB
	write     *gorm.DB
	readPool  *sql.DB // on PostgreSQL the same as writePool
	writePool *sql.DB
	ping      *sql.DB         // the health check has a connection of its own
	path      string          // of the SQLite file
	postgres  *pgx.ConnConfig // of the sessions; nil on SQLite
	keys      *Keyring
	now       func() time.Time
	failpoint func(string)
	journal   atomic.Pointer[Journal] // nil where none is kept: in commands
	wakeRelay atomic.Pointer[func()]  // nil where no relay runs in this process
}

// Close closes every connection; it waits closeLimit for those that are in use.
func (db *DB) Close() error {
	var errs []error
	closed := map[*sql.DB]bool{nil: true}
	for _, p := range []*sql.DB{db.readPool, db.writePool, db.ping} {
		if !closed[p] {
			closed[p] = true
			errs = append(errs, p.Close())
		}
	}
	delete(closed, nil)
	// Close of a pool does not wait for a connection that a goroutine is about to give back. The last one to close writes
	// the log of SQLite into its file.
	inUse := func() (n int) {
		for p := range closed {
			n += p.Stats().OpenConnections
		}
		return n
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	for inUse() > 0 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return errors.Join(errs...)
}

// closeLimit is how long Close waits for connections that are in use.
const closeLimit = 2 * time.Second

// Dialect is "postgres" or "sqlite".
func (db *DB) Dialect() string { return db.dialect.Name() }

// SQL is what differs between the two databases in statements.
func (db *DB) SQL() Dialect { return db.dialect }

// Now is the present instant in UTC, as the clock of the program has it, in whole microseconds as both databases keep
// it.
func (db *DB) Now() time.Time { return db.now() }

// Keys is the keyring that the database was opened with.
func (db *DB) Keys() *Keyring { return db.keys }

// Read begins a query of gorm that only reads, outside any transaction.
func (db *DB) Read(ctx context.Context) *gorm.DB { return db.read.WithContext(ctx) }

// Write begins a statement of gorm that changes rows by itself.
func (db *DB) Write(ctx context.Context) *gorm.DB { return db.write.WithContext(ctx) }

// Pool is the pool of connections that write.
func (db *DB) Pool() *sql.DB { return db.writePool }

// ReadPool is the pool of connections that only read; on PostgreSQL the same as Pool.
func (db *DB) ReadPool() *sql.DB { return db.readPool }

// Journal is kept outside the database and outlives it: numbers are given, and messages taken to be sent, only once it
// covers them.
type Journal interface {
	// Reserve covers numbers of series that are about to be given.
	Reserve(series []string, numbers []int) error
	// RecordTold notes what an officer is about to be told.
	RecordTold(officer int64, what []string) error
	// RecordUntold notes that a message certainly did not arrive.
	RecordUntold(officer int64, what []string) error
}

// WakeRelay has wake called after each commit that wrote a row of the outbox, so that the relay of this process need
// not look for it. wake must not wait. A commit whose answer was lost wakes nothing: the relay finds its row when it
// next looks.
func (db *DB) WakeRelay(wake func()) { db.wakeRelay.Store(&wake) }

// Failpoint is where a test may end the process, in a transaction of gorm.
func (db *DB) Failpoint(step string) {
	if db.failpoint != nil {
		db.failpoint(step)
	}
}

// SetJournal has numbers and messages covered by a journal from now on.
func (db *DB) SetJournal(j Journal) { db.journal.Store(&j) }

// Journal is the journal that is kept; nil where there is none.
func (db *DB) Journal() Journal {
	if j := db.journal.Load(); j != nil {
		return *j
	}
	return nil
}

// Ping tells whether the database answers, on a connection of its own, so that a pool in full use is not taken for an
// outage.
func (db *DB) Ping(ctx context.Context) error {
	if _, err := db.ping.ExecContext(ctx, "SELECT 1"); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
