package forms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
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

	Corrected *Corrected `json:"corrected,omitempty" doc:"更正的内容（只填有误的项）"`
}

// Example implements Form.
func (CertificateVoid) Example() any {
	return CertificateVoid{Number: "农宅字1408241002026001号", Reason: "四至填写有误", Replace: true,
		Corrected: &Corrected{Boundary: &Boundary{East: "村路", South: "张志强宅", West: "水渠", North: "马有才宅"}}}
}

// Check wants what is corrected in a new certificate, and there only.
func (c CertificateVoid) Check(time.Time) []workflow.FieldError {
	if c.Replace && c.Corrected.Into(Proposed{}) == (Proposed{}) {
		return []workflow.FieldError{fieldError("corrected", "重新核发的，请填写更正的内容；遗失、毁损的请办理补发", "R53")}
	}
	if c.Corrected != nil && !c.Replace {
		return []workflow.FieldError{fieldError("replace", "更正内容须随重新核发的证照，请选择重新核发", "R53")}
	}
	return nil
}

// CheckCase holds what is corrected to the decision: no area, floor, height or span above what was approved.
func (c *CertificateVoid) CheckCase(k workflow.Case, _ calendar.Day) []workflow.FieldError {
	var found []workflow.FieldError
	approved := workflow.Applied[Application](k).Proposed
	now := c.Corrected.Into(approved)
	for _, m := range []struct {
		field, name    string
		now, permitted workflow.Decimal
	}{
		{"homestead_area", "宅基地面积", now.HomesteadArea, approved.HomesteadArea},
		{"footprint_area", "房基占地面积", now.FootprintArea, approved.FootprintArea},
		{"building_area", "住房建筑面积", now.BuildingArea, approved.BuildingArea},
		{"height", "建筑高度", now.Height, approved.Height},
		{"floors", "建筑层数", workflow.Decimal(now.Floors) * 100, workflow.Decimal(approved.Floors) * 100},
	} {
		if m.now > m.permitted {
			found = append(found, fieldError("corrected."+m.field, fmt.Sprintf("更正后的%s %s 超过批准的 %s，增加的须另行申请",
				m.name, m.now, m.permitted), "R53"))
		}
	}
	return found
}

// Corrected is what a certificate says wrongly and the one that replaces it says rightly; what is left out stays.
type Corrected struct {
	Address       string           `json:"address,omitempty" doc:"地址" maxLength:"200"`
	Boundary      *Boundary        `json:"boundary,omitempty" doc:"四至"`
	HomesteadArea workflow.Decimal `json:"homestead_area,omitempty" required:"false" doc:"宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$"`
	FootprintArea workflow.Decimal `json:"footprint_area,omitempty" required:"false" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$"`
	BuildingArea  workflow.Decimal `json:"building_area,omitempty" required:"false" doc:"住房建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$"`
	Height        workflow.Decimal `json:"height,omitempty" required:"false" doc:"建筑高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$"`
	Floors        int              `json:"floors,omitempty" doc:"建筑层数" minimum:"1" maximum:"20"`
}

// Into puts the corrections into what was approved.
func (c *Corrected) Into(p Proposed) Proposed {
	if c == nil {
		return p
	}
	p.Address = cmp.Or(c.Address, p.Address)
	if c.Boundary != nil {
		p.Boundary = *c.Boundary
	}
	p.HomesteadArea, p.FootprintArea = cmp.Or(c.HomesteadArea, p.HomesteadArea), cmp.Or(c.FootprintArea, p.FootprintArea)
	p.BuildingArea, p.Height = cmp.Or(c.BuildingArea, p.BuildingArea), cmp.Or(c.Height, p.Height)
	p.Floors = cmp.Or(c.Floors, p.Floors)
	return p
}

// CorrectedOf reads what a replacing certificate corrects; nil for one that corrects nothing.
func CorrectedOf(d workflow.Document) *Corrected {
	var c *Corrected
	if len(d.Content) == 0 || json.Unmarshal(d.Content, &c) != nil {
		return nil
	}
	return c
}

// CertificateKept lets a certificate stand of which the basis has ended: its authority has looked into it.
type CertificateKept struct {
	Number string `json:"number" doc:"证照编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Reason string `json:"reason" doc:"维持的理由" minLength:"1" maxLength:"500" example:"规划许可已另行核发，用地批准不受影响"`
}

// Example implements Form.
func (CertificateKept) Example() any {
	return CertificateKept{"农宅字1408241002026001号", "规划许可已另行核发，用地批准不受影响"}
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
// (Licensing Law Art. 50, A31), by the day on which the application was entered at the counter. The new certificate carries the old number with the mark 延.
type CertificateRenewed struct {
	Number string `json:"number" doc:"批准书编号" minLength:"1" maxLength:"60" example:"农宅字1408241002026001号"`
	Months int    `json:"months" doc:"延续月数" minimum:"1" maximum:"60" example:"12"`
	Reason string `json:"reason" doc:"理由" minLength:"1" maxLength:"300" example:"备料延误，未能按期开工"`
}

// Example implements Form.
func (CertificateRenewed) Example() any {
	return CertificateRenewed{Number: "农宅字1408241002026001号", Months: 12, Reason: "备料延误，未能按期开工"}
}

// Of implements CertificateAct.
func (c *CertificateRenewed) Of() (string, string) { return c.Number, "已延续：" + c.Reason }

// Again implements CertificateAct.
func (c *CertificateRenewed) Again(d workflow.Document) *workflow.Document {
	return &workflow.Document{Number: marked(d.Number, "延"), ValidFrom: d.ValidTo + 1, ValidTo: d.ValidTo.AddMonths(c.Months),
		Content: d.Content}
}

// Refuses implements CertificateAct: only what has an end is renewed, and on an application in time (A31).
func (c *CertificateRenewed) Refuses(d workflow.Document, k workflow.Case) string {
	last := d.ValidTo - calendar.Day(law.Renew.N)
	asked, _ := k.Latest(glossary.RenewalAskedKind)
	request := workflow.Recorded[RenewalRequest](asked)
	switch {
	case d.Kind == glossary.ConstructionPermitDoc:
		return "施工许可证不办理延续；不能按期开工的，请办理延期（建筑法9）"
	case d.ValidTo == 0:
		return d.Title + "没有有效期，不需要延续"
	case request.Number != d.Number:
		return "没有登记申请延续 " + d.Number + " 的申请书，请先由窗口登记"
	case calendar.DayOf(asked.At) > last:
		return fmt.Sprintf("有效期至 %s，应在届满%s前（不迟于 %s）申请延续（行政许可法50），申请于 %s 登记", d.ValidTo,
			law.Renew.Statute(), last, calendar.DayOf(asked.At))
	case c.Months > request.Months:
		return fmt.Sprintf("延续 %d 个月超过申请的 %d 个月（行政许可法50）", c.Months, request.Months)
	}
	return ""
}

// CertificateAct is a form that ends a certificate or gives it again.
type CertificateAct interface {
	Of() (number, why string)
	Refuses(d workflow.Document, c workflow.Case) string // why it is not allowed, in Chinese; "" where it is
	Again(d workflow.Document) *workflow.Document        // what is new in the one in its place; nil for none
}

// marked is a number with a mark behind it, counted from the second one on.
func marked(number, mark string) string {
	plain, _, _ := strings.Cut(number, "（"+mark)
	if n := strings.Count(number, mark); n > 0 {
		return fmt.Sprintf("%s（%s%d）", plain, mark, n+1)
	}
	return plain + "（" + mark + "）"
}

// Refuses implements CertificateAct.
func (c *CertificateVoid) Refuses(workflow.Document, workflow.Case) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateRevoked) Refuses(workflow.Document, workflow.Case) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateCancelled) Refuses(workflow.Document, workflow.Case) string { return "" }

// Refuses implements CertificateAct.
func (c *CertificateReissued) Refuses(workflow.Document, workflow.Case) string { return "" }

// Of implements CertificateAct.
func (c *CertificateVoid) Of() (string, string) { return c.Number, c.Reason }

// Again implements CertificateAct.
func (c *CertificateVoid) Again(d workflow.Document) *workflow.Document {
	if !c.Replace {
		return nil
	}
	again := &workflow.Document{ValidFrom: d.ValidFrom, ValidTo: d.ValidTo, Content: d.Content}
	if c.Corrected != nil {
		again.Content, _ = json.Marshal(c.Corrected) // a struct of text and numbers always encodes
	}
	return again
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
	return &workflow.Document{Number: marked(d.Number, "补"), ValidFrom: d.ValidFrom, ValidTo: d.ValidTo, Content: d.Content}
}
