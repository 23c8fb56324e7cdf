package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/models/modelstest"
)

// Heaviest that a page may be on the wire, compressed and with its headers.
const (
	firstPage = 60 << 10 // nothing in the cache
	nextPage  = 12 << 10
	listPage  = 15 << 10
)

// screen is a person before a real browser: one tab, in which one account after another logs in.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string
	who  string
	path string // of the case
	scan string // file to upload
	shot int

	mu    sync.Mutex
	bytes float64
	hosts map[string]int
}

// serve puts the app on a port of the loopback interface.
func serve(t *testing.T, web *fiber.App) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- web.Listener(ln) }()
	t.Cleanup(func() {
		if err := web.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	base := "http://" + ln.Addr().String()
	answer, err := http.Get(base + "/healthz") // a shutdown before the start would be lost
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return base
}

func newScreen(t *testing.T, base string) *screen {
	t.Helper()
	path := modelstest.Chromium(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.WindowSize(1366, 768))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	tab, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(func() { closeTab(); stop() })
	s := &screen{t: t, base: base, hosts: map[string]int{}, scan: filepath.Join(t.TempDir(), "扫描件.png")}
	if err := os.WriteFile(s.scan, handlers.SmallPNG, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(1366, 768)); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatalf("switch scripts off: %v", err)
	}
	if err := chromedp.Listen(tab, s.hear); err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(tab, 8*time.Minute)
	t.Cleanup(cancel)
	return s
}

// hear keeps account of what comes over the wire, and from whom.
func (s *screen) hear(ev any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventResponseReceived:
		if u, err := url.Parse(e.Response.URL); err != nil || u.Scheme != "about" && u.Scheme != "data" {
			s.hosts[u.Scheme+"://"+u.Host]++
		}
	case *network.EventLoadingFinished:
		s.bytes += e.EncodedDataLength
	}
}

func (s *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatalf("%s: %v\n%s", s.who, err, s.text("body"))
	}
}

// load does what brings a new page, waits for it, and tells its weight.
func (s *screen) load(limit float64, steps ...chromedp.Action[chromedp.Void]) (status int64) {
	s.t.Helper()
	s.mu.Lock()
	s.bytes = 0
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.ctx, 15*time.Second)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		s.t.Fatalf("%s: no page comes: %v\n%s", s.who, err, s.text("body"))
	}
	s.mu.Lock()
	n := s.bytes
	s.mu.Unlock()
	where := strings.TrimPrefix(res.URL, s.base)
	s.t.Logf("%6.0f bytes  %s %s", n, s.who, where)
	if n > limit {
		s.t.Errorf("%s: %s weighs %.0f bytes, more than %.0f", s.who, where, n, limit)
	}
	if wide := evaluate[int](s, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		s.t.Errorf("%s: %s is %d pixels wider than the window", s.who, where, wide)
	}
	return res.Status
}

// fillList opens drafts until a page of the list is full.
func fillList(t *testing.T, web *fiber.App) {
	t.Helper()
	counter := handlers.LogIn(t, web, "counter")
	_, ch := counter.Ask("GET", "/api/v1/chains/homestead", "")
	ready, _ := ch["ready"].(map[string]any)
	for range 20 {
		body, err := json.Marshal(map[string]any{"chain": "homestead", "household_id": ready["household_id"], "application": ready["data"]})
		if err != nil {
			t.Fatal(err)
		}
		if status, m := counter.Ask("POST", "/api/v1/cases", string(body)); status != 201 {
			t.Fatalf("open: %d %v", status, m)
		}
	}
}

func evaluate[T any](s *screen, js string) T {
	s.t.Helper()
	v, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		s.t.Fatalf("%s: %s: %v", s.who, js, err)
	}
	return v
}

func (s *screen) text(sel string) string {
	s.t.Helper()
	return evaluate[string](s, fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.innerText).join('\\n')", sel))
}

// save keeps a picture where ANJU_SHOTS names a folder.
func (s *screen) save(name string) {
	s.t.Helper()
	dir := os.Getenv("ANJU_SHOTS")
	if dir == "" {
		return
	}
	b, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	s.shot++
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d-%s.png", s.shot, name)), b, 0o644)
	}
	if err != nil {
		s.t.Error(err)
	}
}

func at(sel string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(sel)) }

func typeIn(sel, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Clear(chromedp.CSS(sel)), chromedp.SendKeys(chromedp.CSS(sel), text))
}

// become is somebody else sitting down: the one before logs out, the next types account and password.
func (s *screen) become(login string) {
	s.t.Helper()
	if s.who == login {
		return
	}
	if s.who != "" {
		s.load(nextPage, at("form.who button"))
	}
	s.who = login
	s.load(listPage, typeIn("#login", login), typeIn("#password", "anju-demo"), at("main button"))
	if !strings.Contains(s.text("header"), "退出") {
		s.t.Fatalf("%s cannot log in:\n%s", login, s.text("body"))
	}
}

// open finds the case in the office's list and opens it.
func (s *screen) open() {
	s.t.Helper()
	s.load(listPage, at("header nav a"))
	row := `a.row[href="` + s.path + `"]`
	if evaluate[int](s, fmt.Sprintf("document.querySelectorAll(%q).length", row)) == 0 {
		s.t.Fatalf("%s does not find %s in the list:\n%s", s.who, s.path, s.text("main"))
	}
	s.load(nextPage, at(row))
}

// press opens a form of the case page, where it is closed, and sends it as it stands.
func (s *screen) press(id string, steps ...chromedp.Action[chromedp.Void]) int64 {
	s.t.Helper()
	if evaluate[int](s, fmt.Sprintf("document.querySelectorAll('#%s').length", id)) == 0 {
		s.t.Fatalf("%s: no %s on the page:\n%s", s.who, id, s.text("main"))
	}
	if !evaluate[bool](s, fmt.Sprintf("document.getElementById(%q).open", id)) {
		s.do(at("#" + id + ">summary"))
	}
	return s.load(nextPage, append(steps, at("#"+id+" form>button"))...)
}

func (s *screen) state(want string) {
	s.t.Helper()
	if got := s.text(".lead strong"); got != want {
		s.t.Fatalf("%s: the case is shown as %q, want %q:\n%s", s.who, got, want, s.text("main"))
	}
}

// step is one account doing one thing to the case, and the state that its screen shows then.
func (s *screen) step(login, form, state string) {
	s.t.Helper()
	if s.who != login {
		s.become(login)
		s.open()
	}
	if status := s.press(form); status != 200 {
		s.t.Fatalf("%s: %s is answered %d:\n%s", login, form, status, s.text("main"))
	}
	s.state(state)
	if !strings.Contains(s.text(".notice"), "已办理：") {
		s.t.Errorf("%s: the page does not say that %s was done", login, form)
	}
}

// The demo accounts walk a new case to its end in a real browser with scripts switched off: every page works without. What the script adds
// is held in package screens.
func TestBrowserWalksHomestead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a real browser is slow")
	}
	modelstest.Chromium(t)
	web, _ := county(t)
	base := serve(t, web)
	s := newScreen(t, base)

	s.load(firstPage, chromedp.Navigate(base+"/login"))
	s.save("login")
	s.become("counter")
	s.save("list-counter")
	s.load(nextPage, at(`main a[href="/new"]`))
	s.load(nextPage, at(`a[href="/new?chain=homestead"]`))
	s.save("choose")
	s.load(nextPage, at("main form.inset button"))
	s.save("new")
	s.load(nextPage, typeIn("#f-proposed-homestead_area", "120.005"), typeIn("#f-reason", "女儿结婚，家里住不下"), at("main form .doing button"))
	if !strings.Contains(s.text(".summary"), "没有提交成功") || evaluate[string](s, `document.getElementById("f-reason").value`) != "女儿结婚，家里住不下" {
		t.Errorf("a wrong area: %s", s.text("main"))
	}
	s.save("new-refused")
	s.load(nextPage, typeIn("#f-proposed-homestead_area", "133.00"), at("main form .doing button"))
	s.path = regexp.MustCompile(`/cases/\d+$`).FindString(evaluate[string](s, "location.pathname"))
	if s.path == "" {
		t.Fatalf("no case opened:\n%s", s.text("main"))
	}
	s.state("草稿")
	s.save("draft")
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		s.load(nextPage, chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{s.scan}), at("#paper-"+code+" form button"))
	}
	if got := s.text("#papers"); strings.Contains(got, "▲ 缺") {
		t.Errorf("papers are missing: %s", got)
	}
	s.save("draft-complete")
	s.step("counter", "v-submit", "组级已收")

	s.step("group", "v-submit", "会议讨论")
	s.save("meeting")
	s.step("group", "r-meeting_record", "会议讨论")
	s.step("group", "v-publish_notice", "公示中")
	s.step("group", "r-public_notice", "公示中")
	s.save("notice")
	if status := s.press("v-sign_opinion", typeIn("#v-sign_opinion-opinion", "情况属实，我同意")); status != 422 {
		t.Errorf("an early signature is answered %d", status)
	}
	if got := s.text(".summary"); !strings.Contains(got, "公示不少于 5 个工作日，至 2026-03-09 24:00 期满，此前不得签署") || !strings.Contains(got, "R35") {
		t.Errorf("an early signature: %s", got)
	}
	if got := evaluate[string](s, `document.getElementById("v-sign_opinion-opinion").value`); got != "情况属实，我同意" {
		t.Errorf("what was typed is now %q", got)
	}
	s.state("公示中")
	s.save("notice-early")
	s.load(nextPage, at(".demo summary"), chromedp.SendKeys(chromedp.CSS("#advance"), "3"), at("#far button"))
	if !strings.Contains(s.text(".demo"), "2026年3月5日 09:00") {
		t.Errorf("the clock shows %s", s.text(".demo"))
	}
	s.load(nextPage, at(`.demo button[name="set"]`))
	if !strings.Contains(s.text(".demo"), "2026年3月10日 00:00") {
		t.Errorf("the clock shows %s", s.text(".demo"))
	}
	s.load(nextPage, at(".demo summary"), chromedp.SendKeys(chromedp.CSS("#advance"), "7"), at("#far button"))
	s.open()
	s.save("notice-over")
	s.step("group", "v-sign_opinion", "组级签署")
	s.step("group", "v-forward", "村级审查")

	s.become("village")
	s.open()
	s.save("village")
	s.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile))
	s.open()
	s.save("village-360")
	s.step("village", "together", "乡镇收件") // both records and the signature in one form
	s.save("village-signed-360")
	s.load(listPage, at("header nav a"))
	s.save("list-360")
	s.load(nextPage, at("form.who button"))
	s.save("login-360")
	s.who = ""
	s.step("counter", "v-accept", "联审（实地审查）")
	s.load(listPage, at("header nav a"))
	s.save("list-counter-360")
	s.load(nextPage, at(`main a[href="/new"]`))
	s.load(nextPage, at(`a[href="/new?chain=homestead"]`))
	s.load(nextPage, at("main form.inset button"))
	s.save("new-360")
	s.do(chromedp.EmulateViewport(1366, 768))

	s.step("planning", "r-site_record", "联审（实地审查）")
	s.step("planning", "r-planning_area_confirmation", "联审（实地审查）")
	s.step("planning", "r-joint_review_sheet", "联审（实地审查）")
	s.save("planning-done")
	s.step("social", "r-joint_review_sheet", "联审（实地审查）")
	s.step("economic", "r-joint_review_sheet", "联审（实地审查）")
	s.step("economic", "v-forward", "审批")
	if got := s.text(".timeline li:first-child strong"); got != "汇总送审" {
		t.Errorf("the hand-over stands in the history as %q", got)
	}
	s.become("township")
	s.open()
	s.save("decision")
	s.step("township", "v-approve", "已批准待发证")
	s.become("counter")
	s.open()
	for _, code := range []string{"F04", "F05"} { // stamped, and scanned again
		s.load(nextPage, chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{s.scan}), at("#paper-"+code+" form button"))
	}
	s.save("stamped")
	s.step("counter", "v-issue", "已发证")
	s.step("agriculture", "r-filing_receipt", "已发证")
	s.step("resources", "r-filing_receipt", "已发证")
	s.step("township", "v-file", "已备案")
	s.step("township", "r-disclosure", "已备案")
	s.step("counter", "v-archive", "已归档")
	s.save("archived")
	for _, number := range []string{`乡字第1408242026\d+`, `农宅字1408241002\d+`} {
		if !regexp.MustCompile(number).MatchString(s.text("#documents")) {
			t.Errorf("no certificate %s:\n%s", number, s.text("#documents"))
		}
	}
	s.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile))
	s.load(nextPage, chromedp.Navigate(base+s.path))
	s.save("archived-360")
	fillList(t, web)
	s.load(listPage, chromedp.Navigate(base+"/cases"))
	if n := evaluate[int](s, "document.querySelectorAll('a.row').length"); n != 20 {
		t.Errorf("the list is weighed with %d rows", n)
	}
	s.save("cases-360")
	s.do(chromedp.EmulateViewport(1366, 768))
	s.load(listPage, chromedp.Navigate(base+"/"))
	s.save("list-counter-full")

	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.hosts) != 1 || s.hosts[base] == 0 {
		t.Errorf("answers came from %v, want only %s", s.hosts, base)
	}
}
