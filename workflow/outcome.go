package workflow

import (
	"encoding/json"
	"fmt"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Move is one action on one case.
type Move struct {
	Do     glossary.Verb
	To     glossary.State // the chosen stage where an action leads to one of several
	Reason string
	Data   Payload
	Seen   int    // Case.Seen that the page showed
	Asked  string // tells one request from another under the same key; kept beside it
	By     Actor
	At     time.Time // one instant per move; set by the Service, truncated to microseconds
}

// Recording is something written on a case that does not move it.
type Recording struct {
	Kind  glossary.RecordKind
	Data  Payload
	Asked string // as of a Move
	By    Actor
	At    time.Time
}

// Opening is a new application.
type Opening struct {
	Chain       ChainID
	Household   HouseholdID
	Application Payload
	Key         string // one-time key of the submission; "" is none
	Asked       string // as of a Move
	By          Actor
	At          time.Time
}

// Entry is one line of the history. The store adds number, previous hash and hash.
type Entry struct {
	At     time.Time
	By     Actor
	Verb   string // the verb, the record kind, "open", "material", or the event of a rung
	From   glossary.State
	To     glossary.State
	Reason string
	Data   json.RawMessage // as accepted; never an ID number or phone in clear
	Rung   RungName
	Rule   law.Rule
}

// Message is one row of the outbox: what must be told, written with the move and sent afterwards.
type Message struct {
	Topic string           `json:"topic"` // "moved", "recorded", "rung"
	Tells []glossary.Party `json:"tells"` // resolved to the offices of the case's own village, township or county
	Verb  string           `json:"verb"`
	State glossary.State   `json:"state"`
	Rung  RungName         `json:"rung,omitempty"`
}

// Fired is the rung that was due, with the guard that makes it fire once.
type Fired struct {
	Deadline DeadlineID
	Run      int
	Rung     RungName
	Tell     []glossary.Party // each gets a notice on its task list in the same transaction
}

// Outcome is everything one judgement wants written: all of it or nothing.
type Outcome struct {
	Case       Case // after it; the store fills Step, Head, document numbers and row ids
	Entry      Entry
	Moved      bool         // the stage changed: close the old stage row, open the new
	Close      []DeadlineID // deadlines that end here
	Start      []Deadline   // deadlines that begin here
	Advance    []Deadline   // deadlines with another next rung
	Issue      []Document   // to be numbered, in this order, and added to Case.File.Documents
	Record     *Record      // to be added to the records and to Case.File.Records
	Message    *Message
	Fired      *Fired
	Suspended  []Suspension   // entries of the suspension ledger that begin or end here, known by their notice number
	Breach     *Breach        // opened here (ID 0), or as it has become
	StageStats *Spent         // how the stage that was left stood; nil unless a maximum ran against an office in it
	Assign     *string        // login of who takes charge in the acting office; "" is the actor himself
	Printed    *Printed       // a paper to be kept
	Asked      string         // what was asked under the key, kept beside it
	Handed     time.Time      // when the case truly was handed to the office that has it; zero: as the move says (A35)
	UseSeal    bool           // the office's seal picture is placed on what goes out in its own name
	Acts       glossary.Party // in the name of which office a row without an issuer acts; "": of the actor's own
	Questions  []Question     // papers put before their authority
	Plot       *Plot          // what a corrected certificate says of its plot: it must not be another household's
	Settles    []int64        // papers of which the question is settled
	NoHistory  bool           // deadlines alone are brought up to date: no line is written
}

// Plot is where a plot lies, and what bounds it; empty where it is not said.
type Plot struct{ Address, East, South, West, North string }

// Question puts a paper before the authority that issued it, since what it rests on has ended: a task of that office.
// Nothing falls by itself.
type Question struct {
	Document int64
	Case     CaseID // a case of the same household
	By       glossary.Party
	Why      string
}

// Spent is how a stage stood when it was left, kept for the county's statistics.
type Spent struct {
	WarnAt    time.Time
	DueBefore time.Time
	Promised  time.Time     // instant of the promise where it is another day, or the only one; zero without one
	Working   time.Duration // working time in the stage, suspensions left out
}

// Recounted is one open deadline that another calendar moves.
type Recounted struct {
	Case     CaseID
	Number   string
	Stage    glossary.State
	Limit    law.LimitID
	Was, Is  calendar.Day
	Beside   bool   // the promise beside the statutory day
	Held     bool   // it was due already: it stays, and is only recorded
	Settled  bool   // it was provisional and is no longer
	Why      string // the days that changed, in Chinese
	Division string
}

// String says the move of one deadline in Chinese.
func (m Recounted) String() string {
	limit, why := string(m.Limit), ""
	if m.Beside {
		limit += "（" + Promised.Title() + "）"
	}
	if m.Why != "" {
		why = "（" + m.Why + "）"
	}
	switch {
	case m.Held:
		return fmt.Sprintf("%s 已于 %s 到期，不改，按新日历应为 %s%s", limit, m.Was, m.Is, why)
	case m.Was == m.Is:
		return fmt.Sprintf("%s 到期日 %s 由暂定转为确定", limit, m.Is)
	}
	return fmt.Sprintf("%s 到期日 %s 改为 %s%s", limit, m.Was, m.Is, why)
}

// Imported is what an import of notices did, or would do.
type Imported struct {
	Version int   // of the calendar after it; unchanged where nothing differs
	Years   []int // that differ from what was in force
	Moves   []Recounted
}

// Turn names the turn of one rung of one deadline.
type Turn struct {
	Case     CaseID
	Deadline DeadlineID
	Run      int
	Rung     RungName
}

// Printed is a paper as it was printed once and for all: what is issued is never printed anew.
type Printed struct {
	Document int64
	Hash     string // SM3 of the bytes
	Body     []byte

	Signature string // of a certified signature service over the bytes; "" without one
	Signer    string
}
