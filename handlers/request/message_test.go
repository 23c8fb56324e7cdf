package request

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"anju/handlers/problem"
)

// A body must keep coming: ten seconds for a pause, and half of what a line of 64 kbit/s carries on the whole (abuse 30).
func TestSlowBodiesAreCut(t *testing.T) {
	near := func(name string, got, want time.Time) {
		t.Helper()
		if d := got.Sub(want).Abs(); d > 5*time.Second {
			t.Errorf("%s: the next byte is awaited until %s, want %s", name, got, want)
		}
	}
	var deadline time.Time
	body := func(began time.Time, read int64, in io.Reader) *pacedBody {
		return &pacedBody{deadline: func(at time.Time) error { deadline = at; return nil }, in: in, began: began, read: read, most: 1 << 20, length: 1 << 20}
	}
	now := time.Now()
	_, _ = body(now, 0, strings.NewReader("x")).Read(make([]byte, 1))
	near("at the beginning", deadline, now.Add(10*time.Second))
	_, _ = body(now.Add(-30*time.Second), 240<<10, strings.NewReader("x")).Read(make([]byte, 1))
	near("240 KB in 30 seconds, as on a line of 64 kbit/s", deadline, now.Add(10*time.Second))
	_, _ = body(now.Add(-60*time.Second), 60, strings.NewReader("x")).Read(make([]byte, 1))
	if !deadline.Before(now) {
		t.Errorf("a byte a second: awaited until %s", deadline)
	}

	server, client := net.Pipe()
	defer func() { _, _ = server.Close(), client.Close() }()
	slow := &pacedBody{deadline: server.SetReadDeadline, in: server, began: now.Add(-time.Minute), most: 100, length: 50}
	for range 2 {
		if _, err := slow.Read(make([]byte, 1)); !errors.Is(err, errSlow) {
			t.Errorf("a body that has stopped: %v", err)
		}
	}
	if b, err := io.ReadAll(body(now, 0, strings.NewReader("cut off"))); !errors.Is(err, errCutOff) || string(b) != "cut off" {
		t.Errorf("a body that ends early: %q %v", b, err)
	}
	if _, err := io.ReadAll(&pacedBody{deadline: server.SetReadDeadline, in: strings.NewReader("too long"), began: now, most: 7, length: -1}); !errors.Is(err, problem.ErrTooLarge) {
		t.Errorf("a body over its limit: %v", err)
	}
}
