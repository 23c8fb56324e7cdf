package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
)

// countyParameters are what the county has decided for itself.
const countyParameters = `homestead_standard: "200.00"
mandate: {number: 稷自然资委〔2026〕1号, issuer: county_natural_resources_bureau, from: 2026-01-01}
`

// countyPeople are the officers that the command opens: login, name, role, kind of office and division.
var countyPeople = [][5]string{
	{"security", "曹安民", "security_admin", "administration", "140824000000"},
	{"admin", "秦守义", "system_admin", "administration", "140824000000"},
	{"group", "马长顺", "group_head", "group_collective", "14082410021401"},
	{"village", "马庆丰", "village_head", "village_organization", "140824100214"},
	{"economic", "樊志远", "office_reviewer", "economic_office", "140824100000"},
	{"social", "裴雅静", "office_reviewer", "social_affairs_office", "140824100000"},
	{"planning", "杜建业", "office_reviewer", "planning_office", "140824100000"},
	{"township", "韩立平", "township_head", "township_government", "140824100000"},
	{"agriculture", "卫东平", "county_head", "county_agriculture_bureau", "140824000000"},
	{"resources", "姚致和", "county_head", "county_natural_resources_bureau", "140824000000"},
	{"housing", "郑安国", "county_head", "county_housing_bureau", "140824000000"},
	{"market", "史明远", "county_head", "county_market_bureau", "140824000000"},
	{"station", "梁小军", "county_clerk", "market_supervision_station", "140824100000"},
}

// countyContractors are the entries that the county housing bureau makes: code, name and work.
var countyContractors = [][3]string{
	{"91140824MA0ANJU01J", "稷山县安居建筑设计有限公司", "design"},
	{"91140824MA0ANJU02M", "稷山县丰泰农房建设有限公司", "build"},
	{"91140824MA0ANJU03Q", "稷山县正源农房建设监理有限公司", "supervise"},
}

// countyNotice is the notice of the next year as it is typed on the page of the calendar. It is invented.
var countyNotice = url.Values{"year": {"2027"}, "notice": {"关于2027年部分节假日安排的通知（测试）"},
	"published_on": {"2026-02-20"}, "off": {"2027-01-01/2027-01-03\n2027-02-05/2027-02-11"}, "work": {"2027-02-14"}}

const countyPassword = "Kaoshan-Village-2026"

// realCounty is a county served without the demo. Its offices act by accounts of their own, and time passes by the
// wall clock of the machine, which the test sets forward while nothing runs.
type realCounty struct {
	*pinnedCounty
	args  []string // where its data lie
	shift string   // file with what the wall clock is shifted by
	stop  func()   // stops the server
}

// newRealCounty makes a county by the commands and pages that a county has.
func newRealCounty(t *testing.T, postgres bool) *realCounty {
	t.Helper()
	own := t.TempDir()
	r := &realCounty{shift: filepath.Join(own, "shift"),
		args:         []string{"--data", t.TempDir()},
		pinnedCounty: &pinnedCounty{t: t, tokens: map[string]string{}, password: countyPassword}}
	if postgres {
		r.args = append(r.args, "--db", modelstest.Postgres(t))
	}
	r.set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600)))
	parameters := filepath.Join(own, "county.yml")
	if err := os.WriteFile(parameters, []byte(countyParameters), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run("", "migrate", "up")
	r.run("", "seed", "--parameters", parameters)
	for _, p := range countyPeople {
		r.run(countyPassword+"\n", "user", "add", p[0], "--name", p[1], "--role", p[2], "--office", p[3],
			"--division", p[4], "--password-stdin", "--keep-password")
		r.logins = append(r.logins, p[0])
	}
	r.serve()
	r.turn = r.pass
	r.openCounter()
	r.enterOffices()
	for _, do := range []string{"try", "apply"} {
		countyNotice.Set("do", do)
		r.post("admin", "/admin/calendar", countyNotice)
	}
	for _, c := range countyContractors {
		r.must("housing", "POST", "/api/v1/contractors", map[string]any{"code": c[0], "kind": "contractor_org",
			"name": c[1], "work": []string{c[2]}, "basis": "qualified_unit", "qualification": "丙级", "from": "2024-01-01"})
	}
	return r
}

// set sets the wall clock of every program that is started from here on.
func (r *realCounty) set(now time.Time) {
	r.t.Helper()
	r.now = now
	if err := os.WriteFile(r.shift, []byte(time.Until(now).String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// anju is the program on the data of the county.
func (r *realCounty) anju(args ...string) *exec.Cmd {
	cmd := exec.Command("anju", append(args, r.args...)...)
	cmd.Env = append(os.Environ(), "ANJU_TEST_CLOCK_SHIFT="+r.shift)
	return cmd
}

// run runs a command that must succeed.
func (r *realCounty) run(input string, args ...string) string {
	r.t.Helper()
	cmd := r.anju(args...)
	cmd.Stdin = strings.NewReader(input)
	said, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("anju %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
}

// serve starts the server; each account opens a session.
func (r *realCounty) serve() {
	r.t.Helper()
	cmd := r.anju("serve", "--addr", "127.0.0.1:0", "--base-url", "https://anju.example.gov.cn")
	r.base, r.stop = pinnedServer(r.t, cmd)
	for _, l := range r.logins {
		r.logIn(l)
	}
}

// pass lets eight days pass while nothing runs, and says then that the clock is right. It ignores what is shorter than a
// day: minutes pass by themselves.
func (r *realCounty) pass(by string) {
	r.t.Helper()
	if d, err := time.ParseDuration(by); err != nil || d < 24*time.Hour {
		return
	}
	r.stop()
	r.set(r.now.AddDate(0, 0, 8))
	r.run("", "clock", "confirm")
	r.serve()
}

// post sends the form of a page.
func (r *realCounty) post(login, path string, form url.Values) string {
	r.t.Helper()
	page := r.page(login, strings.TrimRight(path, "0123456789"))
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if csrf == nil {
		r.t.Fatalf("%s has no form for %s", path, login)
	}
	form.Set("csrf", csrf[1])
	res, body := r.send(login, "POST", path, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
		r.t.Fatalf("%s posts %s: %d\n%s", login, path, res.StatusCode, pinnedText(string(body)))
	}
	return string(body)
}

// openCounter opens the account of the window on the page of accounts; its owner changes the one-time password.
func (r *realCounty) openCounter() {
	r.t.Helper()
	office := regexp.MustCompile(`<option value="(\d+)">稷峰镇便民服务中心<`).FindStringSubmatch(
		r.page("security", "/admin/accounts?q="+url.QueryEscape("稷峰镇便民服务中心")))
	if office == nil {
		r.t.Fatal("the page of accounts does not offer the window of the township")
	}
	shown := r.post("security", "/admin/accounts", url.Values{"login": {"counter"}, "name": {"赵晓梅"},
		"role": {"window_clerk"}, "office": {office[1]}})
	once := regexp.MustCompile(`<code>counter：(\w+)</code>`).FindStringSubmatch(shown)
	if once == nil {
		r.t.Fatalf("no one-time password is shown:\n%s", pinnedText(shown))
	}
	r.tokens["counter"] = r.must("", "POST", "/api/v1/sessions",
		map[string]string{"login": "counter", "password": once[1]})["token"].(string)
	if status, _ := r.ask("counter", "GET", "/api/v1/tasks", nil); status != http.StatusForbidden {
		r.t.Errorf("before the change of its password an account reads its tasks: %d", status)
	}
	r.tokens["counter"] = r.must("counter", "POST", "/api/v1/me/password",
		map[string]string{"new_password": countyPassword})["token"].(string)
	r.logins = append(r.logins, "counter")
}

// enterOffices gives the offices that notices name their telephones.
func (r *realCounty) enterOffices() {
	r.t.Helper()
	line := regexp.MustCompile(`id="o-(\d+)" name="name" type="text" maxlength="60" value="(稷峰镇[^"]+)"`)
	offices := line.FindAllStringSubmatch(r.page("admin", "/admin/offices?q="+url.QueryEscape("稷峰镇")), -1)
	if len(offices) < 6 {
		r.t.Fatalf("the page lists %d offices of the township", len(offices))
	}
	for i, o := range offices {
		if strings.HasSuffix(o[2], "人民政府") || strings.HasSuffix(o[2], "便民服务中心") {
			r.post("admin", "/admin/offices/"+o[1], url.Values{"name": {o[2]}, "phone": {fmt.Sprintf("0359-551%04d", i)}})
		}
	}
}

// household files a household by the example of a chain, changed where it is said.
func (r *realCounty) household(chain map[string]any, change func(map[string]any)) string {
	r.t.Helper()
	b, _ := json.Marshal(chain["household"].(map[string]any)["examples"].([]any)[0])
	var h map[string]any
	if err := json.Unmarshal(b, &h); err != nil {
		r.t.Fatal(err)
	}
	change(h)
	head := h["householder"].(map[string]any)
	r.people += fmt.Sprintf("- name: %s\n    id_number: \"%s\"\n", head["name"], head["id_number"])
	return r.must("counter", "POST", "/api/v1/households", h)["id"].(string)
}

// walked opens a case of a chain with its example and walks it to its end, and returns what is seen of it.
func (r *realCounty) walked(id, by, household string) string {
	r.t.Helper()
	w := &pinnedWalk{pinnedCounty: r.pinnedCounty, chain: r.must("counter", "GET", "/api/v1/chains/"+id, nil)}
	if w.chain["ready"] != nil {
		r.t.Errorf("%s: a county is told of a household of the demo", id)
	}
	example := w.chain["application"].(map[string]any)["examples"].([]any)[0]
	w.chain["ready"] = map[string]any{"by": by, "household_id": household, "data": example}
	w.walk()
	return w.out.String()
}

// TestACountyWithoutTheDemo makes a county as one is made, by commands and pages, and walks two households through it:
// one from the homestead to business premises, the other to a permit to rebuild. The papers are read from their PDFs.
func TestACountyWithoutTheDemo(t *testing.T) {
	modelstest.Poppler(t)
	for _, db := range []string{"sqlite", "postgres"} {
		t.Run(db, func(t *testing.T) { livesInACounty(t, db == "postgres") })
	}
}

// livesInACounty walks the two households.
func livesInACounty(t *testing.T, postgres bool) {
	t.Helper()
	modelstest.Long(t)
	t.Parallel()
	r := newRealCounty(t, postgres)
	chain := func(id string) map[string]any {
		return r.must("counter", "GET", "/api/v1/chains/"+id, nil)
	}
	first := r.household(chain("homestead"), func(map[string]any) {})
	other := r.household(chain("planning_permit"), func(h map[string]any) {
		h["householder"] = map[string]any{"name": "杨永红", "gender": "男", "id_number": "140824199111109938",
			"phone": "13800001002", "domicile": "稷峰镇马村第一村民小组"}
		h["members"] = []any{}
		h["current"].(map[string]any)["certificate_no"] = "晋（2019）稷山县不动产权第0001234号"
	})
	for _, x := range []struct {
		chain, by, household string
		papers               []string
	}{
		{"homestead", "counter", first, []string{"乡村建设规划许可证", "农村宅基地批准书", "稷峰镇人民政府", "王建国"}},
		{"planning_permit", "counter", other, []string{"乡村建设规划许可证", "杨永红"}},
		{"construction_start.low_rise", "counter", first, []string{"稷山县丰泰农房建设有限公司", "王建国"}},
		{"completion_acceptance.low_rise", "counter", first, []string{"竣工", "稷山县正源农房建设监理有限公司"}},
		{"business_use", "station", first, []string{"餐饮业", "稷峰镇建国农家小院"}},
	} {
		text := r.walked(x.chain, x.by, x.household)
		_, papers, _ := strings.Cut(text, "# Papers")
		papers, _, _ = strings.Cut(papers, "# Messages")
		for _, want := range x.papers {
			if !strings.Contains(papers, want) {
				t.Errorf("no paper of %s says %s", x.chain, want)
			}
		}
		for _, never := range []string{"演示", "demo"} {
			if strings.Contains(text, never) {
				t.Errorf("%s of a county says %s", x.chain, never)
			}
		}
		if t.Failed() {
			t.Fatalf("the walk:\n%s", text)
		}
		r.pass("24h")
	}
	if said := r.run("", "history", "verify"); !strings.Contains(said, "历史记录完整") {
		t.Errorf("history verify: %s", said)
	}
}
