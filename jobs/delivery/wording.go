package delivery

import (
	"cmp"
	"fmt"
	"strings"

	"anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

// mostLines is how many cases one message names.
const mostLines = 10

// wording is what a message says: numbers of cases, where they lie and when they are due, and nothing of any person.
func wording(d notices.Delivery, m workflow.Messages) (subject, text string) {
	n, sign := len(d.Items), m.Signature()
	if d.Kind == "urgent" && n == 1 {
		return sign + "办件提醒", sign + line(d.Items[0]) + "。" + cmp.Or(m.Ask, ask(d.Items[0]))
	}
	subject = fmt.Sprintf("%s今日待办提醒 %d 件", sign, n)
	if d.Kind == "urgent" {
		subject = fmt.Sprintf("%s办件提醒 %d 件", sign, n)
	}
	var b strings.Builder
	b.WriteString(subject + "：")
	for _, i := range d.Items[:min(n, mostLines)] {
		b.WriteString("\n" + line(i))
	}
	if n > mostLines {
		fmt.Fprintf(&b, "\n等%d件", n)
	}
	b.WriteString("\n" + cmp.Or(m.Ask, "请登录系统办理和确认。"))
	return subject, b.String()
}

func line(i notices.DeliveryItem) string {
	where := i.State.Title()
	if i.DueOn != 0 {
		where += "，" + monthDay(i.DueOn) + "到期"
	}
	said := i.Number + "（" + where + "）"
	switch {
	case i.Verb == string(workflow.SuperviseKind):
		return said + "已被督办"
	case i.Rung == "":
		return said
	case i.Climbed:
		return said + i.Rung.Title() + "，下级未确认，上报"
	}
	return said + i.Rung.Title()
}

func ask(i notices.DeliveryItem) string {
	if i.Climbed {
		return "请督促办理，并登录系统确认。"
	}
	return "请尽快办理，并登录系统确认。"
}

func monthDay(d calendar.Day) string {
	_, m, day := d.Date()
	return fmt.Sprintf("%d月%d日", m, day)
}
