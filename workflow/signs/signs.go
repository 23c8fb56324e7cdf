// Package signs tells which characters the papers can show.
package signs

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// signRanges are the characters that the fonts of the papers draw, as ranges of code points; a test of package
// jobs/forms holds them to the fonts.
//
//go:embed signs.txt
var signRanges string

type signRange struct{ first, last rune }

var signs = sync.OnceValue(func() []signRange {
	var list []signRange
	for r := range strings.FieldsSeq(signRanges) {
		first, last, _ := strings.Cut(r, "-")
		if last == "" {
			last = first
		}
		a, _ := strconv.ParseInt(first, 16, 32) // written by the test, and compared with the font there
		b, _ := strconv.ParseInt(last, 16, 32)
		list = append(list, signRange{rune(a), rune(b)})
	}
	return list
})

// Printable tells whether a font of the papers draws a character.
func Printable(r rune) bool {
	list := signs()
	i, found := slices.BinarySearchFunc(list, r, func(s signRange, r rune) int {
		switch {
		case s.last < r:
			return -1
		case s.first > r:
			return 1
		}
		return 0
	})
	return found && i < len(list) || r == '\n' || r == '\t'
}

// Ideograph tells whether a character may belong to a name or place although no font has it: Han of every extension. A
// character of the private use areas may not: it is another one on every computer, or none.
func Ideograph(r rune) bool { return unicode.Is(unicode.Han, r) }

// Private tells whether a character is of the private use areas, in which some registers of residents drew characters
// of their own.
func Private(r rune) bool { return unicode.Is(unicode.Co, r) }

// SaysPrivate says what is wrong with the first character of the private use areas in a text, and what to do; "" without
// one. It goes on where the name of the field ends.
func SaysPrivate(text string) string {
	i := strings.IndexFunc(text, Private)
	if i < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	return fmt.Sprintf("中的 U+%04X 是自造字（专用区编码），换一台电脑就成了别的字，不能印在文书上；"+
		"请向户籍派出所查该字的国家标准编码（GB 18030）后重新输入，没有编码的写拼音，并在文书上手写更正", r)
}
