package intake

import (
	"context"
	"time"

	"anju/handlers/schema"
	"anju/handlers/view"
)

// ClockBody says how the demo clock is turned.
type ClockBody struct {
	Advance string `json:"advance,omitempty" doc:"向前拨多久" maxLength:"20" example:"72h"`
	Set     string `json:"set,omitempty" doc:"拨到的时刻（RFC 3339）" maxLength:"40" example:"2026-03-10T09:00:00+08:00"`
}

// ClockAnswer says where the demo clock stands and how much fell due.
type ClockAnswer struct {
	Now   view.Instant `json:"now"`
	Fired int          `json:"fired" doc:"到期并已处理的提醒数"`
}

// farthest is how far one move of the demo clock may go: beyond it no calendar is published.
const farthest = 366 * 24 * time.Hour

// TurnClock moves the demo clock forward and runs everything that fell due.
func (a *Service) TurnClock(ctx context.Context, b ClockBody) (ClockAnswer, error) {
	now := a.settings.Demo.Clock.Now()
	to := now
	switch {
	case (b.Advance == "") == (b.Set == ""):
		return ClockAnswer{}, schema.Invalid("advance", "请只填写 advance（如 72h）或 set（如 2026-03-10T09:00:00+08:00）中的一项")
	case b.Advance != "":
		d, err := time.ParseDuration(b.Advance)
		if err != nil || d <= 0 || d > farthest {
			return ClockAnswer{}, schema.Invalid("advance", "advance 应为大于 0、不超过 8784h 的时长，例如 72h")
		}
		to = now.Add(d)
	default:
		t, err := time.Parse(time.RFC3339, b.Set)
		if err != nil {
			return ClockAnswer{}, schema.Invalid("set", "set 应为 RFC 3339 时刻，例如 2026-03-10T09:00:00+08:00")
		}
		to = t
	}
	if !to.After(now) || to.Sub(now) > farthest {
		return ClockAnswer{}, schema.Invalid("set", "演示时钟只能向前拨，且一次不超过一年；现在是 "+view.NewInstant(now).String())
	}
	a.settings.Demo.Clock.Set(to)
	fired, err := a.settings.Demo.Settle(ctx)
	if err != nil {
		return ClockAnswer{}, err
	}
	return ClockAnswer{view.NewInstant(a.settings.Demo.Clock.Now()), fired}, nil
}
