package jobs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Embedded is the setting for the Redis inside this process. It keeps nothing when the process ends.
const Embedded = "embedded"

const (
	answersIn  = 300 * time.Millisecond // a mute Redis costs this much, not the client's three seconds
	embeddedIn = 10 * time.Second       // a pipe inside this process is never mute, only the machine slow
	spinEvery  = 200 * time.Millisecond // asynq asks again at once after an error: without a pause that is a whole core
	passEvery  = 5 * time.Second        // times to live of the embedded Redis pass in steps
)

// broker is one client of one Redis, whatever kind of Redis it is.
type broker struct {
	kind     string
	client   redis.UniversalClient
	embedded *miniredis.Miniredis
	dialed   *dialed
	stop     chan struct{}
	stopped  sync.WaitGroup
}

// silence takes the client library's own lines away: it writes one to the standard error at each failed dial, five a second
// while Redis is away. It is one logger for the whole program, set before the first client asks anything.
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
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = answersIn, answersIn, answersIn, answersIn
	dial := redis.NewDialer(&redis.Options{DialTimeout: answersIn, TLSConfig: opts.TLSConfig})
	if kind == Embedded {
		b.embedded = miniredis.NewMiniRedis()
		dial = func(context.Context, string, string) (net.Conn, error) { return b.embedded.Dial() }
		opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = embeddedIn, embeddedIn, embeddedIn, embeddedIn
	}
	b.dialed = &dialed{dial: dial, open: map[net.Conn]struct{}{}}
	opts.Dialer = b.dialed.Dial
	b.client = redis.NewUniversalClient(opts)
	b.client.AddHook(absence{l})
	if b.embedded != nil {
		b.stopped.Go(b.pass)
	}
	return b, nil
}

// pass lets the embedded Redis' times to live run: they do not by themselves, and its own clock sorts all keys at each
// command.
func (b *broker) pass() {
	tick := time.NewTicker(passEvery)
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
func (b *broker) cut() { b.dialed.cut() }

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

// CheckRedis fails on an address of Redis that cannot be read. It asks nothing of Redis.
func CheckRedis(address string) error {
	_, _, err := parseRedis(address)
	return err
}

// PingRedis asks the Redis at an address once whether it is there. It fails on an address that cannot be read and where nothing
// answers within five seconds.
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

// parseRedis reads the setting: embedded, redis://, rediss://, redis-sentinel://h1,h2/master, redis-cluster://h1,h2; with an
// s after redis also the latter two speak TLS.
func parseRedis(address string) (kind string, opts *redis.UniversalOptions, err error) {
	if address == Embedded {
		return Embedded, &redis.UniversalOptions{Addrs: []string{Embedded}}, nil
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "", nil, fmt.Errorf("the queue's address has no scheme: %s", redisForms)
	}
	// several hosts are not a URL to net/url: they are taken out first
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	account, hosts := "", authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		account, hosts = authority[:i+1], authority[i+1:]
	}
	u, err := url.Parse("redis://" + account + "host" + tail)
	if err != nil {
		// the error of net/url quotes the address, and with it the password
		return "", nil, fmt.Errorf("the queue's address cannot be read: %s", redisForms)
	}
	opts = &redis.UniversalOptions{Username: u.User.Username()}
	opts.Password, _ = u.User.Password()
	path := strings.Trim(u.Path, "/")
	query := u.Query()
	port := "6379"
	switch scheme {
	case "redis", "rediss":
		kind = "redis"
		if strings.Contains(hosts, ",") {
			return "", nil, fmt.Errorf("%s:// has one host; for several write redis-sentinel:// or redis-cluster://", scheme)
		}
		if opts.DB, err = number(path); err != nil {
			return "", nil, fmt.Errorf("the queue's database %q is not a number", path)
		}
	case "redis-sentinel", "rediss-sentinel":
		kind, port = "sentinel", "26379"
		if path == "" || strings.Contains(path, "/") {
			return "", nil, fmt.Errorf("%s:// names the master after the hosts: %s://h1:26379,h2:26379/master", scheme, scheme)
		}
		opts.MasterName = path
		opts.SentinelUsername, opts.SentinelPassword = query.Get("sentinel_username"), query.Get("sentinel_password")
		if opts.DB, err = number(query.Get("db")); err != nil {
			return "", nil, fmt.Errorf("the queue's database %q is not a number", query.Get("db"))
		}
		query.Del("sentinel_username")
		query.Del("sentinel_password")
		query.Del("db")
	case "redis-cluster", "rediss-cluster":
		kind, opts.IsClusterMode = "cluster", true
		if path != "" {
			return "", nil, fmt.Errorf("a cluster has no databases: remove %q from the queue's address", "/"+path)
		}
	default:
		return "", nil, fmt.Errorf("the queue's address begins with %s://: %s", scheme, redisForms)
	}
	for name := range query {
		return "", nil, fmt.Errorf("the queue's address has an unknown parameter %q", name)
	}
	if u.Fragment != "" {
		return "", nil, fmt.Errorf("the queue's address has a #: write %%23 for it in a password")
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, err := hostPort(strings.TrimSpace(host), port)
		if err != nil {
			return "", nil, err
		}
		opts.Addrs = append(opts.Addrs, addr)
	}
	if strings.HasPrefix(scheme, "rediss") {
		opts.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12} // the name to verify is that of each host
	}
	return kind, opts, nil
}

const redisForms = "write embedded, redis://[:password@]host:6379/0, rediss://…, redis-sentinel://h1:26379,h2:26379/master or " +
	"redis-cluster://h1:6379,h2:6379"

func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err == nil && n < 0 {
		err = strconv.ErrRange
	}
	return n, err
}

func hostPort(s, port string) (string, error) {
	var host string
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	} else if strings.Contains(s, ":") && (!strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]")) {
		return "", fmt.Errorf("the queue's host %q is not host:port", s)
	} else {
		host = strings.Trim(s, "[]")
	}
	if n, err := strconv.Atoi(port); host == "" || err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("the queue's host %q is not host:port", s)
	}
	return net.JoinHostPort(host, port), nil
}

// errCut is what dialling answers once the broker was cut.
var errCut = errors.New("the queue was closed")

// dialed keeps the open connections, so that all can be broken: asynq's subscriber waits for an answer without a limit.
type dialed struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	mu   sync.Mutex
	open map[net.Conn]struct{}
	over bool
}

// Dial makes a connection that is remembered until it closes.
func (d *dialed) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
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

func (d *dialed) cut() {
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
	of *dialed
}

// Close closes the connection and forgets it.
func (c *tracked) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// absence tells the link of a Redis that is away, and holds the error back for a moment: asynq asks again at once, in a loop
// without a pause.
type absence struct{ link *link }

// DialHook implements redis.Hook.
func (absence) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (absence) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (a absence) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmd)
		if answered(err) {
			return err
		}
		if ctx.Err() == nil && !errors.Is(err, errCut) { // else the caller gave up, which says nothing about Redis
			a.link.set(err)
		}
		if rest := spinEvery - time.Since(began); rest > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(rest):
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

// refusal tells that Redis answered and will answer the same tomorrow: a wrong password or database. One that is loading its
// data or has no master just now will do in a moment.
func refusal(err error) bool {
	var said redis.Error
	if !errors.As(err, &said) {
		return false
	}
	word, _, _ := strings.Cut(said.Error(), " ")
	return slices.Contains([]string{"NOAUTH", "WRONGPASS", "NOPERM", "ERR"}, word)
}

// check asks whether this Redis keeps what it is given. It fails with *RefusedRedis where Redis evicts keys, and with the
// error as it came where it could not be asked; warning is set where nothing is kept on disk.
func (b *broker) check(ctx context.Context) (warning string, err error) {
	if b.embedded != nil {
		return "", nil
	}
	one := func(ctx context.Context, c redis.Cmdable, name string) (string, error) {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return "", err
		}
		policy := infoLine(info, "maxmemory_policy")
		if policy == "" {
			return "", nil // a server that only speaks the protocol of Redis
		}
		if policy != "noeviction" {
			return "", &RefusedRedis{fmt.Sprintf("Redis%s may throw tasks away: maxmemory-policy is %s; set maxmemory-policy noeviction",
				name, policy)}
		}
		if info, err = c.Info(ctx, "persistence").Result(); err != nil || infoLine(info, "aof_enabled") != "0" {
			return "", err
		}
		// where CONFIG is forbidden the saving points cannot be seen: no warning then
		if save, err := c.ConfigGet(ctx, "save").Result(); err == nil && save["save"] == "" {
			return fmt.Sprintf("Redis%s keeps nothing on disk (appendonly no, save \"\"): after its restart wake-ups are rebuilt from the "+
				"database", name), nil
		}
		return "", nil
	}
	cluster, ok := b.client.(*redis.ClusterClient)
	if !ok {
		return one(ctx, b.client, "")
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		w, err := one(ctx, c, " "+c.Options().Addr)
		mu.Lock()
		defer mu.Unlock()
		if w != "" {
			warning = w
		}
		return err
	})
	return warning, err
}

// RefusedRedis says why a Redis that answers cannot be used, and which setting to change.
type RefusedRedis struct{ Why string }

// Error implements error.
func (e *RefusedRedis) Error() string { return e.Why }

func infoLine(info, key string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
