package glossary

import (
	"slices"
	"strings"
)

// Party is who acts or is told: a kind of office (org_kind of the glossary), or one of the parties
// below that a case resolves to an office.
type Party string

// The parties a chain may name. Official term beside each.
const (
	Applicant               Party = "applicant"                       // 申请户: enters through the service counter (A36)
	GroupCollective         Party = "group_collective"                // 组级农村集体经济组织
	VillageOrganization     Party = "village_organization"            // 村级组织
	ServiceCenter           Party = "township_service_center"         // 乡镇便民服务中心
	EconomicOffice          Party = "economic_office"                 // 经济发展办公室
	SocialAffairsOffice     Party = "social_affairs_office"           // 社会事务办公室
	PlanningOffice          Party = "planning_office"                 // 规划建设办公室
	TownshipGovernment      Party = "township_government"             // 乡（镇）人民政府
	MarketStation           Party = "market_supervision_station"      // 市场监管所
	CountyAgricultureBureau Party = "county_agriculture_bureau"       // 县农业农村局
	CountyNaturalResources  Party = "county_natural_resources_bureau" // 县自然资源局
	CountyHousingBureau     Party = "county_housing_bureau"           // 县住建局
	CountyApprovalBureau    Party = "county_approval_bureau"          // 县行政审批局
	CountyMarketBureau      Party = "county_market_bureau"            // 县市场监管局
	SupervisionOffice       Party = "supervision_office"              // 县政府督查机构
	CountyGovernment        Party = "county_government"               // 县人民政府
	// 管理岗: the three administrators and the auditor; handles no case
	Administration    Party = "administration"
	PlanningAuthority Party = "planning_authority" // 规划许可决定机关: by place (R59, R60)
	// 主管机关: fixed case by case (R93, R110), see Case.Authority
	Authority     Party = "authority"
	GuidingBureau Party = "guiding_bureau" // 业务指导部门: the county bureau that guides the matter
	// the office that has the case: stands in rows of every stage
	Holder Party = "holder"
	System Party = "system" // what the law itself does at expiry
)

var partyTitles = withMatters(map[Party]string{
	Applicant: "申请户", GroupCollective: "组级农村集体经济组织", VillageOrganization: "村级组织",
	ServiceCenter: "乡镇便民服务中心", EconomicOffice: "经济发展办公室", SocialAffairsOffice: "社会事务办公室",
	PlanningOffice: "规划建设办公室", TownshipGovernment: "乡（镇）人民政府", MarketStation: "市场监管所",
	CountyAgricultureBureau: "县农业农村局", CountyNaturalResources: "县自然资源局", CountyHousingBureau: "县住建局",
	CountyApprovalBureau: "县行政审批局", CountyMarketBureau: "县市场监管局", SupervisionOffice: "县政府督查机构",
	CountyGovernment: "县人民政府", Administration: "管理岗", PlanningAuthority: "规划许可决定机关", Authority: "主管机关", GuidingBureau: "县级业务主管部门",
	Holder: "当前办理方",
	System: "系统",
}, func(m MatterWords) map[Party]string {
	return officeRows(m, func(o OfficeKind) string { return o.Title })
})

// Title is the one Chinese name of the party on screens and papers.
func (p Party) Title() string {
	if t, ok := partyTitles[p]; ok {
		return t
	}
	return string(p)
}

// Place is what of a case decides which office acts for a party.
type Place struct {
	Counter            Party // of the matter
	Guides             Party // the bureau that guides the matter
	Authority          Party // of the case, fixed by its application
	NoGroupLevel       bool
	InsidePlanningArea bool
}

// Counter tells whether offices of the kind stand for the applicants of every matter.
func (p Party) Counter() bool { return p == ServiceCenter }

// At resolves the party to the kind of office that has a case. The applicant has no account: the counter of
// the matter enters for them, as a rule the township's (A36). In a village without group level the village does what
// the group would (A6). The planning authority is the county approval bureau inside the county-town planning area and
// the commissioned township elsewhere (R59, R60).
func (p Party) At(place Place) Party {
	switch {
	case p == Applicant && place.Counter != "" && place.Counter != Applicant:
		return place.Counter.At(place)
	case p == Applicant:
		return ServiceCenter
	case p == Authority && place.Authority == "":
		return CountyApprovalBureau
	case p == Authority:
		return place.Authority
	case p == GuidingBureau && place.Guides != "":
		return place.Guides
	case p == GroupCollective && place.NoGroupLevel:
		return VillageOrganization
	case p == PlanningAuthority && place.InsidePlanningArea:
		return CountyApprovalBureau
	case p == PlanningAuthority:
		return TownshipGovernment
	}
	return p
}

// InName is the kind of office in the name of which the party acts: where a township is commissioned with the planning
// permit, the bureau that commissions it (Licensing Law Art. 24(3), A12); its own otherwise.
func (p Party) InName(place Place, commissioner Party) Party {
	if at := p.At(place); p != PlanningAuthority || at != TownshipGovernment || commissioner == "" {
		return at
	}
	return commissioner
}

// Level is the administrative level on which offices of a kind stand; it says which part of a case's
// division code finds the one office that must act.
type Level string

// The levels of division.
const (
	CountyLevel   Level = "county"
	TownshipLevel Level = "township"
	VillageLevel  Level = "village"
	GroupLevel    Level = "group"
)

// Level of the party's offices.
func (p Party) Level() Level {
	switch p {
	case GroupCollective:
		return GroupLevel
	case VillageOrganization:
		return VillageLevel
	case Applicant, ServiceCenter, EconomicOffice, SocialAffairsOffice, PlanningOffice, TownshipGovernment, MarketStation:
		return TownshipLevel
	}
	for _, o := range Added() {
		if o.Kind == p {
			return o.Level
		}
	}
	return CountyLevel
}

// OfficeDivision is the code under which the office of a level is found for a case in a village (12 digits)
// and group (2 digits): 140824000000, 140824100000, 140824100214 or 14082410021401.
func OfficeDivision(l Level, village, group string) string {
	switch {
	case len(village) != 12:
		return ""
	case l == GroupLevel:
		return village + group
	case l == VillageLevel:
		return village
	case l == TownshipLevel:
		return village[:9] + "000"
	}
	return village[:6] + "000000"
}

// Within tells whether a case in the given village and group lies in the area of an office: its own group,
// village, township or county. It is the one rule of jurisdiction.
func Within(office, village, group string) bool {
	if office == "" {
		return false // an empty area is an error of the caller, never "everywhere"
	}
	if len(office) == 14 {
		return office == village+group
	}
	area := office
	switch {
	case strings.HasSuffix(office, "000000"):
		area = office[:6]
	case strings.HasSuffix(office, "000"):
		area = office[:9]
	}
	return strings.HasPrefix(village, area)
}

// Role is what an officer may do inside his office (glossary 1.2).
type Role string

// The roles that the rules tell apart.
const (
	WindowClerk    Role = "window_clerk"    // 窗口受理员
	GroupHead      Role = "group_head"      // 组级负责人
	VillageHead    Role = "village_head"    // 村级组织负责人
	VillageClerk   Role = "village_clerk"   // 村级经办人
	OfficeReviewer Role = "office_reviewer" // 三办审查员
	TownshipHead   Role = "township_head"   // 乡镇负责人
	CountyClerk    Role = "county_clerk"    // 县级经办
	CountyHead     Role = "county_head"     // 县级负责人
	Supervisor     Role = "supervisor"      // 督办员
	Auditor        Role = "auditor"         // 效能审核员
	SystemAdmin    Role = "system_admin"    // 系统管理员
	SecurityAdmin  Role = "security_admin"  // 安全管理员: accounts
	AuditAdmin     Role = "audit_admin"     // 审计管理员: what the other two and those who read personal data did
)

// Signs tells whether the role is that of a head: the law asks for that signature (R38, R45, R52).
func (r Role) Signs() bool {
	return r == GroupHead || r == VillageHead || r == TownshipHead || r == CountyHead
}

// Handles tells whether the role may see and handle cases at all: administrators of the system never do
// (separation of the three administrators).
func (r Role) Handles() bool { return r != SystemAdmin && r != SecurityAdmin && r != AuditAdmin }

var roleTitles = map[Role]string{
	WindowClerk: "窗口受理员", GroupHead: "组级负责人", VillageHead: "村级组织负责人", VillageClerk: "村级经办人", OfficeReviewer: "三办审查员",
	TownshipHead: "乡镇负责人（审批人）", CountyClerk: "县级经办", CountyHead: "县级负责人", Supervisor: "督办员", Auditor: "效能审核员",
	SystemAdmin: "系统管理员", SecurityAdmin: "安全管理员", AuditAdmin: "审计管理员",
}

// Title is the one Chinese name of the role on screens.
func (r Role) Title() string {
	if t, ok := roleTitles[r]; ok {
		return t
	}
	return string(r)
}

// Guarded reports whether accounts of the role are opened, reset and enabled by two persons: those of every role that
// signs, records an opinion, decides, rules on a breach, answers a complaint, or administers. The window clerk receives
// papers and hands them on.
func (r Role) Guarded() bool { return r != WindowClerk }

// posts are the roles that may be held at each kind of office; every role is in a row, and a kind without a row has no
// accounts.
var posts = withMatters(map[Party][]Role{
	GroupCollective:         {GroupHead},
	VillageOrganization:     {VillageHead, VillageClerk},
	ServiceCenter:           {WindowClerk},
	EconomicOffice:          {OfficeReviewer},
	SocialAffairsOffice:     {OfficeReviewer},
	PlanningOffice:          {OfficeReviewer},
	TownshipGovernment:      {TownshipHead},
	MarketStation:           {CountyClerk, CountyHead}, // the county market bureau's office in the township
	CountyAgricultureBureau: {CountyClerk, CountyHead},
	CountyNaturalResources:  {CountyClerk, CountyHead},
	CountyHousingBureau:     {CountyClerk, CountyHead},
	CountyApprovalBureau:    {CountyClerk, CountyHead},
	CountyMarketBureau:      {CountyClerk, CountyHead},
	SupervisionOffice:       {Supervisor},
	CountyGovernment:        {CountyClerk, CountyHead, SystemAdmin, SecurityAdmin, AuditAdmin},
	Administration:          {Auditor, SystemAdmin, SecurityAdmin, AuditAdmin},
}, func(m MatterWords) map[Party][]Role {
	return officeRows(m, func(o OfficeKind) []Role { return o.Posts })
})

// Offices lists the kinds of office that have accounts, from the group up to the county, and then those that matters
// have added.
func Offices() []Party {
	kinds := []Party{GroupCollective, VillageOrganization, ServiceCenter, EconomicOffice, SocialAffairsOffice,
		PlanningOffice, TownshipGovernment, MarketStation, CountyAgricultureBureau, CountyNaturalResources,
		CountyHousingBureau, CountyApprovalBureau, CountyMarketBureau, SupervisionOffice, CountyGovernment, Administration}
	for _, o := range Added() {
		kinds = append(kinds, o.Kind)
	}
	return kinds
}

// Posts lists the roles that may be held at an office of the kind.
func (p Party) Posts() []Role { return slices.Clone(posts[p]) }

// At reports whether the role may be held at an office of the kind.
func (r Role) At(kind Party) bool { return slices.Contains(posts[kind], r) }

// Roles lists every role, in the order of the levels.
func Roles() []Role {
	return []Role{WindowClerk, GroupHead, VillageHead, VillageClerk, OfficeReviewer, TownshipHead, CountyClerk, CountyHead,
		Supervisor, Auditor, SystemAdmin, SecurityAdmin, AuditAdmin}
}
