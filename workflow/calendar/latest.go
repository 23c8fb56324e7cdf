package calendar

import (
	"math"
	"time"
)

// furtherDays are the working days by which a notice may at most put off the end of a count beyond the weekends and the
// legal holidays: a break takes weekdays, and what makes up for them may lie behind the end.
const furtherDays = 5

// Latest returns the day on which the law itself acts at the end of a count. It is the due day where every notice is
// published. Where one is not, it is a day that no notice could make earlier than the true one: Saturdays, Sundays and
// the thirteen holidays of the whole nation on their dates do not count, and five further working days pass. It reports
// false for a year of which the dates of the lunar holidays are not known here, and fails as Due does.
func (c *Calendar) Latest(n Count) (Day, bool, error) {
	due, err := c.Due(n)
	if err != nil || !due.Provisional {
		return due.DueOn, err == nil, err
	}
	years := c.Years()
	first, _, _ := n.From.Date()
	last, _, _ := due.DueOn.Date()
	for y := first; y <= last+1; y++ {
		if c.Covers(Date(y, time.July, 1)) {
			continue
		}
		off, known := nationalHolidays(y)
		if !known {
			return 0, false, nil
		}
		years = append(years, Year{Year: y, Off: off})
	}
	least, err := New(c.version, years...)
	if err != nil {
		return 0, false, err
	}
	if due, err = least.Due(n); err != nil {
		return 0, false, err
	}
	return least.AddWorking(due.DueOn, furtherDays), true, nil
}

// nationalHolidays are the thirteen holidays of the whole nation in a year, on their dates (全国年节及纪念日放假办法). It
// reports false outside the years of lunarMonths.
func nationalHolidays(year int) ([]Range, bool) {
	spring, ok := lunar(year, 1, 1)
	if !ok {
		return nil, false
	}
	boat, _ := lunar(year, 5, 5)
	moon, _ := lunar(year, 8, 15)
	one := func(d Day) Range { return Range{d, d} }
	days := []Range{one(Date(year, time.January, 1)), {spring - 1, spring + 2}, one(qingming(year)),
		{Date(year, time.May, 1), Date(year, time.May, 2)}, one(boat)}
	national := Range{Date(year, time.October, 1), Date(year, time.October, 3)}
	if moon < national.From || moon > national.To { // else both fall on one day
		days = append(days, one(moon))
	}
	return append(days, national), true
}

// qingming is the day of the solar term 清明 in this century.
func qingming(year int) Day {
	y := year % 100
	return Date(year, time.April, int(math.Floor(float64(y)*0.2422+4.81))-y/4)
}

// The lunar years from firstLunar on. From the highest of the four low hex digits down, twelve bits say which months
// have thirty days; the lowest digit is the month that is followed by a leap month, 0 for none; 0x10000 says that the
// leap month has thirty days.
const firstLunar = 2000

var lunarMonths = [...]uint32{
	0x0c960, 0x0d954, 0x0d4a0, 0x0da50, 0x07552, 0x056a0, 0x0abb7, 0x025d0, 0x092d0, 0x0cab5, // 2000
	0x0a950, 0x0b4a0, 0x0baa4, 0x0ad50, 0x055d9, 0x04ba0, 0x0a5b0, 0x15176, 0x052b0, 0x0a930, // 2010
	0x07954, 0x06aa0, 0x0ad50, 0x05b52, 0x04b60, 0x0a6e6, 0x0a4e0, 0x0d260, 0x0ea65, 0x0d530, // 2020
	0x05aa0, 0x076a3, 0x096d0, 0x04afb, 0x04ad0, 0x0a4d0, 0x1d0b6, 0x0d250, 0x0d520, 0x0dd45, // 2030
	0x0b5a0, 0x056d0, 0x055b2, 0x049b0, 0x0a577, 0x0a4b0, 0x0aa50, 0x1b255, 0x06d20, 0x0ada0, // 2040
}

// lunar returns the day of a lunar date in the lunar year that begins in a year; false outside the table.
func lunar(year, month, day int) (Day, bool) {
	if year < firstLunar || year >= firstLunar+len(lunarMonths) {
		return 0, false
	}
	d := Date(firstLunar, time.February, 5) // the first day of the first lunar year
	for y := firstLunar; y < year; y++ {
		d += lunarDays(y, 13)
	}
	return d + lunarDays(year, month) + Day(day-1), true
}

// lunarDays counts the days of a lunar year before a month; the leap month comes behind the month that it repeats.
func lunarDays(year, before int) Day {
	info := lunarMonths[year-firstLunar]
	var days Day
	for m := 1; m < before; m++ {
		days += 29
		if info&(0x10000>>m) != 0 {
			days++
		}
		if int(info&0xf) == m {
			days += 29
			if info&0x10000 != 0 {
				days++
			}
		}
	}
	return days
}
