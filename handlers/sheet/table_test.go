package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

var (
	header = []string{"编号", "申请人", "备注"}
	rows   = [][]string{
		{"330782202605070001", "䶮𠅤喆", "=HYPERLINK(\"http://x\",\"领取\")"},
		{"007", "王·五", "+86"},
		{"-1", "@sum", "\t=1"},
		{"\r=1", "'=1", "两行\r\n\"引号\"，逗号,"},
		{"", "", ""},
		{" 前后 ", "_x0041_", "<b>&amp;\u2028\u00a0"},
		{"\x00\x1b[31m", "a\xffb", "＝1"},
		{"末", "", ""},
	}
	about = About{Query: "=全部办件", At: time.Date(2026, 5, 7, 16, 30, 0, 0, time.UTC), By: "张某", Office: "某县农业农村局"}
)

func table(header []string, rows [][]string) Table {
	return Table{Title: "办件清单", Header: header, Rows: seq(rows), About: about}
}

func seq(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// recompute is what a reader does who has nothing but the visible cells and the package comment.
func recompute(t testing.TB, lines [][]string) string {
	t.Helper()
	var out []string
	for _, line := range lines {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(line); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.ReplaceAll(strings.TrimSpace(b.String()), `\u2028`, "\u2028"))
	}
	h := sm3.Sum([]byte(strings.Join(out, "\n")))
	return hex.EncodeToString(h[:])
}

// readCSV gives the lines as a reader sees them, without the apostrophes, and the block.
func readCSV(t testing.TB, file []byte) (lines [][]string, facts map[string]string) {
	t.Helper()
	text, ok := bytes.CutPrefix(file, []byte("\xef\xbb\xbf"))
	if !ok {
		t.Fatalf("no byte order mark: %q", file[:min(len(file), 10)])
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := len(Table{}.facts("", 0))
	facts = map[string]string{}
	for _, line := range lines[len(lines)-n:] {
		facts[line[0]] = Unquote(line[1])
	}
	lines = lines[:len(lines)-n]
	for _, line := range lines {
		for i := range line {
			line[i] = Unquote(line[i])
		}
	}
	return lines, facts
}

// readXLSX gives the lines filled up to the header, and the second sheet.
func readXLSX(t testing.TB, file []byte) (lines [][]string, facts map[string]string, book *excelize.File) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	got, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for got.Next() {
		line, err := got.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for len(lines) > 0 && len(line) < len(lines[0]) {
			line = append(line, "")
		}
		lines = append(lines, line)
	}
	pairs, err := book.GetRows("校验")
	if err != nil {
		t.Fatal(err)
	}
	facts = map[string]string{}
	for _, pair := range pairs {
		facts[pair[0]] = strings.Join(pair[1:], "|")
	}
	return lines, facts, book
}

func checkFacts(t *testing.T, facts map[string]string, lines [][]string) {
	t.Helper()
	want := map[string]string{
		"校验": recompute(t, lines), "行数": fmt.Sprint(len(rows)), "表名": "办件清单", "查询条件": "=全部办件",
		"导出时间": "2026-05-08 00:30:00（北京时间）", "导出人": "张某", "导出单位": "某县农业农村局",
	}
	for label, text := range want {
		if facts[label] != text {
			t.Errorf("%s = %q, want %q", label, facts[label], text)
		}
	}
	sum, n, err := Checksum(header, seq(rows))
	if sum != facts["校验"] || n != len(rows) || err != nil {
		t.Errorf("Checksum = %s, %d, %v; the file says %s", sum, n, err, facts["校验"])
	}
}

func wantLines(t *testing.T, lines [][]string) {
	t.Helper()
	want := [][]string{header}
	for _, row := range rows {
		line := []string{}
		for _, cell := range row {
			line = append(line, clean(cell))
		}
		want = append(want, line)
	}
	if fmt.Sprintf("%q", lines) != fmt.Sprintf("%q", want) {
		t.Errorf("read back\n%q\nwant\n%q", lines, want)
	}
}

func TestCSVReadsBackAndIsRecomputed(t *testing.T) {
	var file bytes.Buffer
	if err := WriteCSV(&file, table(header, rows)); err != nil {
		t.Fatal(err)
	}
	lines, facts := readCSV(t, file.Bytes())
	wantLines(t, lines)
	checkFacts(t, facts, lines)
	for _, want := range []string{
		"编号,申请人,备注\r\n",
		"'330782202605070001,䶮𠅤喆,\"'=HYPERLINK(\"\"http://x\"\",\"\"领取\"\")\"\r\n",
		"007,王·五,'+86\r\n", "'-1,'@sum,'\t=1\r\n", "\"'\n=1\",''=1,", "'＝1\r\n", "\r\n\r\n校验,", "查询条件,'=全部办件\r\n",
	} {
		if !strings.Contains(file.String(), want) {
			t.Errorf("no %q in\n%q", want, file.String())
		}
	}
	if strings.Count(file.String(), "\r") != strings.Count(file.String(), "\r\n") {
		t.Error("a lone carriage return")
	}
}

func TestXLSXReadsBackAndIsRecomputed(t *testing.T) {
	var file bytes.Buffer
	if err := WriteXLSX(&file, table(header, rows)); err != nil {
		t.Fatal(err)
	}
	lines, facts, book := readXLSX(t, file.Bytes())
	wantLines(t, lines)
	checkFacts(t, facts, lines)
	if got := book.GetSheetList(); fmt.Sprint(got) != "[办件清单 校验]" {
		t.Errorf("sheets %v", got)
	}
	for line := 1; line <= len(rows)+1; line++ {
		for _, col := range []string{"A", "B", "C"} {
			cell := fmt.Sprint(col, line)
			kind, err := book.GetCellType("办件清单", cell)
			if err != nil {
				t.Fatal(err)
			}
			if kind != excelize.CellTypeInlineString && kind != excelize.CellTypeUnset {
				t.Errorf("%s is of type %d, want text", cell, kind)
			}
			if formula, _ := book.GetCellFormula("办件清单", cell); formula != "" {
				t.Errorf("%s is the formula %s", cell, formula)
			}
		}
	}
	id, err := book.GetCellStyle("办件清单", "A1")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := book.GetStyle(id); err != nil || style.Font == nil || !style.Font.Bold {
		t.Errorf("the header is not bold: %+v, %v", style, err)
	}
	if panes, err := book.GetPanes("办件清单"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", panes, err)
	}
	if width, err := book.GetColWidth("办件清单", "A"); err != nil || width != 20 {
		t.Errorf("18 digits in a column of %v, %v", width, err)
	}
}

func TestEveryTextReadsBackFromBoth(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringMatching(`['=+@\t\r\n" ,-]{0,3}(_x00[0-9A-F]{2}_|[0-9]{0,20}|[\n\r]{0,3})`))
		lines := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 2), 1, 5).Draw(rt, "lines")
		lines[0][1] = "尾" // a header has a last name
		lines = append(lines, []string{"末", "尾"})
		want, _, err := Checksum(lines[0], seq(lines[1:]))
		if err != nil {
			rt.Fatal(err)
		}
		var asCSV, asXLSX bytes.Buffer
		if err := errors.Join(WriteCSV(&asCSV, table(lines[0], lines[1:])), WriteXLSX(&asXLSX, table(lines[0], lines[1:]))); err != nil {
			rt.Fatal(err)
		}
		fromCSV, _ := readCSV(t, asCSV.Bytes())
		fromXLSX, _, _ := readXLSX(t, asXLSX.Bytes())
		for name, got := range map[string][][]string{"csv": fromCSV, "xlsx": fromXLSX} {
			if sum, _, err := Checksum(got[0], seq(got[1:])); sum != want || err != nil {
				rt.Fatalf("%s reads back as %q, %v; want %q", name, got, err, lines)
			}
		}
	})
}

func TestOneColumnKeepsItsEmptyCells(t *testing.T) {
	var file bytes.Buffer
	if err := WriteCSV(&file, table([]string{"备注"}, [][]string{{""}, {"有"}, {""}})); err != nil {
		t.Fatal(err)
	}
	lines, facts := readCSV(t, file.Bytes())
	if len(lines) != 4 || facts["行数"] != "3" || facts["校验"] != recompute(t, lines) {
		t.Errorf("read back %q with %v", lines, facts)
	}
}

func TestOneChangedCellShows(t *testing.T) {
	var file bytes.Buffer
	if err := WriteCSV(&file, table(header, rows)); err != nil {
		t.Fatal(err)
	}
	lines, facts := readCSV(t, bytes.Replace(file.Bytes(), []byte("王·五"), []byte("王·六"), 1))
	if facts["校验"] == recompute(t, lines) {
		t.Error("the checksum still fits")
	}
	for name, moved := range map[string][][]string{ // what a plain join of cells would not tell apart
		"cells": {{"a", "b,c", ""}}, "quotes": {{"a", `b","c`, ""}}, "none": {}, "one more": {{"a", "b", "c"}, {"", "", ""}},
	} {
		sum, _, err := Checksum(header, seq(moved))
		plain, _, _ := Checksum(header, seq([][]string{{"a", "b", "c"}}))
		if sum == plain || err != nil {
			t.Errorf("%s: the same checksum, %v", name, err)
		}
	}
}

func TestAnErrorInTheMiddleEndsTheExport(t *testing.T) {
	broken := errors.New("connection lost")
	pulled := 0
	failing := table(header, nil)
	failing.Rows = func(yield func([]string, error) bool) {
		for range 200 {
			pulled++
			if !yield(rows[0], nil) {
				return
			}
		}
		if yield(nil, broken) {
			t.Error("asked for more after the error")
		}
	}
	for name, write := range map[string]func(io.Writer, Table) error{"csv": WriteCSV, "xlsx": WriteXLSX} {
		pulled = 0
		var file bytes.Buffer
		if err := write(&file, failing); !errors.Is(err, broken) || pulled != 200 {
			t.Errorf("%s: %v after %d rows", name, err, pulled)
		}
		if strings.Contains(file.String(), "校验") || name == "xlsx" && file.Len() > 0 {
			t.Errorf("%s: %d bytes look whole", name, file.Len())
		}
	}
	if _, n, err := Checksum(failing.Header, failing.Rows); !errors.Is(err, broken) || n != 200 {
		t.Errorf("Checksum: %d, %v", n, err)
	}
	if err := WriteCSV(io.Discard, table(header, [][]string{{"a", "b"}})); err == nil {
		t.Error("a row narrower than the header was written")
	}
}

func TestAWriterThatFailsIsHeard(t *testing.T) {
	for name, write := range map[string]func(io.Writer, Table) error{"csv": WriteCSV, "xlsx": WriteXLSX} {
		for _, room := range []int{0, 10, 300} {
			if err := write(&fullDisk{room}, table(header, rows)); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: %v", name, room, err)
			}
		}
	}
}

type fullDisk struct{ room int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestAWorksheetEnds(t *testing.T) {
	three := table(header, [][]string{rows[0], rows[1], rows[2]})
	if err := writeXLSX(io.Discard, three, 3); err != nil {
		t.Errorf("as many rows as fit: %v", err)
	}
	var file bytes.Buffer
	if err := writeXLSX(&file, three, 2); !errors.Is(err, ErrTooManyRows) || file.Len() > 0 {
		t.Errorf("one row too many: %v, %d bytes", err, file.Len())
	}
	if !strings.Contains(ErrTooManyRows.Error(), fmt.Sprint(excelize.TotalRows-1)) {
		t.Errorf("%q names another number than %d", ErrTooManyRows, excelize.TotalRows-1)
	}
	for cell, want := range map[string]error{
		strings.Repeat("䶮", 32767): nil, strings.Repeat("䶮", 32768): ErrCellTooLong,
		strings.Repeat("𠅤", 16383): nil, strings.Repeat("𠅤", 16384): ErrCellTooLong,
	} {
		long := table(header, [][]string{{cell, "", ""}})
		file.Reset()
		if err := WriteXLSX(&file, long); !errors.Is(err, want) {
			t.Errorf("%d bytes of %c: %v, want %v", len(cell), []rune(cell)[0], err, want)
		} else if want == nil {
			if lines, _, _ := readXLSX(t, file.Bytes()); lines[1][0] != cell {
				t.Errorf("%d bytes were cut to %d", len(cell), len(lines[1][0]))
			}
		}
		if err := WriteCSV(io.Discard, long); err != nil {
			t.Errorf("a long cell in CSV: %v", err)
		}
	}
	long := table(header, nil)
	long.About.Query = strings.Repeat("长", 32768)
	if err := WriteXLSX(io.Discard, long); !errors.Is(err, ErrCellTooLong) {
		t.Errorf("a long query: %v", err)
	}
}

func TestNoRowsAndOddTitles(t *testing.T) {
	for title, want := range map[string]string{
		"": "导出", "校验": "导出", "'办件'": "办件", "2026/05:[全部]*?\\": "2026 05  全部",
		strings.Repeat("𠅤", 20): strings.Repeat("𠅤", 15), strings.Repeat("长", 40): strings.Repeat("长", 31),
	} {
		var file bytes.Buffer
		empty := Table{Title: title, Header: header, About: about}
		if err := errors.Join(WriteXLSX(&file, empty), WriteCSV(io.Discard, empty)); err != nil {
			t.Errorf("%q: %v", title, err)
			continue
		}
		lines, facts, book := readXLSX(t, file.Bytes())
		if book.GetSheetName(0) != want || len(lines) != 1 || facts["行数"] != "0" || facts["表名"] != title {
			t.Errorf("%q: sheet %q, lines %q, facts %v", title, book.GetSheetName(0), lines, facts)
		}
	}
}

// TestMemoryDoesNotGrowWithRows looks at the live heap while rows are pulled and while bytes are written.
func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	count := 200_000
	if testing.Short() {
		count = 60_000
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	row := []string{"330782202605070001", "䶮𠅤喆", "某镇某村一组", "宅基地批准", "已受理", "2026-05-07", "2026-06-04", "20", "县农业农村局", ""}
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, tt := range []struct {
		name  string
		write func(io.Writer, Table) error
		most  uint64
	}{
		{"csv", WriteCSV, 2 << 20},
		{"xlsx", WriteXLSX, 56 << 20}, // 16 MB wait before the temporary file, in a buffer that doubles
	} {
		before, peak := live(), uint64(0)
		look := func() { peak = max(peak, live()) }
		out := &watcher{look: look}
		err := tt.write(out, Table{Title: "办件", Header: row, About: about, Rows: func(yield func([]string, error) bool) {
			for i := range count {
				if i%(count/12) == 0 {
					look()
				}
				row[9] = fmt.Sprint("第", i, "行") // never twice the same, so that nothing is shared
				if !yield(row, nil) {
					return
				}
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d rows, %d KB, at most %d KB live", tt.name, count, out.n>>10, (peak-min(before, peak))>>10)
		if peak > before+tt.most {
			t.Errorf("%s: %d KB live for %d rows", tt.name, (peak-before)>>10, count)
		}
	}
	if left, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

type watcher struct {
	n    int
	next int
	look func()
}

func (w *watcher) Write(p []byte) (int, error) {
	if w.n += len(p); w.n >= w.next {
		w.look()
		w.next = w.n + 1<<20
	}
	return len(p), nil
}

// Numbers, dates and times are such in a workbook: a column adds up, and shows the text that the CSV has. Codes stay text.
func TestCellsHaveTheTypeOfTheirColumn(t *testing.T) {
	head := []string{"编号", "超期工作小时", "件数", "金额（元）", "到期", "承诺办结日期"}
	list := [][]string{
		{"330782202605070001", "48.0", "7", "1234567.05", "2026-03-27 00:00", "2026-04-01"},
		{"007", "112.5", "0", "-3.50", "2026-12-31 23:59", ""},
		{"2026", "", "120", "待核", "不详", "2026-02-30"}, // text of no such type stays as it is
		{"1e5", "0.25", "007", "12345678901234567890", "2026-03-27", "2024-02-29"},
	}
	tab := table(head, list)
	tab.Types = map[int]Type{1: Number, 2: Number, 3: Number, 4: Time, 5: Date}
	var file bytes.Buffer
	if err := WriteXLSX(&file, tab); err != nil {
		t.Fatal(err)
	}
	lines, facts, book := readXLSX(t, file.Bytes())
	for i, want := range append([][]string{head}, list...) {
		if fmt.Sprint(lines[i]) != fmt.Sprint(want) {
			t.Errorf("line %d shows %q, want %q", i, lines[i], want)
		}
	}
	if facts["校验"] != recompute(t, lines) {
		t.Error("the checksum is not that of what a reader sees")
	}
	name := book.GetSheetName(0)
	kind := func(cell string) excelize.CellType {
		c, err := book.GetCellType(name, cell)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for cell, number := range map[string]bool{"A2": false, "A3": false, "A4": false, "A5": false, "B2": true, "C2": true, "D2": true, "E2": true, "F2": true,
		"D4": false, "E4": false, "F4": false, "C5": false, "D5": false, "E5": false, "F5": true} {
		if k := kind(cell); (k == excelize.CellTypeNumber || k == excelize.CellTypeUnset) != number {
			t.Errorf("%s is of type %v, a number: %v", cell, k, number)
		}
	}
	for formula, want := range map[string]string{"SUM(B2:B5)": "160.75", "SUM(C2:C5)": "127", "SUM(D2:D5)": "1234563.55", "MAX(F2:F5)": "46113", "COUNT(E2:E5)": "2"} {
		if err := book.SetCellFormula(name, "H1", formula); err != nil {
			t.Fatal(err)
		}
		if got, err := book.CalcCellValue(name, "H1", excelize.Options{RawCellValue: true}); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", formula, got, err, want)
		}
	}
	sheet := string(part(t, file.Bytes(), "xl/worksheets/sheet1.xml"))
	for _, want := range []string{`<autoFilter ref="$A$1:$F$5"`, `orientation="landscape"`, `state="frozen"`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if names := string(part(t, file.Bytes(), "xl/workbook.xml")); !strings.Contains(names, "Print_Titles") {
		t.Error("the header is not repeated on each page")
	}
}

// part reads one file of a workbook.
func part(t *testing.T, file []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
