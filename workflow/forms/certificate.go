package forms

import (
	"fmt"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// A certificate that was issued is never edited: it is void, with or without a new one in its place, revoked,
// cancelled, or issued again under its own number where it was lost (numbering rules, forms section 40).

// CertificateVoid ends a certificate that was issued in error; its number is kept and never given again. With Replace a
// new one is issued, under a number of its own.
type CertificateVoid struct {
	Number  string `json:"number" doc:"证照编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Reason  string `json:"reason" doc:"作废原因" minLength:"1" maxLength:"300" example:"四至填写有误"`
	Replace bool   `json:"replace" doc:"重新核发" example:"true"`
}

// Example implements Form.
func (CertificateVoid) Example() any {
	return CertificateVoid{"农宅字1408241002026001号", "四至填写有误", true}
}

// CertificateRevoked takes a certificate back (Licensing Law Art. 69).
type CertificateRevoked struct {
	Number string `json:"number" doc:"证照编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Ground string `json:"ground" doc:"撤销情形" enum:"abuse_of_power,beyond_power,against_procedure,not_entitled,fraud" example:"fraud"`
	Facts  string `json:"facts" doc:"查明的事实" minLength:"1" maxLength:"1000" example:"申请材料虚假，户内已有宅基地"`
}

// Example implements Form.
func (CertificateRevoked) Example() any {
	return CertificateRevoked{"农宅字1408241002026001号", "fraud", "申请材料虚假，户内已有宅基地"}
}

// CertificateCancelled is the formality after a permit has ended (Licensing Law Art. 70).
type CertificateCancelled struct {
	Number string `json:"number" doc:"证照编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Ground string `json:"ground" doc:"注销情形" enum:"not_renewed,death,revoked,impossible,other" example:"not_renewed"`
	Facts  string `json:"facts" doc:"说明" minLength:"1" maxLength:"1000" example:"有效期届满未延续"`
}

// Example implements Form.
func (CertificateCancelled) Example() any {
	return CertificateCancelled{"农宅字1408241002026001号", "not_renewed", "有效期届满未延续"}
}

// CertificateReissued gives a lost or damaged certificate again, under its own number with the mark 补.
type CertificateReissued struct {
	Number string `json:"number" doc:"证照编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Reason string `json:"reason" doc:"补发原因" minLength:"1" maxLength:"300" example:"原件遗失，已登报声明"`
}

// Example implements Form.
func (CertificateReissued) Example() any {
	return CertificateReissued{"农宅字1408241002026001号", "原件遗失，已登报声明"}
}

// CertificateRenewed lets a homestead certificate serve longer (延续): applied for at least thirty days before its end
// (Licensing Law Art. 50, A31). The new certificate carries the old number with the mark 延.
type CertificateRenewed struct {
	Number    string       `json:"number" doc:"批准书编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	AppliedOn calendar.Day `json:"applied_on,omitempty" required:"false" doc:"申请延续的日期" format:"date"`
	Months    int          `json:"months" doc:"延续月数" minimum:"1" maximum:"60" example:"12"`
	Reason    string       `json:"reason" doc:"理由" minLength:"1" maxLength:"300" example:"备料延误，未能按期开工"`
}

// Example implements Form.
func (CertificateRenewed) Example() any {
	return CertificateRenewed{Number: "农宅字1408241002026001号", Months: 12, Reason: "备料延误，未能按期开工"}
}

// CheckCase holds the days of the certificate renewed to the case; each finding names its field.
func (c *CertificateRenewed) CheckCase(k workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("applied_on", "申请延续的日期", &c.AppliedOn, k.Begun(), today, "A31")
}

// Of implements CertificateAct.
func (c *CertificateRenewed) Of() (string, string) { return c.Number, "已延续：" + c.Reason }

// Again implements CertificateAct.
func (c *CertificateRenewed) Again(d workflow.Document) *workflow.Document {
	number, _, _ := strings.Cut(d.Number, "（延")
	mark := "（延）"
	if n := strings.Count(d.Number, "延"); n > 0 {
		mark = fmt.Sprintf("（延%d）", n+1)
	}
	return &workflow.Document{Kind: d.Kind, Number: number + mark, Title: d.Title, Authority: d.Authority, ToServe: d.ToServe,
		ValidTo: d.ValidTo.AddMonths(c.Months), Cites: d.Cites}
}

// Refuses implements CertificateAct: only what has an end is renewed, and in time.
func (c *CertificateRenewed) Refuses(d workflow.Document) string {
	last := d.ValidTo - calendar.Day(law.Renew.N)
	switch {
	case d.ValidTo == 0:
		return d.Title + "没有有效期，不需要延续"
	case c.AppliedOn > last:
		return fmt.Sprintf("有效期至 %s，应在届满%s前（不迟于 %s）申请延续（行政许可法50）", d.ValidTo, law.Renew.Statute(), last)
	}
	return ""
}

// CertificateAct is a form that ends a certificate or gives it again.
type CertificateAct interface {
	Of() (number, why string)
	Refuses(d workflow.Document) string           // why the certificate does not allow it, in Chinese; "" where it does
	Again(d workflow.Document) *workflow.Document // what is issued in its place; nil for nothing
}

// Refuses implements CertificateAct.
func (c *CertificateVoid) Refuses(workflow.Document) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateRevoked) Refuses(workflow.Document) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateCancelled) Refuses(workflow.Document) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateReissued) Refuses(workflow.Document) string { return "" }

// Of implements CertificateAct.
func (c *CertificateVoid) Of() (string, string) { return c.Number, c.Reason }

// Again implements CertificateAct.
func (c *CertificateVoid) Again(d workflow.Document) *workflow.Document {
	if !c.Replace {
		return nil
	}
	return &workflow.Document{Kind: d.Kind, Title: d.Title, Authority: d.Authority, ToServe: d.ToServe,
		ValidTo: d.ValidTo, Cites: d.Cites}
}

// Of implements CertificateAct.
func (c *CertificateRevoked) Of() (string, string) { return c.Number, "撤销：" + c.Facts }

// Again implements CertificateAct.
func (c *CertificateRevoked) Again(workflow.Document) *workflow.Document { return nil }

// Of implements CertificateAct.
func (c *CertificateCancelled) Of() (string, string) { return c.Number, "注销：" + c.Facts }

// Again implements CertificateAct.
func (c *CertificateCancelled) Again(workflow.Document) *workflow.Document { return nil }

// Of implements CertificateAct.
func (c *CertificateReissued) Of() (string, string) { return c.Number, "已补发：" + c.Reason }

// Again implements CertificateAct.
func (c *CertificateReissued) Again(d workflow.Document) *workflow.Document {
	n := strings.Count(d.Number, "补")
	number, _, _ := strings.Cut(d.Number, "（补")
	mark := "（补）"
	if n > 0 {
		mark = fmt.Sprintf("（补%d）", n+1)
	}
	return &workflow.Document{Kind: d.Kind, Number: number + mark, Title: d.Title, Issuer: d.Issuer, ValidTo: d.ValidTo,
		Cites: d.Cites}
}
