package workflow

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
