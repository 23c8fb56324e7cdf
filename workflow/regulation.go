package workflow

import "anju/workflow/calendar"

// Law is one source of the register.
type Law string

// The laws that the chains stand on. County rules are cited by part and item (三3), statutes by article.
const (
	County2021  Law = "稷政办发〔2021〕23号"
	Licensing   Law = "行政许可法"
	CivilCode   Law = "民法典"
	LandLaw     Law = "土地管理法"
	LandRules   Law = "土地管理法实施条例"
	PlanningLaw Law = "城乡规划法"
	Disclosure  Law = "政府信息公开条例"

	ConstructionLaw Law = "建筑法"
	QualityRules    Law = "建设工程质量管理条例"
	Reading         Law = "读法"
)

// Article is one place of a law, as the register writes it.
type Article struct {
	Law Law
	No  string
}

// Art names an article of the law. Chain.Check refuses one that the register lacks.
func (l Law) Art(no string) Article { return Article{l, no} }

// String writes the article as papers cite it: 三3, or 行政许可法32(四).
func (a Article) String() string {
	if a.Law == County2021 || a.Law == Reading {
		return a.No
	}
	return string(a.Law) + a.No
}

// Provision is one line of the register.
type Provision struct {
	Says  string
	Since calendar.Day // in force from, in the version cited
}

// register holds every article that a chain cites: what it says and since when. An amendment of a law is a
// changed line here and, where a chain changes with it, a new version of that chain.
var register = map[Article]Provision{
	{County2021, "一(一)"}:  {"低层房屋：300㎡以内、两层以下、跨度小于6米、用途列举", day2021},
	{County2021, "三1"}:    {"宅基地申请资格六种情形", day2021},
	{County2021, "三2"}:    {"以户为单位向组级书面申请，材料四类", day2021},
	{County2021, "三3"}:    {"组级10日内提交会议讨论，公示不少于5个工作日，负责人签署", day2021},
	{County2021, "三4"}:    {"村级5日内完成审查", day2021},
	{County2021, "三5"}:    {"村级负责人签署意见，报送乡镇；档案留存", day2021},
	{County2021, "三6"}:    {"受理后三办15日内完成实地审查", day2021},
	{County2021, "三7"}:    {"收到联审结果后5日内完成审批，发放两证，同时备案", day2021},
	{County2021, "三8"}:    {"老宅基翻新重建只办理规划许可", day2021},
	{County2021, "六1"}:    {"乡镇职责，一户一档", day2021},
	{County2021, "六3"}:    {"县自然资源部门审查规划、农转用，可以委托乡镇", day2021},
	{County2021, "六6"}:    {"县城规划区内规划审批由县行政审批部门负责", day2021},
	{Licensing, "32"}:     {"申请的五种处理", calendar.Date(2019, 4, 23)},
	{Licensing, "32(一)"}:  {"不需要许可的即时告知不受理；不属职权的即时不予受理", calendar.Date(2019, 4, 23)},
	{Licensing, "32(四)"}:  {"当场或五日内一次告知补正；逾期不告知，自收到材料之日起即为受理", calendar.Date(2019, 4, 23)},
	{Licensing, "34"}:     {"实质核查指派两名以上工作人员", calendar.Date(2019, 4, 23)},
	{Licensing, "38"}:     {"书面决定；不予许可说明理由并告知救济", calendar.Date(2019, 4, 23)},
	{Licensing, "42"}:     {"二十日内决定，经批准可延长十日", calendar.Date(2019, 4, 23)},
	{Licensing, "44"}:     {"自决定之日起十日内颁发、送达", calendar.Date(2019, 4, 23)},
	{Licensing, "45"}:     {"听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审所需时间不计入期限，须书面告知", calendar.Date(2019, 4, 23)},
	{Licensing, "47"}:     {"重大利益关系的告知听证权利；五日内申请，二十日内组织", calendar.Date(2019, 4, 23)},
	{Licensing, "50"}:     {"延续的，应当在有效期届满三十日前申请", calendar.Date(2019, 4, 23)},
	{Licensing, "69"}:     {"可以撤销行政许可的情形；欺骗、贿赂取得的应当撤销", calendar.Date(2019, 4, 23)},
	{Licensing, "70"}:     {"应当办理注销手续的情形", calendar.Date(2019, 4, 23)},
	{Licensing, "82"}:     {"期限以工作日计算，不含法定节假日", calendar.Date(2019, 4, 23)},
	{CivilCode, "203"}:    {"末日是法定休假日的，以休假日结束的次日为末日", calendar.Date(2021, 1, 1)},
	{LandLaw, "62"}:       {"一户一宅；乡镇审核批准；农转用；出卖出租赠与后不再批", calendar.Date(2020, 1, 1)},
	{PlanningLaw, "41"}:   {"乡村建设规划许可证；先规划许可后用地", calendar.Date(2019, 4, 23)},
	{Reading, "A5"}:       {"异议由组级核查，10日内书面答复", day2021},
	{Reading, "A7"}:       {"退回后可补齐重报", day2021},
	{Reading, "A9"}:       {"三办全部给出意见才形成联审结果；不一致的会商一次", day2021},
	{Reading, "A11"}:      {"受理后不得以退件代替决定；退回只在乡镇内部", day2021},
	{Reading, "A30"}:      {"决定前申请人可随时撤回", day2021},
	{Reading, "A14"}:      {"老宅基翻新重建实行申报承诺，审查以规划建设办公室为主", day2021},
	{Reading, "A15"}:      {"申请人书面同意的中止", day2021},
	{County2021, "四(一)1"}: {"开工登记：领表、一次告知七类资料", day2021},
	{County2021, "四(一)2"}: {"便民服务中心审核资料、现场勘察，符合条件的审核同意签字", day2021},
	{County2021, "四(一)3"}: {"四方竣工验收；合格后一个月内填写竣工验收表，报便民服务中心存档", day2021},
	{County2021, "四(二)1"}: {"其他房屋施工许可：领表、一次告知十类资料", day2021},
	{County2021, "四(二)2"}: {"便民服务中心在行政审批局授权指导下审核资料并现场勘察，办理施工许可", day2021},
	{County2021, "四(二)3"}: {"到县住建部门申请竣工验收，报县行政审批局备案", day2021},
	{County2021, "五1"}:    {"经营性用途：到县行政审批局或市场监管所申请，一次告知三类资料", day2021},
	{County2021, "五2"}:    {"办结后推送乡镇；乡镇核查竣工验收资料，没有的可由申请人聘请鉴定", day2021},
	{County2021, "五3"}:    {"核查不符合的及时制止经营活动并报告", day2021},
	{County2021, "五4"}:    {"收到报告后3个工作日内通知市场主体，责令限期变更经营场所；逾期依法处理", day2021},
	{County2021, "六2"}:    {"县住建部门受理乡镇移送的其他房屋违法违规", day2021},
	{County2021, "七1"}:    {"2021-02-01起未办开工登记擅自开工的责令停工、限期整改；经鉴定达到标准方可补办", day2021},

	{ConstructionLaw, "8"}: {"自收到申请之日起七日内，对符合条件的颁发施工许可证", calendar.Date(2019, 4, 23)},
	{ConstructionLaw, "9"}: {"领证之日起三个月内开工；延期以两次为限，每次不超过三个月；逾期自行废止", calendar.Date(2019, 4, 23)},
	{QualityRules, "49"}:   {"自竣工验收合格之日起15日内备案", calendar.Date(2019, 4, 23)},
	{Disclosure, "21"}:     {"乡镇主动公开宅基地使用情况审核等", calendar.Date(2019, 5, 15)},
	{Disclosure, "26"}:     {"自信息形成之日起20个工作日内公开", calendar.Date(2019, 5, 15)},

	{Reading, "A18"}: {"个人不承揽施工；乡镇有理由放行的留痕", day2021},
	{Reading, "A19"}: {"开工登记是登记，不同意须书面理由", day2021},
	{Reading, "A21"}: {"竣工验收表和验收意见表一次到场两表都做；不合格的整改复验；放线为可选节点", day2021},
	{Reading, "A23"}: {"其他房屋由住建到场监督，参建各方签署；不合格的整改复验", day2021},
	{Reading, "A24"}: {"既无竣工验收资料又不提供鉴定报告的，按不符合处理", day2021},
	{Reading, "A25"}: {"限期由通知书载明截止日期", day2021},
	{Reading, "A27"}: {"鉴定机构须在名录中", day2021},
	{Reading, "催办"}:  {"上级或窗口提醒办理方", day2021},
	{Reading, "督办"}:  {"县督查机构立项，定办结日期", day2021},
	{Reading, "转办"}:  {"在本单位内换人承办", day2021},
	{Reading, "抄送"}:  {"告知其他单位", day2021},
	{Reading, "拿回"}:  {"下一办理方动作之前可以拿回", day2021},
}

var day2021 = calendar.Date(2021, 5, 7) // 细则自发布之日起施行（R3）

// Lookup finds an article in the register; false when it is not there.
func Lookup(a Article) (Provision, bool) {
	p, ok := register[a]
	return p, ok
}
