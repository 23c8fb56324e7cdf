package printing

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/law"
)

// fieldsOf gathers what a paper takes from elsewhere than its own case's application and records: the permit that a
// house follows, the register of contractors, limits, and the words for what the data holds as codes.
func fieldsOf(p filling) fields {
	if p.d.Issuer != "" {
		p.to["issuer"] = p.d.Issuer
	}
	p.permitFields()
	start := p.commencedBy()
	if a := workflow.Applied[forms.StartApplication](start); a.BuildingArea != 0 {
		p.startFields(a)
	}
	holder := p.f.Household.Householder
	p.to["owner"] = fields{"name": holder.Name, "project_manager": holder.Name, "representative": holder.Name,
		"kind": "农村居民", "address": holder.Domicile, "phone": holder.Phone}
	p.put("project_name", holder.Name+"住宅")
	p.to["party"] = fields{"name": holder.Name, "id_number": holder.IDNumber}
	p.put("review_to", p.f.Offices[glossary.CountyGovernment]) // of a township and of a bureau alike (Review Law Art. 24)
	p.put("market_bureau", p.f.Offices[glossary.CountyMarketBureau])
	p.put("service_center", p.f.Offices[glossary.ServiceCenter])
	p.dueDays()
	if at, ok := p.c.File.Marks[glossary.Received]; ok {
		p.put("applied_on", calendar.DayOf(at))
	}
	if fill := fillers[p.d.Kind.Form()]; fill != nil {
		fill(p)
	}
	return p.to
}

// dueDays adds the days by which the decision is owed, by law and as the county promises.
func (p filling) dueDays() {
	for _, x := range p.c.Deadlines {
		switch {
		case x.Limit != law.L08.ID && x.Limit != law.L15.ID:
		case x.Beside:
			p.to["promised_on"] = x.DueOn
		default:
			p.to["statutory_on"] = x.DueOn
		}
	}
	if p.to["promised_on"] == nil {
		p.to["promised_on"] = p.to["statutory_on"] // nothing shorter was promised
	}
}

// permitFields adds what the permit of an earlier case says of the house.
func (p filling) permitFields() {
	permit, permitted := houses.Permit(p.county.Chains, p.c)
	if !permitted || permit.ID == p.c.ID {
		return
	}
	h := workflow.Applied[forms.Application](permit).Proposed
	for name, v := range map[string]any{"location": h.Address, "boundary": h.Boundary, "build_type": h.BuildType,
		"approved_homestead_area": h.HomesteadArea, "approved_footprint_area": h.FootprintArea,
		"approved_floors": h.Floors, "approved_height": h.Height, "building_area": h.BuildingArea, "floors": h.Floors,
		"height": h.Height, "max_span": h.MaxSpan} {
		p.to[name] = v
	}
	p.to["proposed"] = h
	if doc, ok := permit.Document(glossary.PlanningPermitDoc); ok {
		p.to["planning_permit_no"] = doc.Number
	}
	if doc, ok := permit.Document(glossary.HomesteadCert); ok {
		p.to["homestead_certificate_no"], p.to["land_paper"] = doc.Number, doc.Title
	} else if c := p.f.Household.Current.CertificateNo; c != "" { // rebuilt on the old homestead (A14)
		p.to["homestead_certificate_no"], p.to["land_paper"] = c, "原宅基地权属证书"
	}
}

// commencedBy returns the case under which construction began, and adds the number of its certificate.
func (p filling) commencedBy() workflow.Case {
	start := p.c
	if s, ok := houses.Start(p.county.Chains, p.c); ok {
		start = s
		for _, k := range []glossary.DocumentKind{glossary.CommencementDoc, glossary.ConstructionPermitDoc} {
			if doc, ok := s.Document(k); ok {
				p.to["commencement_no"], p.to["construction_permit_no"] = doc.Number, doc.Number
			}
		}
	}
	return start
}

// startFields adds what the start of construction says: the house, who works on it, and the contracts.
func (p filling) startFields(a forms.StartApplication) {
	leads := forms.Leads{}
	if a.Leads != nil {
		leads = *a.Leads
	}
	for name, party := range map[string]struct {
		code string
		lead forms.Lead
	}{"surveyor": {a.Surveyor, leads.Survey}, "designer": {a.Designer, leads.Design}, "builder": {a.Builder, leads.Build},
		"supervising_engineer": {a.Supervisor, leads.Supervise}} {
		if k, ok := p.county.Contractors[party.code]; ok {
			p.to[name] = fields{"name": k.Name, "kind": k.Kind.Title(), "certificate_no": party.code, "grade": k.Qualification,
				"head": party.lead.Name}
		}
	}
	p.to["building_area"], p.to["floors"], p.to["height"], p.to["max_span"] = a.BuildingArea, a.Floors, a.Height, a.MaxSpan
	p.put("structure", structures[a.Structure])
	p.put("use", houseUses[a.Use])
	p.put("foundation", a.Foundation)
	p.put("construction_contract_no", a.Construction.Number)
	p.put("supervision_contract_no", a.Supervision.Number)
	p.put("drawing_source", a.Drawing)
	if a.CostFen > 0 {
		cost := fmt.Sprintf("%d.%02d", a.CostFen/1_000_000, a.CostFen/10_000%100)
		p.to["cost"], p.to["contract_price"] = cost, cost
	}
	for name, d := range map[string]calendar.Day{"start_date": a.StartOn, "finish_date": a.FinishOn,
		"contract_date": a.Construction.SignedOn} {
		if d != 0 {
			p.to[name] = d
		}
	}
}

var structures = map[string]string{"masonry": "砌体", "bottom_frame": "底框-抗震墙砌体", "reinforced_concrete": "钢筋混凝土",
	"steel": "钢", "timber": "木（竹）", "earth_or_stone": "土木或石木", "mixed": "混杂", "other": "其他"}

var houseUses = map[string]string{"residence": "自住", "office": "办公室", "police_room": "警务室", "clinic": "卫生室",
	"service_point": "便民服务点", "agro_workshop": "农产品加工作坊", "commercial": "经营", "other": "其他"}
