//go:build !linux

package clock

import "time"

// sinceBoot is not known. Windows counts sleep in Go's monotonic clock.
func sinceBoot() (time.Duration, string) { return 0, "" }
