package modelstest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// account is a user of this machine.
type account struct{ uid, gid int }

// process is one running program, with its output in a file.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// launch starts a program in dir as the given account. It ends when this process does, however that ends.
func launch(cmd *exec.Cmd, dir string, as *account) (*process, error) {
	p := &process{cmd: cmd, log: filepath.Join(dir, filepath.Base(cmd.Path)+".log"), done: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	bind(cmd, as)
	if err := keeper()(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(p.done)
	}()
	return p, nil
}

// keeper starts programs from one thread that lives as long as the process: Linux tells a child of its parent's death
// when the thread that started it ends, and Go's own threads come and go.
var keeper = sync.OnceValue(func() func(*exec.Cmd) error {
	type order struct {
		cmd *exec.Cmd
		err chan error
	}
	orders := make(chan order)
	go func() {
		runtime.LockOSThread()
		for o := range orders {
			o.err <- o.cmd.Start()
		}
	}()
	return func(cmd *exec.Cmd) error {
		o := order{cmd, make(chan error, 1)}
		orders <- o
		return <-o.err
	}
})

// caretaker removes dir once this process is gone, even when it was killed. The returned function dismisses it.
func caretaker(dir string) func() {
	// its input ends with this process; the servers need a moment to end too
	cmd := exec.Command("sh", "-c", `read -r word; [ "$word" = done ] || { sleep 2; rm -rf -- "$1"; }`, "sh", dir)
	cmd.Dir = os.TempDir()
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return func() {} // no shell: the folder stays after a crash
	}
	return func() {
		_, _ = io.WriteString(in, "done\n")
		_ = in.Close()
		_ = cmd.Wait()
	}
}

func (p *process) running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ready waits until the probe succeeds; a program that ends or stays silent is an error with the end of its output.
func (p *process) ready(probe func(context.Context) error) error {
	name := filepath.Base(p.cmd.Path)
	deadline := time.Now().Add(readyIn)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := probe(ctx)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s: %v\n%s", name, p.cmd.ProcessState, p.said())
		case <-time.After(pollEvery):
		}
		if time.Now().After(deadline) {
			p.kill()
			return fmt.Errorf("%s does not answer: %w\n%s", name, err, p.said())
		}
	}
}

// interrupt asks the program to end and waits for it.
func (p *process) interrupt() {
	if !p.running() {
		return
	}
	if p.cmd.Process.Signal(os.Interrupt) == nil {
		select {
		case <-p.done:
			return
		case <-time.After(stopsIn):
		}
	}
	p.kill()
}

// kill ends the program at once and waits for it.
func (p *process) kill() {
	if !p.running() {
		return
	}
	_ = abort(p) // already gone is as good
	<-p.done
}

// said is the end of what the program printed.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return string(bytes.TrimSpace(text))
}

// freePort returns a loopback port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", loopback(0))
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func lookupAccount(name string) (*account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &account{uid, gid}, nil
}
