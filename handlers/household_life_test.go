package handlers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"anju/handlers"
	"anju/workflow/household"
	"anju/workflow/law/lawtest"
)

// registry asks over HTTP as several accounts do.
type registry struct {
	*real
	accounts map[string]*handlers.Client
	seq      int
	base     int // keeps the numbers of several apart
}

func (r *registry) as(login string) *handlers.Client {
	r.t.Helper()
	if r.accounts == nil {
		r.accounts = map[string]*handlers.Client{}
	}
	if r.accounts[login] == nil {
		_, token := r.tryPassword(login, "anju-demo")
		r.accounts[login] = handlers.Holding(r.t, r.web, token)
	}
	return r.accounts[login]
}

// person is an ID number of a man or woman born in a year.
func (r *registry) person(year int) string {
	r.seq++
	return checked(fmt.Sprintf("140824%d%02d%02d%03d", year, 1+r.base%12, 1+r.base/12%28, r.seq))
}

func checked(n string) string {
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(n[i]-'0')
	}
	return n + "10X98765432"[sum%11:sum%11+1]
}

// family enters a household: the householder, and members as relation and ID number.
func (r *registry) family(area, head string, members ...[2]string) string {
	r.t.Helper()
	list := make([]map[string]string, len(members))
	for i, m := range members {
		list[i] = map[string]string{"name": "马成员" + string(rune('甲'+i)), "relation": m[0], "id_number": m[1]}
	}
	body, _ := json.Marshal(map[string]any{"division": "140824100214", "group_no": "01",
		"householder": map[string]string{"name": "马户主", "id_number": head, "phone": "13800001234"}, "members": list,
		"current": map[string]string{"homestead_area": area, "building_area": "0"}})
	s, m := r.as("counter").Ask("POST", "/api/v1/households", string(body))
	if s != 201 {
		r.t.Fatalf("a household: %d %v", s, m)
	}
	return m["id"].(string)
}

func (r *registry) change(login, id string, kind household.Kind, data string, more ...string) (int, map[string]any) {
	r.t.Helper()
	body := fmt.Sprintf(`{"kind":%q,"reason":"户口簿已变更","evidence":"户口簿、书面材料","data":%s%s}`, kind, data,
		strings.Join(more, ""))
	return r.as(login).Ask("PATCH", "/api/v1/households/"+id, body)
}

// made changes a household, by two officers where the kind wants it.
func (r *registry) made(id string, kind household.Kind, data string) map[string]any {
	r.t.Helper()
	s, m := r.change("counter", id, kind, data)
	if s == 200 && m["state"] == "waiting" {
		s, m = r.settle("township", id, "confirms", m["id"].(string))
	}
	if s != 200 || m["state"] != "in_force" {
		r.t.Fatalf("%s %s: %d %v", kind, data, s, m)
	}
	return m
}

func (r *registry) settle(login, id, how, change string) (int, map[string]any) {
	r.t.Helper()
	return r.as(login).Ask("PATCH", "/api/v1/households/"+id,
		fmt.Sprintf(`{"reason":"核对无误","evidence":"原件已核","%s":%q}`, how, change))
}

// refused is a change that does not hold: the field and the rule that are named.
func (r *registry) refused(id string, kind household.Kind, data, field, rule string) {
	r.t.Helper()
	s, m := r.change("counter", id, kind, data)
	found, _ := m["errors"].([]any)
	if s != 422 || len(found) == 0 {
		r.t.Errorf("%s %s: %d %v", kind, data, s, m)
		return
	}
	if e := found[0].(map[string]any); e["field"] != field || e["rule"] != rule {
		r.t.Errorf("%s %s is refused with %v, want %s by %s", kind, data, e, field, rule)
	}
}

// persons are the people of a household in force, as "relation position".
func (r *registry) persons(id string) string {
	r.t.Helper()
	s, m := r.as("counter").Ask("GET", "/api/v1/households/"+id, "")
	if s != 200 {
		r.t.Fatalf("household %s: %d %v", id, s, m)
	}
	var list []string
	for _, p := range m["persons"].([]any) {
		p := p.(map[string]any)
		list = append(list, fmt.Sprintf("%v%v", p["relation"], p["person"]))
	}
	return strings.Join(list, " ")
}

func (r *registry) holdPersons(id, want string) {
	r.t.Helper()
	if got := r.persons(id); got != want {
		r.t.Errorf("household %s has %q, want %q", id, got, want)
	}
}

// Every kind of change of a household, and what of each is refused (A30, R22, R23).
func TestAHouseholdLives(t *testing.T) {
	lawtest.Claim(t, "A30", "R23")
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		wife, son, child := r.person(1975), r.person(2000), r.person(2015)
		id := r.family("120.00", r.person(1973), [2]string{"配偶", wife}, [2]string{"子", son}, [2]string{"孙", child})
		r.holdPersons(id, "户主0 配偶1 子2 孙3")

		r.refused(id, household.Head, `{"person":"9"}`, "person", "A30")
		r.refused(id, household.Head, `{"person":"3"}`, "person", "A30")
		r.refused(id, household.Death, `{"on":"2026-01-05","person":"0"}`, "successor", "A30")
		r.refused(id, household.MovedOut, `{"on":"2026-01-05","person":"0"}`, "person", "A30")
		r.refused(id, household.Group, `{"group_no":"99"}`, "group_no", "R28")
		r.refused(id, household.MovedIn, fmt.Sprintf(`{"on":"2026-01-05","name":"陈志远","relation":"女婿","id_number":%q,`+
			`"formal_member":true,"none_at_origin":false}`, r.person(1998)), "none_at_origin", "R23")
		r.refused(id, household.Split, `{"on":"2026-01-05","persons":["2"],"head":"1","homestead":"old"}`, "head", "R22")
		r.refused(id, household.Merge, fmt.Sprintf(`{"on":"2026-01-05","household":%q}`, id), "household", "A32")
		if s, m := r.change("counter", id, household.Split, `{"on":"2026-01-05","persons":["2"],"head":"2"}`); s != 422 {
			t.Errorf("a split leaves the homestead to no household: %d %v", s, m)
		}

		// a death typed for the wrong person is taken back by a change of its own
		dead := r.made(id, household.Death, `{"on":"2026-01-05","person":"2"}`)
		r.holdPersons(id, "户主0 配偶1 孙3")
		if s, m := r.settle("counter", id, "takes_back", dead["id"].(string)); s != 200 {
			t.Fatalf("taken back: %d %v", s, m)
		}
		r.holdPersons(id, "户主0 配偶1 孙3 子4")
		if s, m := r.settle("counter", id, "takes_back", dead["id"].(string)); s != 422 {
			t.Errorf("taken back twice: %d %v", s, m)
		}

		r.made(id, household.Phone, `{"phone":"13900009999"}`)
		r.made(id, household.Birth, fmt.Sprintf(`{"on":"2026-01-15","name":"马小新","relation":"孙女","id_number":%q}`,
			checked("14082420260115902")))
		spouse := r.person(2001)
		r.made(id, household.Marriage, fmt.Sprintf(`{"on":"2026-01-05","person":"4","name":"赵小燕","relation":"儿媳",`+
			`"id_number":%q}`, spouse))
		r.holdPersons(id, "户主5 配偶1 孙3 子4 孙女6 儿媳7")
		r.made(id, household.Divorce, `{"on":"2026-01-06","person":"7"}`)
		r.made(id, household.MovedIn, fmt.Sprintf(`{"on":"2026-01-05","name":"陈志远","relation":"女婿","id_number":%q,`+
			`"formal_member":true,"none_at_origin":true}`, r.person(1998)))
		r.made(id, household.MovedOut, `{"on":"2026-01-05","person":"8"}`)
		r.made(id, household.Correction, `{"person":"1","name":"李秀瑛"}`)
		r.holdPersons(id, "户主5 孙3 子4 孙女6 配偶9")

		// an office that does not enter, one of another township, the same officer twice
		if s, _ := r.change("village", id, household.Phone, `{"phone":"13900008888"}`); s != 403 {
			t.Errorf("a village enters a change: %d", s)
		}
		if s, _ := r.change("counter2", id, household.Phone, `{"phone":"13900008888"}`); s != 404 {
			t.Errorf("another township enters a change: %d", s)
		}
		s, waits := r.change("counter", id, household.Head, `{"person":"9"}`)
		if s != 200 || waits["state"] != "waiting" {
			t.Fatalf("a change of head: %d %v", s, waits)
		}
		if s, _ := r.settle("counter", id, "confirms", waits["id"].(string)); s != 403 {
			t.Errorf("the window confirms what it entered: %d", s)
		}
		r.holdPersons(id, "户主5 孙3 子4 孙女6 配偶9")
		if s, m := r.settle("township", id, "confirms", waits["id"].(string)); s != 200 {
			t.Fatalf("confirmed: %d %v", s, m)
		}
		r.holdPersons(id, "户主11 孙3 子4 孙女6 原户主10")
		if s, m := r.settle("township", id, "confirms", waits["id"].(string)); s != 422 {
			t.Errorf("confirmed twice: %d %v", s, m)
		}

		split := r.made(id, household.Split, `{"on":"2026-01-05","persons":["4","3"],"head":"4","homestead":"new"}`)
		young := split["household"].(string)
		r.holdPersons(young, "户主0 孙1")
		r.holdPersons(id, "户主11 孙女6 原户主10")
		for of, want := range map[string]string{id: "0.00", young: "120.00"} {
			_, m := r.as("counter").Ask("GET", "/api/v1/households/"+of, "")
			if got := m["current"].(map[string]any)["homestead_area"]; fmt.Sprint(got) != want {
				t.Errorf("household %s holds %v, want %s", of, got, want)
			}
		}
		r.made(id, household.Merge, fmt.Sprintf(`{"on":"2026-01-06","household":%q}`, young))
		r.holdPersons(id, "户主11 孙女6 原户主10 并入12 孙13")
		r.refused(young, household.Phone, `{"phone":"13900008888"}`, "id", "A32")
		ch, _ := r.svc.Chains().Newest("homestead")
		raw, _ := json.Marshal(ch.Form.Example())
		if s, m := r.as("counter").Ask("POST", "/api/v1/cases", fmt.Sprintf(`{"chain":"homestead","household_id":%q,`+
			`"application":%s}`, young, raw)); s != 422 {
			t.Errorf("a household that was merged applies: %d %v", s, m)
		}

		two := r.family("80.00", r.person(1960))
		r.refused(id, household.Merge, fmt.Sprintf(`{"on":"2026-01-06","household":%q}`, two), "household", "A32")

		// who lives alone moves to another township, and leaves no homestead behind
		alone := r.person(1985)
		there := r.family("80.00", alone)
		r.refused(there, household.MovedOut, `{"on":"2026-01-05","person":"0"}`, "person", "A32")
		r.made(there, household.Correction, `{"current":{"homestead_area":"0.00","building_area":"0.00"}}`)
		entered := fmt.Sprintf(`{"division":"140824103206","group_no":"01","householder":{"name":"马户主","id_number":%q},`+
			`"members":[],"current":{"homestead_area":"0","building_area":"0"}}`, alone)
		if s, m := r.as("counter2").Ask("POST", "/api/v1/households", entered); s != 422 {
			t.Errorf("a householder of another township: %d %v", s, m)
		}
		r.made(there, household.MovedOut, `{"on":"2026-01-05","person":"0"}`)
		if s, m := r.as("counter2").Ask("POST", "/api/v1/households", entered); s != 201 {
			t.Errorf("a householder who moved: %d %v", s, m)
		}

		// the head dies: the one who takes on is named, and the file says so
		r.made(id, household.Death, `{"on":"2026-01-07","person":"11","successor":"10"}`)
		if !strings.HasPrefix(r.persons(id), "户主") {
			t.Errorf("after the head's death: %s", r.persons(id))
		}
		_, m := r.as("counter").Ask("GET", "/api/v1/households/"+id+"/changes", "")
		if n := len(m["items"].([]any)); n < 15 {
			t.Errorf("the file keeps %d changes", n)
		}
	})
}

// A running case follows its householder (A30), its history says so, and what a grant changed the file holds.
func TestARunningCaseFollowsItsHousehold(t *testing.T) {
	lawtest.Claim(t, "A30", "R22")
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		wife := r.person(1976)
		id := r.family("40.00", r.person(1974), [2]string{"配偶", wife})
		c := r.running("homestead", id)
		path := fmt.Sprintf("/api/v1/cases/%d", c)
		r.made(id, household.Death, `{"on":"2026-01-05","person":"0","successor":"1"}`)
		_, m := r.as("counter").Ask("GET", path, "")
		if head := m["household"].(map[string]any)["head"]; head != "马成员甲" {
			t.Errorf("the householder of the case is %v", head)
		}
		_, m = r.as("counter").Ask("GET", path+"/history", "")
		if raw, _ := json.Marshal(m); !strings.Contains(string(raw), "户籍变动") ||
			!strings.Contains(string(raw), "户主由 马户主 变更为 马成员甲") {
			t.Errorf("the history says nothing of it: %s", raw)
		}
		if v, err := r.store.VerifyHistory(t.Context()); err != nil || v.Broken != nil {
			t.Errorf("the history does not verify: %v %+v", err, v.Broken)
		}

		held := r.family("40.00", r.person(1970))
		r.granted(held)
		_, m = r.as("counter").Ask("GET", "/api/v1/households/"+held, "")
		now := m["current"].(map[string]any)
		if fmt.Sprint(now["homestead_area"]) != "133.00" || !strings.Contains(fmt.Sprint(now["certificate_no"]), "农宅字") {
			t.Errorf("after the grant the file holds %v", now)
		}
		ch, _ := r.svc.Chains().Newest("planning_permit")
		_, m = r.as("counter").Ask("GET", "/api/v1/cases/"+r.open("planning_permit", held, ch.Form.Example()), "")
		if raw, _ := json.Marshal(m["verbs"]); strings.Contains(string(raw), "not_enlarged") {
			t.Errorf("rebuilding on what was granted is refused: %s", raw)
		}
	})
}

// Who enters a householder again is told what the file has otherwise (A32).
func TestAHouseholderEnteredAgainShowsTheDifferences(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		head := r.person(1970)
		r.family("40.00", head)
		s, m := r.as("counter").Ask("POST", "/api/v1/households", fmt.Sprintf(`{"division":"140824100214","group_no":"01",`+
			`"householder":{"name":"马户祖","id_number":%q,"phone":"13900001234"},"members":[{"name":"李秀英","relation":"配偶",`+
			`"id_number":%q}],"current":{"homestead_area":"60.00","building_area":"0"}}`, head, r.person(1971)))
		list, _ := m["differences"].([]any)
		var fields []string
		for _, d := range list {
			fields = append(fields, d.(map[string]any)["field"].(string))
		}
		want := "householder.name householder.phone members current.homestead_area"
		if got := strings.Join(fields, " "); s != 200 || got != want {
			t.Errorf("%d, differs in %s, want %s", s, got, want)
		}
	})
}
