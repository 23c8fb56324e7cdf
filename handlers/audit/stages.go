package audit

import (
	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
)

type stagesData struct {
	web.Layout
	F      auditFilter
	About  string
	Items  []stageItem
	Total  int
	Pager  web.Pager
	Lights []schema.Option
}

// stageItem is a stage behind a number of the board.
type stageItem struct {
	view.StageLine
	Matter string // chain and stage
	Lamp   web.Badge
}

// StagesPage lists the stages behind a number of the board: as many as the number says.
func (a *Pages) StagesPage(c *fiber.Ctx, by *request.Caller) error {
	f := filterOf(c)
	q, err := a.stageQuery(c, by, f)
	if _, ok := lookup.CellLights[f.Light]; err == nil && !ok {
		err = schema.Invalid("light", "")
	}
	if err != nil {
		return a.plainly(c, by, err)
	}
	lines, total, err := a.store.StagesBehind(c.UserContext(), by.ID, q, lookup.CellLights[f.Light],
		max(1, c.QueryInt("page", 1)), web.PerPage)
	if err != nil {
		return err
	}
	d := stagesData{Layout: a.site.Layout(c, "环节明细"), F: f, Total: total,
		About: a.lookup.QueryText(c.UserContext(), q.From, q.To, q.Township, q.Chain, q.Stage)}
	d.Pager, _ = web.PagerOf(c, total)
	for _, l := range lines {
		j := view.NewStageLine(l)
		d.Items = append(d.Items, stageItem{j, a.site.StageName(j.Chain, j.Stage), web.NewBadge(string(l.Light), false)})
	}
	return a.site.Show(c, 200, "stages", d)
}
