package printing

import (
	"fmt"
	"slices"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/houses"
)

// The papers of patrols and of premises for business: F29 to F31.

var buildingGrounds = map[string]string{"no_planning_permit": "no_permit", "against_permit": "against_permit",
	"no_start_registration": "no_registration"}

// order fills F29: the stop-work order or the order to rectify, with the finding it rests on (R124, R125).
func order(p filling) {
	v := workflow.Applied[forms.Finding](p.c)
	var grounds []string
	for _, g := range v.Grounds {
		if n := buildingGrounds[g]; n != "" {
			grounds = append(grounds, n)
		} else if !slices.Contains(grounds, "other") {
			grounds = append(grounds, "other")
		}
	}
	p.to["violation"] = fields{"place": v.Address,
		"works":   fmt.Sprintf("建筑面积%s平方米，%d层，跨度%s米", v.Area, v.Floors, v.MaxSpan),
		"grounds": grounds, "facts": v.Facts, "evidence": v.Evidence,
		"planning":     slices.Contains(grounds, "no_permit") || slices.Contains(grounds, "against_permit"),
		"registration": slices.Contains(grounds, "no_registration")}
	orders := []string{"stop"}
	if l, ok := p.issued(); ok {
		p.put("demands", said(l)["demands"])
		if p.d.Kind.Sheet() == "rectify" {
			orders = append(orders, "rectify")
			p.put("rectification", said(l)["items"])
		}
	}
	if p.d.Kind.Sheet() == "rectify" && slices.Contains(grounds, "no_registration") {
		orders = append(orders, "appraise")
	}
	p.put("orders", orders)
}

// referral fills F30: what was found, what was done, and by when the bureau is to answer (R110, R116).
func referral(p filling) {
	v := workflow.Applied[forms.Finding](p.c)
	l, ok := p.issued()
	if !ok {
		return
	}
	sent := said(l)
	p.put("referred_to", p.f.Offices[p.county.Chains.Desk(glossary.Authority, p.c)])
	p.to["violation"] = fields{"cause": causeOf(v), "place": v.Address, "facts": sent["summary"]}
	p.put("measures_taken", sent["measures"])
	p.put("feedback_by", sent["answer_by"])
	p.put("evidence", []any{fields{"name": v.Evidence}})
	p.contact(sent["contact"], l.Office)
}

// causeOf names the cause of a finding in the words of the law.
func causeOf(v forms.Finding) string {
	switch {
	case v.Has("illegal_land"):
		return "非法占用土地建住宅"
	case v.Has("no_planning_permit"):
		return "未取得乡村建设规划许可证进行建设"
	case v.Has("against_permit"):
		return "未按照乡村建设规划许可证的规定进行建设"
	case v.Has("construction_law"):
		return "未取得施工许可擅自施工"
	}
	return "未办理开工登记擅自开工"
}

var businessKinds = map[string]string{"individual_business": "个体工商户", "company": "公司", "cooperative": "合作社",
	"other": "其他"}

// business fills F31, whichever of its papers it is (R95 to R105).
func business(p filling) {
	b := workflow.Applied[forms.BusinessApplication](p.c)
	registrar := p.f.Offices[p.county.Chains.Desk(glossary.Authority, p.c)]
	of := fields{"name": b.Name, "kind": businessKinds[b.Kind], "scope": b.Scope, "registrar": registrar}
	if l, ok := p.act(glossary.Complete); ok {
		of["credit_code"], of["registered_on"], of["license_no"] = said(l)["credit_code"], said(l)["registered_on"],
			said(l)["license_no"]
	}
	p.to["business"], p.to["operator"] = of, fields{"name": b.Operator}
	p.to["premises"] = fields{"address": b.Address, "trade": b.Trade, "trade_authority": b.Overseer,
		"title": b.Title, "area": b.Area, "floors": b.Floors}
	l, ok := p.issued()
	if !ok {
		return
	}
	switch p.d.Kind.Sheet() {
	case "push":
		p.to["push"] = fields{"serial": said(l)["serial"], "at": p.d.IssuedAt}
	case "check":
		p.premisesCheck()
	case "stop":
		stop := fields{"reported_to": registrar, "report": said(l)["body"]}
		if l, ok := p.act(glossary.Stop); ok {
			stop["at"], stop["method"], stop["facts"] = l.At, said(l)["means"], said(l)["facts"]
		}
		p.to["stop"] = stop
	case "order":
		p.to["order"] = fields{"facts": said(l)["facts"], "articles": said(l)["articles"], "change_by": said(l)["change_by"]}
	}
}

func (p filling) premisesCheck() {
	r, ok := p.c.Latest(glossary.PremisesCheckKind)
	if !ok {
		return
	}
	c := workflow.Recorded[forms.PremisesCheck](r)
	check := fields{"use": c.Use, "fire": c.Fire, "photos": c.Photos, "result": "unqualified", "reason": c.Reason,
		"inspectors": c.Checkers, "on": c.CheckedOn, "acceptance": false}
	if c.Qualified {
		check["result"] = "qualified"
	}
	if a, ok := houses.Acceptance(p.county.Chains, p.c); ok {
		check["acceptance"], check["acceptance_no"] = true, a.Number
	}
	if r, ok := p.c.Latest(glossary.AppraisalKind); ok {
		a := workflow.Recorded[forms.AppraisalReport](r)
		agency := p.county.Contractors[a.Agency]
		check["appraiser"], check["qualification"], check["appraisal"] = agency.Name, agency.Qualification, a.Grade+"级"
	}
	p.to["check"] = check
}

// stopLifted fills F48: which order to stop work is lifted, and where the house stands (A26).
func stopLifted(p filling) {
	p.put("place", workflow.Applied[forms.Finding](p.c).Address)
	p.put("stop_no", p.numberOf(glossary.StopWorkDoc))
}

// useStopped fills F49: the use of the house is stopped, or may go on (R115).
func useStopped(p filling) {
	h := workflow.Applied[forms.HazardFinding](p.c)
	p.put("place", h.Address)
	p.put("user", h.User)
	p.put("signs", h.Signs)
	p.put("stop_no", p.numberOf(glossary.UseStopDoc))
}

// numberOf is the number of the newest paper of a kind, "" without one.
func (p filling) numberOf(k glossary.DocumentKind) string {
	d, _ := p.c.Document(k)
	return d.Number
}
