package models_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/households"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

func TestNumbersAreRevealedAndWrittenDown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.household("counter", "阿不都·𠅤", "11010519491231002X", "13900007711", forms.Member{Name: "马䶮", Relation: "配偶", IDNumber: "110105194912310018"})
		reveal := func(login string, position int, reason, wantID, wantPhone string) {
			t.Helper()
			number, phone, err := c.store.RevealPerson(c.ctx(), c.officer(login), id, position, reason)
			if err != nil || number != wantID || phone != wantPhone {
				t.Errorf("%s reads %q and %q, %v", login, number, phone, err)
			}
		}
		reveal("counter", 0, " 通知补正 ", "11010519491231002X", "13900007711")
		_ = c.clock.Set(dawn.Add(time.Hour))
		reveal("village", 1, strings.Repeat("𠅤", 200), "110105194912310018", "")
		refused := func(by workflow.OfficerID, of workflow.HouseholdID, position int) {
			t.Helper()
			number, phone, err := c.store.RevealPerson(c.ctx(), by, of, position, "通知户主补正")
			if !errors.Is(err, workflow.ErrNotFound) || number != "" || phone != "" {
				t.Errorf("officer %d reads %q and %q, %v", by, number, phone, err)
			}
		}
		for _, login := range []string{"counter2", "village2", "village3", "admin"} {
			refused(c.officer(login), id, 0)
			if list, err := c.store.Accesses(c.ctx(), c.officer(login), id); !errors.Is(err, workflow.ErrNotFound) || list != nil {
				t.Errorf("%s reads the log: %v, %v", login, list, err)
			}
		}
		refused(0, id, 0)
		refused(9999, id, 0)
		refused(c.officer("counter"), id, 2)
		refused(c.officer("counter"), id, -1)
		refused(c.officer("counter"), 9999, 0)
		for _, reason := range []string{"", "补正  ", "补正啊", strings.Repeat("x", 201)} {
			_, _, err := c.store.RevealPerson(c.ctx(), c.officer("counter"), id, 0, reason)
			invalid(t, err, "reason", "4 至 200")
		}
		if _, err := c.store.Accesses(c.ctx(), c.officer("counter"), 9999); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("the log of no household: %v", err)
		}
		// the office is called otherwise from now on, and was called so then
		for _, office := range []glossary.Party{glossary.ServiceCenter, glossary.VillageOrganization} {
			c.exec("UPDATE offices SET name = '新名' WHERE kind = '%s'", office)
		}
		want := []households.Access{{At: dawn.Add(time.Hour).UTC(), Officer: "马庆丰", Office: "稷峰镇马村村民委员会", Person: "马䶮", Reason: strings.Repeat("𠅤", 200)},
			{At: dawn.UTC(), Officer: "赵晓梅", Office: "稷峰镇便民服务中心", Person: "阿不都·𠅤", Reason: "通知补正"}}
		for _, login := range []string{"counter", "village", "agriculture"} {
			if list, err := c.store.Accesses(c.ctx(), c.officer(login), id); err != nil || !slices.Equal(list, want) {
				t.Errorf("%s reads %+v, %v; want %+v", login, list, err, want)
			}
		}
		text := c.lying("personal_accesses")
		for _, personal := range []string{"11010519491231", "13900007711", "通知补正"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s lies in the clear", personal)
			}
		}
		forbidden := []string{"UPDATE personal_accesses SET officer_name = 'x'", "DELETE FROM personal_accesses"}
		if c.db.Dialect() == "sqlite" {
			forbidden = append(forbidden, "INSERT OR REPLACE INTO personal_accesses SELECT * FROM personal_accesses")
		} else {
			forbidden = append(forbidden, "TRUNCATE personal_accesses", "TRUNCATE persons CASCADE")
		}
		for _, q := range forbidden {
			if _, err := c.db.Pool().ExecContext(c.ctx(), q); err == nil {
				t.Errorf("%s: allowed", q)
			}
		}
	})
}

func TestWhatIsNotWrittenDownIsNotRevealed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.household("counter", "仇䶮", "11010519491231002X", "13900007711")
		c.exec("ALTER TABLE personal_accesses RENAME TO away")
		number, phone, err := c.store.RevealPerson(c.ctx(), c.officer("counter"), id, 0, "通知户主补正")
		if err == nil || number != "" || phone != "" {
			t.Errorf("read %q and %q, %v", number, phone, err)
		}
	})
}
