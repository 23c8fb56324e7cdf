// Package modelstest gives tests real servers: PostgreSQL, Redis and Chromium from this machine, each on a free
// loopback port with data of its own, stopped when the tests end. Nothing is downloaded and no server of the machine is
// touched.
//
// Where a program is missing the test is skipped and says so; ANJU_TEST_REQUIRE=postgres,redis,chromium makes a named
// one an error instead, which is how CI keeps a skip from passing for a success. A package that uses them ends with
//
//	func TestMain(m *testing.M) { os.Exit(modelstest.Run(m)) }
package modelstest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	ports     = 5                // ports tried before giving up: another program may take a free one first
	readyIn   = 60 * time.Second // a loaded machine starts slowly
	stopsIn   = 20 * time.Second // then it is killed
	pollEvery = 20 * time.Millisecond
)

// Run runs the tests of a package and stops the servers they shared; its result is for os.Exit.
// Without it the servers still end with the test process, only less politely.
func Run(m *testing.M) int {
	defer grounds.remove()
	defer shared.stop()
	return m.Run()
}

// shared is the one PostgreSQL server of this test process, started by the first test that asks.
var shared sharedServer

type sharedServer struct {
	once   sync.Once
	server *postgres
	err    error
}

func (s *sharedServer) start() (*postgres, error) {
	s.once.Do(func() { s.server, s.err = newPostgres() })
	return s.server, s.err
}

func (s *sharedServer) stop() {
	s.once.Do(func() {})
	if s.server != nil {
		s.server.remove()
	}
}

// Postgres returns the URL of an empty database made for this test and dropped after it. The server is shared by the
// tests of the process; fsync is off. It skips, or fails under ANJU_TEST_REQUIRE, where PostgreSQL is not installed.
func Postgres(t testing.TB) string {
	t.Helper()
	findPostgres(t)
	server, err := shared.start()
	if err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := server.exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("make a database for this test: %v", err)
	}
	t.Cleanup(func() {
		if err := server.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database of this test: %v", err)
		}
	})
	return server.url(name)
}

// CopyPostgres copies a database that Postgres made, as it is now, and returns the URL of the copy; it is dropped after
// the test.
func CopyPostgres(t testing.TB, from string) string {
	t.Helper()
	server, err := shared.start()
	if err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	source, err := databaseName(from)
	if err != nil {
		t.Fatalf("address of the database: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	// a template must have no connections: its clients open new ones
	err = errors.Join(server.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+source+"'"),
		server.exec("CREATE DATABASE "+name+" TEMPLATE "+source))
	if err != nil {
		t.Fatalf("copy the database of this test: %v", err)
	}
	t.Cleanup(func() {
		if err := server.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the copy of a database: %v", err)
		}
	})
	return server.url(name)
}

// A PostgresProcess is a PostgreSQL server that one test owns, may stop, and may start again on the same port and data.
type PostgresProcess struct {
	t      testing.TB
	server *postgres
}

// PostgresServer starts a PostgreSQL server for this test alone, for tests that take the database away.
// It costs a second and a half: where the server may stay up, Postgres is cheaper.
func PostgresServer(t testing.TB) *PostgresProcess {
	t.Helper()
	findPostgres(t)
	server, err := newPostgres()
	if err != nil {
		t.Fatalf("PostgreSQL for this test: %v", err)
	}
	t.Cleanup(server.remove)
	return &PostgresProcess{t: t, server: server}
}

// URL returns the address of the server's one database, the same before and after a restart.
func (p *PostgresProcess) URL() string { return p.server.url("postgres") }

// Stop ends the server at once, as a crash would: open connections break, committed rows stay.
func (p *PostgresProcess) Stop() { p.server.proc.kill() }

// OwnedByPostgres makes a folder that belongs to the account under which the servers run.
func OwnedByPostgres(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil || os.Getuid() != 0 {
		return err
	}
	as, err := lookupAccount("postgres")
	if err != nil {
		return err
	}
	return os.Chown(dir, as.uid, as.gid)
}

// Restart ends the server in order, breaking open connections, and starts it again, as pg_ctl restart -m fast does.
func (p *PostgresProcess) Restart() {
	p.t.Helper()
	p.server.proc.interrupt()
	p.Start()
}

// Start brings a stopped server back on the same port and data; it fails the test if that is not possible.
func (p *PostgresProcess) Start() {
	p.t.Helper()
	if err := p.server.start(); err != nil {
		p.t.Fatalf("start PostgreSQL again: %v", err)
	}
}

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
		missing(t, "redis", "redis-server is not installed")
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

// Chromium returns the path of a Chromium or Chrome on this machine.
// It skips, or fails under ANJU_TEST_REQUIRE, where there is none.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "chromium", "no Chromium or Chrome is installed")
	return ""
}

// missing ends the test: skipped, or failed where ANJU_TEST_REQUIRE names what is missing.
func missing(t testing.TB, what, sentence string) {
	t.Helper()
	for name := range strings.SplitSeq(os.Getenv("ANJU_TEST_REQUIRE"), ",") {
		if strings.TrimSpace(name) == what {
			t.Fatalf("%s, and ANJU_TEST_REQUIRE asks for %s", sentence, what)
		}
	}
	t.Skipf("%s: this test did not run", sentence)
}

// findPostgres ends the test where PostgreSQL's server cannot be run.
func findPostgres(t testing.TB) {
	t.Helper()
	if _, err := postgresBin(); err != nil {
		missing(t, "postgres", err.Error())
	}
	if os.Getuid() == 0 {
		if _, err := user.Lookup("postgres"); err != nil {
			missing(t, "postgres", "PostgreSQL does not run as root and there is no user postgres")
		}
	}
}

// postgresBin returns the folder of initdb and postgres: PGBIN, the newest of the distribution, or that in PATH.
func postgresBin() (string, error) {
	dirs := []string{os.Getenv("PGBIN")}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		dirs = append(dirs, found...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		_, noInit := exec.LookPath(filepath.Join(dir, "initdb"))
		_, noServer := exec.LookPath(filepath.Join(dir, "postgres"))
		if noInit == nil && noServer == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("PostgreSQL's server (initdb, postgres) is not installed")
}

// version is the number in a folder name such as /usr/lib/postgresql/15/bin.
func version(dir string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "pgsql-"))
	if err != nil {
		return 0
	}
	return n
}

// postgres is one server with a data folder of its own.
type postgres struct {
	bin  string
	dir  string
	port int
	as   *account // whom it runs as; nil: as this process
	proc *process
	stop func() // lets the caretaker go
}

func newPostgres() (_ *postgres, err error) {
	p := &postgres{stop: func() {}}
	if p.bin, err = postgresBin(); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if p.as, err = lookupAccount("postgres"); err != nil {
			return nil, err
		}
	}
	if p.dir, err = os.MkdirTemp("", "anjutest-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.remove()
		}
	}()
	if p.as != nil {
		if err := os.Chown(p.dir, p.as.uid, p.as.gid); err != nil {
			return nil, err
		}
	}
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", filepath.Join(p.dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
	made, err := launch(initdb, p.dir, p.as)
	if err != nil {
		return nil, err
	}
	if <-made.done; !initdb.ProcessState.Success() {
		return nil, fmt.Errorf("initdb: %v\n%s", initdb.ProcessState, made.said())
	}
	for range ports {
		if p.port, err = freePort(); err != nil {
			return nil, err
		}
		if err = p.start(); err == nil {
			p.stop = caretaker(p.dir)
			return p, nil
		}
	}
	return nil, err
}

func (p *postgres) start() error {
	if p.proc.running() {
		return nil
	}
	data := filepath.Join(p.dir, "data")
	// a crash leaves the file behind, and its process number may be another's by now
	if err := os.Remove(filepath.Join(data, "postmaster.pid")); err != nil && !os.IsNotExist(err) {
		return err
	}
	args := []string{"-D", data, "-k", p.dir, "-p", strconv.Itoa(p.port)}
	for _, setting := range []string{"listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off",
		"max_connections=200",
		"shared_buffers=64MB", "timezone=UTC", "log_timezone=UTC", "autovacuum_naptime=1min"} {
		args = append(args, "-c", setting)
	}
	proc, err := launch(exec.Command(filepath.Join(p.bin, "postgres"), args...), p.dir, p.as)
	if err != nil {
		return err
	}
	p.proc = proc
	// the answer must be this server's: another may hold the port
	return proc.ready(func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, p.url("postgres"))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		var dir string
		if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&dir); err != nil {
			return err
		}
		if dir != data {
			return fmt.Errorf("another server answers on port %d", p.port)
		}
		return nil
	})
}

func (p *postgres) url(database string) string {
	return "postgres://postgres@" + loopback(p.port) + "/" + database + "?sslmode=disable"
}

func (p *postgres) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyIn)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func (p *postgres) remove() {
	p.proc.interrupt()
	p.stop()
	_ = os.RemoveAll(p.dir) // a folder left in the temporary directory does no harm
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
