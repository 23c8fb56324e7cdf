package workflow

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/law"
)

// StartApplication is what the household states when building is to begin: F08 for a low-rise house, F11 for any other. Areas in ㎡,
// height and span in m, money in fen.
type StartApplication struct {
	BuildingArea  Decimal      `json:"building_area" doc:"建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"160.00"`
	FootprintArea Decimal      `json:"footprint_area" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"100.00"`
	Floors        int          `json:"floors" doc:"层数" minimum:"1" maximum:"20" example:"2"`
	Height        Decimal      `json:"height" doc:"高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"7.20"`
	MaxSpan       Decimal      `json:"max_span" doc:"最大跨度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"4.20"`
	Use           string       `json:"use" doc:"房屋用途" enum:"residence,office,police_room,clinic,service_point,agro_workshop,commercial,other" example:"residence"`
	Structure     string       `json:"structure" doc:"结构类型" enum:"masonry,bottom_frame,reinforced_concrete,steel,timber,earth_or_stone,mixed,other" example:"masonry"`
	Foundation    string       `json:"foundation,omitempty" doc:"基础形式" maxLength:"60" example:"条形基础"`
	StartOn       calendar.Day `json:"start_on,omitempty" required:"false" doc:"预计开工日期" format:"date"`
	FinishOn      calendar.Day `json:"finish_on,omitempty" required:"false" doc:"预计竣工日期" format:"date"`
	CostFen       int64        `json:"cost_fen,omitempty" doc:"工程造价（分）" minimum:"0" maximum:"100000000000" example:"18000000"`

	Designer   string `json:"designer,omitempty" doc:"设计方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU01J"`
	Builder    string `json:"builder,omitempty" doc:"施工方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU02M"`
	Supervisor string `json:"supervisor,omitempty" doc:"监理方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU03Q"`

	Construction Contract `json:"construction_contract" doc:"施工合同（附件1格式）"`
	Supervision  Contract `json:"supervision_contract,omitempty" required:"false" doc:"监理合同"`

	Drawing      string   `json:"drawing_source" doc:"图纸来源" enum:"generic_drawing,qualified_institute,qualified_person" example:"generic_drawing"`
	Contracting  string   `json:"contracting,omitempty" doc:"发包方式" enum:"bid_award_notice,self_contracting_record" example:"self_contracting_record"`
	FireScope    bool     `json:"in_fire_scope,omitempty" doc:"在消防审查范围内"`
	CivilDefense bool     `json:"in_civil_defense_scope,omitempty" doc:"在人防审查范围内"`
	Earlier      *Earlier `json:"earlier,omitempty" doc:"系统以前核发的手续（老房屋填写）"`
}

// Contract is what the system keeps of a contract; the contract itself is a paper (annex 1, F10).
type Contract struct {
	Number   string       `json:"number,omitempty" doc:"合同编号" maxLength:"60" example:"马村施〔2026〕6号"`
	SignedOn calendar.Day `json:"signed_on,omitempty" required:"false" doc:"签订日期" format:"date"`
}

// Class classifies the house that is to be built (R7, R8): fixed when building starts.
func (s StartApplication) Class() HouseClass {
	return Classify(s.BuildingArea, s.Floors, s.MaxSpan, s.Use)
}

// measures leaves the homestead out: a start does not change it.
func (s StartApplication) measures(homestead Decimal) Measures {
	return Measures{homestead, s.FootprintArea, s.BuildingArea, s.Floors, s.Height}
}

// Check finds what the fields contradict among themselves.
func (s StartApplication) Check(time.Time) []FieldError {
	var found []FieldError
	bad := func(wrong bool, field, msg string, r law.Rule) {
		if wrong {
			found = append(found, FieldError{field, msg, r})
		}
	}
	bad(s.BuildingArea == 0, "building_area", "建筑面积应大于 0，例如 200.00", "R7")
	bad(s.FootprintArea == 0 || s.FootprintArea > s.BuildingArea, "footprint_area", "房基占地面积应大于 0 且不超过建筑面积", "R7")
	bad(s.Height == 0, "height", "高度应大于 0，例如 7.20", "R7")
	bad(s.MaxSpan == 0, "max_span", "最大跨度应大于 0，例如 4.20", "R7")
	bad(s.FinishOn != 0 && s.StartOn != 0 && s.FinishOn < s.StartOn, "finish_on", "预计竣工日期不能早于预计开工日期", "R61")
	return found
}

// LowRiseStart is the StartApplication of a low-rise house (R61).
type LowRiseStart struct{ StartApplication }

// OtherStart is the StartApplication of any other house (R78).
type OtherStart struct{ StartApplication }

func exampleStart() StartApplication {
	return StartApplication{BuildingArea: 16000, FootprintArea: 9000, Floors: 2, Height: 720, MaxSpan: 420, Use: "residence", Structure: "masonry",
		Foundation: "条形基础", CostFen: 18_000_000, Designer: "91140824MA0ANJU01J", Builder: "91140824MA0ANJU02M", Supervisor: "91140824MA0ANJU03Q",
		Construction: Contract{Number: "马村施〔2026〕6号"}, Supervision: Contract{Number: "马村监〔2026〕6号"}, Drawing: "generic_drawing"}
}

// Example implements Form.
func (LowRiseStart) Example() any { return LowRiseStart{exampleStart()} }

// Example implements Form.
func (OtherStart) Example() any {
	s := exampleStart()
	s.BuildingArea, s.FootprintArea, s.Floors, s.Height, s.Structure, s.Contracting, s.Drawing = 27000, 9000, 3, 1020, "reinforced_concrete", "self_contracting_record", "qualified_institute"
	return OtherStart{s}
}

// Revised carries an application as amended, where anything changed.
type Revised[T Form] struct {
	BackEntry
	Application *T `json:"application,omitempty" doc:"修改后的申请（没有修改的不填）"`
}

// Amended implements Amending.
func (r *Revised[T]) Amended() Form {
	if r.Application == nil {
		return nil
	}
	return *r.Application
}

// Check holds the amended application to the same checks as a new one.
func (r Revised[T]) Check(now time.Time) []FieldError {
	if r.Application == nil {
		return nil
	}
	c, ok := any(*r.Application).(Checker)
	if !ok {
		return nil
	}
	found := c.Check(now)
	for i := range found {
		found[i].Field = "application." + found[i].Field
	}
	return found
}

// The applications as amended, one of each chain.
type (
	// AmendedLowRise carries the start of a low-rise house.
	AmendedLowRise struct{ Revised[LowRiseStart] }
	// AmendedOther carries the start of any other house.
	AmendedOther struct{ Revised[OtherStart] }
	// AmendedLowFinish carries the completion of a low-rise house.
	AmendedLowFinish struct{ Revised[LowRiseCompletion] }
	// AmendedFinish carries the completion of any other house.
	AmendedFinish struct{ Revised[OtherCompletion] }
	// AmendedBusiness carries the use of a house for business.
	AmendedBusiness struct{ Revised[BusinessApplication] }
)

// Example implements Form.
func (AmendedLowRise) Example() any { return AmendedLowRise{} }

// Example implements Form.
func (AmendedOther) Example() any { return AmendedOther{} }

// Example implements Form.
func (AmendedLowFinish) Example() any { return AmendedLowFinish{} }

// Example implements Form.
func (AmendedFinish) Example() any { return AmendedFinish{} }

// Example implements Form.
func (AmendedBusiness) Example() any { return AmendedBusiness{} }

// GuidanceNotice is the one-time notice of what to bring, given with the form before anything is handed in (R62, R78, R94, A38).
type GuidanceNotice struct {
	Version  string `json:"version" doc:"告知单版本" minLength:"1" maxLength:"40" example:"2026年第1版"`
	Receiver string `json:"receiver" doc:"签收人" minLength:"1" maxLength:"50" example:"王建国"`
	Note     string `json:"note,omitempty" doc:"说明" maxLength:"500"`
}

// Example implements Form.
func (GuidanceNotice) Example() any {
	return GuidanceNotice{Version: "2026年第1版", Receiver: "王建国"}
}

// ContractorOverride lets a person build (A18): the rules name only organisations, so it is the township head's reasoned act.
type ContractorOverride struct {
	Code   string `json:"code" doc:"施工方证书号" minLength:"1" maxLength:"40" example:"SXJJ-0824-0001"`
	Reason string `json:"reason" doc:"放行理由" minLength:"1" maxLength:"500" example:"该工匠经培训合格，房屋为一层住宅，村委会担保质量"`
}

// Example implements Form.
func (ContractorOverride) Example() any {
	return ContractorOverride{"SXJJ-0824-0001", "该工匠经培训合格，房屋为一层住宅，村委会担保质量"}
}

// Registration is the counter's signed consent to the start (R72).
type Registration struct {
	Opinion string `json:"opinion" doc:"审核意见" minLength:"1" maxLength:"500" example:"资料齐全，现场与许可一致，同意登记"`
}

// Example implements Form.
func (Registration) Example() any {
	return Registration{"资料齐全，现场与许可一致，同意登记"}
}

// StartDenial is why a start is not registered (R73, A19): facts and grounds, in writing.
type StartDenial struct {
	Facts    string `json:"facts" doc:"查明的事实" minLength:"1" maxLength:"2000" example:"放线位置超出许可的四至"`
	Articles string `json:"articles" doc:"依据" minLength:"1" maxLength:"500" example:"细则四(一)2"`
}

// Example implements Form.
func (StartDenial) Example() any {
	return StartDenial{"放线位置超出许可的四至", "细则四(一)2"}
}

// Staking is the measuring out of the house on site (A21, optional): at least two officers.
type Staking struct {
	StakedOn  calendar.Day `json:"staked_on,omitempty" required:"false" doc:"放线日期" format:"date"`
	Surveyors []string     `json:"surveyors" doc:"到场人员（不少于两人）" minItems:"1" maxItems:"10" example:"[\"李文\",\"周强\"]"`
	Matches   bool         `json:"matches" doc:"放线位置与许可一致" example:"true"`
	Note      string       `json:"note,omitempty" doc:"说明" maxLength:"500"`
}

// Example implements Form.
func (Staking) Example() any {
	return Staking{Surveyors: []string{"李文", "周强"}, Matches: true}
}

// Check wants two different officers.
func (s Staking) Check(time.Time) []FieldError { return twoPeople("surveyors", s.Surveyors, "A21") }

func (s *Staking) CheckCase(c Case, today calendar.Day) []FieldError {
	return between("staked_on", "放线日期", &s.StakedOn, c.begun(), today, "A21")
}

// PatrolVisit is one visit to a building site (R108, A25): which milestone, where, when, what was found. Position is latitude and
// longitude as the phone gave it.
type PatrolVisit struct {
	Milestone string       `json:"milestone" doc:"施工节点" enum:"staking,foundation,main_structure,roof,finished,other" example:"foundation"`
	VisitedOn calendar.Day `json:"visited_on,omitempty" required:"false" doc:"巡查日期" format:"date"`
	Position  string       `json:"position,omitempty" doc:"定位（纬度,经度）" pattern:"^-?[0-9]{1,2}(\\.[0-9]{1,8})?,-?[0-9]{1,3}(\\.[0-9]{1,8})?$" example:"35.601234,110.971234"`
	Photos    string       `json:"photos" doc:"照片说明" minLength:"1" maxLength:"300" example:"基础开挖近景、远景各一张"`
	Findings  string       `json:"findings" doc:"发现" minLength:"1" maxLength:"1000" example:"按图施工，未发现问题"`
	Sound     bool         `json:"sound" doc:"未发现违法违规" example:"true"`
}

// Example implements Form.
func (PatrolVisit) Example() any {
	return PatrolVisit{Milestone: "foundation", Position: "35.601234,110.971234", Photos: "基础开挖近景、远景各一张", Findings: "按图施工，未发现问题", Sound: true}
}

func (p *PatrolVisit) CheckCase(c Case, today calendar.Day) []FieldError {
	return between("visited_on", "巡查日期", &p.VisitedOn, c.begun(), today, "R108")
}

// BureauGuidance is the authority and guidance of the approval bureau to the counter that reviews for it (R89, A22).
type BureauGuidance struct {
	Authority string `json:"authority" doc:"授权或派驻依据" minLength:"1" maxLength:"200" example:"稷审批委〔2025〕3号"`
	Opinion   string `json:"opinion" doc:"指导意见" minLength:"1" maxLength:"1000" example:"资料符合要求，可以提请决定"`
}

// Example implements Form.
func (BureauGuidance) Example() any {
	return BureauGuidance{"稷审批委〔2025〕3号", "资料符合要求，可以提请决定"}
}

// ConstructionDecision is the approval bureau's decision on a construction permit (R90, A22).
type ConstructionDecision struct {
	HandSigned
	Opinion string `json:"opinion" doc:"审核批准意见" minLength:"1" maxLength:"1000" example:"符合条件，准予施工许可"`
}

// Example implements Form.
func (ConstructionDecision) Example() any {
	return ConstructionDecision{Opinion: "符合条件，准予施工许可"}
}

// ServiceRecord is F34: how a paper reached the one it is for.
type ServiceRecord struct {
	Method    string       `json:"method" doc:"送达方式" enum:"direct,lien,entrusted,post,electronic,public" example:"direct"`
	Recipient string       `json:"recipient" doc:"签收人或见证人" minLength:"1" maxLength:"50" example:"王建国"`
	ServedOn  calendar.Day `json:"served_on,omitempty" required:"false" doc:"送达日期" format:"date"`
}

// Example implements Form.
func (ServiceRecord) Example() any { return ServiceRecord{Method: "direct", Recipient: "王建国"} }

func (s *ServiceRecord) CheckCase(c Case, today calendar.Day) []FieldError {
	return between("served_on", "送达日期", &s.ServedOn, c.begun(), today, "R53")
}

// PermitExtension puts off the day by which building must begin: at most twice, three months each (Building Law Art. 9, F37).
type PermitExtension struct {
	Reason string `json:"reason" doc:"延期理由" minLength:"1" maxLength:"500" example:"雨季影响，未能按期开工"`
}

// Example implements Form.
func (PermitExtension) Example() any { return PermitExtension{"雨季影响，未能按期开工"} }

// Commencement is the day on which building began under a construction permit (Building Law Art. 9).
type Commencement struct {
	StartedOn calendar.Day `json:"started_on,omitempty" required:"false" doc:"实际开工日期" format:"date"`
	Reporter  string       `json:"reporter" doc:"报告人" minLength:"1" maxLength:"50" example:"王建国"`
}

// Example implements Form.
func (Commencement) Example() any { return Commencement{Reporter: "王建国"} }

func (s *Commencement) CheckCase(c Case, today calendar.Day) []FieldError {
	last := today
	if by := c.File.day(BeginBy); by != 0 && by < last && s.StartedOn == 0 {
		last = by
	}
	return between("started_on", "实际开工日期", &s.StartedOn, c.File.day(Decided), last, "R90")
}

// engaged lists who works on the house, in the order of the form.
func (s StartApplication) engaged() []struct {
	Field, Code string
	Work        Work
} {
	return []struct {
		Field, Code string
		Work        Work
	}{{"designer", strings.TrimSpace(s.Designer), Design}, {"builder", strings.TrimSpace(s.Builder), Build}, {"supervisor", strings.TrimSpace(s.Supervisor), Supervise}}
}

// The conditions under which building may begin.
var (
	GuidanceGiven = onRecord("guidance_given", "R62", GuidanceKind, "须先一次告知所需资料并由申请人签收（A38）", func(GuidanceNotice, Facts) bool { return true })

	// PermitIssued is R63, R64 and A19: no start before the planning permit is with the household, or recorded for an older house.
	PermitIssued = Conditions{{Name: "permit_issued", Rule: "R64", By: "case:homestead", Message: "尚未核发乡村建设规划许可证，不能办理开工手续（R64）",
		Holds: func(f Facts) bool {
			_, ok := permitted(f.County.Chains, f.Case, fact[StartApplication](f.Case).Earlier)
			return ok
		}}}
	// PermitOfTheSystem keeps papers from before the system out where the system has the permit.
	PermitOfTheSystem = condition("permit_of_the_system", "A29", "", "本户在系统中已有规划许可，应以其为准，不能另填系统以前的手续", func(f Facts) bool {
		_, here := Permit(f.County.Chains, f.Case)
		return !here || fact[StartApplication](f.Case).Earlier == nil
	})
	// PermitValid is A31: what has expired permits nothing.
	PermitValid = Conditions{{Name: "permit_valid", Rule: "A31", Message: "宅基地批准书已过有效期，请先办理延续",
		Holds: func(f Facts) bool {
			to := validTo(f.County.Chains, f.Case)
			return to == 0 || calendar.DayOf(f.Now) <= to
		},
		Detail: func(f Facts) string {
			return fmt.Sprintf("宅基地批准书有效期至 %s，已经届满，请先办理延续（A31）", validTo(f.County.Chains, f.Case))
		}}}
	// AsPermitted is what the permit limits: area, floors, height.
	AsPermitted = Conditions{{Name: "as_permitted", Rule: "R64", Message: "超过规划许可的内容，请先办理规划许可变更",
		Holds: func(f Facts) bool { return exceeds(f) == "" },
		Detail: func(f Facts) string {
			return exceeds(f) + "，请先办理规划许可变更（行政许可法49）"
		}}}
	IsLowRise = condition("is_low_rise", "R7", "", "不是低层房屋（300㎡以内、两层以下、跨度小于6米、用途在列），请办理施工许可（R8）",
		func(f Facts) bool { return fact[StartApplication](f.Case).Class() == LowRise })
	IsOtherBuilding = condition("is_other_building", "R8", "", "属于低层房屋，请办理开工登记（R7）",
		func(f Facts) bool { return fact[StartApplication](f.Case).Class() == OtherBuilding })
	OneStart = Conditions{{Name: "one_start", Rule: "A29", Message: "该房屋已有开工手续",
		Holds: func(f Facts) bool { return otherStart(f) == "" },
		Detail: func(f Facts) string {
			return "该房屋已有开工手续 " + otherStart(f) + "，请先办结或撤回"
		}}}
	// NoOpenViolation is R125: after an unregistered start nothing is registered before the violation is closed.
	NoOpenViolation = Conditions{{Name: "no_open_violation", Rule: "R125", By: "case:violation", Message: "该户有违法建设案件尚未结案，结案后方可办理",
		Holds: func(f Facts) bool { return openViolation(f) == "" },
		Detail: func(f Facts) string {
			return "该户违法建设案件 " + openViolation(f) + " 尚未结案，经鉴定、复查结案后方可办理（R125）"
		}}}

	DesignerEngaged   = engaged(Design, "R65", "设计方")
	BuilderEngaged    = engaged(Build, "R66", "施工方")
	SupervisorEngaged = engaged(Supervise, "A18", "监理方")
	// BuilderIsOrg is R10 and A18: a person designs and supervises and does not build, unless the township head lets him, with reasons.
	BuilderIsOrg = condition("builder_is_organisation", "A18", "record:"+string(OverrideKind), "施工只能由单位承揽（R9、R10），请改由合作社或公司签约；确需放行的，由乡镇负责人写明理由",
		func(f Facts) bool {
			code := strings.TrimSpace(fact[StartApplication](f.Case).Builder)
			if f.County.Contractors[code].Kind != ContractorPerson {
				return true
			}
			r, ok := f.Case.Latest(OverrideKind)
			return ok && read[ContractorOverride](r).Code == code
		})
	// QualifiedUnits is R85 and R86: an other building wants units with qualifications, none of the rural organisations of R9.
	QualifiedUnits = condition("qualified_units", "R86", "", "其他房屋须由具备相应资质的设计、施工、监理单位承揽（R85、R86）", func(f Facts) bool {
		for _, e := range fact[StartApplication](f.Case).engaged() {
			if c, ok := f.County.Contractors[e.Code]; ok && c.Basis != "qualified_unit" {
				return false
			}
		}
		return true
	})
	ContractsMade = condition("contracts_made", "R66", "", "须填写与施工方、监理方签订的书面合同编号（R66）", func(f Facts) bool {
		s := fact[StartApplication](f.Case)
		return strings.TrimSpace(s.Construction.Number) != "" && strings.TrimSpace(s.Supervision.Number) != ""
	})

	StartSurveyed = onRecord("site_visited", "R71", SiteRecordKind, "须有两名以上工作人员现场勘察，且放线与许可一致",
		func(s SiteRecord, _ Facts) bool { return s.Matches && len(twoPeople("", s.Surveyors, "")) == 0 })
	StartSeen = onRecord("site_visited", "R89", SiteRecordKind, "须有两名以上工作人员现场勘察并登记",
		func(s SiteRecord, _ Facts) bool { return len(twoPeople("", s.Surveyors, "")) == 0 })
	Guided = onRecord("bureau_guided", "R89", BureauGuidanceKind, "须有县行政审批局的授权指导意见（R89）", func(BureauGuidance, Facts) bool { return true })
	Served = onRecord("served", "R53", ServiceKind, "证书尚未送达，请登记送达回证", func(ServiceRecord, Facts) bool { return true })
	// BegunInTime is Building Law Art. 9: who has not begun within the time of the permit has none.
	BegunInTime = onRecord("begun_in_time", "R90", CommencementKind, "须登记在许可证期限内开工的日期（建筑法9）；逾期未开工的许可证自行废止",
		func(s Commencement, f Facts) bool { return s.StartedOn <= f.Case.File.day(BeginBy) })
	// MayPutOff is Building Law Art. 9: twice, and before the time is over.
	MayPutOff = condition("may_put_off", "R90", "", "开工延期以两次为限，且应在期限届满前申请（建筑法9）", func(f Facts) bool {
		n := 0
		for _, r := range f.Case.File.Records {
			if r.Kind == PermitExtensionKind {
				n++
			}
		}
		return n < 2 && calendar.DayOf(f.Now) <= f.Case.File.day(BeginBy)
	})
	// BeginLapsed holds once the time to begin is over.
	BeginLapsed = condition("begin_lapsed", "R90", "time", "许可证规定的开工期限尚未届满", func(f Facts) bool {
		return calendar.DayOf(f.Now) > f.Case.File.day(BeginBy)
	})
)

func exceeds(f Facts) string {
	s := fact[StartApplication](f.Case)
	most, ok := permitted(f.County.Chains, f.Case, s.Earlier)
	if !ok {
		return ""
	}
	return s.measures(most.HomesteadArea).over(most)
}

func otherStart(f Facts) string {
	all, c := f.County.Chains, f.Case
	s, ok := newest(all, c, StartsHouse, func(s Case) bool {
		return house(all, s, c) && s.State != Draft && (s.Outcome == "" || s.Outcome == Granted) && HouseCase(all, c) != 0
	})
	if !ok {
		return ""
	}
	return s.Number
}

func openViolation(f Facts) string {
	s, ok := newest(f.County.Chains, f.Case, PolicesHouse, Case.Open)
	if !ok {
		return ""
	}
	return s.Number
}

// engaged wants a contractor of the register for a work: who is not on it, was struck from it, or is not registered for the work, does
// none (R9–R11, R19).
func engaged(w Work, r law.Rule, who string) Conditions {
	code := func(f Facts) string {
		for _, e := range fact[StartApplication](f.Case).engaged() {
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
		if w == Build && c.Kind == ContractorPerson && len(c.Work) > 0 {
			return c.Refuses(c.Work[0], calendar.DayOf(f.Now)) // whether he may build is A18's question
		}
		return c.Refuses(w, calendar.DayOf(f.Now))
	}
	return Conditions{{Name: string(w) + "_engaged", Rule: r, Message: "须有名录中的" + who, Holds: func(f Facts) bool { return why(f) == "" }, Detail: why}}
}
