package report

import (
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anju/handlers/sheet"
)

func rowsOf(err error, rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestListingForPeople(t *testing.T) {
	l := Listing{
		right:  []int{2},
		footer: func() string { return "共 2 件" },
		table: sheet.Table{Header: []string{"户主", "环节", "件数"},
			Rows: rowsOf(nil, []string{"张三", "village", "7"}, []string{"欧阳\x1b[2J𠮷", "联审", "1234"})},
	}
	var out strings.Builder
	if err := l.Text(&out); err != nil {
		t.Fatal(err)
	}
	const want = "" +
		"户主        环节     件数\n" +
		"张三        village     7\n" +
		"欧阳 [2J𠮷  联审     1234\n" +
		"共 2 件\n"
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

// TestFileIsWholeOrNot holds --out to it: what goes wrong on the way leaves the old file, and nothing beside it.
func TestFileIsWholeOrNot(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "late.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	export := func(err error) error {
		no := false
		o := &Printer{File: link, JSON: &no}
		if err := o.Settle(io.Discard); err != nil {
			t.Fatal(err)
		}
		return o.Print(
			io.Discard,
			Listing{table: sheet.Table{Title: "台账", Header: []string{"编号"}, Rows: rowsOf(err, []string{"1"}, []string{"2"})}},
		)
	}
	read := func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	lost := errors.New("the database went away")
	if err := export(lost); !errors.Is(err, lost) || read() != "old" {
		t.Errorf("after an error: %v, the file holds %q", err, read())
	}
	if err := export(nil); err != nil || !strings.Contains(read(), "行数,2") {
		t.Errorf("the file holds %q, %v", read(), err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%d files are left, %v; want the file and its link", len(list), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info, err)
	}
}
