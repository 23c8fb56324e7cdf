package models_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	database "anju/models/db"
)

func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		other, err := database.LoadKeyring(filepath.Join(t.TempDir(), "key"), true)
		if err != nil {
			t.Fatal(err)
		}
		db, err := database.Open(t.Context(), database.Options{URL: c.db.URL, Keys: other, Now: c.clock.Now})
		if err == nil || !strings.Contains(err.Error(), "not the one under which") {
			t.Errorf("opened with another key: %v", err)
		}
		if db != nil {
			_ = db.Close()
		}
	})
}

func TestNoNumberLiesInTheClear(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, workflowIssued)
		var text []byte
		if c.db.Dialect() == "sqlite" {
			for _, name := range []string{c.db.URL, c.db.URL + "-wal"} {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				text = append(text, b...)
			}
		} else {
			for _, table := range []string{"households", "persons", "cases", "history", "records", "outbox", "officers", "documents"} {
				var all *string
				if err := c.db.Pool().QueryRowContext(c.ctx(), "SELECT string_agg(x::text, ' ') FROM "+table+" x").Scan(&all); err != nil {
					t.Fatal(err)
				}
				if all != nil {
					text = append(text, *all...)
				}
			}
		}
		demo, err := os.ReadFile("../seeds/demo.yml")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(demo)) {
			for _, field := range []string{"id_number: \"", "phone: \""} {
				if _, after, ok := strings.Cut(line, field); ok {
					number, _, _ := strings.Cut(after, `"`)
					if strings.HasPrefix(number, "0") {
						continue // the telephone of an office is public
					}
					n++
					if bytes.Contains(text, []byte(number)) {
						t.Errorf("%s lies in the clear", number)
					}
				}
			}
		}
		if n < 20 || len(text) < 10000 {
			t.Fatalf("%d numbers looked for in %d bytes", n, len(text))
		}
		if !bytes.Contains(text, []byte("sm4-gcm")) {
			t.Error("the algorithm is not stored")
		}
	})
}

func TestHouseholdsAreFoundAndMasked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		h := workflowHousehold()
		counter := c.officer("counter")
		id, created, err := c.store.SaveHousehold(c.ctx(), counter, h)
		if err != nil || !created {
			t.Fatalf("%d, %t, %v", id, created, err)
		}
		h.Householder.Name = "别名"
		h.Householder.IDNumber = " " + h.Householder.IDNumber + " "
		again, created, err := c.store.SaveHousehold(c.ctx(), counter, h)
		if err != nil || created || again != id {
			t.Errorf("entered again: %d, %t, %v; want %d", again, created, err, id)
		}
		number := workflowHousehold().Householder.IDNumber
		masked := number[:2] + strings.Repeat("*", 13) + number[15:]
		f, err := c.store.HouseholdFile(c.ctx(), counter, id)
		if err != nil || f.Household.Householder.Name != "王建国" || f.Household.Householder.IDNumber != masked ||
			f.Household.Householder.Phone != "138****1234" || len(f.Household.Members) != 2 || f.Household.Current.HomesteadArea != 12000 {
			t.Errorf("file %+v, %v", f, err)
		}
		for _, err := range atOnce(8, func(i int) error {
			h := workflowHousehold()
			h.Householder.IDNumber = fmt.Sprintf("14082419780312%04d", 20)
			_, _, err := c.store.SaveHousehold(c.ctx(), counter, h)
			return err
		}) {
			if err != nil {
				t.Errorf("eight clerks enter one household: %v", err)
			}
		}
		if n := c.count("households", "householder = '王建国'"); n != 2 {
			t.Errorf("%d files", n)
		}
	})
}
