package models_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

func TestOfficesAreListedAndRenamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		list, err := c.store.Offices(c.ctx())
		if err != nil || len(list) != c.count("offices", "") || len(list) < 10 {
			t.Fatalf("%d offices, %v", len(list), err)
		}
		if !slices.IsSortedFunc(list, func(a, b org.Office) int {
			return cmp.Or(strings.Compare(a.Division, b.Division), strings.Compare(string(a.Kind), string(b.Kind)))
		}) {
			t.Error("they are not in order")
		}
		id := c.open("homestead")
		office, err := c.store.Office(c.ctx(), glossary.ServiceCenter, "140824100000")
		if err != nil {
			t.Fatal(err)
		}
		other := models.NewStore(c.db.DB, chains.Published()) // of another process
		if o, err := other.Office(c.ctx(), office.Kind, office.Division); err != nil || o != office {
			t.Fatalf("%+v, %v", o, err)
		}
		for _, name := range []string{"", "  ", strings.Repeat("局", 101)} {
			invalid(t, c.store.ChangeOffice(c.ctx(), office.ID, name, "", org.Act{}), "name", "100")
		}
		if err := c.store.ChangeOffice(c.ctx(), 9999, "无此单位", "", org.Act{}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("no office: %v", err)
		}
		want := office
		want.Name = strings.Repeat("䶮", 100)
		if err := c.store.ChangeOffice(c.ctx(), office.ID, " "+want.Name+" ", office.Phone, org.Act{}); err != nil {
			t.Fatal(err)
		}
		if o, err := c.store.Office(c.ctx(), office.Kind, office.Division); err != nil || o != want {
			t.Errorf("%+v, %v; want %+v", o, err, want)
		}
		renamed, err := c.store.Offices(c.ctx())
		if err != nil || len(renamed) != len(list) {
			t.Fatalf("%d offices, %v", len(renamed), err)
		}
		for i := range list {
			if list[i] == office {
				list[i] = want
			}
			if renamed[i] != list[i] {
				t.Errorf("%+v, want %+v", renamed[i], list[i])
			}
		}
		// loading the list again, as a program does that starts on SQLite, leaves it so; an office that nobody renamed follows the list
		again := []org.Office{{Kind: office.Kind, Division: office.Division, Name: office.Name}, {Kind: glossary.TownshipGovernment, Division: "140824100000", Name: "镇政府"}}
		if err := c.store.AddOffices(c.ctx(), again); err != nil {
			t.Fatal(err)
		}
		for kind, name := range map[glossary.Party]string{office.Kind: want.Name, glossary.TownshipGovernment: "镇政府"} {
			if o, err := c.store.Office(c.ctx(), kind, "140824100000"); err != nil || o.Name != name {
				t.Errorf("loaded again: %+v, %v; want %s", o, err, name)
			}
		}
		// the next line of the history has the new name, and the old ones the old one
		c.walk(id.ID, glossary.GroupReceived)
		lines, err := c.store.History(c.ctx(), id)
		if err != nil || len(lines) < 2 || lines[0].OfficeName != office.Name || lines[1].OfficeName != want.Name {
			t.Errorf("lines %+v, %v", lines, err)
		}
		c.verified()
		other.ExpireOffices()
		for range 100 { // it is read behind our back
			if o, err := other.Office(c.ctx(), office.Kind, office.Division); err != nil || o == want {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if o, err := other.Office(c.ctx(), office.Kind, office.Division); err != nil || o != want {
			t.Errorf("another process has %+v, %v; want %+v", o, err, want)
		}
	})
}
