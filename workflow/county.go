package workflow

import (
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/trades"
)

// County is what the county has set: its calendar and its parameters. One value serves one judgement.
type County struct {
	Calendar    *calendar.Calendar
	Parameters  Parameters
	Contractors map[string]trades.Contractor // the register, by code
	Officers    []glossary.Officer           // with an open account at an office
	Chains      Chains                       // the matters that the county runs
}

// Parameters are the county's settings that the readings leave to it (config keys of the rule list).
type Parameters struct {
	HomesteadStandard       Decimal             // largest homestead in ㎡ (Land Law Art. 62(1)); 0: not set, not checked
	MeetingBody             string              // A3 meeting.body; "" is group_villager_meeting
	Mandate                 Mandate             // A12 issuer.planning_permit
	ProofBeforeRegistration bool                `json:",omitempty"` // A24 bu.require_safety_proof_before_registration
	PlanningInReview        bool                `json:",omitempty"` // A12: L24 takes of the review's days, not of the decision's
	LapseUncorrected        bool                `json:",omitempty"` // A8: what is not corrected in time lapses
	Purchase                trades.Purchase     `json:",omitzero"`  // R13–R20, A28; zero is off
	Promises                map[law.LimitID]int `json:",omitempty"` // days promised instead of the limit's own
	Messages                Messages            `json:",omitzero"`  // the words around what a message says
	Hours                   calendar.Hours      `json:",omitempty"` // opening hours; none: calendar.OfficeHours
}

// WorkHours are the opening hours in force.
func (p Parameters) WorkHours() calendar.Hours {
	if len(p.Hours) == 0 {
		return calendar.OfficeHours
	}
	return p.Hours
}

// Messages are the words of the county around what a message tells: between them stand numbers of cases, stages and due
// days, and nothing of any person.
type Messages struct {
	Sign string `json:"sign,omitempty"` // who writes, in front: 安居 where empty
	Ask  string `json:"ask,omitempty"`  // what is asked, at the end; the program's own words where empty
}

// Signature stands in front of every message.
func (m Messages) Signature() string {
	if m.Sign == "" {
		return "【安居】"
	}
	return "【" + m.Sign + "】"
}

// Mandate is the written commission under which a township issues planning permits (R59, A12).
type Mandate struct {
	Number string         `json:"number"`
	Issuer glossary.Party `json:"issuer"` // the issuer: county_natural_resources_bureau, or county_approval_bureau
	From   calendar.Day   `json:"from"`
	To     calendar.Day   `json:"to"` // last day; 0: no end
}

// Valid tells whether the mandate covers a day.
func (m Mandate) Valid(d calendar.Day) bool {
	return m.Number != "" && d >= m.From && (m.To == 0 || d <= m.To)
}
