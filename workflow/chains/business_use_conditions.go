package chains

import (
	"fmt"
	"strings"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/trades"
)

// The conditions of business use.
var (
	SafetyPromised = condition("safety_promised", "R95", "", "申请人须书面承诺房屋安全、消防和如实申报",
		func(f Facts) bool { return Applied[forms.BusinessApplication](f.Case).Promised })
	// ProofBeforeRegistration is the county's switch of A24.
	ProofBeforeRegistration = condition("safety_proof_first", "A24", "record:"+string(AppraisalKind),
		"县里规定登记前须有房屋安全证明：请先办理竣工验收或提交鉴定报告",
		func(f Facts) bool { return !f.County.Parameters.ProofBeforeRegistration || proven(f) })
	PremisesChecked = onRecord("premises_checked", "R100", PremisesCheckKind, "须有两名以上工作人员核查并登记核查表",
		func(p forms.PremisesCheck, _ Facts) bool {
			return len(forms.TwoPeople("", p.Checkers, "")) == 0
		})
	PremisesQualified = ifRecorded("premises_qualified", "R102", PremisesCheckKind, "核查结论为不符合，请制止经营活动并报告",
		func(p forms.PremisesCheck, _ Facts) bool { return p.Qualified })
	// AcceptedOrAppraised is R100, R101 and A24: business use is not passed without an acceptance or a passing appraisal.
	AcceptedOrAppraised = Conditions{{Name: "accepted_or_appraised", Rule: "R101", By: "record:" + string(AppraisalKind),
		Message: "没有竣工验收资料的，须有名录中鉴定机构的合格鉴定报告", Holds: proven,
		Detail: appraisalWrong}}
	AppraisalSound = Conditions{{Name: "appraisal_sound", Rule: "A27", By: "record:" + string(AppraisalKind),
		Message: "须登记名录中鉴定机构出具的鉴定报告",
		Holds: func(f Facts) bool {
			_, ok := newestAppraisal(f.Case)
			return ok && agencyWrong(f) == ""
		}, Detail: agencyWrong}}
	// NotOutOfUse is R115: what the township has put out of use, or is about to, is passed for no business.
	NotOutOfUse = Conditions{{Name: "not_out_of_use", Rule: "R115", By: "case:hazard",
		Message: "该户房屋因重大安全隐患停止使用，解除停用后方可核查通过",
		Holds:   func(f Facts) bool { return outOfUse(f.Case) == "" },
		Detail: func(f Facts) string {
			return "该户房屋停止使用（" + outOfUse(f.Case) + "），解除停用后方可核查通过（R115）"
		}}}
	ChangeOverdue = condition("change_overdue", "R105", "time", "通知书载明的变更期限尚未届满", func(f Facts) bool {
		return calendar.DayOf(f.Now) > f.Case.File.Day(DueStated)
	})
	OrderServed     = handedOver("order_served", "R103", ChangeOrderDoc, "责令限期变更通知书尚未送达市场主体，请先送达并登记")
	EnforcementDone = onRecord("enforcement_done", "R105", EnforcementKind, "须登记立案或处理结果", func(forms.Enforcement, Facts) bool { return true })
)

// proven tells whether the house was accepted, its acceptance from before the system is on record, or an appraisal
// passes it (R100, R101, A24).
func proven(f Facts) bool {
	if _, ok := houses.Acceptance(f.County.Chains, f.Case); ok {
		return true
	}
	if _, here := houses.Permit(f.County.Chains, f.Case); !here {
		if e := Applied[forms.BusinessApplication](f.Case).Earlier; e != nil && e.AcceptanceNo != "" {
			return true
		}
	}
	_, ok := newestAppraisal(f.Case)
	return ok && appraisalWrong(f) == ""
}

// outOfUse names the case by which a house of the household is out of use: its hazard was graded major or its use
// stopped, and neither is lifted.
func outOfUse(c Case) string {
	for _, s := range c.Siblings {
		if _, stopped := s.Document(UseStopDoc); s.Open() && (stopped || gradeOf(s) == "major") {
			return s.Number
		}
	}
	return ""
}

// newestAppraisal is the newest report on the case. A periodic check does not ask for another.
func newestAppraisal(c Case) (Record, bool) {
	for i := len(c.File.Records) - 1; i >= 0; i-- {
		if c.File.Records[i].Kind == AppraisalKind {
			return c.File.Records[i], true
		}
	}
	return Record{}, false
}

func agencyWrong(f Facts) string {
	r, ok := newestAppraisal(f.Case)
	if !ok {
		return ""
	}
	a := Recorded[forms.AppraisalReport](r)
	c, listed := f.County.Contractors[strings.TrimSpace(a.Agency)]
	if !listed || c.Kind != trades.AppraisalAgency {
		return fmt.Sprintf("鉴定机构 %s 不在名录中，其报告不予采用（A27）", a.Agency)
	}
	return c.Refuses(trades.Appraise, a.ReportedOn)
}

func appraisalWrong(f Facts) string {
	if why := agencyWrong(f); why != "" {
		return why
	}
	if r, ok := newestAppraisal(f.Case); ok {
		if a := Recorded[forms.AppraisalReport](r); !a.Meets || a.Grade == "C" || a.Grade == "D" {
			return fmt.Sprintf("鉴定结论为 %s 级，未达到标准", a.Grade)
		}
	}
	return ""
}
