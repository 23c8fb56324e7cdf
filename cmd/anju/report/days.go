package report

import (
	"fmt"

	"anju/workflow/calendar"
)

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

// DayTitle returns a day with its weekday in Chinese.
func DayTitle(d calendar.Day) string { return d.String() + "（" + weekdays[d.Weekday()] + "）" }

// DayKinds are the kinds of day in Chinese.
var DayKinds = map[calendar.DayKind]string{
	calendar.KindWorking: "工作日", calendar.KindWeekend: "周末", calendar.KindHoliday: "放假",
	calendar.KindMakeup: "调休上班", calendar.KindPaused: "暂停", calendar.KindRolled: "顺延",
}

var units = map[calendar.Unit]string{calendar.WorkingDay: "个工作日", calendar.CalendarDay: "日（自然日）", calendar.Month: "个月"}

// LimitTitle returns a limit in Chinese.
func LimitTitle(l calendar.Limit) string {
	word := "不超过 "
	if l.Bound == calendar.Min {
		word = "不少于 "
	}
	return fmt.Sprintf("%s%d %s", word, l.N, units[l.Unit])
}
