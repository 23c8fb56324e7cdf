// Package source writes the mutants of code into the source of a package: every one stands in it as a choice, so that one
// build holds them all.
package source

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"anju/workflow/law"
)

// Mutant is one expression or statement spoilt.
type Mutant struct {
	Number int
	File   string // below the root
	Line   int    // where it stands
	First  int    // the lines of the function, or of the variable, that it stands in
	Last   int
	In     string // the function or the variable
	What   string
	Rules  []law.Rule // that the function or the variable names, in code or comment
	Init   bool       // it is reached before any test begins
}

// ID names the mutant by what does not change with other lines of the file.
func (m Mutant) ID() string { return fmt.Sprintf("%s %s: %s", filepath.Base(m.File), m.In, m.What) }

// Writer numbers mutants across packages.
type Writer struct {
	Next    int // the number of the next mutant
	Mutants []Mutant
}

// imports are how a rewritten file names what it calls.
const (
	imported = `; import choice_ "anju/.ci/mutate/choice"`
	spoilt   = `; import rows_ "anju/.ci/mutate/rows"`
)

// Package rewrites the files of a package that may be spoilt. It gives the new text of each.
func (w *Writer) Package(dir string, files []string, imp types.Importer, skip func(file, name string) bool) (
	map[string][]byte, error) {
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	pkg, err := (&types.Config{Importer: imp}).Check("anju/"+filepath.ToSlash(dir), set, parsed, info)
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for i, f := range parsed {
		path := filepath.Join(dir, files[i])
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		e := &editor{w: w, set: set, file: f, path: path, text: text, info: info, pkg: pkg, closing: map[ast.Node]string{},
			plain: map[*ast.BasicLit]bool{}}
		for _, d := range f.Decls {
			e.decl(d, skip)
		}
		if len(e.edits) > 0 {
			texts[path] = e.write()
		}
	}
	return texts, nil
}

// Touches rewrites the files of the engine: each exported function of a chain says which chain it judges.
func Touches(dir string, files []string) (map[string][]byte, error) {
	texts := map[string][]byte{}
	for _, name := range files {
		path, set := filepath.Join(dir, name), token.NewFileSet()
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		e := &editor{set: set, file: f, path: path, text: text}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() || fn.Body == nil {
				continue
			}
			id, ok := fn.Recv.List[0].Type.(*ast.Ident)
			if ok && id.Name == "Chain" && len(fn.Recv.List[0].Names) == 1 {
				e.chosen = true
				e.insert(fn.Body.Lbrace+1, " choice_.Touch(string("+fn.Recv.List[0].Names[0].Name+".ID));")
			}
		}
		if e.chosen {
			texts[path] = e.write()
		}
	}
	return texts, nil
}

// edit replaces a piece of the text.
type edit struct {
	from, to int
	text     string
}

type editor struct {
	w      *Writer
	set    *token.FileSet
	file   *ast.File
	path   string
	text   []byte
	info   *types.Info
	pkg    *types.Package
	edits  []edit
	tail   strings.Builder
	chosen bool
	ruled  bool

	in    ast.Node
	name  string
	rules []law.Rule
	depth int // of functions

	closing map[ast.Node]string    // what is written after a node
	plain   map[*ast.BasicLit]bool // numbers that stay
}

func (e *editor) offset(p token.Pos) int { return e.set.Position(p).Offset }

func (e *editor) insert(p token.Pos, text string) { e.replace(p, p, text) }

func (e *editor) replace(from, to token.Pos, text string) {
	e.edits = append(e.edits, edit{e.offset(from), e.offset(to), text})
}

func (e *editor) source(n ast.Node) string {
	return string(e.text[e.offset(n.Pos()):e.offset(n.End())])
}

// mutant numbers one and keeps it.
func (e *editor) mutant(at token.Pos, format string, args ...any) int {
	n := e.w.Next
	e.w.Next++
	e.chosen = true
	e.w.Mutants = append(e.w.Mutants, Mutant{Number: n, File: e.path, Line: e.set.Position(at).Line,
		First: e.set.Position(e.in.Pos()).Line, Last: e.set.Position(e.in.End()).Line, In: e.name,
		What: short(fmt.Sprintf(format, args...)), Rules: e.rules, Init: e.depth == 0})
	return n
}

var blanks = regexp.MustCompile(`\s+`)

func short(s string) string { return blanks.ReplaceAllString(s, " ") }

func (e *editor) write() []byte {
	text := ""
	if e.chosen {
		text += imported
	}
	if e.ruled {
		text += spoilt
	}
	e.insert(e.file.Name.End(), text)
	sort.SliceStable(e.edits, func(i, j int) bool { return e.edits[i].from < e.edits[j].from })
	var b bytes.Buffer
	at := 0
	for _, x := range e.edits {
		b.Write(e.text[at:x.from])
		b.WriteString(x.text)
		at = max(at, x.to)
	}
	b.Write(e.text[at:])
	b.WriteString(e.tail.String())
	return b.Bytes()
}

// decl rewrites a declaration: a chain is spoilt by its rows, all else by its code.
func (e *editor) decl(d ast.Decl, skip func(file, name string) bool) {
	switch x := d.(type) {
	case *ast.FuncDecl:
		if e.chain(x) {
			was := x.Name.Name
			e.replace(x.Name.Pos(), x.Name.End(), was+"Unspoilt")
			fmt.Fprintf(&e.tail, "\nfunc %s() Chain { return rows_.Chosen(%sUnspoilt()) }\n", was, was)
			e.ruled = true
			return
		}
		name := x.Name.Name
		if x.Recv != nil {
			name = strings.TrimPrefix(e.source(x.Recv.List[0].Type), "*") + "." + name
		}
		if x.Body == nil || skip(e.path, name) {
			return
		}
		e.in, e.name, e.rules, e.depth = x, name, rulesIn(x, x.Doc), 1
		e.walk(x.Body)
	case *ast.GenDecl:
		if x.Tok != token.VAR {
			return
		}
		for _, s := range x.Specs {
			v := s.(*ast.ValueSpec)
			if skip(e.path, v.Names[0].Name) {
				continue
			}
			e.in, e.name, e.rules, e.depth = v, v.Names[0].Name, rulesIn(v, v.Doc), 0
			for _, value := range v.Values {
				e.walk(value)
			}
		}
	}
}

// chain tells whether a function is a chain.
func (e *editor) chain(f *ast.FuncDecl) bool {
	r := f.Type.Results
	if f.Recv != nil || f.Type.Params.NumFields() > 0 || r.NumFields() != 1 || e.pkg.Name() != "chains" {
		return false
	}
	id, ok := r.List[0].Type.(*ast.Ident)
	return ok && id.Name == "Chain"
}

var (
	quoted  = regexp.MustCompile(`^"(?:[RA][0-9]{1,3}|L[0-9]{2})"$`)
	comment = regexp.MustCompile(`\b(?:[RA][0-9]{1,3}|L[0-9]{2})\b`)
)

// rulesIn lists the rules that a declaration names, in its code and in its comment.
func rulesIn(n ast.Node, docs ...*ast.CommentGroup) (rules []law.Rule) {
	add := func(name string) {
		if r := law.Rule(name); !slices.Contains(rules, r) {
			rules = append(rules, r)
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && quoted.MatchString(lit.Value) {
			add(strings.Trim(lit.Value, `"`))
		}
		return true
	})
	for _, doc := range docs {
		for _, name := range comment.FindAllString(doc.Text(), -1) {
			add(name)
		}
	}
	return rules
}

// walk rewrites what stands below a node. What opens at a place is written before what it holds, and closes after it.
func (e *editor) walk(root ast.Node) {
	type frame struct {
		node ast.Node
		end  func()
	}
	var stack []frame
	leave := func(f frame) {
		if f.end != nil {
			f.end()
		}
		if text, ok := e.closing[f.node]; ok {
			e.insert(f.node.End(), text)
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			leave(stack[len(stack)-1])
			stack = stack[:len(stack)-1]
			return true
		}
		end, inside := e.node(n)
		if !inside {
			leave(frame{n, end})
			return false
		}
		stack = append(stack, frame{n, end})
		return true
	})
}

// node rewrites one node: what is to be written after it, and whether to go into it.
func (e *editor) node(n ast.Node) (end func(), inside bool) {
	switch x := n.(type) {
	case *ast.FuncLit:
		e.depth++
		return func() { e.depth-- }, true
	case *ast.IfStmt:
		if x.Else == nil {
			e.dropped(x.Cond, "if %s: dropped", e.source(x.Cond))
		}
	case *ast.SwitchStmt:
		if x.Tag == nil {
			for _, c := range x.Body.List {
				for _, cond := range c.(*ast.CaseClause).List {
					e.dropped(cond, "case %s: dropped", e.source(cond))
				}
			}
		}
	case *ast.BinaryExpr:
		for _, side := range []ast.Expr{x.X, x.Y} {
			if lit, ok := side.(*ast.BasicLit); ok && e.small(x, lit) {
				e.plain[lit] = true
			}
		}
		return e.binary(x), true
	case *ast.BasicLit:
		return e.literal(x), true
	case *ast.IndexExpr, *ast.SliceExpr, *ast.ArrayType:
		return nil, false
	case *ast.CallExpr:
		if id, ok := x.Fun.(*ast.Ident); ok && id.Name == "make" {
			return nil, false
		}
	case *ast.DeclStmt:
		if g, ok := x.Decl.(*ast.GenDecl); ok && g.Tok == token.CONST {
			return nil, false
		}
	}
	return nil, true
}

// dropped makes a condition false where its mutant is in force.
func (e *editor) dropped(cond ast.Expr, format string, args ...any) {
	n := e.mutant(cond.Pos(), format, args...)
	e.insert(cond.Pos(), fmt.Sprintf("!choice_.On(%d) && (", n))
	e.closing[cond] = ")"
}

// binary turns a comparison or joins otherwise.
func (e *editor) binary(x *ast.BinaryExpr) func() {
	if tv := e.info.Types[x]; tv.Value != nil {
		return nil // a constant
	}
	src := e.source(x)
	close := func(text string) func() { return func() { e.insert(x.End(), text) } }
	switch x.Op {
	case token.EQL, token.NEQ:
		n := e.mutant(x.OpPos, "%s: turned", src)
		e.insert(x.Pos(), fmt.Sprintf("(choice_.On(%d) != (", n))
		return close("))")
	case token.LSS, token.GTR:
		n := e.mutant(x.OpPos, "%s: or equal", src)
		e.insert(x.Pos(), "(")
		return close(fmt.Sprintf(" || choice_.On(%d) && (%s) == (%s))", n, e.source(x.X), e.source(x.Y)))
	case token.LEQ, token.GEQ:
		n := e.mutant(x.OpPos, "%s: not equal", src)
		e.insert(x.Pos(), "(")
		return close(fmt.Sprintf(" && !(choice_.On(%d) && (%s) == (%s)))", n, e.source(x.X), e.source(x.Y)))
	case token.LAND, token.LOR:
		name := map[token.Token]string{token.LAND: "And", token.LOR: "Or"}[x.Op]
		n := e.mutant(x.OpPos, "%s: joined otherwise", src)
		e.insert(x.Pos(), fmt.Sprintf("choice_.%s(%d, ", name, n))
		e.replace(x.OpPos, x.OpPos+2, ", func() bool { return (")
		return close(") })")
	}
	return nil
}

// literal makes a number one more and one less.
func (e *editor) literal(x *ast.BasicLit) func() {
	tv, ok := e.info.Types[x]
	if !ok || e.plain[x] || x.Kind != token.INT && x.Kind != token.FLOAT {
		return nil
	}
	b, ok := tv.Type.Underlying().(*types.Basic)
	if !ok || b.Info()&types.IsNumeric == 0 || b.Info()&types.IsUntyped != 0 {
		return nil
	}
	name, ok := e.typeName(tv.Type)
	if !ok {
		return nil
	}
	n := e.mutant(x.Pos(), "%s: one more", x.Value)
	e.mutant(x.Pos(), "%s: one less", x.Value)
	e.insert(x.Pos(), fmt.Sprintf("choice_.Num[%s](%d, ", name, n))
	return func() { e.insert(x.End(), ")") }
}

// small tells whether a number is the 0 or 1 that something is compared with to find whether it is there at all: the
// comparison itself is turned, and one more or less says nothing of law.
func (e *editor) small(x *ast.BinaryExpr, lit *ast.BasicLit) bool {
	return (lit.Value == "0" || lit.Value == "1") && x.Op.Precedence() == token.EQL.Precedence()
}

// typeName writes a type as the file names it; false where the file does not import it.
func (e *editor) typeName(t types.Type) (string, bool) {
	known := true
	s := types.TypeString(t, func(p *types.Package) string {
		if p == e.pkg {
			return ""
		}
		for _, im := range e.file.Imports {
			if strings.Trim(im.Path.Value, `"`) == p.Path() {
				switch {
				case im.Name == nil:
					return p.Name()
				case im.Name.Name == ".":
					return ""
				}
				return im.Name.Name
			}
		}
		known = false
		return ""
	})
	return s, known
}
