package desk

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/workflow"
)

// GetMaterial sends a scan of a case, as its own kind of file.
func (a *Pages) GetMaterial(c *fiber.Ctx, by *request.Caller) error {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	m, b, err := a.intake.Material(c.UserContext(), by, workflow.CaseID(n), c.Params("code"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, m.Type)
	c.Set(fiber.HeaderContentDisposition, lookup.Disposition(m.Name))
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'")
	return c.Send(b)
}

// PostMaterial takes the scans of a paper.
func (a *Pages) PostMaterial(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	if err = a.intake.AttachPages(ctx, by, workflow.CaseID(n), c); err == nil {
		return c.Redirect(fmt.Sprintf("/cases/%d?done=material#papers", n), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), ID: workflow.CaseID(n), By: by.OfficerID()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &submission{"code", c.FormValue("code"), p, web.FormOf(c)})
}
