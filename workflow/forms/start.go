package forms

import (
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/trades"
)

// StartApplication is what the household states when building is to begin: F08 for a low-rise house, F11 for any other.
// Areas in ㎡, height and span in m, money in fen.
type StartApplication struct {
	BuildingArea  workflow.Decimal `json:"building_area" doc:"建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"160.00"`
	FootprintArea workflow.Decimal `json:"footprint_area" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"100.00"`
	Floors        int              `json:"floors" doc:"层数" minimum:"1" maximum:"20" example:"2"`
	Height        workflow.Decimal `json:"height" doc:"高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"7.20"`
	MaxSpan       workflow.Decimal `json:"max_span" doc:"最大跨度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"4.20"`
	Use           string           `json:"use" doc:"房屋用途" enum:"residence,office,police_room,clinic,service_point,agro_workshop,commercial,other" example:"residence"`
	Structure     string           `json:"structure" doc:"结构类型" enum:"masonry,bottom_frame,reinforced_concrete,steel,timber,earth_or_stone,mixed,other" example:"masonry"`
	Foundation    string           `json:"foundation,omitempty" doc:"基础形式" maxLength:"60" example:"条形基础"`
	StartOn       calendar.Day     `json:"start_on" doc:"预计（合同）开工日期" format:"date" example:"2026-05-06"`
	FinishOn      calendar.Day     `json:"finish_on" doc:"预计（合同）竣工日期" format:"date" example:"2026-11-30"`
	CostFen       int64            `json:"cost_fen,omitempty" doc:"工程造价（分）" minimum:"0" maximum:"100000000000" example:"18000000"`

	Surveyor   string `json:"surveyor,omitempty" doc:"勘察单位：名录中的信用代码（其他房屋填写）" maxLength:"40" example:"91140802MA0ANJU08C"`
	Designer   string `json:"designer,omitempty" doc:"设计方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU01J"`
	Builder    string `json:"builder,omitempty" doc:"施工方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU02M"`
	Supervisor string `json:"supervisor,omitempty" doc:"监理方：名录中的信用代码或证书号" maxLength:"40" example:"91140824MA0ANJU03Q"`

	Leads *Leads `json:"leads,omitempty" doc:"各方项目负责人（其他房屋填写）"`

	Construction Contract `json:"construction_contract" doc:"施工合同（附件1格式）"`
	Supervision  Contract `json:"supervision_contract,omitempty" required:"false" doc:"监理合同"`

	Drawing      string   `json:"drawing_source" doc:"图纸来源" enum:"generic_drawing,qualified_institute,qualified_person" example:"generic_drawing"`
	Contracting  string   `json:"contracting,omitempty" doc:"发包方式" enum:"bid_award_notice,self_contracting_record" example:"self_contracting_record"`
	FireScope    bool     `json:"in_fire_scope,omitempty" doc:"在消防审查范围内"`
	CivilDefense bool     `json:"in_civil_defense_scope,omitempty" doc:"在人防审查范围内"`
	Earlier      *Earlier `json:"earlier,omitempty" doc:"系统以前核发的手续（老房屋填写）"`
}

// Leads are the persons in charge whom a construction permit names (F12, R83): each with the certificate under which he
// is in charge.
type Leads struct {
	Owner     Lead `json:"owner" doc:"建设单位项目负责人"`
	Survey    Lead `json:"survey" doc:"勘察单位项目负责人"`
	Design    Lead `json:"design" doc:"设计单位项目负责人"`
	Build     Lead `json:"construction" doc:"施工单位项目负责人"`
	Supervise Lead `json:"supervision" doc:"总监理工程师"`
}

// Lead is one person in charge.
type Lead struct {
	Name        string `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"任海"`
	Certificate string `json:"certificate_no" doc:"执业证书号（建设单位填身份证号后四位）" minLength:"1" maxLength:"60" example:"晋214060801234"`
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

// Measures leaves the homestead out: a start does not change it.
func (s StartApplication) Measures(homestead workflow.Decimal) Measures {
	return Measures{homestead, s.FootprintArea, s.BuildingArea, s.Floors, s.Height}
}

// Check finds what the fields contradict among themselves.
func (s StartApplication) Check(time.Time) []workflow.FieldError {
	var found []workflow.FieldError
	bad := func(wrong bool, field, msg string, r law.Rule) {
		if wrong {
			found = append(found, fieldError(field, msg, r))
		}
	}
	bad(s.BuildingArea == 0, "building_area", "建筑面积应大于 0，例如 200.00", "R7")
	bad(s.FootprintArea == 0 || s.FootprintArea > s.BuildingArea, "footprint_area", "房基占地面积应大于 0 且不超过建筑面积", "R7")
	bad(s.Height == 0, "height", "高度应大于 0，例如 7.20", "R7")
	bad(s.MaxSpan == 0, "max_span", "最大跨度应大于 0，例如 4.20", "R7")
	bad(s.StartOn == 0, "start_on", "请填写预计（合同）开工日期", "R61")
	bad(s.FinishOn == 0, "finish_on", "请填写预计（合同）竣工日期", "R61")
	bad(s.FinishOn != 0 && s.FinishOn < s.StartOn, "finish_on", "预计竣工日期不能早于预计开工日期", "R61")
	return found
}

// LowRiseStart is the StartApplication of a low-rise house (R61).
type LowRiseStart struct{ StartApplication }

// OtherStart is the StartApplication of any other house (R78).
type OtherStart struct{ StartApplication }

// Check wants what the permit will say beside (R83, F12): who surveys the ground, who is in charge of each unit, the
// price of the contract.
func (s OtherStart) Check(now time.Time) []workflow.FieldError {
	found := s.StartApplication.Check(now)
	if s.CostFen == 0 {
		found = append(found, fieldError("cost_fen", "请填写合同价格", "R83"))
	}
	if s.Leads == nil {
		return append(found, fieldError("leads", "请填写建设、勘察、设计、施工单位项目负责人和总监理工程师", "R83"))
	}
	for field, l := range map[string]Lead{"owner": s.Leads.Owner, "survey": s.Leads.Survey, "design": s.Leads.Design,
		"construction": s.Leads.Build, "supervision": s.Leads.Supervise} {
		if strings.TrimSpace(l.Name) == "" || strings.TrimSpace(l.Certificate) == "" {
			found = append(found, fieldError("leads."+field, "请填写负责人姓名和证书号", "R83"))
		}
	}
	return found
}

func exampleStart() StartApplication {
	return StartApplication{BuildingArea: 16000, FootprintArea: 9000, Floors: 2, Height: 720, MaxSpan: 420,
		Use: "residence", Structure: "masonry", Foundation: "条形基础", CostFen: 18_000_000,
		StartOn: calendar.Date(2026, 5, 6), FinishOn: calendar.Date(2026, 11, 30), Designer: "91140824MA0ANJU01J",
		Builder: "91140824MA0ANJU02M", Supervisor: "91140824MA0ANJU03Q",
		Construction: Contract{Number: "马村施〔2026〕6号"}, Supervision: Contract{Number: "马村监〔2026〕6号"},
		Drawing: "generic_drawing"}
}

// Example implements Form.
func (LowRiseStart) Example() any { return LowRiseStart{exampleStart()} }

// Example implements Form.
func (OtherStart) Example() any {
	s := exampleStart()
	s.BuildingArea, s.FootprintArea, s.Floors, s.Height, s.Structure, s.Contracting, s.Drawing = 27000, 9000, 3, 1020,
		"reinforced_concrete", "self_contracting_record", "qualified_institute"
	s.Surveyor = "91140802MA0ANJU08C"
	s.Leads = &Leads{Lead{"王建国", "9936"}, Lead{"卫刚", "AY2014080012"}, Lead{"郭明", "2014080034"},
		Lead{"任海", "晋214060801234"}, Lead{"高岩", "14004567"}}
	return OtherStart{s}
}

// Revised carries an application as amended, where anything changed.
type Revised[T interface {
	workflow.Form
	workflow.Checker
}] struct {
	Application *T `json:"application,omitempty" doc:"修改后的申请（没有修改的不填）"`
}

// Amended implements Amending.
func (r *Revised[T]) Amended() workflow.Form {
	if r.Application == nil {
		return nil
	}
	return *r.Application
}

// Check holds the amended application to the same checks as a new one (A7).
func (r Revised[T]) Check(now time.Time) []workflow.FieldError {
	if r.Application == nil {
		return nil
	}
	found := (*r.Application).Check(now)
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

// GuidanceNotice is the one-time notice of what to bring, given with the form before anything is handed in (R62, R78,
// R94, A38).
type GuidanceNotice struct {
	Version  string `json:"version" doc:"告知单版本" minLength:"1" maxLength:"40" example:"2026年第1版"`
	Receiver string `json:"receiver" doc:"签收人" minLength:"1" maxLength:"50" example:"王建国"`
	Note     string `json:"note,omitempty" doc:"说明" maxLength:"500"`
}

// Example implements Form.
func (GuidanceNotice) Example() any {
	return GuidanceNotice{Version: "2026年第1版", Receiver: "王建国"}
}

// ContractorOverride lets a person build (A18): the rules name only organisations, so it is the township head's
// reasoned act.
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

// NotRegistered is F38: why a start or a business is not registered (R73, R98, A19): facts and grounds, in writing. A
// registration is no licence, so that nothing of the Licensing Law stands on it.
type NotRegistered struct {
	Facts    string `json:"facts" doc:"查明的事实" minLength:"1" maxLength:"2000" example:"申报内容与现场不一致，放线位置超出许可的四至"`
	Articles string `json:"articles" doc:"依据" minLength:"1" maxLength:"500" example:"细则四(一)2"`
}

// Example implements Form.
func (NotRegistered) Example() any {
	return NotRegistered{"申报内容与现场不一致，放线位置超出许可的四至", "细则四(一)2"}
}

// Staking is the measuring out of the house on site (A21, optional): at least two officers.
type Staking struct {
	Identities
	StakedOn  calendar.Day `json:"staked_on,omitempty" required:"false" doc:"放线日期" format:"date"`
	Surveyors []string     `json:"surveyors" doc:"到场人员（不少于两人）" minItems:"1" maxItems:"10" example:"[\"杜建业\",\"樊志远\"]"`
	Matches   bool         `json:"matches" doc:"放线位置与许可一致" example:"true"`
	Note      string       `json:"note,omitempty" doc:"说明" maxLength:"500"`
}

// Example implements Form.
func (Staking) Example() any {
	return Staking{Surveyors: []string{"杜建业", "樊志远"}, Matches: true}
}

// Check wants two different officers.
func (s Staking) Check(time.Time) []workflow.FieldError {
	return TwoPeople("surveyors", s.Surveyors, "A21")
}

// CheckCase holds the days of the staking to the case; each finding names its field.
func (s *Staking) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("staked_on", "放线日期", &s.StakedOn, c.Begun(), today, "A21")
}

// PatrolVisit is one visit to a building site (R108, A25): which milestone, where, when, what was found. Position is
// latitude and longitude as the phone gave it.
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
	return PatrolVisit{Milestone: "foundation", Position: "35.601234,110.971234", Photos: "基础开挖近景、远景各一张",
		Findings: "按图施工，未发现问题", Sound: true}
}

// CheckCase holds the days of the patrol visit to the case; each finding names its field.
func (p *PatrolVisit) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("visited_on", "巡查日期", &p.VisitedOn, c.Begun(), today, "R108")
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

// PermitExtension puts off the day by which building must begin: at most twice, three months each (Building Law Art. 9,
// F37).
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

// CheckCase holds the days of the commencement to the case; each finding names its field.
func (s *Commencement) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	last := today
	if by := c.File.Day(glossary.BeginBy); by != 0 && s.StartedOn == 0 {
		last = min(last, by)
	}
	return DayBetween("started_on", "实际开工日期", &s.StartedOn, c.File.Day(glossary.Decided), last, "R90")
}

// Engaged lists who works on the house, in the order of the form.
func (s StartApplication) Engaged() []struct {
	Field, Code string
	Work        trades.Work
} {
	return []struct {
		Field, Code string
		Work        trades.Work
	}{{"surveyor", strings.TrimSpace(s.Surveyor), trades.Survey},
		{"designer", strings.TrimSpace(s.Designer), trades.Design}, {"builder", strings.TrimSpace(s.Builder), trades.Build},
		{"supervisor", strings.TrimSpace(s.Supervisor), trades.Supervise}}
}
