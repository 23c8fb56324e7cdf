package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"anju/handlers"
	"anju/workflow/law/lawtest"
)

// The papers of a case as people get them: printed, checked by their code, voided, packed for the archives, the result made public.
func TestPapersOfACaseOverHTTP(t *testing.T) { // R53, R111, A37, L11
	lawtest.Claim(t, "R53", "L11")
	t.Parallel()
	if testing.Short() {
		t.Skip("papers are printed in the whole run")
	}
	served, _ := county(t)
	web := handlers.Conforming(t, served)
	w := &walker{t: t, accounts: map[string]*handlers.Client{}}
	for _, l := range logins {
		w.accounts[l] = handlers.LogIn(t, web, l)
	}
	_, w.chain = w.accounts["counter"].Ask("GET", "/api/v1/chains/homestead", "")
	w.open()
	for w.look("counter")["state"] != "filed" {
		w.step(w.look("counter"))
	}
	counter, at := w.accounts["counter"], "/api/v1/cases/"+w.id
	pdf := func(by *handlers.Client, path string) []byte {
		t.Helper()
		res := by.Raw("GET", path, nil)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || !bytes.HasPrefix(body, []byte("%PDF-")) || res.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("%s: %d %s %.80s", path, res.StatusCode, res.Header.Get("Content-Type"), body)
		}
		return body
	}
	_, list := counter.Ask("GET", at+"/documents", "")
	byForm := map[string]map[string]any{}
	for _, d := range list["items"].([]any) {
		d := d.(map[string]any)
		byForm[d["form"].(string)] = d
	}
	newest := pdf(counter, at+"/documents/F05.pdf")
	if !bytes.Equal(newest, pdf(counter, at+"/documents/"+byForm["F05"]["id"].(string)+".pdf")) || !bytes.Equal(newest, pdf(w.accounts["village"], at+"/documents/F05.pdf")) {
		t.Error("the same paper is not the same bytes")
	}
	for _, form := range []string{"F01", "F02", "F03", "F04", "F14", "F21", "F23", "F24", "F25", "F26", "F27", "F28", "F33"} {
		pdf(counter, at+"/documents/"+form+".pdf")
	}
	pdf(counter, "/api/v1/forms/F08.pdf")
	stranger := handlers.LogIn(t, web, "counter2")
	for path, by := range map[string]*handlers.Client{at + "/documents/F05.pdf": stranger, at + "/documents/F12.pdf": counter, at + "/documents/1.pdf": counter,
		at + "/documents/..%2F..%2Fkey.pdf": counter, "/api/v1/forms/F99.pdf": counter, at + "/archive.zip": stranger} {
		if res := by.Raw("GET", path, nil); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if s, m := counter.Ask("GET", at+"/archive.zip", ""); s != 409 {
		t.Errorf("an open case is archived: %d %v", s, m)
	}
	anybody := &browser{t: t, web: served}
	code := byForm["F05"]["verify"].(string)
	anybody.get(code)
	head := w.look("counter")["household"].(map[string]any)["head"].(string)
	if anybody.status != 200 || !strings.Contains(anybody.page, byForm["F05"]["number"].(string)) || !strings.Contains(anybody.page, "有效") || strings.Contains(anybody.page, head) {
		t.Errorf("%s: %d\n%s", code, anybody.status, anybody.page)
	}
	for _, bad := range []string{code[:len(code)-1] + "x", "/verify/1-abc", "/verify/x"} {
		if anybody.get(bad); anybody.status != 404 {
			t.Errorf("%s: %d", bad, anybody.status)
		}
	}
	void := fmt.Sprintf(`{"kind":"void_certificate","data":{"number":%q,"reason":"四至有误","replace":true,"corrected":{"boundary":{"east":"村路","south":"张志强宅","west":"水渠","north":"马有才宅"}}}}`, byForm["F05"]["number"])
	if s, m := counter.Ask("POST", at+"/records", void, w.key()...); s != 403 {
		t.Errorf("the counter voids a certificate: %d %v", s, m)
	}
	if s, m := w.accounts["township"].Ask("POST", at+"/records", void, w.key()...); s != 200 {
		t.Fatalf("void: %d %v", s, m)
	}
	if s, m := w.accounts["township"].Ask("POST", at+"/records", void, w.key()...); s != 422 {
		t.Errorf("void twice: %d %v", s, m)
	}
	if anybody.get(code); !strings.Contains(anybody.page, "已作废") {
		t.Errorf("the old certificate is not shown void:\n%s", anybody.page)
	}
	if bytes.Equal(newest, pdf(counter, at+"/documents/F05.pdf")) || !bytes.Equal(newest, pdf(counter, at+"/documents/"+byForm["F05"]["id"].(string)+".pdf")) {
		t.Error("the new certificate is the old one, or the old one changed")
	}
	ids, _ := json.Marshal(map[string]any{"documents": []any{byForm["F04"]["id"], "F05", "F03"}})
	res := counter.Raw("POST", at+"/documents/batch", ids)
	body, _ := io.ReadAll(res.Body)
	if names := zipped(t, body); res.StatusCode != 200 || len(names) != 3 {
		t.Errorf("batch: %d %v", res.StatusCode, names)
	}
	w.step(w.look("counter"))
	res = counter.Raw("GET", at+"/archive.zip", nil)
	body, _ = io.ReadAll(res.Body)
	names := zipped(t, body)
	for _, want := range []string{"清单.json", "历史.json", "办件.json", "F33 一户一档目录.pdf"} {
		if !names[want] {
			t.Errorf("the package lacks %s: %v", want, names)
		}
	}
	anybody.get("/disclosures")
	if anybody.status != 200 || !strings.Contains(anybody.page, "133.00") || strings.Contains(anybody.page, head) || strings.Contains(anybody.page, "1408241") {
		t.Errorf("disclosures: %d\n%s", anybody.status, anybody.page)
	}
	_, h := counter.Ask("GET", at+"/history?per_page=200", "")
	prints := 0
	for _, x := range h["items"].([]any) {
		if x.(map[string]any)["verb"] == "print" {
			prints++
		}
	}
	if prints < 7 {
		t.Errorf("%d papers are in the history", prints)
	}
}

func zipped(t *testing.T, body []byte) map[string]bool {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("%v: %.80s", err, body)
	}
	names := map[string]bool{}
	for _, f := range z.File {
		names[f.Name] = true
	}
	return names
}
