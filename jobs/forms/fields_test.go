package forms

import (
	"anju/workflow/glossary"
)

// fieldsFor is what a chain gives beside the case, for each form.
func fieldsFor(k glossary.DocumentKind) map[string]any { return demoFields[k] }

var demoFields = map[glossary.DocumentKind]map[string]any{
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
	"F06": {"start_date": "2026-05-06", "finish_date": "2026-10-20", "approved_homestead_area": "133.00", "actual_homestead_area": "133.00", "approved_footprint_area": "100.00", "actual_footprint_area": "99.60",
		"approved_floors": 2, "approved_height": "7.20", "actual_floors": 2, "actual_height": "7.15", "old_house_disposal": "done", "operator": "李文", "sketch_date": "2026-10-28",
		"opinions": map[string]any{"agriculture": opinion("按批准位置和面积使用宅基地，旧宅已拆除，同意。", "樊志远", "2026-10-28"), "natural_resources": opinion("符合规划许可，同意。", "杜建业", "2026-10-28"), "township": opinion("验收合格。", "韩立平", "2026-10-30")}},
	"F07": {"household_no": "140824100214010017", "people": 3, "homestead_count": 1, "several_homesteads": false,
		"homestead":      map[string]any{"address": "马村村西新区3排14号", "area": "133.00", "boundary": map[string]any{"east": "村路", "south": "张志强宅", "west": "水渠", "north": "空地"}, "origin": "审批取得", "certificate_no": "稷集用（1998）第0123号", "acquired_by": "分配", "land_class": "建设用地", "coordinates": "35.6031，110.9834"},
		"house":          map[string]any{"no": "1", "built": "2026", "floors": 2, "area": "200.00", "max_span": "4.20", "height": "7.20", "design": "standard", "construction": "craftsman", "structure": "masonry", "walls": "brick", "slab": "cast", "roof": "cast", "seismic": []string{"ground_beam", "column", "ring_beam"}, "use": "residence"},
		"extension_done": false, "permits": map[string]any{"homestead_certificate": "1408241002026001", "planning_permit": "140824202600001", "registration": "无"}, "safety": "safe", "grade": "A", "collector": "马小燕", "collected_on": "2026-11-02", "photos": "4张", "position": "已定位"},
	"F08": {"form_taken_on": "2026-04-20", "registered_on": "2026-04-28", "service_center": "稷峰镇便民服务中心", "use": "自住", "build_type": "new_site", "building_area": "200.00", "floors": 2, "max_span": "4.20", "height": "7.20", "cost": "32.00",
		"structure": "砖混（砌体）", "foundation": "条形基础", "start_date": "2026-05-06", "finish_date": "2026-11-30", "land_paper": "农村宅基地批准书", "drawing_no": "晋农居-2021-07",
		"designer": map[string]any{"name": "运城市城乡规划设计院", "kind": "设计单位", "certificate_no": "A114003321", "head": "郭明", "phone": "13800003001"}, "builder": map[string]any{"name": "稷山县建工有限公司", "kind": "施工单位", "certificate_no": "D214009871", "head": "任海", "phone": "13800003002"},
		"supervising_engineer":     map[string]any{"name": "河东监理有限公司", "kind": "监理单位", "certificate_no": "E114000112", "head": "高岩", "phone": "13800003003"},
		"construction_contract_no": "JS-2026-031", "supervision_contract_no": "JL-2026-017", "contract_date": "2026-04-18", "undertakings": []string{"builder", "applicant", "identity"},
		"checklist":  []map[string]any{{"name": "开工登记申请表", "present": true}, {"name": "建设用地手续和规划许可证", "present": true}, {"name": "施工图纸", "present": true}, {"name": "施工、监理合同", "present": true}, {"name": "施工方资质和人员证书", "present": true}, {"name": "承诺书、担保书", "present": true}, {"name": "身份证明", "present": true}},
		"checked_by": "赵晓梅", "checked_on": "2026-04-22", "survey": map[string]any{"at": "2026-04-27T02:00:00Z", "surveyors": []string{"李文", "周强"}, "matches": true, "photos": "照片4张", "conclusion": "四至放线与许可一致。"},
		"review": map[string]any{"result": "agree", "reason": "材料齐全，准予登记。", "head": "赵晓梅", "date": "2026-04-28"}},
	"F09": {"commencement_no": "开登14082410020260012", "structure": "砖混", "building_area": "200.00", "floors": 2, "max_span": "4.20", "height": "7.15", "start_date": "2026-05-06", "finish_date": "2026-10-20",
		"designer": map[string]any{"name": "运城市城乡规划设计院", "head": "郭明"}, "builder": map[string]any{"name": "稷山县建工有限公司", "head": "任海"}, "supervising_engineer": map[string]any{"name": "河东监理有限公司", "head": "高岩"},
		"checks":     map[string]any{"site": map[string]any{"result": "passed"}, "foundation": map[string]any{"result": "passed"}, "stairs": map[string]any{"result": "failed", "note": "阳台栏杆高度不足，已整改"}},
		"opinions":   map[string]any{"applicant": opinion("同意验收。", "马䶮", "2026-10-28"), "designer": opinion("符合设计。", "郭明", "2026-10-28"), "builder": opinion("自检合格。", "任海", "2026-10-28"), "supervising_engineer": opinion("合格。", "高岩", "2026-10-28"), "township": opinion("四方意见一致，予以存档。", "周强", "2026-11-02")},
		"archive_no": "JF-2026-0031", "archived_on": "2026-11-05", "result": "passed"},
	"F10": {"contract": map[string]any{"no": "JS-2026-031", "mode": "labour_and_materials", "price": "320000.00", "payments": []map[string]any{{"name": "基础完成", "condition": "监理签字", "amount": "96000.00"}, {"name": "主体封顶", "condition": "监理签字", "amount": "128000.00"}, {"name": "竣工验收", "condition": "四方验收合格", "amount": "80000.00"}, {"name": "保修金", "condition": "保修期满一年", "amount": "16000.00"}},
		"quality": "符合《农村自建低层房屋建设指南》和设计图纸，一次验收合格。", "materials": "承包人采购，水泥、钢筋有合格证并见证取样检测。", "safety": "承包人负责施工安全，设置围挡，扬尘和噪声控制符合规定。", "wages": "按月足额支付，不得拖欠。", "warranty": "主体结构为设计使用年限，屋面防水五年。", "liability": "承包人和项目负责人对工程质量终身负责。", "breach": "协商不成的，由工程所在地人民法院管辖。", "signed_on": "2026-04-18"},
		"builder": map[string]any{"name": "稷山县建工有限公司", "credit_code": "91140824MA0KXXXX1T", "kind": "施工总承包三级"}, "building_area": "200.00", "floors": 2, "structure": "砖混", "start_date": "2026-05-06", "finish_date": "2026-11-30"},
	"F11": permitFields(), "F12": permitFields(),
	"F13": with(permitFields(), map[string]any{"filed_on": "2027-03-12", "cost": "146.00", "design_life": 50, "accepted_on": "2027-03-01", "construction_permit_no": "140824202606150101", "received_on": "2027-03-10",
		"subcontractors": []map[string]any{{"name": "运城防水工程有限公司", "grade": "二级"}}, "quality_supervision": "稷山县建设工程质量监督站", "filing_head": "荆秀芝", "filing_clerk": "史明",
		"opinions": map[string]any{"surveyor": opinion("合格", "卫刚", "2027-03-01"), "designer": opinion("合格", "郭明", "2027-03-01"), "builder": opinion("合格", "任海", "2027-03-01"), "supervising_engineer": opinion("合格", "高岩", "2027-03-01"), "owner": opinion("同意验收", "马䶮", "2027-03-01"), "authority": opinion("文件齐全，准予备案。", "荆秀芝", "2027-03-12")},
		"files":    map[string]any{"filing_form": "1份", "report": "1份", "planning": "1份", "fire": "1份", "warranty": "1份", "supervision": "1份"}}),
	"F14": {"query_code": "7KQF-2M8D", "receiver": "赵晓梅"},
	"F15": {"applied_on": "2026-03-18", "promised_on": "2026-04-10", "statutory_on": "2026-04-20", "contact": map[string]any{"name": "马䶮"}},
	"F16": {"correct_by": "2026-04-03", "contact": map[string]any{"name": "赵晓梅", "phone": "0359-5520001"}},
	"F17": {"applied_on": "2026-03-18", "ground": "not_competent", "where": "稷山县行政审批服务管理局", "refusal_reason": "拟建房屋位于县城规划区内，规划许可由县行政审批服务管理局办理。"},
	"F18": {"notice": "special_procedure"},
	"F19": {"applied_on": "2026-03-18", "granted": "准予使用宅基地133.00平方米建设住宅一处。", "valid_months": 24},
	"F20": {"applied_on": "2026-03-18", "facts": "经现场核查和图件比对，拟用地块（马村村北3号地）位于永久基本农田范围内。", "unmet": "农村村民建住宅不得占用永久基本农田。",
		"articles": "《中华人民共和国土地管理法》第六十二条第三款", "denial_reason": "拟用地块不符合用地条件，且申请人未提出其他可选地块。"},
	"F21": {"group_office": "稷峰镇马村第一村民小组农村集体经济组织", "notice_from": "2026-03-09", "notice_to": "2026-03-16", "objection_place": "马村村务办公室",
		"notice_removed_on": "2026-03-17", "photo_near": "影像 IMG_0309_01（见附件）", "photo_far": "影像 IMG_0309_02（见附件）", "notice_result": "dismissed", "notice_note": "收到异议一件，经核查不成立，已书面答复。", "notice_head": "马长顺", "notice_signed_on": "2026-03-17"},
	"F22": {"group_office": "稷峰镇马村第一村民小组农村集体经济组织", "objection": map[string]any{"phone": "13800001012", "relation": "北邻", "registrar": "马小燕"},
		"finding": map[string]any{"investigators": []string{"马全福", "马小燕"}, "finding": "现场丈量，通道宽度符合村庄规划，异议不成立。", "result": "dismissed", "replied_on": "2026-03-14", "service": "直接送达", "head": "马长顺", "receiver": "李𬭎", "received_on": "2026-03-14"}},
	"F23": {"quorate": true, "carried": true, "meeting_conclusion": "同意马䶮户的申请，按规定公示。", "meeting_record": map[string]any{"notice_how": "入户通知、微信群"}},
	"F24": {"roof": "平屋面", "eaves_height": "6.60", "investigator": "马庆丰", "investigated_on": "2026-03-17", "neighbors": map[string]any{
		"east":  map[string]any{"name": "赵大明", "relation": "隔路相邻", "opinion": "agree", "sign": "赵大明", "phone": "13800002001", "date": "2026-03-17"},
		"south": map[string]any{"name": "张志强", "relation": "共墙", "opinion": "disagree", "reason": "要求檐口退让0.5米，经调解已同意。", "sign": "张志强", "phone": "13800002002", "date": "2026-03-17"},
		"west":  map[string]any{"opinion": "none"},
		"north": map[string]any{"name": "孙立", "relation": "相邻空地使用人", "opinion": "agree", "sign": "孙立", "phone": "13800002003", "date": "2026-03-17"}},
		"opinions": map[string]any{"village": opinion("四邻意见已征求，不同意见已调解处理。", "马庆丰", "2026-03-17")}},
	"F25": {"village_received_on": "2026-03-16", "plan_version": "马村村庄规划（2021—2035年）", "village_result": "passed", "handover": "申请表、承诺书、会议记录、公示记录、四邻意见书各一份。", "handed_by": "马庆丰", "taken_by": "赵晓梅", "handed_on": "2026-03-18",
		"opinions": map[string]any{"village": opinion("审查通过，同意报乡镇。", "马庆丰", "2026-03-18")}},
	"F26": {"checks": map[string]any{"eligibility": "一户一宅，人均宅基地面积38.60㎡", "location": "与申请一致", "boundary": "与申请一致，已现场指界", "area": "丈量133.00㎡", "land_class": "建设用地", "plan": "在村庄规划宅基地范围内（马村-03）", "buildings": "空地，无建筑物", "hazards": "无切坡、滑坡、采空、洪涝隐患"},
		"site_record": map[string]any{"numbers": "JS0107、JS0112", "photos": "照片6张，定位 35.6031，110.9834", "device_at": "2026-03-26T02:12:00Z"}},
	"F27": {"review_due_on": "2026-04-10", "review_conclusion": "三办意见一致，同意，送乡镇负责人审批。", "review_by": "樊志远", "review_on": "2026-03-31", "forwarded_at": "2026-03-31T08:30:00Z",
		"joint_review_sheet": map[string]any{"planning_office": map[string]any{"head": "杜建业"}, "social_affairs_office": map[string]any{"head": "裴雅静"}, "economic_office": map[string]any{"head": "樊志远"}}},
	"F28": {"reporter": "赵晓梅", "attached": "批准书、规划许可证各一份"},
	"F29": {"party": map[string]any{"name": "解建平", "id_number": "140824199812159938"}, "orders": []string{"stop", "rectify", "appraise"}, "rectify_by": "2026-05-20", "rectification": "补办开工登记；拆除超出许可范围的外挑部分。",
		"violation": map[string]any{"place": "稷峰镇马村村东2排7号", "works": "二层砖混住宅，已建至一层顶板，建筑面积约140平方米", "grounds": []string{"against_permit", "no_registration"}, "facts": "2026年5月6日巡查发现，该户未办理开工登记，南侧外挑0.8米，超出许可位置。", "evidence": "现场照片8张、丈量记录1份、询问笔录1份", "planning": true, "registration": true},
		"recheck":   map[string]any{"on": "2026-05-21", "inspectors": []string{"李文", "周强"}, "findings": "外挑部分已拆除，开工登记已补办，鉴定报告结论为合格。", "result": "lifted"}},
	"F30": {"referred_to": "稷山县住房和城乡建设管理局", "party": map[string]any{"name": "解建平"}, "violation": map[string]any{"cause": "未取得施工许可擅自施工", "place": "稷峰镇马村村东2排7号", "facts": "该户建设三层框架房屋，建筑面积约620平方米，属于其他房屋，未取得施工许可。"}, "measures_taken": "已下达责令停工通知书（稷峰政责停〔2026〕3号），现场已停工。",
		"evidence": []string{"巡查记录1份", "照片8张", "责令停工通知书及送达回证各1份"}, "contact": map[string]any{"name": "李文", "phone": "0359-5520003"}, "feedback_by": "2026-06-10"},
	"F31": {"sheet": "order", "business": map[string]any{"name": "稷山县稷峰镇老槐树农家乐", "credit_code": "92140824MA0XXXXX3P", "kind": "个体工商户", "registered_on": "2026-08-03", "registrar": "稷山县行政审批服务管理局", "scope": "餐饮服务"}, "operator": map[string]any{"name": "解建平"},
		"premises": map[string]any{"address": "稷峰镇马村村东2排7号", "area": "180.00", "floors": 2, "title": "自有宅基地住宅"},
		"order":    map[string]any{"facts": "该房屋无竣工验收资料，经鉴定结论为C级，不能作为经营场所使用。", "articles": "《稷山县农村自建房屋审批管理细则（暂行）》第五条", "change_by": "2026-09-30"},
		"check":    map[string]any{"acceptance": false, "appraiser": "运城房屋鉴定所", "qualification": "甲级", "appraisal": "C级", "use": "住宅改餐饮", "fire": "缺少疏散标志", "photos": "照片6张", "result": "unqualified", "reason": "无验收资料且鉴定为C级。", "inspectors": []string{"李文", "周强"}, "on": "2026-08-20"}},
	"F32": {"sheet": "confirmation", "agency": map[string]any{"name": "运城市城乡规划设计院"}, "period": "2026年", "households": []map[string]any{{"name": "马䶮", "designed": true, "supervised": true, "drawing_no": "SJ-2026-014", "supervision_record": "JL-014"}, {"name": "李𬭎", "designed": true, "supervised": true, "drawing_no": "SJ-2026-015", "supervision_record": "JL-015"}},
		"count": 2, "unit_price": "800.00", "amount": "1600.00", "payment_no": "稷财支2026-1188", "paid_on": "2026-12-20", "opinions": map[string]any{"village": opinion("属实。", "马庆丰", "2026-12-10"), "township": opinion("属实，同意支付。", "韩立平", "2026-12-12")}},
	"F33": {"household_no": "140824100214010017", "homestead_no": "140824100214JC00123", "archive_no": "X043-ZJD-2026-0017", "archivist": "赵晓梅", "archived_on": "2026-11-20"},
	"F35": {"agent": map[string]any{"name": "马全福", "id_number": "140824197505069818", "relation": "叔父", "phone": "13800000001", "powers": []string{"submit", "correct", "receive"}, "from": "2026-03-02", "to": "2026-12-31", "signed_on": "2026-03-02"}},
	"F37": with(permitFields(), map[string]any{"change": map[string]any{"kind": "renew", "reason": "因雨季地基处理延误，申请延期开工三个月。"}, "construction_permit_no": "140824202606150101", "project_no": "1408242606080101", "contact": map[string]any{"name": "马䶮", "phone": "13800001001"}}),
	"F34": {"service": map[string]any{"document": "农村宅基地批准书、乡村建设规划许可证", "document_no": "农宅字1408241002026001号、乡字第140824202600001号", "addressee": "马䶮",
		"place": "稷峰镇便民服务中心", "method": "direct", "served_at": "2026-04-13T01:30:00Z", "receiver": "马䶮", "received_at": "2026-04-13T01:35:00Z", "servers": []string{"赵晓梅", "李文"}}},
	"F36": {"contact": map[string]any{"name": "杜建业", "phone": "0359-5520002"}},
	"F05": {"valid_months": 24, "remark": "原宅基地建成后九十日内拆除退还。", "drafter": "杜建业", "draft_date": "2026-03-26"},
}

func opinion(text, head, date string) map[string]any {
	return map[string]any{"opinion": text, "head": head, "date": date}
}

func permitFields() map[string]any {
	return map[string]any{"applied_on": "2026-06-08", "owner": map[string]any{"name": "马䶮", "kind": "农村居民", "address": "稷山县稷峰镇马村第一村民小组", "phone": "13800001001", "representative": "马䶮", "project_manager": "马䶮"},
		"project_name": "马䶮综合楼", "use": "商住", "structure": "框架", "floors": 3, "floors_below": 0, "building_area": "620.00", "max_span": "7.20", "height": "11.40", "contract_price": "142.00", "start_date": "2026-06-20", "finish_date": "2027-02-28",
		"surveyor": map[string]any{"name": "运城勘察有限公司", "certificate_no": "B114000231", "head": "卫刚", "head_no": "AY0001", "grade": "乙级"}, "designer": map[string]any{"name": "运城市城乡规划设计院", "certificate_no": "A114003321", "head": "郭明", "head_no": "AY0002", "grade": "乙级"},
		"builder": map[string]any{"name": "稷山县建工有限公司", "certificate_no": "D214009871", "head": "任海", "head_no": "晋214001", "grade": "三级"}, "supervising_engineer": map[string]any{"name": "河东监理有限公司", "certificate_no": "E114000112", "head": "高岩", "head_no": "00412", "grade": "乙级"},
		"land_approval_no": "稷政地字〔2026〕8号", "award_no": "自主发包2026-11", "construction_contract_no": "JS-2026-052", "supervision_contract_no": "JL-2026-029", "drawing_review": "合格", "fire_review": "不需要", "air_defence": "不需要", "funds": "承诺书", "wage_guarantee": "保函",
		"quality_supervision": "已登记", "safety_supervision": "已登记", "quality_undertaking": "已签", "safety_undertaking": "已签", "applicant_sign": "马䶮",
		"opinions": map[string]any{"clerk": opinion("材料齐全，拟同意。", "史明", "2026-06-11"), "reviewer": opinion("同意。", "裴军", "2026-06-12"), "approver": opinion("准予施工。", "荆秀芝", "2026-06-15")}}
}

func with(base, more map[string]any) map[string]any {
	for k, v := range more {
		base[k] = v
	}
	return base
}
