package public

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/lines"
)

// guideLine is one stage of a matter for who wants to apply: who decides, within how long by law and as promised.
type guideLine struct{ Stage, Who, Limit string }

type guideData struct {
	web.Layout
	Chains []workflow.Chain
	Chain  workflow.Chain
	Lines  []guideLine
	Papers []web.GuidePaper
	Forms  []schema.Fact
}

// GuidanceList lists the matters with their guidance.
func (a *Pages) GuidanceList(c *fiber.Ctx, _ *request.Caller) error {
	return a.site.Show(c, 200, "guidance", guideData{Layout: a.site.Layout(c, "办事指南"), Chains: a.svc.Chains().All()})
}

// GuidancePage shows the guidance for a matter.
func (a *Pages) GuidancePage(c *fiber.Ctx, _ *request.Caller) error {
	ch, err := a.svc.Chains().Newest(workflow.ChainID(c.Params("chain")))
	if err != nil {
		return problem.ErrNoPage
	}
	d := guideData{Layout: a.site.Layout(c, "办事指南："+ch.Title), Chain: ch}
	for _, b := range ch.BlankForms {
		d.Forms = append(d.Forms, schema.Fact{Label: b.Title, Value: b.Form})
	}
	for _, st := range lines.Main(ch) {
		stage, ok := ch.Stage(st)
		if !ok || stage.By == "" {
			continue
		}
		l := guideLine{Stage: st.Title(), Who: stage.By.Title(), Limit: "没有期限：" + stage.Untimed}
		if stage.Untimed == "" && stage.Within.ID != "" {
			l.Limit = a.site.LimitText(stage.Within)
		}
		d.Lines = append(d.Lines, l)
	}
	d.Papers = web.PapersOf(ch)
	return a.site.Show(c, 200, "guide", d)
}

var errNoForm = problem.New(404, "没有这份空白表格，请从办事指南里选择")

// BlankForm gives an empty form to print, to anybody.
func (a *Pages) BlankForm(c *fiber.Ctx, _ *request.Caller) error {
	form, ok := strings.CutSuffix(c.Params("form"), ".pdf")
	if !ok || a.papers == nil || !lookup.FormName.MatchString(form) {
		return errNoForm
	}
	b, err := a.papers.Blank(form)
	if err != nil {
		return errNoForm
	}
	c.Set(fiber.HeaderContentType, intake.TypePDF)
	c.Set(fiber.HeaderContentDisposition, lookup.ShownAs(form))
	return c.Send(b)
}
