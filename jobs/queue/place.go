package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"anju/jobs/hold"
	"anju/models/cases"
)

// near is how far apart two instants of one task may be: asynq keeps whole seconds.
const near = 2 * time.Second

// Placing says how a rung is placed where its identifier is taken already.
type Placing struct {
	Stale  bool // it was handed over long ago: what is active or given up is taken for dead
	Hurry  bool // a caller waits: a task that pauses after a failure is tried now
	Sender Send
}

// Place schedules one rung for its instant, or hands it over where that has passed.
func (q *Queue) Place(ctx context.Context, d cases.Due, p Placing) error {
	task, id := NewRungTask(d), RungID(d)
	in := d.At.Sub(q.cfg.Now())
	want := time.Now()
	var opts []asynq.Option
	if in > 0 {
		// whole seconds, cut off: without the second more it would wake before its instant
		want = want.Add(in + time.Second)
		opts = append(opts, asynq.ProcessAt(want))
	}
	err := p.Sender(ctx, task, opts...)
	if !errors.Is(err, asynq.ErrTaskIDConflict) {
		return wrapSchedule(d, err)
	}
	info, err := q.inspector.GetTaskInfo(QueueUrgent, id)
	if isUnknown(err) {
		// it has just ended: whatever it did, asking twice is harmless
		return wrapSchedule(d, ignoreConflict(p.Sender(ctx, task, opts...)))
	}
	if err != nil {
		return wrapSchedule(d, err)
	}
	switch info.State {
	case asynq.TaskStatePending:
		return nil
	case asynq.TaskStateActive:
		if !p.Stale {
			return nil
		}
	case asynq.TaskStateScheduled, asynq.TaskStateRetry:
		if off := info.NextProcessAt.Sub(want); off.Abs() <= near && in > 0 {
			return nil
		}
		if isPausing(info) && !p.Hurry {
			return nil
		}
		again, err := q.release(ctx, id, in > 0)
		if err != nil || !again {
			return wrapSchedule(d, err)
		}
		return wrapSchedule(d, ignoreConflict(p.Sender(ctx, task, opts...)))
	}
	// An archived task keeps its identifier, and so does one of a killed worker, for a minute and a half.
	opts = append(opts, asynq.TaskID(id+":"+strconv.FormatInt(time.Now().UnixNano(), 36)))
	return wrapSchedule(d, p.Sender(ctx, task, opts...))
}

// isPausing reports whether a task waits after a failure, and not because it came early or was held.
func isPausing(info *asynq.TaskInfo) bool {
	return info.State == asynq.TaskStateRetry && info.LastErr != ErrEarly.Error() &&
		info.LastErr != hold.ErrEscalation.Error()
}

// release takes a waiting task away where its instant is still to come, and runs it now where that has passed; again
// reports that it is to be sent anew.
func (q *Queue) release(ctx context.Context, id string, future bool) (again bool, err error) {
	if future {
		err = q.inspector.DeleteTask(QueueUrgent, id)
	} else {
		err = q.inspector.RunTask(QueueUrgent, id)
	}
	switch {
	case err == nil:
		return future, nil
	case isUnknown(err):
		return true, nil
	}
	_, err = q.Ping(ctx) // it has begun between two questions, or Redis went away
	return false, err
}

func wrapSchedule(d cases.Due, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("schedule %s: %w", RungID(d), err)
}

// ignoreConflict forgives a taken identifier: another process was faster.
func ignoreConflict(err error) error {
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return err
}

// isUnknown reports that Redis has no such task or queue.
func isUnknown(err error) bool {
	return errors.Is(err, asynq.ErrQueueNotFound) || errors.Is(err, asynq.ErrTaskNotFound)
}
