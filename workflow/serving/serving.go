package serving

import (
	"anju/workflow"
	"anju/workflow/law"
)

// What begins and ends with the service of a paper. A paper that stays with the offices is workflow.OnFile.
var (
	// Notice is the serving of a paper that the party is to have, and from which no period of his runs.
	Notice = workflow.Serving{Says: "送达", Owed: true}
	// Decision opens the ways of review and suit (Licensing Law Art. 38(2)).
	Decision = workflow.Serving{Says: "送达之次日起计算申请复议" + law.Review.Statute() + "、起诉" + law.Suit.Statute(),
		Owed: true, Terms: remedies}
	// Certificate hands out what was granted: the time for it ends with the last certificate (Licensing Law Art. 44).
	Certificate = workflow.Serving{Says: "送达即办结" + law.L09.Name + "；" + Decision.Says, Owed: true, Terms: remedies,
		Stops: workflow.Limits(law.L09)}
	// Correction begins the term that the notice suggests (A8).
	Correction = workflow.Serving{Says: "送达之次日起计算建议补正期限" + law.Supply.Days() + "（A8）", Owed: true,
		Terms: []law.Term{law.Supply}}
)

// remedies are open to the receiver of a decision, and to others that it touches.
var remedies = []law.Term{law.Review, law.Suit}
