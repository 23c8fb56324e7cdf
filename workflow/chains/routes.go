package chains

import (
	"fmt"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// routePlot routes the planning permit by where the plot lies (R60).
func routePlot(c *Case) {
	c.InsidePlanningArea = Applied[forms.Application](*c).InsidePlanningArea
}

// whereReviewed picks who decides on a case reviewed: inside the county-town planning area the county bureau first, on
// what may be built on (R60, A12, A15), and once.
func whereReviewed(f Facts) State {
	if f.Case.InsidePlanningArea && !planningDecided(f.Case) && FarmlandCleared[0].Holds(f) {
		return PlanningStage
	}
	return Decision
}

// routeBusiness sends individual businesses to the market supervision station, all others to the approval bureau (R93).
func routeBusiness(c *Case) {
	c.Authority = CountyApprovalBureau
	if Applied[forms.BusinessApplication](*c).Kind == "individual_business" {
		c.Authority = MarketStation
	}
}

// routeViolation sends what is referred to the bureau that may dispose of it (R110, A26).
func routeViolation(c *Case) {
	v := Applied[forms.Finding](*c)
	c.Authority = CountyHousingBureau
	if v.Has("illegal_land") && v.Class() == forms.LowRise {
		c.Authority = CountyAgricultureBureau
	}
}

// petitions are answered alike in every matter.
var petitions = []PetitionRow{
	{Kind: ObjectionPetition, By: Parties(GroupCollective), Sender: "异议人（扫码提出）",
		Record: func(p Petition, receipt string) (RecordKind, Form) {
			return ObjectionKind, forms.Objection{Name: p.Name, Facts: p.Text, Evidence: "扫公示二维码提出，回执 " + receipt}
		}}, // the group looks into it (R36)
	{Kind: WithdrawalPetition, By: Parties(Applicant)}, // the counter of the matter enters it
	{Kind: UrgePetition, By: Parties(ServiceCenter, SupervisionOffice), About: true, Last: CountyGovernment},
	{Kind: RatingPetition, By: Parties(SupervisionOffice), About: true, Last: CountyGovernment},
	{Kind: ComplaintPetition, By: Parties(SupervisionOffice), About: true, Last: CountyGovernment},
}

// noBrief is the brief of a matter without a plot.
func noBrief(Case, County) []Line { return nil }

// briefPlot sums up the plot and the house, against what is allowed.
func briefPlot(c Case, county County) []Line {
	p := Applied[forms.Application](c).Proposed
	if p.HomesteadArea <= 0 {
		return nil
	}
	area := p.HomesteadArea.String() + " ㎡"
	if most := county.Parameters.HomesteadStandard; most > 0 {
		area += "（标准 " + most.String() + " ㎡以内）"
	}
	neighbours := "还没有登记"
	if said, ok := c.Latest(NeighborKind); ok {
		neighbours = "已登记，" + said.At.In(calendar.Shanghai).Format("1月2日")
	}
	return []Line{{Label: "户", Value: fmt.Sprintf("%s，%d 人", c.Householder, c.File.Members)},
		{Label: "位置", Value: p.Address}, {Label: "宅基地", Value: area},
		{Label: "房屋", Value: fmt.Sprintf("占地 %s ㎡，%d 层，建筑 %s ㎡，高 %s 米", p.FootprintArea, p.Floors, p.BuildingArea, p.Height)},
		{Label: "邻里意见", Value: neighbours}}
}

// permits and starts are the chains with cases that a later one follows.
var (
	permits = []ChainID{"homestead", "planning_permit"}
	starts  = []ChainID{"construction_start.low_rise", "construction_start.other"}
)
