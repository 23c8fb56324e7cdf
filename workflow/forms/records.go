package forms

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The forms of records. Field names follow the forms F21–F28; each has an example of the demo county.

// MeetingRecord is F23: who was to come, who came, how they voted (A3).
type MeetingRecord struct {
	Body     string       `json:"body" doc:"会议类型" enum:"group_villager_meeting,member_assembly,member_delegate_assembly" example:"group_villager_meeting"`
	NoticeOn calendar.Day `json:"notice_on,omitempty" required:"false" doc:"会议通知日期" format:"date"`
	HeldOn   calendar.Day `json:"held_on,omitempty" required:"false" doc:"会议日期" format:"date"`
	Place    string       `json:"place" doc:"地点" minLength:"1" maxLength:"100" example:"马村第一村民小组活动室"`
	Host     string       `json:"host" doc:"主持人" minLength:"1" maxLength:"50" example:"马全福"`
	Recorder string       `json:"recorder" doc:"记录人" minLength:"1" maxLength:"50" example:"马小燕"`
	Expected int          `json:"expected" doc:"应到人数" minimum:"1" maximum:"10000" example:"30"`
	Present  int          `json:"present" doc:"实到人数" minimum:"0" maximum:"10000" example:"24"`
	Agree    int          `json:"agree" doc:"同意票数" minimum:"0" maximum:"10000" example:"22"`
	Against  int          `json:"against" doc:"反对票数" minimum:"0" maximum:"10000" example:"1"`
	Abstain  int          `json:"abstain" doc:"弃权票数" minimum:"0" maximum:"10000" example:"1"`
	Points   string       `json:"points,omitempty" doc:"讨论要点" maxLength:"2000"`
}

// Example implements Form.
func (MeetingRecord) Example() any {
	return MeetingRecord{Body: GroupVillagerMeeting, Place: "马村第一村民小组活动室", Host: "马全福",
		Recorder: "马小燕", Expected: 30, Present: 24, Agree: 22, Against: 1, Abstain: 1, Points: "逐项讨论了申请理由、位置、面积和层高"}
}

// Check finds numbers that cannot be.
func (m MeetingRecord) Check(time.Time) []workflow.FieldError {
	var found []workflow.FieldError
	if m.Present > m.Expected {
		found = append(found, fieldError("present", "实到人数不能多于应到人数", "R33"))
	}
	if m.Agree+m.Against+m.Abstain != m.Present {
		found = append(found, fieldError("agree", fmt.Sprintf("同意、反对、弃权之和应等于实到人数 %d", m.Present), "R33"))
	}
	return found
}

// CheckCase holds the days of the meeting record to the case; each finding names its field.
func (m *MeetingRecord) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("held_on", "会议日期", &m.HeldOn, c.Begun(), today, "R33")
}

// PublicNotice is F21: where and when the notice hung (R34, A37). It carries none of the applicant's numbers.
type PublicNotice struct {
	Place    string       `json:"place" doc:"张贴地点" minLength:"1" maxLength:"100" example:"马村村务公开栏"`
	PostedOn calendar.Day `json:"posted_on,omitempty" required:"false" doc:"张贴日期" format:"date"`
	PostedBy string       `json:"posted_by" doc:"张贴人" minLength:"1" maxLength:"50" example:"马全福"`
	Contact  string       `json:"contact" doc:"异议受理人及电话" minLength:"1" maxLength:"100" example:"马全福 13800000001"`
	Photos   string       `json:"photos" doc:"近景、远景照片说明" minLength:"1" maxLength:"200" example:"近景、远景照片各一张"`
}

// Example implements Form.
func (PublicNotice) Example() any {
	return PublicNotice{Place: "马村村务公开栏", PostedBy: "马全福", Contact: "马全福 13800000001", Photos: "近景、远景照片各一张"}
}

// CheckCase holds the posting to the days between the meeting and the move that the five working days count from (A4):
// a notice that hung later has not hung long enough.
func (n *PublicNotice) CheckCase(c workflow.Case, _ calendar.Day) []workflow.FieldError {
	first := c.Begun()
	if r, ok := c.Latest(glossary.MeetingRecordKind); ok {
		first = max(first, workflow.Recorded[MeetingRecord](r).HeldOn)
	}
	return DayBetween("posted_on", "张贴日期", &n.PostedOn, first, calendar.DayOf(c.File.Marks[glossary.Noticed]), "R35")
}

// Objection is F22: an objection to the plan. The name may be left out (A5).
type Objection struct {
	Name     string `json:"name,omitempty" doc:"异议人（可不公开）" maxLength:"50"`
	Facts    string `json:"facts" doc:"异议事实与理由" minLength:"1" maxLength:"1000" example:"认为拟建房屋遮挡北侧通道"`
	Evidence string `json:"evidence,omitempty" doc:"证据" maxLength:"500"`
}

// Example implements Form.
func (Objection) Example() any { return Objection{Facts: "认为拟建房屋遮挡北侧通道"} }

// ObjectionFinding is the answer to an objection, by at least two who looked into it (A5).
type ObjectionFinding struct {
	Identities
	Investigators []string     `json:"investigators" doc:"核查人（不少于两人）" minItems:"2" maxItems:"10" example:"[\"马长顺\",\"马庆丰\"]"`
	Finding       string       `json:"finding" doc:"核查经过与结论" minLength:"1" maxLength:"1000" example:"现场丈量，通道宽度符合村庄规划，异议不成立"`
	RepliedOn     calendar.Day `json:"replied_on,omitempty" required:"false" doc:"书面答复日期" format:"date"`
}

// Example implements Form.
func (ObjectionFinding) Example() any {
	return ObjectionFinding{Investigators: []string{"马长顺", "马庆丰"}, Finding: "现场丈量，通道宽度符合村庄规划，异议不成立"}
}

// Check wants two different people.
func (f ObjectionFinding) Check(time.Time) []workflow.FieldError {
	return TwoPeople("investigators", f.Investigators, "R36")
}

// CheckCase holds the days of the objection finding to the case; each finding names its field.
func (f *ObjectionFinding) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	first := c.Begun()
	if r, ok := c.Latest(glossary.ObjectionKind); ok {
		first = calendar.DayOf(r.At)
	}
	return DayBetween("replied_on", "答复日期", &f.RepliedOn, first, today, "R36")
}

// NeighborOpinion is F24: what the four neighbours said; disagreement is no veto, but its handling is owed (A16).
type NeighborOpinion struct {
	East     string `json:"east" doc:"东邻意见" enum:"agree,disagree,refused,none" example:"agree"`
	South    string `json:"south" doc:"南邻意见" enum:"agree,disagree,refused,none" example:"agree"`
	West     string `json:"west" doc:"西邻意见" enum:"agree,disagree,refused,none" example:"none"`
	North    string `json:"north" doc:"北邻意见" enum:"agree,disagree,refused,none" example:"agree"`
	Names    string `json:"names" doc:"四邻姓名" minLength:"1" maxLength:"200" example:"东邻赵大明、南邻张志强、北邻孙立"`
	Handling string `json:"handling,omitempty" doc:"不同意见的处理说明，拒签的见证人" maxLength:"1000"`
}

// Example implements Form.
func (NeighborOpinion) Example() any {
	return NeighborOpinion{East: "agree", South: "agree", West: "none", North: "agree", Names: "东邻赵大明、南邻张志强、北邻孙立"}
}

// Check wants the handling of every disagreement, and witnesses of every refusal to sign (A16).
func (n NeighborOpinion) Check(time.Time) []workflow.FieldError {
	for _, o := range []string{n.East, n.South, n.West, n.North} {
		if (o == "disagree" || o == "refused") && strings.TrimSpace(n.Handling) == "" {
			return []workflow.FieldError{fieldError("handling", "有邻居不同意或拒签的，请写明处理情况或两名见证人", "A16")}
		}
	}
	return nil
}

// VillageSheet is F25: the four points of the village's review (R41–R44).
type VillageSheet struct {
	PapersGenuine bool   `json:"papers_genuine" doc:"材料真实有效" example:"true"`
	PlanConforms  bool   `json:"plan_conforms" doc:"符合村庄规划或乡镇国土空间规划" example:"true"`
	PlanBasis     string `json:"plan_basis" doc:"规划依据" enum:"village_plan,township_spatial_plan" example:"village_plan"`
	PlanSheet     string `json:"plan_sheet,omitempty" doc:"图号" maxLength:"60"`
	StyleConforms bool   `json:"style_conforms" doc:"层高、外观风貌符合规定" example:"true"`
	Neighbors     bool   `json:"neighbors_consulted" doc:"已征求相邻权利人意见" example:"true"`
	OldHomestead  bool   `json:"old_homestead_verified,omitempty" doc:"已核实原宅基地来源、位置和范围" example:"true"`
	Note          string `json:"note,omitempty" doc:"说明" maxLength:"1000"`
}

// Example implements Form.
func (VillageSheet) Example() any {
	return VillageSheet{true, true, "village_plan", "马村-03", true, true, true, ""}
}

// SiteRecord is F26: the visit on site by at least two officers (R49, Licensing Law Art. 34(3)).
type SiteRecord struct {
	Identities
	VisitedOn calendar.Day `json:"visited_on,omitempty" required:"false" doc:"核查日期" format:"date"`
	Surveyors []string     `json:"surveyors" doc:"核查人（不少于两人）" minItems:"1" maxItems:"10" example:"[\"杜建业\",\"樊志远\"]"`
	Present   string       `json:"present,omitempty" doc:"在场人" maxLength:"200"`
	Findings  string       `json:"findings" doc:"核查结果（位置、四至、面积、地类、现状）" minLength:"1" maxLength:"2000" example:"位置、四至、面积与申请一致，地类为建设用地"`
	Buildings string       `json:"buildings,omitempty" doc:"现状建筑" maxLength:"300" example:"空地，无建筑物"`
	Hazards   string       `json:"hazards,omitempty" doc:"安全隐患" maxLength:"300" example:"无切坡、滑坡、采空、洪涝隐患"`
	Matches   bool         `json:"matches" doc:"现场与申请一致" example:"true"`
}

// Example implements Form.
func (SiteRecord) Example() any {
	return SiteRecord{Surveyors: []string{"杜建业", "樊志远"}, Present: "户主王建国", Findings: "位置、四至、面积与申请一致，地类为建设用地",
		Buildings: "空地，无建筑物", Hazards: "无切坡、滑坡、采空、洪涝隐患", Matches: true}
}

// Check wants two different officers.
func (s SiteRecord) Check(time.Time) []workflow.FieldError {
	return TwoPeople("surveyors", s.Surveyors, "R49")
}

// CheckCase holds the days of the site record to the case; each finding names its field.
func (s *SiteRecord) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("visited_on", "核查日期", &s.VisitedOn, calendar.DayOf(c.File.Marks[glossary.Accepted]), today, "R49")
}

// JointSheet is F27: the opinion of one of the three offices (A9).
type JointSheet struct {
	Opinion string `json:"opinion" doc:"意见" enum:"agree,disagree" example:"agree"`
	Reason  string `json:"reason" doc:"理由" minLength:"1" maxLength:"1000" example:"符合条件，同意"`
	Article string `json:"article,omitempty" doc:"不同意所依据的法条" maxLength:"200"`
}

// Example implements Form.
func (JointSheet) Example() any { return JointSheet{Opinion: "agree", Reason: "符合条件，同意"} }

// Check wants the article on which a disagreement stands (A9).
func (j JointSheet) Check(time.Time) []workflow.FieldError {
	if j.Opinion == "disagree" && strings.TrimSpace(j.Article) == "" {
		return []workflow.FieldError{fieldError("article", "不同意的，请写明所依据的法条", "R50")}
	}
	return nil
}

// Confer is the one consultation that the township head chairs where offices disagree (A9).
type Confer struct {
	Result string `json:"result" doc:"会商结果" enum:"agree,disagree" example:"agree"`
	Note   string `json:"note" doc:"会商情况" minLength:"1" maxLength:"2000" example:"经会商，意见一致"`
}

// Example implements Form.
func (Confer) Example() any { return Confer{"agree", "经会商，意见一致"} }

// LandConversion is the approval that farmland may be built on (R57, A15).
type LandConversion struct {
	Number     string       `json:"number" doc:"转用批复文号" minLength:"1" maxLength:"100" example:"稷政地字〔2026〕8号"`
	ApprovedOn calendar.Day `json:"approved_on" doc:"批复日期" format:"date" example:"2026-03-02"`
}

// Example implements Form.
func (LandConversion) Example() any {
	return LandConversion{"稷政地字〔2026〕8号", calendar.Date(2026, 3, 2)}
}

// Check refuses a day in the future.
func (l LandConversion) Check(now time.Time) []workflow.FieldError {
	return NotAfter("approved_on", l.ApprovedOn, now, "R57")
}

// AreaConfirmation is the planning office's finding on whether the plot lies inside the county-town planning area (A34):
// what the application says is checked against the plan, and who decides follows from the finding.
type AreaConfirmation struct {
	Agrees bool   `json:"agrees" doc:"申请所填区位（县城规划区内或以外）属实" example:"true"`
	Reason string `json:"reason" doc:"复核依据和理由" minLength:"1" maxLength:"300" example:"对照县城规划区范围图，与申请所填一致"`
}

// Example implements Form.
func (AreaConfirmation) Example() any {
	return AreaConfirmation{true, "对照县城规划区范围图，与申请所填一致"}
}

// FilingReceipt is a county bureau's acknowledgement of the filing report (R55, A13).
type FilingReceipt struct {
	Receipt string `json:"receipt" doc:"回执说明" minLength:"1" maxLength:"200" example:"已收悉，予以备案"`
}

// Example implements Form.
func (FilingReceipt) Example() any { return FilingReceipt{"已收悉，予以备案"} }

// Disclosed is that the result was made public (L11): only what A37 allows, which the program chooses itself.
type Disclosed struct {
	Where       string       `json:"where" doc:"公开渠道" minLength:"1" maxLength:"100" example:"乡镇政务公开栏和本系统公开页"`
	DisclosedOn calendar.Day `json:"disclosed_on,omitempty" required:"false" doc:"公开日期" format:"date"`
}

// Example implements Form.
func (Disclosed) Example() any { return Disclosed{Where: "乡镇政务公开栏和本系统公开页"} }

// CheckCase holds the day of the disclosure to the case; each finding names its field.
func (d *Disclosed) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("disclosed_on", "公开日期", &d.DisclosedOn, c.File.Day(glossary.Decided), today, "A37")
}

// The forms of moves.

// MeetingSubmission puts the application on the agenda: the notice of the meeting is what R33 limits (A3).
type MeetingSubmission struct {
	NoticeOn calendar.Day `json:"notice_on,omitempty" required:"false" doc:"会议通知发出日期" format:"date"`
	MeetOn   calendar.Day `json:"meet_on,omitempty" required:"false" doc:"拟开会日期" format:"date"`
}

// Example implements Form.
func (MeetingSubmission) Example() any {
	return MeetingSubmission{}
}

// CheckCase wants the notice sent since the group has the papers, and the meeting after it, within the year.
func (m *MeetingSubmission) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	found := DayBetween("notice_on", "会议通知日期", &m.NoticeOn, c.Begun(), today, "R33")
	if m.MeetOn != 0 && len(found) == 0 {
		found = DayBetween("meet_on", "拟开会日期", &m.MeetOn, m.NoticeOn, m.NoticeOn.AddMonths(12), "R33")
	}
	return found
}

// HandOver is a transfer list: what goes to the next desk (R39, R45).
type HandOver struct {
	Items string `json:"items" doc:"移交清单" minLength:"1" maxLength:"1000" example:"申请表、承诺书、会议记录、公示记录各一份"`
}

// Example implements Form.
func (HandOver) Example() any {
	return HandOver{Items: "申请表、承诺书、会议记录、公示记录各一份"}
}

// Opinion is the head's signed opinion (R38, R45).
type Opinion struct {
	Opinion string `json:"opinion" doc:"签署意见" minLength:"1" maxLength:"500" example:"情况属实，同意"`
}

// Example implements Form.
func (Opinion) Example() any { return Opinion{Opinion: "情况属实，同意"} }

// CorrectionRequest is F16: everything that is missing, once (A8).
type CorrectionRequest struct {
	Items []workflow.CorrectionItem `json:"items" doc:"需补正的内容（一次列全）" minItems:"1" maxItems:"20"`
	Until calendar.Day              `json:"until,omitempty" required:"false" doc:"补正期限的最后一日（不填为三十日）" format:"date"`
}

// CheckCase states the last day of the correction; each finding names its field.
func (c *CorrectionRequest) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	if c.Until == 0 {
		c.Until = today + calendar.Day(law.Supply.N)
	}
	return DayBetween("until", "补正期限", &c.Until, today+1, today+366, "A8")
}

// Example implements Form: the row of a chain names one of its own papers.
func (c CorrectionRequest) Example() any { return c }

// RefusalGround is F17: the law knows two grounds not to accept (Licensing Law Art. 32(1), (2)).
type RefusalGround struct {
	Ground string `json:"ground" doc:"不予受理的情形" enum:"not_required,not_competent" example:"not_competent"`
	Where  string `json:"where,omitempty" doc:"应向哪个机关申请" maxLength:"200"`
}

// Check wants the office to which the applicant is sent (Licensing Law Art. 32(2)).
func (r RefusalGround) Check(time.Time) []workflow.FieldError {
	if r.Ground == "not_competent" && strings.TrimSpace(r.Where) == "" {
		return []workflow.FieldError{fieldError("where", "不属于本机关职权的，须告知应向哪个机关申请（行政许可法32）", "R48")}
	}
	return nil
}

// Example implements Form.
func (RefusalGround) Example() any { return RefusalGround{"not_competent", "县自然资源局"} }

// Approval is F03: the head's decision, with the validity that A31 wants stated and never presumed.
type Approval struct {
	HandSigned
	Opinion     string `json:"opinion" doc:"审核批准意见" minLength:"1" maxLength:"1000" example:"经审核，符合条件，同意批准"`
	ValidMonths int    `json:"valid_months" doc:"批准书有效期（月）" minimum:"1" maximum:"60" example:"24"`
}

// Example implements Form.
func (Approval) Example() any {
	return Approval{Opinion: "经审核，符合条件，同意批准", ValidMonths: 24}
}

// PermitApproval is the decision on a planning permit alone.
type PermitApproval struct {
	HandSigned
	Opinion string `json:"opinion" doc:"审核批准意见" minLength:"1" maxLength:"1000" example:"符合规划，准予许可"`
}

// Example implements Form.
func (PermitApproval) Example() any { return PermitApproval{Opinion: "符合规划，准予许可"} }

// Denial is F20: facts, the condition not met, and the law (Licensing Law Art. 38(2)). The notice itself names the ways
// of review and suit.
type Denial struct {
	HandSigned
	Facts    string `json:"facts" doc:"查明的事实" minLength:"1" maxLength:"2000" example:"拟用地位于永久基本农田范围内"`
	Unmet    string `json:"unmet" doc:"不符合的具体条件" minLength:"1" maxLength:"1000" example:"农村村民建住宅不得占用永久基本农田"`
	Articles string `json:"articles" doc:"法律依据" minLength:"1" maxLength:"500" example:"土地管理法第六十二条"`
}

// Example implements Form.
func (Denial) Example() any {
	return Denial{Facts: "拟用地位于永久基本农田范围内", Unmet: "农村村民建住宅不得占用永久基本农田", Articles: "土地管理法第六十二条"}
}

// Amended carries the application as amended, where anything changed (A7).
type Amended struct {
	Application *Application `json:"application,omitempty" doc:"修改后的申请（没有修改的不填）"`
}

// Example implements Form.
func (Amended) Example() any { return Amended{} }

// Amended implements Amending.
func (a *Amended) Amended() workflow.Form {
	if a.Application == nil {
		return nil
	}
	return HomesteadApplication{*a.Application}
}

// Check holds the amended application to the same checks as a new one.
func (a Amended) Check(now time.Time) []workflow.FieldError {
	if a.Application == nil {
		return nil
	}
	found := a.Application.Check(now)
	for i := range found {
		found[i].Field = "application." + found[i].Field
	}
	return found
}

// The bodies that may discuss an application (A3 meeting.body).
const (
	GroupVillagerMeeting   = "group_villager_meeting"   // 村民小组会议: two thirds attend, more than half of those agree
	MemberAssembly         = "member_assembly"          // 成员大会: two thirds attend, two thirds of all members agree
	MemberDelegateAssembly = "member_delegate_assembly" // 成员代表大会: two thirds attend, two thirds of all delegates agree
)

// Quorate tells whether enough people came: two thirds of those expected, in every body (Villagers Committees
// Law Art. 28, Rural Collectives Law Art. 27). Multiplied out: no fraction is rounded.
func (m MeetingRecord) Quorate() bool { return m.Expected > 0 && 3*m.Present >= 2*m.Expected }

// Carried tells whether the meeting agreed, by the share that its body asks for.
func (m MeetingRecord) Carried() bool {
	if m.Body == GroupVillagerMeeting {
		return 2*m.Agree > m.Present
	}
	return m.Expected > 0 && 3*m.Agree >= 2*m.Expected
}
