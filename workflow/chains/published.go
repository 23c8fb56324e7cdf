package chains

import . "anju/workflow"

// Published is every chain that Anju runs. A new version stands beside the old one.
func Published() Chains {
	return Chains{Homestead(), PlanningPermit(), ConstructionStartLowRise(), ConstructionStartOther(), CompletionLowRise(), CompletionOther(),
		BusinessUse(), Violation(), Hazard()}
}
