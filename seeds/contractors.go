package seeds

import (
	"anju/workflow"
	"anju/workflow/calendar"
)

// DemoContractors is the register of the demo county: nobody in it exists. The first of each work is the one in the examples of the forms.
func DemoContractors() []workflow.Contractor {
	since := calendar.Date(2021, 6, 1)
	org := func(code, name, basis, class string, work ...workflow.Work) workflow.Contractor {
		return workflow.Contractor{Code: code, Kind: workflow.ContractorOrg, Name: name, Work: work, Basis: basis, Qualification: class, From: since}
	}
	agency := func(code, name, struck string) workflow.Contractor {
		return workflow.Contractor{Code: code, Kind: workflow.AppraisalAgency, Name: name, Work: []workflow.Work{workflow.Appraise}, Basis: "appraisal_unit",
			Qualification: "房屋安全鉴定", From: since, Struck: struck}
	}
	person := func(code, name, basis, class string) workflow.Contractor {
		return workflow.Contractor{Code: code, Kind: workflow.ContractorPerson, Name: name, Work: []workflow.Work{workflow.Design, workflow.Supervise}, Basis: basis,
			Qualification: class, From: since}
	}
	struck := org("91140824MA0ANJU062", "稷山县振兴劳务有限公司", "labour_company", "施工劳务", workflow.Build)
	struck.Struck = "拖欠农民工工资，2025年除名"
	return []workflow.Contractor{
		org("91140824MA0ANJU01J", "稷山县安居建筑设计有限公司", "qualified_unit", "建筑行业（建筑工程）丙级", workflow.Design),
		org("91140824MA0ANJU02M", "稷山县丰泰农房建设有限公司", "qualified_unit", "建筑工程施工总承包三级", workflow.Build),
		org("91140824MA0ANJU03Q", "稷山县正源农房建设监理有限公司", "qualified_unit", "房屋建筑工程监理丙级", workflow.Supervise),
		org("93140824MA0ANJU05Q", "稷峰镇同心农房建设专业合作社", "rural_cooperative", "农房建设", workflow.Build), struck,
		agency("91140802MA0ANJU040", "运城市恒信房屋安全鉴定有限公司", ""), agency("91140802MA0ANJU08C", "运城市安准鉴定所", "出具虚假报告，2025年除名"),
		person("SXJJ-0824-0001", "郭有田", "rural_craftsman", "农村建筑工匠培训合格证"), person("ZJG-140824-0017", "常建设", "registered_professional", "二级注册结构工程师"),
	}
}
