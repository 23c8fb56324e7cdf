package seeds

import (
	"context"
	"fmt"

	"anju/models"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

// DemoContractors is the register of the demo county: a contractor of every kind and for every work (R9, R10, A27), two of them struck.
// All are invented. The first of each work is the one that the examples name.
func DemoContractors() []trades.Contractor {
	from, to := calendar.Date(2024, 1, 1), calendar.Date(2028, 12, 31)
	design, build, supervise, appraise := trades.Design, trades.Build, trades.Supervise, trades.Appraise
	return []trades.Contractor{
		{Code: "91140824MA0ANJU01J", Kind: trades.ContractorOrg, Name: "稷山县安居建筑设计有限公司", Work: []trades.Work{design}, Basis: "qualified_unit",
			Qualification: "建筑工程设计丙级", From: from, To: to},
		{Code: "91140824MA0ANJU02M", Kind: trades.ContractorOrg, Name: "稷山县丰泰农房建设有限公司", Work: []trades.Work{build}, Basis: "qualified_unit",
			Qualification: "建筑工程施工总承包三级", From: from, To: to},
		{Code: "91140824MA0ANJU03Q", Kind: trades.ContractorOrg, Name: "稷山县正源农房建设监理有限公司", Work: []trades.Work{supervise}, Basis: "qualified_unit",
			Qualification: "房屋建筑工程监理丙级", From: from, To: to},
		{Code: "91140802MA0ANJU040", Kind: trades.AppraisalAgency, Name: "运城市恒信房屋安全鉴定有限公司", Work: []trades.Work{appraise}, Basis: "appraisal_unit",
			Qualification: "房屋安全鉴定", From: from, To: to},
		{Code: "91140824MA0ANJU05Y", Kind: trades.ContractorOrg, Name: "稷山县汾南农房建设有限公司", Work: []trades.Work{build}, Basis: "rural_company",
			Qualification: "农房建设施工", From: from},
		{Code: "91140824MA0ANJU062", Kind: trades.ContractorOrg, Name: "稷山县众力建筑劳务有限公司", Work: []trades.Work{build}, Basis: "labour_company",
			Qualification: "建筑劳务", From: from, To: to, Struck: "转包所承揽的农房工程"},
		{Code: "91140802MA0ANJU079", Kind: trades.AppraisalAgency, Name: "运城市安泰建筑检测鉴定有限公司", Work: []trades.Work{appraise}, Basis: "appraisal_unit",
			Qualification: "建筑结构检测鉴定", From: from, To: to, Struck: "出具虚假鉴定报告"},
		{Code: "SXJJ-0824-0001", Kind: trades.ContractorPerson, Name: "王守诚", Work: []trades.Work{design, supervise}, Basis: "rural_craftsman",
			Qualification: "农村建筑工匠培训合格证", From: from},
		{Code: "S2-1400-2023-0456", Kind: trades.ContractorPerson, Name: "李文远", Work: []trades.Work{design, supervise}, Basis: "registered_professional",
			Qualification: "二级注册结构工程师", From: from, To: to},
	}
}

// loadContractors enters the register of the demo county. One who is there is left alone: what people have changed since stays.
func loadContractors(ctx context.Context, store *models.Store) error {
	county, err := store.County(ctx)
	if err != nil {
		return err
	}
	for _, c := range DemoContractors() {
		if _, there := county.Contractors[c.Code]; there {
			continue
		}
		_, err := store.RegisterContractor(ctx, 0, c)
		if err == nil && c.Struck != "" {
			err = store.StrikeContractor(ctx, 0, c.Code, c.Struck)
		}
		if err != nil {
			return fmt.Errorf("demo contractor %s: %w", c.Code, err)
		}
	}
	return nil
}
