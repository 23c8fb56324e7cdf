package forms

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// PauseNotice asks for F18, the special procedure notice: the clock stands from the day on which it is served
// (Licensing Law Art. 45).
type PauseNotice struct {
	Ground   string `json:"ground" doc:"事由" enum:"hearing,bidding,auction,inspection,testing,quarantine,appraisal,expert_review,consent" example:"appraisal"`
	Days     int    `json:"expected_days" doc:"告知的所需时间（日）" minimum:"1" maximum:"730" example:"20"`
	Evidence string `json:"evidence,omitempty" doc:"凭据：同意书、委托书或结论的名称和文号" maxLength:"300" example:"房屋安全鉴定委托书"`
}

// Example implements Form.
func (PauseNotice) Example() any {
	return PauseNotice{Ground: string(workflow.ByAppraisal), Days: 20, Evidence: "房屋安全鉴定委托书"}
}

// Check wants the applicant's consent in writing where the clock stands on it.
func (p PauseNotice) Check(time.Time) []workflow.FieldError {
	if p.Ground == string(workflow.ByConsent) && strings.TrimSpace(p.Evidence) == "" {
		return []workflow.FieldError{fieldError("evidence", "申请人同意中止的，须有其书面同意（A15），请填写同意书名称和日期", "R49")}
	}
	return nil
}

// CheckCase refuses a ground that the case does not have, and one that was told or runs already.
func (p *PauseNotice) CheckCase(c workflow.Case, _ calendar.Day) []workflow.FieldError {
	if _, asked := c.Latest(glossary.HearingAskedKind); p.Ground == string(workflow.ByHearing) && !asked {
		return []workflow.FieldError{fieldError("ground", "申请人尚未在"+law.L22.Statute()+"内申请听证，不能以听证为由暂停（行政许可法47），请先登记听证申请",
			"A16")}
	}
	_, converted := c.Latest(glossary.ConversionKind)
	if p.Ground == string(workflow.ByConsent) && (converted || workflow.Applied[Application](c).Proposed.Farmland == "") {
		return []workflow.FieldError{fieldError("ground", "经申请人同意中止的，限于等待农用地转用审批（A15），本件不属于这种情形", "R49")}
	}
	for _, s := range c.File.Suspensions {
		if s.Open && string(s.Ground) == p.Ground {
			return []workflow.FieldError{fieldError("ground", fmt.Sprintf("已因%s暂停计时（%s，%s 起），不能重复暂停", s.Ground.Title(),
				s.Number, s.From), "R49")}
		}
	}
	for _, d := range c.File.Documents {
		if told, ok := PauseOf(c, d); ok && d.AwaitsService() && told.Ground == p.Ground {
			return []workflow.FieldError{fieldError("ground", "同一事由的"+d.Title+"（"+d.Number+"）尚未送达，请先登记送达，送达后开始暂停", "R49")}
		}
	}
	return nil
}

// PauseOf is what a special procedure notice was issued for; false for another paper.
func PauseOf(c workflow.Case, d workflow.Document) (PauseNotice, bool) {
	for _, r := range c.File.Records {
		if r.Kind == glossary.PauseKind && d.Kind == glossary.SpecialProcedureDoc && r.At.Equal(d.IssuedAt) {
			return workflow.Recorded[PauseNotice](r), true
		}
	}
	return PauseNotice{}, false
}

// RunningPause finds the suspension that a notice number names, or the only one that runs.
func RunningPause(c workflow.Case, number string) (int, *workflow.FieldError) {
	found, n := -1, 0
	for i, s := range c.File.Suspensions {
		if s.Open && (number == "" || s.Number == number) {
			found, n = i, n+1
		}
	}
	switch {
	case n == 1:
		return found, nil
	case n > 1:
		return -1, &workflow.FieldError{Field: "notice_number", Rule: "R49", Message: "有多项暂停正在进行，请填写要结束的告知书文号"}
	}
	return -1, &workflow.FieldError{Field: "notice_number", Rule: "R49", Message: "没有这一文号的、正在进行的暂停，请核对告知书文号"}
}

// ResumeNotice ends a suspension on the day its result arrived; the remaining days count from the next.
type ResumeNotice struct {
	Number     string       `json:"notice_number,omitempty" doc:"要结束的特别程序告知书文号（只有一项时可不填）" maxLength:"60"`
	ResultedOn calendar.Day `json:"resulted_on,omitempty" required:"false" doc:"结果到达日期（次日起继续计时）" format:"date"`
	Evidence   string       `json:"evidence" doc:"结论或凭据" minLength:"1" maxLength:"300" example:"房屋安全鉴定报告，结论为合格"`
}

// Example implements Form.
func (ResumeNotice) Example() any {
	return ResumeNotice{Evidence: "房屋安全鉴定报告，结论为合格"}
}

// CheckCase holds the days of the resume notice to the case; each finding names its field.
func (r *ResumeNotice) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	i, found := RunningPause(c, strings.TrimSpace(r.Number))
	if found != nil {
		return []workflow.FieldError{*found}
	}
	s := c.File.Suspensions[i]
	r.Number = s.Number
	if _, held := c.Latest(glossary.HearingHeldKind); s.Ground == workflow.ByHearing && !held {
		return []workflow.FieldError{fieldError("notice_number", "听证尚未举行，请先登记听证笔录再恢复计时（行政许可法47）", "A16")}
	}
	return DayBetween("resulted_on", "结果到达日期", &r.ResultedOn, s.From, today, "R49")
}

// Extension asks for F18, the extension notice: approved by the head, told with its reason, once (Licensing Law Art.
// 42, A10).
type Extension struct {
	Days   int    `json:"days" doc:"延长的工作日数（最多十日）" minimum:"1" maximum:"10" example:"10"`
	Reason string `json:"reason" doc:"延长理由" minLength:"1" maxLength:"500" example:"需补充地质灾害评估意见"`
}

// Example implements Form.
func (Extension) Example() any {
	return Extension{Days: 10, Reason: "需补充地质灾害评估意见"}
}

// HearingNotice asks for F36: the right to a hearing is told (Licensing Law Art. 36, 47; A16).
type HearingNotice struct {
	Matter  string `json:"matter" doc:"拟作出的决定及涉及的重大利益" minLength:"1" maxLength:"500" example:"拟批准建房，北邻主张影响采光"`
	Parties string `json:"parties" doc:"被告知的申请人、利害关系人" minLength:"1" maxLength:"200" example:"王建国、孙立"`
}

// Example implements Form.
func (HearingNotice) Example() any {
	return HearingNotice{"拟批准建房，北邻主张影响采光", "王建国、孙立"}
}

// HearingRequest is what an interested party handed in within five working days (Licensing Law Art. 47).
type HearingRequest struct {
	Applicant string `json:"requested_by" doc:"听证申请人" minLength:"1" maxLength:"50" example:"孙立"`
	Reason    string `json:"reason" doc:"申请理由" minLength:"1" maxLength:"500" example:"新房影响北侧采光"`
}

// Example implements Form.
func (HearingRequest) Example() any { return HearingRequest{"孙立", "新房影响北侧采光"} }

// HearingCall is the notice of the hearing that was asked for: the day, told beforehand to the applicant and to each
// interested party, and who chairs it (Licensing Law Art. 48).
type HearingCall struct {
	HeldOn calendar.Day `json:"held_on" doc:"听证日期" format:"date" example:"2026-03-20"`
	Time   string       `json:"time" doc:"时间" pattern:"^([01]?[0-9]|2[0-3])[:：][0-5][0-9]$" example:"9:30"`
	Place  string       `json:"place" doc:"地点" minLength:"1" maxLength:"100" example:"稷峰镇人民政府三楼会议室"`
	Chair  string       `json:"chair" doc:"主持人（审查该申请的人员以外）" minLength:"1" maxLength:"50" example:"张明"`
	Told   []string     `json:"told" doc:"被通知的申请人、利害关系人" minItems:"1" maxItems:"20" example:"[\"王建国\",\"孙立\"]"`
}

// Example implements Form.
func (HearingCall) Example() any {
	return HearingCall{calendar.Date(2026, 3, 20), "9:30", "稷峰镇人民政府三楼会议室", "张明", []string{"王建国", "孙立"}}
}

// CheckCase wants the applicant told and everyone who asked since the last hearing, and a chair who did not examine the application.
func (h *HearingCall) CheckCase(c workflow.Case, _ calendar.Day) []workflow.FieldError {
	var found []workflow.FieldError
	parties := []string{c.Householder}
	held, _ := c.Latest(glossary.HearingHeldKind)
	for _, r := range c.File.Records {
		if r.Kind == glossary.HearingAskedKind && r.At.After(held.At) {
			parties = append(parties, workflow.Recorded[HearingRequest](r).Applicant)
		}
	}
	for _, p := range parties {
		if p != "" && !slices.Contains(h.Told, p) {
			found = append(found, fieldError("told", "听证应通知申请人和每一位申请听证的利害关系人，缺少："+p, "A16"))
		}
	}
	if r, ok := c.Latest(glossary.SiteRecordKind); ok &&
		slices.Contains(workflow.Recorded[SiteRecord](r).Surveyors, strings.TrimSpace(h.Chair)) {
		found = append(found, fieldError("chair", "听证由审查该申请的人员以外的人员主持（行政许可法48），"+h.Chair+" 参加了现场核查", "A16"))
	}
	return found
}

// HearingHeld is the record of the hearing; the decision rests on it (Licensing Law Art. 48).
type HearingHeld struct {
	HeldOn   calendar.Day `json:"held_on,omitempty" required:"false" doc:"听证日期" format:"date"`
	Host     string       `json:"host" doc:"主持人" minLength:"1" maxLength:"50" example:"张明"`
	Recorder string       `json:"recorder,omitempty" doc:"记录人" maxLength:"50" example:"马小燕"`
	Present  string       `json:"present" doc:"到场人员" minLength:"1" maxLength:"300" example:"王建国、孙立、规划建设办公室"`
	Summary  string       `json:"summary" doc:"听证要点与结论" minLength:"1" maxLength:"2000" example:"各方陈述意见，同意按调整后的檐高建设"`
}

// Example implements Form.
func (HearingHeld) Example() any {
	return HearingHeld{Host: "张明", Recorder: "马小燕", Present: "王建国、孙立、规划建设办公室", Summary: "各方陈述意见，同意按调整后的檐高建设"}
}

// CheckCase holds the hearing to the notice of it: on its day or a later one, chaired by the one it names.
func (h *HearingHeld) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	r, ok := c.Latest(glossary.HearingCallKind)
	if !ok {
		return nil // the row wants the notice
	}
	call := workflow.Recorded[HearingCall](r)
	if h.Host != call.Chair {
		return []workflow.FieldError{fieldError("host", "主持人应为听证通知书载明的 "+call.Chair, "A16")}
	}
	return DayBetween("held_on", "听证日期", &h.HeldOn, call.HeldOn, max(today, call.HeldOn), "A16")
}

// Urge is 催办: a reminder that asks for nothing but the work that is owed.
type Urge struct {
	Text string `json:"text" doc:"催办内容" minLength:"1" maxLength:"300" example:"请尽快办理，申请户已来询问"`
}

// Example implements Form.
func (Urge) Example() any { return Urge{"请尽快办理，申请户已来询问"} }

// Supervision is 督办: opened by the supervision office, with the day on which it is to be resolved (13710).
type Supervision struct {
	Text      string       `json:"text" doc:"督办要求" minLength:"1" maxLength:"500" example:"请于期限内办结并反馈"`
	ResolveOn calendar.Day `json:"resolve_on,omitempty" required:"false" doc:"要求办结日期" format:"date"`
}

// Example implements Form.
func (Supervision) Example() any { return Supervision{Text: "请于期限内办结并反馈"} }

// CheckCase holds the days of the supervision to the case; each finding names its field.
func (s *Supervision) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	if s.ResolveOn == 0 {
		s.ResolveOn = today + 7 // 7: a general matter is resolved within seven days (13710)
	}
	return DayBetween("resolve_on", "要求办结日期", &s.ResolveOn, today, today+366, "A25")
}

// Reassignment is 转办 within the office: who is in charge from now on; without a name the writer of the record.
type Reassignment struct {
	Login  string `json:"officer,omitempty" doc:"接办人账号（不填为本人）" maxLength:"60"`
	Reason string `json:"reason" doc:"转办原因" minLength:"1" maxLength:"300" example:"按分工由我承办"`
}

// Example implements Form.
func (Reassignment) Example() any { return Reassignment{Reason: "按分工由我承办"} }

// CopyTo is 抄送: others who shall know.
type CopyTo struct {
	To   []string `json:"to" doc:"抄送单位" enum:"township_government,county_agriculture_bureau,county_natural_resources_bureau,county_housing_bureau,county_approval_bureau,county_market_bureau,supervision_office" minItems:"1" maxItems:"7" example:"[\"county_natural_resources_bureau\"]"`
	Text string   `json:"text" doc:"抄送说明" minLength:"1" maxLength:"300" example:"请知悉"`
}

// Example implements Form.
func (CopyTo) Example() any {
	return CopyTo{[]string{string(glossary.CountyNaturalResources)}, "请知悉"}
}

// Told lists the parties that are to know.
func (t *CopyTo) Told() []glossary.Party {
	var p []glossary.Party
	for _, to := range t.To {
		p = append(p, glossary.Party(to))
	}
	return p
}

// BackEntry is 补录收件: the office that has the case dates the receipt of papers that came before they were typed in
// (A35). It may only be earlier than the arrival in the system, and not before the papers could be handed on.
type BackEntry struct {
	ReceivedOn calendar.Day `json:"received_on" required:"false" doc:"材料实际收到的日期（早于系统收到之日）" format:"date"`
	Reason     string       `json:"back_entry_reason" doc:"补录原因" minLength:"1" maxLength:"300" example:"停电，纸质收件"`
	Evidence   string       `json:"evidence" doc:"收到日期的凭据" minLength:"1" maxLength:"300" example:"纸质收件登记簿第12页"`
}

// Example implements Form.
func (BackEntry) Example() any {
	return BackEntry{Reason: "停电，纸质收件", Evidence: "纸质收件登记簿第12页"}
}

// CheckCase holds the true day to the time in which the papers were handed on, and wants reason and evidence.
func (b *BackEntry) CheckCase(c workflow.Case, _ calendar.Day) []workflow.FieldError {
	for _, f := range []struct{ field, text, message string }{
		{"back_entry_reason", b.Reason, "补录须写明原因，例如“3月3日停电，纸质收件”"},
		{"evidence", b.Evidence, "补录须写明收到日期的凭据，例如“纸质收件登记簿第12页”"}} {
		if strings.TrimSpace(f.text) == "" {
			return []workflow.FieldError{fieldError(f.field, f.message, "A35")}
		}
	}
	last := calendar.DayOf(c.EnteredAt) - 1
	if c.File.Handed == nil || c.File.Handed.Since > last {
		return nil // the record is not open then
	}
	return DayBetween("received_on", "实际收到日期", &b.ReceivedOn, c.File.Handed.Since, last, "A35")
}
