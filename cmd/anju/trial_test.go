package main_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anju/models/modelstest"
)

// trialFiles and trialLines are all that the trial matter, the leave to keep bees, adds to the program: three files,
// and its entries in the lists of chains and of words.
var trialFiles = map[string]string{"form.go": "workflow/forms/bees.go", "chain.go": "workflow/chains/bees.go",
	"words.go": "workflow/glossary/bees.go"}

var trialLines = []struct{ file, is, becomes string }{
	{"workflow/chains/published.go", "Hazard()}", "Hazard(), Bees()}"},
	{"workflow/glossary/words.go", "matters = []MatterWords{", "matters = []MatterWords{beeWords"}}

// buildTrial builds the program with the trial matter laid over its source and returns the path of the binary.
func buildTrial(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for _, l := range trialLines {
		text, err := os.ReadFile(filepath.Join(root, l.file))
		if err != nil {
			t.Fatal(err)
		}
		longer := strings.Replace(string(text), l.is, l.becomes, 1)
		if longer == string(text) {
			t.Fatalf("%s has no %s", l.file, l.is)
		}
		copied := filepath.Join(dir, strings.ReplaceAll(l.file, "/", "_"))
		if err := os.WriteFile(copied, []byte(longer), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, l.file)] = copied
	}
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

// TestTrialMatter takes a matter that nothing knows through the program as it is built and served: another subject, its
// own form, record and paper. What it needs is in trialFiles.
func TestTrialMatter(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built anew")
	}
	modelstest.Poppler(t)
	program := buildTrial(t)
	for args, want := range map[string]string{"chain check bees": "bees version 1: ok", "chain show bees": "准予养蜂决定书"} {
		out, err := exec.Command(program, strings.Fields(args)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("anju %s: %v\n%s", args, err, out)
		}
	}
	t.Run("postgres", func(t *testing.T) {
		modelstest.Long(t)
		trialWalk(t, servePinnedBy(t, program, "--db", modelstest.Postgres(t)))
	})
	t.Run("sqlite", func(t *testing.T) { trialWalk(t, servePinnedBy(t, program)) })
}

// trialWalk opens a case of the trial matter, walks it to the archive by the accounts of its offices and reads what is
// seen of it. A third of the households that the demo county keeps for the matter is free.
func trialWalk(t *testing.T, c *pinnedCounty) {
	t.Helper()
	c.people = "- name: 演示户\n    id_number: \"140824198002299037\"\n"
	for _, l := range []string{"bee_station1", "bee_bureau1"} {
		c.logIn(l)
		c.logins = append(c.logins, l)
	}
	for _, x := range []struct{ login, path string }{{"counter", "/api/v1/chains?per_page=50"}, {"counter", "/new"},
		{"", "/guidance"}, {"", "/guidance/bees"}, {"counter", "/new?chain=bees"}} {
		if text := c.page(x.login, x.path); !strings.Contains(text, "养蜂许可") {
			t.Errorf("%s does not know the matter:\n%s", x.path, pinnedText(text))
		}
	}
	states := map[any]int{}
	for _, x := range c.list("bee_bureau1", "/api/v1/cases") {
		states[x["state"]]++
	}
	if states["bees_kept"] != 1 || states["bees_looking"] != 1 {
		t.Errorf("cases of the matter in the demo county: %v", states)
	}
	w := &pinnedWalk{pinnedCounty: c, chain: c.must("counter", "GET", "/api/v1/chains/bees", nil), late: true}
	w.walk()
	text := w.out.String()
	for _, want := range []string{
		"counter does ask_for_bees: bees_asked -> bees_looking", "bee_station1 records hives_seen",
		"bee_station1 does report_hives: bees_looking -> bees_deciding",
		"bee_bureau1 does allow_bees: bees_deciding -> bees_allowed",
		"bee_station1 does keep_bees: bees_allowed -> bees_kept", "needs R49 hives_agree 现场蜂箱数与申请不符", "查看蜂箱", `"id":"L05"`,
		"养蜂许可 JS-BE-", "| 养蜂申请收件单", "| 准予养蜂决定书", "| 稷峰镇养蜂管理站", "| 稷山县养蜂局", "| 稷峰蜂收〔2026〕", "| 稷山蜂准〔2026〕"} {
		if !strings.Contains(text, want) {
			t.Errorf("the walk does not say %q", want)
		}
	}
	for login, verb := range map[string]string{"bee_station1": `"text":"递交养蜂申请","verb":"ask_for_bees"`,
		"bee_bureau1": `"text":"报送查看结果","verb":"report_hives"`} {
		if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
			return strings.HasPrefix(line, login+" {") && strings.Contains(line, verb)
		}) {
			t.Errorf("%s was not told %s", login, verb)
		}
	}
	_, progress, _ := strings.Cut(text, "# Public progress")
	if !strings.Contains(progress, "养蜂许可：已办结（准予）") || !strings.Contains(progress, "稷山蜂准〔2026〕") {
		t.Errorf("the villager reads\n%s", progress)
	}
	page := strings.TrimPrefix(w.path, "/api/v1")
	for login, paths := range map[string][]string{
		"counter":      {page, page + "/history", page + "/clock", "/cases?chain=bees"},
		"bee_station1": {"/", "/cases"},
		"supervision":  {"/audit", "/audit/stages", "/api/v1/sla/summary"},
	} {
		for _, path := range paths {
			if text := c.page(login, path); !strings.Contains(text, "养蜂") && !strings.Contains(text, `"bees"`) {
				t.Errorf("%s does not show the matter to %s", path, login)
			}
		}
	}
	if t.Failed() {
		t.Logf("the walk:\n%s", text)
	}
}

// page reads an address as an account sees it.
func (c *pinnedCounty) page(login, path string) string {
	c.t.Helper()
	res, body := c.send(login, "GET", path, "", nil)
	if res.StatusCode != http.StatusOK {
		c.t.Errorf("%s asks %s: %d", login, path, res.StatusCode)
	}
	return string(body)
}

// The published chains are named in one place of the program: one more in their list reaches all of it.
func TestChainsAreNamedOnce(t *testing.T) {
	var found []string
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "workflow/chains/") || strings.HasPrefix(path, ".ci/") {
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
