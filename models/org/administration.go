package org

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// AdminAct is one thing that an administrator did.
type AdminAct struct {
	At      time.Time
	Officer string // as he was called then
	What    string // in Chinese
	Subject string // login, office, year: what it was done to; nothing personal of villagers
}

type adminActRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	At          time.Time
	OfficerID   *int64 // nil: a command on the machine
	OfficerName string
	What        string
	Subject     string
}

func (adminActRow) TableName() string { return "administration" }

// Administrator is who changes what the administration keeps: an officer, or a command on the machine.
type Administrator struct {
	Officer workflow.OfficerID
	Command string // name of the operating system's user who runs it; "" for an officer
}

// commandName is how the log of the administration calls the user of the operating system that runs a command.
func commandName(user string) string { return "系统（命令行，用户 " + user + "）" }

// logName is how the log of the administration calls the administrator; ErrNotFound without such an officer.
func (a Administrator) logName(g *gorm.DB) (string, error) {
	if a.Command != "" {
		return commandName(a.Command), nil
	}
	var row officerRow
	err := g.Where("id = ? AND active", int64(a.Officer)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = workflow.ErrNotFound
	}
	return row.Name, err
}

// logAct writes a line of the log of the administration, in the transaction of what it tells.
func (s *Store) logAct(g *gorm.DB, by Administrator, what, subject string) error {
	name, err := by.logName(g)
	if err != nil {
		return err
	}
	row := adminActRow{At: s.db.Now(), OfficerName: name, What: what, Subject: subject}
	if by.Command == "" {
		officer := int64(by.Officer)
		row.OfficerID = &officer
	}
	return g.Create(&row).Error
}

// NoteAdmin writes down what an administrator did; ErrNotFound without such an officer.
func (s *Store) NoteAdmin(ctx context.Context, by workflow.OfficerID, what, subject string) error {
	return s.logAct(s.db.Write(ctx), Administrator{Officer: by}, what, subject)
}

// NoteCommand writes down what a command on the machine did, run by a user of the operating system.
func (s *Store) NoteCommand(ctx context.Context, user, what, subject string) error {
	return s.logAct(s.db.Write(ctx), Administrator{Command: user}, what, subject)
}

// AdminActs lists what administrators did, the newest first, and how much that is in all.
func (s *Store) AdminActs(ctx context.Context, number, size int) ([]AdminAct, int, error) {
	var total int64
	if err := s.db.Read(ctx).Model(&adminActRow{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(number, size)
	var rows []adminActRow
	if err := s.db.Read(ctx).Order("id DESC").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]AdminAct, len(rows))
	for i, r := range rows {
		list[i] = AdminAct{r.At, r.OfficerName, r.What, r.Subject}
	}
	return list, int(total), nil
}

// LogCommand writes down what was done by a command, under the account of the operating system.
func LogCommand(t *db.Tx, by, what, subject string) {
	t.Exec("INSERT INTO administration (at, officer_name, what, subject) VALUES (?, ?, ?, ?)", t.DB().Now(),
		commandName(by), what, subject)
}
