package channel

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

var notice = Message{ID: "notice:12:sms", To: "13800000001", Subject: "办件提醒", Text: "您的办件已受理，请留意。"}

// mustOpen opens with little patience; what hangs in a test hangs for its whole length.
func mustOpen(t *testing.T, c Config, client *http.Client) Sender {
	t.Helper()
	s, err := open(c, client, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outcome names an answer of Send.
func outcome(err error) string {
	switch {
	case err == nil:
		return "taken"
	case errors.Is(err, ErrUnsure) && errors.Is(err, ErrRefused):
		return "both"
	case errors.Is(err, ErrUnsure):
		return "unsure"
	case errors.Is(err, ErrRefused):
		return "refused"
	}
	return "again"
}

func TestCheckNamesTheField(t *testing.T) {
	gateway := Config{Kind: SMS, URL: "https://gw.example/send", Key: "anju", Secret: "s3cret"}
	post := Config{Kind: Mail, URL: "smtp://mail.example:25", Sender: "县农业农村局 <a@b.example>"}
	with := func(c Config, change func(*Config)) Config { change(&c); return c }
	tests := []struct {
		name string
		give Config
		want string
	}{
		{"a gateway", gateway, ""},
		{"a robot of WeCom", Config{Kind: WeCom, URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"}, ""},
		{"a robot of DingTalk", Config{Kind: DingTalk, URL: "https://oapi.dingtalk.com/robot/send?access_token=t",
			Secret: "SEC"}, ""},
		{"a mail server", post, ""},
		{"a mail server with TLS", with(post, func(c *Config) { c.URL = "smtps://mail.example" }), ""},
		{"no kind", Config{}, "通道类型"},
		{"another kind", with(gateway, func(c *Config) { c.Kind = "fax" }), "通道类型"},
		{"no address", with(gateway, func(c *Config) { c.URL = "" }), "地址"},
		{"a file", with(gateway, func(c *Config) { c.URL = "file:///etc/passwd" }), "地址"},
		{"a gateway by mail", with(gateway, func(c *Config) { c.URL = "smtp://gw.example" }), "地址"},
		{"a mail by web", with(post, func(c *Config) { c.URL = "https://mail.example" }), "地址"},
		{"no host", with(gateway, func(c *Config) { c.URL = "https:///send" }), "服务器名称"},
		{"a password in the address", with(gateway, func(c *Config) { c.URL = "https://u:p@gw.example" }), "密钥"},
		{"a fragment", with(gateway, func(c *Config) { c.URL += "#x" }), "#"},
		{"port 99999", with(gateway, func(c *Config) { c.URL = "https://gw.example:99999" }), "端口"},
		{"a path of a mail server", with(post, func(c *Config) { c.URL += "/x" }), "地址"},
		{"no key", with(gateway, func(c *Config) { c.Key = "" }), "账号"},
		{"no secret", with(gateway, func(c *Config) { c.Secret = "" }), "密钥"},
		{"DingTalk unsigned", Config{Kind: DingTalk, URL: "https://oapi.dingtalk.com/robot/send"}, "加签"},
		{"a line break", with(gateway, func(c *Config) { c.Key = "a\r\nX-Other: b" }), "账号"},
		{"no sender of a mail", with(post, func(c *Config) { c.Sender = "" }), "发送方"},
		{"a login without password", with(post, func(c *Config) { c.Key = "u" }), "密钥"},
		{"another way", with(post, func(c *Config) { c.StartTLS = "never" }), "加密方式"},
		{"two ways", with(post, func(c *Config) { c.URL, c.StartTLS = "smtps://mail.example", Mandatory }), "加密方式"},
		{"TLS of a gateway", with(gateway, func(c *Config) { c.StartTLS = Mandatory }), "加密方式"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.give.Check()
			_, opened := Open(tt.give, nil)
			if (err == nil) != (tt.want == "") || (opened == nil) != (err == nil) {
				t.Fatalf("Check = %v, Open = %v, want %q", err, opened, tt.want)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("%q does not name %q", err, tt.want)
			}
		})
	}
}

func TestOpenRefusesUnverified(t *testing.T) {
	careless := http.DefaultTransport.(*http.Transport).Clone()
	careless.TLSClientConfig.InsecureSkipVerify = true
	if _, err := Open(Config{Kind: WeCom, URL: "https://x.example"}, &http.Client{Transport: careless}); err == nil {
		t.Error("a client that verifies nothing was taken")
	}
}

func TestConfigHidesSecrets(t *testing.T) {
	c := Config{Kind: WeCom, URL: "https://x.example/send?key=t0ken", Key: "k3y", Secret: "s3cret"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("channel", "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("channel", "config", c)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c), log.String()} {
		if strings.Contains(text, "t0ken") || strings.Contains(text, "k3y") || strings.Contains(text, "s3cret") {
			t.Errorf("betrayed: %s", text)
		}
	}
	kept, err := json.Marshal(c)
	var back Config
	if err = errors.Join(err, json.Unmarshal(kept, &back)); err != nil || back != c {
		t.Errorf("kept as %s, %v", kept, err)
	}
}

// messages that no channel sends: they would become something else on the way.
var unsendable = map[string]Message{
	"a header in the receiver":  {ID: "1", To: "13800000001\r\nBcc: x@y.example", Text: "x"},
	"a header in the subject":   {ID: "1", To: "13800000001", Subject: "x\r\nBcc: x@y.example", Text: "x"},
	"a lone LF in the subject":  {ID: "1", To: "13800000001", Subject: "x\nBcc: x@y.example", Text: "x"},
	"a NUL in the receiver":     {ID: "1", To: "13800000001\x00", Text: "x"},
	"a header in the id":        {ID: "1\r\nBcc: x", To: "13800000001", Text: "x"},
	"no id":                     {To: "13800000001", Text: "x"},
	"no text":                   {ID: "1", To: "13800000001", Text: " \n"},
	"a terminal code":           {ID: "1", To: "13800000001", Text: "\x1b[31mx"},
	"broken UTF-8":              {ID: "1", To: "13800000001", Text: "a\xff"},
	"a line separator in To":    {ID: "1", To: "13800000001\u2028x", Text: "x"},
	"an id longer than a lines": {ID: strings.Repeat("1", 129), To: "13800000001", Text: "x"},
}
