package models_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// invalid fails unless the error names the field with a sentence.
func invalid(t *testing.T, err error, field, part string) {
	t.Helper()
	var bad *workflow.Invalid
	if !errors.As(err, &bad) || len(bad.Fields) == 0 || bad.Fields[0].Field != field ||
		!strings.Contains(bad.Fields[0].Message, part) {
		t.Errorf("%v (%+v), want %s: %s", err, bad, field, part)
	}
}

func TestContactsAreSealed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.people[glossary.VillageOrganization]
		if got, err := c.store.ContactOf(c.ctx(), id); err != nil || got != (notices.Contact{DailyDigest: true}) {
			t.Errorf("of one who has set nothing: %+v, %v", got, err)
		}
		want := notices.Contact{Phone: "13800138000", Mail: "ma@example.cn", Chat: "maqf", QuietFrom: 20 * 60,
			QuietTo: 9 * 60}
		give := want
		give.Phone, give.Mail = " 138 0013-8000 ", " ma@example.cn "
		for range 2 {
			if err := c.store.SetContact(c.ctx(), id, give); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := c.store.ContactOf(c.ctx(), id); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
		if n := c.count("contacts", "phone_sealed LIKE '%13800138000%' OR mail_sealed LIKE '%ma@example%' "+
			"OR phone_sealed = '' OR mail_sealed = ''"); n != 0 {
			t.Error("an address lies in the clear")
		}
		for field, bad := range map[string]notices.Contact{"phone": {Phone: "1380013800"},
			"mail": {Mail: "Ma <ma@example.cn>"}, "chat": {Chat: "a\nb"},
			"quiet_to": {QuietTo: 1441}} {
			invalid(t, c.store.SetContact(c.ctx(), id, bad), field, "")
		}
		if err := c.store.SetContact(c.ctx(), 9999, want); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
		want.Mail = ""
		if err := c.store.SetContact(c.ctx(), id, want); err != nil {
			t.Fatal(err)
		}
		if got, err := c.store.ContactOf(c.ctx(), id); err != nil || got != want {
			t.Errorf("without mail: %+v, %v", got, err)
		}
	})
}

func TestChannelsAreSealed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		give := notices.Channel{Kind: "sms", Config: json.RawMessage(`{"secret":"hunter2"}`), Active: true, Position: 2}
		id, err := c.store.SetChannel(c.ctx(), give, org.Act{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.store.SetChannel(c.ctx(), notices.Channel{Kind: "mail", Config: json.RawMessage(`{}`), Position: 1},
			org.Act{}); err != nil {
			t.Fatal(err)
		}
		give.ID, give.Active = id, false
		if again, err := c.store.SetChannel(c.ctx(), give, org.Act{}); err != nil || again != id {
			t.Fatalf("%d, %v", again, err)
		}
		list, err := c.store.Channels(c.ctx())
		if err != nil || len(list) != 2 || list[0].Kind != "mail" || list[1].ID != id || list[1].Active ||
			string(list[1].Config) != `{"secret":"hunter2"}` {
			t.Errorf("%+v, %v", list, err)
		}
		if n := c.count("channels", "config_sealed LIKE '%hunter2%'"); n != 0 {
			t.Error("a password lies in the clear")
		}
		_, err = c.store.SetChannel(c.ctx(), notices.Channel{Kind: "pigeon", Config: json.RawMessage(`{}`)}, org.Act{})
		invalid(t, err, "kind", "sms")
		_, err = c.store.SetChannel(c.ctx(), notices.Channel{Kind: "sms", Config: json.RawMessage(`{`)}, org.Act{})
		invalid(t, err, "config", "JSON")
		for _, bad := range []notices.Channel{{ID: 99, Kind: "sms", Config: json.RawMessage(`{}`)},
			{Office: 9999, Kind: "sms", Config: json.RawMessage(`{}`)}} {
			if _, err := c.store.SetChannel(c.ctx(), bad, org.Act{}); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := c.store.RemoveChannel(c.ctx(), id, org.Act{}); err != nil {
			t.Error(err)
		}
		if err := c.store.RemoveChannel(c.ctx(), id, org.Act{}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestTheHourOfAMessage(t *testing.T) {
	cal, err := calendar.New(0)
	if err != nil {
		t.Fatal(err)
	}
	county := workflow.County{Calendar: cal}
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.March, day, hour, minute, 0, 0, calendar.Shanghai) // the 2nd is a Monday
	}
	tests := []struct {
		name       string
		contact    notices.Contact
		give, want time.Time
	}{
		{"within the opening hours", notices.Contact{}, at(2, 9, 0), at(2, 9, 0)},
		{"at noon", notices.Contact{}, at(2, 12, 30), at(2, 14, 0)},
		{"at night", notices.Contact{}, at(2, 23, 0), at(3, 8, 0)},
		{"on Friday evening", notices.Contact{}, at(6, 18, 0), at(9, 8, 0)},
		{"any hour", notices.Contact{AnyHour: true, QuietFrom: 1, QuietTo: 1440}, at(7, 3, 0), at(7, 3, 0)},
		{"quiet until half past nine", notices.Contact{QuietFrom: 0, QuietTo: 570}, at(2, 8, 5), at(2, 9, 30)},
		{"quiet over midnight", notices.Contact{QuietFrom: 17 * 60, QuietTo: 9 * 60}, at(2, 17, 5), at(3, 9, 0)},
		{"quiet over midnight, in the morning", notices.Contact{QuietFrom: 17 * 60, QuietTo: 9 * 60}, at(2, 8, 5),
			at(2, 9, 0)},
		{"quiet into the noon break", notices.Contact{QuietFrom: 10 * 60, QuietTo: 13 * 60}, at(2, 10, 0), at(2, 14, 0)},
		{"quiet through every opening hour", notices.Contact{QuietFrom: 0, QuietTo: 1440}, at(2, 9, 0), at(2, 9, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.contact.Hour(county, tt.give); !got.Equal(tt.want) {
				t.Errorf("at %s, want %s", got, tt.want)
			}
		})
	}
}
