package forms

import (
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
)

// Finding is a violation as the patrol found it (R108–R110, R124): on which house, what is wrong, on which grounds. The
// grounds are kept apart, since each stands on a law of its own (A26).
type Finding struct {
	Address   string           `json:"address" doc:"地点" minLength:"1" maxLength:"200" example:"稷峰镇马村村西新区3排14号"`
	Position  string           `json:"position,omitempty" doc:"定位（纬度,经度）" pattern:"^-?[0-9]{1,2}(\\.[0-9]{1,8})?,-?[0-9]{1,3}(\\.[0-9]{1,8})?$" example:"35.601234,110.971234"`
	Milestone string           `json:"milestone" doc:"施工节点" enum:"staking,foundation,main_structure,roof,finished,other" example:"foundation"`
	StartedOn calendar.Day     `json:"started_on" doc:"擅自开工日期（估计）" format:"date" example:"2026-02-20"`
	Area      workflow.Decimal `json:"building_area" doc:"建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"180.00"`
	Floors    int              `json:"floors" doc:"层数" minimum:"1" maximum:"20" example:"2"`
	MaxSpan   workflow.Decimal `json:"max_span" doc:"最大跨度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"4.20"`
	Use       string           `json:"use" doc:"房屋用途" enum:"residence,office,police_room,clinic,service_point,agro_workshop,commercial,other" example:"residence"`
	Grounds   []string         `json:"grounds" doc:"违法事由" enum:"no_planning_permit,against_permit,no_start_registration,illegal_land,construction_law" minItems:"1" maxItems:"5" example:"[\"no_start_registration\"]"`
	Facts     string           `json:"facts" doc:"违法事实" minLength:"1" maxLength:"2000" example:"未办理开工登记，基础已开挖完成"`
	Evidence  string           `json:"evidence" doc:"证据（照片、笔录）" minLength:"1" maxLength:"500" example:"现场照片三张，询问笔录一份"`
	Inspector string           `json:"inspector" doc:"巡查员" minLength:"1" maxLength:"50" example:"杜建业"`
}

// Example implements Form.
func (Finding) Example() any {
	return Finding{Address: "稷峰镇马村村西新区3排14号", Position: "35.601234,110.971234", Milestone: "foundation",
		StartedOn: calendar.Date(2026, 2, 20), Area: 18000, Floors: 2, MaxSpan: 420,
		Use: "residence", Grounds: []string{"no_start_registration"}, Facts: "未办理开工登记，基础已开挖完成", Evidence: "现场照片三张，询问笔录一份",
		Inspector: "杜建业"}
}

// Has tells whether the ground is among those found.
func (v Finding) Has(ground string) bool {
	for _, g := range v.Grounds {
		if g == ground {
			return true
		}
	}
	return false
}

// Class is the class of the house (R7, R8): which authority disposes of the violation.
func (v Finding) Class() HouseClass { return Classify(v.Area, v.Floors, v.MaxSpan, v.Use) }

// Check wants a start since the rules ask for registration (R124), and no future.
func (v Finding) Check(now time.Time) []workflow.FieldError {
	found := NotAfter("started_on", v.StartedOn, now, "R124")
	since := calendar.Date(2021, 2, 1) // R124 reaches no start before
	if v.Has("no_start_registration") && v.StartedOn != 0 && v.StartedOn < since {
		found = append(found, fieldError("started_on", since.String()+" 以前开工的，不以未办开工登记为由处置（R124）", "R124"))
	}
	if v.Area == 0 {
		found = append(found, fieldError("building_area", "建筑面积应大于 0，例如 180.00", "R108"))
	}
	if v.MaxSpan == 0 {
		found = append(found, fieldError("max_span", "最大跨度应大于 0，例如 4.20", "R108"))
	}
	return found
}

// StopWorkOrder is F29: stop at once. Its articles follow from the grounds; it sets no penalty (R126, A26).
type StopWorkOrder struct {
	HandSigned
	Demands string `json:"demands" doc:"要求" minLength:"1" maxLength:"1000" example:"立即停止施工，保持现状"`
}

// Example implements Form.
func (StopWorkOrder) Example() any {
	return StopWorkOrder{Demands: "立即停止施工，保持现状"}
}

// RectificationOrder is F29's other half: what must be put right by a day that it states (R124, A25).
type RectificationOrder struct {
	HandSigned
	Rectification
}

// Example implements Form.
func (RectificationOrder) Example() any {
	return RectificationOrder{Rectification: Rectification{"补做技术鉴定，达到技术指南标准后补办开工登记", exampleDay}}
}

// Referral is F30: what goes to another authority, and by when it is to answer.
type Referral struct {
	Summary  string       `json:"summary" doc:"事实摘要" minLength:"1" maxLength:"2000" example:"三层砌体房屋未办施工许可擅自开工"`
	Measures string       `json:"measures" doc:"已采取的措施" minLength:"1" maxLength:"1000" example:"已当场制止施工"`
	Contact  string       `json:"contact" doc:"联系人" minLength:"1" maxLength:"50" example:"杜建业"`
	AnswerBy calendar.Day `json:"answer_by" doc:"要求反馈的日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (Referral) Example() any {
	return Referral{Summary: "三层砌体房屋未办施工许可擅自开工", Measures: "已当场制止施工", Contact: "杜建业", AnswerBy: exampleDay}
}

// CheckCase holds the days of the referral to the case; each finding names its field.
func (r *Referral) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("answer_by", "要求反馈的日期", r.AnswerBy, today)
}

// StatedDay implements Stating.
func (r *Referral) StatedDay() calendar.Day { return r.AnswerBy }

// StoppedReferral is what the head signs where the township stops the work and refers the case in one step (R110, A25):
// the order to stop and the letter of referral, each a paper of its own.
type StoppedReferral struct {
	StopWorkOrder
	Referral
}

// Example implements Form.
func (StoppedReferral) Example() any {
	stop, _ := StopWorkOrder{}.Example().(StopWorkOrder)
	referral, _ := Referral{}.Example().(Referral)
	return StoppedReferral{stop, referral}
}

// Feedback is what the authority that a case was referred to has done about it (R116).
type Feedback struct {
	Result string `json:"result" doc:"处理结果" minLength:"1" maxLength:"2000" example:"已责令补办施工许可，鉴定合格"`
	Number string `json:"number,omitempty" doc:"处理文号" maxLength:"60"`
}

// Example implements Form.
func (Feedback) Example() any { return Feedback{Result: "已责令补办施工许可，鉴定合格"} }

// Recheck is the second look after a rectification (F29): at least two officers.
type Recheck struct {
	Identities
	CheckedOn calendar.Day `json:"checked_on,omitempty" required:"false" doc:"复查日期" format:"date"`
	Checkers  []string     `json:"checkers" doc:"复查人（不少于两人）" minItems:"1" maxItems:"10" example:"[\"杜建业\",\"樊志远\"]"`
	Done      bool         `json:"rectified" doc:"已整改到位" example:"true"`
	Note      string       `json:"note" doc:"复查情况" minLength:"1" maxLength:"1000" example:"已停工，鉴定合格，符合补办条件"`
}

// Example implements Form.
func (Recheck) Example() any {
	return Recheck{Checkers: []string{"杜建业", "樊志远"}, Done: true, Note: "已停工，鉴定合格，符合补办条件"}
}

// Check wants two different officers.
func (r Recheck) Check(time.Time) []workflow.FieldError {
	return TwoPeople("checkers", r.Checkers, "R124")
}

// CheckCase holds the days of the recheck to the case; each finding names its field.
func (r *Recheck) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("checked_on", "复查日期", &r.CheckedOn, c.Begun(), today, "R124")
}

// CaseClosing is how a case of supervision ends.
type CaseClosing struct {
	Result string `json:"result" doc:"结案意见" minLength:"1" maxLength:"1000" example:"已整改到位，可以补办手续，结案"`
}

// Example implements Form.
func (CaseClosing) Example() any { return CaseClosing{"已整改到位，可以补办手续，结案"} }

// Lifting closes a case with the notice that lifts the order to stop work, or to stop the use of the house: the head's
// act, as the order was (A26, R115).
type Lifting struct {
	HandSigned
	CaseClosing
}

// Example implements Form.
func (Lifting) Example() any {
	return Lifting{CaseClosing: CaseClosing{"已整改到位，可以补办手续，结案"}}
}

// ReferralClosing closes a case that another authority disposed of: the order to stop work is lifted where that
// authority lets the work go on, and stands otherwise.
type ReferralClosing struct {
	Lifting
	Lifted bool `json:"lift_stop" doc:"解除停工" example:"true"`
}

// Example implements Form.
func (ReferralClosing) Example() any {
	lifting, _ := Lifting{}.Example().(Lifting)
	return ReferralClosing{lifting, true}
}

// HazardFinding is an old house with a hazard (R114, R115).
type HazardFinding struct {
	Address   string `json:"address" doc:"地点" minLength:"1" maxLength:"200" example:"稷峰镇马村老街21号"`
	Position  string `json:"position,omitempty" doc:"定位（纬度,经度）" pattern:"^-?[0-9]{1,2}(\\.[0-9]{1,8})?,-?[0-9]{1,3}(\\.[0-9]{1,8})?$" example:"35.601234,110.971234"`
	BuiltIn   int    `json:"built_in,omitempty" doc:"建成年份" minimum:"1900" maximum:"2100" example:"1986"`
	Structure string `json:"structure" doc:"结构类型" enum:"masonry,bottom_frame,reinforced_concrete,steel,timber,earth_or_stone,mixed,other" example:"earth_or_stone"`
	User      string `json:"user" doc:"房屋使用人" minLength:"1" maxLength:"50" example:"王建国"`
	Signs     string `json:"signs" doc:"隐患情况" minLength:"1" maxLength:"1000" example:"东墙竖向裂缝，最宽处8毫米"`
	Photos    string `json:"photos" doc:"照片说明" minLength:"1" maxLength:"300" example:"裂缝近景、房屋全景各一张"`
	Inspector string `json:"inspector" doc:"巡查员" minLength:"1" maxLength:"50" example:"杜建业"`
}

// Example implements Form.
func (HazardFinding) Example() any {
	return HazardFinding{Address: "稷峰镇马村老街21号", Position: "35.601234,110.971234", BuiltIn: 1986,
		Structure: "earth_or_stone", User: "王建国", Signs: "东墙竖向裂缝，最宽处8毫米", Photos: "裂缝近景、房屋全景各一张", Inspector: "杜建业"}
}

// Grading says how grave a hazard is: general (R114) or major (R115).
type Grading struct {
	Level string `json:"level" doc:"隐患等级" enum:"general,major" example:"general"`
	Basis string `json:"basis" doc:"分级依据" minLength:"1" maxLength:"500" example:"局部裂缝，不影响主体承重"`
}

// Example implements Form.
func (Grading) Example() any { return Grading{"general", "局部裂缝，不影响主体承重"} }

// RepairGuidance guides the user of a house with a general hazard to repair it (R114).
type RepairGuidance struct {
	Advice string       `json:"advice" doc:"修缮指导" minLength:"1" maxLength:"1000" example:"对裂缝灌浆加固，拆除屋面危险构件"`
	By     calendar.Day `json:"repair_by" doc:"复查日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (RepairGuidance) Example() any {
	return RepairGuidance{"对裂缝灌浆加固，拆除屋面危险构件", exampleDay}
}

// CheckCase holds the days of the repair guidance to the case; each finding names its field.
func (r *RepairGuidance) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("repair_by", "复查日期", r.By, today)
}

// StatedDay implements Stating.
func (r *RepairGuidance) StatedDay() calendar.Day { return r.By }

// UseStop stops the use of a house with a major hazard at once (R115): a notice that the head signs.
type UseStop struct {
	HandSigned
	Measures string       `json:"measures" doc:"采取的措施" minLength:"1" maxLength:"1000" example:"张贴警示，转移居住人员到村委会"`
	Moved    int          `json:"people_moved" doc:"转移人数" minimum:"0" maximum:"1000" example:"3"`
	By       calendar.Day `json:"recheck_by" doc:"复查日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (UseStop) Example() any {
	return UseStop{Measures: "张贴警示，转移居住人员到村委会", Moved: 3, By: exampleDay}
}

// CheckCase holds the days of the use stop to the case; each finding names its field.
func (u *UseStop) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("recheck_by", "复查日期", u.By, today)
}

// StatedDay implements Stating.
func (u *UseStop) StatedDay() calendar.Day { return u.By }
