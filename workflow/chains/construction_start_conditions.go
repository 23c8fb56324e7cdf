package chains

import (
	"fmt"
	"strings"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/law"
	"anju/workflow/trades"
)

// The conditions under which building may begin.
var (
	GuidanceGiven = onRecord("guidance_given", "R62", GuidanceKind, "须先一次告知所需资料并由申请人签收（A38）",
		func(forms.GuidanceNotice, Facts) bool { return true })

	// PermitIssued is R63, R64 and A19: no start before the planning permit is with the household, or recorded for an
	// older house.
	PermitIssued = Conditions{{Name: "permit_issued", Rule: "R64", By: "case:homestead",
		Message: "尚未核发乡村建设规划许可证，不能办理开工手续（R64）",
		Holds: func(f Facts) bool {
			_, ok := houses.Permitted(f.County.Chains, f.Case, Applied[forms.StartApplication](f.Case).Earlier)
			return ok
		}}}
	// PermitOfTheSystem keeps papers from before the system out where the system has the permit.
	PermitOfTheSystem = condition("permit_of_the_system", "A29", "", "本户在系统中已有规划许可，应以其为准，不能另填系统以前的手续", func(f Facts) bool {
		_, here := houses.Permit(f.County.Chains, f.Case)
		return !here || Applied[forms.StartApplication](f.Case).Earlier == nil
	})
	// PermitValid is A31: what has expired permits nothing.
	PermitValid = Conditions{{Name: "permit_valid", Rule: "A31", Message: "宅基地批准书已过有效期，请先办理延续",
		Holds: func(f Facts) bool {
			to := houses.ValidTo(f.County.Chains, f.Case)
			return to == 0 || calendar.DayOf(f.Now) <= to
		},
		Detail: func(f Facts) string {
			return fmt.Sprintf("宅基地批准书有效期至 %s，已经届满，请先办理延续（A31）", houses.ValidTo(f.County.Chains, f.Case))
		}}}
	// AsPermitted is what the permit limits: area, floors, height.
	AsPermitted = Conditions{{Name: "as_permitted", Rule: "R64", Message: "超过规划许可的内容，请先办理规划许可变更",
		Holds: func(f Facts) bool { return exceeds(f) == "" },
		Detail: func(f Facts) string {
			return exceeds(f) + "，请先办理规划许可变更（行政许可法49）"
		}}}
	IsLowRise = condition("is_low_rise", "R7", "", "不是低层房屋（300㎡以内、两层以下、跨度小于6米、用途在列），请办理施工许可（R8）",
		func(f Facts) bool {
			return Applied[forms.StartApplication](f.Case).Class() == forms.LowRise
		})
	IsOtherBuilding = condition("is_other_building", "R8", "", "属于低层房屋，请办理开工登记（R7）",
		func(f Facts) bool {
			return Applied[forms.StartApplication](f.Case).Class() == forms.OtherBuilding
		})
	OneStart = Conditions{{Name: "one_start", Rule: "A29", Message: "该房屋已有开工手续",
		Holds: func(f Facts) bool { return otherStart(f) == "" },
		Detail: func(f Facts) string {
			return "该房屋已有开工手续 " + otherStart(f) + "，请先办结或撤回"
		}}}
	// NoOpenViolation is R125: after an unregistered start nothing is registered before the violation is closed.
	NoOpenViolation = Conditions{{Name: "no_open_violation", Rule: "R125", By: "case:violation",
		Message: "该户有违法建设案件尚未结案，结案后方可办理",
		Holds:   func(f Facts) bool { return openViolation(f) == "" },
		Detail: func(f Facts) string {
			return "该户违法建设案件 " + openViolation(f) + " 尚未结案，经鉴定、复查结案后方可办理（R125）"
		}}}

	SurveyorEngaged   = engaged(trades.Survey, "R83", "勘察单位")
	DesignerEngaged   = engaged(trades.Design, "R65", "设计方")
	BuilderEngaged    = engaged(trades.Build, "R66", "施工方")
	SupervisorEngaged = engaged(trades.Supervise, "A18", "监理方")
	// OtherEngaged is R83, R85 and R86: who works on an other building; OtherBuilder is its builder alone.
	OtherEngaged = All(SurveyorEngaged, engaged(trades.Design, "R85", "设计方"), OtherBuilder, engaged(trades.Supervise, "R86", "监理方"))
	OtherBuilder = engaged(trades.Build, "R86", "施工方")
	// BuilderIsOrg is R10 and A18: a person designs and supervises and does not build, unless the township head lets him,
	// with reasons.
	BuilderIsOrg = condition("builder_is_organisation", "A18", "record:"+string(OverrideKind),
		"施工只能由单位承揽（R9、R10），请改由合作社或公司签约；确需放行的，由乡镇负责人写明理由",
		func(f Facts) bool {
			code := strings.TrimSpace(Applied[forms.StartApplication](f.Case).Builder)
			if f.County.Contractors[code].Kind != trades.ContractorPerson {
				return true
			}
			r, ok := f.Case.Latest(OverrideKind)
			return ok && Recorded[forms.ContractorOverride](r).Code == code
		})
	// QualifiedUnits is R85 and R86: an other building wants units with qualifications, none of the rural organisations of
	// R9.
	QualifiedUnits = condition("qualified_units", "R86", "", "其他房屋须由具备相应资质的设计、施工、监理单位承揽（R85、R86）", func(f Facts) bool {
		for _, e := range Applied[forms.StartApplication](f.Case).Engaged() {
			if c, ok := f.County.Contractors[e.Code]; ok && c.Basis != "qualified_unit" {
				return false
			}
		}
		return true
	})
	ContractsMade  = contracts("R66")
	OtherContracts = contracts("R86")

	StartSurveyed = onRecord("site_visited", "R71", SiteRecordKind, "须有两名以上工作人员现场勘察，且放线与许可一致",
		func(s forms.SiteRecord, _ Facts) bool {
			return s.Matches && len(forms.TwoPeople("", s.Surveyors, "")) == 0
		})
	StartSeen = onRecord("site_visited", "R89", SiteRecordKind, "须有两名以上工作人员现场勘察并登记",
		func(s forms.SiteRecord, _ Facts) bool { return len(forms.TwoPeople("", s.Surveyors, "")) == 0 })
	Guided = onRecord("bureau_guided", "R89", BureauGuidanceKind, "须有县行政审批局的授权指导意见（R89）",
		func(forms.BureauGuidance, Facts) bool { return true })
	Served = handedOver("served", "R53", ConstructionPermitDoc, "证书尚未送达，请登记送达回证")
	// BegunInTime is Building Law Art. 9: who has not begun within the time of the permit has none.
	BegunInTime = onRecord("begun_in_time", "R90", CommencementKind, "须登记在许可证期限内开工的日期（建筑法9）；逾期未开工的许可证自行废止",
		func(s forms.Commencement, f Facts) bool {
			return s.StartedOn <= f.Case.File.Day(BeginBy)
		})
	// MayPutOff is Building Law Art. 9: twice, and before the time is over.
	MayPutOff = condition("may_put_off", "R90", "", "开工延期以两次为限，且应在期限届满前申请（建筑法9）", func(f Facts) bool {
		n := 0
		for _, r := range f.Case.File.Records {
			if r.Kind == PermitExtensionKind {
				n++
			}
		}
		return n < 2 && calendar.DayOf(f.Now) <= f.Case.File.Day(BeginBy)
	})
	// BeginLapsed holds once the time to begin is over.
	BeginLapsed = condition("begin_lapsed", "R90", "time", "许可证规定的开工期限尚未届满", func(f Facts) bool {
		return calendar.DayOf(f.Now) > f.Case.File.Day(BeginBy)
	})
)

func exceeds(f Facts) string {
	s := Applied[forms.StartApplication](f.Case)
	most, ok := houses.Permitted(f.County.Chains, f.Case, s.Earlier)
	if !ok {
		return ""
	}
	return s.Measures(most.HomesteadArea).Over(most)
}

func otherStart(f Facts) string {
	all, c := f.County.Chains, f.Case
	s, _ := houses.Newest(all, c, StartsHouse, func(s Case) bool { // a draft belongs to no house
		return houses.Owns(all, s, c) && (s.Outcome == "" || s.Outcome == Granted) && houses.HouseCase(all, c) != 0
	})
	return s.Number
}

func openViolation(f Facts) string {
	s, _ := houses.Newest(f.County.Chains, f.Case, PolicesHouse, Case.Open)
	return s.Number
}

func contracts(r law.Rule) Conditions {
	return condition("contracts_made", r, "", "须填写与施工方、监理方签订的书面合同编号（"+string(r)+"）", func(f Facts) bool {
		s := Applied[forms.StartApplication](f.Case)
		return strings.TrimSpace(s.Construction.Number) != "" && strings.TrimSpace(s.Supervision.Number) != ""
	})
}

// engaged wants a contractor of the register for a work: who is not on it, was struck from it, or is not registered for
// the work, does none (R9–R11, R19).
func engaged(w trades.Work, r law.Rule, who string) Conditions {
	code := func(f Facts) string {
		for _, e := range Applied[forms.StartApplication](f.Case).Engaged() {
			if e.Work == w {
				return e.Code
			}
		}
		return ""
	}
	why := func(f Facts) string {
		n := code(f)
		c, listed := f.County.Contractors[n]
		switch {
		case n == "":
			return "须有" + who + "，请从名录中选择"
		case !listed:
			return fmt.Sprintf("%s %s 不在承揽名录中，请从名录中选择或先到县住建局登记", who, n)
		}
		if w == trades.Build && c.Kind == trades.ContractorPerson && len(c.Work) > 0 {
			return c.Refuses(c.Work[0], calendar.DayOf(f.Now)) // whether he may build is A18's question
		}
		return c.Refuses(w, calendar.DayOf(f.Now))
	}
	return Conditions{{Name: string(w) + "_engaged", Rule: r, Message: "须有名录中的" + who,
		Holds: func(f Facts) bool { return why(f) == "" }, Detail: why}}
}
