package models_test

import (
	"errors"
	"testing"

	"anju/workflow"
	"anju/workflow/forms"
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
