package channel

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

var letter = Message{ID: "notice:12:mail", To: "zhang@village.example", Subject: "办件提醒：䶮𠅤",
	Text: "第一行\n.\n..第三行\nFrom 李某"}

// post is a small mail server. A script answers a verb in another way: a reply, "hang" or "drop"; "." is the end of a
// message.
type post struct {
	script   map[string]string
	starttls bool
	implicit bool
	cert     tls.Certificate
	client   *http.Client // trusts the certificate
	addr     string
	release  chan struct{}

	mu    sync.Mutex
	verbs []string
	mails []string
	auth  string
}

func newPost(t *testing.T, p *post) *post {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	p.cert, p.client = web.TLS.Certificates[0], web.Client()
	web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr, p.release = l.Addr().String(), make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		close(p.release)
		serving.Wait()
	})
	return p
}

func (p *post) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	secure := &tls.Config{Certificates: []tls.Certificate{p.cert}}
	if p.implicit {
		c = tls.Server(c, secure)
	}
	r := bufio.NewReader(c)
	// say answers; false ends the conversation
	say := func(verb, usual string) bool {
		p.mu.Lock()
		p.verbs = append(p.verbs, verb)
		p.mu.Unlock()
		switch reply, ok := p.script[verb]; {
		case reply == "hang":
			<-p.release
			return false
		case reply == "drop":
			return false
		case ok:
			usual = reply
		}
		_, err := io.WriteString(c, strings.ReplaceAll(usual, "\n", "\r\n")+"\r\n")
		return err == nil
	}
	if !say("greet", "220 post.example") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb = strings.ToUpper(verb); verb {
		case "EHLO":
			hello := "250-post.example\n250-AUTH PLAIN LOGIN\n250 8BITMIME"
			if _, already := c.(*tls.Conn); p.starttls && !already {
				hello = "250-post.example\n250-STARTTLS\n250 8BITMIME"
			}
			if !say(verb, hello) {
				return
			}
		case "STARTTLS":
			if !say(verb, "220 go on") {
				return
			}
			c = tls.Server(c, secure)
			r = bufio.NewReader(c)
		case "AUTH":
			p.mu.Lock()
			p.auth = rest
			p.mu.Unlock()
			if !say(verb, "235 welcome") {
				return
			}
		case "DATA":
			if !say(verb, "354 go on") {
				return
			}
			if p.script[verb] != "" {
				continue
			}
			text, err := io.ReadAll(textproto.NewReader(r).DotReader())
			if err != nil {
				return
			}
			p.mu.Lock()
			p.mails = append(p.mails, string(text))
			p.mu.Unlock()
			if !say(".", "250 taken") {
				return
			}
		case "QUIT":
			say(verb, "221 bye")
			return
		default:
			if !say(verb, "250 ok") {
				return
			}
		}
	}
}

func (p *post) seen() (verbs string, mails []string, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.verbs, " "), append([]string(nil), p.mails...), p.auth
}

func (p *post) config() Config {
	scheme := "smtp"
	if p.implicit {
		scheme = "smtps"
	}
	c := Config{Kind: Mail, URL: scheme + "://" + p.addr, Sender: "某县农业农村局 <anju@county.example>"}
	if !p.implicit && !p.starttls {
		c.StartTLS = Opportunistic
	}
	return c
}

func TestMailArrivesAsWritten(t *testing.T) {
	for _, p := range []*post{{}, {starttls: true}, {implicit: true}} {
		p := newPost(t, p)
		name := fmt.Sprintf("starttls %t, smtps %t", p.starttls, p.implicit)
		c := p.config()
		if p.starttls || p.implicit {
			c.Key, c.Secret = "anju", "pässword"
		}
		s := mustOpen(t, c, p.client)
		for range 2 { // the same message again has the same id
			if err := s.Send(context.Background(), letter); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		verbs, mails, auth := p.seen()
		if len(mails) != 2 || !strings.HasSuffix(verbs, "DATA . QUIT") || strings.Contains(verbs, "STARTTLS") != p.starttls {
			t.Fatalf("%s: %d mails by %s", name, len(mails), verbs)
		}
		if c.Key != "" && auth != "PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00anju\x00pässword")) {
			t.Errorf("%s: logged in by %q", name, auth)
		}
		for _, text := range mails {
			m, err := netmail.ReadMessage(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			from, _ := m.Header.AddressList("From")
			if subject != letter.Subject || m.Header.Get("Message-Id") != "<notice%3A12%3Amail@county.example>" ||
				m.Header.Get("To") != "<"+letter.To+">" || len(from) != 1 || from[0].Name != "某县农业农村局" ||
				m.Header.Get("Bcc") != "" {
				t.Errorf("%s: %q under %v", name, subject, m.Header)
			}
			body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
			if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != letter.Text {
				t.Errorf("%s: the text became %q, %v", name, body, err)
			}
		}
	}
}

func TestMailReply(t *testing.T) {
	tests := []struct {
		name, verb, reply, want string
	}{
		{"closed", "greet", "554 no service", "refused"},
		{"busy", "greet", "421 later", "again"},
		{"no greeting", "greet", "hang", "again"},
		{"gone at once", "greet", "drop", "again"},
		{"not this sender", "MAIL", "550 no", "refused"},
		{"grey list", "RCPT", "450 later", "again"},
		{"no such person", "RCPT", "550 <zhang@village.example> unknown", "refused"},
		{"gone before the text", "RCPT", "drop", "again"},
		{"mute before the text", "DATA", "hang", "again"},
		{"text not wanted", "DATA", "554 no", "refused"},
		{"text not now", "DATA", "451 later", "again"},
		{"text refused", ".", "554 spam", "refused"},
		{"text refused for now", ".", "452 full", "again"},
		{"mute after the text", ".", "hang", "unsure"},
		{"gone after the text", ".", "drop", "unsure"},
		{"an odd reply to the text", ".", "299 perhaps", "unsure"},
		{"nonsense after the text", ".", "what?", "unsure"},
		{"mute at the end", "QUIT", "hang", "taken"},
		{"gone at the end", "QUIT", "drop", "taken"},
		{"rude at the end", "QUIT", "500 what", "taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, &post{script: map[string]string{tt.verb: tt.reply}})
			s, err := open(p.config(), nil, 400*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Send(context.Background(), letter)
			if outcome(err) != tt.want {
				t.Errorf("%s is %s, want %s: %v", tt.name, outcome(err), tt.want, err)
			}
			if err != nil && strings.Contains(err.Error(), letter.To) {
				t.Errorf("the receiver is in %v", err)
			}
		})
	}
}

func TestMailServerAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	s := mustOpen(t, Config{Kind: Mail, URL: "smtp://" + l.Addr().String(), Sender: "a@b.example"}, nil)
	if err := s.Send(context.Background(), letter); outcome(err) != "again" {
		t.Errorf("%s, %v", outcome(err), err)
	}
}

func TestMailContextEnds(t *testing.T) {
	for verb, want := range map[string]string{"greet": "again", "RCPT": "again", ".": "unsure"} {
		p := newPost(t, &post{script: map[string]string{verb: "hang"}})
		s, err := open(p.config(), nil, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		began := time.Now()
		if err := s.Send(ctx, letter); outcome(err) != want || time.Since(began) > 10*time.Second {
			t.Errorf("at %s: %s after %s, want %s: %v", verb, outcome(err), time.Since(began), want, err)
		}
		cancel()
	}
}

// TestMailHalfWritten sends more than the kernel's buffers hold to a server that stops reading. Whatever
// it reads afterwards has no end, so that it delivers nothing.
func TestMailHalfWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("bound by the clock")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	stopped, rest := make(chan struct{}), make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			rest <- err
			return
		}
		defer func() { _ = c.Close() }()
		r := bufio.NewReader(c)
		for _, reply := range []string{"220 x", "250 x", "250 ok", "250 ok", "354 go on"} {
			_, _ = io.WriteString(c, reply+"\r\n")
			if reply != "354 go on" {
				_, _ = r.ReadString('\n')
			}
		}
		<-stopped
		_, err = io.ReadAll(textproto.NewReader(r).DotReader())
		rest <- err
	}()
	s, err := open(Config{Kind: Mail, URL: "smtp://" + l.Addr().String(), Sender: "a@b.example",
		StartTLS: Opportunistic}, nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	long := letter
	long.Text = strings.Repeat("长", 10<<20)
	err = s.Send(context.Background(), long)
	close(stopped)
	if outcome(err) != "again" {
		t.Errorf("%s, %v", outcome(err), err)
	}
	if err := <-rest; err == nil {
		t.Error("the half of a mail was ended properly")
	}
}

func TestMailNeedsTLS(t *testing.T) {
	tests := []struct {
		name   string
		post   *post
		change func(c *Config, client **http.Client)
	}{
		{"no STARTTLS where it must be", &post{}, func(c *Config, _ **http.Client) { c.StartTLS = Mandatory }},
		{"nothing said means it must be", &post{}, func(c *Config, _ **http.Client) { c.StartTLS = "" }},
		{"a password without TLS", &post{}, func(c *Config, _ **http.Client) { c.Key, c.Secret = "anju", "password" }},
		{"an unknown certificate", &post{starttls: true}, func(_ *Config, client **http.Client) { *client = nil }},
		{"an unknown certificate where TLS may be", &post{starttls: true}, func(c *Config, client **http.Client) {
			*client,
				c.StartTLS = nil, Opportunistic
		}},
		{"an unknown certificate of smtps", &post{implicit: true}, func(_ *Config, client **http.Client) { *client = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPost(t, tt.post)
			c, client := p.config(), p.client
			tt.change(&c, &client)
			err := mustOpen(t, c, client).Send(context.Background(), letter)
			verbs, mails, auth := p.seen()
			if outcome(err) != "again" || len(mails) > 0 || auth != "" || strings.Contains(verbs, "MAIL") {
				t.Errorf("%s: %v after %s, %q", outcome(err), err, verbs, auth)
			}
		})
	}
	p := newPost(t, &post{starttls: true, script: map[string]string{"AUTH": "535 wrong password"}})
	c := p.config()
	c.Key, c.Secret = "anju", "password"
	if err := mustOpen(t, c, p.client).Send(context.Background(), letter); outcome(err) != "refused" {
		t.Errorf("a wrong password: %s, %v", outcome(err), err)
	}
}

func TestMailRefusesMessage(t *testing.T) {
	p := newPost(t, &post{})
	s := mustOpen(t, p.config(), nil)
	try := map[string]Message{}
	for name, m := range unsendable {
		m.To = strings.Replace(m.To, "13800000001", "a@b.example", 1)
		try[name] = m
	}
	for _, to := range []string{"", "13800000001", "a@b.example, c@d.example", "张某 <a@b.example>", "<a@b.example>",
		"a@b.example (x)", "a b@c.example"} {
		try["to "+to] = Message{ID: "1", To: to, Text: "x"}
	}
	for name, m := range try {
		if err := s.Send(context.Background(), m); outcome(err) != "refused" {
			t.Errorf("%s: %s, %v", name, outcome(err), err)
		}
	}
	if verbs, _, _ := p.seen(); verbs != "" {
		t.Errorf("the server was asked: %s", verbs)
	}
}
