package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// cut says where a proxy breaks the next connection that commits a marked transaction.
type cut int

const (
	cutNever  cut = iota
	cutBefore     // the COMMIT does not reach the server
	cutAfter      // the COMMIT is done and its answer does not reach the client
	cutAway       // as cutAfter; every connection breaks and none is taken until mend
)

// proxy stands between a program and PostgreSQL and breaks connections around a COMMIT. Only transactions that carry
// its mark among their values are cut: what runs beside them is left alone.
type proxy struct {
	l      net.Listener
	server string

	mu   sync.Mutex
	mark []byte
	next cut
	away bool
	cuts int
	open map[net.Conn]bool // of clients
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, server: server, open: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// arm breaks the next connection that commits a transaction with the mark.
func (p *proxy) arm(mark string, at cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mark, p.next = []byte(mark), at
}

func (p *proxy) mend() { p.mu.Lock(); defer p.mu.Unlock(); p.away = false }

func (p *proxy) count() int { p.mu.Lock(); defer p.mu.Unlock(); return p.cuts }

func (p *proxy) marked(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next != cutNever && bytes.Contains(b, p.mark)
}

// fire takes the armed cut on a connection.
func (p *proxy) fire(on net.Conn) cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.next
	p.next = cutNever
	if at != cutNever {
		p.cuts++
	}
	if at == cutAway {
		p.away = true
		for c := range p.open {
			if c != on {
				_ = c.Close()
			}
		}
	}
	return at
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	p.mu.Lock()
	away := p.away
	p.open[client] = true
	p.mu.Unlock()
	defer func() { p.mu.Lock(); delete(p.open, client); p.mu.Unlock() }()
	if away {
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	mute := make(chan struct{})
	go func() {
		defer func() { _ = client.Close(); _ = server.Close() }()
		answers(client, server, mute)
	}()
	p.requests(client, server, mute)
}

// answers hands on what the server says; once mute, it waits until the COMMIT is answered and ends.
func answers(client io.Writer, server io.Reader, mute <-chan struct{}) {
	b := make([]byte, 64<<10)
	var kept []byte
	for {
		n, err := server.Read(b)
		if err != nil {
			return
		}
		select {
		case <-mute:
			if kept = append(kept, b[:n]...); bytes.Contains(kept, []byte("COMMIT\x00")) {
				return
			}
		default:
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	}
}

// requests hands on what the client asks, message by message, and cuts at the COMMIT of a marked transaction.
func (p *proxy) requests(client net.Conn, server io.Writer, mute chan struct{}) {
	names := map[string]string{} // of prepared statements
	marked, started := false, false
	for {
		head := make([]byte, 5)
		if !started { // the first message has no type
			if _, err := io.ReadFull(client, head[1:]); err != nil {
				return
			}
		} else if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		message := append(head, body...)
		if !started {
			started, message = true, message[1:]
		} else {
			marked = marked || p.marked(body)
			if ends(head[0], body, names) {
				if marked {
					switch p.fire(client) {
					case cutBefore:
						return
					case cutAfter, cutAway:
						close(mute)
						_, _ = server.Write(message)
						_, _ = io.Copy(server, client) // the rest of the batch; it ends when answers does
						return
					}
				}
				marked = false
			}
		}
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// ends tells whether a message commits: a query, or the binding of a statement that was prepared for it.
func ends(kind byte, body []byte, names map[string]string) bool {
	text := func() string {
		s, rest, _ := bytes.Cut(body, []byte{0})
		body = rest
		return string(s)
	}
	switch kind {
	case 'Q':
		return strings.EqualFold(text(), "commit")
	case 'P':
		name := text()
		names[name] = text()
	case 'B':
		_ = text() // the portal
		return strings.EqualFold(names[text()], "commit")
	}
	return false
}
