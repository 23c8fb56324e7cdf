package modelstest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

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

// findPostgres ends the test where PostgreSQL's server cannot be run, and under -short, which runs on SQLite alone.
func findPostgres(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("on PostgreSQL")
	}
	if _, err := postgresBin(); err != nil {
		Missing(t, "postgres", err.Error())
	}
	if os.Getuid() == 0 {
		if _, err := user.Lookup("postgres"); err != nil {
			Missing(t, "postgres", "PostgreSQL does not run as root and there is no user postgres")
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
}

func newPostgres() (_ *postgres, err error) {
	p := &postgres{}
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
	_ = os.RemoveAll(p.dir) // a folder left in the temporary directory does no harm
}
