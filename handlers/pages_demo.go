package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/models/notices"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// demoBar is the strip on top of every page of the demo county: its clock, what the last turn set off, and who is looking.
type demoBar struct {
	Clock   string
	NextDue string // where one press moves the clock on the page of a case
	Fired   string // what the last turn of the clock set off
	Roles   []option
}

// demoPassword is the password of the demo accounts, as the login page says.
const demoPassword = "anju-demo"

func (a *app) demoBar(c *fiber.Ctx, by *caller) *demoBar {
	b := &demoBar{Clock: clockText(a.cfg.Demo.Clock.Now())}
	officers, err := a.store.Officers(c.UserContext())
	if err != nil {
		a.log.ErrorContext(c.UserContext(), "accounts of the demo bar", "error", err)
	}
	for _, o := range officers {
		if o.Active {
			b.Roles = append(b.Roles, option{o.Login, o.OfficeName + "　" + o.Name, o.ID == by.ID})
		}
	}
	if since, err := time.Parse(time.RFC3339, c.Query("since")); err == nil && safe(c.Method()) {
		b.Fired = a.firedSince(c, by, since)
	}
	return b
}

// firedSince says what a turn of the clock did: how many reminders fell due in the county, and those that reached the caller's office.
func (a *app) firedSince(c *fiber.Ctx, by *caller, since time.Time) string {
	n, err := strconv.Atoi(c.Query("fired"))
	if err != nil {
		return ""
	}
	text := fmt.Sprintf("时钟已拨到 %s，全县处理了 %d 条到期事项", b8(a.cfg.Demo.Clock.Now()), n)
	if !by.handles() {
		return text + "。"
	}
	told, _, err := a.store.Notices(c.UserContext(), by.ID, notices.NoticeQuery{PerPage: 50})
	if err != nil {
		return text + "。"
	}
	var mine []string
	for _, x := range told {
		if x.At.After(since) && len(mine) < 5 {
			mine = append(mine, x.Number+" "+a.noticeOf(x).Text)
		}
	}
	if len(mine) == 0 {
		return text + "，本单位没有收到新的提醒。"
	}
	return text + "。本单位收到：" + strings.Join(mine, "；") + "。"
}

func b8(t time.Time) string { return t.In(calendar.Shanghai).Format("2006年1月2日 15:04") }

func (a *app) postClock(c *fiber.Ctx, _ *caller) error {
	b := clockBody{Advance: c.FormValue("advance")}
	switch {
	case c.FormValue("by") != "":
		b.Advance = c.FormValue("by")
	case c.FormValue("set") != "":
		t, err := time.ParseInLocation(clockForm, c.FormValue("set"), calendar.Shanghai)
		if err != nil {
			return invalid("set", "请填写日期和时间，例如 2026-03-10T09:00")
		}
		b = clockBody{Set: t.Format(time.RFC3339)}
	case c.FormValue("until") != "":
		d, err := calendar.ParseDay(c.FormValue("until"))
		if err != nil {
			return invalid("until", "请填写日期，例如 2026-03-10")
		}
		b = clockBody{Set: d.Start().Add(9 * time.Hour).Format(time.RFC3339)}
	}
	since := a.cfg.Demo.Clock.Now()
	ans, err := a.turnClock(c.UserContext(), b)
	if err != nil {
		return err
	}
	q := url.Values{"since": {since.Format(time.RFC3339)}, "fired": {fmt.Sprint(ans.Fired)}}
	return c.Redirect(local(c.FormValue("back"))+"?"+q.Encode(), fiber.StatusSeeOther)
}

// postRole sits down as another account of the demo county.
func (a *app) postRole(c *fiber.Ctx, by *caller) error {
	_, s, err := a.logIn(c.UserContext(), c.FormValue("login"), demoPassword, a.visitorOf(c), by.token)
	if err != nil {
		return err
	}
	a.setCookie(c, s.token, s.expires)
	return c.Redirect("/", fiber.StatusSeeOther)
}

// walkStep is one step of the guided first walk: who does what, where.
type walkStep struct{ Login, Who, What, Href string }

type walkData struct {
	shell
	Steps []walkStep
}

// walkPage leads a newcomer once through the demo county: who does what, in the order of a case.
func (a *app) walkPage(c *fiber.Ctx, _ *caller) error {
	d := walkData{shell: a.shell(c, "跟着走一遍")}
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
		if login := a.cfg.Demo.Accounts[s.party]; login != "" {
			d.Steps = append(d.Steps, walkStep{login, s.party.Title(), s.what, s.href})
		}
	}
	d.Steps = slices.Clip(d.Steps)
	return a.show(c, 200, "walk", d)
}
