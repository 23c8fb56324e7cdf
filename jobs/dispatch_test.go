package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anju/jobs"
	"anju/jobs/channel"
	"anju/jobs/monitor"
	"anju/jobs/queue"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// gateway is the other side of a channel: it keeps what it took.
type gateway struct {
	mu     sync.Mutex
	took   []channel.Message
	asked  int
	answer func() error // of the next message; nil: it is taken
}

// Send implements channel.Sender.
func (g *gateway) Send(_ context.Context, m channel.Message) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	var err error
	if g.answer != nil {
		err = g.answer()
	}
	if err == nil || errors.Is(err, channel.ErrUnsure) {
		g.took = append(g.took, m)
	}
	return err
}

func (g *gateway) set(answer func() error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

func (g *gateway) taken() []channel.Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.took)
}

// by is a configuration of the jobs that sends everything to the gateway.
func (g *gateway) by() jobs.Config {
	return jobs.Config{Redis: queue.Embedded, Sweep: true, SweepEvery: 50 * time.Millisecond,
		Open: func(notices.Channel) (channel.Sender, error) { return g, nil }}
}

// tellable gives accounts a phone and the county a gateway for short messages.
func (c *county) tellable(contact notices.Contact, config string, desks ...glossary.Party) {
	c.Helper()
	contact.Phone = "13800138000"
	for _, p := range desks {
		if err := c.store.SetContact(c.Context(), c.people[p], contact); err != nil {
			c.Fatal(err)
		}
	}
	if _, err := c.store.SetChannel(c.Context(), notices.Channel{Kind: "sms", Config: json.RawMessage(config),
		Active: true}, org.Act{}); err != nil {
		c.Fatal(err)
	}
}

// workday is an hour of a working day after the present whose next day is one too.
func (c *county) workday(hour int) time.Time {
	cal := c.svc.County().Calendar
	d := calendar.DayOf(c.clock.Now()) + 1
	for !cal.Working(d) || !cal.Working(d+1) {
		d++
	}
	return d.Start().Add(time.Duration(hour) * time.Hour)
}

// redCard lets a case be late at the village, and the clock show the hour of a working day after that.
func (c *county) redCard(r *jobs.Runner, hour int) workflow.CaseID {
	c.Helper()
	id := c.walk(glossary.VillageReview).ID
	c.set(c.clockOf(id, "L04").DueBefore.Add(time.Second))
	c.settle(r)
	c.set(c.workday(hour))
	return id
}

func TestMessages(t *testing.T) {
	t.Parallel()
	t.Run("hanging channel is unsure", messagesHangingChannelIsUnsure)
	t.Run("waits for channel outage", messagesWaitsForChannelOutage)
	t.Run("process dies while sending", messagesProcessDiesWhileSending)
	t.Run("respect quiet hours", messagesRespectQuietHours)
	t.Run("digest gathers a day", messagesDigestGathersADay)
	t.Run("go to substitute", messagesGoToSubstitute)
	t.Run("climb once when not acknowledged", messagesClimbOnceWhenNotAcknowledged)
}

func messagesHangingChannelIsUnsure(t *testing.T) {
	onEach(t, func(c *county) {
		var mu sync.Mutex
		got := map[string]int{}
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			var m struct {
				OutID string `json:"out_id"`
			}
			_ = json.NewDecoder(q.Body).Decode(&m)
			mu.Lock()
			got[m.OutID]++
			mu.Unlock()
			<-q.Context().Done()
		}))
		c.Cleanup(server.Close)
		c.tellable(notices.Contact{}, fmt.Sprintf(`{"url":%q,"key":"anju","secret":"s"}`, server.URL),
			glossary.VillageOrganization)
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		c.redCard(r, 9)
		c.eventually(time.Minute, "the message is unsure",
			func() bool { return c.count("deliveries WHERE state = 'unsure'") == 1 })
		c.set(c.clock.Now().Add(24 * time.Hour))
		c.settle(r)
		mu.Lock()
		defer mu.Unlock()
		if len(got) != 1 {
			c.Errorf("the gateway has %v", got)
		}
		for id, n := range got {
			if n != 1 || id == "" {
				c.Errorf("message %q came %d times", id, n)
			}
		}
		if n := c.count("deliveries WHERE state = 'unsure'"); n != 1 {
			c.Errorf("%d messages are unsure a day later", n)
		}
		h, err := r.Health(c.Context())
		if err != nil || h.Backlog.Unsure != 1 || !slices.ContainsFunc(h.Alarms,
			func(a notices.Alarm) bool { return a.Kind == monitor.Deliveries && a.Subject == "unsure" }) {
			c.Errorf("health %+v, %v", h, err)
		}
	})
}

func messagesWaitsForChannelOutage(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		g.set(func() error { return errors.New("connection refused") })
		c.tellable(notices.Contact{}, `{}`, glossary.VillageOrganization)
		// no loop of its own sends while the clock goes on: that message would be unsure
		r := c.startBy(jobs.StartWithoutPolls, g.by(), nil)
		c.redCard(r, 8)
		for range 12 {
			c.settle(r)
			c.set(c.clock.Now().Add(5 * time.Minute))
		}
		if n := c.count("deliveries WHERE state = 'waiting' AND tries BETWEEN 4 AND 7"); n != 1 || len(g.taken()) != 0 {
			c.Fatalf("%d messages wait, %d were taken", n, len(g.taken()))
		}
		if h, err := r.Health(c.Context()); err != nil || !slices.ContainsFunc(h.Alarms,
			func(a notices.Alarm) bool { return a.Subject == "late" }) {
			c.Errorf("no alarm of a late message: %+v, %v", h.Alarms, err)
		}
		g.set(nil)
		for range 12 {
			c.set(c.clock.Now().Add(5 * time.Minute))
			c.settle(r)
		}
		got := g.taken()
		if len(got) != 1 || !strings.Contains(got[0].Text, "逾期（红）") || got[0].To != "13800138000" {
			c.Errorf("the gateway has %+v", got)
		}
		if h, err := r.Health(c.Context()); err != nil || slices.ContainsFunc(h.Alarms,
			func(a notices.Alarm) bool { return a.Kind == monitor.Deliveries }) {
			c.Errorf("alarms %+v, %v", h.Alarms, err)
		}
	})
}

func messagesProcessDiesWhileSending(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		c.tellable(notices.Contact{}, `{}`, glossary.VillageOrganization)
		first := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		c.walk(glossary.VillageReview)
		c.settle(first)
		c.stop(first)
		id := c.walk(glossary.VillageReview).ID
		c.set(c.clockOf(id, "L04").DueBefore.Add(time.Second))
		c.sweep(c.svc)
		for n := 1; n > 0; {
			var err error
			if n, err = c.store.PlanNotices(c.Context(), c.svc.County(), 100); err != nil {
				c.Fatal(err)
			}
		}
		c.set(c.workday(8).Add(time.Minute))
		d, err := c.store.TakeDelivery(c.Context(), c.svc.County(), nil) // and here it dies
		if err != nil || d == nil {
			c.Fatalf("%+v, %v", d, err)
		}
		r := c.start(g.by(), nil)
		c.settle(r)
		c.set(c.clock.Now().Add(3 * time.Minute))
		c.stop(r)
		r = c.start(g.by(), nil)
		c.settle(r)
		if n := c.count("deliveries WHERE state = 'unsure' AND id = %d", d.ID); n != 1 {
			c.Errorf("%d such messages are unsure", n)
		}
		if slices.ContainsFunc(g.taken(), func(m channel.Message) bool { return m.ID == d.MessageID }) {
			c.Error("it was sent again by itself")
		}
		if err := c.store.RedriveDelivery(c.Context(), d.ID, org.Act{}); err != nil {
			c.Fatal(err)
		}
		c.settle(r)
		if !slices.ContainsFunc(g.taken(), func(m channel.Message) bool { return m.ID == d.MessageID }) {
			c.Error("it was not sent when an administrator said so")
		}
	})
}

func messagesRespectQuietHours(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		c.tellable(notices.Contact{QuietFrom: 0, QuietTo: 9*60 + 30}, `{}`, glossary.VillageOrganization)
		r := c.start(g.by(), nil)
		id := c.redCard(r, 9)
		c.settle(r)
		if got := g.taken(); len(got) != 0 {
			c.Fatalf("within his quiet hours: %+v", got)
		}
		c.set(c.clock.Now().Add(31 * time.Minute))
		c.settle(r)
		c.settle(r)
		if got := g.taken(); len(got) != 1 || got[0].Text != fmt.Sprintf("【安居】%s（村级审查，%s到期）逾期（红）。请尽快办理，并登录系统确认。",
			c.view(id).Case.Number,
			c.clockOf(id, "L04").DueOn.Start().Format("1月2日")) {
			c.Errorf("the gateway has %+v", got)
		}
	})
}

func messagesDigestGathersADay(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		c.tellable(notices.Contact{DailyDigest: true}, `{}`, glossary.GroupCollective)
		r := c.start(g.by(), nil)
		c.set(c.workday(9))
		for range 3 {
			if err := c.apply(); err != nil {
				c.Fatal(err)
			}
			c.settle(r)
			c.set(c.clock.Now().Add(time.Hour))
		}
		morning := (calendar.DayOf(c.clock.Now()) + 1).Start().Add(8*time.Hour + 30*time.Minute)
		c.set(morning.Add(-time.Minute))
		c.settle(r)
		if got := g.taken(); len(got) != 0 {
			c.Errorf("before half past eight: %+v", got)
		}
		c.set(morning.Add(time.Second))
		c.settle(r)
		c.settle(r)
		got := g.taken()
		if len(got) != 1 || !strings.HasPrefix(got[0].Text, "【安居】今日待办提醒 3 件：\n") || strings.Count(got[0].Text,
			"组级已收") != 3 || strings.Contains(got[0].Text, "马一") {
			c.Errorf("the gateway has %+v", got)
		}
	})
}

func messagesGoToSubstitute(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		c.tellable(notices.Contact{}, `{}`, glossary.VillageOrganization)
		deputy, err := c.store.AddOfficer(c.Context(), org.NewOfficer{Login: "deputy", Name: "副主任",
			Role: glossary.VillageHead, Kind: glossary.VillageOrganization,
			Division: "140824100214", Hash: org.HashPassword("x")})
		if err == nil {
			err = c.store.SetContact(c.Context(), deputy, notices.Contact{Phone: "13900139000"})
		}
		today := calendar.DayOf(c.clock.Now())
		if err == nil {
			_, err = c.store.SetLeave(c.Context(), org.Leave{Officer: c.people[glossary.VillageOrganization], From: today,
				To: today + 90, Substitute: deputy}, org.Act{})
		}
		if err != nil {
			c.Fatal(err)
		}
		r := c.start(g.by(), nil)
		c.redCard(r, 9)
		c.settle(r)
		if got := g.taken(); len(got) != 1 || got[0].To != "13900139000" {
			c.Errorf("the gateway has %+v", got)
		}
	})
}

func messagesClimbOnceWhenNotAcknowledged(t *testing.T) {
	onEach(t, func(c *county) {
		g := &gateway{}
		c.tellable(notices.Contact{AnyHour: true}, `{}`, glossary.TownshipGovernment)
		r := c.start(g.by(), nil)
		id := c.walk(glossary.VillageReview).ID
		due := c.clockOf(id, "L04").DueBefore
		c.set(due.Add(time.Second))
		c.settle(r)
		if n := len(g.taken()); n != 1 {
			c.Errorf("%d messages of the red card", n)
		}
		end := (c.svc.County().Calendar.AddWorking(calendar.DayOf(c.clock.Now()), 1) + 1).Start()
		c.set(end.Add(-time.Minute))
		c.settle(r)
		if n := c.count("notices WHERE kind = 'climb'"); n != 0 {
			c.Errorf("%d notices climbed before the next working day ended", n)
		}
		c.set(end.Add(time.Minute))
		c.settle(r)
		c.settle(r)
		if n := c.count("notices WHERE kind = 'climb' AND case_id = %d AND rung = 'red'",
			id); n != 2 { // village and counter; the township itself
			c.Errorf("%d notices climbed, want one each to township and county", n)
		}
		climbed := slices.DeleteFunc(g.taken(), func(m channel.Message) bool { return !strings.Contains(m.Text, "下级未确认，上报") })
		if len(climbed) != 1 {
			c.Errorf("the township got %+v", climbed)
		}
	})
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	t.Run("unmanned next authority", alarmsUnmannedNextAuthority)
	t.Run("outbox and calendar", alarmsOutboxAndCalendar)
}

func alarmsUnmannedNextAuthority(t *testing.T) {
	onEach(t, func(c *county) {
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		id := c.walk(glossary.GroupOpinion).ID
		open := func(kind string) []notices.Alarm {
			c.Helper()
			c.settle(r)
			h, err := r.Health(c.Context())
			if err != nil {
				c.Fatal(err)
			}
			return slices.DeleteFunc(h.Alarms, func(a notices.Alarm) bool { return a.Kind != kind })
		}
		if got := open(monitor.Unmanned); len(got) != 0 {
			c.Errorf("everybody is there: %+v", got)
		}
		today := calendar.DayOf(c.clock.Now())
		leave, err := c.store.SetLeave(c.Context(), org.Leave{Officer: c.people[glossary.VillageOrganization],
			From: today, To: today + 1}, org.Act{})
		if err != nil {
			c.Fatal(err)
		}
		got := open(monitor.Unmanned)
		if len(got) != 1 || !strings.Contains(got[0].Text, c.view(id).Case.Number) || !strings.Contains(got[0].Text,
			"即将到达 1 件") {
			c.Errorf("before the case is stuck: %+v", got)
		}
		if again := open(monitor.Unmanned); len(again) != 1 || again[0].ID != got[0].ID {
			c.Errorf("%+v", again)
		}
		if err := c.store.EndLeave(c.Context(), leave, today, org.Act{}); err != nil {
			c.Fatal(err)
		}
		if got := open(monitor.Unmanned); len(got) != 0 {
			c.Errorf("he is back: %+v", got)
		}
	})
}

func alarmsOutboxAndCalendar(t *testing.T) {
	onEach(t, func(c *county) {
		r := c.start(jobs.Config{Redis: queue.Embedded, Sweep: true}, nil)
		c.walk(glossary.GroupReceived)
		c.settle(r)
		kinds := func() (kinds []string) {
			c.Helper()
			alarms, err := c.store.Alarms(c.Context())
			if err != nil {
				c.Fatal(err)
			}
			for _, a := range alarms {
				kinds = append(kinds, a.Kind+" "+a.Subject)
			}
			slices.Sort(kinds)
			return kinds
		}
		if got := kinds(); len(got) != 0 {
			c.Errorf("alarms %v", got)
		}
		c.write("UPDATE outbox SET delivered_at = NULL, payload = '[]' WHERE id = (SELECT min(id) FROM outbox)")
		c.set(c.clock.Now().Add(20 * time.Minute))
		c.settle(r)
		if got := kinds(); !slices.Equal(got, []string{"outbox "}) {
			c.Errorf("alarms %v, want of the outbox", got)
		}
		c.write("UPDATE outbox SET delivered_at = sent_at")
		c.set(time.Date(2026, time.October, 31, 23, 0, 0, 0, calendar.Shanghai))
		c.settle(r)
		if got := kinds(); slices.Contains(got, "outbox ") || slices.ContainsFunc(got,
			func(k string) bool { return strings.HasPrefix(k, "calendar") }) {
			c.Errorf("alarms %v in October", got)
		}
		c.set(time.Date(2026, time.November, 1, 0, 0, 0, 0, calendar.Shanghai))
		c.settle(r)
		if got := kinds(); !slices.Contains(got, "calendar 2027") {
			c.Errorf("alarms %v from 1 November", got)
		}
	})
}
