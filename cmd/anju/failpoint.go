//go:build !failpoint

package main

import "time"

// failpoint is for builds that test crashes only; see failpoint_on.go.
var failpoint func(step string)

// shifted is what a test of clocks sets this machine's wall clock forward by; see failpoint_on.go. nil: not at all.
var shifted func() time.Duration
