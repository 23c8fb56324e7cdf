package forms

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// Household is the file's subject (一户一档): who lives there and what homestead they have now. Field names are
// those of form F01.
type Household struct {
	Division    string                    `json:"division" doc:"村级区划代码" pattern:"^[0-9]{12}$" example:"140824100214"`
	GroupNo     string                    `json:"group_no" doc:"村民小组编号" pattern:"^[0-9]{2}$" example:"01"`
	Householder Person                    `json:"householder" doc:"户主"`
	Members     []Member                  `json:"members" doc:"家庭成员" maxItems:"30"`
	Current     workflow.CurrentHomestead `json:"current" doc:"现宅基地及农房情况"`
}

// Person is the householder.
type Person struct {
	Name     string `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"王建国"`
	Gender   string `json:"gender,omitempty" doc:"性别" enum:"男,女" example:"男"`
	IDNumber string `json:"id_number" doc:"身份证号" minLength:"1" maxLength:"40" example:"140824197803120012"`
	Phone    string `json:"phone,omitempty" doc:"联系电话" pattern:"^[0-9\\-]{7,13}$" example:"13800001234"`
	Domicile string `json:"domicile,omitempty" doc:"户口所在地" maxLength:"100" example:"稷峰镇马村第一村民小组"`
}

// Member is another person of the household.
type Member struct {
	Name     string `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"李秀英"`
	Relation string `json:"relation" doc:"与户主关系" minLength:"1" maxLength:"20" example:"配偶"`
	IDNumber string `json:"id_number" doc:"身份证号" minLength:"1" maxLength:"40" example:"140824198005220021"`
	Domicile string `json:"domicile,omitempty" doc:"户口所在地" maxLength:"100" example:"稷峰镇马村第一村民小组"`
}

// Example implements Form.
func (Household) Example() any {
	return Household{Division: "140824100214", GroupNo: "01",
		Householder: Person{"王建国", "男", "140824197803120012", "13800001234", "稷峰镇马村第一村民小组"},
		Members: []Member{{"李秀英", "配偶", "140824198005220021", "稷峰镇马村第一村民小组"},
			{"王小军", "子", "140824200306150012", "稷峰镇马村第一村民小组"}},
		Current: workflow.CurrentHomestead{HomesteadArea: 12000, BuildingArea: 9600}}
}

// Check finds unsound ID numbers, a gender that contradicts the number, and a person named twice.
func (h Household) Check(now time.Time) []workflow.FieldError {
	today := calendar.DayOf(now)
	var found []workflow.FieldError
	seen := map[string]bool{}
	id := func(field, number string) {
		if msg := CheckIDNumber(number, today); msg != "" {
			found = append(found, workflow.FieldError{Field: field, Message: msg, Rule: "R31"})
		} else if n := NormalIDNumber(number); seen[n] {
			found = append(found, workflow.FieldError{Field: field, Message: "同一身份证号在本户出现了两次，请核对", Rule: "R31"})
		} else {
			seen[n] = true
		}
	}
	id("householder.id_number", h.Householder.IDNumber)
	if g := h.Householder.Gender; g != "" && len(found) == 0 && g != GenderOf(h.Householder.IDNumber) {
		found = append(found, workflow.FieldError{Field: "householder.gender", Message: "性别与身份证号第 17 位不一致，请核对", Rule: "R31"})
	}
	for i, m := range h.Members {
		id(fmt.Sprintf("members[%d].id_number", i), m.IDNumber)
	}
	return found
}

// Application is the application for a homestead, or for a planning permit alone, on form F01 with the
// elements of R22–R27 that decide whether a ground holds.
type Application struct {
	Grounds      []string   `json:"grounds,omitempty" doc:"申请情形" enum:"split_household,relocated_in,planning_relocation,disaster,expropriated,other_statutory" maxItems:"6" example:"[\"split_household\"]"`
	Split        bool       `json:"split_needed,omitempty" doc:"因结婚等原因确需分户"`
	Relocation   Relocation `json:"relocation,omitempty" required:"false" doc:"迁入情况"`
	Planning     Affected   `json:"planning,omitempty" required:"false" doc:"规划影响"`
	Disaster     string     `json:"disaster,omitempty" doc:"灾害情形" enum:"damaged,hazard_avoidance"`
	Expropriated string     `json:"expropriated,omitempty" doc:"征收占用情形" enum:"expropriated,public_use"`
	Statute      string     `json:"statute,omitempty" doc:"所依据的法律法规条文" maxLength:"200"`

	CollectiveMember   bool   `json:"collective_member" doc:"是本集体经济组织成员" example:"true"`
	TransferredBefore  bool   `json:"transferred_before,omitempty" doc:"曾出卖、出租、赠与住宅"`
	PermanentFarmland  bool   `json:"permanent_farmland,omitempty" doc:"占用永久基本农田"`
	InsidePlanningArea bool   `json:"inside_planning_area,omitempty" doc:"位于县城规划区内"`
	PlanningAreaNote   string `json:"planning_area_note,omitempty" doc:"区位判定依据" maxLength:"200"`

	Disposal     string           `json:"disposal" doc:"现宅基地处置情况" enum:"keep,return_to_collective,other" example:"return_to_collective"`
	DisposalArea workflow.Decimal `json:"disposal_area,omitempty" required:"false" doc:"保留面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$"`
	DisposalNote string           `json:"disposal_note,omitempty" doc:"其他处置说明" maxLength:"200"`

	Proposed   Proposed   `json:"proposed" doc:"拟申请宅基地及建房情况"`
	Reason     string     `json:"reason" doc:"申请理由" minLength:"1" maxLength:"500" example:"儿子结婚分户，现有住房不够居住"`
	Commitment Commitment `json:"commitment" doc:"使用承诺"`
	Drawing    string     `json:"drawing_source" doc:"图纸来源" enum:"generic_drawing,qualified_institute,qualified_person" example:"generic_drawing"`
	Designer   string     `json:"designer,omitempty" doc:"专业技术人员：名录中的证书号（图纸由其提供的填写）" maxLength:"40"`
	// A14: what a rebuilding on the old site declares; only the planning permit asks for it.
	SameSite     bool   `json:"same_site,omitempty" doc:"位置和用地范围不变"`
	LawfulOrigin string `json:"lawful_origin,omitempty" doc:"原宅基地合法来源" enum:"ownership_certificate,recognition_record"`
}

// Relocation holds the elements of R23.
type Relocation struct {
	ByPolicy     bool `json:"by_policy,omitempty" doc:"符合政策规定迁入"`
	FormalMember bool `json:"formal_member,omitempty" doc:"已落户成为正式成员"`
	NoneAtOrigin bool `json:"none_at_origin,omitempty" doc:"原籍没有宅基地"`
}

// Affected holds the elements of R24.
type Affected struct {
	ByPlan   bool `json:"by_plan,omitempty" doc:"现住房影响乡村建设相关规划"`
	MustMove bool `json:"must_move,omitempty" doc:"需要搬迁重建"`
}

// Proposed is the house applied for; areas in ㎡, height and span in m.
type Proposed struct {
	HomesteadArea workflow.Decimal `json:"homestead_area" doc:"宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"133.00"`
	FootprintArea workflow.Decimal `json:"footprint_area" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"100.00"`
	Address       string           `json:"address" doc:"地址" minLength:"1" maxLength:"200" example:"稷峰镇马村村西新区3排14号"`
	Boundary      Boundary         `json:"boundary" doc:"四至"`
	BuildType     string           `json:"build_type" doc:"建房类型" enum:"rebuild_on_site,extend,new_site" example:"new_site"`
	LandClass     string           `json:"land_class" doc:"地类" enum:"construction_land,unused_land,farmland_class" example:"construction_land"`
	Farmland      string           `json:"farmland,omitempty" doc:"农用地子类" enum:"cultivated,forest,grassland,other"`
	BuildingArea  workflow.Decimal `json:"building_area" doc:"住房建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"200.00"`
	Floors        int              `json:"floors" doc:"建筑层数" minimum:"1" maximum:"20" example:"2"`
	Height        workflow.Decimal `json:"height" doc:"建筑高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"7.20"`
	MaxSpan       workflow.Decimal `json:"max_span" doc:"最大跨度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"4.20"`
	Use           string           `json:"use" doc:"房屋用途" enum:"residence,office,police_room,clinic,service_point,agro_workshop,commercial,other" example:"residence"`
	Consulted     bool             `json:"neighbors_consulted" doc:"已征求相邻权利人意见" example:"true"`
}

// Boundary holds the four bounds (四至); none may be empty.
type Boundary struct {
	East  string `json:"east" doc:"东至" minLength:"1" maxLength:"60" example:"村路"`
	South string `json:"south" doc:"南至" minLength:"1" maxLength:"60" example:"张志强宅"`
	West  string `json:"west" doc:"西至" minLength:"1" maxLength:"60" example:"水渠"`
	North string `json:"north" doc:"北至" minLength:"1" maxLength:"60" example:"空地"`
}

// Commitment is the letter of commitment F02.
type Commitment struct {
	Reason   string `json:"reason" doc:"承诺事由" enum:"split,planned_relocation,rebuild,other" example:"split"`
	Eligible bool   `json:"c1" doc:"符合一户一宅条件，材料真实有效" example:"true"`
	Months   int    `json:"c2_months" doc:"批准后建成月数" minimum:"1" maximum:"60" example:"18"`
	Days     int    `json:"c3_days,omitempty" doc:"建成后拆除旧房日数" minimum:"1" maximum:"3650" example:"90"`
}

// HomesteadApplication is the Application of the homestead chain.
type HomesteadApplication struct{ Application }

// PlanningApplication is the Application of the planning permit chain (A14).
type PlanningApplication struct{ Application }

func exampleApplication() Application {
	return Application{Grounds: []string{"split_household"}, Split: true, CollectiveMember: true,
		Disposal: "return_to_collective",
		Proposed: Proposed{HomesteadArea: 13300, FootprintArea: 10000, Address: "稷峰镇马村村西新区3排14号",
			Boundary: Boundary{"村路", "张志强宅", "水渠", "空地"}, BuildType: "new_site", LandClass: "construction_land",
			BuildingArea: 20000, Floors: 2, Height: 720, MaxSpan: 420, Use: "residence", Consulted: true},
		Reason: "儿子结婚分户，现有住房不够居住", Commitment: Commitment{"split", true, 18, 90}, Drawing: "generic_drawing"}
}

// Example implements Form.
func (HomesteadApplication) Example() any { return HomesteadApplication{exampleApplication()} }

// Example implements Form.
func (PlanningApplication) Example() any {
	a := exampleApplication()
	a.Grounds, a.Split, a.Disposal, a.DisposalArea = nil, false, "keep", 11000
	a.Proposed.BuildType, a.Proposed.HomesteadArea, a.Proposed.FootprintArea, a.Proposed.BuildingArea = "rebuild_on_site",
		11000, 9000, 16000
	a.Reason, a.Commitment = "老宅年久失修，原址翻新重建", Commitment{"rebuild", true, 12, 0}
	a.SameSite, a.LawfulOrigin = true, "ownership_certificate"
	return PlanningApplication{a}
}

// Check finds what the fields of the application contradict among themselves.
func (a Application) Check(time.Time) []workflow.FieldError {
	var found []workflow.FieldError
	bad := func(wrong bool, field, msg string, r law.Rule) {
		if wrong {
			found = append(found, workflow.FieldError{Field: field, Message: msg, Rule: r})
		}
	}
	p := a.Proposed
	bad(p.HomesteadArea == 0, "proposed.homestead_area", "宅基地面积应大于 0，例如 133.00", "R29")
	bad(p.FootprintArea == 0 || p.FootprintArea > p.HomesteadArea, "proposed.footprint_area", "房基占地面积应大于 0 且不超过宅基地面积",
		"R29")
	bad(p.BuildingArea == 0, "proposed.building_area", "住房建筑面积应大于 0，例如 200.00", "R29")
	bad(p.Height == 0, "proposed.height", "建筑高度应大于 0，例如 7.20", "R29")
	bad(p.MaxSpan == 0, "proposed.max_span", "最大跨度应大于 0，例如 4.20", "R7")
	bad(p.LandClass == "farmland_class" && p.Farmland == "", "proposed.farmland", "农用地须选择耕地、林地、草地或其他", "R57")
	for _, b := range []struct{ field, v string }{{"east", p.Boundary.East}, {"south", p.Boundary.South},
		{"west", p.Boundary.West}, {"north", p.Boundary.North}} {
		bad(strings.TrimSpace(b.v) == "", "proposed.boundary."+b.field, "四至的四个方向都要填写，例如“村路”", "R29")
	}
	bad(a.Disposal == "keep" && a.DisposalArea == 0, "disposal_area", "保留现宅基地的，请填写保留面积", "A32")
	bad(a.Disposal == "other" && strings.TrimSpace(a.DisposalNote) == "", "disposal_note", "选择其他处置的，请填写说明", "A32")
	bad(p.BuildType == "new_site" && a.Commitment.Days == 0, "commitment.c3_days", "异址新建的，请填写建成后拆除旧房的日数", "R30")
	bad(a.InsidePlanningArea && strings.TrimSpace(a.PlanningAreaNote) == "", "planning_area_note", "请写明判定位于县城规划区内的依据",
		"A34")
	return found
}
