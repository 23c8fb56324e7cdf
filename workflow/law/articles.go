package law

import (
	"maps"

	"anju/workflow/calendar"
)

// Provision is one line of the register.
type Provision struct {
	Says  string
	Since calendar.Day // in force from, in the version cited
}

// register holds every article that a chain cites: what it says and since when. An amendment of a law is a
// changed line here and, where a chain changes with it, a new version of that chain.
var register = map[Article]Provision{
	{County2021, "一(一)"}:   {"低层房屋：300㎡以内、两层以下、跨度小于6米、用途列举", CountyDay},
	{County2021, "三1"}:     {"宅基地申请资格六种情形", CountyDay},
	{County2021, "三2"}:     {"以户为单位向组级书面申请，材料四类", CountyDay},
	{County2021, "三3"}:     {"组级" + L01.Short() + "内提交会议讨论，公示" + L02.Short() + "，负责人签署", CountyDay},
	{County2021, "三4"}:     {"村级" + L04.Short() + "内完成审查", CountyDay},
	{County2021, "三5"}:     {"村级负责人签署意见，报送乡镇；档案留存", CountyDay},
	{County2021, "三6"}:     {"受理后三办" + L06.Digits() + "内完成实地审查", CountyDay},
	{County2021, "三7"}:     {"收到联审结果后" + L07.Digits() + "内完成审批，发放两证，同时备案", CountyDay},
	{County2021, "三8"}:     {"老宅基翻新重建只办理规划许可", CountyDay},
	{County2021, "六1"}:     {"乡镇职责，一户一档", CountyDay},
	{County2021, "六3"}:     {"县自然资源部门审查规划、农转用，可以委托乡镇", CountyDay},
	{County2021, "六6"}:     {"县城规划区内规划审批由县行政审批部门负责", CountyDay},
	{Licensing, "32"}:      {"申请的五种处理", calendar.Date(2019, 4, 23)},
	{Licensing, "32(一)"}:   {"不需要许可的即时告知不受理；不属职权的即时不予受理", calendar.Date(2019, 4, 23)},
	{Licensing, "32(四)"}:   {"当场或" + L05.Statute() + "内一次告知补正；逾期不告知，自收到材料之日起即为受理", calendar.Date(2019, 4, 23)},
	{Licensing, "34"}:      {"实质核查指派两名以上工作人员", calendar.Date(2019, 4, 23)},
	{Licensing, "38"}:      {"书面决定；不予许可说明理由并告知救济", calendar.Date(2019, 4, 23)},
	{Licensing, "42"}:      {L08.Statute() + "内决定，经批准可延长" + Extend.Statute(), calendar.Date(2019, 4, 23)},
	{Licensing, "44"}:      {"自决定之日起" + L09.Statute() + "内颁发、送达", calendar.Date(2019, 4, 23)},
	{Licensing, "45"}:      {"听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审所需时间不计入期限，须书面告知", calendar.Date(2019, 4, 23)},
	{Licensing, "47"}:      {"重大利益关系的告知听证权利；" + L22.Statute() + "内申请，" + L23.Statute() + "内组织", calendar.Date(2019, 4, 23)},
	{Licensing, "48"}:      {"举行听证" + HearingCall.Statute() + "前通知；由审查人员以外的人员主持；根据听证笔录决定", calendar.Date(2019, 4, 23)},
	{Licensing, "50"}:      {"延续的，应当在有效期届满" + Renew.Statute() + "前申请", calendar.Date(2019, 4, 23)},
	{Licensing, "69"}:      {"可以撤销行政许可的情形；欺骗、贿赂取得的应当撤销", calendar.Date(2019, 4, 23)},
	{Licensing, "70"}:      {"应当办理注销手续的情形", calendar.Date(2019, 4, 23)},
	{ReviewLaw, "20"}:      {"自知道或者应当知道行政行为之日起" + Review.Statute() + "内申请行政复议", calendar.Date(2024, 1, 1)},
	{LitigationLaw, "46"}:  {"自知道或者应当知道行政行为之日起" + Suit.Statute() + "内起诉", calendar.Date(2017, 7, 1)},
	{Reading, "A8"}:        {"补正只告知一次，建议" + Supply.Days() + "内补正；逾期不补正的，县里确认后才作放弃处理", CountyDay},
	{Licensing, "82"}:      {"期限以工作日计算，不含法定节假日", calendar.Date(2019, 4, 23)},
	{CivilProcedure, "95"}: {"公告送达自发出公告之日起经过" + Announced.Statute() + "视为送达", calendar.Date(2022, 1, 1)},
	{CivilCode, "203"}:     {"末日是法定休假日的，以休假日结束的次日为末日", calendar.Date(2021, 1, 1)},
	{LandLaw, "62"}:        {"一户一宅；乡镇审核批准；农转用；出卖出租赠与后不再批", calendar.Date(2020, 1, 1)},
	{PlanningLaw, "41"}:    {"乡村建设规划许可证；先规划许可后用地", calendar.Date(2019, 4, 23)},
	{Reading, "A5"}:        {"异议由组级核查，" + L03.Short() + "内书面答复", CountyDay},
	{Reading, "A6"}:        {"组级拒签须写理由；超时或拒签的，申请户可申请由村级办理，乡镇批准", CountyDay},
	{Reading, "A7"}:        {"退回后可补齐重报；申请户坚持的，可请求乡镇调取材料处理", CountyDay},
	{Reading, "A8"}:        {"补正期限由告知书载明；逾期不补正的，县里确认后视为放弃", CountyDay},
	{Reading, "A9"}:        {"三办全部给出意见才形成联审结果；不一致的会商一次", CountyDay},
	{Reading, "A12"}:       {"县城规划区内，县行政审批局先作出规划许可决定，乡镇再作出宅基地决定", CountyDay},
	{Reading, "A11"}:       {"受理后不得以退件代替决定；退回只在乡镇内部", CountyDay},
	{Reading, "A30"}:       {"决定前申请人可随时撤回", CountyDay},
	{Reading, "A35"}:       {"以进入系统的时间为收到时间；纸质材料先到的，由收到的单位凭据补录", CountyDay},
	{Reading, "A14"}:       {"老宅基翻新重建实行申报承诺，审查以规划建设办公室为主", CountyDay},
	{Reading, "A15"}:       {"申请人书面同意的中止", CountyDay},
	{County2021, "四(一)1"}:  {"开工登记：领表、一次告知七类资料", CountyDay},
	{County2021, "四(一)2"}:  {"便民服务中心审核资料、现场勘察，符合条件的审核同意签字", CountyDay},
	{County2021, "四(一)3"}:  {"四方竣工验收；合格后" + L14.Statute() + "内填写竣工验收表，报便民服务中心存档", CountyDay},
	{County2021, "四(二)1"}:  {"其他房屋施工许可：领表、一次告知十类资料", CountyDay},
	{County2021, "四(二)2"}:  {"便民服务中心在行政审批局授权指导下审核资料并现场勘察，办理施工许可", CountyDay},
	{County2021, "四(二)3"}:  {"到县住建部门申请竣工验收，报县行政审批局备案", CountyDay},
	{County2021, "五1"}:     {"经营性用途：到县行政审批局或市场监管所申请，一次告知三类资料", CountyDay},
	{County2021, "五2"}:     {"办结后推送乡镇；乡镇核查竣工验收资料，没有的可由申请人聘请鉴定", CountyDay},
	{County2021, "五3"}:     {"核查不符合的及时制止经营活动并报告", CountyDay},
	{County2021, "五4"}:     {"收到报告后" + L20.Short() + "内通知市场主体，责令限期变更经营场所；逾期依法处理", CountyDay},
	{County2021, "六2"}:     {"县住建部门受理乡镇移送的其他房屋违法违规", CountyDay},
	{County2021, "七1"}:     {"2021-02-01起未办开工登记擅自开工的责令停工、限期整改；经鉴定达到标准方可补办", CountyDay},

	{ConstructionLaw, "8"}: {"自收到申请之日起" + L15.Statute() + "内，对符合条件的颁发施工许可证", calendar.Date(2019, 4, 23)},
	{ConstructionLaw, "9"}: {"领证之日起" + Begin.Statute() + "内开工；延期以两次为限，每次不超过" + Begin.Statute() + "；逾期自行废止",
		calendar.Date(2019, 4, 23)},
	{QualityRules, "49"}: {"自竣工验收合格之日起" + L16.Short() + "内备案", calendar.Date(2019, 4, 23)},
	{Disclosure, "21"}:   {"乡镇主动公开宅基地使用情况审核等", calendar.Date(2019, 5, 15)},
	{Disclosure, "26"}:   {"自信息形成之日起" + L11.Short() + "内公开", calendar.Date(2019, 5, 15)},

	{Reading, "A34"}: {"是否位于县城规划区内由受理人选择，规划建设办公室复核", CountyDay},
	{Reading, "A18"}: {"个人不承揽施工；乡镇有理由放行的留痕", CountyDay},
	{Reading, "A19"}: {"开工登记是登记，不同意须书面理由", CountyDay},
	{Reading, "A21"}: {"竣工验收表和验收意见表一次到场两表都做；不合格的整改复验；放线为可选节点", CountyDay},
	{Reading, "A23"}: {"其他房屋由住建到场监督，参建各方签署；不合格的整改复验", CountyDay},
	{Reading, "A24"}: {"既无竣工验收资料又不提供鉴定报告的，按不符合处理", CountyDay},
	{Reading, "A25"}: {"限期由通知书载明截止日期", CountyDay},
	{Reading, "A27"}: {"鉴定机构须在名录中", CountyDay},
	{Reading, "催办"}:  {"上级或窗口提醒办理方", CountyDay},
	{Reading, "督办"}:  {"县督查机构立项，定办结日期", CountyDay},
	{Reading, "转办"}:  {"在本单位内换人承办", CountyDay},
	{Reading, "抄送"}:  {"告知其他单位", CountyDay},
	{Reading, "拿回"}:  {"下一办理方动作之前可以拿回", CountyDay},
}

// CountyDay is the first day of the county's rules: 细则自发布之日起施行（R3）.
var CountyDay = calendar.Date(2021, 5, 7)

// Lookup finds an article in the register; false when it is not there.
func Lookup(a Article) (Provision, bool) {
	p, ok := register[a]
	return p, ok
}

// Articles is a copy of the register: each article with what it says.
func Articles() map[Article]Provision { return maps.Clone(register) }
