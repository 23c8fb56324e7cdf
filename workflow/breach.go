package workflow

import (
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// BreachID numbers an entry of the breach register.
type BreachID int64

// Breach is one entry of the breach register: a maximum that an office let pass. It is opened by the red rung, in its
// transaction, explained by the office, ruled on by the auditor, and closed when the case moved on and it was ruled on.
type Breach struct {
	ID        BreachID
	Case      CaseID
	Deadline  DeadlineID
	Run       int
	Chain     ChainID
	Stage     glossary.State // where the case lay when the limit passed
	Limit     law.LimitID
	Kind      Kind // whether a statutory day was missed, or the county's promise
	Rule      law.Rule
	Under     law.Article
	Party     glossary.Party // who was late; the store adds the office and the officer in charge
	Office    OfficeID       // of Party for this case
	Officer   OfficerID      // in charge then: the one assigned, else the head of the office, 0 for none
	DueBefore time.Time
	OpenedAt  time.Time
	ExplainBy time.Time  // exclusive; three working days after the red card
	MetAt     *time.Time // the deadline was met, late
	ClosedAt  *time.Time // 销号
	Explained *Explanation
	Ruled     *Ruling // the newest; older ones stay in the history
}

// Explanation is what the late office says.
type Explanation struct {
	At      time.Time    `json:"at"`
	Officer OfficerID    `json:"officer_id"`
	Text    string       `json:"text"`
	MoveBy  calendar.Day `json:"move_by,omitempty"` // the day until which the office wants to be done; 0 when it is
}

// Verdict is the auditor's ruling on a breach.
type Verdict string

// The verdicts. An excused breach stays in the register: the card falls, the fact does not.
const (
	Upheld  Verdict = "upheld"
	Excused Verdict = "excused"
)

// Title is the verdict in Chinese.
func (v Verdict) Title() string {
	return map[Verdict]string{Upheld: "红牌成立", Excused: "情况属实，撤牌"}[v]
}

// Ruling is the auditor's word on a breach.
type Ruling struct {
	At      time.Time `json:"at"`
	Officer OfficerID `json:"officer_id"`
	Verdict Verdict   `json:"verdict"`
	Ground  string    `json:"ground"`
}

// BreachStatus is where an entry of the register stands.
type BreachStatus string

// The statuses, in their order.
const (
	BreachOpen      BreachStatus = "open"
	BreachExplained BreachStatus = "explained"
	BreachUpheld    BreachStatus = "upheld"
	BreachExcused   BreachStatus = "excused"
	BreachClosed    BreachStatus = "closed"
)

// Title is the status in Chinese.
func (s BreachStatus) Title() string {
	return map[BreachStatus]string{BreachOpen: "待说明", BreachExplained: "待裁定", BreachUpheld: "红牌成立，待办结",
		BreachExcused: "已撤牌，待办结", BreachClosed: "已销号"}[s]
}

// Explainable tells whether the late office may speak: until it was ruled on, and where that came before it had spoken,
// for the days that it has. The auditor may rule again then.
func (b Breach) Explainable(at time.Time) bool {
	return b.ClosedAt == nil && (b.Ruled == nil || b.Explained == nil && at.Before(b.ExplainBy))
}

// Status tells where the breach stands.
func (b Breach) Status() BreachStatus {
	switch {
	case b.ClosedAt != nil:
		return BreachClosed
	case b.Ruled != nil && b.Ruled.Verdict == Excused:
		return BreachExcused
	case b.Ruled != nil:
		return BreachUpheld
	case b.Explained != nil:
		return BreachExplained
	}
	return BreachOpen
}
