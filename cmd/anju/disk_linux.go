//go:build linux

package main

import "syscall"

// freeBytes is the room that this user has left in a folder; below zero: not known.
func freeBytes(folder string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// flushDisks has the system write to its disks all that was written to files.
func flushDisks() { syscall.Sync() }
