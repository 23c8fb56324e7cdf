package report

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"anju/handlers/sheet"
)

// Listing is a table as people, spreadsheets and scripts get it.
type Listing struct {
	table  sheet.Table
	short  []int // columns that a person sees, in their order; nil: all
	right  []int // columns of numbers
	footer func() string
	json   func() (any, error) // the value for a script
	now    time.Time
}

// Text writes the listing for a person: columns aligned, a Chinese character two wide.
func (l Listing) Text(w io.Writer) error {
	short := l.short
	if short == nil {
		for i := range l.table.Header {
			short = append(short, i)
		}
	}
	lines, err := textLines(l.table.Header, l.table.Rows, short)
	if err != nil {
		return err
	}
	wide := make([]int, len(short))
	for _, line := range lines {
		for i, cell := range line {
			wide[i] = max(wide[i], displayWidth(cell))
		}
	}
	out := &strings.Builder{}
	for _, line := range lines {
		text := ""
		for i, cell := range line {
			gap := strings.Repeat(" ", wide[i]-displayWidth(cell))
			if slices.Contains(l.right, short[i]) {
				text += gap + cell + "  "
			} else {
				text += cell + gap + "  "
			}
		}
		fmt.Fprintln(out, strings.TrimRight(text, " "))
	}
	if l.footer != nil {
		fmt.Fprintln(out, l.footer())
	}
	_, err = io.WriteString(w, out.String())
	return err
}

// textLines keeps the named columns of all rows, the header first, as one line of text each.
func textLines(header []string, rows iter.Seq2[[]string, error], short []int) ([][]string, error) {
	var lines [][]string
	add := func(row []string) {
		line := make([]string, len(short))
		for i, n := range short {
			line[i] = escapeControls(row[n])
		}
		lines = append(lines, line)
	}
	add(header)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		add(row)
	}
	return lines, nil
}

// escapeControls takes from a text what would move a terminal's cursor, or do worse.
func escapeControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// doubleWidth are the characters that take two columns of a terminal.
var doubleWidth = &unicode.RangeTable{R16: []unicode.Range16{
	{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1},
	{0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1faff, 1}, {0x20000, 0x3fffd, 1}}}

// displayWidth is how wide a text stands in a terminal.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(doubleWidth, r):
			n += 2
		default:
			n++
		}
	}
	return n
}
