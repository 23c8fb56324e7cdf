package workflow

// CurrentHomestead is the homestead and house the household has now; areas in ㎡.
type CurrentHomestead struct {
	HomesteadArea Decimal `json:"homestead_area" doc:"现宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"120.00"`
	BuildingArea  Decimal `json:"building_area" doc:"现建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"96.00"`
	CertificateNo string  `json:"certificate_no,omitempty" doc:"权属证书号" maxLength:"60" example:"稷集用（1998）第0123号"`
}

// CorrectionItem is one missing or unsound paper.
type CorrectionItem struct {
	MaterialCode string `json:"material_code" doc:"材料编号" minLength:"1" maxLength:"10" example:"HP05"`
	Problem      string `json:"problem" doc:"存在的问题" minLength:"1" maxLength:"300" example:"图纸缺少层高标注"`
	Requirement  string `json:"requirement" doc:"补正要求" minLength:"1" maxLength:"300" example:"重新提交标注层高的图纸"`
}
