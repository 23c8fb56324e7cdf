package workflow

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow/calendar"
)

// CompletionApplication asks for the acceptance of a finished house (R74, R91).
type CompletionApplication struct {
	StartedOn  calendar.Day `json:"started_on,omitempty" required:"false" doc:"开工日期" format:"date"`
	FinishedOn calendar.Day `json:"finished_on,omitempty" required:"false" doc:"完工日期" format:"date"`
	Note       string       `json:"note,omitempty" doc:"说明" maxLength:"500"`
	Earlier    *Earlier     `json:"earlier,omitempty" doc:"系统以前核发的手续（老房屋填写）"`
}

// Check finds days that cannot be.
func (a CompletionApplication) Check(now time.Time) []FieldError {
	if a.FinishedOn != 0 && a.StartedOn != 0 && a.FinishedOn < a.StartedOn {
		return []FieldError{{"finished_on", "完工日期不能早于开工日期", "R74"}}
	}
	return notAfter("finished_on", a.FinishedOn, now, "R74")
}

// LowRiseCompletion is the CompletionApplication of a low-rise house.
type LowRiseCompletion struct{ CompletionApplication }

// OtherCompletion is the CompletionApplication of any other house.
type OtherCompletion struct{ CompletionApplication }

// Example implements Form.
func (LowRiseCompletion) Example() any { return LowRiseCompletion{} }

// Example implements Form.
func (OtherCompletion) Example() any { return OtherCompletion{} }

// Assignment names who is charged with the acceptance (R75).
type Assignment struct {
	Officer string `json:"officer" doc:"验收责任人" minLength:"1" maxLength:"50" example:"周强"`
}

// Example implements Form.
func (Assignment) Example() any { return Assignment{"周强"} }

// InspectionCall calls the parties to the site (R75).
type InspectionCall struct {
	MeetOn calendar.Day `json:"meet_on,omitempty" required:"false" doc:"到场日期" format:"date"`
	Called string       `json:"called" doc:"通知到场的各方" minLength:"1" maxLength:"300" example:"申请人、设计、施工、监理四方"`
}

// Example implements Form.
func (InspectionCall) Example() any {
	return InspectionCall{Called: "申请人、设计、施工、监理四方"}
}

func (i *InspectionCall) CheckCase(_ Case, today calendar.Day) []FieldError {
	return between("meet_on", "到场日期", &i.MeetOn, today.AddMonths(-12), today.AddMonths(12), "R75")
}

// PartyOpinion is what one of those who built the house signs at its acceptance (R75): on paper that is scanned, or on his own phone
// through a link that serves once.
type PartyOpinion struct {
	Name    string `json:"name" doc:"签字人" minLength:"1" maxLength:"50" example:"王建国"`
	Opinion string `json:"opinion" doc:"意见" enum:"pass,fail" example:"pass"`
	Reason  string `json:"reason,omitempty" doc:"不合格的理由" maxLength:"1000"`
	Means   string `json:"means" doc:"签字方式" enum:"paper,phone" example:"paper"`
	Link    string `json:"link,omitempty" doc:"签字链接编号（手机签字由系统填写）" readOnly:"true" maxLength:"64"`
}

// Example implements Form.
func (PartyOpinion) Example() any {
	return PartyOpinion{Name: "王建国", Opinion: "pass", Means: "paper"}
}

// Check wants the reason of a failure.
func (p PartyOpinion) Check(time.Time) []FieldError {
	if p.Opinion == "fail" && strings.TrimSpace(p.Reason) == "" {
		return []FieldError{{"reason", "认为不合格的，请写明理由", "R77"}}
	}
	return nil
}

// CompletionSheet is F09: the items looked at on site, each sound or not, by at least two officers.
type CompletionSheet struct {
	InspectedOn calendar.Day `json:"inspected_on,omitempty" required:"false" doc:"验收日期" format:"date"`
	Inspectors  []string     `json:"inspectors" doc:"验收人员（不少于两人）" minItems:"1" maxItems:"10" example:"[\"李文\",\"周强\"]"`
	Site        bool         `json:"site" doc:"选址与四至合格" example:"true"`
	Foundation  bool         `json:"foundation" doc:"地基基础合格" example:"true"`
	Structure   bool         `json:"structure" doc:"主体结构合格" example:"true"`
	Seismic     bool         `json:"seismic" doc:"抗震构造合格" example:"true"`
	Roof        bool         `json:"roof" doc:"屋面合格" example:"true"`
	Stairs      bool         `json:"stairs" doc:"楼梯与阳台栏杆合格" example:"true"`
	Openings    bool         `json:"openings" doc:"门窗合格" example:"true"`
	Water       bool         `json:"water" doc:"给排水合格" example:"true"`
	Electrics   bool         `json:"electrics" doc:"电气合格" example:"true"`
	Fire        bool         `json:"fire" doc:"消防间距与通道合格" example:"true"`
	Appearance  bool         `json:"appearance" doc:"外观风貌合格" example:"true"`
	Drawings    bool         `json:"drawings" doc:"与图纸一致" example:"true"`
	Papers      bool         `json:"papers" doc:"质量资料齐全" example:"true"`
	Note        string       `json:"note,omitempty" doc:"说明、整改项" maxLength:"2000"`
}

// Example implements Form.
func (CompletionSheet) Example() any {
	return CompletionSheet{Inspectors: []string{"李文", "周强"}, Site: true, Foundation: true, Structure: true, Seismic: true, Roof: true, Stairs: true,
		Openings: true, Water: true, Electrics: true, Fire: true, Appearance: true, Drawings: true, Papers: true}
}

// Check wants two different officers.
func (s CompletionSheet) Check(time.Time) []FieldError {
	return twoPeople("inspectors", s.Inspectors, "R75")
}

func (s *CompletionSheet) CheckCase(c Case, today calendar.Day) []FieldError {
	return between("inspected_on", "验收日期", &s.InspectedOn, c.begun(), today, "R75")
}

func (s CompletionSheet) sound() bool {
	return s.Site && s.Foundation && s.Structure && s.Seismic && s.Roof && s.Stairs && s.Openings && s.Water && s.Electrics && s.Fire && s.Appearance &&
		s.Drawings && s.Papers
}

// MeasuredHouse is F06: what was built, beside what was permitted (A21).
type MeasuredHouse struct {
	Actual      Measures `json:"actual" doc:"实际面积、层数和高度"`
	OldHouse    string   `json:"old_house_disposal" doc:"拆旧退还宅基地情况" enum:"not_applicable,done,pending" example:"done"`
	Agriculture string   `json:"agriculture_opinion" doc:"农业农村意见" minLength:"1" maxLength:"500" example:"用地与批准一致"`
	Resources   string   `json:"resources_opinion" doc:"自然资源（规划）意见" minLength:"1" maxLength:"500" example:"符合规划许可"`
	Operator    string   `json:"operator" doc:"经办人" minLength:"1" maxLength:"50" example:"周强"`
}

// Example implements Form.
func (MeasuredHouse) Example() any {
	return MeasuredHouse{Measures{11000, 9000, 16000, 2, 720}, "done", "用地与批准一致", "符合规划许可", "周强"}
}

// measuredOther is the MeasuredHouse of the example of any other house.
type measuredOther struct{ MeasuredHouse }

// Example implements Form.
func (measuredOther) Example() any {
	return measuredOther{MeasuredHouse{Measures{11000, 9000, 27000, 3, 1020}, "done", "用地与批准一致", "符合规划许可", "周强"}}
}

// CompletionFinding is the conclusion of an acceptance (R75–R77, R91).
type CompletionFinding struct {
	Conclusion string `json:"conclusion" doc:"验收结论" minLength:"1" maxLength:"1000" example:"各方一致认为合格，同意通过验收"`
}

// Example implements Form.
func (CompletionFinding) Example() any {
	return CompletionFinding{"各方一致认为合格，同意通过验收"}
}

// Rectification is what must be put right, and by which day (A25, R104: the notice states it).
type Rectification struct {
	Items string       `json:"items" doc:"整改内容" minLength:"1" maxLength:"2000" example:"补做东侧阳台栏杆"`
	By    calendar.Day `json:"rectify_by,omitempty" required:"false" doc:"整改截止日期" format:"date"`
}

// Example implements Form.
func (Rectification) Example() any { return Rectification{Items: "补做东侧阳台栏杆"} }

func (r *Rectification) CheckCase(_ Case, today calendar.Day) []FieldError {
	return stated("rectify_by", "整改截止日期", &r.By, today)
}

// StatedDay implements Stating.
func (r *Rectification) StatedDay() calendar.Day { return r.By }

// stated holds the day that a notice states to the time after it; one left out is a month later, and it is never today: who is told
// today cannot be late today.
func stated(field, name string, d *calendar.Day, today calendar.Day) []FieldError {
	if *d == 0 {
		*d = today.AddMonths(1)
	}
	if *d <= today || *d > today.AddMonths(24) {
		return []FieldError{{field, fmt.Sprintf("%s应在 %s 至 %s 之间，填写的是 %s", name, today+1, today.AddMonths(24), *d), "A25"}}
	}
	return nil
}

// Rectified is what the household reports as put right.
type Rectified struct {
	BackEntry
	Done string `json:"done" doc:"整改情况" minLength:"1" maxLength:"1000" example:"栏杆已补做，照片附后"`
}

// Example implements Form.
func (Rectified) Example() any { return Rectified{Done: "栏杆已补做，照片附后"} }

// ArchiveNote is the handing in of the acceptance sheet (R76, A20).
type ArchiveNote struct {
	Number string `json:"archive_no,omitempty" doc:"存档号" maxLength:"60" example:"稷峰档〔2026〕18号"`
}

// Example implements Form.
func (ArchiveNote) Example() any { return ArchiveNote{"稷峰档〔2026〕18号"} }

// FilingAccepted is the approval bureau's receipt of the completion filing (R92, A23).
type FilingAccepted struct {
	Opinion string `json:"opinion" doc:"处理意见" minLength:"1" maxLength:"500" example:"备案文件齐全，准予备案"`
}

// Example implements Form.
func (FilingAccepted) Example() any { return FilingAccepted{"备案文件齐全，准予备案"} }

// The conditions of an acceptance.
var (
	// Started is R74 and R91: no acceptance without a start, or its papers from before the system.
	Started = Conditions{{Name: "start_registered", Rule: "R74", By: "case:construction_start.low_rise", Message: "没有开工登记或施工许可，不能申请竣工验收",
		Holds: func(f Facts) bool { return hasStart(f, "construction_start.low_rise") }}}
	StartedOther = Conditions{{Name: "start_permitted", Rule: "R91", By: "case:construction_start.other", Message: "没有施工许可，不能申请竣工验收",
		Holds: func(f Facts) bool { return hasStart(f, "construction_start.other") }}}
	OneAcceptance = Conditions{{Name: "one_acceptance", Rule: "A29", Message: "该房屋已经通过竣工验收", Holds: func(f Facts) bool {
		_, done := Acceptance(f.County.Chains, f.Case)
		return !done || HouseCase(f.County.Chains, f.Case) == 0 // of houses older than the system a household may have several
	}}}
	// FourSigned is R75: the household, the designer, the builder, the supervising engineer, each by his own hand.
	FourSigned = All(signedBy(OwnerOpinionKind, "申请人（建房户）"), signedBy(DesignOpinionKind, "设计方"), signedBy(BuildOpinionKind, "施工方"),
		signedBy(SupervisionOpinionKind, "监理方"))
	ItemsSound = onRecord("items_sound", "R75", CompletionSheetKind, "竣工验收表的检查项目须逐项合格，且有两名以上工作人员到场；有不合格的请作出不合格结论",
		func(s CompletionSheet, _ Facts) bool { return s.sound() && len(twoPeople("", s.Inspectors, "")) == 0 })
	// WithinPermit blocks an overrun: what was built is held to what was permitted (A21, F06).
	WithinPermit = Conditions{{Name: "within_permit", Rule: "A21", By: "record:" + string(MeasuredKind), Message: "须登记验收意见表，实际面积、层数和高度不超过许可",
		Holds: func(f Facts) bool { why, ok := overrun(f); return ok && why == "" },
		Detail: func(f Facts) string {
			if why, ok := overrun(f); ok && why != "" {
				return why + "，不能通过验收，请作出不合格结论并责令整改（A21）"
			}
			return ""
		}}}
	FilingPapers = condition("material_CA02", "R92", "material:CA02", "缺少材料“竣工验收备案表及备案文件”，请上传扫描件",
		func(f Facts) bool { return f.Case.HasMaterial("CA02") })
)

func hasStart(f Facts, chain ChainID) bool {
	all, c := f.County.Chains, f.Case
	s, ok := Start(all, c)
	if ok {
		return s.Chain == chain
	}
	if _, here := Permit(all, c); here {
		return false // the system has the house, and no start of it
	}
	e := fact[CompletionApplication](c).Earlier
	return e != nil && e.StartNo != "" && e.Limits != nil
}

// overrun says what was built beyond the permit; false while nothing was measured or nothing is known to measure it by.
func overrun(f Facts) (string, bool) {
	c := f.Case
	r, ok := c.Latest(MeasuredKind)
	if !ok {
		return "", false
	}
	most, ok := permitted(f.County.Chains, c, fact[CompletionApplication](c).Earlier)
	if !ok {
		return "", false
	}
	return read[MeasuredHouse](r).Actual.over(most), true
}

func signedBy(k RecordKind, who string) Conditions {
	return Conditions{{Name: string(k), Rule: "R75", By: "record:" + string(k), Message: "须有" + who + "签字认为合格（四方验收，R75）",
		Holds: func(f Facts) bool {
			r, ok := f.Case.Latest(k)
			return ok && read[PartyOpinion](r).Opinion == "pass"
		}}}
}
