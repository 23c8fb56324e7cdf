package handlers

import (
	"net/url"

	"github.com/gofiber/fiber/v2"
)

// queueData is the page of the queues: what Redis says beside what the database knows.
type queueData struct {
	shell
	Q          queueJSON
	Failed     []failedJSON
	Unsettled  []deliveryJSON // messages that may have arrived, or did not
	FailedMore bool
}

// onePage is how many rows of each kind the page shows; what is more stands in the API.
const onePage = 50

func (a *app) queuePage(c *fiber.Ctx, _ *caller) error {
	ctx := c.UserContext()
	d := queueData{shell: a.shell(c, "任务队列")}
	var err error
	if d.Q, err = a.queue(ctx); err != nil {
		return err
	}
	failed, total, err := a.store.FailedJobs(ctx, true, 1, onePage)
	if err != nil {
		return err
	}
	d.FailedMore = total > len(failed)
	for _, f := range failed {
		d.Failed = append(d.Failed, failedOf(f))
	}
	for _, state := range []string{"unsure", "failed"} {
		list, _, err := a.store.Deliveries(ctx, state, 1, onePage)
		if err != nil {
			return err
		}
		for _, x := range list {
			d.Unsettled = append(d.Unsettled, deliveryOf(x))
		}
	}
	if c.Query("done") != "" {
		d.Notice = "已交回队列，几秒后生效"
	}
	return a.show(c, 200, "queue", d)
}

func (a *app) postRedrive(c *fiber.Ctx, by *caller) error {
	if err := a.redrive(c.UserContext(), by, c.Params("id")); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}

func (a *app) postRedriveDelivery(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	if err := a.store.RedriveDelivery(c.UserContext(), id, by.ID); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}
