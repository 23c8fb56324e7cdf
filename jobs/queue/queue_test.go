package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"anju/jobs/retry"
)

func TestCounts(t *testing.T) {
	t.Run("a queue begins while it is asked for", func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		q, err := Open(Config{Address: Embedded, Now: time.Now, Log: log}, NewFailedJobs(nil, retry.New(retry.Delay), log))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		q.broker.client.AddHook(beginQueue{queue: q, once: &sync.Once{}})
		if _, err := q.Counts(t.Context()); err != nil {
			t.Errorf("counts = %v", err)
		}
	})
}

// beginQueue makes a queue known right after Redis said for the first time that it is not.
type beginQueue struct {
	outageHook
	queue *Queue
	once  *sync.Once
}

// ProcessHook implements redis.Hook.
func (b beginQueue) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if args := cmd.Args(); cmd.Name() == "sismember" && args[2] == QueueNormal {
			b.once.Do(func() { err = errors.Join(err, b.queue.Sender()(ctx, NewNotifyTask(1, 1))) })
		}
		return err
	}
}
