package workflow

import (
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Suspension is one entry of the suspension ledger (停表台账): time that Licensing Law Art. 45 leaves out of the time to
// the decision, or that the applicant agreed to (A15). Without a written notice there is none. Entries may overlap; the
// clock stands while any of them runs.
type Suspension struct {
	Ground    SuspensionGround `json:"ground"`
	Number    string           `json:"notice_number"` // of the written notice (F18)
	From      calendar.Day     `json:"notified_on"`   // day of its service; it still counts
	To        calendar.Day     `json:"resulted_on,omitempty"`
	Open      bool             `json:"open"`
	Service   string           `json:"service"` // how the notice was served (F34)
	Recipient string           `json:"recipient"`
	Days      int              `json:"expected_days"` // as the notice told the applicant
	Evidence  string           `json:"evidence,omitempty"`
	Stage     glossary.State   `json:"stage"`
}

// SuspensionGround is why the clock stands.
type SuspensionGround string

// Article is the law that the ground stands on: Licensing Law Art. 45, or the applicant's consent (A15).
func (g SuspensionGround) Article() law.Article {
	if g == ByConsent {
		return law.Reading.Art("A15")
	}
	return law.Licensing.Art("45")
}

// The grounds: those of Licensing Law Art. 45, and the consent of the applicant (A15).
const (
	ByHearing    SuspensionGround = "hearing"
	ByBidding    SuspensionGround = "bidding"
	ByAuction    SuspensionGround = "auction"
	ByInspection SuspensionGround = "inspection"
	ByTesting    SuspensionGround = "testing"
	ByQuarantine SuspensionGround = "quarantine"
	ByAppraisal  SuspensionGround = "appraisal"
	ByExperts    SuspensionGround = "expert_review"
	ByConsent    SuspensionGround = "consent"
)

var groundTitles = map[SuspensionGround]string{ByHearing: "听证", ByBidding: "招标", ByAuction: "拍卖", ByInspection: "检验",
	ByTesting: "检测", ByQuarantine: "检疫", ByAppraisal: "鉴定", ByExperts: "专家评审", ByConsent: "申请人书面同意中止"}

// Title is the ground's one Chinese name.
func (g SuspensionGround) Title() string { return groundTitles[g] }

// Pause is the suspension as the calendar counts it.
func (s Suspension) Pause() calendar.Pause {
	return calendar.Pause{From: s.From, To: s.To, Open: s.Open, Ground: s.Ground.Title()}
}

// Extended is the one extension of the time to the decision (Licensing Law Art. 42, A10).
type Extended struct {
	On     calendar.Day `json:"on"`   // approved
	Days   int          `json:"days"` // working days, at most ten
	Reason string       `json:"reason"`
}
