package models_test

import (
	"errors"
	"testing"

	"anju/models/households"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/household"
	"anju/workflow/law/lawtest"
)

func TestHouseholdIsRefusedWhereItCannotLive(t *testing.T) { // R28, A32
	lawtest.Claim(t, "R28", "A32")
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		h := forms.Household{}.Example().(forms.Household)
		refused := func(by, field string) {
			t.Helper()
			_, _, err := c.store.SaveHousehold(c.ctx(), c.officer(by), h)
			var bad *workflow.Invalid
			if !errors.As(err, &bad) || bad.Fields[0].Field != field {
				t.Errorf("%s %s%s: %v, want %s refused", by, h.Division, h.GroupNo, err, field)
			}
		}
		h.GroupNo = "99"
		refused("counter", "group_no")
		h.GroupNo = "01"
		if _, created, err := c.store.SaveHousehold(c.ctx(), c.officer("counter"), h); err != nil || !created {
			t.Fatalf("created %v, %v", created, err)
		}
		if _, created, err := c.store.SaveHousehold(c.ctx(), c.officer("counter"), h); err != nil || created {
			t.Errorf("the same householder again: created %v, %v", created, err)
		}
		h.Division = "140824103206"
		refused("counter2", "householder.id_number") // on file in another township
	})
}

// The changes of a household are only added to (A30).
func TestChangesOfAHouseholdAreOnlyAddedTo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		h := forms.Household{}.Example().(forms.Household)
		id, _, err := c.store.SaveHousehold(c.ctx(), c.officer("counter"), h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.store.ChangeHousehold(c.ctx(), c.officer("counter"), id, households.Asked{Kind: household.Phone,
			Reason: "换号", Evidence: "当面", Form: household.PhoneForm{}.Example().(household.PhoneForm)}); err != nil {
			t.Fatal(err)
		}
		forbidden := []string{"UPDATE household_changes SET sealed = 'x'", "DELETE FROM household_changes"}
		if c.db.Dialect() == "sqlite" {
			forbidden = append(forbidden, "INSERT OR REPLACE INTO household_changes SELECT * FROM household_changes")
		} else {
			forbidden = append(forbidden, "TRUNCATE household_changes")
		}
		for _, q := range forbidden {
			if _, err := c.db.Pool().ExecContext(c.ctx(), q); err == nil {
				t.Errorf("%s: allowed", q)
			}
		}
		if n := c.count("household_changes", "sealed LIKE '%13800005678%' OR sealed LIKE '%换号%'"); n > 0 {
			t.Error("what a change tells of a person is kept in clear")
		}
	})
}
