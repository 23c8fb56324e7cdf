package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// Tx is one transaction on one connection. Statements are queued and sent together: PostgreSQL gets a queue as one
// pipelined batch, which costs one round trip however long it is; SQLite takes them one by one.
type Tx struct {
	ctx   context.Context
	db    *DB
	pg    *pgx.Conn
	lite  *sql.Conn
	queue []statement
	Keyed bool // a key is looked up and written in it: a repetition is told from the first time
	doubt bool // the COMMIT was sent and not answered
}

type statement struct {
	sql  string // its values marked by ?
	args []any
	each func(scan func(...any) error) error // called for each row; nil where none is read
	role role
}

// role says how a statement may be sent.
type role int

const (
	alone  role = iota // by itself, in its turn
	change             // of one row that no other statement of the batch touches
	guard              // the same, and it must hit that row
)

// Exec queues a statement that returns nothing.
func (t *Tx) Exec(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args})
}

// Change queues a statement that may go with others: it changes a row that no other statement of the batch touches.
func (t *Tx) Change(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, role: change})
}

// ExecGuarded queues an UPDATE that must hit a row, or the transaction fails with errLost.
func (t *Tx) ExecGuarded(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, role: guard})
}

// Query queues a statement and what is done with each of its rows.
func (t *Tx) Query(each func(scan func(...any) error) error, sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, each: each})
}

// Insert queues the INSERT of a row, as gorm's schema of its type has the table and the columns.
func (t *Tx) Insert(row any) error {
	in, err := t.db.inserts.of(t.db, row)
	if err != nil {
		return err
	}
	v := reflect.Indirect(reflect.ValueOf(row))
	args := make([]any, len(in.fields))
	for i, f := range in.fields {
		args[i], _ = f.ValueOf(t.ctx, v)
	}
	t.queue = append(t.queue, statement{sql: in.sql, args: args, role: change})
	return nil
}

// Flush sends what is queued. It fails with the first error; what was queued behind it has no effect then.
func (t *Tx) Flush() error {
	queue := t.queue
	t.queue = nil
	if t.pg != nil {
		return t.pipeline(queue)
	}
	for _, q := range queue {
		if err := t.execOne(q); err != nil {
			return err
		}
	}
	return nil
}

// mergeWrites makes one statement of all changes and puts it behind what goes alone, before the COMMIT: the server does in one what
// costs it half as much again in several. A guard that hits nothing ends in a division by zero, which stops the COMMIT too.
func mergeWrites(queue []statement) []statement {
	var changes, rest []statement
	guarded := -1
	for _, q := range queue {
		switch q.role {
		case alone:
			rest = append(rest, q)
		case guard:
			guarded = len(changes)
			changes = append(changes, statement{sql: q.sql + " RETURNING 1", args: q.args})
		case change:
			changes = append(changes, q)
		}
	}
	if len(changes) == 0 {
		return queue
	}
	var sql strings.Builder
	all := statement{}
	for i, q := range changes {
		switch last := i == len(changes)-1; {
		case last && guarded < 0:
			sql.WriteString(q.sql)
		default:
			if i == 0 {
				sql.WriteString("WITH ")
			}
			sql.WriteString("s" + strconv.Itoa(i) + " AS (" + q.sql + ")")
			if !last && (guarded >= 0 || i < len(changes)-2) {
				sql.WriteByte(',')
			}
			sql.WriteByte(' ')
		}
		all.args = append(all.args, q.args...)
	}
	if guarded >= 0 {
		sql.WriteString("SELECT 1 / count(*) FROM s" + strconv.Itoa(guarded))
	}
	all.sql = sql.String()
	if last := len(rest) - 1; last >= 0 && rest[last].sql == commit {
		return append(rest[:last:last], all, rest[last])
	}
	return append(rest, all)
}

func (t *Tx) pipeline(queue []statement) error {
	queue = mergeWrites(queue)
	batch := &pgx.Batch{}
	for _, q := range queue {
		batch.Queue(t.db.dialect.Text(q.sql), q.args...)
	}
	results := t.pg.SendBatch(t.ctx, batch)
	var first error
	for _, q := range queue {
		if q.each == nil {
			_, first = results.Exec()
		} else {
			first = readRows(results, q.each)
		}
		if first != nil {
			break
		}
	}
	if err := results.Close(); first == nil {
		first = err
	}
	return first
}

func readRows(results pgx.BatchResults, each func(func(...any) error) error) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *Tx) execOne(q statement) error {
	if q.each == nil {
		done, err := t.lite.ExecContext(t.ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); q.role == guard && (err != nil || n != 1) {
			return errors.Join(ErrLost, err)
		}
		return nil
	}
	rows, err := t.lite.QueryContext(t.ctx, q.sql, q.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		if err := q.each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

const commit = "COMMIT"

// Commit queues the COMMIT and sends all. Where it fails without an answer from the server the transaction is in doubt.
func (t *Tx) Commit() error {
	t.Exec(commit)
	err := t.Flush()
	t.doubt = isDoubtful(err)
	return err
}

// isDoubtful tells whether a change may be done although it failed: it was sent, and nothing came back that says what became of it.
func isDoubtful(err error) bool {
	if k, _ := classify(err); k != unavailable || isUnsent(err) {
		return false
	}
	var pg *pgconn.PgError
	return !errors.As(err, &pg) || strings.HasPrefix(pg.Code, "57P") // the server ends, maybe just behind the COMMIT
}

// attempt is how one try of a transaction ended.
type attempt struct {
	doubt bool // it may have been committed although it failed
	keyed bool // a key is written with it: trying again tells whether it was committed
}

const (
	tries      = 4 // of a transaction that certainly did nothing
	doubtTries = 8 // of one that may be done, some three seconds long: a server that restarts is back by then
)

// retry does a transaction until it is done or fails for a reason that stays. It is tried again after a deadlock, after a
// connection that broke before the COMMIT was sent, and after a COMMIT without an answer where a key tells whether it was
// done. Without a key, or where no other connection can be had in time, the error is then ErrOutcomeUnknown.
func retry(ctx context.Context, do func(context.Context) (attempt, error)) error {
	doubt, keyed := false, false
	for try := 1; ; try++ {
		a, err := do(ctx)
		if err == nil {
			return nil
		}
		k, _ := classify(err)
		keyed = keyed || a.keyed // a try that had no connection cannot say
		if a.doubt && !doubt {   // the request may be over: what became of it is asked all the same
			doubt = true
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel() //nolint:gocritic // once at most
		}
		most, passing := tries, k == again || k == unavailable && !errors.Is(err, errWaited)
		if doubt {
			most, passing = doubtTries, keyed && (passing || k == busy || k == unavailable)
		}
		if !passing || try == most || ctx.Err() != nil {
			if doubt && (k == again || k == busy || k == unavailable || k == full) {
				return outcomeUnknown(err)
			}
			return TranslateError(err)
		}
		wait := time.Duration(1+rand.IntN(10*try)) * time.Millisecond
		if doubt {
			wait += 10 * time.Millisecond << try
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// in runs do on one connection with the transaction already queued to begin; do ends with commit. Whatever it leaves open is
// rolled back. It is tried again as retry says.
func (db *DB) in(ctx context.Context, pool *sql.DB, begin string, do func(*Tx) error) error {
	reads := begin == db.dialect.Look()
	return retry(ctx, func(ctx context.Context) (attempt, error) {
		t := &Tx{ctx: ctx, db: db}
		err := db.attempt(pool, begin, t, do)
		return attempt{doubt: t.doubt && !reads, keyed: t.Keyed}, err
	})
}

// Transaction is Update for what is written through gorm: do runs in a transaction, which is rolled back where it fails. keyed says
// that do looks up and writes a key, which tells a repetition from the first time.
func (db *DB) Transaction(ctx context.Context, keyed bool, do func(*gorm.DB) error) error {
	return retry(ctx, func(ctx context.Context) (a attempt, err error) {
		a.keyed = keyed
		g := db.write.WithContext(ctx).Begin()
		if g.Error != nil {
			return a, g.Error
		}
		done := false
		defer func() {
			if !done {
				g.Rollback()
			}
		}()
		if err := do(g); err != nil {
			return a, err
		}
		done = true
		err = g.Commit().Error
		a.doubt = isDoubtful(err)
		return a, err
	})
}

func (db *DB) attempt(pool *sql.DB, begin string, t *Tx, do func(*Tx) error) error {
	conn, err := db.connection(t.ctx, pool)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // back to the pool
	t.Exec(begin)
	run := func() error {
		defer func() {
			if x := recover(); x != nil { // a judgement that panics must not leave its locks to the next transaction
				_ = t.undo(errors.New("panic"))
				panic(x)
			}
		}()
		if err := do(t); err != nil {
			return t.undo(err)
		}
		return nil
	}
	if db.dialect.Name() == "sqlite" {
		t.lite = conn
		if err = run(); errors.Is(err, driver.ErrBadConn) {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // never pooled again
		}
		return err
	}
	return conn.Raw(func(c any) error {
		std, ok := c.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the connection is a %T", c)
		}
		t.pg = std.Conn()
		return run()
	})
}

// undo rolls back after an error. A connection on which that fails is not used again.
func (t *Tx) undo(cause error) error {
	t.queue = nil
	var err error
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 2*time.Second)
	defer cancel()
	if t.pg != nil {
		if t.pg.IsClosed() {
			return cause
		}
		if t.pg.PgConn().TxStatus() != 'I' {
			_, err = t.pg.Exec(ctx, "ROLLBACK")
		}
	} else if _, err = t.lite.ExecContext(ctx, "ROLLBACK"); isNoTransaction(err) {
		err = nil
	}
	if err != nil {
		return errors.Join(cause, err, driver.ErrBadConn)
	}
	return cause
}

// inserts keeps the INSERT of each row type.
type inserts struct{ byType sync.Map }

type insert struct {
	table  string
	sql    string
	fields []*schema.Field
}

func (c *inserts) of(db *DB, row any) (*insert, error) {
	typ := reflect.Indirect(reflect.ValueOf(row)).Type()
	if in, ok := c.byType.Load(typ); ok {
		return in.(*insert), nil
	}
	stmt := &gorm.Statement{DB: db.write}
	if err := stmt.Parse(reflect.New(typ).Interface()); err != nil {
		return nil, fmt.Errorf("table of %s: %w", typ, err)
	}
	in := &insert{table: stmt.Schema.Table}
	var names []string
	for _, f := range stmt.Schema.Fields {
		if f.DBName == "" || f.AutoIncrement {
			continue
		}
		in.fields = append(in.fields, f)
		names = append(names, `"`+f.DBName+`"`)
	}
	in.sql = `INSERT INTO "` + stmt.Schema.Table + `" (` + strings.Join(names, ", ") + ") VALUES (" +
		strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	c.byType.Store(typ, in)
	return in, nil
}

// InsertMany writes rows of one type at once: by COPY on PostgreSQL, one by one on SQLite.
func (t *Tx) InsertMany(rows []any) error {
	if len(rows) == 0 {
		return nil
	}
	if t.pg == nil {
		for _, r := range rows {
			if err := t.Insert(r); err != nil {
				return err
			}
		}
		return t.Flush()
	}
	in, err := t.db.inserts.of(t.db, rows[0])
	if err != nil {
		return err
	}
	names := make([]string, len(in.fields))
	for i, f := range in.fields {
		names[i] = f.DBName
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{in.table}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		v := reflect.Indirect(reflect.ValueOf(rows[i]))
		values := make([]any, len(in.fields))
		for k, f := range in.fields {
			values[k], _ = f.ValueOf(t.ctx, v)
			if d, ok := values[k].(Day); ok {
				values[k] = d.Time()
			}
		}
		return values, nil
	}))
	return err
}

// Postgres tells whether the transaction runs on PostgreSQL.
func (t *Tx) Postgres() bool { return t.pg != nil }

// ExecNow sends one statement in PostgreSQL's own form at once, and tells how many rows it changed.
func (t *Tx) ExecNow(sql string, args ...any) (int64, error) {
	done, err := t.pg.Exec(t.ctx, sql, args...)
	return done.RowsAffected(), err
}

// View runs do in a transaction that sees everything as of one instant and changes nothing; do ends with commit.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	return db.in(ctx, db.readPool, db.dialect.Look(), do)
}

// Update runs do in a transaction that writes; do ends with commit. Whatever it leaves open is rolled back, and it is tried again as
// retry says.
func (db *DB) Update(ctx context.Context, do func(*Tx) error) error {
	return db.in(ctx, db.writePool, db.dialect.Begin(), do)
}

// Failpoint is where a test may end the process: what was queued before it has been sent.
func (t *Tx) Failpoint(step string) {
	if t.db.failpoint != nil {
		t.db.failpoint(step)
	}
}

// FlushAt sends what is queued where a failpoint is set, so that ending the process there means something.
func (t *Tx) FlushAt(step string) error {
	if t.db.failpoint == nil {
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	t.Failpoint(step)
	return nil
}

// Context is the context of the try that the transaction runs in.
func (t *Tx) Context() context.Context { return t.ctx }

// DB is the database that the transaction changes.
func (t *Tx) DB() *DB { return t.db }
