package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/jobs/printing"
	"anju/models"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/models/petitions"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// real is a county that no --demo serves, with the people of the demo county as its accounts.
type real struct {
	t     *testing.T
	web   *fiber.App
	store *models.Store
	svc   *casework.Service
	walk  *seeds.Walker
	clk   *clock
}

// onReal runs a test on a county without --demo, on both databases.
func onReal(t *testing.T, test func(*testing.T, *real)) {
	t.Helper()
	demoGround.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
		c := &clock{t: seeds.DemoStart}
		db, people := copied(modelstest.Options{Now: c.Now})
		r := &real{t: t, clk: c, store: models.NewStore(db.DB, chains.Published())}
		set, err := r.store.County(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.svc = casework.NewService(r.store, chains.Published(), func() workflow.County { return set }, c.Now)
		r.walk = &seeds.Walker{Service: r.svc, Officers: people}
		r.web, err = handlers.New(handlers.Config{UploadDir: t.TempDir(), Papers: printing.NewPrinter(r.store, r.svc, "https://anju.example.gov.cn")}, r.svc, r.store)
		if err != nil {
			t.Fatal(err)
		}
		test(t, r)
	})
}

// one is a case of a free household, in its first stage.
func (r *real) one(chain workflow.ChainID) workflow.Case {
	r.t.Helper()
	id, ok, err := r.store.FreeHousehold(r.t.Context(), chain, string(chain))
	if err != nil || !ok {
		r.t.Fatalf("no household is free: %v", err)
	}
	c, err := r.walk.Open(r.t.Context(), chain, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// tryPassword logs in by the API: status, token.
func (r *real) tryPassword(login, password string) (int, string) {
	r.t.Helper()
	b, _ := json.Marshal(map[string]string{"login": login, "password": password})
	nobody := handlers.Nobody(r.t, r.web)
	s, m := nobody.Ask("POST", "/api/v1/sessions", string(b))
	token, _ := m["token"].(string)
	return s, token
}

// The security administrator alone acts as nobody: what he asks for is confirmed by another, opens one session in which the password is
// changed, and is told to the office.
func TestTheSecurityAdministratorAloneActsAsNobody(t *testing.T) { // security H4
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		security, audit := visit(t, r.web, "security"), visit(t, r.web, "audit")
		head := visit(t, r.web, "township")
		reset := func(login string) {
			t.Helper()
			security.get("/admin/accounts")
			security.send("/admin/accounts/"+login, url.Values{"csrf": {security.csrf()}, "do": {"reset"}})
		}
		for login, name := range map[string]string{"economic": "樊志远", "supervision": "冯正清", "station": "梁小军"} {
			if reset(login); security.status != 200 || !strings.Contains(security.page, name) || justMade.MatchString(security.page) {
				t.Errorf("%s is reset by one alone: %d", login, security.status)
			}
			change := regexp.MustCompile(`/admin/changes/\d+`).FindString(security.page)
			security.send(change, url.Values{"csrf": {security.csrf()}, "do": {"refuse"}})
		}
		for _, login := range []string{"admin", "audit"} {
			x := security.press("/admin/accounts/"+login, url.Values{"csrf": {security.csrf()}, "do": {"disable"}})
			if x.status != 422 || !strings.Contains(x.body, "只剩这一个账号") {
				t.Errorf("the last of its kind, %s: %d", login, x.status)
			}
		}
		reset("township")
		if security.status != 200 || !strings.Contains(security.page, "韩立平") || !strings.Contains(security.page, "等另一位管理员") || justMade.MatchString(security.page) {
			t.Fatalf("asked for: %d\n%s", security.status, security.page)
		}
		if head.look("/cases").status != 200 {
			t.Error("the head's session has ended before the confirmation")
		}
		change := regexp.MustCompile(`/admin/changes/\d+`).FindString(security.page)
		if x := security.press(change, url.Values{"csrf": {security.csrf()}, "do": {"confirm"}}); x.status != 403 {
			t.Errorf("who asked confirms: %d", x.status)
		}
		for login, want := range map[string]int{"counter": 403, "auditor": 403, "township": 403} {
			b := visit(t, r.web, login)
			b.get("/")
			if x := b.press(change, url.Values{"csrf": {b.csrf()}, "do": {"confirm"}}); x.status != want {
				t.Errorf("%s confirms: %d", login, x.status)
			}
		}
		audit.get("/admin/changes")
		audit.send(change, url.Values{"csrf": {audit.csrf()}, "do": {"confirm"}})
		made := justMade.FindStringSubmatch(audit.page)
		if audit.status != 200 || made == nil || made[1] != "township" {
			t.Fatalf("confirmed: %d\n%s", audit.status, audit.page)
		}
		if x := head.look("/cases"); x.status != 303 || !strings.HasPrefix(x.to, "/login") {
			t.Errorf("a session outlives the reset: %d", x.status)
		}
		r.changesFirst("township", made[2])
		economic := visit(t, r.web, "township2")
		if economic.get("/"); strings.Contains(economic.page, "密码被重置") {
			t.Error("another office is told")
		}
		audit.get("/admin/log")
		for _, line := range []string{"申请重置密码", "确认重置密码"} {
			if !strings.Contains(audit.page, line) {
				t.Errorf("the log lacks %s", line)
			}
		}
	})
}

// changesFirst logs in with a one-time password and finds everything closed but its change.
func (r *real) changesFirst(login, password string) {
	t := r.t
	t.Helper()
	s, token := r.tryPassword(login, password)
	if s != 201 {
		t.Fatalf("the one-time password of %s: %d", login, s)
	}
	if s, _ := r.tryPassword(login, password); s != 401 {
		t.Errorf("the one-time password of %s, once more: %d", login, s)
	}
	api := handlers.Holding(t, r.web, token)
	for _, path := range []string{"/api/v1/cases", "/api/v1/tasks", "/api/v1/cases/1/documents/F01.pdf", "/api/v1/chains"} {
		if s, m := api.Ask("GET", path, ""); s != 403 || m["type"] != "/problems/password-change-required" || !strings.Contains(m["detail"].(string), "一次性密码") {
			t.Errorf("%s before the change: %d %v", path, s, m)
		}
	}
	if s, _ := api.Ask("POST", "/api/v1/cases/1/moves", `{"verb":"approve","seen":1}`, "Idempotency-Key", "k"); s != 403 {
		t.Errorf("a move before the change: %d", s)
	}
	if s, m := api.Ask("GET", "/api/v1/me", ""); s != 200 || m["must_change_password"] != true {
		t.Errorf("who one is: %d %v", s, m)
	}
	b := &browser{t: t, web: r.web, cookie: "anju_session=" + token}
	for _, path := range []string{"/", "/cases", "/petitions", "/profile", "/admin/accounts", "/progress"} {
		if x := b.look(path); x.status != 303 || x.to != "/password" {
			t.Errorf("%s before the change: %d %s", path, x.status, x.to)
		}
	}
	b.get("/password")
	if b.status != 200 || !strings.Contains(b.page, "请先换密码") || !strings.Contains(b.page, "您的密码于") {
		t.Fatalf("the form of the change: %d\n%s", b.status, b.page)
	}
	form := b.formWith("new_password")
	for why, f := range map[string]url.Values{"not the same twice": typed(form, "new_password", "a password of mine", "again", "another"),
		"too short": typed(form, "new_password", "short", "again", "short"), "the same": typed(form, "new_password", password, "again", password)} {
		if x := b.press("/profile/password", f); x.status != 422 || !strings.Contains(x.body, "请先换密码") {
			t.Errorf("%s: %d", why, x.status)
		}
	}
	x := b.press("/profile/password", typed(form, "new_password", "a password of mine", "again", "a password of mine"))
	if x.status != 303 || x.cookies["anju_session"] == "" {
		t.Fatalf("changed: %d\n%s", x.status, x.body)
	}
	if s, _ := api.Ask("GET", "/api/v1/me", ""); s != 401 {
		t.Errorf("the session before the change goes on: %d", s)
	}
	b.cookie = "anju_session=" + x.cookies["anju_session"]
	if b.get("/"); b.status != 200 || !strings.Contains(b.page, "密码被重置") {
		t.Errorf("after the change: %d\n%s", b.status, b.page)
	}
	if s, _ := r.tryPassword(login, "a password of mine"); s != 201 {
		t.Errorf("the password of his own: %d", s)
	}
}

// A program changes its one-time password by the API.
func TestAProgramChangesItsOneTimePassword(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		if _, err := r.store.ResetPassword(t.Context(), org.Administrator{Command: "root"}, "counter", "given by the machine", true); err != nil {
			t.Fatal(err)
		}
		web := handlers.Conforming(t, r.web)
		_, token := r.tryPassword("counter", "given by the machine")
		api := handlers.Holding(t, web, token)
		if s, m := api.Ask("POST", "/api/v1/me/password", `{"new_password":"short"}`); s != 422 {
			t.Errorf("too short: %d %v", s, m)
		}
		s, m := api.Ask("POST", "/api/v1/me/password", `{"new_password":"a password of mine"}`)
		fresh, _ := m["token"].(string)
		if s != 201 || fresh == "" {
			t.Fatalf("changed: %d %v", s, m)
		}
		api = handlers.Holding(t, web, fresh)
		if s, _ := api.Ask("GET", "/api/v1/cases", ""); s != 200 {
			t.Errorf("after the change: %d", s)
		}
		if s, _ := api.Ask("POST", "/api/v1/me/password", `{"new_password":"another of mine","old_password":"wrong"}`); s != 422 {
			t.Errorf("without the old one: %d", s)
		}
	})
}

// An account of a role that its office does not have is refused on the page, whoever asks.
func TestThePageRefusesARoleElsewhere(t *testing.T) { // security H4
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		security := visit(t, r.web, "security")
		offices, err := r.store.Offices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[glossary.Party]bool{}
		for _, o := range offices {
			if seen[o.Kind] {
				continue
			}
			seen[o.Kind] = true
			for i, role := range glossary.Roles() {
				form := url.Values{"csrf": {security.csrf()}, "login": {fmt.Sprintf("new%d.%d", o.ID, i)}, "name": {"某人"}, "role": {string(role)}, "office": {fmt.Sprint(o.ID)}}
				if role.At(o.Kind) {
					continue // opened by the tests of the models
				}
				if x := security.press("/admin/accounts", form); x.status != 422 || !strings.Contains(x.body, "这个岗位不能设在所选的单位") {
					t.Errorf("%s at %s: %d", role, o.Kind, x.status)
				}
			}
		}
	})
}

// An officer of the household is refused whatever shows or changes its case; another of his office is not.
func TestRecusalCoversEveryDoor(t *testing.T) { // security M9
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		c := r.one("homestead")
		number, _, err := r.store.RevealPerson(t.Context(), r.walk.Officers[glossary.ServiceCenter], c.Household, 0, "核对材料")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.store.AddOfficer(t.Context(), org.NewOfficer{Login: "own", Name: "本人", Role: glossary.WindowClerk, Kind: glossary.ServiceCenter,
			Division: "140824100000", Hash: org.HashPassword("anju-demo"), IDNumber: number}); err != nil {
			t.Fatal(err)
		}
		own, other := handlers.LogIn(t, r.web, "own"), handlers.LogIn(t, r.web, "counter")
		home := fmt.Sprintf("/api/v1/cases/%d", c.ID)
		seen := fmt.Sprint(c.Seen)
		doors := []struct{ what, method, path, body string }{
			{"move", "POST", home + "/moves", `{"verb":"submit","seen":` + seen + `}`},
			{"F01.pdf", "GET", home + "/documents/F01.pdf", ""},
			{"batch", "POST", home + "/documents/batch", `{"documents":["F01"]}`},
			{"archive", "GET", home + "/archive.zip", ""},
			{"material", "GET", home + "/materials/HP01", ""},
			{"sign link", "POST", home + "/sign-links", `{"kind":"applicant_opinion"}`},
		}
		for _, d := range doors {
			var body []byte
			if d.body != "" {
				body = []byte(d.body)
			}
			ask := func(who *handlers.Client) (int, string) {
				if d.what == "move" {
					s, m := who.Ask(d.method, d.path, d.body, "Idempotency-Key", d.what)
					detail, _ := m["detail"].(string)
					return s, detail
				}
				res := who.Raw(d.method, d.path, body)
				var m struct{ Detail string }
				_ = json.NewDecoder(res.Body).Decode(&m)
				return res.StatusCode, m.Detail
			}
			if s, detail := ask(own); s != 403 || !strings.Contains(detail, "回避") {
				t.Errorf("%s by a relative: %d %s", d.what, s, detail)
			}
			if s, detail := ask(other); s == 403 || strings.Contains(detail, "回避") {
				t.Errorf("%s by another: %d %s", d.what, s, detail)
			}
		}
		if s, m := own.Upload(home+"/materials", "HP05", "a.png", handlers.SmallPNG); s != 403 || !strings.Contains(m["detail"].(string), "回避") {
			t.Errorf("a scan by a relative: %d %v", s, m)
		}
		if s, m := other.Upload(home+"/materials", "HP05", "a.png", handlers.SmallPNG); s != 201 {
			t.Errorf("a scan by another: %d %v", s, m)
		}
		for code, want := range map[string]error{"HP05": workflow.ErrRecused} {
			if err := r.svc.MayAttach(t.Context(), c.ID, r.officer("own"), code); !errors.Is(err, want) {
				t.Errorf("may attach %s: %v", code, err)
			}
			if err := r.svc.MayAttach(t.Context(), c.ID, r.officer("counter"), code); err != nil {
				t.Errorf("another may attach %s: %v", code, err)
			}
		}
		b := visit(t, r.web, "own")
		b.get("/")
		if x := b.press(fmt.Sprintf("/households/%d/reveal", c.Household), url.Values{"csrf": {b.csrf()}, "position": {"0"}, "reason": {"核对材料"}}); x.status != 403 || strings.Contains(x.body, number) {
			t.Errorf("reveal by a relative: %d", x.status)
		}
		if x := b.look(fmt.Sprintf("/cases/%d/slip", c.ID)); x.status != 403 {
			t.Errorf("the slip by a relative: %d", x.status)
		}
		// a record: the group's meeting, by the head whose household it is
		if _, err := r.store.AddOfficer(t.Context(), org.NewOfficer{Login: "ownhead", Name: "本人", Role: glossary.GroupHead, Kind: glossary.GroupCollective,
			Division: "14082410021401", Hash: org.HashPassword("anju-demo"), IDNumber: number}); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			v, err := r.svc.View(t.Context(), c.ID, r.officer("counter"))
			if err != nil {
				t.Fatal(err)
			}
			if v.Case.State == glossary.GroupMeeting {
				break
			}
			if _, _, err := r.walk.Step(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
		head := handlers.LogIn(t, r.web, "ownhead")
		if s, m := head.Ask("POST", home+"/records", `{"kind":"meeting_record","data":{}}`, "Idempotency-Key", "r"); s != 403 || !strings.Contains(m["detail"].(string), "回避") {
			t.Errorf("a record by a relative: %d %v", s, m)
		}
	})
}

func (r *real) officer(login string) workflow.OfficerID {
	r.t.Helper()
	list, err := r.store.Officers(r.t.Context())
	i := slices.IndexFunc(list, func(o org.Officer) bool { return o.Login == login })
	if err != nil || i < 0 {
		r.t.Fatalf("no officer %s: %v", login, err)
	}
	return list[i].ID
}

// Every kind of petition × the account of every office: answered by those it asks, refused to the others, and offered to nobody else.
func TestPetitionsAreAnsweredByThoseTheyAsk(t *testing.T) { // security M8
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		c := r.one("homestead") // lies at the counter
		logins := []string{"counter", "group", "village", "economic", "social", "planning", "township", "station", "agriculture", "resources", "housing", "approval",
			"market", "supervision", "auditor"}
		people := map[string]*browser{}
		for _, l := range logins {
			people[l] = visit(t, r.web, l)
			people[l].get("/")
		}
		for kind, asked := range map[string][]string{"objection": {"group"}, "withdrawal": {"counter"}, "urge": {"supervision"}, "rating": {"supervision"}, "complaint": {"supervision"}} {
			for _, l := range logins {
				if slices.Contains(asked, l) {
					continue
				}
				p := r.petition(c, kind, l)
				x := people[l].press(fmt.Sprintf("/petitions/%d", p.ID), url.Values{"csrf": {people[l].csrf()}, "answer": {"已处理"}})
				complaintBelow := kind == "complaint" && x.status == 404 // below the county it is not even there
				if x.status != 403 && !complaintBelow {
					t.Errorf("%s answered by %s: %d", kind, l, x.status)
				}
				if list := people[l].look("/petitions?all=1"); strings.Contains(list.body, fmt.Sprintf(`action="/petitions/%d"`, p.ID)) {
					t.Errorf("%s is offered to %s", kind, l)
				}
			}
			for _, l := range asked {
				p := r.petition(c, kind, l)
				path := fmt.Sprintf("/petitions/%d", p.ID)
				if list := people[l].look("/petitions"); !strings.Contains(list.body, `action="`+path+`"`) {
					t.Errorf("%s is not offered to %s", kind, l)
				}
				for i, want := range []int{http.StatusSeeOther, http.StatusConflict} {
					if x := people[l].press(path, url.Values{"csrf": {people[l].csrf()}, "answer": {"已处理"}}); x.status != want {
						t.Errorf("%s answered by %s for the %d. time: %d %s", kind, l, i+1, x.status, x.body)
					}
				}
			}
		}
	})
}

// petition sends a petition; an urge and a rating are sent once a step, and found again after that.
func (r *real) petition(c workflow.Case, kind, key string) petitions.Petition {
	r.t.Helper()
	if kind == "urge" || kind == "rating" {
		key = "" // one of a step
	}
	p := workflow.Petition{Case: c.ID, Kind: kind, Text: "请尽快办理"}
	if kind == "rating" {
		p.Stars = 1
	}
	sent, err := r.store.SendPetition(r.t.Context(), p, kind+" "+key)
	if err != nil {
		r.t.Fatal(err)
	}
	return sent
}
