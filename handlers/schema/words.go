package schema

// enumTitles are the Chinese words of the values that a form offers, by the glossary. A value that means different
// things in different fields stands under "field:value".
var enumTitles = map[string]string{
	"householder": "户主本人", "adult_member": "户内成年成员", "agent": "代理人", "village_handles": "由村级代行组级职责（A6）",
	"township_calls": "由乡镇调取材料处理（A7）", "split_household": "确需分户，人均不足标准", "relocated_in": "符合政策迁入落户", "planning_relocation": "因规划需要搬迁", "disaster": "因灾损毁或避险",
	"expropriated": "被征收占用", "other_statutory": "法律法规规定的其他情形", "damaged": "住房因灾损毁", "hazard_avoidance": "地质灾害避险",
	"public_use": "公共设施、公益事业占用", "keep": "保留", "return_to_collective": "退给村集体", "other": "其他",
	"rebuild_on_site": "原址翻建", "extend": "改扩建", "new_site": "异址新建", "construction_land": "建设用地", "unused_land": "未利用地",
	"farmland_class": "农用地", "cultivated": "耕地", "forest": "林地", "grassland": "草地", "residence": "自住", "office": "办公室",
	"police_room": "警务室", "clinic": "卫生室", "service_point": "便民服务点", "agro_workshop": "农产品加工作坊", "commercial": "经营",
	"split": "分户新建住房", "planned_relocation": "按照规划迁址新建住房", "rebuild": "原址改、扩、翻建住房", "generic_drawing": "通用设计图纸",
	"qualified_institute": "有资质的设计单位", "qualified_person": "有执业资格的设计人员", "ownership_certificate": "权属证书",
	"recognition_record": "认定材料", "group_villager_meeting": "村民小组会议", "member_assembly": "成员大会",
	"member_delegate_assembly": "成员代表大会",
	"agree":                    "同意", "disagree": "不同意", "refused": "拒签", "none": "没有邻居", "village_plan": "村庄规划",
	"township_spatial_plan": "乡镇国土空间规划",
	"approve":               "准予", "deny": "不准予", "not_required": "依法不需要许可", "not_competent": "不属本机关职权", "direct": "直接送达",
	"entrusted": "委托代领",
	"post":      "邮寄", "true": "是", "false": "否", "lien": "留置送达", "electronic": "电子送达", "public": "公告送达", "hearing": "听证",
	"bidding": "招标",
	"auction": "拍卖", "inspection": "检验", "testing": "检测", "quarantine": "检疫", "appraisal": "鉴定", "expert_review": "专家评审",
	"consent":             "申请人书面同意中止",
	"township_government": "乡（镇）人民政府", "county_agriculture_bureau": "县农业农村局", "county_natural_resources_bureau": "县自然资源局",
	"county_housing_bureau":  "县住建局",
	"county_approval_bureau": "县行政审批局", "county_market_bureau": "县市场监管局", "supervision_office": "县政府督查机构",

	"bid_award_notice": "中标通知书", "self_contracting_record": "自主发包备案表", "masonry": "砌体", "bottom_frame": "底框-抗震墙砌体",
	"reinforced_concrete": "钢筋混凝土",
	"steel":               "钢", "timber": "木（竹）", "earth_or_stone": "土木或石木", "mixed": "混杂", "staking": "放线",
	"foundation": "基础", "main_structure": "主体", "roof": "封顶",
	"finished": "完工", "pass": "合格", "fail": "不合格", "paper": "纸质签字", "phone": "手机签字", "not_applicable": "不属于",
	"done":    "属于，已落实",
	"pending": "属于，尚未落实", "individual_business": "个体工商户", "company": "公司", "cooperative": "合作社", "platform": "信息共享平台推送",
	"letter": "函告",
	"A":      "A 级", "B": "B 级", "C": "C 级", "D": "D 级", "no_planning_permit": "未取得规划许可", "against_permit": "违反规划许可",
	"no_start_registration": "未办开工登记",
	"illegal_land":          "非法占地", "construction_law": "违反设计施工监理规定", "abuse_of_power": "滥用职权、玩忽职守作出",
	"beyond_power": "超越法定职权", "against_procedure": "违反法定程序", "not_entitled": "不具备申请资格", "fraud": "欺骗、贿赂等不正当手段取得",
	"not_renewed": "有效期届满未延续", "death": "公民死亡或丧失行为能力", "revoked": "依法被撤销、撤回、吊销", "impossible": "因不可抗力无法实施",
	"general": "一般隐患", "major": "重大隐患",
	"homestead:old": "原户", "homestead:new": "新户", "work:design": "设计", "work:build": "施工", "work:supervise": "监理", "work:appraise": "鉴定",
}

// EnumTitle is the word for a value of a field, as people read it.
func EnumTitle(field, value string) string {
	if t, ok := enumTitles[field+":"+value]; ok {
		return t
	}
	if t, ok := enumTitles[value]; ok {
		return t
	}
	return value
}
