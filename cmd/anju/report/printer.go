package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"anju/cmd/anju/failure"
	"anju/handlers/sheet"
)

// Printer is how a command writes what it lists, and where.
type Printer struct {
	Format string // empty until settle
	File   string
	JSON   *bool
}

var outputFormats = []string{"table", "json", "csv", "xlsx"}

// Settle chooses the format by the flags and the name of the file. What cannot be is wrong usage. std is the standard
// output.
func (o *Printer) Settle(std io.Writer) error {
	switch ending := strings.TrimPrefix(filepath.Ext(o.File), "."); {
	case *o.JSON && o.Format != "" && o.Format != "json":
		return failure.Usagef("--json and --format %s contradict each other; leave one out", o.Format)
	case *o.JSON:
		o.Format = "json"
	case o.Format == "" && slices.Contains(outputFormats, ending):
		o.Format = ending
	case o.Format == "":
		o.Format = "table"
	case !slices.Contains(outputFormats, o.Format):
		return failure.Usagef("--format %q is none of %s", o.Format, strings.Join(outputFormats, ", "))
	}
	return o.checkFile(std)
}

// checkFile fails, as wrong usage, where the output cannot be written: no folder, no file, or a workbook to a terminal.
func (o *Printer) checkFile(std io.Writer) error {
	if o.File == "" {
		if f, ok := std.(*os.File); o.Format == "xlsx" && ok {
			if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeCharDevice != 0 {
				return failure.Usagef("a workbook is no text for a terminal; give --out FILE.xlsx")
			}
		}
		return nil
	}
	info, err := os.Stat(o.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Stat(filepath.Dir(o.File)); err != nil || !info.IsDir() {
			return failure.Usagef("--out %s: there is no folder %s; make it first", o.File, filepath.Dir(o.File))
		}
	case err != nil:
		return failure.Usagef("--out %w", failure.Plain(err))
	case !info.Mode().IsRegular():
		return failure.Usagef("--out %s is no file; give the name of one, or leave --out away to write to the standard "+
			"output", o.File)
	}
	return nil
}

// write lets do write the whole output. A file appears under its name once it is whole: until then, and where anything
// goes wrong, what was there stays.
func (o *Printer) write(std io.Writer, do func(io.Writer) error) (err error) {
	if o.File == "" {
		return do(std)
	}
	name := o.File
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // the link stays a link
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("--out %w; choose a folder that this user can write", failure.Plain(err))
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
	if err = failure.First(err, f.Close()); err != nil {
		return failure.Plain(err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("--out %s: %w", o.File, failure.Plain(err))
	}
	return nil
}

// Print writes a listing in the format asked for.
func (o *Printer) Print(std io.Writer, l Listing) error {
	l.table.About.At, l.table.About.By, l.table.About.Office = l.now, "命令行（"+account()+"）", "服务器"
	return o.write(std, func(w io.Writer) error {
		switch o.Format {
		case "json":
			v, err := l.json()
			if err != nil {
				return err
			}
			return WriteJSON(w, v)
		case "csv":
			return sheet.WriteCSV(w, l.table)
		case "xlsx":
			return sheet.WriteXLSX(w, l.table)
		}
		return l.Text(w)
	})
}

// account returns the login of the user that runs the command.
func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "?"
}
