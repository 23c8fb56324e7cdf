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

	"anju/workflow"
)

// tx is one transaction on one connection. Statements are queued and sent together: PostgreSQL gets a queue as one
// pipelined batch, which costs one round trip however long it is; SQLite takes them one by one.
type tx struct {
	ctx   context.Context
	db    *DB
	pg    *pgx.Conn
	lite  *sql.Conn
	queue []statement
	wrote bool // something was sent that may have changed rows
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

// commit queues the COMMIT and sends all.
func (t *tx) commit() error {
	t.exec(commit)
	return t.flush()
}

// in runs do on one connection with the transaction already queued to begin; do ends with commit. Whatever it leaves open is
// rolled back. A victim of a deadlock is tried again in silence, three times; so is a connection that was already dead.
func (db *DB) in(ctx context.Context, pool *sql.DB, begin string, do func(*tx) error) error {
	const tries = 4
	var err error
	for try := range tries {
		var wrote bool
		if wrote, err = db.attempt(ctx, pool, begin, do); err == nil {
			return nil
		}
		if k, _ := kindOf(err); k != again && (wrote || !broken(err)) || ctx.Err() != nil {
			return said(err)
		}
		if try < tries-1 {
			time.Sleep(time.Duration(1+rand.IntN(10*(try+1))) * time.Millisecond)
		}
	}
	return errors.Join(ErrUnavailable, err)
}

// broken tells whether the connection, and not the statement, failed.
func broken(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "connection reset")
}

func (db *DB) attempt(ctx context.Context, pool *sql.DB, begin string, do func(*tx) error) (wrote bool, err error) {
	conn, err := db.connection(ctx, pool)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }() // back to the pool
	t := &tx{ctx: ctx, db: db}
	t.exec(begin)
	run := func() error {
		defer func() {
			if x := recover(); x != nil { // a judgement that panics must not leave its locks to whoever comes next
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
		return t.wrote, err
	}
	err = conn.Raw(func(c any) error {
		std, ok := c.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the connection is a %T", c)
		}
		t.pg = std.Conn()
		return run()
	})
	return t.wrote, err
}

// connection waits for a free connection no longer than a person would. Without one the database is unavailable; on SQLite, whose
// one writer serves another, it is busy.
func (db *DB) connection(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	wait, without := 2*time.Second, ErrUnavailable
	if pool == db.writePool && db.dialect.name() == "sqlite" {
		wait, without = 10*time.Second, workflow.ErrBusy // as long as its busy_timeout
	}
	short, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := pool.Conn(short)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() == nil && short.Err() != nil:
		return nil, errors.Join(without, err)
	}
	return nil, errors.Join(ErrUnavailable, err)
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
	} else if _, err = t.lite.ExecContext(ctx, "ROLLBACK"); err != nil && strings.Contains(err.Error(), "no transaction is active") {
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
