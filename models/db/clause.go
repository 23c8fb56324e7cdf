package db

import "strings"

// EscapeLike takes the meaning of the characters of LIKE from what a person typed.
func EscapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// Page is where a page of a list begins and how long it is: 20 lines where no size is given, 200 at most.
func Page(number, size int) (offset, limit int) {
	if size < 1 {
		size = 20
	}
	size = min(size, 200)
	return (max(number, 1) - 1) * size, size
}

// QuoteList joins texts as a list of SQL strings; they are words of ours.
func QuoteList[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = "'" + string(w) + "'"
	}
	return strings.Join(words, ", ")
}
