package printing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The papers of the township's review and decision: F03, F05, F26 to F28.

// departments are those of the county whose words the three offices give on F03 (A9).
var departments = map[string]glossary.Party{"natural_resources": glossary.PlanningOffice,
	"other": glossary.SocialAffairsOffice, "agriculture": glossary.EconomicOffice}

// approvalSheet fills F03: three opinions with their heads, the survey, and the decision (R50, R51).
func approvalSheet(p filling) {
	opinions := p.part("opinions")
	for department, office := range departments {
		r, ok := p.c.Latest(glossary.JointSheetKind, office)
		if !ok {
			continue
		}
		j := workflow.Recorded[forms.JointSheet](r)
		text := j.Reason
		if j.Opinion == "disagree" {
			text = fmt.Sprintf("不同意：%s（%s）", j.Reason, j.Article)
		}
		opinions[department] = fields{"opinion": text, "head": p.writer(r), "date": r.At}
	}
	if l, ok := p.issued(); ok {
		opinions["township"] = opinion(l)
	}
	if r, ok := p.c.Latest(glossary.SiteRecordKind); ok {
		s := workflow.Recorded[forms.SiteRecord](r)
		p.put("surveyors", s.Surveyors)
		p.put("survey_date", s.VisitedOn)
	}
}

// certificate fills F05: the house that is to go where the household moves (R30).
func certificate(p filling) {
	a := workflow.Applied[forms.Application](p.c)
	if a.Commitment.Days > 0 {
		p.put("remark", fmt.Sprintf("承诺新房建成后 %d 日内拆除旧房，退出原有宅基地。", a.Commitment.Days))
	}
	corrected(p)
}

// corrected lays what was corrected on a certificate over what was applied for (Licensing Law Art. 69).
func corrected(p filling) {
	for _, r := range p.c.File.Records {
		change, ok := sent(r)["corrected"].(map[string]any)
		if !ok || r.Kind != glossary.VoidKind {
			continue
		}
		number := sent(r)["number"]
		for _, d := range p.c.File.Documents {
			if d.Number == number && d.Kind.Form() == p.d.Kind.Form() {
				maps.Copy(p.part("approved"), change)
			}
		}
	}
}

// siteRecord fills F26: what was asked for beside what was found, item by item.
func siteRecord(p filling) {
	r, ok := p.c.Latest(glossary.SiteRecordKind)
	if !ok {
		return
	}
	s := workflow.Recorded[forms.SiteRecord](r)
	near, far := p.photographs(p.photosOf(r.Stage))
	p.part("site_record")["photos"] = strings.Trim(near+"；"+far, "；")
	p.part("site_record")["writer"] = p.writer(r)
	found := "与申请不一致，见核查情况"
	if s.Matches {
		found = "与申请一致"
	}
	checks := p.part("checks")
	for _, item := range []string{"location", "boundary", "area", "land_class"} {
		checks[item] = found
	}
	checks["buildings"], checks["hazards"] = s.Buildings, s.Hazards
	if people := len(p.f.Household.Members) + 1; p.ch.Role == workflow.PermitsHouse {
		checks["eligibility"] = fmt.Sprintf("户内 %d 人，现有宅基地 %s 平方米", people, p.f.Household.Current.HomesteadArea)
	} else {
		checks["eligibility"], checks["plan"] = "已取得建房手续", fmt.Sprintf("规划许可证 %v", p.to["planning_permit_no"])
	}
	if r, ok := p.c.Latest(glossary.VillageSheetKind); ok {
		v := workflow.Recorded[forms.VillageSheet](r)
		checks["plan"] = fmt.Sprintf("%s，图号 %s", map[string]string{"village_plan": "村庄规划",
			"township_spatial_plan": "乡镇国土空间规划"}[v.PlanBasis], v.PlanSheet)
	}
}

// photosOf is the code of the photographs that offices take in a stage, "" for none.
func (p filling) photosOf(stage glossary.State) string {
	i := slices.IndexFunc(p.ch.Papers, func(paper workflow.Paper) bool { return paper.During == stage })
	if i < 0 {
		return ""
	}
	return p.ch.Papers[i].Code
}

// jointReview fills F27: each office's opinion with its reviewer, the conclusion, and the instant from which the time
// for the decision counts (R50, R51).
func jointReview(p filling) {
	p.put("review_due_on", p.dueOn(law.L06.ID))
	sheets := p.part("joint_review_sheet")
	for _, office := range departments {
		if r, ok := p.c.Latest(glossary.JointSheetKind, office); ok {
			j := sent(r)
			j["at"], j["head"] = r.At, p.writer(r)
			sheets[string(office)] = j
		}
	}
	if r, ok := p.c.Latest(glossary.ConferKind); ok {
		confer := sent(r)
		confer["at"], confer["host"] = r.At, p.writer(r)
		p.to["confer"] = confer
	}
	l, ok := p.act(glossary.Forward, glossary.JointReview)
	if !ok {
		return
	}
	p.put("review_by", l.OfficerName)
	p.put("review_on", l.At)
	p.put("forwarded_at", l.At)
	p.put("review_conclusion", p.reviewSays())
}

// reviewSays sums up the opinions that stand.
func (p filling) reviewSays() string {
	var against []string
	for _, r := range p.records(glossary.JointSheetKind) {
		if j := workflow.Recorded[forms.JointSheet](r); j.Opinion == "disagree" {
			against = append(against, r.Party.Title())
		}
	}
	if len(against) == 0 {
		return "各办意见一致，同意，送审批。"
	}
	if r, ok := p.c.Latest(glossary.ConferKind); ok {
		if workflow.Recorded[forms.Confer](r).Result == "agree" {
			return strings.Join(against, "、") + "不同意，经会商同意，送审批。"
		}
	}
	return strings.Join(against, "、") + "不同意，送审批。"
}

// filingReport fills F28 with the officer who reports.
func filingReport(p filling) {
	if l, ok := p.issued(); ok {
		p.put("reporter", l.OfficerName)
	}
	var attached []string
	for _, k := range []glossary.DocumentKind{glossary.HomesteadCert, glossary.PlanningPermitDoc} {
		if d, ok := p.c.Document(k); ok {
			attached = append(attached, d.Title)
		}
	}
	p.put("attached", strings.Join(attached, "、"))
	p.put("receivers", strings.Join([]string{p.f.Offices[glossary.CountyAgricultureBureau],
		p.f.Offices[glossary.CountyNaturalResources]}, "、"))
}
