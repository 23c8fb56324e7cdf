//go:build linux

package backup

import "syscall"

// flushDisks has the system write to its disks all that was written to files.
func flushDisks() { syscall.Sync() }
