//go:build !failpoint

package backend

import "time"

// failpoint is for builds that test crashes only; see failpoint_on.go.
var failpoint func(step string)

// ClockShift is what a test of clocks sets this machine's wall clock forward by; see failpoint_on.go. nil: not at all.
var ClockShift func() time.Duration
