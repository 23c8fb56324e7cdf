package forms

import "anju/workflow"

// fieldsFor is what a chain gives beside the case, for each form.
func fieldsFor(k workflow.DocumentKind) map[string]any { return demoFields[k] }

var demoFields = map[workflow.DocumentKind]map[string]any{
	"F01": {"applicant_sign": "马䶮", "applicant_date": "2026-03-02", "opinions": map[string]any{
		"group":   opinion("经村民小组会议讨论并公示，无异议，情况属实，同意上报。", "马长顺", "2026-03-16"),
		"village": opinion("材料真实有效，符合村庄规划，四邻无异议，同意上报。", "马庆丰", "2026-03-18")}},
	"F02": {"commitment": map[string]any{"c2": true, "c3": true, "sign": "马䶮", "date": "2026-03-02"}},
	"F03": {"opinions": map[string]any{
		"natural_resources": opinion("位置在村庄规划的宅基地范围内，地类为建设用地，同意。", "杜建业", "2026-03-30"),
		"other":             opinion("符合条件，同意。", "裴雅静", "2026-03-27"),
		"agriculture":       opinion("符合一户一宅，人均宅基地面积不足50平方米，同意。", "樊志远", "2026-03-27"),
		"township":          opinion("经审核，符合条件，同意批准。", "韩立平", "2026-04-10")},
		"surveyors": []string{"李文", "周强"}, "survey_date": "2026-03-26", "drafter": "杜建业", "draft_date": "2026-03-26"},
	"F04": {"real_estate_unit_code": "140824100214JC00123F00010001"},
	"F05": {"valid_months": 24, "remark": "原宅基地建成后九十日内拆除退还。", "drafter": "杜建业", "draft_date": "2026-03-26"},
}

func opinion(text, head, date string) map[string]any {
	return map[string]any{"opinion": text, "head": head, "date": date}
}
