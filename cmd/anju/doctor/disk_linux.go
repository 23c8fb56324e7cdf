//go:build linux

package doctor

import "syscall"

// freeBytes is the room that this user has left in a folder; below zero: not known.
func freeBytes(folder string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
