package main_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/workflow/chains"
)

// These tests pin what Anju does, seen from outside: the program runs as a process of its own, asked over HTTP by the
// accounts of the demo county. They know no package of it, so that its inside can be built anew under them. After a
// change that is meant, look at the difference of the goldens that `go test ./cmd/anju -run Pinned -update` writes.

var updatePinned = flag.Bool("update", false, "write the goldens of testdata/pinned anew")

// pinnedLogins are the accounts of the demo county.
var pinnedLogins = []string{"counter", "group", "village", "economic", "social", "planning", "township", "agriculture",
	"resources", "housing", "approval",
	"market", "station", "supervision", "auditor", "admin", "security", "audit", "counter2", "group2", "village2",
	"township2", "village3"}

// pinnedChains are the published chains, walked one after the other in one county: each begins on the day on which the
// one before has ended.
func pinnedChains() (ids []string) {
	for _, ch := range chains.Published() {
		if id := string(ch.ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func pinned(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "pinned", name)
	if *updatePinned {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run with -update", err)
	}
	if string(want) == got {
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			t.Errorf("%s:%d is\n\t%s\nwant\n\t%s", file, i+1, is[i], was[i])
			return
		}
	}
	t.Errorf("%s has %d lines, want %d", file, len(is), len(was))
}

// pinnedCounty is a served demo county with a session of each account.
type pinnedCounty struct {
	t        *testing.T
	base     string
	people   string   // demo.yml, with the identity numbers that villagers type
	logins   []string // who is asked whether they may
	tokens   map[string]string
	now      time.Time
	keys     int
	password string          // of every account; "" is the demo's
	turn     func(by string) // lets time pass where no demo clock stands; nil under the demo
}

// servePinned runs `anju serve --demo` on a fresh folder. Its master key is always the same, so that query codes and
// codes of papers are.
func servePinned(t *testing.T, args ...string) *pinnedCounty {
	t.Helper()
	return servePinnedBy(t, "anju", args...)
}

// servePinnedBy is servePinned by another program.
func servePinnedBy(t *testing.T, program string, args ...string) *pinnedCounty {
	t.Helper()
	data := t.TempDir()
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("anju"), 8))
	if err := os.WriteFile(filepath.Join(data, "master.key"), []byte(`{"keys":{"1":"`+key+`"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	people, err := os.ReadFile(filepath.Join("..", "..", "seeds", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	c := &pinnedCounty{t: t, people: string(people), logins: slices.Clone(pinnedLogins), tokens: map[string]string{},
		now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))}
	c.base, _ = pinnedServer(t, exec.Command(program, append([]string{"serve", "--demo", "--addr", "127.0.0.1:0",
		"--base-url", "https://anju.example", "--data", data}, args...)...))
	for _, l := range c.logins {
		c.logIn(l)
	}
	return c
}

// pinnedServer starts a server, and returns its address and what stops it, which the end of the test does too.
func pinnedServer(t *testing.T, cmd *exec.Cmd) (base string, stop func()) {
	t.Helper()
	out, log := pinnedOutput(t)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil || t.Failed() {
			text := log()
			t.Errorf("serve ended: %v …%s", err, text[max(0, len(text)-4000):])
		}
	})
	t.Cleanup(stop)
	address := regexp.MustCompile(`http://127[0-9.:]+`)
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if base = address.FindString(log()); base != "" {
			return base, stop
		}
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("serve does not start: %v\n%s", err, log())
		default:
		}
		if time.Now().After(until) {
			t.Fatalf("serve does not start:\n%s", log())
		}
	}
}

func (c *pinnedCounty) logIn(login string) {
	c.t.Helper()
	if login != "" {
		c.tokens[login] = c.must("", "POST", "/api/v1/sessions",
			map[string]string{"login": login, "password": cmp.Or(c.password, "anju-demo")})["token"].(string)
	}
}

// pinnedOutput is a file that a process writes, and what stands in it.
func pinnedOutput(t *testing.T) (*os.File, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, func() string { b, _ := os.ReadFile(f.Name()); return string(b) }
}

// pinnedClient follows nothing: where an answer leads is part of it.
var pinnedClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}}

func (c *pinnedCounty) send(login, method, path, kind string, body []byte, headers ...string) (*http.Response, []byte) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.tokens[login] != "" {
		req.Header.Set("Authorization", "Bearer "+c.tokens[login])
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := pinnedClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, b
}

func (c *pinnedCounty) ask(login, method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body)
	}
	c.keys++
	res, text := c.send(login, method, path, "application/json", b, "Idempotency-Key", fmt.Sprint("pinned-", c.keys))
	var m map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &m); err != nil {
			c.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
		}
	}
	return res.StatusCode, m
}

// must asks for what has to succeed.
func (c *pinnedCounty) must(login, method, path string, body any) map[string]any {
	c.t.Helper()
	status, m := c.ask(login, method, path, body)
	if status >= 300 {
		c.t.Fatalf("%s asks %s %s %v: %d %v", login, method, path, body, status, m)
	}
	return m
}

// list reads all pages of a list.
func (c *pinnedCounty) list(login, path string) (all []map[string]any) {
	c.t.Helper()
	for page := 1; ; page++ {
		m := c.must(login, "GET", fmt.Sprintf("%s?per_page=200&page=%d", path, page), nil)
		items := pinnedObjects(m["items"])
		all = append(all, items...)
		if len(items) < 200 {
			return all
		}
	}
}

func (c *pinnedCounty) wait(by string) {
	c.t.Helper()
	if c.turn != nil {
		c.turn(by)
		return
	}
	now, err := time.Parse(time.RFC3339, c.must("counter", "POST", "/api/v1/demo/clock",
		map[string]string{"advance": by})["now"].(string))
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = now
}

func pinnedObjects(v any) (list []map[string]any) {
	items, _ := v.([]any)
	for _, x := range items {
		list = append(list, x.(map[string]any))
	}
	return list
}

// A pinnedWalk takes one case to its end and writes down what is seen of it.
type pinnedWalk struct {
	*pinnedCounty
	chain map[string]any
	path  string
	out   strings.Builder
	late  bool // it lay once past its due day
}

func TestPinnedWalks(t *testing.T) {
	modelstest.Poppler(t)
	walks := func(t *testing.T, args ...string) {
		c := servePinned(t, args...)
		for _, chain := range pinnedChains() {
			began := time.Now()
			w := &pinnedWalk{pinnedCounty: c, chain: c.must("counter", "GET", "/api/v1/chains/"+chain, nil)}
			w.walk()
			pinned(t, "walk_"+chain+".txt", w.out.String())
			t.Logf("%s took %s", chain, time.Since(began).Round(time.Millisecond))
		}
	}
	t.Run("postgres", func(t *testing.T) {
		if *updatePinned {
			t.Skip("the goldens are written from SQLite; run again without -update")
		}
		modelstest.Long(t)
		t.Parallel()
		walks(t, "--db", modelstest.Postgres(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		if testing.Short() && !*updatePinned {
			t.Skip("every chain from its beginning to its end")
		}
		t.Parallel()
		walks(t)
	})
}

func (w *pinnedWalk) print(format string, a ...any) { fmt.Fprintf(&w.out, format+"\n", a...) }

func (w *pinnedWalk) walk() {
	ready := w.chain["ready"].(map[string]any)
	opened := w.must(ready["by"].(string), "POST", "/api/v1/cases",
		map[string]any{"chain": w.chain["id"], "household_id": ready["household_id"],
			"application": w.dated(ready["data"])})
	w.path = "/api/v1/cases/" + opened["id"].(string)
	w.print("# %s %s\n", w.chain["title"], opened["number"])
	for range 60 {
		c := w.must("counter", "GET", w.path, nil)
		if c["closed_at"] != nil {
			w.ended(c)
			return
		}
		w.step(c)
	}
	w.t.Fatalf("%s does not end", w.chain["id"])
}

// dated moves the days of an example, which plays on 2026-03-02, to the day of the walk.
func (w *pinnedWalk) dated(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = w.dated(v[k])
		}
	case []any:
		for i := range v {
			v[i] = w.dated(v[i])
		}
	case string:
		if d, err := time.Parse(time.DateOnly, v); err == nil {
			began := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
			today := time.Date(w.now.Year(), w.now.Month(), w.now.Day(), 0, 0, 0, 0, time.UTC)
			return d.Add(today.Sub(began)).Format(time.DateOnly)
		}
	}
	return v
}

// row is a verb or a kind of record of a stage as the chain publishes it.
func (w *pinnedWalk) row(state any, list, name string, value any) map[string]any {
	for _, st := range pinnedObjects(w.chain["stages"]) {
		for _, r := range pinnedObjects(st[list]) {
			if st["state"] == state && r[name] == value {
				return r
			}
		}
	}
	w.t.Fatalf("%v of %v is not published", value, state)
	return nil
}

func (w *pinnedWalk) example(row map[string]any) any {
	b, _ := json.Marshal(row["data"].(map[string]any)["examples"].([]any)[0])
	var copied any
	_ = json.Unmarshal(b, &copied)
	return w.dated(copied)
}

// step takes a case through one stage, under the demo a day after it came into it.
func (w *pinnedWalk) step(c map[string]any) {
	if w.turn == nil {
		w.wait("24h")
		w.lie(c)
	}
	c = w.must("counter", "GET", w.path, nil)
	stage := c["stage"].(map[string]any)
	w.print("## %s %s (%s)", w.day(), c["title"], c["state"])
	w.print("stage %s", pinnedJSON(stage))
	refused := ""
	for range 60 {
		verb := w.ahead(c)
		if verb == nil {
			return // ended, or moved by the law itself
		}
		blocked := pinnedObjects(verb["blocked"])
		if refused == "" {
			for _, b := range blocked {
				w.print("needs %v %v %v", b["rule"], b["condition"], b["message"])
			}
			refused = "seen"
		}
		if len(blocked) == 0 {
			w.move(c, verb["verb"])
			return
		}
		w.meet(c, blocked[0]["by"].(string))
		before := c["state"]
		if c = w.must("counter", "GET", w.path, nil); c["state"] != before {
			return
		}
	}
	w.t.Fatalf("stage %v does not end", c["state"])
}

// lie leaves a case on its desk for three days past its due day, once.
func (w *pinnedWalk) lie(c map[string]any) {
	stage := c["stage"].(map[string]any)
	limit, _ := stage["limit"].(map[string]any)
	if w.late || stage["due_on"] == nil || limit == nil || limit["kind"] != "max" {
		return
	}
	w.late = true
	for range 60 {
		now := w.must("counter", "GET", w.path, nil)
		if now["state"] != c["state"] {
			return
		}
		if now["stage"].(map[string]any)["light"] == "red" {
			w.wait("72h")
			return
		}
		w.wait("24h")
	}
}

func (w *pinnedWalk) day() string { return w.now.Format(time.DateOnly) }

func (w *pinnedWalk) ahead(c map[string]any) map[string]any {
	for _, v := range pinnedObjects(c["verbs"]) {
		if w.row(c["state"], "verbs", "verb", v["verb"])["ahead"] == true {
			return v
		}
	}
	return nil
}

// move takes a verb by each account that may, which must be one.
func (w *pinnedWalk) move(c map[string]any, verb any) {
	body := map[string]any{"verb": verb, "seen": c["seen"], "data": w.example(w.row(c["state"], "verbs", "verb", verb))}
	var by []string
	for _, l := range w.logins {
		status, view := w.ask(l, "GET", w.path, nil)
		if status != http.StatusOK {
			continue
		}
		for _, v := range pinnedObjects(view["verbs"]) {
			if v["verb"] == verb && v["allowed"] == true {
				by = append(by, l)
			}
		}
	}
	if len(by) != 1 {
		w.t.Fatalf("%v in %v is allowed to %v", verb, c["state"], by)
	}
	after := w.must(by[0], "POST", w.path+"/moves", body)
	w.print("%s does %s: %s -> %s\n", by[0], verb, c["state"], after["state"])
}

func (w *pinnedWalk) meet(c map[string]any, by string) {
	what, name, _ := strings.Cut(by, ":")
	switch what {
	case "time":
		w.wait("24h")
		return
	case "material":
		for _, l := range w.logins {
			if w.upload(l, name) == http.StatusCreated {
				w.print("%s hands in %s", l, name)
				return
			}
		}
	case "record":
		row := w.row(c["state"], "records", "kind", name)
		for _, l := range w.logins {
			status, v := w.ask(l, "GET", w.path, nil)
			if status != http.StatusOK {
				continue
			}
			for _, r := range pinnedObjects(v["records"]) {
				if r["kind"] == name && r["allowed"] == true && r["optional"] == false {
					w.must(l, "POST", w.path+"/records", map[string]any{"kind": name, "data": w.example(row)})
					w.print("%s records %s", l, name)
					return
				}
			}
		}
	}
	w.t.Fatalf("%v in %v: nothing meets %s", w.path, c["state"], by)
}

func (w *pinnedWalk) upload(login, code string) int {
	const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
	picture, _ := base64.StdEncoding.DecodeString(onePixel)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("code", code)
	file, err := form.CreateFormFile("file", code+".png")
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = file.Write(picture)
	_ = form.Close()
	res, _ := w.send(login, "POST", w.path+"/materials", form.FormDataContentType(), b.Bytes())
	return res.StatusCode
}

// ended writes down what a closed case left behind.
func (w *pinnedWalk) ended(c map[string]any) {
	w.wait("1m") // what it has told arrives
	w.print("# Case\n%s\n", pinnedIndented(pinnedWithout(c, "id", "seen", "verbs", "records", "documents")))
	lines, prints := w.history(len(c["documents"].([]any)))
	w.print("# History\n%s\n\n# Printed\n%s", strings.Join(lines, "\n"), strings.Join(prints, "\n"))
	w.print("\n# Deadlines")
	for _, d := range w.list("counter", w.path+"/deadlines") {
		d["days"] = len(d["days"].([]any))
		w.print("%s", pinnedJSON(pinnedWithout(d, "id")))
	}
	w.print("\n# Papers")
	for _, d := range w.list("counter", w.path+"/documents") {
		w.print("%s\n%s", pinnedJSON(pinnedWithout(d, "id", "verify")), w.paper(d["id"].(string)))
	}
	w.print("# Messages")
	for _, l := range w.logins {
		var lines []string
		if status, _ := w.ask(l, "GET", "/api/v1/inbox", nil); status != http.StatusOK {
			continue
		}
		for _, n := range w.list(l, "/api/v1/inbox") {
			if n["number"] == c["number"] {
				if n["kind"] == "message" {
					delete(n, "at") // when it was delivered
				}
				n["text"] = pinnedClimb.ReplaceAllString(n["text"].(string), "…未确认")
				lines = append(lines, l+" "+pinnedJSON(pinnedWithout(n, "id", "case_id", "number", "chain")))
			}
		}
		slices.Sort(lines)
		for _, line := range lines {
			w.print("%s", line)
		}
	}
	w.print("\n# Public progress\n%s", w.progress(c["household"].(map[string]any)["head"].(string)))
}

// history is the lines of a case in their order, and apart from them, as they are written beside the moves, those of
// its printed papers. They lack their numbers, which count the papers in, and their hashes.
func (w *pinnedWalk) history(papers int) (lines, prints []string) {
	w.t.Helper()
	for try := range 600 {
		if try%50 == 49 {
			w.wait("1m") // what failed is tried again
		}
		lines, prints = nil, nil
		for _, l := range w.list("counter", w.path+"/history") {
			if l["verb"] == "print" {
				data := l["data"].(map[string]any)
				prints = append(prints, fmt.Sprint(data["form"], " ", data["number"], " ", data["title"], " ", l["by"], " ",
					l["rule"], " ", l["title"]))
				continue
			}
			lines = append(lines, pinnedJSON(pinnedWithout(l, "id", "step", "officer_id", "hash", "previous", "key_version",
				"algorithm")))
		}
		if len(prints) >= papers {
			slices.Sort(prints)
			return lines, prints
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("%d of %d papers are printed: %v", len(prints), papers, prints)
	return nil, nil
}

// paper is the text of an issued PDF, without what versions of pdftotext do differently: the number of spaces and empty
// lines.
func (w *pinnedWalk) paper(id string) string {
	w.t.Helper()
	res, pdf := w.send("counter", "GET", w.path+"/documents/"+id+".pdf", "", nil)
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("paper %s: %d %s", id, res.StatusCode, pdf)
	}
	cmd := exec.CommandContext(w.t.Context(), "pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	text, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("paper %s: %v", id, err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			b.WriteString("  | " + strings.Join(fields, " ") + "\n")
		}
	}
	return pinnedPaperMinute.ReplaceAllString(b.String(), "9时xx分")
}

// progress is what the household of the case reads on the page for everybody.
func (w *pinnedWalk) progress(head string) string {
	w.t.Helper()
	_, slip := w.send("counter", "GET", strings.TrimPrefix(w.path, "/api/v1")+"/slip", "", nil)
	code := regexp.MustCompile(`code=([0-9a-z-]+)`).FindSubmatch(slip)
	number := regexp.MustCompile(`- name: ` + head +
		`\n(?:    .*\n)*?    id_number: "\d+(\w{4})"`).FindStringSubmatch(w.people)
	if code == nil || number == nil {
		w.t.Fatalf("%s: no code %q or no identity number %q\n%s", head, code, number, slip)
	}
	form := url.Values{"code": {string(code[1])}, "tail": {number[1]}}.Encode()
	res, _ := w.send("", "POST", "/progress", "application/x-www-form-urlencoded", []byte(form))
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) == 0 {
		w.t.Fatalf("progress of %s: %d", form, res.StatusCode)
	}
	cookie := res.Cookies()[0]
	_, page := w.send("", "GET", res.Header.Get("Location"), "", nil, "Cookie", cookie.Name+"="+cookie.Value)
	return pinnedText(string(page))
}

var (
	pinnedHidden = regexp.MustCompile(`(?s)<(script|style|head|svg)\b.*?</(script|style|head|svg)>`)
	pinnedTag    = regexp.MustCompile(`<[^>]*>`)
)

// pinnedClimb names one of the offices that have not acknowledged a reminder; which of several is left open.
var pinnedClimb = regexp.MustCompile(`^\S+?未确认`)

// pinnedText is what can be read on a page, one element a line.
func pinnedText(page string) string {
	var b strings.Builder
	for line := range strings.Lines(pinnedTag.ReplaceAllString(pinnedHidden.ReplaceAllString(page, ""), "\n")) {
		if line = strings.Join(strings.Fields(html.UnescapeString(line)), " "); line != "" {
			b.WriteString("  | " + line + "\n")
		}
	}
	return b.String()
}

func pinnedWithout(m map[string]any, keys ...string) map[string]any {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(k string, _ any) bool { return slices.Contains(keys, k) })
	return m
}

// pinnedMinute is the time of day at which the test did something: the clock of the demo goes on meanwhile.
var (
	pinnedMinute      = regexp.MustCompile(`T09:\d\d:\d\d(\.\d+)?\+08:00`)
	pinnedPaperMinute = regexp.MustCompile(`9时\d\d分`)
)

func pinnedJSON(v any) string { return pinnedEncoded(v, "") }

func pinnedIndented(v any) string { return pinnedEncoded(v, "  ") }

func pinnedEncoded(v any, indent string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return pinnedMinute.ReplaceAllString(strings.TrimSpace(b.String()), "T09:xx")
}

// pinnedRoles is one account of each role; the first asks without a login.
var pinnedRoles = [][2]string{{"nobody", ""}, {"window_clerk", "counter"}, {"group_head", "group"},
	{"village_head", "village"},
	{"office_reviewer", "planning"}, {"township_head", "township"}, {"county_head", "housing"},
	{"county_clerk", "station"},
	{"supervisor", "supervision"}, {"auditor", "auditor"}, {"system_admin", "admin"}, {"security_admin", "security"},
	{"audit_admin", "audit"}}

// TestPinnedSurface holds the document of the API and every route of routes.txt, asked as each role with an empty body,
// to the status of the answer and where it leads. New operations of the API come into the list from the document; a new
// page is added to routes.txt by hand, as a line such as "GET /page". That the routes are registered as they are
// written here is read from the metrics.
func TestPinnedSurface(t *testing.T) {
	modelstest.Slow(t)
	c := servePinned(t)
	pinned(t, "openapi.json", pinnedIndented(c.must("", "GET", "/api/openapi.json", nil))+"\n")
	routes, values := c.routes(), c.values()
	var out strings.Builder
	for _, r := range routes {
		method, pattern, _ := strings.Cut(r, " ")
		path := values.Replace(pattern)
		var answers []string
		roles := map[string][]string{}
		asked := pinnedRoles
		if method == "POST" && slices.Contains([]string{"/login", "/progress", "/demo/role"}, path) {
			asked = pinnedRoles[:2] // more wrong tries are refused as such
		}
		for _, role := range asked {
			answer := c.answer(role[1], method, path)
			if roles[answer] == nil {
				answers = append(answers, answer)
			}
			roles[answer] = append(roles[answer], role[0])
			if path == "/logout" || method == "DELETE" && strings.HasSuffix(path, "/sessions/current") {
				c.logIn(role[1])
			}
		}
		slices.Sort(answers)
		out.WriteString(r)
		for _, a := range answers {
			who := strings.Join(roles[a], " ")
			if len(roles[a]) == len(asked) {
				who = "all"
			}
			out.WriteString("\t" + a + ": " + who)
		}
		if other := map[string]string{"GET": "POST", "POST": "GET"}[method]; other != "" &&
			!slices.Contains(routes, other+" "+pattern) {
			fmt.Fprintf(&out, "\t(%s %s)", other, c.answer("counter", other, path))
		}
		out.WriteString("\n")
	}
	pinned(t, "routes.txt", out.String())
	_, metrics := c.send("", "GET", "/metrics", "", nil)
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		if path != "/metrics" && !strings.Contains(string(metrics), fmt.Sprintf(`method=%q,route=%q`, method, path)) {
			t.Errorf("%s is not registered under this pattern", r)
		}
	}
}

// values are what stands in the place of the parameters of routes.
func (c *pinnedCounty) values() *strings.Replacer {
	_, home := c.send("", "GET", "/", "", nil)
	asset := regexp.MustCompile(`/assets/([^"]+)`).FindSubmatch(home)
	if asset == nil {
		c.t.Fatalf("no asset on the first page:\n%s", home)
	}
	return strings.NewReplacer("/cases/:id", "/cases/"+c.openCase(), "/chains/:id", "/chains/homestead", ":id", "1",
		":code", "HP01", ":chain", "homestead",
		":form.pdf", "F01.pdf", ":form", "F01.pdf", ":name", string(asset[1]), ":login", "group", ":token", "none",
		":certificate", "none")
}

// routes are those of the golden and of the document of the API.
func (c *pinnedCounty) routes() (list []string) {
	golden, err := os.ReadFile(filepath.Join("testdata", "pinned", "routes.txt"))
	if err != nil {
		c.t.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		r, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		list = append(list, r)
	}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for path, operations := range c.must("", "GET", "/api/openapi.json", nil)["paths"].(map[string]any) {
		for method := range operations.(map[string]any) {
			list = append(list, strings.ToUpper(method)+" "+parameter.ReplaceAllString(path, ":$1"))
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		methodA, pathA, _ := strings.Cut(a, " ")
		methodB, pathB, _ := strings.Cut(b, " ")
		return cmp.Or(strings.Compare(pathA, pathB), strings.Compare(methodA, methodB))
	})
	return slices.Compact(list)
}

// openCase is the open case with the lowest number that the counter sees.
func (c *pinnedCounty) openCase() string {
	id, number := "", "~"
	for _, x := range c.list("counter", "/api/v1/cases") {
		if n := x["number"].(string); x["closed_at"] == nil && n < number {
			id, number = x["id"].(string), n
		}
	}
	return id
}

// answer is the status of an answer and, where it leads elsewhere, the path.
func (c *pinnedCounty) answer(login, method, path string) string {
	kind := "application/x-www-form-urlencoded"
	if strings.HasPrefix(path, "/api/") {
		kind = "application/json"
	}
	res, _ := c.send(login, method, path, kind, nil)
	if to := res.Header.Get("Location"); to != "" {
		to, _, _ = strings.Cut(to, "?")
		return fmt.Sprint(res.StatusCode, " ", to)
	}
	return fmt.Sprint(res.StatusCode)
}
