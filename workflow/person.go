package workflow

import (
	"strings"
	"time"

	"anju/workflow/calendar"
)

// NormalIDNumber brings a resident ID number to its one written form: ASCII digits, a capital X, no spaces.
func NormalIDNumber(s string) string {
	return strings.ToUpper(strings.ReplaceAll(narrow(s), " ", ""))
}

// CheckIDNumber tells in one Chinese sentence what is wrong with an 18-digit resident ID number
// (GB 11643-1999: digits, birth date, check digit), or "" when it is sound. on is the day by which
// the person must have been born.
func CheckIDNumber(s string, on calendar.Day) string {
	s = NormalIDNumber(s)
	if len(s) == 15 {
		return "15 位旧身份证号不接受，请填写 18 位身份证号"
	}
	if len(s) != 18 {
		return "身份证号应为 18 位"
	}
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		if s[i] < '0' || s[i] > '9' {
			return "身份证号前 17 位应为数字"
		}
		sum += w * int(s[i]-'0')
	}
	born, err := calendar.ParseDay(s[6:10] + "-" + s[10:12] + "-" + s[12:14])
	if y, _, _ := born.Date(); err != nil || y < 1900 || born > on {
		return "身份证号中的出生日期不存在，请核对第 7 至 14 位"
	}
	if s[17] != "10X98765432"[sum%11] {
		return "身份证号校验位不符，请核对第18位"
	}
	return ""
}

// GenderOf reads 男 or 女 from the 17th digit of a sound ID number.
func GenderOf(id string) string {
	if id = NormalIDNumber(id); len(id) == 18 && (id[16]-'0')%2 == 1 {
		return "男"
	}
	return "女"
}

// AgeOf counts the full years of the holder of a sound ID number at an instant.
func AgeOf(id string, at time.Time) int {
	id = NormalIDNumber(id)
	born, err := calendar.ParseDay(id[6:10] + "-" + id[10:12] + "-" + id[12:14])
	if err != nil {
		return 0
	}
	by, bm, bd := born.Date()
	y, m, d := calendar.DayOf(at).Date()
	age := y - by
	if m < bm || m == bm && d < bd {
		age--
	}
	return age
}
