package forms

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/calendar"
)

// Earlier is what was issued on paper before the system (A29). It counts only where the system holds no permit of the
// household.
type Earlier struct {
	PermitNo      string       `json:"permit_no,omitempty" doc:"乡村建设规划许可证或原建房手续编号" maxLength:"60"`
	PermitOn      calendar.Day `json:"permit_on,omitempty" required:"false" doc:"核发日期" format:"date"`
	CertificateNo string       `json:"certificate_no,omitempty" doc:"宅基地批准书或权属证号" maxLength:"60"`
	StartNo       string       `json:"start_no,omitempty" doc:"开工登记或施工许可编号" maxLength:"60"`
	AcceptanceNo  string       `json:"acceptance_no,omitempty" doc:"竣工验收资料编号" maxLength:"60"`
	Limits        *Measures    `json:"limits,omitempty" doc:"批准的面积、层数和高度"`
}

// Measures are what a permit limits and an acceptance measures; areas in ㎡, height in m.
type Measures struct {
	HomesteadArea workflow.Decimal `json:"homestead_area" doc:"宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"133.00"`
	FootprintArea workflow.Decimal `json:"footprint_area" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"100.00"`
	BuildingArea  workflow.Decimal `json:"building_area" doc:"建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"200.00"`
	Floors        int              `json:"floors" doc:"层数" minimum:"1" maximum:"20" example:"2"`
	Height        workflow.Decimal `json:"height" doc:"高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"7.20"`
}

// Over says in Chinese what exceeds the limits, "" where nothing does (overrun blocks, A21).
func (m Measures) Over(most Measures) string {
	for _, x := range []struct {
		name, unit string
		is, most   workflow.Decimal
	}{{"宅基地面积", "㎡", m.HomesteadArea, most.HomesteadArea}, {"房基占地面积", "㎡", m.FootprintArea, most.FootprintArea},
		{"建筑面积", "㎡", m.BuildingArea, most.BuildingArea}, {"高度", "米", m.Height, most.Height}} {
		if x.is > x.most {
			return fmt.Sprintf("%s %s%s 超过许可的 %s%s", x.name, x.is, x.unit, x.most, x.unit)
		}
	}
	if m.Floors > most.Floors {
		return fmt.Sprintf("层数 %d 层超过许可的 %d 层", m.Floors, most.Floors)
	}
	return ""
}
