package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Three administrators and nobody else: each has his own pages, and none of another's.
func TestWhoMayAdministrate(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	people := map[string]*browser{}
	for _, l := range []string{"admin", "security", "audit", "auditor", "counter", "supervision", "township"} {
		people[l] = visit(t, web, l)
	}
	for _, c := range []struct{ method, path, whose string }{
		{"GET", "/admin/accounts", "security"}, {"POST", "/admin/accounts", "security"}, {"POST", "/admin/accounts/market", "security"}, {"GET", "/admin/log", "audit"},
		{"GET", "/admin/offices", "admin"}, {"POST", "/admin/offices/1", "admin"}, {"GET", "/admin/calendar", "admin"}, {"POST", "/admin/calendar", "admin"},
		{"GET", "/admin/limits", "admin"}, {"POST", "/admin/limits", "admin"}, {"GET", "/admin/channels", "admin"}, {"POST", "/admin/channels", "admin"},
		{"GET", "/admin/queue", "admin"}, {"POST", "/admin/queue/failed/1", "admin"}, {"POST", "/admin/queue/deliveries/1", "admin"}, {"GET", "/admin/health", "admin"},
	} {
		for login, b := range people {
			var r reply
			if c.method == "GET" {
				r = b.look(c.path)
			} else {
				r = b.press(c.path, url.Values{"csrf": {b.csrf()}})
			}
			if may := login == c.whose; may == (r.status == 403) || may && c.method == "GET" && r.status != 200 || r.status >= 500 {
				t.Errorf("%s %s by %s: %d", c.method, c.path, login, r.status)
			}
		}
		nobody := &browser{t: t, web: web}
		if r := nobody.look(c.path); c.method == "GET" && (r.status != 303 || !strings.HasPrefix(r.to, "/login")) {
			t.Errorf("%s by nobody: %d %s", c.path, r.status, r.to)
		}
		if c.method == "POST" {
			if r := nobody.press(c.path, url.Values{}); r.status != 401 {
				t.Errorf("POST %s by nobody: %d", c.path, r.status)
			}
			if r := people[c.whose].press(c.path, url.Values{}); r.status != 403 {
				t.Errorf("POST %s without the token of a page: %d", c.path, r.status)
			}
		}
	}
	for login, sees := range map[string][]string{"admin": {"/admin/calendar"}, "security": {"/admin/accounts"}, "audit": {"/admin/log"}} {
		people[login].get("/")
		for _, path := range []string{"/admin/calendar", "/admin/accounts", "/admin/log", "/cases"} {
			if offered := strings.Contains(people[login].page, `href="`+path+`"`); offered != (path == sees[0]) {
				t.Errorf("%s is offered %s: %v", login, path, offered)
			}
		}
	}
}

// formWith is the form of the page that has a field.
func (b *browser) formWith(field string) url.Values {
	for _, f := range b.forms() {
		if f.values.Has(field) {
			return f.values
		}
	}
	return url.Values{}
}

// logInAs tries a password.
func logInAs(t *testing.T, b *browser, login, password string) bool {
	t.Helper()
	r := b.press("/login", url.Values{"login": {login}, "password": {password}, "next": {"/"}})
	if r.status == 303 && r.cookies["anju_session"] != "" {
		b.cookie = "anju_session=" + r.cookies["anju_session"]
		return true
	}
	if r.status != 401 {
		t.Errorf("%s with %q: %d", login, password, r.status)
	}
	return false
}

var (
	justMade = regexp.MustCompile(`<code>([a-z0-9.]+)：([^<]+)</code>`)
	logLine  = regexp.MustCompile(`<td data-th="谁">([^<]*)</td><td data-th="做了什么">([^<]*)</td><td data-th="对象">([^<]*)</td>`)
)

// An account is opened with a password that works, closed at once, and given a new one; each act is a line of the log.
func TestAnAccountFromItsOpeningToItsEnd(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	security := visit(t, web, "security")
	security.get("/admin/accounts?q=" + url.QueryEscape("稷峰镇便民"))
	office := regexp.MustCompile(`<option value="(\d+)">稷峰镇便民服务中心</option>`).FindStringSubmatch(security.page)
	if office == nil {
		t.Fatalf("no office to choose:\n%s", security.page)
	}
	form := typed(url.Values{"csrf": {security.csrf()}}, "login", "zhangsan", "name", "张三", "role", "window_clerk", "office", office[1], "id_number", "140824198810099834")
	for why, c := range map[string]struct{ field, value string }{"capital letters": {"login", "ZhangSan"}, "too short": {"login", "zs"}, "a login that is there": {"login", "counter"}, "no name": {"name", ""}, "a name that turns": {"name", "张\u202e三"}, "a twin": {"login", "Counter"},
		"a role that is none": {"role", "emperor"}, "no role": {"role", ""}, "no office": {"office", ""}, "an office that is none": {"office", "99999"}, "a wrong digit": {"id_number", "140824198810099835"}} {
		security.send("/admin/accounts", typed(form, c.field, c.value))
		again := security.formWith("id_number")
		if security.status != 422 || justMade.MatchString(security.page) || c.field != "name" && again.Get("name") != "张三" || c.field != "login" && again.Get("login") != "zhangsan" {
			t.Errorf("%s: %d %s", why, security.status, summaryOf.FindString(security.page))
		}
	}
	security.send("/admin/accounts", form)
	made := justMade.FindStringSubmatch(security.page)
	if security.status != 200 || made == nil || made[1] != "zhangsan" || len(made[2]) < 12 {
		t.Fatalf("opened: %d\n%s", security.status, security.page)
	}
	if security.get("/admin/accounts"); strings.Contains(security.page, made[2]) {
		t.Error("the password is shown twice")
	}
	clerk := &browser{t: t, web: web}
	if !logInAs(t, clerk, "zhangsan", made[2]) {
		t.Fatal("the password does not log in")
	}
	if x := clerk.look("/cases"); x.status != 303 || x.to != "/password" {
		t.Errorf("a one-time password opens the cases: %d %s", x.status, x.to)
	}
	clerk.get("/password")
	own := clerk.press("/profile/password", typed(clerk.formWith("new_password"), "new_password", "a password of mine", "again", "a password of mine"))
	clerk.cookie = "anju_session=" + own.cookies["anju_session"]
	if clerk.get("/"); !strings.Contains(clerk.page, "张三") || !strings.Contains(clerk.page, "稷峰镇便民服务中心") || !strings.Contains(clerk.page, `href="/new"`) {
		t.Errorf("the account is not at its desk:\n%s", clerk.page)
	}
	do := func(login, what string) reply {
		return security.press("/admin/accounts/"+login, url.Values{"csrf": {security.csrf()}, "do": {what}})
	}
	if r := do("zhangsan", "disable"); r.status != 303 {
		t.Fatalf("closed: %d %s", r.status, r.body)
	}
	if r := clerk.look("/cases"); r.status != 303 || !strings.HasPrefix(r.to, "/login") {
		t.Errorf("a closed account goes on: %d", r.status)
	}
	if logInAs(t, &browser{t: t, web: web}, "zhangsan", made[2]) {
		t.Error("a closed account logs in")
	}
	r := do("zhangsan", "reset")
	fresh := justMade.FindStringSubmatch(r.body)
	if r.status != 200 || fresh == nil || fresh[2] == made[2] {
		t.Fatalf("a new password: %d\n%s", r.status, r.body)
	}
	if !logInAs(t, clerk, "zhangsan", fresh[2]) || logInAs(t, &browser{t: t, web: web}, "zhangsan", made[2]) {
		t.Error("the new password does not log in, or the old one does")
	}
	for login, c := range map[string]struct {
		do     string
		status int
	}{"security": {"disable", 422}, "nobody": {"disable", 404}, "zhangsan": {"promote", 422}} {
		if r := do(login, c.do); r.status != c.status {
			t.Errorf("%s of %s: %d", c.do, login, r.status)
		}
	}
	audit := visit(t, web, "audit")
	audit.get("/admin/log")
	var said []string
	for _, m := range logLine.FindAllStringSubmatch(audit.page, -1) {
		said = append(said, m[1]+" "+m[2]+" "+m[3])
	}
	if strings.Join(said, "；") != "曹安民 重置密码 zhangsan；曹安民 停用账号 zhangsan；曹安民 开通账号：窗口受理员 zhangsan" {
		t.Errorf("the log says %q", said)
	}
	if strings.Contains(audit.page, made[2]) || strings.Contains(audit.page, fresh[2]) || strings.Contains(audit.page, "140824198810099834") {
		t.Error("the log says too much")
	}
}

// Whatever the administrator changes is a line of the log, taking away as well as entering.
func TestEveryActOfTheAdministratorIsLogged(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	admin, audit := visit(t, web, "admin"), visit(t, web, "audit")
	lines := func() []string {
		t.Helper()
		audit.get("/admin/log")
		var said []string
		for _, m := range logLine.FindAllStringSubmatch(audit.page, -1) {
			said = append(said, m[1]+" "+m[2]+" "+m[3])
		}
		return said
	}
	press := func(path string, pairs ...string) reply {
		t.Helper()
		return admin.press(path, typed(url.Values{"csrf": {admin.csrf()}}, pairs...))
	}
	admin.get("/admin/offices?q=" + url.QueryEscape("稷峰镇便民"))
	office := regexp.MustCompile(`/admin/offices/\d+`).FindString(admin.page)
	if office == "" {
		t.Fatalf("no office:\n%s", admin.page)
	}
	n := 0
	acted := func(what string, r reply) {
		t.Helper()
		n++
		if now := lines(); r.status >= 400 || len(now) != n || !strings.HasPrefix(now[0], "秦守义 ") {
			t.Errorf("%s: %d, the log says %q", what, r.status, now)
			n = len(now)
		}
	}
	acted("a new name", press(office, "name", "稷峰镇便民服务大厅"))
	acted("a parameter", press("/admin/limits", "standard", "167.00", "body", "member_assembly"))
	acted("a calendar", press("/admin/calendar", "do", "apply", "year", "2027", "notice", "国务院办公厅关于2027年部分节假日安排的通知", "published_on", "2026-11-04", "off", "2027-01-01/2027-01-03"))
	acted("a channel", press("/admin/channels", "kind", "wecom", "url", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=verborgen"))
	admin.get("/admin/channels")
	id := regexp.MustCompile(`name="remove" value="(\d+)"`).FindStringSubmatch(admin.page)
	if id == nil || strings.Contains(admin.page, "verborgen") {
		t.Fatalf("the channel:\n%s", admin.page)
	}
	acted("a channel less", press("/admin/channels", "remove", id[1]))
	if press("/admin/limits", "standard", "viel"); len(lines()) != n {
		t.Error("what was refused is logged as done")
	}
	if press("/admin/calendar", "do", "try", "year", "2027", "notice", "国务院办公厅关于2027年部分节假日安排的通知", "off", "2027-01-01/2027-01-03"); len(lines()) != n {
		t.Error("a dry run is logged as done")
	}
	if press(office, "name", " "); len(lines()) != n {
		t.Error("a name of nothing is logged as given")
	}
	if strings.Contains(strings.Join(lines(), " "), "verborgen") {
		t.Error("the log holds a key")
	}
}

const extraHoliday = "2026-01-01/2026-01-03\n2026-03-05\n2026-04-04/2026-04-06、2026-05-01/2026-05-05"

// A notice of the State Council is typed as it stands on paper, tried without changing anything, and then moves what is open.
func TestTheCalendarIsTriedBeforeItMovesAnything(t *testing.T) { // L02, R35
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	d.hang()
	due := func() string {
		t.Helper()
		return regexp.MustCompile(`2026年3月\d+日止`).FindString(d.at("group").page)
	}
	if due() != "2026年3月9日止" {
		t.Fatalf("due %q", due())
	}
	admin := visit(t, web, "admin")
	form := url.Values{"csrf": {admin.csrf()}, "do": {"try"}, "year": {"２０２６"}, "notice": {"国务院办公厅关于2026年部分节假日安排的补充通知"}, "published_on": {"2026-03-02"}, "off": {extraHoliday},
		"work": {"2026-01-04\n2026-05-09"}}
	admin.send("/admin/calendar", form)
	if admin.status != 200 || !strings.Contains(admin.page, "还没有改动任何内容") || !strings.Contains(admin.page, "<td>L02</td><td>2026-03-09</td><td>2026-03-10</td><td>改期</td>") {
		t.Fatalf("tried: %d\n%s", admin.status, admin.page)
	}
	apply, ok := admin.form("/admin/calendar", "", "")
	if !ok || apply.values.Get("off") != extraHoliday || apply.values.Get("notice") != form.Get("notice") {
		t.Errorf("what was typed is lost: %v", apply.values)
	}
	if due() != "2026年3月9日止" {
		t.Errorf("trying has moved the deadline to %q", due())
	}
	code := noticeCode.FindStringSubmatch(func() string { d.as("group").get(d.home + "/poster"); return d.as("group").page }())[1]
	admin.send("/admin/calendar", typed(apply.values, "do", "apply"))
	if admin.status != 200 || !strings.Contains(admin.page, "重新计算了 1 个期限") {
		t.Fatalf("put in force: %d\n%s", admin.status, admin.page)
	}
	if due() != "2026年3月10日止" {
		t.Errorf("the open deadline is due %q", due())
	}
	nobody := &browser{t: t, web: web}
	if nobody.get("/notices/" + code); !strings.Contains(nobody.page, "至 2026年3月10日 24:00") {
		t.Errorf("the notice hangs as long as before: %d", nobody.status)
	}
	for why, c := range map[string]struct{ field, value string }{"a year that is none": {"year", "zwei"}, "no year": {"year", ""}, "no notice": {"notice", "通知"}, "a day of another year": {"off", "2031-01-01"},
		"a day that is none": {"off", "2026-02-30"}, "a span that ends before it begins": {"off", "2026-05-05/2026-05-01"}, "a make-up day in the week": {"work", "2026-03-04"},
		"a day off and at work": {"work", "2026-04-05"}, "words": {"off", "春节放假"}} {
		admin.send("/admin/calendar", typed(form, c.field, c.value, "do", "apply"))
		again, _ := admin.form("/admin/calendar", "", "")
		said := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(summaryOf.FindString(admin.page), "")
		if admin.status != 422 || said == "" || latinWord.MatchString(said) || again.values.Get("published_on") != "2026-03-02" || again.values.Get(c.field) != c.value {
			t.Errorf("%s: %d %q, kept %v", why, admin.status, said, again.values)
		}
	}
	if due() != "2026年3月10日止" {
		t.Errorf("what was refused has moved the deadline to %q", due())
	}
}

// A parameter of the county is taken as it can be, and what was typed stays where it cannot.
func TestParametersOfTheCountyAreChecked(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	admin := visit(t, web, "admin")
	form := url.Values{"csrf": {admin.csrf()}, "standard": {"167.00"}, "body": {"member_assembly"}, "mandate": {"稷自然资委〔2026〕3号"}, "issuer": {"county_approval_bureau"}, "from": {"2026-01-01"},
		"to": {"2028-12-31"}, "proof": {"1"}}
	for why, c := range map[string]struct{ field, value string }{"no number": {"standard", "viel"}, "three places": {"standard", "133.005"}, "nothing": {"standard", ""}, "less than nothing": {"standard", "-1"},
		"a meeting that is none": {"body", "parliament"}, "a day that is none": {"from", "2026-02-30"}, "no day": {"from", ""}, "an end before its beginning": {"to", "2025-12-31"},
		"an office that cannot give a mandate": {"issuer", "group_collective"}} {
		admin.send("/admin/limits", typed(form, c.field, c.value))
		said := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(summaryOf.FindString(admin.page), "")
		if admin.status != 422 || said == "" || latinWord.MatchString(said) {
			t.Errorf("%s: %d %q", why, admin.status, said)
			continue
		}
		again := admin.formWith("standard")
		for _, field := range []string{"standard", "mandate", "from", "to", "issuer"} {
			if field != c.field && again.Get(field) != form.Get(field) {
				t.Errorf("%s: %s was typed as %q and stands as %q", why, field, form.Get(field), again.Get(field))
			}
		}
		if again.Get("proof") != "1" {
			t.Errorf("%s: the tick is lost", why)
		}
	}
	if admin.send("/admin/limits", form); admin.status != 200 || !strings.Contains(admin.page, "已保存") {
		t.Errorf("saved: %d\n%s", admin.status, summaryOf.FindString(admin.page))
	}
}
