package handlers_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"anju/workflow/chains"
	"anju/workflow/lines"
)

// Large text is a wish of the eyes: kept in a cookie, for officers and villagers alike.
func TestLargeTextIsKept(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	for name, b := range map[string]*browser{"an officer": counter, "a villager": {t: t, web: web}} {
		form := url.Values{"big": {"1"}, "back": {"/guidance"}}
		if b == counter {
			form.Set("csrf", b.csrf())
		}
		r := b.press("/display", form)
		if r.status != 303 || r.to != "/guidance" || r.cookies["anju_big"] != "1" {
			t.Errorf("%s: %d %s %v", name, r.status, r.to, r.cookies)
		}
		cookies := strings.TrimPrefix(b.cookie+"; anju_big=1", "; ")
		if big := b.look("/guidance", "Cookie", cookies); !strings.Contains(big.body, `<html lang="zh-CN" class="big">`) || !strings.Contains(big.body, "普通字") {
			t.Errorf("%s: the text is not large", name)
		}
		if plain := b.look("/guidance"); strings.Contains(plain.body, `class="big"`) {
			t.Errorf("%s: the text is large for everybody", name)
		}
		form.Set("big", "0")
		if r := b.press("/display", form); r.cookies["anju_big"] != "0" {
			t.Errorf("%s: not back to plain: %v", name, r.cookies)
		}
		form.Set("back", "//evil.example/")
		if r := b.press("/display", form); r.to != "/" {
			t.Errorf("%s is led to %s", name, r.to)
		}
		if r := b.press("/display", form, "Sec-Fetch-Site", "cross-site"); r.status != 403 {
			t.Errorf("%s: another site switches: %d", name, r.status)
		}
	}
}

// A new password asks for the old one and ends every other session, that of a thief among them.
func TestAPasswordOfOnesOwn(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	b, elsewhere := visit(t, web, "village"), visit(t, web, "village")
	change := func(old, fresh, again string) reply {
		return b.press("/profile/password", url.Values{"csrf": {b.csrf()}, "old_password": {old}, "new_password": {fresh}, "again": {again}})
	}
	for why, c := range map[string][4]string{"a wrong old one": {"anju-dem0", "ein neues Kennwort", "ein neues Kennwort", "old_password"}, "too short": {"anju-demo", "九个字的密码不够长", "九个字的密码不够长", "new_password"},
		"too long": {"anju-demo", strings.Repeat("长", 101), strings.Repeat("长", 101), "new_password"}, "typed differently": {"anju-demo", "ein neues Kennwort", "ein neues Kennwort2", "again"}} {
		r := change(c[0], c[1], c[2])
		if r.status != 422 || !strings.Contains(r.body, `href="#`+c[3]+`"`) || strings.Contains(r.body, c[1]) {
			t.Errorf("%s: %d %s", why, r.status, summaryOf.FindString(r.body))
		}
	}
	if elsewhere.look("/cases").status != 200 || !logInAs(t, &browser{t: t, web: web}, "village", "anju-demo") {
		t.Error("what was refused has changed the password")
	}
	r := change("anju-demo", "十个字的密码就够长了", "十个字的密码就够长了")
	if r.status != 303 || r.cookies["anju_session"] == "" {
		t.Fatalf("changed: %d %s", r.status, summaryOf.FindString(r.body))
	}
	if old := b.look("/cases"); old.status != 303 {
		t.Errorf("the session from before goes on: %d", old.status)
	}
	b.cookie = "anju_session=" + r.cookies["anju_session"]
	if b.get("/profile?done=1"); b.status != 200 || !strings.Contains(b.page, "马庆丰") {
		t.Errorf("who changed it is sent away: %d", b.status)
	}
	if other := elsewhere.look("/cases"); other.status != 303 || !strings.HasPrefix(other.to, "/login") {
		t.Errorf("another session goes on: %d", other.status)
	}
	if logInAs(t, &browser{t: t, web: web}, "village", "anju-demo") || !logInAs(t, &browser{t: t, web: web}, "village", "十个字的密码就够长了") {
		t.Error("the old password still counts, or the new one does not")
	}
}

// Who is back early ends his leave; nobody ends another office's.
func TestALeaveIsEndedEarly(t *testing.T) {
	t.Parallel()
	web, clk := quietCounty(t)
	b := visit(t, web, "economic")
	b.send("/profile/leave", url.Values{"csrf": {b.csrf()}, "from": {"2026-03-02"}, "to": {"2026-03-20"}, "reason": {"培训"}})
	end := regexp.MustCompile(`/profile/leave/\d+/end`).FindString(b.page)
	if b.status != 200 || end == "" || !strings.Contains(b.page, "2026-03-02 至 2026-03-20") {
		t.Fatalf("the leave: %d\n%s", b.status, summaryOf.FindString(b.page))
	}
	if b.send("/profile/leave", url.Values{"csrf": {b.csrf()}, "from": {"2026-03-20"}, "to": {"2026-03-10"}, "reason": {"写好的事由"}}); b.status != 422 || !strings.Contains(b.page, `value="写好的事由"`) {
		t.Errorf("a leave that ends before it begins: %d", b.status)
	}
	for _, login := range []string{"village", "planning", "township2", "security", "auditor"} {
		other := visit(t, web, login)
		if other.get("/profile"); strings.Contains(other.page, end) {
			t.Errorf("%s is offered another's leave", login)
		}
		if r := other.press(end, url.Values{"csrf": {other.csrf()}}); r.status != 403 {
			t.Errorf("%s ends another's leave: %d", login, r.status)
		}
	}
	clk.Advance(3 * 24 * time.Hour)
	if b.get("/profile"); !strings.Contains(b.page, "至 2026-03-20") {
		t.Error("another's press has ended it")
	}
	if r := b.press(end, url.Values{"csrf": {b.csrf()}}); r.status != 303 {
		t.Fatalf("ended: %d %s", r.status, r.body)
	}
	if b.get("/profile"); strings.Contains(b.page, "2026-03-20") || strings.Contains(b.page, end) {
		t.Errorf("back today, and still away:\n%s", b.page)
	}
	b.send("/profile/leave", url.Values{"csrf": {b.csrf()}, "from": {"2026-03-06"}, "to": {"2026-03-10"}, "reason": {"休假"}})
	if b.status != 200 || !strings.Contains(b.page, "2026-03-06 至 2026-03-10") {
		t.Errorf("the days that became free are taken: %d %s", b.status, summaryOf.FindString(b.page))
	}
}

// The demo bar says what a turn of the clock set off, to each office its own, and sits down at another desk.
func TestTheDemoBarSaysWhatFired(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	group := d.at("group")
	turn := func(b *browser, pairs ...string) {
		t.Helper()
		b.send("/demo/clock", typed(url.Values{"csrf": {b.csrf()}, "back": {d.home}}, pairs...))
	}
	if turn(group, "by", "24h"); group.status != 200 || !strings.Contains(group.page, "时钟已拨到 2026年3月3日 09:00，全县处理了 0 条到期事项，本单位没有收到新的提醒") {
		t.Errorf("a day without anything: %d\n%s", group.status, group.page)
	}
	if turn(group, "until", "2026-03-20"); group.status != 200 || !regexp.MustCompile(`全县处理了 [1-9]\d* 条到期事项。本单位收到：JS-HP-20260302-0001 `).MatchString(group.page) {
		t.Errorf("the group was late: %d\n%s", group.status, regexp.MustCompile(`时钟已拨到[^<]*`).FindString(group.page))
	}
	for why, pairs := range map[string][]string{"no instant": {"set", "soon"}, "no day": {"until", "2026-02-30"}, "back": {"until", "2026-03-01"}} {
		if r := group.press("/demo/clock", typed(url.Values{"csrf": {group.csrf()}, "back": {d.home}}, pairs...)); r.status != 422 {
			t.Errorf("%s: %d", why, r.status)
		}
	}
	if r := group.press("/demo/clock", url.Values{"csrf": {group.csrf()}, "back": {"//evil.example/"}, "by": {"24h"}}); !strings.HasPrefix(r.to, "/?") {
		t.Errorf("led to %s", r.to)
	}
	before := group.cookie
	group.send("/demo/role", url.Values{"csrf": {group.csrf()}, "login": {"village"}})
	if group.status != 200 || !strings.Contains(group.page, "马庆丰") || !strings.Contains(group.page, `<option value="village" selected>`) || group.cookie == before {
		t.Errorf("at the desk of the village: %d\n%s", group.status, group.page)
	}
	if old := (&browser{t: t, web: web, cookie: before}).look("/cases"); old.status != 303 {
		t.Errorf("the desk of the group is still open: %d", old.status)
	}
	if r := group.press("/demo/role", url.Values{"csrf": {group.csrf()}, "login": {"nobody"}}); r.status != 401 || r.cookies["anju_session"] != "" {
		t.Errorf("at the desk of nobody: %d", r.status)
	}
}

// Who reloads the page that a form was sent to comes to the page that the form is on, not to an error.
func TestTheAddressOfAFormLeadsToItsPage(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.code()
	household, own := d.household("9834")
	for login, list := range map[string]map[string]string{
		"counter": {d.home + "/moves": d.home, d.home + "/records": d.home, d.home + "/materials": d.home, d.home + "/together": d.home, d.home + "/sign-links": d.home,
			"/households/1/reveal": "/households/1", "/profile/leave": "/profile", "/profile/leave/1/end": "/profile", "/profile/contact": "/profile", "/profile/password": "/profile",
			"/drafts": "/", "/drafts/drop": "/", "/uploads": "/", "/display": "/", "/logout": "/", "/petitions/1": "/petitions", "/board/bulk": "/board",
			"/inbox/acknowledgement": "/inbox", "/inbox/read": "/inbox", "/demo/clock": "/", "/demo/role": "/"},
		"township": {"/audit/breaches/1/explanations": "/audit/breaches/1", "/board/bulk": "/board"},
		"security": {"/admin/accounts/market": "/admin/accounts"},
		"admin":    {"/admin/offices/1": "/admin/offices", "/admin/queue/failed/1": "/admin/queue", "/admin/queue/deliveries/1": "/admin/queue"},
	} {
		b := d.as(login)
		for from, to := range list {
			at, r := from, b.look(from)
			for range 4 {
				if r.status != 303 {
					break
				}
				at = r.to
				r = b.look(at)
			}
			if at != to || r.status >= 400 && !strings.HasPrefix(to, "/audit/breaches/") {
				t.Errorf("%s reloads %s: comes to %s, %d; want %s", login, from, at, r.status, to)
			}
		}
	}
	if r := household.look(own + "/petitions"); r.status != 303 || r.to != "/progress/"+code {
		t.Errorf("the household reloads: %d %s", r.status, r.to)
	}
}

// The slip with the query code is the counter's to print, for cases of its own township.
func TestTheSlipIsTheCounters(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.code()
	if p := d.as("counter").page; !strings.Contains(p, "马䶮") || !strings.Contains(p, "<svg") || !strings.Contains(p, "JS-HP-20260302-0001") || strings.Contains(p, "140824198810099834") {
		t.Errorf("the slip:\n%s", p)
	}
	for login, want := range map[string]int{"counter2": 404, "group": 403, "village": 403, "economic": 403, "planning": 403, "township": 403, "agriculture": 403, "supervision": 403, "auditor": 403, "admin": 403} {
		b := d.as(login)
		if r := b.look(d.home + "/slip"); r.status != want || strings.Contains(r.body, code) {
			t.Errorf("%s prints the slip: %d", login, r.status)
		}
		if r := b.look(d.home); strings.Contains(r.body, code) || strings.Contains(r.body, d.home+"/slip") {
			t.Errorf("%s reads the code", login)
		}
	}
}

// What the guide says of a matter is its main line, each stage with who decides and within what time.
func TestTheGuideFollowsTheMainLine(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	b := &browser{t: t, web: web}
	for _, ch := range chains.Published().All() {
		b.get("/guidance/" + string(ch.ID))
		if b.status != 200 {
			t.Errorf("%s: %d", ch.ID, b.status)
			continue
		}
		at := 0
		for _, state := range lines.Main(ch) {
			if st, _ := ch.Stage(state); st.By == "" {
				continue
			}
			i := strings.Index(b.page[at:], fmt.Sprintf(">%s<", state.Title()))
			if i < 0 {
				t.Errorf("%s: %s does not follow on the page", ch.ID, state.Title())
				continue
			}
			at += i
		}
	}
	if b.get("/guidance/castle"); b.status != 404 {
		t.Errorf("no such matter: %d", b.status)
	}
}

// From a browser in which the account was used its owner enters while the wrong passwords of others lock it (H5, B10).
func TestAKnownBrowserEntersDuringALock(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	form := func(password string) url.Values {
		return url.Values{"login": {"counter"}, "password": {password}, "next": {"/"}}
	}
	own, stranger := &browser{t: t, web: web}, &browser{t: t, web: web}
	first := own.press("/login", form("anju-demo"))
	device := first.cookies["anju_device"]
	if first.status != 303 || len(device) < 26 {
		t.Fatalf("logged in: %d, %v", first.status, first.cookies)
	}
	for range 5 {
		if r := stranger.press("/login", form("wrong")); r.status != 401 || r.cookies["anju_device"] != "" {
			t.Errorf("a wrong password: %d %v", r.status, r.cookies)
		}
	}
	if r := stranger.press("/login", form("anju-demo")); r.status != 429 {
		t.Errorf("the sixth of a stranger: %d", r.status)
	}
	own.cookie = "anju_device=" + device
	if r := own.press("/login", form("anju-demo")); r.status != 303 || r.cookies["anju_session"] == "" || r.cookies["anju_device"] != device {
		t.Errorf("the owner in his own browser: %d %v", r.status, r.cookies)
	}
}
