// Measure prints the figures that the structure of the program is held to: lines a package, the arrows between the files
// of a package and how many of them lie on circles, the size of types, interfaces and functions, long lines and riddling
// comments. Tests and generated files are left out.
//
//	go run ./.ci/measure          a line a package and the sums beside their limits
//	go run ./.ci/measure -v       names every function, line and circle over a limit
//	go run ./.ci/measure -check   exits with 1 where a limit is exceeded
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// The limits.
const (
	mostLines      = 3000 // of a package
	mostBack       = 5.0  // per cent of the arrows of all packages
	mostFunction   = 80   // lines of a function; literals and tables excepted
	mostCyclomatic = 20
	mostLong       = 0.5 // per cent of lines over mostRunes
	mostRunes      = 120
	mostRiddles    = 10
)

// riddle finds the words by which a comment speaks of people it does not name.
var riddle = regexp.MustCompile(`(?i)\b(nobody|somebody|whoever|whose)\b`)

func main() {
	verbose := flag.Bool("v", false, "name what is over a limit")
	check := flag.Bool("check", false, "exit with 1 where a limit is exceeded")
	flag.Parse()
	over, err := run(os.Stdout, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(2)
	}
	if *check && over > 0 {
		fmt.Fprintf(os.Stderr, "measure: %d limits exceeded\n", over)
		os.Exit(1)
	}
}

// listed is one package as go list gives it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  *struct{ Main bool }
}

func list() ([]listed, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Module", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, p)
	}
}

// figures are those of one package.
type figures struct {
	path                         string
	files, lines, long, riddles  int
	arrows, circles, up          int
	functions, exported          int
	bigType, bigInterface        string
	methods, interfaceMethods    int
	longest                      int
	bigFunctions, tangled, notes []string
}

func run(w io.Writer, verbose bool) (over int, err error) {
	all, err := list()
	if err != nil {
		return 0, err
	}
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	})
	var sum figures
	fmt.Fprintf(w, "%-28s %5s %6s %7s %4s %7s %8s %6s %9s %6s %8s\n", "package", "files", "lines", "arrows", "up", "circles", "methods", "long", "functions", "tangle", "riddles")
	for _, p := range all {
		if p.Module == nil || !p.Module.Main || len(p.GoFiles) == 0 {
			continue
		}
		f, err := measure(fset, imports, p)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		fmt.Fprintf(w, "%-28s %5d %6d %7d %4d %7d %8d %6d %9d %6d %8d\n", f.path, f.files, f.lines, f.arrows, f.up, f.circles, f.methods, f.long,
			len(f.bigFunctions), len(f.tangled), f.riddles)
		if f.lines > mostLines {
			over++
			f.notes = append(f.notes, fmt.Sprintf("%s has %d lines", f.path, f.lines))
		}
		if verbose {
			for _, n := range slices.Concat(f.notes, f.bigFunctions, f.tangled) {
				fmt.Fprintln(w, "   ", n)
			}
		}
		sum.add(f)
	}
	up, long := percent(sum.up, sum.arrows), percent(sum.long, sum.lines)
	fmt.Fprintf(w, "\narrows back up         %d of %d, %.1f %% (limit %.0f %%)\n", sum.up, sum.arrows, up, mostBack)
	fmt.Fprintf(w, "arrows on circles      %d, %.1f %%\n", sum.circles, percent(sum.circles, sum.arrows))
	fmt.Fprintf(w, "lines over %d runes   %d of %d, %.2f %%, longest %d (limit %.1f %%)\n", mostRunes, sum.long, sum.lines, long, sum.longest, mostLong)
	fmt.Fprintf(w, "functions over %d      %d (limit 0, literals excepted)\n", mostFunction, len(sum.bigFunctions))
	fmt.Fprintf(w, "cyclomatic over %d     %d\n", mostCyclomatic, len(sum.tangled))
	fmt.Fprintf(w, "riddling comments      %d (limit %d)\n", sum.riddles, mostRiddles)
	fmt.Fprintf(w, "largest type           %s, %d methods\n", sum.bigType, sum.methods)
	fmt.Fprintf(w, "largest interface      %s, %d methods\n", sum.bigInterface, sum.interfaceMethods)
	fmt.Fprintf(w, "exported functions     %.0f %%\n", percent(sum.exported, sum.functions))
	for _, exceeded := range []bool{up > mostBack, long > mostLong, len(sum.bigFunctions) > 0, sum.riddles > mostRiddles} {
		if exceeded {
			over++
		}
	}
	return over, nil
}

func (f *figures) add(g figures) {
	f.lines, f.long, f.riddles, f.arrows = f.lines+g.lines, f.long+g.long, f.riddles+g.riddles, f.arrows+g.arrows
	f.circles, f.up = f.circles+g.circles, f.up+g.up
	f.functions, f.exported, f.longest = f.functions+g.functions, f.exported+g.exported, max(f.longest, g.longest)
	f.bigFunctions, f.tangled = append(f.bigFunctions, g.bigFunctions...), append(f.tangled, g.tangled...)
	if g.methods > f.methods {
		f.methods, f.bigType = g.methods, g.path+"."+g.bigType
	}
	if g.interfaceMethods > f.interfaceMethods {
		f.interfaceMethods, f.bigInterface = g.interfaceMethods, g.path+"."+g.bigInterface
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// measure reads and type-checks one package. It fails where the package does not parse or check.
func measure(fset *token.FileSet, imports types.Importer, p listed) (figures, error) {
	f := figures{path: strings.TrimPrefix(p.ImportPath, "anju/")}
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		src, err := os.ReadFile(path)
		if err != nil {
			return f, err
		}
		file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			return f, err
		}
		if ast.IsGenerated(file) {
			continue
		}
		parsed = append(parsed, file)
		f.read(f.path+"/"+name, src, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	conf := types.Config{Importer: imports}
	pkg, err := conf.Check(p.ImportPath, fset, parsed, info)
	if err != nil {
		return f, err
	}
	f.types(pkg)
	f.functionsOf(fset, parsed)
	f.draw(fset, pkg, info)
	return f, nil
}

// read counts lines, long lines and riddling comments of a file.
func (f *figures) read(name string, src []byte, file *ast.File) {
	f.files++
	for lines := bufio.NewScanner(bytes.NewReader(src)); lines.Scan(); {
		f.lines++
		if n := utf8.RuneCount(lines.Bytes()); n > mostRunes {
			f.long++
			f.longest = max(f.longest, n)
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if riddle.MatchString(c.Text) {
				f.riddles++
				f.notes = append(f.notes, name+": "+c.Text)
			}
		}
	}
}

// types finds the type with the most methods declared on it and the largest interface.
func (f *figures) types(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		named, ok := pkg.Scope().Lookup(name).Type().(*types.Named)
		if _, isType := pkg.Scope().Lookup(name).(*types.TypeName); !ok || !isType {
			continue
		}
		if n := named.NumMethods(); n > f.methods {
			f.methods, f.bigType = n, name
		}
		if i, ok := named.Underlying().(*types.Interface); ok && i.NumMethods() > f.interfaceMethods {
			f.interfaceMethods, f.bigInterface = i.NumMethods(), name
		}
	}
}

// functionsOf finds functions that are long or tangled. A function that only returns one literal is a table.
func (f *figures) functionsOf(fset *token.FileSet, files []*ast.File) {
	for _, file := range files {
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			f.functions++
			if fn.Name.IsExported() {
				f.exported++
			}
			at := fset.Position(fn.Pos())
			where := fmt.Sprintf("%s/%s: %s", f.path, filepath.Base(at.Filename), fn.Name.Name)
			if n := fset.Position(fn.End()).Line - at.Line + 1; n > mostFunction && !table(fset, fn) {
				f.bigFunctions = append(f.bigFunctions, fmt.Sprintf("%s has %d lines", where, n))
			}
			if n := cyclomatic(fn); n > mostCyclomatic {
				f.tangled = append(f.tangled, fmt.Sprintf("%s has a cyclomatic complexity of %d", where, n))
			}
		}
	}
}

// table reports whether all but ten lines of a function lie in one literal.
func table(fset *token.FileSet, fn *ast.FuncDecl) bool {
	lines := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line }
	most := 0
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			most = max(most, lines(lit))
		}
		return true
	})
	return lines(fn)-most <= 10
}

func cyclomatic(fn *ast.FuncDecl) int {
	n := 1
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if x.List != nil {
				n++
			}
		case *ast.CommClause:
			if x.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if x.Op == token.LAND || x.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// draw counts the arrows between the files of the package: from a file to another that declares a package-level name or
// a method that it uses. An arrow lies on a circle where a way leads back from its end to its beginning.
func (f *figures) draw(fset *token.FileSet, pkg *types.Package, info *types.Info) {
	to := map[string]map[string]string{}
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !named(pkg, obj) {
			continue
		}
		from, at := fset.Position(id.Pos()).Filename, fset.Position(obj.Pos()).Filename
		if from == at {
			continue
		}
		if to[from] == nil {
			to[from] = map[string]string{}
		}
		if old := to[from][at]; old == "" || obj.Name() < old {
			to[from][at] = obj.Name()
		}
	}
	for from, ends := range to {
		for at, name := range ends {
			f.arrows++
			if reaches(to, at, from) {
				f.circles++
				f.notes = append(f.notes, fmt.Sprintf("%s: circle %s -> %s (%s)", f.path, filepath.Base(from), filepath.Base(at), name))
			}
		}
	}
	f.climb(to)
	sort.Strings(f.notes)
}

// climb counts the arrows that run back up: those from a file to one that stands above it, where the files are put in the
// order that leaves few of them (Eades, Lin and Smyth 1993: files without users on top, files that use none at the bottom,
// of the others always the one with the most arrows out less arrows in).
func (f *figures) climb(to map[string]map[string]string) {
	out, in := map[string]map[string]bool{}, map[string]map[string]bool{}
	for from, ends := range to {
		for at := range ends {
			for _, m := range []map[string]map[string]bool{out, in} {
				for _, file := range []string{from, at} {
					if m[file] == nil {
						m[file] = map[string]bool{}
					}
				}
			}
			out[from][at], in[at][from] = true, true
		}
	}
	place := map[string]int{}
	top, bottom := 0, len(out)
	for len(out) > 0 {
		file := next(out, in)
		if len(out[file]) == 0 {
			bottom--
			place[file] = bottom
		} else {
			place[file] = top
			top++
		}
		for at := range out[file] {
			delete(in[at], file)
		}
		for from := range in[file] {
			delete(out[from], file)
		}
		delete(out, file)
		delete(in, file)
	}
	for from, ends := range to {
		for at, name := range ends {
			if place[at] < place[from] {
				f.up++
				f.notes = append(f.notes, fmt.Sprintf("%s: back up %s -> %s (%s)", f.path, filepath.Base(from), filepath.Base(at), name))
			}
		}
	}
}

// next is the file to be put in its place: one that uses none, else one that none uses, else the one with the most arrows
// out less arrows in; of several the first by name.
func next(out, in map[string]map[string]bool) string {
	names := make([]string, 0, len(out))
	for name := range out {
		names = append(names, name)
	}
	sort.Strings(names)
	best, most := "", -1<<31
	for _, name := range names {
		weight := len(out[name]) - len(in[name])
		switch {
		case len(out[name]) == 0:
			weight = 1 << 30
		case len(in[name]) == 0:
			weight = 1 << 29
		}
		if weight > most {
			best, most = name, weight
		}
	}
	return best
}

// named reports whether the object is declared at package level, or is a method of the package.
func named(pkg *types.Package, obj types.Object) bool {
	if obj.Parent() == pkg.Scope() {
		return true
	}
	fn, ok := obj.(*types.Func)
	return ok && fn.Signature().Recv() != nil
}

func reaches(to map[string]map[string]string, from, at string) bool {
	seen := map[string]bool{from: true}
	for way := []string{from}; len(way) > 0; {
		here := way[0]
		way = way[1:]
		if here == at {
			return true
		}
		for next := range to[here] {
			if !seen[next] {
				seen[next] = true
				way = append(way, next)
			}
		}
	}
	return false
}
