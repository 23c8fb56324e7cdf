package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// The rows and limits of the chains about houses that are permitted.
var (
	// startLimit is L12: the county promises an answer within five working days of the papers, through review and survey
	// (A19).
	startLimit = Count(law.L12).Since(Received)
	// handOver is L09: a certificate reaches its holder within ten working days of the decision.
	handOver = Count(law.L09).Since(Decided)

	// override is the reasoned act by which a person may build (A18).
	override = RecordRow{Kind: OverrideKind, By: Parties(TownshipGovernment), Signed: true, Optional: true,
		Data: forms.ContractorOverride{}, Rule: "A18", Under: law.Reading.Art("A18"),
		Tells: Parties(ServiceCenter)}
	// patrol is a visit to a building site (R108).
	patrol = []RecordRow{{Kind: PatrolKind, By: Parties(PlanningOffice, TownshipGovernment), Optional: true,
		Data: forms.PatrolVisit{}, Rule: "R108", Under: law.County2021.Art("六1")}}
	// site is what goes on while a house is built: measuring out (A21) and patrol.
	site = Rows(patrol, []RecordRow{{Kind: StakingKind, By: Parties(PlanningOffice), Optional: true, Data: forms.Staking{},
		Effects: identifies, Rule: "A21", Under: law.Reading.Art("A21")}})
)
