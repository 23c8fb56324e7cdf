package workflow

import (
	"fmt"
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

type documentWords struct{ title, matter string }

var documents = map[DocumentKind]documentWords{
	ApprovalSheet: {"农村宅基地和建房（规划许可）审批表", ""}, PlanningPermitDoc: {"乡村建设规划许可证", ""},
	HomesteadCert: {"农村宅基地批准书", ""}, ReceiptDoc: {"申请材料接收凭证", "收"}, AcceptanceNotice: {"受理通知书", "受"},
	CorrectionNotice: {"材料补正一次性告知书", "补"}, NonAcceptanceDoc: {"不予受理决定书", "不受"},
	DenialDecision: {"不予行政许可决定书", "不"}, FilingReport: {"审批情况备案报告", "备"},
}

// Title is the paper's Chinese name.
func (k DocumentKind) Title() string { return documents[k].title }

// townshipShort is how a township signs its document numbers (稷峰政许受〔2026〕12号).
var townshipShort = map[string]string{
	"140824100": "稷峰", "140824101": "西社", "140824102": "化峪", "140824103": "翟店", "140824104": "清河",
	"140824200": "蔡村", "140824201": "太阳",
}

// Series is the run of consecutive numbers that a paper of this kind takes its number from, "" for a paper
// without a number. It holds exactly what the number itself shows (numbering rules, forms section 40):
// certificates, notices by kind, township and year; planning permits by county and year. The year is that
// of the decision in Shanghai.
func (k DocumentKind) Series(division string, at time.Time) string {
	y, _, _ := calendar.DayOf(at).Date()
	switch {
	case k == ApprovalSheet || len(division) < 12:
		return ""
	case k == PlanningPermitDoc:
		return fmt.Sprintf("%s/%s/%d", k, division[:6], y)
	}
	return fmt.Sprintf("%s/%s/%d", k, division[:9], y)
}

// Number writes the number of the seq-th paper of its series; "" for a paper without a number.
func (k DocumentKind) Number(division string, at time.Time, seq int) string {
	y, _, _ := calendar.DayOf(at).Date()
	switch k {
	case ApprovalSheet:
		return ""
	case PlanningPermitDoc:
		return fmt.Sprintf("乡字第%s%04d%05d号", division[:6], y, seq)
	case HomesteadCert:
		return fmt.Sprintf("农宅字%s%04d%03d号", division[:9], y, seq)
	}
	return fmt.Sprintf("%s政许%s〔%d〕%d号", townshipShort[division[:9]], documents[k].matter, y, seq)
}

// CaseNumber is the short number of the seq-th case of a matter on a day: JS-HP-20260615-0001.
func CaseNumber(matter string, day calendar.Day, seq int) string {
	y, m, d := day.Date()
	return fmt.Sprintf("JS-%s-%04d%02d%02d-%04d", matter, y, m, d, seq)
}
