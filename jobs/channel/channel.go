package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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

// Kind says what a channel speaks; each stands in the file of its channel.
type Kind string

// Config is one office's channel as an administrator wrote it. URL may hold a token and Secret is one; they are stored
// sealed.
type Config struct {
	Kind     Kind   `json:"kind"`
	URL      string `json:"url"`                // http or https; for a mail smtp://host:587 or smtps://host:465
	Key      string `json:"key,omitempty"`      // who we are to the gateway, or the login of the mail server
	Secret   string `json:"secret,omitempty"`   // the key of the signature, or the password of the mail server
	Sender   string `json:"sender,omitempty"`   // the signature of a short message, or the address a mail comes from
	Template string `json:"template,omitempty"` // of a short message
	StartTLS string `json:"starttls,omitempty"` // mail only: mandatory (as when empty) or opportunistic
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
// no one. Subject is for mail only.
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
	case strings.ContainsFunc(m.Text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t",
			r)
	}):
		return fmt.Errorf("%w: a control character in the text", ErrRefused)
	}
	return nil
}

func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// ascii is true for visible characters without a space.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// driver is what one kind of channel brings with it.
type driver struct {
	kind     Kind
	schemes  [2]string                              // of the address
	startTLS bool                                   // Config.StartTLS may be given
	check    func(c Config, address *url.URL) error // what is its own of Config.Check; nil: nothing
	// open makes a sender; it never dials. The transport verifies certificates.
	open func(c Config, transport http.RoundTripper, patience time.Duration) (Sender, error)
}

// web are the schemes of a channel that is posted to.
var web = [2]string{"http", "https"}

// Sender sends over one channel. It may be used by many at once.
type Sender interface {
	// Send returns when the other side has taken the message, or with one of the errors of the package.
	Send(ctx context.Context, m Message) error
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
