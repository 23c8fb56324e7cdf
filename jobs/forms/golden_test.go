package forms

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"anju/models/modelstest"
	"anju/workflow"
	"anju/workflow/glossary"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// run gives a PDF to a program of poppler-utils and returns what it prints.
func run(t testing.TB, pdf []byte, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
	return string(out)
}

func textOf(t testing.TB, pdf []byte) string { return run(t, pdf, "pdftotext", "-layout", "-", "-") }

// paper is one print of the goldens.
type paper struct {
	name  string
	kind  glossary.DocumentKind
	body  string
	pdf   []byte
	pages int // where it is none of the goldens
}

// sheets gives a form with seal and signature, and empty. What production fills in is looked at where cases are walked
// (jobs/papers_test.go, cmd/anju/testdata/pinned).
func sheets(t testing.TB, k glossary.DocumentKind) []paper {
	t.Helper()
	var all []paper
	add := func(name string, s *sheet) {
		t.Helper()
		body, err := s.body()
		if err != nil {
			t.Fatal(err)
		}
		pdf, err := render(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, paper{name: string(k) + name, kind: k, body: body, pdf: pdf})
	}
	if decides[k] {
		d := demo(t, k)
		d.Seal, d.Signature, d.Copy = ring(t), stroke(t), "存档件"
		f, err := gather(d)
		if err != nil {
			t.Fatal(err)
		}
		add("-sealed", &sheet{form: k, fields: f, data: d})
	}
	add("-blank", &sheet{form: k, fields: map[string]any{"title": TitleOf(k)},
		data: Data{Document: workflow.Document{Kind: k}}, blank: true})
	return all
}

// decides names the papers whose sealed print is looked at too.
var decides = map[glossary.DocumentKind]bool{"F03": true, "F04": true, "F05": true, "F12": true, "F20": true}

// pages is how many pages a form has where it is not one; a set of papers has one for each when it is empty.
var pages = map[string]int{"F05": 2, "F05-sealed": 2, "F05-blank": 2, "F13": 2, "F13-sealed": 2, "F13-blank": 2,
	"F21": 2, "F21-sealed": 2, "F21-blank": 2,
	"F29": 2, "F29-sealed": 2, "F29-blank": 2, "F31-blank": 6, "F32-blank": 3, "F36-blank": 2,
	"F42-blank": 2, "F49-blank": 2}

func TestEveryFormOfTheListIsKnown(t *testing.T) {
	if got := Known(); len(got) < 41 || got[0] != "F01" || got[36] != "F37" || got[len(got)-1] != "F49" {
		t.Fatalf("Known() = %v; want F01 to F37, and those added up to F49", got)
	}
	for _, k := range Known() {
		if titles[k] == "" {
			t.Errorf("%s has no title", k)
		}
		if own := k.Title(); own != "" && own != titles[k] {
			t.Errorf("%s is called %s here and %s in the chains", k, titles[k], own)
		}
	}
	if _, err := Render(Data{Document: workflow.Document{Kind: "F99"}}); !errors.Is(err, ErrNoLayout) {
		t.Errorf("an unknown kind: %v; want ErrNoLayout", err)
	}
}

func TestPapersMatchTheirGoldens(t *testing.T) {
	if testing.Short() {
		t.Skip("every paper is looked at in the whole run")
	}
	modelstest.Poppler(t)
	for _, k := range Known() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			for _, p := range sheets(t, k) {
				if len(p.pdf) > 200<<10 {
					t.Errorf("%s has %d bytes; at most 200 KB", p.name, len(p.pdf))
				}
				whole(t, p)
				embedded(t, p)
				text := tidy(textOf(t, p.pdf))
				golden(t, filepath.Join("testdata", "text", p.name+".txt"), []byte(text), func(want []byte) string {
					if string(want) != text {
						return "text differs"
					}
					return ""
				})
				for line := range strings.SplitSeq(text, "\n") {
					if strings.HasSuffix(line, "□") || strings.HasSuffix(line, "☑") {
						t.Errorf("%s: a box stands at the end of a line, without its words: %s", p.name, line)
					}
				}
				for i, png := range pictureOf(t, p.pdf) {
					file := filepath.Join("testdata", "pages", fmt.Sprintf("%s-%d.png", p.name, i+1))
					golden(t, file, png, func(want []byte) string { return differs(t, want, png) })
				}
			}
		})
	}
}

// tidy takes out what versions of pdftotext do differently: the number of spaces and empty lines.
func tidy(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, file string, got []byte, compare func(want []byte) string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v; look at the paper, then run with -update", err)
		return
	}
	if problem := compare(want); problem != "" {
		t.Errorf("%s: %s; look at the paper, then run with -update", file, problem)
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

var (
	page = regexp.MustCompile(`<page `)
	word = regexp.MustCompile(`<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>`)
)

// whole compares the characters that the layout wrote with those that stand in the PDF, since the engine drops silently
// what does not fit; it finds words beyond the margins, and counts the pages.
func whole(t *testing.T, p paper) {
	t.Helper()
	boxes := run(t, p.pdf, "pdftotext", "-bbox", "-", "-")
	if got, want := len(page.FindAllString(boxes, -1)), max(1, pages[p.name], p.pages); got != want {
		t.Errorf("%s has %d pages; want %d", p.name, got, want)
	}
	var printed strings.Builder
	for _, m := range word.FindAllStringSubmatch(boxes, -1) {
		printed.WriteString(html.UnescapeString(m[5]))
		var box [4]float64
		for i := range box {
			v, err := strconv.ParseFloat(m[i+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			box[i] = v
		}
		if box[0] < 60 || box[1] < 40 || box[2] > 546 || box[3] > 805 {
			t.Errorf("%s: %s stands at %v, outside the margins", p.name, m[5], box)
		}
	}
	written := html.UnescapeString(tag.ReplaceAllString(p.body, " "))
	if a, b := runes(written), runes(printed.String()); a != b {
		t.Errorf("%s: characters lost or doubled:\nwritten %s\nprinted %s", p.name, a, b)
	}
}

// runes are the characters of a text in order of their codes, without spaces.
func runes(text string) string {
	r := []rune(strings.Join(strings.Fields(text), ""))
	slices.Sort(r)
	return string(r)
}

// embedded wants the one font, as a subset with its characters named.
func embedded(t *testing.T, p paper) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(run(t, p.pdf, "pdffonts", "-")), "\n")
	if len(lines) != 3 || !strings.Contains(lines[2], "+AnjuSerif") || !strings.Contains(lines[2], "yes yes yes") {
		t.Errorf("%s: fonts\n%s\nwant AnjuSerif alone, embedded, a subset, with its characters", p.name,
			strings.Join(lines, "\n"))
	}
}

// pictureOf draws the pages at 60 dots an inch in grey.
func pictureOf(t *testing.T, pdf []byte) [][]byte {
	t.Helper()
	dir := t.TempDir()
	run(t, pdf, "pdftoppm", "-r", "60", "-gray", "-png", "-", filepath.Join(dir, "p"))
	files, err := filepath.Glob(filepath.Join(dir, "p*.png"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var all [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, small(t, b))
	}
	return all
}

// small writes a page with sixteen greys, which is what a reader of the goldens needs.
func small(t *testing.T, b []byte) []byte {
	t.Helper()
	g := grey(t, b)
	var greys color.Palette
	for i := range 16 {
		greys = append(greys, color.Gray{Y: uint8(i * 17)})
	}
	p := image.NewPaletted(g.Rect, greys)
	for i, y := range g.Pix {
		p.Pix[i] = (y + 8) / 17
		if y > 247 {
			p.Pix[i] = 15
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// differs compares two pages by the darkness of fields of 6 by 6 dots, since programs draw the same letter a little
// differently: at most one field in two hundred may differ clearly.
func differs(t *testing.T, want, got []byte) string {
	t.Helper()
	a, b := grey(t, want), grey(t, got)
	if a.Rect != b.Rect {
		return fmt.Sprintf("the page has %v dots, not %v", b.Rect.Max, a.Rect.Max)
	}
	const field = 6
	wrong, fields := 0, 0
	for y := 0; y+field <= a.Rect.Dy(); y += field {
		for x := 0; x+field <= a.Rect.Dx(); x += field {
			sum := 0
			for v := y; v < y+field; v++ {
				for u := x; u < x+field; u++ {
					sum += int(a.GrayAt(u, v).Y) - int(b.GrayAt(u, v).Y)
				}
			}
			fields++
			if sum = max(sum, -sum); sum > 32*field*field {
				wrong++
			}
		}
	}
	if wrong*200 > fields {
		return fmt.Sprintf("the page looks different in %d of %d fields", wrong, fields)
	}
	return ""
}

func grey(t *testing.T, b []byte) *image.Gray {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := img.(*image.Gray); ok {
		return g
	}
	g := image.NewGray(img.Bounds())
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		for x := g.Rect.Min.X; x < g.Rect.Max.X; x++ {
			g.Set(x, y, img.At(x, y))
		}
	}
	return g
}
