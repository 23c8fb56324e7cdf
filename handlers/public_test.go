package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// desks are the people of a homestead case, each with a browser of his own.
type desks struct {
	t      *testing.T
	web    *fiber.App
	home   string // the page of the case
	people map[string]*browser
}

func desksOf(t *testing.T, web *fiber.App) *desks {
	t.Helper()
	d := &desks{t: t, web: web, people: map[string]*browser{}}
	d.home = atGroup(t, d.as("counter"))
	return d
}

func (d *desks) as(login string) *browser {
	d.t.Helper()
	if d.people[login] == nil {
		d.people[login] = visit(d.t, d.web, login)
	}
	return d.people[login]
}

// at is the page of the case as an account sees it.
func (d *desks) at(login string) *browser {
	d.t.Helper()
	b := d.as(login)
	b.get(d.home)
	return b
}

func (d *desks) act(login, action, field, value string) {
	d.t.Helper()
	d.at(login).submit(action, field, value)
}

// until moves the demo clock to nine o'clock of a day.
func (d *desks) until(day string) {
	d.t.Helper()
	f, ok := d.at("counter").form("/demo/clock", "advance", "24h")
	if !ok {
		d.t.Fatal("no clock")
	}
	on, err := time.Parse(time.DateOnly, day)
	if err != nil {
		d.t.Fatal(err)
	}
	if strings.Contains(d.as("counter").page, on.Format("<span>2006年1月2日 ")+"09:00") {
		return
	}
	d.as("counter").send(f.action, typed(f.values, "until", day))
	if d.as("counter").status != 200 {
		d.t.Fatalf("the clock: %d %s", d.as("counter").status, d.as("counter").page)
	}
}

// The main line of a homestead, as its people press it; the notice has run by the tenth of March.
var homesteadLine = []struct{ state, login, action, value string }{
	{"group_received", "group", "moves", "submit"}, {"group_meeting", "group", "records", "meeting_record"}, {"group_meeting", "group", "moves", "publish_notice"},
	{"group_notice", "group", "records", "public_notice"}, {"group_notice", "group", "moves", "sign_opinion"}, {"group_opinion", "group", "moves", "forward"},
	{"village_review", "village", "records", "neighbor_opinion"}, {"village_review", "village", "records", "village_review_sheet"},
	{"village_review", "village", "moves", "sign_opinion"}, {"township_intake", "counter", "moves", "accept"}, {"joint_review", "planning", "records", "site_record"},
	{"joint_review", "economic", "records", "joint_review_sheet"}, {"joint_review", "social", "records", "joint_review_sheet"},
	{"joint_review", "planning", "records", "joint_review_sheet"},
	{"joint_review", "planning", "records", "planning_area_confirmation"}, {"joint_review", "economic", "moves", "forward"}, {"decision", "township", "moves", "approve"},
}

// goTo walks the case from one stage to another; the notice stays up until the tenth of March.
func (d *desks) goTo(from, to glossary.State) {
	d.t.Helper()
	on := false
	for _, s := range homesteadLine {
		if on = on || s.state == string(from); !on {
			continue
		}
		if s.state == string(to) {
			return
		}
		if s.state == string(glossary.GroupNotice) && s.action == "moves" {
			d.until("2026-03-10")
		}
		field := "verb"
		if s.action == "records" {
			field = "kind"
		}
		d.act(s.login, "/"+s.action, field, s.value)
	}
}

var (
	slipCode   = regexp.MustCompile(`<dt>查询码</dt><dd><strong>([^<]+)</strong>`)
	noticeCode = regexp.MustCompile(`/notices/([0-9a-z-]+)`)
)

// code is the query code on the slip that the counter prints.
func (d *desks) code() string {
	d.t.Helper()
	b := d.as("counter")
	b.get(d.home + "/slip")
	m := slipCode.FindStringSubmatch(b.page)
	if m == nil {
		d.t.Fatalf("no code on the slip: %d\n%s", b.status, b.page)
	}
	return m[1]
}

// household is a browser of the household of the case, which knows its code and its last four.
func (d *desks) household(tail string) (*browser, string) {
	d.t.Helper()
	b, code := &browser{t: d.t, web: d.web}, d.code()
	b.send("/progress", url.Values{"code": {code}, "tail": {tail}})
	if b.status != 200 || !strings.Contains(b.page, "催一催") && !strings.Contains(b.page, "评价一下") {
		d.t.Fatalf("the household does not see its case: %d\n%s", b.status, b.page)
	}
	return b, "/progress/" + code
}

var summaryOf = regexp.MustCompile(`(?s)<div class="summary".*?</div>`)

// Who guesses learns nothing: a wrong code and wrong digits are refused in the same words.
func TestAWrongCodeAndAWrongNumberSoundTheSame(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.code()
	var first string
	for i, c := range []struct{ code, tail string }{{code, "9835"}, {code[:len(code)-1] + "x", "9834"}, {"99" + code[1:], "9834"}, {"", ""}, {code, ""}} {
		b := &browser{t: t, web: web}
		b.send("/progress", url.Values{"code": {c.code}, "tail": {c.tail}})
		said := summaryOf.FindString(b.page)
		if b.status != 422 || b.cookie != "" || said == "" {
			t.Errorf("%q %q: %d %q", c.code, c.tail, b.status, b.cookie)
		}
		if i == 0 {
			first = said
		}
		if said != first {
			t.Errorf("%q %q is refused with %s, a wrong number with %s", c.code, c.tail, said, first)
		}
	}
	b, _ := d.household("９８３４") // as a phone types it
	if b.status != 200 {
		t.Errorf("the right ones: %d", b.status)
	}
}

// The cookie of one case opens no other, and none that was changed.
func TestTheCookieOfOneCaseOpensNoOther(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	other := &desks{t: t, web: web, people: d.people}
	other.home = atGroup(t, d.as("counter"))
	b, own := d.household("9834")
	foreign := "/progress/" + other.code()
	if r := b.look(own); r.status != 200 {
		t.Fatalf("its own: %d", r.status)
	}
	asked := func(why, cookie, path string) {
		t.Helper()
		c := &browser{t: t, web: web, cookie: cookie}
		if r := c.look(path); r.status != 303 || !strings.HasPrefix(r.to, "/progress?") || strings.Contains(r.body, "JS-HP") {
			t.Errorf("%s: %d %s %s", why, r.status, r.to, r.body)
		}
		if r := c.press(path+"/petitions", url.Values{"kind": {"complaint"}, "text": {"不是我家的事"}, "key": {why}}); r.status != 303 || !strings.HasPrefix(r.to, "/progress?") {
			t.Errorf("%s sends: %d %s %s", why, r.status, r.to, r.body)
		}
	}
	asked("the cookie of another case", b.cookie, foreign)
	asked("no cookie", "", own)
	name, value, _ := strings.Cut(b.cookie, "=")
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		t.Fatalf("the cookie is %s", value)
	}
	id := strings.TrimPrefix(other.home, "/cases/")
	asked("the number of another case under the same tag", name+"="+strings.Join([]string{id, parts[1], parts[2]}, "."), foreign)
	asked("a cookie that lives longer", name+"="+strings.Join([]string{parts[0], "9" + parts[1], parts[2]}, "."), own)
	asked("a tag made up", name+"="+parts[0]+"."+parts[1]+".00", own)
	supervision := visit(t, web, "supervision")
	if supervision.get("/petitions"); strings.Contains(supervision.page, "不是我家的事") {
		t.Error("a petition about another's case")
	}
}

// keyDrawn is the key of a form: drawn at random, so that any three letters may stand in it.
var keyDrawn = regexp.MustCompile(`name="key" value="[^"]*"`)

// A household reads where its case is in its own words: no number of a person, no name beside its matter, no inner name of a stage.
func TestProgressSaysNothingOfTheInside(t *testing.T) { // A37
	lawtest.Claim(t, "A37")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	b, own := d.household("9834")
	ch, err := chains.Published().Newest("homestead")
	if err != nil {
		t.Fatal(err)
	}
	common := []string{"审批", "已发证", "退回", "不予受理", "不予许可"} // words of people and of the law as well
	check := func(at string) {
		t.Helper()
		b.get(own)
		if b.status != 200 || !strings.Contains(b.page, `content="noindex, nofollow"`) {
			t.Errorf("%s: %d, robots are not told", at, b.status)
		}
		for _, s := range ch.Stages {
			if title := s.State.Title(); strings.Contains(b.page, title) && !strings.Contains(strings.Join(common, " "), title) || strings.Contains(b.page, string(s.State)) && s.State != "draft" {
				t.Errorf("%s: the page says %s (%s)", at, title, s.State)
			}
		}
		for _, personal := range []string{"140824198810099834", "9834", "13800001001", "张红霞", "马可馨", "14082419900115982X", "马长顺", "赵晓梅", "马庆丰", "联审", "R35", "L0"} {
			if strings.Contains(keyDrawn.ReplaceAllString(strings.ReplaceAll(b.page, own, ""), ""), personal) {
				t.Errorf("%s: the page says %s", at, personal)
			}
		}
	}
	check("at the group")
	if !strings.Contains(b.page, "组里在审") {
		t.Errorf("it does not say where it is:\n%s", b.page)
	}
	for _, leg := range [][2]glossary.State{{"group_received", "group_meeting"}, {"group_meeting", "group_notice"}, {"group_notice", "group_opinion"}, {"group_opinion", "village_review"},
		{"village_review", "township_intake"}, {"township_intake", "joint_review"}, {"joint_review", "decision"}} {
		d.goTo(leg[0], leg[1])
		check("in " + string(leg[1]))
	}
	if !strings.Contains(b.page, "镇上在审") {
		t.Errorf("it does not say where it is:\n%s", b.page)
	}
}

// Urging is heard once a step, a rating has stars, and nothing is withdrawn that is decided.
func TestWhatAHouseholdMaySend(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	b, own := d.household("9834")
	press := func(key string, form url.Values) {
		t.Helper()
		b.send(own+"/petitions", typed(form, "key", key))
	}
	urge := url.Values{"kind": {"urge"}}
	if press("u1", urge); b.status != 200 || !strings.Contains(b.page, "已收到，回执号 <strong>QZ2026-000001</strong>") {
		t.Fatalf("urged: %d\n%s", b.status, b.page)
	}
	if press("u1", urge); b.status != 200 || !strings.Contains(b.page, "QZ2026-000001") { // pressed twice
		t.Errorf("pressed twice: %d", b.status)
	}
	if press("u2", urge); b.status != 409 || !strings.Contains(b.page, "这一步您已经提过了") {
		t.Errorf("urged twice in one step: %d\n%s", b.status, b.page)
	}
	d.goTo("group_received", "group_meeting")
	if press("u3", urge); b.status != 200 || !strings.Contains(b.page, "QZ2026-000002") {
		t.Errorf("urged in the next step: %d\n%s", b.status, b.page)
	}
	for _, stars := range []string{"", "0", "6", "five"} {
		press("r"+stars, url.Values{"kind": {"rating"}, "stars": {stars}, "text": {"窗口的人很耐心"}})
		if b.status != 422 || !strings.Contains(b.page, "请选择满意的程度") || !strings.Contains(b.page, "窗口的人很耐心</textarea>") {
			t.Errorf("%q stars: %d, typed text kept: %v", stars, b.status, strings.Contains(b.page, "窗口的人很耐心"))
		}
	}
	if press("r", url.Values{"kind": {"rating"}, "stars": {"5"}}); b.status != 200 {
		t.Errorf("five stars: %d", b.status)
	}
	if press("c", url.Values{"kind": {"complaint"}, "text": {" \n"}}); b.status != 422 || !strings.Contains(b.page, "请写明投诉什么") {
		t.Errorf("a complaint of nothing: %d", b.status)
	}
	for _, kind := range []string{"objection", "sql", ""} {
		if r := b.press(own+"/petitions", url.Values{"kind": {kind}, "text": {"x"}, "key": {"k" + kind}}); r.status != 422 {
			t.Errorf("kind %q: %d", kind, r.status)
		}
	}
	if r := b.press(own+"/petitions", url.Values{"kind": {"complaint"}, "text": {"别的网站发来的"}, "key": {"x"}}, "Sec-Fetch-Site", "cross-site"); r.status != 403 {
		t.Errorf("another site complains: %d", r.status)
	}
	d.goTo("group_meeting", "approved")
	if b.get(own); strings.Contains(b.page, "申请撤回") || !strings.Contains(b.page, "证书已批准") {
		t.Errorf("after the decision:\n%s", b.page)
	}
	if press("w", url.Values{"kind": {"withdrawal"}, "text": {"不想建了"}}); b.status != 422 || !strings.Contains(b.page, "已经作出决定，不能撤回") {
		t.Errorf("withdrawn after the decision: %d\n%s", b.status, b.page)
	}
	d.as("counter").get("/petitions?all=1")
	if p := d.as("counter").page; strings.Contains(p, "申请撤回") || strings.Contains(p, "别的网站") || strings.Count(p, "<strong>催一催</strong>") != 2 || strings.Count(p, "<strong>评价</strong>") != 1 {
		t.Errorf("the counter reads:\n%s", p)
	}
}

// A complaint may be about any office below the county: none of them reads it.
func TestAComplaintIsTheCountys(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	b, own := d.household("9834")
	const text = "三月二日到窗口，没有告知缺什么材料"
	if b.send(own+"/petitions", url.Values{"kind": {"complaint"}, "text": {text}, "key": {"c"}}); b.status != 200 || !strings.Contains(b.page, text) {
		t.Fatalf("complained: %d\n%s", b.status, b.page)
	}
	id := ""
	for login, sees := range map[string]bool{"supervision": true, "agriculture": true, "auditor": true, "counter": false, "group": false, "village": false, "township": false, "economic": false,
		"township2": false, "counter2": false} {
		p := d.as(login)
		for _, path := range []string{"/petitions", "/petitions?all=1", d.home} {
			if p.get(path); strings.Contains(p.page, text) != sees {
				t.Errorf("%s reads the complaint on %s: %v (%d)", login, path, !sees, p.status)
			}
			if m := regexp.MustCompile(`id="p-(\d+)"`).FindStringSubmatch(p.page); m != nil {
				id = m[1]
			}
		}
	}
	if id == "" {
		t.Fatal("the complaint stands nowhere")
	}
	for _, login := range []string{"counter", "group", "village", "township", "township2"} {
		p := d.as(login)
		p.get("/")
		f, _ := p.form("/logout", "", "")
		if r := p.press("/petitions/"+id, url.Values{"csrf": f.values["csrf"], "answer": {"已处理"}}); r.status != 404 {
			t.Errorf("%s answers the complaint about itself: %d", login, r.status)
		}
	}
	s := d.as("supervision")
	s.get("/petitions")
	if !strings.Contains(s.page, "13800001001") || !strings.Contains(s.page, "马䶮") {
		t.Errorf("who calls back does not read whom:\n%s", s.page)
	}
	f, _ := s.form("/petitions/"+id, "", "")
	if r := s.press(f.action, typed(f.values, "answer", " ")); r.status != 422 {
		t.Errorf("an answer of nothing: %d", r.status)
	}
	if r := s.press(f.action, typed(f.values, "answer", "已责成窗口一次告知")); r.status != 303 {
		t.Errorf("answered: %d %s", r.status, r.body)
	}
	if r := s.press(f.action, typed(f.values, "answer", "再答一次")); r.status != 409 {
		t.Errorf("answered twice: %d", r.status)
	}
	if b.get(own); !strings.Contains(b.page, "已责成窗口一次告知") || strings.Contains(b.page, "再答一次") {
		t.Errorf("the household does not read the answer:\n%s", b.page)
	}
}

// hang posts the notice of the case, and gives the code that hangs beside it.
func (d *desks) hang() string {
	d.t.Helper()
	d.goTo("group_received", "group_meeting")
	b := d.as("group")
	b.get(d.home + "/poster")
	m := noticeCode.FindStringSubmatch(b.page)
	if m == nil {
		d.t.Fatalf("no code on the notice: %d\n%s", b.status, b.page)
	}
	code := m[1]
	nobody := &browser{t: d.t, web: d.web}
	if nobody.get("/notices/" + code); nobody.status != 404 {
		d.t.Errorf("read before it hangs: %d", nobody.status)
	}
	d.goTo("group_meeting", "group_notice")
	d.act("group", "/records", "kind", "public_notice")
	return code
}

// The notice is read by its code while it hangs, says what A37 lets it say, and is in no search engine (R34, A37).
func TestNoticeIsReadOnlyWhileItHangs(t *testing.T) { // R34, R35, A37
	lawtest.Claim(t, "R34", "A37")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.hang()
	b := &browser{t: t, web: web}
	b.get("/notices/" + code)
	if b.status != 200 || !strings.Contains(b.page, "建房公示") || !strings.Contains(b.page, "至 2026年3月9日 24:00") || !strings.Contains(b.page, `content="noindex, nofollow"`) {
		t.Fatalf("the notice: %d\n%s", b.status, b.page)
	}
	for _, said := range []string{"马䶮", "东至", "平方米", "层"} { // R34: reason, place, area, floors
		if !strings.Contains(b.page, said) {
			t.Errorf("the notice does not say %s", said)
		}
	}
	for _, personal := range []string{"1408241988", "13800001001", "张红霞", "马可馨", "配偶", "JS-HP", "离婚", "户口簿"} {
		if strings.Contains(b.page, personal) {
			t.Errorf("the notice says %s", personal)
		}
	}
	robots := httptestHeader(t, web, "/notices/"+code, "X-Robots-Tag")
	if robots != "noindex, nofollow" {
		t.Errorf("robots are told %q", robots)
	}
	for _, wrong := range []string{code[:len(code)-1], strings.Replace(code, "-", "-0", 1), "1", d.code()} {
		if b.get("/notices/" + wrong); b.status != 404 || strings.Contains(b.page, "马䶮") {
			t.Errorf("read under %q: %d", wrong, b.status)
		}
	}
	if b.get("/notices"); strings.Contains(b.page, code) || strings.Contains(b.page, "马䶮") {
		t.Errorf("notices are listed:\n%s", b.page)
	}
	d.until("2026-03-09") // the fifth working day
	if b.get("/notices/" + code); b.status != 200 {
		t.Errorf("on its last day: %d", b.status)
	}
	d.until("2026-03-10")
	if b.get("/notices/" + code); b.status != 404 || strings.Contains(b.page, "马䶮") || !strings.Contains(b.page, "公示期已满") {
		t.Errorf("after its last day: %d", b.status)
	}
	if r := b.press("/notices/"+code+"/objections", url.Values{"text": {"迟了一天的异议"}, "key": {"k"}}); r.status != 404 {
		t.Errorf("an objection after its last day: %d", r.status)
	}
}

func getRequest(path string) *http.Request { return httptest.NewRequest("GET", path, nil) }

func httptestHeader(t *testing.T, web *fiber.App, path, name string) string {
	t.Helper()
	res, err := web.Test(getRequest(path), -1)
	if err != nil {
		t.Fatal(err)
	}
	return res.Header.Get(name)
}

// An objection by the code is one on the record of the case: the group signs nothing before it has been dealt with (R36).
func TestAnObjectionByTheCodeHoldsTheSignature(t *testing.T) { // R36, R37, A5
	lawtest.Claim(t, "R36", "A5")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.hang()
	b := &browser{t: t, web: web}
	b.get("/notices/" + code)
	f, ok := b.form("/objections", "", "")
	if !ok {
		t.Fatal("no form for an objection")
	}
	const text = "四至与我家重叠一米"
	lines := func() int {
		return strings.Count(d.at("group").page, "<strong>公示异议") + strings.Count(d.as("group").page, "<strong>异议")
	}
	before := lines()

	for _, c := range []struct{ why, field, value, kept string }{
		{"nothing", "text", "", ""}, {"a telephone that is none", "phone", "<script>", "&lt;script&gt;"}, {"a letter that is not seen in the name", "name", "王\u200b五", ""},
		{"a control character", "text", text + "\x07", text}, {"a text that turns itself round", "text", text + "\u202e", text}, {"more than a thousand characters", "text", strings.Repeat("长", 1001), "长长长"},
	} {
		form := typed(f.values, "text", text, "phone", "13900000000", "name", "王五", c.field, c.value, "key", "refused-"+c.field+fmt.Sprint(len(c.value)))
		if b.send(f.action, form); b.status != 422 || !strings.Contains(b.page, "没有提交成功") {
			t.Errorf("%s: %d", c.why, b.status)
		}
		again, _ := b.form("/objections", "", "")
		for _, field := range []string{"text", "name", "phone"} {
			if field != c.field && again.values.Get(field) != form.Get(field) {
				t.Errorf("%s: the %s is lost: %q", c.why, field, again.values.Get(field))
			}
		}
		if !strings.Contains(b.page, c.kept) || strings.Contains(b.page, `value="<script>`) {
			t.Errorf("%s: what was typed is lost", c.why)
		}
	}
	if n := lines(); n != before {
		t.Errorf("%d objections that were refused are on record", n-before)
	}

	form := typed(f.values, "text", text, "phone", "13900000000", "name", "王五")
	b.send(f.action, form)
	if b.status != 200 || !strings.Contains(b.page, "异议已收到，回执号 <strong>QZ2026-00000") {
		t.Fatalf("objected: %d\n%s", b.status, b.page)
	}
	receipt := regexp.MustCompile(`QZ2026-\d{6}`).FindString(b.page)
	if b.send(f.action, form); b.status != 200 || !strings.Contains(b.page, receipt) { // the same key twice
		t.Errorf("sent twice: %d, another number than %s", b.status, receipt)
	}
	group := d.at("group")
	group.get(d.home + "/history")
	if n := strings.Count(group.page, receipt); n != 1 || strings.Count(group.page, text) != 1 || !strings.Contains(group.page, "扫码提出") {
		t.Errorf("%d objections on record\n%s", n, group.page)
	}
	for login, answers := range map[string]bool{"group": true, "counter": true, "supervision": true, "village": false, "township": false} {
		p := d.as(login)
		p.get("/petitions")
		if strings.Count(p.page, text) != 1 || strings.Contains(p.page, "王五") != answers || strings.Contains(p.page, "13900000000") != answers {
			t.Errorf("%s answers it: %v, and reads\n%s", login, answers, p.page)
		}
	}

	d.until("2026-03-10")
	sign, ok := d.at("group").form("/moves", "verb", "sign_opinion")
	if !ok {
		t.Fatal("no signature")
	}
	if group.send(sign.action, sign.values); group.status != 422 || !strings.Contains(summaryOf.FindString(group.page), "R36") {
		t.Errorf("signed over an objection: %d\n%s", group.status, summaryOf.FindString(group.page))
	}
	d.act("group", "/moves", "verb", "object")
	d.act("group", "/moves", "verb", "dismiss_objection")
	d.act("group", "/moves", "verb", "sign_opinion")
	if d.at("group"); !strings.Contains(group.page, "组级签署") {
		t.Errorf("not signed after the objection was dealt with:\n%s", group.page)
	}
}

// Who writes too often waits an hour; a household that has proved itself does not wait for its neighbour.
func TestElevenObjectionsFromOneAddress(t *testing.T) {
	lawtest.Claim(t, "R36")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	code := d.hang()
	b := &browser{t: t, web: web}
	object := func(i int) reply {
		return b.press("/notices/"+code+"/objections", url.Values{"text": {fmt.Sprintf("第%d条异议", i)}, "key": {fmt.Sprint("k", i)}})
	}
	for i := range 10 {
		if r := object(i); r.status != 303 {
			t.Fatalf("objection %d: %d %s", i, r.status, r.body)
		}
	}
	// to object is a right: the eleventh is taken too, and marked for the group that looks into it (B10, R36)
	if r := object(10); r.status != 303 {
		t.Errorf("the eleventh: %d %s", r.status, r.body)
	}
	const mark = "同一地址一小时内提出很多，请核对"
	group := d.at("group")
	if !strings.Contains(group.page, "第10条异议") || strings.Count(group.page, mark) != 1 {
		t.Errorf("the eleventh is not on record, or not the only one that is marked:\n%s", group.page)
	}
	if group.get("/petitions"); !strings.Contains(group.page, "第10条异议") || strings.Count(group.page, mark) != 1 {
		t.Errorf("the list does not mark the eleventh:\n%s", group.page)
	}
	household, own := d.household("9834")
	if household.send(own+"/petitions", url.Values{"kind": {"urge"}, "key": {"u"}}); household.status != 200 || !strings.Contains(household.page, "已收到") {
		t.Errorf("the household is locked out: %d\n%s", household.status, household.page)
	}
	for i := range 10 {
		household.send(own+"/petitions", url.Values{"kind": {"complaint"}, "text": {"投诉"}, "key": {fmt.Sprint("c", i)}})
	}
	if household.status != 429 {
		t.Errorf("eleven of one household: %d", household.status)
	}
}
