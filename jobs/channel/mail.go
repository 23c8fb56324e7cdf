package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Mail is a mail.
const Mail Kind = "mail"

// The ways of Config.StartTLS.
const (
	Mandatory     = "mandatory"
	Opportunistic = "opportunistic"
)

var mailDriver = driver{kind: Mail, schemes: [2]string{"smtp", "smtps"}, startTLS: true, check: checkMail,
	open: func(c Config, transport http.RoundTripper, patience time.Duration) (Sender, error) {
		trusted, _ := transport.(*http.Transport)
		return newMailer(c, trusted, patience)
	}}

func checkMail(c Config, u *url.URL) error {
	from, err := netmail.ParseAddress(c.Sender)
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

// mailer hands mails to one server.
type mailer struct {
	config   Config
	host     string
	port     int
	implicit bool // TLS from the first byte
	domain   string
	tls      *tls.Config
	patience time.Duration
}

func newMailer(c Config, trusted *http.Transport, patience time.Duration) (*mailer, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("open channel: the address is not one")
	}
	from, err := netmail.ParseAddress(c.Sender)
	if err != nil {
		return nil, fmt.Errorf("open channel: sender: %w", err)
	}
	m := &mailer{config: c, host: u.Hostname(), port: 587, implicit: u.Scheme == "smtps", patience: patience}
	m.domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	m.tls = &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12}
	if trusted != nil && trusted.TLSClientConfig != nil {
		m.tls.RootCAs = trusted.TLSClientConfig.RootCAs
	}
	if m.implicit {
		m.port = 465
	}
	if port, err := strconv.Atoi(u.Port()); err == nil { // Check has seen it
		m.port = port
	}
	return m, nil
}

// Send implements Sender.
func (s *mailer) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if err := s.hand(ctx, msg); err != nil {
		return fmt.Errorf("send mail: %w", s.judge(ctx, m, err))
	}
	return nil
}

func (s *mailer) compose(m Message) (*mail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Address != m.To { // a name, a list or a comment beside the address
		return nil, fmt.Errorf("%w: not a mail address", ErrRefused)
	}
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
	if err := msg.From(s.config.Sender); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(url.QueryEscape(m.ID) + "@" + s.domain) // a colon may not stand there
	msg.SetGenHeader("Auto-Submitted", "auto-generated")              // no holiday notes in return
	msg.SetBodyString(mail.TypeTextPlain, strings.ReplaceAll(strings.ReplaceAll(m.Text, "\r\n", "\n"), "\n", "\r\n"))
	return msg, nil
}

// hand has the whole conversation on a connection of its own. It ends by cutting the connection and says QUIT only
// after success: any command after a half-written message would first end the message, and the server would deliver the
// half.
func (s *mailer) hand(ctx context.Context, msg *mail.Msg) error {
	ctx, cut := context.WithCancel(ctx)
	defer cut() // also where go-mail gives up and leaves the connection open
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = c.Close() }) // go-mail knows the context for dialing only
		if !s.implicit {
			return c, nil
		}
		secure := tls.Client(c, s.tls.Clone())
		if err := secure.HandshakeContext(dialing); err != nil {
			return nil, err
		}
		return secure, nil
	}
	policy := mail.TLSMandatory
	if s.implicit || s.config.StartTLS == Opportunistic {
		policy = mail.TLSOpportunistic
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(s.patience), mail.WithHELO(s.domain), mail.WithTLSPolicy(policy),
		mail.WithTLSConfig(s.tls.Clone()), mail.WithDialContextFunc(dial), mail.WithoutNoop(), mail.WithoutRset(),
	}
	if s.config.Key != "" {
		// without TLS it finds only ways that do not show the password
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(s.config.Key), mail.WithPassword(s.config.Secret))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	talk, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(talk, msg); err != nil {
		return err
	}
	_ = talk.UpdateDeadline(time.Second)
	_ = talk.Quit() // it is delivered
	return nil
}

// judge sorts an error by the reply of the server, or by how far the conversation had come without one.
func (s *mailer) judge(ctx context.Context, m Message, err error) error {
	code, dotted := 0, false
	var stage *mail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &stage):
		code, dotted = stage.ErrorCode(), stage.Reason == mail.ErrSMTPDataClose
	case errors.As(err, &reply):
		code = reply.Code
	}
	said := errors.New(hide(s.config, m, err.Error()))
	if ctx.Err() != nil {
		said = fmt.Errorf("%w: %w", ctx.Err(), said)
	}
	switch {
	case code >= 500:
		return fmt.Errorf("%w: %w", ErrRefused, said)
	case code == 0 && dotted:
		return fmt.Errorf("%w: %w", ErrUnsure, said)
	}
	return said
}
