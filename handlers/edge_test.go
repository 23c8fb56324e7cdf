package handlers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/models/modelstest"
)

// listening serves an application on a loopback port of its own and gives the address.
func listening(t *testing.T, web *fiber.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- web.Listener(request.Bounded(l, nil)) }()
	t.Cleanup(func() {
		if err := web.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// sendRaw writes bytes to an address as they are, and gives the status codes of all answers and whether the server closed
// the connection.
func sendRaw(t *testing.T, addr, raw string) (statuses []int, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil, false
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Error(err)
	}
	_, _ = io.WriteString(c, raw) // the server may have closed already
	in := bufio.NewReader(c)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			var late net.Error
			return statuses, !asNetError(err, &late) || !late.Timeout()
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		statuses = append(statuses, res.StatusCode)
		if len(statuses) == 1 { // what comes after the first answer comes at once
			if err := c.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
				t.Error(err)
			}
		}
	}
}

func asNetError(err error, as *net.Error) bool { return errors.As(err, as) }

// Requests that two servers may read differently are refused, and what is hidden behind them is never answered (RFC 9112
// §2.2, §3.2, §5.1, §5.2, §6.1, §6.3, §7.1).
func TestMalformedRequestsAreRefused(t *testing.T) {
	modelstest.Slow(t)
	addr := listening(t, bare(t))
	const host = "Host: a.example\r\n"
	const hidden = "GET /help HTTP/1.1\r\n" + host + "\r\n"
	post := "POST /display HTTP/1.1\r\n" + host + "Content-Type: application/x-www-form-urlencoded\r\n"
	tests := []struct{ name, raw string }{
		{"two Host headers", "GET /help HTTP/1.1\r\n" + host + "Host: b.example\r\n\r\n"},
		{"the same Host twice", "GET /help HTTP/1.1\r\n" + host + host + "\r\n"},
		{"no Host", "GET /help HTTP/1.1\r\n\r\n"},
		{"an empty Host", "GET /help HTTP/1.1\r\nHost:\r\n\r\n"},
		{"Host with a path", "GET /help HTTP/1.1\r\nHost: a.example/x\r\n\r\n"},
		{"Host with a user", "GET /help HTTP/1.1\r\nHost: me@a.example\r\n\r\n"},
		{"Host with a blank", "GET /help HTTP/1.1\r\nHost: a.example b\r\n\r\n"},
		{"Host with a comma", "GET /help HTTP/1.1\r\nHost: a.example,b.example\r\n\r\n"},
		{"a blank before the colon of Host", "GET /help HTTP/1.1\r\nHost : a.example\r\n\r\n"},
		{"a blank before a colon", "GET /help HTTP/1.1\r\n" + host + "X-Y : 1\r\n\r\n"},
		{"a tab before a colon", "GET /help HTTP/1.1\r\n" + host + "X-Y\t: 1\r\n\r\n"},
		{"a header without a colon", "GET /help HTTP/1.1\r\n" + host + "X-Y\r\n\r\n"},
		{"a header without a name", "GET /help HTTP/1.1\r\n" + host + ": 1\r\n\r\n"},
		{"a header name with a control character", "GET /help HTTP/1.1\r\n" + host + "X\x01Y: 1\r\n\r\n"},
		{"a header name outside ASCII", "GET /help HTTP/1.1\r\n" + host + "X-头: 1\r\n\r\n"},
		{"a header name with a bracket", "GET /help HTTP/1.1\r\n" + host + "X(Y): 1\r\n\r\n"},
		{"a folded header", "GET /help HTTP/1.1\r\n" + host + "X-Y: 1\r\n 2\r\n\r\n"},
		{"a folded Content-Length", post + "Content-Length:\r\n 3\r\n\r\nbig"},
		{"a blank line's first header", "GET /help HTTP/1.1\r\n X-Y: 1\r\n" + host + "\r\n"},
		{"NUL in a header", "GET /help HTTP/1.1\r\n" + host + "X-Y: a\x00b\r\n\r\n"},
		{"CR in a header", "GET /help HTTP/1.1\r\n" + host + "X-Y: a\rb\r\n\r\n"},
		{"a control character in a header", "GET /help HTTP/1.1\r\n" + host + "X-Y: a\x08b\r\n\r\n"},
		{"CR only", "GET /help HTTP/1.1\rHost: a.example\r\r"},
		{"LF only", "GET /help HTTP/1.1\nHost: a.example\n\n"},
		{"LF in one header", "GET /help HTTP/1.1\r\n" + host + "X-Y: 1\nX-Z: 2\r\n\r\n"},
		{"Content-Length and chunked", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
		{"chunked and Content-Length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden},
		{"two different Content-Lengths", post + "Content-Length: 3\r\nContent-Length: 6\r\n\r\nbig=10" + hidden},
		{"two Content-Lengths in one", post + "Content-Length: 3, 3\r\n\r\nbig" + hidden},
		{"a negative Content-Length", post + "Content-Length: -1\r\n\r\n" + hidden},
		{"a signed Content-Length", post + "Content-Length: +5\r\n\r\nbig=1" + hidden},
		{"a huge Content-Length", post + "Content-Length: 99999999999999999999\r\n\r\nbig=1"},
		{"a Content-Length in hexadecimal", post + "Content-Length: 0x5\r\n\r\nbig=1" + hidden},
		{"an empty Content-Length", post + "Content-Length:\r\n\r\n" + hidden},
		{"a Content-Length with a blank", post + "Content-Length: 1 2\r\n\r\nbig=1"},
		{"a chunk size that is no number", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nbig=1\r\n0\r\n\r\n" + hidden},
		{"a negative chunk size", post + "Transfer-Encoding: chunked\r\n\r\n-5\r\nbig=1\r\n0\r\n\r\n" + hidden},
		{"a huge chunk size", post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nbig=1\r\n0\r\n\r\n" + hidden},
		{"a chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nbig=10\r\n\r\n" + hidden},
		{"a chunk size ended by LF", post + "Transfer-Encoding: chunked\r\n\r\n5\nbig=1\r\n0\r\n\r\n" + hidden},
		{"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + hidden},
		{"chunked in two headers", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden},
		{"an unknown coding", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden},
		{"gzip, then chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden},
		{"chunked with a vertical tab", post + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + hidden},
		{"chunked in HTTP/1.0", "POST /display HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
		{"a method that is unknown", "BREW /help HTTP/1.1\r\n" + host + "\r\n"},
		{"a method in small letters", "get /help HTTP/1.1\r\n" + host + "\r\n"},
		{"a method with a bracket", "G(T /help HTTP/1.1\r\n" + host + "\r\n"},
		{"a blank before the method", " GET /help HTTP/1.1\r\n" + host + "\r\n"},
		{"two blanks after the method", "GET  /help HTTP/1.1\r\n" + host + "\r\n"},
		{"a tab after the method", "GET\t/help HTTP/1.1\r\n" + host + "\r\n"},
		{"a blank in the address", "GET /help me HTTP/1.1\r\n" + host + "\r\n"},
		{"HTTP/0.9", "GET /help\r\n\r\n"},
		{"HTTP/1.2", "GET /help HTTP/1.2\r\n" + host + "\r\n"},
		{"HTTP/2.0", "GET /help HTTP/2.0\r\n" + host + "\r\n"},
		{"HTTP/3.0", "GET /help HTTP/3.0\r\n" + host + "\r\n"},
		{"http in small letters", "GET /help http/1.1\r\n" + host + "\r\n"},
		{"an address with another host", "GET http://b.example/help HTTP/1.1\r\n" + host + "\r\n"},
		{"an address with another scheme", "GET ftp://a.example/help HTTP/1.1\r\n" + host + "\r\n"},
		{"an address without a slash", "GET help HTTP/1.1\r\n" + host + "\r\n"},
		{"CONNECT", "CONNECT a.example:443 HTTP/1.1\r\n" + host + "\r\n"},
		{"a header of 20 KB", "GET /help HTTP/1.1\r\n" + host + "X-Y: " + strings.Repeat("a", 20<<10) + "\r\n\r\n"},
		{"an address of 20 KB", "GET /help?" + strings.Repeat("a", 20<<10) + " HTTP/1.1\r\n" + host + "\r\n"},
		{"500 headers", "GET /help HTTP/1.1\r\n" + host + strings.Repeat("X-Y: 1\r\n", 500) + "\r\n"},
		{"a percent sign alone in the path", "GET /help% HTTP/1.1\r\n" + host + "\r\n"},
		{"a bad percent in the path", "GET /he%zzlp HTTP/1.1\r\n" + host + "\r\n"},
		{"a path that is no UTF-8", "GET /help%ff HTTP/1.1\r\n" + host + "\r\n"},
		{"a raw byte in the path", "GET /help\xff HTTP/1.1\r\n" + host + "\r\n"},
		{"NUL in the path", "GET /help%00 HTTP/1.1\r\n" + host + "\r\n"},
		{"a line break in the path", "GET /help%0d%0aX-Y:%201 HTTP/1.1\r\n" + host + "\r\n"},
		{"garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			statuses, closed := sendRaw(t, addr, tt.raw)
			if len(statuses) > 1 || len(statuses) == 1 && (statuses[0] < 400 || statuses[0] >= 500) {
				t.Errorf("answered with %v", statuses)
			}
			if len(statuses) == 0 && !closed {
				t.Error("neither refused nor closed")
			}
		})
	}
	whole := "GET http://a.example/help HTTP/1.1\r\n" + host + "\r\n" + post + "Transfer-Encoding: chunked\r\n\r\n5\r\nbig=1\r\n0\r\n\r\n" + hidden
	if statuses, _ := sendRaw(t, addr, whole); fmt.Sprint(statuses) != "[200 303 200]" {
		t.Errorf("a whole address, a chunked body and one more: %v", statuses)
	}
	if statuses, _ := sendRaw(t, addr, hidden+hidden); fmt.Sprint(statuses) != "[200 200]" {
		t.Errorf("two well-formed requests on one connection: %v", statuses)
	}
}

// What a request may send depends on its route and on who sends it, and is judged before the body is read (security M7).
func TestBodiesByRouteAndSender(t *testing.T) {
	o := newOutside(t)
	addr := listening(t, o.web)
	counter, group := o.as(t, "counter"), o.as(t, "group")
	id := draft(t, counter)
	materials := request.APIRoot + "/cases/" + id + "/materials"
	const form = "multipart/form-data; boundary=b"
	begun := strings.Repeat(" ", 9<<10) // what the server waits for before it judges
	tests := []struct {
		name, path, kind, token string
		length                  int
		want                    int
	}{
		{"a stranger's login of 2 MB", "/login", "application/x-www-form-urlencoded", "", 2 << 20, 413},
		{"a stranger's JSON of 2 MB", request.APIRoot + "/sessions", "application/json", "", 2 << 20, 413},
		{"a stranger's scan", materials, form, "", 2 << 20, 401},
		{"a stranger's scan on the page", "/cases/" + id + "/materials", form, "", 2 << 20, 303},
		{"the scan of a session that is none", materials, form, "x" + counter.token, 2 << 20, 401},
		{"the scan of another office", materials, form, group.token, 2 << 20, 403},
		{"the scan of another township", materials, form, o.as(t, "counter2").token, 2 << 20, 404},
		{"the scan of an administrator", materials, form, o.as(t, "admin").token, 2 << 20, 403},
		{"a scan for no case", request.APIRoot + "/cases/x/materials", form, counter.token, 2 << 20, 400},
		{"a scan for a case that is not there", request.APIRoot + "/cases/999999/materials", form, counter.token, 2 << 20, 404},
		{"an officer's scan of 22 MB", materials, form, counter.token, 22 << 20, 413},
		{"an officer's JSON of 2 MB where scans go", materials, "application/json", counter.token, 2 << 20, 413},
		{"an officer's JSON of 2 MB", request.APIRoot + "/cases", "application/json", counter.token, 2 << 20, 413},
		{"an officer's piece of 2 MB", "/uploads", form, counter.token, 2 << 20, 413},
	}
	var all sync.WaitGroup // each refusal reads on for a moment
	for _, tt := range tests {
		raw := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a.example\r\nContent-Type: %s\r\nContent-Length: %d\r\n", tt.path, tt.kind, tt.length)
		if tt.token != "" {
			raw += "Authorization: Bearer " + tt.token + "\r\n"
		}
		all.Go(func() {
			statuses, closed := sendRaw(t, addr, raw+"\r\n"+begun)
			if fmt.Sprint(statuses) != fmt.Sprintf("[%d]", tt.want) || !closed {
				t.Errorf("%s is answered with %v, closed: %t; want %d and closed", tt.name, statuses, closed, tt.want)
			}
		})
	}
	all.Wait()
	chunks := "POST /login HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 64<<10)+"\r\n", 17) + "0\r\n\r\n"
	if statuses, closed := sendRaw(t, addr, chunks); fmt.Sprint(statuses) != "[413]" || !closed {
		t.Errorf("a chunked body over 1 MB is answered with %v", statuses)
	}
	kept, err := filepath.Glob(filepath.Join(o.dir, "*", "*"))
	if err != nil || len(kept) > 0 {
		t.Errorf("what was refused is kept: %v %v", kept, err)
	}
	if s, m := counter.upload(materials, "HP01", "a.png", smallPNG); s != 201 {
		t.Errorf("a scan by who may: %d %v", s, m)
	}
}

// addressed is a connection from an address; it is never used.
type addressed struct {
	net.Conn
	from   string
	closed chan struct{}
}

func (a *addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(a.from), 4000))
}

func (a *addressed) Close() error { close(a.closed); return nil }

type dialed struct {
	net.Listener
	conns chan net.Conn
}

func (d dialed) Accept() (net.Conn, error) { return <-d.conns, nil }

// One address holds 512 connections at most, a trusted proxy as many as it needs.
func TestConnectionsOfAnAddressAreBounded(t *testing.T) {
	d := dialed{conns: make(chan net.Conn, 2)}
	l := request.Bounded(d, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	enter := func(from string) net.Conn {
		t.Helper()
		d.conns <- &addressed{from: from, closed: make(chan struct{})}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for range 2 * request.ConnectionsMost {
		enter("10.0.0.1")
	}
	var first net.Conn
	for i := range request.ConnectionsMost {
		if c := enter("192.0.2.1"); i == 0 {
			first = c
		}
	}
	over := &addressed{from: "192.0.2.1", closed: make(chan struct{})}
	d.conns <- over
	if c := enter("192.0.2.2"); c.RemoteAddr().String() != "192.0.2.2:4000" {
		t.Errorf("%s was let in", c.RemoteAddr())
	}
	select {
	case <-over.closed:
	default:
		t.Error("what is too many stays open")
	}
	_ = first.Close()
	if c := enter("192.0.2.1"); c.RemoteAddr().String() != "192.0.2.1:4000" {
		t.Error("a connection that ended still counts")
	}
}

// Only the demo believes the Host of a request: elsewhere links and papers carry the address that is set.
func TestAddressesOnPapersAreNotTakenFromTheRequest(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{BaseURL: "https://anju.example"}, "https://anju.example"},
		{Config{BaseURL: "https://anju.example", Demo: &request.Demo{}}, "https://anju.example"},
		{Config{Demo: &request.Demo{}}, "http://evil.example"},
		{Config{}, ""},
	} {
		gate := request.NewGate(request.Settings{BaseURL: tt.cfg.BaseURL, Demo: tt.cfg.Demo}, nil)
		web := fiber.New()
		web.Get("/", func(c *fiber.Ctx) error { return c.SendString(gate.Base(c)) })
		req := httptest.NewRequest("GET", "/", nil)
		req.Host = "evil.example"
		res, err := web.Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		if string(b) != tt.want {
			t.Errorf("%+v gives %s, want %s", tt.cfg, b, tt.want)
		}
	}
}

// The files of a paper are bounded in number and in pixels before one of them is unpacked (security M6).
func TestFilesOfAPaperAreBounded(t *testing.T) {
	files := func(n int, body []byte) []intake.PageFile {
		return slices.Repeat([]intake.PageFile{{Name: "a.png", Body: body}}, n)
	}
	for _, tt := range []struct {
		name  string
		files []intake.PageFile
		want  error
	}{
		{"forty small ones", files(40, smallPNG), nil},
		{"forty-one", files(41, smallPNG), intake.ErrFilesMany},
		{"one of 60 million pixels", files(1, resized(smallPNG, 10000, 6000)), nil},
		{"one of 61 million", files(1, resized(smallPNG, 10000, 6100)), intake.ErrFileLarge},
		{"one that is too wide", files(1, resized(smallPNG, 12001, 1)), intake.ErrFileLarge},
		{"four of 50 million", files(4, resized(smallPNG, 10000, 5000)), nil},
		{"five of 50 million", files(5, resized(smallPNG, 10000, 5000)), intake.ErrFilesLarge},
		{"a document", files(1, []byte("%PDF-1.4")), nil},
	} {
		if got := intake.Bearable(tt.files); !errors.Is(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
