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

// Redrive tries again what was given up, here or in the process that runs the jobs.
func (a *Service) Redrive(ctx context.Context, by *request.Caller, text string) error {
	id, err := request.Number(text)
	if err != nil {
		return err
	}
	if a.jobs != nil {
		err = a.jobs.Redrive(ctx, id, by.ID)
	} else {
		_, err = a.store.Redrive(ctx, id, by.ID)
	}
	if err == nil {
		a.Noted(ctx, by, "重新执行任务", text)
	}
	return err
}

// RedriveDelivery sends a message again that may not have arrived.
func (a *Service) RedriveDelivery(ctx context.Context, by *request.Caller, id int64) error {
	err := a.store.RedriveDelivery(ctx, id, by.ID)
	if err == nil {
		a.Noted(ctx, by, "重发消息", fmt.Sprint(id))
	}
	return err
}

// RemoveChannel takes away a way by which messages leave.
func (a *Service) RemoveChannel(ctx context.Context, by *request.Caller, id int64) error {
	err := a.store.RemoveChannel(ctx, id)
	if err == nil {
		a.Noted(ctx, by, "移除消息通道", fmt.Sprint(id))
	}
	return err
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
	if c.ID, err = a.store.SetChannel(ctx, c); err != nil {
		return view.Channel{}, err
	}
	a.Noted(ctx, by, "登记消息通道", c.Kind)
	return view.NewChannel(c), nil
}

// Noted writes down what an administrator did. What is done cannot be undone for a log that does not answer: it is said
// in the program's own log then.
func (a *Service) Noted(ctx context.Context, by *request.Caller, what, subject string) {
	a.log.InfoContext(ctx, "administration", "what", what, "subject", subject, "officer", int64(by.ID))
	if err := a.store.NoteAdmin(ctx, by.ID, what, subject); err != nil {
		a.log.ErrorContext(ctx, "the log of the administration", "what", what, "error", err)
	}
}
