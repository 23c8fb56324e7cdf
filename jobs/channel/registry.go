package channel

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// registry is every kind of channel. A new one is its file, its line here, and a migration that lets the table of
// channels hold it.
var registry = []driver{smsDriver, wecomDriver, dingtalkDriver, mailDriver}

// find returns the driver of a kind.
func find(kind Kind) (driver, bool) {
	i := slices.IndexFunc(registry, func(d driver) bool { return d.kind == kind })
	if i < 0 {
		return driver{}, false
	}
	return registry[i], true
}

// kinds lists the kinds in a Chinese sentence.
func kinds() string {
	names := make([]string, len(registry))
	for i, d := range registry {
		names[i] = string(d.kind)
	}
	last := len(names) - 1
	return strings.Join(names[:last], "、") + " 或 " + names[last]
}

// Check fails with one Chinese sentence that names the field.
func (c Config) Check() error {
	for _, f := range [][2]string{{"地址", c.URL}, {"账号", c.Key}, {"密钥", c.Secret}, {"发送方", c.Sender}, {"模板", c.Template}} {
		if !utf8.ValidString(f[1]) || strings.ContainsFunc(f[1], unicode.IsControl) {
			return fmt.Errorf("“%s”中有换行或不可见字符", f[0])
		}
	}
	d, ok := find(c.Kind)
	if !ok {
		return fmt.Errorf("“通道类型”只能是 %s", kinds())
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != d.schemes[0] && u.Scheme != d.schemes[1]:
		return fmt.Errorf("“地址”应以 %s:// 或 %s:// 开头", d.schemes[0], d.schemes[1])
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
	if !d.startTLS && c.StartTLS != "" {
		return errors.New("“加密方式”只用于邮件")
	}
	if d.check == nil {
		return nil
	}
	return d.check(c, u)
}

// patience is how long one exchange may last; a mail has it for the greeting and again for the message.
const patience = 10 * time.Second

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
	d, _ := find(c.Kind) // Check has found it
	return d.open(c, transport, patience)
}
