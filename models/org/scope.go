package org

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"anju/workflow"
)

// ErrNoScope says that a list was asked for without an officer, or by one without an area. It is an error of the
// program: a list without a scope must never show everything.
var ErrNoScope = errors.New("a list without a scope")

// AreaScope narrows a query of cases to the officer's area, the one rule of workflow.Within as SQL.
func (s *Store) AreaScope(ctx context.Context, by workflow.OfficerID) (Officer, func(*gorm.DB) *gorm.DB, error) {
	o, err := s.ActiveOfficer(ctx, by)
	if errors.Is(err, workflow.ErrNotFound) {
		return o, nil, fmt.Errorf("officer %d: %w", by, ErrNoScope)
	}
	if err != nil {
		return o, nil, err
	}
	if !o.Role.Handles() || len(o.Division) != 12 && len(o.Division) != 14 {
		return o, nil, fmt.Errorf("officer %d at %q: %w", by, o.Division, ErrNoScope)
	}
	return o, o.Area("cases"), nil
}

// Area narrows a query of rows that have a place to the officer's area; his office has one.
func (o Officer) Area(table string) func(*gorm.DB) *gorm.DB {
	return func(g *gorm.DB) *gorm.DB {
		switch {
		case len(o.Division) == 14:
			return g.Where(table+".division = ? AND "+table+".group_no = ?", o.Division[:12], o.Division[12:])
		case strings.HasSuffix(o.Division, "000000"):
			return g.Where(table+".division LIKE ?", o.Division[:6]+"%")
		case strings.HasSuffix(o.Division, "000"):
			return g.Where(table+".division LIKE ?", o.Division[:9]+"%")
		}
		return g.Where(table+".division = ?", o.Division)
	}
}

// AreaPrefix drops the zeros of a township's or county's code.
func AreaPrefix(code string) string {
	if len(code) == 12 && strings.HasSuffix(code, "000000") {
		return code[:6]
	}
	if len(code) == 12 && strings.HasSuffix(code, "000") {
		return code[:9]
	}
	return code
}
