package sheet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm3"
)

// ErrTooManyRows is returned for more rows than a worksheet can hold. A CSV has no such end.
var ErrTooManyRows = errors.New("数据超过一张工作表的 1048575 行，请缩小查询范围后再导出")

// ErrCellTooLong is returned for a cell longer than a worksheet can hold: it would be cut off without a word.
var ErrCellTooLong = errors.New("有单元格超过 32767 个字符，请改用 CSV 导出")

// Type says what the cells of a column hold. A cell with text of another type is text.
type Type int

// The types of columns. Codes and numbers of papers are Text: they keep their zeros and all their digits.
const (
	Text   Type = iota
	Number      // with at most two decimals
	Date        // 2006-01-02
	Time        // 2006-01-02 15:04, in the county's zone
)

// Table is one export. Each row is as wide as the header.
type Table struct {
	Title  string // name of the worksheet and heading, Chinese
	Header []string
	Types  map[int]Type               // by column from 0; Text where a column has none
	Rows   iter.Seq2[[]string, error] // one error ends the export; a slice is not kept, so that one may serve all rows
	About  About
}

// About says what was asked, when and by whom; the checksum stands beside it. XLSX has it on the second sheet, CSV in
// the block after the empty line.
type About struct {
	Query  string
	At     time.Time
	By     string
	Office string
}

// shanghai needs no zone table on the machine: there is no summer time in China since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// facts are the lines of the block, label and value. There are always the same number of them, so that a program can
// cut the block off.
func (t Table) facts(sum string, rows int) [][2]string {
	return [][2]string{
		{"校验", sum},
		{"算法", "SM3；表头和每一行各写成一个 JSON 数组，以换行符相连"},
		{"行数", strconv.Itoa(rows)},
		{"表名", t.Title},
		{"查询条件", t.About.Query},
		{"导出时间", t.About.At.In(shanghai).Format("2006-01-02 15:04:05") + "（北京时间）"},
		{"导出人", t.About.By},
		{"导出单位", t.About.Office},
	}
}

// Checksum is the checksum and the number of rows of a table. It fails on the first error of the rows, and on a row
// that is not as wide as the header.
func Checksum(header []string, rows iter.Seq2[[]string, error]) (string, int, error) {
	return each(header, rows, func([]string) error { return nil })
}

// each hands on the header and each row as they are written, and adds them up. The slice is used again.
func each(header []string, rows iter.Seq2[[]string, error], do func(cells []string) error) (string, int, error) {
	s := sum{h: sm3.New()}
	cells := make([]string, len(header))
	take := func(row []string) error {
		for i, cell := range row {
			cells[i] = clean(cell)
		}
		s.add(cells)
		return do(cells)
	}
	if err := take(header); err != nil {
		return "", 0, err
	}
	n := 0
	if rows != nil {
		for row, err := range rows {
			if err != nil {
				return "", n, fmt.Errorf("export row %d: %w", n+1, err)
			}
			if len(row) != len(header) {
				return "", n, fmt.Errorf("export row %d: %d cells under a header of %d", n+1, len(row), len(header))
			}
			if err := take(row); err != nil {
				return "", n, err
			}
			n++
		}
	}
	return hex.EncodeToString(s.h.Sum(nil)), n, nil
}

// sum adds up lines.
type sum struct {
	h    hash.Hash
	line []byte
	any  bool
}

func (s *sum) add(cells []string) {
	s.line = s.line[:0]
	if s.any {
		s.line = append(s.line, '\n')
	}
	s.any = true
	s.line = append(s.line, '[')
	for i, cell := range cells {
		if i > 0 {
			s.line = append(s.line, ',')
		}
		s.line = append(s.line, '"')
		for j := range len(cell) { // by byte: encoding/json would escape U+2028, which others do not
			switch b := cell[j]; b {
			case '"', '\\':
				s.line = append(s.line, '\\', b)
			case '\t':
				s.line = append(s.line, `\t`...)
			case '\n':
				s.line = append(s.line, `\n`...)
			default:
				s.line = append(s.line, b)
			}
		}
		s.line = append(s.line, '"')
	}
	s.line = append(s.line, ']')
	s.h.Write(s.line)
}

// clean is the text that both formats can carry unchanged: one kind of line break, since CSV readers join the two
// characters, and U+FFFD for what XML cannot say.
func clean(cell string) string {
	if strings.IndexFunc(cell, unclean) < 0 {
		return cell
	}
	cell = strings.ReplaceAll(cell, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case unclean(r):
			return utf8.RuneError
		}
		return r
	}, cell)
}

// unclean is also true for U+FFFD itself, which is how broken UTF-8 shows.
func unclean(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r >= utf8.RuneError && r <= 0xFFFF
}
