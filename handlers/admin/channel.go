package admin

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/glossary"
)

type channelsData struct {
	web.Layout
	Channels               []channelLine
	Kind, URL, Key, Sender string
	Words                  workflow.Messages
	Kinds                  []glossary.ChannelKind
}

type channelLine struct {
	ID, Kind, Office string
	Active           bool
}

// ChannelsPage shows by which ways messages leave, and what they say; the ways themselves hold passwords and are set by
// API or command.
func (a *Pages) ChannelsPage(c *fiber.Ctx, _ *request.Caller) error { return a.showChannels(c, nil) }

// PostChannel enters a way by which messages leave, or takes one away.
func (a *Pages) PostChannel(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	if c.FormValue("words") != "" {
		return a.site.SettlePage(c, by, a.saveMessages(c, by), "/admin/channels",
			func(p *problem.Problem) error { return a.showChannels(c, p) })
	}
	if c.FormValue("remove") != "" {
		id, err := request.Number(c.FormValue("remove"))
		if err == nil {
			err = a.intake.RemoveChannel(ctx, by, id)
		}
		return a.site.SettlePage(c, by, err, "/admin/channels",
			func(p *problem.Problem) error { return a.showChannels(c, p) })
	}
	config := map[string]any{}
	for _, n := range []string{"url", "key", "secret", "sender", "template"} {
		if v := strings.TrimSpace(c.FormValue(n)); v != "" {
			config[n] = v
		}
	}
	raw, err := json.Marshal(map[string]any{"kind": c.FormValue("kind"), "config": config, "active": true})
	if err == nil {
		_, err = a.intake.SetChannel(ctx, by, raw)
	}
	return a.site.SettlePage(c, by, err, "/admin/channels", func(p *problem.Problem) error { return a.showChannels(c, p) })
}

// saveMessages keeps the words around what a message says.
func (a *Pages) saveMessages(c *fiber.Ctx, by *request.Caller) error {
	ctx, p := c.UserContext(), a.svc.County().Parameters
	m := workflow.Messages{Sign: strings.Trim(strings.TrimSpace(c.FormValue("sign")), "【】"),
		Ask: strings.TrimSpace(c.FormValue("ask"))}
	switch {
	case len([]rune(m.Sign)) > 12 || !web.PlainText(m.Sign):
		return schema.Invalid("sign", "落款最多 12 个字，例如：稷山安居")
	case len([]rune(m.Ask)) > 60 || !web.PlainText(m.Ask):
		return schema.Invalid("ask", "结尾最多 60 个字，例如：请登录系统办理和确认。")
	}
	p.Messages = m
	return a.saveParameters(ctx, p, intake.Act(by, "修改消息模板", m.Sign))
}

func (a *Pages) showChannels(c *fiber.Ctx, refused *problem.Problem) error {
	ctx := c.UserContext()
	d := channelsData{Layout: a.site.Layout(c, "消息通道和模板"), Kinds: glossary.ChannelKinds}
	d.Here = "/admin/channels"
	d.Words = a.svc.County().Parameters.Messages
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, web.ErrorsOnPage(refused)
		for i := range d.Errors {
			d.Errors[i].Href = strings.Replace(d.Errors[i].Href, "#config.", "#", 1)
		}
		d.Kind, d.URL, d.Key, d.Sender = c.FormValue("kind"), c.FormValue("url"), c.FormValue("key"), c.FormValue("sender")
	} else if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	list, err := a.store.Channels(ctx)
	if err != nil {
		return err
	}
	offices, err := a.store.Offices(ctx)
	if err != nil {
		return err
	}
	for _, ch := range list {
		kind, _ := glossary.FindChannelKind(ch.Kind)
		l := channelLine{ID: fmt.Sprint(ch.ID), Kind: kind.Title, Office: "全县", Active: ch.Active}
		for _, o := range offices {
			if o.ID == ch.Office {
				l.Office = o.Name
			}
		}
		d.Channels = append(d.Channels, l)
	}
	return a.site.Show(c, status, "channels", d)
}
