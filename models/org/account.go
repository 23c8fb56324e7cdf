package org

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
)

// ErrSamePerson says that a change of an account waits for a second administrator.
var ErrSamePerson = errors.New("a second administrator must confirm")

// oneTimeFor is how long a one-time password opens its session.
const oneTimeFor = 72 * time.Hour

// What is done to an account.
const (
	openAccount   = "open"
	resetPassword = "reset" // and enable
)

// AccountChange is something done to an account, or asked for and waiting for a second administrator.
type AccountChange struct {
	ID          int64
	At          time.Time // when it was asked for
	Login, Name string    // of the account
	Officer     workflow.OfficerID
	Role        workflow.Role
	OfficeName  string
	Reset       bool // or else opened
	AskedBy     workflow.OfficerID
	AskedName   string
	Settled     time.Time // zero while it waits
	SettledName string    // of the second administrator; "" where one was enough
}

type accountChangeRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	At          time.Time
	OfficerID   int64
	What        string
	AskedBy     *int64
	AskedName   string
	Outcome     string
	SettledAt   *time.Time
	SettledBy   *int64
	SettledName string
}

func (accountChangeRow) TableName() string { return "account_changes" }

// AddOfficer makes an account. It fails with ErrTaken on a login in use, with ErrNotFound without such an office, and
// with *workflow.Invalid on a login or a name that is not well-formed, on a role that such an office does not have and
// on an administrator who has another account.
func (s *Store) AddOfficer(ctx context.Context, n NewOfficer) (workflow.OfficerID, error) {
	row, err := s.newOfficerRow(ctx, n)
	if err != nil {
		return 0, err
	}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error { return insertOfficer(g, &row) })
	return workflow.OfficerID(row.ID), err
}

// OpenAccount makes an account for an administrator or a command, and writes a line of the log of the administration.
// An account that needs two persons stays closed until a second administrator confirms it: waits is true then. It fails
// as AddOfficer does.
func (s *Store) OpenAccount(ctx context.Context, by Administrator, n NewOfficer) (waits bool, err error) {
	waits = by.Officer != 0 && n.Role.Guarded()
	if waits {
		n.Password, n.Hash, n.OneTime = randomText(), "", false // the password is made when it is confirmed
	}
	row, err := s.newOfficerRow(ctx, n)
	if err != nil {
		return false, err
	}
	row.Active = !waits
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := insertOfficer(g, &row); err != nil {
			return err
		}
		name, err := by.logName(g)
		if err != nil {
			return err
		}
		return s.logChange(g, by, name, row, openAccount, waits)
	})
	return waits, err
}

// loginForm is what an account may be called: one writing, so that no login looks like another.
var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{2,39}$`)

// personName is how long the name of an officer may be, in characters.
const personName = 50

// newOfficerRow is the row of a new account; its login and name are well-formed, and its role is one that the office
// has.
func (s *Store) newOfficerRow(ctx context.Context, n NewOfficer) (officerRow, error) {
	name, bad := workflow.CheckName(n.Name, "姓名", personName)
	switch {
	case !loginForm.MatchString(n.Login):
		return officerRow{}, errLogin
	case bad != "":
		return officerRow{}, db.Invalid("name", bad, "")
	}
	office, err := s.Office(ctx, n.Kind, n.Division)
	if err != nil {
		return officerRow{}, fmt.Errorf("office %s of %s: %w", n.Kind, n.Division, err)
	}
	if !n.Role.At(n.Kind) {
		return officerRow{}, errPost
	}
	if n.Hash == "" {
		if n.Hash, err = s.hash(ctx, n.Password); err != nil {
			return officerRow{}, err
		}
	}
	row := officerRow{Login: n.Login, Name: name, Role: string(n.Role), OfficeID: int64(office.ID), Active: true,
		Password:  n.Hash,
		CreatedAt: s.db.Now(), MustChange: n.OneTime}
	if n.OneTime {
		until := row.CreatedAt.Add(oneTimeFor)
		row.PasswordExpires = &until
	}
	if n.IDNumber != "" {
		row.Person = s.db.Keys().Index(workflow.NormalIDNumber(n.IDNumber))
	}
	return row, nil
}

var (
	errLogin = db.Invalid("login", "账号用 3 至 40 个小写字母、数字，字母开头，例如 zhangsan", "")
	errPost  = db.Invalid("role", "这个岗位不能设在所选的单位，请核对岗位和单位，例如窗口受理员只设在乡镇便民服务中心", "")
	errLast  = db.Invalid("login", "这一类管理员只剩这一个账号，不能停用；请先开通另一个，由本人登录并换好密码", "")
	errBoth  = db.Invalid("id_number", "这个人已有账号：系统、安全、审计三个管理员不能兼任，也不能兼办件的岗位，请由另一个人担任", "")
)

// insertOfficer writes a new account.
func insertOfficer(g *gorm.DB, row *officerRow) error {
	err := g.Create(row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("account %s: %w", row.Login, ErrTaken)
	}
	if err != nil {
		return err
	}
	return requireExclusive(g, *row)
}

// requireExclusive refuses a second account of a person who is an administrator by either: the three administrators are
// three persons, and handle no cases. A person is known by his ID number; without one on record nothing is known.
func requireExclusive(g *gorm.DB, row officerRow) error {
	if row.Person == "" {
		return nil
	}
	var others []string
	if err := g.Model(&officerRow{}).Where("person = ? AND active AND id <> ?", row.Person, row.ID).Pluck("role",
		&others).Error; err != nil {
		return fmt.Errorf("read the other accounts of %s: %w", row.Login, err)
	}
	for _, other := range others {
		if !workflow.Role(row.Role).Handles() || !workflow.Role(other).Handles() {
			return errBoth
		}
	}
	return nil
}

// DisableOfficer ends an account and its sessions, and what waits for it, and writes a line of the log of the
// administration. It fails with ErrNotFound without such an account, and with *workflow.Invalid where by is an officer
// and the account is the last administrator's of its role: one must be left to confirm what the others ask for and to
// read the log. A command may.
func (s *Store) DisableOfficer(ctx context.Context, by Administrator, login string) error {
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if by.Officer != 0 {
			if err := s.requireAnother(g, login); err != nil {
				return err
			}
		}
		if err := setOfficer(g, login, map[string]any{"active": false}); err != nil {
			return err
		}
		dropped := g.Model(&accountChangeRow{}).Where("outcome = '' AND officer_id = (SELECT id FROM officers "+
			"WHERE login = ?)", login).
			Updates(map[string]any{"outcome": "refused", "settled_at": s.db.Now()})
		if dropped.Error != nil {
			return fmt.Errorf("drop what waits for account %s: %w", login, dropped.Error)
		}
		return s.logAct(g, by, "停用账号", login)
	})
}

// requireAnother refuses the last active account of an administrator's role. An account under a one-time password does
// not count: its owner may never have logged in.
func (s *Store) requireAnother(g *gorm.DB, login string) error {
	// two disabled at once would each be left by the other
	if err := g.Exec(s.db.SQL().Exclusive("officers")).Error; err != nil {
		return fmt.Errorf("lock the accounts: %w", err)
	}
	var row officerRow
	if err := g.Where("login = ?", login).Limit(1).Find(&row).Error; err != nil {
		return fmt.Errorf("read account %s: %w", login, err)
	}
	if !row.Active || workflow.Role(row.Role).Handles() {
		return nil
	}
	var left int64
	if err := g.Model(&officerRow{}).Where("role = ? AND active AND NOT must_change AND id <> ?", row.Role,
		row.ID).Count(&left).Error; err != nil {
		return fmt.Errorf("count the accounts beside %s: %w", login, err)
	}
	if left == 0 {
		return errLast
	}
	return nil
}

// ResetPassword gives an account a password and opens it again: a one-time password, or with oneTime false one that its
// owner chose. Its sessions end, its office is told, and the log of the administration has a line. Where the account
// needs two persons and by is an officer, the password is not taken: a second administrator confirms the change, and
// waits is true. It fails with ErrNotFound without such an account, with workflow.ErrStale where it waits already, and
// with *workflow.Invalid as AddOfficer does.
func (s *Store) ResetPassword(ctx context.Context, by Administrator, login, password string, oneTime bool) (waits bool,
	err error) {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return false, err
	}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		var row officerRow
		err := g.Where("login = ?", login).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return workflow.ErrNotFound
		}
		if err != nil {
			return err
		}
		name, err := by.logName(g)
		if err != nil {
			return err
		}
		if waits = by.Officer != 0 && workflow.Role(row.Role).Guarded(); !waits {
			if err := s.setPassword(g, row, hash, oneTime); err != nil {
				return err
			}
		}
		return s.logChange(g, by, name, row, resetPassword, waits)
	})
	return waits, err
}

// setPassword puts a password into force and opens the account.
func (s *Store) setPassword(g *gorm.DB, row officerRow, hash string, oneTime bool) error {
	var kind workflow.Party
	if err := g.Model(&Office{}).Select("kind").Where("id = ?", row.OfficeID).Scan(&kind).Error; err != nil {
		return fmt.Errorf("read the office of %s: %w", row.Login, err)
	}
	if !workflow.Role(row.Role).At(kind) {
		return errPost
	}
	if err := requireExclusive(g, row); err != nil {
		return err
	}
	values := map[string]any{"password": hash, "active": true, "must_change": oneTime, "password_expires": nil}
	if oneTime {
		values["password_expires"] = s.db.Now().Add(oneTimeFor)
	}
	return setOfficer(g, row.Login, values)
}

// logChange writes down what was done to an account or is asked for, with its line in the log of the administration.
func (s *Store) logChange(g *gorm.DB, by Administrator, name string, row officerRow, what string, waits bool) error {
	now := s.db.Now()
	c := accountChangeRow{At: now, OfficerID: row.ID, What: what, AskedName: name}
	if by.Officer != 0 {
		asked := int64(by.Officer)
		c.AskedBy = &asked
	}
	said := changeTitles[what]
	if waits {
		said = "申请" + said
	} else {
		c.Outcome, c.SettledAt = "done", &now
	}
	err := g.Create(&c).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("change of account %s: %w", row.Login, workflow.ErrStale)
	}
	if err != nil {
		return err
	}
	if what == openAccount {
		said += "：" + workflow.Role(row.Role).Title()
	}
	return s.logAct(g, by, said, row.Login)
}

var changeTitles = map[string]string{openAccount: "开通账号", resetPassword: "重置密码"}

// AccountChanges lists the changes that wait for a second administrator, the oldest first.
func (s *Store) AccountChanges(ctx context.Context) ([]AccountChange, error) {
	return s.accountChanges(ctx, "c.outcome = ''", "c.id")
}

// AccountNotices lists the resets of the last seven days of accounts of the officer's office, his own among them, the
// newest first: a password that was reset is told to its owner and to those who sit beside him.
func (s *Store) AccountNotices(ctx context.Context, by workflow.OfficerID) ([]AccountChange, error) {
	return s.accountChanges(ctx,
		"c.outcome = 'done' AND c.what = ? AND c.settled_at > ? AND o.office_id = (SELECT office_id FROM officers "+
			"WHERE id = ?)",
		"c.id DESC", resetPassword, s.db.Now().AddDate(0, 0, -7), int64(by))
}

func (s *Store) accountChanges(ctx context.Context, where, order string, args ...any) ([]AccountChange, error) {
	var rows []struct {
		Row                           accountChangeRow `gorm:"embedded"`
		Login, Name, Role, OfficeName string
	}
	err := s.db.Read(ctx).Table("account_changes c").Joins("JOIN officers o ON o.id = c.officer_id").Joins("JOIN "+
		"offices f ON f.id = o.office_id").
		Select("c.*, o.login, o.name, o.role, f.name AS office_name").Where(where, args...).Order(order).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read changes of accounts: %w", err)
	}
	list := make([]AccountChange, len(rows))
	for i, r := range rows {
		list[i] = AccountChange{ID: r.Row.ID, At: r.Row.At, Login: r.Login, Name: r.Name,
			Officer: workflow.OfficerID(r.Row.OfficerID), Role: workflow.Role(r.Role),
			OfficeName: r.OfficeName, Reset: r.Row.What == resetPassword, AskedName: r.Row.AskedName,
			Settled:     db.TimeOrZero(r.Row.SettledAt),
			SettledName: r.Row.SettledName}
		if r.Row.AskedBy != nil {
			list[i].AskedBy = workflow.OfficerID(*r.Row.AskedBy)
		}
	}
	return list, nil
}

// ConfirmAccount puts a waiting change of an account into force under a one-time password, and gives its login. It
// fails with ErrSamePerson where by asked for it, is the owner, or is no administrator, with workflow.ErrNotFound
// without such a change, and with workflow.ErrStale where it was settled.
func (s *Store) ConfirmAccount(ctx context.Context, by workflow.OfficerID, id int64, password string) (login string,
	err error) {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.settleAccount(ctx, by, id, "done", func(g *gorm.DB, c accountChangeRow, row officerRow,
		second officerRow) error {
		asked := c.AskedBy != nil && *c.AskedBy == int64(by)
		if asked || row.ID == int64(by) || second.Person != "" && second.Person == row.Person {
			return ErrSamePerson
		}
		login = row.Login
		return s.setPassword(g, row, hash, true)
	})
	return login, err
}

// RefuseAccount drops a waiting change of an account: any administrator may, and the one who asked for it. It fails as
// ConfirmAccount does.
func (s *Store) RefuseAccount(ctx context.Context, by workflow.OfficerID, id int64) error {
	return s.settleAccount(ctx, by, id, "refused", func(*gorm.DB, accountChangeRow, officerRow,
		officerRow) error {
		return nil
	})
}

// settleAccount ends the waiting of a change: once, by an administrator.
func (s *Store) settleAccount(ctx context.Context, by workflow.OfficerID, id int64, outcome string,
	apply func(g *gorm.DB, c accountChangeRow, row, second officerRow) error) error {
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		var c accountChangeRow
		var row, second officerRow
		err := g.Where("id = ?", id).Take(&c).Error
		if err == nil {
			err = g.Where("id = ?", c.OfficerID).Take(&row).Error
		}
		if err == nil {
			err = g.Where("id = ? AND active", int64(by)).Take(&second).Error
		}
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return workflow.ErrNotFound
		}
		if err != nil {
			return err
		}
		if workflow.Role(second.Role).Handles() {
			return ErrSamePerson
		}
		done := g.Model(&accountChangeRow{}).Where("id = ? AND outcome = ''", id).
			Updates(map[string]any{"outcome": outcome, "settled_at": s.db.Now(), "settled_by": int64(by),
				"settled_name": second.Name})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected != 1 {
			return workflow.ErrStale
		}
		if err := apply(g, c, row, second); err != nil {
			return err
		}
		said := "确认" + changeTitles[c.What]
		if outcome == "refused" {
			said = "不同意" + changeTitles[c.What]
		}
		return s.logAct(g, Administrator{Officer: by}, said, row.Login)
	})
}

// ChangePassword gives an officer the password that he chose, and ends his sessions. It fails with *workflow.Invalid
// where it is the one that he has.
func (s *Store) ChangePassword(ctx context.Context, id workflow.OfficerID, password string) error {
	var row officerRow
	err := s.db.Read(ctx).Where("id = ? AND active", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return workflow.ErrNotFound
	}
	if err != nil {
		return err
	}
	var same bool
	var damaged error
	if err := s.limitHashing(ctx, func() { same, damaged = comparePassword(row.Password, password) }); err != nil {
		return err
	}
	if damaged != nil {
		return damaged
	}
	if same {
		return db.Invalid("new_password", "新密码和现在的一样，请换一个没有用过的", "")
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		return setOfficer(g, row.Login, map[string]any{"password": hash, "must_change": false, "password_expires": nil})
	})
}

// ErrTaken says that another account has the login.
var ErrTaken = errors.New("the login is taken")

// NewOfficer is an account to be made. Its office is found by kind and division; Hash spares hashing Password. OneTime
// makes the password one that opens a single session, within 72 hours, in which it must be changed.
type NewOfficer struct {
	Login, Name string
	Role        workflow.Role
	Kind        workflow.Party
	Division    string
	Password    string
	Hash        string // of HashPassword
	IDNumber    string // only its blind index is kept, for recusal
	OneTime     bool
}

// setOfficer changes columns of an account, ends its sessions and forgets its failed logins; ErrNotFound without such
// an account.
func setOfficer(g *gorm.DB, login string, values map[string]any) error {
	done := g.Model(&officerRow{}).Where("login = ?", login).Updates(values)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return workflow.ErrNotFound
	}
	if err := forgiveLogin(g, login); err != nil {
		return err
	}
	return g.Where("officer_id IN (?)", g.Model(&officerRow{}).Select("id").Where("login = ?",
		login)).Delete(&sessionRow{}).Error
}
