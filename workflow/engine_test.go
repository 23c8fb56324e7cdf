package workflow_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// The engine knows no matter of the county: it imports neither forms nor chains, no string of it is a chain, a state, a
// paper, a record or an office, and of the glossary it names only the parties and marks that every matter has.
func TestEngineKnowsNoCounty(t *testing.T) {
	known := map[string]string{}
	forms := map[string]bool{}
	form := func(f workflow.Form) {
		if f != nil {
			forms[reflect.TypeOf(f).Name()] = true
		}
	}
	for _, ch := range chains.Published() {
		known[string(ch.ID)] = "chain"
		form(ch.Form)
		for _, st := range ch.Stages {
			known[string(st.State)] = "state"
			for _, a := range st.Actions {
				form(a.Data)
				for _, is := range a.Issues {
					known[string(is.Doc)] = "paper"
				}
			}
			for _, r := range st.Records {
				form(r.Data)
				known[string(r.Kind)] = "record"
			}
		}
	}
	for _, p := range glossary.Offices() {
		known[string(p)] = "office"
	}
	for _, e := range []workflow.Ending{workflow.Granted, workflow.NotAccepted, workflow.Denied, workflow.Withdrawn,
		workflow.Terminated, workflow.Settled} {
		delete(known, string(e))
	}
	// words of the engine itself, such as grounds of a suspension, that a record or a state shares
	for _, own := range []string{"objection", "urge", "withdrawal", "closed", "clear", "other", "inspection",
		"appraisal"} {
		delete(known, own)
	}
	every := map[string]bool{"Party": true, "Officer": true,
		"Place": true, "State": true, "Verb": true, "RecordKind": true,
		"DocumentKind": true, "Mark": true, "Role": true,
		"Applicant": true, "Holder": true, "GuidingBureau": true, "System": true, "Auditor": true, "Accepted": true, "Restarted": true,
		"Return": true, "Deny": true, "Refuse": true}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			if path := spec.Path.Value; strings.Contains(path, "/forms") || strings.Contains(path, "/chains") {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.BasicLit:
				if x.Kind != token.STRING {
					return true
				}
				if s, err := strconv.Unquote(x.Value); err == nil && known[s] != "" {
					t.Errorf("%s: the engine names the %s %q", set.Position(x.Pos()), known[s], s)
				}
			case *ast.SelectorExpr:
				if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == "glossary" && !every[x.Sel.Name] {
					t.Errorf("%s: the engine names glossary.%s", set.Position(x.Pos()), x.Sel.Name)
				}
			case *ast.Ident:
				if forms[x.Name] {
					t.Errorf("%s: the engine names the form %s", set.Position(x.Pos()), x.Name)
				}
			}
			return true
		})
	}
}
