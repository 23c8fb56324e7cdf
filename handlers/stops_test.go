package handlers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"anju/handlers/request"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// notice is a special procedure notice that holds; a key without a value is left out.
func notice(with ...any) map[string]any {
	m := map[string]any{"ground": "appraisal", "expected_days": 10}
	for i := 0; i+1 < len(with); i += 2 {
		if with[i+1] == nil {
			delete(m, with[i].(string))
			continue
		}
		m[with[i].(string)] = with[i+1]
	}
	return m
}

// serve enters that the newest paper of a title was handed to the householder today; it returns its number and the
// case.
func (w *team) serve(id, title string) (string, map[string]any) {
	w.t.Helper()
	number := ""
	for _, d := range w.see(id)["documents"].([]any) {
		if d := d.(map[string]any); d["title"] == title {
			number = d["number"].(string)
		}
	}
	if number == "" {
		w.t.Fatalf("no numbered paper %s", title)
	}
	return number, w.wrote("counter", id, "service_record",
		map[string]any{"papers": []string{number}, "method": "direct", "recipient": "王建国"})
}

// clockOf finds the newest run of a limit among the deadlines of a case.
func (w *team) clockOf(id, limit string) map[string]any {
	w.t.Helper()
	var found map[string]any
	for _, x := range w.get("township", "/cases/"+id+"/deadlines?per_page=200")["items"].([]any) {
		if x := x.(map[string]any); x["limit"].(map[string]any)["id"] == limit {
			found = x
		}
	}
	if found == nil {
		w.t.Fatalf("no %s", limit)
	}
	return found
}

// counted adds up the days of an explanation.
func counted(d map[string]any) (n int) {
	for _, x := range d["days"].([]any) {
		if x.(map[string]any)["counted"] == true {
			n++
		}
	}
	return n
}

func TestStoppedClockIsShownAndExplained(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := w.open("homestead")
	w.until(id, "joint_review")
	w.pass("48h")
	due := w.clockOf(id, "L06")["due_on"].(string)
	c := w.wrote("economic", id, "pause_clock", notice("evidence", "房屋安全鉴定委托书"))
	if d := w.clockOf(id, "L06"); d["paused"] != false || len(c["suspensions"].([]any)) != 0 {
		t.Errorf("the clock stands before the notice was served: %v", d)
	}
	number, c := w.serve(id, "特别程序告知书")
	stage := c["stage"].(map[string]any)
	if stage["paused"] != true || stage["due_on"] != nil || stage["due_before"] != nil || stage["light"] != "grey" {
		t.Errorf("stage %v", stage)
	}
	for _, x := range stage["also"].([]any) {
		if x := x.(map[string]any); x["paused"] != true || x["due_on"] != nil {
			t.Errorf("also %v", x)
		}
	}
	s := c["suspensions"].([]any)[0].(map[string]any)
	for name, want := range map[string]any{"ground": "appraisal", "title": "鉴定", "article": "行政许可法45", "notice_number": number, "resulted_on": nil, "open": true,
		"stage": "joint_review", "stage_title": "联审（实地审查）", "expected_days": 10.0, "service": "direct", "recipient": "王建国"} {
		if s[name] != want {
			t.Errorf("the ledger says %s is %v, want %v", name, s[name], want)
		}
	}
	if _, there := c["extended"]; there {
		t.Error("extended without an extension")
	}
	w.pass("120h")
	for limit, days := range map[string]int{"L06": 15, "L08": 20} {
		d := w.clockOf(id, limit)
		if d["paused"] != true || d["due_on"] != nil || d["light"] != "grey" || counted(d)+int(d["remaining_days"].(float64)) != days {
			t.Errorf("%s: %d days counted, %v", limit, counted(d), d)
		}
		all := d["days"].([]any)
		if last := all[len(all)-1].(map[string]any); last["date"] != o.clock.Now().Format("2006-01-02") || last["kind"] != "paused" || last["ground"] != "鉴定" || last["article"] != "行政许可法45" {
			t.Errorf("%s ends with %v", limit, last)
		}
	}
	page := w.page("economic", id+"/clock")
	for _, says := range []string{"‖", "暂停计时", "计时暂停中，还剩", number, "行政许可法45", "正在暂停"} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %s", says)
		}
	}
	c = w.wrote("economic", id, "resume_clock", nil)
	if s := c["suspensions"].([]any)[0].(map[string]any); s["open"] != false || s["resulted_on"] != o.clock.Now().Format("2006-01-02") {
		t.Errorf("the ledger after the result: %v", s)
	}
	d := w.clockOf(id, "L06")
	if d["paused"] != false || d["due_on"] == nil || d["due_on"].(string) <= due || counted(d) != 15 || d["remaining_days"] != nil {
		t.Errorf("going on: %v, was due on %s", d, due)
	}
	c = w.wrote("township", id, "extend_limit", nil)
	if x := c["extended"].(map[string]any); x["days"] != 10.0 || x["article"] != "行政许可法42" ||
		!strings.HasPrefix(x["notice_number"].(string), "稷峰政许延〔") || x["recipient"] != "" {
		t.Errorf("extended %v", x)
	}
	if d := w.clockOf(id, "L08"); d["extend"] != 10.0 || counted(d) != 30 {
		t.Errorf("L08 counts %d days: %v", counted(d), d["extend"])
	}
	if page := w.page("township", id+"/clock"); !strings.Contains(page, "延长 10 个工作日") || !strings.Contains(page, "行政许可法42") {
		t.Error("the page does not show the extension")
	}
}

// page is a page of a case as one account sees it.
func (w *team) page(login, id string) string {
	w.t.Helper()
	res := w.as(login).raw("GET", "/cases/"+id, nil)
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		w.t.Fatalf("page: %d %v", res.StatusCode, err)
	}
	return string(b)
}

// post sends a form as a page does.
func (w *team) post(login, path string, form url.Values) (int, string) {
	w.t.Helper()
	res := w.as(login).raw("POST", path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// What nothing waits for stands under one line of the page, closed until one of it is refused; what the case waits for does not.
func TestPageKeepsAsideWhatNothingWaitsFor(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := w.open("homestead")
	w.until(id, "joint_review")
	parts := func(page string) (before, aside string) {
		before, aside, found := strings.Cut(page, `<details class="more"`)
		if !found {
			t.Fatalf("nothing stands aside:\n%s", page)
		}
		aside, _, _ = strings.Cut(aside, "</section>")
		return before, aside
	}
	before, aside := parts(w.page("economic", id))
	if strings.HasPrefix(aside, " open") || strings.Count(aside, `name="kind"`) < 3 {
		t.Errorf("aside: %s", aside)
	}
	if strings.Count(before, `name="kind"`) != 2 { // the visit on site and the office's opinion
		t.Errorf("%d records stand before it", strings.Count(before, `name="kind"`))
	}
	for _, says := range []string{"其他登记：", "暂停计时、", "转办", "抄送"} {
		if !strings.Contains(aside, says) {
			t.Errorf("aside does not say %s", says)
		}
	}
	if strings.Contains(aside, "恢复计时</strong>") {
		t.Error("a clock that runs can be resumed")
	}
	status, page := w.post("economic", "/cases/"+id+"/records", url.Values{"kind": {"pause_clock"}, "key": {"k"}, "seen": {"1"}, "d.ground": {"testing"}, "d.evidence": {"委托书"}})
	if before, aside := parts(page); status != 422 || !strings.HasPrefix(aside, " open") || !strings.Contains(aside, `<option value="testing" selected>检测</option>`) ||
		!strings.Contains(before, `href="#r-pause_clock-expected_days"`) {
		t.Errorf("refused: %d\n%s", status, page)
	}
	w.until(id, "decision")
	w.wrote("township", id, "pause_clock", notice())
	w.serve(id, "特别程序告知书")
	if before, _ := parts(w.page("township", id)); !strings.Contains(before, `id="r-resume_clock"`) {
		t.Errorf("the decision waits for the clock, and it stands aside:\n%s", before)
	}
}

func TestPaperThatCameEarlierIsMarked(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	id := w.open("homestead")
	w.until(id, "village_review")
	w.pass("48h")
	w.wrote("village", id, "neighbor_opinion", nil)
	w.wrote("village", id, "village_review_sheet", nil)
	w.until(id, "township_intake")
	yesterday := o.clock.Now().AddDate(0, 0, -1).Format("2006-01-02")
	form := url.Values{"kind": {"back_entry"}, "key": {"k"}, "seen": {fmt.Sprint(w.see(id)["seen"])},
		"d.received_on": {yesterday}, "d.evidence": {"收件登记簿第3页"}}
	if status, page := w.post("village", "/cases/"+id+"/records", form); status != 403 {
		t.Errorf("the sender dated the receipt: %d\n%s", status, page)
	}
	status, page := w.post("counter", "/cases/"+id+"/records", form)
	if status != 422 || !strings.Contains(page, "back_entry_reason") {
		t.Errorf("without a reason: %d\n%s", status, page)
	}
	form.Set("d.back_entry_reason", "停电，纸质收件")
	if status, page := w.post("counter", "/cases/"+id+"/records", form); status != 303 {
		t.Fatalf("with a reason: %d\n%s", status, page)
	}
	d := w.clockOf(id, "L05")
	back, _ := d["back_entry"].(map[string]any)
	if back["on"] != form.Get("d.received_on") || back["reason"] != "停电，纸质收件" || d["started_on"] != back["on"] {
		t.Errorf("L05 %v", d)
	}
	if d := w.clockOf(id, "L04"); d["back_entry"] != nil {
		t.Errorf("L04 %v", d)
	}
	if page := w.page("counter", id); !strings.Contains(page, "本件有补录") || !strings.Contains(page, "停电，纸质收件") || !strings.Contains(page, "【补录】") {
		t.Error("the page does not mark it")
	}
	if page := w.page("counter", id+"/clock"); !strings.Contains(page, "补录：2026年") {
		t.Error("the clock does not say from which day it counts")
	}
}

// A client never guesses: what may be written in a stage is in the published chain with its conditions and limits.
func TestChainCarriesTheRecordsOfTheClock(t *testing.T) {
	o := newOutside(t)
	w := teamOf(t, o.web)
	for _, chain := range []string{"homestead", "planning_permit"} {
		for _, st := range w.chain(chain)["stages"].([]any) {
			st := st.(map[string]any)
			kinds := map[string]map[string]any{}
			for _, r := range st["records"].([]any) {
				r := r.(map[string]any)
				kinds[r["kind"].(string)] = r
			}
			want := []string{}
			if st["outcome"] == nil && st["state"] != "draft" {
				want = append(want, "urge", "supervise", "reassign", "copy", "back_entry")
			}
			if st["state"] == "joint_review" || st["state"] == "decision" {
				want = append(want, "pause_clock", "resume_clock", "extend_limit", "hearing_notice", "hearing_request", "hearing_record")
			}
			for _, k := range want {
				r := kinds[k]
				if r == nil || r["optional"] != true || len(r["data"].(map[string]any)["examples"].([]any)) != 1 || r["title"] == k {
					t.Errorf("%s of %s/%v: %v", k, chain, st["state"], r)
				}
			}
			if st["state"] == "decision" {
				if kinds["extend_limit"]["signed"] != true || kinds["extend_limit"]["needs"].([]any)[0].(map[string]any)["condition"] != "may_extend" ||
					kinds["hearing_notice"]["starts"].([]any)[0].(map[string]any)["id"] != "L22" {
					t.Errorf("the conditions are not published: %v", kinds)
				}
			}
		}
	}
}

// What may not stop, extend or accompany the clock is refused in one sentence that names the law, and nothing has changed.
func TestBadInputToTheClock(t *testing.T) {
	o := newOutside(t)
	id := BadClockInput(t, o.web, o.clock.Now, func() string { return o.store.rows(t) })
	w := teamOf(t, o.web)
	w.until(id, "joint_review")
	for i, f := range o.store.officers { // at the head's own office, but no head
		if f.Login == "township" {
			o.store.officers[i].Role = glossary.OfficeReviewer
			o.unchanged(t, func() (int, map[string]any) {
				return w.write("township", id, "extend_limit", forms.Extension{}.Example())
			}, 403)
		}
	}
}

// BadClockInput tries what is refused, and leaves a case at the village.
func BadClockInput(t *testing.T, web tester, now func() time.Time, rows func() string) string {
	w := teamOf(t, web)
	refused := func(ask func() (int, map[string]any), status int, says ...string) {
		t.Helper()
		unchanged(t, rows, ask, status, says...)
	}
	write := func(login, id, kind string, data any) func() (int, map[string]any) {
		body, _ := json.Marshal(map[string]any{"kind": kind, "data": data})
		return func() (int, map[string]any) {
			return w.as(login).ask("POST", request.APIRoot+"/cases/"+id+"/records", string(body), request.KeyHeader, w.key())
		}
	}
	on := func(days int) string { return now().AddDate(0, 0, days).Format("2006-01-02") }

	early := w.open("homestead")
	w.until(early, "village_review")
	refused(write("village", early, "pause_clock", notice()), 409, "当前环节是“村级审查”，不能执行“暂停计时")

	id := w.open("homestead")
	w.until(id, "joint_review")
	w.pass("72h")
	refused(write("economic", id, "pause_clock", notice("ground", "holiday")), 422, "事由只能是")
	refused(write("economic", id, "pause_clock", notice("ground", "consent")), 422, "书面同意（A15）")
	refused(write("economic", id, "pause_clock", notice("ground", "hearing")), 422, "行政许可法47", "请先登记听证申请")
	refused(write("economic", id, "pause_clock", notice("expected_days", 0)), 422, "1 至 730")
	refused(write("social", id, "pause_clock", notice()), 403)
	refused(write("township2", id, "pause_clock", notice()), 404)
	refused(write("economic", id, "resume_clock", map[string]any{"evidence": "报告"}), 422, "没有")
	refused(write("counter", id, "hearing_request", map[string]any{"requested_by": "孙立", "reason": "采光"}), 422, "行政许可法47")

	w.wrote("economic", id, "pause_clock", notice())
	refused(write("economic", id, "pause_clock", notice()), 422, "尚未送达")
	refused(write("economic", id, "resume_clock", map[string]any{"evidence": "报告"}), 422, "没有")
	number, _ := w.serve(id, "特别程序告知书")
	refused(write("economic", id, "pause_clock", notice()), 422, number, "不能重复暂停")
	refused(write("economic", id, "resume_clock", map[string]any{"evidence": "报告", "resulted_on": on(-1)}), 422, on(0))
	refused(write("economic", id, "resume_clock", map[string]any{"evidence": "报告", "resulted_on": on(1)}), 422, on(0))
	refused(func() (int, map[string]any) {
		c := w.see(id)
		return w.as("economic").ask("POST", request.APIRoot+"/cases/"+id+"/moves", fmt.Sprintf(`{"verb":"forward","seen":%v}`, c["seen"]), request.KeyHeader, w.key())
	}, 422, "恢复计时")
	w.wrote("economic", id, "resume_clock", nil)

	extension := forms.Extension{}.Example()
	refused(write("economic", id, "extend_limit", extension), 403)
	refused(write("township", id, "extend_limit", map[string]any{"days": 11, "reason": "x"}), 422, "1 至 10")
	refused(write("township", id, "extend_limit", map[string]any{"days": 5}), 422, "延长理由")
	w.wrote("township", id, "extend_limit", extension)
	refused(write("township", id, "extend_limit", extension), 422, "行政许可法42", "只能延长一次")
	refused(write("group", id, "supervise", map[string]any{"text": "x"}), 403)
	refused(write("township", id, "supervise", map[string]any{"text": "x"}), 403)

	w.until(id, "approved")
	refused(write("township", id, "pause_clock", notice()), 409, "当前环节是“已批准待发证”")
	return early
}
