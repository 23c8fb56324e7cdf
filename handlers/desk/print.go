package desk

import (
	"html/template"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// posterData is the public notice as it hangs on the village board, with the code that leads to it.
type posterData struct {
	web.Layout
	web.NoticeFacts
	Number, Address, Code string
	QR                    template.HTML
}

// PosterPage is the public notice to be printed and hung (R34, A37): what the notice says, and a picture that leads to
// it.
func (a *Pages) PosterPage(c *fiber.Ctx, by *request.Caller) error {
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := posterData{Layout: a.site.Layout(c, "建房公示"), Number: v.Case.Number}
	var ok bool
	if d.NoticeFacts, ok = a.site.NoticeOfCase(c.UserContext(), v.Case, v.Chain); !ok {
		return problem.New(404, "这个办件现在没有公示，张贴公示之后才能打印")
	}
	d.Code = a.store.NoticeCode(v.Case.ID)
	d.Address = a.gate.Base(c) + "/notices/" + d.Code
	if d.QR, err = web.Picture(d.Address); err != nil {
		return err
	}
	return a.site.Show(c, 200, "poster", d)
}

// slipData is what the household is given to follow its case, from the first day on.
type slipData struct {
	web.Layout
	Number, Matter, Head, Code, Address string
	Papers                              []string // that were handed in
	QR                                  template.HTML
}

// SlipPage is the slip with the query code, printed at the counter.
func (a *Pages) SlipPage(c *fiber.Ctx, by *request.Caller) error {
	if by.OfficeKind != glossary.ServiceCenter {
		return problem.New(403, "查询凭条由乡镇便民服务中心窗口打印，请让申请户到窗口领取")
	}
	id, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	v, err := a.svc.Disclose(c.UserContext(), workflow.CaseID(id), by.ID)
	if err != nil {
		return err
	}
	d := slipData{Layout: a.site.Layout(c, "查询凭条"), Number: v.Case.Number, Matter: v.Chain.Title, Head: v.Case.Householder,
		Code: a.store.QueryCode(v.Case.ID)}
	d.Address = a.gate.Base(c) + "/progress?code=" + d.Code
	for _, m := range v.Materials {
		if m.Present && m.Paper.Applicants() {
			d.Papers = append(d.Papers, m.Paper.Name)
		}
	}
	if d.QR, err = web.Picture(d.Address); err != nil {
		return err
	}
	return a.site.Show(c, 200, "slip", d)
}
