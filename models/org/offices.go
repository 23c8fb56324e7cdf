package org

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// AddDivisions adds divisions or renames those that are there. Doing it twice changes nothing.
func (s *Store) AddDivisions(ctx context.Context, list []Division) error {
	return s.db.Write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "code"}},
		DoUpdates: clause.AssignmentColumns([]string{"name", "level", "parent"})}).CreateInBatches(list, 200).Error
}

// Divisions lists every division by code.
func (s *Store) Divisions(ctx context.Context) ([]Division, error) {
	var list []Division
	err := s.db.Read(ctx).Order("code").Find(&list).Error
	return list, err
}

// DivisionExists tells whether a division is known.
func (s *Store) DivisionExists(ctx context.Context, code string) (bool, error) {
	var n int64
	err := s.db.Read(ctx).Model(&Division{}).Where("code = ?", code).Count(&n).Error
	return n > 0, err
}

// AddOffices adds offices, or renames those that are there, but for those that ChangeOffice has named, and says how
// they sign their numbers and, where no telephone is entered, how they are reached. Doing it twice changes nothing.
func (s *Store) AddOffices(ctx context.Context, list []Office) error {
	rows := make([]Office, len(list))
	for i, o := range list {
		rows[i] = Office{Kind: o.Kind, Division: o.Division, Name: o.Name, Short: o.Short, Phone: o.Phone}
	}
	err := s.db.Write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "kind"}, {Name: "division"}},
		DoUpdates: clause.Assignments(map[string]any{"short": gorm.Expr("excluded.short"),
			"phone": gorm.Expr("CASE WHEN offices.phone = '' THEN excluded.phone ELSE offices.phone END"),
			"name":  gorm.Expr("CASE WHEN offices.renamed THEN offices.name ELSE excluded.name END")}),
	}).CreateInBatches(rows, 200).Error
	s.desks.Store(nil)
	return err
}

// Offices lists every office by division and kind.
func (s *Store) Offices(ctx context.Context) ([]Office, error) {
	var list []Office
	err := s.db.Read(ctx).Order("division, kind").Find(&list).Error
	return list, err
}

// officeName is how long the name of an office may be, in characters.
const officeName = 100

// officePhone is a telephone as forms.Person takes it.
var officePhone = regexp.MustCompile(`^[0-9-]{7,13}$`)

// ChangeOffice gives an office its name and telephone, which every line and paper that is written from then on has;
// what was written keeps its own. Other processes read it when they first look for an office ten seconds later, and
// have it from their next look on. It fails with *workflow.Invalid on a name that forms.CheckName refuses and on a
// telephone that is none, and with ErrNotFound without such an office.
func (s *Store) ChangeOffice(ctx context.Context, id workflow.OfficeID, name, phone string, act Act) error {
	name, bad := forms.CheckName(name, "单位名称", officeName)
	if bad != "" {
		return db.Invalid("name", bad, "")
	}
	if phone = strings.TrimSpace(phone); phone != "" && !officePhone.MatchString(phone) {
		return db.Invalid("phone", "电话应为 7 至 13 位数字，可以带区号，例如 0359-5520000；没有的留空", "")
	}
	err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := db.RequireOne(g.Model(&Office{}).Where("id = ?", id).
			Updates(map[string]any{"phone": phone, "name": name,
				"renamed": gorm.Expr("renamed OR name <> ?", name)})); err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
	s.desks.Store(nil)
	return err
}

// Office finds the office of a kind at a division; ErrNotFound without one.
func (s *Store) Office(ctx context.Context, kind glossary.Party, division string) (Office, error) {
	desks := s.currentOffices()
	if desks != nil {
		if o, ok := desks.at[officeKey{kind, division}]; ok {
			return o, nil
		}
		if !desks.old.Load() {
			return Office{}, workflow.ErrNotFound
		}
	}
	desks, err := s.readOffices(ctx)
	if err != nil {
		return Office{}, err
	}
	if o, ok := desks.at[officeKey{kind, division}]; ok {
		return o, nil
	}
	return Office{}, workflow.ErrNotFound
}

// ExpireOffices makes the copy of the offices as old as it is after ten seconds: the next look for one has it read
// anew.
func (s *Store) ExpireOffices() {
	if d := s.desks.Load(); d != nil {
		d.old.Store(true)
	}
}

// currentOffices is the copy of the offices, nil where there is none. An old one is still given, while a newer is read
// in the background: the caller may hold a connection in a move, and must not wait for a second.
func (s *Store) currentOffices() *officeCopy {
	d := s.desks.Load()
	if d != nil && d.old.Load() && d.next.CompareAndSwap(false, true) {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), officeCopyAge)
			defer cancel()
			if _, err := s.readOffices(ctx); err != nil {
				d.next.Store(false) // the next caller tries again
			}
		}()
	}
	return d
}

func (s *Store) readOffices(ctx context.Context) (*officeCopy, error) {
	var list []Office
	if err := s.db.Read(ctx).Find(&list).Error; err != nil {
		return nil, err
	}
	d := &officeCopy{at: make(map[officeKey]Office, len(list)), byID: make(map[workflow.OfficeID]Office, len(list))}
	for _, o := range list {
		d.at[officeKey{o.Kind, o.Division}], d.byID[o.ID] = o, o
	}
	time.AfterFunc(officeCopyAge, func() { d.old.Store(true) })
	s.desks.Store(d)
	return d, nil
}

// Desk finds the office at which a party of a case sits; ErrNotFound without one.
func (s *Store) Desk(ctx context.Context, p glossary.Party, c workflow.Case) (Office, error) {
	p = s.chains.Desk(p, c)
	return s.Office(ctx, p, glossary.OfficeDivision(p.Level(), c.Division, c.GroupNo))
}

// OfficeNames gives the names of the offices of a case by their kind: of its group, village, township and county.
func (s *Store) OfficeNames(ctx context.Context, c workflow.Case) (map[glossary.Party]string, error) {
	names := map[glossary.Party]string{}
	for _, kind := range glossary.Offices() {
		o, err := s.Office(ctx, kind, glossary.OfficeDivision(kind.Level(), c.Division, c.GroupNo))
		switch {
		case err == nil:
			names[kind] = o.Name
		case !errors.Is(err, workflow.ErrNotFound):
			return nil, err
		}
	}
	return names, nil
}

// OfficeByID finds an office that an officer's row names.
func (s *Store) OfficeByID(ctx context.Context, id workflow.OfficeID) (Office, error) {
	if d := s.currentOffices(); d != nil {
		if o, ok := d.byID[id]; ok {
			return o, nil
		}
	}
	d, err := s.readOffices(ctx)
	if err != nil {
		return Office{}, err
	}
	o, ok := d.byID[id]
	if !ok {
		return o, fmt.Errorf("no office %d", id)
	}
	return o, nil
}
