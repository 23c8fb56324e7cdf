package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

func TestWording(t *testing.T) {
	item := notices.DeliveryItem{Number: "JS-HP-20260305-0001", State: workflow.VillageReview, DueOn: calendar.Date(2026,
		time.March, 5)}
	with := func(change func(*notices.DeliveryItem)) notices.DeliveryItem {
		i := item
		change(&i)
		return i
	}
	var many []notices.DeliveryItem
	for i := range 12 {
		many = append(many, with(func(d *notices.DeliveryItem) { d.Number = fmt.Sprintf("JS-HP-20260305-%04d", i) }))
	}
	tests := []struct {
		name string
		give notices.Delivery
		want string
	}{
		{"a red card", notices.Delivery{Kind: "urgent",
			Items: []notices.DeliveryItem{with(func(d *notices.DeliveryItem) { d.Rung = workflow.RungRed })}},
			"【安居】JS-HP-20260305-0001（村级审查，3月5日到期）逾期（红）。请尽快办理，并登录系统确认。"},
		{"what has climbed", notices.Delivery{Kind: "urgent",
			Items: []notices.DeliveryItem{with(func(d *notices.DeliveryItem) { d.Rung, d.Climbed = workflow.RungDay3, true })}},
			"【安居】JS-HP-20260305-0001（村级审查，3月5日到期）逾期 3 个工作日，下级未确认，上报。请督促办理，并登录系统确认。"},
		{"a supervision without a due day", notices.Delivery{Kind: "urgent",
			Items: []notices.DeliveryItem{with(func(d *notices.DeliveryItem) {
				d.Verb, d.DueOn = string(workflow.SuperviseKind), 0
			})}}, "【安居】JS-HP-20260305-0001（村级审查）已被督办。请尽快办理，并登录系统确认。"},
		{"a digest", notices.Delivery{Kind: "digest", Items: []notices.DeliveryItem{item}},
			"【安居】今日待办提醒 1 件：\nJS-HP-20260305-0001（村级审查，3月5日到期）\n请登录系统办理和确认。"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if subject, got := wording(tt.give, workflow.Messages{}); got != tt.want || !strings.HasPrefix(subject, "【安居】") ||
				strings.Contains(subject, "\n") {
				t.Errorf("%q, %q; want %q", subject, got, tt.want)
			}
		})
	}
	own := workflow.Messages{Sign: "稷山安居", Ask: "有问题打 0359-5522110。"}
	if subject, got := wording(notices.Delivery{Kind: "digest", Items: []notices.DeliveryItem{item}},
		own); subject != "【稷山安居】今日待办提醒 1 件" ||
		got != "【稷山安居】今日待办提醒 1 件：\nJS-HP-20260305-0001（村级审查，3月5日到期）\n有问题打 0359-5522110。" {
		t.Errorf("in the county's words: %q, %q", subject, got)
	}
	for kind, head := range map[string]string{"digest": "【安居】今日待办提醒 12 件：\n", "urgent": "【安居】办件提醒 12 件：\n"} {
		_, got := wording(notices.Delivery{Kind: kind, Items: many}, workflow.Messages{})
		if !strings.HasPrefix(got, head) || strings.Count(got, "JS-HP") != 10 || !strings.Contains(got, "\n等12件\n") {
			t.Errorf("%s of twelve: %s", kind, got)
		}
	}
}

func TestResend(t *testing.T) {
	var sum time.Duration
	for n := range 7 {
		wait := Resend(n + 1)
		if shortest := time.Minute << n; wait < shortest || wait > shortest*3/2 {
			t.Errorf("after try %d it waits %s", n+1, wait)
		}
		sum += time.Minute << n
	}
	if sum < 2*time.Hour {
		t.Errorf("the eighth try may come after %s", sum)
	}
}

func TestOutages(t *testing.T) {
	var c outages
	long := func(int) time.Duration { return time.Hour }
	now := time.Now()
	c.failed(1, now, long)
	c.failed(2, now, func(int) time.Duration { return 0 })
	if got := c.waiting(now); len(got) != 1 || got[0] != 1 {
		t.Errorf("%v rest", got)
	}
	c.worked(1)
	if got := c.waiting(now); len(got) != 0 {
		t.Errorf("%v rest after it worked", got)
	}
}
