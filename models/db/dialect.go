package db

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Dialect is what differs between the two databases. Everything else is written once, with ? for values.
type Dialect interface {
	Name() string
	// Text brings a statement to the form the database takes.
	Text(sql string) string
	// Begin and look open a transaction that writes, or one that sees everything as of one instant.
	Begin() string
	Look() string
	// Lock ends a SELECT of rows that must not change before the transaction ends.
	Lock() string
	// Skip ends one that leaves out the rows that another has locked.
	Skip() string
	// Exclusive keeps other writers of a table out until the transaction ends.
	Exclusive(table string) string
	// Instant is a parameter that stands among columns as an instant.
	Instant() string
	// Among and list narrow a column to many numbers by one value.
	Among() string
	List(ids []int64) any
	// Gather joins the values of a column into one text with commas between.
	Gather(column string) string
}

type postgresDialect struct{}

// numbered keeps each statement in PostgreSQL's form; there are as many as this package has.
var numbered sync.Map

func (postgresDialect) Name() string { return "postgres" }

func (postgresDialect) Text(sql string) string {
	if t, ok := numbered.Load(sql); ok {
		return t.(string)
	}
	var b strings.Builder
	n := 0
	for part, rest, more := strings.Cut(sql, "?"); ; part, rest, more = strings.Cut(rest, "?") {
		b.WriteString(part)
		if !more {
			break
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	numbered.Store(sql, b.String())
	return b.String()
}

func (postgresDialect) Begin() string { return "BEGIN" }

func (postgresDialect) Look() string { return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" }

// NO KEY: a notice that another writes for the case meanwhile only asks that the case stays there.
func (postgresDialect) Lock() string { return " FOR NO KEY UPDATE OF c" }

func (postgresDialect) Skip() string { return " FOR NO KEY UPDATE OF c SKIP LOCKED" }

func (postgresDialect) Exclusive(table string) string {
	return "LOCK TABLE " + table + " IN EXCLUSIVE MODE"
}

func (postgresDialect) Instant() string { return "?::timestamptz" }

func (postgresDialect) Among() string { return "= ANY(?)" }

func (postgresDialect) List(ids []int64) any {
	return slices.Clone(ids)
}

func (postgresDialect) Gather(column string) string { return "string_agg(" + column + ", ',')" }

type sqliteDialect struct{}

func (sqliteDialect) Name() string { return "sqlite" }

func (sqliteDialect) Text(sql string) string { return sql }

func (sqliteDialect) Begin() string { return "BEGIN IMMEDIATE" } // the one writer: nothing needs a lock of its own

func (sqliteDialect) Look() string { return "BEGIN" }

func (sqliteDialect) Lock() string { return "" }

func (sqliteDialect) Skip() string { return "" }

func (sqliteDialect) Exclusive(string) string { return "SELECT 1" } // one writer anyway

func (sqliteDialect) Instant() string { return "?" }

func (sqliteDialect) Among() string { return "IN (SELECT value FROM json_each(?))" }

func (sqliteDialect) List(ids []int64) any {
	b, _ := json.Marshal(ids) // numbers always encode
	return string(b)
}

func (sqliteDialect) Gather(column string) string { return "group_concat(" + column + ", ',')" }

// List makes one value of many numbers, for a column that is Among them.
func List[T ~int64](d Dialect, ids []T) any {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i] = int64(id)
	}
	return d.List(numbers)
}
