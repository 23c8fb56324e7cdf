package forms

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// TwoPeople wants two names in the field, and not the same one twice (R36, R49, R75, R124).
func TwoPeople(field string, names []string, r law.Rule) []workflow.FieldError {
	seen := map[string]bool{}
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			seen[n] = true
		}
	}
	if len(seen) < 2 {
		return []workflow.FieldError{fieldError(field, "须有两名以上不同的工作人员，请逐一填写姓名", r)}
	}
	return nil
}

// DayBetween wants the day from first to last; one left out becomes the last.
func DayBetween(field, name string, d *calendar.Day, first, last calendar.Day, r law.Rule) []workflow.FieldError {
	if *d == 0 {
		*d = last
	}
	if *d < first || *d > last {
		return []workflow.FieldError{fieldError(field, fmt.Sprintf("%s应在 %s 至 %s 之间，填写的是 %s", name, first, last, *d), r)}
	}
	return nil
}

// NotAfter refuses a day in the field that has not come yet.
func NotAfter(field string, d calendar.Day, now time.Time, r law.Rule) []workflow.FieldError {
	if d > calendar.DayOf(now) {
		return []workflow.FieldError{fieldError(field, "日期不能晚于今天 "+calendar.DayOf(now).String(), r)}
	}
	return nil
}

func fieldError(field, message string, r law.Rule) workflow.FieldError {
	return workflow.FieldError{Field: field, Message: message, Rule: r}
}
