package models_test

import (
	"errors"
	"testing"

	"anju/models/org"
	"anju/workflow"
)

func TestWhatAdministratorsDoIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		for _, login := range []string{"a", "b", "c"} {
			if err := c.store.NoteAct(c.ctx(), org.Act{By: org.Administrator{Officer: c.officer("admin")}, What: "开通账号",
				Subject: login}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.store.NoteAct(c.ctx(), org.Act{By: org.Administrator{Officer: 9999}, What: "开通账号",
			Subject: "x"}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("nobody did it: %v", err)
		}
		list, total, err := c.store.AdminActs(c.ctx(), 1, 2)
		if err != nil || total != 3 || len(list) != 2 || list[0].Subject != "c" || list[0].Officer == "" ||
			list[0].What != "开通账号" || list[0].At.IsZero() {
			t.Errorf("%v of %d, %v", list, total, err)
		}
		for _, sql := range []string{"UPDATE administration SET what = 'x'", "DELETE FROM administration"} {
			if _, err := c.db.Pool().ExecContext(c.ctx(), sql); err == nil {
				t.Errorf("%s went through", sql)
			}
		}
	})
}
