package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
)

type officesData struct {
	web.Layout
	finder
	Offices                  []officeLine
	Divisions                []org.Division
	Leaves                   []view.Leave
	OfficesAll, DivisionsAll int
}

// OfficesPage is the offices, the divisions and who is away.
func (a *Pages) OfficesPage(c *fiber.Ctx, _ *request.Caller) error {
	ctx := c.UserContext()
	d := officesData{Layout: a.site.Layout(c, "机构"), finder: finderOf(c)}
	var err error
	if d.Offices, d.OfficesAll, err = a.officeLines(ctx, d.finder); err != nil {
		return err
	}
	divisions, err := a.store.Divisions(ctx)
	if err != nil {
		return err
	}
	for _, x := range divisions {
		if d.has(x.Name, x.Code) {
			if d.DivisionsAll++; len(d.Divisions) < shownAtMost {
				d.Divisions = append(d.Divisions, x)
			}
		}
	}
	leaves, err := a.store.Leaves(ctx, a.site.Today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		d.Leaves = append(d.Leaves, view.NewLeave(l))
	}
	if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	return a.site.Show(c, 200, "offices", d)
}

// PostOffice gives an office its name and telephone; papers already issued keep those of their day.
func (a *Pages) PostOffice(c *fiber.Ctx, by *request.Caller) error {
	id, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	name, wrong := forms.CheckName(c.FormValue("name"), "单位名称", 60)
	if wrong != "" {
		return schema.Invalid("name", wrong)
	}
	phone := strings.TrimSpace(c.FormValue("phone"))
	act := intake.Act(by, "改单位名称、电话", strings.TrimSpace(name+" "+phone))
	if err := a.store.ChangeOffice(c.UserContext(), workflow.OfficeID(id), name, phone, act); err != nil {
		return err
	}
	a.intake.LogAct(c.UserContext(), act)
	return c.Redirect("/admin/offices?done=1", fiber.StatusSeeOther)
}
