package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/seeds"
	"anju/workflow/calendar"
)

func calendarCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "calendar", Short: "the legal calendar: show, import, versions"})
	c.AddCommand(calendarShow(a), calendarImport(a), calendarVersions(a))
	return c
}

type monthCount struct {
	Month   int `json:"month"`
	Working int `json:"working"`
	Rest    int `json:"rest"`
}

type yearShown struct {
	Year        int              `json:"year"`
	Notice      string           `json:"notice"`
	PublishedOn calendar.Day     `json:"published_on,omitzero"`
	Provisional bool             `json:"provisional"`
	WorkingDays int              `json:"working_days"`
	RestDays    int              `json:"rest_days"`
	Off         []calendar.Range `json:"off"`
	Work        []calendar.Day   `json:"work"`
	Months      []monthCount     `json:"months"`
	calendarUsed
}

// calendarUsed says which calendar an answer was counted by.
type calendarUsed struct {
	Calendar string `json:"calendar"` // in_force: the county's, from its database; built_in: the program's own
	Version  int    `json:"version"`  // of the calendar in force
}

func (u calendarUsed) title() string {
	if u.Calendar == "built_in" {
		return "程序自带（这里没有数据库）"
	}
	return fmt.Sprintf("本县现行，第 %d 版", u.Version)
}

// calendarInForce is the county's calendar where there is a database with one, and otherwise that of the program. A database that
// is there and cannot be read is an error: the other calendar may count another day.
func calendarInForce(ctx context.Context, s settings) (cal *calendar.Calendar, used calendarUsed, err error) {
	there := s.postgres()
	if !there {
		_, err := os.Stat(s.DB)
		there = err == nil
	}
	if there {
		b, err := openBackend(ctx, s, opening{})
		if err != nil {
			return nil, used, err
		}
		county, err := b.store.County(ctx)
		if err := firstError(err, b.close()); err != nil {
			return nil, used, err
		}
		if len(county.Calendar.Years()) > 0 {
			return county.Calendar, calendarUsed{"in_force", county.Calendar.Version()}, nil
		}
	}
	cal, err = seeds.Calendar()
	return cal, calendarUsed{Calendar: "built_in"}, err
}

func calendarShow(a *app) *cobra.Command {
	c := &cobra.Command{Use: "show YEAR", Short: "print a year: breaks, make-up working days, totals and the notice", Args: cobra.ExactArgs(1)}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		year, err := strconv.Atoi(args[0])
		if err != nil || year < 1950 || year > 2199 {
			return usagef("%q is not a year such as 2026", args[0])
		}
		cal, used, err := calendarInForce(c.Context(), a.settings)
		if err != nil {
			return err
		}
		shown := showYear(cal, year)
		shown.calendarUsed = used
		if *asJSON {
			return printJSON(c, shown)
		}
		printYear(c, cal, shown)
		return nil
	}
	return c
}

func showYear(cal *calendar.Calendar, year int) yearShown {
	s := yearShown{Year: year, Provisional: true, Off: []calendar.Range{}, Work: []calendar.Day{}}
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

func printYear(c *cobra.Command, cal *calendar.Calendar, s yearShown) {
	out := c.OutOrStdout()
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
	fmt.Fprintf(out, "日历：%s\n", s.title())
	for _, r := range s.Off {
		text := dayTitle(r.From)
		if r.To != r.From {
			text += " 至 " + dayTitle(r.To)
		}
		fmt.Fprintf(out, "放假  %s，%d 天\n", text, int(r.To-r.From)+1)
	}
	for _, d := range s.Work {
		fmt.Fprintf(out, "上班  %s\n", dayTitle(d))
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
