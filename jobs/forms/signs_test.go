package forms

import (
	"anju/workflow/signs"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// What is refused at typing is what the font of the papers cannot draw.
func TestSignsAreThoseOfTheFont(t *testing.T) {
	has := func(r rune) bool {
		ok, err := drawn(r)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	var ranges []string
	for first := rune(0x20); first <= 0x10ffff; first++ {
		if !has(first) {
			continue
		}
		last := first
		for has(last + 1) {
			last++
		}
		ranges = append(ranges, fmt.Sprintf("%x-%x", first, last))
		first = last
	}
	want := strings.ReplaceAll(strings.Join(ranges, " "), " ", "\n") + "\n"
	golden(t, filepath.Join("..", "..", "workflow", "signs", "signs.txt"), []byte(want), func(have []byte) string {
		if string(have) != want {
			return "the list of signs is not that of the font"
		}
		return ""
	})
	for r, ok := range map[rune]bool{'马': true, '䶮': true, '𠮷': true, '𬱖': true, 0x20021: true, 0x2A6D6: true, 0x2B81D: true,
		0x2CEA1: true, 0x2EBE0: true, 0x2EBF0: false, 0x30000: false, 0xE000: false, 0x1F600: false, 0x627: false} {
		if !*update && signs.Printable(r) != ok {
			t.Errorf("Printable(%U) = %v", r, !ok)
		}
	}
}
