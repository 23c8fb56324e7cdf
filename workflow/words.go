package workflow

import "anju/workflow/law"

// RungName is one step of the ladder of a late deadline.
type RungName string

// The rungs, in the order in which they fall due.
const (
	RungWarn     RungName = "warn"     // the light turns yellow
	RungStricter RungName = "stricter" // A1: the same number in calendar days has passed: warns, never red
	RungEffect   RungName = "effect"   // what the law does at the end of a provisional limit
	RungRed      RungName = "red"      // now >= due_before
	RungEnd      RungName = "end"      // a minimum is over
	RungLapse    RungName = "lapse"    // what the applicant could have asked for in time lapses (L22)
	RungDay3     RungName = "day_3"
	RungDay7     RungName = "day_7"
	RungMonth    RungName = "month_1"
	RungZero     RungName = "zero" // 销号: the breach was ruled on and the case has moved on; it stands in no ladder
)

// rungVerbs name the event of each rung in the history.
var rungVerbs = map[RungName]string{
	RungWarn: "issue_yellow_card", RungEffect: "statutory_effect", RungStricter: "stricter_clock_passed", RungRed: "issue_red_card",
	RungEnd: "notice_expired", RungDay3: "overdue_day_3", RungDay7: "overdue_day_7", RungMonth: "overdue_month_1",
	RungZero: "clear", RungLapse: "right_lapsed",
}

// rungOrder is the order in which the rungs of one deadline fire, so the next one tells which have fired.
var rungOrder = []RungName{RungStricter, RungWarn, RungEffect, RungRed, RungEnd, RungLapse, RungDay3, RungDay7, RungMonth}

var rungTitles = map[RungName]string{
	RungWarn: "临期预警（黄）", RungEffect: "法定后果发生", RungStricter: "内控预警（自然日）", RungRed: "逾期（红）", RungEnd: "公示期满",
	RungDay3: "逾期 " + law.OverdueBureau.Days(), RungDay7: "逾期 " + law.OverdueSupervision.Days(),
	RungMonth: "逾期 " + law.OverdueGovernment.Days(), RungZero: "销号", RungLapse: "期限届满",
}

// Verb names the turn of the rung in the history.
func (r RungName) Verb() string { return rungVerbs[r] }

// Title is the rung's Chinese name.
func (r RungName) Title() string { return rungTitles[r] }
