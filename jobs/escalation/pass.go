package escalation

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"anju/jobs/hold"
	"anju/jobs/queue"
	"anju/jobs/retry"
	"anju/models/db"
	"anju/workflow"
)

// pass is one sweep.
type pass struct {
	*Sweeper
	end   context.CancelCauseFunc // nothing more can be done now
	mu    sync.Mutex
	size  int // of the next batch
	fired int
}

// observe adds what fired in this pass, and tells the observer, by one goroutine at a time.
func (p *pass) observe(fired int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fired += fired
	if fired > 0 && p.cfg.Observe != nil {
		p.cfg.Observe(p.fired)
	}
}

// done reports whether a work item was done. One that was not waits before it is looked at again.
func (p *pass) done(ctx context.Context, item queue.WorkItem, err error) bool {
	switch {
	case err == nil:
		p.failed.Forget(item.Key)
		return true
	case ctx.Err() != nil:
	case errors.Is(err, workflow.ErrMovedOn), hold.IsFrozen(err):
		p.failed.Postpone(item.Key, time.Minute) // done by another meanwhile
	case errors.Is(err, workflow.ErrBusy):
		p.failed.Postpone(item.Key, time.Second)
	default:
		p.tryLater(ctx, item, err)
	}
	return false
}

// tryLater counts a failure, and keeps the work item for an administrator after the last try.
func (p *pass) tryLater(ctx context.Context, item queue.WorkItem, err error) {
	n := p.failed.Fail(item.Key)
	if n > retry.Tries {
		return
	}
	task := item.Task()
	var panicked *panicError
	switch {
	case n == retry.Tries:
		p.failed.GiveUp(ctx, item.Key, task, err)
	case errors.As(err, &panicked):
		p.log.Error("a judgement panicked", "task", item.Key, "case", queue.TaskCase(task), "try", n, "error", err, "stack",
			panicked.stack)
	default:
		p.log.Info("a task of the sweep failed and is tried again", "task", item.Key, "case", queue.TaskCase(task), "try",
			n, "error", err)
	}
}

// try calls do within the time that a task has. A panic becomes an error: one poisoned case must not stop the others.
// Where the database is away or full, or a hold came, the pass ends: all the rest would fail for the same reason.
func (p *pass) try(ctx context.Context, do func(context.Context) error) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	short, cancel := context.WithTimeout(ctx, queue.TaskTimeout)
	defer cancel()
	defer func() {
		if x := recover(); x != nil {
			err = &panicError{x, string(debug.Stack())}
		}
		if errors.Is(err, db.ErrUnavailable) || errors.Is(err, db.ErrOutcomeUnknown) ||
			errors.Is(err, db.ErrFull) ||
			hold.Is(err) && !hold.IsFrozen(err) {
			p.end(err)
		}
	}()
	return do(short)
}

type panicError struct {
	value any
	stack string
}

// Error implements error.
func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// bisect does a batch at once. Where that fails each half is done apart, down to one by one: what is wrong with one
// thing costs the others a few transactions and nothing more.
func bisect[T any](ctx context.Context, batch []T, together func(context.Context, []T) error,
	alone func(context.Context, T)) {
	switch {
	case len(batch) == 1:
		alone(ctx, batch[0])
	case together(ctx, batch) != nil && ctx.Err() == nil:
		half := len(batch) / 2
		bisect(ctx, batch[:half], together, alone)
		bisect(ctx, batch[half:], together, alone)
	}
}

// drain reads and takes until nothing is left but what waits. take leaves nothing that is neither done nor waits.
func drain[T any](ctx context.Context, p *pass, read func(limit int) ([]T, error), name func(T) queue.WorkItem,
	take func(context.Context, []T)) error {
	for {
		// what waits is read too, and must not fill the look
		list, err := read(batchesARead*p.cfg.Batch + p.failed.Count())
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(t T) bool { return p.failed.Waiting(name(t).Key) })
		if len(list) == 0 {
			return nil
		}
		take(ctx, list)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
