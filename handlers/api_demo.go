package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

type clockBody struct {
	Advance string `json:"advance,omitempty" doc:"向前拨多久" maxLength:"20" example:"72h"`
	Set     string `json:"set,omitempty" doc:"拨到的时刻（RFC 3339）" maxLength:"40" example:"2026-03-10T09:00:00+08:00"`
}

type clockAnswer struct {
	Now   string `json:"now"`
	Fired int    `json:"fired" doc:"到期并已处理的提醒数"`
}

// farthest is how far one move of the demo clock may go: beyond it no calendar is published.
const farthest = 366 * 24 * time.Hour

// turnClock moves the demo clock forward and runs everything that fell due.
func (a *app) turnClock(ctx context.Context, b clockBody) (clockAnswer, error) {
	now := a.cfg.Demo.Clock.Now()
	to := now
	switch {
	case (b.Advance == "") == (b.Set == ""):
		return clockAnswer{}, invalid("advance", "请只填写 advance（如 72h）或 set（如 2026-03-10T09:00:00+08:00）中的一项")
	case b.Advance != "":
		d, err := time.ParseDuration(b.Advance)
		if err != nil || d <= 0 || d > farthest {
			return clockAnswer{}, invalid("advance", "advance 应为大于 0、不超过 8784h 的时长，例如 72h")
		}
		to = now.Add(d)
	default:
		t, err := time.Parse(time.RFC3339, b.Set)
		if err != nil {
			return clockAnswer{}, invalid("set", "set 应为 RFC 3339 时刻，例如 2026-03-10T09:00:00+08:00")
		}
		to = t
	}
	if !to.After(now) || to.Sub(now) > farthest {
		return clockAnswer{}, invalid("set", "演示时钟只能向前拨，且一次不超过一年；现在是 "+shanghai(now))
	}
	a.cfg.Demo.Clock.Set(to)
	fired, err := a.cfg.Demo.Settle(ctx)
	if err != nil {
		return clockAnswer{}, err
	}
	return clockAnswer{shanghai(a.cfg.Demo.Clock.Now()), fired}, nil
}

func (a *app) demoOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "turn-clock", Summary: "把演示时钟向前拨（仅演示）"}, typeOf[clockBody](),
		func(ctx context.Context, _ *caller, in *struct{ Sent }) (*out[clockAnswer], error) {
			var b clockBody
			if err := decodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			ans, err := a.turnClock(ctx, b)
			return &out[clockAnswer]{Status: http.StatusOK, Body: ans}, err
		})
}
