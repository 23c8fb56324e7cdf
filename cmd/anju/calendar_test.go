package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/settings"
	"anju/models/cases"
	"anju/workflow/calendar"
)

// TestImportLeavesWhatIsOver looks at every deadline before and after a revised notice: only those move that the import
// lists, and none that has ended.
func TestImportLeavesWhatIsOver(t *testing.T) {
	long(t)
	data := t.TempDir()
	anju := func(args ...string) {
		t.Helper()
		var out, errOut strings.Builder
		if code := run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &errOut); code != exitDone {
			t.Fatalf("anju %v: %d %s", args, code, errOut.String())
		}
	}
	all := func() map[[2]int64]cases.DeadlineLine {
		t.Helper()
		s := settings.Settings{
			Data:    data,
			DB:      filepath.Join(data, "anju.db"),
			KeyFile: filepath.Join(data, "master.key"),
			From:    map[string]string{"key-file": "default"},
		}
		b, err := backend.Open(t.Context(), s, backend.Opening{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}()
		found := map[[2]int64]cases.DeadlineLine{}
		err = b.Store.EachDeadline(
			t.Context(),
			0,
			calendar.Date(2026, 1, 1),
			calendar.Date(2027, 1, 1),
			"",
			func(d cases.DeadlineLine) error {
				found[[2]int64{int64(d.ID), int64(d.Generation)}] = d
				return nil
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	seedDemo(t, data)
	before := all()
	notice := filepath.Join(t.TempDir(), "2026.json")
	writeFile(
		t,
		notice,
		`{"year": 2026, "notice": "修订", "off": ["2026-01-01/2026-01-03", "2026-02-15/2026-02-23"], "work": ["2026-01-04", "2026-02-07", "2026-02-14", "2026-02-28", "2026-03-07"]}`,
	)
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

// TestCalendarInForceAnswers imports the next year's notice and a revised one: `calendar show` and `deadline` answer by
// them at once and say so, and without a database by the program's own calendar (finding B2).
func TestCalendarInForceAnswers(t *testing.T) {
	t.Parallel()
	onSites(t, func(t *testing.T, p site) {
		p.must("migrate", "up")
		p.must("seed")
		next := filepath.Join(t.TempDir(), "next.json")
		year := time.Now().In(calendar.Shanghai).Year() + 1
		first := calendar.Date(year, time.February, 8)
		for first.Weekday() != time.Monday {
			first++
		}
		writeFile(
			t,
			next,
			fmt.Sprintf(
				`{"year": %d, "notice": "假想", "off": ["%d-01-01/%d-01-03", "%s/%s"], "work": []}`,
				year,
				year,
				year,
				first,
				first+6,
			),
		)
		count := []string{"deadline", "--from", (first - 3).String(), "--limit", "1wd"}
		if said := p.must("calendar", "show", fmt.Sprint(year)); !strings.Contains(said, "暂算") {
			t.Errorf("before the notice:\n%s", said)
		}
		if said := p.must(count...); !strings.Contains(said, "到期  "+first.String()) || !strings.Contains(said, "本县现行，第 1 版") {
			t.Errorf("before the notice:\n%s", said)
		}
		if said := p.must("calendar", "import", next); !strings.Contains(said, "放假共 10 天，少于") {
			t.Errorf("no doubt of ten days:\n%s", said)
		}
		if said := p.must(
			"calendar",
			"show",
			fmt.Sprint(year),
		); strings.Contains(said, "暂算") ||
			!strings.Contains(said, "日历：本县现行，第 2 版") {
			t.Errorf("after the notice:\n%s", said)
		}
		if said := p.must(count...); !strings.Contains(said, "到期  "+(first+7).String()) {
			t.Errorf("after the notice:\n%s", said)
		}
		if said := p.must(
			append(count, "--json")...); !strings.Contains(said, `"calendar": "in_force"`) ||
			!strings.Contains(said, `"version": 2`) {
			t.Errorf("%s", said)
		}
		bare := newSite(t, "")
		if said := bare.must(
			append(count, "--json")...); !strings.Contains(said, `"calendar": "built_in"`) ||
			!strings.Contains(said, first.String()) {
			t.Errorf("without a database: %s", said)
		}
		if said := bare.must("calendar", "show", "2026"); !strings.Contains(said, "程序自带") {
			t.Errorf("without a database: %s", said)
		}
		missing(t, bare.data)
		down := p
		down.db = "postgres://127.0.0.1:1/none"
		down.bad(exitFalse, []string{"database postgres://127.0.0.1:1/none"}, count...)
	})
}

// TestCalendarImportRefuses what is no notice of a year that may be imported, in one sentence (findings B11, B17).
func TestCalendarImportRefuses(t *testing.T) {
	t.Parallel()
	p := newSite(t, "")
	p.must("seed")
	now := time.Now().In(calendar.Shanghai).Year()
	notice := func(year int, more string) string {
		return fmt.Sprintf(
			`{"year": %d, "notice": "放假安排", "off": ["%d-01-01/%d-01-03"], "work": []%s}`,
			year,
			year,
			year,
			more,
		)
	}
	wide := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	shown := p.must("calendar", "show", "2026", "--json")
	for name, tt := range map[string]struct{ text, want string }{
		"gbk":               {strings.Replace(notice(now, ""), "放假安排", "\xb7\xc5\xbc\xd9\xb0\xb2\xc5\xc5", 1), "UTF-8"},
		"utf-16":            {wide(notice(now, "")), "UTF-8"},
		"utf-16 plain":      {wide(notice(now, ""))[2:], "UTF-8"},
		"lost characters":   {strings.Replace(notice(now, ""), "放假", "\ufffd\ufffd", 1), "UTF-8"},
		"three digits":      {notice(206, ""), "206"},
		"five digits":       {strings.ReplaceAll(notice(2026, ""), `"year": 2026`, `"year": 20266`), "20266"},
		"another century":   {notice(1999, ""), "only the years"},
		"too early":         {notice(now+2, ""), fmt.Sprintf("%d to %d", now-10, now+1)},
		"published when":    {notice(now, `, "published_on": "2011-01-01"`), "2011-01-01"},
		"unknown field":     {notice(now, `, "works": []`), `"works" is unknown`},
		"repeated field":    {notice(now, `, "off": []`), `"off" is unknown or repeated`},
		"repeated and sums": {strings.Replace(shown, `"off":`, `"off": ["2026-01-01"], "off":`, 1), "repeated"},
		"text after":        {notice(now, "") + "x", "after the object"},
		"no weekend":        {strings.Replace(notice(2026, ""), `"work": []`, `"work": ["2026-03-04"]`, 1), "Wednesday"},
	} {
		file := filepath.Join(t.TempDir(), "notice.json")
		writeFile(t, file, tt.text)
		p.t = t
		p.bad(exitFalse, []string{"does not hold", "nothing was changed", tt.want}, "calendar", "import", file)
		if t.Failed() {
			t.Fatalf("that was %s", name)
		}
	}
	bom := filepath.Join(t.TempDir(), "bom.json")
	writeFile(t, bom, "\ufeff"+shown)
	if said := p.must("calendar", "import", bom, "--dry-run"); !strings.Contains(said, "没有变动") {
		t.Errorf("with a byte order mark: %s", said)
	}
}
