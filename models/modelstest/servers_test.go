package modelstest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

func TestMain(m *testing.M) {
	if os.Getenv("ANJU_TEST_CHILD") == "server" {
		serveUntilKilled()
	}
	os.Exit(Run(m))
}

// serveUntilKilled is the test program run a second time by TestServerEndsWithItsTests: it starts a server and waits.
func serveUntilKilled() {
	_ = ownFolder() // the test kills this process and looks whether it goes
	server, err := newPostgres()
	if err != nil {
		fmt.Print("failed " + err.Error() + "\n")
		os.Exit(1)
	}
	fmt.Print(server.dir + " " + server.url("postgres") + "\n")
	time.Sleep(time.Minute)
	os.Exit(1)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestPostgresGivesEachTestAnEmptyDatabase(t *testing.T) {
	one, two := Postgres(t), Postgres(t)
	if one == two {
		t.Fatalf("both tests got %s", one)
	}
	for _, url := range []string{one, two} {
		if _, err := connect(t, url).Exec(t.Context(), "CREATE TABLE villages (name text)"); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	var encoding string
	if err := connect(t, one).QueryRow(t.Context(), "SHOW server_encoding").Scan(&encoding); err != nil || encoding != "UTF8" {
		t.Errorf("encoding %q, %v; want UTF8", encoding, err)
	}
}

func TestPostgresDropsTheDatabaseAfterTheTest(t *testing.T) {
	var url string
	t.Run("the test", func(t *testing.T) {
		url = Postgres(t)
		connect(t, url)
	})
	if url == "" {
		t.Skip("PostgreSQL is not installed: this test did not run")
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database of a test that is over still answers")
	}
}

func TestPostgresServerKeepsRowsOverACrash(t *testing.T) {
	p := PostgresServer(t)
	if _, err := connect(t, p.URL()).Exec(t.Context(), "CREATE TABLE villages AS SELECT '马村' AS name"); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if conn, err := pgx.Connect(t.Context(), p.URL()); err == nil {
		_ = conn.Close(t.Context())
		t.Fatal("a stopped server answers")
	}
	p.Start()
	var name string
	if err := connect(t, p.URL()).QueryRow(t.Context(), "SELECT name FROM villages").Scan(&name); err != nil || name != "马村" {
		t.Errorf("after the crash: %q, %v; want 马村", name, err)
	}
}

func TestRedisComesBackEmptyOnItsPort(t *testing.T) {
	r := RedisServer(t)
	client := redis.NewClient(&redis.Options{Addr: r.Addr(), MaxRetries: -1, ReadTimeout: 200 * time.Millisecond})
	defer func() { _ = client.Close() }()
	if err := client.Set(t.Context(), "due", "2026-03-09", 0).Err(); err != nil {
		t.Fatal(err)
	}
	r.Pause()
	if err := client.Get(t.Context(), "due").Err(); err == nil {
		t.Error("a paused Redis answers")
	}
	r.Resume()
	if got, err := client.Get(t.Context(), "due").Result(); err != nil || got != "2026-03-09" {
		t.Errorf("after the pause: %q, %v", got, err)
	}
	r.Stop()
	r.Stop()
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Error("a stopped Redis answers")
	}
	r.Start()
	if n, err := client.DBSize(t.Context()).Result(); err != nil || n != 0 {
		t.Errorf("after the restart: %d keys, %v; want none", n, err)
	}
}

func TestRedisIsOnePerTest(t *testing.T) {
	if a, b := Redis(t), Redis(t); a == b {
		t.Errorf("two tests share %s", a)
	}
}

func TestChromiumRuns(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), Chromium(t), "--version").Output()
	if err != nil || !strings.Contains(string(out), "Chrom") {
		t.Errorf("--version says %q, %v", out, err)
	}
}

// spy stands in for a test and notes how it would have ended.
type spy struct {
	testing.TB
	ended chan string
}

func (s spy) Helper()               {}
func (s spy) Skipf(string, ...any)  { s.ended <- "skipped" }
func (s spy) Fatalf(string, ...any) { s.ended <- "failed"; s.ended <- "" }

func TestWhatIsMissingSkipsUnlessRequired(t *testing.T) {
	for _, tt := range []struct{ name, require, want string }{
		{"nothing is required", "", "skipped"},
		{"another program is required", "postgres,redis", "skipped"},
		{"this program is required", "postgres, chromium", "failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("ANJU_TEST_REQUIRE", tt.require)
			ended := make(chan string, 3) // the spy does not end the goroutine: the first word counts
			Missing(spy{t, ended}, "chromium", "no Chromium or Chrome is installed")
			if got := <-ended; got != tt.want {
				t.Errorf("the test was %s; want %s", got, tt.want)
			}
		})
	}
}

func TestServerEndsWithItsTests(t *testing.T) {
	findPostgres(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "ANJU_TEST_CHILD=server")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child said %q: %v", line, err)
	}
	dir, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	connect(t, url)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	gone := func() bool {
		if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
			return false
		}
		conn, err := pgx.Connect(t.Context(), url)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err != nil
	}
	for deadline := time.Now().Add(30 * time.Second); !gone(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the server or its folder %s outlived the tests that started it", dir)
		}
	}
}
