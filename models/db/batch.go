package db

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm/schema"
)

// Match finds the row of an UPDATE by a column: by its value in the row that is given, or with Before by the value less
// one.
type Match struct {
	Column string
	Before bool
}

func (m *Match) equals(alias, value string) string {
	if m.Before {
		value += " - 1"
	}
	return alias + m.Column + " = " + value
}

// UpdateMany sets columns of many rows of one type: by one statement on PostgreSQL, one by one on SQLite. With guarded
// each row must be hit, or the transaction fails with ErrLost.
func UpdateMany[Row any](t *Tx, set Columns[Row], guarded bool, rows []*Row, match ...*Match) error {
	if len(rows) == 0 {
		return nil
	}
	by := ColumnsOf[Row]().Only(each(match, func(m *Match) string { return m.Column })...)
	where := make([]string, len(by.fields))
	for i, f := range by.fields {
		m := match[slices.IndexFunc(match, func(m *Match) bool { return m.Column == f.DBName })]
		if where[i] = m.equals("", "?"); t.Postgres() {
			where[i] = m.equals("r.", "u."+m.Column)
		}
	}
	if t.Postgres() {
		return updateArrays(t, set, by, strings.Join(where, " AND "), guarded, rows)
	}
	sql := "UPDATE " + set.table + " SET " + set.set + " WHERE " + strings.Join(where, " AND ")
	for _, r := range rows {
		args := append(set.Values(r), by.Values(r)...)
		if guarded {
			t.ExecGuarded(sql, args...)
		} else {
			t.Exec(sql, args...)
		}
	}
	return t.Flush()
}

// updateArrays sends the rows as one array a column.
func updateArrays[Row any](t *Tx, set, by Columns[Row], where string, guarded bool, rows []*Row) error {
	var names, sets, types []string
	var args []any
	for _, f := range slices.Concat(by.fields, set.fields) {
		if slices.Contains(names, f.DBName) {
			continue // by which a row is found, and which is set
		}
		typ, values, err := array(f, rows)
		if err != nil {
			return err
		}
		names, args = append(names, f.DBName), append(args, values)
		types = append(types, fmt.Sprintf("$%d::%s[]", len(args), typ))
	}
	for _, f := range set.fields {
		sets = append(sets, f.DBName+" = u."+f.DBName)
	}
	hit, err := t.ExecNow("UPDATE "+set.table+" r SET "+strings.Join(sets, ", ")+" FROM unnest("+strings.Join(types,
		", ")+") AS u("+
		strings.Join(names, ", ")+") WHERE "+where, args...)
	if err == nil && guarded && hit != int64(len(rows)) {
		err = ErrLost
	}
	return err
}

// array is one column of many rows, with its type on PostgreSQL.
func array[Row any](f *schema.Field, rows []*Row) (typ string, values any, err error) {
	column := func(r *Row) reflect.Value { return reflect.ValueOf(r).Elem().FieldByIndex(f.StructField.Index) }
	switch reflect.New(f.FieldType).Elem().Interface().(type) {
	case Day:
		return "date", each(rows, func(r *Row) time.Time { return column(r).Interface().(Day).Time() }), nil
	case time.Time:
		return "timestamptz", each(rows, func(r *Row) time.Time { return column(r).Interface().(time.Time) }), nil
	case *time.Time:
		return "timestamptz", each(rows, func(r *Row) *time.Time { return column(r).Interface().(*time.Time) }), nil
	case int, int64:
		return "bigint", each(rows, func(r *Row) int64 { return column(r).Int() }), nil
	case string:
		return "text", each(rows, func(r *Row) string { return column(r).String() }), nil
	case bool:
		return "boolean", each(rows, func(r *Row) bool { return column(r).Bool() }), nil
	}
	return "", nil, fmt.Errorf("column %s: a batch takes no %s", f.DBName, f.FieldType)
}

func each[Row, Value any](rows []*Row, value func(*Row) Value) []Value {
	list := make([]Value, len(rows))
	for i, r := range rows {
		list[i] = value(r)
	}
	return list
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
	in, err := tableOf(reflect.Indirect(reflect.ValueOf(rows[0])).Type())
	if err != nil {
		return err
	}
	names := make([]string, len(in.given))
	for i, f := range in.given {
		names[i] = f.DBName
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{in.name}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		values := in.values(t.ctx, rows[i])
		for k := range values {
			if d, ok := values[k].(Day); ok {
				values[k] = d.Time()
			}
		}
		return values, nil
	}))
	return err
}

// ExecNow sends one statement in PostgreSQL's own form at once, and tells how many rows it changed.
func (t *Tx) ExecNow(sql string, args ...any) (int64, error) {
	done, err := t.pg.Exec(t.ctx, sql, args...)
	return done.RowsAffected(), err
}
