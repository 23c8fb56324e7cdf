package handlers_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"anju/handlers"
	"anju/handlers/request"
	"anju/workflow/law/lawtest"
)

// TestAScanSaysOfWhichKindItIs holds the papers of which one of several kinds serves (R32, R56): the kind of a scan is
// what is sent with it or, without, what the application names. Where neither says it the refusal lists the kinds.
func TestAScanSaysOfWhichKindItIs(t *testing.T) {
	lawtest.Claim(t, "R32", "R56")
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	scan := func(code string) [][2]string { return [][2]string{{code + ".png", string(handlers.SmallPNG)}} }
	kindOf := func(home, code string) string {
		t.Helper()
		_, m := handlers.LogIn(t, web, "counter").Ask("GET", request.APIRoot+home+"/history", "")
		kind := ""
		for _, x := range m["items"].([]any) {
			l := x.(map[string]any)
			if data, _ := l["data"].(map[string]any); l["verb"] == "material" && data["code"] == code {
				kind, _ = data["kind"].(string)
			}
		}
		return kind
	}
	open := func(chain string, change func(url.Values)) string {
		t.Helper()
		counter.choose(chain)
		f, _ := counter.form("/new", "chain", chain)
		change(f.values)
		counter.send(f.action, f.values)
		home := caseOfPage.FindStringSubmatch(counter.page)
		if home == nil {
			t.Fatalf("%s is not opened: %d\n%s", chain, counter.status, counter.page)
		}
		return home[1]
	}

	home := open("homestead", func(url.Values) {})
	f, _ := counter.form("/materials", "code", "HP05")
	if f.values.Get("kind") != "generic_drawing" || !strings.Contains(counter.page, "有资质的设计单位") {
		t.Errorf("the page offers %v for the drawing", f.values)
	}
	if r := counter.parts(home+"/materials", scan("HP05"), "code", "HP05"); r.status != 303 ||
		kindOf(home, "HP05") != "generic_drawing" {
		t.Errorf("a drawing without its kind: %d, kept as %q", r.status, kindOf(home, "HP05"))
	}
	if r := counter.parts(home+"/materials", scan("HP05"), "code", "HP05", "kind", "qualified_institute"); r.status != 303 ||
		kindOf(home, "HP05") != "qualified_institute" {
		t.Errorf("a drawing of an institute: %d, kept as %q", r.status, kindOf(home, "HP05"))
	}
	if s, m := handlers.LogIn(t, web, "counter").Ask("GET", request.APIRoot+home, ""); s != 200 ||
		!strings.Contains(fmt.Sprint(m["verbs"]), "图纸来源填写的是") {
		t.Errorf("a drawing of another kind than the application's: %d %v", s, m["verbs"])
	}
	if r := counter.parts(home+"/materials", scan("HP03"), "code", "HP03"); r.status != 303 || kindOf(home, "HP03") != "" {
		t.Errorf("a paper of one kind: %d, kept as %q", r.status, kindOf(home, "HP03"))
	}

	home = open("planning_permit", func(v url.Values) { v.Del("d.lawful_origin") })
	if r := counter.parts(home+"/materials", scan("RP03"), "code", "RP03"); r.status != 422 ||
		!strings.Contains(r.body, "请注明是哪一类：权属证书、认定材料") {
		t.Errorf("a paper of origin without its kind: %d %s", r.status, summaryOf.FindString(r.body))
	}
	if s, m := handlers.LogIn(t, web, "counter").Upload(request.APIRoot+home+"/materials", "RP03", "a.png",
		handlers.SmallPNG); s != 422 || !strings.Contains(fmt.Sprint(m["errors"]), "请注明是哪一类：权属证书、认定材料") {
		t.Errorf("the same by a program: %d %v", s, m)
	}
	if r := counter.parts(home+"/materials", scan("RP03"), "code", "RP03", "kind", "recognition_record"); r.status != 303 {
		t.Errorf("with its kind: %d %s", r.status, summaryOf.FindString(r.body))
	}
}

// privateUse is a character that some registers of residents draw for themselves.
const privateUse = "马\ue123"

// TestWhatNoPaperShowsIsRefusedWhereItIsTyped types a character of the private use areas, and telephones that are none,
// into each form that papers are filled from. The refusal stands at the field and says what to do.
func TestWhatNoPaperShowsIsRefusedWhereItIsTyped(t *testing.T) { // R29, R49
	lawtest.Claim(t, "R29")
	t.Parallel()
	web, _ := quietCounty(t)
	refused := func(where string, r reply, says string) {
		t.Helper()
		if r.status != 422 || !strings.Contains(r.body, says) {
			t.Errorf("%s: %d, want 422 that says %s\n%s", where, r.status, says, summaryOf.FindString(r.body))
		}
	}
	const cure = "请向户籍派出所查该字的国家标准编码"
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	f, _ := counter.form("/new", "chain", "homestead")
	f.values.Set("d.proposed.address", privateUse)
	refused("the place of an application", counter.press(f.action, f.values), cure)

	counter.get("/households/new?chain=homestead")
	h, ok := counter.form("/households/new", "", "")
	if !ok {
		t.Fatalf("no form for a household:\n%s", counter.page)
	}
	h.values.Set("d.householder.name", privateUse)
	refused("a householder", counter.press(h.action, h.values), cure)
	h.values.Set("d.householder.name", "马长顺")
	h.values.Set("d.householder.phone", "12")
	refused("a householder's telephone", counter.press(h.action, h.values), "应为 7 至 13 位电话号码")

	admin := visit(t, web, "admin")
	admin.get("/admin/offices?q=" + url.QueryEscape("稷峰镇便民服务中心"))
	office := regexp.MustCompile(`/admin/offices/\d+`).FindString(admin.page)
	change := func(name, phone string) reply {
		return admin.press(office, url.Values{"csrf": {admin.csrf()}, "name": {name}, "phone": {phone}})
	}
	refused("the name of an office", change(privateUse, ""), cure)
	for _, phone := range []string{"12", "请打村里", "0359-12345678901", "0359_5520000"} {
		refused("the telephone "+phone, change("稷峰镇便民服务中心", phone), "电话应为 7 至 13 位数字")
	}
	if r := change("稷峰镇便民服务中心", "0359-5520000"); r.status != 303 {
		t.Errorf("a telephone: %d %s", r.status, r.body)
	}

	security := visit(t, web, "security")
	security.get("/admin/accounts?q=" + url.QueryEscape("稷峰镇便民服务中心"))
	desk := regexp.MustCompile(`<option value="(\d+)">稷峰镇便民服务中心`).FindStringSubmatch(security.page)
	refused("the name of an officer", security.press("/admin/accounts", url.Values{"csrf": {security.csrf()},
		"login": {"newclerk"}, "name": {privateUse}, "role": {"window_clerk"}, "office": {desk[1]}}), cure)
}
