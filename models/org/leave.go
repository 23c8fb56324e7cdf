package org

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Leave is a time for which an officer is away, and who acts in his place (AB岗).
type Leave struct {
	ID         int64
	Officer    workflow.OfficerID
	From, To   calendar.Day       // both days are his
	Substitute workflow.OfficerID // 0: none
	Reason     string

	OfficerName, SubstituteName string // read only
}

type leaveRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	OfficerID    int64
	FromOn       db.Day
	ToOn         db.Day
	SubstituteID int64
	Reason       string
	EnteredAt    time.Time
}

func (leaveRow) TableName() string { return "leaves" }

// SetLeave enters a leave. The substitute is an active officer of the same office who is not away himself: there are no
// chains of substitutes. It fails with *workflow.Invalid where that does not hold, and with ErrNotFound without such an
// active officer. The act is that of an administrator who enters it for another; the zero Act where it is none.
func (s *Store) SetLeave(ctx context.Context, l Leave, act Act) (int64, error) {
	officer, err := s.ActiveOfficer(ctx, l.Officer)
	if err != nil {
		return 0, err
	}
	if l.From == 0 || l.To < l.From {
		return 0, wrongLeave("to", "请假的最后一天不能早于第一天")
	}
	if err := s.mayStandIn(ctx, officer, l.Substitute); err != nil {
		return 0, err
	}
	row := leaveRow{OfficerID: int64(l.Officer), FromOn: db.Day(l.From), ToOn: db.Day(l.To),
		SubstituteID: int64(l.Substitute), Reason: l.Reason, EnteredAt: s.db.Now()}
	err = s.db.Update(ctx, func(t *db.Tx) error {
		t.Exec(s.db.SQL().Exclusive("leaves")) // two leaves entered at once could make a chain
		if err := requireNoChain(t, l); err != nil {
			return err
		}
		t.Query(func(scan func(...any) error) error { return scan(&row.ID) },
			"INSERT INTO leaves (officer_id, from_on, to_on, substitute_id, reason, entered_at) VALUES (?, ?, ?, ?, ?, ?) "+
				"RETURNING id", row.OfficerID, row.FromOn, row.ToOn, row.SubstituteID, row.Reason, row.EnteredAt)
		if err := act.WriteTx(t); err != nil {
			return err
		}
		return t.Commit()
	})
	return row.ID, err
}

func wrongLeave(field, message string) error {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message}}}
}

func (s *Store) mayStandIn(ctx context.Context, officer Officer, substitute workflow.OfficerID) error {
	if substitute == 0 {
		return nil
	}
	if substitute == officer.ID {
		return wrongLeave("substitute", "代理人不能是请假人自己")
	}
	sub, err := s.ActiveOfficer(ctx, substitute)
	if errors.Is(err, workflow.ErrNotFound) {
		return wrongLeave("substitute", "代理人没有启用的账号，请另选")
	}
	if err == nil && sub.Office != officer.Office {
		return wrongLeave("substitute", "代理人应是本单位的在岗人员，请另选")
	}
	return err
}

// requireNoChain refuses a leave that would make a chain of substitutes, or a second leave for the same days.
func requireNoChain(t *db.Tx, l Leave) error {
	type other struct {
		officer, substitute int64
		name                string
	}
	var found []other
	t.Query(func(scan func(...any) error) error {
		var f other
		err := scan(&f.officer, &f.substitute, &f.name)
		found = append(found, f)
		return err
	}, "SELECT l.officer_id, l.substitute_id, o.name FROM leaves l JOIN officers o ON o.id = l.officer_id "+
		"WHERE l.from_on <= ? AND l.to_on >= ? ORDER BY l.id",
		db.Day(l.To), db.Day(l.From))
	if err := t.Flush(); err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	for _, f := range found {
		switch {
		case f.officer == int64(l.Officer):
			return wrongLeave("from", "这几天已登记过请假，请先结束原来的登记")
		case l.Substitute != 0 && f.officer == int64(l.Substitute):
			return wrongLeave("substitute", "代理人在这几天自己也请假，不能再转代理，请另选")
		case f.substitute == int64(l.Officer):
			return wrongLeave("from", "这几天正在代理"+f.name+"的工作，不能再转代理，请先为"+f.name+"改派代理人")
		}
	}
	return nil
}

// Leaves lists the leaves that have not ended before a day, the first one first.
func (s *Store) Leaves(ctx context.Context, from calendar.Day) ([]Leave, error) {
	var rows []struct {
		Row              leaveRow `gorm:"embedded"`
		Name, Substitute string
	}
	if err := s.db.Read(ctx).Table("leaves l").Joins("JOIN officers o ON o.id = l.officer_id").Joins("LEFT "+
		"JOIN officers p ON p.id = l.substitute_id").
		Select("l.*, o.name AS name, COALESCE(p.name, '') AS substitute").Where("l.to_on >= ?",
		db.Day(from)).Order("l.from_on").Order("l.id").Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Leave, len(rows))
	for i, r := range rows {
		l := r.Row
		list[i] = Leave{l.ID, workflow.OfficerID(l.OfficerID), calendar.Day(l.FromOn), calendar.Day(l.ToOn),
			workflow.OfficerID(l.SubstituteID), l.Reason,
			r.Name, r.Substitute}
	}
	return list, nil
}

// EndLeave ends a leave with the day before the given one, on which the officer is back; one that has not begun is
// taken away. The act is as in SetLeave. ErrNotFound without such a leave, or where it has ended before.
func (s *Store) EndLeave(ctx context.Context, id int64, back calendar.Day, act Act) error {
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		done := g.Where("id = ? AND from_on >= ?", id, db.Day(back)).Delete(&leaveRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			done = g.Model(&leaveRow{}).Where("id = ? AND to_on >= ?", id, db.Day(back)).Update("to_on", db.Day(back-1))
		}
		if err := db.RequireOne(done); err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
}
