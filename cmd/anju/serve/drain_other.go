//go:build !linux

package serve

import "net"

// refuseConnections does nothing where the system has no way to empty the queue of a listener: a connection that comes
// in the instant of the close is reset.
func refuseConnections(net.Listener) {}
