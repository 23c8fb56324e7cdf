package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anju/models/modelstest"
)

// trialFiles are what a matter of its own needs beside its chain: the new file of the paper, and a line in each file that
// lists words, chains or the households of the demo county. A file that is added here is one more that a chain touches.
var trialFiles = []trialFile{
	{path: "workflow/chains/bees.go", from: "bees.go"},
	{path: "jobs/forms/layouts/b01.html", from: "b01.html"},
	{path: "workflow/chains/published.go", after: "Violation(), Hazard()", insert: ", Bees()"},
	{path: "workflow/glossary/states.go", after: "var stateTitles = map[State]string{", insert: `"bees_looking": "现场看蜂", `},
	{path: "workflow/glossary/states.go", after: "var recordTitles = map[RecordKind]string{", insert: `"hives_seen": "蜂箱现场查看记录", `},
	{path: "workflow/glossary/documents.go", after: "var documents = map[DocumentKind]documentWords{",
		insert: `"B01": {"养蜂准许书", "政蜂"}, `},
	{path: "seeds/demo.yml", after: "households:\n", insert: trialHousehold},
}

// trialHousehold is kept free for the matter by the demo county.
const trialHousehold = `  - name: 薛建蜂
    for: bees
    gender: 男
    id_number: "140824197905069916"
    phone: "13800009901"
    domicile: 山西省运城市稷山县稷峰镇马村第一村民小组
    division: "140824100214"
    group_no: "01"
    members: []
    current: {homestead_area: "133.00", building_area: "90.00", certificate_no: "稷集用（2015）第99001号"}
`

// trialFile is a new file, or text put into one after other text.
type trialFile struct{ path, from, after, insert string }

// buildTrial builds the program with the trial matter laid over its sources.
func buildTrial(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay := map[string]map[string]string{"Replace": {}}
	for _, f := range trialFiles {
		path, laid := filepath.Join(root, f.path), filepath.Join(dir, strings.ReplaceAll(f.path, "/", "_"))
		source := path
		if f.from != "" {
			source = filepath.Join("testdata", "trial", f.from)
		} else if overlay["Replace"][path] != "" {
			source = laid
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if f.from == "" {
			before, after, ok := strings.Cut(string(text), f.after)
			if !ok {
				t.Fatalf("%s has no %q any more", f.path, f.after)
			}
			text = []byte(before + f.after + f.insert + after)
		}
		if err := os.WriteFile(laid, text, 0o600); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][path] = laid
	}
	list, err := json.Marshal(overlay)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "anju")
	cmd := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build with the trial matter: %v\n%s", err, out)
	}
	return program
}

// TestTrialMatter takes a matter that nothing knows through the program as it is built and served: another subject, its own
// form, record and paper. What it needs is in trialFiles.
func TestTrialMatter(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built anew")
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if strings.Contains(os.Getenv("ANJU_TEST_REQUIRE"), "poppler") {
			t.Fatal(err)
		}
		t.Skip("pdftotext of poppler-utils is not installed: this test did not run")
	}
	program := buildTrial(t)
	for args, want := range map[string]string{"chain check": "ok", "chain show bees": "记核定蜂箱数"} {
		out, err := exec.Command(program, strings.Fields(args)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("anju %s: %v\n%s", args, err, out)
		}
	}
	t.Run("postgres", func(t *testing.T) { trialWalk(t, servePinnedBy(t, program, "--db", modelstest.Postgres(t))) })
	t.Run("sqlite", func(t *testing.T) { trialWalk(t, servePinnedBy(t, program)) })
}

// trialWalk opens a case of the trial matter, walks it to the archive by the accounts of its offices and reads what is
// seen of it.
func trialWalk(t *testing.T, c *pinnedCounty) {
	t.Helper()
	c.people += trialHousehold
	for _, x := range []struct{ login, path string }{{"counter", "/api/v1/chains"}, {"counter", "/new"}, {"", "/guidance"},
		{"", "/guidance/bees"}, {"counter", "/new?chain=bees"}} {
		if text := c.page(x.login, x.path); !strings.Contains(text, "养蜂准许") {
			t.Errorf("%s does not know the matter:\n%s", x.path, pinnedText(text))
		}
	}
	w := &pinnedWalk{pinnedCounty: c, chain: c.must("counter", "GET", "/api/v1/chains/bees", nil), late: true}
	w.walk()
	text := w.out.String()
	for _, want := range []string{
		"counter does submit: draft -> bees_looking", "agriculture records hives_seen", "agriculture does approve: bees_looking -> issued",
		"counter does archive: issued -> archived", "needs R49 hives_agree 现场蜂箱数与申请不符", "counter hands in BE01",
		`"title":"现场看蜂"`, `"id":"L05"`, "养蜂准许书", "| 养蜂户 薛建蜂 办件编号", "| 蜂箱数 12 摆放地点 村东坡地", "稷山县农业农村局",
		"稷峰政蜂〔2026〕1号", "养蜂准许 JS-BE-"} {
		if !strings.Contains(text, want) {
			t.Errorf("the walk does not say %q", want)
		}
	}
	if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "agriculture {") && strings.Contains(line, `"text":"提交","verb":"submit"`)
	}) {
		t.Error("the office of the next stage was not told")
	}
	_, progress, _ := strings.Cut(text, "# Public progress")
	if !strings.Contains(progress, "养蜂准许：已办结（准予）") || !strings.Contains(progress, "稷峰政蜂〔2026〕1号") {
		t.Errorf("the villager reads\n%s", progress)
	}
	for login, paths := range map[string][]string{
		"counter":     {strings.TrimPrefix(w.path, "/api/v1"), strings.TrimPrefix(w.path, "/api/v1") + "/history", "/cases?chain=bees"},
		"supervision": {"/audit", "/audit/stages", "/api/v1/sla/summary"},
	} {
		for _, path := range paths {
			if text := c.page(login, path); !strings.Contains(text, "养蜂准许") && !strings.Contains(text, `"bees"`) {
				t.Errorf("%s does not show the matter", path)
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
