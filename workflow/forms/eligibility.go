package forms

import (
	"slices"

	"anju/workflow"
	"anju/workflow/law"
)

// perHeadArea is 50 ㎡ (R22): strictly less than this much homestead a head (A17).
const perHeadArea workflow.Decimal = 5000

// TooSmall tells whether a homestead gives each of its members less than 50 ㎡ (R22). It multiplies instead of
// dividing: a homestead of no members is not too small.
func TooSmall(area workflow.Decimal, members int) bool {
	return int64(area) < int64(perHeadArea)*int64(members)
}

// Ground is one of the six situations in which a villager may apply (R22–R27).
type Ground struct {
	Rule  law.Rule
	Holds func(a Application, current workflow.CurrentHomestead, members int) bool
	Says  string
}

// KnownGrounds are the situations by their codes.
var KnownGrounds = map[string]Ground{
	"split_household": {"R22", func(a Application, cur workflow.CurrentHomestead, n int) bool {
		return a.Split && TooSmall(cur.HomesteadArea, n)
	}, "确需分户，且当前户内人均宅基地面积小于 50㎡"},
	"relocated_in": {"R23", func(a Application, _ workflow.CurrentHomestead, _ int) bool {
		return a.Relocation.ByPolicy && a.Relocation.FormalMember && a.Relocation.NoneAtOrigin
	}, "按政策迁入、落户成为正式成员，且在原籍没有宅基地"},
	"planning_relocation": {"R24", func(a Application, _ workflow.CurrentHomestead, _ int) bool {
		return a.Planning.ByPlan && a.Planning.MustMove
	}, "现住房影响乡村建设相关规划，需要搬迁重建"},
	"disaster": {"R25", func(a Application, _ workflow.CurrentHomestead, _ int) bool {
		return a.Disaster == "damaged" || a.Disaster == "hazard_avoidance"
	}, "因自然灾害损毁，或者避让地质灾害搬迁"},
	"expropriated": {"R26", func(a Application, _ workflow.CurrentHomestead, _ int) bool {
		return a.Expropriated == "expropriated" || a.Expropriated == "public_use"
	}, "原有宅基地被依法征收，或者因公共设施和公益事业建设被占用"},
	"other_statutory": {"R27", func(a Application, _ workflow.CurrentHomestead, _ int) bool {
		return a.Statute != ""
	}, "法律法规规定的其他情形，须写明所依据的条文"},
}

// Grounds names the grounds claimed that hold. One is enough (R21).
func Grounds(a Application, current workflow.CurrentHomestead, members int) []string {
	var held []string
	for _, g := range a.Grounds {
		if k, ok := KnownGrounds[g]; ok && k.Holds(a, current, members) && !slices.Contains(held, g) {
			held = append(held, g)
		}
	}
	return held
}
