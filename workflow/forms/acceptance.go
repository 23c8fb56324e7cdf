package forms

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
)

// CompletionApplication asks for the acceptance of a finished house (R74, R91).
type CompletionApplication struct {
	StartedOn  calendar.Day `json:"started_on" doc:"开工日期" format:"date" example:"2025-05-06"`
	FinishedOn calendar.Day `json:"finished_on" doc:"完工日期" format:"date" example:"2026-02-20"`
	Note       string       `json:"note,omitempty" doc:"说明" maxLength:"500"`
	Earlier    *Earlier     `json:"earlier,omitempty" doc:"系统以前核发的手续（老房屋填写）"`
}

// Check finds days that cannot be.
func (a CompletionApplication) Check(now time.Time) []workflow.FieldError {
	switch {
	case a.StartedOn == 0:
		return []workflow.FieldError{fieldError("started_on", "请填写开工日期", "R74")}
	case a.FinishedOn == 0:
		return []workflow.FieldError{fieldError("finished_on", "请填写完工日期", "R74")}
	case a.FinishedOn < a.StartedOn:
		return []workflow.FieldError{fieldError("finished_on", "完工日期不能早于开工日期", "R74")}
	}
	return NotAfter("finished_on", a.FinishedOn, now, "R74")
}

// LowRiseCompletion is the CompletionApplication of a low-rise house.
type LowRiseCompletion struct{ CompletionApplication }

// OtherCompletion is the CompletionApplication of any other house.
type OtherCompletion struct{ CompletionApplication }

// Example implements Form.
func (LowRiseCompletion) Example() any { return LowRiseCompletion{exampleCompletion} }

// Example implements Form.
func (OtherCompletion) Example() any { return OtherCompletion{exampleCompletion} }

var exampleCompletion = CompletionApplication{StartedOn: calendar.Date(2025, 5, 6),
	FinishedOn: calendar.Date(2026, 2, 20)}

// Assignment names who is charged with the acceptance (R75).
type Assignment struct {
	Identities
	Officer string `json:"officer" doc:"验收责任人" minLength:"1" maxLength:"50" example:"杜建业"`
}

// Example implements Form.
func (Assignment) Example() any { return Assignment{Officer: "杜建业"} }

// InspectionCall calls the parties to the site (R75).
type InspectionCall struct {
	MeetOn calendar.Day `json:"meet_on,omitempty" required:"false" doc:"到场日期" format:"date"`
	Called string       `json:"called" doc:"通知到场的各方" minLength:"1" maxLength:"300" example:"申请人、设计、施工、监理四方"`
}

// Example implements Form.
func (InspectionCall) Example() any {
	return InspectionCall{Called: "申请人、设计、施工、监理四方"}
}

// CheckCase holds the days of the inspection call to the case; each finding names its field.
func (i *InspectionCall) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("meet_on", "到场日期", &i.MeetOn, today.AddMonths(-12), today.AddMonths(12), "R75")
}

// PartyOpinion is what one of those who built the house signs at its acceptance (R75): on paper that is scanned, or on
// his own phone through a link that serves once.
type PartyOpinion struct {
	Identities
	Name    string `json:"name,omitempty" doc:"签字人（不填为户主或该方承揽人；由他人代签的写其姓名并登记身份）" maxLength:"100"`
	Opinion string `json:"opinion" doc:"意见" enum:"pass,fail" example:"pass"`
	Reason  string `json:"reason,omitempty" doc:"不合格的理由" maxLength:"1000"`
	Means   string `json:"means" doc:"签字方式" enum:"paper,phone" example:"paper"`
	Link    string `json:"link,omitempty" doc:"签字链接编号（手机签字由系统填写）" readOnly:"true" maxLength:"64"`
}

// Example implements Form.
func (PartyOpinion) Example() any {
	return PartyOpinion{Opinion: "pass", Means: "paper"}
}

// Check wants the reason of a failure.
func (p PartyOpinion) Check(time.Time) []workflow.FieldError {
	if p.Opinion == "fail" && strings.TrimSpace(p.Reason) == "" {
		return []workflow.FieldError{fieldError("reason", "认为不合格的，请写明理由", "R77")}
	}
	return nil
}

// CompletionSheet is F09: the items looked at on site, each sound or not, by at least two officers.
type CompletionSheet struct {
	Identities
	InspectedOn calendar.Day `json:"inspected_on,omitempty" required:"false" doc:"验收日期" format:"date"`
	Inspectors  []string     `json:"inspectors" doc:"验收人员（不少于两人）" minItems:"1" maxItems:"10" example:"[\"杜建业\",\"樊志远\"]"`
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
	return CompletionSheet{Inspectors: []string{"杜建业", "樊志远"}, Site: true, Foundation: true, Structure: true,
		Seismic: true, Roof: true, Stairs: true, Openings: true, Water: true, Electrics: true, Fire: true, Appearance: true,
		Drawings: true,
		Papers:   true}
}

// Check wants two different officers.
func (s CompletionSheet) Check(time.Time) []workflow.FieldError {
	return TwoPeople("inspectors", s.Inspectors, "R75")
}

// CheckCase holds the days of the completion sheet to the case; each finding names its field.
func (s *CompletionSheet) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("inspected_on", "验收日期", &s.InspectedOn, c.Begun(), today, "R75")
}

// Sound tells whether every part of the house was found sound.
func (s CompletionSheet) Sound() bool {
	return s.Site && s.Foundation && s.Structure && s.Seismic && s.Roof && s.Stairs && s.Openings && s.Water &&
		s.Electrics && s.Fire && s.Appearance &&
		s.Drawings && s.Papers
}

// MeasuredHouse is F06: what was built, beside what was permitted (A21). What the offices say of it is a record of
// each.
type MeasuredHouse struct {
	Identities
	Actual   Measures `json:"actual" doc:"实际面积、层数和高度"`
	OldHouse string   `json:"old_house_disposal" doc:"拆旧退还宅基地情况" enum:"not_applicable,done,pending" example:"done"`
	Operator string   `json:"operator" doc:"经办人" minLength:"1" maxLength:"50" example:"杜建业"`
}

// Example implements Form.
func (MeasuredHouse) Example() any {
	return MeasuredHouse{Actual: Measures{11000, 9000, 16000, 2, 720}, OldHouse: "done", Operator: "杜建业"}
}

// MeasuredOther is the MeasuredHouse of the example of any other house.
type MeasuredOther struct{ MeasuredHouse }

// Example implements Form.
func (MeasuredOther) Example() any {
	return MeasuredOther{MeasuredHouse{Actual: Measures{11000, 9000, 27000, 3, 1020}, OldHouse: "done", Operator: "杜建业"}}
}

// LandOpinion is what an office says of the finished house on F06, in its own column: agriculture of the land, natural
// resources of the plan (A9, A21).
type LandOpinion struct {
	Conforms bool   `json:"conforms" doc:"与批准的内容一致" example:"true"`
	Opinion  string `json:"opinion" doc:"意见" minLength:"1" maxLength:"500" example:"与批准的内容一致，同意"`
}

// Example implements Form.
func (LandOpinion) Example() any { return LandOpinion{true, "与批准的内容一致，同意"} }

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
	By    calendar.Day `json:"rectify_by" doc:"整改截止日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (Rectification) Example() any { return Rectification{"补做东侧阳台栏杆", exampleDay} }

// CheckCase holds the days of the rectification to the case; each finding names its field.
func (r *Rectification) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("rectify_by", "整改截止日期", r.By, today)
}

// StatedDay implements Stating.
func (r *Rectification) StatedDay() calendar.Day { return r.By }

// exampleDay is the day that the examples of notices state.
var exampleDay = calendar.Date(2027, 12, 31)

// stated holds the day that a notice states to the time after it (A25). The office states it, the program never does,
// and it is never today: what is asked for today cannot be late today.
func stated(field, name string, d, today calendar.Day) []workflow.FieldError {
	switch {
	case d == 0:
		return []workflow.FieldError{fieldError(field, "文书须载明期限，请填写"+name, "A25")}
	case d <= today || d > today.AddMonths(24):
		return []workflow.FieldError{fieldError(field,
			fmt.Sprintf("%s应在 %s 至 %s 之间，填写的是 %s", name, today+1, today.AddMonths(24), d), "A25")}
	}
	return nil
}

// Rectified is what the household reports as put right.
type Rectified struct {
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
