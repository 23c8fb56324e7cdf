package forms

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/signs"
)

// NormalIDNumber brings a resident ID number, or any other number that people type, to its one written form: ASCII
// digits and letters, a capital X, no blanks and nothing unseen.
func NormalIDNumber(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || Unseen(r) {
			return -1
		}
		return r
	}, workflow.Narrow(s)))
}

// unseen are characters outside the categories of format characters and separators of lines that show nothing: fillers,
// the grapheme joiner, selectors of variants.
var unseen = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x034f, Hi: 0x034f, Stride: 1}, {Lo: 0x115f, Hi: 0x1160, Stride: 1},
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180b, Hi: 0x180f, Stride: 1}, {Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, {Lo: 0xffa0, Hi: 0xffa0, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1}},
}

// Unseen tells whether a character shows nothing where it stands, and is no blank: text with it looks like other text,
// and is not found.
func Unseen(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unseen) }

// middleDots are the ways in which the middle dot of a name is typed.
const middleDots = "·・•∙⋅‧･"

// NormalName brings a person's name to its one written form, by which it is kept, found and compared: nothing unseen,
// no blanks between Han characters or beside a dot, one blank where others stand, the dot as U+00B7.
func NormalName(s string) string {
	tight := func(r rune) bool { return r == '·' || unicode.Is(unicode.Han, r) }
	var name []rune
	blank := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			blank = len(name) > 0
			continue
		}
		if Unseen(r) {
			continue
		}
		if strings.ContainsRune(middleDots, r) {
			r = '·'
		}
		if last := len(name) - 1; blank && !(tight(name[last]) && tight(r)) && name[last] != '·' && r != '·' {
			name = append(name, ' ')
		}
		name, blank = append(name, r), false
	}
	return string(name)
}

// Misleading characters are refused in names, where others that are unseen are dropped: controls, marks of direction
// and of byte order, and U+FFFD, which is what half a surrogate pair becomes.
func Misleading(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0xfffd, r&0xfffe == 0xfffe:
		return true
	}
	return unicode.IsControl(r)
}

// CheckName brings a name of one line to its one written form, and tells in one Chinese sentence what is wrong with it,
// or "" when it may be kept: it has one to most characters, and none that is misleading or of the private use areas.
// what is how the sentence calls the name.
func CheckName(name, what string, most int) (normal, wrong string) {
	name = strings.TrimSpace(name)
	normal = NormalName(name)
	n := utf8.RuneCountInString(normal)
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name,
		func(r rune) bool { return Misleading(r) || unicode.IsControl(r) }):
		wrong = what + "含有不可见或改变文字方向的字符，请删除后重新填写"
	case signs.SaysPrivate(normal) != "":
		wrong = what + signs.SaysPrivate(normal)
	case n == 0 || n > most:
		wrong = fmt.Sprintf("请填写%s，最多 %d 个字", what, most)
	}
	return normal, wrong
}

// CheckIDNumber tells in one Chinese sentence what is wrong with an 18-digit resident ID number (R31, GB 11643-1999:
// digits, birth date, check digit), or "" when it is sound. on is the day by which the person must have been born.
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

// GenderOf reads 男 or 女 from the 17th digit of a sound ID number (R31).
func GenderOf(id string) string {
	if id = NormalIDNumber(id); len(id) == 18 && (id[16]-'0')%2 == 1 {
		return "男"
	}
	return "女"
}

// AgeOf counts the full years of the holder of an ID number at an instant (R31). The number is sound: CheckIDNumber has
// found nothing wrong with it.
func AgeOf(id string, at time.Time) int {
	id = NormalIDNumber(id)
	born, _ := calendar.ParseDay(id[6:10] + "-" + id[10:12] + "-" + id[12:14])
	by, bm, bd := born.Date()
	y, m, d := calendar.DayOf(at).Date()
	age := y - by
	if m < bm || m == bm && d < bd {
		age--
	}
	return age
}
