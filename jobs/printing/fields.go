package printing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"anju/models/history"
	"anju/models/papers"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

type fields = map[string]any

// decision adds what the move or record that issued the paper said.
func decision(into fields, l history.Line) {
	var said fields
	if len(l.Data) > 0 && json.Unmarshal(l.Data, &said) == nil {
		maps.Copy(into, said)
	}
	if l.Reason != "" {
		into["denial_reason"] = l.Reason
	}
}

var structures = map[string]string{"masonry": "砌体", "bottom_frame": "底框-抗震墙砌体", "reinforced_concrete": "钢筋混凝土",
	"steel": "钢", "timber": "木（竹）",
	"earth_or_stone": "土木或石木", "mixed": "混杂", "other": "其他"}

var houseUses = map[string]string{"residence": "自住", "office": "办公室", "police_room": "警务室", "clinic": "卫生室",
	"service_point": "便民服务点",
	"agro_workshop": "农产品加工作坊", "commercial": "经营", "other": "其他"}

// fieldsOf adds what a paper takes from elsewhere than its own case's application and records: the permit that a house
// follows, the register of contractors, limits, and the words for what the data holds as codes.
func fieldsOf(to fields, c workflow.Case, d workflow.Document, f papers.PaperFacts, county workflow.County) {
	if d.Issuer != "" {
		to["issuer"] = officeOf(f, d)
	}
	permitFields(to, c, county)
	start := commencedBy(to, c, county)
	if a := workflow.Applied[forms.StartApplication](start); a.BuildingArea != 0 {
		startFields(to, a, county)
	}
	to["owner"] = fields{"name": f.Household.Householder.Name, "project_manager": f.Household.Householder.Name}
	to["project_name"] = f.Household.Householder.Name + "住宅"
	to["party"] = fields{"name": f.Household.Householder.Name, "id_number": f.Household.Householder.IDNumber}
	to["service_center"] = f.Township + glossary.ServiceCenter.Title()[len("乡镇"):]
	for _, x := range c.Deadlines {
		if x.Limit == law.L08.ID || x.Limit == law.L15.ID {
			to["statutory_on"], to["promised_on"] = x.DueOn, x.DueOn
		}
	}
	if at, ok := c.File.Marks[glossary.Received]; ok {
		to["applied_on"] = calendar.DayOf(at)
	}
	switch d.Kind.Form() {
	case "F06":
		measured(to, c)
	case "F08":
		if r, ok := c.Latest(glossary.SiteRecordKind); ok {
			s := workflow.Recorded[forms.SiteRecord](r)
			to["survey"] = fields{"at": r.At, "surveyors": s.Surveyors, "matches": s.Matches, "conclusion": s.Findings}
		}
		to["review"] = fields{"result": "agree", "reason": to["opinion"], "head": "", "date": d.IssuedAt}
		to["registered_on"], to["undertakings"] = d.IssuedAt, []string{"builder", "applicant", "identity"}
		to["checklist"] = checklist(c, county)
	case "F09":
		completed(to, c)
	case "F12":
		if a := workflow.Applied[forms.StartApplication](c); a.CostFen > 0 {
			to["contract_price"] = fmt.Sprintf("%d.%02d", a.CostFen/1_000_000, a.CostFen/10_000%100)
		}
		to["scale"] = fmt.Sprintf("建筑面积%v平方米，%v层，高度%v米", to["building_area"], to["floors"], to["height"])
		to["title"] = d.Title
	case "F13":
		to["received_on"] = d.IssuedAt
		to["files"] = fields{"filing_form": "齐全", "report": "齐全"}
		to["opinions"] = fields{"authority": fields{"opinion": to["opinion"], "date": d.IssuedAt}}
	case "F29":
		violation(to, c, d)
	case "F30":
		v := workflow.Applied[forms.Finding](c)
		to["referred_to"] = officeOf(f, workflow.Document{Issuer: county.Chains.Desk(glossary.Authority, c).Title()})
		to["violation"] = fields{"cause": "违法建设", "place": v.Address, "facts": to["summary"]}
		to["measures_taken"], to["feedback_by"], to["evidence"] = to["measures"], to["answer_by"],
			[]any{fields{"name": v.Evidence}}
	case "F31":
		business(to, c, d, f, county)
	case "F33":
		archiveIndex(to, c)
	case "F39":
		to["rectification"], to["failure"] = to["items"], failure(f)
		delete(to, "items") // a list on another form
	case "F48":
		to["place"], to["stop_no"] = workflow.Applied[forms.Finding](c).Address, numberOf(c, glossary.StopWorkDoc)
	case "F49":
		h := workflow.Applied[forms.HazardFinding](c)
		to["place"], to["user"], to["signs"], to["stop_no"] = h.Address, h.User, h.Signs, numberOf(c, glossary.UseStopDoc)
	case "guidance_notice":
		to["checklist"] = checklist(c, county)
	}
}

// failure is why the acceptance was last found to fail.
func failure(f papers.PaperFacts) string {
	why := ""
	for _, l := range f.Lines {
		if l.Verb == string(glossary.FailCompletion) {
			why = l.Reason
		}
	}
	return why
}

// numberOf is the number of the newest paper of a kind, "" without one.
func numberOf(c workflow.Case, k glossary.DocumentKind) string {
	d, _ := c.Document(k)
	return d.Number
}

// permitFields adds what the permit of an earlier case says of the house.
func permitFields(to fields, c workflow.Case, county workflow.County) {
	permit, permitted := chains.Permit(county.Chains, c)
	if !permitted || permit.ID == c.ID {
		return
	}
	p := workflow.Applied[forms.Application](permit).Proposed
	to["location"], to["boundary"], to["build_type"] = p.Address, p.Boundary, p.BuildType
	to["approved_homestead_area"], to["approved_footprint_area"], to["approved_floors"],
		to["approved_height"] = p.HomesteadArea, p.FootprintArea, p.Floors, p.Height
	to["building_area"], to["floors"], to["height"], to["max_span"] = p.BuildingArea, p.Floors, p.Height, p.MaxSpan
	if doc, ok := permit.Document(glossary.PlanningPermitDoc); ok {
		to["planning_permit_no"] = doc.Number
	}
	if doc, ok := permit.Document(glossary.HomesteadCert); ok {
		to["homestead_certificate_no"] = doc.Number
	}
}

// commencedBy returns the case under which construction began, and adds the number of its certificate.
func commencedBy(to fields, c workflow.Case, county workflow.County) workflow.Case {
	start := c
	if s, ok := chains.Start(county.Chains, c); ok {
		start = s
		for _, k := range []glossary.DocumentKind{glossary.CommencementDoc, glossary.ConstructionPermitDoc} {
			if doc, ok := s.Document(k); ok {
				to["commencement_no"], to["construction_permit_no"] = doc.Number, doc.Number
			}
		}
	}
	return start
}

func startFields(to fields, a forms.StartApplication, county workflow.County) {
	leads := forms.Leads{}
	if a.Leads != nil {
		leads = *a.Leads
	}
	for name, party := range map[string]struct {
		code string
		lead forms.Lead
	}{"surveyor": {a.Surveyor, leads.Survey}, "designer": {a.Designer, leads.Design}, "builder": {a.Builder, leads.Build},
		"supervising_engineer": {a.Supervisor, leads.Supervise}} {
		if k, ok := county.Contractors[party.code]; ok {
			to[name] = fields{"name": k.Name, "kind": k.Kind.Title(), "certificate_no": party.code, "grade": k.Qualification,
				"head": party.lead.Name}
		}
	}
	to["building_area"], to["floors"], to["height"], to["max_span"] = a.BuildingArea, a.Floors, a.Height, a.MaxSpan
	to["structure"], to["use"], to["foundation"] = structures[a.Structure], houseUses[a.Use], a.Foundation
	to["construction_contract_no"], to["supervision_contract_no"], to["drawing_source"] = a.Construction.Number,
		a.Supervision.Number, a.Drawing
	if a.CostFen > 0 {
		to["cost"] = fmt.Sprintf("%d.%02d", a.CostFen/1_000_000, a.CostFen/10_000%100)
	}
	for name, d := range map[string]calendar.Day{"start_date": a.StartOn, "finish_date": a.FinishOn,
		"contract_date": a.Construction.SignedOn} {
		if d != 0 {
			to[name] = d
		}
	}
}

// checklist is what was asked for, and whether it is there.
func checklist(c workflow.Case, county workflow.County) []any {
	ch, err := county.Chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return nil
	}
	var list []any
	for _, p := range ch.Papers {
		if p.Applicants() {
			list = append(list, fields{"name": p.Name, "present": p.Held(workflow.Facts{Chain: ch, Case: c, County: county})})
		}
	}
	return list
}

func measured(to fields, c workflow.Case) {
	r, ok := c.Latest(glossary.MeasuredKind)
	if !ok {
		return
	}
	m := workflow.Recorded[forms.MeasuredHouse](r)
	to["actual_homestead_area"], to["actual_footprint_area"], to["actual_floors"],
		to["actual_height"] = m.Actual.HomesteadArea, m.Actual.FootprintArea, m.Actual.Floors, m.Actual.Height
	to["old_house_disposal"], to["operator"] = m.OldHouse, m.Operator
	opinions := fields{}
	for name, k := range map[string]glossary.RecordKind{"agriculture": glossary.LandOpinionKind,
		"natural_resources": glossary.PlanOpinionKind} {
		if said, ok := c.Latest(k); ok {
			opinions[name] = fields{"opinion": workflow.Recorded[forms.LandOpinion](said).Opinion, "date": said.At}
		}
	}
	to["opinions"] = opinions
	finished(to, c)
}

func finished(to fields, c workflow.Case) {
	a := workflow.Applied[forms.CompletionApplication](c)
	if a.StartedOn != 0 {
		to["start_date"] = a.StartedOn
	}
	if a.FinishedOn != 0 {
		to["finish_date"] = a.FinishedOn
	}
}

func completed(to fields, c workflow.Case) {
	finished(to, c)
	if r, ok := c.Latest(glossary.CompletionSheetKind); ok {
		s := workflow.Recorded[forms.CompletionSheet](r)
		checks := fields{}
		for name, sound := range map[string]bool{"site": s.Site, "foundation": s.Foundation, "structure": s.Structure,
			"seismic": s.Seismic, "roof": s.Roof, "stairs": s.Stairs,
			"openings": s.Openings, "water": s.Water, "electric": s.Electrics, "fire": s.Fire, "style": s.Appearance,
			"drawing": s.Drawings, "papers": s.Papers} {
			result := "failed"
			if sound {
				result = "passed"
			}
			checks[name] = fields{"result": result}
		}
		to["checks"] = checks
	}
	opinions := fields{}
	for name, k := range map[string]glossary.RecordKind{"applicant": glossary.OwnerOpinionKind,
		"designer": glossary.DesignOpinionKind, "builder": glossary.BuildOpinionKind,
		"supervising_engineer": glossary.SupervisionOpinionKind} {
		if r, ok := c.Latest(k); ok {
			o := workflow.Recorded[forms.PartyOpinion](r)
			text := "合格"
			if o.Opinion != "pass" {
				text = "不合格：" + o.Reason
			}
			opinions[name] = fields{"opinion": text, "head": o.Name, "date": r.At}
		}
	}
	to["opinions"], to["result"] = opinions, "passed"
}

func violation(to fields, c workflow.Case, d workflow.Document) {
	v := workflow.Applied[forms.Finding](c)
	names := map[string]string{"no_planning_permit": "no_permit", "against_permit": "against_permit",
		"no_start_registration": "no_registration"}
	var grounds []string
	for _, g := range v.Grounds {
		if n := names[g]; n != "" {
			grounds = append(grounds, n)
		} else if !slices.Contains(grounds, "other") {
			grounds = append(grounds, "other")
		}
	}
	to["violation"] = fields{"place": v.Address, "works": fmt.Sprintf("建筑面积%s平方米，%d层，跨度%s米", v.Area, v.Floors, v.MaxSpan),
		"grounds": grounds, "facts": v.Facts, "evidence": v.Evidence,
		"planning":     slices.Contains(grounds, "no_permit") || slices.Contains(grounds, "against_permit"),
		"registration": slices.Contains(grounds, "no_registration")}
	orders := []string{"stop"}
	if d.Kind.Sheet() == "rectify" {
		orders = append(orders, "rectify")
		to["rectification"] = to["items"]
		if slices.Contains(grounds, "no_registration") {
			orders = append(orders, "appraise")
		}
	}
	delete(to, "items") // a list on another form
	to["orders"] = orders
	to["service"] = fields{"receiver": to["recipient"]}
}

func business(to fields, c workflow.Case, d workflow.Document, f papers.PaperFacts, county workflow.County) {
	b := workflow.Applied[forms.BusinessApplication](c)
	kinds := map[string]string{"individual_business": "个体工商户", "company": "公司", "cooperative": "合作社", "other": "其他"}
	registrar := officeOf(f, workflow.Document{Issuer: county.Chains.Desk(glossary.Authority, c).Title()})
	to["business"] = fields{"name": b.Name, "kind": kinds[b.Kind], "scope": b.Scope, "registrar": registrar}
	to["operator"] = fields{"name": b.Operator}
	to["premises"] = fields{"address": b.Address, "trade": b.Trade, "trade_authority": b.Overseer,
		"title": b.Title, "area": b.Area, "floors": b.Floors}
	for _, l := range f.Lines {
		if l.Verb == string(glossary.Complete) {
			said := fields{}
			decision(said, l)
			part := to["business"].(fields)
			part["credit_code"], part["registered_on"] = said["credit_code"], said["registered_on"]
		}
	}
	switch d.Kind.Sheet() {
	case "push":
		to["push"] = fields{"serial": to["serial"], "at": d.IssuedAt}
	case "check":
		if r, ok := c.Latest(glossary.PremisesCheckKind); ok {
			p := workflow.Recorded[forms.PremisesCheck](r)
			result := "unqualified"
			if p.Qualified {
				result = "qualified"
			}
			check := fields{"use": p.Use, "fire": p.Fire, "photos": p.Photos, "result": result, "reason": p.Reason,
				"inspectors": p.Checkers, "on": p.CheckedOn}
			if a, ok := chains.Acceptance(county.Chains, c); ok {
				check["acceptance"], check["acceptance_no"] = true, a.Number
			} else {
				check["acceptance"] = false
			}
			if r, ok := c.Latest(glossary.AppraisalKind); ok {
				a := workflow.Recorded[forms.AppraisalReport](r)
				check["appraiser"], check["appraisal"] = a.Agency, a.Grade+"级"
			}
			to["check"] = check
		}
	case "stop":
		stop := fields{"reported_to": registrar, "report": to["body"]}
		for _, l := range f.Lines {
			if l.Verb == string(glossary.Stop) {
				said := fields{}
				decision(said, l)
				stop["at"], stop["method"], stop["facts"] = l.At, said["means"], said["facts"]
			}
		}
		to["stop"] = stop
	case "order":
		to["order"] = fields{"facts": to["facts"], "articles": to["articles"], "change_by": to["change_by"]}
	}
}

// archiveIndex lists what the household's file holds (F33): every paper issued on its cases.
func archiveIndex(to fields, c workflow.Case) {
	var list []any
	all := append(slices.Clone(c.Siblings), c)
	slices.SortFunc(all, func(a, b workflow.Case) int { return int(a.ID - b.ID) })
	for _, k := range all {
		for _, d := range k.File.Documents {
			name := d.Title
			if d.Voided != "" {
				name += "（作废）"
			}
			list = append(list, fields{"name": name, "no": d.Number, "date": d.IssuedAt, "retention": "永久"})
		}
	}
	to["documents"] = list
	to["household_no"] = fmt.Sprint(c.Household)
}
