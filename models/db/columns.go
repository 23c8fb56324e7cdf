package db

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

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

// values are what an INSERT writes of a row.
func (t *table) values(ctx context.Context, row any) []any {
	v := reflect.Indirect(reflect.ValueOf(row))
	values := make([]any, len(t.given))
	for i, f := range t.given {
		values[i], _ = f.ValueOf(ctx, v)
	}
	return values
}
