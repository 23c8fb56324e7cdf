package account

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// demoPassword is the password of the demo accounts, as the login page says.
const demoPassword = "anju-demo"

// PostClock turns the clock of the demo county: by an interval, to an instant, or to a day.
func (a *Pages) PostClock(c *fiber.Ctx, _ *request.Caller) error {
	b := intake.ClockBody{Advance: c.FormValue("advance")}
	switch {
	case c.FormValue("by") != "":
		b.Advance = c.FormValue("by")
	case c.FormValue("set") != "":
		t, err := time.ParseInLocation(web.ClockForm, c.FormValue("set"), calendar.Shanghai)
		if err != nil {
			return schema.Invalid("set", "请填写日期和时间，例如 2026-03-10T09:00")
		}
		b = intake.ClockBody{Set: t.Format(time.RFC3339)}
	case c.FormValue("until") != "":
		d, err := calendar.ParseDay(c.FormValue("until"))
		if err != nil {
			return schema.Invalid("until", "请填写日期，例如 2026-03-10")
		}
		b = intake.ClockBody{Set: d.Start().Add(9 * time.Hour).Format(time.RFC3339)}
	}
	since := a.settings.Demo.Clock.Now()
	ans, err := a.intake.TurnClock(c.UserContext(), b)
	if err != nil {
		return err
	}
	q := url.Values{"since": {since.Format(time.RFC3339)}, "fired": {fmt.Sprint(ans.Fired)}}
	return c.Redirect(web.Local(c.FormValue("back"))+"?"+q.Encode(), fiber.StatusSeeOther)
}

// PostRole sits down as another account of the demo county.
func (a *Pages) PostRole(c *fiber.Ctx, by *request.Caller) error {
	_, s, err := a.gate.LogIn(c.UserContext(), c.FormValue("login"), demoPassword, a.gate.VisitorOf(c), by.Token)
	if err != nil {
		return err
	}
	a.gate.SetCookie(c, s.Token, s.Expires)
	return c.Redirect("/", fiber.StatusSeeOther)
}

// walkStep is one step of the guided first walk: who does what, where.
type walkStep struct{ Login, Who, What, Href string }

type walkData struct {
	web.Layout
	Steps []walkStep
}

// WalkPage leads a newcomer once through the demo county: who does what, in the order of a case.
func (a *Pages) WalkPage(c *fiber.Ctx, _ *request.Caller) error {
	d := walkData{Layout: a.site.Layout(c, "跟着走一遍")}
	for _, s := range []struct {
		party glossary.Party
		what  string
		href  string
	}{
		{glossary.ServiceCenter, "给一户村民录入宅基地申请，上传五份材料，提交给村民小组。", "/new"},
		{glossary.GroupCollective, "开会讨论、登记表决，张贴公示；把时钟拨过" + law.Numeral(law.L02.N) + "个工作日，再签署。", "/"},
		{glossary.VillageOrganization, "核对邻里意见和村庄规划，签署同意（手机上两下）。", "/"},
		{glossary.ServiceCenter, "受理；" + law.L05.Statute() + "不受理视为受理，红灯会亮。", "/"},
		{glossary.PlanningOffice, "两人到场实地审查，出具意见。", "/board"},
		{glossary.EconomicOffice, "三家意见齐了，汇总送审。", "/board"},
		{glossary.TownshipGovernment, "批准，宅基地批准书和规划许可证同时编号。", "/"},
		{glossary.ServiceCenter, "打印、盖章、扫描，发证。", "/"},
		{glossary.SupervisionOffice, "看谁超期、超了多久、算在谁头上。", "/audit"},
	} {
		if login := a.settings.Demo.Accounts[s.party]; login != "" {
			d.Steps = append(d.Steps, walkStep{login, s.party.Title(), s.what, s.href})
		}
	}
	d.Steps = slices.Clip(d.Steps)
	return a.site.Show(c, 200, "walk", d)
}
