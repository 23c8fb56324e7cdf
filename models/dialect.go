package models

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"anju/workflow"
)

// dialect is what differs between the two databases. Everything else is written once, with ? for values.
type dialect interface {
	name() string
	// text brings a statement to the form the database takes.
	text(sql string) string
	// begin and look open a transaction that writes, or one that sees everything as of one instant.
	begin() string
	look() string
	// lock ends a SELECT whose rows must not change before the transaction ends.
	lock() string
	// skip ends one that leaves out the rows that another has locked.
	skip() string
	// alone keeps other writers of a table out until the transaction ends.
	alone(table string) string
	// instant is a parameter that stands among columns as an instant.
	instant() string
	// among and list narrow a column to many numbers by one value.
	among() string
	list(ids []workflow.CaseID) any
	// rungs is a table u of deadlines, generations and rungs.
	rungs(rows []rungFiredRow) (from string, args []any)
	// newest selects the last deadline of each limit of a case: one that is live is always the last, for a limit does not begin
	// anew before it has ended.
	newest(columns string) string
	// gather joins the values of a column into one text with commas between.
	gather(column string) string
}

type postgresDialect struct{}

// numbered keeps each statement in PostgreSQL's form; there are as many as this package has.
var numbered sync.Map

func (postgresDialect) name() string { return "postgres" }
func (postgresDialect) text(sql string) string {
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

func (postgresDialect) begin() string { return "BEGIN" }
func (postgresDialect) look() string  { return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" }

// NO KEY: a notice that another writes for the case meanwhile only asks that the case stays there.
func (postgresDialect) lock() string { return " FOR NO KEY UPDATE OF c" }
func (postgresDialect) skip() string { return " FOR NO KEY UPDATE OF c SKIP LOCKED" }
func (postgresDialect) alone(table string) string {
	return "LOCK TABLE " + table + " IN EXCLUSIVE MODE"
}
func (postgresDialect) instant() string { return "?::timestamptz" }
func (postgresDialect) among() string   { return "= ANY(?)" }
func (postgresDialect) list(ids []workflow.CaseID) any {
	n := make([]int64, len(ids))
	for i, id := range ids {
		n[i] = int64(id)
	}
	return n
}
func (postgresDialect) rungs(rows []rungFiredRow) (string, []any) {
	n := len(rows)
	ids, generations, names := make([]int64, n), make([]int64, n), make([]string, n)
	for i, r := range rows {
		ids[i], generations[i], names[i] = r.DeadlineID, int64(r.Generation), r.Rung
	}
	return "unnest(?::bigint[], ?::bigint[], ?::text[]) AS u(deadline_id, generation, rung)", []any{ids, generations, names}
}
func (postgresDialect) gather(column string) string { return "string_agg(" + column + ", ',')" }
func (postgresDialect) newest(columns string) string {
	return "SELECT DISTINCT ON (limit_id) " + columns + " FROM deadlines WHERE case_id = ? ORDER BY limit_id DESC, generation DESC"
}

type sqliteDialect struct{}

func (sqliteDialect) name() string           { return "sqlite" }
func (sqliteDialect) text(sql string) string { return sql }
func (sqliteDialect) begin() string          { return "BEGIN IMMEDIATE" } // the one writer: nothing needs a lock of its own
func (sqliteDialect) look() string           { return "BEGIN" }
func (sqliteDialect) lock() string           { return "" }
func (sqliteDialect) skip() string           { return "" }
func (sqliteDialect) alone(string) string    { return "SELECT 1" } // one writer anyway
func (sqliteDialect) instant() string        { return "?" }
func (sqliteDialect) among() string          { return "IN (SELECT value FROM json_each(?))" }
func (sqliteDialect) list(ids []workflow.CaseID) any {
	b, _ := json.Marshal(ids) // numbers always encode
	return string(b)
}
func (sqliteDialect) rungs(rows []rungFiredRow) (string, []any) {
	b, _ := json.Marshal(rows) // numbers and text always encode
	return "(SELECT json_extract(value, '$.DeadlineID') AS deadline_id, json_extract(value, '$.Generation') AS generation, " +
		"json_extract(value, '$.Rung') AS rung FROM json_each(?)) u", []any{string(b)}
}
func (sqliteDialect) gather(column string) string { return "group_concat(" + column + ", ',')" }
func (sqliteDialect) newest(columns string) string {
	return "SELECT " + columns + " FROM deadlines d WHERE case_id = ? AND NOT EXISTS (SELECT 1 FROM deadlines n WHERE n.case_id = d.case_id " +
		"AND n.limit_id = d.limit_id AND n.generation > d.generation)"
}
