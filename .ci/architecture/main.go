// Architecture draws the packages of the program: docs/architecture.txt has a line a package with what it is for and
// the packages that it imports, docs/architecture.svg is its picture. An arrow that follows from others is left out.
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
	x, y          int // upper left corner in the picture
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

// Measures of the picture in pixels; abreast is how many boxes of a floor stand in one row of a lane.
const (
	height, gap, aisle, glyph, margin, abreast = 26, 14, 26, 8, 16, 3
	rowHeight, storey, heading                 = 34, 30, 44
)

// lane is a column of the picture: a folder, with the colour of its boxes and of the arrows that begin there.
type lane struct {
	folder, title, fill, stroke string
	left, width                 int
}

func lanes() []*lane {
	return []*lane{
		{folder: "cmd", title: "cmd/anju and seeds", fill: "#ececec", stroke: "#8a8a8a"},
		{folder: "handlers", title: "handlers", fill: "#e0f2dd", stroke: "#5b9a55"},
		{folder: "jobs", title: "jobs", fill: "#fbe2db", stroke: "#c8705a"},
		{folder: "models", title: "models", fill: "#dbeafb", stroke: "#5485bd"},
		{folder: "workflow", title: "workflow", fill: "#fdf0cd", stroke: "#b98f24"},
	}
}

func (n *node) folder() string {
	folder, _, _ := strings.Cut(n.name, "/")
	if folder == "seeds" {
		return "cmd"
	}
	return folder
}

// label is the name of a package inside its lane: the last part of its path.
func (n *node) label() string {
	if n.name == "cmd/anju" {
		return n.name
	}
	return n.name[strings.LastIndex(n.name, "/")+1:]
}

func (n *node) width() int { return len(n.label())*glyph + 18 }

// rowsOf cuts the packages of a lane on one floor into rows.
func rowsOf(floor []*node, folder string) [][]*node {
	in := slices.DeleteFunc(slices.Clone(floor), func(n *node) bool { return n.folder() != folder })
	return slices.Collect(slices.Chunk(in, abreast))
}

func widthOf(row []*node) int {
	width := -gap
	for _, n := range row {
		width += n.width() + gap
	}
	return width
}

// place gives every package its place: a lane for each folder, a floor above all that it imports. It returns the size
// of the picture.
func place(floors [][]*node, columns []*lane) (wide, tall int) {
	wide = margin
	for _, l := range columns {
		l.left, l.width = wide, len(l.title)*glyph
		for _, floor := range floors {
			for _, row := range rowsOf(floor, l.folder) {
				l.width = max(l.width, widthOf(row))
			}
		}
		l.width += 2 * gap
		wide += l.width + aisle
	}
	tall = heading
	for _, floor := range slices.Backward(floors) {
		most := 0
		for _, l := range columns {
			rows := rowsOf(floor, l.folder)
			most = max(most, len(rows))
			for i, row := range rows {
				x := l.left + (l.width-widthOf(row))/2
				for _, n := range row {
					n.x, n.y = x, tall+i*rowHeight
					x += n.width() + gap
				}
			}
		}
		tall += most*rowHeight + storey
	}
	return wide - aisle + margin, tall - storey + margin
}

// svg draws a lane for each folder, in it each floor as a row of boxes, and each arrow as a curve from the lower edge
// of the package that imports to the upper edge of the imported one. Arrows into another lane are dashed.
func (all packages) svg() string {
	columns := lanes()
	wide, tall := place(all.floors(), columns)
	of := map[string]*lane{}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="ui-monospace,monospace" font-size="13">`,
		wide, tall)
	b.WriteString("\n<title>The packages of Anju: each imports those that its arrows lead down to</title>\n" +
		`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for _, l := range columns {
		of[l.folder] = l
		fmt.Fprintf(&b, `<rect x="%d" y="8" width="%d" height="%d" rx="8" fill="%s" fill-opacity="0.3"/>`+
			`<text x="%d" y="28" text-anchor="middle" font-weight="bold">%s</text>`+"\n",
			l.left, l.width, tall-16, l.fill, l.left+l.width/2, l.title)
	}
	for _, name := range all.names() {
		n := all[name]
		for i, u := range n.uses {
			to, style := all[u], ""
			if to.folder() != n.folder() {
				style = ` stroke-dasharray="4 3" stroke-opacity="0.65"`
			}
			x1, y1 := n.x+(i+1)*n.width()/(len(n.uses)+1), n.y+height
			x2, y2 := to.x+to.width()/2, to.y
			fmt.Fprintf(&b, `<path fill="none" stroke="%s"%s d="M%d %dC%d %d %d %d %d %d"/>`+"\n",
				of[n.folder()].stroke, style, x1, y1, x1, y1+(y2-y1)/2, x2, y2-(y2-y1)/2, x2, y2)
		}
	}
	for _, name := range all.names() {
		n := all[name]
		l := of[n.folder()]
		fmt.Fprintf(&b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="%s" stroke="%s"/>`+
			`<text x="%d" y="%d" text-anchor="middle">%s</text></g>`+"\n", html.EscapeString(n.purpose), n.x, n.y, n.width(),
			height,
			l.fill, l.stroke, n.x+n.width()/2, n.y+18, n.label())
	}
	b.WriteString("</svg>\n")
	return b.String()
}
