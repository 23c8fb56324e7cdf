package main

import (
	"strings"
	"testing"

	"anju/cmd/anju/settings"
)

// What a release sets with -X is told; an impossible time is not.
func TestReadBuild(t *testing.T) {
	v, c, b, d := version, commit, built, dirty
	t.Cleanup(func() { version, commit, built, dirty = v, c, b, d })
	version, commit, built, dirty = "v1.2.3", "0123456789abcdef", "2026-11-30T19:00:00Z", "true"
	got := readBuild()
	if got.Version != "v1.2.3" || got.Commit != commit || got.Built != built || !got.Dirty {
		t.Errorf("read %+v", got)
	}
	if text := got.String(); !strings.HasPrefix(
		text,
		"v1.2.3, commit 0123456789ab with changes, built 2026-11-30T19:00:00Z, go1.",
	) {
		t.Errorf("said %q", text)
	}
	if built = "yesterday"; readBuild().Built == "yesterday" {
		t.Error("a time that is none is told")
	}
}

// Every address of Redis that the queue takes passes the check of the settings, and no other.
func TestRedisAddressIsReadOnce(t *testing.T) {
	for address, ok := range map[string]bool{"embedded": true, "redis://h:6379/1": true, "rediss://:p@h/0": true,
		"redis-sentinel://h1,h2:26380/m": true,
		"rediss-sentinel://h1,h2/m":      true, "redis-cluster://h1,h2": true, "rediss-cluster://u:p@h1:7000,h2:7001": true,
		"redis-sentinel://h1":   false,
		"rediss-cluster://h1/3": false, "memcached://x": false, "redis://": false, "redis://h1,h2/0": false,
		"localhost:6379": false} {
		s := settings.Settings{Addr: "127.0.0.1:0", Role: "all", Log: "text", Dev: "0", Redis: address}
		if err := checkSettings(s); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		} else if err != nil && !strings.Contains(err.Error(), "setting redis") {
			t.Errorf("%s is refused for something else: %v", address, err)
		}
	}
}
