package attribution

import (
	"time"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Stay is one stage of a case's life as the store keeps it: where it lay, with which office, from when to when.
type Stay struct {
	Stage   glossary.State
	Party   glossary.Party
	Office  workflow.OfficeID
	Name    string // of the office
	Entered time.Time
	Left    time.Time // zero: it still lies there
}
