package modelstest

import (
	"os/exec"
)

// account is a user of this machine.
type account struct{ uid, gid int }

// process is one running program, with its output in a file.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}
