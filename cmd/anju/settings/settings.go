// Package settings defines Anju's settings: their names as flag, environment variable and key of the settings file, and
// the effective values. Reading and checking them is the work of config.go in cmd/anju, which does it once; nothing
// here reads the environment or a file.
package settings

import (
	"net/netip"
	"net/url"
	"strings"

	"anju/cmd/anju/failure"
)

// setting is one line of the table of settings. A flag beats the environment, the environment beats the file.
type setting struct {
	Flag, Env, Key string
	Usage          string
	Secret         bool // a URL whose password is never printed
}

// Table lists every setting.
var Table = []setting{
	{"addr", "ANJU_ADDR", "addr", "listen address (default 127.0.0.1:8080)", false},
	{"data", "ANJU_DATA", "data", "folder of the embedded database, uploads and keys (default ./anju-data)", false},
	{"db", "ANJU_DB", "db", "postgres://… or the path of a SQLite file (default anju.db in the data folder)", true},
	{"redis", "ANJU_REDIS", "redis", "embedded, redis://…, redis-sentinel://…/master or redis-cluster://…; with TLS " +
		"rediss://…, rediss-sentinel://…, rediss-cluster://… (default embedded)", true},
	{"role", "ANJU_ROLE", "role", "web, worker or all (default all)", false},
	{"key-file", "ANJU_KEY_FILE", "key_file", "master key (default: created in the data folder)", false},
	{"base-url", "ANJU_BASE_URL", "base_url",
		"address printed on papers and in QR codes; serve needs it (under --demo: from the request)", false},
	{"trusted-proxies", "ANJU_TRUSTED_PROXIES", "trusted_proxies",
		"networks of the proxies whose X-Forwarded-For is believed, such as 127.0.0.1,172.16.0.0/12 (default none)", false},
	{"log", "ANJU_LOG", "log", "text or json (default text)", false},
	{"dev", "ANJU_DEV", "dev", "1: for developers, pages are read from the source folder (default 0)", false},
}

// Settings are the effective ones, checked once.
type Settings struct {
	Addr, Data, DB, Redis, Role, KeyFile, BaseURL, TrustedProxies, Log, Dev string

	Proxies []netip.Prefix    // TrustedProxies, read
	From    map[string]string // flag name: where the value came from
	File    string            // the settings file; "" without one
}

// Public tells whether papers may be printed with the base URL. It fails, as wrong usage, where there is none, and
// where it leads to the reader's own machine.
func (s Settings) Public() error {
	if s.BaseURL == "" {
		return failure.Usagef("ANJU_BASE_URL is not set: it is printed on papers and in QR codes; set it to the address " +
			"people reach, such as https://anju.example.gov.cn")
	}
	u, err := url.Parse(s.BaseURL)
	if err != nil {
		return failure.Usagef("setting base-url (%s): %s", s.From["base-url"], failure.FirstLine(err.Error()))
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasPrefix(host, "localhost.") || strings.HasSuffix(host, ".localhost")
	if local || err == nil && (ip.Unmap().IsLoopback() || ip.IsUnspecified() || ip.Unmap().IsLinkLocalUnicast()) {
		return failure.Usagef("setting base-url (%s): %s leads to the reader's own machine; set ANJU_BASE_URL to the "+
			"address people reach, such as https://anju.example.gov.cn",
			s.From["base-url"], s.BaseURL)
	}
	return nil
}

// Postgres reports whether the database is PostgreSQL.
func (s Settings) Postgres() bool { return strings.Contains(s.DB, "://") }

// Values in the order of the table.
func (s Settings) Values() []string {
	return []string{s.Addr, s.Data, s.DB, s.Redis, s.Role, s.KeyFile, s.BaseURL, s.TrustedProxies, s.Log, s.Dev}
}

// Line is one setting in force, its secret masked.
type Line struct {
	Setting string `json:"setting"`
	Env     string `json:"environment"`
	Value   string `json:"value"`
	From    string `json:"from"`
}

// Lines returns the settings in force, secrets masked.
func (s Settings) Lines() (lines []Line) {
	for i, v := range s.Values() {
		d := Table[i]
		if d.Secret {
			v = Mask(v)
		}
		lines = append(lines, Line{d.Key, d.Env, v, s.From[d.Flag]})
	}
	return lines
}
