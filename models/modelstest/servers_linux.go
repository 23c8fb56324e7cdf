package modelstest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
)

// bind ties the program to this process: it gets a signal when the parent's thread ends, and runs as the account.
func bind(cmd *exec.Cmd, as *account) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if filepath.Base(cmd.Path) == "postgres" {
		attr.Pdeathsig = syscall.SIGQUIT // its helper processes end with it
	}
	if as != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
	cmd.SysProcAttr = attr
}

// detach keeps a terminal's interrupt, or the end of a process group, from reaching the program.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// abort ends a program without its tidying up. PostgreSQL's helper processes outlive a SIGKILL of the server for a
// moment and would hold the memory that a restart needs; SIGQUIT is its own way to crash.
func abort(p *process) error {
	if filepath.Base(p.cmd.Path) == "postgres" {
		return p.cmd.Process.Signal(syscall.SIGQUIT)
	}
	return p.cmd.Process.Kill()
}

func pause(p *process) error  { return p.cmd.Process.Signal(syscall.SIGSTOP) }
func resume(p *process) error { return p.cmd.Process.Signal(syscall.SIGCONT) }

func mountTmpfs(dir string, megabytes int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
}

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }

// memoryFolder returns the folder of the disk in memory, where files may be run and two gigabytes are free; else "".
func memoryFolder() string {
	const dir, noexec = "/dev/shm", 0x8
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil || disk.Flags&noexec != 0 || disk.Bavail*uint64(disk.Bsize) < 2<<30 {
		return ""
	}
	return dir
}
