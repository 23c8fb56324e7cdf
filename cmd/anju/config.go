package main

import (
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

	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/jobs/queue"
)

func settingFlags(fs *pflag.FlagSet) {
	for _, s := range settings.Table {
		fs.String(s.Flag, "", s.Usage)
	}
	fs.String("config", "", "YAML file with settings")
}

// readSettings takes each setting from the flags, the environment, the file, or its default, and checks the lot.
// It fails, as wrong usage, on an unreadable file, an unknown name in it, and a value that makes no sense.
func readSettings(fs *pflag.FlagSet, getenv func(string) (string, bool)) (settings.Settings, error) {
	file, path, err := settingsFile(fs)
	if err != nil {
		return settings.Settings{}, err
	}
	s := settings.Settings{From: map[string]string{}, File: path}
	values := map[string]string{}
	for _, d := range settings.Table {
		s.From[d.Flag] = "default"
		if v, ok := file[d.Key]; ok {
			values[d.Flag], s.From[d.Flag] = v, "file "+path
		}
		if v, ok := getenv(d.Env); ok && v != "" {
			values[d.Flag], s.From[d.Flag] = v, "environment "+d.Env
		}
		if f := fs.Lookup(d.Flag); f != nil && f.Changed {
			values[d.Flag], s.From[d.Flag] = f.Value.String(), "flag --"+d.Flag
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
	s.Dev = or(values["dev"], "0")
	if s.Proxies, err = networks(s.TrustedProxies); err != nil {
		return s, failure.Usagef("setting trusted-proxies (%s): %s", s.From["trusted-proxies"], err)
	}
	return s, checkSettings(s)
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

// hostName is a name of the DNS with its last label no number, so that no other spelling of an address is taken for a
// name.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?\.?$`)

// isOrigin reports whether an address is scheme, host and at most a port, as papers are printed with it.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" ||
		u.User != nil ||
		strings.HasSuffix(u.Host, ":") {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	return hostName.MatchString(host)
}

func settingsFile(fs *pflag.FlagSet) (map[string]string, string, error) {
	f := fs.Lookup("config")
	if f == nil || f.Value.String() == "" {
		return nil, "", nil
	}
	path := f.Value.String()
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", failure.Usagef("settings file: %w; give --config a readable YAML file", failure.Plain(err))
	}
	var raw map[string]any
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return nil, "", failure.Usagef("settings file %s is not YAML: %s; write lines such as addr: 127.0.0.1:8080", path,
			failure.FirstLine(err.Error()))
	}
	known := map[string]bool{}
	for _, d := range settings.Table {
		known[d.Key] = true
	}
	values := map[string]string{}
	for k, v := range raw {
		if !known[k] {
			return nil, "", failure.Usagef("settings file %s: no setting is called %q; `anju config` lists them", path, k)
		}
		switch v := v.(type) {
		case nil:
		case string:
			values[k] = v
		default:
			return nil, "", failure.Usagef("settings file %s: %s must be text, not %v", path, k, v)
		}
	}
	return values, path, nil
}

// checkSettings fails, as wrong usage, on a value that makes no sense.
func checkSettings(s settings.Settings) error {
	bad := func(flag, format string, a ...any) error {
		return failure.Usagef("setting %s (%s): %s", flag, s.From[flag], fmt.Sprintf(format, a...))
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
	if s.Dev != "0" && s.Dev != "1" {
		return bad("dev", "%q is neither 0 nor 1", s.Dev)
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

func configCommand(a *program) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "print the effective settings, secrets masked, and where each came from"}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		lines := a.settings.Lines()
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
