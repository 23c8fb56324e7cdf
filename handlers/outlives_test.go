package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// reply is an answer as it came: where it leads is not followed.
type reply struct {
	status   int
	to, body string
	cookies  map[string]string
}

// press sends a form as it stands and follows nothing; the browser stays where it is.
func (b *browser) press(path string, form url.Values, headers ...string) reply {
	b.t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.replied(req, headers...)
}

func (b *browser) look(path string, headers ...string) reply {
	b.t.Helper()
	return b.replied(httptest.NewRequest("GET", path, nil), headers...)
}

func (b *browser) replied(req *http.Request, headers ...string) reply {
	b.t.Helper()
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.cookie != "" {
		req.Header.Set("Cookie", b.cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.web.Test(req, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	r := reply{res.StatusCode, res.Header.Get("Location"), string(body), map[string]string{}}
	for _, c := range res.Cookies() {
		r.cookies[c.Name] = c.Value
	}
	return r
}

// typed is a form with some of its fields written anew: name, value, name, value.
func typed(form url.Values, pairs ...string) url.Values {
	now := maps.Clone(form)
	for i := 0; i+1 < len(pairs); i += 2 {
		now[pairs[i]] = []string{pairs[i+1]}
	}
	return now
}

// leave ends the session of the browser in another window; its page stays open.
func (b *browser) leave() {
	b.t.Helper()
	other := &browser{t: b.t, web: b.web, cookie: b.cookie}
	other.get("/")
	other.submit("/logout", "", "")
	if b.look("/cases").status != 303 {
		b.t.Fatal("the session has not ended")
	}
}

// keptAt is the page at which a form that could not be taken stands again after the login.
func (r reply) keptAt(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(r.to)
	if err != nil || r.status != 303 || u.Path != "/login" || u.Query().Get("kept") == "" {
		t.Fatalf("led to %d %q: %s", r.status, r.to, r.body)
	}
	return u.Query().Get("next")
}

var caseOfPage = regexp.MustCompile(`action="(/cases/\d+)/`)

// atGroup is a case that lies at the group.
func atGroup(t *testing.T, counter *browser) (address string) {
	t.Helper()
	counter.choose("homestead")
	counter.submit("/new", "chain", "homestead")
	home := caseOfPage.FindStringSubmatch(counter.page)
	if home == nil {
		t.Fatalf("no case after opening:\n%s", counter.page)
	}
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		counter.upload(code)
	}
	counter.submit("/moves", "verb", "submit")
	return home[1]
}

// A form that is sent after its session has ended is asked for again, not typed again: it stands in its page for who typed it, and for
// nobody else.
func TestFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	const text = "写了两个小时的理由"
	counter := visit(t, web, "counter")
	home := atGroup(t, counter)

	t.Run("a new case", func(t *testing.T) {
		b := visit(t, web, "counter")
		b.choose("planning_permit")
		f, ok := b.form("/new", "chain", "planning_permit")
		if !ok {
			t.Fatal("no form of a new case")
		}
		f.values.Set("d.reason", text)
		b.leave()
		r := b.press("/new", f.values)
		at := r.keptAt(t)
		if at != f.values.Get("page") {
			t.Errorf("kept at %q, the page is %q", at, f.values.Get("page"))
		}
		b.get(r.to)
		if !strings.Contains(b.page, "已为您保存") {
			t.Errorf("the login does not say that the text is kept:\n%s", b.page)
		}
		again, ok := b.form("/login", "", "")
		if !ok {
			t.Fatal("no login")
		}
		again.values.Set("login", "counter")
		again.values.Set("password", "anju-demo")
		b.send("/login", again.values)
		if b.status != 200 || !strings.Contains(b.page, ">"+text+"</textarea>") || !strings.Contains(b.page, "已放回您") {
			t.Errorf("the text does not stand in its form again: %d\n%s", b.status, b.page)
		}
	})

	t.Run("an act of a case", func(t *testing.T) {
		group := visit(t, web, "group")
		group.get(home)
		f, ok := group.form("/moves", "verb", "return")
		if !ok {
			t.Fatal("no return")
		}
		f.values.Set("reason", text)
		group.leave()
		if at := group.press(f.action, f.values).keptAt(t); at != home {
			t.Errorf("kept at %q", at)
		}
		counter.get(home)
		if counter.status != 200 || strings.Contains(counter.page, text) {
			t.Errorf("another person sees it: %d", counter.status)
		}
		village := visit(t, web, "village")
		if strings.Contains(village.page, "没填完的表") {
			t.Errorf("another person is told of it:\n%s", village.page)
		}
		group = visit(t, web, "group")
		group.get(home)
		if !strings.Contains(group.page, ">"+text+"</textarea>") || !strings.Contains(group.page, "已放回您") || !strings.Contains(group.page, "组级已收") {
			t.Errorf("the text does not stand in its form again:\n%s", group.page)
		}
	})

	t.Run("the button that keeps a form", func(t *testing.T) {
		b := visit(t, web, "counter")
		b.choose("homestead")
		f, _ := b.form("/new", "chain", "homestead")
		f.values.Set("d.reason", text)
		b.leave()
		if at := b.press("/drafts", f.values).keptAt(t); at != f.values.Get("page") {
			t.Errorf("kept at %q", at)
		}
	})

	t.Run("the script that keeps a form", func(t *testing.T) {
		group := visit(t, web, "group")
		group.get(home)
		f, _ := group.form("/moves", "verb", "return")
		group.leave()
		sent := url.Values{"csrf": f.values["csrf"], "page": f.values["page"], "who": f.values["who"], "revision": f.values["revision"], "title": {"退回"},
			"body": {url.Values{"verb": {"return"}, "reason": {"自动保存的理由"}, "csrf": {"x"}}.Encode()}}
		r := group.press("/drafts", sent)
		if r.status != 401 || !strings.Contains(r.body, "内容已保存") {
			t.Errorf("the script is told: %d %s", r.status, r.body)
		}
		group = visit(t, web, "group")
		if group.get(home); !strings.Contains(group.page, ">自动保存的理由</textarea>") {
			t.Errorf("not kept:\n%s", group.page)
		}
	})

	t.Run("another login in the same browser", func(t *testing.T) {
		b := visit(t, web, "counter")
		b.choose("homestead")
		f, _ := b.form("/new", "chain", "homestead")
		f.values.Set("d.reason", "换人登录之前写的")
		same := visit(t, web, "counter")
		b.cookie = same.cookie
		r := b.press("/new", f.values)
		if r.status != 303 {
			t.Fatalf("the same person again: %d %s", r.status, r.body)
		}
		if b.get(r.to); !strings.Contains(b.page, ">换人登录之前写的</textarea>") {
			t.Errorf("the same person does not find it again: %s\n%s", r.to, b.page)
		}
		f, _ = b.form("/new", "chain", "homestead")
		f.values.Set("d.reason", "又改了一遍")
		other := visit(t, web, "village")
		b.cookie = other.cookie
		r = b.press("/new", f.values)
		if r.status != 303 {
			t.Fatalf("another person in the same browser: %d %s", r.status, r.body)
		}
		if b.get(r.to); strings.Contains(b.page, "又改了一遍") || strings.Contains(b.page, "换人登录") {
			t.Errorf("another person reads it:\n%s", b.page)
		}
		if same.get(f.values.Get("page")); !strings.Contains(same.page, ">又改了一遍</textarea>") {
			t.Errorf("it is not kept for who typed it:\n%s", same.page)
		}
	})
}

// What is typed is kept on the way: by the button and by the script, each saving on top of the one it knows.
func TestDraftsAreKeptShownAndDropped(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	b := visit(t, web, "counter")
	b.choose("homestead")
	f, ok := b.form("/new", "chain", "homestead")
	if !ok {
		t.Fatal("no form of a new case")
	}
	page := f.values.Get("page")
	if b.get("/"); strings.Contains(b.page, "没填完的表") {
		t.Fatalf("a draft of nothing:\n%s", b.page)
	}
	f.values.Set("d.reason", "先写一半")
	b.send("/drafts", f.values)
	link := regexp.MustCompile(`<a href="([^"]+)">` + regexp.QuoteMeta(f.values.Get("title")) + `</a>`)
	if b.status != 200 || !strings.Contains(b.page, "没填完的表") || !strings.Contains(b.page, "已保存") || !link.MatchString(b.page) {
		t.Fatalf("the start page does not show it: %d\n%s", b.status, b.page)
	}
	if b.get("/cases"); strings.Contains(b.page, "先写一半") {
		t.Error("a draft is no case")
	}
	b.get(page)
	f, _ = b.form("/new", "chain", "homestead")
	if !strings.Contains(b.page, ">先写一半</textarea>") || f.values.Get("revision") != "1" {
		t.Fatalf("not put back, revision %s:\n%s", f.values.Get("revision"), b.page)
	}

	save := func(revision int, text string) (int, map[string]any) {
		t.Helper()
		r := b.press("/drafts", url.Values{"csrf": f.values["csrf"], "page": {page}, "title": f.values["title"], "revision": {fmt.Sprint(revision)},
			"body": {typed(f.values, "d.reason", text, "password", "p").Encode()}})
		var m map[string]any
		if err := json.Unmarshal([]byte(r.body), &m); err != nil {
			t.Fatalf("the script reads %d %s", r.status, r.body)
		}
		return r.status, m
	}
	if s, m := save(1, "写到第二句"); s != 200 || m["revision"] != 2.0 || m["saved_at"] == nil {
		t.Errorf("saved: %d %v", s, m)
	}
	if s, m := save(2, "写到第三句"); s != 200 || m["revision"] != 3.0 {
		t.Errorf("saved again: %d %v", s, m)
	}
	s, m := save(1, "另一个窗口")
	kept, err := url.ParseQuery(fmt.Sprint(m["body"]))
	if s != 409 || m["revision"] != 3.0 || err != nil || kept.Get("d.reason") != "写到第三句" || kept.Has("csrf") || kept.Has("key") || kept.Has("password") {
		t.Errorf("another window: %d %v", s, m)
	}
	if b.get(page); !strings.Contains(b.page, ">写到第三句</textarea>") {
		t.Errorf("the other window has written over it:\n%s", b.page)
	}
	for _, elsewhere := range []string{"/profile", "/cases", "https://evil.example/new?", "/new?" + strings.Repeat("x", 300)} {
		r := b.press("/drafts", url.Values{"csrf": f.values["csrf"], "page": {elsewhere}, "revision": {"0"}, "body": {"d.reason=x"}})
		if r.status != 422 {
			t.Errorf("a draft of %s: %d", elsewhere, r.status)
		}
	}

	other := visit(t, web, "counter2")
	if other.get("/"); strings.Contains(other.page, "没填完的表") {
		t.Errorf("another counter sees it:\n%s", other.page)
	}
	other.get("/")
	drop, _ := other.form("/logout", "", "")
	other.press("/drafts/drop", url.Values{"csrf": drop.values["csrf"], "page": {page}, "back": {"/"}})

	b.get(page)
	f, _ = b.form("/new", "chain", "homestead")
	if f.values.Get("d.reason") != "写到第三句" {
		t.Fatalf("another counter has thrown it away: %q", f.values.Get("d.reason"))
	}
	if b.send("/new", typed(f.values, "d.proposed.homestead_area", "120.005")); b.status != 422 {
		t.Fatalf("refused: %d", b.status)
	}
	if b.get(page); !strings.Contains(b.page, ">写到第三句</textarea>") {
		t.Error("a form that was refused has taken its draft along")
	}
	b.submit("/new", "chain", "homestead")
	if !caseOfPage.MatchString(b.page) {
		t.Fatalf("not opened:\n%s", b.page)
	}
	if b.get("/"); strings.Contains(b.page, "没填完的表") {
		t.Errorf("the draft of what was sent stays:\n%s", b.page)
	}

	// A draft is thrown away by who does not want it any more.
	address := atGroup(t, visit(t, web, "counter"))
	group := visit(t, web, "group")
	group.get(address)
	r, _ := group.form("/moves", "verb", "return")
	group.press("/drafts", url.Values{"csrf": r.values["csrf"], "page": {address}, "title": {"退回"}, "revision": {"0"}, "body": {"verb=return&reason=不要了的理由"}})
	if group.get(address); !strings.Contains(group.page, ">不要了的理由</textarea>") {
		t.Fatalf("not put back:\n%s", group.page)
	}
	group.submit("/drafts/drop", "page", address)
	if strings.Contains(group.page, "不要了的理由") || strings.Contains(group.page, "已放回您") {
		t.Errorf("not thrown away:\n%s", group.page)
	}
}

// The script of a page reads JSON only, and 401 or 403 end what it does (B7).
func TestScriptIsToldThatTheLoginIsGone(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	f, _ := counter.form("/new", "chain", "homestead")
	ask := func(path, cookie string, form url.Values) (int, map[string]any) {
		t.Helper()
		req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Cookie", cookie)
		res, err := web.Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.NewDecoder(res.Body).Decode(&m); err != nil {
			t.Fatalf("%s: %d, no JSON: %v", path, res.StatusCode, err)
		}
		return res.StatusCode, m
	}
	draft := url.Values{"csrf": {f.values.Get("csrf")}, "page": {f.values.Get("page")}, "who": {f.values.Get("who")}, "revision": {"0"}, "title": {"新办件"},
		"body": {url.Values{"d.reason": {"写了两个小时的理由"}}.Encode()}}
	other := visit(t, web, "counter") // another session of the same person: the token of the page is not its own
	for name, cookie := range map[string]string{"no login": "", "a login renewed in another tab": other.cookie} {
		if s, m := ask("/drafts", cookie, draft); s != 401 && s != 403 || m["detail"] == nil {
			t.Errorf("autosave with %s: %d %v", name, s, m)
		}
		want := map[string]int{"": 401}[cookie]
		if want == 0 {
			want = 403
		}
		if s, m := ask("/uploads", cookie, url.Values{"csrf": {"x"}, "offset": {"0"}}); s != want || m["detail"] == nil {
			t.Errorf("a piece of a file with %s: %d %v", name, s, m)
		}
	}
	counter.get(draft.Get("page"))
	if !strings.Contains(counter.page, "写了两个小时的理由") {
		t.Error("what was typed is not kept")
	}
}
