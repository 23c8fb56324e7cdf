package screens_test

import (
	"anju/models/modelstest"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Heaviest that a page may be on the wire, compressed and with its headers (ux.md, section 8).
const (
	firstPage = 60 << 10 // nothing in the cache: page, style and script
	nextPage  = 12 << 10
	listPage  = 15 << 10 // a list of 20
	mostNodes = 1500
)

// onePage is a page of the product, and who looks at it.
type onePage struct {
	name, who, path string
	list            bool // a list, with 20 lines where there are as many
}

var queryCode = regexp.MustCompile(`\d+-[0-9a-f]{16}`)

// codeOf reads the code under which a household follows its case from the paper it was given.
func (o *officer) codeOf(id string) string {
	o.t.Helper()
	modelstest.Poppler(o.t)
	got := o.send("GET", "/api/v1/cases/"+id+"/documents/F14.pdf", "", nil)
	if got.StatusCode != 200 {
		o.t.Fatalf("the receipt of %s: %d %s", id, got.StatusCode, got.body)
	}
	path := filepath.Join(o.t.TempDir(), "F14.pdf")
	if err := os.WriteFile(path, got.body, 0o600); err != nil {
		o.t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		o.t.Fatal(err)
	}
	code := queryCode.FindString(string(text))
	if code == "" {
		o.t.Fatalf("no code on the receipt:\n%s", text)
	}
	return code
}

var noticeCode = regexp.MustCompile(`/notices/([0-9A-Za-z-]+)`)

// noticeOf reads the code of a hung notice from its poster.
func (p *person) noticeOf(id string) string {
	p.t.Helper()
	p.open("/cases/" + id + "/poster")
	m := noticeCode.FindStringSubmatch(p.see(".poster"))
	if m == nil {
		p.t.Fatalf("no address on the poster:\n%s", p.see("main"))
	}
	return m[1]
}

// tail is the end of the ID number of a householder of the demo county, from the file of its people: the API masks it.
func tail(t *testing.T, head string) string {
	t.Helper()
	people, err := os.ReadFile(filepath.Join("..", "..", "seeds", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`- name: ` + head + `\s+for: \w+\s+gender: \S+\s+id_number: "\d{14}(\d{3}[0-9X])"`).FindSubmatch(people)
	if m == nil {
		t.Fatalf("%s does not live in the demo county", head)
	}
	return string(m[1])
}

// allPages are the pages of every role, the same for the weight and for axe.
func allPages(t *testing.T, c *county, p *person) []onePage {
	t.Helper()
	clerk, auditor := c.officer(t, "counter"), c.officer(t, "auditor")
	over, intake, notice := clerk.first("homestead", "archived"), clerk.first("planning_permit", "township_intake"), clerk.first("homestead", "group_notice")
	draft := clerk.first("planning_permit", "draft")
	var red struct{ Items []struct{ ID string } }
	auditor.ask("GET", "/sla/breaches", nil, &red)
	if len(red.Items) == 0 {
		t.Fatal("no red card")
	}
	var verify string
	for _, d := range over.documentsOf(clerk) {
		if d.Form == "F05" {
			verify = d.Verify
		}
	}
	p.becomes("group")
	hung := p.noticeOf(notice.ID)
	pages := []onePage{
		{"login", "", "/login", false}, {"query", "", "/", false}, {"notice query", "", "/notices", false}, {"notice", "", "/notices/" + hung, false},
		{"verify query", "", "/verify", false}, {"verify", "", verify, false}, {"disclosures", "", "/disclosures", false}, {"guidance", "", "/guidance", false},
		{"guide", "", "/guidance/homestead", false}, {"help", "", "/help", false}, {"no such page", "", "/nothing", false}, {"no such link", "", "/sign/nothing", false},
		{"start", "counter", "/", true}, {"cases", "counter", "/cases", true}, {"search", "counter", "/cases?q=2026", true}, {"matter", "counter", "/new", false},
		{"choose", "counter", "/new?chain=homestead", false}, {"find", "counter", "/new?chain=homestead&q=01", true}, {"new", "counter", "/new?chain=homestead&household=16", false},
		{"register", "counter", "/households/new", false}, {"household", "counter", "/households/" + intake.Household.ID, false}, {"changes", "counter", "/households/" + intake.Household.ID + "/change?", false},
		{"change", "counter", "/households/" + intake.Household.ID + "/change?kind=split", false},
		{"draft case", "counter", "/cases/" + draft.ID, false}, {"intake case", "counter", "/cases/" + intake.ID, false}, {"over case", "counter", "/cases/" + over.ID, false},
		{"clock", "counter", "/cases/" + intake.ID + "/clock", false}, {"long clock", "counter", "/cases/" + over.ID + "/clock", false},
		{"history", "counter", "/cases/" + over.ID + "/history", true}, {"petitions", "counter", "/petitions", true}, {"profile", "counter", "/profile", false},
		{"walk", "counter", "/demo/walk", false}, {"slip", "counter", "/cases/" + intake.ID + "/slip", false},
		{"start", "group", "/", true}, {"notice case", "group", "/cases/" + notice.ID, false}, {"poster", "group", "/cases/" + notice.ID + "/poster", false},
		{"start", "village", "/", true}, {"inbox", "village", "/inbox", true}, {"cases", "village", "/cases", true},
		{"start", "economic", "/", true}, {"board", "economic", "/board", true}, {"contractors", "economic", "/contractors", true}, {"board", "planning", "/board", true}, {"joint case", "planning", "/cases/" + clerk.first("homestead", "joint_review").ID, false},
		{"start", "township", "/", true}, {"inbox", "township", "/inbox", true}, {"board", "township", "/board", true}, {"decision", "township", "/cases/" + clerk.first("homestead", "decision").ID, false},
		{"audit", "auditor", "/audit", true}, {"stages", "auditor", "/audit/stages?light=red", true}, {"all stages", "auditor", "/audit/stages", true}, {"quarterly", "auditor", "/reports/quarterly", true},
		{"breaches", "auditor", "/audit/breaches", true}, {"breach", "auditor", "/audit/breaches/" + red.Items[0].ID, false}, {"start", "auditor", "/", true},
		{"breach", "supervision", "/audit/breaches/" + red.Items[0].ID, false}, {"late case", "supervision", "/cases/" + clerk.first("homestead", "joint_review").ID, false},
		{"start", "agriculture", "/", true}, {"start", "admin", "/", false},
	}
	for _, path := range []string{"offices", "calendar", "limits", "channels", "queue", "health"} {
		pages = append(pages, onePage{path, "admin", "/admin/" + path, path == "offices" || path == "limits"})
	}
	pages = append(pages, onePage{"start", "security", "/", false}, onePage{"accounts", "security", "/admin/accounts", true},
		onePage{"changes", "security", "/admin/changes", false}, onePage{"password", "security", "/password", false}, onePage{"start", "audit", "/", false},
		onePage{"log", "audit", "/admin/log", true})
	complete(t, pages)
	return pages
}

// elsewhere are the addresses that answer with a file, and the page behind the code, which is visited last.
var elsewhere = map[string]bool{"/forms/:form": true, "/cases/:id/materials/:code": true, "/progress/:code": true, "/progress": true}

var route = regexp.MustCompile(`page\(get, "([^"]+)"`)

// complete checks that the table leaves out no page that the program serves.
func complete(t *testing.T, pages []onePage) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	served := route.FindAllSubmatch(source, -1)
	if len(served) < 30 {
		t.Fatalf("only %d pages are found in the list of the program", len(served))
	}
	for _, m := range served {
		path := string(m[1])
		there := regexp.MustCompile("^" + regexp.MustCompile(`:\w+`).ReplaceAllString(path, "[^/?]+") + `(\?.*)?$`)
		if !elsewhere[path] && !slices.ContainsFunc(pages, func(x onePage) bool { return there.MatchString(x.path) }) {
			t.Errorf("%s is not in the table of the pages", path)
		}
	}
}

func (c aCase) documentsOf(o *officer) []struct{ ID, Form, Title, Number, Verify string } {
	return o.get(c.ID).Documents
}

// once leaves of each page the account that is named first, unless the whole is asked for.
func once(pages []onePage) []onePage {
	seen := map[string]bool{}
	return slices.DeleteFunc(pages, func(x onePage) bool {
		again := seen[x.name]
		seen[x.name] = true
		return again && !modelstest.Whole()
	})
}

// everyPage visits the pages role by role: a new profile for each, so that its first page comes with an empty cache.
// The ordinary run visits each page by one account.
func everyPage(t *testing.T, c *county, visit func(t *testing.T, p *person, x onePage, first bool)) {
	t.Helper()
	var p *person
	who := "nobody yet"
	for _, x := range once(allPages(t, c, c.comes(t))) {
		first := x.who != who
		if first {
			who, p = x.who, c.comes(t)
			if who != "" {
				p.becomes(who)
			}
		}
		p.t = t
		visit(t, p, x, first)
	}
	// behind the code and four digits
	clerk := c.officer(t, "counter")
	intake := clerk.first("planning_permit", "township_intake")
	p = c.comes(t)
	p.open("/")
	p.load(typeIn("#code", clerk.codeOf(intake.ID)), typeIn("#tail", tail(t, intake.Household.Head)), at("main form button"))
	if !strings.HasPrefix(p.path(), "/progress/") {
		t.Fatalf("code and digits do not open the case:\n%s", p.see("main"))
	}
	visit(t, p, onePage{"progress", "", p.path(), false}, false)
}

func TestPagesWeighLittle(t *testing.T) {
	c := sharedCounty(t)
	clerk := c.officer(t, "counter")
	clerk.opens("homestead", 12) // the list of what waits is full
	var assets float64
	everyPage(t, c, func(t *testing.T, p *person, x onePage, first bool) {
		where := fmt.Sprintf("%s of %q (%s)", x.name, x.who, x.path)
		p.forget()
		status := p.open(x.path)
		if want := map[bool]int64{true: 404, false: 200}[strings.HasPrefix(x.name, "no such")]; status != want {
			t.Errorf("%s is answered %d", where, status)
		}
		weight, most := p.weight(), float64(nextPage)
		if x.list {
			most = listPage
		}
		if first {
			p.forget()
			p.open(x.path) // again: what is in the cache now comes on top of every first page
			assets = max(assets, weight-p.weight())
			weight = p.weight()
		}
		nodes := p.count("*")
		t.Logf("%6.0f bytes, %6.0f cold, %4d nodes  %s", weight, weight+assets, nodes, where)
		if weight > most {
			t.Errorf("%s weighs %.0f bytes, more than %.0f", where, weight, most)
		}
		if weight+assets > firstPage {
			t.Errorf("%s weighs %.0f bytes with an empty cache, more than %d", where, weight+assets, firstPage)
		}
		if nodes > mostNodes {
			t.Errorf("%s has %d nodes, more than %d", where, nodes, mostNodes)
		}
		if wide := p.wide(1366); wide > 0 {
			t.Errorf("%s is %d pixels wider than 1366: %s", where, wide, p.sticksOut(1366))
		}
		p.narrow(true)
		if wide := p.wide(360); wide > 0 {
			t.Errorf("%s is %d pixels wider than 360: %s", where, wide, p.sticksOut(360))
		}
		p.narrow(false)
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.hosts) != 1 || p.hosts[c.base] == 0 {
			t.Errorf("%s: answers came from %v, want only %s", where, p.hosts, c.base)
		}
	})
	if assets == 0 {
		t.Error("no style and no script were weighed")
	}
	t.Logf("style and script: %.0f bytes", assets)
}
