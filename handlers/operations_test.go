package handlers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"anju/handlers/request"
	"anju/models/modelstest"
	"anju/models/registry"
	"anju/workflow"
)

// pageOf reads a page as one account.
func (o *outside) pageOf(t *testing.T, login, path string) string {
	t.Helper()
	req := httptest.NewRequest("GET", path, nil)
	if login != "" {
		req.AddCookie(&http.Cookie{Name: request.CookieName, Value: o.as(t, login).token})
	}
	res, err := o.web.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %d %v %s", path, res.StatusCode, err, b)
	}
	return string(b)
}

func (o *outside) measured(t *testing.T) string { return o.pageOf(t, "", "/metrics") }

const doubted = "服务器的时钟可能不准"

func TestAClockInDoubtIsSaidAndDatesNothing(t *testing.T) {
	o := newOutside(t)
	counter, watcher := o.as(t, "counter"), &client{t: t, web: o.web}
	id := draft(t, counter)
	says := func(want bool) {
		t.Helper()
		for _, at := range [][2]string{{"counter", "/"}, {"counter", "/cases/" + id}, {"admin", "/admin/health"}, {"admin", "/admin/queue"}} {
			if got := strings.Contains(o.pageOf(t, at[0], at[1]), `<div class="hold" role="alert">`+doubted); got != want {
				t.Errorf("%s of %s says that the clock is in doubt: %t, want %t", at[1], at[0], got, want)
			}
		}
		if strings.Contains(o.pageOf(t, "", "/login"), doubted) {
			t.Error("strangers are told of the clock")
		}
		s, m := watcher.ask("GET", "/readyz", "")
		if s != 200 || m["status"] != "ready" || m["clock"].(map[string]any)["in_doubt"] != want || (len(m["reasons"].([]any)) == 1) != want {
			t.Errorf("readyz: %d %v", s, m)
		}
		if got := strings.Contains(o.measured(t), "\nanju_clock_in_doubt 1\n"); got != want {
			t.Errorf("the metric says doubt: %t, want %t", got, want)
		}
		if got := strings.Contains(o.pageOf(t, "admin", "/admin/health"), "可能不准，红牌、催办和文书编号已暂停：set forward"); got != want {
			t.Errorf("the health page says doubt: %t, want %t", got, want)
		}
	}
	says(false)
	o.hold.Store(&workflow.Held{Hold: workflow.HoldClock, Cause: "set forward"})
	says(true)
	_, ch := counter.ask("GET", request.APIRoot+"/chains/homestead", "")
	ready := ch["ready"].(map[string]any)
	body, err := json.Marshal(map[string]any{"chain": "homestead", "household_id": "2", "application": ready["data"]})
	if err != nil {
		t.Fatal(err)
	}
	if s, m := counter.ask("POST", request.APIRoot+"/cases", string(body)); s != 503 || !strings.Contains(m["detail"].(string), "时钟可能不准") {
		t.Errorf("a case is opened: %d %v", s, m)
	}
	o.hold.Store(nil)
	says(false)
	if s, m := counter.ask("POST", request.APIRoot+"/cases", string(body)); s != 201 {
		t.Errorf("once the clock is right: %d %v", s, m)
	}
}

func TestADeadWorkerIsRed(t *testing.T) {
	o := newOutside(t)
	watcher := &client{t: t, web: o.web}
	web := registry.Process{ID: "web", Role: "web", Host: "one", Age: time.Second, Beat: noon}
	worker := func(age time.Duration) registry.Process {
		return registry.Process{ID: "worker", Role: "worker", Host: "two", Age: age, Beat: noon, Swept: noon.Add(-20 * time.Second)}
	}
	for _, tt := range []struct {
		name      string
		processes []registry.Process
		alive     bool
		text      string
		beat      string
	}{
		{"both", []registry.Process{web, worker(9 * time.Second)}, true, "1 个在运行，最后一次报到在 9 秒前", "anju_worker_last_beat_seconds 9"},
		{"a minute", []registry.Process{web, worker(time.Minute)}, true, "60 秒前", "anju_worker_last_sweep_seconds 80"},
		{"dead", []registry.Process{web, worker(61 * time.Second)}, false, "后台任务没有运行：two 最后一次报到在", "anju_worker_last_beat_seconds 61"},
		{"a beat of a wrong clock", []registry.Process{web, worker(-time.Hour)}, false, "后台任务没有运行：two", "anju_worker_last_beat_seconds -3600"},
		{"no worker", []registry.Process{web}, false, "后台任务没有运行：期限到期不会处理", ""},
		{"one of two", []registry.Process{worker(time.Hour), worker(time.Second)}, true, "1 个在运行", "anju_worker_last_beat_seconds 1"},
	} {
		o.store.processes = tt.processes
		status, m := watcher.ask("GET", "/readyz", "")
		reasons, _ := m["reasons"].([]any)
		if (status == 200) != tt.alive || status != 200 && status != 503 || (len(reasons) == 0) != tt.alive {
			t.Errorf("%s: readyz %d %v", tt.name, status, m)
		}
		if health := o.pageOf(t, "admin", "/admin/health"); !strings.Contains(health, tt.text) {
			t.Errorf("%s: the health page lacks %q:\n%s", tt.name, tt.text, health)
		} else if line := health[strings.Index(health, "后台任务</th>"):]; strings.HasPrefix(line, `后台任务</th><td><span class="lamp green">`) != tt.alive {
			t.Errorf("%s: the line of the workers is\n%.200s", tt.name, line)
		}
		if got := o.measured(t); !strings.Contains(got, tt.beat) || tt.beat == "" && strings.Contains(got, "anju_worker_last_beat_seconds") {
			t.Errorf("%s: metrics lack %q", tt.name, tt.beat)
		}
	}
}

// A full disk keeps the heartbeats from being written: that is said, not that no worker runs.
func TestAFullDiskIsAReasonOfItsOwn(t *testing.T) {
	o := newOutside(t)
	watcher := &client{t: t, web: o.web}
	dead := []registry.Process{{ID: "w", Role: "all", Host: "two", Age: time.Hour, Beat: noon}}
	for _, processes := range [][]registry.Process{nil, dead} {
		o.store.processes, o.beat = processes, fmt.Errorf("beat: %w", syscall.ENOSPC)
		s, m := watcher.ask("GET", "/readyz", "")
		said := fmt.Sprint(m)
		if s != 503 || !strings.Contains(said, "服务器存储已满") || strings.Contains(said, "后台任务没有运行") {
			t.Errorf("readyz: %d %s", s, said)
		}
		if health := o.pageOf(t, "admin", "/admin/health"); !strings.Contains(health, "服务器存储已满") || strings.Contains(health, "后台任务没有运行") {
			t.Errorf("the health page:\n%s", health)
		}
	}
	o.store.processes, o.beat = nil, nil
	if s, m := watcher.ask("GET", "/readyz", ""); s != 200 {
		t.Errorf("with room again: %d %v", s, m)
	}
	o.store.broken = fmt.Errorf("ping: %w", syscall.ENOSPC)
	if s, m := watcher.ask("GET", "/readyz", ""); s != 503 || !strings.Contains(fmt.Sprint(m), "服务器存储已满") {
		t.Errorf("where nothing can be read either: %d %v", s, m)
	}
}

// A database that takes the connection and never answers is given up in time.
func TestReadyDoesNotWaitForADatabaseThatHangs(t *testing.T) {
	modelstest.Slow(t)
	o := newOutside(t)
	o.store.hangs = true
	if s, m := (&client{t: t, web: o.web}).ask("GET", "/readyz", ""); s != 503 || !strings.Contains(fmt.Sprint(m), "数据库暂时连接不上") {
		t.Errorf("%d %v", s, m)
	}
}
