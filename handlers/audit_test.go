package handlers_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	totalOf   = regexp.MustCompile(`共 (\d+) (?:个|张红牌)`)
	figure    = regexp.MustCompile(`<li><b><a href="(/audit/stages[^"]*)">(\d+)</a></b>(办理环节|超法定期限环节)</li>`)
	townRow   = regexp.MustCompile(`<tr><th scope="row"><a href="([^"]+)">([^<]+)</a></th><td class="n">(\d+)</td><td class="n">[^<]*</td><td class="n">(\d+)</td><td class="n"><a href="([^"]+)">(\d+)</a></td><td class="n"><a class="cards" href="([^"]+)">(\d+)</a></td></tr>`)
	heatLink  = regexp.MustCompile(`<td><a class="t\d" href="([^"]+)"[^>]*><span class="t\d">(\d+)/(\d+)</span>`)
	monthRow  = regexp.MustCompile(`<tr><th scope="row"><a href="([^"]+)">(\d{4}-\d{2})</a></th><td class="n">(\d+)</td>`)
	latinWord = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// behind is how many rows the list behind a number has, over all its pages.
func (b *browser) behind(href string) (total string, rows int) {
	b.t.Helper()
	at := &browser{t: b.t, web: b.web, cookie: b.cookie}
	href = html.UnescapeString(href)
	for page := 1; page < 20; page++ {
		at.get(fmt.Sprintf("%s&page=%d", href, page))
		m := totalOf.FindStringSubmatch(at.page)
		if at.status != 200 || m == nil {
			b.t.Fatalf("%s: %d\n%s", href, at.status, at.page)
		}
		total = m[1]
		rows += strings.Count(at.page, "<tr><td")
		if !strings.Contains(at.page, "下一页") {
			break
		}
	}
	return total, rows
}

// lateCounty has a case that is red at the village, one that is red at the group and one of another township that was taken up.
func lateCounty(t *testing.T) (village, group *desks, foreign string) {
	t.Helper()
	web, _ := quietCounty(t)
	village = desksOf(t, web)
	group = &desks{t: t, web: web, people: village.people, home: atGroup(t, village.as("counter"))}
	foreign = foreignCase(t, village.as("counter2"))
	far := village.as("counter2")
	far.get("/cases/" + foreign)
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		far.upload(code)
	}
	far.submit("/moves", "verb", "submit")
	village.goTo("group_received", "village_review")
	village.until("2026-03-23")
	return village, group, foreign
}

// As many cases stand behind a number of the board as the number says, whatever it is clicked on.
func TestTheBoardOfTheAuditAddsUp(t *testing.T) {
	t.Parallel()
	d, _, _ := lateCounty(t)
	for _, login := range []string{"auditor", "township"} {
		b := d.as(login)
		if b.get("/audit"); b.status != 200 {
			t.Fatalf("%s: %d", login, b.status)
		}
		board := b.page
		agree := func(what, href, want string) {
			t.Helper()
			total, rows := b.behind(href)
			if total != want || fmt.Sprint(rows) != want {
				t.Errorf("%s, %s: the board says %s, the list %s with %d rows (%s)", login, what, want, total, rows, href)
			}
		}
		figures := figure.FindAllStringSubmatch(board, -1)
		if len(figures) != 2 {
			t.Fatalf("%s: figures %v", login, figures)
		}
		for _, f := range figures {
			agree(f[3], f[1], f[2])
			if f[2] == "0" {
				t.Errorf("%s: no %s in a county that is late", login, f[3])
			}
		}
		sum, red, cards := 0, 0, 0
		number := func(s string) (n int) { _, _ = fmt.Sscan(s, &n); return n }
		rows := townRow.FindAllStringSubmatch(board, -1)
		if len(rows) == 0 {
			t.Fatalf("%s: no townships\n%s", login, board)
		}
		for _, r := range rows {
			agree(r[2], r[1], r[3])
			agree(r[2]+" red", r[5], r[6])
			agree(r[2]+" cards", r[7], r[8])
			sum, red, cards = sum+number(r[3]), red+number(r[6]), cards+number(r[8])
		}
		if fmt.Sprint(sum) != figures[0][2] || fmt.Sprint(red) != figures[1][2] || cards == 0 {
			t.Errorf("%s: the townships have %d stages, %d red and %d cards; the county %s and %s", login, sum, red, cards, figures[0][2], figures[1][2])
		}
		cells := heatLink.FindAllStringSubmatch(board, -1)
		inCells := 0
		for _, c := range cells {
			want := c[3]
			if c[2] != "0" {
				want = c[2]
			}
			agree("a cell of the heat "+c[2]+"/"+c[3], c[1], want)
			inCells += number(c[3])
		}
		months := monthRow.FindAllStringSubmatch(board, -1)
		inMonths := 0
		for _, m := range months {
			agree(m[2], m[1], m[3])
			inMonths += number(m[3])
		}
		if len(cells) < 2 || fmt.Sprint(inCells) != figures[0][2] || fmt.Sprint(inMonths) != figures[0][2] {
			t.Errorf("%s: %d stages in %d cells, %d in the months, %s in all", login, inCells, len(cells), inMonths, figures[0][2])
		}
		open := regexp.MustCompile(`<a href="#late">(\d+)</a>`).FindStringSubmatch(board)
		total, _ := b.behind("/audit/breaches?status=open")
		if open == nil || open[1] != total {
			t.Errorf("%s: %v cards are open, the list has %s", login, open, total)
		}
	}
}

// A township reads its own lateness and no other's, however it asks; village and group read none.
func TestATownshipAuditsItself(t *testing.T) {
	t.Parallel()
	d, _, foreign := lateCounty(t)
	far := "宁石头"
	b := d.as("auditor")
	if b.get("/audit/stages?township=140824103000"); !strings.Contains(b.page, far) {
		t.Fatalf("the county does not see the other township:\n%s", b.page)
	}
	b = d.as("township")
	for _, path := range []string{"/audit", "/audit/stages", "/audit/breaches", "/audit?township=140824103000", "/audit/stages?township=140824103000", "/audit/breaches?township=140824103000"} {
		if b.get(path); b.status != 200 || strings.Contains(b.page, far) || strings.Contains(b.page, `/cases/`+foreign+`"`) || strings.Contains(b.page, "140824103") && !strings.Contains(path, "140824103") {
			t.Errorf("%s: %d, another township's", path, b.status)
		}
	}
	if b.get("/audit"); len(townRow.FindAllString(b.page, -1)) != 1 || !strings.Contains(b.page, "稷峰镇") {
		t.Errorf("the townships of a township: %v", townRow.FindAllString(b.page, -1))
	}
	card := regexp.MustCompile(`/audit/breaches/\d+`).FindString(b.page)
	if card == "" {
		t.Fatal("no card")
	}
	other := d.as("township2")
	if other.get(card); other.status != 404 {
		t.Errorf("another township reads a card: %d", other.status)
	}
	for _, act := range []string{"/explanations", "/rulings"} {
		if r := other.press(card+act, url.Values{"csrf": {other.csrf()}, "key": {"k"}, "text": {"代为说明"}, "ruling": {"upheld"}, "ground": {"代为裁定"}}); r.status != 404 {
			t.Errorf("another township speaks on a card: %d", r.status)
		}
	}
	for _, login := range []string{"village", "group"} {
		for _, path := range []string{"/audit", "/audit/stages"} {
			if r := d.as(login).look(path); r.status != 403 {
				t.Errorf("%s reads %s: %d", login, path, r.status)
			}
		}
	}
}

// What is wrong with an address of the audit is said in words of the page.
func TestRefusalsOfTheAuditAreWords(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	b := visit(t, web, "auditor")
	lead := regexp.MustCompile(`(?s)<p class="lead">(.*?)</p>`)
	for _, path := range []string{"/audit?from=soon", "/audit?from=2026-02-30", "/audit?to=x", "/audit?from=2026-03-03&to=2026-03-02", "/audit?from=2001-01-01&to=2026-03-02", "/audit?chain=castle",
		"/audit/stages?stage=nowhere", "/audit/stages?month=2026-13", "/audit/stages?month=2019-01", "/audit/stages?light=blue", "/audit/stages?township=140899", "/audit/breaches?status=lost",
		"/audit/breaches?from=x", "/audit/breaches?chain=castle", "/audit/breaches?stage=nowhere"} {
		b.get(path)
		said := summaryOf.FindString(b.page)
		if m := lead.FindStringSubmatch(b.page); said == "" && m != nil {
			said = m[1]
		}
		said = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(said, "")
		if b.status != 422 || said == "" || latinWord.MatchString(said) {
			t.Errorf("%s: %d %q", path, b.status, said)
		}
	}
}

// The village explains its red card on its page, the auditor rules on his; what was typed stays where either is refused.
func TestACardIsExplainedAndRuledOnItsPage(t *testing.T) {
	t.Parallel()
	d, _, _ := lateCounty(t)
	village := d.as("village")
	village.get("/")
	if !strings.Contains(village.page, "要说明的红牌") {
		t.Fatalf("the village is not told:\n%s", village.page)
	}
	card := regexp.MustCompile(`/audit/breaches/\d+`).FindString(village.page)
	village.get(card)
	f, ok := village.form("/explanations", "", "")
	if !ok || strings.Contains(village.page, "/rulings") {
		t.Fatalf("the village may explain: %v\n%s", ok, village.page)
	}
	for why, c := range map[string]struct{ field, value, kept string }{"nothing": {"text", "", ""}, "a day that is none": {"move_by", "2026-02-30", "连续降雨"}, "a day that is over": {"move_by", "2026-03-01", "连续降雨"}} {
		village.send(f.action, typed(f.values, "text", "连续降雨，无法核对四至", c.field, c.value, "key", why))
		if village.status != 422 || !strings.Contains(village.page, "没有提交成功") || !strings.Contains(village.page, c.kept) || latinWord.MatchString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(summaryOf.FindString(village.page), "")) {
			t.Errorf("%s: %d %s", why, village.status, summaryOf.FindString(village.page))
		}
	}
	if r := village.press(card+"/rulings", url.Values{"csrf": {village.csrf()}, "key": {"own"}, "ruling": {"excused"}, "ground": {"自己撤牌的理由"}}); r.status != 403 {
		t.Errorf("the village rules on itself: %d", r.status)
	}
	village.get(card)
	f, _ = village.form("/explanations", "", "")
	form := typed(f.values, "text", "连续降雨，无法核对四至", "move_by", "2026-03-30")
	for range 2 { // pressed twice
		if village.send(f.action, form); village.status != 200 || !strings.Contains(village.page, "已登记") || strings.Count(village.page, "<strong>超期说明</strong>") != 1 {
			t.Fatalf("explained: %d\n%s", village.status, village.page)
		}
	}
	if village.get("/"); strings.Contains(village.page, card) {
		t.Error("the village is asked again")
	}
	for _, login := range []string{"supervision", "township"} {
		b := d.as(login)
		if r := b.press(card+"/rulings", url.Values{"csrf": {b.csrf()}, "key": {"k"}, "ruling": {"upheld"}, "ground": {"代为裁定"}}); r.status != 403 {
			t.Errorf("%s rules: %d", login, r.status)
		}
	}
	auditor := d.as("auditor")
	auditor.get(card)
	f, ok = auditor.form("/rulings", "", "")
	if !ok || !strings.Contains(auditor.page, "连续降雨，无法核对四至") {
		t.Fatalf("the auditor may rule: %v\n%s", ok, auditor.page)
	}
	f.values.Del("ruling")
	if auditor.send(f.action, typed(f.values, "ground", "降雨只有一日")); auditor.status != 422 || !strings.Contains(auditor.page, ">降雨只有一日</textarea>") || !strings.Contains(auditor.page, "请选择") {
		t.Errorf("ruled without a ruling: %d", auditor.status)
	}
	if auditor.send(f.action, typed(f.values, "ruling", "upheld", "ground", "略")); auditor.status != 422 || !strings.Contains(auditor.page, `value="upheld" checked`) {
		t.Errorf("ruled without a ground: %d", auditor.status)
	}
	if auditor.send(f.action, typed(f.values, "ruling", "upheld", "ground", "降雨只有一日，不影响按期办理")); auditor.status != 200 || !strings.Contains(auditor.page, "红牌成立") {
		t.Errorf("ruled: %d\n%s", auditor.status, auditor.page)
	}
	if r := village.press(card+"/explanations", url.Values{"csrf": {village.csrf()}, "key": {"late"}, "text": {"再说明一次"}}); r.status != 409 {
		t.Errorf("explained after the ruling: %d", r.status)
	}
}
