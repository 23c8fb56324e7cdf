package households

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// mostReadings is how many readings of one name are kept: enough for three characters with two or three each.
const mostReadings = 16

// surnames are those that are read otherwise than the dictionary has it first, the usual reading first. Of two
// characters where the pair is read otherwise than its parts.
var surnames = map[string]string{
	"单": "shan", "查": "zha", "仇": "qiu", "解": "xie", "曾": "zeng", "区": "ou", "盖": "ge gai", "翟": "zhai", "乐": "yue le",
	"朴": "piao",
	"宓": "fu mi", "员": "yun yuan", "贠": "yun yuan", "缪": "miao", "洗": "xian", "繁": "po", "覃": "qin tan", "郇": "xun huan",
	"黑": "he hei", "秘": "bi mi", "召": "shao", "祭": "zhai ji", "牟": "mu mou", "折": "she", "种": "chong",
	"隗": "wei kui", "乜": "nie", "佴": "nai", "阚": "kan", "颉": "xie jie",
	"都": "du", "角": "jue",
	"句": "gou", "卜": "bu", "长": "chang zhang",
	"重": "chong", "能": "nai", "适": "kuo", "不": "fou", "便": "pian", "参": "shen", "会": "gui hui",
	"尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "澹台": "tan tai",
	"中行": "zhong hang",
}

// readings are the readings of each character of a name, the likeliest first; a character that the dictionary lacks, a
// middle dot and a space are left out.
func readings(name string) [][]string {
	args := pinyin.NewArgs()
	args.Heteronym = true
	var list [][]string
	runes := []rune(name)
	special := map[int][]string{}
	if len(runes) > 2 && surnames[string(runes[:2])] != "" {
		for i, syllable := range strings.Fields(surnames[string(runes[:2])]) {
			special[i] = []string{syllable}
		}
	} else if len(runes) > 0 {
		special[0] = strings.Fields(surnames[string(runes[:1])])
	}
	for i, r := range runes {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		if 'a' <= r && r <= 'z' {
			list = append(list, []string{string(r)})
			continue
		}
		var of []string
		for _, reading := range append(special[i], pinyin.SinglePinyin(r, args)...) {
			of = appendNew(of, keepLetters(reading))
		}
		if len(of) > 0 {
			list = append(list, of)
		}
	}
	return list
}

// keepLetters keeps the small letters of a text.
func keepLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, s)
}

// appendNew adds a text that a list lacks.
func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	if s == "" {
		return list
	}
	return append(list, s)
}

// spellName are the ways to spell a name: in full, and by its initials, at most sixteen of each, the likeliest first.
func spellName(name string) (full, initials []string) {
	chars := readings(name)
	first := make([][]string, len(chars))
	for i, of := range chars {
		for _, reading := range of {
			first[i] = appendNew(first[i], reading[:1])
		}
	}
	return combineReadings(chars), combineReadings(first)
}

// combineReadings joins one reading of each character in every way, those with the fewest unlikely readings first, at
// most sixteen.
func combineReadings(chars [][]string) []string {
	if len(chars) == 0 {
		return nil
	}
	left := make([]int, len(chars)+1) // how much unlikelihood the characters from here on can take
	for i := len(chars) - 1; i >= 0; i-- {
		left[i] = left[i+1] + len(chars[i]) - 1
	}
	var all []string
	var join func(i, unlikely int, so string)
	join = func(i, unlikely int, so string) {
		if len(all) == mostReadings || unlikely > left[i] {
			return
		}
		if i == len(chars) {
			all = appendNew(all, so)
			return
		}
		for n := 0; n < len(chars[i]) && n <= unlikely; n++ {
			join(i+1, unlikely-n, so+chars[i][n])
		}
	}
	for unlikely := 0; unlikely <= left[0] && len(all) < mostReadings; unlikely++ {
		join(0, unlikely, "")
	}
	return all
}
