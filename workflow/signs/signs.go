// Package signs tells which characters the papers can show.
package signs

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
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
