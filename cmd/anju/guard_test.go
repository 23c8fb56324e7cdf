package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/settings"
	"anju/models/modelstest"
)

// office is a county that is served as one, with the cases of the demo: 13 deadlines are months late.
type office struct {
	*testing.T
	args  []string
	b     *backend.Backend
	rows  *sql.DB
	shift string // file with what the wall clock of this machine, and of a database on it, is shifted by
	srv   *running
	token string
}

func newOffice(t *testing.T, postgres bool) *office {
	t.Helper()
	o := &office{T: t}
	data := t.TempDir()
	o.shift = filepath.Join(t.TempDir(), "shift")
	s := settings.Settings{
		Data:    data,
		DB:      filepath.Join(data, "anju.db"),
		KeyFile: filepath.Join(data, "master.key"),
		From:    map[string]string{"key-file": "default"},
	}
	if postgres {
		s.DB = modelstest.Postgres(t)
	}
	o.args = []string{"--data", data, "--db", s.DB}
	if postgres {
		o.must("migrate", "up")
		o.must("seed", "--demo")
	} else {
		seedDemo(t, data)
	}
	var err error
	if o.b, err = backend.Open(t.Context(), s, backend.Opening{}); err != nil {
		t.Fatal(err)
	}
	driver, address := "sqlite", s.DB+"?_pragma=busy_timeout(10000)"
	if postgres {
		driver, address = "pgx", s.DB
	}
	if o.rows, err = sql.Open(driver, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(o.rows.Close(), o.b.Close()); err != nil {
			t.Error(err)
		}
	})
	o.write("DELETE FROM settings WHERE name IN ('demo', 'demo.clock')")
	return o
}

func (o *office) anju(args ...string) (int, string) {
	o.Helper()
	cmd := exec.CommandContext(o.Context(), "anju", append(args, o.args...)...)
	cmd.Env = append(os.Environ(), clockShiftFile+"="+o.shift)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		o.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (o *office) must(args ...string) {
	o.Helper()
	if code, said := o.anju(args...); code != exitDone {
		o.Fatalf("anju %s: %d %s", strings.Join(args, " "), code, said)
	}
}

func (o *office) serve() {
	o.Helper()
	o.srv = startProcess(
		o.T,
		[]string{clockShiftFile + "=" + o.shift},
		append(o.args, "--base-url", "https://anju.example.gov.cn")...)
}

// setClock shifts the wall clock of every program that the test starts, running ones too.
func (o *office) setClock(by time.Duration) {
	o.Helper()
	next := o.shift + ".next"
	err := os.WriteFile(next, []byte(by.String()), 0o600)
	if err := errors.Join(err, os.Rename(next, o.shift)); err != nil {
		o.Fatal(err)
	}
}

// logIn logs in anew: under a clock that was set forward the sessions have run out.
func (o *office) logIn() {
	o.Helper()
	var session struct{ Token string }
	if code := call(
		o.T,
		"POST",
		o.srv.base+"/api/v1/sessions",
		"",
		map[string]string{"login": "counter", "password": "anju-demo"},
		&session,
	); code != http.StatusCreated {
		o.Fatalf("log in: %d", code)
	}
	o.token = session.Token
}

func (o *office) write(sql string) {
	o.Helper()
	if _, err := o.rows.ExecContext(o.Context(), sql); err != nil {
		o.Fatal(err)
	}
}

func (o *office) count(from string) (n int) {
	o.Helper()
	if err := o.rows.QueryRowContext(o.Context(), "SELECT count(*) FROM "+from).Scan(&n); err != nil {
		o.Fatal(err)
	}
	return n
}

// rungs counts the rungs that fired of each deadline.
func (o *office) rungs() map[int64]int {
	o.Helper()
	rows, err := o.rows.QueryContext(
		o.Context(),
		"SELECT deadline_id, count(*) FROM rungs_fired GROUP BY deadline_id, generation",
	)
	if err != nil {
		o.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[int64]int{}
	for rows.Next() {
		var id int64
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			o.Fatal(err)
		}
		all[id] = n
	}
	if err := rows.Err(); err != nil {
		o.Fatal(err)
	}
	return all
}

func (o *office) until(what string, is func() bool) {
	o.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	o.Fatalf("not within 90 s: %s\n%s", what, o.srv.err)
}

type readyAnswer struct {
	Status  any
	Reasons []string
	Clock   struct {
		InDoubt bool `json:"in_doubt"`
		Cause   string
	}
	Workers struct{ Alive int }
}

func (o *office) ready() (code int, r readyAnswer) {
	o.Helper()
	code = call(o.T, "GET", o.srv.base+"/readyz", "", nil, &r)
	return code, r
}

// doubt waits until the server says that the clock is in doubt, or is not, and the alarm with it.
func (o *office) doubt(want bool, cause string) {
	o.Helper()
	o.until(fmt.Sprintf("doubt is %t", want), func() bool { _, r := o.ready(); return r.Clock.InDoubt == want })
	o.until(fmt.Sprintf("the alarm is open: %t", want), func() bool {
		return (o.count("alarms WHERE kind = 'clock' AND closed_at IS NULL") == 1) == want
	})
	if code, r := o.ready(); code != http.StatusOK || !strings.Contains(r.Clock.Cause, cause) {
		o.Errorf("readyz: %d %+v, want the cause %q", code, r, cause)
	}
	o.logIn()
	if banner := strings.Contains(o.page("/"), "服务器的时钟可能不准"); banner != want {
		o.Errorf("a page says that the clock is in doubt: %t, want %t", banner, want)
	}
	o.until(fmt.Sprintf("clock status says doubt: %t, with the cause %q", want, cause), func() bool { // a beat later
		code, said := o.anju("clock", "status")
		return (code == exitFalse) == want && strings.Contains(said, cause)
	})
}

func (o *office) page(path string) string {
	o.Helper()
	req, err := http.NewRequestWithContext(o.Context(), "GET", o.srv.base+path, nil)
	if err != nil {
		o.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "anju_session", Value: o.token})
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		o.Fatalf("%s: %d %v", path, resp.StatusCode, err)
	}
	return string(b)
}

// open opens a case, which gives it a number.
func (o *office) open() int {
	o.Helper()
	var ch struct {
		Examples []any
		Schema   struct{ Examples []any } `json:"application"`
	}
	call(o.T, "GET", o.srv.base+"/api/v1/chains/homestead", o.token, nil, &ch)
	var households struct {
		Items []struct {
			Household struct{ ID string }
		}
	}
	call(o.T, "GET", o.srv.base+"/api/v1/cases", o.token, nil, &households)
	body := map[string]any{
		"chain":        "homestead",
		"household_id": households.Items[0].Household.ID,
		"application":  ch.Schema.Examples[0],
	}
	return call(o.T, "POST", o.srv.base+"/api/v1/cases", o.token, body, nil)
}

func onBoth(t *testing.T, test func(*testing.T, bool)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, false) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, true) })
}

// The clock of the one machine on which program and database run goes wrong under a serving county (H2, M9).
func TestAWrongClockIssuesNothing(t *testing.T) {
	long(t)
	onBoth(t, func(t *testing.T, postgres bool) {
		o := newOffice(t, postgres)
		before := o.rungs()
		papers := func() int { return o.count("cases") + o.count("documents") + o.count("number_series") }

		// the newest instant of the database is nine months old
		o.serve()
		o.doubt(true, "ahead of the newest instant in the database")
		if code := o.open(); code != http.StatusServiceUnavailable {
			t.Errorf("a case is numbered by a clock in doubt: %d", code)
		}
		if now := o.rungs(); !maps.Equal(now, before) {
			t.Errorf("rungs by a clock in doubt: %v, before %v", now, before)
		}

		o.must("clock", "confirm")
		o.doubt(false, "")
		o.until("the sweep takes what is late", func() bool {
			due, err := o.b.Store.DueRungs(t.Context(), backend.Wall(), 1)
			return err == nil && len(due) == 0
		})
		after, again := o.rungs(), 0
		if len(after) == 0 || maps.Equal(after, before) {
			t.Fatalf("no rung fired after the confirmation: %v", after)
		}
		for id, n := range after {
			if n > before[id]+1 {
				t.Errorf("deadline %d climbed %d rungs in one hour", id, n-before[id])
			}
		}
		for _, next := range []string{"day_3", "day_7", "month_1"} {
			again += o.count("deadlines WHERE closed_at IS NULL AND next = '" + next + "'")
		}
		if again == 0 {
			t.Error("no ladder goes on, so that nothing is tested")
		}

		for _, by := range []time.Duration{400 * 24 * time.Hour, -time.Hour} {
			had := papers()
			o.setClock(by)
			o.doubt(true, map[bool]string{true: "set forward by 9600h", false: "set back by 1h"}[by > 0])
			if code := o.open(); code != http.StatusServiceUnavailable {
				t.Errorf("clock %s: a case is numbered: %d", by, code)
			}
			if now := o.rungs(); !maps.Equal(now, after) {
				t.Errorf("clock %s: rungs fired: %v, before %v", by, now, after)
			}
			if n := papers(); n != had {
				t.Errorf("clock %s: %d numbers and papers, before %d", by, n, had)
			}
			o.setClock(0)
			o.doubt(false, "") // alone
			if code := o.open(); code != http.StatusCreated {
				t.Errorf("clock right again: opening a case answers %d", code)
			}
		}

		// a start does not forget
		o.srv.stop()
		o.setClock(30 * 24 * time.Hour)
		o.serve()
		o.doubt(true, "set forward by 720h")
		if now := o.rungs(); !maps.Equal(now, after) {
			t.Errorf("started 30 days ahead: rungs fired: %v, before %v", now, after)
		}
		o.must("clock", "confirm")
		o.doubt(false, "")
		if n := o.count("clock_confirmations"); n != 2 {
			t.Errorf("%d confirmations are kept, want 2", n)
		}
		if code := o.srv.stop(); code != exitDone {
			t.Errorf("stopping ended with %d: %s", code, o.srv.err)
		}
	})
}

// A worker that is killed is seen by the web process on another machine.
func TestAKilledWorkerIsSeen(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.args = append(o.args, "--redis", "redis://"+modelstest.Redis(t), "--base-url", "https://anju.example.gov.cn")
	work := func() *exec.Cmd {
		c := exec.CommandContext(
			t.Context(),
			"anju",
			append([]string{"serve", "--role", "worker", "--base-url", "https://anju.example.gov.cn"}, o.args...)...)
		var said output
		c.Stdout, c.Stderr = &said, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	worker := work()
	o.srv = startServer(t, append(slices.Clone(o.args), "--role", "web", "--base-url", "https://anju.example.gov.cn")...)
	o.until(
		"the worker reports",
		func() bool { code, r := o.ready(); return code == http.StatusOK && r.Workers.Alive == 1 },
	)
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait()
	o.write("UPDATE processes SET beat_at = beat_at - interval '61 seconds' WHERE role = 'worker'")
	if code, r := o.ready(); code != http.StatusServiceUnavailable || r.Workers.Alive != 0 ||
		!strings.Contains(strings.Join(r.Reasons, ""), "后台任务没有运行") {
		t.Errorf("readyz without a worker: %d %+v", code, r)
	}
	if code, said := o.anju("doctor"); code != exitFalse || !strings.Contains(said, "FAULT worker") {
		t.Errorf("doctor without a worker: %d %s", code, said)
	}
	worker = work()
	o.until(
		"a new worker reports",
		func() bool { code, r := o.ready(); return code == http.StatusOK && r.Workers.Alive == 1 },
	)
	if err := worker.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := worker.Wait(); err != nil {
		t.Errorf("a worker that is stopped: %v", err)
	}
	if code, r := o.ready(); code != http.StatusServiceUnavailable || r.Workers.Alive != 0 {
		t.Errorf("readyz after the worker was stopped: %d %+v", code, r)
	}
	if _, said := o.anju("clock", "status"); !strings.Contains(said, "worker ended") {
		t.Errorf("clock status after the worker was stopped: %s", said)
	}
}
