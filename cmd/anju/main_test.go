package main

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"anju/models/modelstest"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"anju": main})
}

// tidy stops the servers that the tests shared.
type tidy struct{ m *testing.M }

func (t tidy) Run() int { return modelstest.Run(t.m) }

// TestScripts runs the command stories of testdata/script against the program itself.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the commands are tried in the whole run")
	}
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
			"due": due, "exits": exits, "agree": agree,
		},
	})
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
