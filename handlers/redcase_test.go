package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/handlers/api"
	"anju/handlers/request"
)

func TestRedCaseIsFoundExplainedRuledAndClosed(t *testing.T) {
	o := newOutside(t)
	RedCase(t, conforming(t, o.web))
}

// RedCase walks the procedure of a red card over HTTP, from the hour it is due to the export that carries it.
func RedCase(t *testing.T, web tester) {
	w := teamOf(t, web)
	breaches := func(login, query string) []any {
		t.Helper()
		return w.get(login, "/sla/breaches?"+query)["items"].([]any)
	}

	// A case of 稷峰镇 lies at the village until its five days are over.
	id := w.open("homestead")
	c := w.until(id, "village_review")
	due := c["stage"].(map[string]any)["due_before"].(string)
	if got := breaches("auditor", "case_id="+id); len(got) != 0 {
		t.Fatalf("late before its time: %v", got)
	}
	w.set(due)
	if light := w.see(id)["stage"].(map[string]any)["light"]; light != "red" {
		t.Fatalf("the light is %v at the due instant", light)
	}

	// The auditor finds it in the summary and opens the cell: as many cases as the cell says.
	var cell map[string]any
	summary := w.get("auditor", "/sla/summary?township=140824100")
	for _, r := range summary["rows"].([]any) {
		if r := r.(map[string]any); r["stage"] == "village_review" && r["red"].(float64) > 0 {
			cell = r
		}
	}
	if cell == nil || cell["division"] != "140824100000" || cell["chain"] != "homestead" {
		t.Fatalf("no red cell: %v", summary)
	}
	behind := w.get("auditor", fmt.Sprintf("/sla/stages?from=%s&to=%s&township=%s&chain=%s&stage=%s&month=%s&light=red", summary["from"], summary["to"], cell["division"],
		cell["chain"], cell["stage"], cell["month"]))
	if behind["total"] != cell["red"] || !slices.ContainsFunc(behind["items"].([]any), func(x any) bool { return x.(map[string]any)["case_id"] == id }) {
		t.Fatalf("behind the cell of %v: %v", cell["red"], behind)
	}

	// The breach names the office, the rule and the day until which it is to be explained.
	list := breaches("auditor", "township=140824100&status=open&case_id="+id)
	if len(list) != 1 {
		t.Fatalf("breaches %v", list)
	}
	b := list[0].(map[string]any)
	at := "/sla/breaches/" + b["id"].(string)
	if b["rule"] != "R40" || b["limit"] != "L04" || b["due_before"] != due || b["late_hours"] != 0.0 || b["status"] != "open" {
		t.Errorf("the breach is %v", b)
	}
	if own := w.get("village", at); own["may_explain"] != true || own["may_rule"] != false {
		t.Errorf("the village may explain %v and rule %v", own["may_explain"], own["may_rule"])
	}

	// The village explains within three working days; another office may not, and nobody of another township knows of it.
	w.pass("26h")
	explainBy, err := time.Parse(time.RFC3339, b["explain_by"].(string))
	dueAt, _ := time.Parse(time.RFC3339, due)
	if err != nil || !dueAt.Add(26*time.Hour).Before(explainBy) {
		t.Errorf("to be explained by %v, due at %s", b["explain_by"], due)
	}
	say := func(login, what, body string) (int, map[string]any) {
		return w.as(login).ask("POST", request.APIRoot+at+what, body, request.KeyHeader, w.key())
	}
	for login, want := range map[string]int{"township": 403, "group": 403, "auditor": 403, "township2": 404, "admin": 403} {
		if s, m := say(login, "/explanations", `{"text":"代为说明"}`); s != want {
			t.Errorf("%s explains: %d %v", login, s, m)
		}
	}
	s, m := say("village", "/explanations", `{"text":"连续降雨，无法核对四至，已定于明日补做"}`)
	if s != 201 || m["status"] != "explained" || m["explanation"].(map[string]any)["text"] != "连续降雨，无法核对四至，已定于明日补做" {
		t.Fatalf("explained: %d %v", s, m)
	}

	// The auditor rules; the card stands until the case moves on.
	if s, m := say("supervision", "/rulings", `{"ruling":"excused","ground":"属实"}`); s != 403 {
		t.Errorf("the supervision office rules: %d %v", s, m)
	}
	s, m = say("auditor", "/rulings", `{"ruling":"upheld","ground":"降雨只有一日，不影响按期办理"}`)
	if s != 201 || m["status"] != "upheld" || m["closed_at"] != nil {
		t.Fatalf("ruled: %d %v", s, m)
	}
	if s, m := say("village", "/explanations", `{"text":"再说明"}`); s != 409 {
		t.Errorf("explained after the ruling: %d %v", s, m)
	}

	// The case moves on, and the card is cleared (销号).
	w.until(id, "township_intake")
	w.pass("1h")
	got := w.get("auditor", at)
	if got["status"] != "closed" || got["closed_at"] == nil || got["met_at"] == nil || got["late_hours"].(float64) <= 0 {
		t.Errorf("at the end: %v", got)
	}
	var said []string
	for _, l := range got["history"].([]any) {
		said = append(said, l.(map[string]any)["verb"].(string))
	}
	if !slices.Equal(said, []string{"explain", "rule_upheld", "clear"}) {
		t.Errorf("the history says %v", said)
	}
	for _, s := range got["late_by"].([]any) {
		if s := s.(map[string]any); s["party"] != "village_organization" {
			t.Errorf("the late hours were %v's too", s)
		}
	}

	// The fact stays in the statistics, and the export carries it.
	left := 0.0
	for _, r := range w.get("auditor", "/sla/summary?township=140824100&stage=village_review")["rows"].([]any) {
		left += r.(map[string]any)["red"].(float64)
	}
	if left != cell["red"] {
		t.Errorf("%v red stages, there were %v", left, cell["red"])
	}
	for _, f := range api.Formats {
		file(t, w.as("auditor"), "/sla/breaches."+f.Name+"?township=140824100")
	}
	_, raw := file(t, w.as("auditor"), "/sla/breaches.csv?township=140824100&status=closed")
	rows := rowsOf(t, raw)
	i := slices.IndexFunc(rows, func(row []string) bool { return row[1] == b["number"] })
	if i < 1 || !slices.Contains(rows[i], "已销号") || !slices.Contains(rows[i], "红牌成立") || !strings.Contains(strings.Join(rows[i], " "), "连续降雨") {
		t.Errorf("the export holds %v", rows)
	}
}
