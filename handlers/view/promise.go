package view

import (
	"anju/workflow"
	"anju/workflow/calendar"
)

// Promise is the day that the county promises beside that of the law: a mark, and never the light of a case.
type Promise struct {
	PromisedOn     *Day            `json:"promised_on" doc:"承诺的到期日；没有比法定更短的承诺的为 null"`
	PromisedBefore *Instant        `json:"promised_before" doc:"应在此刻之前办完的承诺；没有的为 null"`
	PromisedLight  *workflow.Light `json:"promised_light" doc:"承诺自己的灯：yellow 临期，red 超期；不改变办件的灯；没有的为 null"`
}

// NewPromise shows the promise that runs beside a deadline; nil is none. While its clock stands it has no day.
func NewPromise(p *workflow.PromiseView) Promise {
	if p == nil {
		return Promise{}
	}
	var shown Promise
	shown.PromisedOn, shown.PromisedBefore, _ = DueDates(p.Deadline)
	shown.PromisedLight = &p.Light
	return shown
}

// PromiseMark says that a promise is missed, or nearly is; empty where neither holds.
func (p Promise) PromiseMark() string {
	switch {
	case p.PromisedLight == nil:
		return ""
	case *p.PromisedLight == workflow.Red:
		return "承诺超期"
	case *p.PromisedLight == workflow.Yellow:
		return "承诺临期"
	}
	return ""
}

// effect says what the law does at the end of a provisional deadline, and on which day; nil and
// empty where it does nothing then.
func effect(ch workflow.Chain, d workflow.Deadline, cal *calendar.Calendar) (*Day, string) {
	st, _ := ch.Stage(d.Stage)
	if !d.Provisional || d.Beside || d.Limit != st.Within.ID {
		return nil, ""
	}
	for _, r := range st.Late {
		a, acts := st.Action(r.Do)
		day, known, err := cal.Latest(d.Count(st.Within))
		if r.Do == "" || !acts || !known || err != nil {
			continue
		}
		on := NewDay(day)
		return &on, on.Text() + "24:00仍未办的，" + a.Title + "（" + r.Under.String() + "）。放假安排公布后重算，只会提前，不会推后；红牌等公布后再定。"
	}
	return nil, ""
}
