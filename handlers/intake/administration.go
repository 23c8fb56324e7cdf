package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

// ChannelBody is a channel as an administrator writes it; what is secret in it is sealed and never shown again.
type ChannelBody struct {
	Office   string             `json:"office_id,omitempty" doc:"单位编号（不填为全县默认）" maxLength:"18"`
	Kind     string             `json:"kind" doc:"渠道" example:"mail"`
	Config   view.ChannelConfig `json:"config" doc:"渠道参数"`
	Active   bool               `json:"active" doc:"启用" example:"true"`
	Position int                `json:"position,omitempty" doc:"次序，小的先用" minimum:"0" maximum:"99"`
}

// TransformSchema lists the kinds of channels in the schema.
func (ChannelBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	kind := s.Properties["kind"]
	kind.Enum = nil
	for _, k := range glossary.ChannelKinds {
		kind.Enum = append(kind.Enum, k.ID)
	}
	kind.PrecomputeMessages()
	return s
}

// Act is what the log of the administration says of what an administrator does.
func Act(by *request.Caller, what, subject string) org.Act {
	return org.Act{By: org.Administrator{Officer: by.ID}, What: what, Subject: subject}
}

// Redrive tries again what was given up, here or in the process that runs the jobs. Its line is written before the
// queue is told.
func (a *Service) Redrive(ctx context.Context, by *request.Caller, text string) error {
	id, err := request.Number(text)
	if err != nil {
		return err
	}
	act := Act(by, "重新执行任务", text)
	if a.jobs == nil {
		_, err = a.store.Redrive(ctx, id, act)
		return a.logged(ctx, act, err)
	}
	return a.logged(ctx, act, a.jobs.Redrive(ctx, id, act))
}

// RedriveDelivery sends a message again that may not have arrived.
func (a *Service) RedriveDelivery(ctx context.Context, by *request.Caller, id int64) error {
	act := Act(by, "重发消息", fmt.Sprint(id))
	return a.logged(ctx, act, a.store.RedriveDelivery(ctx, id, act))
}

// RemoveChannel takes away a way by which messages leave.
func (a *Service) RemoveChannel(ctx context.Context, by *request.Caller, id int64) error {
	act := Act(by, "移除消息通道", fmt.Sprint(id))
	return a.logged(ctx, act, a.store.RemoveChannel(ctx, id, act))
}

// SetChannel keeps a channel by which messages leave.
func (a *Service) SetChannel(ctx context.Context, by *request.Caller, raw []byte) (view.Channel, error) {
	var b ChannelBody
	if err := schema.DecodeJSON(raw, &b); err != nil {
		return view.Channel{}, err
	}
	config, err := json.Marshal(struct {
		Kind string `json:"kind"`
		view.ChannelConfig
	}{b.Kind, b.Config})
	if err != nil {
		return view.Channel{}, err
	}
	if a.checkChannel != nil {
		if err := a.checkChannel(config); err != nil {
			return view.Channel{}, schema.Invalid("config", err.Error())
		}
	}
	c := notices.Channel{Kind: b.Kind, Config: config, Active: b.Active, Position: b.Position}
	if b.Office != "" {
		id, err := request.Number(b.Office)
		if err != nil {
			return view.Channel{}, schema.Invalid("office_id", "单位编号应为数字，例如 13")
		}
		c.Office = workflow.OfficeID(id)
	}
	act := Act(by, "登记消息通道", c.Kind)
	if c.ID, err = a.store.SetChannel(ctx, c, act); err != nil {
		return view.Channel{}, err
	}
	a.LogAct(ctx, act)
	return view.NewChannel(c), nil
}

// logged repeats an act in the program's own log, where it did not fail, and returns its error.
func (a *Service) logged(ctx context.Context, act org.Act, err error) error {
	if err == nil {
		a.LogAct(ctx, act)
	}
	return err
}

// LogAct repeats in the program's own log what an administrator did.
func (a *Service) LogAct(ctx context.Context, act org.Act) {
	a.log.InfoContext(ctx, "administration", "what", act.What, "subject", act.Subject, "officer",
		int64(act.By.Officer))
}
