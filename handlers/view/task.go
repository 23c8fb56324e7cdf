package view

import (
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/glossary"
)

// TaskJSON is a task of an office.
type TaskJSON struct {
	Kind      string            `json:"kind" doc:"stage 待办，opinion 待出意见，notice 提醒"`
	Case      CaseHead          `json:"case"`
	Light     workflow.Light    `json:"light"`
	DueOn     *string           `json:"due_on"`
	DueBefore *string           `json:"due_before"`
	Paused    bool              `json:"paused"`
	Rung      workflow.RungName `json:"rung,omitempty"`
	Text      string            `json:"text"`
	At        *string           `json:"at"`
}

// TaskOf shows a task.
func (a *Builder) TaskOf(t cases.Task) TaskJSON {
	line := a.LineOf(t.Case)
	j := TaskJSON{Kind: t.Kind, Case: line.CaseHead, Light: line.Light, DueOn: line.DueOn, DueBefore: line.DueBefore,
		Paused: line.Paused, Rung: t.Rung,
		Text: t.Text, At: Stamp(t.At)}
	if t.Kind == "opinion" {
		j.Text = "待出：" + glossary.RecordKind(t.Text).Title()
	}
	if t.Deadline != nil {
		j.DueOn, j.DueBefore, j.Paused = Day(*t.Deadline)
		if l := workflow.LightOf(*t.Deadline, a.svc.Now()); j.Light != workflow.Red && l != workflow.Green {
			j.Light = l
		}
	}
	return j
}
