package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	clocks "anju/models/clock"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// An act of the administration and its line in the log are one transaction: where it ends between the two there is
// neither, and the act done again brings both.
func TestActIsDoneWithItsLineOrNeither(t *testing.T) {
	stop := false
	clk := &clock{at: dawn}
	end := func(step string) {
		if stop && step == org.Failpoint {
			panic("ended at " + step)
		}
	}
	modelstest.Each(t, modelstest.Options{Now: clk.Now, Failpoint: end}, func(t *testing.T, db modelstest.Database) {
		stop = false
		_ = clk.Set(dawn)
		c := countyOn(t, db, clk)
		opened := c.open("homestead")
		if err := c.store.FailedJob(c.ctx(), "rung", []byte(`{"case":1}`), errors.New("why"), opened.ID); err != nil {
			t.Fatal(err)
		}
		admin := c.officer("admin")
		if err := db.Write(c.ctx()).Exec("INSERT INTO deliveries (officer_id, kind, channel_id, due_at, not_before, state, "+
			"message_id, created_at) VALUES (?, 'urgent', 0, ?, ?, 'failed', 'm-1', ?)", int64(admin), dawn, dawn,
			dawn).Error; err != nil {
			t.Fatal(err)
		}
		office, err := c.store.Office(c.ctx(), glossary.ServiceCenter, "140824100000")
		if err != nil {
			t.Fatal(err)
		}
		var channel, leave int64
		today := calendar.DayOf(dawn)
		for _, a := range []struct {
			what, table, where string
			rows               int // more of them afterwards
			act                func(org.Act) error
		}{
			{"改单位名称", "offices", "name = '便民中心'", 1, func(act org.Act) error {
				return c.store.ChangeOffice(c.ctx(), office.ID, "便民中心", "", act)
			}},
			{"修改县级参数", "parameters", "value LIKE '%稷山安居落款%'", 1, func(act org.Act) error {
				return c.store.SaveParameters(c.ctx(), workflow.Parameters{Messages: workflow.Messages{Sign: "稷山安居落款"}}, act)
			}},
			{"确认服务器时钟无误", "clock_confirmations", "1 = 1", 1, func(act org.Act) error {
				_, err := c.store.ConfirmClock(c.ctx(), registry.Confirmation{Clock: clocks.Trust{At: dawn, Booted: dawn}}, act)
				return err
			}},
			{"登记消息通道", "channels", "1 = 1", 1, func(act org.Act) (err error) {
				channel, err = c.store.SetChannel(c.ctx(), notices.Channel{Kind: "sms", Config: json.RawMessage(`{}`)}, act)
				return err
			}},
			{"移除消息通道", "channels", "1 = 1", -1, func(act org.Act) error {
				return c.store.RemoveChannel(c.ctx(), channel, act)
			}},
			{"重新执行任务", "failed_jobs", "redriven_at IS NOT NULL", 1, func(act org.Act) error {
				_, err := c.store.Redrive(c.ctx(), 1, act)
				return err
			}},
			{"重发消息", "deliveries", "state = 'waiting'", 1, func(act org.Act) error {
				return c.store.RedriveDelivery(c.ctx(), 1, act)
			}},
			{"登记离岗", "leaves", "1 = 1", 1, func(act org.Act) (err error) {
				leave, err = c.store.SetLeave(c.ctx(), org.Leave{Officer: c.officer("counter"), From: today, To: today + 2}, act)
				return err
			}},
			{"结束离岗", "leaves", "1 = 1", -1, func(act org.Act) error { return c.store.EndLeave(c.ctx(), leave, today, act) }},
			{"启用工作日历", "calendar_versions", "1 = 1", 1, func(act org.Act) error {
				day := func(m time.Month, d int) calendar.Day { return calendar.Date(2027, m, d) }
				_, err := c.svc.ImportCalendar(org.WithAct(c.ctx(), act), admin, []calendar.Year{{Year: 2027,
					Notice: "国办发明电〔2026〕7号", PublishedOn: day(1, 1) - 60,
					Off: []calendar.Range{{From: day(1, 1), To: day(1, 3)}}}}, false)
				return err
			}},
		} {
			act := org.Act{By: org.Administrator{Officer: admin}, What: a.what, Subject: "x"}
			both := func() [2]int {
				return [2]int{c.count(a.table, a.where), c.count("administration", fmt.Sprintf("what = '%s'", a.what))}
			}
			do := func() (err error) {
				defer func() {
					if x := recover(); x != nil {
						err = fmt.Errorf("%v", x)
					}
				}()
				return a.act(act)
			}
			before := both()
			stop = true
			if err := do(); err == nil {
				t.Errorf("%s: not ended between the act and its line", a.what)
			}
			stop = false
			if got := both(); got != before {
				t.Errorf("%s ended: %d rows and lines, want %d", a.what, got, before)
			}
			want := [2]int{before[0] + a.rows, before[1] + 1}
			if err := do(); err != nil || both() != want {
				t.Errorf("%s: %d rows and lines, want %d; %v", a.what, both(), want, err)
			}
		}
		if n := c.count("administration", "what = '启用工作日历' AND subject = '第 2 版' AND officer_name = '秦守义'"); n != 1 {
			t.Errorf("%d lines of the calendar by who put it in force", n)
		}
		// who is no officer any more does nothing
		if err := c.store.ChangeOffice(c.ctx(), office.ID, "别的", "",
			org.Act{By: org.Administrator{Officer: 9999}, What: "x"}); !errors.Is(err,
			workflow.ErrNotFound) || c.count("offices", "name = '别的'") != 0 {
			t.Errorf("by no officer: %v", err)
		}
	})
}
