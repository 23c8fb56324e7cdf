package workflow

import (
	"errors"
	"strings"
	"time"

	"anju/workflow/glossary"
	"anju/workflow/law"
)

// What a judgement may answer instead of an outcome. Edges tell them apart with errors.Is.
var (
	ErrNotFound     = errors.New("not found in this area")          // 404: never says whether it exists
	ErrStale        = errors.New("the page is stale")               // 409
	ErrNotOpen      = errors.New("not open in this state")          // 409
	ErrWrongParty   = errors.New("another office must act")         // 403
	ErrRecused      = errors.New("the officer's own household")     // 403
	ErrBlocked      = errors.New("conditions not met")              // 422
	ErrNothingDue   = errors.New("the deadline was met or handled") // a rung with nothing left to do
	ErrNoChain      = errors.New("no such chain")                   // 404 or 422
	ErrNotBatchable = errors.New("one case at a time")              // a rung that acts is no part of a batch
	ErrBusy         = errors.New("a lock was not had in time")      // 409
)

// FieldError is one thing wrong with what was sent: the field as a path, one Chinese sentence, the rule.
type FieldError struct {
	Field   string   `json:"field"`
	Message string   `json:"message"`
	Rule    law.Rule `json:"rule,omitempty"`
}

// Invalid refuses data that does not hold; nothing was written.
type Invalid struct{ Fields []FieldError }

// Error implements error; people read the fields instead.
func (e *Invalid) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = f.Field
	}
	return "invalid: " + strings.Join(names, ", ")
}

// Refusal refuses a move or a record: why (a sentinel above), where, and every unmet condition.
type Refusal struct {
	Why     error
	State   glossary.State // present state of the case
	Verb    string
	Party   glossary.Party // who must act
	Blocked []Unmet
}

// Unmet is one condition that does not hold, for a person to read and a client to follow.
type Unmet struct {
	Condition string   `json:"condition"`
	Rule      law.Rule `json:"rule"`
	Message   string   `json:"message"`
	By        string   `json:"by"` // record:KIND, material:CODE, time, case, or empty
}

// Error implements error; people read text chosen by Why instead.
func (e *Refusal) Error() string { return e.Verb + " in " + string(e.State) + ": " + e.Why.Error() }

// Unwrap lets errors.Is find the sentinel.
func (e *Refusal) Unwrap() error { return e.Why }

// Replayed says that the key was used before and nothing was written now.
type Replayed struct {
	Case     Case      // as it stands; empty where the key opened a case or entered a household
	Made     int64     // id of the case or household that was made under the key; 0 otherwise
	At       time.Time // when, for a household
	Actor    Actor     // who sent it, where Case is given
	Asked    string    // what was asked under the key, as it was sent with it; "" of an older program
	Response []byte    // the answer given then; nil where it was never stored
}

// Error implements error.
func (e *Replayed) Error() string { return "already done under this key" }

// Hold names what keeps the program from an act that the case itself would allow.
type Hold string

const (
	// HoldClock says that the clock of this machine is in doubt: nothing is escalated, numbered or dated by it.
	HoldClock Hold = "clock"
	// HoldRestore says that the database stands before what was done already: nothing is escalated or sent again.
	HoldRestore Hold = "restore"
	// HoldRecord says that the history of the case does not verify: nothing is done on that case.
	HoldRecord Hold = "record"
)

// Held is the error of an act that a hold forbids. Nothing was written.
type Held struct {
	Hold  Hold
	Cause string // for logs and operators: what was found, and what ends the hold
}

// Error implements error.
func (h *Held) Error() string { return "held (" + string(h.Hold) + "): " + h.Cause }
