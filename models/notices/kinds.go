package notices

import (
	"anju/workflow"
)

// The kinds of notices.
const (
	RungNotice    = "rung"    // told by a rung in its transaction
	MessageNotice = "message" // told by a move
	ClimbNotice   = "climb"   // the office below has not acknowledged a rung
)

// pressingRungs are the rungs that an office must acknowledge, and of which its officers are told at once.
var pressingRungs = []workflow.RungName{workflow.RungRed, workflow.RungDay3, workflow.RungDay7, workflow.RungMonth}
