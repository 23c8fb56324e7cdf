package handlers

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/handlers/request"
	"anju/handlers/view"
	"anju/workflow/calendar"
)

// rows counts what the store holds of cases: nothing of it may change with a refusal.
func (m *memory) rows(t *testing.T) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := 0
	for _, l := range m.lines {
		lines += len(l)
	}
	b, err := json.Marshal(map[string]any{"cases": m.cases, "lines": lines, "stages": len(m.stages), "breaches": m.breaches})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unchanged holds a request to being refused and to changing nothing.
func (o *outside) unchanged(t *testing.T, ask func() (int, map[string]any), status int, says ...string) {
	t.Helper()
	unchanged(t, func() string { return o.store.rows(t) }, ask, status, says...)
}

func unchanged(t *testing.T, rows func() string, ask func() (int, map[string]any), status int, says ...string) {
	t.Helper()
	before := rows()
	s, m := ask()
	detail, _ := m["detail"].(string)
	if s != status {
		t.Errorf("%d %v, want %d", s, m, status)
	}
	for _, word := range says {
		if !strings.Contains(detail, word) {
			t.Errorf("%q does not say %s", detail, word)
		}
	}
	if strings.Count(detail, "。") > 1 {
		t.Errorf("%q is more than one sentence", detail)
	}
	if after := rows(); after != before {
		t.Errorf("refused with %d, and something has changed:\n%s\n%s", s, before, after)
	}
}

func TestBreachIsListedAsTheContractSays(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := lateVillage(w)
	list := w.get("auditor", "/sla/breaches?township=140824100&status=open&stage=village_review")
	if total(list) != 1 || list["page"] != float64(1) || list["per_page"] != float64(50) {
		t.Fatalf("the list is %v", list)
	}
	b := list["items"].([]any)[0].(map[string]any)
	for _, name := range []string{"id", "case_id", "number", "chain", "stage", "division", "office", "officer", "rule", "limit", "due_before", "late_hours", "status", "explanation", "ruling"} {
		if _, there := b[name]; !there {
			t.Errorf("no %s in %v", name, b)
		}
	}
	for name, want := range map[string]any{"case_id": id, "chain": "homestead", "stage": "village_review", "stage_title": "村级审查", "division": village, "office": "村级组织", "officer": "李village",
		"rule": "R40", "article": "三4", "limit": "L04", "status": "open", "status_title": "待说明", "explanation": nil, "ruling": nil, "met_at": nil, "closed_at": nil} {
		if b[name] != want {
			t.Errorf("%s is %v, want %v", name, b[name], want)
		}
	}
	due, err := time.Parse(time.RFC3339, b["due_before"].(string))
	if err != nil || !strings.HasSuffix(b["due_before"].(string), "+08:00") {
		t.Fatalf("due_before %v", b["due_before"])
	}
	county := calendar.OfficeHours
	if want := view.Hours(int(legal2026(t).Between(county, due, o.clock.Now()).Minutes())); b["late_hours"] != want || want == 0 {
		t.Errorf("late for %v hours, want %v", b["late_hours"], want)
	}
	for query, want := range map[string]int{"?status=closed": 0, "?case_id=" + id: 1, "?case_id=999999": 0, "?chain=planning_permit": 0, "?to=2026-03-03": 0, "?from=2026-03-05": 1, "?township=140824103": 0} {
		if got := total(w.get("auditor", "/sla/breaches"+query)); got != want {
			t.Errorf("%s lists %d, want %d", query, got, want)
		}
	}
	// Once met, it is late for no longer.
	w.until(id, "township_intake")
	met := w.get("auditor", "/sla/breaches/"+b["id"].(string))
	w.pass("72h")
	later := w.get("auditor", "/sla/breaches/"+b["id"].(string))
	if met["met_at"] == nil || later["late_hours"] != met["late_hours"] {
		t.Errorf("met at %v, late for %v and then for %v", met["met_at"], met["late_hours"], later["late_hours"])
	}
	sum := 0.0
	for _, s := range later["late_by"].([]any) {
		sum += s.(map[string]any)["working_minutes"].(float64)
	}
	if view.Hours(int(sum)) != later["late_hours"] {
		t.Errorf("the shares %v add up to %v hours, not %v", later["late_by"], view.Hours(int(sum)), later["late_hours"])
	}
}

func TestExplainingAndRulingAreRefused(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := lateVillage(w)
	b := w.get("auditor", "/sla/breaches?case_id="+id)["items"].([]any)[0].(map[string]any)["id"].(string)
	at := request.APIRoot + "/sla/breaches/" + b
	ask := func(login, path, body string, headers ...string) func() (int, map[string]any) {
		return func() (int, map[string]any) { return w.as(login).ask("POST", path, body, headers...) }
	}
	const text, rule = `{"text":"连续降雨"}`, `{"ruling":"excused","ground":"属实"}`
	o.unchanged(t, ask("township2", at+"/explanations", text), 404, "未找到该红牌")
	o.unchanged(t, ask("village", request.APIRoot+"/sla/breaches/999999/explanations", text), 404, "未找到该红牌")
	o.unchanged(t, ask("admin", at+"/explanations", text), 403)
	o.unchanged(t, ask("township", at+"/explanations", text), 403, "责任单位村级组织")
	o.unchanged(t, ask("auditor", at+"/explanations", text), 403, "责任单位")
	o.unchanged(t, ask("village", at+"/explanations", `{}`), 422, "请填写超期原因")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":""}`), 422, "请填写超期原因")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":" \u3000"}`), 422, "请填写超期原因")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":"x","move_by":"2026-02-30"}`), 422, "真实存在的日期")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":"x","move_by":"2026-03-01"}`), 422, "之间，填写的是 2026-03-01")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":"x","why":"y"}`), 422, "没有“why”这个字段")
	o.unchanged(t, ask("village", at+"/explanations", `{"text":`), 400, "JSON")
	o.unchanged(t, ask("village", at+"/explanations", text, "Content-Type", "text/plain"), 415)
	o.unchanged(t, ask("village", at+"/explanations", text, request.KeyHeader, strings.Repeat("k", 129)), 400, "Idempotency-Key")
	for _, login := range []string{"village", "township", "supervision", "agriculture"} {
		o.unchanged(t, ask(login, at+"/rulings", rule), 403, "效能审核员")
	}
	o.unchanged(t, ask("auditor", at+"/rulings", `{"ruling":"excused"}`), 422, "请填写裁定理由")
	o.unchanged(t, ask("auditor", at+"/rulings", `{"ruling":"excused","ground":" "}`), 422, "请填写裁定理由")
	o.unchanged(t, ask("auditor", at+"/rulings", `{"ground":"x"}`), 422, "请填写裁定")
	o.unchanged(t, ask("auditor", at+"/rulings", `{"ruling":"perhaps","ground":"x"}`), 422, "upheld、excused")

	if s, m := w.as("village").ask("POST", at+"/explanations", text); s != 201 {
		t.Fatalf("explained: %d %v", s, m)
	}
	if s, m := w.as("auditor").ask("POST", at+"/rulings", rule); s != 201 || m["status"] != "excused" {
		t.Fatalf("ruled: %d %v", s, m)
	}
	o.unchanged(t, ask("village", at+"/explanations", text), 409, "已经裁定")
	w.until(id, "township_intake")
	w.pass("1h")
	if got := w.get("auditor", "/sla/breaches/"+b); got["status"] != "closed" || got["may_rule"] != false {
		t.Errorf("after the move: %v", got["status"])
	}
	s, m := w.as("auditor").ask("POST", at+"/rulings", rule)
	if s != 409 || !strings.Contains(m["detail"].(string), "已经销号") || m["case"].(map[string]any)["state"] != "township_intake" {
		t.Errorf("ruled when closed: %d %v", s, m)
	}
}

func TestExplanationUnderAKeyIsOne(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := lateVillage(w)
	b := w.get("village", "/sla/breaches?case_id="+id)["items"].([]any)[0].(map[string]any)["id"].(string)
	at := request.APIRoot + "/sla/breaches/" + b
	post := func(login, what, body, key string) (int, string) {
		s, m := w.as(login).ask("POST", at+what, body, request.KeyHeader, key)
		raw, _ := json.Marshal(m)
		return s, string(raw)
	}
	s, first := post("village", "/explanations", `{"text":"连续降雨","move_by":"2026-05-20"}`, "one")
	if s != 201 {
		t.Fatalf("explained: %d %s", s, first)
	}
	lines := len(o.store.lines)
	w.pass("24h")
	if s, again := post("village", "/explanations", `{"text":"连续降雨","move_by":"2026-05-20"}`, "one"); s != 201 || again != first || len(o.store.lines) != lines {
		t.Errorf("the same key: %d\n%s\n%s", s, again, first)
	}
	if s, m := post("village", "/explanations", `{"text":"别的"}`, "one"); s != 422 || !strings.Contains(m, "已用于另一次提交") {
		t.Errorf("the key of another text: %d %s", s, m)
	}
	for range 2 { // without a key each is one more
		if s, m := w.as("village").ask("POST", at+"/explanations", `{"text":"补充"}`); s != 201 {
			t.Errorf("explained again: %d %v", s, m)
		}
	}
	if s, m := post("auditor", "/rulings", `{"ruling":"upheld","ground":"不成立"}`, "one"); s != 201 {
		t.Errorf("the same key of another officer: %d %s", s, m)
	}
	got := w.get("village", "/sla/breaches/"+b)
	var said []string
	for _, l := range got["history"].([]any) {
		said = append(said, l.(map[string]any)["title"].(string)+" "+l.(map[string]any)["reason"].(string))
	}
	if !slices.Equal(said, []string{"超期说明 连续降雨", "超期说明 补充", "超期说明 补充", "裁定：红牌成立 不成立"}) {
		t.Errorf("what was said: %q", said)
	}
	if e := got["explanation"].(map[string]any); e["text"] != "补充" || e["by"] != "李village" || e["move_by"] != nil {
		t.Errorf("explanation %v", e)
	}
	if r := got["ruling"].(map[string]any); r["ruling"] != "upheld" || r["by"] != "李auditor" || r["ground"] != "不成立" || r["title"] != "红牌成立" {
		t.Errorf("ruling %v", r)
	}
}

func TestAttributionAddsUpOverHTTP(t *testing.T) {
	o := newOutside(t)
	AttributionAddsUp(t, o.web, o.clock.Now, legal2026(t))
}

// AttributionAddsUp walks a case with an objection, a correction and a suspension: the intervals touch and add up to its life.
func AttributionAddsUp(t *testing.T, web tester, now func() time.Time, cal *calendar.Calendar) {
	w := teamOf(t, web)
	id := w.open("homestead")
	w.until(id, "group_notice")
	w.pass("3h")
	w.wrote("group", id, "objection", nil)
	w.do(id, "object")
	w.pass("31h17s")
	w.do(id, "dismiss_objection")
	w.until(id, "village_review")
	w.pass("2h")
	w.until(id, "township_intake")
	w.pass("26h")
	w.do(id, "request_correction")
	w.pass("99h59m")
	w.until(id, "joint_review")
	w.pass("5h")
	w.wrote("planning", id, "joint_review_sheet", nil)
	w.wrote("economic", id, "pause_clock", nil)
	w.serve(id, "特别程序告知书")
	w.pass("120h")
	w.wrote("economic", id, "resume_clock", nil)
	w.pass("27h")
	w.until(id, "approved")
	w.pass("1h1m1s")
	opened, _ := time.Parse(time.RFC3339Nano, w.see(id)["opened_at"].(string))
	check := func(end time.Time) map[string]any {
		m := w.get("township", "/cases/"+id+"/attribution")
		last, wall, working := opened, 0.0, 0.0
		sum := map[string][2]float64{}
		for _, x := range m["intervals"].([]any) {
			x := x.(map[string]any)
			from, err := time.Parse(time.RFC3339Nano, x["from"].(string))
			to, err2 := time.Parse(time.RFC3339Nano, x["to"].(string))
			if err != nil || err2 != nil || !from.Equal(last) || !from.Before(to) {
				t.Errorf("%v to %v after %s", x["from"], x["to"], last)
			}
			last = to
			wall, working = wall+x["wall_minutes"].(float64), working+x["working_minutes"].(float64)
			owner := x["owner"].(map[string]any)
			key := owner["party"].(string) + owner["office"].(string)
			sum[key] = [2]float64{sum[key][0] + x["wall_minutes"].(float64), sum[key][1] + x["working_minutes"].(float64)}
			if (x["ground"] == nil) != (x["kind"] != "suspended") {
				t.Errorf("%v has the ground %v", x["kind"], x["ground"])
			}
		}
		if !last.Equal(end) || wall != float64(int(end.Sub(opened).Minutes())) || working != float64(int(cal.Between(calendar.OfficeHours, opened, end).Minutes())) {
			t.Errorf("up to %s: %v and %v minutes; the case lived from %s to %s", last, wall, working, opened, end)
		}
		if len(m["totals"].([]any)) != len(sum) {
			t.Errorf("totals %v, want %v", m["totals"], sum)
		}
		for _, x := range m["totals"].([]any) {
			x := x.(map[string]any)
			owner := x["owner"].(map[string]any)
			if got := ([2]float64{x["wall_minutes"].(float64), x["working_minutes"].(float64)}); got != sum[owner["party"].(string)+owner["office"].(string)] {
				t.Errorf("%v has %v in all, want %v", owner, got, sum)
			}
		}
		return m
	}
	m := check(now())
	var parties []string
	for _, x := range m["totals"].([]any) {
		parties = append(parties, x.(map[string]any)["owner"].(map[string]any)["party"].(string))
	}
	for _, p := range []string{"applicant", "group_collective", "village_organization", "township_service_center", "planning_office", "suspension", "economic_office"} {
		if !slices.Contains(parties, p) {
			t.Errorf("%s had nothing: %v", p, parties)
		}
	}
	w.until(id, "archived")
	w.pass("500h")
	closed, _ := time.Parse(time.RFC3339Nano, w.see(id)["closed_at"].(string))
	check(closed)
}
