package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
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

	OutboxWritten bool // a row of the outbox was written: a relay is woken by the commit
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

// ExecGuarded queues an UPDATE that must hit a row, or the transaction fails with ErrLost.
func (t *Tx) ExecGuarded(sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, role: guard})
}

// Query queues a statement and what is done with each of its rows.
func (t *Tx) Query(each func(scan func(...any) error) error, sql string, args ...any) {
	t.queue = append(t.queue, statement{sql: sql, args: args, each: each})
}

// Insert queues the INSERT of a row.
func (t *Tx) Insert(row any) error {
	in, err := tableOf(reflect.Indirect(reflect.ValueOf(row)).Type())
	if err != nil {
		return err
	}
	t.queue = append(t.queue, statement{sql: in.insert, args: in.values(t.ctx, row), role: change})
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

// mergeWrites makes one statement of all changes and puts it behind what goes alone, before the COMMIT: the server does
// in one what costs it half as much again in several. A guard that hits nothing ends in a division by zero, which stops
// the COMMIT too.
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

// in runs do on one connection with the transaction already queued to begin; do ends with commit. Whatever it leaves
// open is rolled back. It is tried again as retry says.
func (db *DB) in(ctx context.Context, pool *sql.DB, begin string, do func(*Tx) error) error {
	reads := begin == db.dialect.Look()
	return retry(ctx, func(ctx context.Context) (attempt, error) {
		t := &Tx{ctx: ctx, db: db}
		err := db.attempt(pool, begin, t, do)
		if wake := db.wakeRelay.Load(); err == nil && t.OutboxWritten && wake != nil {
			(*wake)()
		}
		return attempt{doubt: t.doubt && !reads, keyed: t.Keyed}, err
	})
}

// Transaction is Update for what is written through gorm: do runs in a transaction, which is rolled back where it
// fails. keyed says that do looks up and writes a key, which tells a repetition from the first time. The key of the
// request, where the context has one, is taken first; see WithKey.
func (db *DB) Transaction(ctx context.Context, keyed bool, do func(*gorm.DB) error) error {
	pending := pendingKey(ctx)
	return retry(ctx, func(ctx context.Context) (a attempt, err error) {
		a.keyed = keyed || pending != nil
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
		if pending != nil {
			row := pending.row
			row.CreatedAt = db.Now()
			if err := g.Create(&row).Error; err != nil {
				return a, keyUsed(err)
			}
		}
		if err := do(g); err != nil {
			return a, err
		}
		done = true
		err = g.Commit().Error
		a.doubt = isDoubtful(err)
		if pending != nil && err == nil {
			pending.taken.Store(true)
		}
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

// Postgres tells whether the transaction runs on PostgreSQL.
func (t *Tx) Postgres() bool { return t.pg != nil }

// View runs do in a transaction that sees everything as of one instant and changes nothing; do ends with commit.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	return db.in(ctx, db.readPool, db.dialect.Look(), do)
}

// Update runs do in a transaction that writes; do ends with commit. Whatever it leaves open is rolled back, and it is
// tried again as retry says. The key of the request, where the context has one, is taken first; see WithKey.
func (db *DB) Update(ctx context.Context, do func(*Tx) error) error {
	pending := pendingKey(ctx)
	if pending == nil {
		return db.in(ctx, db.writePool, db.dialect.Begin(), do)
	}
	err := db.in(ctx, db.writePool, db.dialect.Begin(), func(t *Tx) error {
		t.Keyed = true
		row := pending.row
		row.CreatedAt = db.Now()
		if err := t.TakeKey(row); err != nil {
			return keyUsed(err)
		}
		return do(t)
	})
	if err == nil {
		pending.taken.Store(true)
	}
	return err
}

// Failpoint is where a test may end the process: what was queued before it has been sent.
func (t *Tx) Failpoint(step string) {
	t.db.Failpoint(step)
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
