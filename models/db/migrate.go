package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// MigrationState is one migration and whether the database has it.
type MigrationState struct {
	Version   int64
	Name      string // "" where the program does not know it
	Applied   bool
	AppliedAt time.Time
	Unknown   bool `json:",omitempty"` // applied by a newer program
}

// NewerSchema says that the tables were changed by a newer program: this one would read and write them wrongly.
type NewerSchema struct{ Database, Program int64 }

func (e *NewerSchema) Error() string {
	return fmt.Sprintf("the tables of the database are of version %d and this program knows them up to version %d: a "+
		"newer anju has migrated them; start that version of anju, or restore the backup made before the upgrade", e.Database,
		e.Program)
}

// Holder is a session that keeps a migration from a table.
type Holder struct {
	PID         int
	Application string
	Since       time.Time // start of its transaction, by the database's clock, in UTC; zero where this role may not see it
	Query       string    // the first words of its last statement; "" where this role may not see it
	Endable     bool      // this role may end the session
}

func (h Holder) String() string {
	if h.Since.IsZero() {
		return fmt.Sprintf("session %d (%s; its details are hidden from this role; ask a superuser)", h.PID, h.Application)
	}
	return fmt.Sprintf("session %d (%s, its transaction open since %s): %s", h.PID, h.Application,
		h.Since.Format(time.RFC3339), h.Query)
}

// HeldTable says that a migration did not get a table: another session held it longer than Migrate waits.
type HeldTable struct {
	Waited  time.Duration
	Holders []Holder // none where the database does not tell
	Err     error
}

func (e *HeldTable) Error() string {
	who := "another process writes to the database; end it"
	if len(e.Holders) > 0 {
		texts := make([]string, len(e.Holders))
		calls := make([]string, len(e.Holders))
		end := "end it (SELECT "
		for i, h := range e.Holders {
			texts[i], calls[i] = h.String(), "pg_terminate_backend("+strconv.Itoa(h.PID)+")"
			if !h.Endable {
				end = "this role may not end it: have the program there end its transaction, or a superuser end the session " +
					"(SELECT "
			}
		}
		who = "it is held by " + strings.Join(texts, "; ") + "; " + end + strings.Join(calls, ", ") + ")"
	}
	return fmt.Sprintf("a table was not had in %s: %s, and run `anju migrate up` again: what was applied stays",
		e.Waited.Round(time.Second), who)
}

func (e *HeldTable) Unwrap() error { return e.Err }

// migrateFor is how long Migrate tries to get a table that is held, and migrateEvery how long it pauses between tries
// at most.
const (
	migrateFor   = time.Minute
	migrateEvery = 8 * time.Second
)

// Migrate is MigrateTelling without a word on the way.
func (db *DB) Migrate(ctx context.Context) error {
	_, err := db.MigrateTelling(ctx, func(Holder) {})
	return err
}

// MigrateTelling brings the tables up to date and gives the migrations it applied. Any number of processes may do so at
// once: one works, the others wait. A table that is held is asked for again for a minute; each session seen holding it
// is told once. It fails with *NewerSchema before anything is changed, with *HeldTable, and where the keys are not
// those under which the database was filled.
func (db *DB) MigrateTelling(ctx context.Context, waits func(Holder)) (applied []string, err error) {
	m, err := db.migration(waits)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	begun := time.Now() //nolint:forbidigo // how long was waited, not what time it is
	for pause := time.Second; ; pause = min(2*pause, migrateEvery) {
		done, err := m.up(ctx)
		applied = append(applied, done...)
		if err == nil {
			return applied, db.checkKeys(ctx, true)
		}
		if k, _ := classify(err); k != busy {
			return applied, fmt.Errorf("migrate: %w", err)
		}
		if waited := time.Since(begun); waited+pause > migrateFor {
			return applied, &HeldTable{Waited: waited, Holders: m.seen, Err: err}
		}
		select {
		case <-ctx.Done():
			return applied, fmt.Errorf("migrate: %w", errors.Join(ctx.Err(), err))
		case <-time.After(pause):
		}
	}
}

// MigrateTo brings tables that are older than a version to it, and no further.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := db.provider(db.writePool)
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	return err
}

// CheckSchema fails with *NewerSchema where the database has a migration that this program does not know.
func (db *DB) CheckSchema(ctx context.Context) error { return db.checkSchema(ctx, db.writePool) }

func (db *DB) checkSchema(ctx context.Context, pool *sql.DB) error {
	states, err := db.migrationStatus(ctx, pool)
	if err != nil {
		return err
	}
	newer := NewerSchema{Program: newest(states)}
	for _, s := range states {
		if s.Unknown {
			newer.Database = max(newer.Database, s.Version)
		}
	}
	if newer.Database > 0 {
		return &newer
	}
	return nil
}

// ProgramSchema is the last version of the tables that this program knows, on postgres or sqlite.
func ProgramSchema(dialect string) (version int64, err error) {
	names, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		version = max(version, n)
	}
	return version, err
}

// newest is the last version that the program knows.
func newest(states []MigrationState) (version int64) {
	for _, s := range states {
		if !s.Unknown {
			version = max(version, s.Version)
		}
	}
	return version
}

// MigrationStatus lists the migrations, the first one first; those that a newer program applied stand at the end.
func (db *DB) MigrationStatus(ctx context.Context) ([]MigrationState, error) {
	return db.migrationStatus(ctx, db.writePool)
}

func (db *DB) migrationStatus(ctx context.Context, pool *sql.DB) ([]MigrationState, error) {
	p, err := db.provider(pool)
	if err != nil {
		return nil, err
	}
	found, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	known := map[int64]bool{0: true} // goose's own mark
	states := make([]MigrationState, 0, len(found))
	for _, s := range found {
		known[s.Source.Version] = true
		states = append(states, MigrationState{Version: s.Source.Version, Name: filepath.Base(s.Source.Path),
			Applied: s.State == goose.StateApplied, AppliedAt: s.AppliedAt})
	}
	rows, err := pool.QueryContext(ctx,
		"SELECT version_id, tstamp FROM goose_db_version WHERE is_applied ORDER BY version_id")
	if err != nil {
		if isNoTable(err) {
			return states, nil
		}
		return nil, fmt.Errorf("migration status: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		s := MigrationState{Applied: true, Unknown: true}
		if err := rows.Scan(&s.Version, &s.AppliedAt); err != nil {
			return nil, fmt.Errorf("migration status: %w", err)
		}
		if !known[s.Version] {
			known[s.Version] = true
			states = append(states, s)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	return states, nil
}

func (db *DB) provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.Dialect())
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.Dialect() == "sqlite" {
		options = append(options, goose.WithLocker(&fileLock{path: filepath.Join(filepath.Dir(db.path), "migrate.lock")}))
		return goose.NewProvider(goose.DialectSQLite3, pool, files, options...)
	}
	session, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asked every second, five minutes long
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, append(options, goose.WithSessionLocker(session))...)
}

// migration is one run of Migrate. On PostgreSQL it has sessions of its own, which wait three seconds for a table and
// can be told from those of the program by their name.
type migration struct {
	db    *DB
	pool  *sql.DB
	name  string
	goose *goose.Provider
	waits func(Holder)
	seen  []Holder // those of the last try
	told  map[int]bool
}

func (db *DB) migration(waits func(Holder)) (m *migration, err error) {
	m = &migration{db: db, pool: db.writePool, waits: waits, told: map[int]bool{}}
	if db.postgres != nil {
		cfg := db.postgres.Copy()
		m.name = "anju migrate " + rand.Text()[:8]
		cfg.RuntimeParams["application_name"], cfg.RuntimeParams["lock_timeout"] = m.name, "3000"
		m.pool = stdlib.OpenDB(*cfg)
		m.pool.SetMaxOpenConns(4)
	}
	if m.goose, err = db.provider(m.pool); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

func (m *migration) close() error {
	if m.pool == m.db.writePool {
		return nil
	}
	return m.pool.Close()
}

// up tries once, and meanwhile looks at who holds what it waits for.
func (m *migration) up(ctx context.Context) (applied []string, err error) {
	looking, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		m.look(looking)
	}()
	var done []*goose.MigrationResult
	if err = m.db.checkSchema(ctx, m.pool); err == nil {
		done, err = m.goose.Up(ctx)
	}
	stop()
	<-looked
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		done = partial.Applied
	}
	for _, r := range done {
		applied = append(applied, filepath.Base(r.Source.Path))
	}
	return applied, err
}

func (m *migration) look(ctx context.Context) {
	if m.name == "" {
		return
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		found, err := m.holders(ctx)
		if err != nil || len(found) == 0 {
			continue // the migration itself says what is wrong
		}
		m.seen = found
		for _, h := range found {
			if !m.told[h.PID] {
				m.told[h.PID] = true
				m.waits(h)
			}
		}
	}
}

// holders are the sessions that this migration's sessions wait for. PostgreSQL shows transaction and statement of a
// session to its own role and to pg_read_all_stats; its own role and pg_signal_backend may end it, a superuser's only a
// superuser.
func (m *migration) holders(ctx context.Context) (found []Holder, err error) {
	rows, err := m.db.writePool.QueryContext(ctx, `SELECT DISTINCT b.pid,
		COALESCE(NULLIF(b.application_name, ''), b.usename, '?'), b.xact_start, CASE WHEN b.xact_start IS NULL THEN ''
		ELSE left(regexp_replace(COALESCE(b.query, ''), '\s+', ' ', 'g'), 80) END,
		COALESCE(CASE WHEN r.rolsuper THEN me.rolsuper
		ELSE pg_has_role(r.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE') END, false)
		FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS p(pid)
		JOIN pg_stat_activity b ON b.pid = p.pid
		LEFT JOIN pg_roles r ON r.oid = b.usesysid JOIN pg_roles me ON me.rolname = current_user
		WHERE w.application_name = $1 AND w.wait_event_type = 'Lock' AND b.application_name <> $1 ORDER BY 1`, m.name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var h Holder
		var since *time.Time
		if err := rows.Scan(&h.PID, &h.Application, &since, &h.Query, &h.Endable); err != nil {
			return nil, err
		}
		if since != nil {
			h.Since = since.UTC().Truncate(time.Second)
		}
		found = append(found, h)
	}
	return found, rows.Err()
}

// fileLock lets one process migrate at a time: an exclusive transaction on a database of its own, which a crash lets
// go.
type fileLock struct {
	path string
	db   *sql.DB
	tx   *sql.Tx
}

// SQLite waits a minute for the lock, more than any migration here takes.
func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) (err error) {
	if l.db, err = sql.Open(sqlite.DriverName,
		"file:"+l.path+"?_txlock=exclusive&_pragma=busy_timeout(60000)"); err != nil {
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
