package queue

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// errorPause is the pause after an error: asynq asks again at once, which without it is a whole core.
const errorPause = 200 * time.Millisecond

// errCut is what dialling answers once the broker was cut.
var errCut = errors.New("the queue was closed")

// connections keeps what is open, so that all can be broken: asynq's subscriber waits for an answer without a limit.
type connections struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	mu   sync.Mutex
	open map[net.Conn]struct{}
	over bool
}

// Dial makes a connection that is remembered until it closes.
func (d *connections) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d.mu.Lock()
	over := d.over
	d.mu.Unlock()
	if over {
		return nil, errCut
	}
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		_ = conn.Close()
		return nil, errCut
	}
	c := &tracked{Conn: conn, of: d}
	d.open[c] = struct{}{}
	return c, nil
}

func (d *connections) cut() {
	d.mu.Lock()
	d.over = true
	open := d.open
	d.open = map[net.Conn]struct{}{}
	d.mu.Unlock()
	for c := range open {
		_ = c.Close()
	}
}

type tracked struct {
	net.Conn
	of *connections
}

// Close closes the connection and forgets it.
func (c *tracked) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// outageHook tells the link of a Redis that does not answer, and holds the error back for a moment: asynq asks again at
// once, in a loop without a pause.
type outageHook struct{ link *link }

// DialHook implements redis.Hook.
func (outageHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (outageHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (a outageHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmd)
		if answered(err) {
			return err
		}
		if ctx.Err() == nil && !errors.Is(err, errCut) { // else the caller gave up, which says nothing about Redis
			a.link.set(err)
		}
		if left := errorPause - time.Since(began); left > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(left):
			}
		}
		return err
	}
}

// answered tells whether Redis gave an answer, be it an error of its own.
func answered(err error) bool {
	var said redis.Error
	return err == nil || errors.As(err, &said)
}
