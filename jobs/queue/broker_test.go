package queue

import (
	"slices"
	"strings"
	"testing"
)

func TestParseRedis(t *testing.T) {
	tests := []struct {
		give   string
		kind   string
		addrs  []string
		master string
		user   string
		pass   string
		db     int
		tls    bool
		err    string // part of it
	}{
		{give: "embedded", kind: Embedded, addrs: []string{Embedded}},
		{give: "redis://127.0.0.1:6379/0", kind: "redis", addrs: []string{"127.0.0.1:6379"}},
		{give: "redis://cache", kind: "redis", addrs: []string{"cache:6379"}},
		{give: "redis://[::1]:7000/2", kind: "redis", addrs: []string{"[::1]:7000"}, db: 2},
		{give: "redis://[::1]", kind: "redis", addrs: []string{"[::1]:6379"}},
		{give: "redis://:p%40ss%23@h:1/3", kind: "redis", addrs: []string{"h:1"}, pass: "p@ss#", db: 3},
		{give: "rediss://anju:x@h", kind: "redis", addrs: []string{"h:6379"}, user: "anju", pass: "x", tls: true},
		{give: "redis-sentinel://h1,h2:26380/master", kind: "sentinel", addrs: []string{"h1:26379", "h2:26380"},
			master: "master"},
		{give: "redis-sentinel://:x@h1/m?db=2&sentinel_password=y", kind: "sentinel", addrs: []string{"h1:26379"},
			master: "m", pass: "x", db: 2},
		{give: "rediss-sentinel://h1/m", kind: "sentinel", addrs: []string{"h1:26379"}, master: "m", tls: true},
		{give: "redis-cluster://h1:7000,h2:7001", kind: "cluster", addrs: []string{"h1:7000", "h2:7001"}},
		{give: "redis-cluster://h1", kind: "cluster", addrs: []string{"h1:6379"}},
		{give: "rediss-cluster://u:x@h1,h2", kind: "cluster", addrs: []string{"h1:6379", "h2:6379"}, user: "u", pass: "x",
			tls: true},
		{give: "", err: "no scheme"},
		{give: "localhost:6379", err: "no scheme"},
		{give: "http://h:1", err: "begins with http://"},
		{give: "redis://", err: "not host:port"},
		{give: "redis://h:port", err: "not host:port"},
		{give: "redis://h:0", err: "not host:port"},
		{give: "redis://a:b:c", err: "not host:port"},
		{give: "redis://h/zero", err: "not a number"},
		{give: "redis://h/-1", err: "not a number"},
		{give: "redis://h1,h2/0", err: "redis-sentinel://"},
		{give: "redis://h?read_timeout=9s", err: "read_timeout"},
		{give: "redis://:pass#word@h", err: "#"},
		{give: "redis-sentinel://h1", err: "names the master"},
		{give: "redis-cluster://h1/3", err: "no databases"},
		{give: "redis-cluster://h1,,h2", err: "not host:port"},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			kind, got, err := parseRedis(tt.give)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error = %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if kind != tt.kind || !slices.Equal(got.Addrs, tt.addrs) || got.MasterName != tt.master || got.Username != tt.user ||
				got.Password != tt.pass || got.DB != tt.db || (got.TLSConfig != nil) != tt.tls ||
				got.IsClusterMode != (tt.kind == "cluster") {
				t.Errorf("%s = %s %v master %q user %q password %q db %d", tt.give, kind, got.Addrs, got.MasterName, got.Username,
					got.Password, got.DB)
			}
		})
	}
}

func TestParseRedisHidesPassword(t *testing.T) {
	for _, give := range []string{"redis://:hunter2%zz@h", "redis://:hunter2@h:bad", "hunter2", "redis://:hunter2@h/x/y"} {
		if _, _, err := parseRedis(give); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error %v", give, err)
		}
	}
}
