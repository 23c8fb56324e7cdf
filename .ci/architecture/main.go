// Architecture draws the packages of the program: docs/architecture.txt has a line a package with what it is for and the
// packages that it imports, docs/architecture.svg is its picture. An arrow that follows from others is left out.
//
//	go run ./.ci/architecture          writes both
//	go run ./.ci/architecture -check   exits with 1 where one of them is not what the imports say
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strings"
)

const (
	module  = "anju/"
	textual = "docs/architecture.txt"
	picture = "docs/architecture.svg"
)

func main() {
	check := flag.Bool("check", false, "compare, write nothing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "architecture:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	house, err := read()
	if err != nil {
		return err
	}
	house.reduce()
	for path, want := range map[string]string{textual: house.text(), picture: house.svg()} {
		if !check {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				return err
			}
			continue
		}
		is, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if string(is) != want {
			return fmt.Errorf("%s is not what the imports say: run go run ./.ci/architecture", path)
		}
	}
	return nil
}

// packages are those of the program by their path without the module, with what they are for and what they import.
type packages map[string]*node

type node struct {
	name, purpose string
	uses          []string
	floor         int // above all that it uses; 0 is the ground
	x             int // left edge in the picture
}

func read() (packages, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := packages{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Doc string
			Imports         []string
		}
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		n := &node{name: strings.TrimPrefix(p.ImportPath, module), purpose: p.Doc}
		for _, i := range p.Imports {
			if name, ours := strings.CutPrefix(i, module); ours {
				n.uses = append(n.uses, name)
			}
		}
		all[n.name] = n
	}
}

// reduce leaves out the arrows that follow from others, what only tests use, and finds the floor of each package.
func (all packages) reduce() {
	for name := range all {
		if name == "handlers/screens" || name == "models/modelstest" {
			delete(all, name)
		}
	}
	reach := map[string]map[string]bool{}
	var visit func(string) map[string]bool
	visit = func(name string) map[string]bool {
		if reach[name] != nil {
			return reach[name]
		}
		far := map[string]bool{}
		n := all[name]
		for _, u := range n.uses {
			far[u] = true
			for v := range visit(u) {
				far[v] = true
			}
			n.floor = max(n.floor, all[u].floor+1)
		}
		reach[name] = far
		return far
	}
	for _, name := range all.names() {
		visit(name)
	}
	for _, n := range all {
		n.uses = slices.DeleteFunc(n.uses, func(u string) bool {
			return slices.ContainsFunc(n.uses, func(v string) bool { return v != u && reach[v][u] })
		})
		sort.Strings(n.uses)
	}
}

func (all packages) names() []string {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// floors are the packages by floor, the ground first.
func (all packages) floors() [][]*node {
	var rows [][]*node
	for _, name := range all.names() {
		n := all[name]
		for len(rows) <= n.floor {
			rows = append(rows, nil)
		}
		rows[n.floor] = append(rows[n.floor], n)
	}
	return rows
}

// text writes the packages from the top floor down.
func (all packages) text() string {
	var b strings.Builder
	b.WriteString("# The packages of Anju from the top down, each with what it is for and what it imports; an arrow that\n" +
		"# follows from others is left out. Written by: go run ./.ci/architecture\n")
	for _, row := range slices.Backward(all.floors()) {
		b.WriteByte('\n')
		for _, n := range row {
			fmt.Fprintf(&b, "%s: %s\n", n.name, n.purpose)
			if len(n.uses) > 0 {
				fmt.Fprintf(&b, "    -> %s\n", strings.Join(n.uses, ", "))
			}
		}
	}
	return b.String()
}

// Measures of the picture in pixels.
const (
	height, gap, storey, glyph, margin = 30, 18, 74, 8, 16
)

func (n *node) width() int { return len(n.name)*glyph + 20 }

// svg draws each floor as a row of boxes and each arrow as a curve from the lower edge of who imports to the upper edge
// of what is imported.
func (all packages) svg() string {
	rows := all.floors()
	wide := 0
	for _, row := range rows {
		width := gap
		for _, n := range row {
			width += n.width() + gap
		}
		wide = max(wide, width)
	}
	for _, row := range rows {
		width := -gap
		for _, n := range row {
			width += n.width() + gap
		}
		x := (wide - width) / 2
		for _, n := range row {
			n.x = x
			x += n.width() + gap
		}
	}
	tall := len(rows)*storey - storey + height + 2*margin
	top := func(n *node) int { return margin + (len(rows)-1-n.floor)*storey }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="ui-monospace,monospace" font-size="13">`, wide, tall)
	b.WriteString("\n<title>The packages of Anju: each imports those that its arrows lead down to</title>\n" +
		`<rect width="100%" height="100%" fill="#fff"/>` + "\n" + `<g fill="none" stroke="#8795a8">` + "\n")
	for _, name := range all.names() {
		n := all[name]
		for i, u := range n.uses {
			to := all[u]
			x1, y1 := n.x+(i+1)*n.width()/(len(n.uses)+1), top(n)+height
			x2, y2 := to.x+to.width()/2, top(to)
			fmt.Fprintf(&b, `<path d="M%d %dC%d %d %d %d %d %d"/>`+"\n", x1, y1, x1, y1+(y2-y1)/2, x2, y2-(y2-y1)/2, x2, y2)
		}
	}
	b.WriteString("</g>\n")
	for _, name := range all.names() {
		n := all[name]
		fmt.Fprintf(&b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="%s" stroke="#44546a"/>`+
			`<text x="%d" y="%d" text-anchor="middle">%s</text></g>`+"\n", html.EscapeString(n.purpose), n.x, top(n), n.width(), height,
			colour(n.name), n.x+n.width()/2, top(n)+20, n.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// colour tells the top-level folders apart.
func colour(name string) string {
	folder, _, _ := strings.Cut(name, "/")
	return map[string]string{"workflow": "#fdf3d8", "models": "#e2eefb", "handlers": "#e5f4e3", "jobs": "#fbe6e1", "seeds": "#eee8f6", "cmd": "#ececec"}[folder]
}
