package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"anju/handlers"
	"anju/models/modelstest"
	"anju/workflow/law/lawtest"
)

// A supervising engineer signs the acceptance of a house on his phone: no account, one link, once (R75).
func TestPartySignsOnAPhone(t *testing.T) {
	modelstest.Slow(t)
	lawtest.Claim(t, "R75")
	t.Parallel()
	web, clk := readyCounty(t)
	w := &walker{t: t, accounts: map[string]*handlers.Client{}}
	for _, l := range logins {
		w.accounts[l] = handlers.LogIn(t, handlers.Conforming(t, web), l)
	}
	_, w.chain = w.accounts["counter"].Ask("GET", "/api/v1/chains/completion_acceptance.low_rise", "")
	w.open()
	for w.look("counter")["state"] != "inspection" {
		w.step(w.look("counter"))
	}
	links := "/api/v1/cases/" + w.id + "/sign-links"
	if s, m := w.accounts["counter"].Ask("POST", links, `{"kind":"supervision_opinion"}`); s != 403 {
		t.Errorf("the counter makes a link: %d %v", s, m)
	}
	if s, m := w.accounts["planning"].Ask("POST", links, `{"kind":"completion_form"}`); s != 422 && s != 409 {
		t.Errorf("a link for a sheet: %d %v", s, m)
	}
	link := func() string {
		t.Helper()
		s, m := w.accounts["planning"].Ask("POST", links, `{"kind":"supervision_opinion"}`)
		if s != 201 {
			t.Fatalf("no link: %d %v", s, m)
		}
		u, err := url.Parse(m["url"].(string))
		if err != nil || !strings.HasPrefix(u.Path, "/sign/") {
			t.Fatalf("link %v", m)
		}
		return u.Path
	}
	engineer := &browser{t: t, web: web}
	path := link()
	engineer.get(path)
	if engineer.status != 200 || !strings.Contains(engineer.page, "监理方验收意见") || strings.Contains(engineer.page, "1408241") {
		t.Fatalf("the page of the link: %d\n%s", engineer.status, engineer.page)
	}
	golden(t, "sign", strings.ReplaceAll(engineer.page, path, "/sign/TOKEN"))
	for _, bad := range []string{path[:len(path)-2] + "xx", "/sign/abc", "/sign/" + strings.Repeat("A", 400)} {
		if engineer.get(bad); engineer.status != 404 {
			t.Errorf("%s: %d", bad, engineer.status)
		}
	}
	send := func(path string, v url.Values) int { engineer.send(path, v); return engineer.status }
	if s := send(path, url.Values{"name": {"常建设"}, "opinion": {"fail"}, "mine": {"yes"}}); s != 422 || !strings.Contains(engineer.page, "写明理由") || !strings.Contains(engineer.page, "常建设") {
		t.Errorf("a failure without a reason: %d\n%s", s, engineer.page)
	}
	if s := send(path, url.Values{"name": {"常建设"}, "opinion": {"pass"}}); s != 422 {
		t.Errorf("unconfirmed: %d", s)
	}
	unknown := url.Values{"name": {"常建设"}, "opinion": {"pass"}, "mine": {"yes"}}
	if s := send(path, unknown); s != 422 || !strings.Contains(engineer.page, "不在名册中") {
		t.Errorf("a stranger signs without saying who he is: %d", s)
	}
	known := url.Values{"name": {"常建设"}, "identity": {"JL-017"}, "capacity": {"总监理工程师"}, "opinion": {"pass"},
		"mine": {"yes"}}
	if s := send(path, known); s != 200 || !strings.Contains(engineer.page, "已签署") {
		t.Fatalf("signing: %d\n%s", s, engineer.page)
	}
	if s := send(path, url.Values{"name": {"常建设"}, "opinion": {"fail"}, "reason": {"漏水"}, "mine": {"yes"}}); s != 410 {
		t.Errorf("a second time: %d", s)
	}
	_, h := w.accounts["counter"].Ask("GET", "/api/v1/cases/"+w.id+"/history?per_page=200", "")
	signed := false
	for _, x := range h["items"].([]any) {
		x := x.(map[string]any)
		signed = signed || x["verb"] == "supervision_opinion" && strings.Contains(x["by"].(string), "常建设")
	}
	if !signed {
		t.Errorf("the history does not name who signed: %v", h["items"])
	}
	if s, m := w.accounts["planning"].Ask("POST", "/api/v1/cases/"+w.id+"/records",
		`{"kind":"design_opinion","data":{"name":"某","opinion":"pass","means":"phone"}}`, w.key()...); s != 422 {
		t.Errorf("the office signs on the party's phone: %d %v", s, m)
	}
	late, over := link(), link()
	clk.Advance(73 * time.Hour)
	if engineer.get(late); engineer.status != 410 {
		t.Errorf("an expired link: %d", engineer.status)
	}
	clk.Advance(-73 * time.Hour)
	w.accounts["planning"].Ask("POST", "/api/v1/cases/"+w.id+"/moves", `{"verb":"fail_completion","reason":"栏杆缺失","seen":`+fmt.Sprint(w.look("planning")["seen"])+`}`, w.key()...)
	if engineer.get(over); engineer.status != 410 {
		t.Errorf("a link of an inspection that is over: %d", engineer.status)
	}
}
