package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// trialFiles are all that the trial matter, the leave to keep bees, adds to the program beside its line in the list of
// published chains.
var trialFiles = map[string]string{"form.go": "workflow/forms/bees.go", "chain.go": "workflow/chains/bees.go",
	"words.go": "workflow/glossary/bees.go"}

// buildTrial builds the program with the trial matter laid over its source and returns the path of the binary.
func buildTrial(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list := filepath.Join(root, "workflow/chains/published.go")
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	longer := bytes.Replace(text, []byte("Hazard()}"), []byte("Hazard(), Bees()}"), 1)
	if bytes.Equal(text, longer) {
		t.Fatal("the list of published chains does not end in Hazard()")
	}
	copied := filepath.Join(dir, "published.go")
	if err := os.WriteFile(copied, longer, 0o600); err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{list: copied}
	for from, to := range trialFiles {
		if replace[filepath.Join(root, to)], err = filepath.Abs(filepath.Join("testdata/trial", from)); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "anju")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-overlay", file, "-o", binary, ".")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build with the trial matter: %v\n%s", err, said)
	}
	return binary
}

// A tenth chain with a form, papers, offices, verbs, states and records of its own goes from its counter to the archive
// in the program as it is served, without a line outside its own files.
func TestTenthChainCostsItsOwnFilesOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: it builds the program with one more chain")
	}
	t.Parallel()
	binary := buildTrial(t)
	for command, want := range map[string]string{"check": "bees version 1: ok", "show": "准予养蜂决定书"} {
		said, err := exec.CommandContext(t.Context(), binary, "chain", command, "bees").CombinedOutput()
		if err != nil || !strings.Contains(string(said), want) {
			t.Errorf("chain %s bees: %v, want %q in\n%s", command, err, want, said)
		}
	}
	s := &trial{T: t, base: serveTrial(t, binary), tokens: map[string]string{}}
	s.demoCases()
	id := s.open()
	s.move(id, "counter", "ask_for_bees")
	s.told("bee_station1", id)
	s.post("bee_station1", "/cases/"+id+"/records", map[string]any{"kind": "hives_seen", "data": map[string]int{"found": 12}})
	s.move(id, "bee_station1", "report_hives")
	s.told("bee_bureau1", id)
	s.move(id, "bee_bureau1", "allow_bees")
	s.move(id, "bee_station1", "keep_bees")
	var c struct{ State, Outcome string }
	s.json("counter", "/cases/"+id, &c)
	if c.State != "bees_kept" {
		t.Errorf("the case ends in %q", c.State)
	}
	s.papers(id)
	for path, want := range map[string]string{"/guidance": "养蜂许可", "/api/v1/chains?per_page=50": "养蜂许可",
		"/api/v1/chains/bees": "蜂箱数"} {
		if _, body := s.get("counter", path); !strings.Contains(string(body), want) {
			t.Errorf("%s does not show %s", path, want)
		}
	}
}

// serveTrial serves the demo county of a binary on SQLite and the queue in its own process, and returns its address.
func serveTrial(t *testing.T, binary string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out := &output{}
	cmd := exec.CommandContext(ctx, binary, "serve", "--demo", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cancel(); <-ended })
	for until := time.Now().Add(5 * time.Minute); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if base := address.FindString(out.String()); base != "" && get(base+"/healthz") == http.StatusOK {
			return base
		}
		select {
		case err := <-ended:
			ended <- err // the cleanup waits again
			t.Fatalf("serve ended: %v\n%s", err, out)
		default:
		}
	}
	t.Fatalf("serve does not answer: %s", out)
	return ""
}

// trial calls the served program as the accounts of its demo county.
type trial struct {
	*testing.T
	base   string
	tokens map[string]string
}

func (s *trial) token(login string) string {
	s.Helper()
	if login == "" || s.tokens[login] != "" {
		return s.tokens[login]
	}
	var session struct{ Token string }
	if code := call(s.T, "POST", s.base+"/api/v1/sessions", "", map[string]string{"login": login, "password": "anju-demo"},
		&session); code != http.StatusCreated {
		s.Fatalf("log in as %s: %d", login, code)
	}
	s.tokens[login] = session.Token
	return session.Token
}

func (s *trial) do(req *http.Request, login string) (int, []byte) {
	s.Helper()
	if token := s.token(login); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, body
}

func (s *trial) get(login, path string) (int, []byte) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), "GET", s.base+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	return s.do(req, login)
}

func (s *trial) json(login, path string, into any) {
	s.Helper()
	code, body := s.get(login, "/api/v1"+path)
	if err := json.Unmarshal(body, into); code != http.StatusOK || err != nil {
		s.Fatalf("GET %s: %d %v %s", path, code, err, body)
	}
}

func (s *trial) post(login, path string, body any) []byte {
	s.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.Context(), "POST", s.base+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("trial-%s-%d", login, len(text)))
	code, answer := s.do(req, login)
	if code/100 != 2 {
		s.Fatalf("POST %s %s as %s: %d %s", path, text, login, code, answer)
	}
	return answer
}

func (s *trial) move(id, login, verb string) {
	s.Helper()
	var c struct{ Seen int64 }
	s.json(login, "/cases/"+id, &c)
	s.post(login, "/cases/"+id+"/moves", map[string]any{"verb": verb, "seen": c.Seen})
}

// demoCases wants the walk of the demo county to have brought one case of the matter to its end and left one on the way.
func (s *trial) demoCases() {
	s.Helper()
	var cases struct {
		Items []struct{ Chain, State string }
	}
	s.json("bee_bureau1", "/cases?per_page=200&chain=bees", &cases)
	states := map[string]int{}
	for _, c := range cases.Items {
		if c.Chain == "bees" {
			states[c.State]++
		}
	}
	if states["bees_kept"] != 1 || states["bees_looking"] != 1 {
		s.Errorf("cases of the matter in the demo county: %v", states)
	}
}

// open opens a case of the matter as its schema says, at the counter that the chain names.
func (s *trial) open() string {
	s.Helper()
	var ch struct {
		Ready struct {
			HouseholdID string `json:"household_id"`
			Data        json.RawMessage
		}
	}
	s.json("counter", "/chains/bees", &ch)
	var c struct{ ID string }
	if err := json.Unmarshal(s.post("counter", "/cases", map[string]any{"chain": "bees",
		"household_id": ch.Ready.HouseholdID, "application": ch.Ready.Data}), &c); err != nil {
		s.Fatal(err)
	}
	return c.ID
}

// told wants the inbox of an account to name the case.
func (s *trial) told(login, id string) {
	s.Helper()
	var body []byte
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		if _, body = s.get(login, "/api/v1/inbox"); strings.Contains(string(body), `"case_id":"`+id+`"`) {
			return
		}
	}
	s.Errorf("the inbox of %s does not name case %s: %s", login, id, body)
}

// papers reads each paper of the case as text: its issuer, title and number.
func (s *trial) papers(id string) {
	s.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		s.Fatal("pdftotext is missing: the papers cannot be read")
	}
	for kind, want := range map[string][]string{"B01": {"稷峰镇养蜂管理站", "养蜂申请收件单", "稷峰蜂收〔2026〕"},
		"B02": {"稷山县养蜂局", "准予养蜂决定书", "稷峰蜂准〔2026〕"}} {
		code, pdf := s.get("counter", "/api/v1/cases/"+id+"/documents/"+kind+".pdf")
		if code != http.StatusOK {
			s.Errorf("paper %s: %d %s", kind, code, pdf)
			continue
		}
		cmd := exec.CommandContext(s.Context(), "pdftotext", "-", "-")
		cmd.Stdin = bytes.NewReader(pdf)
		text, err := cmd.Output()
		if err != nil {
			s.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				s.Errorf("paper %s does not say %s:\n%s", kind, w, text)
			}
		}
	}
}

// The published chains are named in one place of the program: one more in their list reaches all of it.
func TestChainsAreNamedOnce(t *testing.T) {
	var found []string
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "workflow/chains/") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if bytes.Contains(text, []byte("chains.Published(")) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0] != "cmd/anju/backend/county.go" {
		t.Errorf("the published chains are named in %v, want cmd/anju/backend/county.go alone", found)
	}
}
