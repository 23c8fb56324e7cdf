package screens_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"anju/models/modelstest"
)

// password opens every account of the demo county.
const password = "anju-demo"

// ground is what the tests of this package share: the program, built once, one demo county and one browser, started by the first
// test that asks.
var ground struct {
	dir     string // removed at the end
	build   func() (string, error)
	seed    func() (string, error) // the data of a demo county at its beginning
	county  *county
	browser context.Context
	stops   []func() // last first
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "anju-screens-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ground.dir = dir
	ground.build = sync.OnceValues(func() (string, error) {
		if err := lookAtSources(); err != nil {
			return "", err
		}
		path := filepath.Join(dir, "anju")
		cmd := exec.Command("go", "build", "-o", path, "anju/cmd/anju")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build the program: %w\n%s", err, out)
		}
		return path, nil
	})
	ground.seed = sync.OnceValues(func() (string, error) {
		program, err := ground.build()
		if err != nil {
			return "", err
		}
		data := filepath.Join(dir, "seeded")
		cmd := exec.Command(program, "seed", "--demo", "--data", data)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("seed the demo county: %w\n%s", err, out)
		}
		return data, nil
	})
	defer func() {
		for i := len(ground.stops) - 1; i >= 0; i-- {
			ground.stops[i]()
		}
		_ = os.RemoveAll(dir) // a folder left in the temporary directory harms nobody
	}()
	return modelstest.Run(m)
}

// lookAtSources lets `go test` know what the result of these tests depends on: it remembers a result until a file that a test looked at
// has changed, and knows nothing of a program that the test builds.
func lookAtSources() error {
	for _, part := range []string{"cmd", "handlers", "jobs", "models", "seeds", "workflow", "go.mod"} {
		err := filepath.WalkDir(filepath.Join("..", "..", part), func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			_, err = os.Stat(path)
			return err
		})
		if err != nil {
			return fmt.Errorf("sources of the program: %w", err)
		}
	}
	return nil
}

// outside skips what drives the program from outside where only the quick tests are wanted, or where there is no browser.
func outside(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a real browser is slow")
	}
	modelstest.Chromium(t)
}

// county is a running demo county: the program with its own data, on a port of the loopback interface.
type county struct {
	base string
	stop func()
}

// sharedCounty is the demo county of the tests that do not disturb each other. Nobody moves its clock.
func sharedCounty(t *testing.T) *county {
	t.Helper()
	outside(t)
	if ground.county == nil {
		c, err := startCounty()
		if err != nil {
			t.Fatal(err)
		}
		ground.county = c
		ground.stops = append(ground.stops, c.stop)
	}
	return ground.county
}

// ownCounty is a demo county for one test.
func ownCounty(t *testing.T) *county {
	t.Helper()
	outside(t)
	c, err := startCounty()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

var address = regexp.MustCompile(`http://[0-9.]+:[1-9][0-9]*`)

func startCounty() (*county, error) {
	program, err := ground.build()
	if err != nil {
		return nil, err
	}
	seeded, err := ground.seed()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp(ground.dir, "data-")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(data, os.DirFS(seeded)); err != nil {
		return nil, err
	}
	if err := os.Chmod(filepath.Join(data, "master.key"), 0o600); err != nil {
		return nil, err
	}
	// The shell ends the program when its own input ends, which happens also when this process is killed.
	cmd := exec.Command("sh", "-c", `"$0" serve --demo </dev/null & p=$!; cat >/dev/null; kill $p; wait $p`, program)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + data, "ANJU_ADDR=127.0.0.1:0", "ANJU_DATA=" + data}
	cmd.Dir = data
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &county{stop: sync.OnceFunc(func() {
		_ = in.Close()
		_ = cmd.Wait() // the program was told to end
	})}
	for until := time.Now().Add(60 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if c.base = address.FindString(said.String()); c.base == "" {
			continue
		}
		if resp, err := http.Get(c.base + "/healthz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return c, nil
			}
		}
	}
	c.stop()
	return nil, errors.New("the program does not answer:\n" + said.String())
}

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

// officer is an account at the API: it prepares what a test needs and counts what came of it.
type officer struct {
	t           *testing.T
	base, token string
}

func (c *county) officer(t *testing.T, login string) *officer {
	t.Helper()
	o := &officer{t: t, base: c.base}
	var session struct{ Token string }
	o.ask("POST", "/sessions", map[string]string{"login": login, "password": password}, &session)
	o.token = session.Token
	return o
}

// ask sends JSON and reads the answer; anything but a success ends the test.
func (o *officer) ask(method, path string, body, into any) {
	o.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	resp := o.send(method, "/api/v1"+path, "application/json", b)
	if resp.StatusCode >= 300 {
		o.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, resp.body)
	}
	if into != nil {
		if err := json.Unmarshal(resp.body, into); err != nil {
			o.t.Fatalf("%s %s: %v\n%s", method, path, err, resp.body)
		}
	}
}

type answer struct {
	StatusCode int
	Header     http.Header
	body       []byte
}

func (o *officer) send(method, path, kind string, body []byte) answer {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.base+path, bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	if method != "GET" {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Idempotency-Key", fmt.Sprint("k", time.Now().UnixNano()))
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// aCase is a case as the API shows it.
type aCase struct {
	ID, Number, Chain, State, Title, Light string
	Seen                                   int
	Household                              struct{ ID, Head string }
	Outcome                                *string
	Materials                              []struct {
		Code    string
		Present bool
	}
	Documents []struct{ ID, Form, Title, Number, Verify string }
}

func (o *officer) cases() []aCase {
	o.t.Helper()
	var list struct{ Items []aCase }
	o.ask("GET", "/cases?per_page=200", nil, &list)
	return list.Items
}

func (o *officer) get(id string) aCase {
	o.t.Helper()
	var c aCase
	o.ask("GET", "/cases/"+id, nil, &c)
	return c
}

// first is the first case of a chain in a state; it ends the test where there is none.
func (o *officer) first(chain, state string) aCase {
	o.t.Helper()
	for _, c := range o.cases() {
		if c.Chain == chain && c.State == state {
			return c
		}
	}
	o.t.Fatalf("no %s in %s", chain, state)
	return aCase{}
}

// theBrowser is the one Chromium of this package; each person gets a profile of its own in it.
func theBrowser(t *testing.T) context.Context {
	t.Helper()
	path := modelstest.Chromium(t)
	if ground.browser != nil {
		return ground.browser
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(filepath.Join(ground.dir, "profile")), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1366, 768),
		// a browser as in the county, where its translation is installed (chromium-l10n), and file names in Chinese wherever the tests run
		chromedp.Flag("accept-lang", "zh-CN"), chromedp.Env("LANGUAGE=zh_CN", "LC_ALL=C.UTF-8"))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	tab, closeTab := chromedp.NewContext(alloc)
	if err := chromedp.Do(tab); err != nil {
		closeTab()
		stop()
		t.Fatalf("start %s: %v", path, err)
	}
	ground.browser = tab
	ground.stops = append(ground.stops, func() { closeTab(); stop() })
	return tab
}
