package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"anju/cmd/anju/serve"
)

// output is what a running program has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

var address = regexp.MustCompile(`http://[0-9.:]+`)

// running is `anju serve`, inside this process or as one of its own.
type running struct {
	base     string
	pid      int // 0: inside this process
	out, err *output
	stop     func() int
}

func startServer(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{out: &output{}, err: &output{}}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), strings.NewReader(""), r.out, r.err)
	}()
	r.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { r.stop() })
	for until := time.Now().Add(10 * time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if r.base = address.FindString(r.out.String()); r.base != "" && get(r.base+"/healthz") == http.StatusOK {
			return r
		}
		select {
		case c := <-code:
			code <- c // stop asks again
			t.Fatalf("serve ended with %d: %s", c, r.err)
		default:
		}
	}
	t.Fatalf("serve does not answer: %s%s", r.out, r.err)
	return nil
}

// startProcess runs `anju serve` as a process of its own, with env added to the environment.
func startProcess(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	r := &running{out: &output{}, err: &output{}}
	cmd := exec.Command("anju", append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = r.out, r.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.pid = cmd.Process.Pid
	r.stop = sync.OnceValue(func() int {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
		return cmd.ProcessState.ExitCode()
	})
	t.Cleanup(func() { r.stop() })
	for until := time.Now().Add(10 * time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if r.base = address.FindString(r.out.String()); r.base != "" && get(r.base+"/healthz") == http.StatusOK {
			return r
		}
	}
	t.Fatalf("serve does not answer: %s%s", r.out, r.err)
	return nil
}

func get(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// call sends JSON and decodes the answer.
func call(t *testing.T, method, url, token string, body, into any) int {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s %s: %d %s", method, url, resp.StatusCode, text)
		}
	}
	return resp.StatusCode
}

func TestServeDemo(t *testing.T) {
	long(t)
	data := t.TempDir()
	began := time.Now()
	r := startServer(t, "--demo", "--data", data)
	t.Logf("the first start took %s", time.Since(began).Round(time.Millisecond))
	for _, want := range []string{"counter", "anju-demo", "稷峰镇便民服务中心", "2026-03-02 09:00"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("the start does not print %q:\n%s", want, r.out)
		}
	}
	var session struct{ Token string }
	if code := call(
		t,
		"POST",
		r.base+"/api/v1/sessions",
		"",
		map[string]string{"login": "counter", "password": "anju-demo"},
		&session,
	); code != http.StatusCreated {
		t.Fatalf("log in: %d", code)
	}
	var cases struct {
		Total int
		Items []struct{ Light, State string }
	}
	call(t, "GET", r.base+"/api/v1/cases?per_page=200", session.Token, nil, &cases)
	red, states := 0, map[string]bool{}
	for _, c := range cases.Items {
		states[c.State] = true
		if c.Light == "red" {
			red++
		}
	}
	if cases.Total < 10 || red < 2 || len(states) < 6 {
		t.Errorf("%d cases in %d states, %d of them red; want a county to look at", cases.Total, len(states), red)
	}
	var moved struct {
		Now   time.Time
		Fired int
	}
	if code := call(
		t,
		"POST",
		r.base+"/api/v1/demo/clock",
		session.Token,
		map[string]string{"advance": "72h"},
		&moved,
	); code != http.StatusOK {
		t.Fatalf("move the clock: %d", code)
	}
	var healthy, ill output
	if code := run(t.Context(), []string{"doctor", "--data", data}, strings.NewReader(""), &healthy, &ill); code != 0 {
		t.Errorf("doctor beside a serving demo: %d %s%s", code, healthy.String(), ill.String())
	}
	stopped := time.Now()
	if code := r.stop(); code != 0 {
		t.Fatalf("stopping ended with %d: %s", code, r.err)
	}
	if took := time.Since(stopped); took > serve.StopsWithin {
		t.Errorf("stopping took %s", took)
	}

	// the second start goes on: same cases, and the clock has not gone back
	r = startServer(t, "--demo", "--data", data)
	var again struct{ Total int }
	call(
		t,
		"POST",
		r.base+"/api/v1/sessions",
		"",
		map[string]string{"login": "counter", "password": "anju-demo"},
		&session,
	)
	call(t, "GET", r.base+"/api/v1/cases", session.Token, nil, &again)
	if again.Total != cases.Total {
		t.Errorf("%d cases after a restart, %d before", again.Total, cases.Total)
	}
	want := moved.Now.Format("2006-01-02 15:")
	if !strings.Contains(r.out.String(), want) {
		t.Errorf("after a restart the clock does not show %s…:\n%s", want, r.out)
	}
	if code := r.stop(); code != 0 {
		t.Fatalf("stopping ended with %d: %s", code, r.err)
	}

	// a county does not run on it
	var out, errOut output
	code := run(
		t.Context(),
		[]string{"serve", "--addr", "127.0.0.1:0", "--data", data, "--base-url", "https://anju.example"},
		strings.NewReader(""),
		&out,
		&errOut,
	)
	if code != exitFalse || !strings.Contains(errOut.String(), "--demo") {
		t.Errorf("serve without --demo on demo data: %d %s", code, errOut.String())
	}
}

func TestServeCounty(t *testing.T) {
	t.Parallel()
	r := startServer(t, "--data", t.TempDir(), "--base-url", "https://anju.example")
	if strings.Contains(r.out.String(), "anju-demo") {
		t.Errorf("a county prints the demo's accounts:\n%s", r.out)
	}
	if code := call(
		t,
		"POST",
		r.base+"/api/v1/sessions",
		"",
		map[string]string{"login": "counter", "password": "anju-demo"},
		nil,
	); code == http.StatusCreated {
		t.Error("a demo account opens a county")
	}
	if code := call(
		t,
		"POST",
		r.base+"/api/v1/demo/clock",
		"",
		map[string]string{"advance": "1h"},
		nil,
	); code == http.StatusOK {
		t.Error("the clock of a county can be moved")
	}
	if code := r.stop(); code != 0 {
		t.Fatal(fmt.Sprint("stopping ended with ", code, r.err))
	}
}
