package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anju/jobs/queue"
)

// setting is one line of the table of settings. A flag beats the environment, the environment beats the file.
type setting struct {
	flag, env, key string
	usage          string
	secret         bool // a URL whose password is never printed
}

var settingTable = []setting{
	{"addr", "ANJU_ADDR", "addr", "listen address (default 127.0.0.1:8080)", false},
	{"data", "ANJU_DATA", "data", "folder of the embedded database, uploads and keys (default ./anju-data)", false},
	{"db", "ANJU_DB", "db", "postgres://… or the path of a SQLite file (default anju.db in the data folder)", true},
	{"redis", "ANJU_REDIS", "redis", "embedded, redis://…, redis-sentinel://…/master or redis-cluster://…; with TLS rediss://…, rediss-sentinel://…, rediss-cluster://… (default embedded)", true},
	{"role", "ANJU_ROLE", "role", "web, worker or all (default all)", false},
	{"key-file", "ANJU_KEY_FILE", "key_file", "master key (default: created in the data folder)", false},
	{"base-url", "ANJU_BASE_URL", "base_url", "address printed on papers and in QR codes; serve needs it (under --demo: from the request)", false},
	{"trusted-proxies", "ANJU_TRUSTED_PROXIES", "trusted_proxies", "networks of the proxies whose X-Forwarded-For is believed, such as 127.0.0.1,172.16.0.0/12 (default none)", false},
	{"log", "ANJU_LOG", "log", "text or json (default text)", false},
}

// settings are the effective ones, checked once.
type settings struct {
	Addr, Data, DB, Redis, Role, KeyFile, BaseURL, TrustedProxies, Log string

	proxies []netip.Prefix    // TrustedProxies, read
	from    map[string]string // flag name: where the value came from
	file    string            // the settings file; "" without one
}

func settingFlags(fs *pflag.FlagSet) {
	for _, s := range settingTable {
		fs.String(s.flag, "", s.usage)
	}
	fs.String("config", "", "YAML file with settings")
}

// readSettings takes each setting from the flags, the environment, the file, or its default, and checks the lot.
// It fails, as wrong usage, on an unreadable file, an unknown name in it, and a value that makes no sense.
func readSettings(fs *pflag.FlagSet, getenv func(string) (string, bool)) (settings, error) {
	file, path, err := settingsFile(fs)
	if err != nil {
		return settings{}, err
	}
	s := settings{from: map[string]string{}, file: path}
	values := map[string]string{}
	for _, d := range settingTable {
		s.from[d.flag] = "default"
		if v, ok := file[d.key]; ok {
			values[d.flag], s.from[d.flag] = v, "file "+path
		}
		if v, ok := getenv(d.env); ok && v != "" {
			values[d.flag], s.from[d.flag] = v, "environment "+d.env
		}
		if f := fs.Lookup(d.flag); f != nil && f.Changed {
			values[d.flag], s.from[d.flag] = f.Value.String(), "flag --"+d.flag
		}
	}
	or := func(v, otherwise string) string {
		if v == "" {
			return otherwise
		}
		return v
	}
	s.Addr = or(values["addr"], "127.0.0.1:8080")
	s.Data = or(values["data"], "./anju-data")
	s.DB = or(values["db"], filepath.Join(s.Data, "anju.db"))
	s.Redis = or(values["redis"], "embedded")
	s.Role = or(values["role"], "all")
	s.KeyFile = or(values["key-file"], filepath.Join(s.Data, "master.key"))
	s.BaseURL = strings.TrimSuffix(values["base-url"], "/")
	s.TrustedProxies = values["trusted-proxies"]
	s.Log = or(values["log"], "text")
	if s.proxies, err = networks(s.TrustedProxies); err != nil {
		return s, usagef("setting trusted-proxies (%s): %s", s.from["trusted-proxies"], err)
	}
	return s, s.check()
}

// networks reads a list of addresses and networks, separated by commas or blanks.
func networks(list string) ([]netip.Prefix, error) {
	var read []netip.Prefix
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := netip.ParsePrefix(word)
		if ip, e := netip.ParseAddr(word); e == nil {
			n, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		if err != nil || !n.IsValid() {
			return nil, fmt.Errorf("%q is neither an address nor a network; write them as 127.0.0.1,172.16.0.0/12", word)
		}
		read = append(read, n)
	}
	return read, nil
}

// hostName is a name of the DNS with its last label no number, so that no other spelling of an address is taken for a name.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?\.?$`)

// isOrigin reports whether an address is scheme, host and at most a port, as papers are printed with it.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		strings.HasSuffix(u.Host, ":") {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	return hostName.MatchString(host)
}

// public tells whether papers may be printed with the base URL. It fails, as wrong usage, where there is none, and where it
// leads to the reader's own machine.
func (s settings) public() error {
	if s.BaseURL == "" {
		return usagef("ANJU_BASE_URL is not set: it is printed on papers and in QR codes; set it to the address people reach, such as https://anju.example.gov.cn")
	}
	u, err := url.Parse(s.BaseURL)
	if err != nil {
		return usagef("setting base-url (%s): %s", s.from["base-url"], firstLine(err.Error()))
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasPrefix(host, "localhost.") || strings.HasSuffix(host, ".localhost")
	if local || err == nil && (ip.Unmap().IsLoopback() || ip.IsUnspecified() || ip.Unmap().IsLinkLocalUnicast()) {
		return usagef("setting base-url (%s): %s leads to the reader's own machine; set ANJU_BASE_URL to the address people reach, such as https://anju.example.gov.cn",
			s.from["base-url"], s.BaseURL)
	}
	return nil
}

func settingsFile(fs *pflag.FlagSet) (map[string]string, string, error) {
	f := fs.Lookup("config")
	if f == nil || f.Value.String() == "" {
		return nil, "", nil
	}
	path := f.Value.String()
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", usagef("settings file: %w; give --config a readable YAML file", plain(err))
	}
	var raw map[string]any
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return nil, "", usagef("settings file %s is not YAML: %s; write lines such as addr: 127.0.0.1:8080", path, firstLine(err.Error()))
	}
	known := map[string]bool{}
	for _, d := range settingTable {
		known[d.key] = true
	}
	values := map[string]string{}
	for k, v := range raw {
		if !known[k] {
			return nil, "", usagef("settings file %s: no setting is called %q; `anju config` lists them", path, k)
		}
		switch v := v.(type) {
		case nil:
		case string:
			values[k] = v
		default:
			return nil, "", usagef("settings file %s: %s must be text, not %v", path, k, v)
		}
	}
	return values, path, nil
}

func (s settings) check() error {
	bad := func(flag, format string, a ...any) error {
		return usagef("setting %s (%s): %s", flag, s.from[flag], fmt.Sprintf(format, a...))
	}
	if _, port, err := net.SplitHostPort(s.Addr); err != nil || port == "" {
		return bad("addr", "%q is not host:port; write it as 127.0.0.1:8080", s.Addr)
	}
	switch s.Role {
	case "web", "worker", "all":
	default:
		return bad("role", "%q is none of web, worker, all", s.Role)
	}
	if s.Log != "text" && s.Log != "json" {
		return bad("log", "%q is neither text nor json", s.Log)
	}
	if scheme, _, ok := strings.Cut(s.DB, "://"); ok && scheme != "postgres" && scheme != "postgresql" {
		return bad("db", "%s:// is not supported; give postgres://… or the path of a SQLite file", scheme)
	}
	if err := queue.CheckRedis(s.Redis); err != nil {
		return bad("redis", "%v", err)
	}
	if s.Redis == queue.Embedded && s.Role != "all" {
		return bad("role", "%s needs a Redis that all processes share: set ANJU_REDIS, or use the role all", s.Role)
	}
	if s.BaseURL != "" && !isOrigin(s.BaseURL) {
		return bad("base-url", "%q is not an address such as https://anju.example.gov.cn", s.BaseURL)
	}
	return nil
}

func (s settings) postgres() bool { return strings.Contains(s.DB, "://") }

// values in the order of the table.
func (s settings) values() []string {
	return []string{s.Addr, s.Data, s.DB, s.Redis, s.Role, s.KeyFile, s.BaseURL, s.TrustedProxies, s.Log}
}

var passwordInQuery = regexp.MustCompile(`((?i:password|passwd|token|secret)=)[^&\s]*`)

// mask hides the password of a URL.
func mask(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 { // by hand: a password may hold what a URL may not
		user, _, secret := strings.Cut(rest[:i], ":")
		if secret {
			user += ":***"
		}
		rest = user + rest[i:]
	}
	return scheme + "://" + passwordInQuery.ReplaceAllString(rest, "${1}***")
}

// settingLine is one setting in force, its secret masked.
type settingLine struct {
	Setting string `json:"setting"`
	Env     string `json:"environment"`
	Value   string `json:"value"`
	From    string `json:"from"`
}

func (s settings) lines() (lines []settingLine) {
	for i, v := range s.values() {
		d := settingTable[i]
		if d.secret {
			v = mask(v)
		}
		lines = append(lines, settingLine{d.key, d.env, v, s.from[d.flag]})
	}
	return lines
}

func configCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "print the effective settings, secrets masked, and where each came from"}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		lines := a.settings.lines()
		if *asJSON {
			return printJSON(c, map[string]any{"settings": lines})
		}
		for _, l := range lines {
			v := l.Value
			if v == "" {
				v = "-"
			}
			fmt.Fprintf(c.OutOrStdout(), "%-20s %-44s %s\n", l.Env, v, l.From)
		}
		return nil
	}
	return c
}

// plain takes the operation out of a path error: "open x: no such file" reads as "x: no such file".
func plain(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
