package view

import (
	"fmt"

	"anju/models/statistics"
	"anju/workflow"
)

// SummaryRow is a row of the statistics.
type SummaryRow struct {
	Division string   `json:"division" doc:"乡镇区划代码，12 位"`
	Chain    string   `json:"chain"`
	Stage    string   `json:"stage"`
	Month    string   `json:"month" doc:"月份，写作 2026-03"`
	Count    int      `json:"count"`
	OnTime   int      `json:"on_time"`
	Yellow   int      `json:"yellow"`
	Red      int      `json:"red" doc:"超过法定期限的"`
	Promised int      `json:"promised" doc:"没有超过法定期限、超过承诺期限的"`
	Median   *float64 `json:"median_hours" doc:"办结环节用时的中位数（工作小时，一位小数）；没有办结的为 null"`
	P90      *float64 `json:"p90_hours" doc:"办结环节用时的第 90 百分位数（工作小时，一位小数）；没有办结的为 null"`
}

// Totals are the sums over the rows of the statistics.
type Totals struct {
	Count  int `json:"count"`
	OnTime int `json:"on_time"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`

	Promised int `json:"promised"`
}

// Summary is the table of the statistics.
type Summary struct {
	From   Day          `json:"from"`
	To     Day          `json:"to" doc:"不含当日"`
	Rows   []SummaryRow `json:"rows"`
	Totals Totals       `json:"totals"`
}

// StageLine is one stage of one case behind a cell of the summary.
type StageLine struct {
	CaseID    string         `json:"case_id"`
	Number    string         `json:"number"`
	Head      string         `json:"householder"`
	Division  string         `json:"division"`
	GroupNo   string         `json:"group_no"`
	Chain     string         `json:"chain"`
	Stage     string         `json:"stage"`
	Title     string         `json:"stage_title"`
	Office    string         `json:"office"`
	EnteredAt Instant        `json:"entered_at"`
	LeftAt    *Instant       `json:"left_at" doc:"还在办理的为 null"`
	DueBefore *Instant       `json:"due_before" doc:"到期的时刻；暂停计时或暂定的为 null"`
	Light     workflow.Light `json:"light" enum:"green,yellow,red"`
	Missed    bool           `json:"promise_missed" doc:"超过了承诺期限"`
	Hours     *float64       `json:"working_hours" doc:"本环节用时（工作小时）；还在办理的为 null"`
}

// Href returns the address of the case's page.
func (l StageLine) Href() string { return "/cases/" + l.CaseID }

// NewStageLine shows a stage behind a cell of the statistics.
func NewStageLine(l statistics.StageLine) StageLine {
	return StageLine{CaseID: fmt.Sprint(l.Case), Number: l.Number, Head: l.Householder, Division: l.Division,
		GroupNo: l.GroupNo, Chain: string(l.Chain),
		Stage: string(l.Stage), Title: l.Stage.Title(), Office: l.Office, EnteredAt: NewInstant(l.Entered),
		LeftAt: OptionalInstant(l.Left), DueBefore: OptionalInstant(l.DueBefore),
		Light: l.Light, Missed: l.Missed, Hours: OrHours(l.Working)}
}
