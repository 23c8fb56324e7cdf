package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/jobs/printing"
	"anju/models"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time          { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) Set(t time.Time)         { c.mu.Lock(); defer c.mu.Unlock(); c.t = t }
func (c *clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// kept is the clock as the seeds move it.
type kept struct{ *clock }

func (k kept) Set(t time.Time) error { k.clock.Set(t); return nil }

// county serves the demo county on a fresh database.
func county(t *testing.T) (*fiber.App, *clock) { t.Helper(); return countyIn(t, t.TempDir()) }

// quietCounty is a county for tests that one goroutine walks alone: the race detector, which runs the short ones, finds nothing there and
// makes them ten times as slow.
func quietCounty(t *testing.T) (*fiber.App, *clock) {
	t.Helper()
	if testing.Short() {
		t.Skip("one goroutine alone: left out of the short tests")
	}
	return county(t)
}

func countyIn(t *testing.T, dir string) (*fiber.App, *clock) {
	t.Helper()
	return serveCounty(t, dir, false)
}

// The counties that the tests copy: the demo county, and the one in which every chain can be walked to its end.
var (
	demoGround  = modelstest.Ground[seeds.People]{Now: demoStart, Fill: fillDemo}
	readyGround = modelstest.Ground[seeds.People]{Now: demoStart, Fill: fillReady}
)

func demoStart() time.Time { return seeds.DemoStart }

// cheapHash is the stored form of the demo's password at a cost that thousands of logins can pay.
const cheapHash = "$argon2id$v=19$m=8,t=1,p=1$YW5qdS1kZW1vLXRlc3RzIQ$m5wueAQGiNsxBahSlDarNArXaronjeew51p448PjQwA"

func fillDemo(ctx context.Context, db modelstest.Database) (seeds.People, error) {
	people, err := seeds.LoadDemo(ctx, models.NewStore(db.DB, chains.Published()))
	return people, errors.Join(err, db.Write(ctx).Exec("UPDATE officers SET password = ?", cheapHash).Error)
}

func fillReady(ctx context.Context, db modelstest.Database) (seeds.People, error) {
	people, err := fillDemo(ctx, db)
	if err != nil {
		return nil, err
	}
	store := models.NewStore(db.DB, chains.Published())
	set, err := store.County(ctx)
	if err != nil {
		return nil, err
	}
	county := func() workflow.County { return set }
	return people, seeds.Ready(ctx, store, casework.NewService(store, chains.Published(), county, demoStart))
}

// readyCounty is a county in which every chain can be walked to its end.
func readyCounty(t *testing.T) (*fiber.App, *clock) {
	t.Helper()
	return serveCounty(t, t.TempDir(), true)
}

// openCounty is a county whose settings a test may change.
func openCounty(t *testing.T) (*fiber.App, *clock, *workflow.County) {
	t.Helper()
	set := &workflow.County{}
	web, clk := servedCounty(t, t.TempDir(), false, set)
	return web, clk, set
}

func serveCounty(t *testing.T, dir string, ready bool) (*fiber.App, *clock) {
	t.Helper()
	return servedCounty(t, dir, ready, &workflow.County{})
}

func servedCounty(t *testing.T, dir string, ready bool, set *workflow.County) (*fiber.App, *clock) {
	t.Helper()
	c := &clock{t: seeds.DemoStart}
	ground := &demoGround
	if ready {
		ground = &readyGround
	}
	db, _ := ground.SQLite(t, dir, modelstest.Options{Now: c.Now})
	return serveOn(t, dir, db, c, set), c
}

// serveOn serves a county that lies on a database.
func serveOn(t *testing.T, dir string, db modelstest.Database, c *clock, set *workflow.County) *fiber.App {
	t.Helper()
	store := models.NewStore(db.DB, chains.Published())
	var err error
	if *set, err = store.County(t.Context()); err != nil {
		t.Fatal(err)
	}
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return *set }, c.Now)
	settle := func(ctx context.Context) (int, error) {
		due, err := store.DueRungs(ctx, c.Now(), 1000)
		if err != nil {
			return 0, err
		}
		if err := seeds.Reach(ctx, store, svc, kept{c}, c.Now()); err != nil {
			return 0, err
		}
		ruled, err := store.Clearable(ctx, 1000)
		for _, id := range ruled {
			if err == nil {
				err = svc.Clear(ctx, id)
			}
		}
		return len(due), err
	}
	accounts, err := seeds.DemoLogins()
	if err != nil {
		t.Fatal(err)
	}
	web, err := handlers.New(handlers.Config{UploadDir: filepath.Join(dir, "uploads"), Papers: printing.NewPrinter(store, svc, "https://anju.example.gov.cn"), Demo: &handlers.Demo{Clock: c, Accounts: accounts, Settle: settle}}, svc, store)
	if err != nil {
		t.Fatal(err)
	}
	return web
}

var _ handlers.Store = (*models.Store)(nil)

// The walker knows the outer contract and nothing of housing: it reads what a chain asks for, sends the examples, uploads a
// small picture for each missing paper, moves the clock where only time is missing, and tries every wrong office on the way.
type walker struct {
	t        *testing.T
	accounts map[string]*handlers.Client
	chain    map[string]any
	id       string
	keys     int
}

var logins = []string{"counter", "group", "village", "economic", "social", "planning", "township", "agriculture", "resources", "housing", "approval", "market",
	"station", "supervision", "auditor"}

func TestClientThatNeverGuessesWalksEveryChain(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	served, _ := readyCounty(t)
	web := handlers.Conforming(t, served) // every answer on the way is as documented
	for _, published := range chains.Published().All() {
		chain := string(published.ID)
		t.Run(chain, func(t *testing.T) {
			if testing.Short() && chain != "homestead" && chain != "violation" {
				t.Skip("two chains are enough for a short run")
			}
			w := &walker{t: t, accounts: map[string]*handlers.Client{}}
			for _, l := range logins {
				w.accounts[l] = handlers.LogIn(t, web, l)
			}
			_, w.chain = w.accounts["counter"].Ask("GET", "/api/v1/chains/"+chain, "")
			w.open()
			for range 40 {
				c := w.look("counter")
				if c["closed_at"] != nil {
					w.ended(c)
					return
				}
				w.step(c)
			}
			t.Fatal("the chain does not end")
		})
	}
}

func (w *walker) open() {
	ready := w.chain["ready"].(map[string]any)
	b, _ := json.Marshal(map[string]any{"chain": w.chain["id"], "household_id": ready["household_id"], "application": ready["data"]})
	for _, l := range []string{"township", "group"} {
		if s, m := w.accounts[l].Ask("POST", "/api/v1/cases", string(b)); s != 403 {
			w.t.Errorf("%s opens a case: %d %v", l, s, m)
		}
	}
	s, m := w.accounts[ready["by"].(string)].Ask("POST", "/api/v1/cases", string(b))
	if s != 201 {
		w.t.Fatalf("open: %d %v", s, m)
	}
	w.id = m["id"].(string)
}

func (w *walker) look(login string) map[string]any {
	w.t.Helper()
	s, m := w.accounts[login].Ask("GET", "/api/v1/cases/"+w.id, "")
	if s != 200 {
		w.t.Fatalf("%s looks: %d %v", login, s, m)
	}
	return m
}

func (w *walker) key() []string {
	w.keys++
	return []string{"Idempotency-Key", fmt.Sprintf("%s-%d", w.id, w.keys)}
}

// row finds a verb or record kind of a stage in the published chain.
func (w *walker) row(state any, list, name, value string) map[string]any {
	for _, st := range w.chain["stages"].([]any) {
		if st := st.(map[string]any); st["state"] == state {
			for _, r := range st[list].([]any) {
				if r := r.(map[string]any); r[name] == value {
					return r
				}
			}
		}
	}
	w.t.Fatalf("%v of %v is not published", value, state)
	return nil
}

func example(row map[string]any) any { return row["data"].(map[string]any)["examples"].([]any)[0] }

func (w *walker) step(c map[string]any) {
	for range 40 {
		verb := ""
		for _, v := range c["verbs"].([]any) {
			v := v.(map[string]any)
			if w.row(c["state"], "verbs", "verb", v["verb"].(string))["ahead"] == true {
				verb = v["verb"].(string)
			}
		}
		blocked := w.blocked(c, verb)
		if len(blocked) == 0 {
			w.move(c, verb)
			return
		}
		w.refused(c, verb, blocked)
		w.meet(c, blocked[0])
		c = w.look("counter")
	}
	w.t.Fatalf("stage %v does not end", c["state"])
}

func (w *walker) blocked(c map[string]any, verb string) []map[string]any {
	var list []map[string]any
	for _, v := range c["verbs"].([]any) {
		if v := v.(map[string]any); v["verb"] == verb {
			for _, b := range v["blocked"].([]any) {
				list = append(list, b.(map[string]any))
			}
		}
	}
	return list
}

// actors are the accounts whose own view says that the verb is theirs.
func (w *walker) mine(c map[string]any, verb string) (mine, others []string) {
	for _, l := range logins {
		v := w.look(l)
		is := false
		for _, x := range v["verbs"].([]any) {
			x := x.(map[string]any)
			is = is || x["verb"] == verb && x["allowed"] == true
		}
		if is {
			mine = append(mine, l)
		} else {
			others = append(others, l)
		}
	}
	return mine, others
}

func (w *walker) body(c map[string]any, verb string, seen any) string {
	b, _ := json.Marshal(map[string]any{"verb": verb, "seen": seen, "data": example(w.row(c["state"], "verbs", "verb", verb))})
	return string(b)
}

func (w *walker) move(c map[string]any, verb string) {
	w.t.Helper()
	path := "/api/v1/cases/" + w.id + "/moves"
	mine, others := w.mine(c, verb)
	if len(mine) != 1 {
		w.t.Fatalf("%s in %v is allowed to %v", verb, c["state"], mine)
	}
	for _, l := range others {
		if s, m := w.accounts[l].Ask("POST", path, w.body(c, verb, c["seen"]), w.key()...); s != 403 {
			w.t.Errorf("%s does %s in %v: %d %v", l, verb, c["state"], s, m)
		}
	}
	actor := w.accounts[mine[0]]
	if s, m := actor.Ask("POST", path, w.body(c, verb, c["seen"].(float64)-1), w.key()...); s != 409 || m["case"] == nil {
		w.t.Errorf("stale %s in %v: %d %v", verb, c["state"], s, m)
	}
	key := w.key()
	s, after := actor.Ask("POST", path, w.body(c, verb, c["seen"]), key...)
	if s != 200 {
		w.t.Fatalf("%s by %s in %v: %d %v", verb, mine[0], c["state"], s, after)
	}
	if after["state"] == c["state"] || after["seen"].(float64) <= c["seen"].(float64) {
		w.t.Errorf("%s in %v did not move: %v", verb, c["state"], after["state"])
	}
	first, _ := json.Marshal(after)
	s, again := actor.Ask("POST", path, w.body(c, verb, c["seen"]), key...)
	second, _ := json.Marshal(again)
	if s != 200 || string(first) != string(second) {
		w.t.Errorf("the same key again: %d\n%s\n%s", s, first, second)
	}
}

// refused holds the office whose turn it is to the conditions: each is named with its rule.
func (w *walker) refused(c map[string]any, verb string, blocked []map[string]any) {
	w.t.Helper()
	for _, l := range logins {
		s, m := w.accounts[l].Ask("POST", "/api/v1/cases/"+w.id+"/moves", w.body(c, verb, c["seen"]), w.key()...)
		switch s {
		case http.StatusForbidden:
			continue
		case http.StatusUnprocessableEntity:
		default:
			w.t.Fatalf("%s does %s with conditions unmet: %d %v", l, verb, s, m)
		}
		for _, b := range blocked {
			if !slices.ContainsFunc(m["errors"].([]any), func(e any) bool {
				f := e.(map[string]any)
				return f["field"] == b["condition"] && f["rule"] == b["rule"] && f["message"] == b["message"]
			}) {
				w.t.Errorf("%s in %v is refused without %v: %v", verb, c["state"], b["condition"], m["errors"])
			}
		}
		return
	}
	w.t.Errorf("nobody's turn in %v: %s", c["state"], verb)
}

func (w *walker) meet(c, b map[string]any) {
	w.t.Helper()
	by, name, _ := strings.Cut(b["by"].(string), ":")
	switch by {
	case "material":
		for _, l := range logins {
			if s, _ := w.accounts[l].Upload("/api/v1/cases/"+w.id+"/materials", name, name+".png", handlers.SmallPNG); s == 201 {
				return
			}
		}
	case "record":
		data, _ := json.Marshal(map[string]any{"kind": name, "data": example(w.row(c["state"], "records", "kind", name))})
		for _, l := range logins {
			v := w.look(l)
			allowed, owed := false, false
			for _, r := range v["records"].([]any) {
				if r := r.(map[string]any); r["kind"] == name {
					allowed, owed = r["allowed"] == true, r["optional"] == false
				}
			}
			if allowed && !owed {
				continue // written already
			}
			s, m := w.accounts[l].Ask("POST", "/api/v1/cases/"+w.id+"/records", string(data), w.key()...)
			if allowed && s != 200 || !allowed && s != 403 {
				w.t.Fatalf("%s records %s (allowed %v): %d %v", l, name, allowed, s, m)
			}
			if allowed {
				return
			}
		}
	case "time":
		if s, m := w.accounts["counter"].Ask("POST", "/api/v1/demo/clock", `{"advance":"24h"}`); s != 200 {
			w.t.Fatalf("clock: %d %v", s, m)
		}
		return
	}
	w.t.Fatalf("%v in %v: nothing meets %v", c["id"], c["state"], b)
}

func (w *walker) ended(c map[string]any) {
	want := "granted"
	if w.chain["id"] == "violation" || w.chain["id"] == "hazard" {
		want = "settled"
	}
	if c["outcome"] != want {
		w.t.Errorf("ended as %v", c["outcome"])
	}
	var forms []string
	for _, d := range c["documents"].([]any) {
		d := d.(map[string]any)
		forms = append(forms, d["form"].(string))
		if !slices.Contains([]any{"F03", "F06", "F09", "F31", "guidance_notice"}, d["form"]) && d["number"] == "" {
			w.t.Errorf("%v has no number", d["title"])
		}
	}
	issued := map[any][]string{"homestead": {"F14", "F15", "F03", "F04", "F05", "F34", "F34", "F28"},
		"planning_permit":             {"F14", "F15", "F03", "F04", "F34", "F28"},
		"construction_start.low_rise": {"guidance_notice", "F14", "F08"}, "construction_start.other": {"guidance_notice", "F14", "F15", "F12", "F34"},
		"completion_acceptance.low_rise": {"F14", "F09", "F06"}, "completion_acceptance.other": {"F14", "F09", "F13"},
		"business_use": {"guidance_notice", "F14", "F31", "F31"},
		"violation":    {"F29", "F29", "F48"}, "hazard": nil}[w.chain["id"]]
	if !slices.Equal(forms, issued) {
		w.t.Errorf("papers %v, want %v", forms, issued)
	}
	_, h := w.accounts["counter"].Ask("GET", "/api/v1/cases/"+w.id+"/history?per_page=200", "")
	if h["total"].(float64) < 5 {
		w.t.Errorf("%v lines of history", h["total"])
	}
	for _, out := range []string{"/history", "/deadlines", "/documents", ""} {
		other := handlers.LogIn(w.t, w.accounts["counter"].Web, "counter2")
		if s, _ := other.Ask("GET", "/api/v1/cases/"+w.id+out, ""); s != 404 {
			w.t.Errorf("another township sees %q: %d", out, s)
		}
	}
}

// With nobody acting for ten days the case turns red and the next authority's list says so.
func TestLateCaseTurnsRed(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	counter := handlers.LogIn(t, web, "counter")
	w := &walker{t: t, accounts: map[string]*handlers.Client{}}
	for _, l := range logins {
		w.accounts[l] = handlers.LogIn(t, web, l)
	}
	_, w.chain = counter.Ask("GET", "/api/v1/chains/homestead", "")
	w.open()
	w.step(w.look("counter"))
	if s, m := counter.Ask("POST", "/api/v1/demo/clock", `{"advance":"360h"}`); s != 200 || m["fired"].(float64) < 1 {
		t.Fatalf("clock: %d %v", s, m)
	}
	if c := w.look("counter"); c["stage"].(map[string]any)["light"] != "red" {
		t.Errorf("stage %v", c["stage"])
	}
	_, tasks := w.accounts["township"].Ask("GET", "/api/v1/tasks", "")
	found := false
	for _, x := range tasks["items"].([]any) {
		x := x.(map[string]any)
		found = found || x["kind"] == "notice" && x["case"].(map[string]any)["id"] == w.id
	}
	if !found {
		t.Errorf("the township is not told: %v", tasks)
	}
}

// Twenty presses at once: under one key one line is written and all see the same; under twenty keys one wins and the others
// are told who did what.
func TestManyAtOnce(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	w := &walker{t: t, accounts: map[string]*handlers.Client{"counter": handlers.LogIn(t, web, "counter")}}
	for _, l := range logins {
		w.accounts[l] = handlers.LogIn(t, web, l)
	}
	_, w.chain = w.accounts["counter"].Ask("GET", "/api/v1/chains/homestead", "")
	w.open()
	w.step(w.look("counter"))
	group := w.accounts["group"]
	lines := func() float64 {
		_, h := group.Ask("GET", "/api/v1/cases/"+w.id+"/history", "")
		return h["total"].(float64)
	}
	press := func(verb string, key func(i int) string) map[int]int {
		c := w.look("group")
		body := w.body(c, verb, c["seen"])
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[int]int{}
		for i := range 20 {
			wg.Go(func() {
				s, _ := group.Ask("POST", "/api/v1/cases/"+w.id+"/moves", body, "Idempotency-Key", key(i))
				mu.Lock()
				got[s]++
				mu.Unlock()
			})
		}
		wg.Wait()
		return got
	}
	before := lines()
	if got := press("submit", func(int) string { return "one" }); got[200] != 20 || lines() != before+1 {
		t.Errorf("one key: %v, %v lines", got, lines()-before)
	}
	c := w.look("group")
	w.meet(c, w.blocked(c, "publish_notice")[0])
	before = lines()
	if got := press("publish_notice", func(i int) string { return fmt.Sprint("many", i) }); got[200] != 1 || got[409] != 19 || lines() != before+1 {
		t.Errorf("twenty keys: %v, %v lines", got, lines()-before)
	}
}

// Many households at once: no name ever stands in another's file, and what is typed as SQL is text.
func TestNoNameInAnothersFile(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := county(t)
	counter := handlers.LogIn(t, web, "counter")
	_, ch := counter.Ask("GET", "/api/v1/chains/homestead", "")
	b, _ := json.Marshal(example(map[string]any{"data": ch["household"]}))
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			var h map[string]any
			if err := json.Unmarshal(b, &h); err != nil {
				t.Error(err)
				return
			}
			name := fmt.Sprintf("䶮%d'; DROP TABLE cases;--", i)
			h["householder"] = map[string]any{"name": name, "id_number": idNumber(1000 + i)}
			h["members"] = []any{}
			body, _ := json.Marshal(h)
			s, m := counter.Ask("POST", "/api/v1/households", string(body))
			if s != 201 || m["householder"].(map[string]any)["name"] != name {
				t.Errorf("household %d: %d %v", i, s, m)
				return
			}
			s, m = counter.Ask("GET", "/api/v1/households/"+m["id"].(string), "")
			if s != 200 || m["householder"].(map[string]any)["name"] != name || !strings.Contains(m["householder"].(map[string]any)["id_number"].(string), "***") {
				t.Errorf("household %d is read as %d %v", i, s, m)
			}
			if s, _ := counter.Ask("POST", "/api/v1/households", string(body)); s != 200 {
				t.Errorf("household %d again: %d", i, s)
			}
		})
	}
	wg.Wait()
	if s, m := counter.Ask("GET", "/api/v1/cases?q="+url.QueryEscape("' OR 1=1 --"), ""); s != 200 || m["total"] != float64(0) {
		t.Errorf("SQL as a search: %d %v", s, m)
	}
}

// idNumber is a sound number of an invented person.
func idNumber(seq int) string {
	s := fmt.Sprintf("14082419750101%03d", seq%1000)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(s[i]-'0')
	}
	return s + string("10X98765432"[sum%11])
}
