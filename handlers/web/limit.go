package web

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/calendar"
)

// StepLine is one stage of a chain's main line on the picture of a case.
type StepLine struct {
	Title, Who, Spent, Left string
	Done, Here              bool
	Lamp                    Badge
}

// LimitText is a limit with its rule, and beside it what the county promises where that is something else.
func (a *Site) LimitText(l workflow.Limit) string {
	least := ""
	if l.Bound == calendar.Min {
		least = "不少于 "
	}
	kind := "法定"
	if !l.Statutory {
		kind = "承诺"
	}
	text := fmt.Sprintf("%s %s%d %s（%s %s，%s）", kind, least, l.N, Units[string(l.Unit)], l.ID, l.Rule, l.Under)
	if p := a.svc.County().Parameters.Promise(l); p.N != l.N {
		text += fmt.Sprintf("，本县承诺 %d %s", p.N, Units[string(l.Unit)])
	}
	return text
}

// Alarms are the rungs at which an office is late, or soon will be.
var Alarms = map[workflow.RungName]bool{workflow.RungWarn: true, workflow.RungRed: true, workflow.RungDay3: true,
	workflow.RungDay7: true, workflow.RungMonth: true}
