package handlers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"anju/handlers"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/law/lawtest"
)

// matter is a case that a test takes through its chain over HTTP, each office by its own account. want tells what an
// answer has to be; what does not agree is an error with both.
type matter struct {
	walker
}

// mattersOn runs a test on both databases, with a county in which every chain can be walked to its end.
func mattersOn(t *testing.T, test func(t *testing.T, of func(chain string) *matter)) {
	t.Helper()
	t.Parallel()
	readyGround.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
		c := &clock{t: seeds.DemoStart}
		db, _ := copied(modelstest.Options{Now: c.Now})
		web := serveOn(t, t.TempDir(), db, c, &workflow.County{})
		accounts := map[string]*handlers.Client{}
		for _, l := range []string{"counter", "group", "village", "economic", "planning", "township", "housing", "station",
			"market", "supervision"} {
			accounts[l] = handlers.LogIn(t, web, l)
		}
		test(t, func(chain string) *matter {
			m := &matter{walker{t: t, accounts: accounts}}
			_, m.chain = accounts["counter"].Ask("GET", "/api/v1/chains/"+chain, "")
			return m
		})
	})
}

// opened opens the case with the published example, changed.
func (m *matter) opened(login string, household any, change func(map[string]any)) *matter {
	m.t.Helper()
	s, answer := m.tryOpen(login, household, change)
	if s != 201 {
		m.t.Fatalf("open %v: %d %v", m.chain["id"], s, answer)
	}
	m.id = answer["id"].(string)
	return m
}

func (m *matter) tryOpen(login string, household any, change func(map[string]any)) (int, map[string]any) {
	ready := m.chain["ready"].(map[string]any)
	if household == nil {
		household = ready["household_id"]
	}
	b, _ := json.Marshal(ready["data"])
	var data map[string]any
	if err := json.Unmarshal(b, &data); err != nil {
		m.t.Fatal(err)
	}
	if change != nil {
		change(data)
	}
	body, _ := json.Marshal(map[string]any{"chain": m.chain["id"], "household_id": household, "application": data})
	return m.accounts[login].Ask("POST", "/api/v1/cases", string(body))
}

// sent sends a move or a record with the published example, changed, and returns the answer.
func (m *matter) sent(login, list, name string, change map[string]any) (int, map[string]any) {
	m.t.Helper()
	c := m.look("counter")
	key, path := "verb", "/moves"
	if list == "records" {
		key, path = "kind", "/records"
	}
	b, _ := json.Marshal(example(m.row(c["state"], list, key, name)))
	data := map[string]any{}
	if err := json.Unmarshal(b, &data); err != nil {
		m.t.Fatal(err)
	}
	for k, v := range change {
		if v == nil {
			delete(data, k)
			continue
		}
		data[k] = v
	}
	sent := map[string]any{key: name, "data": data}
	if list == "verbs" {
		sent["seen"], sent["reason"] = c["seen"], "经核实"
	}
	body, _ := json.Marshal(sent)
	return m.accounts[login].Ask("POST", "/api/v1/cases/"+m.id+path, string(body), m.key()...)
}

// does wants the answer to a move: the state after it, or a status with the rule that refuses it.
func (m *matter) does(login, verb string, change map[string]any, want string) {
	m.t.Helper()
	s, answer := m.sent(login, "verbs", verb, change)
	m.answered(fmt.Sprintf("%s does %s", login, verb), s, answer, want)
}

// writes is does for a record.
func (m *matter) writes(login, kind string, change map[string]any, want string) {
	m.t.Helper()
	s, answer := m.sent(login, "records", kind, change)
	m.answered(fmt.Sprintf("%s writes %s", login, kind), s, answer, want)
}

func (m *matter) answered(what string, status int, answer map[string]any, want string) {
	m.t.Helper()
	got := fmt.Sprint(status)
	if errs, ok := answer["errors"].([]any); ok {
		for _, e := range errs {
			e := e.(map[string]any)
			got += fmt.Sprintf(" %v/%v", e["field"], e["rule"])
		}
	}
	if status == 200 {
		got = "200"
		if state, ok := answer["state"].(string); ok {
			got += " " + state
		}
	}
	for _, part := range strings.Fields(want) {
		if !strings.Contains(got+" ", part) {
			m.t.Errorf("%v: %s: %s, want %s (%v)", m.chain["id"], what, got, want, answer["detail"])
			return
		}
	}
	m.t.Logf("%v | %s | %s | %s", m.chain["id"], what, want, got)
}

// papers wants forms among the documents of the case, and others not.
func (m *matter) papers(with, without string) {
	m.t.Helper()
	has := ""
	for _, d := range m.look("counter")["documents"].([]any) {
		d := d.(map[string]any)
		has += fmt.Sprintf("%v(%v) ", d["form"], d["number"])
	}
	for _, f := range strings.Fields(with) {
		if !strings.Contains(has, f+"(") {
			m.t.Errorf("%v: papers %s, want %s", m.chain["id"], has, f)
		}
	}
	for _, f := range strings.Fields(without) {
		if strings.Contains(has, f+"(") {
			m.t.Errorf("%v: papers %s, want no %s", m.chain["id"], has, f)
		}
	}
	m.t.Logf("%v | papers | %s, not %s | %s", m.chain["id"], with, without, has)
}

// due is the day by which the stage ends.
func (m *matter) due(login, want string) {
	m.t.Helper()
	stage := m.look(login)["stage"].(map[string]any)
	limit, _ := stage["limit"].(map[string]any)
	got := fmt.Sprint(limit["id"], " ", stage["due_on"])
	if !strings.HasPrefix(got, want) {
		m.t.Errorf("%v: due %s, want %s", m.chain["id"], got, want)
	}
	m.t.Logf("%v | due | %s | %s", m.chain["id"], want, got)
}

// scans hands the papers in.
func (m *matter) scans(login string, codes ...string) {
	m.t.Helper()
	for _, code := range codes {
		path := "/api/v1/cases/" + m.id + "/materials"
		if s, a := m.accounts[login].Upload(path, code, code+".png", handlers.SmallPNG); s != 201 {
			m.t.Fatalf("%s: %d %v", code, s, a)
		}
	}
}

func (m *matter) advance(hours int) {
	m.t.Helper()
	if s, a := m.accounts["counter"].Ask("POST", "/api/v1/demo/clock", fmt.Sprintf(`{"advance":"%dh"}`, hours)); s != 200 {
		m.t.Fatalf("clock: %d %v", s, a)
	}
}

// checked takes a business to the township's check.
func (m *matter) checked() {
	m.t.Helper()
	m.writes("station", "guidance_notice", nil, "200")
	m.scans("station", "BU01", "BU02", "BU03")
	m.does("station", "submit", nil, "200 processing")
	m.does("station", "complete", nil, "200 done")
	m.does("station", "push", nil, "200 pushed")
	m.does("township", "receive", nil, "200 township_check")
}

func TestBusinessPremisesByEachOffice(t *testing.T) {
	lawtest.Claim(t, "R96", "R100", "R102", "R103", "R113", "R115", "R125")
	mattersOn(t, func(t *testing.T, of func(string) *matter) {
		m := of("business_use")
		for _, field := range []string{"address", "trade", "trade_authority"} {
			s, a := m.tryOpen("station", nil, func(d map[string]any) { delete(d, field) })
			m.answered("opened without "+field, s, a, "422 "+field)
		}
		m.opened("station", nil, nil)
		household := m.look("counter")["household"].(map[string]any)["id"]
		m.checked()
		m.writes("planning", "premises_check", map[string]any{"checkers": []string{"张三丰", "孙悟空"}}, "422 checkers/R100")
		m.writes("planning", "premises_check", map[string]any{"checkers": []string{"杜建业", "吴振江"}}, "422 checkers/R100")
		m.writes("planning", "premises_check", nil, "200")

		h := of("hazard").opened("planning", household, nil)
		h.does("planning", "grade", map[string]any{"level": "major"}, "200 graded")
		m.does("township", "verify", nil, "422 not_out_of_use/R115")
		h.does("township", "stop_use", map[string]any{"recheck_by": nil}, "422 recheck_by")
		h.does("township", "stop_use", map[string]any{"recheck_by": "2026-03-31"}, "200 use_stopped")
		h.papers("F49", "")
		m.does("township", "verify", nil, "422 not_out_of_use/R115")
		h.does("planning", "inspect_site", nil, "200 recheck")
		h.writes("planning", "recheck_record", nil, "200")
		h.does("planning", "close", nil, "403")
		h.does("township", "close", nil, "200 closed")

		v := of("violation").opened("planning", household, nil)
		m.does("township", "verify", nil, "422 no_open_violation/R125")
		v.does("planning", "close", nil, "403")
		v.does("township", "close", nil, "200 closed")
		m.does("township", "verify", nil, "200 qualified")
		m.due("township", "recheck 2026-09-0")
		s, list := m.accounts["township"].Ask("GET", "/api/v1/premises-checks", "")
		if s != 200 || list["total"] != 1.0 {
			t.Errorf("premises to be checked: %d %v", s, list)
		}

		m.advance(1)
		m.does("township", "inspect_site", nil, "200 township_check")
		m.due("township", "L18")
		m.does("township", "verify", nil, "422 premises_checked/R100")
		m.writes("planning", "premises_check", map[string]any{"qualified": false}, "422 reason/R102")
		m.writes("planning", "premises_check", map[string]any{"qualified": false, "reason": "擅自加建夹层"}, "200")
		m.does("township", "verify", nil, "422 premises_qualified/R102")
		m.does("township", "stop", nil, "200 stopped")
		m.due("township", "L19 2026-03-03")
		m.does("township", "notify_by_letter", nil, "200 reported")
		m.due("station", "L20 2026-03-05")
		m.does("station", "order_premises_change", map[string]any{"change_by": nil}, "422 change_by")
		m.does("station", "order_premises_change", map[string]any{"change_by": "2026-03-02"}, "422 change_by/A25")
		m.does("station", "order_premises_change", map[string]any{"change_by": "2026-03-31"}, "200 ordered")
		m.due("station", "A25 2026-03-31")
		m.does("station", "enforce", nil, "422 change_overdue/R105")
		m.papers("F31", "F20 F38")
	})
}

func TestOverdueCheckAndReferralAreBreachesOfTheirOffices(t *testing.T) {
	lawtest.Claim(t, "R110", "R113", "R116", "A25")
	mattersOn(t, func(t *testing.T, of func(string) *matter) {
		v := of("violation").opened("planning", nil, func(d map[string]any) { d["floors"] = 3 })
		v.does("planning", "refer", nil, "403")
		v.does("township", "refer", map[string]any{"answer_by": nil}, "422 answer_by")
		v.does("township", "refer", map[string]any{"answer_by": "2026-03-20"}, "200 referred")
		v.papers("F29 F30", "F48")
		v.due("housing", "A25 2026-03-20")
		v.does("housing", "give_feedback", nil, "422 referral_received/R116")
		m := of("business_use").opened("station", nil, nil)
		m.checked()
		m.writes("planning", "premises_check", nil, "200")
		m.does("township", "verify", nil, "200 qualified")
		v.advance(24 * 200)
		parties := map[string]string{}
		_, breaches := v.accounts["supervision"].Ask("GET", "/api/v1/sla/breaches?per_page=200", "")
		for _, x := range breaches["items"].([]any) {
			x := x.(map[string]any)
			if x["case_id"] == v.id || x["case_id"] == m.id {
				parties[x["rule"].(string)] = fmt.Sprint(x["office"])
			}
		}
		if !strings.Contains(parties["R116"], "住") || !strings.Contains(parties["R113"], "稷峰镇人民政府") {
			t.Errorf("breaches %v, want the housing bureau's and the township's", parties)
		}
		t.Logf("breaches | R116 housing, R113 township | %v", parties)
		v.writes("housing", "referral_receipt", nil, "200")
		v.does("housing", "give_feedback", nil, "200 feedback")
		v.does("planning", "close", nil, "403")
		v.does("township", "close", map[string]any{"lift_stop": false}, "200 closed")
		v.papers("", "F48")
	})
}

func TestRegistrationsAndAcceptancesByEachOffice(t *testing.T) {
	lawtest.Claim(t, "R73", "R98", "A19", "R77", "R75", "R83", "A9")
	mattersOn(t, func(t *testing.T, of func(string) *matter) {
		start := of("construction_start.low_rise").opened("counter", nil, nil)
		start.writes("counter", "guidance_notice", nil, "200")
		start.scans("counter", "LC01", "LC02", "LC03", "LC04", "LC05", "LC06", "LC07", "LC08")
		start.does("counter", "submit", nil, "200 submitted")
		start.does("counter", "accept", nil, "200 review")
		start.writes("counter", "site_record", map[string]any{"surveyors": []string{"张三丰", "孙悟空"}}, "422 surveyors/R71")
		start.writes("counter", "site_record", nil, "200")
		start.does("counter", "deny", nil, "200 denied")
		if got := start.look("counter")["title"]; got != "不予登记" {
			t.Errorf("a registration that was refused reads %v", got)
		}
		start.papers("F38", "F20")

		other := of("construction_start.other")
		s, a := other.tryOpen("counter", nil, func(d map[string]any) { delete(d, "leads") })
		other.answered("opened without persons in charge", s, a, "422 leads/R83")
		s, a = other.tryOpen("counter", nil, func(d map[string]any) { delete(d, "finish_on") })
		other.answered("opened without the day of the contract", s, a, "422 finish_on")

		la := of("completion_acceptance.low_rise")
		s, a = la.tryOpen("counter", nil, func(d map[string]any) { delete(d, "finished_on") })
		la.answered("opened without the finish day", s, a, "422 finished_on")
		la.opened("counter", nil, nil)
		la.scans("counter", "LA01")
		la.does("counter", "submit", nil, "200 submitted")
		la.does("township", "assign", map[string]any{"officer": "孙悟空"}, "422 officer/R75")
		la.does("township", "assign", nil, "200 assigned")
		la.does("planning", "call", nil, "200 inspection")
		la.writes("planning", "design_opinion", map[string]any{"name": "郑万里"}, "422 name/R75")
		for identity, want := range map[string]string{"140824197505069930": "422 name/R75", "SJ-017": "200"} {
			la.writes("planning", "design_opinion", map[string]any{"name": "郑万里",
				"strangers": []any{map[string]any{"name": "郑万里", "identity": identity, "capacity": "设计项目负责人"}}}, want)
		}
		la.writes("planning", "agriculture_opinion", nil, "403")
		la.does("planning", "inspect_completion", nil, "422 agriculture_opinion/A21 resources_opinion/A21")
		for _, kind := range []string{"applicant_opinion", "construction_opinion", "supervision_opinion", "completion_form",
			"acceptance_opinion_sheet", "resources_opinion"} {
			la.writes("planning", kind, nil, "200")
		}
		la.writes("economic", "agriculture_opinion", nil, "200")
		la.does("planning", "fail_completion", nil, "200 failed")
		la.due("planning", "findings 2026-03-03")
		la.does("planning", "order_rectification", map[string]any{"rectify_by": nil}, "422 rectify_by")
		la.does("planning", "order_rectification", nil, "200 rectify")
		la.papers("F39", "F09")
	})
}
