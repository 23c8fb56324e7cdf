//go:build failpoint

package backend

import (
	"os"
	"strings"
	"time"
)

// failpoint ends the process at the step named by ANJU_FAILPOINT, as kill -9 would: nothing is flushed or closed.
var failpoint = func(step string) {
	if step == os.Getenv("ANJU_FAILPOINT") {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {}
	}
}

// ClockShift sets the wall clock of this machine, and of a database on it, forward by the duration in the file that
// ANJU_CLOCK_SHIFT names, as a wrong time service would. libfaketime has no effect on a Go program.
var ClockShift = func() time.Duration {
	b, err := os.ReadFile(os.Getenv("ANJU_CLOCK_SHIFT"))
	if err != nil {
		return 0
	}
	d, _ := time.ParseDuration(strings.TrimSpace(string(b)))
	return d
}
