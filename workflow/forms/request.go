package forms

import (
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// RequestPaper is the code of the scan of what an applicant asks for in writing, in every matter.
const RequestPaper = "SQ01"

// Requested is what an applicant asks for in writing while a case runs, or of a certificate after it: who signed, in
// what capacity, on what day, and the signature itself, drawn at the desk or on the scan of the paper (A30, A36).
type Requested struct {
	SignedBy  string       `json:"signed_by" doc:"签名人" minLength:"1" maxLength:"50" example:"王建国"`
	Capacity  string       `json:"capacity,omitempty" doc:"签名人身份（不填为户主本人）" enum:"householder,adult_member,agent" example:"householder"`
	Authority string       `json:"authority,omitempty" doc:"户内成年成员或代理人的凭据，例如授权委托书" maxLength:"200"`
	SignedOn  calendar.Day `json:"signed_on,omitempty" required:"false" doc:"签名日期" format:"date"`
	Signature string       `json:"signature,omitempty" doc:"当场手写签名（PNG 图片的 base64）" maxLength:"40000" format:"signature"`
}

// exampleSignature is a drawn signature of one pixel.
const exampleSignature = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="

func exampleRequest() Requested {
	return Requested{SignedBy: "王建国", Capacity: "householder", Signature: exampleSignature}
}

// check holds a request to the case: the householder signs, or one who shows why, on a day since the case began, and
// the signature is there (A30, A36).
func (q *Requested) check(c workflow.Case, today calendar.Day, r law.Rule) []workflow.FieldError {
	found := HandSigned{Signature: q.Signature}.signatureError(r)
	bad := func(wrong bool, field, msg string) {
		if wrong {
			found = append(found, fieldError(field, msg, r))
		}
	}
	own := q.Capacity == "" || q.Capacity == "householder"
	bad(own && c.Householder != "" && strings.TrimSpace(q.SignedBy) != c.Householder, "signed_by",
		"申请书应由户主 "+c.Householder+" 签名；由户内成年成员或代理人签名的，请选择身份并写明凭据")
	bad(!own && strings.TrimSpace(q.Authority) == "", "authority", "户内成年成员承接或代理人代办的，请写明凭据，例如授权委托书（A36）")
	bad(q.Signature == "" && !handedSince(c, q.SignedOn), "signature",
		"请当场手写签名，或先上传申请人签名的申请书扫描件（材料 "+RequestPaper+"）")
	return append(found, DayBetween("signed_on", "签名日期", &q.SignedOn, c.Begun(), today, r)...)
}

// handedSince tells whether the scan of a request was handed in on or after the day on which it was signed.
func handedSince(c workflow.Case, signed calendar.Day) bool {
	for _, m := range c.File.Materials {
		if m.Code == RequestPaper && calendar.DayOf(m.At) >= signed && !m.At.Before(c.EnteredAt) {
			return true
		}
	}
	return false
}

// Withdrawal is the applicant's own application to take the case back (A30): without it no office ends a case.
type Withdrawal struct {
	Requested
}

// Example implements Form.
func (Withdrawal) Example() any { return Withdrawal{exampleRequest()} }

// CheckCase holds the application to the case; each finding names its field.
func (w *Withdrawal) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return w.check(c, today, "A30")
}

// TownshipRequest is the household's request that the township takes up what the group or the village has refused or
// let lie: that the village does what the group would (A6), or that the township calls for the papers (A7).
type TownshipRequest struct {
	Requested
	Asks  string `json:"asks" doc:"请求事项" enum:"village_handles,township_calls" example:"village_handles"`
	Facts string `json:"facts" doc:"事实与理由" minLength:"1" maxLength:"1000" example:"组级逾期未提交会议讨论"`
}

// Example implements Form.
func (TownshipRequest) Example() any {
	return TownshipRequest{exampleRequest(), "village_handles", "组级逾期未提交会议讨论"}
}

// CheckCase holds the request to the case; each finding names its field.
func (t *TownshipRequest) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	r := law.Rule("A6")
	if t.Asks == "township_calls" {
		r = "A7"
	}
	return t.check(c, today, r)
}

// Taken is the township head's order to take a case up (A6, A7).
type Taken struct {
	HandSigned
	Opinion string `json:"opinion" doc:"审核意见" minLength:"1" maxLength:"500" example:"情况属实，同意"`
}

// Example implements Form.
func (Taken) Example() any { return Taken{Opinion: "情况属实，同意"} }

// RenewalRequest asks that a certificate serve longer; the day on which it was handed in decides whether in time
// (Licensing Law Art. 50).
type RenewalRequest struct {
	Requested
	Number string `json:"number" doc:"批准书编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Months int    `json:"months" doc:"申请延续的月数" minimum:"1" maximum:"60" example:"12"`
	Reason string `json:"reason" doc:"理由" minLength:"1" maxLength:"300" example:"备料延误，未能按期开工"`
}

// Example implements Form.
func (RenewalRequest) Example() any {
	return RenewalRequest{exampleRequest(), "农宅字1408241002026001号", 12, "备料延误，未能按期开工"}
}

// CheckCase holds the request to the case; each finding names its field.
func (r *RenewalRequest) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return r.check(c, today, "A31")
}
