package settings

import "testing"

func TestMask(t *testing.T) {
	for raw, want := range map[string]string{
		"/var/lib/anju/anju.db":                "/var/lib/anju/anju.db",
		"postgres://db/anju":                   "postgres://db/anju",
		"postgres://u@db/anju":                 "postgres://u@db/anju",
		"postgres://u:p@db/anju":               "postgres://u:***@db/anju",
		"postgres://u:p@:/x@db/anju":           "postgres://u:***@db/anju",
		"postgres://db/anju?password=p&user=u": "postgres://db/anju?password=***&user=u",
		"redis://:p@cache:6379/0":              "redis://:***@cache:6379/0",
		"redis-sentinel://u:p@h1,h2/master":    "redis-sentinel://u:***@h1,h2/master",
	} {
		if got := Mask(raw); got != want {
			t.Errorf("mask(%q) = %q, want %q", raw, got, want)
		}
	}
}
