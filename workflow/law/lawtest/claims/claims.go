// Package claims reads from the source which rules the tests declare (package lawtest).
package claims

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// Test is a test with the rules that it declares.
type Test struct {
	Dir   string // of its package, below the root, with slashes
	Name  string
	Rules []law.Rule
	Rows  bool // it holds every row to what was signed
}

// Below reads the claims of every test below a folder from the source. It fails on a claim that is not a literal, that
// names no rule of the list, or that stands outside a test.
func Below(root string) ([]Test, error) {
	var all []Test
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || path != root && strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		found, err := claimsOf(path)
		for _, c := range found {
			c.Dir = filepath.ToSlash(dir)
			all = append(all, c)
		}
		return err
	})
	return all, err
}

// claimsOf reads the claims of one file.
func claimsOf(path string) ([]Test, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []Test
	for _, decl := range f.Decls {
		rules, rows, at, err := rulesIn(decl)
		fn, test := decl.(*ast.FuncDecl)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", set.Position(at), err)
		case at == token.NoPos:
		case !test || !strings.HasPrefix(fn.Name.Name, "Test"):
			return nil, fmt.Errorf("%s: a claim stands in the test itself", set.Position(at))
		default:
			all = append(all, Test{Name: fn.Name.Name, Rules: rules, Rows: rows})
		}
	}
	return all, nil
}

// rulesIn lists the rules claimed inside a declaration, and where the last claim stands.
func rulesIn(decl ast.Node) (rules []law.Rule, rows bool, at token.Pos, err error) {
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if x, named := selected(sel, ok); !named || x != "lawtest" {
			return true
		}
		at, rows = call.Pos(), rows || sel.Sel.Name == "Rows"
		for _, arg := range call.Args[1:] {
			lit, ok := arg.(*ast.BasicLit)
			if !ok {
				err = fmt.Errorf("a claim is a literal")
				return false
			}
			s, e := strconv.Unquote(lit.Value)
			if e != nil || !lawtest.Known.MatchString(s) {
				err = fmt.Errorf("no rule %s in the rule list", lit.Value)
				return false
			}
			if r := law.Rule(s); !slices.Contains(rules, r) {
				rules = append(rules, r)
			}
		}
		return true
	})
	return rules, rows, at, err
}

// selected is the name before the dot of a selector.
func selected(sel *ast.SelectorExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}
