package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
)

type breachData struct {
	web.Layout
	B            view.BreachDetail
	Chain        string
	Key          string
	Text, MoveBy string
	Ruling       string
	Ground       string
}

// BreachPage shows a red card with its explanations and rulings.
func (a *Pages) BreachPage(c *fiber.Ctx, by *request.Caller) error { return a.showBreach(c, by, nil) }

func (a *Pages) showBreach(c *fiber.Ctx, by *request.Caller, refused *problem.Problem) error {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	j, err := a.lookup.BreachDetail(c.UserContext(), by, workflow.BreachID(n))
	if err != nil {
		return err
	}
	d := breachData{Layout: a.site.Layout(c, "红牌："+j.Head+"　"+j.StageTitle), B: j, Chain: string(j.Chain),
		Key: rand.Text()}
	if ch, err := a.svc.Chains().Newest(j.Chain); err == nil {
		d.Chain = ch.Title
	}
	status := 200
	if refused != nil {
		status = refused.Status
		for _, e := range refused.Errors {
			d.Errors = append(d.Errors, web.PageError{Href: "#" + e.Field, Text: e.Message})
		}
		if len(d.Errors) == 0 {
			d.Errors = []web.PageError{{Href: "", Text: refused.Detail}}
		}
		d.Text, d.MoveBy, d.Ruling, d.Ground = c.FormValue("text"), c.FormValue("move_by"), c.FormValue("ruling"),
			c.FormValue("ground")
	}
	if request.IsSafe(c.Method()) && c.Query("done") != "" {
		d.Notice = "已登记，历次说明和裁定都留在台账里"
	}
	return a.site.Show(c, status, "breach", d)
}

// PostExplanation enters the explanation of the office responsible.
func (a *Pages) PostExplanation(c *fiber.Ctx, by *request.Caller) error {
	body := map[string]string{"text": strings.TrimSpace(c.FormValue("text"))}
	if on := strings.TrimSpace(c.FormValue("move_by")); on != "" {
		body["move_by"] = on
	}
	return a.speakOnPage(c, by, body, a.intake.ExplainBreach)
}

// PostRuling enters the ruling of an auditor.
func (a *Pages) PostRuling(c *fiber.Ctx, by *request.Caller) error {
	if r := c.FormValue("ruling"); r != "upheld" && r != "excused" {
		return a.showBreach(c, by, a.problems.ToProblem(c.UserContext(), schema.Invalid("ruling", "请选择：红牌成立，或者情况属实、撤牌"),
			problem.RequestInfo{Path: c.Path(), By: by.OfficerID()}))
	}
	if len([]rune(strings.TrimSpace(c.FormValue("ground")))) < 4 {
		return a.showBreach(c, by, a.problems.ToProblem(c.UserContext(), schema.Invalid("ground", "请写明裁定的理由，例如：说明的情况不影响按期办理"),
			problem.RequestInfo{Path: c.Path(), By: by.OfficerID()}))
	}
	return a.speakOnPage(c, by, map[string]string{"ruling": c.FormValue("ruling"),
		"ground": strings.TrimSpace(c.FormValue("ground"))}, a.intake.RuleBreach)
}

// speakOnPage enters an explanation or a ruling from its page, as the API does.
func (a *Pages) speakOnPage(c *fiber.Ctx, by *request.Caller, body map[string]string,
	enter func(context.Context, *request.Caller, workflow.BreachID, string, []byte) (intake.Entry, error)) error {
	ctx := c.UserContext()
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	e, err := enter(ctx, by, workflow.BreachID(n), c.FormValue("key"), raw)
	if err == nil {
		if e.Before == nil {
			a.intake.KeepReply(ctx, by, e, nil) // what was asked alone: a page shows the breach as it is
		}
		return c.Redirect("/audit/breaches/"+c.Params("id")+"?done=1", fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showBreach(c, by, p)
}
