package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/models"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// town is a county that is asked over HTTP, each office by its own account.
type town struct {
	*testing.T
	web      *fiber.App
	clk      *clock
	set      *workflow.County
	accounts map[string]*handlers.Client
	chains   map[string]map[string]any
	id       string // of the case
	keys     int
}

// inEachTown runs a test on both databases.
func inEachTown(t *testing.T, test func(w *town)) {
	t.Helper()
	if testing.Short() {
		t.Skip("on two databases: left out of the short tests")
	}
	demoGround.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
		w := &town{T: t, clk: &clock{t: seeds.DemoStart}, set: &workflow.County{}, accounts: map[string]*handlers.Client{},
			chains: map[string]map[string]any{}}
		db, _ := copied(modelstest.Options{Now: w.clk.Now})
		store := models.NewStore(db.DB, chains.Published())
		for login, n := range map[string]org.NewOfficer{
			"apclerk": {Role: glossary.CountyClerk, Kind: glossary.CountyApprovalBureau},
			"mayor":   {Role: glossary.CountyHead, Kind: glossary.CountyGovernment},
		} {
			n.Login, n.Name, n.Division, n.Hash = login, login, "140824000000", cheapHash
			if _, err := store.AddOfficer(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		w.web = serveOn(t, t.TempDir(), db, w.clk, w.set)
		test(w)
	})
}

func (w *town) as(login string) *handlers.Client {
	if w.accounts[login] == nil {
		w.accounts[login] = handlers.LogIn(w.T, w.web, login)
	}
	return w.accounts[login]
}

// households have no homestead of their own in the way, in the order in which tests take them.
func (w *town) open(chain string, skip int, change func(map[string]any)) map[string]any {
	w.Helper()
	_, ch := w.as("counter").Ask("GET", "/api/v1/chains/"+chain, "")
	w.chains[chain] = ch
	ready := ch["ready"].(map[string]any)
	application := ready["data"].(map[string]any)
	if change != nil {
		change(application)
	}
	household := ready["household_id"]
	if skip > 0 {
		household = w.another(skip)
	}
	b, _ := json.Marshal(map[string]any{"chain": chain, "household_id": household, "application": application})
	s, m := w.as("counter").Ask("POST", "/api/v1/cases", string(b))
	if s != 201 {
		w.Fatalf("open %s: %d %v", chain, s, m)
	}
	w.id = m["id"].(string)
	return m
}

// another is the file of a household without any case; each n has one of its own.
func (w *town) another(n int) string {
	w.Helper()
	household := fmt.Sprintf(`{"division":"140824100214","group_no":"01","householder":{"name":"试户%c","gender":"男",
		"id_number":%q},"members":[{"name":"试妻%c","relation":"配偶","id_number":%q},{"name":"试子%c","relation":"子",
		"id_number":%q}],"current":{"homestead_area":"120.00","building_area":"96.00"}}`, '甲'+rune(n), identity(3*n),
		'甲'+rune(n), identity(3*n+1), '甲'+rune(n), identity(3*n+2))
	s, m := w.as("counter").Ask("POST", "/api/v1/households", strings.ReplaceAll(household, "\n\t\t", ""))
	if s != 200 && s != 201 {
		w.Fatalf("household: %d %v", s, m)
	}
	return m["id"].(string)
}

// identity is a sound ID number of a man.
func identity(n int) string {
	number := fmt.Sprintf("14082419800101%03d", 2*n+1)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(number[i]-'0')
	}
	return number + string("10X98765432"[sum%11])
}

func (w *town) look(login string) map[string]any {
	w.Helper()
	s, m := w.as(login).Ask("GET", "/api/v1/cases/"+w.id, "")
	if s != 200 {
		w.Fatalf("%s looks: %d %v", login, s, m)
	}
	return m
}

func (w *town) state(want string) {
	w.Helper()
	if got := w.look("counter")["state"]; got != want {
		w.Fatalf("state %v, want %s", got, want)
	}
}

// row is a verb or record of the published chain in the state of the case.
func (w *town) row(list, name, value string) map[string]any {
	w.Helper()
	c := w.look("counter")
	for _, st := range w.chains[c["chain"].(string)]["stages"].([]any) {
		if st := st.(map[string]any); st["state"] == c["state"] {
			for _, r := range st[list].([]any) {
				if r := r.(map[string]any); r[name] == value {
					return r
				}
			}
		}
	}
	w.Fatalf("%s of %v is not published", value, c["state"])
	return nil
}

// send sends a verb or a record with its published example, changed, and returns what came back.
func (w *town) send(login, list, what string, change func(map[string]any)) (int, map[string]any) {
	w.Helper()
	name, path := "kind", "records"
	if list == "verbs" {
		name, path = "verb", "moves"
	}
	c := w.look("counter")
	body := map[string]any{name: what, "reason": "情况说明", "seen": c["seen"]}
	data, _ := json.Marshal(example(w.row(list, name, what)))
	head := c["household"].(map[string]any)["head"].(string)
	var sent map[string]any
	_ = json.Unmarshal([]byte(strings.ReplaceAll(string(data), "王建国", head)), &sent)
	if change != nil {
		change(sent)
	}
	if body["data"] = sent; list == "records" {
		delete(body, "reason")
		delete(body, "seen")
	}
	b, _ := json.Marshal(body)
	w.keys++
	return w.as(login).Ask("POST", "/api/v1/cases/"+w.id+"/"+path, string(b), "Idempotency-Key",
		fmt.Sprintf("%s-%d", w.id, w.keys))
}

// gets wants the status, and one rule among the errors where one is given.
func (w *town) gets(want int, rule string, login, list, what string, change func(map[string]any)) map[string]any {
	w.Helper()
	s, m := w.send(login, list, what, change)
	if s != want || rule != "" && !named(m, rule) {
		w.Errorf("%s %s by %s: %d %v, want %d %s", list, what, login, s, m, want, rule)
	}
	return m
}

func named(problem map[string]any, rule string) bool {
	list, _ := problem["errors"].([]any)
	return slices.ContainsFunc(list, func(e any) bool { return e.(map[string]any)["rule"] == rule })
}

var atDesk = map[string]string{"group_collective": "group", "village_organization": "village",
	"township_service_center": "counter", "economic_office": "economic", "social_affairs_office": "social",
	"planning_office": "planning", "township_government": "township", "county_approval_bureau": "approval",
	"county_natural_resources_bureau": "resources", "county_agriculture_bureau": "agriculture"}

// until walks the main line by the published examples up to a state.
func (w *town) until(state string) {
	w.Helper()
	for range 80 {
		c := w.look("counter")
		if c["state"] == state {
			return
		}
		w.ahead(c)
	}
	w.Fatalf("the way does not lead to %s", state)
}

func (w *town) ahead(c map[string]any) {
	w.Helper()
	for _, v := range c["verbs"].([]any) {
		v := v.(map[string]any)
		if w.row("verbs", "verb", v["verb"].(string))["ahead"] != true {
			continue
		}
		if blocked := v["blocked"].([]any); len(blocked) > 0 {
			w.meet(blocked[0].(map[string]any))
			return
		}
		for _, login := range atDesk {
			for _, x := range w.look(login)["verbs"].([]any) {
				if x := x.(map[string]any); x["verb"] == v["verb"] && x["allowed"] == true {
					w.gets(200, "", login, "verbs", v["verb"].(string), nil)
					return
				}
			}
		}
		w.Fatalf("%v in %v is allowed to no office", v["verb"], c["state"])
	}
	w.Fatalf("no way ahead in %v", c["state"])
}

func (w *town) meet(b map[string]any) {
	w.Helper()
	by, name, _ := strings.Cut(b["by"].(string), ":")
	switch by {
	case "material":
		s, m := w.as("counter").Upload("/api/v1/cases/"+w.id+"/materials", name, name+".png", handlers.SmallPNG)
		if s != 201 {
			w.Fatalf("hand in %s: %d %v", name, s, m)
		}
	case "record":
		for _, login := range atDesk {
			for _, r := range w.look(login)["records"].([]any) {
				if r := r.(map[string]any); r["kind"] == name && r["allowed"] == true && r["optional"] == false {
					w.gets(200, "", login, "records", name, nil)
					return
				}
			}
		}
		w.Fatalf("no office owes %s", name)
	case "time":
		w.pass(24 * time.Hour)
	default:
		w.Fatalf("nothing meets %v", b)
	}
}

func (w *town) pass(d time.Duration) {
	w.Helper()
	if s, m := w.as("counter").Ask("POST", "/api/v1/demo/clock", fmt.Sprintf(`{"advance":"%s"}`, d)); s != 200 {
		w.Fatalf("clock: %d %v", s, m)
	}
}

// tasks lists what of the case waits for an office.
func (w *town) tasks(login string) (kinds []string) {
	w.Helper()
	_, m := w.as(login).Ask("GET", "/api/v1/tasks?per_page=200", "")
	for _, x := range m["items"].([]any) {
		if x := x.(map[string]any); x["case"].(map[string]any)["id"] == w.id {
			kinds = append(kinds, x["kind"].(string))
		}
	}
	return kinds
}

// paper finds the newest document of a form.
func (w *town) paper(form string) map[string]any {
	w.Helper()
	docs := w.look("counter")["documents"].([]any)
	for i := len(docs) - 1; i >= 0; i-- {
		if d := docs[i].(map[string]any); d["form"] == form {
			return d
		}
	}
	w.Fatalf("no %s was issued", form)
	return nil
}

// verify is the public page of a paper.
func (w *town) verify(document map[string]any) string {
	w.Helper()
	_, number, _ := strings.Cut(fmt.Sprint(document["verify"]), "/verify/")
	res := w.as("counter").Raw("GET", "/verify/"+number, nil)
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// insideTown marks an application for a plot inside the county-town planning area.
func insideTown(a map[string]any) {
	a["inside_planning_area"], a["planning_area_note"] = true, "对照县城规划区范围图"
}

// reviewed walks a case inside the area up to the bureau's desk.
func (w *town) reviewed() {
	w.Helper()
	w.until("joint_review")
	if got := w.tasks("approval"); len(got) > 0 {
		w.Errorf("before the forward the bureau has %v", got)
	}
	for {
		c := w.look("counter")
		if c["state"] != "joint_review" {
			return
		}
		w.ahead(c)
	}
}

func TestInTheCountyTownTheBureauIsToldClockedAndSigns(t *testing.T) {
	lawtest.Claim(t, "R60", "A12", "A34")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, insideTown)
		w.until("joint_review")
		for _, by := range []string{"approval", "township"} { // no decision before the review, by any door
			if s, m := w.as(by).Ask("POST", "/api/v1/cases/"+w.id+"/moves",
				`{"verb":"approve","seen":1,"data":{"opinion":"同意"}}`, "Idempotency-Key", by+w.id); s != 409 {
				w.Errorf("%s decides in joint_review: %d %v", by, s, m)
			}
		}
		w.gets(403, "", "counter", "records", "planning_area_confirmation", nil)
		w.reviewed()
		w.state("planning_decision")
		if got := w.tasks("approval"); !slices.Equal(got, []string{"stage"}) {
			w.Errorf("the bureau has the tasks %v", got)
		}
		stage := w.look("approval")["stage"].(map[string]any)
		limit := stage["limit"].(map[string]any)
		if stage["office"].(map[string]any)["kind"] != "county_approval_bureau" || limit["id"] != "L24" ||
			limit["statutory"] != false {
			w.Errorf("stage %v", stage)
		}
		for _, by := range []string{"township", "planning", "resources", "counter", "apclerk"} {
			w.gets(403, "", by, "verbs", "approve", nil)
		}
		w.gets(200, "", "approval", "verbs", "approve", nil)
		w.state("decision")
		permit := w.paper("F04")
		if !strings.Contains(fmt.Sprint(permit["issuer"]), "行政审批") || !strings.Contains(w.verify(permit), "<strong>有效") {
			w.Errorf("the permit: %v", permit)
		}
		w.gets(403, "", "approval", "verbs", "deny", nil) // nothing is flipped
		w.until("archived")

		w.gets(403, "", "township", "records", "revoke_certificate", number(permit))
		w.gets(422, "R53", "resources", "records", "revoke_certificate", number(permit)) // it issued none
		w.gets(403, "", "apclerk", "records", "revoke_certificate", number(permit))
		w.gets(200, "", "approval", "records", "revoke_certificate", number(permit))
		if order := w.paper("F42"); !strings.Contains(fmt.Sprint(order["issuer"]), "行政审批") || order["number"] == "" {
			w.Errorf("revoked by %v", order)
		}
		certificate := w.paper("F05")
		if page := w.verify(certificate); strings.Contains(page, "<strong>有效") || !strings.Contains(page, "所依据的许可已撤销，待处理") {
			w.Errorf("the certificate that rests on it: %s", page)
		}
		if page := w.verify(permit); strings.Contains(page, "<strong>有效") || !strings.Contains(page, "撤销") {
			w.Errorf("the revoked permit: %s", page)
		}
		if got := w.tasks("township"); !slices.Equal(got, []string{"question"}) {
			w.Errorf("the township has the tasks %v", got)
		}
		w.gets(422, "R53", "approval", "records", "keep_certificate", number(certificate))
		w.gets(200, "", "township", "records", "keep_certificate", number(certificate))
		if got := w.tasks("township"); len(got) > 0 || !strings.Contains(w.verify(certificate), "<strong>有效") {
			w.Errorf("kept: %v", got)
		}
		w.gets(200, "", "mayor", "records", "cancel_certificate", number(certificate)) // the authority above
		if order := w.paper("F42"); !strings.Contains(fmt.Sprint(order["issuer"]), "县人民政府") {
			w.Errorf("cancelled by %v", order)
		}
	})
}

// number names a certificate in an act upon it.
func number(document map[string]any) func(map[string]any) {
	return func(data map[string]any) { data["number"] = document["number"] }
}

func TestInTheCountyTownEachAuthorityDeniesItsOwn(t *testing.T) {
	lawtest.Claim(t, "R54", "R60", "A12")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, insideTown)
		w.reviewed()
		w.gets(200, "", "approval", "verbs", "deny", nil)
		w.state("decision")
		w.gets(422, "R60", "township", "verbs", "approve", nil)
		w.gets(200, "", "township", "verbs", "deny", nil)
		var by []string
		for _, d := range w.look("counter")["documents"].([]any) {
			if d := d.(map[string]any); d["form"] == "F20" {
				by = append(by, fmt.Sprint(d["issuer"]))
			}
		}
		if len(by) != 2 || !strings.Contains(by[0], "行政审批") || !strings.Contains(by[1], "稷峰镇") {
			w.Errorf("denied by %v", by)
		}

		w.open("homestead", 2, insideTown)
		w.reviewed()
		w.gets(200, "", "approval", "verbs", "approve", nil)
		w.gets(200, "", "township", "verbs", "deny", nil)
		permit := w.paper("F04")
		if page := w.verify(permit); strings.Contains(page, "<strong>有效") || !strings.Contains(page, "未获批准") {
			w.Errorf("a permit in a denied case: %s", page)
		}
		if got := w.tasks("approval"); !slices.Equal(got, []string{"question"}) {
			w.Errorf("the bureau has the tasks %v", got)
		}
		w.gets(422, "R53", "township", "records", "cancel_certificate", number(permit))
		w.gets(200, "", "approval", "records", "cancel_certificate", number(permit))
		if got := w.tasks("approval"); len(got) > 0 {
			w.Errorf("after the cancellation: %v", got)
		}

		w.open("homestead", 3, insideTown)
		w.reviewed()
		w.gets(200, "", "approval", "verbs", "approve", nil)
		w.gets(200, "", "counter", "verbs", "withdraw", nil)
		if page := w.verify(w.paper("F04")); strings.Contains(page, "<strong>有效") {
			w.Errorf("a permit in a withdrawn case: %s", page)
		}
	})
}

func TestInTheCountyTownNothingIsPermittedOnFarmland(t *testing.T) {
	lawtest.Claim(t, "R57", "A15")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, func(a map[string]any) {
			insideTown(a)
			p := a["proposed"].(map[string]any)
			p["land_class"], p["farmland"] = "farmland_class", "cultivated"
		})
		w.until("township_intake")
		w.gets(422, "R57", "counter", "verbs", "accept", nil)
		w.pass(10 * 24 * time.Hour) // accepted by lapse of time
		w.state("joint_review")
		w.reviewed()
		w.state("decision")
		w.gets(403, "", "approval", "verbs", "approve", nil)
		w.gets(422, "R57", "township", "verbs", "approve", nil)
		w.gets(422, "R60", "township", "verbs", "approve", nil)
	})
}

func TestThePlanningOfficeSendsTheCaseToWhomItBelongs(t *testing.T) {
	lawtest.Claim(t, "A34", "R60")
	inEachTown(t, func(w *town) {
		differs := func(data map[string]any) { data["agrees"] = false }
		w.open("homestead", 1, nil) // the counter says outside
		w.until("joint_review")
		w.gets(422, "A34", "economic", "verbs", "forward", nil)
		w.gets(422, "", "planning", "records", "planning_area_confirmation",
			func(data map[string]any) { differs(data); data["reason"] = "" })
		w.gets(200, "", "planning", "records", "planning_area_confirmation", differs)
		w.reviewed()
		w.state("planning_decision")

		w.open("homestead", 2, insideTown)
		w.until("joint_review")
		w.gets(200, "", "planning", "records", "planning_area_confirmation", differs)
		w.until("decision")
		w.gets(403, "", "approval", "verbs", "approve", nil)
		w.gets(200, "", "township", "verbs", "approve", nil)
		if p := w.paper("F04"); !strings.Contains(fmt.Sprint(p["issuer"]), "自然资源") {
			w.Errorf("outside the area the permit is %v", p)
		}
		w.open("planning_permit", 0, nil)
		w.until("joint_review")
		w.gets(200, "", "planning", "records", "planning_area_confirmation", differs)
		w.until("decision")
		w.gets(403, "", "township", "verbs", "approve", nil)
		w.gets(200, "", "approval", "verbs", "approve", nil)
	})
}

func TestTheApplicantAloneEndsACase(t *testing.T) {
	lawtest.Claim(t, "A30", "A8")
	inEachTown(t, func(w *town) {
		unsigned := func(data map[string]any) { delete(data, "signature") }
		for n, state := range []string{"group_received", "group_meeting", "group_notice", "group_opinion", "village_review",
			"township_intake", "joint_review", "decision"} {
			w.open("homestead", n+1, nil)
			w.until(state)
			w.gets(422, "A30", "counter", "verbs", "withdraw", unsigned)
			w.gets(422, "A30", "counter", "verbs", "withdraw",
				func(data map[string]any) { data["signed_by"] = "窗口人员" })
			w.gets(403, "", "township", "verbs", "withdraw", nil)
			w.gets(200, "", "counter", "verbs", "withdraw", nil)
			if p := w.paper("F40"); p["number"] == "" {
				w.Errorf("withdrawn in %s with %v", state, p)
			}
		}
		w.open("homestead", 1, nil) // again, after the withdrawal
		w.until("approved")
		if s, m := w.as("counter").Ask("POST", "/api/v1/cases/"+w.id+"/moves",
			`{"verb":"withdraw","seen":1,"reason":"不建了"}`, "Idempotency-Key", "w"+w.id); s != 409 {
			w.Errorf("withdrawn after the decision: %d %v", s, m)
		}
		w.open("homestead", 9, nil)
		w.until("township_intake")
		w.gets(200, "", "counter", "verbs", "request_correction", nil)
		w.gets(422, "A8", "counter", "verbs", "terminate", nil)
		w.pass(60 * 24 * time.Hour)
		w.gets(422, "A8", "counter", "verbs", "terminate", nil)
		w.set.Parameters.LapseUncorrected = true
		w.gets(403, "", "township", "verbs", "terminate", nil)
		w.gets(422, "A8", "counter", "verbs", "terminate", nil) // the notice was not served
		w.gets(200, "", "counter", "records", "service_record", serving([]string{w.paper("F16")["number"].(string)}))
		w.gets(200, "", "counter", "verbs", "terminate", nil)
		if p := w.paper("F41"); p["number"] == "" {
			w.Errorf("lapsed with %v", p)
		}
	})
}

func TestTheTownshipTakesUpWhatIsHeldBelow(t *testing.T) {
	lawtest.Claim(t, "A6", "A7", "R37", "R46")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("group_received")
		w.gets(422, "A6", "counter", "records", "township_request", nil) // the group has its ten days
		w.gets(200, "", "group", "verbs", "return", nil)
		w.gets(422, "A6", "township", "verbs", "village_handles", nil) // not asked for
		w.gets(200, "", "counter", "records", "township_request", nil)
		w.gets(403, "", "village", "verbs", "village_handles", nil)
		w.gets(200, "", "township", "verbs", "village_handles", nil)
		w.state("group_received")
		w.gets(403, "", "group", "verbs", "submit", nil)
		w.gets(200, "", "village", "verbs", "submit", nil)
		w.gets(422, "R33", "village", "verbs", "publish_notice", nil) // the meeting is still owed
		w.until("village_review")
		w.gets(200, "", "village", "verbs", "return", nil)
		w.gets(200, "", "counter", "records", "township_request",
			func(data map[string]any) { data["asks"] = "township_calls" })
		w.gets(200, "", "township", "verbs", "call_for_papers", nil)
		w.state("township_intake")
		w.until("archived")
	})
}

func TestAHearingIsCalledBeforehand(t *testing.T) {
	lawtest.Claim(t, "A16")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("decision")
		w.gets(200, "", "township", "records", "hearing_notice", nil)
		w.gets(422, "A16", "counter", "records", "hearing_request", nil) // the notice is not served yet
		w.gets(422, "A16", "township", "verbs", "approve", nil)
		w.gets(200, "", "counter", "records", "service_record", nil)
		w.gets(200, "", "counter", "records", "hearing_request", nil)
		w.gets(422, "A16", "township", "records", "hearing_record", nil)
		day := func(n int) func(map[string]any) {
			return func(data map[string]any) {
				data["held_on"] = w.clk.Now().AddDate(0, 0, n).Format(time.DateOnly)
			}
		}
		w.gets(422, "A16", "township", "records", "hearing_call", day(0))
		w.gets(422, "A16", "township", "records", "hearing_call", day(4))
		w.gets(422, "A16", "township", "records", "hearing_call",
			func(data map[string]any) { day(20)(data); data["chair"] = "杜建业" }) // who was on site
		w.gets(200, "", "township", "records", "hearing_call", day(20))
		w.gets(422, "A16", "township", "verbs", "approve", nil)
		w.pass(20 * 24 * time.Hour)
		w.gets(200, "", "township", "records", "hearing_record", nil)
		w.gets(200, "", "township", "verbs", "approve", nil)
	})
}

func TestAReplacedCertificateSaysWhatWasDecided(t *testing.T) {
	lawtest.Claim(t, "R53")
	inEachTown(t, func(w *town) {
		w.open("homestead", 2, func(a map[string]any) {
			a["proposed"].(map[string]any)["address"] = "稷峰镇马村村东1号"
		})
		w.until("issued")
		w.open("homestead", 1, nil)
		w.until("issued")
		certificate := w.paper("F05")
		correct := func(field string, value any) func(map[string]any) {
			return func(data map[string]any) {
				number(certificate)(data)
				data["corrected"] = map[string]any{field: value}
			}
		}
		w.gets(422, "R53", "township", "records", "void_certificate", correct("homestead_area", "133.01"))
		w.gets(422, "R53", "township", "records", "void_certificate", correct("floors", 3))
		w.gets(422, "R53", "township", "records", "void_certificate", correct("address", "稷峰镇马村村东1号"))
		w.gets(422, "R53", "township", "records", "void_certificate", correct("boundary", map[string]any{
			"east": "村路", "south": "张志强宅", "west": "水渠", "north": "空地"})) // those of the other household
		w.gets(403, "", "counter", "records", "void_certificate", correct("address", "稷峰镇马村村西新区3排15号"))
		w.gets(200, "", "township", "records", "void_certificate", correct("address", "稷峰镇马村村西新区3排15号"))
		again := w.paper("F05")
		if again["number"] == certificate["number"] || again["valid_to"] != certificate["valid_to"] ||
			!strings.Contains(w.verify(certificate), "已作废") {
			w.Errorf("replaced by %v", again)
		}
		w.gets(422, "A31", "township", "records", "renew_certificate", number(again)) // not asked for
		w.gets(200, "", "counter", "records", "renewal_request", number(again))
		w.gets(200, "", "township", "records", "renew_certificate", number(again))
		if last := w.paper("F05"); last["valid_to"] == again["valid_to"] || last["number"] == again["number"] {
			w.Errorf("renewed as %v", last)
		}
	})
}

func TestAnotherGroundIsPublishedAnew(t *testing.T) {
	lawtest.Claim(t, "R34", "A7")
	inEachTown(t, func(w *town) {
		for n, tt := range []struct {
			change func(map[string]any)
			want   string
		}{
			{func(a map[string]any) { a["reason"] = "换一种说法" }, "village_review"},
			{func(a map[string]any) {
				a["grounds"], a["disaster"] = []string{"disaster"}, "damaged"
			}, "group_received"},
			{func(a map[string]any) { a["proposed"].(map[string]any)["max_span"] = "9.00" }, "group_received"},
			{func(a map[string]any) { a["proposed"].(map[string]any)["land_class"] = "unused_land" }, "group_received"},
		} {
			w.open("homestead", n+1, nil)
			w.until("village_review")
			w.gets(200, "", "village", "verbs", "return", nil)
			w.gets(200, "", "counter", "verbs", "resubmit", func(data map[string]any) {
				a := w.look("counter")["application"].(map[string]any)
				tt.change(a)
				data["application"] = a
			})
			w.state(tt.want)
		}
		w.open("homestead", 7, func(a map[string]any) { a["proposed"].(map[string]any)["use"] = "commercial" })
		w.gets(422, "R21", "counter", "verbs", "submit", nil)
		w.open("homestead", 8, func(a map[string]any) { a["proposed"].(map[string]any)["homestead_area"] = "9999.00" })
		w.gets(422, "R21", "counter", "verbs", "submit", nil)
	})
}
