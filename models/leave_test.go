package models_test

import (
	"errors"
	"testing"

	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// colleague is a second officer of an office.
func (c *county) colleague(login string, kind glossary.Party, division string, role glossary.Role) workflow.OfficerID {
	c.t.Helper()
	id, err := c.store.AddOfficer(c.ctx(), org.NewOfficer{Login: login, Name: login, Role: role, Kind: kind, Division: division, Hash: org.HashPassword("x")})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func TestSubstitutesMakeNoChain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		on := calendar.DayOf(c.clock.Now())
		head := c.people[glossary.VillageOrganization]
		deputy := c.colleague("deputy", glossary.VillageOrganization, "140824100214", glossary.VillageHead)
		third := c.colleague("third", glossary.VillageOrganization, "140824100214", glossary.VillageHead)
		leave := func(of workflow.OfficerID, from, to calendar.Day, by workflow.OfficerID) (int64, error) {
			return c.store.SetLeave(c.ctx(), org.Leave{Officer: of, From: from, To: to, Substitute: by, Reason: "公出"}, org.Act{})
		}
		id, err := leave(head, on, on+4, deputy)
		if err != nil {
			t.Fatal(err)
		}
		_, err = leave(head, on+1, on, deputy)
		invalid(t, err, "to", "不能早于")
		_, err = leave(head, on+5, on+6, head)
		invalid(t, err, "substitute", "自己")
		_, err = leave(head, on+5, on+6, c.people[glossary.TownshipGovernment])
		invalid(t, err, "substitute", "本单位")
		_, err = leave(head, on+5, on+6, 9999)
		invalid(t, err, "substitute", "没有启用")
		_, err = leave(head, on+4, on+9, third)
		invalid(t, err, "from", "已登记")
		_, err = leave(deputy, on+4, on+9, third)
		invalid(t, err, "from", "正在代理马庆丰")
		_, err = leave(third, on, on, head)
		invalid(t, err, "substitute", "自己也请假")
		if _, err = leave(deputy, on+5, on+9, third); err != nil {
			t.Errorf("after the head is back: %v", err)
		}
		if _, err = leave(9999, on, on, 0); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
		// he is back on the third day
		if err := c.store.EndLeave(c.ctx(), id, on+2, org.Act{}); err != nil {
			t.Fatal(err)
		}
		list, err := c.store.Leaves(c.ctx(), on)
		if err != nil || len(list) != 2 || list[0].ID != id || list[0].To != on+1 || list[0].OfficerName != "马庆丰" || list[0].SubstituteName != "deputy" ||
			list[1].From != on+5 {
			t.Errorf("%+v, %v", list, err)
		}
		if err := c.store.EndLeave(c.ctx(), id, on+3, org.Act{}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("end one that has ended: %v", err)
		}
		if err := c.store.EndLeave(c.ctx(), list[1].ID, on, org.Act{}); err != nil {
			t.Error(err)
		}
		if list, err = c.store.Leaves(c.ctx(), on+2); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestTwoLeavesAtOnceMakeNoChain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		on := calendar.DayOf(c.clock.Now())
		head := c.people[glossary.VillageOrganization]
		deputy := c.colleague("deputy", glossary.VillageOrganization, "140824100214", glossary.VillageHead)
		errs := atOnce(2, func(i int) error {
			l := org.Leave{Officer: head, From: on, To: on + 3, Substitute: deputy}
			if i == 1 {
				l.Officer, l.Substitute = deputy, head
			}
			_, err := c.store.SetLeave(c.ctx(), l, org.Act{})
			return err
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%v; want one of the two refused", errs)
		}
	})
}
