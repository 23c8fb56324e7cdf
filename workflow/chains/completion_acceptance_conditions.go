package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
)

// The conditions of an acceptance.
var (
	// Started is R74 and R91: no acceptance without a start, or its papers from before the system.
	Started = Conditions{{Name: "start_registered", Rule: "R74", By: "case:construction_start.low_rise",
		Message: "没有开工登记或施工许可，不能申请竣工验收",
		Holds:   func(f Facts) bool { return hasStart(f, "construction_start.low_rise") }}}
	StartedOther = Conditions{{Name: "start_permitted", Rule: "R91", By: "case:construction_start.other",
		Message: "没有施工许可，不能申请竣工验收",
		Holds:   func(f Facts) bool { return hasStart(f, "construction_start.other") }}}
	OneAcceptance = Conditions{{Name: "one_acceptance", Rule: "A29", Message: "该房屋已经通过竣工验收", Holds: func(f Facts) bool {
		_, done := houses.Acceptance(f.County.Chains, f.Case)
		return !done ||
			houses.HouseCase(f.County.Chains, f.Case) == 0 // of houses older than the system a household may have several
	}}}
	// FourSigned is R75: the household, the designer, the builder, the supervising engineer, each by his own hand.
	FourSigned = All(signedBy(OwnerOpinionKind, "申请人（建房户）"), signedBy(DesignOpinionKind, "设计方"),
		signedBy(BuildOpinionKind, "施工方"),
		signedBy(SupervisionOpinionKind, "监理方"))
	ItemsSound = onRecord("items_sound", "R75", CompletionSheetKind, "竣工验收表的检查项目须逐项合格，且有两名以上工作人员到场；有不合格的请作出不合格结论",
		func(s forms.CompletionSheet, _ Facts) bool {
			return s.Sound() && len(forms.TwoPeople("", s.Inspectors, "")) == 0
		})
	// WithinPermit blocks an overrun: what was built is held to what was permitted (A21, F06).
	WithinPermit = Conditions{{Name: "within_permit", Rule: "A21", By: "record:" + string(MeasuredKind),
		Message: "须登记验收意见表，实际面积、层数和高度不超过许可",
		Holds:   func(f Facts) bool { why, ok := overrun(f); return ok && why == "" },
		Detail: func(f Facts) string {
			if why, _ := overrun(f); why != "" {
				return why + "，不能通过验收，请作出不合格结论并责令整改（A21）"
			}
			return ""
		}}}
	// LandConforms wants the columns of F06, each by its own office (A9, A21).
	LandConforms = All(conforms(LandOpinionKind, "农业农村"), conforms(PlanOpinionKind, "自然资源（规划）"))
	FilingPapers = condition("material_CA02", "R92", "material:CA02", "缺少材料“竣工验收备案表及备案文件”，请上传扫描件",
		func(f Facts) bool { return f.Case.HasMaterial("CA02") })
)

func hasStart(f Facts, chain ChainID) bool {
	all, c := f.County.Chains, f.Case
	s, ok := houses.Start(all, c)
	if ok {
		return s.Chain == chain
	}
	if _, here := houses.Permit(all, c); here {
		return false // the system has the house, and no start of it
	}
	e := Applied[forms.CompletionApplication](c).Earlier
	return e != nil && e.StartNo != "" && e.Limits != nil
}

// overrun says what was built beyond the permit; false while nothing was measured or nothing is known to measure it by.
func overrun(f Facts) (string, bool) {
	c := f.Case
	r, ok := c.Latest(MeasuredKind)
	if !ok {
		return "", false
	}
	most, ok := houses.Permitted(f.County.Chains, c, Applied[forms.CompletionApplication](c).Earlier)
	if !ok {
		return "", false
	}
	return Recorded[forms.MeasuredHouse](r).Actual.Over(most), true
}

func conforms(k RecordKind, column string) Conditions {
	return onRecord(string(k), "A21", k, "验收意见表须有"+column+"一栏与批准内容一致的意见，由该栏的办公室填写",
		func(o forms.LandOpinion, _ Facts) bool { return o.Conforms })
}

func signedBy(k RecordKind, who string) Conditions {
	return Conditions{{Name: string(k), Rule: "R75", By: "record:" + string(k), Message: "须有" + who + "签字认为合格（四方验收，R75）",
		Holds: func(f Facts) bool {
			r, ok := f.Case.Latest(k)
			return ok && Recorded[forms.PartyOpinion](r).Opinion == "pass"
		}}}
}
