package forms

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"anju/models/modelstest"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

func TestNamesWithRareCharactersAreFoundInTheText(t *testing.T) {
	modelstest.Poppler(t)
	for _, name := range []string{"马䶮", "𠅤文举", "王喆", "李𬭎", "张𠮷㛃", "王𬱖", "马" + string([]rune{0x20021, 0x2A704}), string([]rune{0x2B81D, 0x2CEA1, 0x2EBE0})} {
		for _, k := range []glossary.DocumentKind{"F01", "F04", "F05", "F21"} {
			d := demo(t, k)
			d.Household.Householder.Name = name
			pdf, err := Render(d)
			if err != nil {
				t.Fatal(err)
			}
			if text := textOf(t, pdf); !strings.Contains(text, name) {
				t.Errorf("%s: pdftotext does not find %s", k, name)
			}
		}
	}
}

// A rare character is drawn: its picture is neither empty, nor the box that stands for a character without a glyph, nor
// another character's.
func TestRareCharactersAreDrawn(t *testing.T) {
	modelstest.Poppler(t)
	picture := func(r rune) []byte {
		d := demo(t, "F04")
		d.Household.Householder.Name = strings.Repeat(string(r), 3)
		pdf, err := Render(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range word.FindAllStringSubmatch(run(t, pdf, "pdftotext", "-bbox", "-", "-"), -1) {
			if m[5] != d.Household.Householder.Name {
				continue
			}
			var at [4]float64
			for i := range at {
				if at[i], err = strconv.ParseFloat(m[i+1], 64); err != nil {
					t.Fatal(err)
				}
			}
			const scale = 200. / 72
			cut := func(points float64) string { return strconv.Itoa(int(points * scale)) }
			shown := run(t, pdf, "pdftoppm", "-r", "200", "-gray", "-x", cut(at[0]), "-y", cut(at[1]), "-W", cut(at[2]-at[0]),
				"-H", cut(at[3]-at[1]), "-")
			return []byte(shown)
		}
		t.Fatalf("%c (%U) does not stand on the paper", r, r)
		return nil
	}
	seen := map[string]rune{}
	for _, r := range []rune{'口', '□', '𠮷', '㛃', '𬱖', 0x20021, 0x2A704, 0x2B81D, 0x2CEA1, 0x2EBE0} {
		p := picture(r)
		ink := 0
		for _, dot := range p[len(p)/8:] {
			if dot < 128 {
				ink++
			}
		}
		if ink < len(p)/40 {
			t.Errorf("%c (%U) is drawn with %d dots of %d", r, r, ink, len(p))
		}
		if other, twice := seen[string(p)]; twice {
			t.Errorf("%U has the picture of %U", r, other)
		}
		seen[string(p)] = r
	}
}

func TestMissingGlyphIsRefusedByName(t *testing.T) {
	tests := []struct {
		form  glossary.DocumentKind
		field string
		r     rune
		put   func(*Data, string)
	}{
		{"F05", "holder", 0x2EBF0, func(d *Data, s string) { d.Household.Householder.Name = "马" + s }},
		{"F01", "householder.name", 0x2EBF0, func(d *Data, s string) { d.Household.Householder.Name = "马" + s }},
		{"F01", "members[1].name", 0x2EBF0, func(d *Data, s string) { d.Household.Members[1].Name = s }},
		{"F03", "opinions.township.opinion", 0x1F600, func(d *Data, s string) {
			d.Fields = map[string]any{"opinions": map[string]any{"township": map[string]any{"opinion": "同意" + s}}}
		}},
		{"F16", "items[0].problem", 0x627, func(d *Data, s string) { d.Case.File.Asked.Items[0].Problem = s }},
		{"F34", "service.servers[1]", 0x2EBF0, func(d *Data, s string) {
			d.Fields = map[string]any{"service": map[string]any{"servers": []string{"赵晓梅", s}}}
		}},
		{"F02", "commitment.sign", 0x2EBF0, func(d *Data,
			s string) {
			d.Fields = map[string]any{"commitment": map[string]any{"sign": s}}
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.form)+" "+tt.field, func(t *testing.T) {
			d := demo(t, tt.form)
			tt.put(&d, string(tt.r))
			pdf, err := Render(d)
			var glyph *GlyphError
			if !errors.As(err, &glyph) || glyph.Field != tt.field || glyph.Rune != tt.r || glyph.Form != tt.form || pdf != nil {
				t.Fatalf("Render = %d bytes, %v; want a GlyphError for %s, %U", len(pdf), err, tt.field, tt.r)
			}
			if !strings.Contains(err.Error(), tt.field) || !strings.Contains(err.Error(), fmt.Sprintf("%U", tt.r)) {
				t.Errorf("the error does not name field and character: %v", err)
			}
		})
	}
	t.Run("a paper without the field is printed", func(t *testing.T) {
		d := demo(t, "F04")
		d.Household.Members[0].Name = string(rune(0x2EBF0))
		if _, err := Render(d); err != nil {
			t.Error(err)
		}
	})
}

func TestEveryCharacterOfTheLayoutsIsInTheFont(t *testing.T) {
	found, err := filepath.Glob("layouts/*.html")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"☑□√年月日时分"}
	for _, f := range found {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	for _, title := range titles {
		texts = append(texts, title)
	}
	for _, text := range texts {
		for _, r := range text {
			if ok, err := drawn(r); err != nil || !ok {
				t.Errorf("%q (%U) is not in the font (%v): %.60s", r, r, err, text)
			}
		}
	}
}

func TestMarkupInAnyTextIsText(t *testing.T) {
	modelstest.Poppler(t)
	const evil = `<script>alert(1)</script><img src="x"><b>&amp;`
	for _, k := range []glossary.DocumentKind{"F01", "F02", "F05", "F16", "F20", "F27"} {
		d := demo(t, k)
		d.Household.Householder.Name = evil
		d.Case.File.Asked.Items[0].Problem = evil
		d.Office, d.Document.Number, d.Copy = evil, evil, evil
		d.Fields = with(map[string]any{"items": []any{map[string]any{"problem": evil}}, "facts": evil, "review_conclusion": evil, "commitment": map[string]any{"sign": evil},
			"service": map[string]any{"receiver": evil}}, nil)
		d.Fields["remark"] = evil
		pdf, err := Render(d)
		if err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(run(t, pdf, "pdftotext", "-", "-")), "")
		if !strings.Contains(flat, "<script>") || !strings.Contains(flat, "&amp;") {
			t.Errorf("%s: the text does not stand there as it was typed", k)
		}
	}
}

func TestInvisibleCharactersAreLeftOut(t *testing.T) {
	modelstest.Poppler(t)
	d := demo(t, "F05")
	d.Household.Householder.Name = "马\u202e䶮\u200b\ufeff\u0007"
	pdf, err := Render(d)
	if err != nil {
		t.Fatal(err)
	}
	if text := textOf(t, pdf); !strings.Contains(text, "马䶮") || strings.ContainsAny(text, "\u202e\u200b\ufeff\u0007") {
		t.Error("the name does not stand there without its invisible characters")
	}
}

func TestSameDataGivesTheSameBytes(t *testing.T) {
	modelstest.Slow(t)
	for _, k := range Known() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			d := demo(t, k)
			d.Seal, d.Signature = ring(t), stroke(t)
			first, err := Render(d)
			if err != nil {
				t.Fatal(err)
			}
			second, err := Render(d)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second) {
				t.Error("two prints of the same data differ")
			}
			one, err := Blank(k)
			if err != nil {
				t.Fatal(err)
			}
			if two, err := Blank(k); err != nil || !bytes.Equal(one, two) {
				t.Errorf("two empty forms differ (%v)", err)
			}
		})
	}
}

// Two hundred certificates by sixteen workers: each the same as when it is printed alone.
func TestManyPapersAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("dozens of papers")
	}
	want := map[glossary.DocumentKind][]byte{}
	kinds := []glossary.DocumentKind{"F03", "F04", "F05", "F14", "F28"}
	for _, k := range kinds {
		pdf, err := Render(demo(t, k))
		if err != nil {
			t.Fatal(err)
		}
		want[k] = pdf
	}
	queue := make(chan glossary.DocumentKind)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for k := range queue {
				pdf, err := Render(demo(t, k))
				if err != nil {
					t.Error(err)
				} else if !bytes.Equal(pdf, want[k]) {
					t.Errorf("%s printed beside others differs", k)
				}
			}
		})
	}
	for i := range 200 {
		queue <- kinds[i%len(kinds)]
	}
	close(queue)
	wg.Wait()
}

// A household of eight, with the addresses of the demo county, still fits on the one page of the application.
func TestALargeHouseholdFitsOnThePage(t *testing.T) {
	modelstest.Poppler(t)
	d := demo(t, "F01")
	for len(d.Household.Members) < 7 {
		d.Household.Members = append(d.Household.Members, d.Household.Members[0])
	}
	for i := range d.Household.Members {
		d.Household.Members[i].Domicile = "山西省运城市稷山县稷峰镇马村第一村民小组"
	}
	pdf, err := Render(d)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(page.FindAllString(run(t, pdf, "pdftotext", "-bbox", "-", "-"), -1)); n != 1 {
		t.Errorf("the application has %d pages", n)
	}
}

// A large household and long texts go on to a second page, and nothing of them is lost.
func TestLongPapersLoseNothing(t *testing.T) {
	modelstest.Poppler(t)
	d := demo(t, "F01")
	for i := range 16 {
		d.Household.Members = append(d.Household.Members,
			forms.Member{Name: fmt.Sprintf("马成员%d", i), Relation: "孙子", IDNumber: "14082420161014990X",
				Domicile: strings.Repeat("山西省运城市稷山县", 4)})
	}
	long := strings.Repeat("经核实，该户现有住房不够居住，", 40)
	opinions := map[string]any{"opinions": map[string]any{"group": opinion(long, "马长顺", "2026-03-16"),
		"village": opinion(long+"\n"+long, strings.Repeat("名", 50), "2026-03-18")}}
	d.Fields = opinions
	fields, err := gather(d)
	if err != nil {
		t.Fatal(err)
	}
	s := &sheet{form: "F01", fields: fields, data: d}
	body, err := s.body()
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := render(s)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, paper{name: "F01-long", kind: "F01", body: body, pdf: pdf, pages: 4})
}

func TestFieldsThatAreNoTextAreWrittenAsThePapersDo(t *testing.T) {
	s := &sheet{form: "F20", fields: map[string]any{"day": calendar.Date(2026, 6, 15), "at": at(6, 15, 9), "yes": true,
		"n": float64(12), "list": []any{"甲", "乙"}}}
	for name, want := range map[string]string{"day": "2026年6月15日", "at": "2026年6月15日", "yes": "是", "n": "12",
		"list": "甲、乙", "none": ""} {
		if got, err := s.V(name); got != want || err != nil {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	if got, err := s.Time("at"); got != "2026年6月15日9时00分" || err != nil {
		t.Errorf("time = %q, %v", got, err)
	}
}

func TestPicturesAreChecked(t *testing.T) {
	for name, put := range map[string]func(*Data){
		"seal":      func(d *Data) { d.Seal = []byte("no picture") },
		"signature": func(d *Data) { d.Signature = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...) },
		"verify":    func(d *Data) { d.Verify = "https://example.gov.cn/" + strings.Repeat("x", 400) },
	} {
		d := demo(t, "F05")
		put(&d)
		if _, err := Render(d); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a broken %s: %v; want an error that names it", name, err)
		}
	}
}

// The papers that carry an ID number, a telephone or the members of the household; no other reads them (A37).
func TestPersonalDataStandOnlyWhereTheFormHasThem(t *testing.T) {
	lawtest.Claim(t, "A37")
	allowed := map[string]string{
		"householder.id_number": "F01 F03 F06 F07 F08 F35", "householder.phone": "F01 F07 F08 F15 F16 F35",
		"members[].name": "F01", "members[].id_number": "F01",
		"agent.id_number": "F35", "party.id_number": "F29",
	}
	for _, k := range Known() {
		names, err := FieldsOf(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			last := n[strings.LastIndexByte(n, '.')+1:]
			personal := last == "id_number" || n == "householder.phone" || strings.HasPrefix(n, "members[]")
			list, known := allowed[n]
			if strings.HasPrefix(n, "members[]") {
				list, known = "F01", true
			}
			if personal && (!known || !strings.Contains(list, string(k))) {
				t.Errorf("%s reads %s", k, n)
			}
		}
	}
	modelstest.Poppler(t)
	for _, k := range []glossary.DocumentKind{"F04", "F05", "F21", "F28"} {
		d := demo(t, k)
		pdf, err := Render(d)
		if err != nil {
			t.Fatal(err)
		}
		text := textOf(t, pdf)
		for _, private := range []string{d.Household.Householder.IDNumber, d.Household.Householder.Phone,
			d.Household.Members[0].Name, d.Household.Members[0].IDNumber, "李𬭎"} {
			if strings.Contains(text, private) {
				t.Errorf("%s shows %s", k, private)
			}
		}
	}
}

// A certificate without its seal says where it goes, since it is void without (Licensing Law Art. 39).
func TestPapersWithoutSealShowItsPlace(t *testing.T) {
	modelstest.Poppler(t)
	for _, k := range []glossary.DocumentKind{"F03", "F04", "F05", "F12", "F15", "F16", "F17", "F18", "F19", "F20",
		"F29"} {
		pdf, err := Render(demo(t, k))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`（盖章）|（章）|专用章）`).MatchString(textOf(t, pdf)) {
			t.Errorf("%s has no place for the seal", k)
		}
	}
}

// What a chain gives replaces what the case holds, part by part, in either way of writing.
func TestGivenFieldsLieOverTheCase(t *testing.T) {
	d := demo(t, "F05")
	d.Fields = map[string]any{"approved": map[string]any{"height": "6.90"}, "opinions.township.head": "韩立平",
		"boundary": forms.Boundary{East: "新路", South: "南", West: "西", North: "北"}}
	f, err := gather(d)
	if err != nil {
		t.Fatal(err)
	}
	s := &sheet{form: "F05", fields: f}
	for name, want := range map[string]string{"approved.height": "6.90", "approved.floors": "2", "proposed.height": "7.20",
		"boundary.east": "新路"} {
		if got, err := s.V(name); got != want || err != nil {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	if got, err := s.With("opinions.township").V("head"); got != "韩立平" || err != nil {
		t.Errorf("a part given by its whole name = %q, %v", got, err)
	}
}

// A paper of a case that holds nothing yet is a paper with places to write in, not a failure.
func TestPaperOfAnEmptyCase(t *testing.T) {
	for _, k := range Known() {
		if _, err := Render(Data{Document: workflow.Document{Kind: k}}); err != nil {
			t.Error(err)
		}
	}
	d := demo(t, "F01")
	d.Case.Application = []byte(`[]`)
	if _, err := Render(d); err == nil {
		t.Error("an application that cannot be read was printed")
	}
}

func TestRowsAreNumbered(t *testing.T) {
	for name, want := range map[string]string{"members[2].name": "members[].name", "a[10].b[3].c": "a[].b[].c",
		"plain": "plain", "x[0]": "x[]"} {
		if got := anyRow(name); got != want {
			t.Errorf("anyRow(%s) = %s; want %s", name, got, want)
		}
	}
	s := &sheet{form: "F16", fields: map[string]any{"items": []any{map[string]any{}, map[string]any{}}}}
	var n []string
	for _, r := range s.Rows("items", 3) {
		n = append(n, r.N())
	}
	if !slices.Equal(n, []string{"1", "2", "3"}) || len(s.Lines("items", 8)) != 2 {
		t.Errorf("rows are numbered %v, a notice has %d", n, len(s.Lines("items", 8)))
	}
}

func BenchmarkRender(b *testing.B) {
	for _, k := range []glossary.DocumentKind{"F01", "F05", "F15"} {
		b.Run(string(k), func(b *testing.B) {
			d := demo(b, k)
			for b.Loop() {
				if _, err := Render(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
