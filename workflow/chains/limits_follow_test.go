package chains

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/law"
	"anju/workflow/table"
)

func extensionTag() string  { return "延长的工作日数（最多" + law.Extend.Statute() + "）" }
func extensionMost() string { return fmt.Sprint(law.Extend.N) }

var inTemplate = regexp.MustCompile(`\{\{\(limit "(\w+)"\)\.(\w+)\}\}`)

// sentences writes everything that people read of the chains, the papers and the pages.
func sentences(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	f := Facts{Case: Case{Deadlines: []Deadline{{Limit: law.L02.ID}}}, County: County{Chains: Published()},
		Now: time.Unix(0, 0)}
	say := func(cs Conditions) {
		for _, c := range cs {
			b.WriteString(c.Message + "\n")
			if c.Name == "notice_elapsed" {
				b.WriteString(c.Detail(f) + "\n")
			}
		}
	}
	for _, ch := range Published() {
		b.WriteString(table.Table(ch) + table.Dot(ch) + table.Mermaid(ch))
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				say(a.Needs)
			}
			for _, r := range st.Records {
				say(r.When)
			}
			for _, r := range st.Late {
				b.WriteString(r.Name.Title() + "\n")
			}
		}
	}
	for article, p := range law.Articles() {
		fmt.Fprintf(&b, "%s %s\n", article, p.Says)
	}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" || strings.Contains(path, "testdata") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b.WriteString(inTemplate.ReplaceAllStringFunc(string(text), func(call string) string {
			m := inTemplate.FindStringSubmatch(call)
			limit, err := law.Find(law.LimitID(m[1]))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return call
			}
			method := reflect.ValueOf(limit).MethodByName(m[2])
			if !method.IsValid() {
				t.Errorf("%s: a limit has no words %s", path, m[2])
				return call
			}
			return method.Call(nil)[0].String()
		}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPrintSentences writes the sentences to a file for the test that changes a limit.
func TestPrintSentences(t *testing.T) {
	file := os.Getenv("ANJU_SENTENCES")
	if file == "" {
		t.Skip("only under a changed register")
	}
	if err := os.WriteFile(file, []byte(sentences(t)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A limit changed in a copy of the register changes every sentence that speaks of it (R35).
func TestEverySentenceFollowsAChangedLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the chains anew")
	}
	src, err := os.ReadFile("../law/limits.go")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(src), `atLeast("L02", 5,`, `atLeast("L02", 7,`, 1)
	if changed == string(src) {
		t.Fatal("the register has no L02 of five working days")
	}
	dir := t.TempDir()
	copied, out, overlay := filepath.Join(dir, "limits.go"), filepath.Join(dir, "sentences"),
		filepath.Join(dir, "overlay.json")
	original, err := filepath.Abs("../law/limits.go")
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: copied}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{copied: changed, overlay: string(replace)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-overlay", overlay, "-count=1", "-run", "^TestPrintSentences$", ".")
	cmd.Env = append(os.Environ(), "ANJU_SENTENCES="+out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	five, seven := regexp.MustCompile(`(不少于|不足) ?(5|五) ?个工作日`), regexp.MustCompile(`(不少于|不足) ?(7|七) ?个工作日`)
	before, after := sentences(t), string(b)
	if left := five.FindAllString(after, -1); len(left) > 0 {
		t.Errorf("%d sentences still say five: %q", len(left), left)
	}
	if was, is := len(five.FindAllString(before, -1)), len(seven.FindAllString(after, -1)); was < 8 || was != is {
		t.Errorf("%d sentences said five, %d say seven", was, is)
	}
}
