package admin

import (
	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/web"
)

type logData struct {
	web.Layout
	Acts     []actLine
	Accesses []actLine
	Total    int
	Reads    int
	Pager    web.Pager
}

type actLine struct{ At, Who, What, Subject string }

// LogPage is for the audit administrator: what the other administrators did, and who read personal numbers in clear.
func (a *Pages) LogPage(c *fiber.Ctx, _ *request.Caller) error {
	ctx, n := c.UserContext(), max(1, c.QueryInt("page", 1))
	d := logData{Layout: a.site.Layout(c, "审计日志")}
	acts, total, err := a.store.AdminActs(ctx, n, web.PerPage)
	if err != nil {
		return err
	}
	reads, all, err := a.store.AccessLog(ctx, n, web.PerPage)
	if err != nil {
		return err
	}
	d.Total, d.Reads = total, all
	d.Pager, _ = web.PagerOf(c, max(total, all))
	for _, x := range acts {
		d.Acts = append(d.Acts, actLine{web.FormatMinute(x.At), x.Officer, x.What, x.Subject})
	}
	for _, x := range reads {
		d.Accesses = append(d.Accesses, actLine{At: web.FormatMinute(x.At), Who: x.Officer, What: x.Office})
	}
	return a.site.Show(c, 200, "log", d)
}
