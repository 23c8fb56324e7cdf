package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"anju/handlers/sheet"
)

// printer is how a command writes what it lists, and where.
type printer struct {
	format string // empty until take
	file   string
	json   *bool
}

var outputFormats = []string{"table", "json", "csv", "xlsx"}

func printerFlags(c *cobra.Command) *printer {
	o := &printer{}
	c.Flags().StringVar(&o.format, "format", "", "table, json, csv or xlsx (default: by the ending of --out, otherwise table)")
	c.Flags().StringVar(&o.file, "out", "", "file to write, readable by this user alone; it is replaced once the new one is whole")
	o.json = jsonFlag(c)
	return o
}

// take settles the format. What cannot be is wrong usage.
func (o *printer) take(c *cobra.Command) error {
	switch ending := strings.TrimPrefix(filepath.Ext(o.file), "."); {
	case *o.json && o.format != "" && o.format != "json":
		return usagef("--json and --format %s contradict each other; leave one out", o.format)
	case *o.json:
		o.format = "json"
	case o.format == "" && slices.Contains(outputFormats, ending):
		o.format = ending
	case o.format == "":
		o.format = "table"
	case !slices.Contains(outputFormats, o.format):
		return usagef("--format %q is none of %s", o.format, strings.Join(outputFormats, ", "))
	}
	if o.file == "" {
		if f, ok := c.OutOrStdout().(*os.File); o.format == "xlsx" && ok {
			if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeCharDevice != 0 {
				return usagef("a workbook is no text for a terminal; give --out FILE.xlsx")
			}
		}
		return nil
	}
	info, err := os.Stat(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Stat(filepath.Dir(o.file)); err != nil || !info.IsDir() {
			return usagef("--out %s: there is no folder %s; make it first", o.file, filepath.Dir(o.file))
		}
	case err != nil:
		return usagef("--out %w", plain(err))
	case !info.Mode().IsRegular():
		return usagef("--out %s is no file; give the name of one, or leave --out away to write to the standard output", o.file)
	}
	return nil
}

// write lets do write the whole output. A file appears under its name once it is whole: until then, and where anything goes
// wrong, what was there stays.
func (o *printer) write(c *cobra.Command, do func(io.Writer) error) (err error) {
	if o.file == "" {
		return do(c.OutOrStdout())
	}
	name := o.file
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // the link stays a link
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("--out %w; choose a folder that this user can write", plain(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // gone already where it got its name
		}
	}()
	err = do(f)
	if err == nil {
		err = f.Sync()
	}
	if err = firstError(err, f.Close()); err != nil {
		return plain(err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("--out %s: %w", o.file, plain(err))
	}
	return nil
}

// listing is a table as people, spreadsheets and scripts get it.
type listing struct {
	table sheet.Table
	short []int // columns that a person sees, in their order; nil: all
	right []int // columns of numbers
	foot  func() string
	json  func() (any, error) // the value for a script
	now   time.Time
}

// print writes a listing in the format asked for.
func (o *printer) print(c *cobra.Command, l listing) error {
	l.table.About.At, l.table.About.By, l.table.About.Office = l.now, "命令行（"+account()+"）", "服务器"
	return o.write(c, func(w io.Writer) error {
		switch o.format {
		case "json":
			v, err := l.json()
			if err != nil {
				return err
			}
			return writeJSON(w, v)
		case "csv":
			return sheet.WriteCSV(w, l.table)
		case "xlsx":
			return sheet.WriteXLSX(w, l.table)
		}
		return l.text(w)
	})
}

// account is the user of the machine who runs the command.
func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "?"
}

// text writes the listing for a person: columns aligned, a Chinese character two wide.
func (l listing) text(w io.Writer) error {
	short := l.short
	if short == nil {
		for i := range l.table.Header {
			short = append(short, i)
		}
	}
	lines, err := gather(l.table.Header, l.table.Rows, short)
	if err != nil {
		return err
	}
	wide := make([]int, len(short))
	for _, line := range lines {
		for i, cell := range line {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	out := &strings.Builder{}
	for _, line := range lines {
		text := ""
		for i, cell := range line {
			gap := strings.Repeat(" ", wide[i]-columns(cell))
			if slices.Contains(l.right, short[i]) {
				text += gap + cell + "  "
			} else {
				text += cell + gap + "  "
			}
		}
		fmt.Fprintln(out, strings.TrimRight(text, " "))
	}
	if l.foot != nil {
		fmt.Fprintln(out, l.foot())
	}
	_, err = io.WriteString(w, out.String())
	return err
}

// gather keeps the named columns of all rows, the header first, as one line of text each.
func gather(header []string, rows iter.Seq2[[]string, error], short []int) ([][]string, error) {
	var lines [][]string
	add := func(row []string) {
		line := make([]string, len(short))
		for i, n := range short {
			line[i] = tame(row[n])
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

// tame takes from a text what would move a terminal's cursor, or do worse.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// doubleWidth are the characters that take two columns of a terminal.
var doubleWidth = &unicode.RangeTable{R16: []unicode.Range16{
	{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1faff, 1}, {0x20000, 0x3fffd, 1}}}

// columns is how wide a text stands in a terminal.
func columns(s string) int {
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
