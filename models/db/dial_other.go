//go:build !linux

package db

import (
	"syscall"
	"time"
)

// limitUnacknowledged does nothing where the system has no such setting: keepalives find the loss of an idle
// connection, the deadline of the request that of a busy one.
func limitUnacknowledged(time.Duration) func(string, string, syscall.RawConn) error { return nil }
