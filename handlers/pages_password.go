package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
)

// changeType names, in a problem of the API, that the password must be changed first.
const changeType = "/problems/password-change-required"

// changeFirst answers what is not open before the password is changed.
func (a *app) changeFirst(c *fiber.Ctx) error {
	if strings.HasPrefix(c.Path(), apiRoot) {
		p := refuse(403, "登录用的是一次性密码，请先换成自己的密码（POST "+apiRoot+"/me/password），再办理")
		p.Type = changeType
		return p
	}
	return arrival(c, c.Redirect("/password", fiber.StatusSeeOther))
}

type passwordData struct {
	shell
	Must   bool // the one that was used is a one-time password
	Resets []string
}

// passwordPage is the form that changes a one-time password, before anything else is open.
func (a *app) passwordPage(c *fiber.Ctx, by *caller) error { return a.showPassword(c, by, nil) }

func (a *app) showPassword(c *fiber.Ctx, by *caller, refused *problem) error {
	d := passwordData{shell: a.shell(c, "换密码"), Must: by.MustChange}
	d.Here, d.Nav = "/password", nil
	var err error
	if d.Resets, err = a.resets(c, by); err != nil {
		return err
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, errorsOnPage(refused)
	}
	return a.show(c, status, "password", d)
}

// resets tells of the passwords of the caller's office that were reset within seven days, his own first of all.
func (a *app) resets(c *fiber.Ctx, by *caller) ([]string, error) {
	list, err := a.store.AccountNotices(c.UserContext(), by.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(list))
	for i, r := range list {
		whose := r.Name
		if r.Officer == by.ID {
			whose = "您"
		}
		second := ""
		if r.SettledName != "" {
			second = "（" + r.SettledName + "确认）"
		}
		lines[i] = fmt.Sprintf("%s的密码于%s由%s%s重置", whose, b8(r.Settled), r.AskedName, second)
	}
	return lines, nil
}

// newPassword changes the caller's password: the old one is asked again unless it was a one-time password, with which he has just logged
// in; all his sessions end and a new one begins.
func (a *app) newPassword(c *fiber.Ctx, by *caller, old, fresh string) (session, error) {
	ctx, from := c.UserContext(), a.visitorOf(c)
	if n := len([]rune(fresh)); n < 10 || n > 100 {
		return session{}, invalid("new_password", "新密码用 10 至 100 个字符，例如四个不相干的词连在一起")
	}
	if !by.MustChange {
		_, err := a.store.Authenticate(ctx, by.Login, old, from.address, from.device, time.Now())
		if errors.Is(err, models.ErrBadLogin) {
			return session{}, invalid("old_password", "现在的密码不正确，请重新输入")
		}
		if err != nil {
			return session{}, err
		}
	}
	if err := a.store.ChangePassword(ctx, by.ID, fresh); err != nil {
		return session{}, err
	}
	_, s, err := a.logIn(ctx, by.Login, fresh, from, "")
	if err == nil {
		a.setCookie(c, s.token, s.expires)
	}
	return s, err
}

// postPassword gives the caller a new password from his page.
func (a *app) postPassword(c *fiber.Ctx, by *caller) error {
	back, show := "/profile", a.showProfile
	if by.MustChange {
		back, show = "/", a.showPassword
	}
	var err error
	if fresh := c.FormValue("new_password"); fresh != c.FormValue("again") {
		err = invalid("again", "两次输入的新密码不一样，请重新输入")
	} else {
		_, err = a.newPassword(c, by, c.FormValue("old_password"), fresh)
	}
	return a.settlePage(c, by, err, back, func(p *problem) error { return show(c, by, p) })
}

type changesData struct {
	shell
	Items    []changeLine
	Password string // just made, shown once
}

type changeLine struct {
	ID, Login, Name, Role, Office, What, By, At string
	Mine                                        bool // asked for by the caller, or his own account: another confirms
}

// changesPage lists the changes of accounts that wait for a second administrator.
func (a *app) changesPage(c *fiber.Ctx, by *caller) error { return a.showChanges(c, by, "") }

func (a *app) showChanges(c *fiber.Ctx, by *caller, password string) error {
	d := changesData{shell: a.shell(c, "待确认"), Password: password}
	d.Here = "/admin/changes"
	list, err := a.store.AccountChanges(c.UserContext())
	if err != nil {
		return err
	}
	for _, x := range list {
		what := "开通账号"
		if x.Reset {
			what = "重置密码"
		}
		d.Items = append(d.Items, changeLine{fmt.Sprint(x.ID), x.Login, x.Name, x.Role.Title(), x.OfficeName, what, x.AskedName, b8(x.At),
			x.AskedBy == by.ID || x.Officer == by.ID})
	}
	switch {
	case password != "":
	case c.Query("asked") != "":
		d.Notice = "已提交，由另一位管理员在“待确认”里确认后生效"
	case c.Query("done") != "":
		d.Notice = "已保存"
	}
	return a.show(c, 200, "changes", d)
}

// postChange confirms a change of an account, with a one-time password shown once, or refuses it.
func (a *app) postChange(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	password, login := rand.Text()[:16], ""
	switch c.FormValue("do") {
	case "confirm":
		login, err = a.store.ConfirmAccount(c.UserContext(), by.ID, id, password)
	case "refuse":
		err = a.store.RefuseAccount(c.UserContext(), by.ID, id)
	default:
		return invalid("do", "请选择确认或不同意")
	}
	switch {
	case errors.Is(err, workflow.ErrNotFound), errors.Is(err, workflow.ErrStale):
		return refuse(409, "这一项已经处理过了，请刷新页面")
	case err != nil:
		return err
	case login == "":
		return c.Redirect("/admin/changes?done=1", fiber.StatusSeeOther)
	}
	return a.showChanges(c, by, login+"："+password)
}
