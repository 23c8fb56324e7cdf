package db

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// inserts keeps the INSERT of each row type.
type inserts struct{ byType sync.Map }

type insert struct {
	table  string
	sql    string
	fields []*schema.Field
}

func (c *inserts) of(g *gorm.DB, row any) (*insert, error) {
	typ := reflect.Indirect(reflect.ValueOf(row)).Type()
	if in, ok := c.byType.Load(typ); ok {
		return in.(*insert), nil
	}
	stmt := &gorm.Statement{DB: g}
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
