package backend

import (
	"time"

	"anju/models/clock"
)

// Wall is the wall clock of this machine.
func Wall() time.Time { return ReadClocks().Wall }

// ReadClocks reads the clocks of this machine; a test may shift the wall clock.
func ReadClocks() clock.Reading {
	r := clock.Read()
	if ClockShift != nil {
		r.Wall = r.Wall.Add(ClockShift())
	}
	return r
}
