package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/models/history"
	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// client asks over HTTP as one account does.
type client struct {
	t     *testing.T
	web   tester
	token string
}

type tester interface {
	Test(req *http.Request, ms ...int) (*http.Response, error)
}

func (c *client) ask(method, path, body string, headers ...string) (int, map[string]any) {
	c.t.Helper()
	res := c.raw(method, path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, headers...)...)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	if len(b) > 0 {
		if err := json.Unmarshal(b, &m); err != nil {
			c.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
	}
	if res.StatusCode >= 400 {
		checkProblem(c.t, res, b, m)
	}
	return res.StatusCode, m
}

func (c *client) raw(method, path string, body io.Reader, headers ...string) *http.Response {
	c.t.Helper()
	req := httptest.NewRequest(method, path, body)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.web.Test(req, -1)
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// checkProblem holds every refusal to its form: problem+json, one Chinese sentence, nothing of the inside.
func checkProblem(t *testing.T, res *http.Response, b []byte, m map[string]any) {
	t.Helper()
	if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%d is %s: %s", res.StatusCode, ct, b)
	}
	detail, _ := m["detail"].(string)
	if !strings.ContainsFunc(detail, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
		t.Errorf("detail %q is no Chinese sentence", detail)
	}
	if m["status"] != float64(res.StatusCode) || m["title"] == "" || m["type"] == "" || m["errors"] == nil {
		t.Errorf("problem lacks a part: %s", b)
	}
	for _, inside := range []string{"SELECT", "goroutine", ".go:", "panic", "sqlite", "pgx"} {
		if strings.Contains(string(b), inside) {
			t.Errorf("answer shows %q: %s", inside, b)
		}
	}
}

func (c *client) upload(path, code, name string, content []byte) (int, map[string]any) {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if code != "" {
		_ = w.WriteField("code", code)
	}
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = f.Write(content)
	_ = w.Close()
	res := c.raw("POST", path, &b, "Content-Type", w.FormDataContentType())
	out, _ := io.ReadAll(res.Body)
	var m map[string]any
	if err := json.Unmarshal(out, &m); err != nil {
		c.t.Fatalf("upload: %d %s", res.StatusCode, out)
	}
	if res.StatusCode >= 400 {
		checkProblem(c.t, res, out, m)
	}
	return res.StatusCode, m
}

func (o *outside) as(t *testing.T, login string) *client { return logIn(t, o.web, login) }

func logIn(t *testing.T, web tester, login string) *client {
	t.Helper()
	c := &client{t: t, web: web}
	status, m := c.ask("POST", request.APIRoot+"/sessions", `{"login":"`+login+`","password":"anju-demo"}`)
	if status != 201 {
		t.Fatalf("log in as %s: %d %v", login, status, m)
	}
	c.token, _ = m["token"].(string)
	return c
}

var smallPNG = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82")

func draft(t *testing.T, counter *client) string {
	t.Helper()
	_, ch := counter.ask("GET", request.APIRoot+"/chains/homestead", "")
	ready := ch["ready"].(map[string]any)
	body, _ := json.Marshal(map[string]any{"chain": "homestead", "household_id": ready["household_id"], "application": ready["data"]})
	status, m := counter.ask("POST", request.APIRoot+"/cases", string(body))
	if status != 201 {
		t.Fatalf("open: %d %v", status, m)
	}
	return m["id"].(string)
}

func TestWhoMayAsk(t *testing.T) {
	o := newOutside(t)
	nobody := &client{t: t, web: o.web}
	counter := o.as(t, "counter")
	id := draft(t, counter)
	for _, path := range []string{"/me", "/chains", "/cases", "/cases/" + id, "/tasks", "/households/1", "/cases/" + id + "/history"} {
		if s, _ := nobody.ask("GET", request.APIRoot+path, ""); s != 401 {
			t.Errorf("nobody reads %s: %d", path, s)
		}
	}
	for _, path := range []string{"", "/history", "/deadlines", "/documents", "/materials/HP01"} {
		if s, m := o.as(t, "counter2").ask("GET", request.APIRoot+"/cases/"+id+path, ""); s != 404 || m["detail"] != "未找到该办件" && path != "/materials/HP01" {
			t.Errorf("another township reads %q: %d %v", path, s, m["detail"])
		}
		if s, _ := o.as(t, "admin").ask("GET", request.APIRoot+"/cases/"+id+path, ""); s != 403 {
			t.Errorf("the administrator reads %q: %d", path, s)
		}
	}
	if s, m := counter.ask("GET", request.APIRoot+"/cases/abc", ""); s != 400 || m["detail"] != problem.ErrBadID.Detail {
		t.Errorf("a word as id: %d %v", s, m)
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/cases/999999", ""); s != 404 {
		t.Errorf("no such case: %d", s)
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/nothing", ""); s != 404 {
		t.Errorf("no such route: %d", s)
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/cases?per_page=500", ""); s != 422 {
		t.Errorf("too long a page: %d", s)
	}
	if s, m := counter.ask("GET", request.APIRoot+"/cases?sort=1%20OR%201=1", ""); s != 422 {
		t.Errorf("an unknown parameter: %d %v", s, m)
	}
	if s, _ := counter.ask("DELETE", request.APIRoot+"/sessions/current", ""); s != 204 {
		t.Errorf("log out: %d", s)
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/me", ""); s != 401 {
		t.Errorf("after logging out: %d", s)
	}
	if s, _ := nobody.ask("POST", request.APIRoot+"/sessions", `{"login":"counter","password":"wrong"}`); s != 401 {
		t.Errorf("wrong password: %d", s)
	}
}

func TestMoveAnswers(t *testing.T) {
	o := newOutside(t)
	counter, township := o.as(t, "counter"), o.as(t, "township")
	id := draft(t, counter)
	moves := request.APIRoot + "/cases/" + id + "/moves"
	key := func(k string) []string { return []string{"Idempotency-Key", k} }

	if s, m := counter.ask("POST", moves, `{"verb":"submit","seen":1}`); s != 400 || !strings.Contains(m["detail"].(string), "Idempotency-Key") {
		t.Errorf("no key: %d %v", s, m)
	}
	s, m := counter.ask("POST", moves, `{"verb":"submit","seen":1}`, key("a")...)
	if s != 422 || len(m["errors"].([]any)) != 5 || !strings.HasPrefix(m["errors"].([]any)[0].(map[string]any)["field"].(string), "material_") {
		t.Errorf("without papers: %d %v", s, m)
	}
	if s, _ := township.ask("POST", moves, `{"verb":"submit","seen":1}`, key("a")...); s != 403 {
		t.Errorf("another office: %d", s)
	}
	if s, _ := o.as(t, "township2").ask("POST", moves, `{"verb":"submit","seen":1}`, key("a")...); s != 404 {
		t.Errorf("another township: %d", s)
	}
	s, m = counter.ask("POST", moves, `{"verb":"approve","seen":1}`, key("b")...)
	if s != 409 || m["case"].(map[string]any)["state"] != "draft" {
		t.Errorf("a verb of another stage: %d %v", s, m)
	}
	s, m = counter.ask("POST", moves, `{"verb":"submit","seen":99}`, key("b")...)
	if s != 409 || m["case"].(map[string]any)["seen"] != float64(1) || !strings.Contains(m["detail"].(string), "李counter已于") {
		t.Errorf("a stale page: %d %v", s, m)
	}
	if s, m := counter.ask("POST", moves, `{"verb":"submit","seen":1,"colour":"red"}`, key("b")...); s != 422 || m["errors"].([]any)[0].(map[string]any)["field"] != "colour" {
		t.Errorf("an unknown field: %d %v", s, m)
	}
	if s, _ := counter.ask("POST", moves, "{\"verb\":\"\xff\"}", key("b")...); s != 400 {
		t.Errorf("broken text: %d", s)
	}
	if s, _ := counter.ask("POST", moves, `{"verb":"submit","seen":1,"reason":"`+strings.Repeat("长", request.JsonLimit)+`"}`, key("b")...); s != 413 {
		t.Errorf("over the bound: %d", s)
	}
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		if s, m := counter.upload(request.APIRoot+"/cases/"+id+"/materials", code, "扫描.png", smallPNG); s != 201 {
			t.Fatalf("upload %s: %d %v", code, s, m)
		}
	}
	if res := counter.raw("GET", request.APIRoot+"/cases/"+id+"/materials/HP01", nil); res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the scan: %d %v", res.StatusCode, res.Header)
	}
	s, m = counter.ask("POST", moves, `{"verb":"submit","seen":1,"data":{}}`, key("c")...)
	if s != 200 || m["state"] != "group_received" {
		t.Fatalf("submit: %d %v", s, m)
	}
	s, again := counter.ask("POST", moves, `{"verb":"submit","seen":1,"data":{}}`, key("c")...)
	if s != 200 || again["seen"] != m["seen"] || again["state"] != m["state"] {
		t.Errorf("the same key: %d %v", s, again)
	}
	if s, _ := counter.ask("POST", moves, `{"verb":"withdraw","seen":2,"reason":"x"}`, key("c")...); s != 422 {
		t.Errorf("the key of another request: %d", s)
	}
	stage := m["stage"].(map[string]any)
	if stage["due_on"] != "2026-03-12" || stage["light"] != "green" || stage["limit"].(map[string]any)["id"] != "L01" {
		t.Errorf("stage %v", stage)
	}
	s, m = counter.ask("GET", request.APIRoot+"/cases/"+id+"/deadlines", "")
	days := m["items"].([]any)[0].(map[string]any)["days"].([]any)
	if s != 200 || len(days) != 10 {
		t.Errorf("deadlines: %d %v", s, m)
	}
	group := o.as(t, "group")
	s, m = group.ask("POST", moves, `{"verb":"submit","seen":2,"data":{"notice_on":"2026-02-30","colour":"red"}}`, key("d")...)
	if s != 422 || len(m["errors"].([]any)) != 2 {
		t.Errorf("bad data: %d %v", s, m)
	}
}

func TestBadScansAreRefused(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	path := request.APIRoot + "/cases/" + draft(t, counter) + "/materials"
	pdf := "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	for _, tt := range []struct {
		name, file, content string
		status              int
		says                string
	}{
		{"an empty file", "a.png", "", 422, "文件是空的"},
		{"a program", "a.jpg", "MZ\x90\x00\x03", 422, "不是有效的图片或PDF"},
		{"a drawing", "a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "不是有效的图片或PDF"},
		{"a page", "a.html", "<html></html>", 422, "不是有效的图片或PDF"},
		{"a cut picture", "a.png", string(smallPNG[:40]), 422, "文件不完整，请重传"},
		{"a picture with a tail", "a.png", string(smallPNG) + "<script>", 422, "文件含脚本或附件"},
		{"a picture named a document", "a.pdf", string(smallPNG), 422, "扩展名不一致"},
		{"a cut document", "a.pdf", "%PDF-1.4\n1 0 obj", 422, "文件不完整"},
		{"a locked document", "a.pdf", strings.Replace(pdf, "/Root", "/Encrypt 5 0 R/Root", 1), 422, "文件有密码"},
		{"a document with script", "a.pdf", strings.Replace(pdf, "/Type", "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/Type", 1), 422, "文件含脚本或附件"},
		{"a document with hidden script", "a.pdf", strings.Replace(pdf, "/Type", "/A<</S/J#61vaScript >>/Type", 1), 422, "文件含脚本或附件"},
		{"a test virus", "a.pdf", pdf + "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", 422, "文件含病毒"},
		{"over twenty megabytes", "a.png", string(smallPNG) + strings.Repeat("\x00", intake.MaxScan), 413, "200dpi灰度"},
		{"a document", "a.pdf", pdf, 201, ""},
	} {
		s, m := counter.upload(path, "HP01", tt.file, []byte(tt.content))
		detail, _ := m["detail"].(string)
		if s != tt.status || !strings.Contains(detail, tt.says) {
			t.Errorf("%s: %d %s", tt.name, s, detail)
		}
	}
	if s, _ := counter.upload(path, "ZZ99", "a.png", smallPNG); s != 422 {
		t.Errorf("a paper of another matter: %d", s)
	}
	if s, _ := counter.upload(path, "", "a.png", smallPNG); s != 422 {
		t.Errorf("no code: %d", s)
	}
	if s, _ := counter.ask("POST", path, `{}`); s != 400 {
		t.Errorf("no form: %d", s)
	}
}

func TestFileNamesAreNamesOnly(t *testing.T) {
	for give, want := range map[string]string{"../../etc/passwd.png": "passwd.png", `C:\x\y.pdf`: "y.pdf", "a\r\nX: y\x00.png": "aX: y.png", "..": "扫描件",
		strings.Repeat("长", 300) + ".png": strings.Repeat("长", 96) + ".png"} {
		if got := intake.FileName(give); got != want {
			t.Errorf("%q is kept as %q, want %q", give, got, want)
		}
	}
}

func TestHouseholds(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	b := exampleHousehold(t)
	if s, m := counter.ask("POST", request.APIRoot+"/households", b); s != 200 {
		t.Errorf("a file that is there: %d %v", s, m)
	}
	other := strings.Replace(b, village, "140824100999", 1)
	if s, m := counter.ask("POST", request.APIRoot+"/households", other); s != 422 || m["errors"].([]any)[0].(map[string]any)["field"] != "division" {
		t.Errorf("an unknown division: %d %v", s, m)
	}
	if s, _ := o.as(t, "township").ask("POST", request.APIRoot+"/households", b); s != 403 {
		t.Errorf("the head types in: %d", s)
	}
	s, m := counter.ask("GET", request.APIRoot+"/households/1", "")
	if s != 200 || !strings.Contains(m["householder"].(map[string]any)["id_number"].(string), "*") {
		t.Errorf("the file: %d %v", s, m)
	}
	if s, m := o.as(t, "counter2").ask("GET", request.APIRoot+"/households/1", ""); s != 404 {
		t.Errorf("another township: %d %v", s, m)
	}
}

func TestClockGoesForwardOnly(t *testing.T) {
	o := newOutside(t)
	c := o.as(t, "township")
	if s, m := c.ask("POST", request.APIRoot+"/demo/clock", `{"advance":"72h"}`); s != 200 || m["now"] != "2026-03-05T09:00:00+08:00" {
		t.Errorf("72 hours on: %d %v", s, m)
	}
	for _, bad := range []string{`{"advance":"-1h"}`, `{"set":"2026-03-01T09:00:00+08:00"}`, `{}`, `{"advance":"1h","set":"2026-03-10T09:00:00+08:00"}`, `{"advance":"soon"}`, `{"advance":"90000h"}`} {
		if s, m := c.ask("POST", request.APIRoot+"/demo/clock", bad); s != 422 {
			t.Errorf("%s: %d %v", bad, s, m)
		}
	}
}

// A page cannot be posted from elsewhere.
func TestForgedForms(t *testing.T) {
	o := newOutside(t)
	c := &client{t: t, web: o.web}
	res := c.raw("POST", "/login", strings.NewReader("login=counter&password=anju-demo&next=//evil.example"), "Content-Type", "application/x-www-form-urlencoded")
	var cookie *http.Cookie
	for _, c := range res.Cookies() {
		if c.Name == request.CookieName {
			cookie = c
		}
	}
	if res.StatusCode != 303 || res.Header.Get("Location") != "/" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Fatalf("login: %d %v", res.StatusCode, res.Header)
	}
	csrf := request.Mask("csrf-" + cookie.Value)
	post := func(form url.Values, headers ...string) int {
		return c.raw("POST", "/demo/clock", strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded",
			"Cookie", request.CookieName + "=" + cookie.Value}, headers...)...).StatusCode
	}
	if s := post(url.Values{"advance": {"24h"}}); s != 403 {
		t.Errorf("without a token: %d", s)
	}
	if s := post(url.Values{"advance": {"24h"}, "csrf": {csrf}}, "Sec-Fetch-Site", "cross-site"); s != 403 {
		t.Errorf("from elsewhere: %d", s)
	}
	if s := post(url.Values{"advance": {"24h"}, "csrf": {csrf}}, "Origin", "https://evil.example"); s != 403 {
		t.Errorf("from another origin: %d", s)
	}
	if s := post(url.Values{"advance": {"24h"}, "csrf": {csrf}}, "Origin", "http://example.com", "Sec-Fetch-Site", "same-origin"); s != 303 {
		t.Errorf("from our page: %d", s)
	}
}

func TestOperations(t *testing.T) {
	o := newOutside(t)
	c := &client{t: t, web: o.web}
	if s, _ := c.ask("GET", "/healthz", ""); s != 200 {
		t.Errorf("healthz: %d", s)
	}
	if s, _ := c.ask("GET", "/readyz", ""); s != 200 {
		t.Errorf("readyz: %d", s)
	}
	res := c.raw("GET", "/metrics", nil)
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.Contains(string(b), "anju_http_request_seconds") {
		t.Errorf("metrics: %d", res.StatusCode)
	}
	o.store.broken = errors.New("unexpected EOF of another kind")
	if s, _ := c.ask("GET", "/readyz", ""); s != 503 {
		t.Errorf("readyz without a database: %d", s)
	}
	if s, m := o.as(t, "counter").ask("GET", request.APIRoot+"/cases/1", ""); s != 500 || strings.Contains(m["detail"].(string), "EOF") {
		t.Errorf("an unknown fault: %d %v", s, m)
	}
}

// What proxies say of an address is read from the right, as long as the hop is a trusted one; no other header is believed (X3, H5).
func TestAddressCannotBeForged(t *testing.T) {
	proxies := func(list ...string) (read []netip.Prefix) {
		for _, n := range list {
			read = append(read, netip.MustParsePrefix(n))
		}
		return read
	}
	for _, tt := range []struct {
		trusted      []netip.Prefix
		header, want string
	}{
		{nil, "1.2.3.4", "0.0.0.0"},
		{proxies("127.0.0.0/8"), "1.2.3.4", "0.0.0.0"},
		{proxies("0.0.0.0/32"), "6.6.6.6, 1.2.3.4", "1.2.3.4"},
		{proxies("0.0.0.0/32", "10.0.0.0/8"), "6.6.6.6, 1.2.3.4, 10.0.0.1,10.9.0.1", "1.2.3.4"},
		{proxies("0.0.0.0/32", "10.0.0.0/8"), "10.0.0.7", "10.0.0.7"},
		{proxies("0.0.0.0/32"), "::ffff:1.2.3.4", "1.2.3.4"},
		{proxies("0.0.0.0/32"), "2001:db8::1", "2001:db8::1"},
		{proxies("0.0.0.0/32"), "nonsense", "0.0.0.0"},
		{proxies("0.0.0.0/32"), "1.2.3.4:80", "1.2.3.4"},
		{proxies("0.0.0.0/32"), "[2001:db8::1]:80", "2001:db8::1"},
		{proxies("0.0.0.0/32"), "", "0.0.0.0"},
	} {
		gate := request.NewGate(request.Settings{TrustedProxies: tt.trusted}, nil)
		web := fiber.New()
		web.Get("/", func(c *fiber.Ctx) error { return c.SendString(gate.Address(c)) })
		c := &client{t: t, web: web}
		b, _ := io.ReadAll(c.raw("GET", "/", nil, "X-Forwarded-For", tt.header, "X-Real-IP", "9.9.9.9", "Forwarded", "for=9.9.9.9", "X-Forwarded-Host", "evil.example").Body)
		if string(b) != tt.want {
			t.Errorf("%q through %v is %s, want %s", tt.header, tt.trusted, b, tt.want)
		}
	}
}

// A session by cookie needs the token against forged requests; one by bearer does not. Logging in ends no other program's session.
func TestCookieOrBearer(t *testing.T) {
	o := newOutside(t)
	first := o.as(t, "counter")
	res := (&client{t: t, web: o.web}).raw("POST", request.APIRoot+"/sessions", strings.NewReader(`{"login":"group","password":"anju-demo"}`), "Cookie", request.CookieName+"="+first.token)
	cookie := request.CookieName + "=" + res.Cookies()[0].Value
	if s, _ := first.ask("GET", request.APIRoot+"/me", ""); s != 200 {
		t.Errorf("the first session after the second login: %d", s)
	}
	byCookie := &client{t: t, web: o.web}
	s, me := byCookie.ask("GET", request.APIRoot+"/me", "", "Cookie", cookie)
	if s != 200 || me["login"] != "group" {
		t.Fatalf("me by cookie: %d %v", s, me)
	}
	if s, m := byCookie.ask("POST", request.APIRoot+"/demo/clock", `{"advance":"1h"}`, "Cookie", cookie); s != 403 || m["detail"] != problem.ErrForged.Detail {
		t.Errorf("a form without the token: %d %v", s, m)
	}
	if s, _ := byCookie.ask("POST", request.APIRoot+"/demo/clock", `{"advance":"1h"}`, "Cookie", cookie, request.CsrfHeader, me["csrf_token"].(string)); s != 200 {
		t.Errorf("with the token: %d", s)
	}
	if s, _ := byCookie.ask("POST", request.APIRoot+"/sessions", `{"login":"group","password":"anju-demo"}`, "Sec-Fetch-Site", "cross-site"); s != 403 {
		t.Errorf("logged in from elsewhere: %d", s)
	}
}

// A line of the history and a refusal name what was done as the stage does, not as another stage names the same verb.
func TestLinesAreNamedByTheirStage(t *testing.T) {
	ch, err := chains.Published().Newest("homestead")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from glossary.State
		verb string
		want string
	}{{glossary.JointReview, "forward", "汇总送审"}, {glossary.GroupOpinion, "forward", "移交村级"}, {glossary.GroupReceived, "submit", "提交会议讨论"}, {glossary.Draft, "material", "提交材料"}} {
		if got := view.NewLine(ch, history.Line{From: tt.from, Verb: tt.verb}).Title; got != tt.want {
			t.Errorf("%s in %s is called %s, want %s", tt.verb, tt.from, got, tt.want)
		}
	}
	for verb, want := range map[string]string{"deny": "不予规划许可", "forward": "移交村级", "site_record": "现场核查记录", "dance": "dance"} {
		if got := lines.Title(ch, "", verb, ""); got != want {
			t.Errorf("%s is called %s, want %s", verb, got, want)
		}
	}
}
