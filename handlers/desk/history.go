package desk

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

// timeLine is a line of the history as pages show it.
type timeLine struct {
	view.Line
	Paper string // that was handed in
	Facts []schema.Fact
	Alarm bool
	Quiet bool // of the program itself, for the whole history only
}

// newest is how many lines of the history the page of a case shows; the others stand on their own page.
const newest = 6

// timeline is the history of a case, the newest line first.
func (a *Pages) timeline(c *fiber.Ctx, sh *web.Layout, v workflow.View) ([]timeLine, error) {
	lines, err := a.store.History(c.UserContext(), v.Case)
	if err != nil {
		return nil, err
	}
	var list []timeLine
	done := ""
	if request.IsSafe(c.Method()) {
		done = c.Query("done")
	}
	for i := len(lines) - 1; i >= 0; i-- {
		x := lines[i]
		l := timeLine{Line: view.NewLine(v.Chain, x), Alarm: web.Alarms[x.Rung], Quiet: x.Verb == "print"}
		if x.Verb == "material" {
			l.Paper = paperOf(v.Chain, x.Data)
		}
		if s := lineSchema(v.Chain, x.From, x.Verb); s != nil && len(x.Data) > 0 {
			l.Facts = schema.FactsOf(s, x.Data)
		}
		if x.Verb == done && sh.Notice == "" {
			sh.Notice = "已办理：" + l.Title
		}
		list = append(list, l)
	}
	return list, nil
}

// paperOf names the paper that a line of the history hands in.
func paperOf(ch workflow.Chain, raw []byte) string {
	var m workflow.Material
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	for _, p := range ch.Papers {
		if p.Code == m.Code {
			return p.Code + " " + p.Name
		}
	}
	return m.Code
}

// lineSchema finds what a line of the history says, by the row it was written under.
func lineSchema(ch workflow.Chain, from glossary.State, verb string) *huma.Schema {
	st, ok := ch.Stage(from)
	if !ok {
		return nil
	}
	if ac, ok := st.Action(glossary.Verb(verb)); ok && ac.Data != nil {
		return schema.OfForm(ac.Data)
	}
	if r, ok := ch.RecordRow(st, glossary.RecordKind(verb)); ok && r.Data != nil {
		return schema.OfForm(r.Data)
	}
	return nil
}

// historyData is the whole history of a case.
type historyData struct {
	web.Layout
	Case  view.CaseHead
	Chain string
	Lines []timeLine
}

// HistoryPage shows the whole history of a case.
func (a *Pages) HistoryPage(c *fiber.Ctx, by *request.Caller) error {
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	d := historyData{Layout: a.site.Layout(c, "办理经过："+v.Case.Householder), Case: view.NewCaseHead(v.Chain, v.Case),
		Chain: v.Chain.Title}
	if d.Lines, err = a.timeline(c, &d.Layout, v); err != nil {
		return err
	}
	return a.site.Show(c, 200, "history", d)
}
