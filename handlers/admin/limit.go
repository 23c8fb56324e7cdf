package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

type limitLine struct {
	Stages, ID, Limit, Rule, Promise string
	Statutory, Fixed                 bool // a minimum, or a day that a notice states, cannot be promised
}

type limitsData struct {
	web.Layout
	Limits     []limitLine
	Standard   string
	Hours      string
	Mandate    workflow.Mandate
	From, To   string
	Body       string
	Bodies     []schema.Option
	Issuers    []schema.Option
	ProofFirst bool

	Lapse, PlanningInReview bool
}

// LimitsPage shows the limits and parameters of the county.
func (a *Pages) LimitsPage(c *fiber.Ctx, by *request.Caller) error { return a.showLimits(c, by, nil) }

func (a *Pages) showLimits(c *fiber.Ctx, _ *request.Caller, refused *problem.Problem) error {
	d := limitsData{Layout: a.site.Layout(c, "承诺时限和县级参数")}
	d.Here = "/admin/limits"
	p := a.svc.County().Parameters
	promises := p.Promises
	if refused != nil {
		promises = nil
	}
	for _, l := range a.promisable() {
		line := limitLine{Stages: strings.Join(l.where, "、"), ID: string(l.ID),
			Limit: fmt.Sprintf("%d %s", l.N, web.Units[string(l.Unit)]), Rule: string(l.Rule) + " " + l.Under.String(),
			Statutory: l.Statutory, Fixed: !l.MayPromise(1), Promise: strings.TrimSpace(c.FormValue("promise-" + string(l.ID)))}
		if n := promises[l.ID]; n > 0 {
			line.Promise = fmt.Sprint(n)
		}
		d.Limits = append(d.Limits, line)
	}
	d.Standard, d.Body, d.Mandate, d.ProofFirst = p.HomesteadStandard.String(), p.MeetingBody, p.Mandate,
		p.ProofBeforeRegistration
	d.Lapse, d.PlanningInReview = p.LapseUncorrected, p.PlanningInReview
	if p.Mandate.From != 0 {
		d.From = p.Mandate.From.String()
	}
	if p.Mandate.To != 0 {
		d.To = p.Mandate.To.String()
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, web.ErrorsOnPage(refused)
		d.Standard, d.Body, d.Mandate.Number, d.From, d.To = c.FormValue("standard"), c.FormValue("body"),
			c.FormValue("mandate"), c.FormValue("from"), c.FormValue("to")
		d.Mandate.Issuer, d.ProofFirst = glossary.Party(c.FormValue("issuer")), c.FormValue("proof") != ""
		d.Lapse, d.PlanningInReview = c.FormValue("lapse") != "", c.FormValue("planning_share") != ""
	} else if c.Query("done") != "" {
		d.Notice = "已保存，从下一次办理起生效"
	}
	for _, b := range []string{"group_villager_meeting", "member_assembly", "member_delegate_assembly"} {
		d.Bodies = append(d.Bodies, schema.Option{Value: b, Label: schema.EnumTitle("body", b), Selected: b == d.Body})
	}
	for _, i := range []glossary.Party{glossary.CountyNaturalResources, glossary.CountyApprovalBureau} {
		d.Issuers = append(d.Issuers, schema.Option{Value: string(i), Label: i.Title(), Selected: i == d.Mandate.Issuer})
	}
	return a.site.Show(c, status, "limits", d)
}

// mostPromised is the longest that may be promised of a limit.
func (a *Pages) mostPromised(l workflow.Limit) int {
	n := 1
	for l.MayPromise(n + 1) {
		n++
	}
	return n
}

// promisedLimit is a limit with the stages in which it runs; the shortest of them where the matters differ.
type promisedLimit struct {
	workflow.Limit
	where []string
}

// promisable lists the limits of all chains once each, in their order.
func (a *Pages) promisable() []promisedLimit {
	var list []promisedLimit
	for _, ch := range a.svc.Chains().All() {
		for _, st := range ch.Stages {
			for _, l := range st.Limits() {
				i := slices.IndexFunc(list, func(o promisedLimit) bool { return o.ID == l.ID })
				if i < 0 {
					i, list = len(list), append(list, promisedLimit{Limit: l})
				}
				if l.N < list[i].N {
					list[i].Limit = l
				}
				if name := ch.Title + "　" + l.Title(st); !slices.Contains(list[i].where, name) {
					list[i].where = append(list[i].where, name)
				}
			}
		}
	}
	return list
}

// PostLimits saves the parameters of the county that the rules leave to it.
func (a *Pages) PostLimits(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	p := a.svc.County().Parameters
	err := func() error {
		standard, err := workflow.ParseDecimal(strings.TrimSpace(c.FormValue("standard")))
		if err != nil {
			return schema.Invalid("standard", "宅基地面积标准应为最多两位小数的数，例如 133.00；尚未设定的填 0")
		}
		p.HomesteadStandard, p.MeetingBody, p.ProofBeforeRegistration = standard, c.FormValue("body"),
			c.FormValue("proof") != ""
		p.LapseUncorrected, p.PlanningInReview = c.FormValue("lapse") != "", c.FormValue("planning_share") != ""
		if schema.EnumTitle("body", p.MeetingBody) == p.MeetingBody && p.MeetingBody != "" {
			return schema.Invalid("body", "请选择讨论申请的会议")
		}
		m := workflow.Mandate{Number: web.Clip(strings.TrimSpace(c.FormValue("mandate")), 60),
			Issuer: glossary.Party(c.FormValue("issuer"))}
		for _, f := range []struct {
			name string
			into *calendar.Day
		}{{"from", &m.From}, {"to", &m.To}} {
			text := strings.TrimSpace(c.FormValue(f.name))
			if text == "" {
				continue
			}
			if *f.into, err = calendar.ParseDay(text); err != nil {
				return schema.Invalid(f.name, "请填写真实存在的日期，例如 2026-03-02")
			}
		}
		if m.Number != "" && m.Issuer != glossary.CountyNaturalResources && m.Issuer != glossary.CountyApprovalBureau {
			return schema.Invalid("issuer", "请选择以哪个机关的名义发证")
		}
		if m.Number != "" && (m.From == 0 || m.To != 0 && m.To < m.From) {
			return schema.Invalid("from", "委托书的起始日期要填，且不晚于截止日期")
		}
		if m.Number == "" {
			m = workflow.Mandate{}
		}
		p.Mandate = m
		p.Promises = map[law.LimitID]int{}
		for _, l := range a.promisable() {
			field := "promise-" + string(l.ID)
			text := forms.NormalIDNumber(strings.TrimSpace(c.FormValue(field)))
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil || !l.MayPromise(n) {
				return schema.Invalid(field, fmt.Sprintf("%s 的承诺天数应为 1 至 %d 的整数，只能比法定的短；不另作承诺的留空", l.ID, a.mostPromised(l.Limit)))
			}
			p.Promises[l.ID] = n
		}
		return nil
	}()
	if err == nil {
		err = a.saveParameters(ctx, p, intake.Act(by, "修改县级参数", ""))
	}
	return a.site.SettlePage(c, by, err, "/admin/limits", func(p *problem.Problem) error { return a.showLimits(c, by, p) })
}

// saveParameters keeps the parameters of the county with the line of the act, and takes them into force here.
func (a *Pages) saveParameters(ctx context.Context, p workflow.Parameters, act org.Act) error {
	if err := a.store.SaveParameters(ctx, p, act); err != nil {
		return err
	}
	a.intake.LogAct(ctx, act)
	if a.countyChanged == nil {
		return nil
	}
	return a.countyChanged(ctx)
}
