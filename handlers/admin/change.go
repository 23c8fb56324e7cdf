package admin

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
)

type changesData struct {
	web.Layout
	Items    []changeLine
	Password string // just made, shown once
}

type changeLine struct {
	ID, Login, Name, Role, Office, What, By, At string
	Mine                                        bool // asked for by the caller, or his own account: another confirms
}

// ChangesPage lists the changes of accounts that wait for a second administrator.
func (a *Pages) ChangesPage(c *fiber.Ctx, by *request.Caller) error { return a.showChanges(c, by, "") }

func (a *Pages) showChanges(c *fiber.Ctx, by *request.Caller, password string) error {
	d := changesData{Layout: a.site.Layout(c, "待确认"), Password: password}
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
		d.Items = append(d.Items, changeLine{fmt.Sprint(x.ID), x.Login, x.Name, x.Role.Title(), x.OfficeName, what,
			x.AskedName, web.FormatMinute(x.At),
			x.AskedBy == by.ID || x.Officer == by.ID})
	}
	switch {
	case password != "":
	case c.Query("asked") != "":
		d.Notice = "已提交，由另一位管理员在“待确认”里确认后生效"
	case c.Query("done") != "":
		d.Notice = "已保存"
	}
	return a.site.Show(c, 200, "changes", d)
}

// PostChange confirms a change of an account, with a one-time password shown once, or refuses it.
func (a *Pages) PostChange(c *fiber.Ctx, by *request.Caller) error {
	id, err := request.Number(c.Params("id"))
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
		return schema.Invalid("do", "请选择确认或不同意")
	}
	switch {
	case errors.Is(err, workflow.ErrNotFound), errors.Is(err, workflow.ErrStale):
		return problem.New(409, "这一项已经处理过了，请刷新页面")
	case err != nil:
		return err
	case login == "":
		return c.Redirect("/admin/changes?done=1", fiber.StatusSeeOther)
	}
	return a.showChanges(c, by, login+"："+password)
}
