package db

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"
)

// table is the table of a row type. Its columns are the fields of the type, in their order: this is the one list of
// them.
type table struct {
	name   string
	fields []*schema.Field
	given  []*schema.Field // all but those that the database numbers
	insert string
}

// tables keeps the table of each row type.
var tables sync.Map

func tableOf(row reflect.Type) (*table, error) {
	if t, ok := tables.Load(row); ok {
		return t.(*table), nil
	}
	s, err := schema.Parse(reflect.New(row).Interface(), &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		return nil, fmt.Errorf("table of %s: %w", row, err)
	}
	t := &table{name: s.Table}
	var names []string
	for _, f := range s.Fields {
		if f.DBName == "" {
			continue
		}
		t.fields = append(t.fields, f)
		if !f.AutoIncrement {
			t.given = append(t.given, f)
			names = append(names, `"`+f.DBName+`"`)
		}
	}
	t.insert = `INSERT INTO "` + t.name + `" (` + strings.Join(names, ", ") + ") VALUES (" +
		strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	tables.Store(row, t)
	return t, nil
}

// Columns are columns of a row type, in the order of its fields. What is selected, scanned, set and written in batches
// is taken from them, so that a column is named by its field and nowhere else.
type Columns[Row any] struct {
	table  string
	fields []*schema.Field
	set    string
}

// ColumnsOf are all columns of a row type. It panics on a type that is none, which is an error of the program.
func ColumnsOf[Row any]() Columns[Row] {
	t, err := tableOf(reflect.TypeFor[Row]())
	if err != nil {
		panic(err)
	}
	return columns[Row](t.name, t.fields)
}

func columns[Row any](table string, fields []*schema.Field) Columns[Row] {
	set := make([]string, len(fields))
	for i, f := range fields {
		set[i] = f.DBName + " = ?"
	}
	return Columns[Row]{table, fields, strings.Join(set, ", ")}
}

// Only are those of the columns that are named, Without the others. Both panic on a name that is no column.
func (c Columns[Row]) Only(names ...string) Columns[Row] {
	return columns[Row](c.table, c.filter(names, true))
}

// Without are the columns that are not named.
func (c Columns[Row]) Without(names ...string) Columns[Row] {
	return columns[Row](c.table, c.filter(names, false))
}

func (c Columns[Row]) filter(names []string, named bool) []*schema.Field {
	for _, n := range names {
		if !slices.ContainsFunc(c.fields, func(f *schema.Field) bool { return f.DBName == n }) {
			panic(c.table + " has no column " + n)
		}
	}
	return slices.DeleteFunc(slices.Clone(c.fields), func(f *schema.Field) bool {
		return slices.Contains(names,
			f.DBName) != named
	})
}

// List is the columns as a SELECT names them, behind the alias of their table where it is not empty.
func (c Columns[Row]) List(alias string) string {
	if alias != "" {
		alias += "."
	}
	names := make([]string, len(c.fields))
	for i, f := range c.fields {
		names[i] = alias + f.DBName
	}
	return strings.Join(names, ", ")
}

// Set is the columns as an UPDATE sets them, each to a value.
func (c Columns[Row]) Set() string { return c.set }

// Fields are pointers to the columns of a row, to be scanned into.
func (c Columns[Row]) Fields(row *Row) []any {
	v := reflect.ValueOf(row).Elem()
	fields := make([]any, len(c.fields))
	for i, f := range c.fields {
		fields[i] = v.FieldByIndex(f.StructField.Index).Addr().Interface()
	}
	return fields
}

// Values are the values of the columns of a row.
func (c Columns[Row]) Values(row *Row) []any {
	v := reflect.ValueOf(row).Elem()
	values := make([]any, len(c.fields))
	for i, f := range c.fields {
		values[i] = v.FieldByIndex(f.StructField.Index).Interface()
	}
	return values
}

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

// values are what an INSERT writes of a row.
func (t *table) values(ctx context.Context, row any) []any {
	v := reflect.Indirect(reflect.ValueOf(row))
	values := make([]any, len(t.given))
	for i, f := range t.given {
		values[i], _ = f.ValueOf(ctx, v)
	}
	return values
}
