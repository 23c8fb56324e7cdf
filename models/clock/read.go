package clock

import (
	"crypto/rand"
	"time"
)

var (
	began   = time.Now() //nolint:forbidigo // this is the clock that others are told
	process = rand.Text()
)

// Read reads the clocks of this machine. Where the system does not tell one boot from another, the start of this
// process stands for the boot.
func Read() Reading {
	steady, boot := sinceBoot()
	if boot == "" {
		steady, boot = time.Since(began), process
	}
	return Reading{Wall: time.Now().Round(0), Steady: steady, Boot: boot} //nolint:forbidigo // as above
}
