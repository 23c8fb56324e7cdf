package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"anju/models/cases"
	"anju/workflow"
)

// Types of tasks.
const (
	TypeRung   = "rung"   // one step of a ladder
	TypeNotify = "notify" // one row of the outbox for the inboxes of the offices it tells
)

// Queues by urgency: a legal effect goes before a notice of it. The names are ours, since a county may share a Redis.
const (
	QueueUrgent = "anju-urgent"
	QueueNormal = "anju-normal"
)

var queues = []string{QueueUrgent, QueueNormal}

const (
	tries   = 5                // then a row in failed_jobs; never one try only: asynq archives such a task unrun when its worker dies
	taskFor = 30 * time.Second // a handler is a few statements; the lock of a case is waited for two seconds
)

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
	return newTask(TypeRung, QueueUrgent, rungID(d), RungTask(d))
}

// NewNotifyTask makes the task of one row of the outbox.
func NewNotifyTask(outbox int64, id workflow.CaseID) *asynq.Task {
	return newTask(TypeNotify, QueueNormal, notifyID(outbox), NotifyTask{outbox, id})
}

func notifyID(outbox int64) string { return fmt.Sprintf("outbox:%d", outbox) }

func newTask(kind, queue, id string, payload any) *asynq.Task {
	b, err := json.Marshal(payload)
	if err != nil {
		panic(err) // the payloads are ours: numbers, a name, an instant
	}
	return asynq.NewTask(kind, b, asynq.TaskID(id), asynq.Queue(queue), asynq.MaxRetry(tries-1), asynq.Timeout(taskFor))
}

func rungID(d cases.Due) string {
	return fmt.Sprintf("rung:%d:%d:%s", d.Deadline, d.Generation, d.Rung)
}

// keyOf names what a task is about, whoever tries to do it.
func keyOf(t *asynq.Task) string {
	if d, err := readRung(t); t.Type() == TypeRung && err == nil {
		return rungID(d)
	}
	if n, err := readNotify(t); t.Type() == TypeNotify && err == nil {
		return notifyID(n.Outbox)
	}
	return t.Type() + " " + string(t.Payload())
}

// readRung reads the payload of a rung. A bad one stays bad: it is never tried again.
func readRung(t *asynq.Task) (cases.Due, error) {
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

func readNotify(t *asynq.Task) (NotifyTask, error) {
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

// caseOf is the case that a task is about, 0 where the payload does not say.
func caseOf(t *asynq.Task) workflow.CaseID {
	var p struct {
		Case workflow.CaseID `json:"case"`
	}
	if json.Unmarshal(t.Payload(), &p) != nil {
		return 0
	}
	return p.Case
}
