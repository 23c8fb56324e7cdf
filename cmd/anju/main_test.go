package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"anju/cmd/anju/backend"
	"anju/models/modelstest"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"anju": mainUnderTest})
}

// clockShiftFile names the file with the duration by which a test shifts the wall clock of a program that it starts.
const clockShiftFile = "ANJU_TEST_CLOCK_SHIFT"

// mainUnderTest is the program as the tests start it, its wall clock shifted where a test asks for it.
func mainUnderTest() {
	if file := os.Getenv(clockShiftFile); file != "" {
		backend.ClockShift = func() time.Duration {
			text, err := os.ReadFile(file)
			if err != nil {
				return 0
			}
			shift, _ := time.ParseDuration(string(text))
			return shift
		}
	}
	main()
}

// waiting is how many tests run at once: most wait for another process or for time to pass.
const waiting = "6"

// tidy stops the servers that the tests shared.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	_ = flag.Set("test.parallel", waiting) // before the flags are read: -parallel still wins
	_ = os.Setenv("GOMEMLIMIT", "off")     // the servers of several tests share this process
	defer removeDemo()
	return modelstest.Run(t.m)
}

// long marks a test that takes its time: it is left out with -short and runs beside others.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short")
	}
	t.Parallel()
}

// demoFolder is a data folder with the demo county on SQLite: it is seeded once, and the tests take copies.
var demoFolder = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "anju-demo-")
	if err != nil {
		return "", err
	}
	var said strings.Builder
	if code := run(
		context.Background(),
		[]string{"seed", "--demo", "--data", dir},
		strings.NewReader(""),
		&said,
		&said,
	); code != exitDone {
		return dir, fmt.Errorf("seed the demo county: %d %s", code, said.String())
	}
	return dir, nil
})

var demoSeeded atomic.Bool

func removeDemo() {
	if demoSeeded.Load() {
		dir, _ := demoFolder()
		_ = os.RemoveAll(dir)
	}
}

// copyDemo puts the demo county into a data folder.
func copyDemo(data string) error {
	demoSeeded.Store(true)
	dir, err := demoFolder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	if err := os.CopyFS(data, os.DirFS(dir)); err != nil {
		return err
	}
	return os.Chmod(filepath.Join(data, "master.key"), 0o600)
}

// seedDemo puts the demo county into a data folder that has no database.
func seedDemo(t testing.TB, data string) {
	t.Helper()
	if err := copyDemo(data); err != nil {
		t.Fatal(err)
	}
}

// TestScripts runs the command stories of testdata/script against the program itself.
func TestScripts(t *testing.T) {
	long(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ANJU_DATA", env.WorkDir+"/data")
			l, err := net.Listen("tcp", "127.0.0.1:0") // an address that is taken
			if err != nil {
				return err
			}
			env.Defer(func() { _ = l.Close() })
			env.Setenv("TAKEN", l.Addr().String())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"due": due, "exits": exits, "agree": agree, "demo": demo,
		},
	})
}

// demo puts the demo county, seeded once for all stories, into the data folder.
func demo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: demo")
	}
	ts.Check(copyDemo(ts.Getenv("ANJU_DATA")))
}

// due DUE_ON DUE_BEFORE FLAGS… runs `anju deadline` and compares what it counts.
func due(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: due DUE_ON DUE_BEFORE FLAGS…")
	}
	ts.Check(ts.Exec("anju", append([]string{"deadline", "--json"}, args[2:]...)...))
	var got struct {
		DueOn  string `json:"due_on"`
		Before string `json:"due_before"`
		Days   []struct {
			Date    string
			Kind    string
			Counted bool
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &got))
	if got.DueOn != args[0] || got.Before != args[1] {
		ts.Fatalf("due on %s, before %s; want %s, %s", got.DueOn, got.Before, args[0], args[1])
	}
	if n := len(got.Days); n == 0 || got.Days[n-1].Date != args[0] {
		ts.Fatalf("the days do not end on the due day: %v", got.Days)
	}
}

// exits CODE COMMAND… runs a command and compares its exit code; what it wrote on stderr must be one line.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	got := "0"
	var failed interface{ ExitCode() int }
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ok bool
		if failed, ok = err.(interface{ ExitCode() int }); !ok {
			ts.Fatalf("run %v: %v", args[1:], err)
		}
		got = string(rune('0' + failed.ExitCode()))
	}
	if got != args[0] {
		ts.Fatalf("%v ended with %s, want %s", args[1:], got, args[0])
	}
	if text := ts.ReadFile("stderr"); got != "0" && (text == "" || lines(text) != 1) {
		ts.Fatalf("want one line on stderr, got %q", text)
	}
}

func lines(s string) int {
	n := 0
	for _, r := range s {
		if r == '\n' {
			n++
		}
	}
	return n
}

// agree DRY DONE compares what a dry run told with what was then done.
func agree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agree DRY DONE")
	}
	dry := strings.Replace(ts.ReadFile(args[0]), `"dry_run": true`, `"dry_run": false`, 1)
	if done := ts.ReadFile(args[1]); dry != done || !strings.Contains(done, `"was"`) {
		ts.Fatalf("the dry run told %s\nwhat was done is %s", dry, done)
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
