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

// Act is what the log of the administration says of an act: it is written in the transaction of the act, so that there
// is neither without the other.
type Act struct {
	By            Administrator
	What, Subject string
}

type actKey struct{}

// WithAct returns a context with the act under which the service of the cases is asked: package casework knows nothing
// of the administration's log. The store adds to what the act was done.
func WithAct(ctx context.Context, act Act) context.Context {
	return context.WithValue(ctx, actKey{}, act)
}

// ActFrom is the act of a context; the zero Act where there is none.
func ActFrom(ctx context.Context) Act {
	act, _ := ctx.Value(actKey{}).(Act)
	return act
}

// Failpoint is where a test may end the process between an act and its line.
const Failpoint = "act"

// Write writes the line of an act, in the transaction that acts; it fails with ErrNotFound without such an officer. The
// zero Act is that of the program itself, which has no line.
func (a Act) Write(d *db.DB, g *gorm.DB) error {
	if a == (Act{}) {
		return nil
	}
	d.Failpoint(Failpoint)
	name, err := a.By.logName(g)
	if err != nil {
		return err
	}
	row := adminActRow{At: d.Now(), OfficerName: name, What: a.What, Subject: a.Subject}
	if a.By.Command == "" {
		officer := int64(a.By.Officer)
		row.OfficerID = &officer
	}
	return g.Create(&row).Error
}

// WriteTx is Write in a transaction without gorm.
func (a Act) WriteTx(t *db.Tx) error {
	if a == (Act{}) {
		return nil
	}
	if err := t.FlushAt(Failpoint); err != nil {
		return err
	}
	if a.By.Command != "" {
		LogCommand(t, a.By.Command, a.What, a.Subject)
		return nil
	}
	var name string
	t.Query(func(scan func(...any) error) error { return scan(&name) },
		"SELECT name FROM officers WHERE id = ? AND active",
		int64(a.By.Officer))
	if err := t.Flush(); err != nil {
		return err
	}
	if name == "" {
		return workflow.ErrNotFound
	}
	t.Exec("INSERT INTO administration (at, officer_id, officer_name, what, subject) VALUES (?, ?, ?, ?, ?)", t.DB().Now(),
		int64(a.By.Officer), name, a.What, a.Subject)
	return nil
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
	return Act{by, what, subject}.Write(s.db, g)
}

// NoteAct writes down an act that is done outside the database; ErrNotFound without such an officer.
func (s *Store) NoteAct(ctx context.Context, a Act) error { return a.Write(s.db, s.db.Write(ctx)) }

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
