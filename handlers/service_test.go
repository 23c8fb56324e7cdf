package handlers_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/workflow/law/lawtest"
)

// unserved lists the titles of the papers of the case that a counter is to serve.
func (w *town) unserved(login string) (titles []string) {
	w.Helper()
	_, m := w.as(login).Ask("GET", "/api/v1/tasks?kind=service&per_page=200", "")
	for _, x := range m["items"].([]any) {
		if x := x.(map[string]any); x["case"].(map[string]any)["id"] == w.id {
			if x["kind"] != "service" {
				w.Errorf("task %v", x)
			}
			titles = append(titles, x["text"].(string))
		}
	}
	return titles
}

// serving is the entry of a service of named papers, changed.
func serving(numbers []string, with ...string) func(map[string]any) {
	return func(data map[string]any) {
		data["papers"] = numbers
		for i := 0; i+1 < len(with); i += 2 {
			data[with[i]] = with[i+1]
		}
	}
}

func TestAPaperIsServedOnceByWhoMayServeIt(t *testing.T) { // R53, Licensing Law Art. 38, 44
	lawtest.Claim(t, "R53", "R54")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("joint_review")
		notice := []string{w.paper("F15")["number"].(string)}
		if got := w.unserved("counter"); !slices.Equal(got, []string{"受理通知书"}) {
			w.Errorf("the counter is to serve %v", got)
		}
		if got := w.unserved("counter2"); len(got) > 0 {
			w.Errorf("another counter is to serve %v", got)
		}
		on := func(days int) string { return w.clk.Now().AddDate(0, 0, days).Format(time.DateOnly) }
		w.gets(403, "", "village", "records", "service_record", serving(notice))
		w.gets(422, "R53", "approval", "records", "service_record", serving(notice))
		w.gets(422, "R53", "counter", "records", "service_record", serving([]string{"稷峰政许受〔2020〕1号"}))
		w.gets(422, "R53", "counter", "records", "service_record", serving(notice, "served_on", on(1)))
		w.gets(422, "R53", "counter", "records", "service_record", serving(notice, "method", "lien"))
		w.gets(422, "R53", "counter", "records", "service_record", func(data map[string]any) {
			serving(notice, "method", "lien")(data)
			data["witnesses"] = []string{"孙立", "孙立"}
		})
		w.gets(422, "R53", "counter", "records", "service_record", serving(notice, "method", "post"))
		if got := w.unserved("counter"); len(got) != 1 {
			w.Errorf("a refused service left %v", got)
		}
		w.gets(200, "", "counter", "records", "service_record", func(data map[string]any) {
			serving(notice, "method", "lien")(data)
			data["witnesses"] = []string{"孙立", "李四"}
		})
		if got := w.unserved("counter"); len(got) > 0 {
			w.Errorf("served, and still to be served: %v", got)
		}
		w.gets(422, "R53", "counter", "records", "service_record", serving(notice))
		if proof := w.paper("F34"); proof["number"] == "" || proof["authority"] != "township_government" {
			w.Errorf("proof of service %v", proof)
		}
		w.until("decision")
		w.gets(200, "", "township", "verbs", "deny", nil)
		denial := w.paper("F20")
		if denial["service"] != nil || !slices.Equal(w.unserved("counter"), []string{"不予行政许可决定书"}) {
			w.Errorf("the denial counts as served: %v", denial)
		}
		w.pass(48 * time.Hour)
		w.gets(200, "", "township", "records", "service_record", serving([]string{denial["number"].(string)}, "served_on", on(-1)))
		service := w.paper("F20")["service"].(map[string]any)
		last := map[string]any{}
		for _, p := range service["periods"].([]any) {
			last[p.(map[string]any)["id"].(string)] = p.(map[string]any)["last_day"]
		}
		if len(last) != 2 || !later(w, last["review"], on(-1), 60, 0) || !later(w, last["suit"], on(-1), 0, 6) {
			w.Errorf("served on %s: %v", on(-1), last)
		}
		res := w.as("counter").Raw("GET", "/cases/"+w.id, nil)
		page, _ := io.ReadAll(res.Body)
		for _, says := range []string{"签收；申请行政复议至 ", "；提起行政诉讼至 "} {
			if !strings.Contains(string(page), says) {
				w.Errorf("the page of the case does not say %s", says)
			}
		}
	})
}

// later tells whether a day is so many days or months after another, or the next days where that is a day off.
func later(w *town, got any, from string, days, months int) bool {
	w.Helper()
	day, err := time.Parse(time.DateOnly, from)
	last, err2 := time.Parse(time.DateOnly, fmt.Sprint(got))
	if err != nil || err2 != nil {
		return false
	}
	least := day.AddDate(0, months, days)
	off := last.Sub(least)
	return off >= 0 && off <= 9*24*time.Hour && last.Weekday() != time.Saturday && last.Weekday() != time.Sunday
}

func TestTheTimeToHandOverEndsWithTheLastOfTwoCertificates(t *testing.T) { // Licensing Law Art. 44, L09
	lawtest.Claim(t, "R53", "L09")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("approved")
		runs := func() bool {
			_, m := w.as("counter").Ask("GET", "/api/v1/cases/"+w.id+"/deadlines?per_page=200", "")
			return slices.ContainsFunc(m["items"].([]any), func(x any) bool {
				d := x.(map[string]any)
				return d["limit"].(map[string]any)["id"] == "L09" && d["closed_at"] == nil
			})
		}
		permit, certificate := w.paper("F04")["number"].(string), w.paper("F05")["number"].(string)
		w.gets(422, "R53", "counter", "records", "service_record", serving([]string{permit})) // its stamped copy is not there
		for _, form := range []string{"F04", "F05"} {
			w.meet(map[string]any{"by": "material:" + form})
		}
		w.gets(200, "", "counter", "records", "service_record", serving([]string{permit}))
		if !runs() {
			w.Error("the time to hand over ended with the first certificate")
		}
		w.gets(200, "", "counter", "records", "service_record", serving([]string{certificate}))
		if runs() {
			w.Error("the time to hand over runs on after the last certificate")
		}
	})
}

// A receipt that the counter dates anew is void, and the new one states the day on which the papers came.
func TestADatedReceiptIsGivenAnew(t *testing.T) {
	lawtest.Claim(t, "A35")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("village_review")
		w.gets(200, "", "village", "records", "neighbor_opinion", nil)
		w.gets(200, "", "village", "records", "village_review_sheet", nil)
		came := w.clk.Now().AddDate(0, 0, 1)
		w.pass(72 * time.Hour)
		w.gets(200, "", "village", "verbs", "sign_opinion", nil)
		first := w.paper("F14")
		if text := w.said(first); !strings.Contains(text, w.clk.Now().Format("2006年1月2日")) {
			w.Errorf("the first receipt: %s", text)
		}
		w.gets(200, "", "counter", "records", "back_entry", func(data map[string]any) {
			data["received_on"] = came.Format(time.DateOnly)
		})
		second := w.paper("F14")
		if second["id"] == first["id"] || second["issuer"] != first["issuer"] || second["voided"] != nil {
			w.Fatalf("the second receipt %v after %v", second, first)
		}
		if text := w.said(second); !strings.Contains(text, came.Format("2006年1月2日")) {
			w.Errorf("the second receipt: %s", text)
		}
		for _, d := range w.look("counter")["documents"].([]any) {
			if d := d.(map[string]any); d["id"] == first["id"] && !strings.Contains(fmt.Sprint(d["voided"]), "A35") {
				w.Errorf("the first receipt stands: %v", d)
			}
		}
		if text := w.said(first); !strings.Contains(text, w.clk.Now().Format("2006年1月2日")) {
			w.Errorf("the first receipt reads otherwise now: %s", text)
		}
	})
}
