package modelstest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Redis starts a Redis server for this test alone and returns its host:port. It keeps nothing on disk.
// It skips, or fails under ANJU_TEST_REQUIRE, where redis-server is not installed.
func Redis(t testing.TB) string {
	t.Helper()
	return RedisServer(t).Addr()
}

// A RedisProcess is a Redis server that one test owns and may take away and bring back.
type RedisProcess struct {
	t       testing.TB
	program string
	port    int
	dir     string
	proc    *process
}

// RedisServer starts a Redis server for this test alone, for tests that take Redis away.
func RedisServer(t testing.TB) *RedisProcess {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis", "redis-server is not installed")
	}
	r := &RedisProcess{t: t, program: program, dir: t.TempDir()}
	t.Cleanup(func() { r.proc.kill() })
	for range ports {
		if r.port, err = freePort(); err != nil {
			break
		}
		if err = r.start(); err == nil {
			return r
		}
	}
	t.Fatalf("Redis for this test: %v", err)
	return nil
}

// Addr returns host:port, the same before and after a restart.
func (r *RedisProcess) Addr() string { return loopback(r.port) }

// Stop takes Redis away at once; what it held is lost. Stopping twice does no harm.
func (r *RedisProcess) Stop() { r.proc.kill() }

// Start brings a stopped Redis back, empty, on the same port; it fails the test if that is not possible.
func (r *RedisProcess) Start() {
	r.t.Helper()
	if err := r.start(); err != nil {
		r.t.Fatalf("start Redis again: %v", err)
	}
}

// Pause makes Redis mute: it still accepts connections and answers nothing, until Resume.
func (r *RedisProcess) Pause() {
	r.t.Helper()
	if err := pause(r.proc); err != nil {
		r.t.Skipf("Redis cannot be paused here: %v", err)
	}
}

// Resume lets a paused Redis answer again.
func (r *RedisProcess) Resume() {
	r.t.Helper()
	if err := resume(r.proc); err != nil {
		r.t.Skipf("Redis cannot be resumed here: %v", err)
	}
}

func (r *RedisProcess) start() error {
	if r.proc.running() {
		return nil
	}
	cmd := exec.Command(r.program, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no")
	proc, err := launch(cmd, r.dir, nil)
	if err != nil {
		return err
	}
	r.proc = proc
	// the answer must be this process's: another server may hold the port
	mine := fmt.Sprintf("process_id:%d\r\n", cmd.Process.Pid)
	return proc.ready(func(ctx context.Context) error {
		info, err := askRedis(ctx, r.Addr(), "INFO server")
		if err == nil && !strings.Contains(info, mine) {
			err = fmt.Errorf("another server answers on %s", r.Addr())
		}
		return err
	})
}

// askRedis sends one inline command and returns the bulk string that answers it.
func askRedis(ctx context.Context, addr, command string) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	// after QUIT Redis closes the connection, so that everything can be read
	if _, err := fmt.Fprintf(conn, "%s\r\nQUIT\r\n", command); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}
