package admin

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
)

// queueData is the page of the queues: what Redis says beside what the database knows.
type queueData struct {
	web.Layout
	Q          view.Queue
	Failed     []view.Failed
	Unsettled  []view.Delivery // messages that may have arrived, or did not
	FailedMore bool
}

// onePage is how many rows of each kind the page shows; what is more stands in the API.
const onePage = 50

// QueuePage shows the queue, failed jobs and deliveries.
func (a *Pages) QueuePage(c *fiber.Ctx, _ *request.Caller) error {
	ctx := c.UserContext()
	d := queueData{Layout: a.site.Layout(c, "任务队列")}
	var err error
	if d.Q, err = a.lookup.Queue(ctx); err != nil {
		return err
	}
	failed, total, err := a.store.FailedJobs(ctx, true, 1, onePage)
	if err != nil {
		return err
	}
	d.FailedMore = total > len(failed)
	for _, f := range failed {
		d.Failed = append(d.Failed, view.NewFailed(f))
	}
	for _, state := range []string{"unsure", "failed"} {
		list, _, err := a.store.Deliveries(ctx, state, 1, onePage)
		if err != nil {
			return err
		}
		for _, x := range list {
			d.Unsettled = append(d.Unsettled, view.NewDelivery(x))
		}
	}
	if c.Query("done") != "" {
		d.Notice = "已交回队列，几秒后生效"
	}
	return a.site.Show(c, 200, "queue", d)
}

// PostRedrive sends a failed job again.
func (a *Pages) PostRedrive(c *fiber.Ctx, by *request.Caller) error {
	if err := a.intake.Redrive(c.UserContext(), by, c.Params("id")); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}

// PostRedriveDelivery sends a failed delivery again.
func (a *Pages) PostRedriveDelivery(c *fiber.Ctx, by *request.Caller) error {
	id, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	if err := a.intake.RedriveDelivery(c.UserContext(), by, id); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}
