package models_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/glossary"
)

func TestWhatAdministratorsDoIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		for _, login := range []string{"a", "b", "c"} {
			if err := c.store.NoteAdmin(c.ctx(), c.officer("admin"), "开通账号", login); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.store.NoteAdmin(c.ctx(), 9999, "开通账号", "x"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("nobody did it: %v", err)
		}
		list, total, err := c.store.AdminActs(c.ctx(), 1, 2)
		if err != nil || total != 3 || len(list) != 2 || list[0].Subject != "c" || list[0].Officer == "" || list[0].What != "开通账号" || list[0].At.IsZero() {
			t.Errorf("%v of %d, %v", list, total, err)
		}
		for _, sql := range []string{"UPDATE administration SET what = 'x'", "DELETE FROM administration"} {
			if _, err := c.db.Pool().ExecContext(c.ctx(), sql); err == nil {
				t.Errorf("%s went through", sql)
			}
		}
	})
}

// An administrator's act and its line in the log of the administration stand in one transaction: where it ends between the two, or the
// line cannot be written, there is neither.
func TestAdministratorsActAndItsLineOrNeither(t *testing.T) {
	ending := false
	clk := &clock{at: dawn}
	end := func(step string) {
		if ending && step == "administered" {
			panic("ended at " + step)
		}
	}
	modelstest.Each(t, modelstest.Options{Now: clk.Now, Failpoint: end}, func(t *testing.T, db modelstest.Database) {
		_ = clk.Set(dawn)
		ending = false
		c := countyOn(t, db, clk)
		c.reachable(glossary.VillageOrganization)
		d := c.one()
		c.finish(d, notices.Unsure, time.Time{})
		if err := c.store.FailedJob(c.ctx(), "notify", []byte(`{}`), errors.New("why"), 0); err != nil {
			t.Fatal(err)
		}
		jobs, _, err := c.store.FailedJobs(c.ctx(), true, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		channels, err := c.store.Channels(c.ctx())
		if err != nil {
			t.Fatal(err)
		}
		office, err := c.store.Office(c.ctx(), glossary.ServiceCenter, "140824100000")
		if err != nil {
			t.Fatal(err)
		}
		admin := c.officer("admin")
		acts := []struct {
			what, table, done string
			act               func(by org.Administrator) error
		}{
			{"改单位名称", "offices", "name = '新名称'", func(by org.Administrator) error {
				return c.store.RenameOffice(c.ctx(), by, office.ID, "新名称")
			}},
			{"登记消息通道", "channels", "kind = 'mail'", func(by org.Administrator) error {
				_, err := c.store.SetChannel(c.ctx(), by, notices.Channel{Kind: "mail", Config: json.RawMessage(`{}`)})
				return err
			}},
			{"登记消息通道", "channels", "position = 7", func(by org.Administrator) error {
				changed := channels[0]
				changed.Position = 7
				_, err := c.store.SetChannel(c.ctx(), by, changed)
				return err
			}},
			{"重发消息", "deliveries", "redriven_at IS NOT NULL", func(by org.Administrator) error {
				return c.store.RedriveDelivery(c.ctx(), d.ID, by.Officer)
			}},
			{"重新执行任务", "failed_jobs", "redriven_at IS NOT NULL", func(by org.Administrator) error {
				_, err := c.store.Redrive(c.ctx(), jobs[0].ID, by)
				return err
			}},
			{"修改县级参数", "parameters", "value LIKE '%改后的落款%'", func(by org.Administrator) error {
				p := workflow.Parameters{Messages: workflow.Messages{Sign: "改后的落款"}}
				return c.store.ChangeParameters(c.ctx(), org.AdminLine{By: by, What: "修改县级参数"}, p)
			}},
			{"确认服务器时钟无误", "clock_confirmations", "", func(by org.Administrator) error {
				line := org.AdminLine{By: by, What: "确认服务器时钟无误"}
				_, err := c.store.ConfirmClock(c.ctx(), line, registry.Confirmation{Operator: "root"})
				return err
			}},
			{"移除消息通道", "channels", "id <> 0", func(by org.Administrator) error {
				return c.store.RemoveChannel(c.ctx(), by, channels[0].ID)
			}},
		}
		for _, a := range acts {
			stand := func() [2]int { return [2]int{c.count(a.table, a.done), c.count("administration", "")} }
			before := stand()
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: not ended", a.what)
					}
				}()
				ending = true
				_ = a.act(org.Administrator{Officer: admin})
			}()
			ending = false
			if got := stand(); got != before {
				t.Errorf("%s ended between act and line: %v, want %v", a.what, got, before)
			}
			if err := a.act(org.Administrator{Officer: 9999}); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%s by an unknown officer: %v", a.what, err)
			}
			if got := stand(); got != before {
				t.Errorf("%s without its line: %v, want %v", a.what, got, before)
			}
			if err := a.act(org.Administrator{Officer: admin}); err != nil {
				t.Fatalf("%s: %v", a.what, err)
			}
			got := stand()
			if lines, _, err := c.store.AdminActs(c.ctx(), 1, 1); err != nil || len(lines) != 1 || lines[0].What != a.what ||
				got[0] == before[0] || got[1] != before[1]+1 {
				t.Errorf("%s: %v after %v, %+v, %v", a.what, got, before, lines, err)
			}
		}
	})
}
