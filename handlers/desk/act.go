package desk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
)

// PostMove takes a verb of a case.
func (a *Pages) PostMove(c *fiber.Ctx, by *request.Caller) error { return a.postAct(c, by, "verb") }

// PostRecord enters a record of a case.
func (a *Pages) PostRecord(c *fiber.Ctx, by *request.Caller) error { return a.postAct(c, by, "kind") }

func (a *Pages) postAct(c *fiber.Ctx, by *request.Caller, field string) error {
	ctx, form := c.UserContext(), web.FormOf(c)
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	name, key := form.Get(field), strings.TrimSpace(form.Get("key"))
	if key == "" || len(key) > request.IdempotentMax {
		return problem.New(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	data := dataForm(v, field, name)
	sends := schema.ReadForm(schema.OfForm(data), form)
	if amends(data) {
		changed := a.changes(data, name, v.Case.Application,
			schema.FormMaker{ID: "v-" + name}.Fields(schema.OfForm(data), schema.SubmittedValue(schema.OfForm(data), form)))
		switch {
		case len(changed) == 0:
			delete(sends, "application")
		case form.Get("confirmed") != confirmation(changed):
			return a.showCasePage(c, by, &submission{field, name, problem.New(422, "申请有修改，请核对下面列出的修改，再按一次提交"), form})
		}
	}
	raw, err := json.Marshal(sends)
	if err != nil {
		return err
	}
	for _, f := range []string{request.CsrfField, revisionField, "title"} { // differ between two sendings of one form
		form.Del(f)
	}
	asked := request.Digest([]byte("page"), []byte(form.Encode()))
	if field == "verb" {
		var seen int
		if _, err := fmt.Sscanf(form.Get("seen"), "%d", &seen); err != nil {
			seen = -1
		}
		_, err = a.intake.Move(ctx, by, v.Case.ID, key, asked,
			intake.MoveBody{Verb: name, Reason: web.ReasonOf(form), Data: raw, Seen: seen})
	} else {
		_, err = a.intake.Record(ctx, by, v.Case.ID, key, asked, intake.RecordBody{Kind: name, Data: raw})
	}
	if err == nil {
		a.drop(ctx, by, web.CaseAddress(v.Case.ID))
		return c.Redirect(fmt.Sprintf("/cases/%d?done=%s", v.Case.ID, url.QueryEscape(name)), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), ID: v.Case.ID, By: by.OfficerID()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &submission{field, name, p, form})
}
