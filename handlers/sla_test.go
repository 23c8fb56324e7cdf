package handlers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anju/handlers/api"
	"anju/handlers/request"
	"anju/workflow/forms"
)

// total reads a count of a list's answer.
func total(m map[string]any) int { n, _ := m["total"].(float64); return int(n) }

func sums(m map[string]any) map[string]int {
	got := map[string]int{}
	for k, v := range m["totals"].(map[string]any) {
		got[k] = int(v.(float64))
	}
	return got
}

// lateVillage leaves a case at the village until its five days are over.
func lateVillage(w *team) string {
	id := w.open("homestead")
	w.until(id, "village_review")
	w.pass("336h")
	return id
}

func TestSummaryCountsWhatItsCellsHold(t *testing.T) {
	SummaryAgrees(t, newOutside(t).web)
}

// SummaryAgrees holds every number of the summary to the stages behind it.
func SummaryAgrees(t *testing.T, web tester) {
	w := teamOf(t, web)
	lateVillage(w)
	w.until(w.open("planning_permit"), "joint_review")
	for _, query := range []string{"", "?chain=homestead", "?stage=village_review", "?township=140824100", "?township=140824100000", "?from=2026-03-05&to=2026-03-20"} {
		m := w.get("township", "/sla/summary"+query)
		sum := map[string]int{}
		for _, r := range m["rows"].([]any) {
			r := r.(map[string]any)
			cell := fmt.Sprintf("/sla/stages?from=%s&to=%s&township=%s&chain=%s&stage=%s&month=%s", m["from"], m["to"], r["division"], r["chain"], r["stage"], r["month"])
			for column, light := range map[string]string{"count": "", "on_time": "&light=on_time", "yellow": "&light=yellow", "red": "&light=red"} {
				n := int(r[column].(float64))
				sum[column] += n
				got := w.get("township", cell+light)
				if total(got) != n || len(got["items"].([]any)) != n {
					t.Errorf("%s%s holds %d, the summary says %d", cell, light, total(got), n)
				}
			}
			if total(w.get("township", cell+"&light=green")) != int(r["on_time"].(float64)) {
				t.Errorf("%s: green is another word for on_time", cell)
			}
		}
		got := sums(m)
		for _, column := range []string{"count", "on_time", "yellow", "red"} {
			if got[column] != sum[column] {
				t.Errorf("%s: totals say %d %s, the rows %d", query, got[column], column, sum[column])
			}
		}
		if got["count"] != got["on_time"]+got["yellow"]+got["red"] {
			t.Errorf("%s: %v do not add up", query, got)
		}
	}
	all := sums(w.get("auditor", "/sla/summary"))
	if all["red"] < 1 || all["count"] <= all["red"] {
		t.Errorf("the county's totals are %v", all)
	}
	got := w.get("auditor", "/sla/stages?per_page=1&page=2")
	if total(got) != all["count"] || len(got["items"].([]any)) != 1 {
		t.Errorf("one a page: %v", got)
	}
}

// The twelve months up to tomorrow are asked for where nothing is, and the last day is excluded.
func TestSummarySpan(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	for _, tt := range []struct{ query, from, to string }{
		{"", "2025-03-03", "2026-03-03"},
		{"?to=2026-01-01", "2025-01-01", "2026-01-01"},
		{"?from=2026-02-01", "2026-02-01", "2026-03-03"},
		{"?from=2021-03-03&to=2026-03-03", "2021-03-03", "2026-03-03"},
	} {
		m := w.get("township", "/sla/summary"+tt.query)
		if m["from"] != tt.from || m["to"] != tt.to {
			t.Errorf("%s is from %v to %v, want %s to %s", tt.query, m["from"], m["to"], tt.from, tt.to)
		}
	}
	w.until(w.open("homestead"), "group_received") // on the second of March
	if n := sums(w.get("township", "/sla/summary?from=2026-03-01&to=2026-03-02"))["count"]; n != 0 {
		t.Errorf("%d stages of the day that is excluded", n)
	}
	if n := sums(w.get("township", "/sla/summary?from=2026-03-02&to=2026-03-03"))["count"]; n != 1 {
		t.Errorf("%d stages of the day that is asked for", n)
	}
}

func TestQuestionsOfTheAuditThatAreNone(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	lateVillage(w)
	for _, path := range []string{"/sla/summary", "/sla/summary.xlsx", "/sla/summary.csv", "/sla/stages", "/sla/breaches", "/sla/breaches.xlsx", "/sla/breaches.csv"} {
		for _, tt := range []struct{ query, field, says string }{
			{"from=2020-01-01&to=2026-03-02", "from", "最多统计五年，截止 2026-03-02 的起始日期不早于 2021-03-02"},
			{"from=2026-03-02&to=2026-03-02", "to", "应晚于 from"},
			{"from=2026-03-03&to=2026-03-02", "to", "应晚于 from"},
			{"from=2026-02-30", "from", "真实存在的日期，写作 2026-03-02"},
			{"from=2026%2F03%2F02", "from", "写作 2026-03-02"},
			{"to=soon", "to", "写作 2026-03-02"},
			{"township=140899100", "township", "9 或 12 位乡镇区划代码，例如 140824100000"},
			{"township=%E7%A8%B7%E5%B3%B0%E9%95%87", "township", "没有“稷峰镇”这个乡镇"},
			{"township=140824000000", "township", "乡镇区划代码"},
			{"township=140824100214", "township", "乡镇区划代码"},
			{"township=1408241000000000", "township", "乡镇区划代码"},
			{"chain=castle", "chain", "homestead、planning_permit"},
			{"stage=nowhere", "stage", "例如 village_review"},
			{"chain=planning_permit&stage=group_meeting", "stage", "没有“group_meeting”这个环节"},
			{"colour=red", "colour", "没有“colour”这个查询参数"},
		} {
			s, m := w.as("auditor").ask("GET", request.APIRoot+path+"?"+tt.query, "")
			if s != 422 || !strings.Contains(fieldsOfProblem(m), tt.field) || !strings.Contains(m["detail"].(string), tt.says) {
				t.Errorf("%s?%s: %d %v", path, tt.query, s, m)
			}
		}
	}
	for query, says := range map[string]string{"/sla/stages?light=blue": "light 只能是 on_time、green、yellow、red、promised 之一", "/sla/stages?month=2026-13": "写作 2026-03", "/sla/stages?month=2020-01": "from 与 to 之间",
		"/sla/breaches?status=lost": "status 只能是 open、explained、upheld、excused、closed 之一", "/sla/breaches?case_id=abc": "case_id", "/sla/breaches?per_page=201": "1 至 200"} {
		if s, m := w.as("auditor").ask("GET", request.APIRoot+query, ""); s != 422 || !strings.Contains(m["detail"].(string), says) {
			t.Errorf("%s: %d %v", query, s, m)
		}
	}
	for _, id := range []string{"abc", "0", "-1", "9999999999999999999"} {
		if s, m := w.as("auditor").ask("GET", request.APIRoot+"/sla/breaches/"+id, ""); s != 400 {
			t.Errorf("breach %s: %d %v", id, s, m)
		}
	}
}

func TestWhoMayAskTheAudit(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := lateVillage(w)
	breach := w.get("auditor", "/sla/breaches?case_id="+id)["items"].([]any)[0].(map[string]any)["id"].(string)
	for _, path := range []string{"/sla/summary", "/sla/summary.csv", "/sla/stages", "/sla/breaches", "/sla/breaches.xlsx", "/sla/breaches/" + breach, "/cases/" + id + "/attribution"} {
		if s, _ := (&client{t: t, web: o.web}).ask("GET", request.APIRoot+path, ""); s != 401 {
			t.Errorf("nobody reads %s: %d", path, s)
		}
		if s, _ := w.as("admin").ask("GET", request.APIRoot+path, ""); s != 403 {
			t.Errorf("the administrator reads %s: %d", path, s)
		}
	}
	for _, login := range []string{"village", "group"} {
		for _, path := range []string{"/sla/summary", "/sla/summary.xlsx", "/sla/stages"} {
			if s, m := w.as(login).ask("GET", request.APIRoot+path, ""); s != 403 || !strings.Contains(m["detail"].(string), "乡镇和县级") {
				t.Errorf("%s reads %s: %d %v", login, path, s, m)
			}
		}
	}
	for _, path := range []string{"/sla/breaches/" + breach, "/cases/" + id + "/attribution"} {
		if s, m := w.as("township2").ask("GET", request.APIRoot+path, ""); s != 404 {
			t.Errorf("another township reads %s: %d %v", path, s, m)
		}
	}
	if s, m := w.as("township2").ask("GET", request.APIRoot+"/sla/breaches?case_id="+id, ""); s != 200 || total(m) != 0 {
		t.Errorf("another township lists the breaches of the case: %d %v", s, m)
	}
	// A foreign township in the address asks for one's own area, and is noted.
	if m := w.get("township2", "/sla/summary?township=140824100000"); len(m["rows"].([]any)) != 0 {
		t.Errorf("another township's summary: %v", m)
	}
	if got, own := sums(w.get("township", "/sla/summary?township=140824103000")), sums(w.get("township", "/sla/summary")); got["count"] == 0 || got["count"] != own["count"] {
		t.Errorf("asked for another township: %v, own %v", got, own)
	}
	if !strings.Contains(o.log.String(), "foreign township left out") {
		t.Errorf("nothing is noted of it")
	}
}

// file reads an export.
func file(t *testing.T, c *client, path string) (*http.Response, []byte) {
	t.Helper()
	res := c.raw("GET", request.APIRoot+path, nil)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Fatalf("%s: %d %s", path, res.StatusCode, b)
	}
	return res, b
}

// rowsOf are the records of a CSV up to the block that says what was asked.
func rowsOf(t *testing.T, b []byte) [][]string {
	t.Helper()
	head, _, _ := bytes.Cut(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), []byte("\r\n\r\n"))
	r := csv.NewReader(bytes.NewReader(head))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestExportsOfTheAudit(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	lateVillage(w)
	for _, name := range []string{"summary", "breaches"} {
		for _, kind := range api.Formats {
			before := strings.Count(o.log.String(), "msg=export")
			res, b := file(t, w.as("auditor"), "/sla/"+name+"."+kind.Name+"?township=140824100&chain=homestead")
			disposition := res.Header.Get("Content-Disposition")
			if !strings.HasPrefix(disposition, "attachment; filename*=utf-8''") || !strings.HasSuffix(disposition, "."+kind.Name) || strings.ContainsFunc(disposition, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s is offered as %s", name, disposition)
			}
			if !strings.HasPrefix(res.Header.Get("Content-Type"), kind.Media) || res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s.%s: %v", name, kind.Name, res.Header)
			}
			if got := strings.Count(o.log.String(), "msg=export"); got != before+1 {
				t.Errorf("%s.%s leaves %d lines in the log", name, kind.Name, got-before)
			}
			if kind.Name == "xlsx" {
				if !bytes.HasPrefix(b, []byte("PK")) {
					t.Errorf("%s is no workbook", name)
				}
				continue
			}
			text := string(b)
			for _, says := range []string{"2026-03-", "李auditor（auditor）", "管理岗", "乡镇：乡（镇）人民政府 140824100000", "事项：农村宅基地审批", "村级审查"} {
				if !strings.Contains(text, says) {
					t.Errorf("%s.csv does not say %s:\n%s", name, says, text)
				}
			}
			h := forms.Household{}.Example().(forms.Household)
			for _, secret := range []string{h.Householder.IDNumber, h.Householder.Phone, h.Members[0].IDNumber} {
				if strings.Contains(text, secret) {
					t.Errorf("%s.csv shows %s", name, secret)
				}
			}
			rows := rowsOf(t, b)
			if len(rows) < 2 || len(rows[1]) != len(rows[0]) {
				t.Errorf("%s.csv: %v", name, rows)
			}
			if name == "breaches" && (len(rows) != 2 || rows[1][6] != "王建国" || rows[1][7] != "村级组织") {
				t.Errorf("the register is %v", rows)
			}
		}
	}
	if strings.Contains(o.log.String(), "王建国") {
		t.Error("the log names a householder")
	}
	_, b := file(t, w.as("township2"), "/sla/breaches.csv?township=140824100000")
	if rows := rowsOf(t, b); len(rows) != 1 || strings.Contains(string(b), "王建国") {
		t.Errorf("another township exports %v", rows)
	}
	// What an office says is text, whatever it begins with.
	b0 := w.get("village", "/sla/breaches")["items"].([]any)[0].(map[string]any)["id"].(string)
	if s, m := w.as("village").ask("POST", request.APIRoot+"/sla/breaches/"+b0+"/explanations", `{"text":"=HYPERLINK(\"http://x\",\"y\")"}`); s != 201 {
		t.Fatalf("explained: %d %v", s, m)
	}
	_, b = file(t, w.as("auditor"), "/sla/breaches.csv")
	if rows := rowsOf(t, b); rows[1][18] != `'=HYPERLINK("http://x","y")` {
		t.Errorf("a formula is written as %s", rows[1][18])
	}
	// What goes wrong on the way is a refusal, never half a table.
	o.store.broken = errors.New("a fault of no known kind")
	for _, path := range []string{"/sla/breaches.xlsx", "/sla/summary.csv"} {
		if s, m := w.as("auditor").ask("GET", request.APIRoot+path, ""); s != 500 {
			t.Errorf("%s from a broken store: %d %v", path, s, m)
		}
	}
	if left, err := os.ReadDir(filepath.Join(o.dir, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind: %v", len(left), err)
	}
}
