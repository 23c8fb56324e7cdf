package desk

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/workflow"
)

// Opens lists the chains of which the caller's office opens cases.
func (a *Pages) Opens(by *request.Caller) []workflow.Chain {
	return slices.DeleteFunc([]workflow.Chain(a.svc.Chains().All()),
		func(ch workflow.Chain) bool { return !ch.MayOpen(by.OfficeKind) })
}

type homeData struct {
	web.Layout
	Resets []string // of passwords of the office
	Tasks  []web.CaseLine
	Total  int
	Papers int  // that the counter is to serve
	Serve  bool // they are what is listed
	Pager  web.Pager
	Chains []workflow.Chain
	Drafts []draftLine
	Cards  []view.Breach // red cards that the office has not explained
	inboxCounts
	OwedCases []owedLine    // the most urgent ones
	Messages  []view.Notice // the newest unread ones that another office wrote
}

type draftLine struct{ Href, Title, At string }

// HomePage is where a handler starts: what is due, what was told, what was begun.
func (a *Pages) HomePage(c *fiber.Ctx, by *request.Caller) error {
	d := homeData{Layout: a.site.Layout(c, "待办"), Chains: a.Opens(by)}
	var err error
	if d.Resets, err = a.site.Resets(c, by); err != nil {
		return err
	}
	if !by.Handles() {
		return a.site.Show(c, 200, "home", d)
	}
	ctx, n := c.UserContext(), max(1, c.QueryInt("page", 1))
	if _, d.Papers, err = a.store.Unserved(ctx, by.ID, 1, 1); err != nil {
		return err
	}
	list := a.store.Tasks
	if d.Serve = c.Query("kind") == "service"; d.Serve {
		list = a.store.Unserved
	}
	tasks, total, err := list(ctx, by.ID, n, web.PerPage)
	if err != nil {
		return err
	}
	d.Total = total
	d.Pager, _ = web.PagerOf(c, total)
	for _, t := range tasks {
		j := a.views.NewTask(t)
		l := a.site.ListLine(j.Line())
		l.Kind, l.Text = web.TaskKinds[j.Kind], j.Text
		if i := slices.IndexFunc(d.Tasks, func(o web.CaseLine) bool { return o.ID == l.ID }); i >= 0 { // one line a case
			if l.Kind != d.Tasks[i].Kind {
				d.Tasks[i].Kind += "、" + l.Kind
			} else if d.Serve {
				d.Tasks[i].Text += "、" + l.Text
			}
			continue
		}
		d.Tasks = append(d.Tasks, l)
	}
	if d.Serve { // the list was asked for, and nothing stands before it
		return a.site.Show(c, 200, "home", d)
	}
	if d.Cards, err = a.openBreaches(ctx, by,
		cases.BreachQuery{Office: by.Office, Status: "open", PerPage: 10}); err != nil {
		return err
	}
	drafts, err := a.store.Drafts(ctx, by.ID)
	if err != nil {
		return err
	}
	for _, x := range drafts {
		d.Drafts = append(d.Drafts, draftLine{x.Form, x.Title, view.NewInstant(x.SavedAt).Short()})
	}
	if err := a.homeInbox(ctx, by, &d); err != nil {
		return err
	}
	if c.Query("saved") != "" {
		d.Notice = "已保存，随时可以从下面的“没填完的表”接着填"
	}
	return a.site.Show(c, 200, "home", d)
}

// HelpPage explains the program.
func (a *Pages) HelpPage(c *fiber.Ctx, _ *request.Caller) error {
	return a.site.Show(c, 200, "help", a.site.Layout(c, "按键和帮助"))
}

// homeInbox puts the most urgent part of the inbox on the start page, and how much there is in all.
func (a *Pages) homeInbox(ctx context.Context, by *request.Caller, d *homeData) (err error) {
	if d.OwedCases, err = a.owedCases(ctx, by, &d.inboxCounts, 1, homeRows); err != nil {
		return err
	}
	d.Messages, d.Addressed, err = a.messages(ctx, by, true, true, 1, homeRows)
	return err
}

// homeRows is how many notices and messages the start page shows of each.
const homeRows = 5
