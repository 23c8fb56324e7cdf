package desk

import (
	"html/template"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// PostSignLink makes a link from the page of a case, and shows it there with its picture, to be sent or scanned.
func (a *Pages) PostSignLink(c *fiber.Ctx, by *request.Caller) error {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	j, err := a.intake.MakeSignLink(c.UserContext(), by, workflow.CaseID(n), glossary.RecordKind(c.FormValue("kind")),
		a.gate.Base(c))
	if err != nil {
		return err
	}
	d := linkData{Layout: a.site.Layout(c, "手机签字链接"), Link: j, Case: web.CaseAddress(workflow.CaseID(n))}
	if d.QR, err = web.Picture(j.URL); err != nil {
		return err
	}
	return a.site.Show(c, 200, "sign_link", d)
}

// linkData is a link to sign, as it is handed on.
type linkData struct {
	web.Layout
	Link view.SignLink
	Case string
	QR   template.HTML
}
