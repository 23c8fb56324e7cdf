package db

import (
	"net"
	"time"
)

// userTimeout is how long what was sent may stay without an acknowledgement before the connection is broken.
const userTimeout = 10 * time.Second

// dialer finds out on the side of the program, in about ten seconds, that the machine of the database is gone.
var dialer = net.Dialer{Timeout: 5 * time.Second, Control: limitUnacknowledged(userTimeout),
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}}
