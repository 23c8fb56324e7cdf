package law

import (
	"fmt"

	"anju/workflow/calendar"
)

var unitWords = map[calendar.Unit]string{calendar.WorkingDay: "个工作日", calendar.CalendarDay: "日", calendar.Month: "个月"}

func (t Term) bound() string {
	if t.Bound == calendar.Min {
		return "不少于"
	}
	return ""
}

// Days writes number and unit apart, as refusals do: 5 个工作日, 10 日, 1 个月.
func (t Term) Days() string { return fmt.Sprintf("%d %s", t.N, unitWords[t.Unit]) }

// Words writes the limit with its bound: 不少于 5 个工作日.
func (t Term) Words() string {
	if t.Bound == calendar.Min {
		return t.bound() + " " + t.Days()
	}
	return t.Days()
}

// Short writes the limit without blanks, as tables do: 不少于5个工作日, 10日.
func (t Term) Short() string { return fmt.Sprintf("%s%d%s", t.bound(), t.N, unitWords[t.Unit]) }

// Spelled writes the number in characters, as notices do: 不少于五个工作日.
func (t Term) Spelled() string { return t.bound() + Numeral(t.N) + unitWords[t.Unit] }

// Digits writes the limit as the county's rules do, which call a working day 日: 15日.
func (t Term) Digits() string { return fmt.Sprint(t.N) + t.statuteUnit() }

// Statute writes the limit as statutes do, which call a working day 日 (Licensing Law Art. 82): 五日, 三个月.
func (t Term) Statute() string { return Numeral(t.N) + t.statuteUnit() }

func (t Term) statuteUnit() string {
	if t.Unit == calendar.Month {
		return unitWords[t.Unit]
	}
	return unitWords[calendar.CalendarDay]
}

// Numeral writes a number from 1 to 99 in Chinese characters; another number stays in digits.
func Numeral(n int) string {
	digits := [...]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 1 || n > 99:
		return fmt.Sprint(n)
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n%10]
	}
	return digits[n/10] + "十" + digits[n%10]
}
