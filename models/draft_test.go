package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"anju/models/org"
	"anju/workflow"
)

// lying is everything that lies in the named tables, and on SQLite in the whole file.
func (c *county) lying(tables ...string) string {
	c.t.Helper()
	var text strings.Builder
	for _, table := range tables {
		if c.count(table, "") == 0 {
			c.t.Fatalf("%s is empty", table)
		}
		c.write(&text, table)
	}
	if c.db.Dialect() == "sqlite" {
		for _, name := range []string{c.db.URL, c.db.URL + "-wal"} {
			b, err := os.ReadFile(name)
			if err != nil {
				c.t.Fatal(err)
			}
			text.Write(b)
		}
	}
	return text.String()
}

// write writes every value of a table down.
func (c *county) write(text *strings.Builder, table string) {
	c.t.Helper()
	rows, err := c.db.Pool().QueryContext(c.ctx(), "SELECT * FROM "+table)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		c.t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			c.t.Fatal(err)
		}
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			fmt.Fprintf(text, "%v\n", v)
		}
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
}

func TestDraftsAreKeptSealedForTheirPerson(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter, other := c.officer("counter"), c.officer("counter2")
		const form = "/new?chain=homestead&household=7&name=欧阳䶮"
		body := []byte(`{"name":"阿不都·𠅤","id_number":"11010519491231002X"}`)
		if _, err := c.store.Draft(c.ctx(), counter, form); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("before any: %v", err)
		}
		one, err := c.store.SaveDraft(c.ctx(), counter, org.Draft{Form: form, Title: "宅基地申请（阿不都·𠅤）", Body: body})
		if err != nil || one.Revision != 1 || !one.SavedAt.Equal(dawn) || !bytes.Equal(one.Body, body) {
			t.Fatalf("saved %+v, %v", one, err)
		}
		if got, err := c.store.Draft(c.ctx(), counter, form); err != nil || got.Form != form || got.Title != one.Title || !bytes.Equal(got.Body, body) ||
			got.Revision != 1 || !got.SavedAt.Equal(dawn) {
			t.Errorf("read %+v, %v", got, err)
		}
		if _, err := c.store.Draft(c.ctx(), other, form); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another person's: %v", err)
		}
		if err := c.store.DropDraft(c.ctx(), other, form); err != nil || c.count("drafts", "") != 1 {
			t.Errorf("another person drops it: %v, %d left", err, c.count("drafts", ""))
		}
		text := c.lying("drafts")
		for _, personal := range []string{"11010519491231002X", "阿不都", "欧阳䶮"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s lies in the clear", personal)
			}
		}
		if err := c.store.DropDraft(c.ctx(), counter, form); err != nil {
			t.Error(err)
		}
		if err := c.store.DropDraft(c.ctx(), counter, form); err != nil {
			t.Errorf("dropped again: %v", err)
		}
		if _, err := c.store.Draft(c.ctx(), counter, form); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("after the drop: %v", err)
		}
		// a page that was left open does not bring back what was sent
		if kept, err := c.store.SaveDraft(c.ctx(), counter, one); !errors.Is(err, workflow.ErrStale) || kept.Revision != 0 || kept.Body != nil {
			t.Errorf("saved after the drop: %+v, %v", kept, err)
		}
	})
}

func TestTwoSaversOfOneDraft(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		save := func(revision int, body string) (org.Draft, error) {
			return c.store.SaveDraft(c.ctx(), counter, org.Draft{Form: "/new", Body: []byte(body), Revision: revision})
		}
		for revision := range 3 {
			kept := make([]org.Draft, 8)
			errs := atOnce(8, func(i int) (err error) {
				kept[i], err = save(revision, fmt.Sprint(revision, i))
				return err
			})
			winner := -1
			for i, err := range errs {
				switch {
				case err == nil && winner < 0 && kept[i].Revision == revision+1:
					winner = i
				case !errors.Is(err, workflow.ErrStale):
					t.Fatalf("revision %d: %+v, %v", revision, kept[i], errs)
				}
			}
			if winner < 0 {
				t.Fatalf("revision %d: nobody saved: %v", revision, errs)
			}
			for i := range kept {
				if string(kept[i].Body) != fmt.Sprint(revision, winner) || kept[i].Revision != revision+1 {
					t.Errorf("revision %d: saver %d is shown %+v, kept is that of %d", revision, i, kept[i], winner)
				}
			}
		}
		if kept, err := save(1, "old"); !errors.Is(err, workflow.ErrStale) || kept.Revision != 3 {
			t.Errorf("from an old page: %+v, %v", kept, err)
		}
		if kept, err := save(9, "ahead"); !errors.Is(err, workflow.ErrStale) || kept.Revision != 3 {
			t.Errorf("from a page that cannot be: %+v, %v", kept, err)
		}
	})
}

func TestDraftsAreListedAndGrowOld(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter, other := c.officer("counter"), c.officer("counter2")
		save := func(by workflow.OfficerID, form string) {
			t.Helper()
			if _, err := c.store.SaveDraft(c.ctx(), by, org.Draft{Form: form, Title: "稿", Body: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
		save(other, "/of-another")
		for i := range 53 {
			_ = c.clock.Set(dawn.Add(time.Duration(i) * time.Hour))
			save(counter, fmt.Sprintf("/%d", i))
		}
		list, err := c.store.Drafts(c.ctx(), counter)
		if err != nil || len(list) != 50 || list[0].Form != "/52" || list[49].Form != "/3" || list[0].Title != "稿" || list[0].Revision != 1 || list[0].Body != nil {
			t.Fatalf("%d listed: %+v, %v", len(list), list, err)
		}
		_ = c.clock.Set(dawn.AddDate(0, 0, 180).Add(time.Hour)) // the first two are old by now
		if _, err := c.store.Draft(c.ctx(), counter, "/1"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("of 180 days ago: %v", err)
		}
		if _, err := c.store.Draft(c.ctx(), counter, "/2"); err != nil {
			t.Errorf("of an hour less: %v", err)
		}
		save(counter, "/1")
		if n := c.count("drafts", ""); n != 53 { // 51 of 53, the new one, and the other person's, who has not been back
			t.Errorf("%d drafts are left, want 53", n)
		}
		_ = c.clock.Set(dawn.AddDate(1, 0, 0))
		if list, err := c.store.Drafts(c.ctx(), counter); err != nil || len(list) != 0 {
			t.Errorf("after a year: %+v, %v", list, err)
		}
	})
}

func TestDraftsThatAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		save := func(by workflow.OfficerID, d org.Draft) error {
			_, err := c.store.SaveDraft(c.ctx(), by, d)
			return err
		}
		invalid(t, save(counter, org.Draft{}), "form", "不能为空")
		invalid(t, save(counter, org.Draft{Form: "/" + strings.Repeat("x", 300)}), "form", "300")
		invalid(t, save(counter, org.Draft{Form: "/", Title: strings.Repeat("稿", 101)}), "title", "300")
		invalid(t, save(counter, org.Draft{Form: "/", Body: make([]byte, 256<<10+1)}), "body", "256")
		for _, nobody := range []workflow.OfficerID{0, 9999} {
			if err := save(nobody, org.Draft{Form: "/"}); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("officer %d: %v", nobody, err)
			}
		}
		if n := c.count("drafts", ""); n != 0 {
			t.Errorf("%d drafts were kept", n)
		}
		largest := org.Draft{Form: "/" + strings.Repeat("x", 299), Title: strings.Repeat("稿", 100), Body: bytes.Repeat([]byte{0xff}, 256<<10)}
		if err := save(counter, largest); err != nil {
			t.Fatal(err)
		}
		if got, err := c.store.Draft(c.ctx(), counter, largest.Form); err != nil || !bytes.Equal(got.Body, largest.Body) {
			t.Errorf("the largest comes back with %d bytes, %v", len(got.Body), err)
		}
	})
}
