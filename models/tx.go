package models

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

// tx is one transaction on one connection. Statements are queued and sent together: PostgreSQL gets a queue as one
// pipelined batch, which costs one round trip however long it is; SQLite takes them one by one.
type tx struct {
	ctx   context.Context
	db    *DB
	pg    *pgx.Conn
	lite  *sql.Conn
	queue []statement
	keyed bool // a key is looked up and written in it: a repetition is told from the first time
	doubt bool // the COMMIT was sent and not answered
	told  bool // a row of the outbox was written
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

// exec queues a statement that returns nothing.
func (t *tx) exec(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args})
}

// change queues a statement that may go with others: it changes a row that no other statement of the batch touches.
func (t *tx) change(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, role: change})
}

// guarded queues an UPDATE that must hit a row, or the transaction fails with errLost.
func (t *tx) guarded(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, role: guard})
}

// query queues a statement and what is done with each of its rows.
func (t *tx) query(each func(scan func(...any) error) error, sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, each: each})
}

// insert queues the INSERT of a row, as gorm's schema of its type has the table and the columns.
func (t *tx) insert(row any) error {
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

// flush sends what is queued. It fails with the first error; what was queued behind it has no effect then.
func (t *tx) flush() error {
	queue := t.queue
	t.queue = nil
	if t.pg != nil {
		return t.pipeline(queue)
	}
	for _, q := range queue {
		if err := t.one(q); err != nil {
			return err
		}
	}
	return nil
}

// together makes one statement of all changes and puts it behind what goes alone, before the COMMIT: the server does in one what
// costs it half as much again in several. A guard that hits nothing ends in a division by zero, which stops the COMMIT too.
func together(queue []statement) []statement {
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

func (t *tx) pipeline(queue []statement) error {
	queue = together(queue)
	batch := &pgx.Batch{}
	for _, q := range queue {
		batch.Queue(t.db.dialect.text(q.sql), q.args...)
	}
	results := t.pg.SendBatch(t.ctx, batch)
	var first error
	for _, q := range queue {
		if q.each == nil {
			_, first = results.Exec()
		} else {
			first = drain(results, q.each)
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

func drain(results pgx.BatchResults, each func(func(...any) error) error) error {
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

func (t *tx) one(q statement) error {
	if q.each == nil {
		done, err := t.lite.ExecContext(t.ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); q.role == guard && (err != nil || n != 1) {
			return errors.Join(errLost, err)
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

// commit queues the COMMIT and sends all. Where it fails without an answer from the server the transaction is in doubt.
func (t *tx) commit() error {
	t.exec(commit)
	err := t.flush()
	t.doubt = doubtful(err)
	return err
}

// doubtful tells whether a change may be done although it failed: it was sent, and nothing came back that says what became of it.
func doubtful(err error) bool {
	if k, _ := kindOf(err); k != unavailable || unsent(err) {
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
		k, _ := kindOf(err)
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
				return uncertain(err)
			}
			return Classify(err)
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
func (db *DB) in(ctx context.Context, pool *sql.DB, begin string, do func(*tx) error) error {
	reads := begin == db.dialect.look()
	return retry(ctx, func(ctx context.Context) (attempt, error) {
		t := &tx{ctx: ctx, db: db}
		err := db.attempt(pool, begin, t, do)
		if wake := db.wakeRelay.Load(); err == nil && t.told && wake != nil {
			(*wake)()
		}
		return attempt{doubt: t.doubt && !reads, keyed: t.keyed}, err
	})
}

// transaction is in for what is written through gorm: do runs in a transaction, which is rolled back where it fails. keyed says
// that do looks up and writes a key, which tells a repetition from the first time.
func (db *DB) transaction(ctx context.Context, keyed bool, do func(*gorm.DB) error) error {
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
		a.doubt = doubtful(err)
		return a, err
	})
}

func (db *DB) attempt(pool *sql.DB, begin string, t *tx, do func(*tx) error) error {
	conn, err := db.connection(t.ctx, pool)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // back to the pool
	t.exec(begin)
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
	if db.dialect.name() == "sqlite" {
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
func (t *tx) undo(cause error) error {
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
	} else if _, err = t.lite.ExecContext(ctx, "ROLLBACK"); noTransaction(err) {
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
