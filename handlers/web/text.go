package web

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/calendar"
)

// CaseAddress is the address of a case's page, and the name of the draft of its forms.
func CaseAddress(id workflow.CaseID) string { return fmt.Sprintf("/cases/%d", id) }

// SizeText writes a number of bytes as people read it.
func SizeText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", (n+1023)/1024)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// Today is the county's day.
func (a *Site) Today() calendar.Day { return calendar.DayOf(a.svc.Now()) }

// FormatMinute writes an instant in Beijing time, to the minute.
func FormatMinute(t time.Time) string { return view.NewInstant(t).Minute() }

// Clip returns the first n characters of a text.
func Clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// PlainText is what people type: lines of text without characters that cannot be seen.
func PlainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' || unicode.Is(unicode.Cf, r) || schema.Unprintable(r)
	})
}

// Surname is a name as the public may see it: the first character, the others hidden.
func Surname(name string) string {
	r := []rune(name)
	if len(r) < 2 {
		return name
	}
	return string(r[0]) + strings.Repeat("＊", len(r)-1)
}

func clockText(t time.Time) string {
	t = t.In(calendar.Shanghai)
	return FormatMinute(t) + "　星期" + string([]rune("日一二三四五六")[t.Weekday()])
}
