package glossary

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anju/workflow/calendar"
)

// DocumentKind is the form number of an official paper.
type DocumentKind string

// The papers that the homestead and planning permit chains issue.
const (
	ApprovalSheet     DocumentKind = "F03" // 审批表
	PlanningPermitDoc DocumentKind = "F04" // 乡村建设规划许可证
	HomesteadCert     DocumentKind = "F05" // 农村宅基地批准书
	ReceiptDoc        DocumentKind = "F14" // 收件回执
	AcceptanceNotice  DocumentKind = "F15" // 受理通知书
	CorrectionNotice  DocumentKind = "F16" // 补正告知书
	NonAcceptanceDoc  DocumentKind = "F17" // 不予受理决定书
	DenialDecision    DocumentKind = "F20" // 不予许可决定书
	FilingReport      DocumentKind = "F28" // 备案报告
)

// The papers of the other chains. A form with several papers names each after a dash.
const (
	AcceptanceSheetDoc    DocumentKind = "F06"         // 验收意见表
	CommencementDoc       DocumentKind = "F08"         // 开工登记表
	CompletionDoc         DocumentKind = "F09"         // 竣工验收表
	CompletionOtherDoc    DocumentKind = "F09-other"   // 其他房屋竣工验收表
	ConstructionPermitDoc DocumentKind = "F12"         // 施工许可证
	CompletionFilingDoc   DocumentKind = "F13"         // 竣工验收备案表
	StopWorkDoc           DocumentKind = "F29-stop"    // 责令停工通知书
	RectificationDoc      DocumentKind = "F29-rectify" // 限期整改通知书
	ReferralDoc           DocumentKind = "F30"         // 移送函
	PushDoc               DocumentKind = "F31-push"    // 推送（函告）单
	PremisesCheckDoc      DocumentKind = "F31-check"   // 经营场所核查表
	StopReportDoc         DocumentKind = "F31-stop"    // 制止记录及核查报告
	ChangeOrderDoc        DocumentKind = "F31-order"   // 责令限期变更经营场所通知书
	GuidanceDoc           DocumentKind = "guidance_notice"

	NotRegisteredDoc     DocumentKind = "F38"        // 不予登记意见书
	RectifyCompletionDoc DocumentKind = "F39"        // 竣工验收不合格整改意见书
	StopWorkLiftedDoc    DocumentKind = "F48"        // 解除停工通知书
	UseStopDoc           DocumentKind = "F49-stop"   // 停止使用房屋通知书
	UseLiftedDoc         DocumentKind = "F49-lift"   // 解除停止使用房屋通知书
	WithdrawalDoc        DocumentKind = "F40"        // 撤回申请办结通知书
	LapseDoc             DocumentKind = "F41"        // 终止办理通知书
	RevocationDoc        DocumentKind = "F42-revoke" // 撤销行政许可决定书
	CancellationDoc      DocumentKind = "F42-cancel" // 注销行政许可决定书
	VoidingDoc           DocumentKind = "F42-void"   // 证照作废（更正）决定书
	HearingCallDoc       DocumentKind = "F43"        // 听证通知书
	SpecialProcedureDoc  DocumentKind = "F18-pause"  // 特别程序告知书
	ExtensionDoc         DocumentKind = "F18-extend" // 延期告知书
	HearingRightDoc      DocumentKind = "F36"        // 听证权利告知书
	ServiceReceiptDoc    DocumentKind = "F34"        // 送达回证
)

// Form is the form that the paper is printed on: F31 for F31-push.
func (k DocumentKind) Form() string {
	form, _, _ := strings.Cut(string(k), "-")
	return form
}

// Sheet names which of several papers of its form it is, "" for the only one.
func (k DocumentKind) Sheet() string {
	_, sheet, _ := strings.Cut(string(k), "-")
	return sheet
}

type documentWords struct{ title, matter string }

var documents = withMatters(map[DocumentKind]documentWords{
	ApprovalSheet: {"农村宅基地和建房（规划许可）审批表", ""}, PlanningPermitDoc: {"乡村建设规划许可证", ""},
	HomesteadCert: {"农村宅基地批准书", ""}, ReceiptDoc: {"申请材料接收凭证", "许收"}, AcceptanceNotice: {"受理通知书", "许受"},
	CorrectionNotice: {"材料补正一次性告知书", "许补"}, NonAcceptanceDoc: {"不予受理决定书", "许不受"},
	DenialDecision: {"不予行政许可决定书", "许不"}, FilingReport: {"审批情况备案报告", "许备"},
	AcceptanceSheetDoc: {"农村宅基地和建房（规划许可）验收意见表", ""}, CommencementDoc: {"农村自建低层房屋开工登记表", ""},
	CompletionDoc: {"农村自建低层房屋竣工验收表", ""}, CompletionOtherDoc: {"农村其他房屋竣工验收表", ""},
	ConstructionPermitDoc: {"建筑工程施工许可证", ""}, CompletionFilingDoc: {"房屋建筑工程竣工验收备案表", "竣备"},
	StopWorkDoc: {"责令停工（停止建设）通知书", "责停"}, RectificationDoc: {"责令限期整改通知书", "责改"}, ReferralDoc: {"案件移送函", "移"},
	PushDoc: {"市场主体信息推送（函告）单", ""}, PremisesCheckDoc: {"经营场所核查表", ""}, StopReportDoc: {"经营活动制止记录及核查报告", "报"},
	ChangeOrderDoc: {"责令限期变更经营场所通知书", "责变"}, GuidanceDoc: {"一次性告知单", ""},
	NotRegisteredDoc: {"不予登记意见书", "登不"}, RectifyCompletionDoc: {"竣工验收不合格整改意见书", "验改"},
	StopWorkLiftedDoc: {"解除停工通知书", "解停"}, UseStopDoc: {"停止使用房屋通知书", "停用"}, UseLiftedDoc: {"解除停止使用房屋通知书", "解用"},
	WithdrawalDoc: {"撤回申请办结通知书", "撤"}, LapseDoc: {"终止办理通知书", "终"}, RevocationDoc: {"撤销行政许可决定书", "许撤"},
	CancellationDoc: {"注销行政许可决定书", "许注"}, VoidingDoc: {"证照作废（更正）决定书", "许废"}, HearingCallDoc: {"听证通知书", "许听通"},
	ServiceReceiptDoc: {"送达回证", "送"}, SpecialProcedureDoc: {"特别程序告知书", "许特"}, ExtensionDoc: {"延期告知书", "许延"},
	HearingRightDoc: {"听证权利告知书", "许听"},
}, func(m MatterWords) map[DocumentKind]documentWords { return m.Documents })

// unnumbered are the papers without a number.
var unnumbered = map[DocumentKind]bool{ApprovalSheet: true, AcceptanceSheetDoc: true, CompletionDoc: true,
	CompletionOtherDoc: true, PushDoc: true, PremisesCheckDoc: true, GuidanceDoc: true}

// Added tells whether the paper is one that a matter with words of its own adds.
func (k DocumentKind) Added() bool {
	return slices.ContainsFunc(matters, func(m MatterWords) bool { _, ok := m.Documents[k]; return ok })
}

// Title is the paper's Chinese name.
func (k DocumentKind) Title() string { return documents[k].title }

// Coded tells whether the number of the paper is made of codes, and names no office.
func (k DocumentKind) Coded() bool {
	return k == PlanningPermitDoc || k == HomesteadCert || k == CommencementDoc || k == ConstructionPermitDoc
}

// Certificates lists the kinds of paper on which a right of the holder rests.
func Certificates() []DocumentKind {
	return []DocumentKind{PlanningPermitDoc, HomesteadCert, CommencementDoc, ConstructionPermitDoc}
}

// Certificate tells whether a right of the holder rests on the paper.
func (k DocumentKind) Certificate() bool { return slices.Contains(Certificates(), k) }

// Numbered tells whether papers of the kind have a number.
func (k DocumentKind) Numbered() bool { return !unnumbered[k] }

// Series is the run of consecutive numbers that a paper of this kind takes its number from, "" for a paper without a
// number. It holds exactly what the number itself shows (numbering rules, forms section 40): homestead certificates and
// registrations by township and year, planning permits by county and year, construction permits by county and day;
// notices by kind, authority and year, for an office of the county countywide, for one of a township by township. The
// year is that of the decision in Shanghai.
func (k DocumentKind) Series(authority Party, division string, at time.Time) string {
	day := calendar.DayOf(at)
	y, _, _ := day.Date()
	switch {
	case unnumbered[k] || len(division) < 12:
		return ""
	case k == ConstructionPermitDoc:
		return fmt.Sprintf("%s/%s/%s", k, division[:6], day)
	case k == PlanningPermitDoc:
		return fmt.Sprintf("%s/%s/%d", k, division[:6], y)
	case k.Coded() || authority == TownshipGovernment:
		return fmt.Sprintf("%s/%s/%d", k, division[:9], y)
	case authority.Level() == CountyLevel:
		return fmt.Sprintf("%s/%s/%s/%d", k, division[:6], authority, y)
	}
	return fmt.Sprintf("%s/%s/%s/%d", k, division[:9], authority, y)
}

// Number writes the number of the seq-th paper of its series; "" for a paper without a number. short is how the
// authority signs its numbers: 稷峰政 in 稷峰政许受〔2026〕12号.
func (k DocumentKind) Number(short, division string, at time.Time, seq int) string {
	y, m, d := calendar.DayOf(at).Date()
	switch {
	case unnumbered[k]:
		return ""
	case k == CommencementDoc:
		return fmt.Sprintf("开登%s%04d%04d", division[:9], y, seq)
	case k == ConstructionPermitDoc:
		return fmt.Sprintf("%s%04d%02d%02d%02d01", division[:6], y, m, d, seq)
	case k == PlanningPermitDoc:
		return fmt.Sprintf("乡字第%s%04d%05d号", division[:6], y, seq)
	case k == HomesteadCert:
		return fmt.Sprintf("农宅字%s%04d%03d号", division[:9], y, seq)
	}
	return fmt.Sprintf("%s%s〔%d〕%d号", short, documents[k].matter, y, seq)
}

// CaseNumber is the short number of the seq-th case of a matter on a day: JS-HP-20260615-0001.
func CaseNumber(matter string, day calendar.Day, seq int) string {
	y, m, d := day.Date()
	return fmt.Sprintf("JS-%s-%04d%02d%02d-%04d", matter, y, m, d, seq)
}
