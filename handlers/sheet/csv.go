package sheet

import (
	"bufio"
	"io"
	"strings"
)

// WriteCSV writes the table as UTF-8 with a byte order mark, without which Excel takes it for GBK, and CRLF. A cell
// that a spreadsheet would take for a formula, or for a number with more digits than it keeps, gets an apostrophe
// before it; so does a cell that begins with an apostrophe, so that Unquote is exact.
//
// After an error the file is not complete: it has no block at its end. The sender must break the answer off.
func WriteCSV(w io.Writer, t Table) error {
	// encoding/csv writes a lone empty cell as an empty line, which its reader skips, and changes line breaks in cells
	out := bufio.NewWriterSize(w, 32<<10)
	if _, err := out.WriteString("\ufeff"); err != nil {
		return err
	}
	sum, rows, err := each(t.Header, t.Rows, func(cells []string) error { return csvLine(out, cells) })
	if err != nil {
		return err
	}
	if _, err := out.WriteString("\r\n"); err != nil {
		return err
	}
	for _, fact := range t.facts(sum, rows) {
		if err := csvLine(out, []string{fact[0], clean(fact[1])}); err != nil {
			return err
		}
	}
	return out.Flush()
}

func csvLine(out *bufio.Writer, cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = out.WriteByte(',') // the writer keeps its first error
		}
		if quoted(cell) {
			cell = "'" + cell
		}
		if strings.ContainsAny(cell, "\",\n") || len(cells) == 1 && cell == "" {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		_, _ = out.WriteString(cell)
	}
	_, err := out.WriteString("\r\n")
	return err
}

// Unquote gives a cell of a CSV back as it was before WriteCSV put an apostrophe to it.
func Unquote(cell string) string { return strings.TrimPrefix(cell, "'") }

// quoted tells whether a spreadsheet that opens a CSV would make something else of the text.
func quoted(cell string) bool {
	if strings.HasPrefix(cell, "'") {
		return true
	}
	for _, head := range []string{"=", "+", "-", "@", "\t", "\n", "＝", "＋", "－",
		"＠"} { // full width counts in Chinese editions
		if strings.HasPrefix(cell, head) {
			return true
		}
	}
	return len(cell) > 15 && strings.Trim(cell, "0123456789") == "" // Excel keeps fifteen digits
}
