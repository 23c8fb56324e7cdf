package queue

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	answerTimeout   = 300 * time.Millisecond // a mute Redis costs this much, not the client's three seconds
	embeddedTimeout = 10 * time.Second       // a pipe inside this process is never mute, only the machine slow
	expireEvery     = 5 * time.Second        // times to live of the embedded Redis pass in steps
)

// broker is one client of one Redis of any kind: a plain server, sentinels, a cluster, or the embedded one.
type broker struct {
	kind        string
	client      redis.UniversalClient
	embedded    *miniredis.Miniredis
	connections *connections
	stop        chan struct{}
	stopped     sync.WaitGroup
}

// silence takes away the client library's own lines: it writes one to the standard error at each failed dial, five a
// second while Redis is away. It is one logger for the whole program, set before the first client asks anything.
var silence sync.Once

type noLog struct{}

// Printf implements the library's logger.
func (noLog) Printf(context.Context, string, ...any) {}

// openBroker makes the client; it asks Redis nothing. It fails on an address that cannot be read.
func openBroker(address string, l *link) (*broker, error) {
	silence.Do(func() { redis.SetLogger(noLog{}) })
	kind, opts, err := parseRedis(address)
	if err != nil {
		return nil, err
	}
	b := &broker{kind: kind, stop: make(chan struct{})}
	opts.MaxRetries = -1 // retrying is asynq's and ours, and each retry here is another wait
	opts.DialerRetries = 1
	opts.ContextTimeoutEnabled = true
	opts.PipelinePoolSize = -1
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	setTimeouts(opts, answerTimeout)
	dial := redis.NewDialer(&redis.Options{DialTimeout: answerTimeout, TLSConfig: opts.TLSConfig})
	if kind == Embedded {
		b.embedded = miniredis.NewMiniRedis()
		dial = func(context.Context, string, string) (net.Conn, error) { return b.embedded.Dial() }
		setTimeouts(opts, embeddedTimeout)
	}
	b.connections = &connections{dial: dial, open: map[net.Conn]struct{}{}}
	opts.Dialer = b.connections.Dial
	b.client = redis.NewUniversalClient(opts)
	b.client.AddHook(outageHook{l})
	if b.embedded != nil {
		b.stopped.Go(b.expire)
	}
	return b, nil
}

func setTimeouts(opts *redis.UniversalOptions, d time.Duration) {
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = d, d, d, d
}

// expire lets the embedded Redis' times to live run: they do not by themselves, and its own clock sorts all keys at
// each command.
func (b *broker) expire() {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-b.stop:
			return
		case now := <-tick.C:
			b.embedded.FastForward(now.Sub(last))
			last = now
		}
	}
}

// cut breaks every connection and lets no new one be made, so that a call which waits for a mute Redis ends.
func (b *broker) cut() { b.connections.cut() }

// close ends the client. The asynq server must have ended: its subscriber does not bear a closed client.
func (b *broker) close() error {
	close(b.stop)
	b.stopped.Wait()
	err := b.client.Close()
	if b.embedded != nil {
		b.embedded.Close()
	}
	return err
}

// PingRedis asks the Redis at an address once whether it is there. It fails on an address that cannot be read, and
// where nothing answers within five seconds.
func PingRedis(ctx context.Context, address string) error {
	silence.Do(func() { redis.SetLogger(noLog{}) })
	_, opts, err := parseRedis(address)
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	opts.MaxRetries, opts.DialerRetries = -1, 1
	client := redis.NewUniversalClient(opts)
	defer func() { _ = client.Close() }()
	return client.Ping(ctx).Err()
}
