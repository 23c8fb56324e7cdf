package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// personLine is one account.
type personLine struct {
	Login, Name, Role, Office string
	Active                    bool
}

type officeLine struct{ ID, Name, Phone, Kind, Division string }

// shownAtMost is how many of a kind a page of the organisation shows; the rest is found by name.
const shownAtMost = 40

// finder narrows the lists of the organisation by what was typed into the search field.
type finder struct{ Q string }

func finderOf(c *fiber.Ctx) finder { return finder{web.Clip(strings.TrimSpace(c.Query("q")), 40)} }

func (f finder) has(texts ...string) bool {
	return f.Q == "" || slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, f.Q) })
}

type peopleData struct {
	web.Layout
	finder
	People    []personLine
	PeopleAll int
	Offices   []officeLine
	Roles     []schema.Option
	New       newPerson
	Password  string // just made, shown once
}

type newPerson struct{ Login, Name, Role, Office, IDNumber string }

// officeLines are the offices that the finder lets through, and how many there are.
func (a *Pages) officeLines(ctx context.Context, f finder) (list []officeLine, all int, err error) {
	offices, err := a.store.Offices(ctx)
	for _, o := range offices {
		if f.has(o.Name, o.Division) {
			if all++; len(list) < shownAtMost {
				list = append(list, officeLine{fmt.Sprint(o.ID), o.Name, o.Phone, o.Kind.Title(), o.Division})
			}
		}
	}
	return list, all, err
}

// PeoplePage is the accounts: opened, closed and given new passwords by the security administrator alone.
func (a *Pages) PeoplePage(c *fiber.Ctx, by *request.Caller) error {
	return a.showPeople(c, by, nil, "")
}

func (a *Pages) showPeople(c *fiber.Ctx, _ *request.Caller, refused *problem.Problem, password string) error {
	ctx := c.UserContext()
	d := peopleData{Layout: a.site.Layout(c, "账号"), finder: finderOf(c), Password: password}
	d.Here = "/admin/accounts"
	officers, err := a.store.Officers(ctx)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if d.has(o.Login, o.Name, o.OfficeName) {
			if d.PeopleAll++; len(d.People) < shownAtMost {
				d.People = append(d.People, personLine{o.Login, o.Name, o.Role.Title(), o.OfficeName, o.Active})
			}
		}
	}
	if d.Offices, _, err = a.officeLines(ctx, d.finder); err != nil {
		return err
	}
	status := 200
	if refused != nil {
		status = refused.Status
		d.Errors = web.ErrorsOnPage(refused)
		d.New = newPerson{c.FormValue("login"), c.FormValue("name"), c.FormValue("role"), c.FormValue("office"),
			c.FormValue("id_number")}
	} else if password == "" && c.Query("done") != "" {
		d.Notice = "已保存"
	}
	for _, r := range glossary.Roles() {
		d.Roles = append(d.Roles, schema.Option{Value: string(r), Label: r.Title(), Selected: string(r) == d.New.Role})
	}
	return a.site.Show(c, status, "accounts", d)
}

// PostPerson opens an account with a one-time password, shown once; one that needs two persons waits for a second
// administrator.
func (a *Pages) PostPerson(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	n := org.NewOfficer{Login: strings.TrimSpace(c.FormValue("login")), Name: strings.TrimSpace(c.FormValue("name")),
		Role: glossary.Role(c.FormValue("role")), Password: rand.Text()[:16],
		OneTime: true, IDNumber: strings.TrimSpace(c.FormValue("id_number"))}
	refusal := func(field, text string) error {
		return a.showPeople(c, by, a.problems.ToProblem(ctx, schema.Invalid(field, text),
			problem.RequestInfo{Path: c.Path(), By: by.OfficerID()}), "")
	}
	if !slices.Contains(glossary.Roles(), n.Role) {
		return refusal("role", "请选择岗位")
	}
	if n.IDNumber != "" {
		if wrong := forms.CheckIDNumber(n.IDNumber, a.site.Today()); wrong != "" {
			return refusal("id_number", wrong)
		}
	}
	offices, err := a.store.Offices(ctx)
	if err != nil {
		return err
	}
	for _, o := range offices {
		if fmt.Sprint(o.ID) == c.FormValue("office") {
			n.Kind, n.Division = o.Kind, o.Division
		}
	}
	if n.Division == "" {
		return refusal("office", "请选择单位")
	}
	waits, err := a.store.OpenAccount(ctx, org.Administrator{Officer: by.ID}, n)
	if errors.Is(err, org.ErrTaken) {
		return refusal("login", "已有账号 "+n.Login+"，请换一个")
	}
	if err != nil {
		p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
		if p.Status >= 500 {
			return p
		}
		return a.showPeople(c, by, p, "")
	}
	if waits {
		return c.Redirect("/admin/changes?asked=1", fiber.StatusSeeOther)
	}
	return a.showPeople(c, by, nil, n.Login+"："+n.Password)
}

// PostPersonChange disables an account, or gives it a one-time password, shown once; one that needs two persons waits
// for a second administrator.
func (a *Pages) PostPersonChange(c *fiber.Ctx, by *request.Caller) error {
	ctx, login := c.UserContext(), c.Params("login")
	switch c.FormValue("do") {
	case "disable":
		if login == by.Login {
			return schema.Invalid("login", "不能停用自己的账号，请由另一位系统管理员办理")
		}
		if err := a.store.DisableOfficer(ctx, org.Administrator{Officer: by.ID}, login); err != nil {
			return err
		}
		return c.Redirect("/admin/accounts?done=1", fiber.StatusSeeOther)
	case "reset":
		password := rand.Text()[:16]
		waits, err := a.store.ResetPassword(ctx, org.Administrator{Officer: by.ID}, login, password, true)
		switch {
		case errors.Is(err, workflow.ErrStale):
			return problem.New(409, "这个账号已有一项在等另一位管理员确认，请到“待确认”查看")
		case err != nil:
			return err
		case waits:
			return c.Redirect("/admin/changes?asked=1", fiber.StatusSeeOther)
		}
		return a.showPeople(c, by, nil, login+"："+password)
	}
	return schema.Invalid("do", "请选择停用或重置密码")
}
