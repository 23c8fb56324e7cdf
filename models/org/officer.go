package org

import (
	"context"
	"time"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Officer is an account: a person at one office.
type Officer struct {
	ID         workflow.OfficerID
	Login      string
	Name       string
	Role       glossary.Role
	Office     workflow.OfficeID
	OfficeKind glossary.Party
	OfficeName string
	Division   string // of the office
	Active     bool
	MustChange bool   // the password is a one-time one: nothing but its change is open
	Person     string `json:"-"` // blind index of the ID number; "" where it is not known
	HasSeal    bool   `json:"-"` // the office has a seal picture
}

// Actor is the officer as a judgement sees him.
func (o Officer) Actor() workflow.Actor {
	return workflow.Actor{Officer: o.ID, Name: o.Name, Role: o.Role, Office: o.Office, Kind: o.OfficeKind,
		Division: o.Division, HasSeal: o.HasSeal, Person: o.Person}
}

type officerRow struct {
	ID              int64 `gorm:"primaryKey;autoIncrement"`
	Login           string
	Name            string
	Role            string
	OfficeID        int64
	Active          bool
	Password        string
	Person          string
	CreatedAt       time.Time `gorm:"autoCreateTime:false"`
	MustChange      bool
	PasswordExpires *time.Time
}

func (officerRow) TableName() string { return "officers" }

const officerColumns = "o.id, o.login, o.name, o.role, o.active, o.must_change, o.person, f.id, f.kind, f.name, " +
	"f.division"

func (o *Officer) fields() []any {
	return []any{&o.ID, &o.Login, &o.Name, &o.Role, &o.Active, &o.MustChange, &o.Person, &o.Office, &o.OfficeKind,
		&o.OfficeName, &o.Division}
}

// readOfficers reads officers with their offices; tail is WHERE and ORDER BY.
func (s *Store) readOfficers(ctx context.Context, tail string, args ...any) ([]Officer, error) {
	rows, err := s.db.Read(ctx).Raw("SELECT "+officerColumns+" FROM officers o JOIN offices f ON f.id = o.office_id "+tail,
		args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	var list []Officer
	for rows.Next() {
		var o Officer
		if err := rows.Scan(o.fields()...); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// Officers lists every account.
func (s *Store) Officers(ctx context.Context) ([]Officer, error) {
	return s.readOfficers(ctx, "ORDER BY o.login")
}

// OpenOfficers lists the officers with an open account, as those who act on a case may be named.
func (s *Store) OpenOfficers(ctx context.Context) ([]glossary.Officer, error) {
	list, err := s.readOfficers(ctx, "WHERE o.active ORDER BY o.login")
	if err != nil {
		return nil, err
	}
	named := make([]glossary.Officer, len(list))
	for i, o := range list {
		named[i] = glossary.Officer{ID: int64(o.ID), Login: o.Login, Name: o.Name, Kind: o.OfficeKind,
			Division: o.Division, Person: o.Person}
	}
	return named, nil
}

// OfficersByID returns the accounts with the ids; it asks the database nothing where there are none.
func (s *Store) OfficersByID(ctx context.Context, ids ...workflow.OfficerID) ([]Officer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.readOfficers(ctx, "WHERE o.id IN ? ORDER BY o.login", ids)
}

// OfficersOf returns the accounts of an office.
func (s *Store) OfficersOf(ctx context.Context, office workflow.OfficeID) ([]Officer, error) {
	return s.readOfficers(ctx, "WHERE o.office_id = ? ORDER BY o.login", int64(office))
}

// ActiveOfficer reads one active officer; ErrNotFound otherwise, so that a missing officer never has the scope of all.
func (s *Store) ActiveOfficer(ctx context.Context, id workflow.OfficerID) (Officer, error) {
	list, err := s.readOfficers(ctx, "WHERE o.id = ? AND o.active", int64(id))
	if err != nil {
		return Officer{}, err
	}
	if len(list) != 1 {
		return Officer{}, workflow.ErrNotFound
	}
	return list[0], nil
}
