package chains

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "anju/workflow"
	"anju/workflow/forms"
)

// A form that says something that an effect acts upon stands only in rows with that effect: otherwise what was sent
// would be kept and nothing would follow.
func TestFormsStandInRowsWithTheirEffects(t *testing.T) {
	wants := []struct {
		effect string
		is     func(any) bool
	}{
		{"back_entry", func(f any) bool { _, ok := f.(*forms.BackEntry); return ok }},
		{"amend_application", func(f any) bool { _, ok := f.(forms.Amending); return ok }},
		{"state_day", func(f any) bool { _, ok := f.(forms.Stating); return ok }},
		{"resume", func(f any) bool { _, ok := f.(*forms.ResumeNotice); return ok }},
		{"extend", func(f any) bool { _, ok := f.(*forms.Extension); return ok }},
		{"grade_hazard", func(f any) bool { _, ok := f.(*forms.Grading); return ok }},
		{"ask_correction", func(f any) bool { _, ok := f.(*forms.CorrectionRequest); return ok }},
		{"sign_by_hand", func(f any) bool { _, ok := f.(*forms.PartyOpinion); return ok }},
		{"tell_named", func(f any) bool { _, ok := f.(*forms.CopyTo); return ok }},
		{"assign", func(f any) bool { _, ok := f.(*forms.Reassignment); return ok }},
	}
	has := func(effects []Effect, name string) bool {
		return slices.ContainsFunc(effects, func(e Effect) bool { return e.Name == name })
	}
	check := func(where string, form Form, effects []Effect, issues []IssueRow) {
		if form == nil {
			return
		}
		sent := reflect.New(reflect.TypeOf(form)).Interface()
		for _, w := range wants {
			if w.is(sent) != has(effects, w.effect) {
				t.Errorf("%s takes %T: effect %s %v", where, form, w.effect, has(effects, w.effect))
			}
		}
		if _, seals := sent.(forms.Sealing); seals && len(issues) > 0 && !has(effects, "place_seal") {
			t.Errorf("%s issues under a signature and places no seal", where)
		}
		if _, ends := sent.(forms.CertificateAct); ends && len(effects) == 0 {
			t.Errorf("%s names a certificate and does nothing to it", where)
		}
	}
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				check(string(ch.ID)+" "+string(st.State)+"/"+string(a.Do), a.Data, a.Effects, a.Issues)
			}
			for _, r := range ch.Records(st) {
				check(string(ch.ID)+" "+string(st.State)+"/"+string(r.Kind), r.Data, r.Effects, r.Issues)
			}
		}
	}
}

// The lists by which a chain follows others name the chains of that role.
func TestFollowedChainsHaveTheirRole(t *testing.T) {
	all := Published()
	if got := all.Of(PermitsHouse); !slices.Equal(got, permits) {
		t.Errorf("chains that permit a house: %v, followed are %v", got, permits)
	}
	if got := all.Of(StartsHouse); !slices.Equal(got, starts) {
		t.Errorf("chains that start a house: %v, followed are %v", got, starts)
	}
}

// Days stand in the register alone: no row of a chain carries a number.
func TestNoNumbersInRows(t *testing.T) {
	for _, name := range []string{"homestead", "planning_permit", "construction_start", "completion_acceptance",
		"business_use", "patrol", "rows", "site_rows",
		"certificates"} {
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name+".go", nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := x.Key.(*ast.Ident); ok && key.Name == "Version" {
					return false
				}
			case *ast.IndexExpr, *ast.SliceExpr, *ast.FuncDecl:
				_, function := x.(*ast.FuncDecl)
				return function
			case *ast.FuncLit:
				return false
			case *ast.BasicLit:
				if x.Kind == token.INT {
					t.Errorf("%s: the number %s: limits stand in workflow/law", set.Position(x.Pos()), x.Value)
				}
			}
			return true
		})
	}
}

var spelled = regexp.MustCompile(`[0-9一二三四五六七八九十]+ ?(个工作日|日内|个月内|工作日内)|(不少于|不足) ?[0-9一二三四五六七八九十]`)

// otherTerms are spans of time that are no limits of the register.
var otherTerms = regexp.MustCompile(`六十日内向|一个月内向发证机关|六个月内依法|请三日内办结|每个工作日|建成后|第[一二三四五六七八九十]`)

// No sentence spells a limit itself: each is written from the register, so that a changed limit changes every sentence.
func TestNoSentenceSpellsALimit(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "docs" || d.Name() == "node_modules" ||
			strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".html":
			for _, m := range spelled.FindAllStringIndex(string(b), -1) {
				around := string(b[m[0]:min(m[1]+24, len(b))])
				if !otherTerms.MatchString(around) {
					t.Errorf("%s: %q", path, around)
				}
			}
		case ".go":
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, b, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && spelled.MatchString(lit.Value) &&
					!otherTerms.MatchString(lit.Value) {
					t.Errorf("%s: %s", set.Position(lit.Pos()), lit.Value)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The tag of a form cannot be written from the register, so it is compared with it.
func TestExtensionTagSaysTheLimit(t *testing.T) {
	f, _ := reflect.TypeFor[forms.Extension]().FieldByName("Days")
	if want := extensionTag(); f.Tag.Get("doc") != want || f.Tag.Get("maximum") != extensionMost() {
		t.Errorf("the tag says %q and at most %s, the register %q", f.Tag.Get("doc"), f.Tag.Get("maximum"), want)
	}
}
