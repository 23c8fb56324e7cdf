package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// reachable gives the people at desks a phone and an address, and the county a gateway.
func (c *county) reachable(desks ...glossary.Party) (channel int64) {
	c.t.Helper()
	for _, p := range desks {
		if err := c.store.SetContact(c.ctx(), c.people[p],
			notices.Contact{Phone: "13800138000", Mail: "x@example.cn", DailyDigest: true}); err != nil {
			c.t.Fatal(err)
		}
	}
	return c.channel("sms", 0, 1)
}

func (c *county) channel(kind string, office workflow.OfficeID, position int) int64 {
	c.t.Helper()
	id, err := c.store.SetChannel(c.ctx(), notices.Channel{Office: office, Kind: kind, Config: json.RawMessage(`{}`),
		Active: true, Position: position}, org.Act{})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func (c *county) take() *notices.Delivery {
	c.t.Helper()
	d, err := c.store.TakeDelivery(c.ctx(), c.set(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *county) finish(d *notices.Delivery, result string, again time.Time) {
	c.t.Helper()
	if err := c.store.FinishDelivery(c.ctx(), *d, result, "why", again); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) state(id int64) (state string) {
	c.t.Helper()
	if err := c.db.Pool().QueryRowContext(c.ctx(),
		fmt.Sprintf("SELECT state FROM deliveries WHERE id = %d", id)).Scan(&state); err != nil {
		c.t.Fatal(err)
	}
	return state
}

// monday is ten in the morning of a working Monday after the present.
func (c *county) monday() time.Time {
	d := calendar.DayOf(c.clock.Now()) + 1
	for d.Weekday() != time.Monday || !c.set().Calendar.Working(d) {
		d++
	}
	return d.Start().Add(10 * time.Hour)
}

func TestUrgentMessagesComeAloneAndTheRestInADigest(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.TownshipGovernment, glossary.VillageOrganization, glossary.GroupCollective)
		now := c.late() // red at midnight
		// red: the village and the township, each alone; of what was told before only the digest of the next morning
		if n := c.count("deliveries", "kind = 'urgent' AND state = 'waiting'"); n != 2 {
			t.Errorf("%d urgent messages, want one each for village and township", n)
		}
		if n := c.count("deliveries", "kind = 'digest'"); n != 2 {
			t.Errorf("%d digests, want one each for group and village", n)
		}
		c.plan()
		if n := c.count("deliveries", ""); n != 4 {
			t.Errorf("%d messages after all was planned again", n)
		}
		due := c.set().Calendar.NextWorking(calendar.DayOf(c.clock.Now())).Start().Add(9 * time.Hour)
		_ = c.clock.Set(due)
		var told []*notices.Delivery
		for d := c.take(); d != nil; d = c.take() {
			if d.To != "13800138000" || d.Channel.Kind != "sms" || d.MessageID == "" || len(d.Items) != 1 ||
				d.Items[0].Number != now.Number || d.Attempt != 1 || c.state(d.ID) != notices.Sending {
				t.Errorf("%+v", d)
			}
			if d.Items[0].State != glossary.VillageReview || (d.Items[0].Rung == workflow.RungRed) != (d.Kind == "urgent") ||
				d.Items[0].DueOn == 0 {
				t.Errorf("it says %+v", d.Items)
			}
			told = append(told, d)
			c.finish(d, notices.Sent, time.Time{})
		}
		if len(told) < 2 {
			t.Fatalf("%d messages are due at %s", len(told), due)
		}
		_ = c.clock.Set(c.monday())
		for d := c.take(); d != nil; d = c.take() {
			if d.Kind != "digest" {
				t.Errorf("%+v", d)
			}
			c.finish(d, notices.Sent, time.Time{})
		}
		if n := c.count("deliveries", "state <> 'sent'"); n != 0 {
			t.Errorf("%d messages were not sent", n)
		}
	})
}

func TestADigestGathersTheDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.GroupCollective)
		_ = c.clock.Set(c.monday())
		for range 3 {
			c.walk(c.open("homestead").ID, glossary.GroupReceived)
			c.deliverAll()
			c.plan()
			_ = c.clock.Set(c.clock.Now().Add(time.Hour))
		}
		if n := c.count("deliveries", "kind = 'digest'"); n != 1 {
			t.Fatalf("%d digests of one day", n)
		}
		morning := (calendar.DayOf(c.clock.Now()) + 1).Start().Add(8*time.Hour + 30*time.Minute)
		_ = c.clock.Set(morning.Add(-time.Microsecond))
		if d := c.take(); d != nil {
			t.Fatalf("before half past eight: %+v", d)
		}
		_ = c.clock.Set(morning)
		d := c.take()
		if d == nil || len(d.Items) != 3 || !slices.IsSortedFunc(d.Items,
			func(a, b notices.DeliveryItem) int { return int(a.DueOn - b.DueOn) }) {
			t.Fatalf("%+v", d)
		}
		// what comes now, or by a clock that was set back, goes into the next one
		c.walk(c.open("planning_permit").ID, glossary.VillageReview)
		c.exec("INSERT INTO notices (office_id, case_id, kind, source, generation, rung, step, text, at) SELECT "+
			"office_id, case_id, kind, source + 777777, generation, rung, step, text, at "+
			"FROM notices WHERE id = (SELECT min(notice_id) FROM delivery_notices WHERE delivery_id = %d)", d.ID)
		_ = c.clock.Set(morning.Add(-time.Hour))
		c.plan()
		if n := c.count("delivery_notices", fmt.Sprintf("delivery_id = %d", d.ID)); n != 3 {
			t.Errorf("%d notices lie in a digest that has gone out", n)
		}
		if n := c.count("deliveries", "kind = 'digest' AND state = 'waiting'"); n != 1 {
			t.Errorf("%d digests wait", n)
		}
		// all of it was acknowledged before it went out
		c.finish(d, notices.Sent, time.Time{})
		c.exec("UPDATE notices SET acked_at = at, acked_by = 1")
		_ = c.clock.Set(morning.AddDate(0, 0, 7))
		if d := c.take(); d != nil {
			t.Errorf("nothing is left to say: %+v", d)
		}
		if n := c.count("deliveries", "state = 'void'"); n != 1 {
			t.Errorf("%d messages are void", n)
		}
	})
}

func TestOnLeaveTheSubstituteIsTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.VillageOrganization)
		deputy := c.colleague("deputy", glossary.VillageOrganization, "140824100214", glossary.VillageHead)
		if err := c.store.SetContact(c.ctx(), deputy, notices.Contact{Phone: "13900139000"}); err != nil {
			t.Fatal(err)
		}
		of := func(id workflow.OfficerID) string { return fmt.Sprintf("kind = 'urgent' AND officer_id = %d", id) }
		head := c.people[glossary.VillageOrganization]
		now := calendar.DayOf(c.clock.Now())
		id, err := c.store.SetLeave(c.ctx(), org.Leave{Officer: head, From: now, To: now + 100, Substitute: deputy,
			Reason: "学习"}, org.Act{})
		if err != nil {
			t.Fatal(err)
		}
		c.late()
		if a, b := c.count("deliveries", of(head)), c.count("deliveries", of(deputy)); a != 0 || b != 1 {
			t.Errorf("on leave: %d for him, %d for his substitute", a, b)
		}
		// the substitute without an address: nobody is told; back from leave he is
		if err := c.store.SetContact(c.ctx(), deputy, notices.Contact{}); err != nil {
			t.Fatal(err)
		}
		again := func() {
			t.Helper()
			c.exec("DELETE FROM delivery_notices")
			c.exec("DELETE FROM deliveries")
			c.exec("UPDATE notices SET planned_at = NULL WHERE rung = 'red'")
			c.plan()
		}
		again()
		if n := c.count("deliveries", ""); n != 0 {
			t.Errorf("%d messages for a substitute without an address", n)
		}
		if err := c.store.EndLeave(c.ctx(), id, calendar.DayOf(c.clock.Now()), org.Act{}); err != nil {
			t.Fatal(err)
		}
		again()
		if a, b := c.count("deliveries", of(head)), c.count("deliveries", of(deputy)); a != 1 || b != 0 {
			t.Errorf("back: %d for him, %d for his substitute", a, b)
		}
	})
}

// one is one urgent message to the village, due at this moment.
func (c *county) one() *notices.Delivery {
	c.t.Helper()
	c.late()
	_ = c.clock.Set(c.monday())
	var urgent *notices.Delivery
	for d := c.take(); d != nil; d = c.take() {
		if d.Kind == "urgent" {
			urgent = d
			continue
		}
		c.finish(d, notices.Sent, time.Time{})
	}
	if urgent == nil {
		c.t.Fatal("no message is due")
	}
	return urgent
}

func TestWhatMayHaveArrivedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.VillageOrganization)
		d := c.one()
		id := d.MessageID
		c.finish(d, notices.Unsure, time.Time{})
		_ = c.clock.Set(c.clock.Now().AddDate(0, 0, 1))
		if d := c.take(); d != nil {
			t.Fatalf("sent again by itself: %+v", d)
		}
		lines, total, err := c.store.Deliveries(c.ctx(), notices.Unsure, 1, 20)
		if err != nil || total != 1 || lines[0].ID != d.ID || lines[0].OfficerName != "马庆丰" ||
			lines[0].ChannelKind != "sms" || lines[0].Notices != 1 || lines[0].LastError != "why" {
			t.Errorf("%+v, %v", lines, err)
		}
		if b, err := c.store.Backlog(c.ctx(), c.clock.Now()); err != nil || b.Unsure != 1 {
			t.Errorf("%+v, %v", b, err)
		}
		act := org.Act{By: org.Administrator{Officer: c.officer("admin")}, What: "重新执行"}
		if err := c.store.RedriveDelivery(c.ctx(), d.ID, act); err != nil {
			t.Fatal(err)
		}
		if err := c.store.RedriveDelivery(c.ctx(), d.ID, act); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
		_ = c.clock.Set(c.monday())
		again := c.take()
		if again == nil || again.ID != d.ID || again.MessageID != id || again.Tries != 1 || again.Attempt != 2 {
			t.Fatalf("%+v", again)
		}
		// the first try's word comes late, and is not about this one
		c.finish(d, notices.Sent, time.Time{})
		if got := c.state(d.ID); got != notices.Sending {
			t.Errorf("%s after the first try's word", got)
		}
		// its sender dies
		if n, err := c.store.StalledDeliveries(c.ctx(), c.clock.Now()); n != 0 || err != nil {
			t.Errorf("%d abandoned, %v", n, err)
		}
		if n, err := c.store.StalledDeliveries(c.ctx(), c.clock.Now().Add(2*time.Minute)); n != 1 || err != nil ||
			c.state(d.ID) != notices.Unsure {
			t.Errorf("%d abandoned, %v", n, err)
		}
		c.finish(again, notices.Sent, time.Time{}) // it was only slow
		if got := c.state(d.ID); got != notices.Sent {
			t.Errorf("%s, although it was sent", got)
		}
	})
}

func TestTheNextChannelIsTried(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.VillageOrganization)
		mail := c.channel("mail", 0, 2)
		d := c.one()
		for i := range 7 {
			c.finish(d, notices.Again, c.clock.Now().Add(time.Minute))
			if next := c.take(); next != nil {
				t.Fatalf("try %d came at once: %+v", i+2, next)
			}
			_ = c.clock.Set(c.clock.Now().Add(time.Minute))
			if d = c.take(); d == nil || d.Tries != i+2 || d.Channel.Kind != "sms" {
				t.Fatalf("try %d: %+v", i+2, d)
			}
		}
		if b, err := c.store.Backlog(c.ctx(), c.clock.Now()); err != nil || b.Waiting+b.Unsure+b.Failed != 0 {
			t.Errorf("%+v, %v", b, err)
		}
		c.finish(d, notices.Again, c.clock.Now().Add(time.Minute)) // the eighth
		id := d.MessageID
		if d = c.take(); d == nil || d.Channel.ID != mail || d.To != "x@example.cn" || d.Tries != 1 || d.Attempt != 9 ||
			d.MessageID != id {
			t.Fatalf("%+v", d)
		}
		c.finish(d, notices.Refused, time.Time{})
		if got := c.state(d.ID); got != notices.Failed {
			t.Errorf("%s after the last channel refused it", got)
		}
		// from its first channel on; which was taken away meanwhile
		if err := c.store.RedriveDelivery(c.ctx(), d.ID, org.Act{}); err != nil {
			t.Fatal(err)
		}
		list, _ := c.store.Channels(c.ctx())
		if err := c.store.RemoveChannel(c.ctx(), list[0].ID, org.Act{}); err != nil {
			t.Fatal(err)
		}
		if d = c.take(); d == nil || d.Channel.ID != mail {
			t.Fatalf("%+v", d)
		}
		c.finish(d, notices.Sent, time.Time{})
		if n := c.count("deliveries", "state IN ('sending', 'failed', 'unsure')"); n != 0 {
			t.Errorf("%d messages are not sent", n)
		}
	})
}

func TestEachMessageIsTakenByOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.VillageOrganization)
		c.one()
		c.many(60)
		c.exec("UPDATE notices SET text = 'supervise', kind = 'message' WHERE source > 5000000") // each alone: planned one by one
		for {
			n, err := c.store.PlanNotices(c.ctx(), c.set(), 4)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		n := c.count("deliveries", "state = 'waiting' AND kind = 'urgent'")
		taken := make([][]int64, 8)
		errs := atOnce(8, func(i int) error {
			for {
				d, err := c.store.TakeDelivery(c.ctx(), c.set(), nil)
				if err != nil || d == nil {
					return err
				}
				taken[i] = append(taken[i], d.ID)
			}
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		all := slices.Concat(taken...)
		slices.Sort(all)
		if n < 60 || len(all) != n || len(slices.Compact(all)) != n {
			t.Errorf("%d messages were taken %d times", n, len(all))
		}
	})
}

func TestManyUrgentAtOnceComeAsOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.reachable(glossary.VillageOrganization)
		c.late()
		before := c.count("deliveries", "kind = 'urgent'")
		c.many(200)
		if _, err := c.store.PlanNotices(c.ctx(), c.set(), 1000); err != nil {
			t.Fatal(err)
		}
		if n := c.count("deliveries", "kind = 'urgent'") - before; n != 1 {
			t.Errorf("%d messages at once", n)
		}
		// they are of one case: it is named once
		_ = c.clock.Set(c.monday())
		for d := c.take(); d != nil; d = c.take() {
			if len(d.Items) != 1 || strings.Contains(fmt.Sprint(d.Items), "马䶮") {
				t.Errorf("%+v", d.Items)
			}
		}
	})
}
