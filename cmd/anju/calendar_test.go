package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"anju/models"
	"anju/workflow/calendar"
)

// TestImportLeavesWhatIsOver looks at every deadline before and after a revised notice: only those move that the import lists, and
// none that has ended.
func TestImportLeavesWhatIsOver(t *testing.T) {
	data := t.TempDir()
	anju := func(args ...string) {
		t.Helper()
		var out, errOut strings.Builder
		if code := run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &errOut); code != exitDone {
			t.Fatalf("anju %v: %d %s", args, code, errOut.String())
		}
	}
	all := func() map[[2]int64]models.DeadlineLine {
		t.Helper()
		s := settings{Data: data, DB: filepath.Join(data, "anju.db"), KeyFile: filepath.Join(data, "master.key"), from: map[string]string{"key-file": "default"}}
		b, err := openBackend(t.Context(), s, opening{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := b.close(); err != nil {
				t.Error(err)
			}
		}()
		found := map[[2]int64]models.DeadlineLine{}
		err = b.store.EachDeadline(t.Context(), 0, calendar.Date(2026, 1, 1), calendar.Date(2027, 1, 1), "", func(d models.DeadlineLine) error {
			found[[2]int64{int64(d.ID), int64(d.Generation)}] = d
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	anju("seed", "--demo")
	before := all()
	notice := filepath.Join(t.TempDir(), "2026.json")
	writeFile(t, notice, `{"year": 2026, "notice": "修订", "off": ["2026-01-01/2026-01-03", "2026-02-15/2026-02-23"], "work": ["2026-01-04", "2026-02-07", "2026-02-14", "2026-02-28", "2026-03-07"]}`)
	anju("calendar", "import", notice, "--dry-run")
	if !reflect.DeepEqual(all(), before) {
		t.Error("the dry run wrote something")
	}
	anju("calendar", "import", notice)
	moved, over := 0, 0
	for id, now := range all() {
		was := before[id]
		switch {
		case !was.Live():
			over++
			if !reflect.DeepEqual(now, was) {
				t.Errorf("a deadline that is over changed: %+v, was %+v", now, was)
			}
		case now.Calendar != 2:
			t.Errorf("deadline %d is counted with version %d", now.ID, now.Calendar)
		case now.DueOn != was.DueOn:
			moved++
			if was.Red {
				t.Errorf("a standing red card moved: %+v", now)
			}
		}
	}
	if moved == 0 || over == 0 {
		t.Errorf("%d deadlines moved, %d are over; want some of each", moved, over)
	}
}
