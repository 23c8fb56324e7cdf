package view

import (
	"fmt"

	"anju/models/statistics"
	"anju/workflow"
)

// SummaryRowJSON is a row of the statistics.
type SummaryRowJSON struct {
	Division string   `json:"division" doc:"乡镇区划代码，12 位"`
	Chain    string   `json:"chain"`
	Stage    string   `json:"stage"`
	Month    string   `json:"month" doc:"月份，写作 2026-03"`
	Count    int      `json:"count"`
	OnTime   int      `json:"on_time"`
	Yellow   int      `json:"yellow"`
	Red      int      `json:"red"`
	Median   *float64 `json:"median_hours" doc:"办结环节用时的中位数（工作小时，一位小数）；没有办结的为 null"`
	P90      *float64 `json:"p90_hours" doc:"办结环节用时的第 90 百分位数（工作小时，一位小数）；没有办结的为 null"`
}

type totalsJSON struct {
	Count  int `json:"count"`
	OnTime int `json:"on_time"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
}

// SummaryJSON is the table of the statistics.
type SummaryJSON struct {
	From   string           `json:"from"`
	To     string           `json:"to" doc:"不含当日"`
	Rows   []SummaryRowJSON `json:"rows"`
	Totals totalsJSON       `json:"totals"`
}

// StageLineJSON is one stage of one case behind a cell of the summary.
type StageLineJSON struct {
	CaseID    string         `json:"case_id"`
	Number    string         `json:"number"`
	Head      string         `json:"householder"`
	Division  string         `json:"division"`
	GroupNo   string         `json:"group_no"`
	Chain     string         `json:"chain"`
	Stage     string         `json:"stage"`
	Title     string         `json:"stage_title"`
	Office    string         `json:"office"`
	EnteredAt string         `json:"entered_at"`
	LeftAt    *string        `json:"left_at" doc:"还在办理的为 null"`
	DueBefore *string        `json:"due_before" doc:"到期的时刻；暂停计时或暂定的为 null"`
	Light     workflow.Light `json:"light" enum:"green,yellow,red"`
	Hours     *float64       `json:"working_hours" doc:"本环节用时（工作小时）；还在办理的为 null"`
}

// StageLineOf shows a stage behind a cell of the statistics.
func StageLineOf(l statistics.StageLine) StageLineJSON {
	return StageLineJSON{CaseID: fmt.Sprint(l.Case), Number: l.Number, Head: l.Householder, Division: l.Division,
		GroupNo: l.GroupNo, Chain: string(l.Chain),
		Stage: string(l.Stage), Title: l.Stage.Title(), Office: l.Office, EnteredAt: Shanghai(l.Entered),
		LeftAt: Stamp(l.Left), DueBefore: Stamp(l.DueBefore),
		Light: l.Light, Hours: OrHours(l.Working)}
}
