package desk

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

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

type paperLine struct {
	Code, Name, Href    string
	Required, Present   bool
	Allowed             bool
	Asked               bool
	File, Size, Problem string
	Source, If          string // number of the earlier case that holds it; when it is owed at all
}

func (a *Pages) papers(d *caseData, v workflow.View, back *submission) {
	asked := map[string]string{}
	if v.Case.File.Asked != nil && v.Case.State == glossary.AwaitCorrection {
		for _, it := range v.Case.File.Asked.Items {
			asked[it.MaterialCode] = it.Problem + "；" + it.Requirement
		}
	}
	for _, m := range v.Materials {
		p := paperLine{Code: m.Paper.Code, Name: m.Paper.Name, Required: m.Owed, Present: m.Present, Allowed: m.Allowed, Problem: asked[m.Paper.Code], If: m.Paper.If}
		if m.Source != v.Case.Number {
			p.Source = m.Source
		}
		for _, s := range v.Case.File.Materials {
			if s.Code == m.Paper.Code {
				p.File, p.Size, p.Href = s.Name, web.SizeText(s.Size), fmt.Sprintf("/cases/%d/materials/%s", v.Case.ID, s.Code)
			}
		}
		if back != nil && back.p != nil && back.field == "code" && back.name == p.Code {
			p.Problem = back.p.Detail
		}
		if m.Owed && !m.Present {
			d.Missing++
		}
		d.Papers = append(d.Papers, p)
	}
}

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
