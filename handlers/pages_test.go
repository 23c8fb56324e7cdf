package handlers_test

import (
	"bytes"
	"flag"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/models/modelstest"
)

var update = flag.Bool("update", false, "write the goldens anew")

// browser is a browser without scripts: it has a cookie, follows links and sends forms as they stand.
type browser struct {
	t      *testing.T
	web    *fiber.App
	cookie string
	page   string
	status int
	bytes  int
}

func visit(t *testing.T, web *fiber.App, login string) *browser {
	t.Helper()
	b := &browser{t: t, web: web}
	b.get("/login")
	b.send("/login", url.Values{"login": {login}, "password": {"anju-demo"}, "next": {"/"}})
	if b.status != 200 || !strings.Contains(b.page, "退出") {
		t.Fatalf("%s cannot log in: %d %s", login, b.status, b.page)
	}
	return b
}

func (b *browser) get(path string) {
	b.t.Helper()
	b.do(httptest.NewRequest("GET", path, nil))
}

func (b *browser) send(path string, form url.Values) {
	b.t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(req)
}

func (b *browser) do(req *http.Request) {
	b.t.Helper()
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.cookie != "" {
		req.Header.Set("Cookie", b.cookie)
	}
	res, err := b.web.Test(req, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if to := res.Header.Get("Location"); res.StatusCode == 303 && to != "" {
		b.get(to)
		return
	}
	b.page, b.status, b.bytes = string(body), res.StatusCode, len(body)
	if n := strings.Count(b.page, "<script"); n != strings.Count(b.page, `<script src="/assets/anju.js?v=`) || n > 1 {
		b.t.Errorf("%s %s has a script that is not ours: %d", req.Method, req.URL, n)
	}
	for _, bad := range []string{"<no value>", "%!", "ZgotmplZ", "style=\"", " onclick", "map[", "{{"} {
		if strings.Contains(b.page, bad) {
			b.t.Errorf("%s %s shows %q", req.Method, req.URL, bad)
		}
	}
}

type form struct {
	action string
	values url.Values
}

var (
	formTag   = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`<input([^>]*)>`)
	selectTag = regexp.MustCompile(`(?s)<select([^>]*)>(.*?)</select>`)
	optionTag = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	areaTag   = regexp.MustCompile(`(?s)<textarea([^>]*)>(.*?)</textarea>`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

func attributes(s string) map[string]string {
	m := map[string]string{}
	for _, a := range attribute.FindAllStringSubmatch(s, -1) {
		m[a[1]] = html.UnescapeString(a[2])
		if a[2] == "" {
			m[a[1]] = ""
		}
	}
	return m
}

func (b *browser) forms() []form {
	var list []form
	for _, m := range formTag.FindAllStringSubmatch(b.page, -1) {
		f := form{action: attributes(m[1])["action"], values: url.Values{}}
		for _, in := range inputTag.FindAllStringSubmatch(m[2], -1) {
			a := attributes(in[1])
			_, checked := a["checked"]
			if a["type"] == "checkbox" && !checked || a["type"] == "file" {
				continue
			}
			f.values.Add(a["name"], a["value"])
		}
		for _, s := range selectTag.FindAllStringSubmatch(m[2], -1) {
			if o := optionTag.FindStringSubmatch(s[2]); o != nil {
				f.values.Add(attributes(s[1])["name"], html.UnescapeString(o[1]))
			}
		}
		for _, s := range areaTag.FindAllStringSubmatch(m[2], -1) {
			f.values.Add(attributes(s[1])["name"], html.UnescapeString(s[2]))
		}
		list = append(list, f)
	}
	return list
}

func (b *browser) form(action, field, value string) (form, bool) {
	for _, f := range b.forms() {
		if strings.HasSuffix(f.action, action) && (field == "" || f.values.Get(field) == value) {
			return f, true
		}
	}
	return form{}, false
}

// choose goes to the form of a new case for the household that the demo county keeps ready.
func (b *browser) choose(chain string) {
	b.t.Helper()
	b.get("/new?chain=" + chain)
	for _, f := range b.forms() {
		if f.action == "/new" && f.values.Get("household") != "" {
			b.get("/new?" + f.values.Encode())
			return
		}
	}
	b.t.Fatalf("no choice of a household:\n%s", b.page)
}

// submit sends a form of the page as it stands.
func (b *browser) submit(action, field, value string) {
	b.t.Helper()
	f, ok := b.form(action, field, value)
	if !ok {
		b.t.Fatalf("no form %s %s=%s on the page:\n%s", action, field, value, b.page)
	}
	b.send(f.action, f.values)
	if b.status != 200 {
		b.t.Fatalf("%s %s=%s: %d\n%s", action, field, value, b.status, b.page)
	}
}

func (b *browser) upload(code string) {
	b.t.Helper()
	f, ok := b.form("/materials", "code", code)
	if !ok {
		b.t.Fatalf("no upload for %s", code)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range f.values {
		_ = w.WriteField(k, v[0])
	}
	part, err := w.CreateFormFile("file", code+".png")
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = part.Write(handlers.SmallPNG)
	_ = w.Close()
	req := httptest.NewRequest("POST", f.action, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	b.do(req)
	if b.status != 200 {
		b.t.Fatalf("upload %s: %d %s", code, b.status, b.page)
	}
}

// A person walks the whole homestead chain in the browser, with the forms as they stand.
func TestPersonWalksHomestead(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, clk := county(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	counter.submit("/new", "chain", "homestead")
	home := regexp.MustCompile(`action="(/cases/\d+)/`).FindStringSubmatch(counter.page)
	if home == nil {
		t.Fatalf("no case after opening:\n%s", counter.page)
	}
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		counter.upload(code)
	}
	counter.submit("/moves", "verb", "submit")

	people := map[string]*browser{"counter": counter}
	act := func(login, action, field, value string) {
		t.Helper()
		b := people[login]
		if b == nil {
			b = visit(t, web, login)
			people[login] = b
		}
		b.get(home[1])
		b.submit(action, field, value)
		if b.bytes > 90<<10 {
			t.Errorf("the case page has %d bytes", b.bytes)
		}
	}
	act("group", "/moves", "verb", "submit")
	act("group", "/records", "kind", "meeting_record")
	act("group", "/moves", "verb", "publish_notice")
	act("group", "/records", "kind", "public_notice")
	people["group"].get(home[1])
	if !strings.Contains(people["group"].page, "R35") {
		t.Errorf("the wait is not explained:\n%s", people["group"].page)
	}
	early, ok := people["group"].form("/moves", "verb", "sign_opinion")
	if !ok {
		t.Fatal("the signature cannot be written before the notice has run")
	}
	early.values.Set("d.opinion", "写了很久的意见")
	people["group"].send(early.action, early.values)
	if g := people["group"]; g.status != 422 || !strings.Contains(g.page, "没有提交成功") || strings.Count(g.page, "R35") < 2 || !strings.Contains(g.page, ">写了很久的意见</textarea>") {
		t.Errorf("a signature before the notice has run: %d\n%s", g.status, g.page)
	}
	people["group"].get(home[1])
	next := regexp.MustCompile(`name="set" value="([^"]+)"`).FindStringSubmatch(people["group"].page)
	if next == nil || next[1] != "2026-03-10T00:00" {
		t.Errorf("the demo bar offers to go on to %v", next)
	}
	for range 10 {
		people["group"].submit("/demo/clock", "advance", "24h")
	}
	if clk.Now().Month() != 3 {
		t.Errorf("the clock stands at %s", clk.Now())
	}
	act("group", "/moves", "verb", "sign_opinion")
	act("group", "/moves", "verb", "forward")
	act("village", "/records", "kind", "neighbor_opinion")
	act("village", "/records", "kind", "village_review_sheet")
	act("village", "/moves", "verb", "sign_opinion")
	act("counter", "/moves", "verb", "accept")
	act("planning", "/records", "kind", "site_record")
	for _, l := range []string{"economic", "social", "planning"} {
		act(l, "/records", "kind", "joint_review_sheet")
	}
	act("planning", "/records", "kind", "planning_area_confirmation")
	act("economic", "/moves", "verb", "forward")
	act("township", "/moves", "verb", "approve")
	for _, paper := range []string{"乡字第140824202", "农宅字14082410020"} {
		if !strings.Contains(people["township"].page, paper) {
			t.Errorf("no %s on the page", paper)
		}
	}
	for _, stamped := range []string{"F04", "F05"} {
		counter.get(home[1])
		counter.upload(stamped)
	}
	act("counter", "/moves", "verb", "issue")
	act("agriculture", "/records", "kind", "filing_receipt")
	act("resources", "/records", "kind", "filing_receipt")
	act("township", "/moves", "verb", "file")
	act("township", "/records", "kind", "disclosure")
	act("counter", "/moves", "verb", "archive")
	if !strings.Contains(counter.page, "已办结（准予）") {
		t.Errorf("not ended:\n%s", counter.page)
	}
	golden(t, "case_archived", counter.page)
	for _, path := range []string{"/", "/cases", "/cases?q=JS", "/households/1", "/households/new"} {
		counter.get(path)
		if counter.status != 200 {
			t.Errorf("%s: %d", path, counter.status)
		}
	}
}

// What was typed is kept, whatever is refused.
func TestTypedTextIsKept(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	f, _ := counter.form("/new", "chain", "homestead")
	f.values.Set("d.proposed.homestead_area", "120.005")
	f.values.Set("d.reason", "<script>儿子结婚</script>")
	counter.send("/new", f.values)
	if counter.status != 422 || !strings.Contains(counter.page, "120.005") || !strings.Contains(counter.page, "&lt;script&gt;儿子结婚") ||
		!strings.Contains(counter.page, `href="#f-proposed-homestead_area"`) || !strings.Contains(counter.page, `id="f-proposed-homestead_area"`) {
		t.Errorf("not kept: %d\n%s", counter.status, counter.page)
	}
	golden(t, "new_refused", counter.page)
	f, _ = counter.form("/new", "chain", "homestead")
	f.values.Set("d.proposed.homestead_area", "１２０．００")
	counter.send("/new", f.values)
	id := regexp.MustCompile(`action="(/cases/\d+)/`).FindStringSubmatch(counter.page)[1]
	first := counter.page
	counter.send("/new", f.values) // pressed twice
	if again := regexp.MustCompile(`action="(/cases/\d+)/`).FindStringSubmatch(counter.page); again == nil || again[1] != id {
		t.Errorf("pressed twice, entered twice: %v, %s", again, id)
	}
	// Two windows: the second finds the case withdrawn, and its text is not lost.
	counter.submit("/moves", "verb", "withdraw")
	second := &browser{t: t, web: web, cookie: counter.cookie, page: first}
	late, ok := second.form("/moves", "verb", "submit")
	if !ok {
		t.Fatal("no form in the second window")
	}
	late.values.Set("d.application.reason", "另一个窗口里写的理由")
	second.send(late.action, late.values)
	if second.status != 409 || !strings.Contains(second.page, "另一个窗口里写的理由") || !strings.Contains(second.page, "已于") {
		t.Errorf("lost race: %d\n%s", second.status, second.page)
	}
}

func TestPagesForNobody(t *testing.T) {
	t.Parallel()
	web, _ := county(t)
	b := &browser{t: t, web: web}
	b.get("/cases/1")
	if b.status != 200 || !strings.Contains(b.page, `value="/cases/1"`) {
		t.Errorf("asked to log in and go on: %d\n%s", b.status, b.page)
	}
	golden(t, "login", b.page)
	b.send("/cases/1/moves", url.Values{"verb": {"approve"}, "reason": {"写了很久的理由"}})
	if b.status != 401 || !strings.Contains(b.page, "写了很久的理由") {
		t.Errorf("what was typed when the login ran out: %d\n%s", b.status, b.page)
	}
	b.send("/login", url.Values{"login": {"counter"}, "password": {"wrong"}})
	if b.status != 401 || !strings.Contains(b.page, "账号或密码不正确") || !strings.Contains(b.page, `value="counter"`) {
		t.Errorf("wrong password: %d", b.status)
	}
	b.get("/nothing")
	if b.status != 404 {
		t.Errorf("no such page: %d", b.status)
	}
	admin := visit(t, web, "admin")
	admin.get("/cases")
	if admin.status != 403 {
		t.Errorf("the administrator looks at cases: %d", admin.status)
	}
}

var fleeting = regexp.MustCompile(`name="(csrf|key|who)" value="[^"]*"|\?v=[0-9a-f]{8}`)

// golden compares a page with its picture in testdata, one-time values left out.
func golden(t *testing.T, name, page string) {
	t.Helper()
	page = fleeting.ReplaceAllString(page, "…")
	file := filepath.Join("testdata", name+".golden.html")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != page {
		t.Errorf("%s differs from its golden; look at it, and write it anew with -update", name)
	}
}
