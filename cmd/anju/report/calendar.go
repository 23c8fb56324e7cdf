package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"anju/cmd/anju/backend"
	"anju/workflow/calendar"
)

type monthCount struct {
	Month   int `json:"month"`
	Working int `json:"working"`
	Rest    int `json:"rest"`
}

// YearShown is one year of the calendar as scripts read it.
type YearShown struct {
	Year        int              `json:"year"`
	Notice      string           `json:"notice"`
	PublishedOn calendar.Day     `json:"published_on,omitzero"`
	Provisional bool             `json:"provisional"`
	WorkingDays int              `json:"working_days"`
	RestDays    int              `json:"rest_days"`
	Off         []calendar.Range `json:"off"`
	Work        []calendar.Day   `json:"work"`
	Months      []monthCount     `json:"months"`
	backend.CalendarUsed
}

// ShowYear returns a year of a calendar.
func ShowYear(cal *calendar.Calendar, year int) YearShown {
	s := YearShown{Year: year, Provisional: true, Off: []calendar.Range{}, Work: []calendar.Day{}}
	for _, y := range cal.Years() {
		if y.Year == year {
			s.Provisional, s.Notice, s.PublishedOn, s.Off, s.Work = false, y.Notice, y.PublishedOn, y.Off, y.Work
		}
	}
	for m := time.January; m <= time.December; m++ {
		n := monthCount{Month: int(m)}
		for d := calendar.Date(year, m, 1); d < calendar.Date(year, m+1, 1); d++ {
			if cal.Working(d) {
				n.Working++
			} else {
				n.Rest++
			}
		}
		s.WorkingDays += n.Working
		s.RestDays += n.Rest
		s.Months = append(s.Months, n)
	}
	return s
}

// PrintYear prints a year for a person, month by month.
func PrintYear(out io.Writer, cal *calendar.Calendar, s YearShown) {
	fmt.Fprintf(out, "%d 年  工作日 %d 天，休息日 %d 天\n", s.Year, s.WorkingDays, s.RestDays)
	if s.Provisional {
		fmt.Fprintf(out, "暂算：国务院办公厅 %d 年放假安排尚未载入，按周末暂算；落在本年的期限均为暂定，载入后重算\n", s.Year)
	} else {
		fmt.Fprintf(out, "依据：%s", s.Notice)
		if s.PublishedOn != 0 {
			fmt.Fprintf(out, "，%s 公布", s.PublishedOn)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "日历：%s\n", s.Title())
	for _, r := range s.Off {
		text := DayTitle(r.From)
		if r.To != r.From {
			text += " 至 " + DayTitle(r.To)
		}
		fmt.Fprintf(out, "放假  %s，%d 天\n", text, int(r.To-r.From)+1)
	}
	for _, d := range s.Work {
		fmt.Fprintf(out, "上班  %s\n", DayTitle(d))
	}
	fmt.Fprintln(out, "\n日期后的 * 为放假或休息，+ 为调休上班")
	for _, m := range s.Months {
		fmt.Fprintf(out, "\n%d 月  工作日 %d 天\n 一   二   三   四   五   六   日\n", m.Month, m.Working)
		first := calendar.Date(s.Year, time.Month(m.Month), 1)
		column := (int(first.Weekday()) + 6) % 7
		line := strings.Repeat("     ", column)
		for d := first; d < calendar.Date(s.Year, time.Month(m.Month)+1, 1); d++ {
			mark := " "
			switch cal.Kind(d) {
			case calendar.KindHoliday, calendar.KindWeekend:
				mark = "*"
			case calendar.KindMakeup:
				mark = "+"
			}
			line += fmt.Sprintf(" %2d%s ", int(d-first)+1, mark)
			if column = (column + 1) % 7; column == 0 {
				fmt.Fprintln(out, strings.TrimRight(line, " "))
				line = ""
			}
		}
		if line != "" {
			fmt.Fprintln(out, strings.TrimRight(line, " "))
		}
	}
}
