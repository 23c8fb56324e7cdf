package handlers_test

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"anju/handlers/request"
	"anju/workflow/law/lawtest"
)

// figures are the rows of the figures that go upward, as an account reads them, by quarter and matter.
func (w *town) figures(login, from, to string) map[string]map[string]any {
	w.Helper()
	status, rows := w.rows(login, from, to)
	if status != 200 {
		w.Fatalf("%s reads the figures: %d", login, status)
	}
	all := map[string]map[string]any{}
	for _, r := range rows {
		all[fmt.Sprint(r["quarter"], " ", r["chain"])] = r
	}
	return all
}

var behindLink = regexp.MustCompile(`<a href="(/reports/quarterly\?[^"]*of=(\w+)[^"]*)">(\d+)</a>`)

// TestTheFiguresOfAQuarterAreCountsOfCases grants two homesteads, one of them on cultivated land, and lets them lapse
// unbuilt. Each number of the page opens as many cases; JSON, Excel and CSV say the same.
func TestTheFiguresOfAQuarterAreCountsOfCases(t *testing.T) {
	lawtest.Claim(t, "R55")
	inEachTown(t, func(w *town) {
		from, to := "2026-01-01", "2027-01-01"
		before := w.figures("resources", from, to)["2026-Q1 homestead"]
		count := func(m map[string]any, name string) float64 { n, _ := m[name].(float64); return n }
		w.open("homestead", 1, nil)
		w.until("archived")
		w.open("homestead", 2, func(a map[string]any) {
			p := a["proposed"].(map[string]any)
			p["address"], p["land_class"], p["farmland"] = "稷峰镇马村村东1号", "farmland_class", "cultivated"
		})
		w.until("archived")
		after := w.figures("resources", from, to)["2026-Q1 homestead"]
		if count(after, "granted") != count(before, "granted")+2 || count(after, "farmland") != count(before, "farmland")+1 ||
			after["cultivated_area"] != "133.00" || after["farmland_area"] != "133.00" || after["division"] != "140824100000" {
			w.Errorf("after two grants: %v, before: %v", after, before)
		}
		if got := w.figures("township2", from, to); len(got) > 0 {
			w.Errorf("another township reads %v", got)
		}
		if status, _ := w.rows("village", from, to); status != 403 {
			w.Errorf("a village reads the figures: %d", status)
		}

		for range 3 {
			w.pass(366 * 24 * time.Hour)
		}
		lapsed := w.figures("resources", "2028-01-01", "2029-01-01")["2028-Q1 homestead"]
		if count(lapsed, "unbuilt") != count(after, "granted") || count(lapsed, "granted") != 0 {
			w.Errorf("lapsed unbuilt: %v of %v", lapsed, after)
		}

		b := visit(w.T, w.web, "resources")
		span := url.Values{"from": {from}, "to": {"2029-01-01"}}.Encode()
		b.get("/reports/quarterly?" + span)
		links := behindLink.FindAllStringSubmatch(strings.ReplaceAll(b.page, "&amp;", "&"), -1)
		if len(links) < 6 {
			w.Fatalf("the page has %d numbers that open a list:\n%s", len(links), b.page)
		}
		for _, l := range links {
			b.get(strings.TrimSuffix(l[1], "#behind"))
			if n := strings.Count(b.page, "<li><a href=\"/cases/"); fmt.Sprint(n) != l[3] {
				w.Errorf("%s says %s, its list has %d", l[1], l[3], n)
			}
		}
		for _, kind := range []string{"xlsx", "csv"} {
			r := b.look(request.APIRoot + "/reports/quarterly." + kind + "?" + span)
			text := r.body
			if kind == "xlsx" {
				book, err := excelize.OpenReader(bytes.NewReader([]byte(r.body)))
				if err != nil {
					w.Fatal(err)
				}
				rows, err := book.GetRows("宅基地季度统计")
				if err != nil {
					w.Fatal(err)
				}
				text = fmt.Sprint(rows)
			}
			if r.status != 200 || !strings.Contains(text, "2026-Q1") || !strings.Contains(text, "133.00") ||
				!strings.Contains(text, "稷峰镇人民政府") {
				w.Errorf("%s: %d %s", kind, r.status, text)
			}
		}
	})
}

// rows reads the figures.
func (w *town) rows(login, from, to string) (status int, list []map[string]any) {
	w.Helper()
	status, m := w.as(login).Ask("GET", "/api/v1/reports/quarterly?"+url.Values{"from": {from}, "to": {to}}.Encode(), "")
	items, _ := m["rows"].([]any)
	for _, x := range items {
		list = append(list, x.(map[string]any))
	}
	return status, list
}
