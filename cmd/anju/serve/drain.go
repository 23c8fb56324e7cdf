package serve

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// How long a server that is told to stop goes on accepting: connections on which requests come learn from an answer
// that they are closed, then those that the kernel has taken already are answered too.
const (
	drainQuiet  = 150 * time.Millisecond // without a connection or a request: no one is coming
	drainAnswer = time.Second            // at most, answering what comes
	drainEmpty  = time.Second            // at most, for connections on which nothing has come yet
)

// drainer is a listener that can be emptied before it is closed: closing one with connections in its queue resets them.
type drainer struct {
	net.Listener
	stopping atomic.Bool
	last     atomic.Int64 // when a connection or a part of a request came; nanoseconds since 1970
	silent   atomic.Int64 // open connections on which nothing has come
}

// listenPlain listens with TCP of one path: a listener of several, Go's default, takes no filter; see
// refuseConnections.
func listenPlain(address string) (net.Listener, error) {
	var c net.ListenConfig
	c.SetMultipathTCP(false)
	return c.Listen(context.Background(), "tcp", address)
}

// Accept implements net.Listener.
func (d *drainer) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.last.Store(time.Now().UnixNano())
	d.silent.Add(1)
	return &drainedConn{Conn: c, d: d}, nil
}

// drainedConn tells its drainer when something comes.
type drainedConn struct {
	net.Conn
	d     *drainer
	spoke sync.Once
}

// Read implements net.Conn.
func (c *drainedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.d.last.Store(time.Now().UnixNano())
		c.spoke.Do(func() { c.d.silent.Add(-1) })
	}
	return n, err
}

// Close implements net.Conn.
func (c *drainedConn) Close() error {
	c.spoke.Do(func() { c.d.silent.Add(-1) })
	return c.Conn.Close()
}

// drain lets the server answer what was sent to it, refusing what is new, until nothing comes; then it can be closed.
func (d *drainer) drain() {
	d.stopping.Store(true)
	d.last.Store(time.Now().UnixNano())
	d.until(drainAnswer, d.quiet)
	refuseConnections(d.Listener)
	d.last.Store(time.Now().UnixNano())
	d.until(drainEmpty, func() bool { return d.silent.Load() == 0 && d.quiet() })
}

func (d *drainer) quiet() bool { return time.Since(time.Unix(0, d.last.Load())) >= drainQuiet }

func (d *drainer) until(limit time.Duration, done func() bool) {
	for end := time.Now().Add(limit); time.Now().Before(end) && !done(); {
		time.Sleep(10 * time.Millisecond)
	}
}
