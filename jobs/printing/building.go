package printing

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/houses"
)

// The papers of building: F06 and F08 to F13.

// measured fills F06: what was built, beside what was permitted, with the opinions of those who judged it (A21).
func measured(p filling) {
	p.finished()
	r, ok := p.c.Latest(glossary.MeasuredKind)
	if !ok {
		return
	}
	m := workflow.Recorded[forms.MeasuredHouse](r)
	for name, v := range map[string]any{"actual_homestead_area": m.Actual.HomesteadArea,
		"actual_footprint_area": m.Actual.FootprintArea, "actual_floors": m.Actual.Floors, "actual_height": m.Actual.Height,
		"old_house_disposal": m.OldHouse, "operator": m.Operator, "sketch_date": r.At} {
		p.to[name] = v
	}
	opinions := p.part("opinions")
	for name, k := range map[string]glossary.RecordKind{"agriculture": glossary.LandOpinionKind,
		"natural_resources": glossary.PlanOpinionKind} {
		if said, ok := p.c.Latest(k); ok {
			opinions[name] = fields{"opinion": workflow.Recorded[forms.LandOpinion](said).Opinion,
				"head": p.writer(said), "date": said.At}
		}
	}
	if l, ok := p.act(glossary.InspectCompletion); ok {
		opinions["township"] = fields{"opinion": said(l)["conclusion"], "head": l.OfficerName, "date": l.At}
	}
}

// finished adds the days on which building began and ended, as the application for acceptance has them; the beginning
// is that of the start of construction where it has none.
func (p filling) finished() {
	if s, ok := houses.Start(p.county.Chains, p.c); ok {
		if r, ok := s.Latest(glossary.CommencementKind); ok {
			p.to["start_date"] = workflow.Recorded[forms.Commencement](r).StartedOn
		}
	}
	a := workflow.Applied[forms.CompletionApplication](p.c)
	if a.StartedOn != 0 {
		p.to["start_date"] = a.StartedOn
	}
	if a.FinishedOn != 0 {
		p.to["finish_date"] = a.FinishedOn
	}
}

// registration fills F08: the papers looked through, the site seen, and the conclusion (R70 to R73).
func registration(p filling) {
	p.put("form_taken_on", calendar.DayOf(p.c.OpenedAt))
	p.put("registered_on", p.d.IssuedAt)
	p.put("undertakings", []string{"builder", "applicant", "identity"})
	p.put("checklist", p.checklist())
	if l, ok := p.act(glossary.Accept); ok {
		p.put("checked_by", l.OfficerName)
		p.put("checked_on", l.At)
	}
	if r, ok := p.c.Latest(glossary.SiteRecordKind); ok {
		s := workflow.Recorded[forms.SiteRecord](r)
		near, _ := p.photographs(p.photosOf(r.Stage))
		p.to["survey"] = fields{"at": r.At, "surveyors": s.Surveyors, "matches": s.Matches, "conclusion": s.Findings,
			"photos": near}
	}
	if l, ok := p.issued(); ok {
		p.to["review"] = fields{"result": "agree", "reason": said(l)["opinion"], "head": l.OfficerName, "date": l.At}
	}
}

// completionChecks are the items of F09.
func completionChecks(s forms.CompletionSheet) fields {
	checks := fields{}
	for name, sound := range map[string]bool{"site": s.Site, "foundation": s.Foundation, "structure": s.Structure,
		"seismic": s.Seismic, "roof": s.Roof, "stairs": s.Stairs, "openings": s.Openings, "water": s.Water,
		"electric": s.Electrics, "fire": s.Fire, "style": s.Appearance, "drawing": s.Drawings, "papers": s.Papers} {
		checks[name] = fields{"result": map[bool]string{true: "passed", false: "failed"}[sound]}
	}
	return checks
}

// parties are the four who sign the acceptance of a house, by the kind of their opinion.
var parties = map[string]glossary.RecordKind{"applicant": glossary.OwnerOpinionKind,
	"designer": glossary.DesignOpinionKind, "builder": glossary.BuildOpinionKind,
	"supervising_engineer": glossary.SupervisionOpinionKind}

// signedByParties adds the opinions of the four parties (R75).
func (p filling) signedByParties() fields {
	opinions := p.part("opinions")
	for name, k := range parties {
		if r, ok := p.c.Latest(k); ok {
			o := workflow.Recorded[forms.PartyOpinion](r)
			text := "合格"
			if o.Opinion != "pass" {
				text = "不合格：" + o.Reason
			}
			opinions[name] = fields{"opinion": text, "head": o.Name, "date": r.At}
		}
	}
	return opinions
}

// completed fills F09: items, the four parties, the township (R75 to R77).
func completed(p filling) {
	p.finished()
	opinions := p.signedByParties()
	if r, ok := p.c.Latest(glossary.CompletionSheetKind); ok {
		s := workflow.Recorded[forms.CompletionSheet](r)
		p.to["checks"] = completionChecks(s)
		p.put("rectify", s.Note)
	}
	if l, ok := p.act(glossary.InspectCompletion); ok {
		opinions["township"] = fields{"opinion": said(l)["conclusion"], "head": l.OfficerName, "date": l.At}
		p.to["result"] = "passed"
	}
	if l, ok := p.issued(); ok && l.Verb == string(glossary.Archive) {
		p.put("archive_no", said(l)["archive_no"])
		p.put("archived_on", l.At)
	}
}

// contract fills F10 with what the start of construction says of it (R66).
func contract(p filling) {
	a := workflow.Applied[forms.StartApplication](p.c)
	of := p.part("contract")
	of["no"] = a.Construction.Number
	if a.CostFen > 0 {
		of["price"] = fmt.Sprintf("%d.%02d", a.CostFen/100, a.CostFen%100)
	}
	if a.Construction.SignedOn != 0 {
		of["signed_on"] = a.Construction.SignedOn
	}
	if builder, ok := p.to["builder"].(fields); ok {
		builder["credit_code"] = builder["certificate_no"]
	}
}

// permitApplication fills F11, which asks for a construction permit, with the opinions of those who examined it.
func permitApplication(p filling) {
	p.put("land_approval_no", p.to["homestead_certificate_no"])
	for name, code := range map[string]string{"funds": "CP11", "wage_guarantee": "CP11", "quality_undertaking": "CP06",
		"safety_undertaking": "CP07", "award_no": "CP04", "fire_review": "CP13", "air_defence": "CP12"} {
		if p.c.HasMaterial(code) {
			p.put(name, "见附件 "+code)
		}
	}
	a := workflow.Applied[forms.StartApplication](p.c)
	if !a.FireScope {
		p.put("fire_review", "不在审查范围")
	}
	if !a.CivilDefense {
		p.put("air_defence", "不在审查范围")
	}
	opinions := p.part("opinions")
	if r, ok := p.c.Latest(glossary.SiteRecordKind); ok {
		opinions["clerk"] = fields{"opinion": workflow.Recorded[forms.SiteRecord](r).Findings, "head": p.writer(r),
			"date": r.At}
	}
	if r, ok := p.c.Latest(glossary.BureauGuidanceKind); ok {
		opinions["reviewer"] = fields{"opinion": workflow.Recorded[forms.BureauGuidance](r).Opinion, "head": p.writer(r),
			"date": r.At}
	}
	if l, ok := p.act(glossary.Approve); ok {
		opinions["approver"] = opinion(l)
	}
}

// constructionPermit fills F12 (Building Law Art. 7, 8).
func constructionPermit(p filling) {
	p.put("scale", fmt.Sprintf("建筑面积%v平方米，%v层，高度%v米", p.to["building_area"], p.to["floors"], p.to["height"]))
	p.put("title", p.d.Title)
}

// completionFiling fills F13: the acceptance, and what the bureau filed (Quality Rules Art. 49).
func completionFiling(p filling) {
	p.finished()
	p.put("received_on", p.d.IssuedAt)
	p.put("filed_on", p.d.IssuedAt)
	if at, ok := p.c.File.Marks[glossary.Decided]; ok {
		p.put("accepted_on", at)
	}
	opinions := p.signedByParties()
	if o, ok := opinions["applicant"]; ok {
		opinions["owner"] = o
	}
	files := fields{"filing_form": "1份", "report": "1份"}
	p.to["files"] = files
	if l, ok := p.issued(); ok {
		opinions["authority"] = opinion(l)
		p.put("filing_head", l.OfficerName)
		p.put("filing_clerk", l.OfficerName)
	}
	p.put("quality_supervision", p.f.Offices[glossary.CountyHousingBureau])
}

// failedCompletion fills F39: why the acceptance failed, and what must be put right (R77).
func failedCompletion(p filling) {
	if l, ok := p.act(glossary.FailCompletion); ok {
		p.put("failure", l.Reason)
	}
	if l, ok := p.issued(); ok {
		p.put("rectification", said(l)["items"])
	}
}
