package serving

import (
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
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
	// Correction is the serving of a notice that states the last day for what is to be put right itself (A8).
	Correction = workflow.Serving{Says: "送达；补正以通知书载明的日期为限（A8）", Owed: true}
)

// Special is the serving of a special procedure notice: the clock stands from that day, and not without it (Licensing
// Law Art. 45, A15).
var Special = workflow.Serving{Says: "送达之日起停表（行政许可法45）", Owed: true, Begins: stopsClock}

// HearingRight begins the time in which a hearing may be asked for, which the authority waits for (Licensing Law
// Art. 47).
func HearingRight(authority glossary.Party) workflow.Serving {
	return workflow.Serving{Says: "送达之日起计算申请听证期限" + law.L22.Statute() + "（行政许可法47）", Owed: true,
		Starts: []workflow.Clock{{Limit: workflow.Count(law.L22), By: glossary.Applicant,
			Late: []workflow.Rung{{Name: workflow.RungWarn, Tell: workflow.Parties(glossary.ServiceCenter)},
				{Name: workflow.RungLapse, Tell: workflow.Parties(authority)}}}}}
}

// stopsClock enters the suspension that a notice was issued for, from the day of its service.
func stopsClock(out *workflow.Outcome, d workflow.Document, _ workflow.Facts) error {
	if p, ok := forms.PauseOf(out.Case, d); ok {
		out.Suspend(workflow.Suspension{Ground: workflow.SuspensionGround(p.Ground), Number: d.Number, From: d.Service.On,
			Open: true, Service: d.Service.Method, Recipient: d.Service.Receiver, Days: p.Days, Evidence: p.Evidence,
			Stage: out.Case.State})
	}
	return nil
}

// remedies are open to the receiver of a decision, and to others that it touches.
var remedies = []law.Term{law.Review, law.Suit}

// Signed tells whether the receiver signed for the paper: not where it was left with witnesses or published (F34).
func Signed(method string) bool { return method != "lien" && method != "public" }
