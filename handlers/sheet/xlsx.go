package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

const (
	sumSheet   = "校验"
	widthsFrom = 100 // rows looked at for the widths: they stand before the rows in the file
)

// WriteXLSX writes the table as a workbook of two sheets. Rows beyond 16 MB wait in a temporary file, which is gone
// when WriteXLSX returns. It reads all rows before it writes the first byte, so that an error of the rows leaves w
// untouched. It fails with ErrTooManyRows and ErrCellTooLong where a worksheet ends.
func WriteXLSX(w io.Writer, t Table) error { return writeXLSX(w, t, excelize.TotalRows-1) }

func writeXLSX(w io.Writer, t Table, most int) (err error) {
	book := excelize.NewFile()
	defer func() {
		if e := book.Close(); err == nil {
			err = e
		}
	}()
	// excelize packs the whole workbook in memory first; so it goes straight out
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	name := sheetName(t.Title)
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return fmt.Errorf("name sheet: %w", err)
	}
	if _, err := book.NewSheet(sumSheet); err != nil {
		return fmt.Errorf("add sheet: %w", err)
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("style header: %w", err)
	}
	stream, err := book.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("open sheet: %w", err)
	}

	styles, err := newStyles(book)
	if err != nil {
		return err
	}
	s := streamer{stream: stream, bold: bold, most: most, values: make([]any, len(t.Header)), types: t.Types,
		styles: styles}
	sum, rows, err := each(t.Header, t.Rows, s.add)
	if err != nil {
		return err
	}
	if err := s.start(); err != nil { // fewer rows than are looked at
		return err
	}
	if err := handy(book, name, len(t.Header), rows); err != nil {
		return err
	}
	if err := stream.Flush(); err != nil {
		return fmt.Errorf("end sheet: %w", err)
	}
	for i, fact := range t.facts(sum, rows) {
		value := clean(fact[1])
		if tooLong(value) {
			return ErrCellTooLong
		}
		for col, text := range []string{"A", "B"} {
			if err := book.SetCellStr(sumSheet, fmt.Sprint(text, i+1), []string{fact[0], value}[col]); err != nil {
				return fmt.Errorf("write checksum sheet: %w", err)
			}
		}
	}
	if err := book.SetColWidth(sumSheet, "A", "A", 12); err != nil {
		return fmt.Errorf("write checksum sheet: %w", err)
	}
	if err := book.SetColWidth(sumSheet, "B", "B", 72); err != nil {
		return fmt.Errorf("write checksum sheet: %w", err)
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// streamer keeps the first lines back until the widths are known, and passes the others on.
type streamer struct {
	stream  *excelize.StreamWriter
	bold    int
	most    int // rows under the header
	held    [][]string
	started bool
	line    int
	values  []any
	types   map[int]Type
	styles  map[string]int // by format
}

// newStyles makes a style of each format that typed cells have.
func newStyles(book *excelize.File) (map[string]int, error) {
	styles := map[string]int{}
	for _, format := range []string{"0", "0.0", "0.00", dateFormat, timeFormat} {
		id, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return nil, fmt.Errorf("style %s: %w", format, err)
		}
		styles[format] = id
	}
	return styles, nil
}

// handy lets a reader filter the table by its columns, and prints it across A4 with its header on each page. It must
// come before the sheet is ended.
func handy(book *excelize.File, name string, columns, rows int) error {
	last, err := excelize.CoordinatesToCellName(columns, rows+1)
	if err != nil {
		return fmt.Errorf("last cell: %w", err)
	}
	if err := book.AutoFilter(name, "A1:"+last, nil); err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	a4, across := 9, "landscape"
	if err := book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &across}); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	err = book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + name + "'!$1:$1",
		Scope: name})
	if err != nil {
		return fmt.Errorf("repeat header: %w", err)
	}
	return nil
}

func (s *streamer) add(cells []string) error {
	for _, cell := range cells {
		if tooLong(cell) {
			return ErrCellTooLong
		}
	}
	if !s.started {
		s.held = append(s.held, append([]string(nil), cells...))
		if len(s.held) <= widthsFrom {
			return nil
		}
		return s.start()
	}
	return s.write(cells)
}

// start writes the widths, the frozen header and what was held back.
func (s *streamer) start() error {
	if s.started {
		return nil
	}
	s.started = true
	for col := range s.values {
		width := 8
		for _, cells := range s.held {
			width = max(width, columns(cells[col])+2)
		}
		if err := s.stream.SetColWidth(col+1, col+1, float64(min(width, 60))); err != nil {
			return fmt.Errorf("set width: %w", err)
		}
	}
	err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return fmt.Errorf("freeze header: %w", err)
	}
	for _, cells := range s.held {
		if err := s.write(cells); err != nil {
			return err
		}
	}
	s.held = nil
	return nil
}

func (s *streamer) write(cells []string) error {
	if s.line > s.most {
		return ErrTooManyRows
	}
	for i, cell := range cells {
		s.values[i] = nil // an empty cell is no cell
		switch {
		case cell == "":
		case s.line == 0:
			s.values[i] = excelize.Cell{StyleID: s.bold, Value: cell}
		default:
			s.values[i] = s.typed(s.types[i], cell)
		}
	}
	s.line++
	if err := s.stream.SetRow(fmt.Sprint("A", s.line), s.values); err != nil {
		return fmt.Errorf("write row %d: %w", s.line, err)
	}
	return nil
}

// The formats of dates and times, as Excel writes them and as Go does.
const (
	dateFormat, dateLayout = "yyyy-mm-dd", "2006-01-02"
	timeFormat, timeLayout = "yyyy-mm-dd hh:mm", "2006-01-02 15:04"
)

// typed makes the value of a cell with text of its column's type, under a format that shows that very text; text of
// anything else.
func (s *streamer) typed(kind Type, cell string) any {
	switch kind {
	case Number:
		if v, places, ok := number(cell); ok {
			format := "0"
			if places > 0 {
				format += "." + strings.Repeat("0", places)
			}
			return excelize.Cell{StyleID: s.styles[format], Value: v}
		}
	case Date:
		if v, err := time.Parse(dateLayout, cell); err == nil {
			return excelize.Cell{StyleID: s.styles[dateFormat], Value: v}
		}
	case Time:
		if v, err := time.Parse(timeLayout, cell); err == nil {
			return excelize.Cell{StyleID: s.styles[timeFormat], Value: v}
		}
	}
	return cell
}

var numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?$`)

// number reads a number of at most two decimals and fifteen digits, which is what Excel keeps; no text with leading
// zeros.
func number(cell string) (v float64, places int, ok bool) {
	m := numberForm.FindStringSubmatch(cell)
	if m == nil || strings.HasPrefix(cell, "-0") && strings.Trim(cell, "-0.") == "" { // Excel has no minus zero
		return 0, 0, false
	}
	v, err := strconv.ParseFloat(cell, 64)
	return v, len(m[1]), err == nil
}

// tooLong counts as Excel does: a character beyond the basic plane is two.
func tooLong(cell string) bool {
	if len(cell) <= excelize.TotalCellChars {
		return false
	}
	n := 0
	for _, r := range cell {
		n += utf16.RuneLen(r)
	}
	return n > excelize.TotalCellChars
}

// columns is the width of the longest line of a cell: a Chinese character takes two.
func columns(cell string) int {
	most := 0
	for line := range strings.SplitSeq(cell, "\n") {
		n := 0
		for _, r := range line {
			n++
			if r >= 0x1100 {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// sheetName is the title as Excel allows it for the name of a sheet: 31 units, some characters not.
func sheetName(title string) string {
	name, n := "", 0
	for _, r := range clean(title) {
		if r < ' ' || strings.ContainsRune(`:\/?*[]'`, r) {
			r = ' '
		}
		if n += utf16.RuneLen(r); n > excelize.MaxSheetNameLength {
			break
		}
		name += string(r)
	}
	switch name = strings.TrimSpace(name); name {
	case "", sumSheet:
		return "导出"
	}
	return name
}
