package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/retry"
	"anju/models/cases"
	"anju/workflow"
)

// Types of tasks, as failed_jobs names them.
const (
	TypeRung    = "rung"    // one step of a ladder
	TypeNotify  = "notify"  // one row of the outbox for the inboxes of the offices it tells
	TypeClear   = "clear"   // an entry of the breach register; done by the sweep, never queued
	TypeRecount = "recount" // a case counted by an older calendar; done by the sweep, never queued
)

// Queues by urgency: a legal effect goes before a notice of it. The names are ours, since a county may share a Redis.
const (
	QueueUrgent = "anju-urgent"
	QueueNormal = "anju-normal"
)

var queues = []string{QueueUrgent, QueueNormal}

// TaskTimeout is how long one task may take: a handler is a few statements, and the lock of a case is waited for two
// seconds.
const TaskTimeout = 30 * time.Second

// A RungTask names one rung. The instant lets the handler see that it was woken early, as after a clock set back.
type RungTask struct {
	Case       workflow.CaseID     `json:"case"`
	Deadline   workflow.DeadlineID `json:"deadline"`
	Generation int                 `json:"generation"`
	Rung       workflow.RungName   `json:"rung"`
	At         time.Time           `json:"at"`
}

// A NotifyTask names one row of the outbox.
type NotifyTask struct {
	Outbox int64           `json:"outbox"`
	Case   workflow.CaseID `json:"case"`
}

// NewRungTask makes the task of one rung, with the identifier that keeps it from being scheduled twice.
func NewRungTask(d cases.Due) *asynq.Task {
	return NewTask(TypeRung, QueueUrgent, RungID(d), RungTask(d))
}

// NewNotifyTask makes the task of one row of the outbox.
func NewNotifyTask(outbox int64, id workflow.CaseID) *asynq.Task {
	return NewTask(TypeNotify, QueueNormal, NotifyID(outbox), NotifyTask{outbox, id})
}

// NotifyID names the task of one row of the outbox.
func NotifyID(outbox int64) string { return fmt.Sprintf("outbox:%d", outbox) }

// NewTask makes a task of any kind; its payload holds identifiers only.
func NewTask(kind, queue, id string, payload any) *asynq.Task {
	b, err := json.Marshal(payload)
	if err != nil {
		panic(err) // the payloads are ours: numbers, a name, an instant
	}
	return asynq.NewTask(kind, b, asynq.TaskID(id), asynq.Queue(queue), asynq.MaxRetry(retry.Tries-1),
		asynq.Timeout(TaskTimeout))
}

// RungID names the task of one rung.
func RungID(d cases.Due) string {
	return fmt.Sprintf("rung:%d:%d:%s", d.Deadline, d.Generation, d.Rung)
}

// taskKey names what a task is about, for asynq and for the sweep alike.
func taskKey(t *asynq.Task) string {
	if d, err := ReadRung(t); t.Type() == TypeRung && err == nil {
		return RungID(d)
	}
	if n, err := ReadNotify(t); t.Type() == TypeNotify && err == nil {
		return NotifyID(n.Outbox)
	}
	return t.Type() + " " + string(t.Payload())
}

// ReadRung reads the payload of a rung. A bad one stays bad: it is never tried again.
func ReadRung(t *asynq.Task) (cases.Due, error) {
	var p RungTask
	err := json.Unmarshal(t.Payload(), &p)
	if err == nil && (p.Case <= 0 || p.Deadline <= 0 || p.Rung == "") {
		err = errors.New("an identifier is missing")
	}
	if err != nil {
		return cases.Due{}, fmt.Errorf("rung payload: %w: %w", err, asynq.SkipRetry)
	}
	return cases.Due(p), nil
}

// ReadNotify reads the payload of a row of the outbox; a bad one is never tried again.
func ReadNotify(t *asynq.Task) (NotifyTask, error) {
	var p NotifyTask
	err := json.Unmarshal(t.Payload(), &p)
	if err == nil && p.Outbox <= 0 {
		err = errors.New("the outbox row is missing")
	}
	if err != nil {
		return NotifyTask{}, fmt.Errorf("notify payload: %w: %w", err, asynq.SkipRetry)
	}
	return p, nil
}

// TaskCase returns the case that a task is about, and 0 where the payload does not say.
func TaskCase(t *asynq.Task) workflow.CaseID {
	var p struct {
		Case workflow.CaseID `json:"case"`
	}
	if json.Unmarshal(t.Payload(), &p) != nil {
		return 0
	}
	return p.Case
}

// WorkItem is one thing that the sweep does without the queue, as failed_jobs would name it.
type WorkItem struct {
	Key, Kind string
	Payload   any
}

// Task is the work as a task, for failed_jobs.
func (w WorkItem) Task() *asynq.Task { return NewTask(w.Kind, QueueUrgent, w.Key, w.Payload) }

// RungItem is one rung as work of the sweep.
func RungItem(d cases.Due) WorkItem { return WorkItem{RungID(d), TypeRung, RungTask(d)} }

// RecountItem is a case with deadlines that another process counted by an older calendar.
func RecountItem(id workflow.CaseID) WorkItem {
	return WorkItem{fmt.Sprintf("recount:%d", id), TypeRecount, struct {
		Case workflow.CaseID `json:"case"`
	}{id}}
}

// ClearItem is an entry of the breach register that is to be closed.
func ClearItem(id workflow.BreachID) WorkItem {
	return WorkItem{fmt.Sprintf("clear:%d", id), TypeClear, struct {
		Breach workflow.BreachID `json:"breach"`
	}{id}}
}
