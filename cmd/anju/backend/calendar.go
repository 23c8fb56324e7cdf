package backend

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/seeds"
	"anju/workflow/calendar"
)

// CalendarUsed says which calendar an answer was counted by.
type CalendarUsed struct {
	Calendar string `json:"calendar"` // in_force: the county's, from its database; built_in: the program's own
	Version  int    `json:"version"`  // of the calendar in force
}

// Title says in Chinese which calendar it is.
func (u CalendarUsed) Title() string {
	if u.Calendar == "built_in" {
		return "程序自带（这里没有数据库）"
	}
	return fmt.Sprintf("本县现行，第 %d 版", u.Version)
}

// CalendarInForce is the county's calendar where there is a database with one, and otherwise that of the program. A
// database that is there and cannot be read is an error: the other calendar may count another day.
func CalendarInForce(ctx context.Context, s settings.Settings) (cal *calendar.Calendar, used CalendarUsed, err error) {
	there := s.Postgres()
	if !there {
		_, err := os.Stat(s.DB)
		there = err == nil
	}
	if there {
		b, err := Open(ctx, s, Opening{})
		if err != nil {
			return nil, used, err
		}
		county, err := b.Store.County(ctx)
		if err := failure.First(err, b.Close()); err != nil {
			return nil, used, err
		}
		if len(county.Calendar.Years()) > 0 {
			return county.Calendar, CalendarUsed{"in_force", county.Calendar.Version()}, nil
		}
	}
	cal, err = seeds.Calendar()
	return cal, CalendarUsed{Calendar: "built_in"}, err
}

// largestCalendar bounds what is read as a calendar: a year is two kilobytes.
const largestCalendar = 1 << 20

// ReadYears reads a file of one year, as `anju calendar show YEAR --json` prints it, or of an array of them. A file
// that cannot be opened is wrong usage; one that does not hold is refused in one sentence.
func ReadYears(file string) ([]calendar.Year, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, failure.Usagef("%w; give the file of a year's notice", failure.Plain(err))
	}
	if info.Size() > largestCalendar || !info.Mode().IsRegular() {
		return nil, failure.Usagef("%s is no file of a year's notice", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, failure.Usagef("%w; give a readable file", failure.Plain(err))
	}
	years, err := calendar.ParseYears(text)
	if err != nil {
		return nil, NoticeError(file, err)
	}
	return years, nil
}

// NoticeError words what is wrong with a notice.
func NoticeError(file string, err error) error {
	return fmt.Errorf("%s does not hold: %s; nothing was changed", file,
		failure.OneLine(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "calendar "), "year: ")))
}

// WithYears is a calendar in which the years given stand in the place of its own.
func WithYears(cal *calendar.Calendar, years []calendar.Year) (*calendar.Calendar, error) {
	all := slices.Clone(years)
	for _, y := range cal.Years() {
		if !slices.ContainsFunc(years, func(o calendar.Year) bool { return o.Year == y.Year }) {
			all = append(all, y)
		}
	}
	return calendar.New(cal.Version()+1, all...)
}

// CalendarGap says which year's notice is missing: this year's always, next year's from 1 November, when the State
// Council has usually published it.
func CalendarGap(cal *calendar.Calendar, now time.Time) string {
	year, month, _ := calendar.DayOf(now).Date()
	last := year
	if month >= time.November {
		last++
	}
	for y := year; y <= last; y++ {
		if !cal.Covers(calendar.Date(y, time.June, 1)) {
			return fmt.Sprintf("the calendar of %d is not loaded: deadlines that fall in it are provisional", y)
		}
	}
	return ""
}
