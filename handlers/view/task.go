package view

import (
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/glossary"
)

// Task is a task of an office.
type Task struct {
	Kind      string            `json:"kind" doc:"stage 待办，opinion 待出意见，notice 提醒，question 证照待处理，service 文书待送达"`
	Case      CaseHead          `json:"case"`
	Light     workflow.Light    `json:"light"`
	DueOn     *Day              `json:"due_on"`
	DueBefore *Instant          `json:"due_before"`
	Paused    bool              `json:"paused"`
	Rung      workflow.RungName `json:"rung,omitempty"`
	Text      string            `json:"text"`
	At        *Instant          `json:"at"`
	Promise
}

// Line returns the case of the task as a line of a list.
func (t Task) Line() CaseLine {
	return CaseLine{CaseHead: t.Case, Light: t.Light, DueOn: t.DueOn, DueBefore: t.DueBefore, Paused: t.Paused,
		Promise: t.Promise}
}

// NewTask shows a task.
func (a *Builder) NewTask(t cases.Task) Task {
	line := a.NewCaseLine(t.Case)
	j := Task{Kind: t.Kind, Case: line.CaseHead, Light: line.Light, DueOn: line.DueOn, DueBefore: line.DueBefore,
		Paused: line.Paused, Rung: t.Rung,
		Text: t.Text, At: OptionalInstant(t.At), Promise: line.Promise}
	if t.Kind == "opinion" {
		j.Text = "待出：" + glossary.RecordKind(t.Text).Title()
	}
	if t.Deadline != nil {
		j.DueOn, j.DueBefore, j.Paused = DueDates(*t.Deadline)
		if p, ok := t.Case.Promise(*t.Deadline); ok {
			j.Promise = NewPromise(&workflow.PromiseView{Deadline: p, Light: workflow.LightOf(p, a.svc.Now())})
		}
		if l := workflow.LightOf(*t.Deadline, a.svc.Now()); j.Light != workflow.Red && l != workflow.Green {
			j.Light = l
		}
	}
	return j
}
