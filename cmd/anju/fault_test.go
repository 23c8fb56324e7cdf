package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/cmd/anju/serve"
	"anju/models/modelstest"
)

// teller is a client of a running server with the session of one account.
type teller struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
}

func tellerOf(t *testing.T, base, login string) *teller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &teller{t: t, base: base, http: &http.Client{Jar: jar, Timeout: 40 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	a := d.send("POST", "/api/v1/sessions", "", map[string]string{"login": login, "password": "anju-demo"})
	if a.status != 201 {
		t.Fatalf("log in as %s: %+v", login, a)
	}
	d.token = a.field("token")
	return d
}

// answer is what a request got; status 0 is no answer at all.
type answer struct {
	status int
	retry  string
	body   string
	err    error
}

func (a answer) field(name string) string {
	var m map[string]any
	_ = json.Unmarshal([]byte(a.body), &m) // a page has no fields
	s, _ := m[name].(string)
	return s
}

func (d *teller) do(method, path, contentType, key string, body io.Reader) answer {
	req, err := http.NewRequest(method, d.base+path, body)
	if err != nil {
		return answer{err: err}
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if d.token != "" && strings.HasPrefix(path, "/api/") {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header.Get("Retry-After"), string(b), err}
}

func (d *teller) send(method, path, key string, body any) answer {
	b, err := json.Marshal(body)
	if err != nil {
		return answer{err: err}
	}
	return d.do(method, path, "application/json", key, bytes.NewReader(b))
}

// opening is an application that may be opened now, with a mark in its text.
func (d *teller) opening(mark string) map[string]any {
	d.t.Helper()
	var chain struct {
		Ready struct {
			Household string         `json:"household_id"`
			Data      map[string]any `json:"data"`
		} `json:"ready"`
	}
	a := d.do("GET", "/api/v1/chains/homestead", "", "", nil)
	if err := json.Unmarshal([]byte(a.body), &chain); err != nil || chain.Ready.Household == "" {
		d.t.Fatalf("the chain: %+v", a)
	}
	chain.Ready.Data["reason"] = "儿子结婚分户，现有住房不够居住 " + mark
	return map[string]any{"chain": "homestead", "household_id": chain.Ready.Household, "application": chain.Ready.Data}
}

func (d *teller) open(mark string) string {
	d.t.Helper()
	a := d.send("POST", "/api/v1/cases", mark, d.opening(mark))
	if a.status != 201 {
		d.t.Fatalf("open: %+v", a)
	}
	return a.field("id")
}

func withdrawal(mark string) map[string]any {
	return map[string]any{"verb": "withdraw", "reason": "不办了 " + mark, "seen": 1}
}

func (d *teller) upload(id, key, name string) answer {
	d.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("code", "HP01")
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		d.t.Fatal(err)
	}
	_, _ = f.Write(
		[]byte(
			"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc" +
				"\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82",
		),
	)
	_ = w.Close()
	return d.do("POST", "/api/v1/cases/"+id+"/materials", w.FormDataContentType(), key, &b)
}

// household is a file that no one has entered yet; n tells them apart.
func household(n int) map[string]any {
	id := fmt.Sprintf("1408241970%02d%02d%03d", 1+n%12, 1+n%28, n%1000)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(id[i]-'0') * w
	}
	id += string("10X98765432"[sum%11])
	return map[string]any{
		"division":    "140824100214",
		"group_no":    "01",
		"members":     []any{},
		"current":     map[string]any{"homestead_area": "0", "building_area": "0"},
		"householder": map[string]any{"name": fmt.Sprintf("试验户%d", n), "id_number": id, "phone": "13800000000"},
	}
}

// faulty is a demo county on a PostgreSQL of its own behind a proxy, as a role that is no superuser.
type faulty struct {
	*running
	t     *testing.T
	pg    *modelstest.PostgresProcess
	proxy *proxy
}

func faultyCounty(t *testing.T) *faulty {
	t.Helper()
	f := &faulty{t: t, pg: modelstest.PostgresServer(t)}
	u, err := url.Parse(f.pg.URL())
	if err != nil {
		t.Fatal(err)
	}
	f.exec("CREATE ROLE anju LOGIN")
	f.exec("CREATE DATABASE anju OWNER anju")
	f.proxy = newProxy(t, u.Host)
	f.running = startServer(
		t,
		"--demo",
		"--data",
		t.TempDir(),
		"--db",
		"postgres://anju@"+f.proxy.l.Addr().String()+"/anju?sslmode=disable",
	)
	return f
}

// exec runs a statement past the proxy, as the owner of the server.
func (f *faulty) exec(sql string) {
	f.t.Helper()
	conn, err := pgx.Connect(f.t.Context(), f.pg.URL())
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(f.t.Context(), sql); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
}

// inside is a connection to the county's database past the proxy.
func (f *faulty) inside() *pgx.Conn {
	f.t.Helper()
	conn, err := pgx.Connect(f.t.Context(), strings.Replace(f.pg.URL(), "/postgres?", "/anju?", 1))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (f *faulty) count(sql string, args ...any) (n int) {
	f.t.Helper()
	conn := f.inside()
	if err := conn.QueryRow(f.t.Context(), sql, args...).Scan(&n); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// lines is how often a verb stands in the history of a case.
func (f *faulty) lines(id, verb string) int {
	f.t.Helper()
	return f.count("SELECT count(*) FROM history WHERE case_id = $1::text::bigint AND verb = $2", id, verb)
}

// Faults 14, 16, 17, 18 and 36 on one county.
func TestFaultsOfPostgres(t *testing.T) {
	long(t)
	f := faultyCounty(t)
	d := tellerOf(t, f.base, "counter")
	t.Run("a COMMIT whose answer is lost", func(t *testing.T) { lostCommits(t, f, d) })
	t.Run(
		"a COMMIT whose answer is lost, by the page",
		func(t *testing.T) { lostCommitOfPage(t, f, tellerOf(t, f.base, "counter")) },
	)
	t.Run("a COMMIT whose answer is lost, and no way back", func(t *testing.T) { lostForGood(t, f, d) })
	t.Run("what another holds", func(t *testing.T) { heldRows(t, f, d) })
	t.Run("ten at once under one key", func(t *testing.T) { tenUnderOneKey(t, f, d) })
	t.Run("no connection", func(t *testing.T) { noConnection(t, f, d) })
	t.Run("a restart", func(t *testing.T) { restarts(t, f, d) })
}

// lostCommits cuts before and after the COMMIT of what is opened, moved, handed in and entered: each time it is done
// once and answered as if nothing had happened, and the same key gets the same answer.
func lostCommits(t *testing.T, f *faulty, d *teller) {
	for round := range 6 {
		at := cutAfter
		if round%5 == 4 {
			at = cutBefore
		}
		mark := fmt.Sprintf("MARK-%d-", round)
		both := func(what string, status int, send func() answer) answer {
			t.Helper()
			cuts := f.proxy.count()
			f.proxy.arm(mark, at)
			first := send()
			if f.proxy.count() != cuts+1 {
				t.Fatalf("%s: nothing was cut: %+v", what, first)
			}
			again := send()
			if first.status != status || again.status != status || first.field("id") != again.field("id") {
				t.Fatalf("%s cut at %d: %+v\nand again: %+v", what, at, first, again)
			}
			return first
		}
		application := d.opening(mark)
		id := both("open", 201, func() answer { return d.send("POST", "/api/v1/cases", mark+"o", application) }).field("id")
		both("upload", 201, func() answer { return d.upload(id, mark+"u", mark+".png") })
		both("move", 200, func() answer { return d.send("POST", "/api/v1/cases/"+id+"/moves", mark+"m", withdrawal(mark)) })
		if o, u, m := f.lines(id, "open"), f.lines(id, "material"), f.lines(id, "withdraw"); o != 1 || u != 1 || m != 1 {
			t.Fatalf("lines of case %s: %d opened, %d handed in, %d withdrawn", id, o, u, m)
		}
		if n := f.count("SELECT count(*) FROM cases WHERE application::text LIKE '%' || $1 || '%'", mark); n != 1 {
			t.Fatalf("%d cases of %s", n, mark)
		}
		if round > 4 {
			continue
		}
		h := household(round)
		h["householder"].(map[string]any)["name"] = mark
		both("household", 201, func() answer { return d.send("POST", "/api/v1/households", mark+"h", h) })
		h["householder"].(map[string]any)["name"] = "另一个人"
		if a := d.send("POST", "/api/v1/households", mark+"h", h); a.status != 422 {
			t.Fatalf("another household under the same key: %+v", a)
		}
	}
}

var csrfToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func lostCommitOfPage(t *testing.T, f *faulty, d *teller) {
	const mark = "MARK-page-"
	id := d.open(mark)
	form := func(path string, v url.Values) answer {
		return d.do("POST", path, "application/x-www-form-urlencoded", "", strings.NewReader(v.Encode()))
	}
	login := form("/login", url.Values{"login": {"counter"}, "password": {"anju-demo"}})
	page := d.do("GET", "/cases/"+id, "", "", nil)
	token := csrfToken.FindStringSubmatch(page.body)
	if login.status != 303 || page.status != 200 || token == nil {
		t.Fatalf("login %d, page %d", login.status, page.status)
	}
	cuts := f.proxy.count()
	f.proxy.arm(mark, cutAfter)
	sent := url.Values{
		"csrf":   {token[1]},
		"key":    {"of-the-page"},
		"seen":   {"1"},
		"verb":   {"withdraw"},
		"reason": {"不办了 " + mark},
	}
	for range 2 {
		if a := form("/cases/"+id+"/moves", sent); a.status != 303 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if n := f.lines(id, "withdraw"); n != 1 || f.proxy.count() != cuts+1 {
		t.Errorf("%d lines, %d cuts", n, f.proxy.count()-cuts)
	}
	id = tellerOf(t, f.base, "counter").open("MARK-page-2-")
	f.proxy.arm("MARK-page-3-", cutAway)
	sent.Set("reason", "不办了 MARK-page-3-")
	a := form("/cases/"+id+"/moves", sent)
	f.proxy.mend()
	if a.status != 503 || a.retry == "" || !strings.Contains(a.body, "结果未知，请勿重复提交，稍后在办件中查看") ||
		strings.Contains(a.body, "没有提交") ||
		!strings.Contains(a.body, "不办了 MARK-page-3-") {
		t.Errorf("no way back: %+v", a)
	}
	if a = form("/cases/"+id+"/moves", sent); a.status != 303 || f.lines(id, "withdraw") != 1 {
		t.Errorf("the same form again: %d %s", a.status, a.body)
	}
}

func lostForGood(t *testing.T, f *faulty, d *teller) {
	const mark = "MARK-away-"
	id := d.open(mark)
	f.proxy.arm(mark, cutAway)
	send := func() answer { return d.send("POST", "/api/v1/cases/"+id+"/moves", mark+"m", withdrawal(mark)) }
	began := time.Now()
	a := send()
	f.proxy.mend()
	if took := time.Since(began); took < time.Second || took > 10*time.Second {
		t.Errorf("it was asked for %s", took)
	}
	if a.status != 503 || a.retry == "" || !strings.Contains(a.body, "结果未知，请勿重复提交，稍后在办件中查看") ||
		strings.Contains(a.body, "没有") {
		t.Errorf("%+v", a)
	}
	if f.lines(id, "withdraw") != 1 {
		t.Fatal("the COMMIT did not reach the server")
	}
	if a = send(); a.status != 200 || f.lines(id, "withdraw") != 1 {
		t.Errorf("the same key again: %+v", a)
	}
}

func heldRows(t *testing.T, f *faulty, d *teller) {
	id := d.open("held")
	application := d.opening("held too")
	for _, tt := range []struct {
		name, lock, says string
		send             func() answer
	}{
		{"the case", "SELECT 1 FROM cases WHERE id = " + id + " FOR UPDATE", "该件正在被他人处理，请稍后再试",
			func() answer { return d.send("POST", "/api/v1/cases/"+id+"/moves", "held-m", withdrawal("")) }},
		{"the number series", "SELECT 1 FROM number_series FOR UPDATE", "编号正被另一项办理占用，请稍后再试",
			func() answer { return d.send("POST", "/api/v1/cases", "held-o", application) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tx, err := f.inside().Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.Background()) }()
			if _, err := tx.Exec(t.Context(), tt.lock); err != nil {
				t.Fatal(err)
			}
			if a := tt.send(); a.status != 409 || a.field("detail") != tt.says {
				t.Errorf("held: %+v", a)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if a := tt.send(); a.status/100 != 2 {
				t.Errorf("let go: %+v", a)
			}
		})
	}
}

func tenUnderOneKey(t *testing.T, f *faulty, d *teller) {
	application := d.opening("MARK-ten")
	ids := make([]string, 10)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			a := d.send("POST", "/api/v1/cases", "ten", application)
			for a.status == 409 { // waited two seconds for the others: a slow machine
				a = d.send("POST", "/api/v1/cases", "ten", application)
			}
			ids[i] = a.field("id")
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("opened %q", ids)
		}
	}
	if n := f.count("SELECT count(*) FROM cases WHERE application::text LIKE '%MARK-ten%'"); n != 1 {
		t.Errorf("%d cases", n)
	}
	if a := d.send("POST", "/api/v1/cases", "ten", d.opening("something else")); a.status != 422 {
		t.Errorf("another application under the same key: %+v", a)
	}
}

// recovers waits until the server answers as before, without a restart of its own.
func (d *teller) recovers() {
	d.t.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		a := d.do("GET", "/api/v1/cases", "", "", nil)
		if a.status == 200 {
			return
		}
		if time.Now().After(until) {
			d.t.Fatalf("it does not recover: %+v", a)
		}
	}
}

// unavailable is how every route answers an outage.
func unavailable(a answer) error {
	if a.status != 503 || a.retry == "" || strings.Contains(a.body, "没有保存") || strings.Contains(a.body, "没有提交成功") {
		return fmt.Errorf("%+v", a)
	}
	return nil
}

func (d *teller) everyRoute(t *testing.T, n int) map[string]func() answer {
	application := d.opening("outage")
	page := tellerOf(t, d.base, "counter") // in the browser, where a login ends the session before it
	return map[string]func() answer{
		"login": func() answer {
			return d.send("POST", "/api/v1/sessions", "", map[string]string{"login": "village", "password": "anju-demo"})
		},
		"household": func() answer { return d.send("POST", "/api/v1/households", "", household(n)) },
		"open":      func() answer { return d.send("POST", "/api/v1/cases", "", application) },
		"list":      func() answer { return d.do("GET", "/api/v1/cases", "", "", nil) },
		"tasks":     func() answer { return d.do("GET", "/api/v1/tasks", "", "", nil) },
		"page":      func() answer { return page.do("GET", "/cases", "", "", nil) },
		"login page": func() answer {
			return page.do(
				"POST",
				"/login",
				"application/x-www-form-urlencoded",
				"",
				strings.NewReader("login=village&password=anju-demo"),
			)
		},
	}
}

func noConnection(t *testing.T, f *faulty, d *teller) {
	routes := d.everyRoute(t, 100)
	f.exec("ALTER ROLE anju CONNECTION LIMIT 0")
	f.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'anju'")
	for name, send := range routes {
		if err := unavailable(send()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.exec("ALTER ROLE anju CONNECTION LIMIT -1")
	d.recovers()
}

// restarts takes the server away under load, twice politely and twice as a crash: what is answered is done, or 503.
func restarts(t *testing.T, f *faulty, d *teller) {
	routes := d.everyRoute(t, 200)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen, refused := map[string]int{}, map[string]int{}
	for name, send := range routes {
		wg.Go(func() {
			for ctx.Err() == nil {
				a := send()
				mu.Lock()
				seen[strconv.Itoa(a.status)]++
				if a.status != 409 && a.status != 422 && a.status/100 > 3 || a.status == 0 {
					if err := unavailable(a); err != nil {
						refused[name+": "+err.Error()]++
					}
				}
				mu.Unlock()
			}
		})
	}
	for range 2 {
		f.pg.Restart()
		f.pg.Stop()
		f.pg.Start()
	}
	d.recovers()
	stop()
	wg.Wait()
	t.Logf("%v", seen)
	if len(refused) > 0 {
		t.Errorf("%v", refused)
	}
	if seen["503"] == 0 || seen["200"] == 0 {
		t.Errorf("the restarts were not felt: %v", seen)
	}
}

// A stop under load resets no connection (fault 7): what was accepted is answered, and what is not is refused.
func TestStopResetsNothing(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	data := t.TempDir()
	seedDemo(t, data)
	for round := range 2 {
		r := startServer(t, "--demo", "--data", data)
		d := tellerOf(t, r.base, "counter")
		ctx, done := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var mu sync.Mutex
		statuses, broken := map[int]int{}, map[string]int{}
		slowest := time.Duration(0)
		for i := range 20 {
			c := &teller{
				t:     t,
				base:  r.base,
				token: d.token,
				http:  &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}},
			}
			wg.Go(func() {
				for ctx.Err() == nil {
					sent := time.Now()
					a := c.do("POST", "/api/v1/households", "application/json", "", strings.NewReader("{}"))
					mu.Lock()
					slowest = max(slowest, time.Since(sent))
					statuses[a.status]++
					if a.err != nil && !errors.Is(a.err, syscall.ECONNREFUSED) {
						broken[a.err.Error()]++
					}
					mu.Unlock()
					if errors.Is(a.err, syscall.ECONNREFUSED) {
						return
					}
					time.Sleep(60 * time.Millisecond)
				}
			})
		}
		for started := false; !started; time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			started = statuses[422] > 40
			mu.Unlock()
		}
		began := time.Now()
		if code := r.stop(); code != 0 {
			t.Errorf("exit %d: %s", code, r.err)
		}
		took := time.Since(began)
		done()
		wg.Wait()
		t.Logf("round %d: stopped in %s, %v", round, took.Round(time.Millisecond), statuses)
		if len(broken) > 0 ||
			took > serve.StopsWithin+slowest { // on a slow machine what is in hand takes as long as an answer
			t.Errorf("%v after %s; the slowest answer took %s", broken, took, slowest)
		}
	}
}

// On a full disk every write says so and every read goes on; with room again all is as before (fault 20, M2).
func TestFullDiskIsSaid(t *testing.T) {
	long(t)
	dir, fill, empty := modelstest.SmallDisk(t, 32)
	r := startServer(t, "--demo", "--data", dir)
	d := tellerOf(t, r.base, "counter")
	id := d.open("full")
	n := 0
	writes := []struct {
		name string
		send func() answer
	}{
		{"household", func() answer { n++; return d.send("POST", "/api/v1/households", "", household(n)) }},
		{"upload", func() answer { return d.upload(id, "", "full.png") }},
		{"login", func() answer {
			return d.send("POST", "/api/v1/sessions", "", map[string]string{"login": "village", "password": "anju-demo"})
		}},
		// last: it can be done once, so it cannot use up the room that is left in the log of changes
		{"record", func() answer { return d.send("POST", "/api/v1/cases/"+id+"/moves", "full", withdrawal("full")) }},
	}
	fill()
	for _, w := range writes {
		a := w.send()
		for try := 0; a.status/100 == 2 && try < 500; try++ { // the log of changes has room for a few more
			a = w.send()
		}
		if a.status != 507 || !strings.Contains(a.body, "服务器存储已满") {
			t.Errorf("%s: %+v", w.name, a)
		}
	}
	ready := func() answer { return d.do("GET", "/readyz", "", "", nil) }
	eventually(t, "readyz says that the disk is full", func() bool {
		a := ready()
		return a.status == 503 && strings.Contains(a.body, "服务器存储已满") && !strings.Contains(a.body, "后台任务没有运行")
	})
	for _, command := range []string{"doctor", "clock status"} {
		var said output
		args := append(strings.Fields(command), "--data", dir, "--db", filepath.Join(dir, "anju.db"))
		run(t.Context(), args, strings.NewReader(""), &said, &said)
		t.Logf("%s on a full disk: %s", command, said.String())
		for _, wrong := range []string{"migrate up", "check ANJU_DB"} {
			if strings.Contains(said.String(), wrong) {
				t.Errorf("%s on a full disk: %s", command, said.String())
			}
		}
	}
	for _, path := range []string{"/api/v1/cases", "/api/v1/cases/" + id, "/api/v1/tasks"} {
		if a := d.do("GET", path, "", "", nil); a.status != 200 {
			t.Errorf("%s: %+v", path, a)
		}
	}
	empty()
	eventually(t, "readyz says ready", func() bool { return ready().status == 200 })
	for _, w := range writes {
		if a := w.send(); a.status/100 != 2 {
			t.Errorf("%s afterwards: %+v", w.name, a)
		}
	}
}
