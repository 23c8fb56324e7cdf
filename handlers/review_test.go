package handlers

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"anju/handlers/api"
	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/models/db"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// fieldsOfProblem are the fields that a refusal names.
func fieldsOfProblem(m map[string]any) string {
	var names []string
	for _, e := range m["errors"].([]any) {
		names = append(names, e.(map[string]any)["field"].(string))
	}
	return strings.Join(names, " ")
}

func TestPackedBodiesAreRefused(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(`{"login":"counter","password":"anju-demo"}`))
	_ = z.Close()
	for _, enc := range []string{"gzip", "br", "deflate", "x-unknown", "gzip, gzip"} {
		if s, _ := counter.ask("POST", request.APIRoot+"/sessions", b.String(), "Content-Encoding", enc); s != 415 {
			t.Errorf("%s: %d", enc, s)
		}
		res := counter.raw("POST", "/login", bytes.NewReader(b.Bytes()), "Content-Type", "application/x-www-form-urlencoded", "Content-Encoding", enc)
		if res.StatusCode != 415 {
			t.Errorf("%s to a page: %d", enc, res.StatusCode)
		}
	}
	if s, _ := counter.ask("POST", request.APIRoot+"/sessions", `{"login":"counter","password":"anju-demo"}`, "Content-Encoding", "identity"); s != 201 {
		t.Errorf("identity: %d", s)
	}
}

func TestBrokenTextInAddressesAndKeys(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	id := draft(t, counter)
	for _, path := range []string{"/cases?q=%FF", "/cases?q=a%00b", "/cases?q=%0A", "/cases?chain=%C9%EA", "/cases?%FF=1", "/chains/%FF", "/chains/%00", "/cases/" + id + "/materials/HP%00"} {
		if s, m := counter.ask("GET", request.APIRoot+path, ""); s != 400 || !strings.HasPrefix(m["detail"].(string), "文字编码不正确") {
			t.Errorf("%s: %d %v", path, s, m)
		}
	}
	for _, key := range []string{strings.Repeat("k", 129), "钥匙", "\xff"} {
		for _, path := range []string{"/moves", "/records", ""} {
			to, body := request.APIRoot+"/cases/"+id+path, `{"verb":"submit","seen":1}`
			if path == "" {
				to, body = request.APIRoot+"/cases", `{"chain":"homestead","household_id":"1","application":{}}`
			}
			if s, m := counter.ask("POST", to, body, request.KeyHeader, key); s != 400 {
				t.Errorf("key %q to %q: %d %v", key, path, s, m)
			}
		}
	}
	if s, _ := counter.ask("POST", request.APIRoot+"/cases/"+id+"/moves", `{"verb":"submit","seen":1}`, request.KeyHeader, strings.Repeat("k", 128)); s != 422 {
		t.Errorf("the longest key: %d", s)
	}
	res := counter.raw("POST", "/login", strings.NewReader("login=a%00b&password=x"), "Content-Type", "application/x-www-form-urlencoded")
	if res.StatusCode >= 500 {
		t.Errorf("a login with NUL: %d", res.StatusCode)
	}
}

func TestKeyOfAnotherCaseIsRefused(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	_, ch := counter.ask("GET", request.APIRoot+"/chains/homestead", "")
	body := func(household string) string {
		b, _ := json.Marshal(map[string]any{"chain": "homestead", "household_id": household, "application": ch["ready"].(map[string]any)["data"]})
		return string(b)
	}
	s, first := counter.ask("POST", request.APIRoot+"/cases", body("1"), request.KeyHeader, "one")
	if s != 201 {
		t.Fatalf("open: %d %v", s, first)
	}
	if s, again := counter.ask("POST", request.APIRoot+"/cases", body("1"), request.KeyHeader, "one"); s != 201 || again["id"] != first["id"] {
		t.Errorf("again: %d %v", s, again["id"])
	}
	if s, m := counter.ask("POST", request.APIRoot+"/cases", body("2"), request.KeyHeader, "one"); s != 422 || fieldsOfProblem(m) != request.KeyHeader {
		t.Errorf("for another household: %d %v", s, m)
	}
}

func TestDatabaseDown(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	const away, unknown, full = "系统正在恢复，请稍候重试", "结果未知，请勿重复提交，稍后在办件中查看", "服务器存储已满，暂不能保存，请联系县管理员"
	for _, tt := range []struct {
		err    error
		status int
		says   string
	}{
		{db.ErrUnavailable, 503, away}, {fmt.Errorf("read: %w", context.DeadlineExceeded), 503, away}, {io.ErrUnexpectedEOF, 503, away},
		{fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), 503, away}, {&pgconn.PgError{Code: "57P03"}, 503, away},
		{&pgconn.PgError{Code: "53300"}, 503, away}, {fmt.Errorf("write: %w", db.ErrOutcomeUnknown), 503, unknown},
		{&pgconn.PgError{Code: "53100"}, 507, full}, {syscall.ENOSPC, 507, full},
		{&pgconn.PgError{Code: "55P03"}, 503, "数据库正忙，请稍后再试"},
		{errors.New("of no known kind"), 500, "结果未知，请先查看是否已经办成"},
	} {
		o.store.broken = tt.err
		res := counter.raw("GET", request.APIRoot+"/cases/1", nil)
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != tt.status || (res.Header.Get("Retry-After") == "") != (tt.status == 500 || tt.status == 507) || !strings.Contains(string(b), tt.says) ||
			strings.Contains(string(b), "没有保存") {
			t.Errorf("%v: %d %v %s", tt.err, res.StatusCode, res.Header, b)
		}
	}
}

func TestMethodsAndMalformedRequests(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	id := draft(t, counter)
	for _, method := range []string{"PUT", "PATCH", "OPTIONS", "DELETE", "POST", "FOO"} {
		res := counter.raw(method, request.APIRoot+"/cases/"+id, nil)
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != 405 || !strings.Contains(res.Header.Get("Allow"), "GET") && method != "FOO" || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %s", method, res.StatusCode, res.Header, b)
		}
	}
	for _, path := range []string{"/me", "/cases", "/cases/" + id, "/tasks", "/chains/homestead"} {
		res := counter.raw("HEAD", request.APIRoot+path, nil)
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || len(b) > 0 {
			t.Errorf("HEAD %s: %d %q", path, res.StatusCode, b)
		}
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/nowhere", ""); s != 404 {
		t.Errorf("no route: %d", s)
	}
	for _, body := range []string{"garbage", "--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nHP01"} {
		if s, m := counter.ask("POST", request.APIRoot+"/cases/"+id+"/materials", body, "Content-Type", "multipart/form-data; boundary=x"); s != 400 {
			t.Errorf("garbage multipart: %d %v", s, m)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = o.web.Listener(ln) }()
	t.Cleanup(func() { _ = o.web.Shutdown() })
	for _, raw := range []string{
		"GARBAGE\r\n\r\n",
		"GET " + request.APIRoot + "/me HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n",
		"POST " + request.APIRoot + "/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
		"GET " + request.APIRoot + "/me HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 40<<10) + "\r\n\r\n",
		"POST " + request.APIRoot + "/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + strings.Repeat(" ", 9<<10),
	} {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(raw))
		b, _ := io.ReadAll(io.LimitReader(conn, 1<<12))
		_ = conn.Close()
		if !bytes.Contains(b, []byte("application/problem+json")) || !bytes.Contains(b, []byte("nosniff")) || !bytes.HasPrefix(b, []byte("HTTP/1.1 4")) {
			t.Errorf("%.40q is answered %s", raw, b)
		}
	}
}

func TestMediaTypesAndSchemes(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	id := draft(t, counter)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense/"} {
		for _, path := range []string{"/sessions", "/cases", "/households", "/cases/" + id + "/moves", "/demo/clock"} {
			if s, _ := counter.ask("POST", request.APIRoot+path, `{}`, "Content-Type", kind, request.KeyHeader, "k"); s != 415 {
				t.Errorf("%s to %s: %d", kind, path, s)
			}
		}
	}
	if s, _ := counter.ask("POST", request.APIRoot+"/sessions", `{"login":"counter","password":"anju-demo"}`, "Content-Type", "application/json; charset=utf-8"); s != 201 {
		t.Errorf("with a charset: %d", s)
	}
	for _, scheme := range []string{"bearer", "BEARER", "Bearer"} {
		if s, _ := (&client{t: t, web: o.web}).ask("GET", request.APIRoot+"/me", "", "Authorization", scheme+" "+counter.token); s != 200 {
			t.Errorf("%s: %d", scheme, s)
		}
	}
	res := (&client{t: t, web: o.web}).raw("GET", request.APIRoot+"/me", nil)
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("nobody: %d %v", res.StatusCode, res.Header)
	}
}

func TestLineOfAScan(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	id := draft(t, counter)
	if s, m := counter.upload(request.APIRoot+"/cases/"+id+"/materials", "HP01", "扫描.png", smallPNG); s != 201 {
		t.Fatalf("upload: %d %v", s, m)
	}
	_, m := counter.ask("GET", request.APIRoot+"/cases/"+id+"/history", "")
	lines := m["items"].([]any)
	data := lines[len(lines)-1].(map[string]any)["data"].(map[string]any)
	if by, _ := data["by"].(string); by != "1" || !strings.HasSuffix(data["at"].(string), "+08:00") || data["code"] != "HP01" {
		t.Errorf("data %v", data)
	}
}

func TestRefusalNamesItsParty(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	a := problem.NewTranslator(nil, o.store, nil, view.NewBuilder(nil, o.store))
	p := a.Refusal(t.Context(), &workflow.Refusal{Why: workflow.ErrWrongParty, State: glossary.Draft, Party: glossary.CountyApprovalBureau}, problem.RequestInfo{})
	if !strings.Contains(p.Detail, "县行政审批局") {
		t.Errorf("as given: %s", p.Detail)
	}
	s, m := o.as(t, "township").ask("POST", request.APIRoot+"/cases", openedBody(t, counter))
	if s != 403 || !strings.Contains(m["detail"].(string), "便民服务中心") {
		t.Errorf("opened by the head: %d %v", s, m)
	}
}

func openedBody(t *testing.T, counter *client) string {
	t.Helper()
	_, ch := counter.ask("GET", request.APIRoot+"/chains/homestead", "")
	b, err := json.Marshal(map[string]any{"chain": "homestead", "household_id": "1", "application": ch["ready"].(map[string]any)["data"]})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFiltersAndFieldsAreNamed(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	if got := schema.Shown("a\u202eb\nc\ufffe"); got != "abc" {
		t.Errorf("a field's name is repeated as %q", got)
	}
	if got := intake.FileName("a\ufffe\u202eb.png"); got != "ab.png" {
		t.Errorf("a file's name is kept as %q", got)
	}
	for _, tt := range []struct{ query, field, says string }{
		{"light=purple", "light", "green、yellow、red、grey"},
		{"chain=castle", "chain", "homestead"},
		{"state=nowhere", "state", "环节"},
		{"division=马村", "division", "6 至 14 位数字"},
		{"division=14082", "division", "6 至 14 位数字"},
	} {
		if s, m := counter.ask("GET", request.APIRoot+"/cases?"+tt.query, ""); s != 422 || fieldsOfProblem(m) != tt.field || !strings.Contains(m["detail"].(string), tt.says) {
			t.Errorf("%s: %d %v", tt.query, s, m)
		}
	}
	if s, _ := counter.ask("GET", request.APIRoot+"/cases?chain=homestead&state=draft&division=140824&light=red", ""); s != 200 {
		t.Errorf("sound filters: %d", s)
	}
	for _, application := range []string{`[]`, `"x"`, `1`} {
		if s, m := counter.ask("POST", request.APIRoot+"/cases", `{"chain":"homestead","household_id":"1","application":`+application+`}`); s != 422 || fieldsOfProblem(m) != "application" {
			t.Errorf("application %s: %d %v", application, s, m)
		}
	}
}

func TestTextsThatCannotBeSeen(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	b := exampleHousehold(t)
	const name, phone = `"王建国"`, `"13800001234"`
	household := func(old, with string) (int, map[string]any) {
		if !strings.Contains(b, old) {
			t.Fatalf("no %s in %s", old, b)
		}
		return counter.ask("POST", request.APIRoot+"/households", strings.Replace(b, old, with, 1))
	}
	for _, bad := range []string{`"王\u202e国"`, `"王\u2066国"`, `"王\ufeff国"`, `"王\ufffe国"`, `"王\ud800国"`, `"王\udc00\ud800国"`, `"王\u0085国"`, `"王\n国"`, `"王\t国"`, `"王\u0000国"`} {
		if s, m := household(name, bad); s != 422 || fieldsOfProblem(m) != "householder.name" || !strings.Contains(m["detail"].(string), "含有不可见或无法显示的字符") {
			t.Errorf("%s: %d %v", bad, s, m)
		}
	}
	for _, empty := range []string{`"\u200b"`, `"\u3000 \u00a0"`, `"\u3164"`, `"\u200d\u2060"`} {
		if s, m := household(name, empty); s != 422 || !strings.Contains(m["detail"].(string), "请填写姓名") {
			t.Errorf("%s: %d %v", empty, s, m)
		}
	}
	for _, good := range []string{`"䶮𠮷"`, `"阿依古丽·买买提"`, `"\ud842\udfb7"`} {
		if s, m := household(name, good); s != 200 {
			t.Errorf("%s: %d %v", good, s, m)
		}
	}
	for _, bad := range []string{`"-------"`, `"12-34-56"`, `"电话"`} {
		if s, m := household(phone, bad); s != 422 || fieldsOfProblem(m) != "householder.phone" {
			t.Errorf("phone %s: %d %v", bad, s, m)
		}
	}
	for wide, want := range map[string]string{"１３８００００１２３４": "13800001234", "０３５９－５５２２００１": "0359-5522001"} {
		o.store.households = map[workflow.HouseholdID]forms.Household{}
		s, m := counter.ask("POST", request.APIRoot+"/households", strings.Replace(b, phone, `"`+wide+`"`, 1))
		if s != 201 {
			t.Errorf("%s: %d %v", wide, s, m)
		}
		for _, h := range o.store.households {
			if h.Householder.Phone != want {
				t.Errorf("%s is kept as %s", wide, h.Householder.Phone)
			}
		}
	}
	h := forms.Household{}.Example().(forms.Household)
	h.Householder.Phone = "5522001"
	o.store.households[1] = h
	if _, m := counter.ask("GET", request.APIRoot+"/households/1", ""); m["householder"].(map[string]any)["phone"] != "55***01" {
		t.Errorf("a short number is answered as %v", m["householder"])
	}
	for give, want := range map[string]string{"5522001": "55***01", "0359552": "03***52", "138****1234": "138****1234", "": "", "123*4567": "12****67"} {
		if got := view.Hidden(give); got != want {
			t.Errorf("%s is shown as %s, want %s", give, got, want)
		}
	}
}

// A reason of nothing that can be seen is no reason.
func TestReasonThatCannotBeSeen(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	moves := request.APIRoot + "/cases/" + draft(t, counter) + "/moves"
	if s, m := counter.ask("POST", moves, `{"verb":"withdraw","seen":1,"reason":"撤\u202e回"}`, request.KeyHeader, "a"); s != 422 || fieldsOfProblem(m) != "reason" {
		t.Errorf("a reason that reads backwards: %d %v", s, m)
	}
	if s, m := counter.ask("POST", moves, `{"verb":"withdraw","seen":1,"reason":"\u200b\u3000\n"}`, request.KeyHeader, "b"); s != 422 || fieldsOfProblem(m) != "reason" {
		t.Errorf("nothing that can be seen: %d %v", s, m)
	}
	if s, m := counter.ask("POST", moves, `{"verb":"withdraw","seen":1,"reason":"\u3000\n"}`, request.KeyHeader, "c"); s != 200 {
		t.Fatalf("nothing but blanks: %d %v", s, m)
	}
	_, h := counter.ask("GET", strings.TrimSuffix(moves, "moves")+"history", "")
	lines := h["items"].([]any)
	if reason, there := lines[len(lines)-1].(map[string]any)["reason"]; there {
		t.Errorf("kept as the reason %q", reason)
	}
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resized writes another size into the head of a PNG, with its sum.
func resized(b []byte, w, h uint32) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func pdfOf(streams ...string) []byte {
	return []byte("%PDF-1.5\n1 0 obj<</Type/Catalog>>endobj\n" + strings.Join(streams, "") + "trailer<</Root 1 0 R>>\n%%EOF\n")
}

func packed(dict, content string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = io.WriteString(z, content)
	_ = z.Close()
	return fmt.Sprintf("2 0 obj <<%s/Length %d>>\nstream\n%s\nendstream endobj\n", dict, b.Len(), b.String())
}

func TestScansAreLookedInto(t *testing.T) {
	small := pngOf(t, 8, 8)
	broken := bytes.Clone(small)
	broken[len(broken)-20] ^= 0xff
	lying := resized(small, 8, 9) // one row is missing
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	wide := bytes.Clone(j.Bytes())
	at := bytes.Index(wide, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(wide[at+7:], 12001)
	const objects = "/Type/ObjStm/N 1/First 4/Filter/FlateDecode"
	for _, tt := range []struct {
		name, file string
		give       []byte
		want       error
	}{
		{"a picture", "a.png", small, nil},
		{"a photograph", "a.jpg", j.Bytes(), nil},
		{"a picture with a wrong sum", "a.png", broken, intake.ErrFileCut},
		{"a picture that lacks a row", "a.png", lying, intake.ErrFileCut},
		{"a picture too wide", "a.png", resized(small, 12001, 1), intake.ErrFileLarge},
		{"a picture of too many pixels", "a.png", resized(small, 12000, 6667), intake.ErrFileLarge},
		{"a photograph too wide", "a.jpg", wide, intake.ErrFileLarge},
		{"a photograph without a picture", "a.jpg", []byte("\xff\xd8\xff\xda\x00\x02\xff\xd9"), intake.ErrFileKind},
		{"a document with objects", "a.pdf", pdfOf(packed(objects, "1 0 <</Type/Font>>")), nil},
		{"a document with a picture", "a.pdf", pdfOf(packed("/Subtype/Image/Filter/FlateDecode", "/JS (")), nil},
		{"a document with hidden script", "a.pdf", pdfOf(packed(objects, "1 0 <</S/JavaScript/JS(x)>>")), intake.ErrFileActive},
		{"a document with script hidden twice", "a.pdf", pdfOf(packed("/Type/Obj#53tm/Filter[/FlateDecode]", "1 0 <</S/J#61vaScript /J#53(x)>>")), intake.ErrFileActive},
		{"a document with a hidden program", "a.pdf", pdfOf(packed(objects, "1 0 <</S/Launch>>")), intake.ErrFileActive},
		{"a document that sends", "a.pdf", pdfOf("3 0 obj<</S/SubmitForm/F(x)>>endobj\n"), intake.ErrFileActive},
		{"a document that reads", "a.pdf", pdfOf("3 0 obj<</S/ImportData/F(x)>>endobj\n"), intake.ErrFileActive},
		{"a document packed unreadably", "a.pdf", pdfOf(packed("/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]", "x")), intake.ErrFileActive},
		{"a document packed and scrambled", "a.pdf", pdfOf(packed(objects+"/DecodeParms<</Predictor 12/Columns 3>>", "x")), intake.ErrFileActive},
		{"a document packed brokenly", "a.pdf", pdfOf("2 0 obj <<" + objects + ">>\nstream\nnonsense\nendstream endobj\n"), intake.ErrFileCut},
		{"a document that unpacks without end", "a.pdf", pdfOf(packed(objects, strings.Repeat(" ", intake.MaxHidden+1))), intake.ErrFileDeep},
	} {
		if _, err := intake.Sniff(t.Context(), tt.file, tt.give); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestFormsOfScansHoldOneOfEach(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	path := request.APIRoot + "/cases/" + draft(t, counter) + "/materials"
	part := func(name, file, content string) string {
		head := `Content-Disposition: form-data; name="` + name + `"`
		if file != "" {
			head += `; filename="` + file + `"`
		}
		return "--x\r\n" + head + "\r\n\r\n" + content + "\r\n"
	}
	code, file := part("code", "", "HP01"), part("file", "a.png", string(smallPNG))
	for _, tt := range []struct{ name, body, field string }{
		{"two codes", code + part("code", "", "HP02") + file, "code"},
		{"two files", code + file + file, "file"},
		{"a code without a name", part("", "", "HP01") + file, "code"},
		{"a file without a name", code + part("", "a.png", string(smallPNG)), "file"},
		{"a file under another name", code + part("scan", "a.png", string(smallPNG)), "scan"},
	} {
		s, m := counter.ask("POST", path, tt.body+"--x--\r\n", "Content-Type", "multipart/form-data; boundary=x")
		if s != 422 || fieldsOfProblem(m) != tt.field {
			t.Errorf("%s: %d %v", tt.name, s, m)
		}
	}
	if s, m := counter.ask("POST", path, code+file+"--x--\r\n", "Content-Type", "multipart/form-data; boundary=x"); s != 201 {
		t.Errorf("one of each: %d %v", s, m)
	}
	if s, m := counter.ask("POST", path+"?code=HP02", file+"--x--\r\n", "Content-Type", "multipart/form-data; boundary=x"); s != 422 {
		t.Errorf("a code in the address: %d %v", s, m)
	}
}

// conformer holds every JSON answer to the schema that the document publishes for it.
type conformer struct {
	t    *testing.T
	web  tester
	doc  map[string]any
	seen map[string]int
}

func conforming(t *testing.T, web tester) *conformer {
	t.Helper()
	c := &conformer{t: t, web: web, seen: map[string]int{}}
	_, c.doc = (&client{t: t, web: web}).ask("GET", "/api/openapi.json", "")
	return c
}

// Test implements tester.
func (c *conformer) Test(req *http.Request, ms ...int) (*http.Response, error) {
	res, err := c.web.Test(req, ms...)
	if err != nil || !strings.HasPrefix(req.URL.Path, request.APIRoot) {
		return res, err
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return res, err
	}
	res.Body = io.NopCloser(bytes.NewReader(b))
	for path, item := range c.doc["paths"].(map[string]any) {
		if !templateOf(path).MatchString(req.URL.Path) {
			continue
		}
		op, _ := item.(map[string]any)[strings.ToLower(req.Method)].(map[string]any)
		if op == nil {
			continue
		}
		name := fmt.Sprint(op["operationId"], " ", res.StatusCode)
		answer, _ := op["responses"].(map[string]any)[fmt.Sprint(res.StatusCode)].(map[string]any)
		if answer == nil {
			c.t.Errorf("%s is not documented", name)
			continue
		}
		c.seen[name]++
		kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
		content, _ := answer["content"].(map[string]any)
		if len(b) == 0 && content == nil {
			continue
		}
		media, _ := content[kind].(map[string]any)
		if media == nil {
			c.t.Errorf("%s answers %s, which is not documented", name, kind)
			continue
		}
		if !strings.HasSuffix(kind, "json") {
			continue
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			c.t.Errorf("%s: %v", name, err)
			continue
		}
		if err := c.holds(media["schema"].(map[string]any), v, "$"); err != nil && c.seen[name+" bad"] == 0 {
			c.seen[name+" bad"]++
			c.t.Errorf("%s: %v", name, err)
		}
	}
	return res, nil
}

var (
	pathParameter = regexp.MustCompile(`\{[a-z]+\}`)
	pathTemplates sync.Map // path of the document → *regexp.Regexp
)

func templateOf(path string) *regexp.Regexp {
	if made, ok := pathTemplates.Load(path); ok {
		return made.(*regexp.Regexp)
	}
	made := regexp.MustCompile("^" + pathParameter.ReplaceAllString(path, "[^/]+") + "$")
	pathTemplates.Store(path, made)
	return made
}

// holds is the part of JSON Schema that the document uses; a word it does not know fails.
func (c *conformer) holds(s map[string]any, v any, at string) error {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		r, ok := c.doc["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %s is not there", at, ref)
		}
		return c.holds(r, v, at)
	}
	if either, ok := s["anyOf"].([]any); ok {
		var err error
		for _, one := range either {
			if err = c.holds(one.(map[string]any), v, at); err == nil {
				return nil
			}
		}
		return err
	}
	for word := range s {
		if !slices.Contains([]string{"type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minLength", "maxLength", "format", "minimum",
			"maximum", "minItems", "maxItems", "description", "examples", "title", "x-order"}, word) {
			return fmt.Errorf("%s: the test does not know %s", at, word)
		}
	}
	kind := "null"
	switch n := v.(type) {
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	case float64:
		if kind = "number"; n == float64(int64(n)) {
			kind = "integer"
		}
	}
	switch want := s["type"].(type) {
	case string:
		if want != kind && (want != "number" || kind != "integer") {
			return fmt.Errorf("%s is %s, not %s", at, kind, want)
		}
	case []any:
		if !slices.Contains(want, any(kind)) && (kind != "integer" || !slices.Contains(want, any("number"))) {
			return fmt.Errorf("%s is %s, not %v", at, kind, want)
		}
	}
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, v) {
		return fmt.Errorf("%s: %v is none of %v", at, v, list)
	}
	if text, ok := v.(string); ok {
		if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(text) {
			return fmt.Errorf("%s: %q is not %s", at, text, p)
		}
		n := float64(utf8.RuneCountInString(text))
		if least, ok := s["minLength"].(float64); ok && n < least {
			return fmt.Errorf("%s: %q is too short", at, text)
		}
		if most, ok := s["maxLength"].(float64); ok && n > most {
			return fmt.Errorf("%s: %q is too long", at, text)
		}
	}
	if list, ok := v.([]any); ok {
		items, _ := s["items"].(map[string]any)
		for i, x := range list {
			if err := c.holds(items, x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := m[name.(string)]; !there {
			return fmt.Errorf("%s lacks %v", at, name)
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, x := range m {
		p, known := properties[name].(map[string]any)
		if !known {
			if s["additionalProperties"] == false {
				return fmt.Errorf("%s has %s, which is not documented", at, name)
			}
			continue
		}
		if err := c.holds(p, x, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

// Every answer of a walk through all operations is as its document says.
func TestAnswersAreAsDocumented(t *testing.T) {
	o := newOutside(t)
	web := conforming(t, o.web)
	counter, group := logIn(t, web, "counter"), logIn(t, web, "group")
	nobody := &client{t: t, web: web}
	id := draft(t, counter)
	at := request.APIRoot + "/cases/" + id
	household := exampleHousehold(t)
	for _, x := range []struct {
		by                 *client
		method, path, body string
		status             int
	}{
		{nobody, "GET", "/me", "", 401}, {nobody, "POST", "/sessions", `{"login":"counter","password":"x"}`, 401}, {counter, "GET", "/me", "", 200},
		{counter, "GET", "/chains", "", 200}, {counter, "GET", "/chains/homestead", "", 200}, {counter, "GET", "/chains/castle", "", 404},
		{counter, "POST", "/households", household, 200}, {counter, "GET", "/households/1", "", 200}, {counter, "GET", "/households/999", "", 404},
		{counter, "POST", "/households", `{}`, 422}, {group, "POST", "/households", household, 403},
		{counter, "GET", "/cases", "", 200}, {counter, "GET", "/cases?light=purple", "", 422}, {counter, "GET", "/cases?q=%00", "", 400},
		{counter, "GET", "/cases/" + id, "", 200}, {counter, "GET", "/cases/abc", "", 400}, {counter, "GET", "/cases/" + id + "/materials/HP01", "", 404},
		{counter, "POST", "/cases/" + id + "/moves", `{"verb":"submit","seen":1}`, 422}, {group, "POST", "/cases/" + id + "/moves", `{"verb":"submit","seen":1}`, 403},
		{counter, "POST", "/cases/" + id + "/moves", `{"verb":"approve","seen":1}`, 409}, {counter, "POST", "/cases/" + id + "/records", `{"kind":"x"}`, 409},
		{counter, "POST", "/demo/clock", `{"advance":"1h"}`, 200}, {counter, "POST", "/demo/clock", `{}`, 422},
	} {
		if s, m := x.by.ask(x.method, request.APIRoot+x.path, x.body, request.KeyHeader, "k"); s != x.status {
			t.Errorf("%s %s: %d %v", x.method, x.path, s, m)
		}
	}
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		if s, m := counter.upload(at+"/materials", code, "扫描.png", smallPNG); s != 201 {
			t.Fatalf("upload %s: %d %v", code, s, m)
		}
	}
	if s, _ := counter.upload(at+"/materials", "HP01", "a.png", []byte("x")); s != 422 {
		t.Error("a broken scan is taken")
	}
	if res := counter.raw("GET", at+"/materials/HP01", nil); res.StatusCode != 200 {
		t.Errorf("the scan: %d", res.StatusCode)
	}
	if s, m := counter.ask("POST", at+"/moves", `{"verb":"submit","seen":1}`, request.KeyHeader, "go"); s != 200 {
		t.Fatalf("submit: %d %v", s, m)
	}
	data := func(f workflow.Form) string { return `,"data":` + exampleJSON(t, f) + `}` }
	if s, m := group.ask("POST", at+"/moves", `{"verb":"submit","seen":2`+data(forms.MeetingSubmission{}), request.KeyHeader, "meet"); s != 200 {
		t.Fatalf("call a meeting: %d %v", s, m)
	}
	o.clock.Set(o.clock.Now().AddDate(0, 0, 20))
	if s, m := group.ask("POST", at+"/records", `{"kind":"meeting_record"`+data(forms.MeetingRecord{}), request.KeyHeader, "met"); s != 200 {
		t.Fatalf("write down the meeting: %d %v", s, m)
	}
	for _, path := range []string{at, at + "/history", at + "/deadlines", at + "/documents", request.APIRoot + "/tasks", request.APIRoot + "/cases"} {
		for _, by := range []*client{counter, group} {
			if s, m := by.ask("GET", path, ""); s != 200 {
				t.Errorf("%s: %d %v", path, s, m)
			}
		}
	}
	w := teamOf(t, web)
	late := lateVillage(w)
	breach := w.get("village", "/sla/breaches?case_id="+late)["items"].([]any)[0].(map[string]any)["id"].(string)
	for _, x := range []struct {
		by, method, path, body string
		status                 int
	}{
		{"village", "GET", "/sla/breaches/" + breach, "", 200}, {"auditor", "GET", "/sla/summary", "", 200}, {"auditor", "GET", "/reports/quarterly", "", 200}, {"auditor", "GET", "/sla/stages", "", 200},
		{"auditor", "GET", "/sla/stages?light=blue", "", 422}, {"group", "GET", "/sla/summary", "", 403}, {"auditor", "GET", "/sla/breaches/999", "", 404},
		{"township", "POST", "/sla/breaches/" + breach + "/explanations", `{"text":"x"}`, 403}, {"village", "POST", "/sla/breaches/" + breach + "/explanations", `{"text":"x","move_by":"2026-05-01"}`, 201},
		{"auditor", "POST", "/sla/breaches/" + breach + "/rulings", `{"ruling":"upheld","ground":"x"}`, 201}, {"village", "POST", "/sla/breaches/" + breach + "/explanations", `{"text":"x"}`, 409},
		{"auditor", "GET", "/sla/breaches/" + breach, "", 200}, {"auditor", "GET", "/sla/breaches", "", 200}, {"auditor", "GET", "/cases/" + late + "/attribution", "", 200},
		{"auditor", "POST", "/sla/breaches/" + breach + "/rulings", `{"ruling":"upheld"}`, 422},
	} {
		if s, m := w.as(x.by).ask(x.method, request.APIRoot+x.path, x.body); s != x.status {
			t.Errorf("%s %s %s: %d %v", x.by, x.method, x.path, s, m)
		}
	}
	for _, x := range []struct {
		by, method, path, body string
		status                 int
	}{
		{"counter", "GET", "/households/1/changes", "", 200},
		{"counter", "PATCH", "/households/1", `{"kind":"phone","reason":"换号","evidence":"当面","data":{"phone":"13800005678"}}`, 200},
		{"counter", "PATCH", "/households/1", `{"kind":"phone","reason":"换号","evidence":"当面","data":{}}`, 422},
		{"village", "GET", "/notices", "", 200}, {"village", "POST", "/notices/1/acknowledgement", "", 204}, {"village", "GET", "/inbox", "", 200},
		{"village", "POST", "/inbox/1/read", "", 204}, {"village", "POST", "/inbox/1/acknowledgement", "", 204}, {"admin", "GET", "/notices", "", 403},
		{"village", "GET", "/premises-checks", "", 200}, {"village", "GET", "/me/contact", "", 200}, {"village", "POST", "/me/contact", `{"phone":"13800001234","quiet_from":"12:00","quiet_to":"14:00","daily_digest":true}`, 200},
		{"village", "POST", "/me/contact", `{"daily_digest":true,"quiet_from":"25:00"}`, 422}, {"village", "GET", "/leaves", "", 200},
		{"village", "POST", "/leaves", `{"from":"2026-03-09","to":"2026-03-13","reason":"外出培训"}`, 201},
		{"village", "POST", "/leaves", `{"officer":"township","from":"2026-03-09","to":"2026-03-13","reason":"x"}`, 403}, {"village", "GET", "/calendar", "", 200},
		{"admin", "GET", "/queue", "", 200}, {"auditor", "GET", "/queue", "", 403}, {"admin", "GET", "/queue/failed", "", 200}, {"admin", "GET", "/queue/deliveries", "", 200},
		{"admin", "POST", "/queue/failed/1/redrive", "", 204}, {"admin", "POST", "/queue/deliveries/1/redrive", "", 204}, {"admin", "POST", "/queue/failed/9/redrive", "", 404},
		{"admin", "GET", "/channels", "", 200}, {"admin", "POST", "/channels", `{"kind":"mail","active":true,"config":{"url":"smtps://mail.example.gov.cn:465"}}`, 201},
		{"admin", "DELETE", "/channels/1", "", 204}, {"counter", "POST", "/channels", `{}`, 403},
		{"village", "GET", "/contractors?work=build", "", 200}, {"village", "GET", "/contractors?work=paint", "", 422}, {"village", "POST", "/contractors", `{}`, 403},
		{"housing", "POST", "/contractors", contractorExample, 201}, {"housing", "POST", "/contractors", `{}`, 422},
		{"housing", "POST", "/contractors/91140824MA0ANJU02M/strike", `{"reason":"转包"}`, 204}, {"housing", "POST", "/contractors/91140824MA0ANJU02M/strike", `{}`, 422},
		{"housing", "POST", "/contractors/91140824MA0ANJU062/restore", `{"reason":"查明不实"}`, 204}, {"housing", "POST", "/contractors/nobody/restore", `{"reason":"x"}`, 404},
	} {
		if s, m := w.as(x.by).ask(x.method, request.APIRoot+x.path, x.body); s != x.status {
			t.Errorf("%s %s %s: %d %v", x.by, x.method, x.path, s, m)
		}
	}
	for _, f := range api.Formats {
		for _, name := range []string{"summary", "breaches"} {
			file(t, w.as("auditor"), "/sla/"+name+"."+f.Name)
		}
	}
	stopped := w.open("homestead")
	w.until(stopped, "joint_review")
	w.wrote("economic", stopped, "pause_clock", nil)
	w.serve(stopped, "特别程序告知书")
	for _, path := range []string{"", "/deadlines", "/attribution", "/history"} {
		w.get("township", "/cases/"+stopped+path)
	}
	if s, _ := counter.ask("DELETE", request.APIRoot+"/sessions/current", ""); s != 204 {
		t.Error("log out")
	}
	for path, item := range web.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			op := op.(map[string]any)
			var names, needed []string
			list, _ := op["parameters"].([]any)
			for _, p := range list {
				p := p.(map[string]any)
				names = append(names, p["name"].(string))
				if p["required"] == true {
					needed = append(needed, p["name"].(string))
				}
			}
			if method != "get" && path != request.APIRoot+"/sessions" && !slices.Contains(names, request.CsrfHeader) {
				t.Errorf("%s %s does not name %s", method, path, request.CsrfHeader)
			}
			if strings.HasSuffix(path, "/moves") || strings.HasSuffix(path, "/records") {
				if !slices.Contains(needed, request.KeyHeader) {
					t.Errorf("%s does not say that it needs a key", path)
				}
			}
			// TestPartySignsOnAPhone, TestPapersOfACaseOverHTTP, TestServiceIsBoughtForVillagers and TestAProgramChangesItsOneTimePassword hold these to
			// their descriptions
			ok := map[any]bool{"change-password": true, "make-sign-link": true, "get-document": true, "blank-form": true, "print-batch": true, "archive-package": true, "set-seal": true,
				"file-purchase-agency": true, "publish-purchase-agency": true, "select-purchase": true, "confirm-purchase": true, "pay-purchase": true, "purchase-settlement": true,
				"purchase-settlement-csv": true, "quarterly-xlsx": true, "quarterly-csv": true, "purchase-settlement-xlsx": true, "purchase-agencies": true}[op["operationId"]]
			for name := range web.seen {
				ok = ok || strings.HasPrefix(name, op["operationId"].(string)+" 2")
			}
			if !ok {
				t.Errorf("%s %s was not walked", method, path)
			}
		}
	}
}
