package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrUnsure is returned when all was sent and no answer came: the other side may have it. It must not be sent again by
// itself.
var ErrUnsure = errors.New("no answer came, it may be delivered")

// ErrRefused is returned when trying again helps nothing: a bad number, a bad template, a wrong secret.
var ErrRefused = errors.New("refused for good")

// patience is how long one exchange may last; a mail has it for the greeting and again for the message.
const patience = 10 * time.Second

// Kind says what a channel speaks.
type Kind string

// The kinds of channels.
const (
	SMS      Kind = "sms"
	WeCom    Kind = "wecom"
	DingTalk Kind = "dingtalk"
	Mail     Kind = "mail"
)

// The ways of Config.StartTLS.
const (
	Mandatory     = "mandatory"
	Opportunistic = "opportunistic"
)

// Config is one office's channel as an administrator wrote it. URL may hold a token and Secret is one; whoever keeps
// them seals them.
type Config struct {
	Kind     Kind   `json:"kind"`
	URL      string `json:"url"`                // http or https; for a mail smtp://host:587 or smtps://host:465
	Key      string `json:"key,omitempty"`      // who we are to the gateway, or the login of the mail server
	Secret   string `json:"secret,omitempty"`   // the key of the signature, or the password of the mail server
	Sender   string `json:"sender,omitempty"`   // the signature of a short message, or the address a mail comes from
	Template string `json:"template,omitempty"` // of a short message
	StartTLS string `json:"starttls,omitempty"` // mail only: mandatory (as when empty) or opportunistic
}

// Check fails with one Chinese sentence that names the field.
func (c Config) Check() error {
	for _, f := range [][2]string{{"地址", c.URL}, {"账号", c.Key}, {"密钥", c.Secret}, {"发送方", c.Sender}, {"模板", c.Template}} {
		if !utf8.ValidString(f[1]) || strings.ContainsFunc(f[1], unicode.IsControl) {
			return fmt.Errorf("“%s”中有换行或不可见字符", f[0])
		}
	}
	schemes := []string{"http", "https"}
	switch c.Kind {
	case SMS, WeCom, DingTalk:
	case Mail:
		schemes = []string{"smtp", "smtps"}
	default:
		return errors.New("“通道类型”只能是 sms、wecom、dingtalk 或 mail")
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != schemes[0] && u.Scheme != schemes[1]:
		return fmt.Errorf("“地址”应以 %s:// 或 %s:// 开头", schemes[0], schemes[1])
	case u.Hostname() == "":
		return errors.New("“地址”中没有服务器名称")
	case u.User != nil:
		return errors.New("“地址”中不能写账号和密码，请填在“账号”和“密钥”中")
	case u.Fragment != "":
		return errors.New("“地址”中不能有 #")
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return errors.New("“地址”中的端口应在 1 到 65535 之间")
	}
	if c.Kind != Mail && c.StartTLS != "" {
		return errors.New("“加密方式”只用于邮件")
	}
	switch c.Kind {
	case SMS:
		if c.Key == "" {
			return errors.New("短信网关的“账号”没有填写")
		}
		if c.Secret == "" {
			return errors.New("短信网关的“密钥”没有填写")
		}
	case DingTalk:
		if c.Secret == "" {
			return errors.New("钉钉机器人的“密钥”没有填写，请在机器人的安全设置中选择“加签”")
		}
	case Mail:
		return c.checkMail(u)
	}
	return nil
}

func (c Config) checkMail(u *url.URL) error {
	from, err := mail.ParseAddress(c.Sender)
	switch {
	case u.Path != "" && u.Path != "/" || u.RawQuery != "":
		return errors.New("邮件服务器的“地址”只写到端口为止")
	case err != nil || !ascii(from.Address):
		return errors.New("“发送方”应是一个邮箱地址")
	case (c.Key == "") != (c.Secret == ""):
		return errors.New("邮件服务器的“账号”和“密钥”应同时填写或同时留空")
	case c.StartTLS != "" && c.StartTLS != Mandatory && c.StartTLS != Opportunistic:
		return errors.New("“加密方式”只能是 mandatory 或 opportunistic")
	case c.StartTLS != "" && u.Scheme == "smtps":
		return errors.New("smtps:// 的地址本身已加密，“加密方式”请留空")
	}
	return nil
}

// String names the channel without its secrets, so that a Config that strays into a log line betrays nothing.
func (c Config) String() string {
	if u, err := url.Parse(c.URL); err == nil {
		return string(c.Kind) + " " + u.Host
	}
	return string(c.Kind)
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Message is what goes out. ID is unique and the same on each try: it is given to the other side (Message-ID of a mail,
// out_id of a short message), so that a gateway that has it already need not send it twice. Robots take no ID. To is a
// phone number, a mail address, or for a robot the number or user to be mentioned in its group, where empty mentions
// nobody. Subject is for mail only.
type Message struct{ ID, To, Subject, Text string }

// check refuses what could not be sent by any channel, or would become something else on the way.
func (m Message) check() error {
	switch {
	case m.ID == "" || len(m.ID) > 128 || !ascii(m.ID):
		return fmt.Errorf("%w: the id is not 1 to 128 visible ASCII characters", ErrRefused)
	case !utf8.ValidString(m.To + m.Subject + m.Text):
		return fmt.Errorf("%w: not UTF-8", ErrRefused)
	case strings.ContainsFunc(m.To, breaks):
		return fmt.Errorf("%w: a line break or control character in the receiver", ErrRefused)
	case strings.ContainsFunc(m.Subject, breaks):
		return fmt.Errorf("%w: a line break or control character in the subject", ErrRefused)
	case strings.TrimSpace(m.Text) == "":
		return fmt.Errorf("%w: no text", ErrRefused)
	case strings.ContainsFunc(m.Text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }):
		return fmt.Errorf("%w: a control character in the text", ErrRefused)
	}
	return nil
}

func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// ascii is true for visible characters without a space.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// Sender sends over one channel. It may be used by many at once.
type Sender interface {
	// Send returns when the other side has taken the message, or with one of the errors of the package.
	Send(ctx context.Context, m Message) error
}

// Open makes a sender. It never dials before Send. It fails as Check does, and for a client that does not verify
// certificates. The client may be nil; its transport is copied, and a mail trusts the same certificates.
func Open(c Config, client *http.Client) (Sender, error) { return open(c, client, patience) }

func open(c Config, client *http.Client, patience time.Duration) (Sender, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if client == nil {
		client = &http.Client{}
	}
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	shared, isTransport := transport.(*http.Transport)
	if isTransport && shared.TLSClientConfig != nil && shared.TLSClientConfig.InsecureSkipVerify {
		return nil, errors.New("open channel: the client does not verify certificates")
	}
	if c.Kind == Mail {
		return newMailer(c, shared, patience)
	}
	p := newPoster(c, transport, patience)
	switch c.Kind {
	case WeCom:
		return &wecom{p}, nil
	case DingTalk:
		return &dingtalk{p}, nil
	}
	return &sms{p}, nil
}

// hide takes the receiver and the secrets out of what others say.
func hide(c Config, m Message, text string) string {
	for _, word := range []string{m.To, c.Secret, c.Key} {
		if len(word) > 3 {
			text = strings.ReplaceAll(text, word, "***")
		}
	}
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return text
}
