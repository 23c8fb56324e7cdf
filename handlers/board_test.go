package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"anju/handlers"
	"anju/workflow/law/lawtest"
)

// csrf is the token of the browser's session, as its pages carry it.
func (b *browser) csrf() string {
	b.t.Helper()
	at := &browser{t: b.t, web: b.web, cookie: b.cookie}
	at.get("/profile")
	f, ok := at.form("/logout", "", "")
	if !ok {
		b.t.Fatalf("no session: %d", at.status)
	}
	return f.values.Get("csrf")
}

// titles are the titles of a case's history, the oldest first.
func (d *desks) titles(login string) []string {
	d.t.Helper()
	b := d.as(login)
	b.get(d.home + "/history")
	var list []string
	for _, m := range regexp.MustCompile(`(?s)<li[^>]*><span class="dim">[^<]*</span> <strong>([^<]+)</strong>`).FindAllStringSubmatch(b.page, -1) {
		list = append(list, m[1])
	}
	slices.Reverse(list)
	if len(list) == 0 {
		d.t.Fatalf("no history: %d\n%s", b.status, b.page)
	}
	return list
}

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

var resultLine = regexp.MustCompile(`(?s)<li><span class="lamp (green|red)">[^<]*</span> <a href="([^"]*)">([^<]*)</a>　([^<]*)</li>`)

// results are what the board says of each case: done or not, and why.
func (b *browser) results() map[string][2]string {
	m := map[string][2]string{}
	for _, x := range resultLine.FindAllStringSubmatch(b.page, -1) {
		m[x[2]] = [2]string{x[1], x[4]}
	}
	return m
}

// seenOn is what the box of a case sends from the board.
func (d *desks) seenOn(board *browser) string {
	d.t.Helper()
	id := strings.TrimPrefix(d.home, "/cases/")
	m := regexp.MustCompile(`name="case" value="(` + id + `:\d+)"`).FindStringSubmatch(board.page)
	if m == nil {
		d.t.Fatalf("no box for %s on the board:\n%s", id, board.page)
	}
	return m[1]
}

// seenByAll has the site seen and the three offices agree: only the verb ahead is left.
func (d *desks) seenByAll() {
	d.t.Helper()
	d.act("planning", "/records", "kind", "site_record")
	for _, l := range []string{"economic", "social", "planning"} {
		d.act(l, "/records", "kind", "joint_review_sheet")
	}
	d.act("planning", "/records", "kind", "planning_area_confirmation")
}

// Several cases are taken with one press, each on its own: what is stale or another township's is named and stops nothing.
func TestSeveralCasesAtOnce(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	var cases []*desks
	people := map[string]*browser{}
	for range 3 {
		d := &desks{t: t, web: web, people: people}
		d.home = atGroup(t, d.as("counter"))
		d.goTo("group_received", "group_notice")
		cases = append(cases, d)
	}
	for i, d := range cases {
		d.goTo("group_notice", "township_intake")
		if counter := d.at("counter"); i == 0 { // accepting numbers a notice: one by one
			counter.get("/board")
			offered := strings.Contains(counter.page, `name="verb" value="accept"`)
			counter.send("/board/bulk", url.Values{"csrf": {counter.csrf()}, "key": {"accept"}, "verb": {"accept"}, "case": {seenNow(counter, d)}})
			if r := counter.results()[d.home]; offered || r[0] != "red" || !strings.Contains(r[1], "请逐件办理") {
				t.Errorf("several accepted at once: offered %v, %v", offered, r)
			}
		}
		d.goTo("township_intake", "joint_review")
		d.seenByAll()
	}
	foreign := foreignCase(t, cases[0].as("counter2"))
	economic := people["economic"]
	economic.get("/board")
	boxes := []string{cases[0].seenOn(economic), cases[1].seenOn(economic), cases[2].seenOn(economic), foreign + ":1", "x", "999999:1"}
	cases[1].act("planning", "/records", "kind", "site_record") // the page of the board is stale now
	f, ok := economic.form("/board/bulk", "", "")
	if !ok {
		t.Fatal("no form on the board")
	}
	form := url.Values{"csrf": f.values["csrf"], "key": f.values["key"], "verb": {"forward"}, "case": boxes}
	blind := strings.TrimPrefix(cases[0].home, "/cases/")
	for _, box := range []string{blind, blind + ":", blind + ":x", blind + ":0"} { // a page that does not say what it has seen
		economic.send("/board/bulk", typed(form, "key", "blind"+box, "case", box))
		if r := economic.results()[cases[0].home]; r[0] != "red" {
			t.Errorf("taken blindly as %q: %v", box, r)
		}
	}
	before := [3]int{}
	for i, d := range cases {
		before[i] = len(d.titles("counter"))
	}
	economic.send("/board/bulk", form)
	got := economic.results()
	for address, want := range map[string]string{cases[0].home: "green", cases[1].home: "red", cases[2].home: "green", "/cases/" + foreign: "red", "/cases/x": "red", "/cases/999999": "red"} {
		if got[address][0] != want {
			t.Errorf("%s: %v, want %s", address, got[address], want)
		}
	}
	if economic.status != 200 || !strings.Contains(got["/cases/"+foreign][1], "未找到该办件") || !strings.Contains(got[cases[1].home][1], "已于") || !strings.Contains(got["/cases/x"][1], "编号格式不正确") {
		t.Errorf("the reasons: %d %v", economic.status, got)
	}
	if strings.Contains(economic.page, "14082410320601") || strings.Contains(economic.page, "宁石头") {
		t.Errorf("the board tells of another township's case:\n%s", economic.page)
	}
	for i, lines := range []int{1, 0, 1} {
		if now := cases[i].titles("counter"); len(now) != before[i]+lines || count(now, "汇总送审") != lines {
			t.Errorf("case %d has %d more lines: %v", i, len(now)-before[i], now)
		}
	}
	economic.send("/board/bulk", form) // pressed twice
	if now := cases[0].titles("counter"); count(now, "汇总送审") != 1 || economic.results()[cases[0].home][0] != "green" {
		t.Errorf("pressed twice: %v %v", economic.results(), now)
	}

	// Certificates and refusals are given one by one, by whoever asks.
	township := cases[0].as("township")
	for _, verb := range []string{"approve", "deny", "return", "accept", "take_back", "nonsense"} {
		township.get("/board")
		if township.send("/board/bulk", url.Values{"csrf": {township.csrf()}, "key": {"v-" + verb}, "verb": {verb}, "case": {seenNow(township, cases[0]), seenNow(township, cases[2])}}); township.status != 200 {
			t.Errorf("%s of several: %d", verb, township.status)
		}
		said := township.results()
		for _, d := range []*desks{cases[0], cases[2]} {
			if r := said[d.home]; r[0] != "red" || (verb == "approve" || verb == "deny" || verb == "return") && !strings.Contains(r[1], "请逐件办理") {
				t.Errorf("%s of several: %v", verb, r)
			}
			if b := d.at("township"); !strings.Contains(b.page, "<strong>审批</strong>") {
				t.Errorf("%s of several moved the case", verb)
			}
		}
		if township.get("/board"); strings.Contains(township.page, `name="verb" value="`+verb+`"`) {
			t.Errorf("the board offers %s for several", verb)
		}
	}
	for why, form := range map[string]url.Values{"none": {}, "too many": {"case": make([]string, 51)}} {
		form.Set("csrf", township.csrf())
		form.Set("key", "n"+why)
		form.Set("verb", "forward")
		if r := township.press("/board/bulk", form); r.status != 422 {
			t.Errorf("%s: %d", why, r.status)
		}
	}
}

// seenNow is what the box of a case would send now, from the page of the case.
func seenNow(b *browser, d *desks) string {
	at := &browser{t: b.t, web: b.web, cookie: b.cookie}
	at.get(d.home)
	m := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(at.page)
	if m == nil {
		b.t.Fatalf("no seen on the page of %s", d.home)
	}
	return strings.TrimPrefix(d.home, "/cases/") + ":" + m[1]
}

// foreignCase is a case of another township: its number.
func foreignCase(t *testing.T, counter *browser) string {
	t.Helper()
	api := handlers.LogIn(t, counter.web, "counter2")
	_, ch := api.Ask("GET", "/api/v1/chains/homestead", "")
	b, _ := json.Marshal(example(map[string]any{"data": ch["household"]}))
	var h map[string]any
	if err := json.Unmarshal(b, &h); err != nil {
		t.Fatal(err)
	}
	h["division"], h["group_no"], h["members"] = "140824103206", "01", []any{}
	h["current"] = map[string]any{"homestead_area": "0.00", "building_area": "0.00"}
	h["householder"] = map[string]any{"name": "宁石头", "id_number": idNumber(77)}
	body, _ := json.Marshal(h)
	s, m := api.Ask("POST", "/api/v1/households", string(body))
	if s != 201 {
		t.Fatalf("a household of another township: %d %v", s, m)
	}
	counter.get(fmt.Sprintf("/new?chain=homestead&household=%v", m["id"]))
	counter.submit("/new", "chain", "homestead")
	home := caseOfPage.FindStringSubmatch(counter.page)
	if home == nil {
		t.Fatalf("no case of another township:\n%s", counter.page)
	}
	return strings.TrimPrefix(home[1], "/cases/")
}

// The board is the township's: village, group and county work elsewhere.
func TestTheBoardIsTheTownships(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	for login, may := range map[string]bool{"counter": true, "economic": true, "social": true, "planning": true, "township": true,
		"group": false, "village": false, "agriculture": false, "resources": false, "supervision": false, "auditor": false, "admin": false} {
		b := visit(t, web, login)
		want := map[bool]int{true: 200, false: 403}[may]
		if b.get("/board"); b.status != want {
			t.Errorf("%s reads the board: %d", login, b.status)
		}
		if r := b.press("/board/bulk", url.Values{"csrf": {b.csrf()}, "key": {"k"}, "verb": {"forward"}, "case": {"1:1"}}); r.status != want {
			t.Errorf("%s presses for several: %d", login, r.status)
		}
	}
}

// The village writes down what it saw, what the neighbours say and its signature with one press: three lines, the signature last.
func TestVillageSignsWithItsRecordsAtOnce(t *testing.T) { // R40, R44, R45
	lawtest.Claim(t, "R40", "R44", "R45")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	d.goTo("group_received", "village_review")
	before := d.titles("village")
	village := d.at("village")
	f, ok := village.form("/together", "", "")
	if !ok {
		t.Fatalf("no common form:\n%s", village.page)
	}
	form := typed(f.values, "neighbor_opinion.names", "东邻赵大明、南邻张志强", "sign_opinion.opinion", "四邻都问过了，同意")
	village.send(f.action, form)
	if village.status != 200 || !strings.Contains(village.page, "乡镇收件") || !strings.Contains(village.page, "四邻都问过了，同意") {
		t.Fatalf("signed: %d\n%s", village.status, village.page)
	}
	after := d.titles("village")
	if got := after[len(before):]; !slices.Equal(got, []string{"相邻权利人意见", "村级审查意见单", "签署同意"}) {
		t.Errorf("the history says %v", got)
	}
	if r := village.press(f.action, form); r.status != 303 {
		t.Errorf("the same key twice: %d %s", r.status, summaryOf.FindString(r.body))
	}
	if again := d.titles("village"); !slices.Equal(again, after) {
		t.Errorf("the same key twice writes %v", again[len(after):])
	}
}

// What is wrong in any part of the common form loses nothing and writes nothing: all of it is asked for again as it was typed.
func TestNothingIsLostOfACommonForm(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	d.goTo("group_received", "village_review")
	before := len(d.titles("village"))
	village := d.at("village")
	f, _ := village.form("/together", "", "")
	all := f.values.Get("together")
	if all != "sign_opinion,neighbor_opinion,village_review_sheet" {
		t.Fatalf("asked for are %q", all)
	}
	village.send(f.action, typed(f.values, "neighbor_opinion.names", "东邻赵大明、南邻不在家", "village_review_sheet.plan_basis", "vielleicht", "sign_opinion.opinion",
		"写了很久的意见"))
	if village.status != 422 || strings.Contains(village.page, "前面的登记已经保存") || !strings.Contains(village.page, `href="#together-village_review_sheet-plan_basis"`) ||
		!strings.Contains(village.page, `id="together-village_review_sheet-plan_basis"`) {
		t.Errorf("refused: %d\n%s", village.status, summaryOf.FindString(village.page))
	}
	again, ok := village.form("/together", "", "")
	if !ok || again.values.Get("together") != all || again.values.Get("neighbor_opinion.names") != "东邻赵大明、南邻不在家" ||
		again.values.Get("sign_opinion.opinion") != "写了很久的意见" {
		t.Errorf("asked for again: %v", again.values)
	}
	if now := d.titles("counter")[before:]; len(now) != 0 {
		t.Errorf("written: %v", now)
	}
	village.send("/drafts", typed(again.values, "neighbor_opinion.names", "东邻赵大明、南邻回来了"))
	village.get(d.home)
	if again, ok = village.form("/together", "", ""); !ok || again.values.Get("neighbor_opinion.names") != "东邻赵大明、南邻回来了" {
		t.Errorf("put away and taken up again: %v", again.values)
	}
	village.send(again.action, typed(again.values, "village_review_sheet.plan_basis", "village_plan"))
	got := d.titles("counter")[before:]
	if village.status != 200 || len(got) != 3 || got[2] != "签署同意" {
		t.Errorf("mended: %d, the history says %v\n%s", village.status, got, summaryOf.FindString(village.page))
	}
}

// A common form that the verb's conditions refuse writes nothing, and is signed once it is mended: one sheet stands in the record.
func TestCommonFormIsMendedAndSigned(t *testing.T) { // R41, R45
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	d.goTo("group_received", "village_review")
	before := len(d.titles("village"))
	village := d.at("village")
	f, _ := village.form("/together", "", "")
	missing := typed(f.values, "neighbor_opinion.names", "东邻赵大明、南邻张志强")
	missing.Del("village_review_sheet.papers_genuine")
	for range 2 { // pressed twice
		village.send(f.action, missing)
		if village.status != 422 || !strings.Contains(village.page, `href="#together-village_review_sheet"`) || strings.Contains(village.page, "Idempotency") ||
			!strings.Contains(village.page, `id="together-village_review_sheet"`) {
			t.Fatalf("one tick missing: %d\n%s", village.status, summaryOf.FindString(village.page))
		}
	}
	if now := d.titles("counter")[before:]; len(now) != 0 {
		t.Errorf("written by a form that was refused: %v", now)
	}
	again, ok := village.form("/together", "", "")
	if !ok || again.values.Get("neighbor_opinion.names") != "东邻赵大明、南邻张志强" {
		t.Fatalf("asked for again: %v", again.values)
	}
	village.send(again.action, typed(again.values, "village_review_sheet.papers_genuine", "1"))
	if got := d.titles("counter")[before:]; village.status != 200 || !slices.Equal(got, []string{"相邻权利人意见", "村级审查意见单", "签署同意"}) {
		t.Errorf("mended: %d, the history says %v\n%s", village.status, got, summaryOf.FindString(village.page))
	}
	// the form as it first stood, sent again with other content: nobody is shown the API's sentence
	stale := typed(again.values, "neighbor_opinion.names", "别的")
	if r := village.press(again.action, stale); r.status != 409 || strings.Contains(r.body, "Idempotency") || !strings.Contains(r.body, "已经提交过") {
		t.Errorf("the same form with other content: %d %s", r.status, summaryOf.FindString(r.body))
	}
}
