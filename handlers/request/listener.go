package request

import (
	"net"
	"net/netip"
	"sync"
)

// ConnectionsMost is how many connections one address may hold at a time. Browsers open six; a town hall behind one
// address has some dozens of them.
const ConnectionsMost = 512

// Bounded limits the connections of a listener by the address of the peer: what exceeds the limit is closed at once.
// Proxies in trusted speak for many people and are not limited.
func Bounded(l net.Listener, trusted []netip.Prefix) net.Listener {
	return &bounded{Listener: l, trusted: trusted, open: map[netip.Addr]int{}}
}

type bounded struct {
	net.Listener
	trusted []netip.Prefix

	mu   sync.Mutex
	open map[netip.Addr]int // holds the addresses that have a connection now, no others
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, ok := peerOf(c.RemoteAddr())
		if !ok || Contains(b.trusted, peer) {
			return c, nil
		}
		if b.enter(peer) {
			return &countedConn{Conn: c, leave: sync.OnceFunc(func() { b.leave(peer) })}, nil
		}
		_ = c.Close() // a refused connection has nothing to lose
	}
}

func (b *bounded) enter(peer netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[peer] >= ConnectionsMost {
		return false
	}
	b.open[peer]++
	return true
}

func (b *bounded) leave(peer netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[peer]--; b.open[peer] <= 0 {
		delete(b.open, peer)
	}
}

// countedConn is a connection that counts until it is closed.
type countedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
