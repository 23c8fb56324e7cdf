package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Options say which database, and with what.
type Options struct {
	URL      string // postgres://…, or the path of a SQLite file
	MaxConns int    // 0: 20 on PostgreSQL, 8 readers on SQLite
	Keys     *Keyring
	Now      func() time.Time
	// Failpoint is called between the steps of a move, in test builds only; nil in production.
	Failpoint func(step string)
}

// Open opens the database and checks what Anju relies on: on SQLite the journal, the durability and the waiting time
// that were asked for and the file's soundness; on PostgreSQL its version and clock zone; on both that the keys are
// this database's. It fails with a sentence that says what is wrong.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Keys == nil {
		return nil, errors.New("no keys: a database without them cannot be read")
	}
	if o.Now == nil {
		return nil, errors.New("no clock")
	}
	db := &DB{keys: o.Keys, failpoint: o.Failpoint}
	db.now = func() time.Time { return o.Now().UTC().Truncate(time.Microsecond) }
	open := db.openSQLite
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		open = db.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.checkKeys(ctx, false); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// oldestPostgres is the oldest server version that the tests run on.
const oldestPostgres = 140000

func (db *DB) openPostgres(ctx context.Context, o Options) error {
	db.dialect = postgresDialect{}
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return fmt.Errorf("address of the database: %w", err)
	}
	for k, v := range sessionSettings {
		cfg.RuntimeParams[k] = v
	}
	cfg.DialFunc = dialer.DialContext
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "anju" // a session that holds a table is told by it
	}
	db.postgres = cfg
	utc := stdlib.OptionAfterConnect(func(_ context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
		return nil
	})
	if o.MaxConns == 0 {
		o.MaxConns = 20
	}
	db.writePool = stdlib.OpenDB(*cfg, utc)
	db.writePool.SetMaxOpenConns(o.MaxConns)
	db.writePool.SetMaxIdleConns(o.MaxConns)
	db.writePool.SetConnMaxIdleTime(5 * time.Minute)
	db.readPool = db.writePool
	db.ping = stdlib.OpenDB(*cfg, utc)
	db.ping.SetMaxOpenConns(1)
	var version int
	var zone string
	if err := db.writePool.QueryRowContext(ctx,
		"SELECT current_setting('server_version_num')::int, current_setting('timezone')").Scan(&version, &zone); err != nil {
		return err
	}
	if version < oldestPostgres {
		return fmt.Errorf("PostgreSQL %d is too old: at least 14 is needed", version/10000)
	}
	if zone != "UTC" {
		return fmt.Errorf("the session's zone is %s although UTC was asked for: a pooler drops it; set timezone=UTC for "+
			"the role", zone)
	}
	return db.gorms(func(c gorm.ConnPool) gorm.Dialector {
		return postgresGorm{&postgres.Dialector{Config: &postgres.Config{Conn: c}}}
	})
}

// sqliteSettings are not optional: without them writers are lost (database is locked), or a crash loses what was
// confirmed.
var sqliteSettings = []struct{ pragma, set, read string }{
	{"journal_mode", "WAL", "wal"}, {"synchronous", "FULL", "2"}, {"busy_timeout", "10000", "10000"}, {"foreign_keys", "1",
		"1"},
}

func sqliteDSN(path, lock string, more ...string) string {
	q := url.Values{"_txlock": {lock}, "_timezone": {"UTC"}, "_time_format": {"sqlite"}}
	for _, s := range sqliteSettings {
		q.Add("_pragma", s.pragma+"("+s.set+")")
	}
	for _, p := range more {
		q.Add("_pragma", p)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func (db *DB) openSQLite(ctx context.Context, o Options) error {
	db.dialect = sqliteDialect{}
	if strings.Contains(o.URL, "://") || o.URL == "" {
		return fmt.Errorf("%q is neither postgres://… nor the path of a file", o.URL)
	}
	path, err := filepath.Abs(o.URL)
	if err != nil {
		return err
	}
	if fs := networkShare(filepath.Dir(path)); fs != "" {
		return fmt.Errorf("%s lies on a network share (%s), where SQLite loses data; choose a local disk, or PostgreSQL",
			path, fs)
	}
	// the file belongs to this user alone from its first byte on
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the path is the operator's setting
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db.path = path
	if db.writePool, err = sql.Open(sqlite.DriverName, sqliteDSN(path, "immediate")); err != nil {
		return err
	}
	db.writePool.SetMaxOpenConns(1)
	// turning the journal to WAL does not wait for another process that does the same
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for err = db.checkSQLite(short); err != nil; err = db.checkSQLite(short) {
		if k, _ := classify(err); k != busy || short.Err() != nil {
			return fmt.Errorf("open %s: %w", path, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if o.MaxConns == 0 {
		o.MaxConns = 8
	}
	for _, pool := range []struct {
		db    **sql.DB
		conns int
	}{{&db.readPool, o.MaxConns}, {&db.ping, 1}} {
		if *pool.db, err = sql.Open(sqlite.DriverName, sqliteDSN(path, "deferred", "query_only(1)")); err != nil {
			return err
		}
		(*pool.db).SetMaxOpenConns(pool.conns)
		(*pool.db).SetMaxIdleConns(pool.conns)
	}
	return db.gorms(func(c gorm.ConnPool) gorm.Dialector { return sqliteGorm{&sqlite.Dialector{Conn: c}} })
}

func (db *DB) checkSQLite(ctx context.Context) error {
	for _, s := range sqliteSettings {
		var is string
		if err := db.writePool.QueryRowContext(ctx, "PRAGMA "+s.pragma).Scan(&is); err != nil {
			return err
		}
		if is != s.read {
			return fmt.Errorf("SQLite answers %s = %s although %s was asked for: data could be lost", s.pragma, is, s.set)
		}
	}
	var sound string
	if err := db.writePool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil {
		return err
	}
	if sound != "ok" {
		return fmt.Errorf("the file is damaged (%s): restore a backup", sound)
	}
	return nil
}

// sessionSettings bound on the side of PostgreSQL how long a client that is gone keeps locks: a transaction in which
// nothing is asked for five seconds ends (no transaction here waits for anything but the database), and so does a
// connection to which nothing can be sent for ten. Times are in milliseconds, those of keepalives in seconds.
var sessionSettings = map[string]string{
	"timezone": "UTC", "lock_timeout": "2000", "idle_in_transaction_session_timeout": "5000",
	"tcp_user_timeout": "10000", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
}
