package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// listening serves an application on a loopback port of its own and gives the address.
func listening(t *testing.T, web *fiber.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- web.Listener(Bounded(l, nil)) }()
	t.Cleanup(func() {
		if err := web.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		<-done
	})
	return l.Addr().String()
}

// sendRaw writes bytes to an address as they are, and gives the status codes of all answers and whether the server closed
// the connection.
func sendRaw(t *testing.T, addr, raw string) (statuses []int, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
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
			if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func asNetError(err error, as *net.Error) bool {
	n, ok := err.(net.Error)
	if ok {
		*as = n
	}
	return ok
}

// Requests that two servers may read differently are refused, and what is hidden behind them is never answered (RFC 9112
// §2.2, §3.2, §5.1, §5.2, §6.1, §6.3, §7.1).
func TestMalformedRequestsAreRefused(t *testing.T) {
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
		{"a fragment in the path", "GET /help#x HTTP/1.1\r\n" + host + "\r\n"},
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
