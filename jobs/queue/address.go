package queue

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Embedded is the setting for the Redis inside this process. It keeps nothing when the process ends.
const Embedded = "embedded"

// CheckRedis fails on an address of Redis that cannot be read. It asks nothing of Redis.
func CheckRedis(address string) error {
	_, _, err := parseRedis(address)
	return err
}

// parseRedis reads the setting: embedded, redis://, rediss://, redis-sentinel://h1,h2/master, redis-cluster://h1,h2;
// with an s after redis also the latter two speak TLS.
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
	kind, port, err := schemeOptions(opts, scheme, hosts, path, query)
	if err != nil {
		return "", nil, err
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

// schemeOptions sets what the scheme of an address asks for, takes its parameters out of query, and returns the kind of
// Redis and its usual port.
func schemeOptions(opts *redis.UniversalOptions, scheme, hosts, path string, query url.Values) (kind, port string,
	err error) {
	port = "6379"
	switch scheme {
	case "redis", "rediss":
		kind = "redis"
		if strings.Contains(hosts, ",") {
			return "", "", fmt.Errorf("%s:// has one host; for several write redis-sentinel:// or redis-cluster://", scheme)
		}
		if opts.DB, err = databaseNumber(path); err != nil {
			return "", "", fmt.Errorf("the queue's database %q is not a number", path)
		}
	case "redis-sentinel", "rediss-sentinel":
		kind, port = "sentinel", "26379"
		if path == "" || strings.Contains(path, "/") {
			return "", "", fmt.Errorf("%s:// names the master after the hosts: %s://h1:26379,h2:26379/master", scheme, scheme)
		}
		opts.MasterName = path
		opts.SentinelUsername, opts.SentinelPassword = query.Get("sentinel_username"), query.Get("sentinel_password")
		if opts.DB, err = databaseNumber(query.Get("db")); err != nil {
			return "", "", fmt.Errorf("the queue's database %q is not a number", query.Get("db"))
		}
		query.Del("sentinel_username")
		query.Del("sentinel_password")
		query.Del("db")
	case "redis-cluster", "rediss-cluster":
		kind, opts.IsClusterMode = "cluster", true
		if path != "" {
			return "", "", fmt.Errorf("a cluster has no databases: remove %q from the queue's address", "/"+path)
		}
	default:
		return "", "", fmt.Errorf("the queue's address begins with %s://: %s", scheme, redisForms)
	}
	return kind, port, nil
}

const redisForms = "write embedded, redis://[:password@]host:6379/0, rediss://…, redis-sentinel://h1:26379,h2:26379/master or " +
	"redis-cluster://h1:6379,h2:6379"

func databaseNumber(s string) (int, error) {
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
