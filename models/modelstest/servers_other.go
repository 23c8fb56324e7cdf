//go:build !linux

package modelstest

import (
	"errors"
	"os/exec"
)

// Elsewhere than on Linux a server may outlive tests that were killed, and Redis cannot be made mute.

func bind(*exec.Cmd, *account) {}

func detach(*exec.Cmd) {}

func abort(p *process) error { return p.cmd.Process.Kill() }

func pause(*process) error { return errors.ErrUnsupported }

func resume(*process) error { return errors.ErrUnsupported }

func mountTmpfs(string, int) error { return errors.ErrUnsupported }

func unmount(string) error { return nil }

func memoryFolder() string { return "" }
