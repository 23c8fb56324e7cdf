package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// The conditions of patrol and hazards.
var (
	// ForReferral holds for what the township may not dispose of: an other building (R110), or land taken unlawfully
	// (A26).
	ForReferral = condition("for_referral", "R110", "", "低层房屋的违法行为由乡镇处置（R109），不移送",
		func(f Facts) bool { return refers(f.Case) })
	// OfTheTownship is R109: low-rise houses.
	OfTheTownship = condition("of_the_township", "R110", "", "其他房屋和非法占地的，制止后应移送县级部门处置（R110、A26）",
		func(f Facts) bool { return !refers(f.Case) })
	ReferralReceived = onRecord("referral_received", "R116", ReferralReceiptKind, "接收机关须登记移送函的接收回执",
		func(forms.ReceivedNote, Facts) bool { return true })
	Rechecked = condition("rechecked", "R124", "record:"+string(RecheckKind), "须有两名以上工作人员复查并登记整改到位",
		func(f Facts) bool {
			r, ok := f.Case.Latest(RecheckKind)
			return ok && !r.At.Before(f.Case.EnteredAt) && Recorded[forms.Recheck](r).Done
		})
	// AppraisedForLateStart is R125: a house begun without registration is appraised before anything is handled for it.
	AppraisedForLateStart = Conditions{{Name: "appraised", Rule: "R125", By: "record:" + string(AppraisalKind),
		Message: "未办开工登记擅自开工的，须经技术鉴定达到标准后方可结案补办（R125）",
		Holds: func(f Facts) bool {
			if !Applied[forms.Finding](f.Case).Has("no_start_registration") ||
				Applied[forms.Finding](f.Case).Class() != forms.LowRise {
				return true
			}
			_, ok := newestAppraisal(f.Case)
			return ok && appraisalWrong(f) == ""
		}, Detail: appraisalWrong}}
	GradedGeneral = condition("graded_general", "R114", "", "重大隐患须立即停止房屋使用（R115）",
		func(f Facts) bool { return gradeOf(f.Case) == "general" })
	GradedMajor = condition("graded_major", "R115", "", "一般隐患由乡镇指导修缮（R114）",
		func(f Facts) bool { return gradeOf(f.Case) == "major" })
)

// refers tells whether the violation belongs to a county bureau.
func refers(c Case) bool {
	v := Applied[forms.Finding](c)
	return v.Class() == forms.OtherBuilding || v.Has("illegal_land")
}

// gradeOf is the grade of a hazard, as the marks keep it.
func gradeOf(c Case) string {
	major, general := c.File.Marks[GradeMajor], c.File.Marks[GradeGeneral]
	switch {
	case !major.IsZero() && !major.Before(general):
		return "major"
	case !general.IsZero():
		return "general"
	}
	return ""
}
